//! Many submissions from a file: a disposition per row first, then the ready ones, resumable.

mod finding;
mod rows;

use std::collections::HashSet;

use futures_util::StreamExt;
use tokio_util::sync::CancellationToken;

use super::plan::Plan;
use super::{World, reading, submit};
use crate::domain::failure::{Changed, Failure, FailureKind};
use crate::domain::identifier::Identifier;
use crate::domain::operation::{Operation, OperationState};
use crate::domain::progress::{Listener, Progress};
use crate::domain::request::{ReplacementTerm, RequestType};
use finding::{disposition, mark_repeats};

/// Rows searched at the same time; the client shares one allowance among them.
const AT_ONCE: usize = 6;

/// One row of the file.
#[derive(Clone, Debug)]
pub struct Row {
    /// Line or index in the file, from 1.
    pub number: usize,
    /// The type of request.
    pub kind: RequestType,
    /// Who.
    pub identifiers: Vec<Identifier>,
    /// Which of several.
    pub pick: Option<String>,
    /// Replacement terms.
    pub replacement_terms: Vec<ReplacementTerm>,
    /// Ticket or case reference.
    pub reference: Option<String>,
    /// Day received.
    pub received: Option<jiff::civil::Date>,
}

/// What will become of a row.
#[derive(Clone, Debug)]
pub enum Disposition {
    /// Will be submitted.
    Ready(Box<Plan>),
    /// Several persons fit; their references.
    Ambiguous(Vec<String>),
    /// Nobody was found.
    NotFound,
    /// An equal request is open, or the row repeats an earlier one.
    Duplicate(String),
    /// Already submitted by an earlier run of the same file; the operation.
    Done(Box<Operation>),
    /// The row is wrong or its search failed.
    Bad(Failure),
}

/// What sending the ready rows came to.
#[derive(Debug, Default)]
pub struct Carried {
    /// The operations, each with its row.
    pub done: Vec<(usize, Operation)>,
    /// Rows passed over with nothing sent, and why; a later run of the file tries them anew.
    pub left: Vec<(usize, String)>,
    /// The row at which it stopped before the last one, and why. The failure's `changed` speaks for
    /// that row where `done` does not hold it.
    pub stopped: Option<(usize, Failure)>,
}

/// Reads CSV (with a header line) or a JSON array; a wrong row names its line and column.
///
/// Columns: `type` (export, delete, update), any kind of identifier (`email`, `phone`, `name`, …;
/// a column may stand several times), `social` (`NETWORK:HANDLE`), `pick` (the ref of a candidate),
/// `replace` (`TYPE:OLD=NEW`), `reference`, `received`. In JSON the same keys, with a list where
/// there are several values.
pub fn parse(text: &str) -> Result<Vec<Row>, Failure> {
    rows::parse(text)
}

/// Finds the disposition of each row; changes nothing. `batch` names the file's content (digest), so
/// that a later run resumes.
pub async fn dispositions(
    world: &World,
    batch: &str,
    rows: &[Row],
    again: bool,
    listener: &Listener,
    cancel: &CancellationToken,
) -> Result<Vec<Disposition>, Failure> {
    must_know_all(world, cancel).await?;
    let total = rows.len() as u64;
    let mut found = Vec::with_capacity(rows.len());
    let mut work = futures_util::stream::iter(
        rows.iter()
            .map(|row| disposition(world, batch, row, again, cancel)),
    )
    .buffered(AT_ONCE);
    while let Some(disposition) = work.next().await {
        found.push(disposition?);
        listener.tell(Progress {
            done: found.len() as u64,
            total: Some(total),
            unit: "rows",
            note: "finding persons".to_owned(),
        });
    }
    drop(work);
    mark_repeats(world, rows, &mut found);
    Ok(found)
}

/// Refuses when the list cannot be read whole: nobody looks at each row for an equal request.
async fn must_know_all(world: &World, cancel: &CancellationToken) -> Result<(), Failure> {
    let notes = reading::freshen(world, cancel).await?;
    if notes.is_empty() {
        return Ok(());
    }
    Err(reading::not_whole(&notes).next("Try again; single requests can be submitted all the same."))
}

/// Submits the ready rows one after the other; stops after `max_errors` that are not accepted.
///
/// # Errors
/// Only when no operation came of it; otherwise what stopped it stands beside the operations so far.
pub async fn execute(
    world: &World,
    batch: &str,
    rows: &[Row],
    dispositions: &[Disposition],
    max_errors: usize,
    listener: &Listener,
    cancel: &CancellationToken,
) -> Result<Carried, Failure> {
    let ready: Vec<(usize, &Plan)> = rows
        .iter()
        .zip(dispositions)
        .filter_map(|(row, disposition)| match disposition {
            Disposition::Ready(plan) => Some((row.number, plan.as_ref())),
            _ => None,
        })
        .collect();
    for (_, plan) in &ready {
        submit::check_digest(world, plan, &plan.digest)?;
    }
    must_know_all(world, cancel).await?;
    let own: HashSet<&str> = ready
        .iter()
        .flat_map(|(_, plan)| plan.calls.iter().map(|call| call.operation_id.as_str()))
        .collect();
    let (mut carried, mut errors) = (Carried::default(), 0);
    for (index, (number, plan)) in ready.iter().enumerate() {
        listener.tell(Progress {
            done: index as u64,
            total: Some(ready.len() as u64),
            unit: "requests",
            note: format!("{errors} not accepted"),
        });
        let place = Some((batch.to_owned(), *number));
        let sent = match waits_in_vain(world, plan, &own).await {
            Ok(None) => submit::carry_out(world, plan, place, &Listener::none(), cancel).await,
            Ok(Some(why)) => {
                carried.left.push((*number, why));
                continue;
            }
            Err(failure) => Err(failure),
        };
        match sent {
            Ok(operations) => {
                for operation in operations {
                    errors += usize::from(!is_fine(operation.state));
                    carried.done.push((*number, operation));
                }
            }
            // Another operator was quicker with this one; the others are not touched by that.
            Err(failure) if failure.kind == FailureKind::Conflict && failure.changed == Changed::Nothing => {
                tracing::warn!(row = number, "not submitted: {failure}");
                carried.left.push((*number, failure.message));
                errors += 1;
            }
            Err(failure) => {
                let begun = begun(world, plan).await;
                carried.done.extend(begun.into_iter().map(|o| (*number, o)));
                if carried.done.is_empty() {
                    return Err(failure);
                }
                tracing::warn!(row = number, "the batch stopped: {failure}");
                carried.stopped = Some((*number, failure));
                break;
            }
        }
        if max_errors > 0 && errors >= max_errors || cancel.is_cancelled() {
            break;
        }
    }
    Ok(carried)
}

/// Why a row must not be written down now: the export of this file that it waits for was not
/// executed, so it would wait forever.
async fn waits_in_vain(world: &World, plan: &Plan, own: &HashSet<&str>) -> Result<Option<String>, Failure> {
    let waited_for = plan.calls.iter().filter_map(|call| call.waits_for.as_deref());
    for export in waited_for.filter(|id| own.contains(id)) {
        let state = world.store.record(export).await?.map(|r| r.operation.state);
        if !state.is_some_and(|state| is_fine(state) || may_be_there(state)) {
            let why = "the export that it waits for was not executed; run the file again";
            return Ok(Some(why.to_owned()));
        }
    }
    Ok(None)
}

/// The operations of a row that failed half-way which may be in Genesys Cloud, as far as the store
/// can still tell.
async fn begun(world: &World, plan: &Plan) -> Vec<Operation> {
    let mut begun = Vec::new();
    for call in &plan.calls {
        if let Ok(Some(record)) = world.store.record(&call.operation_id).await
            && (record.operation.state == OperationState::Accepted || may_be_there(record.operation.state))
        {
            begun.push(record.operation);
        }
    }
    begun
}

fn may_be_there(state: OperationState) -> bool {
    matches!(state, OperationState::Sending | OperationState::Unknown)
}

fn is_fine(state: OperationState) -> bool {
    matches!(state, OperationState::Accepted | OperationState::Planned)
}
