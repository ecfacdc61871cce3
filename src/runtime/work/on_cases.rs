//! Work on cases, from the wish of the console to the workflow function that fulfils it.

use tokio_util::sync::CancellationToken;

use crate::app::effect::TaskRequest;
use crate::app::msg::TaskOutput;
use crate::domain::case::CaseRow;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::progress::Listener;
use crate::workflow::{World, cases, evidence};

/// Does the work. Requests that are none of cases do not come here.
pub(super) async fn run(
    world: &World,
    request: TaskRequest,
    listener: &Listener,
    cancel: &CancellationToken,
) -> Result<TaskOutput, Failure> {
    Ok(match request {
        TaskRequest::Cases { all, mine } => TaskOutput::Cases(board(world, all, mine).await?),
        TaskRequest::Caseless => TaskOutput::Caseless(cases::caseless(world).await?),
        TaskRequest::WithoutCase => TaskOutput::WithoutCase(cases::without_case(world).await?),
        TaskRequest::LinkCase { case, request } => {
            cases::link(world, &case, &request).await?;
            TaskOutput::Linked
        }
        TaskRequest::ReadRegister => TaskOutput::Register(cases::suppression::register(world).await?),
        TaskRequest::Recheck => {
            let again = cases::recheck::Again::default();
            TaskOutput::Rechecked(cases::recheck::recheck(world, &again, listener, cancel).await?)
        }
        TaskRequest::Case(id) => TaskOutput::Case(Box::new(cases::show(world, &id).await?)),
        TaskRequest::CaseAct { id, act } => {
            TaskOutput::CaseActed(cases::act(world, id.as_deref(), *act, cancel).await?)
        }
        TaskRequest::CaseSearch(id) => search_case(world, &id, listener, cancel).await?,
        TaskRequest::CaseLedger(id) => ledger_of(world, &id).await?,
        TaskRequest::CaseReport => {
            TaskOutput::Times(Box::new(cases::report::report(world, None, None).await?))
        }
        _ => return Err(Failure::new(FailureKind::Internal, "This is no work on a case.")),
    })
}

/// What the case board shows.
async fn board(world: &World, all: bool, mine: bool) -> Result<Vec<CaseRow>, Failure> {
    let filter = cases::CaseFilter {
        open: (!all).then_some(true),
        assignee: mine.then(|| world.actor.login.clone()),
        ..cases::CaseFilter::default()
    };
    cases::list(world, filter).await
}

/// Searches Genesys Cloud for the person of a case; what was seen goes into its coverage.
async fn search_case(
    world: &World,
    id: &str,
    listener: &Listener,
    cancel: &CancellationToken,
) -> Result<TaskOutput, Failure> {
    let result = cases::coverage::search_for(world, id, listener, cancel).await?;
    Ok(TaskOutput::CaseSearched(cases::Searched {
        case: id.to_owned(),
        found: result.candidates.len(),
        notes: result.notes,
    }))
}

/// What the ledger holds about a case.
async fn ledger_of(world: &World, id: &str) -> Result<TaskOutput, Failure> {
    let file = cases::show(world, id).await?;
    let chosen = evidence::Chosen {
        case: Some(evidence::OfCase {
            case: file.case.id,
            operations: file.operations.into_iter().collect(),
        }),
        ..evidence::Chosen::default()
    };
    Ok(TaskOutput::Ledger(evidence::entries(world, &chosen).await?))
}
