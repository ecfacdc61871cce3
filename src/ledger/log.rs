//! A log that is open: what is known of it after it was held against its last checkpoint.

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::checkpoint::{Checkpoint, SignedCheckpoint};
use super::entry::{self, Head};
use super::error::{LedgerError, io_at};
use super::key::Keys;
use super::note::Verifier;
use super::opening::{ENTRIES, Signed, quick, remake, walk};
use super::place::Place;

/// Name of the file with the signed checkpoint.
pub(super) const CHECKPOINT: &str = "checkpoint";

/// A log whose signed part agrees with its last checkpoint.
#[derive(Clone, Debug)]
pub struct Log {
    pub(super) place: Place,
    pub(super) keys: Keys,
    pub(super) signed: Signed,
    pub(super) note: String,
    /// The last place in the store's order that it, or a log before it, holds.
    pub(super) last: u64,
    /// What a crash left behind the signed part.
    pub(super) tail: Vec<u8>,
}

impl Log {
    /// Opens the log at `place`, which the caller holds.
    ///
    /// # Errors
    /// [`LedgerError::Broken`] when it does not agree with its checkpoint; it is left as it is.
    pub(super) fn open(place: &Place) -> Result<Log, LedgerError> {
        let mut keys = Keys::read(&place.key, place.disk())?;
        let path = place.directory.join(CHECKPOINT);
        let note = match fs::read_to_string(&path) {
            Ok(note) => note,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(LedgerError::Broken("it has no checkpoint".to_owned()));
            }
            Err(error) if error.kind() == std::io::ErrorKind::InvalidData => {
                return Err(LedgerError::Broken("its checkpoint is not text".to_owned()));
            }
            Err(error) => return Err(io_at("the checkpoint", &path)(error)),
        };
        let checkpoint = accepted(&note, &mut keys)?;
        let signed = match quick(&place.directory, &checkpoint) {
            Some(signed) => signed,
            None => {
                let signed = remake(&place.directory, &checkpoint, place.disk())?;
                tracing::warn!(entries = checkpoint.size, "the ledger's tiles were made again");
                signed
            }
        };
        let tail = behind(place, signed.bytes)?;
        let last = last_of(place, &signed)?;
        Ok(Log {
            place: place.clone(),
            keys,
            signed,
            note,
            last,
            tail,
        })
    }

    /// A log of one entry that was just written.
    pub(super) fn begun(place: &Place, keys: Keys, signed: Signed, note: String, last: u64) -> Log {
        Log {
            place: place.clone(),
            keys,
            signed,
            note,
            last,
            tail: Vec::new(),
        }
    }

    /// The signed checkpoint.
    pub fn note(&self) -> &str {
        &self.note
    }

    /// The key that signs.
    pub fn verifier(&self) -> Verifier {
        self.keys.active.verifier()
    }

    /// Number of signed entries.
    pub fn size(&self) -> u64 {
        self.signed.edge.size()
    }

    /// The last place in the store's order that it, or a log before it, holds.
    pub fn last(&self) -> u64 {
        self.last
    }

    pub(super) fn keys(&self) -> &Keys {
        &self.keys
    }

    /// Whether the files are still those that are known.
    pub(super) fn is_current(&self) -> bool {
        let directory = &self.place.directory;
        let length = fs::metadata(directory.join(ENTRIES)).map(|facts| facts.len());
        self.tail.is_empty()
            && length.is_ok_and(|length| length == self.signed.bytes)
            && fs::read(directory.join(CHECKPOINT)).is_ok_and(|note| note == self.note.as_bytes())
    }

    pub(super) fn set_next(&mut self, next: super::note::Noter) -> Result<(), LedgerError> {
        self.keys.next = Some(next);
        self.keys.write(&self.place.key, self.place.disk())
    }
}

/// Gives each signed entry of the log in `directory` to `each`, with its index. Nothing is checked.
///
/// # Errors
/// When the files cannot be read, or the checkpoint is none.
pub fn read(directory: &Path, mut each: impl FnMut(u64, &[u8])) -> Result<(), LedgerError> {
    let path = directory.join(CHECKPOINT);
    let note = fs::read_to_string(&path).map_err(io_at("the checkpoint", &path))?;
    let signed =
        SignedCheckpoint::parse(&note).map_err(|why| LedgerError::Broken(format!("its checkpoint {why}")))?;
    let mut index = 0;
    let whole = walk(&directory.join(ENTRIES), signed.checkpoint.size, |line| {
        each(index, line);
        index += 1;
        Ok(())
    })?;
    match whole {
        Some(_) => Ok(()),
        None => Err(LedgerError::Broken(format!(
            "its checkpoint is for {} entries, and {ENTRIES} has {index}",
            signed.checkpoint.size
        ))),
    }
}

/// Reads a checkpoint that one of the keys has signed; a successor that has signed is in force.
fn accepted(note: &str, keys: &mut Keys) -> Result<Checkpoint, LedgerError> {
    let read =
        SignedCheckpoint::parse(note).map_err(|why| LedgerError::Broken(format!("its checkpoint {why}")))?;
    keys.advance(note);
    let verifier = keys.active.verifier();
    if !read.is_signed_by(&verifier) || read.checkpoint.origin != verifier.name() {
        return Err(LedgerError::Broken(
            "its checkpoint is not signed by its key".to_owned(),
        ));
    }
    Ok(read.checkpoint)
}

/// What stands behind the signed part.
fn behind(place: &Place, signed: u64) -> Result<Vec<u8>, LedgerError> {
    let path: PathBuf = place.directory.join(ENTRIES);
    let failed = || io_at("the file", &path);
    let mut file = File::open(&path).map_err(failed())?;
    file.seek(SeekFrom::Start(signed)).map_err(failed())?;
    let mut rest = Vec::new();
    file.read_to_end(&mut rest).map_err(failed())?;
    Ok(rest)
}

/// The last place in the store's order among the signed entries.
fn last_of(place: &Place, signed: &Signed) -> Result<u64, LedgerError> {
    let place_of = |line: &[u8]| -> Option<u64> {
        let head = Head::of(line)?;
        head.sequence
            .or((head.action == entry::BEGIN).then_some(head.facts.continues_after))
    };
    if let Some(last) = signed.recent.iter().rev().find_map(|line| place_of(line)) {
        return Ok(last);
    }
    let mut last = None;
    walk(&place.directory.join(ENTRIES), signed.edge.size(), |line| {
        last = place_of(line).or(last);
        Ok(())
    })?;
    last.ok_or_else(|| LedgerError::Broken("none of its entries has a place in an order".to_owned()))
}
