//! Local copies of personal data: what was downloaded or decrypted stays the operator's
//! responsibility. Each has a day on which it is to go, can be searched for a person, and is removed
//! with a record of it.

mod finding;
mod held;

use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::{World, cases};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::text::clean;
pub use crate::store::{CopyKind, LocalCopy};
pub use finding::{Found, find, find_each};

/// How long a copy is kept when nothing else is said.
pub const KEEP: Duration = Duration::from_secs(30 * 24 * 3600);

/// A copy as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// What is remembered of it.
    pub copy: LocalCopy,
    /// Its size on disk; `None` when it is not there any more.
    pub present: Option<u64>,
    /// When it is to be removed.
    pub until: Timestamp,
    /// Whole days until then; zero or less when that day has come.
    pub days_left: i64,
}

impl Standing {
    /// True when it is to be removed now.
    pub fn is_due(&self) -> bool {
        self.days_left <= 0
    }
}

/// Notes files of `kind` that were made of `source`, to be kept for `keep` (else [`KEEP`]).
/// `action` and `facts` (without personal data) become evidence.
///
/// # Errors
/// Storage failures.
pub async fn remember(
    world: &World,
    kind: CopyKind,
    files: Vec<(PathBuf, Option<String>)>,
    keep: Option<Duration>,
    action: &'static str,
    facts: serde_json::Value,
) -> Result<(), Failure> {
    if kind == CopyKind::Decrypted && world.store.is_sealed() {
        let (own, paths) = (
            world.clone(),
            files.iter().map(|(path, _)| path.clone()).collect::<Vec<_>>(),
        );
        let protected = tokio::task::spawn_blocking(move || {
            paths.iter().try_for_each(|path| own.rest.protect(path, true))
        });
        protected
            .await
            .unwrap_or_else(|_| Err(Failure::new(FailureKind::Internal, "Encrypting files broke off.")))?;
    }
    let now = world.clock.now();
    let until = after(now, keep.unwrap_or(KEEP));
    let copies = files
        .into_iter()
        .map(|(path, source)| LocalCopy {
            bytes: std::fs::metadata(&path).ok().map(|meta| meta.len()),
            path: std::path::absolute(&path).unwrap_or(path),
            kind,
            source,
            since: now,
            until: Some(until),
        })
        .collect();
    world
        .store
        .keep_copies(&world.actor, action, facts, copies, now)
        .await
}

fn after(now: Timestamp, keep: Duration) -> Timestamp {
    let keep = SignedDuration::try_from(keep).unwrap_or(SignedDuration::MAX);
    now.checked_add(keep).unwrap_or(Timestamp::MAX)
}

/// All copies that are known, oldest first.
///
/// # Errors
/// Storage failures.
pub async fn list(world: &World) -> Result<Vec<Standing>, Failure> {
    let now = world.clock.now();
    let copies = world.store.copies().await?;
    Ok(copies.into_iter().map(|copy| standing(copy, now)).collect())
}

fn standing(copy: LocalCopy, now: Timestamp) -> Standing {
    let until = copy.until.unwrap_or_else(|| after(copy.since, KEEP));
    let seconds = until.as_second() - now.as_second();
    Standing {
        present: on_disk(&copy.path),
        until,
        // A day that has begun counts: what is due in an hour has one day left.
        days_left: seconds.div_euclid(86_400) + i64::from(seconds.rem_euclid(86_400) > 0),
        copy,
    }
}

/// The size of a plain file; a link is not followed.
fn on_disk(path: &Path) -> Option<u64> {
    std::fs::symlink_metadata(path)
        .ok()
        .filter(|meta| meta.is_file())
        .map(|meta| meta.len())
}

/// What came of a removal.
#[derive(Clone, Debug, Default)]
pub struct Removed {
    /// Files that were deleted.
    pub deleted: Vec<PathBuf>,
    /// Files that were not there any more: forgotten.
    pub missing: Vec<PathBuf>,
    /// Files that could not be deleted, with the reason.
    pub failed: Vec<(PathBuf, String)>,
    /// Files that stay because of a hold.
    pub held: Vec<(PathBuf, Failure)>,
}

/// The copies against which a hold stands, with why: for previews. Nothing is written down.
///
/// # Errors
/// Storage failures.
pub async fn held(
    world: &World,
    copies: &[Standing],
    case: Option<&str>,
) -> Result<Vec<(PathBuf, Failure)>, Failure> {
    let mut found = Vec::new();
    for standing in copies {
        if let Some((_, failure)) = held::against(world, standing, case).await? {
            found.push((standing.copy.path.clone(), failure));
        }
    }
    Ok(found)
}

/// Deletes copies and remembers it. `why` is `due` or `asked`. Holds are asked right before each: a copy
/// of a person whose data must not be erased now stays, and the attempt is written down. What a disk
/// keeps of a deleted file, and what backups hold, is beyond it.
///
/// # Errors
/// Storage failures; what was deleted until then is deleted.
pub async fn remove(
    world: &World,
    copies: Vec<Standing>,
    case: Option<&str>,
    why: &'static str,
) -> Result<Removed, Failure> {
    let world = &world.about(case);
    let mut removed = Removed::default();
    let mut gone = Vec::new();
    for standing in copies {
        let path = standing.copy.path.clone();
        if let Some((holds, failure)) = held::against(world, &standing, case).await? {
            cases::holds::blocked(world, None, &holds).await?;
            removed.held.push((path, failure));
            continue;
        }
        let result = match std::fs::symlink_metadata(&path) {
            Ok(meta) if meta.is_file() => std::fs::remove_file(&path).map(|()| true),
            Ok(_) => Err(std::io::Error::other("is no plain file any more")),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        };
        match result {
            Ok(deleted) => {
                // What a killed conversion has left beside it is of the same person.
                if let Err(failure) = crate::crypto::rest::remove_half_written(&path) {
                    removed.failed.push((path.clone(), failure.message));
                }
                let list = if deleted {
                    &mut removed.deleted
                } else {
                    &mut removed.missing
                };
                list.push(path);
                gone.push(standing.copy);
            }
            Err(error) => removed.failed.push((path, clean(&error.to_string()))),
        }
    }
    if !gone.is_empty() {
        let facts = world.facts(serde_json::json!({}));
        world
            .store
            .copies_removed(&world.actor, gone, why, facts, world.clock.now())
            .await?;
    }
    Ok(removed)
}

/// Those of the copies that are results of this case's own requests: the whole of each is its person's.
///
/// # Errors
/// Storage failures.
pub async fn own(world: &World, all: Vec<Standing>, case: &str) -> Result<Vec<Standing>, Failure> {
    let mut own = Vec::new();
    for standing in all {
        if held::case_of(world, &standing).await?.as_deref() == Some(case) {
            own.push(standing);
        }
    }
    Ok(own)
}

/// The copies that `paths` name, or all.
///
/// # Errors
/// A path that is no known copy.
pub fn named(all: Vec<Standing>, paths: &[PathBuf]) -> Result<Vec<Standing>, Failure> {
    let mut found = Vec::new();
    for path in paths {
        let whole = std::path::absolute(path).unwrap_or_else(|_| path.clone());
        let standing = all
            .iter()
            .find(|standing| standing.copy.path == whole || standing.copy.path == *path);
        found.push(standing.cloned().ok_or_else(|| {
            Failure::new(
                FailureKind::NotFound,
                format!(
                    "{} is not among the copies that are known.",
                    clean(&path.display().to_string())
                ),
            )
            .next("See them with: dsr copies list")
        })?);
    }
    Ok(found)
}
