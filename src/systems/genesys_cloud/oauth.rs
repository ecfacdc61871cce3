//! Tokens: asked for at the login host, and its errors, which have a form of their own.

use bytes::Bytes;
use http::{HeaderValue, Method, header};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::answer::{BodyTrouble, Head, collect};
use super::errors::{SYSTEM, shown};
use super::foreign::describe;
use super::json;
use crate::domain::failure::{Failure, FailureKind};
use crate::systems::transport::{Purpose, Reach, Transport, TransportError};

/// A token as the login host grants it.
pub(super) struct Granted {
    pub access_token: SecretString,
    /// Seconds.
    pub expires_in: Option<u64>,
    pub refresh_token: Option<SecretString>,
}

#[derive(Deserialize)]
struct WireGranted {
    access_token: String,
    #[serde(default)]
    expires_in: Option<u64>,
    #[serde(default)]
    refresh_token: Option<String>,
}

/// What is presented for a token.
pub(super) enum Grant<'a> {
    /// The OAuth client speaks for itself.
    Client { id: &'a str, secret: &'a SecretString },
    /// A refresh token of a person.
    Refresh {
        client_id: &'a str,
        refresh: &'a SecretString,
    },
    /// The code of a sign-in with PKCE.
    Code {
        client_id: &'a str,
        code: &'a SecretString,
        verifier: &'a SecretString,
        redirect_uri: &'a str,
    },
}

impl Grant<'_> {
    fn form(&self) -> String {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        match self {
            Grant::Client { .. } => form.append_pair("grant_type", "client_credentials"),
            Grant::Refresh { client_id, refresh } => form
                .append_pair("grant_type", "refresh_token")
                .append_pair("refresh_token", refresh.expose_secret())
                .append_pair("client_id", client_id),
            Grant::Code {
                client_id,
                code,
                verifier,
                redirect_uri,
            } => form
                .append_pair("grant_type", "authorization_code")
                .append_pair("code", code.expose_secret())
                .append_pair("redirect_uri", redirect_uri)
                .append_pair("client_id", client_id)
                .append_pair("code_verifier", verifier.expose_secret()),
        };
        form.finish()
    }

    fn request(&self, login: &str) -> Option<http::Request<Bytes>> {
        let mut request = http::Request::builder()
            .method(Method::POST)
            .uri(format!("{login}/oauth/token"))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ACCEPT, "application/json");
        if let Grant::Client { id, secret } = self {
            use base64::Engine;
            let pair = format!("{id}:{}", secret.expose_secret());
            let text = format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair));
            let mut basic = HeaderValue::from_str(&text).ok()?;
            basic.set_sensitive(true);
            request = request.header(header::AUTHORIZATION, basic);
        }
        request.body(Bytes::from(self.form())).ok()
    }
}

/// Why there is no token.
pub(super) struct NoToken {
    pub failure: Failure,
    /// True when asking again may help.
    pub passing: bool,
}

/// Asks for a token once.
pub(super) async fn request(
    transport: &dyn Transport,
    login: &str,
    grant: &Grant<'_>,
    limit: usize,
) -> Result<Granted, NoToken> {
    let settled = |failure| NoToken {
        failure,
        passing: false,
    };
    let request = grant.request(login).ok_or_else(|| {
        settled(
            Failure::new(
                FailureKind::Configuration,
                "The OAuth client's id or the login address holds characters that cannot be sent.",
            )
            .next("Check client id and address of the profile."),
        )
    })?;
    let answer = transport
        .call(request, Purpose::Read)
        .await
        .map_err(|error| lost(&error))?;
    let head = Head::of(&answer);
    let body = collect(answer, limit).await.map_err(|trouble| match trouble {
        BodyTrouble::TooLarge(_) => settled(bad_answer(&head, "it is too large")),
        BodyTrouble::Broken(error) => lost(&error),
    })?;
    if !head.is_success() {
        let mut refused = refused(&head, &body);
        refused.failure.correlation_id = head.correlation_id.clone();
        return Err(refused);
    }
    let granted: WireGranted = json::read(&body).map_err(|why| settled(bad_answer(&head, &why)))?;
    if granted.access_token.is_empty() {
        return Err(settled(bad_answer(&head, "the token is empty")));
    }
    Ok(Granted {
        access_token: granted.access_token.into(),
        expires_in: granted.expires_in,
        refresh_token: granted.refresh_token.map(SecretString::from),
    })
}

fn lost(error: &TransportError) -> NoToken {
    let failure = Failure::new(
        FailureKind::Unreachable,
        format!("No answer on the sign-in: {}.", error.message),
    )
    .next(
        error
            .next
            .clone()
            .unwrap_or_else(|| "Try again; dsr doctor cloud checks the way there.".to_owned()),
    )
    .at(SYSTEM);
    NoToken {
        failure,
        // A certificate or a proxy does not get better by asking again.
        passing: error.reach == Reach::Unknown,
    }
}

fn bad_answer(head: &Head, why: &str) -> Failure {
    let mut failure = Failure::new(
        FailureKind::BadAnswer,
        format!("The answer on the sign-in cannot be read: {why}."),
    )
    .next("Check region and address of the profile, and what stands between.")
    .at(SYSTEM);
    failure.correlation_id = head.correlation_id.clone();
    failure
}

/// The login host's error: `{error, description, error_description}`.
#[derive(Deserialize)]
struct WireTokenError {
    error: String,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    error_description: Option<String>,
}

fn refused(head: &Head, body: &[u8]) -> NoToken {
    let Ok(error) = json::read::<WireTokenError>(body) else {
        return refused_by_other(head, body);
    };
    let told = error
        .description
        .or(error.error_description)
        .map(|text| shown(&text, 200))
        .unwrap_or_default();
    let lower = told.to_ascii_lowercase();
    let (kind, message, next) = match error.error.as_str() {
        _ if lower.contains("rate limit exceeded") => (
            FailureKind::Refused,
            "Too many sign-ins: the login host's rate limit was reached.".to_owned(),
            "Wait a minute and try again.",
        ),
        "invalid_client" if lower.contains("not found") => (
            FailureKind::Authentication,
            "No OAuth client of this id is known in this region.".to_owned(),
            "Check the client id, and that the region is that of the organisation.",
        ),
        "invalid_client" => (
            FailureKind::Authentication,
            "The OAuth client's secret was not accepted.".to_owned(),
            "Check the client secret; an administrator can make a new one (Admin, Integrations, OAuth).",
        ),
        "invalid_grant" => (
            FailureKind::Authentication,
            "The sign-in has ended or its code was used before.".to_owned(),
            "Sign in again with: dsr login cloud",
        ),
        "unauthorized_client" | "unsupported_grant_type" => (
            FailureKind::Authentication,
            "The OAuth client is not made for this kind of sign-in.".to_owned(),
            "Client credentials, and code with PKCE, are grant types of the OAuth client (Admin, Integrations, OAuth).",
        ),
        _ => (
            FailureKind::Authentication,
            format!("The sign-in was refused: {told}"),
            "Check client id, secret and region of the profile.",
        ),
    };
    let mut failure = Failure::new(kind, message).next(next).at(SYSTEM);
    failure.code = Some(shown(&error.error, 80));
    NoToken {
        failure,
        passing: false,
    }
}

fn refused_by_other(head: &Head, body: &[u8]) -> NoToken {
    let status = head.status;
    let kind = describe(head, body);
    let passing = matches!(status, 408 | 429 | 500..=599);
    let class = if passing {
        FailureKind::Unreachable
    } else {
        FailureKind::BadAnswer
    };
    let failure = Failure::new(class, format!("The sign-in was answered with {status} and {kind}."))
        .next("Check region and address of the profile; something between may be answering. Otherwise try again later.")
        .at(SYSTEM);
    NoToken { failure, passing }
}
