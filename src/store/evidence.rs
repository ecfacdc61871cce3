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
    connection
        .prepare_cached(
            "INSERT INTO outbox (seq, at, action, operation_id, bytes) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute((
            sequence,
            now.as_microsecond(),
            entry.action,
            entry.operation_id,
            canonical(&line).into_bytes(),
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

/// Entries that were not published yet, in order.
pub(crate) fn waiting(connection: &Connection) -> StoreResult<Vec<Evidence>> {
    let mut statement = connection.prepare_cached(
        "SELECT seq, action, operation_id, bytes FROM outbox WHERE published_at IS NULL ORDER BY seq",
    )?;
    let rows = statement.query_map([], |row| {
        Ok(Evidence {
            sequence: row.get(0)?,
            action: row.get(1)?,
            operation_id: row.get(2)?,
            bytes: row.get(3)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
