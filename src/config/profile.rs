//! A profile: the addresses, the sign-in and the habits of one organisation, with every layer laid
//! over the other.

use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;

use super::cdds::CddsProfile;
use super::duration;
use super::forget::{CassandraProfile, GwsProfile};
use super::layers::Layered;
use super::secret::{Secret, SecretSource};
use super::value::Value;
use crate::domain::mode::Mode;

/// Where an organisation answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// A region by its AWS name or its domain.
    Region(String),
    /// Addresses of their own.
    At {
        /// Base of the API.
        api: String,
        /// Base of the login host.
        login: String,
    },
}

/// A directory that several operators of one host share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SharedStore {
    /// The directory.
    pub directory: PathBuf,
    /// The group that owns it, by name or number.
    pub group: String,
}

/// Who witnesses the ledger, and how often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anchoring {
    /// Address of a time-stamping authority (RFC 3161).
    pub tsa: Option<String>,
    /// Certificates that its stamp must be signed with.
    pub ca_file: Option<PathBuf>,
    /// Command that reads the checkpoint: one text for the shell, or program and arguments.
    pub command: Option<Vec<String>>,
    /// Directory that somebody else keeps.
    pub drop: Option<PathBuf>,
    /// How often, when something was added.
    pub every: Duration,
}

/// How long is waited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// Name, connection and TLS together.
    pub connect: Duration,
    /// Between two pieces of an answer to a read.
    pub read: Duration,
    /// A whole mutation.
    pub mutation: Duration,
}

/// One organisation.
#[derive(Clone, Debug)]
pub struct Profile {
    /// Its name.
    pub name: String,
    /// Mode, if the profile says one.
    pub mode: Option<Mode>,
    /// What the organisation is called, until it says so itself.
    pub organization: Option<String>,
    /// Where it answers.
    pub address: Option<Address>,
    /// OAuth client for client credentials.
    pub client_id: Option<String>,
    /// Its secret.
    pub client_secret: Option<Secret>,
    /// A token that somebody pasted.
    pub access_token: Option<Secret>,
    /// OAuth client with which a person signs in (authorization code with PKCE).
    pub login_client_id: Option<String>,
    /// ISO 3166 alpha-2 code for phone numbers in national form.
    pub default_country: Option<String>,
    /// Time zone for display; the host's when nothing is said.
    pub time_zone: Option<String>,
    /// Regime of the legal clock.
    pub regime: String,
    /// Country, or country and region, whose public holidays count.
    pub country: Option<String>,
    /// Systems that cannot be reached from here: manual columns of a case's coverage.
    pub other_systems: Vec<String>,
    /// After how long a closed case forgets its person.
    pub case_retention: Duration,
    /// How long it takes to deliver an answer.
    pub delivery_time: Duration,
    /// For how long after its end an erasure stays in the register of suppressed identifiers.
    pub suppression_retention: Duration,
    /// Who witnesses the ledger.
    pub anchoring: Anchoring,
    /// Passphrase of the key by which the store is encrypted at rest.
    pub encryption_passphrase: Option<Secret>,
    /// PEM file with an own authority.
    pub ca_file: Option<PathBuf>,
    /// Proxy; `none` for none.
    pub proxy: Option<SecretString>,
    /// Name of the store; profiles with the same name at the same address share one.
    pub store: Option<String>,
    /// Shared store.
    pub shared: Option<SharedStore>,
    /// How long after the intent an unknown outcome may still turn up.
    pub quiet_period: Duration,
    /// Where results go.
    pub downloads: Option<PathBuf>,
    /// How long is waited.
    pub timeouts: Timeouts,
    /// GWS on premise.
    pub gws: GwsProfile,
    /// The Cassandra of that GWS.
    pub cassandra: CassandraProfile,
    /// Cloud Data Download Service.
    pub cdds: CddsProfile,
}

impl Profile {
    /// The typed profile of layered values, which were checked when they were read.
    pub fn of(name: &str, values: &Layered) -> Profile {
        let text = |key: &str| values.text(key);
        let span = |key: &str| {
            let parsed = values.text(key).and_then(|text| duration::parse(&text).ok());
            parsed.map_or(Duration::ZERO, |span| span.unsigned_abs())
        };
        Profile {
            name: name.to_owned(),
            mode: text("mode").as_deref().and_then(Mode::parse),
            organization: text("organization"),
            address: address(values),
            client_id: text("client_id"),
            client_secret: secret(
                values,
                &[
                    "client_secret",
                    "client_secret_file",
                    "client_secret_env",
                    "client_secret_fd",
                    "secret_command",
                ],
            ),
            access_token: secret(values, &["access_token", "access_token_file", "access_token_env"]),
            login_client_id: text("login_client_id"),
            default_country: text("default_country"),
            time_zone: text("time_zone"),
            regime: text("regime").unwrap_or_else(|| "eu".to_owned()),
            country: text("country"),
            other_systems: values.names("other_systems"),
            case_retention: span("case_retention"),
            delivery_time: span("delivery_time"),
            suppression_retention: span("suppression_retention"),
            anchoring: Anchoring {
                tsa: text("anchor_tsa"),
                ca_file: values.path("anchor_ca_file"),
                command: values.command("anchor_command"),
                drop: values.path("anchor_drop"),
                every: span("anchor_every"),
            },
            encryption_passphrase: secret(values, &super::schema::ENCRYPTION_PASSPHRASE),
            ca_file: values.path("ca_file"),
            proxy: values.secret("proxy"),
            store: text("store"),
            shared: match (values.path("shared_store"), text("shared_group")) {
                (Some(directory), Some(group)) => Some(SharedStore { directory, group }),
                _ => None,
            },
            quiet_period: span("quiet_period"),
            downloads: values.path("downloads"),
            timeouts: Timeouts {
                connect: span("connect_timeout"),
                read: span("read_timeout"),
                mutation: span("mutation_timeout"),
            },
            gws: GwsProfile::of(values),
            cassandra: CassandraProfile::of(values),
            cdds: CddsProfile::default(),
        }
    }

    /// What is missing before live can be spoken to, or nothing. A person may also be signed in;
    /// that is not known here.
    pub fn missing_for_live(&self) -> Option<&'static str> {
        if self.address.is_none() {
            return Some("no region");
        }
        let client = self.client_id.is_some() && self.client_secret.is_some();
        (!client && self.access_token.is_none()).then_some("no OAuth client and no access token")
    }
}

fn address(values: &Layered) -> Option<Address> {
    match (values.text("api_url"), values.text("region")) {
        (Some(api), _) => Some(Address::At {
            login: values.text("login_url").unwrap_or_else(|| api.clone()),
            api,
        }),
        (None, Some(region)) => Some(Address::Region(region)),
        (None, None) => None,
    }
}

pub(super) fn secret(values: &Layered, keys: &[&str]) -> Option<Secret> {
    let (key, setting) = keys.iter().find_map(|key| Some((*key, values.get(key)?)))?;
    let source = match &setting.value {
        Value::Secret(secret) => SecretSource::Here(secret.clone()),
        Value::Path(path) => SecretSource::File(path.clone()),
        Value::Text(name) if key.ends_with("_env") => SecretSource::Variable(name.clone()),
        Value::Descriptor(number) => SecretSource::Descriptor(*number),
        Value::Command(words) => SecretSource::Command(words.clone()),
        Value::Text(_) | Value::Names(_) | Value::Paths(_) => return None,
    };
    Some(Secret::new(source, setting.source.is_environment()))
}
