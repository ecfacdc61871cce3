//! Looking at the estate: requests by page, records by value, as they stand at a moment.

use std::collections::HashSet;

use super::estate::{ClientMade, RoleMade, State};
use super::generated::Generated;
use super::log::Head;
use super::people::People;
use super::record::{Record, RecordKind};
use super::request::{Request, WireSubject};
use super::words::{RequestKind, SearchType};

impl State {
    /// The moment at which the estate began, and its clock's lead.
    pub(crate) fn head(&self) -> &Head {
        &self.head
    }

    /// Roles, those of the scenario first.
    pub(crate) fn roles(&self) -> &[RoleMade] {
        &self.roles
    }

    /// OAuth clients, those of the scenario first.
    pub(crate) fn clients(&self) -> &[ClientMade] {
        &self.clients
    }

    /// The request of an id, if it has come into being.
    pub(crate) fn request(&self, people: &People, id: &str, now: i64) -> Option<Request> {
        let own = self.by_id.get(id).and_then(|key| self.requests.get(key));
        match own {
            Some(request) => (request.created <= now).then(|| request.clone()),
            None => people.generated()?.request_by_id(id, self.head.epoch),
        }
    }

    /// Number of requests that have come into being.
    pub(crate) fn count(&self, people: &People, now: i64) -> u64 {
        let own = self.requests.range(..=(now, u64::MAX)).count() as u64;
        own + people.generated().map_or(0, Generated::requests)
    }

    /// Requests from the newest to the oldest, `skip` left out and `take` given.
    pub(crate) fn newest(&self, people: &People, now: i64, skip: u64, take: u64) -> Vec<Request> {
        let own = self.requests.range(..=(now, u64::MAX)).count() as u64;
        let limit = usize::try_from(take).unwrap_or(usize::MAX);
        let mut page: Vec<Request> = self
            .requests
            .range(..=(now, u64::MAX))
            .rev()
            .skip(usize::try_from(skip).unwrap_or(usize::MAX))
            .take(limit)
            .map(|(_, request)| request.clone())
            .collect();
        if let Some(generated) = people.generated() {
            let left = take - page.len() as u64;
            let first = skip.saturating_sub(own).min(generated.requests());
            let last = (first + left).min(generated.requests());
            page.extend(
                (first..last).map(|back| generated.request(generated.requests() - 1 - back, self.head.epoch)),
            );
        }
        page
    }

    /// Whether an equal request is open.
    pub(crate) fn has_open(&self, kind: RequestKind, subject: &WireSubject, now: i64) -> bool {
        self.requests.range(..=(now, u64::MAX)).any(|(_, request)| {
            let open = !matches!(request.timetable.status(now), "COMPLETED" | "ERROR");
            open && request.kind == kind && request.subject == *subject
        })
    }

    /// A record as it stands at `now`; `None` once it is deleted.
    pub(crate) fn record(&self, people: &People, key: &str, now: i64) -> Option<Record> {
        self.changed(people.get(key)?, now)
    }

    fn changed(&self, mut record: Record, now: i64) -> Option<Record> {
        for effect in self.effects.get(&record.key()).into_iter().flatten() {
            if effect.at > now {
                break;
            }
            match &effect.terms {
                None => return None,
                Some(terms) => {
                    for term in terms {
                        record.replace(term.kind, &term.existing_value, &term.updated_value);
                    }
                }
            }
        }
        Some(record)
    }

    /// Records that answer to `value` at `now`.
    pub(crate) fn search(&self, people: &People, kind: SearchType, value: &str, now: i64) -> Vec<Record> {
        let mut seen = HashSet::new();
        let mut found: Vec<Record> = people
            .original_matches(kind, value)
            .into_iter()
            .filter(|record| seen.insert(record.key()))
            .filter_map(|record| self.changed(record, now))
            .filter(|record| record.matches(kind, value))
            .collect();
        let mut others: Vec<&String> = self.effects.keys().filter(|key| !seen.contains(*key)).collect();
        others.sort();
        found.extend(
            others
                .into_iter()
                .filter_map(|key| self.record(people, key, now))
                .filter(|record| record.matches(kind, value)),
        );
        found
    }

    /// All listed records of a kind, as they stand at `now`.
    pub(crate) fn listed(&self, people: &People, kind: RecordKind, now: i64) -> Vec<Record> {
        people
            .listed()
            .iter()
            .filter(|record| record.kind == kind)
            .filter_map(|record| self.changed(record.clone(), now))
            .collect()
    }

    /// Keys of the records that a subject names: those of its ids that exist, else those that
    /// answer to its values.
    pub(crate) fn targets(&self, people: &People, subject: &WireSubject, now: i64) -> Vec<String> {
        let mut keys: Vec<String> = subject
            .keys()
            .into_iter()
            .filter(|key| self.record(people, key, now).is_some())
            .collect();
        let only_values =
            !subject.has_id() || subject.external_id.is_some() || subject.social_handle.is_some();
        if only_values {
            for (kind, value) in subject.values() {
                keys.extend(self.search(people, kind, &value, now).iter().map(Record::key));
            }
        }
        let mut seen = HashSet::new();
        keys.retain(|key| seen.insert(key.clone()));
        keys
    }

    /// Ids of the other contacts of the merge set that a subject names.
    pub(crate) fn siblings(&self, people: &People, subject: &WireSubject, now: i64) -> Vec<String> {
        let Some(id) = &subject.external_contact_id else {
            return Vec::new();
        };
        let Some(record) = self.record(people, &format!("contact:{id}"), now) else {
            return Vec::new();
        };
        people
            .merge_set(&record)
            .into_iter()
            .filter(|other| other != id && self.record(people, &format!("contact:{other}"), now).is_some())
            .collect()
    }
}
