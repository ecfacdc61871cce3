//! Cancelling never loses the outcome of a call that is under way.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use dsr_console::domain::failure::FailureKind;
use dsr_console::domain::operation::OperationState;
use dsr_console::domain::progress::Listener;
use dsr_console::domain::request::RequestType;
use dsr_console::workflow::plan::Proposal;
use dsr_console::workflow::{plan, queue, submit};

use crate::gate_bench::{contact, plan_for, proposal, world};
use crate::gate_server::{Post, Server};

#[tokio::test]
async fn the_outcome_is_recorded_when_the_caller_is_dropped() {
    let dir = tempfile::tempdir().expect("a directory");
    let server = Arc::new(Server::start().await);
    let world = world(&server, dir.path(), "olga");
    server.script([Post::Held]);
    let plan = plan_for(&world, RequestType::Delete, "c-1").await;
    let cancel = CancellationToken::new();
    {
        let listener = Listener::none();
        let asking = submit::execute(&world, &plan, &plan.digest, &listener, &cancel);
        tokio::select! {
            _ = asking => panic!("the answer is held back"),
            () = server.arrived.notified() => {}
        }
    }
    let sending = queue::local(&world).await.expect("a queue");
    assert_eq!(&*sending.rows.get(0).expect("a row").status, "UNKNOWN");
    server.go_on.notify_one();
    world.outcomes().await;
    let after = queue::local(&world).await.expect("a queue");
    assert_eq!(&*after.rows.get(0).expect("a row").status, "INITIATED");
    assert_eq!(server.state().arrivals, 1);
}

#[tokio::test]
async fn a_cancel_after_the_intent_waits_for_the_outcome_and_withdraws_the_rest() {
    let dir = tempfile::tempdir().expect("a directory");
    let server = Arc::new(Server::start().await);
    let world = world(&server, dir.path(), "olga");
    server.script([Post::Held]);
    let proposal = Proposal {
        candidates: vec![contact("c-1"), contact("c-2")],
        ..proposal(RequestType::Export, "c-1")
    };
    let plan = plan::prepare(&world, proposal).await.expect("a plan");
    let cancel = CancellationToken::new();
    let listener = Listener::none();
    let asking = submit::execute(&world, &plan, &plan.digest, &listener, &cancel);
    let cancelling = async {
        server.arrived.notified().await;
        cancel.cancel();
        server.go_on.notify_one();
    };
    let (done, ()) = tokio::join!(asking, cancelling);
    let done = done.expect("each call has its operation");
    assert_eq!(done[0].state, OperationState::Accepted);
    assert_eq!(done[1].state, OperationState::Withdrawn);
    assert_eq!(server.state().arrivals, 1);
}

#[tokio::test]
async fn a_cancel_before_the_intent_leaves_nothing_behind() {
    let dir = tempfile::tempdir().expect("a directory");
    let server = Arc::new(Server::start().await);
    let world = world(&server, dir.path(), "olga");
    let plan = plan_for(&world, RequestType::Delete, "c-1").await;
    let cancel = CancellationToken::new();
    cancel.cancel();
    let failure = submit::execute(&world, &plan, &plan.digest, &Listener::none(), &cancel)
        .await
        .expect_err("cancelled");
    assert_eq!(failure.kind, FailureKind::Interrupted);
    assert_eq!(server.state().arrivals, 0);
    assert!(queue::local(&world).await.expect("a queue").rows.is_empty());
}
