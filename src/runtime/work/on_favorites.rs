//! Work on the favorites of GWS, from the wish of the console to the workflow function that fulfils it.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use crate::app::effect::TaskRequest;
use crate::app::msg::TaskOutput;
use crate::domain::failure::Failure;
use crate::domain::identifier::Identifier;
use crate::domain::progress::Listener;
use crate::systems::keyspace::{Match, ScanEvent, ScanListener};
use crate::workflow::forget::scan::scan_progress;
use crate::workflow::forget::search::Ears;
use crate::workflow::forget::{self, restore, session};
use crate::workflow::{World, cases};

/// Does the work, or gives back what is none of it.
pub(super) async fn run(
    world: &World,
    request: TaskRequest,
    listener: &Listener,
    cancel: &CancellationToken,
) -> Result<Result<TaskOutput, TaskRequest>, Failure> {
    Ok(Ok(match request {
        TaskRequest::FindFavorites {
            searches,
            case,
            arrivals,
        } => {
            let found = move |found| arrivals.add(found);
            find(world, searches, case, found, listener, cancel).await?
        }
        TaskRequest::EraseFavorites {
            looked,
            chosen,
            plan,
            confirmed,
        } => {
            let (question, heard) = ((&*plan, &*confirmed), ears(listener, |_| {}));
            erase(world, *looked, &chosen, question, &heard, cancel).await?
        }
        TaskRequest::SavedGroups => TaskOutput::Saves(restore::list(world).await?),
        TaskRequest::PlanRestore { run, group } => {
            TaskOutput::RestorePlanned(Box::new(restore::session::plan(world, &run, &group).await?))
        }
        TaskRequest::Restore { restoring, confirmed } => TaskOutput::SettingsRestored(Box::new(
            restore::session::carry_out(world, *restoring, &confirmed, listener, cancel).await?,
        )),
        other => return Ok(Err(other)),
    }))
}

/// Looks for people in the favorites; each match is told as it comes.
async fn find(
    world: &World,
    searches: Vec<Identifier>,
    case: Option<String>,
    found: impl Fn(Match) + Send + Sync + 'static,
    listener: &Listener,
    cancel: &CancellationToken,
) -> Result<TaskOutput, Failure> {
    let mut question = forget::Question::default();
    match case {
        // The case knows its person; which of its identifiers can be looked for is decided there.
        Some(id) => question = question.with_case(&cases::show(world, &id).await?.case)?,
        None => question.searches = searches,
    }
    let looked = session::find(world, question, &ears(listener, found), cancel).await?;
    Ok(TaskOutput::FavoritesFound(Box::new(looked)))
}

/// Deletes settings as the plan says that was confirmed (`question`: the plan, and the digest of it).
async fn erase(
    world: &World,
    looked: session::Looked,
    chosen: &[usize],
    (plan, confirmed): (&forget::Plan, &str),
    ears: &Ears,
    cancel: &CancellationToken,
) -> Result<TaskOutput, Failure> {
    let heard = Arc::new(|_, _| {});
    let erased = session::delete(world, looked, chosen, plan, confirmed, ears, heard, cancel).await?;
    Ok(TaskOutput::FavoritesErased(Box::new(erased)))
}

/// Progress of a scan as that of a task, and its matches as they come.
fn ears(listener: &Listener, found: impl Fn(Match) + Send + Sync + 'static) -> Ears {
    let steps = listener.clone();
    let scan = ScanListener::new(move |event| match event {
        ScanEvent::Progress(progress) => steps.tell(scan_progress(&progress)),
        ScanEvent::Found(one) => found(one),
        ScanEvent::NotRead(_) => {}
    });
    Ears {
        scan,
        steps: listener.clone(),
    }
}
