//! The encrypted files that the service keeps, what of them is here, and which parts are missing.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use jiff::{SignedDuration, Timestamp};

use super::pick;
use crate::domain::export::{Artifact, MOST_SELECTED};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::progress::Listener;
use crate::store::ExportFile;
use crate::workflow::World;

/// A file at the service, and what is known of it here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// As the service tells of it.
    pub artifact: Artifact,
    /// Where it lies here, if it was fetched and is still there.
    pub here: Option<PathBuf>,
    /// For a part of a split export: how many parts are here, and how many there are.
    pub parts_here: Option<(u32, u32)>,
}

/// The files as far as they could be read; what expires first stands first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Artifacts {
    /// Files.
    pub entries: Vec<Entry>,
    /// False when something could not be read.
    pub complete: bool,
    /// What could not, and why.
    pub notes: Vec<String>,
    /// When they were read.
    pub read_at: Timestamp,
}

/// All files.
///
/// # Errors
/// As every read.
pub async fn list(world: &World, listener: &Listener) -> Result<Artifacts, Failure> {
    let listed = world.cdds().await?.artifacts(listener).await?;
    let now = world.clock.now();
    let mut artifacts = listed.items;
    for artifact in &mut artifacts {
        artifact.count_days(now);
    }
    artifacts.sort_by(|a, b| {
        let key = |artifact: &Artifact| (artifact.remaining_days.unwrap_or(i64::MAX), artifact.created_at);
        key(a).cmp(&key(b)).then_with(|| a.name.cmp(&b.name))
    });
    let here = here(&world.store.export_files().await?);
    Ok(Artifacts {
        entries: entries(artifacts, &here),
        complete: listed.unreadable.is_empty(),
        notes: listed.unreadable,
        read_at: now,
    })
}

/// Files that were fetched and still lie where they were put, by their id.
pub(super) fn here(fetched: &[ExportFile]) -> BTreeMap<String, PathBuf> {
    fetched
        .iter()
        .filter(|file| {
            std::fs::symlink_metadata(&file.path).is_ok_and(|meta| meta.is_file() && meta.len() == file.bytes)
        })
        .map(|file| (file.artifact_id.clone(), file.path.clone()))
        .collect()
}

/// Joins files with what is here.
pub(super) fn entries(artifacts: Vec<Artifact>, here: &BTreeMap<String, PathBuf>) -> Vec<Entry> {
    let mut wholes: BTreeMap<String, (u32, u32)> = BTreeMap::new();
    for artifact in &artifacts {
        let Some(whole) = artifact.whole() else { continue };
        let (_, parts) = artifact.part_numbers().unwrap_or_default();
        let (present, count) = wholes.entry(whole).or_default();
        *present += u32::from(here.contains_key(&artifact.id));
        // Without a count from the service there are at least as many as are listed.
        *count = match parts {
            Some(parts) => parts,
            None => *count + 1,
        };
    }
    artifacts
        .into_iter()
        .map(|artifact| Entry {
            here: here.get(&artifact.id).cloned(),
            parts_here: artifact.whole().and_then(|whole| wholes.get(&whole).copied()),
            artifact,
        })
        .collect()
}

impl Artifacts {
    /// Files that are deleted within `span` and are not here yet, or all that are deleted within it.
    pub fn expiring(&self, span: SignedDuration) -> Vec<&Entry> {
        self.entries
            .iter()
            .filter(|entry| {
                let left = match entry.artifact.expires_at() {
                    Some(end) => end.duration_since(self.read_at),
                    None => match entry.artifact.remaining_days {
                        Some(days) => SignedDuration::from_hours(days * 24),
                        None => return false,
                    },
                };
                left <= span
            })
            .collect()
    }

    /// The files that `wanted` means (ids, names, beginnings of ids), each once.
    ///
    /// # Errors
    /// Unknown or ambiguous ids, more than 100 files.
    pub fn select(&self, wanted: &[String]) -> Result<Vec<&Entry>, Failure> {
        let mut seen = BTreeSet::new();
        let mut selected = Vec::new();
        for id in wanted {
            let entry = pick(
                &self.entries,
                id,
                "file",
                |entry| &entry.artifact.id,
                |entry| &entry.artifact.name,
            )?;
            if seen.insert(&entry.artifact.id) {
                selected.push(entry);
            }
        }
        few_enough(selected.len())?;
        Ok(selected)
    }

    /// The files of one job.
    pub fn of_job(&self, job_id: &str) -> Vec<&Entry> {
        self.entries
            .iter()
            .filter(|entry| entry.artifact.job_id.as_deref() == Some(job_id))
            .collect()
    }
}

/// The service takes 100 files at most in one go.
///
/// # Errors
/// When there are more.
pub fn few_enough(count: usize) -> Result<(), Failure> {
    if count <= MOST_SELECTED {
        return Ok(());
    }
    Err(Failure::new(
        FailureKind::Usage,
        format!("{count} files are selected; {MOST_SELECTED} are the most in one go."),
    )
    .next("Select fewer, for example by --job or --expiring, and run it again."))
}
