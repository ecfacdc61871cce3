//! A data subject as Genesys Cloud names one. The API gives a subject no id of its own: it is
//! whatever ids and values came back together.

use serde::{Deserialize, Serialize};

/// A contact on a dialer's contact list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct DialerContact {
    /// Id of the contact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Id of the contact list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact_list_id: Option<String>,
}

/// A customer of the web journey; type and id are only meaningful together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct JourneyCustomer {
    /// For example `cookie`.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Id within the type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

/// A handle on a social network.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SocialHandle {
    /// The network in the API's words (`TWITTER`); unknown words are kept.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The handle.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

/// The API's `GDPRSubject`, in snake case as in our JSON. Every field is optional and absent keys
/// are left out.
#[derive(Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Subject {
    /// Name; refused by the API beside any id field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// A user of the organisation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// A contact of External Contacts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_contact_id: Option<String>,
    /// A contact of a dialer list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dialer_contact_id: Option<DialerContact>,
    /// A customer of the web journey.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub journey_customer: Option<JourneyCustomer>,
    /// A social handle.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub social_handle: Option<SocialHandle>,
    /// An id given by the organisation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// Postal addresses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<String>,
    /// Phone numbers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub phone_numbers: Vec<String>,
    /// E-mail addresses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub email_addresses: Vec<String>,
}

/// What kind of record a subject is, by the most telling of its ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubjectKind {
    /// A user (agent) of the organisation.
    User,
    /// A contact of External Contacts.
    ExternalContact,
    /// A contact of a dialer list.
    DialerContact,
    /// A customer of the web journey.
    JourneyCustomer,
    /// A social handle.
    Social,
    /// Known by an external id only.
    ExternalId,
    /// Nothing but names, numbers or addresses.
    Unlinked,
}

impl SubjectKind {
    /// As in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            SubjectKind::User => "user",
            SubjectKind::ExternalContact => "external_contact",
            SubjectKind::DialerContact => "dialer_contact",
            SubjectKind::JourneyCustomer => "journey_customer",
            SubjectKind::Social => "social",
            SubjectKind::ExternalId => "external_id",
            SubjectKind::Unlinked => "unlinked",
        }
    }
}

impl Subject {
    /// The kind by the most telling id, in the order in which the fields stand.
    pub fn kind(&self) -> SubjectKind {
        if self.user_id.is_some() {
            SubjectKind::User
        } else if self.external_contact_id.is_some() {
            SubjectKind::ExternalContact
        } else if self.dialer_contact_id.is_some() {
            SubjectKind::DialerContact
        } else if self.journey_customer.is_some() {
            SubjectKind::JourneyCustomer
        } else if self.social_handle.is_some() {
            SubjectKind::Social
        } else if self.external_id.is_some() {
            SubjectKind::ExternalId
        } else {
            SubjectKind::Unlinked
        }
    }

    /// True when any id field is present; the API then refuses a name beside it.
    pub fn has_id(&self) -> bool {
        self.kind() != SubjectKind::Unlinked
    }

    /// The subject as it is submitted: the one most telling id alone, or, without any, the values.
    /// Sending more than is needed is refused by the API in places and never helps.
    pub fn for_submission(&self) -> Subject {
        let mut sent = Subject::default();
        match self.kind() {
            SubjectKind::User => sent.user_id = self.user_id.clone(),
            SubjectKind::ExternalContact => sent.external_contact_id = self.external_contact_id.clone(),
            SubjectKind::DialerContact => sent.dialer_contact_id = self.dialer_contact_id.clone(),
            SubjectKind::JourneyCustomer => sent.journey_customer = self.journey_customer.clone(),
            SubjectKind::Social => sent.social_handle = self.social_handle.clone(),
            SubjectKind::ExternalId => sent.external_id = self.external_id.clone(),
            SubjectKind::Unlinked => sent = self.clone(),
        }
        sent
    }

    /// A text that is equal for two subjects that a request would treat as one: the kind and the
    /// value of what [`Subject::for_submission`] sends, values sorted and folded to lower case.
    /// Personal data; it is compared and stored, never shown or logged.
    pub fn key(&self) -> String {
        let sent = self.for_submission();
        let opt = |value: &Option<String>| value.clone().unwrap_or_default();
        match self.kind() {
            SubjectKind::User => format!("user:{}", opt(&sent.user_id)),
            SubjectKind::ExternalContact => format!("external_contact:{}", opt(&sent.external_contact_id)),
            SubjectKind::DialerContact => {
                let dialer = sent.dialer_contact_id.unwrap_or_default();
                format!(
                    "dialer_contact:{}/{}",
                    opt(&dialer.contact_list_id),
                    opt(&dialer.id)
                )
            }
            SubjectKind::JourneyCustomer => {
                let journey = sent.journey_customer.unwrap_or_default();
                format!("journey_customer:{}/{}", opt(&journey.kind), opt(&journey.id))
            }
            SubjectKind::Social => {
                let social = sent.social_handle.unwrap_or_default();
                format!("social:{}/{}", opt(&social.kind), opt(&social.value))
            }
            SubjectKind::ExternalId => format!("external_id:{}", opt(&sent.external_id)),
            SubjectKind::Unlinked => {
                let mut values: Vec<String> = sent
                    .name
                    .iter()
                    .map(|v| format!("name={}", v.to_lowercase()))
                    .chain(
                        sent.addresses
                            .iter()
                            .map(|v| format!("address={}", v.to_lowercase())),
                    )
                    .chain(sent.phone_numbers.iter().map(|v| format!("phone={v}")))
                    .chain(
                        sent.email_addresses
                            .iter()
                            .map(|v| format!("email={}", v.to_lowercase())),
                    )
                    .collect();
                values.sort();
                format!("unlinked:{}", values.join("\u{1f}"))
            }
        }
    }

    /// The best word for a row: the name, else the most telling value or id.
    pub fn label(&self) -> String {
        self.name
            .clone()
            .or_else(|| self.email_addresses.first().cloned())
            .or_else(|| self.phone_numbers.first().cloned())
            .or_else(|| self.social_handle.as_ref().and_then(|s| s.value.clone()))
            .or_else(|| self.external_id.clone())
            .or_else(|| self.user_id.clone())
            .or_else(|| self.external_contact_id.clone())
            .or_else(|| self.dialer_contact_id.as_ref().and_then(|d| d.id.clone()))
            .or_else(|| self.journey_customer.as_ref().and_then(|j| j.id.clone()))
            .or_else(|| self.addresses.first().cloned())
            .unwrap_or_default()
    }
}

impl std::fmt::Debug for Subject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Subject({})", self.kind().as_str())
    }
}
