//! A ledger in a directory of its own, filled as a store would fill it.

use std::path::{Path, PathBuf};

use dsr_console::domain::canonical::canonical;
use dsr_console::domain::mode::Mode;
use dsr_console::ledger::note::Verifier;
use dsr_console::ledger::{Ledger, LedgerError, Line, Place, Trust, Verified, verify};
use serde_json::json;

/// The entry that a store would publish at this place in its order.
pub fn line(sequence: u64) -> Line {
    let entry = json!({
        "version": 1,
        "sequence": sequence,
        "at": "2026-01-01T00:00:00Z",
        "organization": "Example Contact Centre",
        "mode": "live",
        "action": "search",
        "facts": {"hits": sequence % 7},
    });
    Line {
        sequence,
        bytes: canonical(&entry).into_bytes(),
    }
}

pub fn lines(from: u64, to: u64) -> Vec<Line> {
    (from..=to).map(line).collect()
}

pub fn place(dir: &Path) -> Place {
    Place::beside(&dir.join("live.sqlite3"), false)
}

pub fn ledger(dir: &Path) -> Ledger {
    Ledger::new(place(dir), Mode::Live, "Example Contact Centre")
}

/// Begins a log whose entries follow the one at `continues_after`.
pub fn begin(ledger: &Ledger, continues_after: u64) -> Verifier {
    let held = ledger.hold().expect("held");
    let new = held.prepare().expect("random numbers");
    let key = new.verifier();
    let first = json!({
        "version": 1,
        "sequence": null,
        "action": "ledger.begin",
        "facts": {"origin": new.origin(), "key": key.to_string(), "continues_after": continues_after},
    });
    held.begin(new, canonical(&first).as_bytes(), continues_after)
        .expect("begun");
    key
}

/// Appends as a store that knows nothing to be published would.
pub fn append(ledger: &Ledger, lines: &[Line]) -> Result<bool, LedgerError> {
    let done = ledger.hold()?.with(|log| log.append(lines, 0))?;
    Ok(done.expect("there is a log"))
}

/// A log with `count` entries behind its first, appended in steps of `step`.
pub fn filled(dir: &Path, count: u64, step: u64) -> Ledger {
    let ledger = ledger(dir);
    begin(&ledger, 0);
    let mut from = 1;
    while from <= count {
        let to = (from + step - 1).min(count);
        assert!(append(&ledger, &lines(from, to)).expect("appended"));
        from = to + 1;
    }
    ledger
}

/// What a check says of the log in `directory`.
pub fn checked(directory: &Path) -> Result<Verified, LedgerError> {
    verify(directory, &Trust::default())
}

/// Checks a log that must be sound, and gives what was found.
#[track_caller]
pub fn sound(directory: &Path) -> Verified {
    let found = checked(directory).expect("can be checked");
    assert!(found.problems.is_empty(), "{:#?}", found.problems);
    found
}

/// True when the check finds the log wrong, or cannot be made.
pub fn is_found(directory: &Path, trust: &Trust) -> bool {
    verify(directory, trust).map_or(true, |found| !found.problems.is_empty())
}

/// Every file below a directory.
pub fn files(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut left = vec![directory.to_owned()];
    while let Some(at) = left.pop() {
        for entry in std::fs::read_dir(&at).expect("readable") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                left.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Copies a directory with all that is below it.
pub fn copy(from: &Path, to: &Path) {
    for file in files(from) {
        let inside = file.strip_prefix(from).expect("below");
        let target = to.join(inside);
        std::fs::create_dir_all(target.parent().expect("a directory")).expect("made");
        std::fs::copy(&file, &target).expect("copied");
    }
}
