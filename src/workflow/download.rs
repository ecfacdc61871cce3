//! Results of exports, to disk.

use std::path::{Path, PathBuf};

use tokio_util::sync::CancellationToken;

use super::{World, archive, evidence, queue};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::progress::Listener;
use crate::domain::request::{Phase, Request, phase};
use crate::domain::text::clean;
use crate::store::{Download, Fetched};
pub use crate::systems::genesys_cloud::Downloaded;

/// Downloads all results of a request into `to` (else the settings' place), checks that each opens
/// as an archive, records them, and says where they lie. What is already here is not fetched again.
///
/// # Errors
/// The first failure, after every result was tried; what was fetched before is recorded all the same.
pub async fn fetch(
    world: &World,
    id: &str,
    to: Option<PathBuf>,
    listener: &Listener,
    cancel: &CancellationToken,
) -> Result<Vec<Downloaded>, Failure> {
    let result = fetch_all(world, id, to, listener, cancel).await;
    evidence::denied(world, "download", result).await
}

async fn fetch_all(
    world: &World,
    id: &str,
    to: Option<PathBuf>,
    listener: &Listener,
    cancel: &CancellationToken,
) -> Result<Vec<Downloaded>, Failure> {
    let request = look(world, id).await?;
    if request.results.is_empty() {
        return Err(nothing_offered(&request));
    }
    let known = world.store.downloads(&request.id).await?;
    let place = to.clone().unwrap_or_else(|| world.settings.downloads.clone());
    let (mut fetched, mut trouble) = (Vec::new(), None);
    for url in &request.results {
        let here = known.iter().find(|download| download.url == *url);
        let result = match here.and_then(|download| still_here(download, to.as_deref())) {
            Some(downloaded) => Ok(downloaded),
            None => fetch_one(world, &request.id, url, &place, listener, cancel).await,
        };
        let result = match result {
            Ok(downloaded) => check(world, &request.id, url, downloaded).await,
            failed => failed,
        };
        match result {
            Ok(downloaded) => fetched.push(downloaded),
            Err(failure) if failure.kind == FailureKind::Interrupted => return Err(failure),
            Err(failure) => trouble = trouble.or(Some(failure)),
        }
    }
    match trouble {
        Some(failure) => Err(failure),
        None => Ok(fetched),
    }
}

/// The request as it is now, with the addresses of its results.
async fn look(world: &World, id: &str) -> Result<Request, Failure> {
    let id = match queue::resolve(world, id).await {
        Ok(id) => id,
        Err(failure) if failure.kind == FailureKind::NotFound && id.len() >= 32 => id.to_owned(),
        Err(failure) => return Err(failure),
    };
    let remembered = world.store.remembered(&id).await?;
    let remote = match &remembered.record {
        Some(record) => record.operation.remote_id.clone().ok_or_else(|| {
            Failure::new(
                FailureKind::NotFound,
                format!("Operation {id} has no request at Genesys Cloud yet."),
            )
            .next("Look at it with: dsr requests show")
        })?,
        None => id,
    };
    let request = world.cloud.get_request(&remote).await?;
    let now = world.clock.now();
    world.store.look_at(&world.actor, request.clone(), now).await?;
    Ok(request)
}

fn nothing_offered(request: &Request) -> Failure {
    let failure = Failure::new(
        FailureKind::NotFound,
        format!(
            "Request {} offers no results: it is {}.",
            clean(&request.id),
            clean(&request.status)
        ),
    );
    failure.next(match phase(&request.status) {
        Phase::Open => "Wait until it is finished: dsr requests watch",
        Phase::Completed => "Only an export has results, and only for some time.",
        Phase::Failed => "It has failed; submit a new export.",
    })
}

/// A result that was fetched before and still lies where it was put, whole.
fn still_here(download: &Download, to: Option<&Path>) -> Option<Downloaded> {
    let path = download.path.clone()?;
    let (bytes, sha256) = (download.bytes?, download.sha256.clone()?);
    if to.is_some_and(|to| path.parent() != Some(to)) {
        return None;
    }
    let length = crate::crypto::rest::plain_length(&path).ok()?;
    (length == bytes && download.trouble.is_none()).then_some(Downloaded {
        path,
        bytes,
        sha256,
        resumed: false,
    })
}

async fn fetch_one(
    world: &World,
    request_id: &str,
    url: &str,
    place: &Path,
    listener: &Listener,
    cancel: &CancellationToken,
) -> Result<Downloaded, Failure> {
    let result = world
        .cloud
        .download(url, request_id, place, listener, cancel)
        .await;
    let now = world.clock.now();
    match result {
        Ok(downloaded) => {
            let file = Fetched {
                path: downloaded.path.clone(),
                bytes: downloaded.bytes,
                sha256: downloaded.sha256.clone(),
            };
            world
                .store
                .fetched(&world.actor, request_id, url, file, now)
                .await?;
            Ok(downloaded)
        }
        Err(failure) => {
            if failure.kind == FailureKind::NotFound {
                world.store.expired(&world.actor, request_id, url, now).await?;
            }
            Err(failure)
        }
    }
}

/// Opens it as an archive; only then it counts as here.
async fn check(
    world: &World,
    request_id: &str,
    url: &str,
    downloaded: Downloaded,
) -> Result<Downloaded, Failure> {
    let (path, own) = (downloaded.path.clone(), world.clone());
    let look = move || {
        let view = archive::open(&path, own.rest.for_file(&path)?.as_deref())?;
        // What is whole is kept as the store is kept.
        own.rest.protect(&path, own.store.is_sealed())?;
        Ok(view)
    };
    let opened = tokio::task::spawn_blocking(look).await.unwrap_or_else(|_| {
        Err(Failure::new(
            FailureKind::Internal,
            "The check of the archive met a defect.",
        ))
    });
    let trouble = match &opened {
        Ok(view) if view.unreadable.is_empty() => None,
        Ok(view) => Some(format!("{} entries could not be read", view.unreadable.len())),
        Err(failure) => Some(failure.message.clone()),
    };
    let now = world.clock.now();
    world
        .store
        .checked(&world.actor, request_id, url, trouble.clone(), now)
        .await?;
    match trouble {
        None => Ok(downloaded),
        Some(trouble) => Err(Failure::new(
            FailureKind::BadAnswer,
            format!(
                "The result was fetched to {} and is not usable: {trouble}.",
                downloaded.path.display()
            ),
        )
        .at("genesys_cloud")
        .next("It was kept. Fetch it again; when it stays so, ask Genesys support about the request.")),
    }
}
