//! Requests as Genesys Cloud tells of them, and the changes seen between two looks.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension};

use super::columns::{json, micros, time};
use super::error::StoreResult;
use crate::domain::request::{ReplacementTerm, Request, RequestType};
use crate::domain::subject::Subject;

/// A request that is new, or whose status has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Its id.
    pub id: String,
    /// Status at the earlier look; `None` when it is new.
    pub from: Option<String>,
    /// Status now.
    pub to: String,
    /// The earlier look.
    pub not_before: Option<Timestamp>,
    /// This look.
    pub at: Timestamp,
}

struct Old {
    status: String,
    api_type: String,
    subject: String,
    terms: Option<String>,
    created_at: Option<i64>,
    created_by: Option<String>,
    results: Option<String>,
    first_seen_at: i64,
    last_seen_at: i64,
    gone_at: Option<i64>,
}

/// Takes one request in. Says whether it is new or its status changed.
pub(crate) fn see(
    connection: &Connection,
    request: &Request,
    now: Timestamp,
    rev: i64,
) -> StoreResult<Option<Seen>> {
    let subject = serde_json::to_string(&request.subject).unwrap_or_default();
    let terms = (!request.replacement_terms.is_empty())
        .then(|| serde_json::to_string(&request.replacement_terms).unwrap_or_default());
    let results =
        (!request.results.is_empty()).then(|| serde_json::to_string(&request.results).unwrap_or_default());
    let Some(old) = old(connection, &request.id)? else {
        insert(
            connection,
            request,
            &subject,
            terms.as_deref(),
            results.as_deref(),
            now,
            rev,
        )?;
        return Ok(Some(Seen {
            id: request.id.clone(),
            from: None,
            to: request.status.clone(),
            not_before: None,
            at: now,
        }));
    };
    let created_at = request.created_at.map(micros).or(old.created_at);
    let changed = old.status != request.status;
    if !changed
        && old.subject == subject
        && old.results == results
        && old.terms == terms
        && old.api_type == request.api_type
        && old.created_at == created_at
        && old.created_by == request.created_by
        && old.gone_at.is_none()
    {
        return Ok(None);
    }
    connection
        .prepare_cached(
            "UPDATE requests SET kind = ?2, api_type = ?3, status = ?4, subject = seal(?5, 'requests.subject', ?1),
                subject_key = seal_alike(?6, 'subject_key'),
                replacement_terms = seal(?7, 'requests.replacement_terms', ?1), created_at = ?8, created_by = ?9, results = ?10, result_count = ?11,
                last_seen_at = ?12, gone_at = NULL, rev = ?13 WHERE id = ?1",
        )?
        .execute(rusqlite::params![
            request.id,
            request.kind.map(RequestType::as_str),
            request.api_type,
            request.status,
            subject,
            request.subject.key(),
            terms,
            created_at,
            request.created_by,
            results,
            request.results.len() as i64,
            micros(now),
            rev,
        ])?;
    if !changed || old.status.is_empty() {
        return Ok(None);
    }
    observe(connection, request, &old, now).map(Some)
}

fn old(connection: &Connection, id: &str) -> StoreResult<Option<Old>> {
    Ok(connection
        .prepare_cached(
            "SELECT status, api_type, unseal(subject, 'requests.subject', id),
                    unseal(replacement_terms, 'requests.replacement_terms', id), created_at, created_by, results,
                    first_seen_at, last_seen_at, gone_at FROM requests WHERE id = ?1",
        )?
        .query_row([id], |row| {
            Ok(Old {
                status: row.get(0)?,
                api_type: row.get(1)?,
                subject: row.get(2)?,
                terms: row.get(3)?,
                created_at: row.get(4)?,
                created_by: row.get(5)?,
                results: row.get(6)?,
                first_seen_at: row.get(7)?,
                last_seen_at: row.get(8)?,
                gone_at: row.get(9)?,
            })
        })
        .optional()?)
}

fn insert(
    connection: &Connection,
    request: &Request,
    subject: &str,
    terms: Option<&str>,
    results: Option<&str>,
    now: Timestamp,
    rev: i64,
) -> StoreResult<()> {
    let key = request.subject.key();
    connection
        .prepare_cached(
            "INSERT INTO requests (id, kind, api_type, status, subject, subject_key, label, replacement_terms,
                created_at, created_by, results, result_count, first_status, first_seen_at, last_seen_at, rev)
             VALUES (?1, ?2, ?3, ?4, seal(?5, 'requests.subject', ?1), seal_alike(?6, 'subject_key'),
                seal(coalesce((SELECT nullif(unseal(label, 'operations.label', id), '') FROM operations
                               WHERE subject_key = seal_alike(?6, 'subject_key') LIMIT 1), ?7),
                     'requests.label', ?1),
                seal(?8, 'requests.replacement_terms', ?1), ?9, ?10, ?11, ?12, ?4, ?13, ?13, ?14)",
        )?
        .execute(rusqlite::params![
            request.id,
            request.kind.map(RequestType::as_str),
            request.api_type,
            request.status,
            subject,
            key,
            request.subject.label(),
            terms,
            request.created_at.map(micros),
            request.created_by,
            results,
            request.results.len() as i64,
            micros(now),
            rev,
        ])?;
    Ok(())
}

fn observe(connection: &Connection, request: &Request, old: &Old, now: Timestamp) -> StoreResult<Seen> {
    // A whole reading of the list that began after the request was first seen has seen it too.
    let read: Option<i64> = meta(connection, "list_started_at")?;
    let not_before = read
        .filter(|read| *read >= old.first_seen_at)
        .map_or(old.last_seen_at, |read| read.max(old.last_seen_at));
    connection
        .prepare_cached(
            "INSERT INTO observations (request_id, from_status, to_status, not_before, at)
             VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute((&request.id, &old.status, &request.status, not_before, micros(now)))?;
    Ok(Seen {
        id: request.id.clone(),
        from: Some(old.status.clone()),
        to: request.status.clone(),
        not_before: time(Some(not_before)),
        at: now,
    })
}

/// Notes that one request was looked at, also when nothing had changed.
pub(crate) fn looked_at(connection: &Connection, id: &str, now: Timestamp) -> StoreResult<()> {
    connection
        .prepare_cached("UPDATE requests SET last_seen_at = max(last_seen_at, ?2) WHERE id = ?1")?
        .execute((id, micros(now)))?;
    Ok(())
}

/// A request as it was last seen.
pub(crate) fn get(connection: &Connection, id: &str) -> StoreResult<Option<Request>> {
    Ok(connection
        .prepare_cached(
            "SELECT id, kind, api_type, status, unseal(subject, 'requests.subject', id),
                    unseal(replacement_terms, 'requests.replacement_terms', id), created_at, created_by,
                    results FROM requests WHERE id = ?1",
        )?
        .query_row([id], request)
        .optional()?)
}

/// A row of the columns that [`get`] selects.
pub(super) fn request(row: &rusqlite::Row<'_>) -> rusqlite::Result<Request> {
    let kind: Option<String> = row.get(1)?;
    let subject: Subject = json(4, row.get_ref(4)?.as_str()?)?;
    let terms: Option<String> = row.get(5)?;
    let replacement_terms: Vec<ReplacementTerm> = terms.map_or(Ok(Vec::new()), |text| json(5, &text))?;
    let results: Option<String> = row.get(8)?;
    Ok(Request {
        id: row.get(0)?,
        kind: kind.as_deref().and_then(RequestType::parse),
        api_type: row.get(2)?,
        status: row.get(3)?,
        subject,
        replacement_terms,
        created_at: time(row.get(6)?),
        created_by: row.get(7)?,
        results: results.map_or(Ok(Vec::new()), |text| json(8, &text))?,
    })
}

/// A value about the store itself.
pub(super) fn meta<T: rusqlite::types::FromSql>(
    connection: &Connection,
    key: &str,
) -> StoreResult<Option<T>> {
    Ok(connection
        .prepare_cached("SELECT value FROM meta WHERE key = ?1")?
        .query_row([key], |row| row.get(0))
        .optional()?)
}

/// Remembers one.
pub(super) fn set_meta(connection: &Connection, key: &str, value: impl rusqlite::ToSql) -> StoreResult<()> {
    connection
        .prepare_cached("INSERT OR REPLACE INTO meta (key, value) VALUES (?1, ?2)")?
        .execute((key, value))?;
    Ok(())
}
