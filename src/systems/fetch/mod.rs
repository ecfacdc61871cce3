//! Files of outside systems, streamed to disk and taken up again where a connection broke. Each
//! system says how its bytes are opened (`Source`); everything on disk is the same for all.

pub(in crate::systems) mod files;
pub(in crate::systems) mod head;
pub(in crate::systems) mod partial;
mod receive;

use std::path::{Path, PathBuf};
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio_util::sync::CancellationToken;

use self::partial::Partial;
use self::receive::Step;
use super::transport::{AnswerBody, TransportError};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::progress::Listener;

/// A file on disk.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Downloaded {
    /// Where it lies.
    pub path: PathBuf,
    /// Its size in bytes.
    pub bytes: u64,
    /// Hex SHA-256.
    pub sha256: String,
    /// True when part of it was here from an earlier, interrupted download.
    pub resumed: bool,
}

/// What is asked of a source.
pub(in crate::systems) struct Part<'a> {
    /// First byte wanted.
    pub from: u64,
    /// Only if it is still the same thing: an entity tag or a date.
    pub if_range: Option<&'a str>,
}

/// Why a source gave nothing.
pub(in crate::systems) enum Trouble {
    /// The way there; worth another attempt.
    Transport(TransportError),
    /// Something that another attempt does not change.
    Failure(Failure),
}

/// What an answer other than the bytes means.
pub(in crate::systems) enum Refusal {
    /// Another attempt may help; the failure to end with when it does not.
    Again(Failure),
    /// It stays so.
    Final(Failure),
}

/// Where the bytes come from.
pub(in crate::systems) trait Source: Send + Sync {
    /// The system, for failures.
    fn system(&self) -> &'static str;

    /// Opens the file from `part.from` on.
    fn open<'a>(&'a self, part: Part<'a>) -> BoxFuture<'a, Result<http::Response<AnswerBody>, Trouble>>;

    /// What a status from 400 to 499 means, 408, 416 and 429 excepted. `None` for a foreign answer.
    fn refusal(&self, status: u16) -> Option<Refusal>;
}

/// Where a file goes, and what is known of it.
pub(in crate::systems) struct Target<'a> {
    /// The directory.
    pub dir: &'a Path,
    /// Names the unfinished file: `<stem>.partial`.
    pub stem: String,
    /// The finished file's name when the server gives none.
    pub name: String,
    /// Its length, if the system told it beforehand.
    pub bytes: Option<u64>,
    /// Its hex SHA-256, if the system told it beforehand.
    pub sha256: Option<&'a str>,
}

/// How often and after which delay it is tried again without any progress.
pub(in crate::systems) struct Patience<'a> {
    /// Attempts in a row that bring nothing.
    pub attempts: u32,
    /// The delay after an attempt.
    pub delay: &'a (dyn Fn(u32) -> Duration + Send + Sync),
}

/// Fetches one file. What has come is kept when it breaks off, and taken up by the next call.
pub(in crate::systems) async fn fetch(
    source: &dyn Source,
    target: &Target<'_>,
    patience: &Patience<'_>,
    listener: &Listener,
    cancel: &CancellationToken,
) -> Result<Downloaded, Failure> {
    let (dir, stem) = (target.dir.to_owned(), target.stem.clone());
    let mut partial = blocking(move || Partial::open(&dir, &stem)).await??;
    if let Some(bytes) = target.bytes {
        partial.expect(bytes)?;
    }
    if let Err(failure) = receive_all(source, &mut partial, patience, listener, cancel).await {
        // Nothing has come: there is nothing to take up.
        if partial.length == 0 {
            partial.remove();
        }
        return Err(failure);
    }
    let resumed = partial.resumed;
    let (name, told, system) = (
        target.name.clone(),
        target.sha256.map(str::to_owned),
        source.system(),
    );
    let (path, bytes, sha256) = blocking(move || partial.finish(&name, told.as_deref(), system)).await??;
    Ok(Downloaded {
        path,
        bytes,
        sha256,
        resumed,
    })
}

/// Looks at the source until all of it is here.
async fn receive_all(
    source: &dyn Source,
    partial: &mut Partial,
    patience: &Patience<'_>,
    listener: &Listener,
    cancel: &CancellationToken,
) -> Result<(), Failure> {
    let mut attempt = 1;
    loop {
        let before = partial.length;
        let step = tokio::select! {
            step = receive::look(source, partial, listener) => step,
            () = cancel.cancelled() => return Err(cancelled(partial)),
        };
        match step? {
            Step::Complete => return Ok(()),
            Step::Again(failure) => {
                attempt = if partial.length > before { 1 } else { attempt + 1 };
                if attempt > patience.attempts {
                    return Err(failure);
                }
            }
        }
        tokio::select! {
            () = tokio::time::sleep((patience.delay)(attempt)) => {}
            () = cancel.cancelled() => return Err(cancelled(partial)),
        }
    }
}

/// Bytes free for this user where `dir` is or will be; `None` where that cannot be told.
pub fn free_space(dir: &Path) -> Option<u64> {
    let there = dir.ancestors().find(|place| place.is_dir())?;
    let space = rustix::fs::statvfs(there).ok()?;
    (space.f_blocks > 0).then(|| space.f_bavail.saturating_mul(space.f_frsize))
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Failure> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|_| Failure::new(FailureKind::Internal, "Work on the disk ended unexpectedly."))
}

fn cancelled(partial: &Partial) -> Failure {
    Failure::new(
        FailureKind::Interrupted,
        format!("The download was cancelled after {} bytes.", partial.length),
    )
    .next("What has come is kept; the next download goes on from there.")
}
