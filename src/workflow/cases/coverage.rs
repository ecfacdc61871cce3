//! The coverage matrix, filled by what other workflows saw and did. [`record`] is the one way in.

use crate::domain::case::coverage::{Cell, Column, Mark, System};
use crate::domain::case::{Case, CaseKind};
use crate::domain::failure::Failure;
use crate::domain::operation::OperationState;
use crate::domain::progress::Listener;
use crate::domain::request::{Phase, RequestType, phase};
use crate::store::{CaseFile, Remembered};
use crate::workflow::search::{self, SearchResult};
use crate::workflow::{World, copies};
use tokio_util::sync::CancellationToken;

/// Writes into the coverage of a case what was seen or done in a system, with its evidence. `case` is
/// an id or the reference of a ticket.
///
/// # Errors
/// When there is no such case, or the store cannot be written.
pub async fn record(world: &World, case: &str, system: System, cell: Cell) -> Result<(), Failure> {
    let id = super::id_of(world, case).await?;
    world
        .store
        .mark_case(&super::ground(world), &id, system, cell)
        .await
}

/// A search of a system. One that comes after a deletion and finds nothing in all of it verifies that;
/// anything less is told as what it is.
///
/// # Errors
/// As [`record`].
pub async fn looked(
    world: &World,
    case: &str,
    system: System,
    found: u64,
    complete: bool,
    evidence: Option<&str>,
) -> Result<(), Failure> {
    let file = world.store.case_file(case, &super::systems(world)).await?;
    let column = file.columns.iter().find(|column| column.system == system);
    let erased = column.is_some_and(Column::was_erased);
    let mark = match erased && file.case.kind == CaseKind::Erasure && complete && found == 0 {
        true => Mark::Verified { left: 0, complete },
        false => Mark::Searched { found, complete },
    };
    let evidence = evidence.map(str::to_owned);
    record(world, case, system, Cell { mark, evidence }).await
}

/// A deletion that was stopped by a hold: the column stays open until it is lifted and something newer
/// is seen.
///
/// # Errors
/// As [`record`].
pub async fn held(world: &World, case: &str, system: System, failure: &Failure) -> Result<(), Failure> {
    let why = failure.message.clone();
    record(world, case, system, Cell::new(Mark::Held { why })).await
}

/// A search in Genesys Cloud for the person of a case. A search after a deletion verifies it.
pub async fn searched(world: &World, case: &Case, result: &SearchResult) -> Result<(), Failure> {
    let file = world.store.case_file(&case.id, &super::systems(world)).await?;
    let count = result.candidates.len() as u64;
    let column = file
        .columns
        .iter()
        .find(|column| column.system == System::GenesysCloud);
    let erased = column.is_some_and(Column::was_erased);
    let mark = match erased && case.kind == CaseKind::Erasure {
        true => Mark::Verified {
            left: count,
            complete: result.complete,
        },
        false => Mark::Searched {
            found: count,
            complete: result.complete,
        },
    };
    record(world, &case.id, System::GenesysCloud, Cell::new(mark)).await
}

/// Searches Genesys Cloud, the copies that lie here and, as far as they were opened, the exports for the
/// person of a case, and writes down what was seen.
///
/// # Errors
/// When the case knows no identifiers, and those of the search.
pub async fn search_for(
    world: &World,
    handle: &str,
    listener: &Listener,
    cancel: &CancellationToken,
) -> Result<SearchResult, Failure> {
    let case = super::show(world, handle).await?.case;
    if case.identifiers.is_empty() {
        return Err(super::usage("The case knows no identifiers to search by.")
            .next(format!("dsr cases change {} --email @FILE", case.id)));
    }
    let world = &world.about(Some(&case.id));
    let mut result = search::search(world, &case.identifiers, listener, cancel).await?;
    searched(world, &case, &result).await?;
    // What lies here, and what the export service still keeps, is looked through in the same go.
    let found = copies::find(world, &case.identifiers, listener, cancel).await?;
    let complete = found.not_read.is_empty();
    let count = found.copies.len() as u64;
    looked(world, &case.id, System::Copies, count, complete, None).await?;
    crate::workflow::exports::coverage::from_copies(world, &case, &found).await?;
    result.notes.extend(found.not_read);
    Ok(result)
}

/// Takes over what has become of a case's requests since it was last looked at: a deletion counts as
/// done when Genesys Cloud said that every one of the case is completed, an export when its results
/// are here and were opened. `known` is what is remembered of them. True when something was written.
pub(super) async fn catch_up(world: &World, file: &CaseFile, known: &[Remembered]) -> Result<bool, Failure> {
    if file.case.ending.is_some() {
        return Ok(false);
    }
    let mut written = false;
    for (kind, system) in [
        (RequestType::Delete, System::GenesysCloud),
        (RequestType::Export, System::GenesysCloud),
        (RequestType::Update, System::GenesysCloud),
    ] {
        let Some((count, evidence)) = completed(known, kind) else {
            continue;
        };
        let column = file.columns.iter().find(|column| column.system == system);
        let told = column.is_some_and(|column| {
            column.kept.iter().any(|kept| {
                kept.cell.evidence.as_deref() == Some(&evidence) && kept.cell.mark.step() == "done"
            })
        });
        if told {
            continue;
        }
        let mark = match kind {
            RequestType::Delete => Mark::Erased { count },
            RequestType::Export => Mark::Exported { count },
            RequestType::Update => Mark::Changed { count },
        };
        record(world, &file.case.id, system, Cell::new(mark).shown_by(evidence)).await?;
        written = true;
    }
    Ok(written)
}

/// Number and ids of a case's requests of a type, when all of them were carried out.
fn completed(known: &[Remembered], kind: RequestType) -> Option<(u64, String)> {
    let mut ids: Vec<String> = Vec::new();
    for remembered in known {
        let Some(record) = &remembered.record else {
            continue;
        };
        if record.operation.request.kind != kind {
            continue;
        }
        match record.operation.state {
            OperationState::Refused | OperationState::NotSent | OperationState::Withdrawn => continue,
            OperationState::Accepted => {}
            // What is not settled says nothing yet.
            _ => return None,
        }
        let Some(request) = &remembered.request else {
            return None;
        };
        if phase(&request.status) != Phase::Completed {
            return None;
        }
        let here = |url: &String| {
            let mut downloads = remembered.downloads.iter();
            downloads.any(|download| download.url == *url && download.checked_at.is_some())
        };
        if kind == RequestType::Export && !request.results.iter().all(here) {
            return None;
        }
        ids.push(request.id.clone());
    }
    ids.sort();
    (!ids.is_empty()).then(|| (ids.len() as u64, ids.join(" ")))
}
