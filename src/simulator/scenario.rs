//! Scenario files: what an estate holds before anything happens to it, and how it misbehaves.
//! The same format is used for the built-in ones and for files of a trainer's own.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::cdds::CddsPlan;
use super::fault::Fault;
use super::record::RecordKind;
use super::words::{RequestKind, SearchType};

/// A scenario as read.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Plan {
    /// One line about it.
    pub summary: String,
    /// A built-in scenario whose estate this one takes over; only faults, limits and access of its
    /// own are added.
    pub based_on: Option<String>,
    /// Everything computed is computed from this.
    #[serde(default)]
    pub seed: u64,
    /// The simulated organisation.
    pub organization: Option<Organization>,
    /// Rates and token lifetimes.
    #[serde(default)]
    pub limits: Limits,
    /// How requests behave.
    #[serde(default)]
    pub lifecycle: Lifecycle,
    /// Roles of the organisation.
    #[serde(default)]
    pub roles: Vec<Role>,
    /// OAuth clients; the first with a secret is the one that `dsr` signs in with.
    #[serde(default)]
    pub oauth_clients: Vec<Client>,
    /// What is held about people.
    #[serde(default)]
    pub records: Vec<RecordEntry>,
    /// Requests that were made before the estate's clock started.
    #[serde(default)]
    pub requests: Vec<RequestEntry>,
    /// The simulated GWS and what lies in its Cassandra.
    pub gws: Option<super::gws::GwsPlan>,
    /// The export service.
    pub cdds: Option<CddsPlan>,
    /// Records and requests computed by index.
    pub generate: Option<Generate>,
    /// Misbehaviour.
    #[serde(default)]
    pub faults: Vec<Fault>,
}

/// The simulated organisation.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Organization {
    /// Its name.
    pub name: String,
    /// Its short domain.
    pub domain: String,
    /// Its default country.
    pub country: String,
}

/// Rates and token lifetimes.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Limits {
    /// Requests a minute for one token; 0 for no limit.
    pub requests_per_minute: u32,
    /// Lifetime of an access token in seconds.
    pub token_seconds: u32,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            requests_per_minute: 300,
            token_seconds: 86_400,
        }
    }
}

/// How requests behave.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Lifecycle {
    /// Of a thousand new requests, this many end with `ERROR`.
    pub errors_per_mille: u64,
    /// Days after completion during which results can be fetched.
    pub link_days: i64,
    /// A deletion shows this many hours after `COMPLETED`: least and most.
    pub delete_lag_hours: [i64; 2],
    /// Seconds for which a signed address is valid.
    pub signed_seconds: i64,
    /// Success code of a submission.
    pub accepted_status: u16,
    /// In which order requests are listed.
    pub list_order: ListOrder,
    /// The most entries that a page of requests may have. The real limit is not documented; 100 is
    /// known to work.
    pub largest_page: u64,
    /// What becomes of a submission while an equal one is open.
    pub duplicates: Duplicates,
}

/// In which order requests are listed; the real order is not documented.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ListOrder {
    /// The newest first.
    Newest,
    /// The oldest first.
    Oldest,
}

/// What becomes of a submission while an equal one is open; not documented either.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Duplicates {
    /// It is taken as a request of its own.
    Accept,
    /// It is refused with 409.
    Conflict,
}

impl Default for Lifecycle {
    fn default() -> Lifecycle {
        Lifecycle {
            errors_per_mille: 0,
            link_days: 7,
            delete_lag_hours: [1, 36],
            signed_seconds: 3600,
            accepted_status: 202,
            list_order: ListOrder::Newest,
            largest_page: 100,
            duplicates: Duplicates::Accept,
        }
    }
}

/// A role.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Role {
    /// Its name.
    pub name: String,
    /// `gdpr:request:add` and the like.
    pub permissions: Vec<String>,
}

/// An OAuth client.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Client {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// `CLIENT-CREDENTIALS` or `CODE`.
    pub grant: String,
    /// Its secret, plainly fictional; a public client has none.
    pub secret: Option<String>,
    /// Names of its roles (client credentials).
    #[serde(default)]
    pub roles: Vec<String>,
    /// Its scopes (authorization code).
    #[serde(default)]
    pub scopes: Vec<String>,
    /// Where a code may be sent. A loopback address without a port stands for any port.
    #[serde(default)]
    pub redirect_uris: Vec<String>,
    /// Key of the user who signs in when this client asks for a person.
    pub signs_in: Option<String>,
}

/// A record about a person.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RecordEntry {
    /// Names it within the file.
    pub key: String,
    /// Where it lives.
    pub kind: RecordKind,
    /// Its id; computed from seed and key if left out.
    pub id: Option<String>,
    /// Full name.
    pub name: Option<String>,
    /// Phone numbers in international form.
    #[serde(default)]
    pub phones: Vec<String>,
    /// E-mail addresses.
    #[serde(default)]
    pub emails: Vec<String>,
    /// Postal addresses, one line each.
    #[serde(default)]
    pub addresses: Vec<String>,
    /// Handles by network (`TWITTER`).
    #[serde(default)]
    pub social: BTreeMap<SearchType, String>,
    /// External ids.
    #[serde(default)]
    pub external_ids: Vec<String>,
    /// Key of the contact that stands for the merge set.
    pub merged_into: Option<String>,
    /// Name of the contact list of a dialer contact.
    pub list: Option<String>,
    /// Type of a journey customer.
    pub journey_type: Option<String>,
    /// Title of a user.
    pub title: Option<String>,
    /// Department of a user.
    pub department: Option<String>,
    /// Roles of a user.
    #[serde(default)]
    pub roles: Vec<String>,
}

/// A request made before the clock started.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RequestEntry {
    /// `export`, `delete` or `update`.
    #[serde(rename = "type")]
    pub kind: RequestKind,
    /// Key of the record it is about: its id is named in the subject.
    pub record: Option<String>,
    /// Values instead of an id.
    #[serde(default)]
    pub emails: Vec<String>,
    /// Values instead of an id.
    #[serde(default)]
    pub phones: Vec<String>,
    /// A name instead of an id.
    pub name: Option<String>,
    /// How long ago it was made (`3d 4h`).
    pub age: String,
    /// Where it stands; a word that the API does not know is kept.
    pub status: String,
    /// How long ago it ended (`6d 18h`).
    pub finished: Option<String>,
    /// Number of result archives.
    pub archives: Option<u8>,
    /// Replacement terms of an update: type, existing, updated.
    #[serde(default)]
    pub terms: Vec<(SearchType, String, String)>,
    /// Key of the user who made it; otherwise the first OAuth client.
    pub by: Option<String>,
}

/// What is computed by index.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Generate {
    /// Number of external contacts.
    pub contacts: u64,
    /// Number of requests.
    pub requests: u64,
    /// Number of export jobs.
    #[serde(default)]
    pub jobs: u64,
    /// Days over which the requests are spread.
    pub days: i64,
    /// Number of agents' favorites in GWS.
    #[serde(default)]
    pub favorites: u64,
}

impl Plan {
    /// The GWS of the scenario; one without any settings where the scenario says nothing.
    pub(crate) fn gws_plan(&self) -> &super::gws::GwsPlan {
        static NONE: std::sync::LazyLock<super::gws::GwsPlan> =
            std::sync::LazyLock::new(super::gws::GwsPlan::default);
        self.gws.as_ref().unwrap_or(&NONE)
    }

    /// The organisation; loading has made sure that there is one.
    pub(crate) fn organization(&self) -> Organization {
        self.organization.clone().unwrap_or(Organization {
            name: "Example Contact Centre".to_owned(),
            domain: "example-contact-centre".to_owned(),
            country: "DE".to_owned(),
        })
    }
}

/// Milliseconds of `3d 4h 5m`.
pub(crate) fn duration(text: &str) -> Option<i64> {
    let mut total = 0_i64;
    for part in text.split_whitespace() {
        let unit = part.chars().last()?;
        let amount: i64 = part[..part.len() - unit.len_utf8()].parse().ok()?;
        let millis = match unit {
            'd' => super::lifecycle::DAY,
            'h' => super::lifecycle::HOUR,
            'm' => super::lifecycle::MINUTE,
            's' => 1000,
            _ => return None,
        };
        total = total.checked_add(amount.checked_mul(millis)?)?;
    }
    (!text.trim().is_empty() && total >= 0).then_some(total)
}
