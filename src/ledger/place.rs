//! Where a ledger lies, and the handle that lets one process at a time append to it.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustix::fs::{FlockOperation, flock};

use super::disk::{Disk, DiskWatch};
use super::error::{LedgerError, io_at};
use super::log::Log;
use crate::domain::mode::Mode;

/// The files of one ledger.
#[derive(Clone, Debug)]
pub struct Place {
    /// The log itself, which may be handed out.
    pub directory: PathBuf,
    /// The signing key.
    pub key: PathBuf,
    /// Held while a process appends.
    pub lock: PathBuf,
    /// True when a group shares store and ledger.
    pub shared: bool,
    disk: Disk,
}

impl Place {
    /// The place beside the store at `store`: `live.sqlite3` has `live.ledger`.
    pub fn beside(store: &Path, shared: bool) -> Place {
        Place {
            directory: store.with_extension("ledger"),
            key: store.with_extension("ledger.key"),
            lock: store.with_extension("ledger.lock"),
            shared,
            disk: Disk::new(shared, None),
        }
    }

    /// The same place, where `watch` is asked before each call that changes something on the disk.
    #[must_use]
    pub fn watched(mut self, watch: Arc<dyn DiskWatch>) -> Place {
        self.disk = Disk::new(self.shared, Some(watch));
        self
    }

    pub(super) fn disk(&self) -> &Disk {
        &self.disk
    }
}

/// The handle of one world's ledger. Clones share what is known of it; nothing is touched before it
/// is used.
#[derive(Clone, Debug)]
pub struct Ledger {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    place: Place,
    prefix: String,
    log: Mutex<Option<Log>>,
}

/// The ledger while nobody else appends to it, in this process or another.
pub struct Held {
    ledger: Ledger,
    _lock: File,
}

impl Ledger {
    /// The ledger at `place` of one organisation in one mode; both stand in the origin of a log that
    /// is begun there.
    pub fn new(place: Place, mode: Mode, organization: &str) -> Ledger {
        Ledger {
            inner: Arc::new(Inner {
                place,
                prefix: format!("dsr/{mode}/{}", named(organization)),
                log: Mutex::new(None),
            }),
        }
    }

    /// Its files.
    pub fn place(&self) -> &Place {
        &self.inner.place
    }

    /// True when a log was begun.
    pub fn exists(&self) -> bool {
        self.inner.place.directory.exists()
    }

    pub(super) fn prefix(&self) -> &str {
        &self.inner.prefix
    }

    /// Waits until nobody else appends. Blocking.
    ///
    /// # Errors
    /// When the lock's file cannot be made.
    pub fn hold(&self) -> Result<Held, LedgerError> {
        Ok(Held {
            ledger: self.clone(),
            _lock: Ledger::turn(&self.inner.place)?,
        })
    }

    /// A turn at the ledger at `place`: nobody appends while the file is open. Blocking.
    ///
    /// # Errors
    /// When the lock's file cannot be made.
    pub fn turn(place: &Place) -> Result<File, LedgerError> {
        let failed = |error: std::io::Error| io_at("the lock", &place.lock)(error);
        let lock = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(place.disk().file_mode())
            .open(&place.lock)
            .map_err(failed)?;
        if place.shared {
            // Another operator's file already has the right mode, and may not be changed by us.
            let _ = lock.set_permissions(std::fs::Permissions::from_mode(place.disk().file_mode()));
        }
        flock(&lock, FlockOperation::LockExclusive).map_err(|error| failed(error.into()))?;
        Ok(lock)
    }
}

impl Held {
    /// The ledger that is held.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Does `work` with the log as it is on disk, opening it where that is necessary; `None` when
    /// none was begun. After an error nothing is taken for known any more.
    ///
    /// # Errors
    /// Those of opening and of `work`.
    pub fn with<T>(
        &self,
        work: impl FnOnce(&mut Log) -> Result<T, LedgerError>,
    ) -> Result<Option<T>, LedgerError> {
        let mut kept = locked(&self.ledger.inner.log);
        let log = match kept.take() {
            Some(log) if log.is_current() => log,
            _ if !self.ledger.exists() => return Ok(None),
            _ => Log::open(&self.ledger.inner.place)?,
        };
        let mut log = log;
        let done = work(&mut log)?;
        *kept = Some(log);
        Ok(Some(done))
    }

    pub(super) fn keep(&self, log: Log) {
        *locked(&self.ledger.inner.log) = Some(log);
    }
}

/// A panic while the lock was held leaves nothing half-done behind it: the value is taken out first.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// An organisation's name as a part of an origin: letters, digits and hyphens.
fn named(organization: &str) -> String {
    let mut name = String::new();
    for c in organization.to_lowercase().chars().take(60) {
        if c.is_ascii_alphanumeric() || c == '.' {
            name.push(c);
        } else if !name.ends_with('-') && !name.is_empty() {
            name.push('-');
        }
    }
    let name = name.trim_matches(['-', '.']);
    if name.is_empty() {
        "organization".to_owned()
    } else {
        name.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_takes_any_name() {
        assert_eq!(named("Example Contact Centre (EU)"), "example-contact-centre-eu");
        assert_eq!(named("+++"), "organization");
        assert_eq!(named("Müller & Söhne"), "m-ller-s-hne");
    }

    #[test]
    fn a_place_lies_beside_its_store() {
        let place = Place::beside(Path::new("/data/live.sqlite3"), false);
        assert_eq!(place.directory, Path::new("/data/live.ledger"));
        assert_eq!(place.key, Path::new("/data/live.ledger.key"));
    }
}
