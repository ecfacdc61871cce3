//! Holds: reasons why a person's data must not be erased now, and whether one stands against a
//! deletion.

use jiff::Timestamp;
use jiff::civil::Date;

use crate::domain::identifier::{Identifier, IdentifierKind};
use crate::domain::subject::Subject;

/// A hold. Personal data: its `Debug` tells its id only.
#[derive(Clone, PartialEq, Eq)]
pub struct Hold {
    /// `H-3`.
    pub id: String,
    /// Why, in words.
    pub reason: String,
    /// The case whose person it protects, if it was set on one.
    pub case: Option<String>,
    /// Identifiers of the person.
    pub identifiers: Vec<Identifier>,
    /// Keys of the person's records ([`Subject::key`]), as found when it was set.
    pub keys: Vec<String>,
    /// Last day on which it holds; `None` until it is lifted.
    pub until: Option<Date>,
    /// When it was set.
    pub set_at: Timestamp,
    /// Login of who set it.
    pub set_by: String,
    /// When it was lifted.
    pub lifted_at: Option<Timestamp>,
}

impl std::fmt::Debug for Hold {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hold")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

impl Hold {
    /// True while it holds.
    pub fn stands(&self, today: Date) -> bool {
        self.lifted_at.is_none() && self.until.is_none_or(|last| today <= last)
    }

    /// True when it speaks of this record: by the record's key, an id in it, or a value that is equal
    /// once case, spaces and punctuation are left out.
    pub fn covers(&self, subject: &Subject) -> bool {
        self.keys.contains(&subject.key()) || self.covers_any(&identifiers_of(subject))
    }

    /// True when it speaks of a person known by any of these identifiers.
    pub fn covers_any(&self, identifiers: &[Identifier]) -> bool {
        identifiers
            .iter()
            .any(|known| self.identifiers.iter().any(|held| same(held, known)))
    }
}

/// What a record itself says of the person.
pub fn identifiers_of(subject: &Subject) -> Vec<Identifier> {
    let mut found = Vec::new();
    let mut add = |kind, value: &Option<String>| {
        found.extend(value.iter().map(|value| Identifier::new(kind, value)));
    };
    add(IdentifierKind::UserId, &subject.user_id);
    add(IdentifierKind::ExternalId, &subject.external_id);
    add(IdentifierKind::Name, &subject.name);
    for (kind, values) in [
        (IdentifierKind::Address, &subject.addresses),
        (IdentifierKind::Phone, &subject.phone_numbers),
        (IdentifierKind::Email, &subject.email_addresses),
    ] {
        found.extend(values.iter().map(|value| Identifier::new(kind, value)));
    }
    if let Some(handle) = &subject.social_handle
        && let (Some(network), Some(value)) = (&handle.kind, &handle.value)
        && let Some(kind) = IdentifierKind::parse(network)
    {
        found.push(Identifier::new(kind, value));
    }
    found
}

/// Too much is held rather than too little: what differs in case, spaces and punctuation only is the
/// same, and a number without its country code is the one with it.
fn same(a: &Identifier, b: &Identifier) -> bool {
    if a.kind != b.kind {
        return false;
    }
    let fold = |text: &str| -> String {
        let lower = text.to_lowercase();
        match a.kind {
            IdentifierKind::Email => lower.split_whitespace().collect(),
            _ => lower.chars().filter(|c| c.is_alphanumeric()).collect(),
        }
    };
    let (left, right) = (fold(&a.value), fold(&b.value));
    if left.is_empty() || right.is_empty() {
        return false;
    }
    if left == right {
        return true;
    }
    if a.kind != IdentifierKind::Phone {
        return false;
    }
    let tail = |text: &str| text.trim_start_matches('0').to_owned();
    let (left, right) = (tail(&left), tail(&right));
    let (short, long) = if left.len() < right.len() {
        (left, right)
    } else {
        (right, left)
    };
    short.len() >= 7 && long.ends_with(&short)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hold(kind: IdentifierKind, value: &str) -> Hold {
        Hold {
            id: "H-1".to_owned(),
            reason: "claim".to_owned(),
            case: None,
            identifiers: vec![Identifier::new(kind, value)],
            keys: vec!["external_contact:1".to_owned()],
            until: Some(jiff::civil::date(2026, 11, 20)),
            set_at: Timestamp::UNIX_EPOCH,
            set_by: "olga".to_owned(),
            lifted_at: None,
        }
    }

    #[test]
    fn spelling_does_not_get_around_a_hold() {
        let phone = hold(IdentifierKind::Phone, "+49 30 23125014");
        for (value, held) in [
            ("+493023125014", true),
            ("030 23125014", true),
            ("0049 (30) 2312-5014", true),
            ("+49 30 23125015", false),
            ("125014", false),
        ] {
            let subject = Subject {
                phone_numbers: vec![value.to_owned()],
                ..Subject::default()
            };
            assert_eq!(phone.covers(&subject), held, "{value}");
        }
        let email = hold(IdentifierKind::Email, "Anna.Muster@example.org");
        let other = |value: &str| vec![Identifier::new(IdentifierKind::Email, value)];
        assert!(email.covers_any(&other(" anna.muster@EXAMPLE.org ")));
        assert!(!email.covers_any(&other("annamuster@example.org")));
        assert!(!email.covers_any(&[Identifier::new(IdentifierKind::Name, "Anna.Muster@example.org")]));
    }

    #[test]
    fn a_hold_stands_until_its_last_day_is_over_or_it_is_lifted() {
        let mut hold = hold(IdentifierKind::Name, "x");
        assert!(hold.stands(jiff::civil::date(2026, 11, 20)));
        assert!(!hold.stands(jiff::civil::date(2026, 11, 21)));
        hold.until = None;
        assert!(hold.stands(jiff::civil::date(2099, 1, 1)));
        hold.lifted_at = Some(Timestamp::UNIX_EPOCH);
        assert!(!hold.stands(jiff::civil::date(2026, 1, 1)));
        let by_key = Subject {
            external_contact_id: Some("1".to_owned()),
            ..Subject::default()
        };
        assert!(hold.covers(&by_key), "{}", by_key.key());
    }
}
