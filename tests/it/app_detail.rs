//! Detail of a request and the view of an archive, by key presses.

use std::path::PathBuf;

use dsr_console::app::{Effect, TaskId, TaskOutput, TaskRequest};
use dsr_console::domain::mode::Mode;
use dsr_console::domain::operation::{NewRequest, Operation, OperationState};
use dsr_console::domain::queue::{QueueRow, TimelineEntry, TimelineKind};
use dsr_console::domain::request::RequestType;
use dsr_console::domain::subject::Subject;
use dsr_console::workflow::archive::{ArchiveView, Entry, EntryKind};
use dsr_console::workflow::queue::{Detail, ResultFile};
use dsr_console::workflow::reconcile::Settled;

use super::app_harness::{Console, row, rows, spawned, start};

const OPERATION: &str = "0b0b0b0b-0000-4000-8000-00000000000b";
const REMOTE: &str = "00000009-0000-4000-8000-00000000000a";

fn operation(state: OperationState, kind: RequestType) -> Operation {
    Operation {
        id: OPERATION.to_owned(),
        request: NewRequest {
            kind,
            subject: Subject {
                external_contact_id: Some("contact-1".to_owned()),
                ..Subject::default()
            },
            replacement_terms: Vec::new(),
        },
        label: "Anna Muster".to_owned(),
        state,
        plan_digest: "9c1f".repeat(16),
        actor: "jdoe".to_owned(),
        reference: Some("CASE-19".to_owned()),
        reason: None,
        received: Some(jiff::civil::date(2026, 11, 5)),
        waits_for: None,
        planned_at: start(),
        intent_at: Some(start()),
        outcome_at: None,
        server_time: None,
        http_status: None,
        correlation_id: Some("correlation-1".to_owned()),
        detail: Some("the connection was cut".to_owned()),
        remote_id: None,
    }
}

fn detail(row: QueueRow, operation: Option<Operation>, results: Vec<ResultFile>) -> Detail {
    let earlier = start().checked_sub(jiff::ToSpan::hours(1)).unwrap();
    Detail {
        command: format!("dsr requests show {}", row.any_id()),
        row,
        operation,
        replacement_terms: Vec::new(),
        timeline: vec![
            TimelineEntry {
                at: earlier,
                not_before: None,
                kind: TimelineKind::Planned,
                text: "planned by jdoe, digest 9c1f".to_owned(),
            },
            TimelineEntry {
                at: start(),
                not_before: Some(earlier),
                kind: TimelineKind::Status,
                text: "INITIATED to SEARCHING".to_owned(),
            },
        ],
        results,
        related: vec!["aaaaaaaa-0000-4000-8000-00000000000a".to_owned()],
    }
}

fn id_of(effects: &[Effect], wanted: impl Fn(&TaskRequest) -> bool) -> TaskId {
    let found = effects.iter().find_map(|effect| match effect {
        Effect::Spawn { id, request } if wanted(request) => Some(*id),
        _ => None,
    });
    found.unwrap_or_else(|| panic!("no such task in {effects:?}"))
}

fn is_detail(request: &TaskRequest) -> bool {
    matches!(request, TaskRequest::Detail { .. })
}

/// Opens the first row of the queue, and answers with `known`, from the store and from the API.
fn opened(columns: u16, lines: u16, mode: Mode, known: Detail) -> Console {
    let mut console = Console::showing(columns, lines, mode);
    console.load(rows());
    let effects = console.press("2<enter>");
    let effects = console.done(id_of(&effects, is_detail), TaskOutput::Detail(known.clone()));
    if spawned(&effects).into_iter().any(is_detail) {
        console.done(id_of(&effects, is_detail), TaskOutput::Detail(known));
    }
    console
}

fn unknown() -> Detail {
    let row = QueueRow {
        id: None,
        operation_id: Some(OPERATION.into()),
        ..row(3, RequestType::Delete, "UNKNOWN", "Anna Muster")
    };
    detail(
        row,
        Some(operation(OperationState::Unknown, RequestType::Delete)),
        Vec::new(),
    )
}

fn export(path: Option<PathBuf>) -> Detail {
    let row = QueueRow {
        results: 1,
        ..row(9, RequestType::Export, "COMPLETED", "Anna Muster")
    };
    let result = ResultFile {
        url: "https://apps.example.org/platform/api/v2/downloads/1".to_owned(),
        bytes: path.as_ref().map(|_| 1_234),
        sha256: None,
        checked: path.is_some(),
        path,
    };
    detail(row, None, vec![result])
}

#[test]
fn facts_and_timeline_are_shown_masked_until_revealed() {
    for (columns, lines) in [(80, 24), (120, 30), (200, 60)] {
        let mut console = opened(columns, lines, Mode::Simulation, export(None));
        let screen = console.screen();
        for wanted in [
            "COMPLETED",
            "INITIATED to SEARCHING (after 18 Nov 11:03)",
            "A••• M•••••",
            "not here yet",
        ] {
            assert!(screen.contains(wanted), "{columns}x{lines}: {wanted}\n{screen}");
        }
        assert!(!screen.contains("Anna Muster"), "{screen}");
        let effects = console.press("v");
        assert!(
            matches!(spawned(&effects)[..], [TaskRequest::RecordReveal(_)]),
            "{effects:?}"
        );
        assert!(console.screen().contains("Anna Muster"));
    }
}

#[test]
fn the_store_answers_first_and_the_api_is_asked_after_it() {
    let mut console = Console::showing(120, 30, Mode::Simulation);
    console.load(rows());
    let effects = console.press("2<enter>");
    assert!(
        matches!(spawned(&effects)[..], [TaskRequest::Detail { look: false, .. }]),
        "{effects:?}"
    );
    let first = id_of(&effects, is_detail);
    let effects = console.done(first, TaskOutput::Detail(export(None)));
    assert!(
        matches!(spawned(&effects)[..], [TaskRequest::Detail { look: true, .. }]),
        "{effects:?}"
    );
    // An answer to an older question is not taken for the latest.
    console.done(first, TaskOutput::Detail(unknown()));
    assert!(console.screen().contains("COMPLETED"), "{}", console.screen());
}

#[test]
fn a_result_is_downloaded_and_then_opened() {
    let mut console = opened(120, 30, Mode::Simulation, export(None));
    let effects = console.press("d");
    let download = id_of(
        &effects,
        |request| matches!(request, TaskRequest::Download { id } if id == REMOTE),
    );
    let effects = console.done(download, TaskOutput::Downloaded(Vec::new()));
    let here = export(Some(PathBuf::from("results.zip")));
    console.done(id_of(&effects, is_detail), TaskOutput::Detail(here));
    assert!(
        console.screen().contains("here, 1,234 bytes, opened and read"),
        "{}",
        console.screen()
    );
    let effects = console.press("a");
    id_of(
        &effects,
        |request| matches!(request, TaskRequest::OpenArchive(path) if path.ends_with("results.zip")),
    );
}

#[test]
fn what_cannot_be_done_says_why_and_does_nothing() {
    let mut console = opened(120, 30, Mode::Simulation, export(None));
    for (key, why) in [
        ("w", "it is not waiting to be sent"),
        ("s", "it is not waiting to be sent"),
        ("u", "its outcome is known"),
        ("X", "its outcome is known"),
        ("a", "no result is here yet"),
    ] {
        assert!(spawned(&console.press(key)).is_empty(), "{key}");
        assert!(console.screen().contains(why), "{key}: {}", console.screen());
    }
}

#[test]
fn an_unknown_outcome_is_settled_by_a_person_only_after_asking() {
    let mut console = opened(120, 30, Mode::Simulation, unknown());
    let effects = console.press("u");
    let look = id_of(
        &effects,
        |request| matches!(request, TaskRequest::Reconcile(ids) if ids == &[OPERATION]),
    );
    let ours = operation(OperationState::Unknown, RequestType::Delete);
    let several = Settled::Several(vec![REMOTE.to_owned(), "00000008-remote".to_owned()]);
    let effects = console.done(look, TaskOutput::Reconciled(vec![(ours, several)]));
    console.done(id_of(&effects, is_detail), TaskOutput::Detail(unknown()));
    assert!(
        console.screen().contains(&format!("fits  {REMOTE}")),
        "{}",
        console.screen()
    );
    // No is the answer until another is chosen.
    assert!(spawned(&console.press("o<enter>")).is_empty());
    let effects = console.press("oy");
    id_of(
        &effects,
        |request| matches!(request, TaskRequest::Decide { remote_id: Some(id), operation_id } if id == REMOTE && operation_id == OPERATION),
    );
    assert!(spawned(&console.press("Xn")).is_empty());
    let effects = console.press("Xy");
    id_of(&effects, |request| {
        matches!(request, TaskRequest::Decide { remote_id: None, .. })
    });
}

fn waiting() -> Detail {
    let row = QueueRow {
        id: None,
        operation_id: Some(OPERATION.into()),
        ..row(3, RequestType::Delete, "PLANNED", "Anna Muster")
    };
    detail(
        row,
        Some(operation(OperationState::Planned, RequestType::Delete)),
        Vec::new(),
    )
}

#[test]
fn a_waiting_deletion_is_sent_in_live_only_by_typing_its_reference() {
    let mut console = opened(120, 30, Mode::Live, waiting());
    assert!(
        spawned(&console.press("sy<enter>")).is_empty(),
        "{}",
        console.screen()
    );
    console.press("<esc>");
    assert!(spawned(&console.press("sCASE-18<enter>")).is_empty());
    console.press("<esc>");
    let effects = console.press("sCASE-19<enter>");
    id_of(
        &effects,
        |request| matches!(request, TaskRequest::Release(id) if id == OPERATION),
    );
}

#[test]
fn giving_up_asks_first() {
    let mut console = opened(80, 24, Mode::Simulation, waiting());
    assert!(spawned(&console.press("w<enter>")).is_empty());
    let effects = console.press("wy");
    id_of(
        &effects,
        |request| matches!(request, TaskRequest::Withdraw(id) if id == OPERATION),
    );
}

fn archive() -> ArchiveView {
    let entry = |name: &str, kind, preview: Option<&str>| Entry {
        name: name.to_owned(),
        service: name.split('!').next().unwrap_or_default().to_owned(),
        kind,
        bytes: 2_048,
        preview: preview.map(str::to_owned),
    };
    ArchiveView {
        entries: vec![
            entry(
                "contacts-service!externalContact.json",
                EntryKind::Record,
                Some("name: Anna Muster"),
            ),
            entry("recording!1_Rec_1.opus", EntryKind::Audio, None),
        ],
        receipts: 240,
        unreadable: vec!["recording!2_Rec_2.zip: damaged".to_owned()],
        warnings: Vec::new(),
        not_covered: vec!["call transcripts".to_owned()],
    }
}

fn archive_open(columns: u16, lines: u16) -> Console {
    let mut console = opened(
        columns,
        lines,
        Mode::Simulation,
        export(Some(PathBuf::from("results.zip"))),
    );
    let effects = console.press("a");
    let opening = id_of(&effects, |request| matches!(request, TaskRequest::OpenArchive(_)));
    console.done(opening, TaskOutput::Archive(archive()));
    console
}

#[test]
fn an_archive_lists_what_tells_most_and_says_what_is_missing() {
    for (columns, lines) in [(80, 24), (200, 60)] {
        let mut console = archive_open(columns, lines);
        let screen = console.screen();
        for wanted in [
            "2 of 2 entries, 240 receipts",
            "record",
            "audio",
            "damaged",
            "call transcripts",
        ] {
            assert!(screen.contains(wanted), "{columns}x{lines}: {wanted}\n{screen}");
        }
        assert!(
            !screen.contains("Anna Muster"),
            "content is shown only when asked for"
        );
    }
}

#[test]
fn an_entry_is_read_on_request_and_that_is_recorded() {
    let mut console = archive_open(120, 30);
    let effects = console.press("<enter>");
    id_of(&effects, |request| {
        matches!(request, TaskRequest::RecordReveal(_))
    });
    let reading = id_of(
        &effects,
        |request| matches!(request, TaskRequest::ReadEntry { name, .. } if name.ends_with("externalContact.json")),
    );
    let name = "contacts-service!externalContact.json".to_owned();
    let text = "{\n  \"name\": \"Anna Muster\u{1b}[2J\"\n}".to_owned();
    console.done(reading, TaskOutput::Entry { name, text });
    assert!(console.screen().contains("Anna Muster"));
    assert!(!console.screen().contains('\u{1b}'));
    // Closing goes back to the list, then to the request, then to the panes.
    console.press("<esc>");
    assert!(console.screen().contains("240 receipts"));
    console.press("<esc>");
    assert!(console.screen().contains("WHAT HAPPENED"));
    console.press("<esc>");
    assert!(console.screen().contains("Requests"));
}

#[test]
fn entries_are_filtered_by_kind_and_name() {
    let mut console = archive_open(120, 30);
    console.press("/audio<enter>");
    let screen = console.screen();
    assert!(
        screen.contains("1 of 2 entries") && !screen.contains("externalContact.json"),
        "{screen}"
    );
    console.press("<backspace>");
    assert!(console.screen().contains("2 of 2 entries"));
}

#[test]
fn the_favorites_pane_never_looks_like_an_empty_result() {
    let mut console = Console::showing(120, 30, Mode::Simulation);
    console.press("3");
    let screen = console.screen();
    assert!(screen.contains("NOT SEARCHED"), "{screen}");
}
