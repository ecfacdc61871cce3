//! The store on a full disk, on a disk with a limit, in the hands of another user, and held by
//! another process.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;

use dsr_console::domain::operation::OperationState;
use dsr_console::domain::request::RequestType;

use crate::crash::victim_command;
use crate::gate_bench::{execute, plan_for, store_path, world};
use crate::gate_server::{Post, Server};

async fn run(mut command: Command) -> Output {
    tokio::task::spawn_blocking(move || command.output().expect("starts"))
        .await
        .expect("no panic")
}

fn said(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

#[tokio::test]
async fn a_file_that_may_not_grow_says_that_nothing_was_sent() {
    let dir = tempfile::tempdir().expect("a directory");
    let server = Arc::new(Server::start().await);
    drop(world(&server, dir.path(), "olga"));
    let victim = victim_command(&server, dir.path());
    let mut limited = Command::new("sh");
    limited
        .args(["-c", "trap '' XFSZ; ulimit -f 64; exec \"$@\"", "sh"])
        .arg(victim.get_program())
        .args(victim.get_args())
        .envs(
            victim
                .get_envs()
                .filter_map(|(key, value)| value.map(|value| (key, value))),
        );
    let output = run(limited).await;
    assert!(!output.status.success(), "{}", said(&output));
    assert!(said(&output).contains("nothing was sent"), "{}", said(&output));
    assert_eq!(server.state().arrivals, 0);
    // With room it goes on.
    let output = run(victim_command(&server, dir.path())).await;
    assert!(output.status.success(), "{}", said(&output));
    assert_eq!(server.state().arrivals, 1);
}

/// A small file system of its own; taken away at the end.
struct Small(PathBuf);

impl Small {
    fn mount(at: &Path) -> Option<Small> {
        fs::create_dir(at).expect("made");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=512k,mode=0700", "tmpfs"])
            .arg(at)
            .output()
            .is_ok_and(|output| output.status.success());
        if !mounted {
            eprintln!("skipped: no small file system can be mounted here");
            return None;
        }
        Some(Small(at.to_owned()))
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).output();
    }
}

#[tokio::test]
async fn a_full_disk_says_that_nothing_was_sent_and_harms_nothing() {
    let dir = tempfile::tempdir().expect("a directory");
    let Some(small) = Small::mount(&dir.path().join("small")) else {
        return;
    };
    let server = Arc::new(Server::start().await);
    drop(world(&server, &small.0, "olga"));
    let filler = small.0.join("filler");
    // Whole pages first, then what is left.
    let mut size = 512 * 1024;
    while size > 0 {
        let mut bytes = fs::read(&filler).unwrap_or_default();
        bytes.resize(bytes.len() + size, 0);
        if fs::write(&filler, &bytes).is_err() {
            bytes.truncate(bytes.len() - size);
            fs::write(&filler, &bytes).expect("fitted before");
            size /= 2;
        }
    }
    let output = run(victim_command(&server, &small.0)).await;
    assert!(!output.status.success(), "{}", said(&output));
    assert_eq!(server.state().arrivals, 0, "{}", said(&output));
    fs::remove_file(&filler).expect("removed");
    let output = run(victim_command(&server, &small.0)).await;
    assert!(output.status.success(), "{}", said(&output));
    assert_eq!(server.state().arrivals, 1);
}

#[tokio::test]
async fn the_store_of_another_user_is_refused() {
    if !rustix::process::geteuid().is_root() {
        eprintln!("skipped: only root can become another user");
        return;
    }
    let dir = tempfile::tempdir().expect("a directory");
    let server = Arc::new(Server::start().await);
    drop(world(&server, dir.path(), "olga"));
    let path = store_path(dir.path());
    let before = fs::read(&path).expect("readable");
    let binary = dir.path().join("victim");
    let own = std::env::current_exe().expect("this binary");
    fs::hard_link(&own, &binary)
        .or_else(|_| fs::copy(&own, &binary).map(|_| ()))
        .expect("a copy that others may run");
    for open in [dir.path(), path.parent().expect("a directory")] {
        fs::set_permissions(open, fs::Permissions::from_mode(0o755)).expect("set");
    }
    let victim = victim_command(&server, dir.path());
    let mut other = Command::new(&binary);
    other
        .args(victim.get_args())
        .envs(
            victim
                .get_envs()
                .filter_map(|(key, value)| value.map(|value| (key, value))),
        )
        .current_dir("/")
        .uid(65_534)
        .gid(65_534);
    let output = run(other).await;
    assert!(!output.status.success());
    assert!(said(&output).contains("store"), "{}", said(&output));
    assert!(said(&output).contains("Storage"), "{}", said(&output));
    assert_eq!(fs::read(&path).expect("readable"), before);
    assert_eq!(server.state().arrivals, 0);
}

#[tokio::test]
async fn an_outcome_waits_for_a_store_that_another_process_holds() {
    let dir = tempfile::tempdir().expect("a directory");
    let server = Arc::new(Server::start().await);
    let world = world(&server, dir.path(), "olga");
    server.script([Post::Held]);
    let plan = plan_for(&world, RequestType::Delete, "c-1").await;
    let holding = async {
        server.arrived.notified().await;
        let raw = rusqlite::Connection::open(store_path(dir.path())).expect("opens");
        raw.execute_batch("BEGIN IMMEDIATE").expect("holds it");
        server.go_on.notify_one();
        // The answer has been given and cannot be written down yet.
        server.answered.notified().await;
        raw.execute_batch("ROLLBACK").expect("lets go");
    };
    let (done, ()) = tokio::join!(execute(&world, &plan), holding);
    assert_eq!(done.expect("carried out")[0].state, OperationState::Accepted);
    assert_eq!(server.state().arrivals, 1);
}
