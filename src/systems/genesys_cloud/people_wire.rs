//! Users and external contacts as the API tells of them, and what a request about them would name.

use serde::Deserialize;

use crate::domain::subject::{SocialHandle, Subject};

/// `User`, as far as it names a person.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WireUser {
    pub id: String,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    email: Option<String>,
    #[serde(default)]
    addresses: Option<Vec<WireAddress>>,
    #[serde(default)]
    primary_contact_info: Option<Vec<WireAddress>>,
}

/// One way to reach a user.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireAddress {
    #[serde(default)]
    address: Option<String>,
    #[serde(default)]
    media_type: Option<String>,
}

impl From<WireUser> for Subject {
    fn from(user: WireUser) -> Subject {
        let mut subject = Subject {
            name: user.name.filter(|name| !name.is_empty()),
            user_id: Some(user.id),
            ..Subject::default()
        };
        add(&mut subject.email_addresses, user.email);
        let ways = user
            .addresses
            .into_iter()
            .chain(user.primary_contact_info)
            .flatten();
        for way in ways {
            match way.media_type.as_deref() {
                Some("EMAIL") => add(&mut subject.email_addresses, way.address),
                Some("PHONE" | "SMS") => add(&mut subject.phone_numbers, way.address),
                _ => {}
            }
        }
        subject
    }
}

/// `ExternalContact`, as far as it names a person and their merge set.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WireContact {
    pub id: String,
    #[serde(default)]
    first_name: Option<String>,
    #[serde(default)]
    middle_name: Option<String>,
    #[serde(default)]
    last_name: Option<String>,
    #[serde(default)]
    work_phone: Option<WirePhone>,
    #[serde(default)]
    cell_phone: Option<WirePhone>,
    #[serde(default)]
    home_phone: Option<WirePhone>,
    #[serde(default)]
    other_phone: Option<WirePhone>,
    #[serde(default)]
    work_email: Option<String>,
    #[serde(default)]
    personal_email: Option<String>,
    #[serde(default)]
    other_email: Option<String>,
    #[serde(default)]
    address: Option<WirePostal>,
    #[serde(default)]
    twitter_id: Option<WireTwitter>,
    #[serde(default)]
    external_ids: Option<Vec<WireExternalId>>,
    #[serde(default)]
    pub merge_set: Option<Vec<WireContactRef>>,
    #[serde(default)]
    pub merged_from: Option<Vec<WireContactRef>>,
    #[serde(default)]
    pub merged_to: Option<WireContactRef>,
    #[serde(default)]
    pub canonical_contact: Option<WireContactRef>,
}

/// A contact named by another one.
#[derive(Clone, Deserialize)]
pub(super) struct WireContactRef {
    pub id: String,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct WirePhone {
    #[serde(default, rename = "e164")]
    e164: Option<String>,
    #[serde(default)]
    display: Option<String>,
    #[serde(default)]
    user_input: Option<String>,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct WirePostal {
    #[serde(default)]
    address1: Option<String>,
    #[serde(default)]
    address2: Option<String>,
    #[serde(default)]
    postal_code: Option<String>,
    #[serde(default)]
    city: Option<String>,
    #[serde(default)]
    state: Option<String>,
    #[serde(default)]
    country_code: Option<String>,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireTwitter {
    #[serde(default)]
    screen_name: Option<String>,
    #[serde(default)]
    id: Option<String>,
}

#[derive(Clone, Deserialize)]
struct WireExternalId {
    #[serde(default)]
    value: Option<String>,
}

impl WireContact {
    /// First, middle and last name, if there are any.
    pub(super) fn name(&self) -> Option<String> {
        let parts: Vec<&str> = [&self.first_name, &self.middle_name, &self.last_name]
            .into_iter()
            .flatten()
            .map(|part| part.trim())
            .filter(|part| !part.is_empty())
            .collect();
        (!parts.is_empty()).then(|| parts.join(" "))
    }

    /// True when anything says that it was merged.
    pub(super) fn is_merged(&self) -> bool {
        let others =
            |refs: &Option<Vec<WireContactRef>>| refs.iter().flatten().any(|other| other.id != self.id);
        let other = |one: &Option<WireContactRef>| one.as_ref().is_some_and(|other| other.id != self.id);
        others(&self.merge_set)
            || others(&self.merged_from)
            || other(&self.merged_to)
            || other(&self.canonical_contact)
    }
}

impl From<&WireContact> for Subject {
    fn from(contact: &WireContact) -> Subject {
        let mut subject = Subject {
            name: contact.name(),
            external_contact_id: Some(contact.id.clone()),
            ..Subject::default()
        };
        let phones = [
            &contact.work_phone,
            &contact.cell_phone,
            &contact.home_phone,
            &contact.other_phone,
        ];
        for phone in phones.into_iter().flatten() {
            let number = phone
                .e164
                .clone()
                .or_else(|| phone.user_input.clone())
                .or_else(|| phone.display.clone());
            add(&mut subject.phone_numbers, number);
        }
        for email in [&contact.work_email, &contact.personal_email, &contact.other_email] {
            add(&mut subject.email_addresses, email.clone());
        }
        add(&mut subject.addresses, contact.address.as_ref().and_then(postal));
        if let Some(handle) = contact
            .twitter_id
            .as_ref()
            .and_then(|twitter| twitter.screen_name.clone().or_else(|| twitter.id.clone()))
        {
            subject.social_handle = Some(SocialHandle {
                kind: Some("TWITTER".to_owned()),
                value: Some(handle),
            });
        }
        subject.external_id = contact
            .external_ids
            .iter()
            .flatten()
            .find_map(|external| external.value.clone())
            .filter(|value| !value.is_empty());
        subject
    }
}

/// One line as it is written in most countries: the code beside the town, so that it reads like the
/// lines the GDPR search gives.
fn postal(address: &WirePostal) -> Option<String> {
    let joined = |parts: &[&Option<String>], between: &str| {
        let parts: Vec<&str> = parts
            .iter()
            .filter_map(|part| part.as_deref())
            .filter(|part| !part.is_empty())
            .collect();
        (!parts.is_empty()).then(|| parts.join(between))
    };
    let town = joined(&[&address.postal_code, &address.city], " ");
    joined(
        &[
            &address.address1,
            &address.address2,
            &town,
            &address.state,
            &address.country_code,
        ],
        ", ",
    )
}

fn add(values: &mut Vec<String>, value: Option<String>) {
    if let Some(value) = value.filter(|value| !value.is_empty())
        && !values.contains(&value)
    {
        values.push(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contact_becomes_a_subject() {
        let contact: WireContact = serde_json::from_value(serde_json::json!({
            "id": "c1", "firstName": "Anna", "lastName": "Muster",
            "cellPhone": {"display": "030 23125014", "e164": "+493023125014"},
            "workEmail": "anna.muster@example.org", "otherEmail": "anna.muster@example.org",
            "address": {"address1": "Musterweg 1", "postalCode": "10115", "city": "Berlin", "countryCode": "DE"},
            "mergeSet": [{"id": "c1"}], "unheardOf": {"x": 1},
        }))
        .unwrap();
        assert!(!contact.is_merged());
        let subject = Subject::from(&contact);
        assert_eq!(subject.name.as_deref(), Some("Anna Muster"));
        assert_eq!(subject.phone_numbers, ["+493023125014"]);
        assert_eq!(subject.email_addresses, ["anna.muster@example.org"]);
        assert_eq!(subject.addresses, ["Musterweg 1, 10115 Berlin, DE"]);
    }
}
