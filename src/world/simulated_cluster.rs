//! The settings of the simulated GWS in a real cluster: how it is entered, and what is told when it
//! cannot be.

use std::path::PathBuf;

use super::keyspace_tls::{self, Given};
use super::simulated::failure;
use crate::config::Config;
use crate::config::secret::{Secret, SecretSource};
use crate::domain::failure::{Failure, FailureKind};
use crate::simulator::{ClusterError, Entry, Simulator};

/// Served by those who may not know the simulator itself.
pub use crate::simulator::Cluster;

/// How the cluster is entered. Nothing of it comes from what the profile says of GWS's own cluster, but
/// for a password that the environment or the profile has for a user that is named.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// User name.
    pub username: Option<String>,
    /// The open file that its password is read from.
    pub password_fd: Option<u32>,
    /// PEM file with the authority of the servers' certificates; TLS is spoken when it is given.
    pub ca_file: Option<PathBuf>,
    /// PEM file with the client's certificate.
    pub cert_file: Option<PathBuf>,
    /// PEM file with the client's key.
    pub key_file: Option<PathBuf>,
    /// Names of which the servers' certificates must hold one.
    pub tls_names: Vec<String>,
}

/// Puts the settings of the simulated GWS into a real cluster. Gives it with the number of rows.
///
/// # Errors
/// When nothing usable answers there, the keyspace is not the simulator's own, or the way in is not
/// whole.
pub async fn cluster(
    config: &Config,
    address: &str,
    wanted: &Wanted,
    simulator: &Simulator,
) -> Result<(Cluster, usize), Failure> {
    let told = |error| cluster_failure(&error);
    let (host, port) = Cluster::place(address).map_err(told)?;
    let (tls, names) = keyspace_tls::config(&Given {
        prefix: "--keyspace-",
        wanted: false,
        ca: wanted.ca_file.as_deref(),
        cert: wanted.cert_file.as_deref(),
        key: wanted.key_file.as_deref(),
        names: &wanted.tls_names,
    })?;
    if tls.is_some()
        && let Ok(addresses) = tokio::net::lookup_host((host.as_str(), port)).await
    {
        addresses.for_each(|address| names.leads(&host, address.ip()));
    }
    let login = match &wanted.username {
        Some(username) => Some((username.clone(), password(config, wanted)?)),
        None => None,
    };
    let cluster = Cluster::open(address, Entry { login, tls }).await.map_err(told)?;
    let rows = cluster.sync(simulator).await.map_err(told)?;
    Ok((cluster, rows))
}

fn password(config: &Config, wanted: &Wanted) -> Result<secrecy::SecretString, Failure> {
    let given = wanted
        .password_fd
        .map(|number| Secret::new(SecretSource::Descriptor(number), false));
    let secret = given.or_else(|| config.profile.cassandra.password.clone());
    match secret {
        Some(secret) => secret.read(&config.env),
        None => Err(Failure::new(
            FailureKind::Configuration,
            "The password of the user of --keyspace-username is not known.",
        )
        .next("Set DSR_CASSANDRA_PASSWORD_FILE or DSR_CASSANDRA_PASSWORD, or give --keyspace-password-fd.")),
    }
}

/// Why the settings of the simulated GWS cannot be put into a real cluster, as users are told.
fn cluster_failure(error: &ClusterError) -> Failure {
    const SIGN_IN: &str = "A cluster that wants a user or TLS: --keyspace-username and --keyspace-ca.";
    let told = |kind, next: String| Failure::new(kind, format!("--keyspace: {error}.")).next(next);
    match error {
        ClusterError::Address(_) => told(
            FailureKind::Usage,
            "Write cql://HOST:PORT/KEYSPACE (release 3.0 and later) or thrift://HOST:PORT/KEYSPACE (1.1 to 2.x).".to_owned(),
        ),
        ClusterError::Unreachable { way: "CQL", .. } => told(
            FailureKind::Unreachable,
            format!("Check host and port: CQL is usually at 9042. An old cluster (1.1 to 2.x) is written to at its Thrift port: thrift://HOST:9160/KEYSPACE. {SIGN_IN}"),
        ),
        ClusterError::Unreachable { .. } => told(
            FailureKind::Unreachable,
            format!("Check host and port: Thrift is usually at 9160. A cluster of release 3.0 or later is written to at its CQL port: cql://HOST:9042/KEYSPACE. {SIGN_IN}"),
        ),
        ClusterError::SignIn(_) => told(
            FailureKind::Authentication,
            "Name the user with --keyspace-username; its password comes from DSR_CASSANDRA_PASSWORD_FILE, DSR_CASSANDRA_PASSWORD or --keyspace-password-fd.".to_owned(),
        ),
        ClusterError::NotOurs(_) => told(
            FailureKind::Refused,
            "Name a keyspace that is not there yet: it is made, and only such a one is ever written to.".to_owned(),
        ),
        ClusterError::Refused { .. } => told(
            FailureKind::Refused,
            format!("Use a test cluster, and a user who may make a keyspace there. {SIGN_IN}"),
        ),
        ClusterError::Estate(error) => failure(error),
    }
}
