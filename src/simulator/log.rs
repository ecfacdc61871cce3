//! The event log: one SQLite file an estate, and the only thing of it that is stored. Several
//! processes may write; each does so in one transaction a request.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};

use super::SimulatorError;

const VERSION: i64 = 1;

const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS estate (
    one        INTEGER PRIMARY KEY CHECK (one = 1),
    generation TEXT    NOT NULL,
    epoch_ms   INTEGER NOT NULL,
    offset_ms  INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS event (
    seq   INTEGER PRIMARY KEY AUTOINCREMENT,
    at_ms INTEGER NOT NULL,
    kind  TEXT    NOT NULL,
    body  TEXT    NOT NULL
);
CREATE TABLE IF NOT EXISTS token (
    hash       TEXT PRIMARY KEY,
    use        TEXT    NOT NULL,
    client_id  TEXT    NOT NULL,
    user_id    TEXT,
    expires_ms INTEGER NOT NULL,
    detail     TEXT    NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS allowance (
    hash     TEXT PRIMARY KEY,
    start_ms INTEGER NOT NULL,
    used     INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS call (
    name TEXT PRIMARY KEY,
    n    INTEGER NOT NULL
) WITHOUT ROWID;
";

/// What stands in the estate's only row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    /// Changes with every reset.
    pub generation: String,
    /// The moment at which the estate began.
    pub epoch: i64,
    /// How far the estate's clock is ahead of the host's.
    pub offset: i64,
}

/// One event.
pub(crate) struct Event {
    /// Its number.
    pub seq: i64,
    /// When it happened, on the estate's clock.
    pub at: i64,
    /// What happened.
    pub kind: String,
    /// Its particulars, in JSON.
    pub body: String,
}

fn storage(path: &Path, error: &rusqlite::Error) -> SimulatorError {
    SimulatorError(format!("the simulated estate {}: {error}", path.display()))
}

/// Opens the log, making it if needed, readable and writable for its owner only.
pub(crate) fn open(path: &Path) -> Result<Connection, SimulatorError> {
    private_file(path)
        .map_err(|error| SimulatorError(format!("the simulated estate {}: {error}", path.display())))?;
    connect(path).map_err(|error| match error {
        Opening::Sqlite(error) => storage(path, &error),
        Opening::Version(found) => SimulatorError(format!(
            "the simulated estate {} was written by a newer version ({found}); `dsr simulator reset` \
             with that version, or remove the file",
            path.display()
        )),
    })
}

enum Opening {
    Sqlite(rusqlite::Error),
    Version(i64),
}

impl From<rusqlite::Error> for Opening {
    fn from(error: rusqlite::Error) -> Opening {
        Opening::Sqlite(error)
    }
}

fn connect(path: &Path) -> Result<Connection, Opening> {
    let mut connection = Connection::open(path)?;
    connection.busy_timeout(Duration::from_secs(20))?;
    connection.set_prepared_statement_cache_capacity(64);
    // Changing the journal mode does not wait for others by itself, so it is tried again; where it
    // cannot be changed (network file systems) the rollback journal does as well.
    for _ in 0..50 {
        match connection.pragma_update(None, "journal_mode", "wal") {
            Err(error) if busy(&error) => std::thread::sleep(Duration::from_millis(20)),
            _ => break,
        }
    }
    connection.pragma_update(None, "synchronous", "normal")?;
    let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if version > VERSION {
        return Err(Opening::Version(version));
    }
    if version < VERSION {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute_batch(SCHEMA)?;
        if read_head(&transaction)?.is_none() {
            write_head(&transaction)?;
        }
        transaction.pragma_update(None, "user_version", VERSION)?;
        transaction.commit()?;
    }
    Ok(connection)
}

fn busy(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked)
    )
}

#[cfg(unix)]
fn private_file(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
    if let Some(dir) = path.parent() {
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(dir)?;
    }
    let file = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o600)
        .open(path)?;
    let mode = file.metadata()?.permissions().mode();
    if mode & 0o077 != 0 {
        file.set_permissions(std::fs::Permissions::from_mode(0o600))?;
    }
    Ok(())
}

#[cfg(not(unix))]
fn private_file(path: &Path) -> std::io::Result<()> {
    if let Some(dir) = path.parent() {
        std::fs::create_dir_all(dir)?;
    }
    Ok(())
}

/// The estate's row.
pub(crate) fn read_head(connection: &Connection) -> rusqlite::Result<Option<Head>> {
    connection
        .prepare_cached("SELECT generation, epoch_ms, offset_ms FROM estate")?
        .query_row([], |row| {
            Ok(Head {
                generation: row.get(0)?,
                epoch: row.get(1)?,
                offset: row.get(2)?,
            })
        })
        .optional()
}

/// How far the clock is ahead.
pub(crate) fn read_offset(connection: &Connection) -> rusqlite::Result<i64> {
    connection
        .prepare_cached("SELECT offset_ms FROM estate")?
        .query_row([], |row| row.get(0))
}

fn write_head(transaction: &Transaction<'_>) -> rusqlite::Result<()> {
    let epoch = super::clock::host_now() / 1000 * 1000;
    transaction.execute(
        "INSERT OR REPLACE INTO estate (one, generation, epoch_ms, offset_ms) VALUES (1, ?1, ?2, 0)",
        params![uuid::Uuid::new_v4().to_string(), epoch],
    )?;
    Ok(())
}

/// Forgets everything and begins again now.
pub(crate) fn reset(connection: &mut Connection) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    transaction.execute_batch(
        "DELETE FROM event; DELETE FROM token; DELETE FROM allowance; DELETE FROM call;
         DELETE FROM sqlite_sequence;",
    )?;
    write_head(&transaction)?;
    transaction.commit()
}

/// Moves the estate's clock forward.
pub(crate) fn advance(connection: &mut Connection, millis: i64) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    transaction.execute("UPDATE estate SET offset_ms = offset_ms + ?1", params![millis])?;
    transaction.commit()
}

/// Appends an event and gives its number.
pub(crate) fn append(connection: &Connection, at: i64, kind: &str, body: &str) -> rusqlite::Result<i64> {
    connection
        .prepare_cached("INSERT INTO event (at_ms, kind, body) VALUES (?1, ?2, ?3)")?
        .execute(params![at, kind, body])?;
    Ok(connection.last_insert_rowid())
}

/// The number that the next event will have.
pub(crate) fn next_seq(connection: &Connection) -> rusqlite::Result<i64> {
    connection
        .prepare_cached("SELECT COALESCE(MAX(seq), 0) + 1 FROM event")?
        .query_row([], |row| row.get(0))
}

/// Events after `seq`, in order.
pub(crate) fn events_after(connection: &Connection, seq: i64) -> rusqlite::Result<Vec<Event>> {
    connection
        .prepare_cached("SELECT seq, at_ms, kind, body FROM event WHERE seq > ?1 ORDER BY seq")?
        .query_map(params![seq], |row| {
            Ok(Event {
                seq: row.get(0)?,
                at: row.get(1)?,
                kind: row.get(2)?,
                body: row.get(3)?,
            })
        })?
        .collect()
}

/// Counts one call of `name` and gives its number, from 1.
pub(crate) fn count_call(connection: &Connection, name: &str) -> rusqlite::Result<u64> {
    let n: i64 = connection
        .prepare_cached(
            "INSERT INTO call (name, n) VALUES (?1, 1) \
             ON CONFLICT (name) DO UPDATE SET n = n + 1 RETURNING n",
        )?
        .query_row(params![name], |row| row.get(0))?;
    Ok(u64::try_from(n).unwrap_or(0))
}

/// Takes one request from the allowance of `hash`: how many were taken in this window, this one
/// included, and when the window began. The count stops one above `allowed`.
pub(crate) fn take_allowance(
    connection: &Connection,
    hash: &str,
    now: i64,
    window: i64,
    allowed: u32,
) -> rusqlite::Result<(u32, i64)> {
    connection
        .prepare_cached(
            "INSERT INTO allowance (hash, start_ms, used) VALUES (?1, ?2, 1)
             ON CONFLICT (hash) DO UPDATE SET
                 used = CASE WHEN ?2 >= start_ms + ?3 OR ?2 < start_ms THEN 1
                             ELSE MIN(used + 1, ?4 + 1) END,
                 start_ms = CASE WHEN ?2 >= start_ms + ?3 OR ?2 < start_ms THEN ?2 ELSE start_ms END
             RETURNING used, start_ms",
        )?
        .query_row(params![hash, now, window, allowed], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
}
