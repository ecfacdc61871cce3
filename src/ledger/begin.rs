//! The first entry of a log: in an empty place, or behind a log that is broken, lost or no longer
//! fits, which is kept beside it and named with its digests.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::checkpoint::Checkpoint;
use super::disk::Disk;
use super::entry::{self, hand_over};
use super::error::{LedgerError, io_at};
use super::key::{self, Keys};
use super::log::{CHECKPOINT, Log};
use super::note::{Noter, Verifier};
use super::opening::{ENTRIES, Signed, TileWriter};
use super::place::Held;
use super::tree::Edge;
use crate::domain::canonical::hex;

/// A log about to be begun: its key and its name.
pub struct NewLog {
    key: Noter,
}

/// An earlier log as the first entry of the next one names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Retired {
    /// Name of its directory, beside the new one.
    pub directory: String,
    /// SHA-256 of its entries as they were found; `None` when the file was not there.
    pub entries: Option<String>,
    /// SHA-256 of its checkpoint; `None` when it was not there.
    pub checkpoint: Option<String>,
}

impl NewLog {
    /// The log's name, which stands in the first line of its checkpoints.
    pub fn origin(&self) -> String {
        self.key.verifier().name().to_owned()
    }

    /// The key that will sign.
    pub fn verifier(&self) -> Verifier {
        self.key.verifier()
    }
}

impl Held {
    /// A key and a name for a log to be begun here.
    ///
    /// # Errors
    /// Without random numbers.
    pub fn prepare(&self) -> Result<NewLog, LedgerError> {
        let key = key::fresh(Err(self.ledger().prefix()))?;
        Ok(NewLog { key })
    }

    /// Moves the log that is here aside, to the first free name with a number, and tells of all that
    /// lie aside.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn retire(&self) -> Result<Vec<Retired>, LedgerError> {
        let directory = &self.ledger().place().directory;
        let aside = |number: u32| -> PathBuf {
            let mut path = directory.clone().into_os_string();
            path.push(format!(".{number}"));
            PathBuf::from(path)
        };
        let mut retired = Vec::new();
        let mut number = 1;
        while aside(number).exists() {
            retired.push(look_at(&aside(number))?);
            number += 1;
        }
        if directory.exists() {
            let to = aside(number);
            self.ledger()
                .place()
                .disk()
                .rename(directory, &to)
                .map_err(io_at("the ledger", directory))?;
            retired.push(look_at(&to)?);
        }
        Ok(retired)
    }

    /// Writes the first entry. The log appears whole or not at all.
    ///
    /// # Errors
    /// Those of the disk; [`LedgerError::Unfit`] when there is a log already.
    pub fn begin(&self, new: NewLog, first: &[u8], continues_after: u64) -> Result<(), LedgerError> {
        entry::check(first)?;
        let place = self.ledger().place();
        let disk = place.disk();
        if place.directory.exists() {
            return Err(LedgerError::Unfit("there is a ledger already".to_owned()));
        }
        let mut beside = place.directory.clone().into_os_string();
        beside.push(".new");
        let beside = PathBuf::from(beside);
        let failed = || io_at("the directory", &beside);
        if beside.exists() {
            // Left by a crash before it became a log.
            disk.remove_all(&beside).map_err(failed())?;
        }
        disk.make_directory(&beside).map_err(failed())?;
        let (signed, note) = write_first(&beside, disk, &new, first)?;
        let keys = Keys {
            active: new.key,
            next: None,
        };
        keys.write(&place.key, disk)?;
        disk.sync_directory(&beside).map_err(failed())?;
        disk.rename(&beside, &place.directory).map_err(failed())?;
        if let Some(above) = place.directory.parent() {
            let lasts = disk.sync_directory(above);
            lasts.map_err(|error| {
                // Nothing is added to a log whose name may be gone after a power cut.
                let _ = disk.rename(&place.directory, &beside);
                io_at("the directory", above)(error)
            })?;
        }
        self.keep(Log::begun(place, keys, signed, note, continues_after));
        Ok(())
    }

    /// Makes the next key ready: what the entry of the hand-over says, the new key first, then the
    /// signatures of the old and of the new key, base64. It takes effect when that entry is appended.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn prepare_hand_over(&self) -> Result<Option<(String, [String; 2])>, LedgerError> {
        use base64::Engine;
        use base64::engine::general_purpose::STANDARD;
        self.with(|log| {
            let old = log.keys().active.clone();
            let next = key::fresh(Ok(old.verifier().name()))?;
            let key = next.verifier().to_string();
            let text = hand_over(&old.verifier().to_string(), &key);
            let signed = [&old, &next].map(|signer| STANDARD.encode(signer.sign(text.as_bytes())));
            log.set_next(next)?;
            Ok((key, signed))
        })
    }
}

fn write_first(
    directory: &Path,
    disk: &Disk,
    new: &NewLog,
    first: &[u8],
) -> Result<(Signed, String), LedgerError> {
    let mut bytes = first.to_vec();
    bytes.push(b'\n');
    let path = directory.join(ENTRIES);
    disk.replace(&path, &bytes).map_err(io_at("the file", &path))?;
    let mut edge = Edge::default();
    let mut writer = TileWriter::new(directory, disk);
    writer.push(&mut edge, first)?;
    writer.finish(&edge)?;
    let checkpoint = Checkpoint {
        origin: new.origin(),
        size: 1,
        root: edge.root(),
    };
    let note = checkpoint.sign(&[&new.key]);
    let path = directory.join(CHECKPOINT);
    disk.replace(&path, note.as_bytes())
        .map_err(io_at("the checkpoint", &path))?;
    let signed = Signed {
        edge,
        recent: writer.recent,
        bytes: bytes.len() as u64,
    };
    Ok((signed, note))
}

fn look_at(directory: &Path) -> Result<Retired, LedgerError> {
    let name = directory.file_name().unwrap_or_default().to_string_lossy();
    Ok(Retired {
        directory: name.into_owned(),
        entries: digest(&directory.join(ENTRIES))?,
        checkpoint: digest(&directory.join(CHECKPOINT))?,
    })
}

fn digest(path: &Path) -> Result<Option<String>, LedgerError> {
    let mut file = match fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(io_at("the file", path)(error)),
    };
    let (mut hash, mut piece) = (Sha256::new(), vec![0; 1 << 16]);
    loop {
        match file.read(&mut piece) {
            Ok(0) => return Ok(Some(hex(&hash.finalize()))),
            Ok(read) => hash.update(&piece[..read]),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(io_at("the file", path)(error)),
        }
    }
}
