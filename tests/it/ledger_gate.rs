//! No entry, no call: where the ledger cannot be written, is broken or lost, nothing is sent, and
//! what is done about it is said.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use dsr_console::domain::failure::{Changed, Failure, FailureKind};
use dsr_console::domain::operation::OperationState;
use dsr_console::domain::request::RequestType;
use dsr_console::ledger::{Head, Trust, Verified};
use dsr_console::workflow::{World, evidence, gate};

use crate::gate_bench::{execute, plan_for, store_path, submit_one, world};
use crate::gate_server::Server;

async fn verified(world: &World) -> Verified {
    let found = evidence::verify_own(world.ledger.place(), Some(world.store.clone()), Trust::default())
        .await
        .expect("can be checked")
        .expect("there is a ledger");
    assert!(found.problems.is_empty(), "{:?}", found.problems);
    found
}

fn heads(world: &World) -> Vec<Head> {
    let mut heads = Vec::new();
    dsr_console::ledger::read(&world.ledger.place().directory, |_, line| {
        heads.push(Head::of(line).expect("an entry"));
    })
    .expect("readable");
    heads
}

#[tokio::test]
async fn intent_and_outcome_are_in_the_ledger() {
    let dir = tempfile::tempdir().expect("a directory");
    let server = Arc::new(Server::start().await);
    let world = world(&server, dir.path(), "olga");
    submit_one(&world, RequestType::Delete, "c-secret").await;
    world.outcomes().await;
    assert_eq!(verified(&world).await.size, 3);
    let actions: Vec<String> = heads(&world).into_iter().map(|head| head.action).collect();
    assert_eq!(actions, ["ledger.begin", "submit.intent", "submit.outcome"]);
    assert!(world.store.evidence_waiting().await.expect("evidence").is_empty());
    let text = fs::read_to_string(world.ledger.place().directory.join("entries.jsonl")).expect("text");
    assert!(!text.contains("c-secret") && !text.contains("Muster"), "{text}");
    // Mode and organisation stand in the name of the log.
    assert!(
        text.contains("\"origin\":\"dsr/live/example-contact-centre/"),
        "{text}"
    );
}

/// What stands in the way, and how it is taken away again.
type Harm = (fn(&Path), fn(&Path));

#[tokio::test]
async fn without_the_ledger_nothing_is_sent() {
    let harms: [Harm; 4] = [
        // Not writable: root may write everywhere, so that a directory stands where a file should.
        (
            |ledger| {
                fs::remove_file(ledger.with_extension("ledger.lock")).expect("removed");
                fs::create_dir(ledger.with_extension("ledger.lock")).expect("made");
            },
            |ledger| fs::remove_dir(ledger.with_extension("ledger.lock")).expect("removed"),
        ),
        (
            |ledger| {
                fs::rename(ledger.join("checkpoint"), ledger.join("kept")).expect("moved");
            },
            |ledger| fs::rename(ledger.join("kept"), ledger.join("checkpoint")).expect("moved"),
        ),
        // Lost.
        (
            |ledger| fs::rename(ledger, ledger.with_extension("elsewhere")).expect("moved"),
            |ledger| fs::rename(ledger.with_extension("elsewhere"), ledger).expect("moved"),
        ),
        // An entry was made to say something else.
        (
            |ledger| {
                fs::copy(ledger.join("entries.jsonl"), ledger.with_extension("kept")).expect("kept");
                let text = fs::read_to_string(ledger.join("entries.jsonl")).expect("text");
                fs::write(ledger.join("entries.jsonl"), text.replace("accepted", "refused"))
                    .expect("written");
            },
            |ledger| {
                fs::rename(ledger.with_extension("kept"), ledger.join("entries.jsonl")).expect("moved");
            },
        ),
    ];
    for (number, (harm, mend)) in harms.into_iter().enumerate() {
        let dir = tempfile::tempdir().expect("a directory");
        let server = Arc::new(Server::start().await);
        let first = world(&server, dir.path(), "olga");
        submit_one(&first, RequestType::Export, "c-1").await;
        first.outcomes().await;
        drop(first);
        let ledger = store_path(dir.path()).with_extension("ledger");
        harm(&ledger);
        let world = world(&server, dir.path(), "olga");
        let plan = plan_for(&world, RequestType::Export, "c-2").await;
        let failure = execute(&world, &plan).await.expect_err("no ledger");
        assert_eq!(failure.kind, FailureKind::Storage, "{number}: {failure}");
        assert_eq!(failure.changed, Changed::Nothing, "{number}");
        assert!(failure.message.contains("ledger"), "{number}: {failure}");
        assert!(
            failure.message.contains("Nothing was sent"),
            "{number}: {failure}"
        );
        assert!(failure.next.is_some(), "{number}");
        assert_eq!(server.state().arrivals, 1, "{number}");
        let rows = world.store.queue_rows().await.expect("rows");
        let word = OperationState::NotSent.queue_status();
        assert!((0..rows.len()).any(|row| &*rows.get(row).expect("a row").status == word));
        changes_nothing(&world).await;
        mend(&ledger);
        // What was tried is in the ledger as well, once there is one again.
        submit_one(&world, RequestType::Export, "c-2").await;
        world.outcomes().await;
        verified(&world).await;
        let intents = heads(&world)
            .iter()
            .filter(|head| head.action == "submit.intent")
            .count();
        assert_eq!(intents, 3, "{number}");
        assert_eq!(server.state().arrivals, 2, "{number}");
    }
}

/// The other way through the gate is shut as well.
async fn changes_nothing(world: &World) {
    let calls = Arc::new(AtomicUsize::new(0));
    let count = calls.clone();
    let failure = gate::change(world, "create_role", serde_json::json!({}), move |_permit| {
        count.fetch_add(1, Ordering::SeqCst);
        async { Ok::<(), Failure>(()) }
    })
    .await
    .expect_err("no ledger");
    assert!(failure.message.contains("Nothing was sent"), "{failure}");
    assert_eq!(calls.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_new_ledger_is_begun_on_purpose_only_and_names_the_broken_one() {
    let dir = tempfile::tempdir().expect("a directory");
    let server = Arc::new(Server::start().await);
    let world = world(&server, dir.path(), "olga");
    submit_one(&world, RequestType::Export, "c-1").await;
    world.outcomes().await;
    let failure = evidence::begin_anew(&world).await.expect_err("nothing is wrong");
    assert_eq!(failure.kind, FailureKind::Conflict);
    let ledger = world.ledger.place().directory.clone();
    fs::write(ledger.join("checkpoint"), "nonsense").expect("written");
    let plan = plan_for(&world, RequestType::Export, "c-2").await;
    execute(&world, &plan).await.expect_err("broken");
    let why = evidence::begin_anew(&world).await.expect("begun");
    assert!(why.contains("checkpoint"), "{why}");
    submit_one(&world, RequestType::Export, "c-3").await;
    world.outcomes().await;
    verified(&world).await;
    let text = fs::read_to_string(ledger.join("entries.jsonl")).expect("text");
    let first: serde_json::Value = serde_json::from_str(text.lines().next().expect("a line")).expect("JSON");
    assert_eq!(first["facts"]["follows"][0]["directory"], "live.ledger.1");
    assert_eq!(first["facts"]["why"], why.as_str());
    // Everything that the broken one does not hold is in the new one.
    assert_eq!(first["facts"]["continues_after"], 2);
    let order: Vec<Option<u64>> = heads(&world).iter().map(|head| head.sequence).collect();
    let expected: Vec<Option<u64>> = (3..3 + order.len() as u64 - 1).map(Some).collect();
    assert_eq!(order[1..], expected);
}

#[tokio::test]
async fn the_key_changes_and_the_ledger_goes_on() {
    let dir = tempfile::tempdir().expect("a directory");
    let server = Arc::new(Server::start().await);
    let world = world(&server, dir.path(), "olga");
    submit_one(&world, RequestType::Export, "c-1").await;
    let before = evidence::signed(&world).await.expect("signed");
    let key = evidence::change_key(&world).await.expect("changed");
    assert_ne!(key, before.key);
    submit_one(&world, RequestType::Export, "c-2").await;
    let after = evidence::signed(&world).await.expect("signed");
    assert_eq!((after.key, after.origin), (key, before.origin));
    let trust = Trust {
        since: Some(before.note),
        key: dsr_console::ledger::note::Verifier::parse(&before.key),
        ..Trust::default()
    };
    let found = evidence::verify_own(world.ledger.place(), Some(world.store.clone()), trust)
        .await
        .expect("checked")
        .expect("there");
    assert!(found.problems.is_empty(), "{:?}", found.problems);
    assert_eq!(found.keys.len(), 2);
}

#[tokio::test]
async fn operators_on_one_store_share_one_ledger() {
    let dir = tempfile::tempdir().expect("a directory");
    let server = Arc::new(Server::start().await);
    let worlds = [
        world(&server, dir.path(), "olga"),
        world(&server, dir.path(), "paul"),
    ];
    let work = (0..8).map(|number| {
        let world = &worlds[number % 2];
        async move {
            submit_one(world, RequestType::Export, &format!("c-{number}")).await;
        }
    });
    futures_util::future::join_all(work).await;
    for world in &worlds {
        world.outcomes().await;
    }
    assert_eq!(verified(&worlds[0]).await.size, 17);
    let order: Vec<Option<u64>> = heads(&worlds[1]).iter().map(|head| head.sequence).collect();
    assert_eq!(order[1..], (1..=16).map(Some).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_clock_that_goes_back_harms_nothing() {
    let dir = tempfile::tempdir().expect("a directory");
    let server = Arc::new(Server::start().await);
    let world = world(&server, dir.path(), "olga");
    for second in [1_800_000_000, 1_700_000_000, 1_750_000_000] {
        let now = jiff::Timestamp::from_second(second).expect("a time");
        let facts = serde_json::json!({});
        world
            .store
            .record_action(&world.actor, "search", facts, now)
            .await
            .expect("recorded");
        evidence::publish(&world).await.expect("published");
    }
    assert_eq!(verified(&world).await.size, 4);
}

/// A power cut may take the newest checkpoints, whose names were not made to last, and leaves the entries
/// below them: these are signed again. Without the entries the log was put back, and nothing is sent.
#[tokio::test]
async fn what_a_power_cut_took_of_the_checkpoints_is_signed_again() {
    for entries_are_there in [true, false] {
        let dir = tempfile::tempdir().expect("a directory");
        let server = Arc::new(Server::start().await);
        let first = world(&server, dir.path(), "olga");
        submit_one(&first, RequestType::Export, "c-1").await;
        first.outcomes().await;
        let ledger = first.ledger.place().directory.clone();
        let (checkpoint, entries) = (ledger.join("checkpoint"), ledger.join("entries.jsonl"));
        let older = (
            fs::read(&checkpoint).expect("read"),
            fs::read(&entries).expect("read"),
        );
        submit_one(&first, RequestType::Export, "c-2").await;
        first.outcomes().await;
        evidence::settle(&first).await.expect("written down");
        drop(first);
        fs::write(&checkpoint, older.0).expect("put back");
        if !entries_are_there {
            fs::write(&entries, older.1).expect("put back");
        }
        let world = world(&server, dir.path(), "olga");
        let trust = Trust::default();
        let found = evidence::verify_own(world.ledger.place(), Some(world.store.clone()), trust)
            .await
            .expect("can be checked")
            .expect("there is a ledger");
        // Tiles follow from the entries, and are made again.
        let wrong: Vec<&String> = (found.problems.iter())
            .filter(|problem| !problem.starts_with("tile/"))
            .collect();
        assert_eq!(wrong.is_empty(), entries_are_there, "{:?}", found.problems);
        if entries_are_there {
            assert!(found.unsigned > 1, "{found:?}");
            submit_one(&world, RequestType::Export, "c-3").await;
            world.outcomes().await;
            assert_eq!(verified(&world).await.unsigned, 0);
            let heads = heads(&world);
            let intents = heads.iter().filter(|head| head.action == "submit.intent");
            assert_eq!(intents.count(), 3);
        } else {
            assert!(
                wrong.iter().any(|problem| problem.contains("earlier state")),
                "{wrong:?}"
            );
            let plan = plan_for(&world, RequestType::Export, "c-3").await;
            let failure = execute(&world, &plan).await.expect_err("put back");
            assert!(failure.message.contains("Nothing was sent"), "{failure}");
            assert_eq!(server.state().arrivals, 2);
        }
    }
}
