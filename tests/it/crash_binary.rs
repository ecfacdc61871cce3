//! The real program killed, or met by a failing disk, at system call after system call: a request at
//! Genesys Cloud, a deletion at GWS, a job of the export service, a decryption. Then the same command
//! is given again, and the far end's own log must show that nothing was carried out twice, the ledger
//! must verify, and no plaintext may lie about in part.
//!
//! ```text
//! cargo test --test it -- crash_binary                            every 40th call
//! cargo test --test it -- crash_binary --ignored --nocapture      every call: it takes half an hour
//! ```

use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rusqlite::Connection;
use serde_json::Value;

use crate::cli_harness::Dsr;
use crate::crash::strace;

/// One command that changes something, with what must have been done before.
struct Road {
    name: &'static str,
    /// Done once; the home is copied for each run.
    before: fn(&Dsr),
    command: &'static [&'static str],
    /// The kind of events at the far end that must not stand there twice.
    events: &'static str,
}

const ROADS: [Road; 4] = [
    Road {
        name: "submit",
        before: |_| {},
        command: &[
            "requests",
            "submit",
            "--type",
            "delete",
            "--email",
            "edda.fiktiv@example.org",
            "--yes",
        ],
        events: "submitted",
    },
    Road {
        name: "forget",
        before: |_| {},
        command: &[
            "forget",
            "--simulate",
            "--cass_keyspace",
            "sipfs",
            "--search",
            "bela.specimen@example.org",
            "--cleanup",
            "true",
        ],
        events: "gws.set",
    },
    Road {
        name: "job",
        before: |dsr| {
            crate::cdds::make_certificate(dsr.home(), "pair", "100");
            dsr.run(&["certificate", "import", "pair.pem", "--yes"]).ends(0);
        },
        command: &["jobs", "create", "--title", "Once", "--type", "Contact", "--yes"],
        events: "cdds-job",
    },
    Road {
        name: "decrypt",
        before: |dsr| {
            dsr.run(&["simulator", "keys", "--to", "keys"]).ends(0);
            dsr.run(&[
                "artifacts",
                "download",
                "--job",
                "Contact 2026-10",
                "--to",
                "files",
            ])
            .ends(0);
            let file = std::fs::read_dir(dsr.home().join("files"))
                .unwrap()
                .next()
                .unwrap()
                .unwrap();
            std::fs::rename(file.path(), dsr.home().join("files/one.p7m")).unwrap();
        },
        command: &[
            "decrypt",
            "files/one.p7m",
            "--key",
            "keys/old-key.pem",
            "--to",
            "records",
        ],
        events: "none of them",
    },
];

/// A folder with everything in it.
pub fn copy(from: &Path, to: &Path) {
    let done = Command::new("cp")
        .arg("-a")
        .arg(from.join("."))
        .arg(to)
        .status()
        .unwrap();
    assert!(done.success());
}

/// What the far end carried out of a kind; what was only tried on a group of our own is left out.
fn carried_out(home: &Path, kind: &str) -> Vec<String> {
    let estate = home.join("data/dsr/simulation/default.sqlite");
    let connection = Connection::open(estate).unwrap();
    let mut statement = connection
        .prepare("SELECT body FROM event WHERE kind = ?1")
        .unwrap();
    let rows = statement
        .query_map([kind], |row| row.get::<_, String>(0))
        .unwrap();
    rows.map(Result::unwrap)
        .filter(|body| !body.contains("dsr-probe-"))
        .map(|body| {
            let mut value: Value = serde_json::from_str(&body).unwrap();
            // What the far end makes up itself differs between two of the same.
            if let Some(fields) = value.as_object_mut() {
                fields.remove("id");
            }
            value.to_string()
        })
        .collect()
}

/// How a call is spoiled.
#[derive(Clone, Copy, Debug)]
pub enum Spoilt {
    Kill,
    NoRoom,
    Io,
}

impl Spoilt {
    fn word(self) -> &'static str {
        match self {
            Spoilt::Kill => "signal=KILL",
            Spoilt::NoRoom => "error=ENOSPC",
            Spoilt::Io => "error=EIO",
        }
    }
}

/// Longer than any of the commands takes, also on a busy host.
const PATIENCE: Duration = Duration::from_secs(90);

/// What the runtime writes into a counter of the kernel to wake a thread.
const WAKING: &str = r#"\1\0\0\0\0\0\0\0", 8)"#;

/// Waits for a command; one that stands still is ended with everything that it has started.
fn within(child: &mut Child, patience: Duration) -> Option<ExitStatus> {
    let until = Instant::now() + patience;
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return Some(status);
        }
        if Instant::now() > until {
            let group = rustix::process::Pid::from_child(child);
            rustix::process::kill_process_group(group, rustix::process::Signal::KILL).unwrap();
            child.wait().unwrap();
            return None;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Runs a command with its `number`th call of `calls` spoilt; false when it has none.
pub fn inject(strace: &Path, dsr: &Dsr, arguments: &[&str], calls: &str, how: Spoilt, number: usize) -> bool {
    let log = dsr.home().join("strace.log");
    let program = dsr.command(arguments);
    let mut command = Command::new(strace);
    command
        .args(["-f", "-qq", "-o"])
        .arg(&log)
        .args(["-e", "signal=none", "-e"])
        .arg(format!("trace={calls}"))
        .arg("-e")
        .arg(format!("inject={calls}:{}:when={number}", how.word()))
        .arg(program.get_program())
        .args(program.get_args())
        .env_clear()
        .envs(
            program
                .get_envs()
                .filter_map(|(name, value)| value.map(|value| (name, value))),
        )
        .current_dir(dsr.home())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let mut child = command.process_group(0).spawn().unwrap();
    let ended = within(&mut child, PATIENCE);
    let told = std::fs::read_to_string(&log).unwrap();
    let reached = match (how, ended) {
        // It ends as its child ended.
        (Spoilt::Kill, Some(status)) => status.code().is_none(),
        (_, Some(_)) => told.contains("(INJECTED)"),
        // A counter that wakes the program's threads is no file, and no disk can fail under it.
        (_, None) => {
            let waking = |line: &str| line.contains(WAKING) && line.contains("(INJECTED)");
            assert!(told.lines().any(waking), "{arguments:?} stood still: {told}");
            true
        }
    };
    std::fs::remove_file(&log).unwrap();
    reached
}

/// Runs the road with its `number`th call of `calls` spoilt; false when it has none.
fn spoilt(strace: &Path, road: &Road, template: &Dsr, calls: &str, how: Spoilt, number: usize) -> bool {
    let note = format!("{}: {how:?} at {calls} number {number}", road.name);
    let dsr = Dsr::simulated();
    copy(template.home(), dsr.home());
    let reached = inject(strace, &dsr, road.command, calls, how, number);
    // Whoever comes next looks first; what is of unknown outcome is not sent again by that.
    dsr.run(&["requests", "reconcile", "--quiet-period", "0s"]);
    // A job is one of many that may have the same title: nobody asks for it again who sees it.
    if road.name != "job" || carried_out(dsr.home(), road.events).is_empty() {
        let again = dsr.run(road.command);
        assert!([0, 1, 6].contains(&again.code), "{note}: {again:?}");
    }
    let mut done = carried_out(dsr.home(), road.events);
    let all = done.len();
    done.sort();
    done.dedup();
    assert_eq!(done.len(), all, "{note}: carried out twice: {done:?}");
    dsr.run(&["ledger", "verify"]).ends(0);
    let left: Vec<_> = ["records", "data/dsr/simulation/default.world/unfinished"]
        .iter()
        .filter_map(|name| std::fs::read_dir(dsr.home().join(name)).ok())
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| {
            path.extension().is_some_and(|end| end == "partial")
                || path.to_string_lossy().contains("unfinished")
        })
        .collect();
    assert!(left.is_empty(), "{note}: {left:?}");
    reached
}

/// Calls that write, in the groups in which they are counted.
pub const CALLS: [&str; 3] = [
    "pwrite64,write",
    "fsync,fdatasync",
    "rename,renameat,renameat2,linkat,unlink,unlinkat,mkdir,mkdirat,ftruncate",
];

/// Every `stride`th call of every kind, on every road.
fn every(stride: usize) {
    let Some(strace) = strace() else { return };
    for road in &ROADS {
        let template = Dsr::simulated();
        template.run(&["requests", "list"]).ends(0);
        (road.before)(&template);
        let mut runs = 0;
        for calls in CALLS {
            for how in [Spoilt::Kill, Spoilt::NoRoom, Spoilt::Io] {
                for number in (1 + stride / 2..2_000).step_by(stride) {
                    runs += 1;
                    if !spoilt(&strace, road, &template, calls, how, number) {
                        break;
                    }
                }
            }
        }
        println!("{}: {runs} runs", road.name);
    }
}

#[test]
fn spoilt_at_some_calls() {
    every(40);
}

#[test]
#[ignore = "every call of every kind on every road: it takes long"]
fn spoilt_at_every_call() {
    every(1);
}
