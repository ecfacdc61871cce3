//! A deletion waits until the copy that was asked for with it is here and checked.

use std::sync::Arc;

use jiff::SignedDuration;
use tokio_util::sync::CancellationToken;

use dsr_console::domain::failure::FailureKind;
use dsr_console::domain::operation::OperationState;
use dsr_console::domain::progress::Listener;
use dsr_console::domain::request::RequestType;
use dsr_console::workflow::plan::Proposal;
use dsr_console::workflow::{download, plan, queue, submit, watch};

use crate::gate_bench::{execute, plan_for, proposal, simulated, submit_one, world};
use crate::gate_server::{Post, Server};

fn copy_first(id: &str) -> Proposal {
    Proposal {
        copy_first: true,
        ..proposal(RequestType::Delete, id)
    }
}

async fn look(world: &dsr_console::workflow::World, fetch: bool) -> watch::Look {
    watch::look(world, &[], fetch, &Listener::none(), &CancellationToken::new())
        .await
        .expect("a look")
}

#[tokio::test]
async fn the_copy_goes_first_and_the_deletion_follows_when_it_is_here() {
    let dir = tempfile::tempdir().expect("a directory");
    let (world, simulator) = simulated(dir.path(), "default");
    let plan = plan::prepare(&world, copy_first("nobody-at-all"))
        .await
        .expect("a plan");
    assert_eq!(plan.calls.len(), 2);
    assert_eq!(
        plan.calls[1].waits_for.as_ref(),
        Some(&plan.calls[0].operation_id)
    );
    let done = execute(&world, &plan).await.expect("carried out");
    assert_eq!(done[0].state, OperationState::Accepted);
    assert_eq!(done[1].state, OperationState::Planned);
    let failure = submit::release(&world, &done[1].id, &CancellationToken::new())
        .await
        .expect_err("the copy is not here");
    assert_eq!(failure.kind, FailureKind::Conflict);
    assert!(failure.message.contains("is not finished"), "{failure}");
    let early = look(&world, true).await;
    assert!(early.released.is_empty() && early.fetched.is_empty());
    simulator
        .advance(SignedDuration::from_hours(96))
        .expect("four days");
    // Seen as finished, and not fetched: still not here.
    let seen = look(&world, false).await;
    assert!(
        seen.changes
            .iter()
            .any(|change| change.to == "COMPLETED" && change.not_before.is_some())
    );
    submit::release(&world, &done[1].id, &CancellationToken::new())
        .await
        .expect_err("the copy is not here yet");
    let fetched = look(&world, true).await;
    assert!(fetched.complete, "{:?}", fetched.notes);
    assert!(!fetched.fetched.is_empty());
    assert_eq!(fetched.released, [done[1].id.clone()]);
    let detail = queue::detail(&world, &done[1].id, false).await.expect("detail");
    assert_eq!(detail.operation.expect("ours").state, OperationState::Accepted);
    let again = look(&world, true).await;
    assert!(again.fetched.is_empty() && again.released.is_empty());
}

#[tokio::test]
async fn a_deletion_for_somebody_whose_export_is_under_way_waits_for_it() {
    let dir = tempfile::tempdir().expect("a directory");
    let server = Arc::new(Server::start().await);
    let world = world(&server, dir.path(), "olga");
    let export = submit_one(&world, RequestType::Export, "c-1").await;
    let plan = plan_for(&world, RequestType::Delete, "c-1").await;
    assert_eq!(plan.calls[0].waits_for.as_ref(), Some(&export.id));
    let done = execute(&world, &plan).await.expect("written down");
    assert_eq!(done[0].state, OperationState::Planned);
    assert_eq!(server.state().arrivals, 1, "only the export was sent");
    let withdrawn = submit::withdraw(&world, &done[0].id).await.expect("withdrawn");
    assert_eq!(withdrawn.state, OperationState::Withdrawn);
}

#[tokio::test]
async fn a_deletion_planned_before_an_export_appeared_is_refused() {
    let dir = tempfile::tempdir().expect("a directory");
    let server = Arc::new(Server::start().await);
    let world = world(&server, dir.path(), "olga");
    let deletion = plan_for(&world, RequestType::Delete, "c-1").await;
    submit_one(&world, RequestType::Export, "c-1").await;
    let failure = execute(&world, &deletion).await.expect_err("it would overtake");
    assert_eq!(failure.kind, FailureKind::Conflict);
    assert_eq!(server.state().arrivals, 1);
}

#[tokio::test]
async fn the_deletion_is_withdrawn_when_its_copy_was_refused() {
    let dir = tempfile::tempdir().expect("a directory");
    let server = Arc::new(Server::start().await);
    let world = world(&server, dir.path(), "olga");
    server.script([Post::Refuse(403, "missing.permissions")]);
    let plan = plan::prepare(&world, copy_first("c-1")).await.expect("a plan");
    let done = execute(&world, &plan).await.expect("carried out");
    assert_eq!(done[0].state, OperationState::Refused);
    assert_eq!(done[1].state, OperationState::Withdrawn);
    // And it stays in place while the copy's outcome is not known.
    server.script([Post::CutAfter { executed: true }]);
    let plan = plan::prepare(&world, copy_first("c-1")).await.expect("a plan");
    let done = execute(&world, &plan).await.expect("carried out");
    assert_eq!(done[0].state, OperationState::Unknown);
    assert_eq!(done[1].state, OperationState::Planned);
    assert_eq!(server.state().arrivals, 2);
}

#[tokio::test]
async fn what_is_here_is_not_fetched_again_and_what_was_removed_is() {
    let dir = tempfile::tempdir().expect("a directory");
    let (world, _simulator) = simulated(dir.path(), "default");
    let (listener, cancel) = (Listener::none(), CancellationToken::new());
    let queue = queue::refresh(&world, &listener, &cancel).await.expect("a queue");
    let export = queue
        .rows
        .iter()
        .find(|row| &*row.status == "COMPLETED" && row.results == 2)
        .expect("the estate has one");
    let id = export.id.as_deref().expect("remote");
    let first = download::fetch(&world, id, None, &listener, &cancel)
        .await
        .expect("fetched");
    assert_eq!(first.len(), 2);
    let times = |files: &[download::Downloaded]| {
        files
            .iter()
            .map(|file| {
                std::fs::metadata(&file.path)
                    .and_then(|meta| meta.modified())
                    .expect("is here")
            })
            .collect::<Vec<_>>()
    };
    let before = times(&first);
    let second = download::fetch(&world, id, None, &listener, &cancel)
        .await
        .expect("is here");
    assert_eq!(first, second);
    assert_eq!(before, times(&second));
    let detail = queue::detail(&world, id, false).await.expect("detail");
    assert!(
        detail
            .results
            .iter()
            .all(|file| file.checked && file.path.is_some())
    );
    assert_eq!(detail.row.downloaded, 2);
    // What the operator removed is not here any more, and comes again when it is asked for.
    std::fs::remove_file(&first[0].path).expect("removed");
    let detail = queue::detail(&world, id, false).await.expect("detail");
    assert_eq!(
        detail.results.iter().filter(|file| file.path.is_some()).count(),
        1
    );
    let third = download::fetch(&world, id, None, &listener, &cancel)
        .await
        .expect("fetched again");
    assert_eq!(third[0].sha256, first[0].sha256);
    // Others' copies are not collected without being named.
    let look = look(&world, true).await;
    assert!(look.fetched.is_empty());
}

#[tokio::test]
async fn an_expired_result_is_told_once_and_never_counts_as_here() {
    let dir = tempfile::tempdir().expect("a directory");
    let (world, simulator) = simulated(dir.path(), "default");
    let plan = plan::prepare(&world, copy_first("nobody-at-all"))
        .await
        .expect("a plan");
    let done = execute(&world, &plan).await.expect("carried out");
    // Finished, and nobody has looked for two months.
    simulator
        .advance(SignedDuration::from_hours(24 * 60))
        .expect("two months");
    let first = look(&world, true).await;
    assert!(!first.complete);
    assert!(first.fetched.is_empty() && first.released.is_empty());
    let second = look(&world, true).await;
    assert!(
        second
            .notes
            .iter()
            .all(|note| !note.contains("could not be fetched")),
        "{:?}",
        second.notes
    );
    assert!(
        second.notes.iter().any(|note| note.contains("waits in vain")),
        "{:?}",
        second.notes
    );
    let failure = submit::release(&world, &done[1].id, &CancellationToken::new())
        .await
        .expect_err("no copy will come");
    assert!(failure.message.contains("expired"), "{failure}");
    let withdrawn = submit::withdraw(&world, &done[1].id).await.expect("withdrawn");
    assert_eq!(withdrawn.state, OperationState::Withdrawn);
}
