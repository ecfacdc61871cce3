//! Who calls: basic authentication or the session of a cookie, and the CSRF token bound to it.

use base64::Engine;
use http::HeaderMap;
use rusqlite::{Connection, OptionalExtension, params};

use super::plan::{GwsPlan, UserEntry};
use crate::simulator::seed::hex_digest;

/// How long a session lives without being used.
const LIFE: i64 = 30 * 60 * 1000;

/// A session.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    /// Value of the cookie; `None` when the caller has it already.
    pub new_cookie: Option<String>,
    /// Its CSRF token.
    pub csrf: String,
}

fn hash(id: &str) -> String {
    hex_digest(&[b"gws-session:", id.as_bytes()])
}

fn cookie(headers: &HeaderMap) -> Option<String> {
    headers
        .get_all(http::header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == "JSESSIONID")
        .map(|(_, value)| value.to_owned())
}

/// The session of the cookie that was sent: user name and CSRF token.
fn found(
    connection: &Connection,
    headers: &HeaderMap,
    now: i64,
) -> rusqlite::Result<Option<(String, String)>> {
    let Some(id) = cookie(headers) else {
        return Ok(None);
    };
    connection
        .prepare_cached(
            "SELECT client_id, detail FROM token WHERE hash = ?1 AND use = 'gws' AND expires_ms > ?2",
        )?
        .query_row(params![hash(&id), now], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()
}

/// Who calls, with the session, which is made when there is none.
pub(crate) fn caller<'a>(
    plan: &'a GwsPlan,
    connection: &Connection,
    headers: &HeaderMap,
    now: i64,
) -> rusqlite::Result<Option<(&'a UserEntry, Session)>> {
    let existing = found(connection, headers, now)?;
    let by_password = basic(headers).and_then(|(name, password)| {
        plan.users
            .iter()
            .find(|user| user.username == name && user.password == password)
    });
    let sent_password = headers.contains_key(http::header::AUTHORIZATION);
    let by_session = existing
        .as_ref()
        .and_then(|(name, _)| plan.users.iter().find(|user| user.username == *name));
    let Some(user) = by_password.or(if sent_password { None } else { by_session }) else {
        return Ok(None);
    };
    if let Some((name, csrf)) = existing
        && name == user.username
    {
        return Ok(Some((
            user,
            Session {
                new_cookie: None,
                csrf,
            },
        )));
    }
    let id = uuid::Uuid::new_v4().simple().to_string().to_uppercase();
    let csrf = uuid::Uuid::new_v4().to_string();
    connection
        .prepare_cached(
            "INSERT INTO token (hash, use, client_id, user_id, expires_ms, detail) VALUES (?1, 'gws', ?2, NULL, ?3, ?4)",
        )?
        .execute(params![hash(&id), user.username, now + LIFE, csrf])?;
    Ok(Some((
        user,
        Session {
            new_cookie: Some(id),
            csrf,
        },
    )))
}

fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let text = headers.get(http::header::AUTHORIZATION)?.to_str().ok()?;
    let coded = text.strip_prefix("Basic ")?;
    let plain = base64::engine::general_purpose::STANDARD
        .decode(coded.trim())
        .ok()?;
    let plain = String::from_utf8(plain).ok()?;
    let (name, password) = plain.split_once(':')?;
    Some((name.to_owned(), password.to_owned()))
}
