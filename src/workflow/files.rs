//! The files of Cassandra, searched for a person: what a deletion leaves behind on disk. Nothing
//! outside is asked, and no file is changed.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio_util::sync::CancellationToken;

use crate::domain::failure::{Failure, FailureKind};
use crate::domain::identifier::Identifier;
use crate::domain::progress::{Listener, Progress};
use crate::domain::text::clean;
use crate::systems::keyspace::files::{self, FilesRequest};
use crate::systems::keyspace::matching::Needles;

pub use crate::systems::keyspace::files::{FileMatch, FilesReport, NotSearched, Whence};

/// What is looked for, and where.
#[derive(Clone)]
pub struct Asked {
    /// Data directories, snapshots, restored backups, or single files.
    pub paths: Vec<PathBuf>,
    /// Who is looked for.
    pub searches: Vec<Identifier>,
    /// ISO 3166 alpha-2 code for phone numbers in national form.
    pub country: Option<String>,
    /// Whether text inside a longer one is a possible match.
    pub substring: bool,
}

/// Searches, on threads of its own. Stopped by `cancel`: the report then says that it is not whole.
///
/// # Errors
/// A path that is not there, a value that cannot be searched for, or no file of Cassandra at all: an
/// empty result would be taken for a clean one.
pub async fn search(
    asked: Asked,
    listener: Listener,
    cancel: &CancellationToken,
) -> Result<FilesReport, Failure> {
    for path in &asked.paths {
        if let Err(error) = std::fs::metadata(path) {
            return Err(Failure::new(
                FailureKind::NotFound,
                format!("{} cannot be opened ({}).", shown(path), error.kind()),
            )
            .next("Name a data directory of Cassandra, a snapshot or a restored backup that this user may read."));
        }
    }
    let needles = Needles::new(&asked.searches, asked.country.as_deref(), asked.substring)
        .map_err(|error| Failure::new(FailureKind::Usage, format!("{}.", clean(&error.to_string()))))?;
    let stop = Arc::new(AtomicBool::new(false));
    let stopped = stop.clone();
    let request = FilesRequest {
        paths: asked.paths.clone(),
        threads: 0,
        substrings: asked.substring,
    };
    let mut work = tokio::task::spawn_blocking(move || {
        files::search(&request, &needles, &stopped, &|progress| {
            listener.tell(Progress {
                done: progress.done,
                total: Some(progress.total),
                unit: "bytes",
                note: format!("{} places found", progress.found),
            });
        })
    });
    let done = tokio::select! {
        done = &mut work => done,
        () = cancel.cancelled() => {
            // Each thread ends with the segment that it has.
            stop.store(true, Ordering::Relaxed);
            work.await
        }
    };
    let report =
        done.map_err(|_| Failure::new(FailureKind::Internal, "The search of files ended by a defect."))?;
    if report.files == 0 && report.not_searched.is_empty() && !report.interrupted {
        let paths: Vec<String> = asked.paths.iter().map(|path| shown(path)).collect();
        return Err(Failure::new(
            FailureKind::NotFound,
            format!("No file of Cassandra was found in {}.", paths.join(", ")),
        )
        .next("Name a directory that holds *-Data.db files, commit logs or hints, or one above it."));
    }
    Ok(report)
}

fn shown(path: &std::path::Path) -> String {
    clean(&path.to_string_lossy())
}
