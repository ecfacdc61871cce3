//! Evidence on its way to the ledger: one canonical JSON line for each action, in the transaction of
//! what it proves. It names nobody but the operator: subjects stand in it as commitments under a
//! random salt of their operation.

use jiff::Timestamp;
use rusqlite::Connection;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::error::StoreResult;
use super::lease;
use crate::domain::actor::Actor;
use crate::domain::canonical::{canonical, hex};
use crate::domain::failure::{Failure, FailureKind};

/// A longer line could not be published, and nothing after it.
const LONGEST: usize = 60 * 1024;

/// What the evidence says of the place where it was written.
#[derive(Clone, Debug)]
pub(crate) struct Origin {
    pub(crate) mode: String,
    pub(crate) organization: String,
}

/// One entry to be.
pub(crate) struct Entry<'a> {
    pub(crate) action: &'a str,
    pub(crate) operation_id: Option<&'a str>,
    pub(crate) actor: &'a Actor,
    pub(crate) facts: Value,
}

/// One entry as it lies in the outbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// Its place in the order, without gaps.
    pub sequence: i64,
    /// What was done.
    pub action: String,
    /// The operation, if it is about one.
    pub operation_id: Option<String>,
    /// The canonical JSON line.
    pub bytes: Vec<u8>,
}

/// The line of an entry. Without a place in the order it is one of the ledger's own.
pub(crate) fn line(origin: &Origin, entry: &Entry<'_>, sequence: Option<i64>, now: Timestamp) -> Vec<u8> {
    let mut line = json!({
        "version": 1,
        "sequence": sequence,
        "at": now.to_string(),
        "boot": lease::boot_id(),
        "uptime": lease::uptime(),
        "organization": origin.organization,
        "mode": origin.mode,
        "actor": entry.actor,
        "action": entry.action,
        "facts": entry.facts,
    });
    if let (Some(map), Some(id)) = (line.as_object_mut(), entry.operation_id) {
        map.insert("operation_id".to_owned(), Value::from(id));
    }
    canonical(&line).into_bytes()
}

/// Puts an entry into the outbox. To be called inside a transaction that has the write lock.
pub(crate) fn put(
    connection: &Connection,
    origin: &Origin,
    entry: &Entry<'_>,
    now: Timestamp,
) -> StoreResult<()> {
    let sequence: i64 = connection
        .prepare_cached("SELECT coalesce(max(seq), 0) + 1 FROM outbox")?
        .query_row([], |row| row.get(0))?;
    let bytes = line(origin, entry, Some(sequence), now);
    if bytes.len() > LONGEST {
        return Err(Failure::new(
            FailureKind::Internal,
            format!(
                "The evidence of {} would be {} bytes long.",
                entry.action,
                bytes.len()
            ),
        )
        .into());
    }
    connection
        .prepare_cached(
            "INSERT INTO outbox (seq, at, action, operation_id, bytes) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute((
            sequence,
            now.as_microsecond(),
            entry.action,
            entry.operation_id,
            bytes,
        ))?;
    Ok(())
}

/// A commitment to a detail: without the salt it tells nothing.
pub(crate) fn commitment(salt: &[u8], detail: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(salt);
    hash.update(detail.as_bytes());
    hex(&hash.finalize())
}

/// Entries that were not published yet, in order; those up to `published` are, although it is not
/// written down yet.
pub(crate) fn waiting(connection: &Connection, published: i64) -> StoreResult<Vec<Evidence>> {
    list(
        connection,
        "SELECT seq, action, operation_id, bytes FROM outbox
         WHERE published_at IS NULL AND seq > ?1 ORDER BY seq",
        published,
    )
}

/// All entries behind `after`, in order.
pub(crate) fn all(connection: &Connection, after: i64) -> StoreResult<Vec<Evidence>> {
    list(
        connection,
        "SELECT seq, action, operation_id, bytes FROM outbox WHERE seq > ?1 ORDER BY seq",
        after,
    )
}

fn list(connection: &Connection, question: &str, after: i64) -> StoreResult<Vec<Evidence>> {
    let mut statement = connection.prepare_cached(question)?;
    let rows = statement.query_map([after], |row| {
        Ok(Evidence {
            sequence: row.get(0)?,
            action: row.get(1)?,
            operation_id: row.get(2)?,
            bytes: row.get(3)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The last entry that is known to be published; 0 when none is.
pub(crate) fn known(connection: &Connection) -> StoreResult<i64> {
    let last = connection
        .prepare_cached("SELECT coalesce(max(seq), 0) FROM outbox WHERE published_at IS NOT NULL")?
        .query_row([], |row| row.get(0))?;
    Ok(last)
}

/// Writes down that the entries up to `upto` are published.
pub(crate) fn published(connection: &Connection, upto: i64, now: Timestamp) -> StoreResult<()> {
    connection
        .prepare_cached("UPDATE outbox SET published_at = ?2 WHERE published_at IS NULL AND seq <= ?1")?
        .execute((upto, now.as_microsecond()))?;
    Ok(())
}
