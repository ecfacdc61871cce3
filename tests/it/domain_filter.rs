//! The queue's filter, typed and applied.

use dsr_console::domain::filter::{Now, day, since_instant, until_instant};
use dsr_console::domain::queue::{Origin, QueueFilter, QueueRow};
use dsr_console::domain::request::RequestType;
use dsr_console::domain::subject::Subject;
use jiff::civil::date;
use jiff::tz::TimeZone;
use proptest::prelude::*;

/// Central European time by its rule, so that no time zone database is needed.
fn berlin() -> TimeZone {
    TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap()
}

fn now() -> Now {
    Now {
        at: "2026-11-18T14:00:00Z".parse().unwrap(),
        zone: berlin(),
        login: "jdoe".to_owned(),
    }
}

fn row() -> QueueRow {
    QueueRow {
        id: Some("7f3a1c22".into()),
        operation_id: None,
        kind: Some(RequestType::Delete),
        type_text: "GDPR_DELETE".into(),
        status: "DELETING".into(),
        subject: (&Subject::default()).into(),
        label: "Anna Muster".into(),
        submitted_at: Some("2026-11-10T09:00:00Z".parse().unwrap()),
        created_by: Some("jdoe".into()),
        origin: Origin::Ours,
        due: None,
        reference: Some("TICKET-17".into()),
        results: 0,
        downloaded: 0,
    }
}

fn keeps(line: &str) -> bool {
    QueueFilter::parse(line, &now()).unwrap().keeps(&row())
}

#[test]
fn each_condition_lets_through_and_holds_back() {
    for (line, kept) in [
        ("", true),
        ("type=delete", true),
        ("type=export,delete", true),
        ("type=export", false),
        ("type=del", true),
        ("status=deleting", true),
        ("status=completed", false),
        ("status=completed,DELETING", true),
        ("since=10d", true),
        ("since=7d", false),
        ("since=2026-11-10", true),
        ("until=2026-11-10", true),
        ("until=2026-11-09", false),
        ("until=today", true),
        ("mine", true),
        ("muster", true),
        ("ANNA mus", true),
        ("ticket-17", true),
        ("7f3a", true),
        ("deleting", true),
        ("berta", false),
        ("type=delete status=deleting since=30d mine anna", true),
        ("text=mine", false),
    ] {
        assert_eq!(keeps(line), kept, "{line}");
    }
}

#[test]
fn mine_is_ours_by_this_login_only() {
    let filter = QueueFilter::parse("mine", &now()).unwrap();
    let mut other = row();
    other.created_by = Some("asmith".into());
    assert!(!filter.keeps(&other));
    let mut elsewhere = row();
    elsewhere.origin = Origin::Elsewhere;
    assert!(!filter.keeps(&elsewhere));
}

#[test]
fn a_row_without_a_date_passes_no_date_filter() {
    let mut planned = row();
    planned.submitted_at = None;
    assert!(QueueFilter::default().keeps(&planned));
    assert!(!QueueFilter::parse("since=300d", &now()).unwrap().keeps(&planned));
    assert!(!QueueFilter::parse("until=today", &now()).unwrap().keeps(&planned));
}

#[test]
fn wrong_words_are_named_by_rule() {
    for (line, said) in [
        ("type=foo", "export, delete or update"),
        ("since=yesteryear", "2026-11-03"),
        ("since=2026-02-30", "2026-11-03"),
        ("state=done", "status="),
    ] {
        let error = QueueFilter::parse(line, &now()).unwrap_err();
        assert!(error.0.contains(said), "{error}");
    }
}

#[test]
fn days_in_all_writings() {
    let today = date(2026, 11, 18);
    assert_eq!(day("2026-11-03", today), Ok(date(2026, 11, 3)));
    assert_eq!(day("today", today), Ok(today));
    assert_eq!(day("yesterday", today), Ok(date(2026, 11, 17)));
    assert_eq!(day("30d", today), Ok(date(2026, 10, 19)));
    assert_eq!(day(" 0D ", today), Ok(today));
    for bad in [
        "",
        "d",
        "-3d",
        "+3d",
        "99999999999d",
        "3.11.2026",
        "2026-11-03T00:00:00Z x",
    ] {
        assert!(day(bad, today).is_err(), "{bad}");
    }
}

#[test]
fn days_begin_in_the_operators_zone_also_when_clocks_change() {
    let berlin = berlin();
    let start = since_instant(date(2026, 10, 25), &berlin).unwrap();
    let end = until_instant(date(2026, 10, 25), &berlin).unwrap();
    assert_eq!(start.to_string(), "2026-10-24T22:00:00Z");
    assert_eq!(end.to_string(), "2026-10-25T23:00:00Z");
}

proptest! {
    #[test]
    fn a_filter_reads_back_from_its_own_line(
        types in proptest::sample::subsequence(RequestType::ALL.to_vec(), 0..=3),
        statuses in proptest::sample::subsequence(vec!["COMPLETED", "ERROR", "UNKNOWN"], 0..=3),
        since in proptest::option::of(0i64..900),
        mine in any::<bool>(),
        text in "[a-z]{0,5}( [a-z]{1,5})?",
    ) {
        let now = now();
        let mut parts: Vec<String> = Vec::new();
        if !types.is_empty() {
            parts.push(format!("type={}", types.iter().map(|t| t.as_str()).collect::<Vec<_>>().join(",")));
        }
        if !statuses.is_empty() {
            parts.push(format!("status={}", statuses.join(",")));
        }
        if let Some(days) = since {
            parts.push(format!("since={days}d until=today"));
        }
        if mine {
            parts.push("mine".to_owned());
        }
        parts.push(text);
        let filter = QueueFilter::parse(&parts.join(" "), &now).unwrap();
        let again = QueueFilter::parse(&filter.line(&now.zone), &now).unwrap();
        prop_assert_eq!(filter, again);
    }

    #[test]
    fn typing_never_panics(line in "\\PC{0,60}") {
        if let Ok(filter) = QueueFilter::parse(&line, &now()) {
            filter.keeps(&row());
        }
    }
}
