//! Sign-in: client credentials, authorization code with PKCE, refresh. Its errors have a form of
//! their own, three fields of which two say the same.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use rusqlite::{OptionalExtension, params};
use serde_json::{Value, json};

use super::answer::{Answer, Fail};
use super::call::Call;
use super::caller::token_hash;
use crate::simulator::beginning::secret_digest;
use crate::simulator::estate::ClientMade;
use crate::simulator::seed::digest;

const CODE_SECONDS: i64 = 300;
const REFRESH_SECONDS: i64 = 30 * 86_400;

fn refused(status: u16, error: &str, description: &str) -> Fail {
    Fail::Other(Answer::json(
        status,
        &json!({"error": error, "description": description, "error_description": description}),
    ))
}

/// What the sign-in says to a client that asks too often.
pub(crate) fn rate_limited() -> Answer {
    let text = "rate limit exceeded;too many token requests, try again later";
    Answer::json(
        400,
        &json!({"error": "invalid_request", "description": text, "error_description": text}),
    )
}

/// `POST /oauth/token`
pub(crate) fn token(call: &Call<'_>) -> Result<Answer, Fail> {
    let form: Vec<(String, String)> = url::form_urlencoded::parse(call.body).into_owned().collect();
    let field = |name: &str| {
        form.iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    };
    let (id, secret) = match basic(call) {
        Some((id, secret)) => (id, Some(secret)),
        None => (
            field("client_id").unwrap_or("").to_owned(),
            field("client_secret").map(str::to_owned),
        ),
    };
    let client = call.state.clients().iter().find(|client| client.id == id);
    let client = client.ok_or_else(|| refused(400, "invalid_client", "client not found"))?;
    authenticate(client, secret.as_deref())?;
    match field("grant_type") {
        Some("client_credentials") => by_credentials(call, client),
        Some("authorization_code") => by_code(call, client, &form),
        Some("refresh_token") => by_refresh(call, client, field("refresh_token").unwrap_or("")),
        Some(_) => Err(refused(
            400,
            "unsupported_grant_type",
            "grant type is not supported",
        )),
        None => Err(refused(400, "invalid_request", "grant_type is missing")),
    }
}

fn basic(call: &Call<'_>) -> Option<(String, String)> {
    let header = call.headers.get(http::header::AUTHORIZATION)?.to_str().ok()?;
    let encoded = header.strip_prefix("Basic ")?;
    let text = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    Some((id.to_owned(), secret.to_owned()))
}

fn authenticate(client: &ClientMade, secret: Option<&str>) -> Result<(), Fail> {
    let given = secret.filter(|secret| !secret.is_empty());
    let right = match given {
        Some(secret) => !client.secret_digest.is_empty() && secret_digest(secret) == client.secret_digest,
        None => client.secret_digest.is_empty(),
    };
    if right {
        Ok(())
    } else {
        Err(refused(401, "invalid_client", "authentication failed"))
    }
}

fn by_credentials(call: &Call<'_>, client: &ClientMade) -> Result<Answer, Fail> {
    if client.grant != "CLIENT-CREDENTIALS" {
        return Err(refused(
            400,
            "unauthorized_client",
            "client is not authorized to use this grant type",
        ));
    }
    let (token, seconds) = issue(call, client, None)?;
    Ok(token_answer(&token, seconds, None))
}

/// Makes an access token; what has expired is cleared away at the same time.
fn issue(call: &Call<'_>, client: &ClientMade, user: Option<&str>) -> rusqlite::Result<(String, i64)> {
    call.connection
        .prepare_cached("DELETE FROM token WHERE expires_ms <= ?1")?
        .execute(params![call.now])?;
    call.connection
        .prepare_cached("DELETE FROM allowance WHERE start_ms <= ?1")?
        .execute(params![call.now - 120_000])?;
    let seconds = i64::from(client.token_seconds);
    let token = keep(call, "access", client, user, seconds, "")?;
    Ok((token, seconds))
}

fn keep(
    call: &Call<'_>,
    kind: &str,
    client: &ClientMade,
    user: Option<&str>,
    seconds: i64,
    detail: &str,
) -> rusqlite::Result<String> {
    let (first, second) = (uuid::Uuid::new_v4(), uuid::Uuid::new_v4());
    let token = URL_SAFE_NO_PAD.encode([*first.as_bytes(), *second.as_bytes()].concat());
    call.connection
        .prepare_cached(
            "INSERT INTO token (hash, use, client_id, user_id, expires_ms, detail) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![
            token_hash(&token),
            kind,
            client.id,
            user,
            call.now + seconds * 1000,
            detail
        ])?;
    Ok(token)
}

fn token_answer(token: &str, seconds: i64, refresh: Option<&str>) -> Answer {
    let mut body = json!({
        "access_token": token,
        "token_type": "bearer",
        "expires_in": (seconds - 1).max(1),
    });
    if let (Some(refresh), Some(fields)) = (refresh, body.as_object_mut()) {
        fields.insert("refresh_token".to_owned(), Value::from(refresh));
    }
    Answer::ok(&body)
}

/// What is kept with a code.
#[derive(serde::Serialize, serde::Deserialize)]
struct CodeDetail {
    redirect: String,
    challenge: Option<String>,
}

/// `GET /oauth/authorize`: the simulated person signs in at once and is sent back with a code.
pub(crate) fn authorize(call: &Call<'_>) -> Result<Answer, Fail> {
    let id = call.parameter("client_id").unwrap_or("");
    let client = call.state.clients().iter().find(|client| client.id == id);
    let client = client.ok_or_else(|| refused(400, "invalid_client", "client not found"))?;
    let redirect = call.parameter("redirect_uri").unwrap_or("");
    if client.grant != "CODE" || !registered(client, redirect) {
        return Err(refused(400, "invalid_request", "redirect_uri is not registered"));
    }
    let Ok(mut back) = url::Url::parse(redirect) else {
        return Err(refused(400, "invalid_request", "redirect_uri is not valid"));
    };
    let challenge = call.parameter("code_challenge").map(str::to_owned);
    // A public client has to prove later that it is the one that asked; PKCE knows S256 only here.
    let proves = match &challenge {
        None => !client.secret_digest.is_empty(),
        Some(_) => call.parameter("code_challenge_method") == Some("S256"),
    };
    let error = match call.parameter("response_type") {
        Some("code") if proves => None,
        Some("code") => Some("invalid_request"),
        _ => Some("unsupported_response_type"),
    };
    match error {
        Some(error) => {
            back.query_pairs_mut().append_pair("error", error);
        }
        None => {
            let detail = CodeDetail {
                redirect: redirect.to_owned(),
                challenge,
            };
            let detail = serde_json::to_string(&detail).unwrap_or_default();
            let user = person_of(call, client)?;
            let code = keep(call, "code", client, Some(&user), CODE_SECONDS, &detail)?;
            back.query_pairs_mut().append_pair("code", &code);
        }
    }
    if let Some(state) = call.parameter("state") {
        back.query_pairs_mut().append_pair("state", state);
    }
    Ok(Answer::empty(302).with("location", back.to_string()))
}

fn person_of(call: &Call<'_>, client: &ClientMade) -> Result<String, Fail> {
    client
        .signs_in
        .as_deref()
        .and_then(|key| call.people.named(key))
        .map(|record| record.id.clone())
        .ok_or_else(|| refused(400, "access_denied", "nobody of this scenario signs in here"))
}

/// A loopback address that is registered without a port stands for any port.
fn registered(client: &ClientMade, redirect: &str) -> bool {
    let portless = |text: &str| {
        let mut url = url::Url::parse(text).ok()?;
        let loopback = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
        if loopback {
            url.set_port(None).ok()?;
        }
        Some(url)
    };
    let wanted = portless(redirect);
    wanted.is_some() && client.redirect_uris.iter().any(|known| portless(known) == wanted)
}

fn by_code(call: &Call<'_>, client: &ClientMade, form: &[(String, String)]) -> Result<Answer, Fail> {
    let field = |name: &str| {
        form.iter()
            .find(|(known, _)| known == name)
            .map_or("", |(_, value)| value.as_str())
    };
    let invalid = || refused(400, "invalid_grant", "authorization code is not valid");
    let (user, detail) = take(call, "code", client, field("code"))?.ok_or_else(invalid)?;
    let detail: CodeDetail = serde_json::from_str(&detail).map_err(|_| invalid())?;
    if detail.redirect != field("redirect_uri") {
        return Err(invalid());
    }
    if let Some(challenge) = detail.challenge {
        let made = URL_SAFE_NO_PAD.encode(digest(&[field("code_verifier").as_bytes()]));
        if made != challenge {
            return Err(refused(
                400,
                "invalid_grant",
                "code verifier does not fit the challenge",
            ));
        }
    }
    with_refresh(call, client, &user)
}

fn by_refresh(call: &Call<'_>, client: &ClientMade, refresh: &str) -> Result<Answer, Fail> {
    let invalid = || refused(400, "invalid_grant", "refresh token is not valid");
    let (user, _) = take(call, "refresh", client, refresh)?.ok_or_else(invalid)?;
    with_refresh(call, client, &user)
}

fn with_refresh(call: &Call<'_>, client: &ClientMade, user: &str) -> Result<Answer, Fail> {
    let (token, seconds) = issue(call, client, Some(user))?;
    let refresh = keep(call, "refresh", client, Some(user), REFRESH_SECONDS, "")?;
    Ok(token_answer(&token, seconds, Some(&refresh)))
}

/// Takes a code or a refresh token out of the log: each is good for one use.
fn take(
    call: &Call<'_>,
    kind: &str,
    client: &ClientMade,
    token: &str,
) -> rusqlite::Result<Option<(String, String)>> {
    call.connection
        .prepare_cached(
            "DELETE FROM token WHERE hash = ?1 AND use = ?2 AND client_id = ?3 AND expires_ms > ?4 \
             RETURNING user_id, detail",
        )?
        .query_row(params![token_hash(token), kind, client.id, call.now], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()
}
