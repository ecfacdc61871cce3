//! Results that were fetched, checked, or found to be gone.

use std::path::PathBuf;

use jiff::Timestamp;
use rusqlite::Connection;

use super::columns::{micros, time};
use super::error::StoreResult;

/// What is known of one result of an export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Download {
    /// The address the API gave.
    pub url: String,
    /// Where it was put; `None` when it could not be fetched.
    pub path: Option<PathBuf>,
    /// Its size.
    pub bytes: Option<u64>,
    /// Hex SHA-256.
    pub sha256: Option<String>,
    /// When it was fetched, or found to be gone.
    pub at: Timestamp,
    /// When it was opened and read as an archive.
    pub checked_at: Option<Timestamp>,
    /// Why it could not be.
    pub trouble: Option<String>,
    /// When its link was found to have expired.
    pub expired_at: Option<Timestamp>,
}

/// All that is known of the results of a request.
pub(crate) fn of_request(connection: &Connection, request_id: &str) -> StoreResult<Vec<Download>> {
    let mut statement = connection.prepare_cached(
        "SELECT url, path, bytes, sha256, at, checked_at, trouble, expired_at FROM downloads
         WHERE request_id = ?1 ORDER BY at, url",
    )?;
    let rows = statement.query_map([request_id], |row| {
        Ok(Download {
            url: row.get(0)?,
            path: row.get::<_, Option<String>>(1)?.map(PathBuf::from),
            bytes: row.get::<_, Option<i64>>(2)?.map(i64::unsigned_abs),
            sha256: row.get(3)?,
            at: time(row.get(4)?).unwrap_or_default(),
            checked_at: time(row.get(5)?),
            trouble: row.get(6)?,
            expired_at: time(row.get(7)?),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// A file that was fetched.
#[derive(Clone, Debug)]
pub(crate) struct Fetched {
    pub(crate) path: PathBuf,
    pub(crate) bytes: u64,
    pub(crate) sha256: String,
}

/// Remembers what was fetched; it is not checked yet.
pub(crate) fn fetched(
    connection: &Connection,
    request_id: &str,
    url: &str,
    file: &Fetched,
    now: Timestamp,
    rev: i64,
) -> StoreResult<()> {
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO downloads (request_id, url, path, bytes, sha256, at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(rusqlite::params![
            request_id,
            url,
            file.path.to_string_lossy(),
            file.bytes.cast_signed(),
            file.sha256,
            micros(now)
        ])?;
    touch(connection, request_id, rev)
}

/// Remembers whether it could be opened as an archive.
pub(crate) fn checked(
    connection: &Connection,
    request_id: &str,
    url: &str,
    trouble: Option<&str>,
    now: Timestamp,
    rev: i64,
) -> StoreResult<()> {
    connection
        .prepare_cached(
            "UPDATE downloads SET checked_at = iif(?3 IS NULL, ?4, NULL), trouble = ?3
             WHERE request_id = ?1 AND url = ?2",
        )?
        .execute((request_id, url, trouble, micros(now)))?;
    touch(connection, request_id, rev)
}

/// Remembers that a link has expired, unless its result is here.
pub(crate) fn expired(
    connection: &Connection,
    request_id: &str,
    url: &str,
    now: Timestamp,
    rev: i64,
) -> StoreResult<()> {
    connection
        .prepare_cached(
            "INSERT INTO downloads (request_id, url, at, expired_at) VALUES (?1, ?2, ?3, ?3)
             ON CONFLICT (request_id, url) DO UPDATE SET expired_at = ?3",
        )?
        .execute((request_id, url, micros(now)))?;
    touch(connection, request_id, rev)
}

/// Finished exports of ours (merge sets, and those that a deletion waits for, included) with a result that is neither here and checked nor
/// known to be gone, oldest first. One that offers no result is looked at again while it is young.
pub(crate) fn to_fetch(connection: &Connection, now: Timestamp) -> StoreResult<Vec<String>> {
    let mut statement = connection.prepare_cached(
        "SELECT r.id FROM requests r
         WHERE r.kind = 'export' AND r.status = 'COMPLETED' AND r.gone_at IS NULL
           AND (r.merge_of IS NOT NULL
                OR EXISTS (SELECT 1 FROM operations o WHERE o.remote_id = r.id)
                OR EXISTS (SELECT 1 FROM operations w WHERE w.state = 'planned' AND w.waits_for = r.id))
           AND iif(r.result_count = 0, r.created_at > ?1,
                (SELECT count(*) FROM downloads d WHERE d.request_id = r.id
                    AND (d.checked_at IS NOT NULL OR d.expired_at IS NOT NULL)) < r.result_count)
         ORDER BY r.created_at, r.id",
    )?;
    let month = micros(now) - 30 * 86_400_000_000;
    let rows = statement.query_map([month], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn touch(connection: &Connection, request_id: &str, rev: i64) -> StoreResult<()> {
    connection
        .prepare_cached("UPDATE requests SET rev = ?2 WHERE id = ?1")?
        .execute((request_id, rev))?;
    Ok(())
}
