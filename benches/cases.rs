//! The list of cases over 100,000 of them, from the store: all open ones, and what is due soon. The record
//! of a case with 1,000 operations, as a command. `cargo bench --bench cases` runs it; the budgets are
//! 100 ms for the list and 1 s for the record.

use std::fmt::Write;
use std::path::Path;
use std::process::Command;

use divan::Bencher;
use dsr_console::domain::actor::Actor;
use dsr_console::domain::case::{Case, CaseKind};
use dsr_console::domain::identifier::{Identifier, IdentifierKind};
use dsr_console::domain::mode::Mode;
use dsr_console::store::{CaseEntry, CaseFilter, CaseGround, Options, Store};
use jiff::Timestamp;
use jiff::civil::{Date, date};

const CASES: u32 = 100_000;

fn main() {
    divan::main();
}

fn today() -> Date {
    date(2026, 11, 18)
}

fn case() -> Case {
    Case {
        id: String::new(),
        reference: Some("T-1".to_owned()),
        kind: CaseKind::Erasure,
        regime: "eu".to_owned(),
        country: Some("DE-BY".to_owned()),
        received: date(2026, 11, 3),
        channel: Some("letter".to_owned()),
        controller: None,
        identifiers: vec![Identifier::new(IdentifierKind::Email, "anna.muster@example.org")],
        assignee: Some("jdoe".to_owned()),
        waits_for: None,
        acknowledged: None,
        identity: None,
        pauses: Vec::new(),
        extension: None,
        refusals: Vec::new(),
        answer: None,
        ending: None,
        closing_note: None,
        opened_at: Timestamp::UNIX_EPOCH,
        opened_by: "jdoe".to_owned(),
        closed_at: None,
        forgotten: false,
    }
}

/// A store with one case made by the store itself, and copies of it that differ in what lists show.
fn store(dir: &std::path::Path, runtime: &tokio::runtime::Runtime) -> Store {
    let path = dir.join("cases.sqlite3");
    let options = Options {
        mode: Mode::Simulation,
        organization: "Example Contact Centre".to_owned(),
        shared_group: None,
    };
    let store = Store::open(&path, options).expect("a store");
    let ground = CaseGround {
        actor: Actor {
            uid: 1000,
            login: "jdoe".to_owned(),
            sudo_uid: None,
        },
        now: Timestamp::UNIX_EPOCH,
        today: today(),
        systems: Vec::new(),
    };
    runtime
        .block_on(store.open_case(&ground, case(), CaseEntry::new("case.open", "opened")))
        .expect("a case");
    let connection = rusqlite::Connection::open(&path).expect("the same store");
    connection
        .execute(
            "WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
             INSERT INTO cases (number, reference, kind, regime, received, target, due, next_step, assignee,
                 operations, data, salt, rev)
             SELECT i, 'T-' || i, c.kind, c.regime, c.received, date('2026-11-01', (i * 7919 % 400) || ' days'),
                 date('2026-11-01', (i * 7919 % 400) || ' days'), c.next_step,
                 CASE i % 5 WHEN 0 THEN 'olga' ELSE 'jdoe' END, i % 3, c.data, c.salt, c.rev
             FROM n, cases c WHERE c.number = 1",
            [CASES],
        )
        .expect("many cases");
    store
}

fn bench(bencher: Bencher, filter: CaseFilter) {
    let dir = tempfile::tempdir().expect("a directory");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let store = store(dir.path(), &runtime);
    bencher.bench_local(|| {
        let rows = runtime.block_on(store.case_rows(filter.clone(), today()));
        rows.expect("rows").len()
    });
}

/// `cases list`: every open case.
#[divan::bench(sample_count = 20)]
fn all_open(bencher: Bencher) {
    let open = CaseFilter {
        open: Some(true),
        ..CaseFilter::default()
    };
    bench(bencher, open);
}

/// `cases list --mine --due 7d`: what a timer asks.
#[divan::bench(sample_count = 20)]
fn mine_due_in_a_week(bencher: Bencher) {
    let due = CaseFilter {
        open: Some(true),
        assignee: Some("jdoe".to_owned()),
        due_by: Some(date(2026, 11, 25)),
        ..CaseFilter::default()
    };
    bench(bencher, due);
}

/// `cases list --limit 200`: the first screens.
#[divan::bench(sample_count = 20)]
fn first_200(bencher: Bencher) {
    let first = CaseFilter {
        open: Some(true),
        limit: Some(200),
        ..CaseFilter::default()
    };
    bench(bencher, first);
}

const OPERATIONS: usize = 1_000;

/// An estate with as many people as there are to be operations, and no limit of requests in a minute.
fn estate(base: &str) -> String {
    let mut text = base.replace("requests_per_minute = 300", "requests_per_minute = 0");
    for number in 0..OPERATIONS {
        let _ = write!(
            text,
            "\n[[records]]\nkey = \"person-{number}\"\nkind = \"contact\"\nname = \"Person {number}\"\n\
             emails = [\"person-{number}@example.org\"]\n"
        );
    }
    text
}

fn dsr(home: &Path, arguments: &[&str]) {
    let told = Command::new(env!("CARGO_BIN_EXE_dsr"))
        .args(["--simulate", "--no-input", "--scenario"])
        .arg(home.join("estate.toml"))
        .args(arguments)
        .env_clear()
        .env("HOME", home)
        .output()
        .expect("dsr");
    let what = arguments.join(" ");
    assert!(
        told.status.success(),
        "{what}: {}",
        String::from_utf8_lossy(&told.stderr)
    );
}

/// `cases record`: the whole command, with page, data, entries, proofs and scripts.
#[divan::bench(sample_count = 9, sample_size = 1)]
fn record_of_1000_operations(bencher: Bencher) {
    let home = tempfile::tempdir().expect("a directory");
    let home = home.path();
    let base = include_str!("../assets/simulation/default.toml");
    std::fs::write(home.join("estate.toml"), estate(base)).expect("an estate");
    let rows: String = (0..OPERATIONS)
        .map(|number| format!("export,person-{number}@example.org,T-1\n"))
        .collect();
    let batch = home.join("batch.csv");
    std::fs::write(&batch, format!("type,email,reference\n{rows}")).expect("a batch");
    let person = "person-0@example.org";
    dsr(
        home,
        &[
            "cases",
            "open",
            "--kind",
            "access",
            "--received",
            "today",
            "--reference",
            "T-1",
            "--email",
            person,
        ],
    );
    let batch = batch.display().to_string();
    dsr(home, &["requests", "submit", "--batch", &batch, "--yes"]);
    let mut count = 0;
    bencher.bench_local(|| {
        count += 1;
        let to = home.join(format!("record-{count}")).display().to_string();
        dsr(home, &["cases", "record", "C-1", "--to", &to]);
    });
}
