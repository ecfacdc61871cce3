//! A process killed at any point between plan and outcome, also at each system call that writes,
//! syncs or sends, leaves a store from which the next start goes on: nothing is sent twice, nothing
//! accepted is lost, and what is not known is called unknown.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use dsr_console::domain::operation::OperationState;
use dsr_console::domain::request::RequestType;
use dsr_console::ledger::{Head, Trust};
use dsr_console::workflow::reconcile::{self, Settled};
use dsr_console::workflow::{World, evidence, queue, submit};
use tokio_util::sync::CancellationToken;

use crate::gate_bench::{execute, plan_for, world};
use crate::gate_server::{Post, Server};

const ADDRESS: &str = "DSR_TEST_CRASH_ADDRESS";
const DIRECTORY: &str = "DSR_TEST_CRASH_DIRECTORY";

/// The victim: this test binary once more, with the world in its environment. Ignored unless asked
/// for by name; does nothing when it was not started by a test below.
///
/// One thread for everything but the store: calls are counted for each thread.
#[tokio::test]
#[ignore = "the victim of the crash tests, started by them"]
async fn victim() {
    let (Ok(address), Ok(directory)) = (std::env::var(ADDRESS), std::env::var(DIRECTORY)) else {
        return;
    };
    let server = Arc::new(Server::elsewhere(address.parse().expect("an address")));
    let world = world(&server, Path::new(&directory), "olga");
    let plan = plan_for(&world, RequestType::Delete, "c-1").await;
    println!("planned");
    execute(&world, &plan).await.expect("carried out");
    println!("recorded");
    world.outcomes().await;
    println!("published");
}

/// The victim against a server of ours, with its store below `directory`.
pub fn victim_command(server: &Server, directory: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("this binary"));
    command
        .args([
            "crash::victim",
            "--exact",
            "--ignored",
            "--nocapture",
            "--test-threads=1",
        ])
        .env(ADDRESS, server.address.to_string())
        .env(DIRECTORY, directory)
        .env_remove("RUST_BACKTRACE");
    command
}

/// Runs the victim to its end or its death; true when it came to its end.
async fn run(mut command: Command) -> bool {
    command.stdout(Stdio::null()).stderr(Stdio::null());
    tokio::task::spawn_blocking(move || command.status().expect("starts").success())
        .await
        .expect("no panic")
}

/// What the next start makes of what was left behind. Gives the state that the operation had before
/// anybody looked at the list, `None` when no intent and no plan came to be.
async fn recovered(server: &Arc<Server>, directory: &Path, note: &str) -> Option<OperationState> {
    let world = world(server, directory, "olga");
    // What the ledger says before anybody repairs anything.
    let arrivals = server.state().arrivals;
    let signed = signed_actions(&world, note).await;
    assert!(
        arrivals == 0 || signed.iter().any(|action| action == "submit.intent"),
        "{note}: sent without an entry in the ledger"
    );
    reconcile::recover(&world).await.expect("recovers");
    evidence::publish(&world).await.expect("publishes");
    let queue = queue::local(&world).await.expect("a queue");
    let own: Vec<_> = queue
        .rows
        .iter()
        .filter(|row| row.operation_id.is_some())
        .collect();
    assert!(own.len() <= 1, "{note}");
    assert!(arrivals <= 1, "{note}: sent twice");
    let Some(row) = own.first() else {
        assert_eq!(arrivals, 0, "{note}: sent without an intent");
        return None;
    };
    let id = row.operation_id.clone().expect("ours");
    let detail = queue::detail(&world, &id, false).await.expect("detail");
    let operation = detail.operation.expect("ours");
    match operation.state {
        OperationState::Accepted => assert_eq!(arrivals, 1, "{note}"),
        // The intent was not written: nothing can have been sent.
        OperationState::NotSent => assert_eq!(arrivals, 0, "{note}"),
        OperationState::Unknown => {
            let settled = reconcile::run(
                &world,
                &[],
                Some(std::time::Duration::ZERO),
                &CancellationToken::new(),
            )
            .await
            .expect("reconciles");
            match &settled[0].1 {
                Settled::Adopted(_) => assert_eq!(arrivals, 1, "{note}"),
                Settled::NothingFound => assert_eq!(arrivals, 0, "{note}: an accepted request was lost"),
                other => panic!("{note}: {other:?}"),
            }
        }
        other => panic!("{note}: left {other:?}"),
    }
    evidence::publish(&world).await.expect("publishes");
    let published = signed_actions(&world, note).await;
    let all = world.store.evidence(0).await.expect("evidence");
    // The first entry of the log is its own.
    let expected: Vec<&str> = all.iter().map(|entry| entry.action.as_str()).collect();
    assert!(!expected.is_empty(), "{note}");
    assert!(published.len() > expected.len(), "{note}: {published:?}");
    // Nothing of it is ever sent by itself.
    assert!(
        submit::release(&world, &id, &CancellationToken::new())
            .await
            .is_err()
    );
    assert_eq!(server.state().arrivals, arrivals, "{note}");
    Some(operation.state)
}

/// The actions in the signed part of the ledger, which must verify as it is.
async fn signed_actions(world: &World, note: &str) -> Vec<String> {
    let place = world.ledger.place();
    let found = evidence::verify_own(place, Some(world.store.clone()), Trust::default())
        .await
        .expect("can be checked");
    let Some(found) = found else { return Vec::new() };
    assert!(found.problems.is_empty(), "{note}: {:?}", found.problems);
    let mut actions = Vec::new();
    dsr_console::ledger::read(&place.directory, |_, line| {
        actions.push(Head::of(line).expect("an entry").action);
    })
    .expect("readable");
    actions
}

#[tokio::test]
async fn killed_while_the_answer_is_awaited() {
    for executed in [true, false] {
        let dir = tempfile::tempdir().expect("a directory");
        let server = Arc::new(Server::start().await);
        server.script([if executed { Post::Silent } else { Post::SilentIdle }]);
        let mut child = victim_command(&server, dir.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("starts");
        server.arrived.notified().await;
        // While it lives, nobody takes its intent away.
        let other = world(&server, dir.path(), "paul");
        assert!(reconcile::recover(&other).await.expect("recovers").is_empty());
        drop(other);
        child.kill().expect("killed");
        child.wait().expect("gone");
        let other = world(&server, dir.path(), "paul");
        let unknown = reconcile::recover(&other).await.expect("recovers");
        assert_eq!(unknown.len(), 1);
        assert_eq!(unknown[0].state, OperationState::Unknown);
        let settled = reconcile::run(
            &other,
            &[],
            Some(std::time::Duration::ZERO),
            &CancellationToken::new(),
        )
        .await
        .expect("reconciles");
        match &settled[0].1 {
            Settled::Adopted(_) => assert!(executed),
            Settled::NothingFound => assert!(!executed),
            other => panic!("{other:?}"),
        }
        assert_eq!(server.state().arrivals, 1);
    }
}

/// Where `strace` is, or a word about why the test says nothing.
pub fn strace() -> Option<PathBuf> {
    let found = std::env::var_os("PATH").and_then(|path| {
        std::env::split_paths(&path)
            .map(|dir| dir.join("strace"))
            .find(|file| file.is_file())
    });
    let found = found.or_else(|| {
        eprintln!("skipped: strace is not installed (tests/run installs it)");
        None
    })?;
    let allowed = Command::new(&found)
        .args(["-f", "-o", "/dev/null", "true"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    if !allowed {
        eprintln!("skipped: this host does not let strace trace");
        return None;
    }
    Some(found)
}

/// Kills the victim at the first, second, … call of `calls`, until it lives to its end.
async fn killed_at_each(calls: &str) -> Vec<Option<OperationState>> {
    let Some(strace) = strace() else { return Vec::new() };
    let mut states = Vec::new();
    for number in 1..400 {
        let dir = tempfile::tempdir().expect("a directory");
        let server = Arc::new(Server::start().await);
        // Made beforehand, so that what is counted belongs to the submission.
        drop(world(&server, dir.path(), "olga"));
        let mut command = Command::new(&strace);
        let victim = victim_command(&server, dir.path());
        command
            .args(["-f", "-qq", "-o", "/dev/null", "-e", "signal=none"])
            .arg("-e")
            .arg(format!("trace={calls}"))
            .arg("-e")
            .arg(format!("inject={calls}:signal=KILL:when={number}"))
            .arg(victim.get_program())
            .args(victim.get_args())
            .envs(
                victim
                    .get_envs()
                    .filter_map(|(key, value)| value.map(|value| (key, value))),
            );
        let lived = run(command).await;
        let note = format!("killed at {calls} number {number}");
        states.push(recovered(&server, dir.path(), &note).await);
        if lived {
            assert_eq!(states.last(), Some(&Some(OperationState::Accepted)));
            assert!(number > 3, "{calls}: hardly anything was tried");
            return states;
        }
    }
    panic!("{calls}: the victim never came to its end");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_each_write_of_the_store() {
    let states = killed_at_each("pwrite64").await;
    if !states.is_empty() {
        // The points are not all before the intent or all after the outcome.
        assert!(states.contains(&None));
        assert!(states.contains(&Some(OperationState::Unknown)), "{states:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_each_sync() {
    let states = killed_at_each("fsync,fdatasync").await;
    if !states.is_empty() {
        assert!(states.contains(&None));
        assert!(states.contains(&Some(OperationState::Unknown)), "{states:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_each_send() {
    let states = killed_at_each("sendto,writev,sendmsg").await;
    if !states.is_empty() {
        assert!(states.contains(&Some(OperationState::Unknown)), "{states:?}");
    }
}

/// Entries and checkpoint of the ledger are written with other calls than the store's.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_each_write_of_the_ledger() {
    let states = killed_at_each("write").await;
    if !states.is_empty() {
        assert!(states.contains(&None));
        assert!(states.contains(&Some(OperationState::Unknown)), "{states:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_each_change_of_a_name() {
    let states = killed_at_each("rename,renameat,renameat2,unlink,unlinkat,mkdir,mkdirat,ftruncate").await;
    if !states.is_empty() {
        assert!(states.contains(&Some(OperationState::Unknown)), "{states:?}");
    }
}
