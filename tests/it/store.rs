//! The store's file: who may read it, what is refused, what two processes do to each other, and what
//! a full disk leaves.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use dsr_console::domain::failure::{Changed, Failure, FailureKind};
use dsr_console::domain::mode::Mode;
use dsr_console::store::{Options, Store};

use crate::gate_bench::{actor, options, store_path};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("is there").mode() & 0o7777
}

fn open(path: &Path) -> Result<Store, Failure> {
    Store::open(path, options(Mode::Live))
}

fn refused(path: &Path) -> Failure {
    let before = fs::read(path).expect("readable");
    let failure = open(path).err().expect("is refused");
    assert_eq!(failure.kind, FailureKind::Storage);
    assert_eq!(failure.changed, Changed::Nothing);
    assert_eq!(fs::read(path).expect("readable"), before, "left as it was");
    failure
}

async fn write_something(store: &Store) -> Result<(), Failure> {
    let facts = serde_json::json!({"place": "queue"});
    store
        .record_action(&actor("olga"), "reveal", facts, jiff::Timestamp::now())
        .await
}

#[tokio::test]
async fn files_are_for_their_owner_alone() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = store_path(dir.path());
    let store = open(&path).expect("opens");
    write_something(&store).await.expect("writes");
    assert_eq!(mode(path.parent().expect("a directory")), 0o700);
    for entry in fs::read_dir(path.parent().expect("a directory")).expect("listed") {
        let entry = entry.expect("an entry").path();
        if entry.is_file() {
            assert_eq!(mode(&entry), 0o600, "{}", entry.display());
        }
    }
}

#[test]
fn a_store_that_others_can_read_is_refused() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = store_path(dir.path());
    drop(open(&path).expect("opens"));
    for bits in [0o640, 0o604, 0o660, 0o602] {
        fs::set_permissions(&path, fs::Permissions::from_mode(bits)).expect("set");
        let failure = refused(&path);
        assert!(failure.message.contains(&format!("{bits:o}")), "{failure}");
        assert!(failure.next.expect("a remedy").contains("chmod 600"));
    }
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("set");
    open(&path).expect("opens again");
}

#[test]
fn a_directory_that_others_can_write_is_refused() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = store_path(dir.path());
    drop(open(&path).expect("opens"));
    let parent = path.parent().expect("a directory");
    for bits in [0o707, 0o777, 0o1777, 0o770] {
        fs::set_permissions(parent, fs::Permissions::from_mode(bits)).expect("set");
        refused(&path);
    }
}

#[test]
fn a_shared_store_needs_its_group_and_a_setgid_directory() {
    let dir = tempfile::tempdir().expect("a directory");
    let parent = dir.path().join("shared");
    fs::create_dir(&parent).expect("made");
    fs::set_permissions(&parent, fs::Permissions::from_mode(0o755)).expect("set");
    let path = parent.join("live.sqlite3");
    let group = fs::metadata(&parent).expect("is there").gid();
    let shared = |group| Options {
        shared_group: Some(group),
        ..options(Mode::Live)
    };
    Store::open(&path, shared(group)).err().expect("not setgid");
    fs::set_permissions(&parent, fs::Permissions::from_mode(0o2770)).expect("set");
    Store::open(&path, shared(group + 1))
        .err()
        .expect("another group");
    let store = Store::open(&path, shared(group)).expect("opens");
    assert!(store.is_shared());
    assert_eq!(mode(&path), 0o660);
    assert_eq!(
        mode(&path.with_extension("sqlite3-wal")),
        0o660,
        "colleagues write it too"
    );
    drop(store);
    // Without the configuration it is a private store with wrong modes.
    open(&path).err().expect("is refused");
}

#[test]
fn a_store_of_a_newer_version_is_refused_and_untouched() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = store_path(dir.path());
    drop(open(&path).expect("opens"));
    let raw = rusqlite::Connection::open(&path).expect("opens");
    raw.pragma_update(None, "user_version", 999).expect("set");
    drop(raw);
    let failure = refused(&path);
    assert!(failure.message.contains("newer version"), "{failure}");
    assert!(failure.message.contains("999"), "{failure}");
}

#[test]
fn a_store_of_the_other_mode_is_refused() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = store_path(dir.path());
    drop(open(&path).expect("opens"));
    let failure = Store::open(&path, options(Mode::Simulation))
        .err()
        .expect("is refused");
    assert!(failure.message.contains("belongs to live"), "{failure}");
}

#[test]
fn what_is_not_a_store_is_refused_and_never_replaced() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = store_path(dir.path());
    drop(open(&path).expect("opens"));
    let whole = fs::read(&path).expect("readable");
    let private = fs::Permissions::from_mode(0o600);
    let mut scribbled = whole.clone();
    // Every page but the first, which holds the header.
    scribbled[4096..].fill(0x5a);
    let half = whole[..whole.len() / 2 + 100].to_vec();
    for bytes in [b"hello".to_vec(), vec![0; 8192], scribbled, half] {
        fs::write(&path, bytes).expect("written");
        fs::set_permissions(&path, private.clone()).expect("set");
        refused(&path);
    }
    // A database of somebody else's.
    fs::remove_file(&path).expect("removed");
    let raw = rusqlite::Connection::open(&path).expect("opens");
    raw.execute_batch("PRAGMA application_id = 4711; CREATE TABLE t (x);")
        .expect("made");
    drop(raw);
    fs::set_permissions(&path, private).expect("set");
    refused(&path);
}

#[tokio::test]
async fn two_at_once_wait_for_each_other_and_lose_nothing() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = store_path(dir.path());
    let (one, two) = (open(&path).expect("opens"), open(&path).expect("opens"));
    assert_eq!(one.reference_salt(), two.reference_salt());
    let mut writes = tokio::task::JoinSet::new();
    for index in 0..200 {
        let store = if index % 2 == 0 { one.clone() } else { two.clone() };
        writes.spawn(async move { write_something(&store).await });
    }
    while let Some(written) = writes.join_next().await {
        written.expect("no panic").expect("written");
    }
    let evidence = one.evidence_waiting().await.expect("evidence");
    let sequence: Vec<i64> = evidence.iter().map(|entry| entry.sequence).collect();
    assert_eq!(sequence, (1..=200).collect::<Vec<i64>>(), "without gaps");
}

#[test]
fn each_store_has_a_salt_of_its_own() {
    let dir = tempfile::tempdir().expect("a directory");
    let one = open(&dir.path().join("a/live.sqlite3")).expect("opens");
    let two = open(&dir.path().join("b/live.sqlite3")).expect("opens");
    assert_ne!(one.reference_salt(), two.reference_salt());
    let salt = one.reference_salt();
    drop(one);
    let again = open(&dir.path().join("a/live.sqlite3")).expect("opens");
    assert_eq!(again.reference_salt(), salt, "references mean the same tomorrow");
}

#[tokio::test]
async fn only_the_changed_row_of_the_queue_is_another_one() {
    let dir = tempfile::tempdir().expect("a directory");
    let server = std::sync::Arc::new(crate::gate_server::Server::start().await);
    let world = crate::gate_bench::world(&server, dir.path(), "olga");
    for number in 0..230 {
        let subject = serde_json::json!({"externalContactId": format!("c-{number}")});
        let at = jiff::Timestamp::from_second(1_790_000_000 + number).expect("a time");
        server.add("GDPR_EXPORT", subject, at, "another-client");
    }
    let cancel = tokio_util::sync::CancellationToken::new();
    let listener = dsr_console::domain::progress::Listener::none();
    let before = dsr_console::workflow::queue::refresh(&world, &listener, &cancel)
        .await
        .expect("a queue");
    assert_eq!(before.rows.len(), 230);
    assert!(before.complete && before.read_at.is_some());
    let times: Vec<_> = before.rows.iter().map(|row| row.submitted_at).collect();
    assert!(times.is_sorted_by(|newer, older| newer >= older));
    server.state().requests[7]["status"] = "SEARCHING".into();
    let after = dsr_console::workflow::queue::refresh(&world, &listener, &cancel)
        .await
        .expect("a queue");
    let kept = before
        .rows
        .iter()
        .zip(after.rows.iter())
        .filter(|(a, b)| a == b)
        .count();
    assert_eq!(kept, 229);
    let changed = after
        .rows
        .iter()
        .find(|row| &*row.status == "SEARCHING")
        .expect("changed");
    let detail = dsr_console::workflow::queue::detail(&world, changed.any_id(), false)
        .await
        .expect("detail");
    let seen = detail
        .timeline
        .iter()
        .find(|entry| entry.text.contains("INITIATED → SEARCHING"))
        .expect("the change");
    assert!(seen.not_before.expect("an interval") <= seen.at);
}
