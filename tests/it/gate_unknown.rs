//! Unknown outcomes are settled by looking, and never by a guess.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use dsr_console::domain::failure::FailureKind;
use dsr_console::domain::operation::{Operation, OperationState};
use dsr_console::domain::request::RequestType;
use dsr_console::workflow::{World, plan, queue, reconcile};

use crate::gate_bench::{execute, proposal, submit_one, world};
use crate::gate_server::{Between, Post, Server};

#[tokio::test]
async fn an_unknown_outcome_is_adopted_when_exactly_one_fits() {
    let dir = tempfile::tempdir().expect("a directory");
    let server = Arc::new(Server::start().await);
    let world = world(&server, dir.path(), "olga");
    server.script([Post::CutAfter { executed: true }]);
    // Others' requests of other times, types, subjects and creators do not fit.
    let subject = serde_json::json!({"externalContactId": "c-1"});
    let now = jiff::Timestamp::now();
    let hour = jiff::SignedDuration::from_hours(2);
    server.add("GDPR_EXPORT", subject.clone(), now - hour, "another-client");
    let operation = submit_one_despite(&world, "c-1").await;
    server.add("GDPR_DELETE", subject.clone(), now, "another-client");
    server.add("GDPR_EXPORT", subject, jiff::Timestamp::now(), "another-client");
    assert_eq!(operation.state, OperationState::Unknown);
    let settled = settle(&world).await;
    assert_eq!(settled.len(), 1);
    let remote = match &settled[0].1 {
        reconcile::Settled::Adopted(remote) => remote.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(settled[0].0.state, OperationState::Accepted);
    let detail = queue::detail(&world, &operation.id[..8], false)
        .await
        .expect("detail");
    assert_eq!(detail.row.id.as_deref(), Some(remote.as_str()));
    assert!(detail.timeline.iter().any(|entry| entry.text.contains("adopted")));
    assert!(settle(&world).await.is_empty());
    assert_eq!(server.state().arrivals, 1);
}

#[tokio::test]
async fn one_that_fits_is_not_adopted_while_others_work_under_the_same_client() {
    let dir = tempfile::tempdir().expect("a directory");
    let server = Arc::new(Server::start().await);
    let world = world(&server, dir.path(), "olga");
    server.script([Post::CutAfter { executed: true }]);
    let operation = submit_one(&world, RequestType::Export, "c-1").await;
    let elsewhere = serde_json::json!({"externalContactId": "c-7"});
    server.add(
        "GDPR_DELETE",
        elsewhere,
        jiff::Timestamp::now(),
        crate::gate_server::CLIENT,
    );
    let settled = settle(&world).await;
    assert_eq!(settled[0].0.state, OperationState::Unknown);
    let ids = match &settled[0].1 {
        reconcile::Settled::Several(ids) => ids.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(ids.len(), 1, "shown to a person");
    let decided = reconcile::decide(&world, &operation.id, Some(&ids[0]))
        .await
        .expect("decided");
    assert_eq!(decided.state, OperationState::Accepted);
}

async fn submit_one_despite(world: &World, id: &str) -> Operation {
    let again = plan::Proposal {
        again: true,
        ..proposal(RequestType::Export, id)
    };
    let plan = plan::prepare(world, again).await.expect("a plan");
    execute(world, &plan).await.expect("carried out").remove(0)
}

async fn settle(world: &World) -> Vec<(Operation, reconcile::Settled)> {
    reconcile::run(world, &[], None, &CancellationToken::new())
        .await
        .expect("reconciled")
}

#[tokio::test]
async fn nothing_is_concluded_from_silence_too_early_or_from_a_list_not_read() {
    let dir = tempfile::tempdir().expect("a directory");
    let server = Arc::new(Server::start().await);
    let world = world(&server, dir.path(), "olga");
    server.script([Post::CutAfter { executed: false }]);
    let operation = submit_one(&world, RequestType::Export, "c-1").await;
    assert_eq!(settle(&world).await[0].1, reconcile::Settled::Waiting);
    let over = Some(std::time::Duration::ZERO);
    let settled = reconcile::run(
        &world,
        std::slice::from_ref(&operation.id),
        over,
        &CancellationToken::new(),
    )
    .await
    .expect("reconciled");
    assert_eq!(settled[0].1, reconcile::Settled::NothingFound);
    // It goes on waiting for a person: nothing is sent, nothing is taken for refused.
    assert_eq!(settled[0].0.state, OperationState::Unknown);
    let decided = reconcile::decide(&world, &operation.id, None)
        .await
        .expect("decided");
    assert_eq!(decided.state, OperationState::NotSent);
    assert_eq!(server.state().arrivals, 1);
}

#[tokio::test]
async fn several_that_fit_are_raised_and_a_person_decides() {
    let dir = tempfile::tempdir().expect("a directory");
    let server = Arc::new(Server::start().await);
    let world = world(&server, dir.path(), "olga");
    server.script([Post::BadGateway { executed: true }]);
    let operation = submit_one(&world, RequestType::Export, "c-1").await;
    let subject = serde_json::json!({"externalContactId": "c-1"});
    let theirs = server.add(
        "GDPR_EXPORT",
        subject,
        jiff::Timestamp::now(),
        crate::gate_server::CLIENT,
    );
    let foreign = server.add(
        "GDPR_EXPORT",
        serde_json::json!({"externalContactId": "c-9"}),
        jiff::Timestamp::now(),
        crate::gate_server::CLIENT,
    );
    let settled = settle(&world).await;
    let ids = match &settled[0].1 {
        reconcile::Settled::Several(ids) => ids.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(ids.len(), 2);
    assert!(ids.contains(&theirs));
    let failure = reconcile::decide(&world, &operation.id, Some(&foreign))
        .await
        .expect_err("another subject");
    assert_eq!(failure.kind, FailureKind::Conflict);
    let ours = ids.iter().find(|id| **id != theirs).expect("ours");
    let decided = reconcile::decide(&world, &operation.id, Some(ours))
        .await
        .expect("decided");
    assert_eq!(decided.remote_id.as_ref(), Some(ours));
}

#[tokio::test]
async fn a_remote_request_belongs_to_one_operation_ever() {
    let dir = tempfile::tempdir().expect("a directory");
    let server = Arc::new(Server::start().await);
    let olga = world(&server, dir.path(), "olga");
    let first = submit_one(&olga, RequestType::Export, "c-1").await;
    let remote = first.remote_id.expect("accepted");
    server.script([Post::CutAfter { executed: false }]);
    let second = submit_one_despite(&olga, "c-1").await;
    assert_eq!(second.state, OperationState::Unknown);
    assert_eq!(settle(&olga).await[0].1, reconcile::Settled::Waiting);
    let failure = reconcile::decide(&olga, &second.id, Some(&remote))
        .await
        .expect_err("it is taken");
    assert_eq!(failure.kind, FailureKind::Conflict);
    assert!(failure.message.contains("belongs to operation"), "{failure}");
}

#[tokio::test]
async fn nothing_is_concluded_from_a_list_that_could_not_be_read_whole() {
    let dir = tempfile::tempdir().expect("a directory");
    let server = Arc::new(Server::start().await);
    let world = world(&server, dir.path(), "olga");
    for number in 0..150 {
        let subject = serde_json::json!({"externalContactId": format!("x-{number}")});
        server.add("GDPR_EXPORT", subject, jiff::Timestamp::now(), "another-client");
    }
    server.script([Post::CutAfter { executed: true }]);
    submit_one(&world, RequestType::Export, "c-1").await;
    server.state().list_trouble = Some((2, 500));
    let over = Some(std::time::Duration::ZERO);
    let settled = reconcile::run(&world, &[], over, &CancellationToken::new())
        .await
        .expect("reconciled");
    assert!(matches!(settled[0].1, reconcile::Settled::NotRead(_)));
    assert_eq!(settled[0].0.state, OperationState::Unknown);
    server.state().list_trouble = None;
    assert!(matches!(
        settle(&world).await[0].1,
        reconcile::Settled::Adopted(_)
    ));
}

#[tokio::test]
async fn a_list_that_changes_while_it_is_read_is_read_whole_or_called_incomplete() {
    for (between, whole) in [
        (Between::Grows, true),
        (Between::ShrinksOnce, true),
        (Between::ShrinksAlways, false),
    ] {
        let dir = tempfile::tempdir().expect("a directory");
        let server = Arc::new(Server::start().await);
        let world = world(&server, dir.path(), "olga");
        for number in 0..450 {
            let subject = serde_json::json!({"externalContactId": format!("x-{number}")});
            server.add("GDPR_EXPORT", subject, jiff::Timestamp::now(), "another-client");
        }
        let oldest: Vec<String> = server.state().requests[..400]
            .iter()
            .map(|request| request["id"].as_str().expect("an id").to_owned())
            .collect();
        server.state().between_pages = between;
        let listener = dsr_console::domain::progress::Listener::none();
        let queue = queue::refresh(&world, &listener, &CancellationToken::new())
            .await
            .expect("a queue");
        assert_eq!(queue.complete, whole, "{between:?}: {:?}", queue.notes);
        assert_eq!(queue.notes.is_empty(), whole, "{between:?}");
        if whole {
            let missed = oldest
                .iter()
                .filter(|id| {
                    !queue
                        .rows
                        .iter()
                        .any(|row| row.id.as_deref() == Some(id.as_str()))
                })
                .count();
            assert_eq!(missed, 0, "{between:?}");
        }
        let ids: std::collections::HashSet<&str> = queue.rows.refs().map(|row| row.any_id()).collect();
        assert_eq!(ids.len(), queue.rows.len(), "{between:?}: no row twice");
    }
}

#[tokio::test]
async fn a_beginning_of_an_id_must_be_long_enough_and_mean_one() {
    let dir = tempfile::tempdir().expect("a directory");
    let server = Arc::new(Server::start().await);
    let world = world(&server, dir.path(), "olga");
    let operation = submit_one(&world, RequestType::Export, "c-1").await;
    let remote = operation.remote_id.clone().expect("accepted");
    for id in [
        operation.id.as_str(),
        &operation.id[..6],
        remote.as_str(),
        &remote[..6],
    ] {
        let detail = queue::detail(&world, id, false).await.expect(id);
        assert_eq!(detail.row.id.as_deref(), Some(remote.as_str()));
        assert_eq!(detail.row.operation_id.as_deref(), Some(operation.id.as_str()));
    }
    let failure = queue::detail(&world, &remote[..5], false)
        .await
        .expect_err("too short");
    assert_eq!(failure.kind, FailureKind::Usage);
    let failure = queue::detail(&world, "zzzzzzzz", false)
        .await
        .expect_err("nobody");
    assert_eq!(failure.kind, FailureKind::NotFound);
    // Another request that begins in the same way.
    let mut twin = server.state().requests[0].clone();
    let twin_id = format!("{}{}", &remote[..8], "-0000-4000-8000-000000000000");
    twin["id"] = twin_id.clone().into();
    server.state().requests.push(twin);
    let listener = dsr_console::domain::progress::Listener::none();
    queue::refresh(&world, &listener, &CancellationToken::new())
        .await
        .expect("a queue");
    let failure = queue::detail(&world, &remote[..7], false).await.expect_err("two");
    assert_eq!(failure.kind, FailureKind::Conflict);
    assert!(failure.message.contains(&twin_id) && failure.message.contains(&remote));
}
