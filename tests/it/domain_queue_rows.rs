//! Packed rows: what goes in comes out, filters agree with the rule, unchanged parts are shared.

use dsr_console::domain::queue::{Origin, PackedSubject, QueueFilter, QueueRow};
use dsr_console::domain::queue_rows::QueueRows;
use dsr_console::domain::request::RequestType;
use jiff::Timestamp;
use proptest::prelude::*;

use super::app_harness::row;

const TEXT: &str = "[A-Za-zÄÖÜäöüßİ0-9 @.+\"\\\\\n-]{0,12}";

fn any_subject() -> impl Strategy<Value = PackedSubject> {
    let id = || prop::option::of("[a-f0-9-]{0,36}");
    (
        prop::option::of(TEXT),
        id(),
        id(),
        prop::collection::vec(TEXT, 0..3),
    )
        .prop_map(|(name, user_id, external_contact_id, email_addresses)| {
            PackedSubject::pack(&dsr_console::domain::subject::Subject {
                name,
                user_id,
                external_contact_id,
                email_addresses,
                ..Default::default()
            })
        })
}

fn any_row() -> impl Strategy<Value = QueueRow> {
    let kind = prop::option::of(prop::sample::select(RequestType::ALL.to_vec()));
    let status = prop::sample::select(vec![
        "COMPLETED",
        "ERROR",
        "UNKNOWN",
        "PLANNED",
        "DELETING",
        "neu",
    ]);
    let at = prop::option::of((-100_000_i64..100_000, 0_i64..1_000_000));
    let origin = prop::sample::select(vec![Origin::Ours, Origin::Elsewhere, Origin::MergeSet]);
    (
        (kind, status, TEXT, prop::option::of(TEXT), any_subject(), origin),
        (
            at,
            prop::option::of(TEXT),
            0_u32..99,
            prop::option::of(0_i16..9_999),
            any::<(u16, u16)>(),
        ),
        (any::<bool>(), prop::option::of("[0-9a-fA-F-]{0,40}")),
    )
        .prop_map(
            |(
                (kind, status, label, reference, subject, origin),
                (at, by, number, due, (results, downloaded)),
                (has_id, operation_id),
            )| {
                let plain = row(number, RequestType::Export, status, "");
                QueueRow {
                    id: plain.id.clone().filter(|_| has_id),
                    operation_id: operation_id.map(Into::into),
                    kind,
                    type_text: kind.map_or("GDPR_NEW", RequestType::api_name).into(),
                    label: label.into(),
                    reference: reference.map(Into::into),
                    subject,
                    submitted_at: at
                        .map(|(at, micros)| Timestamp::from_microsecond(at * 1_000_000 + micros).unwrap()),
                    created_by: by.map(Into::into),
                    due: due.map(|year| jiff::civil::date(year, 2, 28)),
                    results: results.into(),
                    downloaded: downloaded.into(),
                    origin,
                    ..plain
                }
            },
        )
}

fn any_filter() -> impl Strategy<Value = QueueFilter> {
    let limit = || prop::option::of(-100_000_i64..100_000);
    (
        prop::sample::subsequence(RequestType::ALL.to_vec(), 0..3),
        prop::sample::subsequence(vec!["COMPLETED", "ERROR", "UNKNOWN", "NONE"], 0..3),
        (limit(), limit()),
        prop::option::of("[A-Za-z ]{0,3}"),
        "[A-Za-zÄÖÜäöüßİ0-9 @.+-]{0,3}",
    )
        .prop_map(|(types, statuses, (since, until), mine, text)| QueueFilter {
            types,
            statuses: statuses.into_iter().map(str::to_owned).collect(),
            since: since.map(|at| Timestamp::new(at, 0).unwrap()),
            until: until.map(|at| Timestamp::new(at, 0).unwrap()),
            mine,
            text,
        })
}

/// The order of the queue, written anew.
fn sorted(mut rows: Vec<QueueRow>) -> Vec<QueueRow> {
    rows.sort_by(|a, b| {
        b.submitted_at
            .cmp(&a.submitted_at)
            .then_with(|| a.any_id().cmp(b.any_id()))
    });
    rows
}

proptest! {
    #[test]
    fn what_was_packed_comes_out_as_it_was(rows in prop::collection::vec(any_row(), 0..40)) {
        let packed: QueueRows = rows.iter().cloned().collect();
        prop_assert_eq!(packed.len(), rows.len());
        prop_assert_eq!(packed.iter().collect::<Vec<_>>(), rows.clone());
        for (place, row) in rows.iter().enumerate() {
            let found = packed.at(place).unwrap();
            prop_assert_eq!(found.any_id(), row.any_id());
            prop_assert_eq!(found.id(), row.id.as_deref());
            prop_assert_eq!((found.due(), found.submitted_at()), (row.due, row.submitted_at));
        }
        prop_assert!(packed.at(rows.len()).is_none());
    }

    #[test]
    fn the_fast_filter_keeps_what_the_rule_keeps(
        rows in prop::collection::vec(any_row(), 0..40),
        filter in any_filter(),
    ) {
        let packed: QueueRows = rows.iter().cloned().collect();
        let naive: Vec<bool> = rows.iter().map(|row| filter.keeps(row)).collect();
        prop_assert_eq!(packed.kept(&filter), naive);
    }

    #[test]
    fn replacing_is_the_same_as_sorting_what_stays_with_what_is_new(
        old in prop::collection::vec(any_row(), 0..30),
        new in prop::collection::vec(any_row(), 0..10),
        gone in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
    ) {
        let packed = old.iter().cloned().collect::<QueueRows>().sorted();
        prop_assert_eq!(packed.iter().collect::<Vec<_>>(), sorted(old.clone()));
        let gone: Vec<String> = if old.is_empty() { Vec::new() } else {
            gone.iter().map(|index| index.get(&old).any_id().to_owned()).collect()
        };
        let replaced = packed.replaced(|row| gone.iter().any(|id| id == row.any_id()), new.clone());
        let mut expected: Vec<QueueRow> =
            old.into_iter().filter(|row| !gone.iter().any(|id| id == row.any_id())).collect();
        expected.extend(new);
        let key = |row: &QueueRow| (row.submitted_at, row.any_id().to_owned(), row.label.to_string());
        let mut got: Vec<_> = replaced.iter().map(|row| key(&row)).collect();
        let order: Vec<_> = got.iter().map(|(at, id, _)| (*at, id.clone())).collect();
        let wanted: Vec<_> = sorted(expected.clone()).iter().map(|row| (row.submitted_at, row.any_id().to_owned())).collect();
        prop_assert_eq!(order, wanted);
        let mut expected: Vec<_> = expected.iter().map(key).collect();
        got.sort();
        expected.sort();
        prop_assert_eq!(got, expected);
    }
}

#[test]
fn chunks_that_nothing_happened_in_are_shared() {
    let rows: Vec<QueueRow> = (0..5_000)
        .map(|n| row(n, RequestType::Export, "COMPLETED", "Anna Muster"))
        .collect();
    let before = rows.into_iter().collect::<QueueRows>().sorted();
    let changed = QueueRow {
        status: "ERROR".into(),
        ..before.get(2_345).unwrap()
    };
    let id = changed.any_id().to_owned();
    let after = before.replaced(|row| row.any_id() == id, vec![changed]);
    assert_eq!(after.len(), before.len());
    assert_eq!(&*after.get(2_345).unwrap().status, "ERROR");
    assert_eq!(
        &*before.get(2_345).unwrap().status,
        "COMPLETED",
        "a reading never changes"
    );
    assert!(
        after.shared_with(&before) >= before.len() - 512,
        "{}",
        after.shared_with(&before)
    );
}

#[test]
fn many_rows_are_small() {
    let rows: QueueRows = (0..2_000)
        .map(|n| row(n, RequestType::Export, "COMPLETED", "Anna Muster"))
        .collect();
    assert!(
        rows.bytes() / 2_000 <= 180,
        "{} bytes a row",
        rows.bytes() / 2_000
    );
}

#[test]
fn a_needle_never_matches_across_two_fields_or_rows() {
    let rows: QueueRows = [
        QueueRow {
            reference: Some("AB".into()),
            ..row(1, RequestType::Export, "ERROR", "xx")
        },
        row(2, RequestType::Export, "ERROR", "CD"),
    ]
    .into_iter()
    .collect();
    for (text, hits) in [
        ("ab", 1),
        ("cd", 1),
        ("abcd", 0),
        ("xx0", 0),
        ("err", 2),
        ("port", 2),
    ] {
        let filter = QueueFilter {
            text: text.to_owned(),
            ..QueueFilter::default()
        };
        assert_eq!(
            rows.kept(&filter).into_iter().filter(|kept| *kept).count(),
            hits,
            "{text}"
        );
    }
}
