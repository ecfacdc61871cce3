//! The use cases of cases: opened, worked on, answered, closed. Every change goes through the store in
//! one transaction with its evidence. The clock stops when the answer reaches the person, and a case is
//! closed only when each column of its coverage is settled or somebody says why not.

mod act;
mod clockwork;
mod consequences;
pub mod coverage;
mod digest;
pub mod document;
mod ending;
pub mod holds;
mod opening;
pub mod recheck;
mod record;
pub mod report;
pub mod safe_day;
pub mod suppression;
pub mod sweep;

use jiff::civil::Date;

use super::World;
use crate::domain::case::coverage::System;
use crate::domain::case::{Case, CaseRow, IdentityResult};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::queue::QueueRow;
use crate::domain::request::{Phase, phase};
pub use crate::store::{CaseFile, CaseFilter};
use crate::store::{CaseGround, Remembered};
pub use act::{Act, Acted, Searched, act};
pub use clockwork::{check_identity, extend, pause, resume};
pub use consequences::consequences;
pub use digest::{digest_of, hexadecimal};
pub use ending::{Closed, answer, close, refuse};
pub use opening::{Changes, NewCase, change, open};
pub use record::{Written, record};

/// Today in the controller's zone.
pub fn today(world: &World) -> Date {
    world
        .clock
        .now()
        .to_zoned(world.settings.time_zone.clone())
        .date()
}

/// The columns that every case has: our four, and the other systems of the configuration.
pub fn systems(world: &World) -> Vec<System> {
    let other = world.casework.other_systems.iter().cloned();
    System::OWN.into_iter().chain(other.map(System::Other)).collect()
}

pub(super) fn ground(world: &World) -> CaseGround {
    CaseGround {
        actor: world.actor.clone(),
        now: world.clock.now(),
        today: today(world),
        systems: systems(world),
    }
}

/// Cases as lines, the soonest due first.
pub async fn list(world: &World, filter: CaseFilter) -> Result<Vec<CaseRow>, Failure> {
    world.store.case_rows(filter, today(world)).await
}

/// Number of open requests that belong to no case: each is somebody whose clock nobody watches.
pub async fn caseless(world: &World) -> Result<u64, Failure> {
    world.store.requests_without_case().await
}

/// Those requests, newest first, as the store knows them.
pub async fn without_case(world: &World) -> Result<Vec<QueueRow>, Failure> {
    let ids = world.store.ids_without_case().await?;
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows = world.store.queue_rows().await?;
    Ok(rows.iter().filter(|row| ids.contains(row.any_id())).collect())
}

/// Everything of one case, by its id or the reference of its ticket.
pub async fn show(world: &World, handle: &str) -> Result<CaseFile, Failure> {
    let (mut file, mut rows, known) = kept(world, handle).await?;
    if coverage::catch_up(world, &file, &known).await? {
        // Somebody else may have linked another operation meanwhile.
        (file, rows, _) = kept(world, &file.case.id).await?;
    }
    let standing = world
        .store
        .holds_against(Vec::new(), Vec::new(), Some(file.case.id.clone()), today(world))
        .await?;
    file.holds = standing.into_iter().map(|hold| hold.id).collect();
    file.requests = rows.into_iter().flatten().collect();
    Ok(file)
}

/// A case, the rows of its operations, and what is remembered of them.
pub(super) async fn kept(
    world: &World,
    handle: &str,
) -> Result<(CaseFile, Vec<Option<QueueRow>>, Vec<Remembered>), Failure> {
    let file = world.store.case_file(handle, &systems(world)).await?;
    let known = world.store.remembered_all(file.operations.clone()).await?;
    let (known, rows) = known.into_iter().unzip();
    Ok((file, rows, known))
}

/// Says that a request or operation of ours belongs to a case.
///
/// # Errors
/// When there is no such case or operation, or the operation belongs to another case.
pub async fn link(world: &World, handle: &str, request: &str) -> Result<(), Failure> {
    let id = id_of(world, handle).await?;
    let resolved = super::queue::resolve(world, request).await?;
    let remembered = world.store.remembered(&resolved).await?;
    let Some(record) = remembered.record else {
        return Err(
            conflict("This request was not made here, and only our own operations belong to cases.")
                .next("Note it in the coverage: dsr cases cell CASE genesys_cloud … --evidence ID"),
        );
    };
    let operation = record.operation.id;
    match world.store.case_of_operation(&operation).await? {
        Some(other) if other != id => Err(conflict(&format!("It belongs to {other} already."))),
        Some(_) => Ok(()),
        None => world.store.link_operation(&ground(world), &id, &operation).await,
    }
}

/// What names a case and no other: the reference of its ticket, which people know, else its id.
pub async fn unambiguous(world: &World, case: &Case) -> Result<String, Failure> {
    let Some(reference) = &case.reference else {
        return Ok(case.id.clone());
    };
    let named = world.store.case_named(reference).await?;
    Ok(match named.as_deref() == Some(case.id.as_str()) {
        true => reference.clone(),
        false => case.id.clone(),
    })
}

/// The id of the case that the reference of a proposal names: its requests will belong to it.
pub(super) async fn named(
    world: &World,
    proposal: &super::plan::Proposal,
) -> Result<Option<String>, Failure> {
    match &proposal.reference {
        Some(reference) => world.store.case_named(reference).await,
        None => Ok(None),
    }
}

/// The due day of its case, which knows of extensions and pauses; else that of the day of receipt.
pub(super) async fn due(world: &World, proposal: &super::plan::Proposal) -> Result<Option<Date>, Failure> {
    if let Some(id) = named(world, proposal).await? {
        let case = world.store.case_file(&id, &[]).await?.case;
        return Ok(Some(case.reckon(today(world)).end.due));
    }
    Ok(proposal.received.map(|day| world.rules.due(day)))
}

/// What is to be known before something is erased for a case whose person nobody has identified: whoever
/// asks in another's name must not erase that other.
///
/// # Errors
/// When the store cannot be read.
pub(super) async fn identity_warning(world: &World, case: &str) -> Result<Option<String>, Failure> {
    let case = world.store.case_file(case, &[]).await?.case;
    let what = match case.identity.as_ref().map(|check| check.result) {
        Some(IdentityResult::Proved | IdentityResult::NotNeeded) => return Ok(None),
        Some(IdentityResult::Failed) => "has failed",
        None => "is not noted as done",
    };
    let id = &case.id;
    Ok(Some(format!(
        "The identity check of {id} {what}: somebody else may have asked for this deletion. Note it first: \
         dsr cases identity {id} --result proved --method TEXT"
    )))
}

/// Columns that are not settled, by name.
pub fn open_columns(file: &CaseFile) -> Vec<String> {
    let open = |column: &&crate::domain::case::coverage::Column| !column.verdict(file.case.kind).settled;
    file.columns
        .iter()
        .filter(open)
        .map(|column| column.system.as_str().to_owned())
        .collect()
}

/// Its requests that are not finished, as far as is known here, by their ids.
pub fn unfinished(file: &CaseFile) -> Vec<&str> {
    let open = |row: &&QueueRow| {
        phase(&row.status) == Phase::Open && !matches!(&*row.status, "REFUSED" | "NOT_SENT")
    };
    file.requests.iter().filter(open).map(QueueRow::any_id).collect()
}

/// The id of the case that an id or a reference names.
pub async fn id_of(world: &World, handle: &str) -> Result<String, Failure> {
    Ok(world.store.case_file(handle, &[]).await?.case.id)
}

pub(super) fn open_only(case: &Case) -> Result<(), Failure> {
    match case.ending {
        None => Ok(()),
        Some(ending) => Err(conflict(&format!(
            "{} is closed ({}).",
            case.id,
            ending.as_str().replace('_', " ")
        ))),
    }
}

pub(super) fn running(case: &Case) -> Result<(), Failure> {
    open_only(case)?;
    match &case.answer {
        None => Ok(()),
        Some(answer) => Err(conflict(&format!("{} was answered on {}.", case.id, answer.on))),
    }
}

pub(super) fn not_before(case: &Case, day: Date) -> Result<(), Failure> {
    if day < case.received {
        return Err(usage(&format!(
            "{day} lies before the day of receipt, {}.",
            case.received
        )));
    }
    Ok(())
}

pub(super) fn not_ahead(world: &World, what: &str, day: Date) -> Result<(), Failure> {
    if day > today(world) {
        return Err(usage(&format!("{day} lies ahead: nothing was {what} then yet.")));
    }
    Ok(())
}

pub(super) fn usage(message: &str) -> Failure {
    Failure::new(FailureKind::Usage, message)
}

pub(super) fn conflict(message: &str) -> Failure {
    Failure::new(FailureKind::Conflict, message)
}
