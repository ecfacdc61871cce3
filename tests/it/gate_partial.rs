//! What is left when something breaks off half-way: what was sent is told, and nothing waits in vain.

use std::path::Path;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use dsr_console::domain::failure::{Changed, Failure, FailureKind};
use dsr_console::domain::operation::OperationState;
use dsr_console::domain::progress::Listener;
use dsr_console::domain::request::RequestType;
use dsr_console::workflow::batch::{self, Carried, Disposition, Row};
use dsr_console::workflow::plan::Proposal;
use dsr_console::workflow::{World, plan, reconcile};

use crate::gate_bench::{contact, execute, plan_for, proposal, simulated, store_path, submit_one, world};
use crate::gate_server::{Post, Server};

/// From now on no second operation can be begun in this store.
fn allow_one(path: &Path) {
    let raw = rusqlite::Connection::open(path).expect("opens");
    raw.execute_batch(
        "CREATE TRIGGER one BEFORE UPDATE OF state ON operations
         WHEN new.state = 'sending' AND EXISTS (SELECT 1 FROM operations WHERE intent_at IS NOT NULL)
         BEGIN SELECT RAISE(ABORT, 'no room'); END;",
    )
    .expect("a trigger");
}

async fn dispositions(world: &World, rows: &[Row]) -> Vec<Disposition> {
    let (listener, cancel) = (Listener::none(), CancellationToken::new());
    batch::dispositions(world, "the-file", rows, false, &listener, &cancel)
        .await
        .expect("dispositions")
}

async fn carry_out(world: &World, rows: &[Row], found: &[Disposition]) -> Result<Carried, Failure> {
    let (listener, cancel) = (Listener::none(), CancellationToken::new());
    batch::execute(world, "the-file", rows, found, 5, &listener, &cancel).await
}

#[tokio::test]
async fn what_was_sent_before_a_failure_is_named() {
    let dir = tempfile::tempdir().expect("a directory");
    let server = Arc::new(Server::start().await);
    let world = world(&server, dir.path(), "olga");
    for (post, changed) in [
        (Post::Accept(200), Changed::Something),
        (Post::CutAfter { executed: true }, Changed::Unknown),
    ] {
        let two = Proposal {
            candidates: vec![
                contact(&format!("a-{changed:?}")),
                contact(&format!("b-{changed:?}")),
            ],
            ..proposal(RequestType::Export, "c-1")
        };
        let plan = plan::prepare(&world, two).await.expect("a plan");
        server.script([post]);
        let raw = rusqlite::Connection::open(store_path(dir.path())).expect("opens");
        raw.execute_batch(&format!(
            "DROP TRIGGER IF EXISTS second;
             CREATE TRIGGER second BEFORE UPDATE OF state ON operations
             WHEN new.state = 'sending' AND new.id = '{}'
             BEGIN SELECT RAISE(ABORT, 'no room'); END;",
            plan.calls[1].operation_id
        ))
        .expect("a trigger");
        let failure = execute(&world, &plan).await.expect_err("no room for the second");
        assert_eq!(failure.changed, changed, "{failure}");
        assert!(failure.message.contains(&plan.calls[0].operation_id), "{failure}");
        assert!(
            !failure.message.contains(&plan.calls[1].operation_id),
            "{failure}"
        );
    }
    assert_eq!(server.state().arrivals, 2);
}

#[tokio::test]
async fn a_batch_tells_at_which_row_it_stopped_and_why() {
    let dir = tempfile::tempdir().expect("a directory");
    let (world, _simulator) = simulated(dir.path(), "default");
    let rows =
        batch::parse("type,email\nexport,edda.fiktiv@example.org\ndelete,dario.template@example.org\n")
            .expect("rows");
    let found = dispositions(&world, &rows).await;
    assert!(
        found.iter().all(|d| matches!(d, Disposition::Ready(_))),
        "{found:?}"
    );
    allow_one(&dir.path().join("store").join("simulation.sqlite3"));
    let carried = carry_out(&world, &rows, &found)
        .await
        .expect("the first was sent");
    assert_eq!(carried.done.len(), 1);
    assert_eq!(carried.done[0].1.state, OperationState::Accepted);
    let (row, failure) = carried.stopped.expect("told");
    assert_eq!(row, rows[1].number);
    assert_eq!(failure.changed, Changed::Nothing);
}

#[tokio::test]
async fn a_deletion_is_not_written_down_behind_an_export_that_was_not_sent() {
    let dir = tempfile::tempdir().expect("a directory");
    let (world, _simulator) = simulated(dir.path(), "default");
    let rows = batch::parse("type,email\nexport,edda.fiktiv@example.org\ndelete,edda.fiktiv@example.org\n")
        .expect("rows");
    let found = dispositions(&world, &rows).await;
    let Disposition::Ready(export) = &found[0] else {
        panic!("{found:?}");
    };
    // Somebody is quicker with the export.
    let quicker = plan::prepare(&world, export.proposal.clone())
        .await
        .expect("a plan");
    let theirs = execute(&world, &quicker).await.expect("carried out").remove(0);
    let carried = carry_out(&world, &rows, &found).await.expect("carried out");
    assert!(carried.done.is_empty(), "{:?}", carried.done);
    let left: Vec<usize> = carried.left.iter().map(|(row, _)| *row).collect();
    assert_eq!(left, [rows[0].number, rows[1].number], "{:?}", carried.left);
    let raw = rusqlite::Connection::open(dir.path().join("store").join("simulation.sqlite3")).expect("opens");
    let waiting: u32 = raw
        .query_row(
            "SELECT count(*) FROM operations WHERE state = 'planned'",
            [],
            |row| row.get(0),
        )
        .expect("a count");
    assert_eq!(waiting, 0);
    // The next run lets it wait for the export that there is.
    let again = dispositions(&world, &rows).await;
    let Disposition::Ready(deletion) = &again[1] else {
        panic!("{again:?}");
    };
    assert_eq!(deletion.calls[0].waits_for.as_ref(), Some(&theirs.id));
}

#[tokio::test]
async fn a_deletion_needs_the_whole_list_or_a_confirmation_that_knows() {
    let dir = tempfile::tempdir().expect("a directory");
    let server = Arc::new(Server::start().await);
    let world = world(&server, dir.path(), "olga");
    for number in 0..150 {
        let subject = serde_json::json!({"externalContactId": format!("x-{number}")});
        server.add("GDPR_EXPORT", subject, jiff::Timestamp::now(), "another-client");
    }
    let deletion = plan_for(&world, RequestType::Delete, "c-1").await;
    // Fewer than before, so that it is read anew; and its second page cannot be had.
    server.state().listed = Some(120);
    server.state().list_trouble = Some((2, 400));
    let failure = execute(&world, &deletion).await.expect_err("not whole");
    assert_eq!(failure.kind, FailureKind::Incomplete, "{failure}");
    assert_eq!(server.state().arrivals, 0);
    let knowing = plan_for(&world, RequestType::Delete, "c-1").await;
    assert!(!knowing.list_whole && !knowing.warnings.is_empty());
    let done = execute(&world, &knowing).await.expect("confirmed knowingly");
    assert_eq!(done[0].state, OperationState::Accepted);
}

#[tokio::test]
async fn a_merge_set_in_another_order_is_the_same() {
    let dir = tempfile::tempdir().expect("a directory");
    let server = Arc::new(Server::start().await);
    let world = world(&server, dir.path(), "olga");
    let members = |ids: &[&str]| {
        vec![(
            "c-1".to_owned(),
            ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>(),
        )]
    };
    server.state().merge_sets = members(&["c-1", "c-2", "c-3"]);
    let plan = plan_for(&world, RequestType::Export, "c-1").await;
    assert_eq!(plan.calls[0].merge_set.len(), 2);
    server.state().merge_sets = members(&["c-3", "c-1", "c-2"]);
    let done = execute(&world, &plan).await.expect("the same set");
    assert_eq!(done[0].state, OperationState::Accepted);
}

#[tokio::test]
async fn one_whose_creator_is_not_told_is_shown_to_a_person() {
    let dir = tempfile::tempdir().expect("a directory");
    let server = Arc::new(Server::start().await);
    let world = world(&server, dir.path(), "olga");
    server.script([Post::CutAfter { executed: true }]);
    let operation = submit_one(&world, RequestType::Export, "c-1").await;
    let made = server.state().requests[0]["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    server.state().requests[0]
        .as_object_mut()
        .expect("a request")
        .remove("createdBy");
    let settled = reconcile::run(&world, &[], None, &CancellationToken::new())
        .await
        .expect("reconciled");
    assert_eq!(settled[0].0.id, operation.id);
    assert_eq!(settled[0].0.state, OperationState::Unknown);
    assert_eq!(settled[0].1, reconcile::Settled::Several(vec![made]));
}
