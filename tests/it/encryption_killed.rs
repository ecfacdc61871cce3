//! The conversion to encryption at rest and back, by a process that is killed at one write after the
//! other. At every point nothing is lost, what is said of the state is what lies on the disk, and the
//! same command finishes it: no file in part, no plaintext under the name of something encrypted.
//!
//! ```text
//! cargo test --test it -- encryption_killed                          every 6th write
//! cargo test --test it -- encryption_killed --ignored --nocapture    every write: it takes a while
//! ```

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::cli_encryption::{busy, kept, seen};
use super::cli_harness::Dsr;
use super::crash::strace;
use super::crash_binary::{CALLS, Spoilt, copy, inject};

const ON: [&str; 4] = ["encryption", "on", "--key-file", "--yes"];
const OFF: [&str; 3] = ["encryption", "off", "--yes"];

/// A home that is put back as it was before each run: the store names files by their whole paths.
struct Room {
    dsr: Dsr,
    saved: tempfile::TempDir,
    /// What a person sees, and the content of each result, before anything was converted.
    seen: Vec<Value>,
    results: BTreeMap<PathBuf, Vec<u8>>,
}

impl Room {
    fn new() -> Room {
        let dsr = busy();
        let seen = seen(&dsr);
        let results: BTreeMap<PathBuf, Vec<u8>> = kept(&dsr)
            .into_iter()
            .filter(|(path, _)| path.contains("/downloads/"))
            .map(|(path, bytes)| (PathBuf::from(path), bytes))
            .collect();
        assert!(results.len() > 1, "{:?}", results.keys());
        let room = Room {
            saved: tempfile::tempdir().unwrap(),
            dsr,
            seen,
            results,
        };
        room.save();
        room
    }

    fn save(&self) {
        empty(self.saved.path());
        copy(self.dsr.home(), self.saved.path());
    }

    fn put_back(&self) {
        empty(self.dsr.home());
        copy(self.saved.path(), self.dsr.home());
    }

    /// What the state is said to be must be what lies on the disk.
    fn status(&self, note: &str) -> Value {
        let ran = self.dsr.run(&["encryption", "status", "--output", "json"]);
        assert!([0, 6].contains(&ran.code), "{note}: {ran:?}");
        let status = ran.json();
        let on = status["on"].as_bool().unwrap();
        let (mut other, mut half) = (0, 0);
        for path in self.results.keys() {
            let encrypted = std::fs::read(path)
                .unwrap_or_else(|error| panic!("{note}: {} is gone: {error}", path.display()))
                .starts_with(b"dsr encrypted file");
            let lies = half_of(path).exists();
            other += u64::from(encrypted != on);
            half += u64::from(encrypted == on && lies);
        }
        assert_eq!(
            (status["left_behind"].as_u64(), status["half_written"].as_u64()),
            (Some(other), Some(half)),
            "{note}: {status:#}"
        );
        assert_eq!(ran.code == 0, other + half == 0, "{note}");
        // The store is whole in the one form or the other.
        let personal = kept(&self.dsr)
            .into_iter()
            .filter(|(path, _)| path.contains(".sqlite"))
            .any(|(_, bytes)| memchr::memmem::find(&bytes, b"edda.fiktiv").is_some());
        assert!(!(on && personal), "{note}: the store is said to be encrypted");
        status
    }

    /// Converts with the `number`th write of `calls` killed, and then to the end. False when there is no
    /// such write.
    fn killed(&self, strace: &Path, on: bool, calls: &str, number: usize) -> bool {
        let arguments: &[&str] = if on { &ON } else { &OFF };
        let note = format!("encryption {}: killed at {calls} number {number}", arguments[1]);
        self.put_back();
        let reached = inject(strace, &self.dsr, arguments, calls, Spoilt::Kill, number);
        let status = self.status(&note);
        let whole = status["on"] == on && status["left_behind"] == 0 && status["half_written"] == 0;
        // The same command finishes it; that nothing is left to do is said.
        self.dsr.run(arguments).ends(i32::from(whole));
        let status = self.status(&note);
        assert_eq!(status["on"], on, "{note}");
        assert_eq!(
            (&status["left_behind"], &status["half_written"]),
            (&0.into(), &0.into()),
            "{note}"
        );
        let halves: Vec<String> = kept(&self.dsr)
            .into_iter()
            .map(|(path, _)| path)
            .filter(|path| path.ends_with(".converting"))
            .collect();
        assert!(halves.is_empty(), "{note}: {halves:?}");
        assert_eq!(seen(&self.dsr), self.seen, "{note}");
        if on {
            self.dsr.run(&OFF).ends(0);
        }
        for (path, content) in &self.results {
            assert!(
                std::fs::read(path).unwrap() == *content,
                "{note}: {} has changed",
                path.display()
            );
        }
        self.dsr.run(&["ledger", "verify"]).ends(0);
        reached
    }
}

fn half_of(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap().to_string_lossy();
    path.with_file_name(format!(".{name}.converting"))
}

fn empty(folder: &Path) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        match entry.file_type().unwrap().is_dir() {
            true => std::fs::remove_dir_all(path).unwrap(),
            false => std::fs::remove_file(path).unwrap(),
        }
    }
}

fn every(stride: usize) {
    let Some(strace) = strace() else { return };
    let room = Room::new();
    for on in [true, false] {
        if !on {
            room.put_back();
            room.dsr.run(&ON).ends(0);
            room.save();
        }
        let mut runs = 0;
        for calls in CALLS {
            for number in (1 + stride / 2..2_000).step_by(stride) {
                runs += 1;
                if !room.killed(&strace, on, calls, number) {
                    break;
                }
            }
        }
        println!("encryption {}: {runs} runs", if on { "on" } else { "off" });
        assert!(runs > 4, "hardly a write was met");
    }
}

#[test]
fn killed_at_some_writes() {
    every(6);
}

#[test]
#[ignore = "every write of a conversion there and back: it takes a while"]
fn killed_at_every_write() {
    every(1);
}
