//! A large estate is not stored: contact number 17 and request number 99,999 are computed from the
//! seed and their number, so that a page deep in the list costs as much as the first.

use std::fmt::Write as _;

use super::coded::{coded_uuid, decode};
use super::lifecycle::{DAY, natural};
use super::record::{Record, RecordKind, phone_digits};
use super::request::{Request, WireHandle, WireSubject, WireTerm};
use super::scenario::{Generate, Plan};
use super::seed::Dice;
use super::words::{RequestKind, SearchType};

/// First names of people who do not exist.
const FIRST: [&str; 24] = [
    "Ada", "Bela", "Cleo", "Dario", "Edda", "Falk", "Gesa", "Hanno", "Ilka", "Jaro", "Kaja", "Levi", "Mina",
    "Nils", "Oda", "Pavel", "Quirin", "Runa", "Silas", "Tilda", "Ulf", "Vera", "Wanja", "Zoe",
];

/// Family names that are words for made-up people.
const LAST: [&str; 24] = [
    "Muster",
    "Beispiel",
    "Probe",
    "Exempel",
    "Vorlage",
    "Modell",
    "Sample",
    "Specimen",
    "Pattern",
    "Template",
    "Placeholder",
    "Testfall",
    "Attrappe",
    "Schablone",
    "Entwurf",
    "Fiktiv",
    "Demo",
    "Dummy",
    "Mock",
    "Fixture",
    "Platzhalter",
    "Skizze",
    "Umriss",
    "Versuch",
];

const CONTACTS: u64 = 1;
const REQUESTS: u64 = 2;
const USERS: u64 = 3;
const GONE: u64 = 4;

/// The computed part of an estate.
pub(crate) struct Generated {
    seed: u64,
    counts: Generate,
    client_id: String,
    users: Vec<String>,
}

impl Generated {
    /// The computed part of a plan, if it has one.
    pub(crate) fn new(plan: &Plan) -> Option<Generated> {
        let counts = plan.generate.clone()?;
        let users = (0..6).map(|index| coded_uuid(plan.seed, USERS, index)).collect();
        let client_id = plan
            .oauth_clients
            .first()
            .map_or_else(String::new, |client| client.id.clone());
        Some(Generated {
            seed: plan.seed,
            counts,
            client_id,
            users,
        })
    }

    /// Number of favorites.
    pub(crate) fn favorites(&self) -> u64 {
        self.counts.favorites
    }

    /// The person of a favorite.
    pub(crate) fn favorite(&self, index: u64) -> Record {
        self.contact(index % self.counts.contacts.max(1))
    }

    /// Number of requests.
    pub(crate) fn requests(&self) -> u64 {
        self.counts.requests
    }

    /// The request of a number; later numbers were made later, all of them before `epoch`.
    pub(crate) fn request(&self, index: u64, epoch: i64) -> Request {
        let mut dice = Dice::indexed(self.seed, REQUESTS, index);
        let span = self.counts.days * DAY;
        let step = span / i64::try_from(self.counts.requests.max(1)).unwrap_or(i64::MAX);
        let before = i64::try_from(self.counts.requests - index).unwrap_or(0) * step;
        let created = epoch - before + dice.between(0, (step - 1).max(0));
        let kind = match dice.below(100) {
            0..55 => RequestKind::Export,
            55..88 => RequestKind::Delete,
            _ => RequestKind::Update,
        };
        let fails = dice.below(1000) < 15;
        let timetable = natural(kind, created, fails, &mut dice);
        let (subject, terms) = self.subject(kind, index, &mut dice);
        let by_user = dice.below(10) < 3;
        let created_by = if by_user {
            self.users[usize::try_from(dice.below(6)).unwrap_or(0)].clone()
        } else {
            self.client_id.clone()
        };
        Request {
            id: coded_uuid(self.seed, REQUESTS, index),
            kind,
            subject,
            terms,
            created,
            created_by,
            by_user,
            timetable,
            archives: if dice.below(5) == 0 { 2 } else { 1 },
            targets: Vec::new(),
            effect_at: None,
        }
    }

    /// The request of an id.
    pub(crate) fn request_by_id(&self, id: &str, epoch: i64) -> Option<Request> {
        let index = decode(self.seed, REQUESTS, id)?;
        (index < self.counts.requests).then(|| self.request(index, epoch))
    }

    /// Subjects are people who are gone when they were to be deleted, so that no finished deletion
    /// contradicts what a search finds.
    fn subject(&self, kind: RequestKind, index: u64, dice: &mut Dice) -> (WireSubject, Vec<WireTerm>) {
        let who = dice.below(self.counts.contacts);
        let gone = kind != RequestKind::Export;
        let person = if gone {
            self.person(GONE, index)
        } else {
            self.person(CONTACTS, who)
        };
        let mut subject = WireSubject::default();
        match dice.below(20) {
            0..9 => subject.external_contact_id = Some(person.id.clone()),
            9..12 => subject.user_id = Some(coded_uuid(self.seed, USERS, 100 + dice.below(400))),
            12 => {
                subject.social_handle = person.social.first().map(|(network, value)| WireHandle {
                    kind: Some(network.word().to_owned()),
                    value: Some(value.clone()),
                });
            }
            13 => subject.external_id = person.external_ids.first().cloned(),
            _ => {
                subject.name.clone_from(&person.name);
                subject.email_addresses = Some(person.emails.clone());
                subject.phone_numbers = Some(person.phones.clone());
            }
        }
        let terms = match (kind, person.emails.first()) {
            (RequestKind::Update, Some(old)) => vec![WireTerm {
                kind: SearchType::Email,
                existing_value: old.clone(),
                updated_value: format!("new.{old}"),
            }],
            _ => Vec::new(),
        };
        (subject, terms)
    }

    fn person(&self, kind: u64, index: u64) -> Record {
        let first = FIRST[usize::try_from(index % 24).unwrap_or(0)];
        let last = LAST[usize::try_from(index / 24 % 24).unwrap_or(0)];
        let mark = if kind == GONE { "gone" } else { "contact" };
        let mut record = Record::new(RecordKind::Contact, coded_uuid(self.seed, kind, index));
        record.name = Some(format!("{first} {last}"));
        let mut email = format!("{first}.{last}.{mark}{index}@example.org");
        email.make_ascii_lowercase();
        record.emails = vec![email];
        if kind == CONTACTS {
            record.phones = vec![phone(index)];
        }
        let mut handle = String::from("@");
        let _ = write!(handle, "{first}_{mark}{index}");
        handle.make_ascii_lowercase();
        record.social = vec![(SearchType::Twitter, handle)];
        record.external_ids = vec![format!("{}-{index:06}", mark.to_ascii_uppercase())];
        record
    }

    /// The contact of a number.
    fn contact(&self, index: u64) -> Record {
        self.person(CONTACTS, index)
    }

    /// The contact of a record key.
    pub(crate) fn contact_by_key(&self, key: &str) -> Option<Record> {
        let index = decode(self.seed, CONTACTS, key.strip_prefix("contact:")?)?;
        (index < self.counts.contacts).then(|| self.contact(index))
    }

    /// Contacts that answer to `value`. Values that hold the number are not searched for.
    pub(crate) fn contacts_matching(&self, search: SearchType, value: &str) -> Vec<Record> {
        let candidates: Vec<u64> = match search {
            SearchType::Email => value
                .split_once('@')
                .and_then(|(local, _)| number_at_end(local))
                .into_iter()
                .collect(),
            SearchType::ExternalId | SearchType::Twitter => number_at_end(value).into_iter().collect(),
            SearchType::Phone => phone_digits(value)
                .and_then(|digits| digits.strip_prefix("1555")?.parse().ok())
                .into_iter()
                .collect(),
            SearchType::Name => self.indices_by_name(value),
            _ => Vec::new(),
        };
        candidates
            .into_iter()
            .filter(|index| *index < self.counts.contacts)
            .map(|index| self.contact(index))
            .filter(|record| record.matches(search, value))
            .collect()
    }

    fn indices_by_name(&self, value: &str) -> Vec<u64> {
        let value = value.to_lowercase();
        let words: Vec<&str> = value.split_whitespace().collect();
        let is = |name: &str| words.iter().any(|word| name.eq_ignore_ascii_case(word));
        if !FIRST.iter().chain(&LAST).any(|name| is(name)) {
            return Vec::new();
        }
        (0..self.counts.contacts)
            .filter(|index| {
                let first = FIRST[usize::try_from(index % 24).unwrap_or(0)];
                let last = LAST[usize::try_from(index / 24 % 24).unwrap_or(0)];
                words
                    .iter()
                    .all(|word| first.eq_ignore_ascii_case(word) || last.eq_ignore_ascii_case(word))
            })
            .take(1000)
            .collect()
    }
}

/// A number of the range that North America keeps for fiction.
fn phone(index: u64) -> String {
    format!("+1 555 {index:07}")
}

fn number_at_end(text: &str) -> Option<u64> {
    let digits = text.len() - text.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    text[text.len() - digits..].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn generated() -> Generated {
        Generated {
            seed: 5,
            counts: Generate {
                jobs: 0,
                contacts: 20_000,
                requests: 100_000,
                days: 400,
                favorites: 0,
            },
            client_id: "client".to_owned(),
            users: (0..6).map(|index| coded_uuid(5, USERS, index)).collect(),
        }
    }

    #[test]
    fn an_id_leads_back_to_its_number() {
        let estate = generated();
        for index in [0, 1, 17, 4_711, 99_999] {
            let request = estate.request(index, 1_800_000_000_000);
            let again = estate
                .request_by_id(&request.id, 1_800_000_000_000)
                .expect("found");
            assert_eq!(again.id, request.id);
            assert_eq!(again.created, request.created);
        }
        assert!(estate.request_by_id(&uuid::Uuid::nil().to_string(), 0).is_none());
    }

    #[test]
    fn later_numbers_were_made_later() {
        let estate = generated();
        let made: Vec<i64> = (50_000..51_000)
            .map(|index| estate.request(index, 1_800_000_000_000).created)
            .collect();
        assert!(made.is_sorted());
        assert!(estate.request(99_999, 1_800_000_000_000).created < 1_800_000_000_000);
    }

    #[test]
    fn contacts_are_found_by_each_value() {
        let estate = generated();
        let wanted = estate.contact(12_345);
        for (search, value) in [
            (SearchType::Email, wanted.emails[0].clone()),
            (SearchType::Phone, "+15550012345".to_owned()),
            (SearchType::ExternalId, wanted.external_ids[0].clone()),
            (SearchType::Twitter, wanted.social[0].1.clone()),
        ] {
            let found = estate.contacts_matching(search, &value);
            assert_eq!(found, vec![wanted.clone()]);
        }
        assert!(
            !estate
                .contacts_matching(SearchType::Name, "ada muster")
                .is_empty()
        );
        assert!(estate.contacts_matching(SearchType::Name, "nobody").is_empty());
    }
}
