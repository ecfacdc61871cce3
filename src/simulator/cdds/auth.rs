//! Sign-in of the export service: a token for name and password, its renewal and its end.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rusqlite::{OptionalExtension, params};
use serde_json::json;

use super::plan::{CddsPlan, CddsUser};
use crate::simulator::cloud::answer::{Answer, Fail};
use crate::simulator::cloud::call::Call;
use crate::simulator::cloud::caller::token_hash;

const REFRESH_SECONDS: i64 = 30 * 86_400;

/// An error in the form of this service.
pub(crate) fn refused(status: u16, message: &str) -> Fail {
    Fail::Other(Answer::json(
        status,
        &json!({"status": {"code": status, "message": message}}),
    ))
}

fn oauth(status: u16, error: &str, description: &str) -> Fail {
    Fail::Other(Answer::json(
        status,
        &json!({"error": error, "error_description": description}),
    ))
}

/// What the scenario says about this service.
pub(crate) fn plan<'a>(call: &Call<'a>) -> Result<&'a CddsPlan, Fail> {
    call.plan
        .cdds
        .as_ref()
        .ok_or_else(|| refused(404, "This estate has no export service"))
}

/// Every call brings the API key, where the scenario has one.
pub(crate) fn check_key(call: &Call<'_>) -> Result<(), Fail> {
    let Some(wanted) = &plan(call)?.api_key else {
        return Ok(());
    };
    let given = call
        .headers
        .get("x-api-key")
        .and_then(|value| value.to_str().ok());
    if given == Some(wanted.as_str()) {
        Ok(())
    } else {
        Err(refused(403, "Invalid API key"))
    }
}

/// `POST /auth/v3/oauth/token`
pub(crate) fn token(call: &Call<'_>) -> Result<Answer, Fail> {
    check_key(call)?;
    let form: Vec<(String, String)> = url::form_urlencoded::parse(call.body).into_owned().collect();
    let field = |name: &str| {
        form.iter()
            .find(|(known, _)| known == name)
            .map_or("", |(_, value)| value.as_str())
    };
    match field("grant_type") {
        "password" => {
            let user = user_of(plan(call)?, field("username"))
                .filter(|user| user.password == field("password"))
                .ok_or_else(|| oauth(400, "invalid_grant", "Bad credentials"))?;
            grant(call, &user.username)
        }
        "refresh_token" => {
            let hash = token_hash(field("refresh_token"));
            let user: Option<String> = call
                .connection
                .prepare_cached(
                    "DELETE FROM token WHERE hash = ?1 AND use = 'cdds-refresh' AND expires_ms > ?2 RETURNING user_id",
                )?
                .query_row(params![hash, call.now], |row| row.get(0))
                .optional()?;
            let user = user.ok_or_else(|| oauth(400, "invalid_grant", "Invalid refresh token"))?;
            grant(call, &user)
        }
        _ => Err(oauth(400, "unsupported_grant_type", "Unsupported grant type")),
    }
}

/// The user behind `name` or `tenant\name`.
fn user_of<'a>(plan: &'a CddsPlan, told: &str) -> Option<&'a CddsUser> {
    let name = match told.split_once('\\') {
        Some((tenant, name)) if tenant.eq_ignore_ascii_case(&plan.tenant) => name,
        Some(_) => return None,
        None => told,
    };
    plan.users
        .iter()
        .find(|user| user.username.eq_ignore_ascii_case(name))
}

fn grant(call: &Call<'_>, user: &str) -> Result<Answer, Fail> {
    let seconds = match plan(call)?.token_seconds {
        0 => 3600,
        seconds => seconds,
    };
    call.connection
        .prepare_cached("DELETE FROM token WHERE expires_ms <= ?1")?
        .execute(params![call.now])?;
    let access = keep(call, "cdds-access", user, seconds)?;
    let refresh = keep(call, "cdds-refresh", user, REFRESH_SECONDS)?;
    Ok(Answer::ok(&json!({
        "access_token": access,
        "token_type": "bearer",
        "refresh_token": refresh,
        "expires_in": seconds,
        "scope": "*",
    })))
}

fn keep(call: &Call<'_>, purpose: &str, user: &str, seconds: i64) -> rusqlite::Result<String> {
    let (first, second) = (uuid::Uuid::new_v4(), uuid::Uuid::new_v4());
    let token = URL_SAFE_NO_PAD.encode([*first.as_bytes(), *second.as_bytes()].concat());
    call.connection
        .prepare_cached(
            "INSERT INTO token (hash, use, client_id, user_id, expires_ms, detail) VALUES (?1, ?2, 'cdds', ?3, ?4, '')",
        )?
        .execute(params![token_hash(&token), purpose, user, call.now + seconds * 1000])?;
    Ok(token)
}

/// Who calls; any account.
pub(crate) fn caller<'a>(call: &Call<'a>) -> Result<&'a CddsUser, Fail> {
    check_key(call)?;
    let bearer = call
        .headers
        .get(http::header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.strip_prefix("Bearer "))
        .ok_or_else(|| refused(401, "Authorization has been denied for this request"))?;
    let found: Option<String> = call
        .connection
        .prepare_cached(
            "SELECT user_id FROM token WHERE hash = ?1 AND use = 'cdds-access' AND expires_ms > ?2",
        )?
        .query_row(params![token_hash(bearer), call.now], |row| row.get(0))
        .optional()?;
    let user = found.and_then(|name| user_of(call.plan.cdds.as_ref()?, &name));
    user.ok_or_else(|| refused(401, "The access token is invalid or has expired"))
}

/// Who calls, and may work with exports.
pub(crate) fn exporter<'a>(call: &Call<'a>) -> Result<&'a CddsUser, Fail> {
    let user = caller(call)?;
    if user.roles.is_empty() {
        return Err(refused(403, "Access denied"));
    }
    Ok(user)
}

/// `GET /auth/v3/userinfo`
pub(crate) fn userinfo(call: &Call<'_>) -> Result<Answer, Fail> {
    let user = caller(call)?;
    Ok(Answer::ok(&json!({
        "username": user.username,
        "tenant": plan(call)?.tenant,
        "roles": user.roles,
    })))
}

/// `POST /auth/v3/sign-out`: the tokens of this person end.
pub(crate) fn sign_out(call: &Call<'_>) -> Result<Answer, Fail> {
    let user = caller(call)?;
    call.connection
        .prepare_cached("DELETE FROM token WHERE user_id = ?1 AND use IN ('cdds-access', 'cdds-refresh')")?
        .execute(params![user.username])?;
    Ok(Answer::empty(204))
}
