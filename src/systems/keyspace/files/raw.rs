//! Files that are no data files but hold copies of data: commit logs, hints, caches. They are searched
//! as they are where they are plain; where not, they are named as not searched.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Writes that may not be in data files yet, and old ones in segments used again.
    CommitLog,
    /// Writes kept for a server that was down.
    Hints,
    /// Keys or rows kept over a restart.
    Cache,
    /// Many files in one, compressed or not.
    Archive,
}

impl Kind {
    /// What it is called.
    pub fn words(self) -> &'static str {
        match self {
            Kind::CommitLog => "commit log",
            Kind::Hints => "hints",
            Kind::Cache => "cache",
            Kind::Archive => "archive",
        }
    }

    /// How its content goes away.
    pub fn remedy(self) -> &'static str {
        match self {
            Kind::CommitLog => "`nodetool flush` and time: segments are removed or written over",
            Kind::Hints => {
                "delivered or expired hints are removed; `nodetool truncatehints` removes them now"
            }
            Kind::Cache => {
                "`nodetool invalidatekeycache` and `invalidaterowcache`, then the next saving of caches"
            }
            Kind::Archive => "",
        }
    }
}

/// The kind of a file by its name; `None` for all that is not searched raw.
pub fn kind(path: &Path) -> Option<Kind> {
    let name = path.file_name()?.to_str()?;
    let ends = |all: &[&str]| all.iter().any(|end| name.ends_with(end));
    if name.starts_with("CommitLog-") && ends(&[".log"]) {
        Some(Kind::CommitLog)
    } else if ends(&[".hints"]) {
        Some(Kind::Hints)
    } else if name.contains("KeyCache") || name.contains("RowCache") {
        ends(&[".db"]).then_some(Kind::Cache)
    } else if ends(&[
        ".tar", ".gz", ".tgz", ".zip", ".zst", ".lz4", ".bz2", ".xz", ".7z",
    ]) {
        Some(Kind::Archive)
    } else {
        None
    }
}

/// Why a file cannot be searched raw: its head says that what follows is compressed or encrypted. The
/// parameters stand there as JSON.
pub fn hidden(kind: Kind, file: &File) -> std::io::Result<Option<&'static str>> {
    let mut head = vec![0; 1024];
    let read = file.read_at(&mut head, 0)?;
    head.truncate(read);
    let says = |word: &[u8]| memchr::memmem::find(&head, word).is_some();
    Ok(match kind {
        Kind::CommitLog | Kind::Hints if says(b"encContext") || says(b"encryption") => {
            Some("it is encrypted")
        }
        Kind::CommitLog | Kind::Hints if says(b"compressionClass") || says(b"class_name") => {
            Some("it is compressed")
        }
        _ => None,
    })
}
