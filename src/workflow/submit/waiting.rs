//! Operations that wait for a copy: whether it has come, and sending them then.

use tokio_util::sync::CancellationToken;

use super::{make_ready, not_executed, send};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::operation::{Operation, OperationState};
use crate::domain::request::{Phase, phase};
use crate::domain::text::clean;
use crate::store::{Record, Remembered};
use crate::workflow::{World, reading};

/// Sends a planned operation that waited, if what it waits for is here and checked.
pub async fn release(
    world: &World,
    operation_id: &str,
    cancel: &CancellationToken,
) -> Result<Operation, Failure> {
    let record = world.store.must_get(operation_id).await?;
    if record.operation.state != OperationState::Planned {
        return Err(Failure::new(
            FailureKind::Conflict,
            format!(
                "Operation {operation_id} does not wait: it is {}.",
                record.operation.state.as_str()
            ),
        )
        .next("Look at the queue; an operation is sent at most once."));
    }
    if let Some(waited_for) = &record.operation.waits_for {
        check_here(world, waited_for).await?;
    }
    let notes = reading::freshen(world, cancel).await?;
    // Where a second one is wanted, an equal request would not speak against it.
    if !notes.is_empty() && !record.again {
        return Err(reading::not_whole(&notes)
            .next("Try again. If the list stays so, withdraw this deletion and plan anew."));
    }
    check_still_wanted(world, &record).await?;
    make_ready(world, cancel).await?;
    send(world, operation_id).await
}

/// What is waited for must be here, with every result opened and read, and still lie where it was
/// put.
async fn check_here(world: &World, waited_for: &str) -> Result<(), Failure> {
    let export = world.store.remembered(waited_for).await?;
    match readiness(&export, waited_for) {
        Readiness::Here => Ok(()),
        Readiness::Pending(failure) | Readiness::Never(failure) => Err(failure),
    }
}

/// Whether the copy that a deletion waits for has come.
pub(in crate::workflow) enum Readiness {
    /// Every result is here and checked.
    Here,
    /// Not yet, and why.
    Pending(Failure),
    /// It will not come, and why.
    Never(Failure),
}

pub(in crate::workflow) fn readiness(export: &Remembered, waited_for: &str) -> Readiness {
    let because =
        |message: String, next: &str| Failure::new(FailureKind::Conflict, message).next(next.to_owned());
    const ANEW: &str = "Withdraw this deletion and plan anew.";
    if let Some(record) = &export.record
        && not_executed(record.operation.state)
    {
        return Readiness::Never(because(
            format!("The export {waited_for} was not executed, so no copy will come."),
            ANEW,
        ));
    }
    let Some(request) = &export.request else {
        return Readiness::Pending(because(
            format!("The export {waited_for} is not known to Genesys Cloud yet."),
            "Reconcile it first: dsr requests reconcile",
        ));
    };
    let (id, status) = (clean(&request.id), clean(&request.status));
    match phase(&request.status) {
        Phase::Open => {
            return Readiness::Pending(because(
                format!("The export {id} is not finished: it is {status}."),
                "Wait for it; dsr requests watch follows it.",
            ));
        }
        Phase::Failed => {
            return Readiness::Never(because(
                format!("The export {id} has failed, so no copy will come."),
                ANEW,
            ));
        }
        Phase::Completed => {}
    }
    let known = |url: &String| export.downloads.iter().find(|download| download.url == *url);
    let lies_there = |path: &Option<std::path::PathBuf>| path.as_ref().is_some_and(|path| path.exists());
    let here = |url: &String| known(url).is_some_and(|d| d.checked_at.is_some() && lies_there(&d.path));
    if !request.results.is_empty() && request.results.iter().all(here) {
        return Readiness::Here;
    }
    let expired = |url: &String| !here(url) && known(url).is_some_and(|d| d.expired_at.is_some());
    if request.results.iter().any(expired) {
        return Readiness::Never(because(
            format!("A result of export {id} has expired before it was fetched."),
            ANEW,
        ));
    }
    Readiness::Pending(because(
        format!("The copy of export {id} is not here and checked."),
        "Fetch it: dsr requests download, then release this deletion.",
    ))
}

/// Refuses when somebody else has asked for the same in the meantime.
async fn check_still_wanted(world: &World, record: &Record) -> Result<(), Failure> {
    if record.again {
        return Ok(());
    }
    let operation = &record.operation;
    let standing = world
        .store
        .standing(vec![operation.request.subject.key()])
        .await?;
    let equal = standing.iter().find(|other| {
        other.open
            && other.kind == Some(operation.request.kind)
            && other.operation_id.as_deref() != Some(operation.id.as_str())
    });
    match equal {
        None => Ok(()),
        Some(equal) => Err(Failure::new(
            FailureKind::Conflict,
            format!(
                "An equal {} request for this subject was made meanwhile: {} ({}).",
                operation.request.kind, equal.id, equal.status
            ),
        )
        .next("Withdraw this one, or wait until the other has ended.")),
    }
}
