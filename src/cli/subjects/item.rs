//! A person found, as it stands in JSON and tables, and the lines that say what was asked.

use serde::Serialize;

use crate::domain::candidate::{Asked, Candidate, Matched, MergeMember};
use crate::domain::subject::{DialerContact, JourneyCustomer, SocialHandle, Subject, SubjectKind};

/// The ids by which answers are folded into one person.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Ids {
    /// A user of the organisation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// A contact of External Contacts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_contact_id: Option<String>,
    /// A contact of a dialer list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dialer_contact_id: Option<DialerContact>,
    /// A customer of the web journey.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub journey_customer: Option<JourneyCustomer>,
    /// A social handle.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub social_handle: Option<SocialHandle>,
    /// An id given by the organisation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
}

/// The item of `subjects search`. Personal data.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct SubjectItem {
    /// Names this person again tomorrow.
    #[serde(rename = "ref")]
    pub reference: String,
    /// What kind of record it is.
    pub kind: SubjectKind,
    /// Name, if one came back.
    pub name: Option<String>,
    /// Its ids.
    pub ids: Ids,
    /// What matched.
    pub matched: Vec<Matched>,
    /// Contacts merged with this one.
    pub merge_set: Vec<MergeMember>,
    /// A record of an agent of the organisation, never picked by itself.
    pub is_user: bool,
    /// Further records of the same person; each needs a request of its own.
    pub also: Vec<Subject>,
    /// The subject with the API's fields: what `requests submit --subject` takes.
    pub subject: Subject,
}

impl SubjectItem {
    /// The item of a candidate.
    pub fn of(candidate: &Candidate) -> SubjectItem {
        let subject = &candidate.subject;
        SubjectItem {
            reference: candidate.reference.clone(),
            kind: candidate.kind,
            name: candidate.name.clone(),
            ids: Ids {
                user_id: subject.user_id.clone(),
                external_contact_id: subject.external_contact_id.clone(),
                dialer_contact_id: subject.dialer_contact_id.clone(),
                journey_customer: subject.journey_customer.clone(),
                social_handle: subject.social_handle.clone(),
                external_id: subject.external_id.clone(),
            },
            matched: candidate.matched.clone(),
            merge_set: candidate.merge_set.clone(),
            is_user: candidate.is_user,
            also: candidate.also.clone(),
            subject: subject.clone(),
        }
    }
}

/// `email, phone`: what matched, without the forms.
pub fn matched_text(matched: &[Matched]) -> String {
    let mut kinds: Vec<&str> = Vec::new();
    for one in matched {
        if !kinds.contains(&one.by.as_str()) {
            kinds.push(one.by.as_str());
        }
    }
    kinds.join(", ").replace('_', " ")
}

/// One line for every form asked, with its hits at each place, so that "nothing found" can be
/// defended. `show` masks the value, or not.
pub fn asked_lines(asked: &[Asked], show: &dyn Fn(&str) -> String) -> Vec<String> {
    let mut lines: Vec<(String, Vec<String>)> = Vec::new();
    for one in asked {
        let what = format!(
            "{} {} ({})",
            one.by.as_str().replace('_', " "),
            show(&one.value),
            one.form.replace('_', " ")
        );
        let hits = match one.hits {
            Some(hits) => format!("{} {hits}", one.place.replace('_', " ")),
            None => format!("{} not answered", one.place.replace('_', " ")),
        };
        match lines.iter_mut().find(|(known, _)| *known == what) {
            Some((_, places)) => places.push(hits),
            None => lines.push((what, vec![hits])),
        }
    }
    lines
        .into_iter()
        .map(|(what, places)| format!("{what}: {}", places.join(", ")))
        .collect()
}
