//! How External Contacts writes a contact.

use serde_json::{Map, Value, json};

use super::admin::division;
use super::call::Call;
use super::gdpr::iso;
use crate::simulator::lifecycle::DAY;
use crate::simulator::record::{Record, e164};
use crate::simulator::words::SearchType;

fn reference(id: &str) -> Value {
    json!({"id": id, "selfUri": format!("/api/v2/externalcontacts/contacts/{id}")})
}

fn phone(text: &str) -> Value {
    let e164 = e164(text);
    json!({"display": text, "userInput": text, "e164": e164, "countryCode": country(text)})
}

fn country(text: &str) -> &'static str {
    match text {
        _ if text.starts_with("+49") => "DE",
        _ if text.starts_with("+44") => "GB",
        _ => "US",
    }
}

/// A contact as External Contacts shows it.
pub(crate) fn wire(call: &Call<'_>, contact: &Record) -> Value {
    let mut fields = Map::new();
    let mut put = |name: &str, value: Value| {
        if !value.is_null() {
            fields.insert(name.to_owned(), value);
        }
    };
    let (first, last) = contact.names();
    put("id", json!(contact.id));
    put("division", division(call.plan));
    put("firstName", json!(first));
    put("lastName", json!(last));
    for (name, number) in ["workPhone", "cellPhone", "homePhone", "otherPhone"]
        .into_iter()
        .zip(&contact.phones)
    {
        put(name, phone(number));
    }
    for (name, email) in ["personalEmail", "workEmail", "otherEmail"]
        .into_iter()
        .zip(&contact.emails)
    {
        put(name, json!(email));
    }
    put("address", address(contact));
    social(contact, &mut put);
    let made = iso(call.state.head().epoch - 200 * DAY);
    put("modifyDate", json!(made));
    put("createDate", json!(made));
    put("type", json!("Curated"));
    merge_fields(call, contact, &mut put);
    put(
        "selfUri",
        json!(format!("/api/v2/externalcontacts/contacts/{}", contact.id)),
    );
    Value::Object(fields)
}

fn address(contact: &Record) -> Value {
    let Some(line) = contact.addresses.first() else {
        return Value::Null;
    };
    let parts: Vec<&str> = line.split(", ").collect();
    let town = parts.get(1).copied().unwrap_or("");
    let (code, city) = town.split_once(' ').unwrap_or(("", town));
    json!({
        "address1": parts.first(),
        "postalCode": code,
        "city": city,
        "countryCode": parts.get(2),
    })
}

fn social(contact: &Record, put: &mut impl FnMut(&str, Value)) {
    let name = contact.name.clone();
    if let Some(handle) = contact.handle(SearchType::Twitter) {
        put(
            "twitterId",
            json!({"screenName": handle.trim_start_matches('@'), "name": name}),
        );
    }
    if let Some(handle) = contact.handle(SearchType::Facebook) {
        put(
            "facebookId",
            json!({"ids": [{"scopedId": handle}], "displayName": name}),
        );
    }
    if let Some(handle) = contact.handle(SearchType::Instagram) {
        put(
            "instagramId",
            json!({"ids": [], "displayName": name, "handle": handle}),
        );
    }
    if let Some(number) = contact.handle(SearchType::Whatsapp) {
        put(
            "whatsAppId",
            json!({"phoneNumber": phone(number), "displayName": name}),
        );
    }
    if let Some(opaque) = contact.handle(SearchType::AppleMessages) {
        put("appleOpaqueIds", json!([{"value": opaque}]));
    }
    if !contact.external_ids.is_empty() {
        let ids: Vec<Value> = contact
            .external_ids
            .iter()
            .map(|value| json!({"value": value, "externalSource": {"name": "CRM"}}))
            .collect();
        put("externalIds", json!(ids));
    }
}

/// `mergeSet` names all contacts of the set, `mergedFrom` and `mergedTo` the tree,
/// `canonicalContact` the one that stands for them.
fn merge_fields(call: &Call<'_>, contact: &Record, put: &mut impl FnMut(&str, Value)) {
    let set = call.people.merge_set(contact);
    let Some(canonical) = set.first() else {
        return;
    };
    put("canonicalContact", reference(canonical));
    put(
        "mergeSet",
        json!(set.iter().map(|id| reference(id)).collect::<Vec<_>>()),
    );
    if *canonical == contact.id {
        let from: Vec<Value> = set.iter().skip(1).map(|id| reference(id)).collect();
        put("mergedFrom", json!(from));
    } else {
        put("mergedTo", reference(canonical));
    }
}

/// The identifiers of a contact: type and value.
pub(crate) fn identifiers_of(contact: &Record) -> Vec<(&'static str, String)> {
    let mut all: Vec<(&'static str, String)> = Vec::new();
    all.extend(contact.emails.iter().map(|email| ("Email", email.clone())));
    all.extend(
        contact
            .phones
            .iter()
            .filter_map(|phone| Some(("Phone", e164(phone)?))),
    );
    all.extend(contact.external_ids.iter().map(|id| ("ExternalId", id.clone())));
    all.extend(contact.social.iter().map(|(network, value)| {
        let kind = match network {
            SearchType::Twitter => "SocialTwitter",
            SearchType::Facebook => "SocialFacebook",
            SearchType::Instagram => "SocialInstagramHandle",
            SearchType::AppleMessages => "AppleOpaqueId",
            _ => "SocialWhatsapp",
        };
        (kind, value.clone())
    }));
    all
}
