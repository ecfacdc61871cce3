//! The lease of a process on the intents it wrote: a lock file held for as long as it lives, with
//! process id, boot id and start time beside it. A start adopts only intents whose owner is gone.

use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use rustix::fs::{FlockOperation, flock};

use super::error::{StoreResult, storage};

/// Our own lease; the lock ends with it, also when the process is killed.
#[derive(Debug)]
pub(crate) struct Lease {
    /// Names the session in the store.
    pub(crate) session: String,
    _lock: File,
}

/// A session found in the store.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) id: String,
    pid: u32,
    boot_id: String,
    process_start: String,
    host: String,
    lock_file: String,
}

/// Directory of the lock files of the store at `path`.
pub(crate) fn directory(path: &Path) -> PathBuf {
    path.with_extension("locks")
}

/// Takes a lease: first the lock, then the row, so that a row without a lock is never a live one.
pub(crate) fn take(connection: &Connection, directory: &Path, shared: bool) -> StoreResult<Lease> {
    let session = uuid::Uuid::new_v4().to_string();
    let failed = |error: std::io::Error| {
        storage(format!(
            "No lock file could be made beside the store ({error}), so nothing was sent."
        ))
        .next("Check the modes of the store's directory and the room on the disk.")
    };
    let (directory_mode, file_mode) = if shared { (0o2770, 0o660) } else { (0o700, 0o600) };
    if !directory.exists() {
        match fs::create_dir(directory) {
            Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
                return Err(failed(error).into());
            }
            Err(_) => {}
            Ok(()) => {
                fs::set_permissions(directory, fs::Permissions::from_mode(directory_mode)).map_err(failed)?
            }
        }
    }
    let name = format!("{session}.lock");
    let lock = OpenOptions::new()
        .read(true)
        .write(true)
        .create_new(true)
        .mode(file_mode)
        .open(directory.join(&name))
        .map_err(failed)?;
    lock.set_permissions(fs::Permissions::from_mode(file_mode))
        .map_err(failed)?;
    flock(&lock, FlockOperation::NonBlockingLockExclusive).map_err(|error| failed(error.into()))?;
    connection.execute(
        "INSERT INTO sessions (id, pid, boot_id, process_start, host, lock_file)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        (
            &session,
            std::process::id(),
            boot_id(),
            process_start(std::process::id()).unwrap_or_default(),
            host(),
            &name,
        ),
    )?;
    Ok(Lease { session, _lock: lock })
}

/// All sessions in the store.
pub(crate) fn sessions(connection: &Connection) -> StoreResult<Vec<Session>> {
    let mut statement =
        connection.prepare_cached("SELECT id, pid, boot_id, process_start, host, lock_file FROM sessions")?;
    let rows = statement.query_map([], |row| {
        Ok(Session {
            id: row.get(0)?,
            pid: row.get(1)?,
            boot_id: row.get(2)?,
            process_start: row.get(3)?,
            host: row.get(4)?,
            lock_file: row.get(5)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// True when the process of a session certainly lives no more. When it cannot be told, it lives.
pub(crate) fn is_gone(session: &Session, directory: &Path) -> bool {
    let path = directory.join(&session.lock_file);
    match OpenOptions::new().read(true).write(true).open(&path) {
        // Its lock decides: the kernel gives it up at the very end of the process.
        Ok(lock) => flock(&lock, FlockOperation::NonBlockingLockExclusive).is_ok(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => process_gone(session),
        Err(_) => false,
    }
}

/// Without a lock file: another boot of this host, or no process of that id and start time.
fn process_gone(session: &Session) -> bool {
    if session.host != host() {
        return false;
    }
    if session.boot_id != boot_id() {
        return !session.boot_id.is_empty() && !boot_id().is_empty();
    }
    process_start(session.pid).is_none_or(|start| start != session.process_start)
}

/// Forgets a session that is gone, inside the transaction that settled its intents.
pub(crate) fn forget(connection: &Connection, session: &Session) -> StoreResult<()> {
    connection.execute("DELETE FROM sessions WHERE id = ?1", [&session.id])?;
    Ok(())
}

/// Removes the lock file of a session that is gone, after that transaction.
pub(crate) fn remove_lock(session: &Session, directory: &Path) {
    // It is litter by now; failing to remove it harms nobody.
    let _ = fs::remove_file(directory.join(&session.lock_file));
}

/// Names this boot of the host; empty where the host does not say.
pub(crate) fn boot_id() -> String {
    fs::read_to_string("/proc/sys/kernel/random/boot_id")
        .map(|text| text.trim().to_owned())
        .unwrap_or_default()
}

/// Seconds since boot with two decimals; empty where the host does not say.
pub(crate) fn uptime() -> String {
    fs::read_to_string("/proc/uptime")
        .ok()
        .and_then(|text| text.split_whitespace().next().map(str::to_owned))
        .unwrap_or_default()
}

/// When a process began, in the kernel's ticks; `None` when there is no such process.
fn process_start(pid: u32) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The command's name stands in parentheses and may hold spaces; counted from behind it.
    let (_, rest) = stat.rsplit_once(')')?;
    rest.split_whitespace().nth(19).map(str::to_owned)
}

fn host() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}
