//! The signing key in its file: one line, or two while a key hands over to its successor.

use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use zeroize::Zeroizing;

use super::checkpoint::SignedCheckpoint;
use super::disk::Disk;
use super::error::{LedgerError, io_at};
use super::log::CHECKPOINT;
use super::note::{Noter, Verifier};
use super::place::Place;
use crate::domain::canonical::hex;

/// The key in force and the one that is to follow.
#[derive(Clone, Debug)]
pub(super) struct Keys {
    pub(super) active: Noter,
    pub(super) next: Option<Noter>,
}

/// A fresh key. With `origin` it is another key of that log, else the first of a new one, whose name
/// is made of `prefix` and a piece of the key's digest.
pub(super) fn fresh(origin: Result<&str, &str>) -> Result<Noter, LedgerError> {
    let mut seed = Zeroizing::new([0u8; 32]);
    getrandom::fill(seed.as_mut_slice())
        .map_err(|error| LedgerError::Entry(format!("no random numbers ({error})")))?;
    let named = |name: &str| {
        Noter::new(name, &seed).ok_or_else(|| LedgerError::Entry(format!("{name} cannot name a log")))
    };
    match origin {
        Ok(origin) => named(origin),
        Err(prefix) => {
            let id = hex(&named(prefix)?.verifier().id());
            named(&format!("{prefix}/{id}"))
        }
    }
}

/// The public half of the key in force of the ledger at `place`.
///
/// # Errors
/// A key that is missing, is none, or is open to others.
pub fn own_key(place: &Place) -> Result<Verifier, LedgerError> {
    let mut keys = Keys::read(&place.key, place.disk())?;
    // A successor is in force once it has signed a checkpoint.
    let note = std::fs::read_to_string(place.directory.join(CHECKPOINT)).unwrap_or_default();
    keys.advance(&note);
    Ok(keys.active.verifier())
}

impl Keys {
    /// Puts the successor in force when it has signed this checkpoint.
    pub(super) fn advance(&mut self, note: &str) {
        if let Ok(read) = SignedCheckpoint::parse(note)
            && let Some(next) = self.next.take_if(|next| read.is_signed_by(&next.verifier()))
        {
            self.active = next;
        }
    }

    /// Reads the file at `path`.
    pub(super) fn read(path: &Path, disk: &Disk) -> Result<Keys, LedgerError> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => Zeroizing::new(text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(LedgerError::Broken("its key is missing".to_owned()));
            }
            Err(error) => return Err(io_at("the key", path)(error)),
        };
        let facts = std::fs::metadata(path).map_err(io_at("the key", path))?;
        let mode = facts.mode() & 0o777;
        if mode & !disk.file_mode() != 0 {
            return Err(LedgerError::Open(format!(
                "its key {} has mode {mode:03o}, so others can read or write it",
                path.display()
            )));
        }
        let mut lines = text.lines().map(Noter::parse);
        match (lines.next().flatten(), lines.next()) {
            (Some(active), None) => Ok(Keys { active, next: None }),
            (Some(active), Some(Some(next))) if next.verifier().name() == active.verifier().name() => {
                Ok(Keys {
                    active,
                    next: Some(next),
                })
            }
            _ => Err(LedgerError::Broken("its key's file holds no key".to_owned())),
        }
    }

    /// Writes them.
    pub(super) fn write(&self, path: &Path, disk: &Disk) -> Result<(), LedgerError> {
        let mut text = Zeroizing::new(String::new());
        for key in [Some(&self.active), self.next.as_ref()].into_iter().flatten() {
            text.push_str(&key.encode());
            text.push('\n');
        }
        disk.replace(path, text.as_bytes())
            .map_err(io_at("the key", path))
    }
}
