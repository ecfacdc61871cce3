//! Following requests until they are done.

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use super::{World, download, queue, reading, submit};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::operation::OperationState;
use crate::domain::progress::Listener;
use crate::domain::request::{Phase, RequestType, phase};
use crate::store::Seen;
use crate::systems::genesys_cloud::Downloaded;

/// A change seen between two looks.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Change {
    /// The request.
    pub id: String,
    /// Status at the earlier look; `None` when it is new.
    pub from: Option<String>,
    /// Status now.
    pub to: String,
    /// The earlier look.
    pub not_before: Option<Timestamp>,
    /// This look.
    pub at: Timestamp,
}

/// One look.
#[derive(Clone, Debug, Default)]
pub struct Look {
    /// Changes since the last look.
    pub changes: Vec<Change>,
    /// Results fetched by this look.
    pub fetched: Vec<Downloaded>,
    /// Waiting operations that this look released (sent), by operation id.
    pub released: Vec<String>,
    /// Requests still open.
    pub open: usize,
    /// False when the list could not be read whole or a result could not be fetched.
    pub complete: bool,
    /// Why.
    pub notes: Vec<String>,
}

/// Looks once at the requests named (all when none are). With `fetch`, finished exports are
/// downloaded (those of this store's operators when none are named: the copies of others are not
/// ours to collect), and deletions that waited for them are released.
pub async fn look(
    world: &World,
    ids: &[String],
    fetch: bool,
    listener: &Listener,
    cancel: &CancellationToken,
) -> Result<Look, Failure> {
    let mut look = Look {
        complete: true,
        ..Look::default()
    };
    let named = if ids.is_empty() {
        look_at_all(world, &mut look, listener, cancel).await?;
        None
    } else {
        Some(look_at_each(world, ids, &mut look, cancel).await?)
    };
    if fetch {
        fetch_finished(world, named.as_deref(), &mut look, listener, cancel).await?;
        release_waiting(world, named.as_deref(), &mut look, cancel).await?;
    }
    look.open = match &named {
        None => world.store.open_count().await?,
        Some(named) => open_of(world, named).await?,
    };
    Ok(look)
}

async fn look_at_all(
    world: &World,
    look: &mut Look,
    listener: &Listener,
    cancel: &CancellationToken,
) -> Result<(), Failure> {
    let first = world.store.list_state().await?.read_at.is_none();
    let reading = reading::read_list(world, listener, cancel).await?;
    let before = reading.seen.len();
    // At the very first reading everything is new, which tells nobody anything.
    let changes = reading
        .seen
        .into_iter()
        .filter(|seen| !first || seen.from.is_some());
    look.changes = changes.map(change).collect();
    if first && before > look.changes.len() {
        look.notes.push(format!(
            "{} requests were read for the first time.",
            before - look.changes.len()
        ));
    }
    look.complete = reading.complete;
    look.notes.extend(reading.notes);
    Ok(())
}

/// Gives the whole ids, remote where there is one.
async fn look_at_each(
    world: &World,
    ids: &[String],
    look: &mut Look,
    cancel: &CancellationToken,
) -> Result<Vec<String>, Failure> {
    let mut named = Vec::new();
    for id in ids {
        if cancel.is_cancelled() {
            return Err(Failure::new(FailureKind::Interrupted, "The look was cancelled."));
        }
        let id = queue::resolve(world, id).await?;
        let record = world.store.remembered(&id).await?.record;
        let remote = match record {
            Some(record) => record.operation.remote_id,
            None => Some(id.clone()),
        };
        if let Some(remote) = &remote {
            match world.cloud.get_request(remote).await {
                Ok(request) => {
                    let now = world.clock.now();
                    let seen = world.store.look_at(&world.actor, request, now).await?;
                    look.changes.extend(seen.map(change));
                }
                Err(failure) if failure.kind == FailureKind::Interrupted => return Err(failure),
                Err(failure) => trouble(
                    look,
                    format!("Request {remote} could not be looked at: {failure}"),
                ),
            }
        }
        named.push(remote.unwrap_or(id));
    }
    Ok(named)
}

async fn fetch_finished(
    world: &World,
    named: Option<&[String]>,
    look: &mut Look,
    listener: &Listener,
    cancel: &CancellationToken,
) -> Result<(), Failure> {
    let finished = match named {
        None => world.store.exports_to_fetch(world.clock.now()).await?,
        Some(named) => named_to_fetch(world, named).await?,
    };
    for id in finished {
        let before: Vec<String> = paths_here(world, &id).await?;
        match download::fetch(world, &id, None, listener, cancel).await {
            Ok(files) => {
                let new = files
                    .into_iter()
                    .filter(|file| !before.contains(&file.path.to_string_lossy().into_owned()));
                look.fetched.extend(new);
            }
            Err(failure) if failure.kind == FailureKind::Interrupted => return Err(failure),
            Err(failure) => trouble(
                look,
                format!("The results of {id} could not be fetched: {failure}"),
            ),
        }
    }
    Ok(())
}

async fn paths_here(world: &World, id: &str) -> Result<Vec<String>, Failure> {
    let downloads = world.store.downloads(id).await?;
    Ok(downloads
        .into_iter()
        .filter(|download| download.checked_at.is_some())
        .filter_map(|download| download.path)
        .map(|path| path.to_string_lossy().into_owned())
        .collect())
}

/// Those named that are finished exports with results; what has expired is not asked for again.
async fn named_to_fetch(world: &World, named: &[String]) -> Result<Vec<String>, Failure> {
    let mut finished = Vec::new();
    for id in named {
        let remembered = world.store.remembered(id).await?;
        let Some(request) = remembered.request else {
            continue;
        };
        let left = request.results.iter().any(|url| {
            !remembered.downloads.iter().any(|download| {
                download.url == *url && (download.checked_at.is_some() || download.expired_at.is_some())
            })
        });
        if request.kind == Some(RequestType::Export) && phase(&request.status) == Phase::Completed && left {
            finished.push(request.id);
        }
    }
    Ok(finished)
}

/// Sends what waited for copies that are here and checked now. Each was confirmed when it was
/// planned; nothing else is sent.
async fn release_waiting(
    world: &World,
    named: Option<&[String]>,
    look: &mut Look,
    cancel: &CancellationToken,
) -> Result<(), Failure> {
    for record in world.store.in_state(OperationState::Planned).await? {
        let operation = record.operation;
        let Some(waited_for) = &operation.waits_for else {
            continue;
        };
        if cancel.is_cancelled() {
            return Ok(());
        }
        let export = world.store.remembered(waited_for).await?;
        let remote = export.request.as_ref().map(|request| request.id.clone());
        let meant = named.is_none_or(|named| {
            named.contains(&operation.id)
                || named.contains(waited_for)
                || remote.is_some_and(|remote| named.contains(&remote))
        });
        if !meant {
            continue;
        }
        match submit::readiness(&export, waited_for) {
            submit::Readiness::Here => {}
            submit::Readiness::Pending(_) => continue,
            submit::Readiness::Never(failure) => {
                trouble(
                    look,
                    format!("The deletion {} waits in vain: {failure}", operation.id),
                );
                continue;
            }
        }
        match submit::release(world, &operation.id, cancel).await {
            Ok(sent) => {
                if sent.state != OperationState::Accepted {
                    let state = sent.state.as_str();
                    trouble(
                        look,
                        format!("The deletion {} was released and is {state}.", sent.id),
                    );
                }
                look.released.push(sent.id);
            }
            Err(failure) => trouble(
                look,
                format!("The deletion {} could not be released: {failure}", operation.id),
            ),
        }
    }
    Ok(())
}

async fn open_of(world: &World, named: &[String]) -> Result<usize, Failure> {
    let mut open = 0;
    for id in named {
        let remembered = world.store.remembered(id).await?;
        let is_open = match (&remembered.request, &remembered.record) {
            (Some(request), _) => phase(&request.status) == Phase::Open,
            (None, Some(record)) => matches!(
                record.operation.state,
                OperationState::Planned | OperationState::Sending | OperationState::Unknown
            ),
            (None, None) => true,
        };
        open += usize::from(is_open);
    }
    Ok(open)
}

fn trouble(look: &mut Look, note: String) {
    look.complete = false;
    look.notes.push(note);
}

fn change(seen: Seen) -> Change {
    Change {
        id: seen.id,
        from: seen.from,
        to: seen.to,
        not_before: seen.not_before,
        at: seen.at,
    }
}
