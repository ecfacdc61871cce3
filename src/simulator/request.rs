//! A GDPR request as the estate keeps it, and the subject it names.

use serde::{Deserialize, Serialize};

use super::lifecycle::Timetable;
use super::record::{Record, RecordKind};
use super::words::{RequestKind, SearchType};

/// The subject of a request on the wire: absent keys are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub(crate) struct WireSubject {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_contact_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dialer_contact_id: Option<WireDialer>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub journey_customer: Option<WireTyped>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub social_handle: Option<WireHandle>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    #[serde(default, skip_serializing_if = "none_or_empty")]
    pub addresses: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "none_or_empty")]
    pub phone_numbers: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "none_or_empty")]
    pub email_addresses: Option<Vec<String>>,
}

fn none_or_empty(values: &Option<Vec<String>>) -> bool {
    values.as_ref().is_none_or(Vec::is_empty)
}

/// A contact of a dialer list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub(crate) struct WireDialer {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact_list_id: Option<String>,
}

/// A journey customer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub(crate) struct WireTyped {
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

/// A handle.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub(crate) struct WireHandle {
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

/// One replacement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub(crate) struct WireTerm {
    #[serde(rename = "type")]
    pub kind: SearchType,
    pub existing_value: String,
    pub updated_value: String,
}

impl WireSubject {
    /// How the subject search names a record: its id, and beside it all that is known.
    pub(crate) fn found(record: &Record) -> WireSubject {
        let mut subject = WireSubject::id_only(record);
        subject.name.clone_from(&record.name);
        subject.addresses = Some(record.addresses.clone());
        subject.phone_numbers = Some(
            record
                .phones
                .iter()
                .filter_map(|phone| super::record::e164(phone))
                .collect(),
        );
        subject.email_addresses = Some(record.emails.clone());
        subject
    }

    /// How a request names a record: by its id only; a record without one by its values.
    pub(crate) fn id_only(record: &Record) -> WireSubject {
        let id = Some(record.id.clone());
        let mut subject = WireSubject::default();
        match record.kind {
            RecordKind::User => subject.user_id = id,
            RecordKind::Contact => subject.external_contact_id = id,
            RecordKind::Dialer => {
                subject.dialer_contact_id = Some(WireDialer {
                    id,
                    contact_list_id: record.list_id.clone(),
                });
            }
            RecordKind::Journey => {
                subject.journey_customer = Some(WireTyped {
                    kind: record.journey_type.clone(),
                    id,
                });
            }
            RecordKind::Social => {
                subject.social_handle = record.social.first().map(|(network, value)| WireHandle {
                    kind: Some(network.word().to_owned()),
                    value: Some(value.clone()),
                });
            }
            RecordKind::ExternalId => subject.external_id = record.external_ids.first().cloned(),
            RecordKind::Unlinked => {
                subject.name.clone_from(&record.name);
                subject.phone_numbers = Some(record.phones.clone());
                subject.email_addresses = Some(record.emails.clone());
            }
        }
        subject
    }

    /// True when a field names one record.
    pub(crate) fn has_id(&self) -> bool {
        self.user_id.is_some()
            || self.external_contact_id.is_some()
            || self.dialer_contact_id.is_some()
            || self.journey_customer.is_some()
            || self.social_handle.is_some()
            || self.external_id.is_some()
    }

    /// Keys of the records that the ids name, whether or not they exist.
    pub(crate) fn keys(&self) -> Vec<String> {
        let mut keys = Vec::new();
        let mut add = |kind: &str, id: Option<&String>| {
            if let Some(id) = id {
                keys.push(format!("{kind}:{id}"));
            }
        };
        add("user", self.user_id.as_ref());
        add("contact", self.external_contact_id.as_ref());
        add(
            "dialer",
            self.dialer_contact_id.as_ref().and_then(|d| d.id.as_ref()),
        );
        add(
            "journey",
            self.journey_customer.as_ref().and_then(|j| j.id.as_ref()),
        );
        add(
            "social",
            self.social_handle.as_ref().and_then(|s| s.value.as_ref()),
        );
        add("external_id", self.external_id.as_ref());
        keys
    }

    /// The values by which records are searched, those of names, addresses, numbers and e-mails.
    pub(crate) fn values(&self) -> Vec<(SearchType, String)> {
        let many = |kind: SearchType, values: &Option<Vec<String>>| {
            values
                .iter()
                .flatten()
                .map(|value| (kind, value.clone()))
                .collect::<Vec<_>>()
        };
        let mut values: Vec<(SearchType, String)> = Vec::new();
        values.extend(self.name.iter().map(|name| (SearchType::Name, name.clone())));
        values.extend(many(SearchType::Address, &self.addresses));
        values.extend(many(SearchType::Phone, &self.phone_numbers));
        values.extend(many(SearchType::Email, &self.email_addresses));
        values.extend(
            self.external_id
                .iter()
                .map(|id| (SearchType::ExternalId, id.clone())),
        );
        if let Some(handle) = &self.social_handle
            && let Some(network) = handle.kind.as_deref().and_then(SearchType::parse)
            && let Some(value) = &handle.value
        {
            values.push((network, value.clone()));
        }
        values
    }
}

/// A request of the estate.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub(crate) struct Request {
    pub id: String,
    pub kind: RequestKind,
    pub subject: WireSubject,
    pub terms: Vec<WireTerm>,
    pub created: i64,
    /// Id of the OAuth client or user that made it.
    pub created_by: String,
    /// Whether `created_by` is a user.
    pub by_user: bool,
    pub timetable: Timetable,
    /// Number of result archives.
    pub archives: u8,
    /// Keys of the records it acts on.
    pub targets: Vec<String>,
    /// When a deletion or correction shows, if it ever does.
    pub effect_at: Option<i64>,
}
