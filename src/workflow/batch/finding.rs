//! What will become of each row of a batch: who is meant, and whether it was asked for already.

use std::collections::HashMap;

use tokio_util::sync::CancellationToken;

use super::{Disposition, Row};
use crate::domain::candidate::Candidate;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::operation::OperationState;
use crate::domain::progress::Listener;
use crate::domain::request::RequestType;
use crate::domain::text::clean;
use crate::workflow::World;
use crate::workflow::plan::{Freshness, Plan, Proposal, digest, prepare_with};
use crate::workflow::search::{SearchResult, search};

/// The disposition of one row by itself.
pub(super) async fn disposition(
    world: &World,
    batch: &str,
    row: &Row,
    again: bool,
    cancel: &CancellationToken,
) -> Result<Disposition, Failure> {
    if let Some(operation) = world.store.batch_operation(batch, row.number).await?
        && !may_be_tried_anew(operation.state)
    {
        return Ok(Disposition::Done(Box::new(operation)));
    }
    let result = match search(world, &row.identifiers, &Listener::none(), cancel).await {
        Ok(result) => result,
        Err(failure) if failure.kind == FailureKind::Interrupted => return Err(failure),
        Err(failure) => return Ok(Disposition::Bad(failure)),
    };
    let candidate = match choose(row, result) {
        Ok(candidate) => candidate,
        Err(disposition) => return Ok(*disposition),
    };
    let proposal = Proposal {
        candidates: vec![candidate],
        kind: row.kind,
        replacement_terms: row.replacement_terms.clone(),
        reference: row.reference.clone(),
        reason: None,
        received: row.received,
        copy_first: false,
        again,
    };
    Ok(match prepare_with(world, proposal, Freshness::Known).await {
        Ok(plan) => match plan.earlier.iter().find(|earlier| earlier.blocks && !again) {
            None => Disposition::Ready(Box::new(plan)),
            Some(equal) => Disposition::Duplicate(format!(
                "an equal request is open: {} ({})",
                clean(&equal.id),
                clean(&equal.status)
            )),
        },
        Err(failure) if failure.kind == FailureKind::Interrupted => return Err(failure),
        Err(failure) => Disposition::Bad(failure),
    })
}

/// What was certainly not executed may be tried by a later run.
fn may_be_tried_anew(state: OperationState) -> bool {
    matches!(
        state,
        OperationState::Refused | OperationState::NotSent | OperationState::Withdrawn
    )
}

/// The one person meant, never guessed: `pick` decides among several, and is needed for a user of
/// the organisation and after a search that could not be finished.
fn choose(row: &Row, result: SearchResult) -> Result<Candidate, Box<Disposition>> {
    let bad = |message: String, next: &str| {
        Err(Box::new(Disposition::Bad(
            Failure::new(FailureKind::Incomplete, message).next(next),
        )))
    };
    if let Some(pick) = &row.pick {
        return match result.candidates.into_iter().find(|c| c.reference == *pick) {
            Some(candidate) => Ok(candidate),
            None => bad(
                format!("Row {}: pick names nobody that was found.", row.number),
                "Search again: dsr subjects search",
            ),
        };
    }
    let references = |candidates: &[Candidate]| candidates.iter().map(|c| c.reference.clone()).collect();
    match result.candidates.len() {
        0 if result.complete => Err(Box::new(Disposition::NotFound)),
        1 if result.complete && !result.candidates[0].is_user => {
            let mut candidates = result.candidates;
            Ok(candidates.remove(0))
        }
        _ if !result.complete => bad(
            format!("Row {}: the search could not be finished.", row.number),
            "Run the batch again, or name the person in the column pick.",
        ),
        // One that is a user of the organisation is listed like several: a person chooses.
        _ => Err(Box::new(Disposition::Ambiguous(references(&result.candidates)))),
    }
}

/// A row that asks for the same as an earlier one of the file is not sent, and a deletion behind an
/// export for the same person waits until that copy is here and checked.
pub(super) fn mark_repeats(world: &World, rows: &[Row], found: &mut [Disposition]) {
    let mut first: HashMap<(RequestType, String), usize> = HashMap::new();
    let mut exports: HashMap<String, String> = HashMap::new();
    for (row, disposition) in rows.iter().zip(found) {
        let (key, operation) = match disposition {
            Disposition::Ready(plan) => match plan.calls.first() {
                Some(call) => (call.request.subject.key(), call.operation_id.clone()),
                None => continue,
            },
            Disposition::Done(operation) => (operation.request.subject.key(), operation.id.clone()),
            _ => continue,
        };
        let earlier = *first.entry((row.kind, key.clone())).or_insert(row.number);
        if earlier != row.number && matches!(disposition, Disposition::Ready(_)) {
            *disposition = Disposition::Duplicate(format!("asks for the same as row {earlier}"));
            continue;
        }
        if row.kind == RequestType::Export && matches!(disposition, Disposition::Ready(_)) {
            exports.insert(key, operation);
        } else if let Disposition::Ready(plan) = disposition
            && row.kind == RequestType::Delete
            && let Some(export) = exports.get(&key)
        {
            wait_for(world, plan, export);
        }
    }
}

/// Lets the deletion of a plan wait for an export of the same file.
fn wait_for(world: &World, plan: &mut Plan, export: &str) {
    for call in &mut plan.calls {
        call.waits_for.get_or_insert_with(|| export.to_owned());
    }
    plan.digest = digest(world, plan);
}
