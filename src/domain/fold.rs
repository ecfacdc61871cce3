//! Folding the answers of several questions into one row a person. Two answers are one person when
//! they share a user id, external contact id, dialer contact, journey customer or external id; the
//! result does not depend on the order in which the answers came.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

use super::candidate::{Candidate, Matched, MergeMember};
use super::subject::{Subject, SubjectKind};

/// One subject of one answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The place of its question among all questions; it orders rows and what matched.
    pub order: usize,
    /// The subject that came back.
    pub subject: Subject,
    /// The question that found it.
    pub matched: Matched,
    /// The merge set that came along, if any.
    pub merge_set: Vec<MergeMember>,
}

/// Folds answers into candidates, in the order in which they were first asked for. `salt` is the
/// store's, so that a reference means the same person tomorrow and tells nothing outside.
pub fn fold(mut answers: Vec<Answer>, salt: &[u8]) -> Vec<Candidate> {
    answers.sort_by_cached_key(|answer| (answer.order, canonical(&answer.subject)));
    let mut groups = Groups::new(answers.len());
    let mut owner: BTreeMap<String, usize> = BTreeMap::new();
    for (index, answer) in answers.iter().enumerate() {
        for link in links(&answer.subject) {
            match owner.get(&link) {
                Some(&other) => groups.join(index, other),
                None => {
                    owner.insert(link, index);
                }
            }
        }
    }
    let mut rows: BTreeMap<usize, Vec<Answer>> = BTreeMap::new();
    for (index, answer) in answers.into_iter().enumerate() {
        rows.entry(groups.first(index)).or_default().push(answer);
    }
    rows.into_values().map(|group| candidate(group, salt)).collect()
}

/// The name of a subject in this store, for `--pick`: 16 hexadecimal digits that tell nothing
/// without the salt.
pub fn reference(salt: &[u8], subject: &Subject) -> String {
    let mut hash = Sha256::new();
    hash.update((salt.len() as u64).to_be_bytes());
    hash.update(salt);
    hash.update(subject.key().as_bytes());
    hash.finalize()
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// Sets of indices; the first index stands for its set.
struct Groups(Vec<usize>);

impl Groups {
    fn new(count: usize) -> Groups {
        Groups((0..count).collect())
    }

    fn first(&mut self, mut index: usize) -> usize {
        while self.0[index] != index {
            self.0[index] = self.0[self.0[index]];
            index = self.0[index];
        }
        index
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.first(a), self.first(b));
        self.0[a.max(b)] = a.min(b);
    }
}

/// What makes two answers one person. A subject without any id is only the same as its equal.
fn links(subject: &Subject) -> Vec<String> {
    let ids: Vec<String> = id_subjects(subject).iter().map(Subject::key).collect();
    if ids.is_empty() {
        return vec![subject.key()];
    }
    ids
}

/// Each linking id of a subject as a subject of its own.
fn id_subjects(subject: &Subject) -> Vec<Subject> {
    let mut found = Vec::new();
    if subject.user_id.is_some() {
        found.push(Subject {
            user_id: subject.user_id.clone(),
            ..Subject::default()
        });
    }
    if subject.external_contact_id.is_some() {
        found.push(Subject {
            external_contact_id: subject.external_contact_id.clone(),
            ..Subject::default()
        });
    }
    if subject.dialer_contact_id.as_ref().is_some_and(|d| d.id.is_some()) {
        found.push(Subject {
            dialer_contact_id: subject.dialer_contact_id.clone(),
            ..Subject::default()
        });
    }
    if subject.journey_customer.as_ref().is_some_and(|j| j.id.is_some()) {
        found.push(Subject {
            journey_customer: subject.journey_customer.clone(),
            ..Subject::default()
        });
    }
    if subject.external_id.is_some() {
        found.push(Subject {
            external_id: subject.external_id.clone(),
            ..Subject::default()
        });
    }
    found
}

/// A text by which equal subjects are equal and others are ordered.
fn canonical(subject: &Subject) -> String {
    serde_json::to_string(subject).unwrap_or_default()
}

fn candidate(group: Vec<Answer>, salt: &[u8]) -> Candidate {
    let ids = distinct_ids(&group);
    let subject = merged(&group, &ids);
    let sent = subject.for_submission().key();
    let also = ids
        .into_iter()
        .filter(|id| id.kind() != SubjectKind::ExternalId && id.key() != sent)
        .collect();
    let mut matched: Vec<Matched> = Vec::new();
    for answer in &group {
        if !matched.contains(&answer.matched) {
            matched.push(answer.matched.clone());
        }
    }
    Candidate {
        reference: reference(salt, &subject),
        kind: subject.kind(),
        name: subject.name.clone(),
        is_user: group.iter().any(|answer| answer.subject.user_id.is_some()),
        merge_set: merge_set(&group, subject.external_contact_id.as_deref()),
        subject,
        matched,
        also,
    }
}

/// The ids of a group, each once, ordered by kind and then by value: whatever was asked, the same
/// person has the same first id and so the same reference.
fn distinct_ids(group: &[Answer]) -> Vec<Subject> {
    let mut ids: Vec<Subject> = group
        .iter()
        .flat_map(|answer| id_subjects(&answer.subject))
        .collect();
    ids.sort_by_cached_key(|id| (id.kind(), id.key()));
    ids.dedup();
    ids
}

/// One subject with the first of each id and all values of the group.
fn merged(group: &[Answer], ids: &[Subject]) -> Subject {
    let first = |kind: SubjectKind| {
        ids.iter()
            .find(|id| id.kind() == kind)
            .cloned()
            .unwrap_or_default()
    };
    let name = group
        .iter()
        .filter_map(|answer| answer.subject.name.clone())
        .filter(|name| !name.trim().is_empty())
        .max_by_key(|name| (name.chars().count(), std::cmp::Reverse(name.clone())));
    let values = |of: fn(&Subject) -> &Vec<String>| {
        let mut seen = BTreeSet::new();
        group
            .iter()
            .flat_map(|answer| of(&answer.subject))
            .filter(|value| seen.insert((*value).clone()))
            .cloned()
            .collect()
    };
    Subject {
        name,
        user_id: first(SubjectKind::User).user_id,
        external_contact_id: first(SubjectKind::ExternalContact).external_contact_id,
        dialer_contact_id: first(SubjectKind::DialerContact).dialer_contact_id,
        journey_customer: first(SubjectKind::JourneyCustomer).journey_customer,
        social_handle: group
            .iter()
            .find_map(|answer| answer.subject.social_handle.clone()),
        external_id: first(SubjectKind::ExternalId).external_id,
        addresses: values(|s| &s.addresses),
        phone_numbers: values(|s| &s.phone_numbers),
        email_addresses: values(|s| &s.email_addresses),
    }
}

/// The other members of all merge sets of a group, each once, the canonical one first.
fn merge_set(group: &[Answer], own: Option<&str>) -> Vec<MergeMember> {
    let mut members: BTreeMap<String, MergeMember> = BTreeMap::new();
    for member in group.iter().flat_map(|answer| &answer.merge_set) {
        members
            .entry(member.external_contact_id.clone())
            .and_modify(|known| {
                known.canonical |= member.canonical;
                known.name = known.name.take().or_else(|| member.name.clone());
            })
            .or_insert_with(|| member.clone());
    }
    let mut members: Vec<MergeMember> = members
        .into_values()
        .filter(|member| Some(member.external_contact_id.as_str()) != own)
        .collect();
    members.sort_by_key(|member| (!member.canonical, member.external_contact_id.clone()));
    members
}
