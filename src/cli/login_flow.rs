//! A person's sign-in: the browser may run on another host, so the code comes back by a loopback
//! address, or pasted.

use std::io::Write;

use bytes::Bytes;
use secrecy::{ExposeSecret, SecretString};

use super::Context;
use super::login::LoginArgs;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::mode::Mode;
use crate::systems::genesys_cloud::{LoopbackRedirect, PersonTokens, SignIn};
use crate::systems::transport::Purpose;
use crate::world::entrance::Entrance;

/// The port that is named in the redirect address when nothing listens.
const PASTE_PORT: u16 = 8085;

/// Signs a person in.
///
/// # Errors
/// When there is no OAuth client for people, or the sign-in is refused or given up.
pub async fn person(ctx: &Context, entrance: &Entrance, args: &LoginArgs) -> Result<PersonTokens, Failure> {
    let client_id = args.client_id.clone().or_else(|| entrance.client_id.clone());
    let client_id = client_id.ok_or_else(|| {
        Failure::new(
            FailureKind::Configuration,
            "No OAuth client for the sign-in of people is known.",
        )
        .next("Name one with --client-id, or set login_client_id in the profile. It needs the grant type Code Authorization with PKCE.")
    })?;
    let redirected = if ctx.decided.mode == Mode::Simulation {
        let sign_in = SignIn::begin(
            &entrance.endpoints,
            &client_id,
            &format!("http://127.0.0.1:{PASTE_PORT}/callback"),
        )?;
        let address = simulated_browser(entrance, &sign_in).await?;
        return sign_in
            .finish(&entrance.transport, entrance.clock.as_ref(), &address)
            .await;
    } else if args.paste {
        let port = args.port.unwrap_or(PASTE_PORT);
        let redirect = format!("http://127.0.0.1:{port}/callback");
        let sign_in = SignIn::begin(&entrance.endpoints, &client_id, &redirect)?;
        show(&sign_in, None);
        let pasted = pasted(ctx).await?;
        (sign_in, pasted)
    } else {
        let loopback = LoopbackRedirect::bind(args.port).await?;
        let sign_in = SignIn::begin(&entrance.endpoints, &client_id, &loopback.redirect_uri())?;
        show(&sign_in, Some(ctx.interactive()));
        let address = either(ctx, &loopback, &sign_in).await?;
        (sign_in, address)
    };
    let (sign_in, address) = redirected;
    let address = address.expose_secret();
    sign_in
        .finish(&entrance.transport, entrance.clock.as_ref(), address)
        .await
}

/// The browser's way back, or a pasted address, whichever comes first.
async fn either(
    ctx: &Context,
    loopback: &LoopbackRedirect,
    sign_in: &SignIn,
) -> Result<SecretString, Failure> {
    if !ctx.interactive() {
        return loopback.wait(sign_in, &ctx.cancel).await.map(SecretString::from);
    }
    tokio::select! {
        came = loopback.wait(sign_in, &ctx.cancel) => came.map(SecretString::from),
        pasted = pasted(ctx) => pasted,
    }
}

async fn pasted(ctx: &Context) -> Result<SecretString, Failure> {
    let line = ctx
        .ask_hidden("Address that the browser ended at (not shown): ")
        .await?;
    line.ok_or_else(|| Failure::new(FailureKind::Interrupted, "The sign-in was given up."))
}

fn show(sign_in: &SignIn, listening: Option<bool>) {
    let mut text = format!(
        "Open this address in a browser and sign in:\n\n{}\n\n",
        sign_in.authorize_url()
    );
    if let Some(interactive) = listening {
        let port = sign_in.redirect_uri().rsplit(':').next().unwrap_or_default();
        let port = port.split('/').next().unwrap_or_default();
        text.push_str(&format!(
            "When the browser runs on another host, forward the port first: ssh -L {port}:127.0.0.1:{port} HOST\n"
        ));
        if interactive {
            text.push_str("or paste here the whole address that the browser ends at.\n");
        }
    }
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}

/// In simulation nobody needs a browser: the simulated person signs in at once.
async fn simulated_browser(entrance: &Entrance, sign_in: &SignIn) -> Result<String, Failure> {
    let failed = || {
        Failure::new(
            FailureKind::BadAnswer,
            "The simulated login page did not send back.",
        )
    };
    let request = http::Request::get(sign_in.authorize_url())
        .body(Bytes::new())
        .map_err(|_| failed())?;
    let answer = entrance
        .transport
        .call(request, Purpose::Read)
        .await
        .map_err(|_| failed())?;
    let location = answer.headers().get(http::header::LOCATION);
    let location = location.and_then(|value| value.to_str().ok());
    location.map(str::to_owned).ok_or_else(failed)
}
