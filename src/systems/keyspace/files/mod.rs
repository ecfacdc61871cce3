//! The files of Cassandra, searched without a server: data directories, snapshots, restored backups.
//! What was deleted stays in them until a compaction, and in snapshots for good. No file is ever
//! changed; what is damaged or cannot be opened is named, and then "nothing found" is not said.

mod chunks;
mod info;
pub mod name;
mod partitions;
pub mod raw;
mod report;
mod search;
mod target;
mod told;
mod tries;
mod walk;
mod windows;

#[cfg(test)]
mod hidden_forms;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

pub use report::{FileMatch, FilesProgress, FilesReport, NotSearched, Whence};

use super::matching::Needles;

/// What to search, and how.
pub struct FilesRequest {
    /// Directories and files.
    pub paths: Vec<PathBuf>,
    /// Threads; 0 is one for each core.
    pub threads: usize,
    /// Whether text inside a longer one is a possible match.
    pub substrings: bool,
}

/// Searches all files. Blocks for as long as it takes: call it from a thread of its own. `tell` hears
/// how far it is, now and then, from several threads; `stop` ends it early, which the report says.
pub fn search(
    request: &FilesRequest,
    needles: &Needles,
    stop: &AtomicBool,
    tell: &(dyn Fn(FilesProgress) + Sync),
) -> FilesReport {
    let threads = match request.threads {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        threads => threads,
    };
    search::run(
        walk::walk(&request.paths),
        needles,
        request.substrings,
        threads.min(64),
        stop,
        tell,
    )
}

/// An error of the system in a few words, without a path.
fn words(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "it is not there".to_owned(),
        std::io::ErrorKind::PermissionDenied => "it may not be read by this user".to_owned(),
        _ => crate::domain::text::clean(&error.to_string()),
    }
}
