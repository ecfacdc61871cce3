//! The case board and the case screen: what stands on them at three sizes, and what keys do.

use dsr_console::app::{Effect, Modal, TaskOutput, TaskRequest};
use dsr_console::domain::case::coverage::{Cell, Column, Kept, Mark, System};
use dsr_console::domain::case::{Case, CaseKind, CaseRow};
use dsr_console::domain::identifier::{Identifier, IdentifierKind};
use dsr_console::domain::mode::Mode;
use dsr_console::store::TrailLine;
use dsr_console::workflow::cases::CaseFile;
use jiff::civil::{Date, date};

use super::app_harness::{Console, rows, spawned, start};

fn case_row(number: u32, kind: CaseKind, due: Date, next_step: &str) -> CaseRow {
    CaseRow {
        id: format!("C-{number}"),
        reference: Some(format!("T-{}", 100 + number)),
        kind,
        regime: "eu".to_owned(),
        received: date(2026, 11, 3),
        target: due,
        due,
        awaited: None,
        next_step: next_step.to_owned(),
        assignee: (number != 3).then(|| "jdoe".to_owned()),
        ending: None,
        answered_on: None,
        operations: 0,
    }
}

fn cases() -> Vec<CaseRow> {
    vec![
        case_row(
            1,
            CaseKind::Erasure,
            date(2026, 11, 17),
            "genesys cloud: not searched",
        ),
        case_row(2, CaseKind::Access, date(2026, 11, 20), "confirm receipt"),
        case_row(3, CaseKind::Rectification, date(2026, 12, 3), "answer"),
    ]
}

pub fn file() -> CaseFile {
    let kept = |mark, second| Kept {
        cell: Cell::new(mark),
        at: start().checked_sub(jiff::Span::new().seconds(second)).unwrap(),
        by: "jdoe".to_owned(),
    };
    let column = |system, kept| Column { system, kept };
    CaseFile {
        case: Case {
            id: "C-1".to_owned(),
            reference: Some("T-101".to_owned()),
            kind: CaseKind::Erasure,
            regime: "eu".to_owned(),
            country: Some("DE-BY".to_owned()),
            received: date(2026, 11, 3),
            channel: Some("letter".to_owned()),
            controller: None,
            identifiers: vec![Identifier::new(IdentifierKind::Email, "anna.muster@example.org")],
            assignee: Some("jdoe".to_owned()),
            waits_for: None,
            acknowledged: Some(date(2026, 11, 4)),
            identity: None,
            pauses: Vec::new(),
            extension: None,
            refusals: Vec::new(),
            answer: None,
            ending: None,
            closing_note: None,
            opened_at: start(),
            opened_by: "jdoe".to_owned(),
            closed_at: None,
            forgotten: false,
        },
        columns: vec![
            column(
                System::GenesysCloud,
                vec![
                    kept(
                        Mark::Searched {
                            found: 3,
                            complete: true,
                        },
                        200,
                    ),
                    kept(Mark::Erased { count: 3 }, 100),
                ],
            ),
            column(
                System::Favorites,
                vec![kept(
                    Mark::Searched {
                        found: 2,
                        complete: false,
                    },
                    90,
                )],
            ),
            column(System::Exports, Vec::new()),
            column(
                System::Copies,
                vec![kept(
                    Mark::Searched {
                        found: 0,
                        complete: true,
                    },
                    80,
                )],
            ),
            column(
                System::Other("CRM".to_owned()),
                vec![kept(
                    Mark::Told {
                        whom: "the CRM team".to_owned(),
                    },
                    70,
                )],
            ),
        ],
        trail: vec![TrailLine {
            at: start(),
            actor: "jdoe".to_owned(),
            action: "case.open".to_owned(),
            text: "erasure received 2026-11-03: wrote Anna Muster".to_owned(),
        }],
        operations: vec!["0b0b0b0b-0000-4000-8000-00000000000b".to_owned()],
        requests: vec![rows().swap_remove(2)],
        holds: Vec::new(),
    }
}

pub fn board(columns: u16, lines: u16) -> Console {
    let mut console = Console::showing(columns, lines, Mode::Simulation);
    console.load(rows());
    console.press("2b");
    let reading = console.running("cases from the store");
    console.done(reading, TaskOutput::Cases(cases()));
    console
}

pub fn opened(columns: u16, lines: u16) -> Console {
    let mut console = board(columns, lines);
    console.press("<enter>");
    let reading = console.running("case C-1");
    console.done(reading, TaskOutput::Case(Box::new(file())));
    console
}

#[test]
fn the_board_at_three_sizes() {
    for (columns, lines) in [(80, 24), (120, 30), (200, 60)] {
        insta::assert_snapshot!(format!("board_{columns}"), board(columns, lines).screen());
    }
}

#[test]
fn the_case_at_three_sizes() {
    for (columns, lines) in [(80, 24), (120, 30), (200, 60)] {
        insta::assert_snapshot!(format!("case_{columns}"), opened(columns, lines).screen());
    }
}

#[test]
fn days_of_another_year_are_told_whole() {
    let mut console = Console::showing(80, 24, Mode::Simulation);
    console.load(rows());
    console.press("2b");
    let reading = console.running("cases from the store");
    let mut late = cases();
    late.push(case_row(4, CaseKind::Erasure, date(2027, 1, 14), "answer"));
    console.done(reading, TaskOutput::Cases(late));
    let screen = console.screen();
    for told in ["14 Jan 2027", "57 d left", "17 Nov ", "T-104", "C-4"] {
        assert!(screen.contains(told), "{told}: {screen}");
    }
    console.press("<enter>");
    let reading = console.running("case C-1");
    let mut old = file();
    for kept in old.columns.iter_mut().flat_map(|column| &mut column.kept) {
        kept.at = "2025-12-18T12:00:00Z".parse().unwrap();
    }
    console.done(reading, TaskOutput::Case(Box::new(old)));
    let screen = console.screen();
    for told in ["3, Dec 2025   3, Dec 2025", "2+?, Dec 2025 -", "0, Dec 2025"] {
        assert!(screen.contains(told), "{told}: {screen}");
    }
}

#[test]
fn the_pane_turns_and_turns_back() {
    let mut console = board(120, 30);
    assert!(console.screen().contains("T-101"));
    assert!(console.screen().contains("1 late"), "{}", console.screen());
    assert!(
        console.screen().contains("1 due in 7 days"),
        "{}",
        console.screen()
    );
    let asked = console.press("m");
    assert!(
        matches!(
            spawned(&asked)[..],
            [TaskRequest::Cases {
                all: false,
                mine: true
            }]
        ),
        "{asked:?}"
    );
    let asked = console.press("a");
    assert!(
        matches!(
            spawned(&asked)[..],
            [TaskRequest::Cases {
                all: true,
                mine: true
            }]
        ),
        "{asked:?}"
    );
    console.press("b");
    assert!(console.screen().contains("CASE-17"), "{}", console.screen());
    assert!(!console.screen().contains("T-101"));
}

#[test]
fn a_late_answer_of_another_question_is_not_shown() {
    let mut console = board(120, 30);
    console.press("r");
    let first = console.running("cases from the store");
    console.press("m");
    console.done(first, TaskOutput::Cases(Vec::new()));
    assert!(console.screen().contains("T-101"), "{}", console.screen());
}

#[test]
fn what_names_the_person_is_masked_until_it_is_revealed() {
    let mut console = opened(120, 30);
    let screen = console.screen();
    assert!(
        !screen.contains("anna.muster@") && !screen.contains("Anna Muster"),
        "{screen}"
    );
    let effects = console.press("v");
    assert!(matches!(spawned(&effects)[..], [TaskRequest::RecordReveal(place)] if place == "case"));
    assert!(console.screen().contains("anna.muster@example.org"));
    console.press("<end>");
    let end = console.screen();
    assert!(end.contains("Regulation 1182/71"), "{end}");
    console.press("<home>");
    assert!(console.screen().contains("next"));
}

#[test]
fn a_request_of_a_case_begins_with_what_the_case_knows() {
    let mut console = opened(120, 30);
    console.press("n");
    let Some(Modal::Guide(guide)) = console.app.screen.modals.last() else {
        panic!("no guide");
    };
    assert_eq!(guide.who.lines()[0].field.value(), "anna.muster@example.org");
    assert_eq!(guide.details.reference().as_deref(), Some("C-1"));
    let copied = opened(120, 30).press("y");
    assert!(
        copied
            .iter()
            .any(|effect| matches!(effect, Effect::Copy(line) if line == "dsr cases show C-1")),
        "{copied:?}"
    );
}
