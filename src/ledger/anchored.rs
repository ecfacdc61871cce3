//! Where the stamps of checkpoints are kept: beside the log, each with the checkpoint that it is for.

use std::path::{Path, PathBuf};

use super::disk::Disk;
use super::error::{LedgerError, io_at};
use super::place::Place;

/// Name of the directory inside the log.
pub(super) const ANCHORS: &str = "anchors";

/// A stamped checkpoint.
#[derive(Clone, Debug)]
pub struct Anchored {
    /// The signed note as it was stamped.
    pub checkpoint: PathBuf,
    /// The authority's answer (`openssl ts -verify -data CHECKPOINT -in STAMP`).
    pub stamp: PathBuf,
    disk: Disk,
}

impl Anchored {
    /// The files for the checkpoint of `size` entries.
    pub fn new(place: &Place, size: u64) -> Anchored {
        let directory = place.directory.join(ANCHORS);
        Anchored {
            checkpoint: directory.join(format!("{size:012}.checkpoint")),
            stamp: directory.join(format!("{size:012}.tsr")),
            disk: place.disk().clone(),
        }
    }

    /// Writes both.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn keep(&self, note: &str, stamp: &[u8]) -> Result<(), LedgerError> {
        let put = |path: &Path, bytes: &[u8]| self.disk.write(path, bytes).map_err(io_at("the file", path));
        put(&self.checkpoint, note.as_bytes())?;
        put(&self.stamp, stamp)
    }

    /// Removes both: the stamp turned out to be none.
    pub fn remove(&self) {
        let _ = self.disk.remove_file(&self.checkpoint);
        let _ = self.disk.remove_file(&self.stamp);
    }
}
