//! Requests without a case, and the register of suppressed identifiers: what stands on them at three
//! sizes, and what keys do.

use dsr_console::app::{Effect, TaskOutput, TaskRequest};
use dsr_console::domain::case::CaseKind;
use dsr_console::domain::case::coverage::System;
use dsr_console::domain::case::suppression::Suppressed;
use dsr_console::domain::failure::{Failure, FailureKind};
use dsr_console::domain::identifier::{Identifier, IdentifierKind};
use dsr_console::domain::mode::Mode;
use dsr_console::workflow::cases::recheck::{Looked, Rechecked, Settled, State};
use dsr_console::workflow::cases::suppression::Listed;
use jiff::civil::date;

use super::app_board::board;
use super::app_harness::{Console, rows, spawned};

const EDDA: &str = "edda.fiktiv@example.org";

fn caseless(columns: u16, lines: u16) -> Console {
    let mut console = board(columns, lines);
    let counting = console.running("requests without a case");
    console.done(counting, TaskOutput::Caseless(3));
    console.press("u");
    let reading = console.running("list of requests without a case");
    console.done(reading, TaskOutput::WithoutCase(rows()));
    console
}

fn copied(effects: &[Effect]) -> Option<&str> {
    effects.iter().find_map(|effect| match effect {
        Effect::Copy(line) => Some(line.as_str()),
        _ => None,
    })
}

#[test]
fn requests_without_a_case_at_three_sizes() {
    for (columns, lines) in [(80, 24), (120, 30), (200, 60)] {
        let mut console = caseless(columns, lines);
        insta::assert_snapshot!(format!("caseless_{columns}"), console.screen());
    }
}

#[test]
fn one_of_them_is_taken_into_a_case_and_one_of_others_is_not() {
    let mut console = caseless(120, 30);
    let all = rows();
    let own = all.iter().position(|row| row.operation_id.is_some()).unwrap();
    let elsewhere = all.iter().position(|row| row.operation_id.is_none()).unwrap();
    let go = |console: &mut Console, place: usize| console.press(&format!("g{}", "j".repeat(place)));
    go(&mut console, elsewhere);
    console.press("o");
    assert!(
        console.screen().contains("it was not sent from here"),
        "{}",
        console.screen()
    );
    go(&mut console, own);
    console.press("o");
    assert!(
        spawned(&console.press("<enter>")).is_empty(),
        "a case must be named"
    );
    let asked = console.press("C-1<enter>");
    let id = all[own].any_id().to_owned();
    assert!(
        matches!(
            &spawned(&asked)[..],
            [TaskRequest::LinkCase { case, request }] if case == "C-1" && *request == id
        ),
        "{asked:?}"
    );
    let linking = console.running(&format!("{id} into a case"));
    let failure = Failure::new(FailureKind::Conflict, "It belongs to C-2 already.");
    console.failed(linking, failure);
    assert!(
        console.screen().contains("It belongs to C-2 already."),
        "{}",
        console.screen()
    );
    console.press("o<enter>");
    let linking = console.running(&format!("{id} into a case"));
    let after = console.done(linking, TaskOutput::Linked);
    let again = spawned(&after);
    assert!(
        again.iter().any(|one| matches!(one, TaskRequest::WithoutCase)),
        "read again: {again:?}"
    );
    assert!(
        again.iter().any(|one| matches!(one, TaskRequest::Cases { .. })),
        "the board, too: {again:?}"
    );
    let line = console.press("y");
    assert_eq!(copied(&line), Some(format!("dsr cases link CASE {id}").as_str()));
}

fn listed(case: &str, email: &str) -> Listed {
    Listed {
        case: case.to_owned(),
        until: date(2027, 12, 18),
        entry: Ok(Suppressed {
            case: case.to_owned(),
            identifiers: vec![
                Identifier::new(IdentifierKind::Email, email),
                Identifier::new(IdentifierKind::Phone, "+49 30 23125014"),
            ],
            closed_on: date(2026, 11, 18),
            until: date(2027, 12, 18),
        }),
    }
}

fn register(columns: u16, lines: u16) -> Console {
    let mut console = Console::showing(columns, lines, Mode::Simulation);
    console.press("E");
    let reading = console.running("register of erased people");
    let entries = vec![
        (listed("C-7", EDDA), Some("T-107".to_owned())),
        (
            Listed {
                entry: Err(Failure::new(
                    FailureKind::Storage,
                    "An entry of the register is damaged.",
                )),
                ..listed("C-9", "nobody@example.org")
            },
            None,
        ),
    ];
    console.done(reading, TaskOutput::Register(entries));
    console
}

fn looked(system: System, state: State, found: u64, complete: bool, notes: &[&str]) -> Looked {
    Looked {
        system,
        state,
        found,
        complete,
        notes: notes.iter().map(|note| (*note).to_owned()).collect(),
        places: Vec::new(),
        settled: None,
    }
}

fn again() -> Vec<Rechecked> {
    let one = |id: &str, from, systems, notes: &[&str]| Rechecked {
        id: id.to_owned(),
        kind: CaseKind::Erasure,
        from: Some(from),
        erased_in: None,
        systems,
        notes: notes.iter().map(|note| (*note).to_owned()).collect(),
        nobody: "not_searched",
        settled: None,
    };
    vec![
        one(
            "C-7",
            "register",
            vec![
                looked(System::GenesysCloud, State::Searched, 0, true, &[]),
                looked(System::Favorites, State::Searched, 2, true, &[]),
                looked(
                    System::Exports,
                    State::NotReachable,
                    0,
                    false,
                    &["The service did not answer."],
                ),
                looked(System::Copies, State::Searched, 0, true, &[]),
            ],
            &[],
        ),
        one(
            "C-9",
            "register",
            Vec::new(),
            &["An entry of the register is damaged."],
        ),
        one(
            "C-11",
            "case",
            vec![
                looked(System::GenesysCloud, State::Searched, 0, true, &[]),
                looked(System::Favorites, State::NotConfigured, 0, false, &[]),
            ],
            &[],
        ),
    ]
}

#[test]
fn the_register_at_three_sizes_before_and_after_a_search() {
    for (columns, lines) in [(80, 24), (120, 30), (200, 60)] {
        let mut console = register(columns, lines);
        insta::assert_snapshot!(format!("register_{columns}"), console.screen());
        let asked = console.press("s");
        assert!(matches!(spawned(&asked)[..], [TaskRequest::Recheck]), "{asked:?}");
        assert!(console.screen().contains("being searched for"));
        assert!(spawned(&console.press("s")).is_empty(), "once is enough");
        let searching = console.running("search again for what was erased");
        console.done(searching, TaskOutput::Rechecked(again()));
        let screen = console.screen();
        let title = screen.lines().find(|line| line.contains("Register"));
        let title = title.unwrap_or_default();
        assert!(
            title.contains("INCOMPLETE") && title.contains("1 found"),
            "{title}"
        );
        insta::assert_snapshot!(format!("register_again_{columns}"), screen);
    }
}

#[test]
fn the_register_shows_nobody_until_it_is_asked_to_and_that_is_recorded() {
    let mut console = register(120, 30);
    let screen = console.screen();
    assert!(
        screen.contains("T-107") && screen.contains("2027-12-18"),
        "{screen}"
    );
    assert!(!screen.contains(EDDA), "{screen}");
    let asked = console.press("v");
    assert!(
        matches!(&spawned(&asked)[..], [TaskRequest::RecordReveal(place)] if place == "register"),
        "{asked:?}"
    );
    assert!(console.screen().contains(EDDA), "{}", console.screen());
    let line = console.press("y");
    assert_eq!(copied(&line), Some("dsr cases recheck"));
}

#[test]
fn what_came_back_is_an_error_until_it_is_seen() {
    let mut console = register(120, 30);
    console.press("s");
    let searching = console.running("search again for what was erased");
    console.press("<esc>");
    console.done(searching, TaskOutput::Rechecked(again()));
    assert_eq!(console.app.shared.notices.unread_errors(), 1);
    assert!(
        console.screen().contains("What was erased is there again: C-7."),
        "{}",
        console.screen()
    );
}

#[test]
fn what_was_never_erased_there_is_found_and_is_not_back() {
    let mut console = register(120, 30);
    console.press("s");
    let searching = console.running("search again for what was erased");
    let all = vec![Rechecked {
        erased_in: Some(vec![System::Favorites]),
        systems: vec![
            looked(System::GenesysCloud, State::Searched, 1, true, &[]),
            looked(System::Favorites, State::Searched, 0, true, &[]),
        ],
        ..again().remove(0)
    }];
    console.done(searching, TaskOutput::Rechecked(all));
    assert_eq!(console.app.shared.notices.unread_errors(), 0);
    let screen = console.screen();
    for said in [
        "1 found, nothing was erased there",
        "1 person, nothing found again",
    ] {
        assert!(screen.contains(said), "{screen}");
    }
    assert!(!screen.contains("is there again"), "{screen}");
}

#[test]
fn what_was_settled_is_listed_and_not_raised() {
    let mut console = register(120, 30);
    console.press("s");
    let searching = console.running("search again for what was erased");
    let settled = Some(Settled {
        by: "olga".to_owned(),
        at: "2026-11-20T09:00:00Z".parse().unwrap(),
        why: Some("it belongs to a colleague".to_owned()),
    });
    let all = vec![Rechecked {
        systems: vec![
            looked(System::GenesysCloud, State::Searched, 0, true, &[]),
            Looked {
                settled,
                ..looked(System::Favorites, State::Searched, 1, true, &[])
            },
        ],
        ..again().remove(0)
    }];
    console.done(searching, TaskOutput::Rechecked(all));
    assert_eq!(console.app.shared.notices.unread_errors(), 0);
    let screen = console.screen();
    for said in [
        "favorites: 1 found, settled by olga on 2026-11-20",
        "1 person, 1 settled by hand, nothing else found",
    ] {
        assert!(screen.contains(said), "{screen}");
    }
    assert!(!screen.contains("colleague"), "{screen}");
}

#[test]
fn the_palette_leads_to_the_register() {
    let mut console = Console::showing(120, 30, Mode::Simulation);
    console.press(":register<enter>");
    console.running("register of erased people");
}
