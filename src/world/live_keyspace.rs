//! The way into a live Cassandra, out of the profile and what a command says over it. What answers at
//! the port is probed; the port's number decides nothing.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use rustls::ClientConfig;
use secrecy::SecretString;

use super::keyspace_tls;
use crate::config::{Config, Profile};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::text;
use crate::systems::genesys_cloud::regions::is_loopback;
use crate::systems::keyspace::cql::{self, CqlKeyspace};
use crate::systems::keyspace::server_names::ServerNames;
use crate::systems::keyspace::thrift::{Access, Consistency, ThriftKeyspace};
use crate::systems::keyspace::{Answering, Keyspace, KeyspaceError, SYSTEM};

/// What is wanted over what the profile says.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Hosts to begin with, separated by commas.
    pub host: Option<String>,
    /// The port.
    pub port: Option<u16>,
    /// The keyspace.
    pub keyspace: Option<String>,
    /// User name; its password comes from the profile or the environment.
    pub username: Option<String>,
    /// TLS.
    pub tls: bool,
    /// PEM file with an own authority.
    pub ca_file: Option<PathBuf>,
    /// Names of which the servers' certificates must hold one.
    pub tls_names: Vec<String>,
    /// PEM file with the client's certificate.
    pub cert_file: Option<PathBuf>,
    /// PEM file with the client's key.
    pub key_file: Option<PathBuf>,
    /// Data centre whose nodes are asked.
    pub datacenter: Option<String>,
    /// How many replicas must answer.
    pub consistency: Option<String>,
    /// Addresses as the cluster announces them, with those under which they are reached.
    pub translate: Vec<(String, String)>,
}

/// Connects. Gives the keyspace, its name, and where it is, for display. What answers is probed: the
/// number of the port decides nothing.
///
/// # Errors
/// When host, port or keyspace are not known, or nothing usable answers.
pub async fn connect(
    config: &Config,
    profile: &Profile,
    wanted: &Wanted,
) -> Result<(Arc<dyn Keyspace>, String, String), Failure> {
    let (host, port, keyspace) = place(profile, wanted)?;
    let place = text::clean(&format!("{host}:{port}"));
    let level = wanted
        .consistency
        .as_deref()
        .unwrap_or(&profile.cassandra.consistency);
    let (tls, names) = secured(profile, wanted)?;
    let access = cql::Access {
        hosts: host
            .split(',')
            .map(|host| host.trim().to_owned())
            .filter(|host| !host.is_empty())
            .collect(),
        port,
        tls,
        names,
        login: login(config, profile, wanted)?,
        data_centre: wanted
            .datacenter
            .clone()
            .or_else(|| profile.cassandra.datacenter.clone()),
        consistency: cql::Consistency::parse(level).ok_or_else(unknown_level)?,
        translate: translated(wanted)?,
    };
    let found: Arc<dyn Keyspace> = match cql::probe(&access).await? {
        Answering::Cql(_) => Arc::new(CqlKeyspace::connect(access, keyspace.clone()).await?),
        Answering::Thrift => thrift(access, &keyspace).await?,
        found => {
            return Err(KeyspaceError::WrongProtocol {
                address: place,
                found,
                expected: "CQL or Thrift",
            }
            .into());
        }
    };
    Ok((found, keyspace, place))
}

async fn thrift(access: cql::Access, keyspace: &str) -> Result<Arc<dyn Keyspace>, Failure> {
    let consistency = match access.consistency {
        cql::Consistency::One => Consistency::One,
        cql::Consistency::Two => Consistency::Two,
        cql::Consistency::Three => Consistency::Three,
        cql::Consistency::Quorum => Consistency::Quorum,
        cql::Consistency::LocalQuorum => Consistency::LocalQuorum,
        cql::Consistency::LocalOne => Consistency::LocalOne,
        cql::Consistency::All => Consistency::All,
    };
    let access = Access {
        hosts: access.hosts,
        tls: access.tls,
        login: access.login,
        translate: access.translate,
        ..Access::plain("", access.port)
    };
    let thrift = Arc::new(ThriftKeyspace::new(access, keyspace, consistency));
    thrift.describe().await?;
    Ok(thrift)
}

fn unknown_level() -> Failure {
    Failure::new(FailureKind::Usage, "--consistency: this level is not known.")
        .at(SYSTEM)
        .next(
            "Known: ONE, TWO, THREE, QUORUM, LOCAL_QUORUM, LOCAL_ONE, ALL. Less than a quorum can miss data.",
        )
}

fn login(
    config: &Config,
    profile: &Profile,
    wanted: &Wanted,
) -> Result<Option<(String, SecretString)>, Failure> {
    let Some(username) = wanted.username.as_ref().or(profile.cassandra.username.as_ref()) else {
        return Ok(None);
    };
    let Some(secret) = &profile.cassandra.password else {
        return Err(Failure::new(
            FailureKind::Configuration,
            "The password of the Cassandra user is not known.",
        )
        .at(SYSTEM)
        .next("Set cassandra_password_file in the profile, or DSR_CASSANDRA_PASSWORD_FILE."));
    };
    Ok(Some((username.clone(), secret.read(&config.env)?)))
}

fn translated(wanted: &Wanted) -> Result<BTreeMap<String, (String, u16)>, Failure> {
    let pair = |(announced, reached): &(String, String)| {
        let (host, port) = reached.rsplit_once(':')?;
        Some((announced.clone(), (host.to_owned(), port.parse().ok()?)))
    };
    wanted
        .translate
        .iter()
        .map(|given| {
            pair(given).ok_or_else(|| {
                Failure::new(
                    FailureKind::Usage,
                    "--translate: ANNOUNCED=HOST:PORT is expected.",
                )
                .at(SYSTEM)
            })
        })
        .collect()
}

/// TLS as the command and the profile say it, and what counts in certificates.
fn secured(
    profile: &Profile,
    wanted: &Wanted,
) -> Result<(Option<Arc<ClientConfig>>, Arc<ServerNames>), Failure> {
    keyspace_tls::config(&tls_given(profile, wanted))
}

fn tls_given<'a>(profile: &'a Profile, wanted: &'a Wanted) -> keyspace_tls::Given<'a> {
    let own = &profile.cassandra;
    keyspace_tls::Given {
        prefix: "--cass_",
        wanted: wanted.tls || own.tls,
        ca: wanted.ca_file.as_deref().or(own.ca_file.as_deref()),
        cert: wanted.cert_file.as_deref().or(own.cert_file.as_deref()),
        key: wanted.key_file.as_deref().or(own.key_file.as_deref()),
        names: match wanted.tls_names.as_slice() {
            [] => &own.tls_names,
            given => given,
        },
    }
}

/// What is to be told before the password of a Cassandra user goes to another host without TLS.
pub fn warning(profile: &Profile, wanted: &Wanted) -> Option<String> {
    wanted.username.as_ref().or(profile.cassandra.username.as_ref())?;
    if tls_given(profile, wanted).asked() {
        return None;
    }
    let host = wanted.host.as_ref().or(profile.cassandra.host.as_ref())?;
    let is_here = |host: &str| is_loopback(&format!("http://{}/", host.trim()));
    let elsewhere =
        !host.split(',').all(is_here) || wanted.translate.iter().any(|(_, reached)| !is_here(reached));
    elsewhere.then(|| {
        format!(
            "Cassandra at {} is spoken to without TLS: the password of its user and the settings of agents \
             travel readable for everybody in between. Where the cluster offers TLS, use --cass_tls with \
             --cass_ca FILE, or cassandra_tls and cassandra_ca_file in the profile.",
            text::clean(host)
        )
    })
}

/// Host, port and keyspace.
///
/// # Errors
/// Which of them is missing.
pub fn place(profile: &Profile, wanted: &Wanted) -> Result<(String, u16, String), Failure> {
    let missing = |what: &str, option: &str, key: &str| {
        Failure::new(
            FailureKind::Configuration,
            format!("{what} of Cassandra is not known."),
        )
        .at(SYSTEM)
        .next(format!("Add {option}, or set {key} in the profile."))
    };
    let host = wanted.host.as_ref().or(profile.cassandra.host.as_ref());
    let host = host.ok_or_else(|| missing("The host", "--cass_hostname", "cassandra_host"))?;
    let port = match (wanted.port, &profile.cassandra.port) {
        (Some(port), _) => port,
        (None, Some(text)) => text.parse().map_err(|_| {
            Failure::new(
                FailureKind::Configuration,
                "cassandra_port is not the number of a port.",
            )
            .at(SYSTEM)
        })?,
        (None, None) => return Err(missing("The port", "--cass_port", "cassandra_port")),
    };
    let keyspace = wanted.keyspace.as_ref().or(profile.cassandra.keyspace.as_ref());
    let keyspace =
        keyspace.ok_or_else(|| missing("The keyspace", "--cass_keyspace", "cassandra_keyspace"))?;
    Ok((host.clone(), port, keyspace.clone()))
}
