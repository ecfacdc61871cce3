//! Everything that is known about people before requests change it: the records of the scenario,
//! and, in a large estate, external contacts computed by their number.

use std::collections::HashMap;

use super::generated::Generated;
use super::record::{Record, RecordKind};
use super::scenario::{Plan, RecordEntry};
use super::seed;
use super::words::SearchType;

/// The records of an estate as they were when it began.
pub(crate) struct People {
    listed: Vec<Record>,
    by_key: HashMap<String, usize>,
    by_name_in_file: HashMap<String, usize>,
    merged: HashMap<String, Vec<String>>,
    generated: Option<Generated>,
}

impl People {
    /// The people of a plan.
    pub(crate) fn new(plan: &Plan) -> People {
        let ids: HashMap<&str, String> = plan
            .records
            .iter()
            .map(|entry| (entry.key.as_str(), record_id(plan, entry)))
            .collect();
        let listed: Vec<Record> = plan
            .records
            .iter()
            .map(|entry| record(plan, entry, &ids))
            .collect();
        let by_key = listed
            .iter()
            .enumerate()
            .map(|(index, record)| (record.key(), index))
            .collect();
        let by_name_in_file = plan
            .records
            .iter()
            .enumerate()
            .map(|(index, entry)| (entry.key.clone(), index))
            .collect();
        let mut merged: HashMap<String, Vec<String>> = HashMap::new();
        for record in &listed {
            if let Some(canonical) = &record.merged_into {
                merged
                    .entry(canonical.clone())
                    .or_default()
                    .push(record.id.clone());
            }
        }
        People {
            listed,
            by_key,
            by_name_in_file,
            merged,
            generated: Generated::new(plan),
        }
    }

    /// The record that the scenario file names so.
    pub(crate) fn named(&self, key: &str) -> Option<&Record> {
        self.by_name_in_file.get(key).map(|index| &self.listed[*index])
    }

    /// The record of a key.
    pub(crate) fn get(&self, key: &str) -> Option<Record> {
        match self.by_key.get(key) {
            Some(index) => Some(self.listed[*index].clone()),
            None => self.generated.as_ref()?.contact_by_key(key),
        }
    }

    /// The computed part of a large estate.
    pub(crate) fn generated(&self) -> Option<&Generated> {
        self.generated.as_ref()
    }

    /// All listed records.
    pub(crate) fn listed(&self) -> &[Record] {
        &self.listed
    }

    /// Records that answered to `value` at the beginning; later changes are not looked at.
    pub(crate) fn original_matches(&self, search: SearchType, value: &str) -> Vec<Record> {
        let mut found: Vec<Record> = self
            .listed
            .iter()
            .filter(|record| record.matches(search, value))
            .cloned()
            .collect();
        if let Some(generated) = &self.generated {
            found.extend(generated.contacts_matching(search, value));
        }
        found
    }

    /// Ids of the merge set to which an external contact belongs, the canonical one first; empty
    /// when it is not merged with another.
    pub(crate) fn merge_set(&self, contact: &Record) -> Vec<String> {
        if contact.kind != RecordKind::Contact {
            return Vec::new();
        }
        let canonical = contact.merged_into.as_ref().unwrap_or(&contact.id);
        match self.merged.get(canonical) {
            None => Vec::new(),
            Some(others) => std::iter::once(canonical).chain(others).cloned().collect(),
        }
    }
}

fn record_id(plan: &Plan, entry: &RecordEntry) -> String {
    let social = || entry.social.values().next().cloned();
    let own = match entry.kind {
        RecordKind::Social => social(),
        RecordKind::ExternalId => entry.external_ids.first().cloned(),
        _ => None,
    };
    entry
        .id
        .clone()
        .or(own)
        .unwrap_or_else(|| seed::uuid(plan.seed, &format!("record:{}", entry.key)))
}

fn record(plan: &Plan, entry: &RecordEntry, ids: &HashMap<&str, String>) -> Record {
    let id = ids.get(entry.key.as_str()).cloned().unwrap_or_default();
    let mut record = Record::new(entry.kind, id);
    record.name.clone_from(&entry.name);
    record.phones.clone_from(&entry.phones);
    record.emails.clone_from(&entry.emails);
    record.addresses.clone_from(&entry.addresses);
    record.social = entry
        .social
        .iter()
        .map(|(network, value)| (*network, value.clone()))
        .collect();
    record.external_ids.clone_from(&entry.external_ids);
    record.merged_into = entry.merged_into.as_deref().and_then(|key| ids.get(key)).cloned();
    record.list_id = entry
        .list
        .as_ref()
        .map(|name| seed::uuid(plan.seed, &format!("contact-list:{name}")));
    record.journey_type = (entry.kind == RecordKind::Journey)
        .then(|| entry.journey_type.clone().unwrap_or_else(|| "cookie".to_owned()));
    record.title.clone_from(&entry.title);
    record.department.clone_from(&entry.department);
    record
}
