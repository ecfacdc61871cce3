//! The ledger at size: checking every byte of it, opening it, and what an append costs. The budget is
//! a million entries checked in 3 s. `DSR_BENCH_ENTRIES` sets another number.

use std::path::Path;

use divan::{Bencher, black_box};
use dsr_console::domain::mode::Mode;
use dsr_console::ledger::{Ledger, Line, Place, Trust, verify};
use serde_json::json;

fn main() {
    divan::main();
}

fn entries() -> u64 {
    let number = std::env::var("DSR_BENCH_ENTRIES").ok();
    number.and_then(|text| text.parse().ok()).unwrap_or(1_000_000)
}

/// An entry of the usual length.
fn line(sequence: u64) -> Line {
    let entry = json!({
        "action": "submit.intent",
        "actor": {"login": "olga", "sudo_uid": null, "uid": 1000},
        "at": "2026-01-01T00:00:00Z",
        "facts": {"digest": "d".repeat(64), "subject": "5".repeat(64), "request": "4".repeat(64)},
        "mode": "live",
        "organization": "Example Contact Centre",
        "sequence": sequence,
        "version": 1,
    });
    Line {
        sequence,
        bytes: entry.to_string().into_bytes(),
    }
}

fn ledger(dir: &Path) -> Ledger {
    let place = Place::beside(&dir.join("live.sqlite3"), false);
    Ledger::new(place, Mode::Live, "Example Contact Centre")
}

fn append(ledger: &Ledger, lines: &[Line]) {
    let held = ledger.hold().expect("held");
    held.with(|log| log.append(lines, 0)).expect("appended");
}

fn filled(dir: &Path, count: u64) -> Ledger {
    let ledger = ledger(dir);
    let held = ledger.hold().expect("held");
    let new = held.prepare().expect("random numbers");
    let key = new.verifier().to_string();
    let first =
        json!({"action": "ledger.begin", "facts": {"continues_after": 0, "key": key}, "sequence": null});
    held.begin(new, first.to_string().as_bytes(), 0).expect("begun");
    drop(held);
    let mut from = 1;
    while from <= count {
        let to = (from + 9_999).min(count);
        append(&ledger, &(from..=to).map(line).collect::<Vec<_>>());
        from = to + 1;
    }
    ledger
}

/// Every byte of every file against the others.
#[divan::bench(sample_count = 3, sample_size = 1)]
fn check(bencher: Bencher<'_, '_>) {
    let dir = tempfile::tempdir().expect("a directory");
    let ledger = filled(dir.path(), entries());
    let directory = ledger.place().directory.clone();
    bencher.bench_local(|| {
        let found = verify(black_box(&directory), &Trust::default()).expect("can be checked");
        assert!(found.problems.is_empty(), "{:?}", found.problems);
    });
}

/// The first look of a process at a large log.
#[divan::bench(sample_count = 20, sample_size = 1)]
fn open(bencher: Bencher<'_, '_>) {
    let dir = tempfile::tempdir().expect("a directory");
    drop(filled(dir.path(), 100_000));
    bencher.bench_local(|| {
        let held = ledger(dir.path()).hold().expect("held");
        held.with(|log| Ok(black_box(log.size()))).expect("opens")
    });
}

/// One entry, or many that share their two syncs.
#[divan::bench(args = [1, 100], sample_count = 50, sample_size = 1)]
fn take_in(bencher: Bencher<'_, '_>, count: u64) {
    let dir = tempfile::tempdir().expect("a directory");
    let ledger = filled(dir.path(), 1_000);
    let mut next = 1_001;
    bencher.bench_local(|| {
        let lines: Vec<Line> = (next..next + count).map(line).collect();
        next += count;
        append(&ledger, &lines);
    });
}
