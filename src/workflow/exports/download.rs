//! Files of the export service to disk, several at once, still encrypted.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::{StreamExt, stream};
use tokio_util::sync::CancellationToken;

use super::artifacts::{few_enough, here};
use crate::domain::export::Artifact;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::progress::{Listener, Progress};
use crate::store::ExportFile;
use crate::systems::cdds::{Cdds, SYSTEM};
use crate::systems::fetch::free_space;
use crate::workflow::World;

/// Downloads at the same time when nothing else is said, and the most.
pub const PARALLEL: usize = 3;
/// The most downloads at the same time.
pub const MOST_PARALLEL: usize = 8;

/// What became of one file.
#[derive(Clone, Debug)]
pub struct Fetched {
    /// The file at the service.
    pub artifact: Artifact,
    /// Where it lies now, or why it does not.
    pub result: Result<Here, Failure>,
}

/// A file that is here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Here {
    /// Where.
    pub path: PathBuf,
    /// Its size.
    pub bytes: u64,
    /// Hex SHA-256.
    pub sha256: String,
    /// True when part of it was here from an earlier, interrupted download.
    pub resumed: bool,
    /// True when it was here already.
    pub already: bool,
}

/// Where files go when nothing else is said.
pub fn directory(world: &World) -> PathBuf {
    world.settings.downloads.join("exports")
}

/// Fetches files into `to` (else [`directory`]), at most `parallel` at once. What is already here is
/// not fetched again. Each that came is recorded at once.
///
/// # Errors
/// More than 100 files, no room on the disk, nobody signed in. What went wrong with one file stands
/// in its result.
pub async fn fetch(
    world: &World,
    artifacts: Vec<Artifact>,
    to: Option<PathBuf>,
    parallel: usize,
    listener: &Listener,
    cancel: &CancellationToken,
) -> Result<Vec<Fetched>, Failure> {
    few_enough(artifacts.len())?;
    let cdds = world.cdds().await?;
    cdds.sign_in().await?;
    let known = world.store.export_files().await?;
    let place = to.clone().unwrap_or_else(|| directory(world));
    let present = here(&known);
    let already = |artifact: &Artifact| {
        let path = present.get(&artifact.id)?;
        let file = known.iter().find(|file| file.artifact_id == artifact.id)?;
        (to.is_none() || path.parent() == Some(place.as_path())).then(|| Here {
            path: path.clone(),
            bytes: file.bytes,
            sha256: file.sha256.clone(),
            resumed: false,
            already: true,
        })
    };
    let (mut done, mut wanted) = (Vec::new(), Vec::new());
    for (index, artifact) in artifacts.into_iter().enumerate() {
        match already(&artifact) {
            Some(here) => done.push((
                index,
                Fetched {
                    artifact,
                    result: Ok(here),
                },
            )),
            None => wanted.push((index, artifact)),
        }
    }
    check_room(&place, &wanted)?;
    let meter = Arc::new(Meter::new(&wanted, listener.clone()));
    let work = wanted.into_iter().enumerate().map(|(slot, (index, artifact))| {
        let (cdds, place, meter) = (cdds.clone(), place.clone(), meter.clone());
        async move {
            let listener = Meter::slot(&meter, slot);
            let result = one(world, &cdds, &artifact, &place, &listener, cancel).await;
            (index, Fetched { artifact, result })
        }
    });
    let fetched: Vec<_> = stream::iter(work)
        .buffer_unordered(parallel.clamp(1, MOST_PARALLEL))
        .collect()
        .await;
    done.extend(fetched);
    done.sort_by_key(|(index, _)| *index);
    Ok(done.into_iter().map(|(_, fetched)| fetched).collect())
}

async fn one(
    world: &World,
    cdds: &Cdds,
    artifact: &Artifact,
    place: &Path,
    listener: &Listener,
    cancel: &CancellationToken,
) -> Result<Here, Failure> {
    if cancel.is_cancelled() {
        return Err(Failure::new(
            FailureKind::Interrupted,
            "The download was cancelled before it began.",
        ));
    }
    let downloaded = cdds.download(artifact, place, listener, cancel).await?;
    let now = world.clock.now();
    let (part, parts) = artifact.part_numbers().unzip();
    let file = ExportFile {
        artifact_id: artifact.id.clone(),
        job_id: artifact.job_id.clone(),
        name: artifact.name.clone(),
        path: downloaded.path.clone(),
        bytes: downloaded.bytes,
        sha256: downloaded.sha256.clone(),
        fetched_at: now,
        expires_at: artifact.expires_at(),
        recipient_serial: artifact.recipient_serial.clone(),
        whole: artifact.whole(),
        part,
        parts: parts.flatten(),
    };
    world.store.export_fetched(&world.actor, file, now).await?;
    Ok(Here {
        path: downloaded.path,
        bytes: downloaded.bytes,
        sha256: downloaded.sha256,
        resumed: downloaded.resumed,
        already: false,
    })
}

/// Demands room for all that was told of, before the first byte is fetched.
fn check_room(place: &Path, wanted: &[(usize, Artifact)]) -> Result<(), Failure> {
    let needed: u64 = wanted.iter().filter_map(|(_, artifact)| artifact.bytes).sum();
    match free_space(place) {
        Some(free) if free < needed => Err(Failure::new(
            FailureKind::Storage,
            format!("Not enough room on the disk: the files need {needed} bytes, {free} are free."),
        )
        .next("Make room, choose another directory (--to), or fetch fewer at once.")
        .at(SYSTEM)),
        _ => Ok(()),
    }
}

/// Adds up what comes in all downloads.
struct Meter {
    come: Mutex<Vec<u64>>,
    total: Option<u64>,
    listener: Listener,
}

impl Meter {
    fn new(wanted: &[(usize, Artifact)], listener: Listener) -> Meter {
        let sizes: Vec<Option<u64>> = wanted.iter().map(|(_, artifact)| artifact.bytes).collect();
        Meter {
            come: Mutex::new(vec![0; wanted.len()]),
            total: sizes.iter().copied().sum(),
            listener,
        }
    }

    fn slot(meter: &Arc<Meter>, slot: usize) -> Listener {
        let meter = meter.clone();
        Listener::new(move |progress: Progress| {
            let done = {
                let mut come = meter.come.lock().unwrap_or_else(PoisonError::into_inner);
                if let Some(own) = come.get_mut(slot) {
                    *own = progress.done;
                }
                come.iter().sum()
            };
            meter.listener.tell(Progress {
                done,
                total: meter.total,
                unit: "bytes",
                note: "receiving files".to_owned(),
            });
        })
    }
}
