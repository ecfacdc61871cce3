//! External contacts and their merge sets.

use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::{Answer, ApiError, Fail};
use super::call::Call;
use super::contact_form::{identifiers_of, wire};
use super::gdpr::iso;
use super::paging::Page;
use crate::simulator::lifecycle::DAY;
use crate::simulator::record::{Record, RecordKind, same_phone};
use crate::simulator::words::SearchType;

/// Searching reaches this many contacts.
const REACH: u64 = 1000;
/// Reverse look-up answers with this many.
const REVERSE_MOST: usize = 25;

/// Contacts that a search shows: of a merge set only the canonical one.
fn shown(call: &Call<'_>, value: &str) -> Vec<Record> {
    let value = value.trim();
    let mut found: Vec<Record> = call
        .state
        .listed(call.people, RecordKind::Contact, call.now)
        .into_iter()
        .filter(|contact| value.is_empty() || mentions(contact, value))
        .collect();
    for kind in [
        SearchType::Email,
        SearchType::Phone,
        SearchType::Name,
        SearchType::ExternalId,
    ] {
        for record in call.state.search(call.people, kind, value, call.now) {
            if record.kind == RecordKind::Contact && !found.iter().any(|known| known.id == record.id) {
                found.push(record);
            }
        }
    }
    found.retain(|contact| contact.merged_into.is_none());
    found
}

fn mentions(contact: &Record, value: &str) -> bool {
    let wanted = value.to_lowercase();
    let texts = contact
        .name
        .iter()
        .chain(&contact.emails)
        .chain(&contact.external_ids);
    texts
        .into_iter()
        .any(|text| text.to_lowercase().contains(&wanted))
        || contact.phones.iter().any(|known| same_phone(known, value))
}

/// `GET /api/v2/externalcontacts/contacts`
pub(crate) fn list(call: &Call<'_>) -> Result<Answer, Fail> {
    let page = Page::of(call, 100)?;
    if page.skip() + page.size > REACH {
        return Err(ApiError::constraint("Only the first 1000 contacts can be reached by paging").into());
    }
    let found = shown(call, call.parameter("q").unwrap_or(""));
    let total = found.len() as u64;
    let entities = page
        .cut(found)
        .iter()
        .map(|contact| wire(call, contact))
        .collect();
    Ok(Answer::ok(&page.listing(
        "/api/v2/externalcontacts/contacts",
        total,
        entities,
    )))
}

fn one(call: &Call<'_>) -> Result<Record, ApiError> {
    call.state
        .record(call.people, &format!("contact:{}", call.name("id")), call.now)
        .ok_or_else(ApiError::not_found)
}

/// `GET /api/v2/externalcontacts/contacts/{id}`
pub(crate) fn show(call: &Call<'_>) -> Result<Answer, Fail> {
    Ok(Answer::ok(&wire(call, &one(call)?)))
}

/// `GET /api/v2/externalcontacts/contacts/{id}/identifiers`
pub(crate) fn identifiers(call: &Call<'_>) -> Result<Answer, Fail> {
    let contact = one(call)?;
    let made = iso(call.state.head().epoch - 200 * DAY);
    let entities: Vec<Value> = identifiers_of(&contact)
        .into_iter()
        .map(|(kind, value)| json!({"type": kind, "value": value, "dateCreated": made}))
        .collect();
    Ok(Answer::ok(&json!({"entities": entities})))
}

fn by_any(call: &Call<'_>, value: &str) -> Vec<Record> {
    let kinds = SearchType::WORDS
        .iter()
        .map(|(_, kind)| *kind)
        .filter(|kind| !matches!(kind, SearchType::Name | SearchType::Address));
    let mut found: Vec<Record> = Vec::new();
    for kind in kinds {
        for record in call.state.search(call.people, kind, value, call.now) {
            if record.kind == RecordKind::Contact && !found.iter().any(|known| known.id == record.id) {
                found.push(record);
            }
        }
    }
    found
}

/// `GET /api/v2/externalcontacts/reversewhitepageslookup`
pub(crate) fn reverse(call: &Call<'_>) -> Result<Answer, Fail> {
    let value = call
        .parameter("lookupVal")
        .ok_or_else(|| ApiError::constraint("lookupVal is required"))?;
    let contacts: Vec<Value> = by_any(call, value)
        .iter()
        .filter(|contact| contact.merged_into.is_none())
        .take(REVERSE_MOST)
        .map(|contact| wire(call, contact))
        .collect();
    Ok(Answer::ok(&json!({"contacts": contacts})))
}

#[derive(Deserialize)]
struct Lookup {
    #[serde(rename = "type")]
    kind: Option<String>,
    value: Option<String>,
}

/// `POST /api/v2/externalcontacts/identifierlookup/contacts`
pub(crate) fn lookup(call: &Call<'_>) -> Result<Answer, Fail> {
    const TYPES: [&str; 8] = [
        "Email",
        "Phone",
        "ExternalId",
        "SocialTwitter",
        "SocialFacebook",
        "SocialInstagramHandle",
        "SocialWhatsapp",
        "AppleOpaqueId",
    ];
    let wanted: Lookup = call.json()?;
    let value = wanted
        .value
        .ok_or_else(|| ApiError::constraint("value is required"))?;
    let kind = wanted.kind.unwrap_or_default();
    if !TYPES.contains(&kind.as_str()) {
        return Err(ApiError::field_value(&kind, "type", &TYPES.join(", ")).into());
    }
    let has = |contact: &Record| {
        identifiers_of(contact).iter().any(|(known, known_value)| {
            *known == kind
                && (known_value.eq_ignore_ascii_case(&value)
                    || (kind == "Phone" && same_phone(known_value, &value)))
        })
    };
    // A merged contact answers through the one that stands for its set.
    let found = by_any(call, &value)
        .into_iter()
        .find(has)
        .and_then(|contact| match &contact.merged_into {
            None => Some(contact),
            Some(canonical) => call
                .state
                .record(call.people, &format!("contact:{canonical}"), call.now),
        });
    let contact = found.ok_or_else(ApiError::not_found)?;
    Ok(Answer::ok(&wire(call, &contact)))
}
