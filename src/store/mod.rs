//! What is remembered: requests seen, our operations, observations, downloads, leases. SQLite on
//! threads of its own; functions are named after what the workflow asks.

mod asked;
mod cases;
mod changes;
mod columns;
mod confirming;
mod copies;
mod downloads;
mod error;
mod evidence;
mod exports;
mod files;
mod forget;
mod health;
mod lease;
mod listing;
mod migrate;
mod operations;
mod requests;
mod rows;
mod scans;
mod sealing;
mod sending;
mod settling;
mod standing;
mod thread;

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use crate::domain::actor::Actor;
use crate::domain::failure::Failure;
use crate::domain::mode::Mode;
use crate::domain::sealing::SharedSeal;
use error::{StoreError, StoreResult};
use sending::Scene;
use thread::Worker;

pub(crate) use asked::{Against, Remembered, Stood};
pub(crate) use cases::Erasure;
pub use cases::{
    CaseEntry, CaseFile, CaseFilter, Ground as CaseGround, NewHold, Settlement, Sight, Swept, Timing,
    TrailLine,
};
pub use changes::{Once, UnknownChange};
pub use confirming::{Confirmed, NewOperation};
pub use copies::{CopyKind, LocalCopy};
pub use downloads::Download;
pub(crate) use downloads::Fetched;
pub use error::HELD;
pub(crate) use error::held;
pub use evidence::Evidence;
pub use exports::{ExportCertificate, ExportFile};
pub use forget::{ForgetRun, ForgetStep, Save, SavedGroup, StepState};
pub use listing::ListState;
pub use operations::Record;
pub use requests::Seen;
pub use standing::Standing;
pub(crate) use standing::export_to_wait_for;

/// How to open a store.
#[derive(Clone, Debug)]
pub struct Options {
    /// The mode it belongs to; a store of the other mode is refused.
    pub mode: Mode,
    /// Name of the organisation, for the evidence.
    pub organization: String,
    /// Group id of a store that several operators share: file mode 0660 with this group, in a
    /// directory that exists already with its setgid bit set. `None`: for one operator, 0600.
    pub shared_group: Option<u32>,
}

/// The handle. Cheap to clone; all clones share two threads, one that writes and one that reads.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    writer: Worker,
    reader: Worker,
    state: Arc<State>,
    path: PathBuf,
    salt: [u8; 32],
}

/// What the jobs on the threads need besides their connection.
struct State {
    origin: evidence::Origin,
    locks: PathBuf,
    shared: bool,
    /// Id of the key that it was sealed with when it was opened.
    sealed: Mutex<Option<String>>,
    lease: Mutex<Option<lease::Lease>>,
    /// Operations whose call is being carried out by this process.
    flying: Mutex<HashSet<String>>,
    cache: Mutex<rows::Cache>,
    /// The last place in the outbox that is known to be in the ledger, and the one up to which that
    /// is written down.
    published: AtomicI64,
    written: AtomicI64,
}

impl State {
    fn has_unwritten(&self) -> bool {
        self.published.load(Ordering::SeqCst) > self.written.load(Ordering::SeqCst)
    }
}

/// Says that this process carries an operation, for as long as it is held.
pub(crate) struct Flight {
    state: Arc<State>,
    id: String,
}

impl Drop for Flight {
    fn drop(&mut self) {
        lock(&self.state.flying).remove(&self.id);
    }
}

impl Store {
    /// Opens the store of one organisation and mode at `path` (`….sqlite3`), making it and its
    /// directory where they do not exist. Blocking for a moment; no network.
    ///
    /// # Errors
    /// Storage failures, each with what to do: modes that let others in, a file that is not a store
    /// or is damaged, a store written by a newer version. The file is left as it is in every case.
    pub fn open(path: &Path, options: Options) -> Result<Store, Failure> {
        Store::open_with(path, options, || Ok(None))
    }

    /// As [`Store::open`], with the key of a store that is encrypted; it is asked for only then.
    ///
    /// # Errors
    /// As [`Store::open`]; when the key is missing, or another one.
    pub fn open_with(
        path: &Path,
        options: Options,
        key: impl FnOnce() -> Result<Option<SharedSeal>, Failure>,
    ) -> Result<Store, Failure> {
        let directory = path.parent().unwrap_or(Path::new("."));
        files::prepare_directory(directory, options.shared_group)?;
        files::prepare_file(path, options.shared_group)?;
        files::check_header(path, migrate::VERSION)?;
        let network = files::on_network(directory);
        let mut writer = connect(path, network).map_err(StoreError::into_failure)?;
        let salt = migrate::migrate(&mut writer, options.mode, &options.organization)
            .map_err(StoreError::into_failure)?;
        sound(&writer).map_err(StoreError::into_failure)?;
        let reader = connect(path, network).map_err(StoreError::into_failure)?;
        let sealed = sealing::sealing_of(&writer).map_err(StoreError::into_failure)?;
        let seal = match &sealed {
            Some(_) => key()?,
            None => None,
        };
        sealing::check(sealed.as_deref(), seal.as_ref()).map_err(StoreError::into_failure)?;
        for connection in [&writer, &reader] {
            sealing::install(connection, seal.as_ref())
                .map_err(|error| StoreError::from(error).into_failure())?;
        }
        sealing::bind(&mut writer, seal.as_ref()).map_err(StoreError::into_failure)?;
        let sealed = sealing::sealing_of(&writer).map_err(StoreError::into_failure)?;
        let state = State {
            origin: evidence::Origin {
                mode: options.mode.to_string(),
                organization: options.organization,
            },
            locks: lease::directory(path),
            shared: options.shared_group.is_some(),
            sealed: Mutex::new(sealed),
            lease: Mutex::new(None),
            flying: Mutex::new(HashSet::new()),
            cache: Mutex::new(rows::Cache::default()),
            published: AtomicI64::new(0),
            written: AtomicI64::new(0),
        };
        Ok(Store {
            inner: Arc::new(Inner {
                writer: Worker::start("store-writer", writer)?,
                reader: Worker::start("store-reader", reader)?,
                state: Arc::new(state),
                path: path.to_owned(),
                salt,
            }),
        })
    }

    /// The salt of this store, from which references of candidates are made.
    pub fn reference_salt(&self) -> [u8; 32] {
        self.inner.salt
    }

    /// Due days are worked out by these rules from now on.
    pub fn reckon_by(&self, rules: crate::domain::deadline::Rules) {
        lock(&self.inner.state.cache).reckon_by(rules);
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.inner.path
    }

    /// True when what is personal in it is encrypted.
    pub fn is_sealed(&self) -> bool {
        lock(&self.inner.state.sealed).is_some()
    }

    /// True when several operators may work with it.
    pub fn is_shared(&self) -> bool {
        self.inner.state.shared
    }

    /// One transaction that has the write lock from its beginning.
    async fn write<T: Send + 'static>(
        &self,
        actor: &Actor,
        now: Timestamp,
        work: impl FnOnce(&Connection, &Scene) -> StoreResult<T> + Send + 'static,
    ) -> StoreResult<T> {
        let (origin, actor) = (self.inner.state.origin.clone(), actor.clone());
        let state = Arc::clone(&self.inner.state);
        self.inner
            .writer
            .run(move |connection| {
                let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
                sealing::unchanged(&transaction, lock(&state.sealed).as_deref())?;
                let rev = transaction
                    .prepare_cached("UPDATE meta SET value = value + 1 WHERE key = 'rev' RETURNING value")?
                    .query_row([], |row| row.get(0))?;
                let scene = Scene {
                    origin,
                    actor,
                    rev,
                    now,
                };
                let result = work(&transaction, &scene)?;
                let published = state.published.load(Ordering::SeqCst);
                if state.has_unwritten() {
                    evidence::published(&transaction, published, scene.now)?;
                }
                transaction.commit()?;
                state.written.fetch_max(published, Ordering::SeqCst);
                Ok(result)
            })
            .await
    }

    /// A question that changes nothing.
    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> StoreResult<T> + Send + 'static,
    ) -> Result<T, Failure> {
        self.inner
            .reader
            .run(work)
            .await
            .map_err(StoreError::into_failure)
    }

    /// The session of this process, taken when it first changes something. It is committed before
    /// anything refers to it, so that a killed process always leaves a session to find it by.
    async fn session(&self) -> StoreResult<String> {
        let state = Arc::clone(&self.inner.state);
        self.inner
            .writer
            .run(move |connection| {
                let mut held = lock(&state.lease);
                if let Some(lease) = held.as_ref() {
                    return Ok(lease.session.clone());
                }
                let lease = lease::take(connection, &state.locks, state.shared)?;
                let session = lease.session.clone();
                *held = Some(lease);
                Ok(session)
            })
            .await
    }
}

fn connect(path: &Path, network: bool) -> StoreResult<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(Duration::from_secs(10))?;
    // A write-ahead log needs shared memory, which a network file system does not give.
    let wanted = if network { "delete" } else { "wal" };
    let journal: String = connection.pragma_query_value(None, "journal_mode", |row| row.get(0))?;
    if journal != wanted {
        connection.pragma_update_and_check(None, "journal_mode", wanted, |_| Ok(()))?;
    }
    // Beside each commit the removal of a rollback journal is made to last: it would come back with a
    // power cut and undo what was committed.
    connection.pragma_update(None, "synchronous", "EXTRA")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "secure_delete", true)?;
    connection.pragma_update(None, "temp_store", "memory")?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

/// Checks the tables that decide what may be sent; the others show damage when they are read.
fn sound(connection: &Connection) -> StoreResult<()> {
    for table in ["meta", "operations", "outbox"] {
        let verdict: String =
            connection.query_row(&format!("PRAGMA quick_check({table})"), [], |row| row.get(0))?;
        if verdict != "ok" {
            return Err(error::damaged().into());
        }
    }
    Ok(())
}

/// A panic while the lock was held leaves nothing half-done behind it: each value is replaced whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn journal(connection: &Connection) -> String {
        connection
            .pragma_query_value(None, "journal_mode", |row| row.get(0))
            .unwrap()
    }

    #[test]
    fn a_network_file_system_gets_a_rollback_journal_and_every_commit_is_synced() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("live.sqlite3");
        files::prepare_file(&path, None).unwrap();
        let local = connect(&path, false).unwrap();
        assert_eq!(journal(&local), "wal");
        drop(local);
        let network = connect(&path, true).unwrap();
        assert_eq!(journal(&network), "delete");
        let synchronous: i64 = network
            .pragma_query_value(None, "synchronous", |row| row.get(0))
            .unwrap();
        assert_eq!(synchronous, 3, "EXTRA");
    }
}
