//! `dsr login gws`, `logout gws` and `whoami gws`: user name and password of an administrator, checked
//! with GWS before they are kept.

use secrecy::ExposeSecret;
use serde_json::json;

use super::login::LoginArgs;
use super::table::Fact;
use super::{Context, Exit};
use crate::config::secret;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::mode::Mode;
use crate::systems::gws::{Account, Credentials, Gws, SYSTEM};
use crate::world::forget::{Wanted, gws, no_gws};
use crate::world::gws_sign_in::GwsSignIn;

fn client(ctx: &Context, wanted: &Wanted) -> Result<Gws, Failure> {
    let client = gws(&ctx.config, &ctx.selection(), wanted)?.ok_or_else(no_gws)?;
    ctx.announce(
        client.base().as_str(),
        client.base().is_loopback() && ctx.decided.mode == Mode::Live,
    );
    if ctx.decided.mode == Mode::Live
        && let Some(warning) = client.base().warning()
    {
        ctx.out.tell(&format!("Warning: {warning}\n"));
    }
    Ok(client)
}

fn kept(ctx: &Context, client: &Gws) -> GwsSignIn {
    GwsSignIn::of(&ctx.config.places, &ctx.config.profile.name, client.base())
}

/// Signs in and keeps the sign-in. In simulation nothing is kept: the simulated user signs in anew.
///
/// # Errors
/// When GWS does not accept the sign-in, or it cannot be kept.
pub async fn login(ctx: &Context, args: &LoginArgs) -> Result<Exit, Failure> {
    if ctx.decided.mode == Mode::Simulation {
        return whoami(ctx).await;
    }
    let username = match (&args.cdds.username, &ctx.config.profile.gws.username) {
        (Some(name), _) | (None, Some(name)) => name.clone(),
        (None, None) => ask(ctx, "GWS user name: ", "--username").await?,
    };
    let password = if args.cdds.password_stdin {
        ctx.values.wait(secret::from_stdin)?
    } else {
        let typed = ctx.ask_hidden("Password of the GWS user: ").await?;
        typed
            .filter(|typed| !typed.expose_secret().is_empty())
            .ok_or_else(|| Failure::new(FailureKind::Usage, "No password was given."))?
    };
    let wanted = Wanted {
        username: Some(username.clone()),
        password: Some(password.clone()),
        ..Wanted::default()
    };
    let client = client(ctx, &wanted)?;
    // What does not work is not kept.
    let account = client.me().await?;
    kept(ctx, &client).keep(&Credentials { username, password })?;
    tell(ctx, &client, &account)
}

async fn ask(ctx: &Context, prompt: &str, option: &str) -> Result<String, Failure> {
    let line = ctx.ask(prompt).await?.unwrap_or_default();
    match line.trim() {
        "" => Err(Failure::new(
            FailureKind::Usage,
            format!("Nothing was given for {option}."),
        )),
        text => Ok(text.to_owned()),
    }
}

/// Forgets the kept sign-in.
///
/// # Errors
/// When it cannot be removed.
pub fn logout(ctx: &Context) -> Result<Exit, Failure> {
    let client = client(ctx, &Wanted::default())?;
    client.forget_session();
    let was_kept = kept(ctx, &client).forget()?;
    let told = if was_kept {
        "signed out"
    } else {
        "nobody was signed in; a user of the configuration signs in anew each time"
    };
    ctx.out
        .object(&json!({ "signed_out": was_kept }), &[Fact::new("GWS", told)])?;
    Ok(Exit::OK)
}

/// Tells whom GWS takes us for. The exit code is 4 without an administrator's role.
///
/// # Errors
/// When nobody is signed in, or GWS cannot be reached.
pub async fn whoami(ctx: &Context) -> Result<Exit, Failure> {
    let client = client(ctx, &Wanted::default())?;
    if !client.has_credentials() {
        return Err(
            Failure::new(FailureKind::Authentication, "Nobody is signed in to GWS.")
                .at(SYSTEM)
                .next("Sign in with: dsr login gws, or set gws_username and gws_password_file."),
        );
    }
    let account = client.me().await?;
    tell(ctx, &client, &account)
}

fn tell(ctx: &Context, client: &Gws, account: &Account) -> Result<Exit, Failure> {
    let value = json!({
        "system": SYSTEM,
        "url": client.base().as_str(),
        "username": account.username,
        "roles": account.roles,
        "may_delete": account.is_admin(),
    });
    let may = if account.is_admin() {
        "yes"
    } else {
        "no: the user has no administrator's role (ROLE_ADMIN)"
    };
    ctx.out.object(
        &value,
        &[
            Fact::new("GWS", client.base().as_str()),
            Fact::new("user", account.username.clone().unwrap_or_default()),
            Fact::new("roles", account.roles.join(", ")),
            Fact::new("may delete", may),
        ],
    )?;
    Ok(if account.is_admin() { Exit::OK } else { Exit(4) })
}
