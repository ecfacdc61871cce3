//! Forms over a case, the ledger's trail and the times of answers: what stands on them at three sizes,
//! and what keys do.

use dsr_console::app::{Effect, Modal, TaskOutput, TaskRequest};
use dsr_console::domain::case::CaseKind;
use dsr_console::domain::case::coverage::{Mark, System};
use dsr_console::domain::failure::{Failure, FailureKind};
use dsr_console::workflow::cases::report::{Line, Report, Yearly};
use dsr_console::workflow::cases::{Act, Acted};
use dsr_console::workflow::evidence::{Entries, Shown};
use jiff::civil::date;

use super::app_board::{board, file, opened};
use super::app_harness::{Console, spawned};

/// The act that the effects start, with its case.
fn acted(effects: &[Effect]) -> (Option<String>, Act) {
    match &spawned(effects)[..] {
        [TaskRequest::CaseAct { id, act }] => (id.clone(), (**act).clone()),
        other => panic!("no act: {other:?}"),
    }
}

fn top(console: &Console) -> &'static str {
    match console.app.screen.modals.last() {
        None => "panes",
        Some(Modal::Case(_)) => "case",
        Some(Modal::CaseForm(_)) => "form",
        Some(Modal::Confirm(_)) => "question",
        Some(Modal::Ledger(_)) => "ledger",
        Some(Modal::Report(_)) => "report",
        Some(_) => "other",
    }
}

#[test]
fn forms_at_three_sizes() {
    for (columns, lines) in [(80, 24), (120, 30), (200, 60)] {
        let mut console = board(columns, lines);
        console.press("c<tab>");
        insta::assert_snapshot!(format!("case_new_{columns}"), console.screen());
        let mut console = opened(columns, lines);
        console.press("x<tab>");
        insta::assert_snapshot!(format!("case_extend_{columns}"), console.screen());
        let mut console = opened(columns, lines);
        console.press("c");
        insta::assert_snapshot!(format!("case_cover_{columns}"), console.screen());
    }
}

#[test]
fn a_new_case_is_asked_about_and_then_opened() {
    let mut console = board(120, 30);
    // The kind that is asked for most stands first.
    console.press("c<enter>");
    console.press("2026-11-16<esc>");
    console.press("S");
    assert_eq!(top(&console), "form", "a wrong day is told: {}", console.screen());
    assert!(
        console.screen().contains("a day is 2026-11-03"),
        "{}",
        console.screen()
    );
    console.press("i<ctrl-u>2d<enter>T-900<enter>anna.muster@example.org<esc>S");
    assert_eq!(top(&console), "question");
    let screen = console.screen();
    assert!(screen.contains("erasure, received on 2026-11-16"), "{screen}");
    assert!(screen.contains("2026-12-16"), "{screen}");
    assert!(spawned(&console.press("<enter>")).is_empty(), "no stands first");
    console.press("S");
    let effects = console.press("y");
    let (id, Act::Open(new)) = acted(&effects) else {
        panic!("not opened");
    };
    assert_eq!(id, None);
    assert_eq!(new.kind, CaseKind::Erasure);
    assert_eq!(new.received, date(2026, 11, 16));
    assert_eq!(new.reference.as_deref(), Some("T-900"));
    assert_eq!(new.identifiers.len(), 1);
    let doing = console.running("case new: open");
    let said = Acted {
        case: "C-9".to_owned(),
        said: "case C-9 is open".to_owned(),
        notes: Vec::new(),
        opened: true,
    };
    let effects = console.done(doing, TaskOutput::CaseActed(said));
    assert_eq!(top(&console), "case", "the new case is shown");
    let asked = spawned(&effects);
    assert!(
        asked
            .iter()
            .any(|request| matches!(request, TaskRequest::Case(id) if id == "C-9")),
        "{asked:?}"
    );
}

#[test]
fn what_stands_in_law_is_asked_about_and_a_refusal_keeps_what_was_typed() {
    let mut console = opened(120, 30);
    console.press("xmany systems<enter>");
    let effects = console.press("<enter>");
    assert!(spawned(&effects).is_empty(), "a question comes first");
    assert_eq!(top(&console), "question");
    let screen = console.screen();
    assert!(screen.contains("The limit moves from"), "{screen}");
    assert!(screen.contains("cannot be taken back"), "{screen}");
    let effects = console.press("y");
    let (id, Act::Extend { on, reason }) = acted(&effects) else {
        panic!("not extended");
    };
    assert_eq!(
        (id.as_deref(), on, reason.as_str()),
        (Some("C-1"), date(2026, 11, 18), "many systems")
    );
    let doing = console.running("case C-1: extend");
    console.failed(
        doing,
        Failure::new(FailureKind::Conflict, "It is extended already."),
    );
    assert_eq!(top(&console), "form");
    let screen = console.screen();
    assert!(screen.contains("It is extended already."), "{screen}");
    let form = match console.app.screen.modals.last() {
        Some(Modal::CaseForm(form)) => form,
        _ => panic!("no form"),
    };
    assert_eq!(form.items[0].value(), "many systems", "nothing typed is lost");
}

#[test]
fn every_act_of_a_case_has_a_form() {
    let day = date(2026, 11, 18);
    let done = |keys: &str| {
        let mut console = opened(120, 30);
        let mut effects = console.press(keys);
        if top(&console) == "question" {
            effects = console.press("y");
        }
        acted(&effects).1
    };
    assert!(matches!(done("a<enter>"), Act::Acknowledge(on) if on == day));
    assert!(
        matches!(done("i<enter>call back<enter><enter><enter>"), Act::Identity { method, .. } if method == "call back")
    );
    assert!(
        matches!(done("p<right><enter>which calls<enter><enter>"), Act::Pause { awaited, .. }
        if awaited.as_str() == "clarification")
    );
    assert!(
        matches!(done("R<enter>the same again<enter>the copies<enter><enter>"), Act::Refuse { ground, part, .. }
        if ground.as_str() == "unfounded" && part.as_deref() == Some("the copies"))
    );
    assert!(
        matches!(done("hclaim 7<enter>2027-06-30<enter>"), Act::Hold { until: Some(until), .. }
        if until == date(2027, 6, 30))
    );
    assert!(
        matches!(done("wletter<enter><enter>/tmp/letter.pdf<enter>"), Act::Answer { channel, sent: Some(_), .. }
        if channel == "letter")
    );
    assert!(
        matches!(done("C<enter>all is done<enter>"), Act::Close { ending, why: Some(_) }
        if ending.as_str() == "answered")
    );
    assert!(matches!(done("o<ctrl-u>mmeier<enter>"), Act::Change(changes)
        if changes.assignee.as_deref() == Some("mmeier")));
    assert!(
        matches!(done("tcalled<enter>"), Act::Change(changes) if changes.note.as_deref() == Some("called"))
    );
    assert!(matches!(done("e<enter>"), Act::Record { to: Some(to) } if to.ends_with("C-1-record.zip")));
    let Act::Cover { system, cell } = done("c<enter><enter>the export team<enter><enter><enter>") else {
        panic!("not covered");
    };
    assert_eq!(system, System::GenesysCloud, "what is open stands first");
    assert!(matches!(cell.mark, Mark::Told { whom } if whom == "the export team"));
}

#[test]
fn what_cannot_be_done_says_why() {
    let mut console = opened(120, 30);
    console.press("P");
    assert!(
        console.screen().contains("nothing is awaited"),
        "{}",
        console.screen()
    );
    console.press("H");
    assert!(
        console.screen().contains("no hold stands on it"),
        "{}",
        console.screen()
    );
    let mut closed = board(120, 30);
    closed.press("<enter>");
    let reading = closed.running("case C-1");
    let mut shut = file();
    shut.case.ending = Some(dsr_console::domain::case::Ending::Answered);
    closed.done(reading, TaskOutput::Case(Box::new(shut)));
    closed.press("x");
    assert!(
        closed.screen().contains("the case is not open"),
        "{}",
        closed.screen()
    );
    closed.press("e");
    assert_eq!(top(&closed), "form", "a closed case has a record");
}

#[test]
fn what_was_typed_never_stands_in_a_command() {
    let mut console = opened(120, 30);
    console.press("tAnna Muster called<esc>");
    let copied = console.press("y");
    assert!(
        copied.iter().any(
            |effect| matches!(effect, Effect::Copy(line) if line == "dsr cases change C-1 --note @FILE")
        ),
        "{copied:?}"
    );
}

#[test]
fn requests_without_a_case_are_a_warning() {
    let mut console = board(120, 30);
    let counting = console.running("requests without a case");
    console.done(counting, TaskOutput::Caseless(3));
    let screen = console.screen();
    assert!(screen.contains("! 3 open requests belong to no case"), "{screen}");
}

fn entries() -> Entries {
    let shown = |index: u64, action: &str, facts: serde_json::Value| Shown {
        index,
        entry: serde_json::json!({
            "at": "2026-11-18T12:00:00Z",
            "action": action,
            "actor": {"login": "jdoe"},
            "facts": facts,
        }),
    };
    Entries {
        entries: vec![
            shown(
                3,
                "case.open",
                serde_json::json!({"case": "C-1", "due": "2026-12-03", "person": "a".repeat(64)}),
            ),
            shown(
                8,
                "case.answer",
                serde_json::json!({"case": "C-1", "on": "2026-11-18"}),
            ),
        ],
        unsigned: 0,
    }
}

#[test]
fn the_ledger_of_a_case_at_three_sizes() {
    for (columns, lines) in [(80, 24), (120, 30), (200, 60)] {
        let mut console = opened(columns, lines);
        console.press("l");
        let reading = console.running("ledger of case C-1");
        console.done(reading, TaskOutput::Ledger(entries()));
        let screen = console.screen();
        assert!(columns == 80 || screen.contains("person committed"), "{screen}");
        assert!(!screen.contains(&"a".repeat(12)), "{screen}");
        insta::assert_snapshot!(format!("case_ledger_{columns}"), screen);
    }
    let mut console = opened(80, 24);
    console.press("l");
    let reading = console.running("ledger of case C-1");
    let broken = Failure::new(FailureKind::Storage, "Entry 4 is not what was signed.");
    console.failed(reading, broken);
    assert!(
        console.screen().contains("Entry 4 is not what was signed."),
        "{}",
        console.screen()
    );
}

#[test]
fn a_broken_ledger_is_told_when_the_world_is_shown() {
    let mut console = board(80, 24);
    let info = dsr_console::app::WorldInfo {
        ledger_trouble: Some(Failure::new(
            FailureKind::Storage,
            "Entry 4 is not what was signed.",
        )),
        ..super::app_harness::world(dsr_console::domain::mode::Mode::Simulation)
    };
    console.show_info(info);
    let screen = console.screen();
    assert!(
        screen.contains("the ledger, and nothing can be changed"),
        "{screen}"
    );
    console.press("!");
    assert!(
        console.screen().contains("Entry 4 is not what was signed."),
        "{}",
        console.screen()
    );
}

fn times() -> Report {
    let line = |month: &str, median: Option<f64>, late| Line {
        kind: CaseKind::Erasure,
        month: month.to_owned(),
        received: 12,
        answered: 10,
        in_time: 10 - late,
        late,
        open: 2,
        share_in_time: Some((10 - late) as f64 / 10.0),
        median_days: median,
        p95_days: median.map(|days| days as i32 + 9),
        oldest_open: Some(date(2026, 9, 4)),
    };
    Report {
        lines: vec![
            line("2026-08", Some(11.0), 0),
            line("2026-09", Some(14.5), 1),
            line("2026-10", Some(7.0), 0),
            line("2026-11", None, 0),
        ],
        california: vec![Yearly {
            year: 2026,
            kind: CaseKind::Erasure,
            received: 4,
            complied: 2,
            denied: 1,
            median_days: Some(20.0),
            mean_days: Some(24.0),
        }],
    }
}

#[test]
fn the_times_at_three_sizes_without_colour() {
    for (columns, lines) in [(80, 24), (120, 30), (200, 60)] {
        let mut console = board(columns, lines);
        console.press("t");
        let reading = console.running("times of answers");
        console.done(reading, TaskOutput::Times(Box::new(times())));
        insta::assert_snapshot!(format!("case_times_{columns}"), console.screen());
        console.press("<tab>");
        assert!(console.screen().contains("95 of 100"), "{}", console.screen());
    }
}
