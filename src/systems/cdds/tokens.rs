//! Tokens: `POST /auth/v3/oauth/token`, a form, with the OAuth client as Basic where there is one.

use bytes::Bytes;
use http::{HeaderValue, Method, header};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use zeroize::Zeroizing;

use super::SYSTEM;
use super::adapter::word;
use super::exchange::Exchange;
use crate::domain::failure::{Failure, FailureKind};
use crate::systems::genesys_cloud::answer::{BodyTrouble, collect};
use crate::systems::genesys_cloud::json;
use crate::systems::transport::Purpose;

/// A token as it is granted.
pub(super) struct Granted {
    pub access: SecretString,
    pub refresh: Option<SecretString>,
    /// Seconds.
    pub expires_in: Option<u64>,
}

#[derive(Deserialize)]
struct WireGranted {
    access_token: String,
    #[serde(default)]
    refresh_token: Option<String>,
    #[serde(default)]
    expires_in: Option<u64>,
}

/// What is presented for a token.
pub(super) enum Grant<'a> {
    /// A person's name and password.
    Password {
        username: &'a str,
        tenant: Option<&'a str>,
        password: &'a SecretString,
    },
    /// A refresh token.
    Refresh(&'a SecretString),
}

impl Grant<'_> {
    fn form(&self, client: Option<&str>) -> String {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        match self {
            Grant::Password {
                username,
                tenant,
                password,
            } => {
                let name = match tenant {
                    Some(tenant) => format!("{tenant}\\{username}"),
                    None => (*username).to_owned(),
                };
                form.append_pair("grant_type", "password")
                    .append_pair("username", &name)
                    .append_pair("password", password.expose_secret());
            }
            Grant::Refresh(token) => {
                form.append_pair("grant_type", "refresh_token")
                    .append_pair("refresh_token", token.expose_secret());
            }
        }
        if let Some(client) = client {
            form.append_pair("client_id", client);
        }
        form.finish()
    }
}

/// Asks for a token, once: a wrong password is not tried a second time, since accounts get locked.
pub(super) async fn ask(exchange: &Exchange, grant: &Grant<'_>) -> Result<Granted, Failure> {
    let url = format!("{}/oauth/token", exchange.auth_base());
    let client = exchange.client.as_ref();
    let mut request = http::Request::builder()
        .method(Method::POST)
        .uri(url)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::ACCEPT, "application/json");
    if let Some((id, secret)) = client {
        use base64::Engine;
        let pair = Zeroizing::new(format!("{id}:{}", secret.expose_secret()));
        let text = format!(
            "Basic {}",
            base64::engine::general_purpose::STANDARD.encode(pair.as_bytes())
        );
        let mut basic = HeaderValue::from_str(&text).map_err(|_| unsendable())?;
        basic.set_sensitive(true);
        request = request.header(header::AUTHORIZATION, basic);
    }
    let request = exchange
        .with_key(request)?
        .body(Bytes::from(grant.form(client.map(|(id, _)| id.as_str()))))
        .map_err(|_| unsendable())?;
    let exchanged = async {
        let answer = exchange
            .transport
            .call(request, Purpose::Read)
            .await
            .map_err(BodyTrouble::Broken)?;
        let status = answer.status().as_u16();
        let body = collect(answer, exchange.tuning.answer_limit).await?;
        Ok((status, body))
    };
    let (status, body) = match tokio::time::timeout(exchange.tuning.read_deadline, exchanged).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(BodyTrouble::TooLarge(_))) => return Err(bad_answer("it is too large")),
        Ok(Err(BodyTrouble::Broken(error))) => {
            return Err(unreachable(&error.message, error.next));
        }
        Err(_) => return Err(unreachable("no whole answer in time", None)),
    };
    if !(200..300).contains(&status) {
        return Err(refused(status, &body, grant));
    }
    let wire: WireGranted = json::read(&body).map_err(|why| bad_answer(&why))?;
    if wire.access_token.is_empty() {
        return Err(bad_answer("it holds no token"));
    }
    Ok(Granted {
        access: wire.access_token.into(),
        refresh: wire
            .refresh_token
            .filter(|token| !token.is_empty())
            .map(SecretString::from),
        expires_in: wire.expires_in,
    })
}

fn unsendable() -> Failure {
    Failure::new(
        FailureKind::Configuration,
        "The OAuth client or the API key of the service holds characters that cannot be sent.",
    )
    .next("Check client_id, client_secret and api_key of [profiles.NAME.cdds].")
}

fn unreachable(why: &str, next: Option<String>) -> Failure {
    Failure::new(
        FailureKind::Unreachable,
        format!("No answer on the sign-in: {why}."),
    )
    .next(next.unwrap_or_else(|| "Try again; the way there is checked by: dsr doctor cdds".to_owned()))
    .at(SYSTEM)
}

fn bad_answer(why: &str) -> Failure {
    Failure::new(
        FailureKind::BadAnswer,
        format!("The answer on the sign-in cannot be read: {why}."),
    )
    .next("Check the address (url of [profiles.NAME.cdds], DSR_CDDS_URL), and what stands between.")
    .at(SYSTEM)
}

/// What the sign-in says when it refuses. Its description is not repeated: it may name the person.
fn refused(status: u16, body: &[u8], grant: &Grant<'_>) -> Failure {
    let error: Option<serde_json::Value> = serde_json::from_slice(body).ok();
    let code = error.as_ref().and_then(|error| word(error.get("error")?));
    let failure = match (status, code.as_deref(), grant) {
        (_, Some("invalid_grant"), Grant::Password { .. }) | (401, None, Grant::Password { .. }) => Failure::new(
            FailureKind::Authentication,
            "User name, tenant or password is wrong.",
        )
        .next("Check the spelling of user name and tenant, and try again: dsr login cdds. Several wrong passwords may lock the account."),
        (_, Some("invalid_grant"), Grant::Refresh(_)) | (401, None, Grant::Refresh(_)) => {
            Failure::new(FailureKind::Authentication, "The sign-in has ended.")
                .next("Sign in again: dsr login cdds")
        }
        (_, Some("invalid_client" | "unauthorized_client"), _) => Failure::new(
            FailureKind::Authentication,
            "The service does not accept the OAuth client of the sign-in.",
        )
        .next("Check client_id and client_secret of [profiles.NAME.cdds] with your Genesys contact."),
        (403, ..) => Failure::new(
            FailureKind::Permission,
            "Access denied: the service does not accept this API key, or this account may not use it.",
        )
        .next("Check api_key of [profiles.NAME.cdds]. If it is right, ask your administrator to check the account's permissions."),
        (404, None, _) => Failure::new(
            FailureKind::BadAnswer,
            "404 on the sign-in: this is not the Cloud Data Download Service.",
        )
        .next("Check the address (url of [profiles.NAME.cdds], DSR_CDDS_URL)."),
        (408 | 429 | 500..=599, ..) => {
            Failure::new(FailureKind::Unreachable, format!("The sign-in is busy or out of order ({status})."))
                .next("Try again in a while.")
        }
        _ => Failure::new(
            FailureKind::Authentication,
            format!("The service refused the sign-in ({status})."),
        )
        .next("Check user name, tenant and password, then try: dsr doctor cdds"),
    };
    Failure { code, ..failure }.at(SYSTEM)
}
