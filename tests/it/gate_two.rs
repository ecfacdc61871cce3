//! Two operators, one OAuth client: who adopts what after both have lost the same call.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use dsr_console::domain::operation::{Operation, OperationState};
use dsr_console::domain::request::RequestType;
use dsr_console::workflow::plan::Proposal;
use dsr_console::workflow::reconcile::{self, Settled};
use dsr_console::workflow::{World, plan};

use crate::gate_bench::{execute, plan_for, proposal, submit_one, world};
use crate::gate_server::{Post, Server};

async fn settle(world: &World) -> Vec<(Operation, Settled)> {
    reconcile::run(world, &[], None, &CancellationToken::new())
        .await
        .expect("reconciled")
}

async fn again(world: &World, id: &str) -> plan::Plan {
    let proposal = Proposal {
        again: true,
        ..proposal(RequestType::Export, id)
    };
    plan::prepare(world, proposal).await.expect("a plan")
}

#[tokio::test]
async fn on_one_store_the_second_is_shown_the_first_before_anything_is_sent() {
    let dir = tempfile::tempdir().expect("a directory");
    let server = Arc::new(Server::start().await);
    let olga = world(&server, dir.path(), "olga");
    let paul = world(&server, dir.path(), "paul");
    server.script([Post::CutAfter { executed: true }]);
    let hers = submit_one(&olga, RequestType::Export, "c-1").await;
    assert_eq!(hers.state, OperationState::Unknown);
    let his = plan_for(&paul, RequestType::Export, "c-1").await;
    assert!(his.earlier.iter().any(|earlier| earlier.blocks));
    assert!(
        his.earlier
            .iter()
            .any(|earlier| earlier.by.as_deref() == Some("olga"))
    );
    execute(&paul, &his).await.expect_err("refused");
    assert_eq!(server.state().arrivals, 1);
}

/// Puts the first request of the server some seconds back: the whole seconds of a `Date` cannot say which
/// of two within one was first, and then a person has to look.
fn made_earlier(server: &Server) {
    let earlier = jiff::Timestamp::now() - jiff::SignedDuration::from_secs(3);
    server.state().requests[0]["createdDate"] = earlier.to_string().into();
}

#[tokio::test]
async fn two_losses_and_one_request_are_not_settled_by_a_guess() {
    let dir = tempfile::tempdir().expect("a directory");
    let server = Arc::new(Server::start().await);
    let olga = world(&server, dir.path(), "olga");
    let paul = world(&server, dir.path(), "paul");
    server.script([
        Post::CutAfter { executed: true },
        Post::CutAfter { executed: false },
    ]);
    let (hers, his) = (again(&olga, "c-1").await, again(&paul, "c-1").await);
    // Both were planned before either was sent, and each knew of no other: on purpose.
    let hers = execute(&olga, &hers).await.expect("carried out").remove(0);
    let his_second = execute(&paul, &his).await;
    let failure = his_second.expect_err("the claim of the first is seen");
    assert!(failure.message.contains("olga"), "{failure}");
    made_earlier(&server);
    // He insists, knowing of hers.
    let his = again(&paul, "c-1").await;
    let his = execute(&paul, &his).await.expect("carried out").remove(0);
    assert_eq!(
        (hers.state, his.state),
        (OperationState::Unknown, OperationState::Unknown)
    );
    for operator in [&olga, &paul] {
        for (operation, settled) in settle(operator).await {
            assert_eq!(operation.state, OperationState::Unknown);
            if operation.id == hers.id {
                // It could be his as well, so nobody guesses.
                assert!(matches!(settled, Settled::Several(ids) if ids.len() == 1));
            } else {
                // It stood there before his intent.
                assert_eq!(settled, Settled::Waiting);
            }
        }
    }
    // A person settles one; the other cannot get the same request any more.
    let remote = server.state().requests[0]["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    reconcile::decide(&olga, &hers.id, Some(&remote))
        .await
        .expect("decided");
    assert_eq!(settle(&paul).await[0].1, Settled::Waiting);
    reconcile::decide(&paul, &his.id, Some(&remote))
        .await
        .expect_err("it belongs to olga's operation");
}

#[tokio::test]
async fn on_separate_stores_two_lost_calls_of_one_second_are_raised_for_both() {
    let (one, two) = (
        tempfile::tempdir().expect("one"),
        tempfile::tempdir().expect("two"),
    );
    let server = Arc::new(Server::start().await);
    let olga = world(&server, one.path(), "olga");
    let paul = world(&server, two.path(), "paul");
    server.script([
        Post::CutAfter { executed: true },
        Post::CutAfter { executed: true },
    ]);
    // The list lags behind, so that neither sees the other's before sending.
    server.state().listed = Some(0);
    let hers = submit_one(&olga, RequestType::Export, "c-1").await;
    let his = submit_one(&paul, RequestType::Export, "c-1").await;
    assert_eq!(
        (hers.state, his.state),
        (OperationState::Unknown, OperationState::Unknown)
    );
    server.state().listed = None;
    for operator in [&olga, &paul] {
        let (operation, settled) = settle(operator).await.remove(0);
        assert_eq!(
            operation.state,
            OperationState::Unknown,
            "nobody took anybody's request"
        );
        assert!(matches!(settled, Settled::Several(ids) if ids.len() == 2));
    }
}

#[tokio::test]
async fn on_separate_stores_a_loss_that_was_seen_before_is_told_apart() {
    let (one, two) = (
        tempfile::tempdir().expect("one"),
        tempfile::tempdir().expect("two"),
    );
    let server = Arc::new(Server::start().await);
    let olga = world(&server, one.path(), "olga");
    let paul = world(&server, two.path(), "paul");
    server.script([
        Post::CutAfter { executed: true },
        Post::CutAfter { executed: true },
    ]);
    submit_one(&olga, RequestType::Export, "c-1").await;
    made_earlier(&server);
    // He insists: hers stands in the list that he reads before his intent, so the second is his.
    let plan = again(&paul, "c-1").await;
    execute(&paul, &plan).await.expect("carried out");
    let second = server.state().requests[1]["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    assert_eq!(settle(&paul).await[0].1, Settled::Adopted(second));
    // She sees two that could be hers.
    assert!(matches!(&settle(&olga).await[0].1, Settled::Several(ids) if ids.len() == 2));
}

#[tokio::test]
async fn on_separate_stores_a_colleagues_older_request_is_never_taken() {
    let (one, two) = (
        tempfile::tempdir().expect("one"),
        tempfile::tempdir().expect("two"),
    );
    let server = Arc::new(Server::start().await);
    let olga = world(&server, one.path(), "olga");
    let paul = world(&server, two.path(), "paul");
    // His is accepted; hers, of the same kind for the same person within seconds, never
    // arrives. The list that she read before her intent holds his.
    submit_one(&paul, RequestType::Export, "c-1").await;
    made_earlier(&server);
    server.script([Post::CutAfter { executed: false }]);
    let plan = again(&olga, "c-1").await;
    let hers = execute(&olga, &plan).await.expect("carried out").remove(0);
    assert_eq!(hers.state, OperationState::Unknown);
    assert_eq!(settle(&olga).await[0].1, Settled::Waiting);
}

#[tokio::test]
async fn a_request_made_for_a_merge_set_is_shown_as_such_and_not_adopted() {
    let dir = tempfile::tempdir().expect("a directory");
    let server = Arc::new(Server::start().await);
    let olga = world(&server, dir.path(), "olga");
    server
        .state()
        .merge_sets
        .push(("c-1".to_owned(), vec!["c-1".to_owned(), "c-2".to_owned()]));
    let first = submit_one(&olga, RequestType::Delete, "c-1").await;
    let subject = serde_json::json!({"externalContactId": "c-2"});
    let sibling = server.add(
        "GDPR_DELETE",
        subject,
        jiff::Timestamp::now(),
        crate::gate_server::CLIENT,
    );
    let queue = dsr_console::workflow::queue::refresh(
        &olga,
        &dsr_console::domain::progress::Listener::none(),
        &CancellationToken::new(),
    )
    .await
    .expect("a queue");
    let row = queue
        .rows
        .iter()
        .find(|row| row.id.as_deref() == Some(sibling.as_str()))
        .expect("its row");
    assert_eq!(row.origin, dsr_console::domain::queue::Origin::MergeSet);
    let detail = dsr_console::workflow::queue::detail(&olga, &first.id, false)
        .await
        .expect("detail");
    assert_eq!(detail.related, std::slice::from_ref(&sibling));
    // Our own deletion of the sibling is lost: the one that stands there may be Genesys Cloud's.
    server.script([Post::CutAfter { executed: false }]);
    let proposal = Proposal {
        again: true,
        ..proposal(RequestType::Delete, "c-2")
    };
    let plan = plan::prepare(&olga, proposal).await.expect("a plan");
    let second = execute(&olga, &plan).await.expect("carried out").remove(0);
    assert_eq!(second.state, OperationState::Unknown);
    assert!(!matches!(settle(&olga).await[0].1, Settled::Adopted(_)));
}
