//! The API's own shapes, and their translation. Absent keys are absent; unknown words stay text.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::domain::identifier::IdentifierKind;
use crate::domain::operation::NewRequest;
use crate::domain::request::{ReplacementTerm, Request, RequestType};
use crate::domain::subject::{DialerContact, JourneyCustomer, SocialHandle, Subject};

/// `GDPRSubject`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WireSubject {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    user_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    external_contact_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    dialer_contact_id: Option<WireDialerContact>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    journey_customer: Option<WireTyped>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    social_handle: Option<WireHandle>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    external_id: Option<String>,
    #[serde(default, skip_serializing_if = "no_values")]
    addresses: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "no_values")]
    phone_numbers: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "no_values")]
    email_addresses: Option<Vec<String>>,
}

fn no_values(values: &Option<Vec<String>>) -> bool {
    values.as_ref().is_none_or(Vec::is_empty)
}

/// `DialerContactId`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireDialerContact {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    contact_list_id: Option<String>,
}

/// `GDPRJourneyCustomer`.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct WireTyped {
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    kind: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    id: Option<String>,
}

/// `SocialHandle`.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct WireHandle {
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    kind: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    value: Option<String>,
}

impl From<WireSubject> for Subject {
    fn from(wire: WireSubject) -> Subject {
        Subject {
            name: filled(wire.name),
            user_id: filled(wire.user_id),
            external_contact_id: filled(wire.external_contact_id),
            dialer_contact_id: wire.dialer_contact_id.map(|dialer| DialerContact {
                id: filled(dialer.id),
                contact_list_id: filled(dialer.contact_list_id),
            }),
            journey_customer: wire.journey_customer.map(|journey| JourneyCustomer {
                kind: filled(journey.kind),
                id: filled(journey.id),
            }),
            social_handle: wire.social_handle.map(|handle| SocialHandle {
                kind: filled(handle.kind),
                value: filled(handle.value),
            }),
            external_id: filled(wire.external_id),
            addresses: wire.addresses.unwrap_or_default(),
            phone_numbers: wire.phone_numbers.unwrap_or_default(),
            email_addresses: wire.email_addresses.unwrap_or_default(),
        }
    }
}

impl From<&Subject> for WireSubject {
    fn from(subject: &Subject) -> WireSubject {
        let subject = subject.clone();
        WireSubject {
            name: subject.name,
            user_id: subject.user_id,
            external_contact_id: subject.external_contact_id,
            dialer_contact_id: subject.dialer_contact_id.map(|dialer| WireDialerContact {
                id: dialer.id,
                contact_list_id: dialer.contact_list_id,
            }),
            journey_customer: subject.journey_customer.map(|journey| WireTyped {
                kind: journey.kind,
                id: journey.id,
            }),
            social_handle: subject.social_handle.map(|handle| WireHandle {
                kind: handle.kind,
                value: handle.value,
            }),
            external_id: subject.external_id,
            addresses: Some(subject.addresses),
            phone_numbers: Some(subject.phone_numbers),
            email_addresses: Some(subject.email_addresses),
        }
    }
}

/// An empty text says nothing.
fn filled(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

/// `GDPRRequest`, as it comes back.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WireRequest {
    id: String,
    #[serde(default)]
    request_type: Option<String>,
    #[serde(default)]
    status: Option<String>,
    #[serde(default)]
    subject: Option<WireSubject>,
    #[serde(default)]
    replacement_terms: Option<Vec<WireTerm>>,
    #[serde(default)]
    created_date: Option<String>,
    #[serde(default)]
    created_by: Option<WireRef>,
    #[serde(default)]
    results_url: Option<String>,
    #[serde(default)]
    results_urls: Option<Vec<String>>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireTerm {
    #[serde(rename = "type", default)]
    kind: Option<String>,
    #[serde(default)]
    existing_value: Option<String>,
    #[serde(default)]
    updated_value: Option<String>,
}

/// `DomainEntityRef`.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct WireRef {
    #[serde(default)]
    pub id: Option<String>,
}

impl From<WireRequest> for Request {
    fn from(wire: WireRequest) -> Request {
        let api_type = wire.request_type.unwrap_or_default();
        let mut results: Vec<String> = Vec::new();
        for url in wire
            .results_url
            .into_iter()
            .chain(wire.results_urls.unwrap_or_default())
        {
            if !url.is_empty() && !results.contains(&url) {
                results.push(url);
            }
        }
        Request {
            id: wire.id,
            kind: RequestType::from_api(&api_type),
            api_type,
            status: wire.status.unwrap_or_default(),
            subject: wire.subject.map(Subject::from).unwrap_or_default(),
            replacement_terms: wire
                .replacement_terms
                .unwrap_or_default()
                .into_iter()
                .filter_map(term)
                .collect(),
            created_at: wire.created_date.and_then(|date| date.parse::<Timestamp>().ok()),
            created_by: wire.created_by.and_then(|by| filled(by.id)),
            results,
        }
    }
}

/// A term of a kind that is not known cannot be shown as one of ours and is left out.
fn term(wire: WireTerm) -> Option<ReplacementTerm> {
    let word = wire.kind?;
    let kind = IdentifierKind::ALL
        .into_iter()
        .find(|kind| kind.search_type() == Some(word.as_str()))?;
    Some(ReplacementTerm {
        kind,
        existing_value: wire.existing_value.unwrap_or_default(),
        updated_value: wire.updated_value.unwrap_or_default(),
    })
}

/// The body of a submission: only the fields used.
pub(super) fn new_request(request: &NewRequest) -> Value {
    let mut body = json!({
        "requestType": request.kind.api_name(),
        "subject": WireSubject::from(&request.subject),
    });
    if request.kind == RequestType::Update {
        body["replacementTerms"] = request
            .replacement_terms
            .iter()
            .map(|term| {
                // The API knows no replacement of user ids and refuses the word.
                json!({
                    "type": term.kind.search_type().unwrap_or("USER_ID"),
                    "existingValue": term.existing_value,
                    "updatedValue": term.updated_value,
                })
            })
            .collect();
    }
    body
}
#[cfg(test)]
mod tests {
    use super::super::json::{entries, page, read};
    use super::*;

    #[test]
    fn bodies_hold_only_the_fields_used() {
        let mut request = NewRequest {
            kind: RequestType::Export,
            subject: Subject {
                phone_numbers: vec!["+49 30 23125014".to_owned()],
                ..Subject::default()
            },
            replacement_terms: vec![ReplacementTerm {
                kind: IdentifierKind::Email,
                existing_value: "old@example.org".to_owned(),
                updated_value: "new@example.org".to_owned(),
            }],
        };
        assert_eq!(
            new_request(&request).to_string(),
            r#"{"requestType":"GDPR_EXPORT","subject":{"phoneNumbers":["+49 30 23125014"]}}"#
        );
        request.kind = RequestType::Update;
        request.subject = Subject {
            user_id: Some("u1".to_owned()),
            ..Subject::default()
        };
        assert_eq!(
            new_request(&request).to_string(),
            r#"{"requestType":"GDPR_UPDATE","subject":{"userId":"u1"},"replacementTerms":[{"type":"EMAIL","existingValue":"old@example.org","updatedValue":"new@example.org"}]}"#
        );
    }

    #[test]
    fn a_wrong_type_is_named_by_its_path_and_not_by_its_value() {
        let body = br#"{"id":"r1","subject":{"phoneNumbers":"+49 30 23125014"}}"#;
        let why = read::<WireRequest>(body).unwrap_err();
        assert!(why.contains("subject.phoneNumbers"), "{why}");
        assert!(!why.contains("23125014"), "{why}");
        for (body, word) in [
            (&b"{\"id\":\"r1\""[..], "too early"),
            (b"<html>", "not JSON"),
            (b"{\"id\":\"r1\"} {}", "follows"),
            (b"{}", "missing field"),
        ] {
            let why = read::<WireRequest>(body).unwrap_err();
            assert!(why.contains(word), "{why}");
        }
    }

    #[test]
    fn one_bad_entry_leaves_the_others() {
        let listing = page(
            br#"{"entities":[{"id":"a"},{"id":7},{"id":"b","status":"NEW_WORD"}],"total":3}"#,
            "entities",
        )
        .unwrap();
        let (good, bad) = entries::<WireRequest>(listing.entries, "entities");
        assert_eq!(good.len(), 2);
        assert_eq!(Request::from(good[1].clone()).status, "NEW_WORD");
        assert_eq!(bad.len(), 1);
        assert!(bad[0].starts_with("entities[1].id"), "{}", bad[0]);
        assert!(page(br#"{"entities":{}}"#, "entities").is_err());
        assert!(page(br#"{}"#, "entities").unwrap().entries.is_empty());
    }

    #[test]
    fn results_come_in_two_fields() {
        let wire: WireRequest = read(br#"{"id":"a","resultsUrl":"u1","resultsUrls":["u1","u2"],"createdDate":"2026-11-03T10:00:00.123Z"}"#).unwrap();
        let request = Request::from(wire);
        assert_eq!(request.results, ["u1", "u2"]);
        assert!(request.created_at.is_some());
    }
}
