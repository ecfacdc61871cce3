//! The gate with the real client on real sockets: at most one submission arrives, whatever happens
//! on the way, and the store says truthfully what is known.

use std::sync::Arc;

use dsr_console::domain::failure::FailureKind;
use dsr_console::domain::operation::OperationState;
use dsr_console::domain::request::RequestType;
use dsr_console::workflow::plan::Proposal;
use dsr_console::workflow::{plan, queue};

use crate::gate_bench::{execute, options, plan_for, proposal, store_path, submit_one, world};
use crate::gate_server::{Post, Server};

/// What the far end does, how the operation must stand, and how many submissions may have arrived.
async fn behaves(post: Post, state: OperationState, arrivals: usize) {
    let dir = tempfile::tempdir().expect("a directory");
    let server = Arc::new(Server::start().await);
    let world = world(&server, dir.path(), "olga");
    server.script([post.clone()]);
    let operation = submit_one(&world, RequestType::Export, "c-1").await;
    assert_eq!(operation.state, state, "{post:?}: {:?}", operation.detail);
    assert_eq!(server.state().arrivals, arrivals, "{post:?}");
    assert_eq!(
        operation.remote_id.is_some(),
        state == OperationState::Accepted,
        "{post:?}"
    );
    assert!(operation.intent_at.is_some() && operation.outcome_at.is_some());
    // What was returned is what stands in the store, also for another process.
    drop(world);
    let again = dsr_console::store::Store::open(
        &store_path(dir.path()),
        options(dsr_console::domain::mode::Mode::Live),
    )
    .expect("opens again");
    let rows = again.queue_rows().await.expect("rows");
    assert_eq!(rows.len(), 1, "{post:?}");
    let word = match state {
        OperationState::Accepted => "INITIATED",
        other => other.queue_status(),
    };
    assert_eq!(&*rows.get(0).expect("a row").status, word, "{post:?}");
}

#[tokio::test]
async fn accepted_with_either_success_code() {
    behaves(Post::Accept(200), OperationState::Accepted, 1).await;
    behaves(Post::Accept(202), OperationState::Accepted, 1).await;
}

#[tokio::test]
async fn refused_is_refused_and_never_sent_again() {
    for (status, code) in [
        (400, "bad.request"),
        (401, "bad.credentials"),
        (403, "missing.permissions"),
        (409, "conflict"),
        (429, "too.many.requests.retry.after"),
    ] {
        behaves(Post::Refuse(status, code), OperationState::Refused, 1).await;
    }
}

#[tokio::test]
async fn a_refused_connection_is_not_sent() {
    behaves(Post::Refused, OperationState::NotSent, 0).await;
}

#[tokio::test]
async fn redirects_are_not_followed() {
    behaves(Post::Redirect(307), OperationState::Unknown, 1).await;
    behaves(Post::Redirect(308), OperationState::Unknown, 1).await;
}

#[tokio::test]
async fn a_cut_before_the_request_was_read_is_unknown() {
    behaves(Post::CutBefore, OperationState::Unknown, 0).await;
}

#[tokio::test]
async fn a_cut_after_the_request_is_unknown() {
    behaves(Post::CutAfter { executed: true }, OperationState::Unknown, 1).await;
    behaves(Post::CutAfter { executed: false }, OperationState::Unknown, 1).await;
}

#[tokio::test]
async fn a_cut_in_the_middle_of_the_answer_is_unknown() {
    behaves(Post::CutInside, OperationState::Unknown, 1).await;
}

#[tokio::test]
async fn a_bad_gateway_and_foreign_answers_are_unknown() {
    behaves(Post::BadGateway { executed: true }, OperationState::Unknown, 1).await;
    behaves(Post::NoId, OperationState::Unknown, 1).await;
    behaves(Post::Page, OperationState::Unknown, 1).await;
}

#[tokio::test]
async fn a_timeout_is_unknown() {
    behaves(Post::Silent, OperationState::Unknown, 1).await;
}

#[tokio::test]
async fn a_connection_that_went_stale_is_not_used_again() {
    let dir = tempfile::tempdir().expect("a directory");
    let server = Arc::new(Server::start().await);
    let world = world(&server, dir.path(), "olga");
    server.script([Post::Stale, Post::Stale]);
    for id in ["c-1", "c-2"] {
        let operation = submit_one(&world, RequestType::Export, id).await;
        assert_eq!(operation.state, OperationState::Accepted);
    }
    assert_eq!(server.state().arrivals, 2);
}

#[tokio::test]
async fn intent_and_outcome_leave_evidence_without_personal_data() {
    let dir = tempfile::tempdir().expect("a directory");
    let server = Arc::new(Server::start().await);
    let world = world(&server, dir.path(), "olga");
    let operation = submit_one(&world, RequestType::Delete, "c-secret").await;
    let evidence = world.store.evidence(0).await.expect("evidence");
    let actions: Vec<&str> = evidence.iter().map(|entry| entry.action.as_str()).collect();
    assert_eq!(actions, ["submit.intent", "submit.outcome"]);
    for (index, entry) in evidence.iter().enumerate() {
        assert_eq!(entry.sequence, index as i64 + 1);
        let text = String::from_utf8(entry.bytes.clone()).expect("text");
        assert!(!text.contains("c-secret") && !text.contains("Muster"), "{text}");
        let line: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(line["operation_id"], operation.id.as_str());
        assert_eq!(line["mode"], "live");
        assert_eq!(line["actor"]["login"], "olga");
        assert_eq!(line["facts"]["type"], "delete");
        assert_eq!(line["facts"]["subject"].as_str().map(str::len), Some(64));
    }
    // The same person in another operation is another commitment: entries cannot be linked.
    let other = submit_one(&world, RequestType::Export, "c-secret").await;
    let evidence = world.store.evidence(0).await.expect("evidence");
    let subject_of = |id: &str| {
        let entry = evidence
            .iter()
            .find(|entry| entry.operation_id.as_deref() == Some(id))
            .expect("an entry");
        let line: serde_json::Value = serde_json::from_slice(&entry.bytes).expect("JSON");
        line["facts"]["subject"].clone()
    };
    assert_ne!(subject_of(&operation.id), subject_of(&other.id));
}

#[tokio::test]
async fn a_plan_is_executed_once_and_as_confirmed() {
    let dir = tempfile::tempdir().expect("a directory");
    let server = Arc::new(Server::start().await);
    let world = world(&server, dir.path(), "olga");
    let plan = plan_for(&world, RequestType::Export, "c-1").await;
    let mut other = plan.clone();
    other.calls[0].request.kind = RequestType::Delete;
    let failure = execute(&world, &other).await.expect_err("not what was confirmed");
    assert_eq!(failure.kind, FailureKind::Conflict);
    assert_eq!(server.state().arrivals, 0);
    execute(&world, &plan).await.expect("as confirmed");
    let failure = execute(&world, &plan).await.expect_err("once");
    assert_eq!(failure.kind, FailureKind::Conflict);
    assert_eq!(server.state().arrivals, 1);
}

#[tokio::test]
async fn an_equal_open_request_is_refused_without_again() {
    let dir = tempfile::tempdir().expect("a directory");
    let server = Arc::new(Server::start().await);
    let world = world(&server, dir.path(), "olga");
    let first = submit_one(&world, RequestType::Export, "c-1").await;
    let plan = plan_for(&world, RequestType::Export, "c-1").await;
    assert_eq!(plan.earlier.len(), 1);
    assert!(plan.earlier[0].blocks);
    assert_eq!(plan.earlier[0].by.as_deref(), Some("olga"));
    let failure = execute(&world, &plan).await.expect_err("refused");
    assert_eq!(failure.kind, FailureKind::Conflict);
    assert!(
        failure.message.contains("requested by olga just now"),
        "{failure}"
    );
    let again = plan::Proposal {
        again: true,
        ..proposal(RequestType::Export, "c-1")
    };
    let plan = plan::prepare(&world, again).await.expect("a plan");
    execute(&world, &plan).await.expect("on purpose");
    assert_eq!(server.state().arrivals, 2);
    // Another type for the same person, and the same type for another person, are free.
    let update = plan_for(&world, RequestType::Export, "c-2").await;
    execute(&world, &update).await.expect("another person");
    // One that has ended does not stand in the way, also when that was not seen yet.
    for request in &mut server.state().requests {
        request["status"] = "COMPLETED".into();
    }
    let plan = plan_for(&world, RequestType::Export, "c-1").await;
    assert!(plan.earlier.iter().all(|earlier| !earlier.blocks));
    execute(&world, &plan).await.expect("the others have ended");
    assert_ne!(first.remote_id, None);
}

#[tokio::test]
async fn an_equal_request_that_stands_in_the_remote_list_only_is_seen() {
    let dir = tempfile::tempdir().expect("a directory");
    let server = Arc::new(Server::start().await);
    let world = world(&server, dir.path(), "olga");
    let subject = serde_json::json!({"externalContactId": "c-1"});
    let before = plan_for(&world, RequestType::Delete, "c-1").await;
    assert!(before.earlier.is_empty());
    let theirs = server.add("GDPR_DELETE", subject, jiff::Timestamp::now(), "another-client");
    // It appeared after the preview: drift.
    let failure = execute(&world, &before).await.expect_err("refused");
    assert_eq!(failure.kind, FailureKind::Conflict);
    assert!(failure.message.contains(&theirs), "{failure}");
    assert_eq!(server.state().arrivals, 0);
    let after = plan_for(&world, RequestType::Delete, "c-1").await;
    assert_eq!(after.earlier[0].id, theirs);
    assert!(after.earlier[0].blocks);
    let operations = queue::local(&world).await.expect("a queue");
    assert_eq!(
        operations.rows.len(),
        1,
        "nothing was written down for what was refused"
    );
}

#[tokio::test]
async fn two_operators_on_one_store_see_each_others_claims() {
    let dir = tempfile::tempdir().expect("a directory");
    let server = Arc::new(Server::start().await);
    let olga = world(&server, dir.path(), "olga");
    let paul = world(&server, dir.path(), "paul");
    let hers = plan_for(&olga, RequestType::Delete, "c-1").await;
    let his = plan_for(&paul, RequestType::Delete, "c-1").await;
    let (first, second) = tokio::join!(execute(&olga, &hers), execute(&paul, &his));
    let refused = [&first, &second].into_iter().filter(|r| r.is_err()).count();
    assert_eq!(refused, 1, "one of them was first");
    let failure = first.err().or(second.err()).expect("a refusal");
    assert!(failure.message.contains("requested by"), "{failure}");
    assert_eq!(server.state().arrivals, 1);
}

#[tokio::test]
async fn withdrawn_is_never_sent() {
    let dir = tempfile::tempdir().expect("a directory");
    let server = Arc::new(Server::start().await);
    let world = world(&server, dir.path(), "olga");
    let done = submit_one(&world, RequestType::Export, "c-1").await;
    let failure = dsr_console::workflow::submit::withdraw(&world, &done.id)
        .await
        .expect_err("there is no cancel");
    assert_eq!(failure.kind, FailureKind::Conflict);
}

#[tokio::test]
async fn the_command_of_a_plan_asks_for_the_reason_and_does_not_hold_it() {
    let dir = tempfile::tempdir().expect("a directory");
    let server = Arc::new(Server::start().await);
    let world = world(&server, dir.path(), "olga");
    let reasoned = Proposal {
        reason: Some("asked by letter".to_owned()),
        ..proposal(RequestType::Export, "c-1")
    };
    let plan = plan::prepare(&world, reasoned).await.expect("a plan");
    assert!(plan.command.contains(" --reason @FILE"), "{}", plan.command);
    assert!(!plan.command.contains("letter"), "{}", plan.command);
    let plan = plan_for(&world, RequestType::Export, "c-1").await;
    assert!(!plan.command.contains("--reason"), "{}", plan.command);
}
