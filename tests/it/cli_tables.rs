//! Tables, JSON and CSV of the commands, drawn from made-up rows: what stands at which width, what
//! is masked, and that nothing hostile from a server reaches a terminal or a spreadsheet.

use std::io::Write;
use std::sync::{Arc, Mutex};

use dsr_console::cli::options::Format;
use dsr_console::cli::output::Output;
use dsr_console::cli::requests::{batch, batch_list, list, watch};
use dsr_console::cli::subjects::search;
use dsr_console::cli::table::Drawing;
use dsr_console::cli::{List, archive};
use dsr_console::domain::candidate::{Asked, Candidate, Matched, MergeMember};
use dsr_console::domain::identifier::IdentifierKind;
use dsr_console::domain::mode::Mode;
use dsr_console::domain::queue::{Origin, PackedSubject, QueueRow};
use dsr_console::domain::request::RequestType;
use dsr_console::domain::subject::Subject;
use dsr_console::workflow::archive::{ArchiveView, Entry, EntryKind};
use dsr_console::workflow::search::SearchResult;
use dsr_console::workflow::watch::{Change, Look};
use jiff::tz::TimeZone;

/// A sink that can be read afterwards.
#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

const AT_80: Drawing = Drawing {
    width: Some(80),
    ascii: false,
    reveal: false,
    color: false,
};

fn told(list: &List, format: Format, drawing: Drawing) -> String {
    let sink = Shared::default();
    let out = Output::to(Box::new(sink.clone()), format, Mode::Simulation, drawing);
    out.list(Some("Example Contact Centre"), list).unwrap();
    let bytes = sink.0.lock().unwrap().clone();
    String::from_utf8(bytes).unwrap()
}

fn berlin() -> TimeZone {
    TimeZone::fixed(jiff::tz::offset(1))
}

fn row(id: &str, kind: RequestType, name: &str, status: &str) -> QueueRow {
    let subject = Subject {
        name: Some(name.to_owned()),
        external_contact_id: Some("c0ffee00-0000-4000-8000-000000000001".to_owned()),
        ..Subject::default()
    };
    QueueRow {
        id: Some(id.into()),
        operation_id: None,
        kind: Some(kind),
        type_text: kind.api_name().into(),
        status: status.into(),
        subject: PackedSubject::pack(&subject),
        label: name.into(),
        submitted_at: Some("2026-11-18T13:02:11Z".parse().unwrap()),
        created_by: Some("jdoe".into()),
        origin: Origin::Ours,
        due: None,
        reference: None,
        results: 0,
        downloaded: 0,
    }
}

fn rows() -> Vec<QueueRow> {
    let mut unknown = row("", RequestType::Delete, "Anna Muster", "UNKNOWN");
    unknown.id = None;
    unknown.operation_id = Some("7f3a1111-2222-4333-8444-555566667777".into());
    unknown.due = Some(jiff::civil::date(2026, 12, 7));
    let mut done = row(
        "91d8aaaa-2222-4333-8444-555566667777",
        RequestType::Export,
        "anna.muster@example.org",
        "COMPLETED",
    );
    done.results = 2;
    done.downloaded = 1;
    done.reference = Some("DSR-17".into());
    let mut strange = row(
        "91d8bbbb-2222-4333-8444-555566667777",
        RequestType::Update,
        "+49 30 23125014",
        "HIBERNATING",
    );
    strange.kind = None;
    strange.type_text = "GDPR_RESTRICT".into();
    strange.origin = Origin::Elsewhere;
    vec![unknown, done, strange]
}

fn queue(rows: &[QueueRow]) -> List {
    list::list(&rows.iter().collect::<Vec<_>>(), &berlin())
}

#[test]
fn the_queue_at_80_columns_is_masked_and_fits() {
    let text = told(&queue(&rows()), Format::Table, AT_80);
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    insta::assert_snapshot!("queue_80", text);
    let wide = Drawing {
        width: Some(160),
        reveal: true,
        ..AT_80
    };
    insta::assert_snapshot!("queue_160_revealed", told(&queue(&rows()), Format::Table, wide));
}

#[test]
fn ids_that_begin_alike_are_told_apart() {
    let alike = [
        row("91d8aaaa-2222", RequestType::Export, "A B", "COMPLETED"),
        row("91d8aaaa-3333", RequestType::Export, "C D", "COMPLETED"),
    ];
    let text = told(&queue(&alike), Format::Table, AT_80);
    assert!(
        text.contains("91d8aaaa-2 ") && text.contains("91d8aaaa-3 "),
        "{text}"
    );
}

/// What a hostile name may hold: escape sequences, a title change, bidirectional overrides, line
/// breaks, zero-width characters, C1 controls.
const HOSTILE: &str =
    "\u{1b}[31mEvil\u{1b}]0;owned\u{7} \u{202e}txt.exe\u{202c}\r\nroot\u{200b}\u{9b}2J\u{2066}x";

fn is_hostile(c: char) -> bool {
    (c.is_control() && c != '\n')
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}')
}

#[test]
fn hostile_names_do_not_reach_the_terminal() {
    let mut hostile = row("1234567890ab", RequestType::Delete, HOSTILE, HOSTILE);
    hostile.reference = Some(HOSTILE.into());
    hostile.created_by = Some(HOSTILE.into());
    for reveal in [false, true] {
        let drawing = Drawing {
            reveal,
            width: Some(200),
            ..AT_80
        };
        let text = told(&queue(std::slice::from_ref(&hostile)), Format::Table, drawing);
        assert_eq!(text.lines().count(), 2, "a name broke the line: {text:?}");
        assert!(!text.contains(is_hostile), "{text:?}");
    }
    for format in [Format::Json, Format::Ndjson] {
        let text = told(&queue(std::slice::from_ref(&hostile)), format, AT_80);
        assert!(!text.contains(is_hostile), "{text:?}");
        // The data itself is complete.
        let line = text.lines().next().unwrap_or_default();
        let value: serde_json::Value = serde_json::from_str(&text)
            .or_else(|_| serde_json::from_str(line))
            .unwrap();
        let item = value.pointer("/items/0").unwrap_or(&value);
        assert_eq!(item["label"], HOSTILE);
    }
}

#[test]
fn csv_cannot_be_calculated() {
    let mut formula = row(
        "1234567890ab",
        RequestType::Export,
        "=HYPERLINK(\"http://evil.example\")",
        "+1",
    );
    formula.reference = Some("@SUM(A1)".into());
    formula.created_by = Some("-2+3".into());
    let text = told(&queue(&[formula]), Format::Csv, AT_80);
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let heads: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    assert_eq!(heads[..4], ["mode", "id", "operation_id", "type"]);
    let record = reader.records().next().unwrap().unwrap();
    for cell in &record {
        assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{cell:?}");
    }
    assert!(
        record
            .iter()
            .any(|cell| cell == "'=HYPERLINK(\"http://evil.example\")")
    );
}

fn anna() -> Candidate {
    Candidate {
        reference: "1f0c6b7a9d2e3f40".into(),
        kind: dsr_console::domain::subject::SubjectKind::ExternalContact,
        name: Some("Anna Muster".into()),
        subject: Subject {
            external_contact_id: Some("c0ffee00-0000-4000-8000-000000000001".into()),
            email_addresses: vec!["anna.muster@example.org".into()],
            ..Subject::default()
        },
        matched: vec![
            Matched {
                by: IdentifierKind::Email,
                form: "as_typed".into(),
            },
            Matched {
                by: IdentifierKind::Phone,
                form: "e164".into(),
            },
        ],
        merge_set: vec![MergeMember {
            external_contact_id: "c0ffee00-0000-4000-8000-000000000002".into(),
            name: None,
            canonical: false,
        }],
        is_user: false,
        also: vec![],
    }
}

fn asked(place: &str, hits: Option<u64>) -> Asked {
    Asked {
        by: IdentifierKind::Email,
        form: "as_typed".into(),
        value: "anna.muster@example.org".into(),
        place: place.into(),
        hits,
    }
}

#[test]
fn candidates_are_masked_and_what_was_asked_stands_below() {
    let result = SearchResult {
        candidates: vec![anna()],
        asked: vec![asked("gdpr_subjects", Some(1)), asked("users", None)],
        complete: false,
        limited: false,
        notes: vec!["Users could not be asked.".into()],
    };
    let mut text = told(&search::list(&result), Format::Table, AT_80);
    text.push_str(&search::footer(&result.asked, AT_80));
    assert!(
        !text.contains("Muster") && !text.contains("anna.muster"),
        "{text}"
    );
    insta::assert_snapshot!("candidates_80", text);
    insta::assert_snapshot!(
        "candidates_json",
        told(&search::list(&result), Format::Json, AT_80)
    );
}

#[test]
fn nothing_found_says_what_was_asked() {
    let result = SearchResult {
        asked: vec![asked("gdpr_subjects", Some(0))],
        complete: true,
        ..SearchResult::default()
    };
    let mut text = told(&search::list(&result), Format::Table, AT_80);
    text.push_str(&search::footer(&result.asked, AT_80));
    insta::assert_snapshot!("nobody_found", text);
}

#[test]
fn a_change_is_an_interval_and_never_a_moment() {
    let look = Look {
        changes: vec![
            Change {
                id: "91d8aaaa".into(),
                from: Some("SEARCHING".into()),
                to: "DELETING".into(),
                not_before: Some("2026-11-18T13:31:40Z".parse().unwrap()),
                at: "2026-11-18T13:58:02Z".parse().unwrap(),
            },
            Change {
                id: "91d8bbbb".into(),
                from: None,
                to: "INITIATED".into(),
                not_before: None,
                at: "2026-11-18T13:58:02Z".parse().unwrap(),
            },
        ],
        open: 2,
        complete: true,
        ..Look::default()
    };
    insta::assert_snapshot!(
        "changes_80",
        told(&watch::list(&look, &berlin()), Format::Table, AT_80)
    );
    let lines: Vec<String> = look
        .changes
        .iter()
        .map(|change| watch::change_line(&watch::change_item(change), &berlin()))
        .collect();
    insta::assert_snapshot!("change_lines", lines.join("\n"));
}

#[test]
fn a_batch_tells_what_becomes_of_each_row() {
    let item = |number, disposition, candidates: &[&str], detail: Option<&str>| batch::BatchItem {
        row: number,
        kind: RequestType::Delete,
        disposition,
        candidates: candidates.iter().map(|c| (*c).to_owned()).collect(),
        detail: detail.map(str::to_owned),
        reference: Some(format!("DSR-{number}")),
        request: None,
        label: (disposition == "ready").then(|| "Anna Muster".to_owned()),
    };
    let items = [
        item(1, "ready", &[], None),
        item(
            2,
            "ambiguous",
            &["1f0c6b7a9d2e3f40", "2e0c6b7a9d2e3f40"],
            Some("2 persons fit"),
        ),
        item(3, "not_found", &[], Some("nobody was found")),
    ];
    let list = batch_list::list(&items, &"0".repeat(64));
    assert!(!list.complete);
    let candidates = "row 2: 1f0c6b7a9d2e3f40, 2e0c6b7a9d2e3f40";
    assert_eq!(
        list.notes,
        ["3 rows: 1 ready, 1 ambiguous, 1 not found", candidates]
    );
    insta::assert_snapshot!("batch_80", told(&list, Format::Table, AT_80));
}

#[test]
fn an_archive_is_listed_without_its_content() {
    let view = ArchiveView {
        entries: vec![Entry {
            name: "contacts-service!externalContact.json".into(),
            service: "contacts-service".into(),
            kind: EntryKind::Record,
            bytes: 321,
            preview: Some("name: Anna Muster".into()),
        }],
        receipts: 97,
        unreadable: vec![],
        warnings: vec![],
        not_covered: vec!["call transcripts".into()],
    };
    let masked = told(&archive::list(&view), Format::Table, AT_80);
    assert!(!masked.contains("Muster"));
    insta::assert_snapshot!("archive_80", masked);
}
