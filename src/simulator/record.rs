//! What the estate holds about people, and how it is matched, redacted and corrected.

use serde::Deserialize;

use super::words::SearchType;

/// Where a record lives in the estate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub(crate) enum RecordKind {
    User,
    Contact,
    Dialer,
    Journey,
    Social,
    ExternalId,
    Unlinked,
}

/// One record about one person. Several records may be about the same person, as in reality.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Record {
    /// Where it lives.
    pub kind: RecordKind,
    /// Its id there; a network handle or an external id is its own id.
    pub id: String,
    /// Contact list of a dialer contact.
    pub list_id: Option<String>,
    /// Type of a journey customer.
    pub journey_type: Option<String>,
    /// Full name.
    pub name: Option<String>,
    /// Phone numbers as they are shown, in international form.
    pub phones: Vec<String>,
    /// E-mail addresses.
    pub emails: Vec<String>,
    /// Postal addresses, one line each.
    pub addresses: Vec<String>,
    /// Handles.
    pub social: Vec<(SearchType, String)>,
    /// External ids.
    pub external_ids: Vec<String>,
    /// For a merged external contact: the id of the one that stands for the set.
    pub merged_into: Option<String>,
    /// Title and department of a user.
    pub title: Option<String>,
    /// Department of a user.
    pub department: Option<String>,
}

impl Record {
    /// A record with nothing but its id.
    pub(crate) fn new(kind: RecordKind, id: impl Into<String>) -> Record {
        Record {
            kind,
            id: id.into(),
            list_id: None,
            journey_type: None,
            name: None,
            phones: Vec::new(),
            emails: Vec::new(),
            addresses: Vec::new(),
            social: Vec::new(),
            external_ids: Vec::new(),
            merged_into: None,
            title: None,
            department: None,
        }
    }

    /// Names the record in the event log.
    pub(crate) fn key(&self) -> String {
        let kind = match self.kind {
            RecordKind::User => "user",
            RecordKind::Contact => "contact",
            RecordKind::Dialer => "dialer",
            RecordKind::Journey => "journey",
            RecordKind::Social => "social",
            RecordKind::ExternalId => "external_id",
            RecordKind::Unlinked => "unlinked",
        };
        format!("{kind}:{}", self.id)
    }

    /// First and last name.
    pub(crate) fn names(&self) -> (Option<&str>, Option<&str>) {
        match self
            .name
            .as_deref()
            .map(|name| name.rsplit_once(' ').unwrap_or(("", name)))
        {
            None => (None, None),
            Some(("", last)) => (None, Some(last)),
            Some((first, last)) => (Some(first), Some(last)),
        }
    }

    /// The first handle on `network`.
    pub(crate) fn handle(&self, network: SearchType) -> Option<&str> {
        self.social
            .iter()
            .find(|(known, _)| *known == network)
            .map(|(_, value)| value.as_str())
    }

    /// Whether the record answers to `value`. A value that cannot be one of its type matches
    /// nothing, as in the real search.
    pub(crate) fn matches(&self, search: SearchType, value: &str) -> bool {
        let value = value.trim();
        if value.is_empty() {
            return false;
        }
        match search {
            SearchType::Name => self.name.as_deref().is_some_and(|name| name_matches(name, value)),
            SearchType::Address => {
                let wanted = flat(value);
                wanted.chars().count() >= 5
                    && self.addresses.iter().any(|known| flat(known).contains(&wanted))
            }
            SearchType::Phone => same_phone_in(&self.phones, value),
            SearchType::Email => {
                value.contains('@')
                    && self
                        .emails
                        .iter()
                        .any(|known| known.to_lowercase() == value.to_lowercase())
            }
            SearchType::ExternalId => self.external_ids.iter().any(|known| known == value),
            SearchType::Whatsapp => self
                .handle(SearchType::Whatsapp)
                .is_some_and(|known| same_phone(known, value) || bare(known) == bare(value)),
            network => self
                .handle(network)
                .is_some_and(|known| bare(known) == bare(value)),
        }
    }

    /// Replaces what equals `existing`; true when something was replaced.
    pub(crate) fn replace(&mut self, kind: SearchType, existing: &str, updated: &str) -> bool {
        let swap = |values: &mut Vec<String>, same: &dyn Fn(&str) -> bool| {
            let mut any = false;
            for value in values.iter_mut().filter(|value| same(value)) {
                updated.clone_into(value);
                any = true;
            }
            any
        };
        match kind {
            SearchType::Name => {
                let same = self
                    .name
                    .as_deref()
                    .is_some_and(|name| flat(name) == flat(existing));
                if same {
                    self.name = Some(updated.to_owned());
                }
                same
            }
            SearchType::Address => swap(&mut self.addresses, &|known| flat(known) == flat(existing)),
            SearchType::Phone => swap(&mut self.phones, &|known| same_phone(known, existing)),
            SearchType::Email => swap(&mut self.emails, &|known| known.eq_ignore_ascii_case(existing)),
            SearchType::ExternalId => swap(&mut self.external_ids, &|known| known == existing),
            network => {
                let mut any = false;
                for (known, value) in &mut self.social {
                    if *known == network && bare(value) == bare(existing) {
                        updated.clone_into(value);
                        any = true;
                    }
                }
                any
            }
        }
    }
}

/// The digits of a phone number in international form; `None` for what cannot be a number.
pub(crate) fn phone_digits(text: &str) -> Option<String> {
    let text = text.trim();
    let allowed = |c: char| c.is_ascii_digit() || matches!(c, '+' | ' ' | '-' | '(' | ')' | '/' | '.');
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    (text.chars().all(allowed) && digits.len() >= 5).then_some(digits)
}

/// `+` and digits.
pub(crate) fn e164(text: &str) -> Option<String> {
    phone_digits(text).map(|digits| format!("+{digits}"))
}

pub(crate) fn same_phone(known: &str, value: &str) -> bool {
    phone_digits(value).is_some_and(|digits| phone_digits(known).as_deref() == Some(&digits))
}

fn same_phone_in(known: &[String], value: &str) -> bool {
    known.iter().any(|number| same_phone(number, value))
}

fn bare(handle: &str) -> String {
    handle.trim().trim_start_matches('@').to_lowercase()
}

fn flat(text: &str) -> String {
    text.split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .to_lowercase()
}

/// Every word of the value is a word of the name. No transliteration: `Mueller` does not find
/// `Müller`, which is why clients ask for several forms.
fn name_matches(name: &str, value: &str) -> bool {
    let name = name.to_lowercase();
    let words: Vec<&str> = name.split_whitespace().collect();
    let value = value.to_lowercase();
    value.split_whitespace().all(|wanted| words.contains(&wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn anna() -> Record {
        let mut record = Record::new(RecordKind::Contact, "c1");
        record.name = Some("Anna Muster".to_owned());
        record.phones = vec!["+49 30 23125014".to_owned()];
        record.emails = vec!["anna.muster@example.org".to_owned()];
        record.social = vec![(SearchType::Twitter, "@anna_muster".to_owned())];
        record
    }

    #[test]
    fn values_match_in_the_forms_the_search_knows() {
        let record = anna();
        assert!(record.matches(SearchType::Phone, "+493023125014"));
        assert!(record.matches(SearchType::Email, "Anna.Muster@example.org"));
        assert!(record.matches(SearchType::Name, "muster"));
        assert!(record.matches(SearchType::Twitter, "Anna_Muster"));
        assert!(!record.matches(SearchType::Phone, "030 23125014"));
        assert!(!record.matches(SearchType::Name, "Must"));
    }

    #[test]
    fn malformed_values_match_nothing() {
        let record = anna();
        assert!(!record.matches(SearchType::Phone, "abc"));
        assert!(!record.matches(SearchType::Email, "anna.muster"));
        assert!(!record.matches(SearchType::Name, "  "));
    }

    #[test]
    fn a_replacement_reads_back() {
        let mut record = anna();
        assert!(record.replace(SearchType::Email, "ANNA.MUSTER@example.org", "anna@example.org"));
        assert!(record.matches(SearchType::Email, "anna@example.org"));
        assert!(!record.replace(SearchType::Email, "nobody@example.org", "x@example.org"));
    }
}
