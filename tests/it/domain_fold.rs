//! The same person found twice is one row, whatever the order of the answers.

use std::collections::BTreeSet;

use dsr_console::domain::candidate::{Candidate, Matched, MergeMember};
use dsr_console::domain::fold::{Answer, fold, reference};
use dsr_console::domain::identifier::IdentifierKind;
use dsr_console::domain::subject::{DialerContact, JourneyCustomer, Subject, SubjectKind};
use proptest::prelude::*;

fn answer(order: usize, by: IdentifierKind, subject: Subject) -> Answer {
    Answer {
        order,
        subject,
        matched: Matched {
            by,
            form: "as_typed".to_owned(),
        },
        merge_set: Vec::new(),
    }
}

fn user(id: &str) -> Subject {
    Subject {
        name: Some("Anna Muster".to_owned()),
        user_id: Some(id.to_owned()),
        ..Subject::default()
    }
}

fn contact(id: &str) -> Subject {
    Subject {
        external_contact_id: Some(id.to_owned()),
        ..Subject::default()
    }
}

#[test]
fn the_same_contact_found_twice_says_what_matched() {
    let mut by_mail = contact("c1");
    by_mail.email_addresses = vec!["anna.muster@example.org".to_owned()];
    let mut by_phone = contact("c1");
    by_phone.phone_numbers = vec!["+493023125014".to_owned()];
    let rows = fold(
        vec![
            answer(0, IdentifierKind::Email, by_mail),
            answer(1, IdentifierKind::Phone, by_phone),
        ],
        b"salt",
    );
    assert_eq!(rows.len(), 1);
    let kinds: Vec<_> = rows[0].matched.iter().map(|m| m.by).collect();
    assert_eq!(kinds, [IdentifierKind::Email, IdentifierKind::Phone]);
    assert_eq!(
        rows[0].subject.email_addresses.len() + rows[0].subject.phone_numbers.len(),
        2
    );
    assert!(!rows[0].is_user);
}

#[test]
fn links_are_transitive_and_no_id_is_lost() {
    let both = Subject {
        user_id: Some("u1".to_owned()),
        external_id: Some("crm-1".to_owned()),
        ..Subject::default()
    };
    let other = Subject {
        external_contact_id: Some("c1".to_owned()),
        external_id: Some("crm-1".to_owned()),
        ..Subject::default()
    };
    let rows = fold(
        vec![
            answer(0, IdentifierKind::Email, user("u1")),
            answer(1, IdentifierKind::Phone, contact("c1")),
            answer(2, IdentifierKind::ExternalId, both),
            answer(2, IdentifierKind::ExternalId, other),
        ],
        b"salt",
    );
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].kind, SubjectKind::User);
    assert!(rows[0].is_user);
    assert_eq!(
        rows[0].also,
        [contact("c1")],
        "a request for the user does not reach the contact"
    );
}

#[test]
fn equal_names_are_two_people() {
    let rows = fold(
        vec![
            answer(0, IdentifierKind::Name, user("u1")),
            answer(0, IdentifierKind::Name, user("u2")),
        ],
        b"salt",
    );
    assert_eq!(rows.len(), 2);
    assert_ne!(rows[0].reference, rows[1].reference);
}

#[test]
fn every_kind_of_id_links() {
    let dialer = |id: &str| Subject {
        dialer_contact_id: Some(DialerContact {
            id: Some(id.to_owned()),
            contact_list_id: Some("l".to_owned()),
        }),
        ..Subject::default()
    };
    let journey = |id: &str| Subject {
        journey_customer: Some(JourneyCustomer {
            kind: Some("cookie".to_owned()),
            id: Some(id.to_owned()),
        }),
        ..Subject::default()
    };
    let external = |id: &str| Subject {
        external_id: Some(id.to_owned()),
        ..Subject::default()
    };
    for make in [
        &user as &dyn Fn(&str) -> Subject,
        &contact,
        &dialer,
        &journey,
        &external,
    ] {
        let pair = |a: &str, b: &str| {
            fold(
                vec![
                    answer(0, IdentifierKind::Email, make(a)),
                    answer(1, IdentifierKind::Name, make(b)),
                ],
                b"",
            )
            .len()
        };
        assert_eq!(pair("1", "1"), 1);
        assert_eq!(pair("1", "2"), 2);
    }
}

#[test]
fn merge_sets_join_with_the_canonical_one_first() {
    let member = |id: &str, canonical| MergeMember {
        external_contact_id: id.to_owned(),
        name: None,
        canonical,
    };
    let mut one = answer(0, IdentifierKind::Email, contact("c2"));
    one.merge_set = vec![member("c2", false), member("c1", false)];
    let mut two = answer(1, IdentifierKind::Phone, contact("c2"));
    two.merge_set = vec![member("c3", true), member("c1", false)];
    let rows = fold(vec![one, two], b"");
    let ids: Vec<_> = rows[0]
        .merge_set
        .iter()
        .map(|m| m.external_contact_id.as_str())
        .collect();
    assert_eq!(ids, ["c3", "c1"], "itself is no other member");
}

#[test]
fn references_differ_by_store_and_stay_the_same_in_it() {
    let subject = contact("c1");
    assert_eq!(reference(b"one", &subject), reference(b"one", &subject));
    assert_ne!(reference(b"one", &subject), reference(b"two", &subject));
    assert_eq!(reference(b"one", &subject).len(), 16);
    assert!(!reference(b"one", &subject).contains("c1"));
}

fn any_subject() -> impl Strategy<Value = Subject> {
    let id = || proptest::option::weighted(0.4, "[a-c]");
    (
        id(),
        id(),
        id(),
        id(),
        proptest::option::of("[A-C]nna"),
        proptest::collection::vec("[a-c]@example.org", 0..2),
    )
        .prop_map(
            |(user_id, external_contact_id, dialer, external_id, name, email_addresses)| Subject {
                name,
                user_id,
                external_contact_id,
                dialer_contact_id: dialer.map(|id| DialerContact {
                    id: Some(id),
                    contact_list_id: None,
                }),
                external_id,
                email_addresses,
                ..Subject::default()
            },
        )
}

/// The ids of a row, of both its subject and what it names beside it.
fn ids(row: &Candidate) -> BTreeSet<String> {
    row.also.iter().chain([&row.subject]).flat_map(ids_of).collect()
}

fn ids_of(subject: &Subject) -> Vec<String> {
    [
        subject.user_id.as_ref().map(|id| format!("user {id}")),
        subject
            .external_contact_id
            .as_ref()
            .map(|id| format!("contact {id}")),
        subject
            .dialer_contact_id
            .as_ref()
            .and_then(|d| d.id.as_ref())
            .map(|id| format!("dialer {id}")),
    ]
    .into_iter()
    .flatten()
    .collect()
}

proptest! {
    #[test]
    fn order_does_not_matter_and_nothing_is_lost(
        subjects in proptest::collection::vec(any_subject(), 0..8),
        seed in any::<u64>(),
    ) {
        let answers: Vec<Answer> = subjects
            .iter()
            .enumerate()
            .map(|(i, subject)| answer(i / 2, IdentifierKind::ALL[i % 3], subject.clone()))
            .collect();
        let mut shuffled = answers.clone();
        shuffled.sort_by_key(|a| {
            let text = format!("{}{}{seed}", a.order, a.subject.key());
            text.bytes().fold(seed, |h, b| h.wrapping_mul(31).wrapping_add(u64::from(b)))
        });
        let rows = fold(answers, b"salt");
        prop_assert_eq!(&rows, &fold(shuffled, b"salt"));

        let before: BTreeSet<String> = subjects.iter().flat_map(ids_of).collect();
        let after: BTreeSet<String> = rows.iter().flat_map(ids).collect();
        prop_assert_eq!(before, after);

        // No id stands in two rows: each person is one row.
        let total: usize = rows.iter().map(|row| ids(row).len()).sum();
        let distinct: BTreeSet<String> = rows.iter().flat_map(ids).collect();
        prop_assert_eq!(total, distinct.len());
    }
}
