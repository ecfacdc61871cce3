//! The queue and the detail of one request.

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use super::World;
use super::reading;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::operation::Operation;
use crate::domain::progress::Listener;
use crate::domain::queue::{QueueRow, TimelineEntry};
use crate::domain::queue_rows::QueueRows;
use crate::domain::request::ReplacementTerm;
use crate::domain::text::clean;
use crate::store::{Download, Remembered};

/// The queue as the store knows it.
#[derive(Clone, Debug, Default)]
pub struct Queue {
    /// Rows, newest first. Rows that did not change between two readings are shared by both, so that
    /// a refresh of a large queue does not double its memory.
    pub rows: QueueRows,
    /// When the remote list was last read whole; `None` if never.
    pub read_at: Option<Timestamp>,
    /// False when the last reading was not whole.
    pub complete: bool,
    /// Why, and what else is worth saying.
    pub notes: Vec<String>,
}

/// A result of an export.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct ResultFile {
    /// The address the API gave (no token in it).
    pub url: String,
    /// Where it lies once downloaded and still there.
    pub path: Option<std::path::PathBuf>,
    /// Size in bytes once downloaded.
    pub bytes: Option<u64>,
    /// Hex SHA-256 once downloaded.
    pub sha256: Option<String>,
    /// True once it was opened and read as an archive.
    pub checked: bool,
}

/// Everything known of one request.
#[derive(Clone, Debug)]
pub struct Detail {
    /// Its row.
    pub row: QueueRow,
    /// Our operation, if it is one.
    pub operation: Option<Operation>,
    /// Replacement terms.
    pub replacement_terms: Vec<ReplacementTerm>,
    /// What happened, oldest first.
    pub timeline: Vec<TimelineEntry>,
    /// Results of an export.
    pub results: Vec<ResultFile>,
    /// Ids of requests that Genesys Cloud created for the same merge set.
    pub related: Vec<String>,
    /// The same as a command, without personal data.
    pub command: String,
}

/// The queue from the store; no network.
pub async fn local(world: &World) -> Result<Queue, Failure> {
    let rows = world.store.queue_rows().await?;
    let list = world.store.list_state().await?;
    Ok(Queue {
        rows,
        read_at: list.read_at,
        complete: list.complete,
        notes: list.notes,
    })
}

/// Reads the remote list page by page into the store, records status changes with the interval in
/// which they happened, and gives the queue.
pub async fn refresh(
    world: &World,
    listener: &Listener,
    cancel: &CancellationToken,
) -> Result<Queue, Failure> {
    reading::read_list(world, listener, cancel).await?;
    local(world).await
}

/// Detail by remote id or operation id (or an unambiguous beginning of at least 6 characters).
/// `look` asks the API first; without it only the store.
pub async fn detail(world: &World, id: &str, look: bool) -> Result<Detail, Failure> {
    let id = match resolve(world, id).await {
        Ok(id) => id,
        // The API may know a request that was never listed here.
        Err(failure) if look && failure.kind == FailureKind::NotFound && id.len() >= 32 => id.to_owned(),
        Err(failure) => return Err(failure),
    };
    let mut remembered = world.store.remembered(&id).await?;
    if look {
        let remote = match (&remembered.record, &remembered.request) {
            (Some(record), _) => record.operation.remote_id.clone(),
            (None, _) => Some(id.clone()),
        };
        if let Some(remote) = remote {
            let request = world.cloud.get_request(&remote).await?;
            world
                .store
                .look_at(&world.actor, request, world.clock.now())
                .await?;
            remembered = world.store.remembered(&id).await?;
        }
    }
    let row = world.store.queue_row(&id).await?.ok_or_else(|| not_found(&id))?;
    Ok(told(remembered, row))
}

/// Details of these operations, by their whole ids and in their order, as the store knows them; `None`
/// for one that is no request.
pub(super) async fn details(world: &World, ids: &[String]) -> Result<Vec<Option<Detail>>, Failure> {
    let known = world.store.remembered_all(ids.to_vec()).await?;
    let details = known
        .into_iter()
        .map(|(remembered, row)| row.map(|row| told(remembered, row)));
    Ok(details.collect())
}

fn told(remembered: Remembered, row: QueueRow) -> Detail {
    let replacement_terms = match (&remembered.request, &remembered.record) {
        (Some(request), _) if !request.replacement_terms.is_empty() => request.replacement_terms.clone(),
        (_, Some(record)) => record.operation.request.replacement_terms.clone(),
        _ => Vec::new(),
    };
    Detail {
        timeline: super::timeline::timeline(&remembered),
        results: results(&remembered),
        replacement_terms,
        related: remembered.related,
        operation: remembered.record.map(|record| record.operation),
        command: format!("dsr requests show {}", row.any_id()),
        row,
    }
}

/// The one id that `id` is, or begins.
pub(super) async fn resolve(world: &World, id: &str) -> Result<String, Failure> {
    let id = id.trim();
    let mut found = world.store.ids_beginning(id).await?;
    if found.first().is_some_and(|only| only == id) {
        return Ok(id.to_owned());
    }
    let exact = world.store.record(id).await?.is_some();
    match found.len() {
        0 => Err(not_found(id)),
        // An operation's whole id gives its request's id.
        1 if exact => Ok(found.remove(0)),
        _ if id.chars().count() < 6 => Err(Failure::new(
            FailureKind::Usage,
            "The beginning of an id needs at least 6 characters.",
        )
        .next("Give more of the id; dsr requests list shows it.")),
        1 => Ok(found.remove(0)),
        _ => Err(Failure::new(
            FailureKind::Conflict,
            format!("Several requests begin with {}: {}.", clean(id), found.join(", ")),
        )
        .next("Give more of the id.")),
    }
}

fn not_found(id: &str) -> Failure {
    Failure::new(
        FailureKind::NotFound,
        format!("No request or operation {} is known here.", clean(id)),
    )
    .next("Look at dsr requests list; it reads the organisation's requests.")
}

fn results(remembered: &Remembered) -> Vec<ResultFile> {
    let offered = remembered
        .request
        .as_ref()
        .map(|request| request.results.clone())
        .unwrap_or_default();
    let known = |url: &str| remembered.downloads.iter().find(|d| d.url == url);
    let mut files: Vec<ResultFile> = offered.iter().map(|url| result_file(url, known(url))).collect();
    // What was fetched and is offered no more is still here.
    for download in &remembered.downloads {
        if !offered.contains(&download.url) {
            files.push(result_file(&download.url, Some(download)));
        }
    }
    files
}

fn result_file(url: &str, download: Option<&Download>) -> ResultFile {
    ResultFile {
        url: url.to_owned(),
        path: download.and_then(|d| d.path.clone()).filter(|path| path.exists()),
        bytes: download.and_then(|d| d.bytes),
        sha256: download.and_then(|d| d.sha256.clone()),
        checked: download.is_some_and(|d| d.checked_at.is_some()),
    }
}
