//! What a profile says about GWS on premise and its Cassandra.

use std::path::PathBuf;
use std::time::Duration;

use super::duration;
use super::layers::Layered;
use super::profile::secret;
use super::schema::{CASSANDRA_PASSWORD, GWS_PASSWORD};
use super::secret::Secret;

/// Genesys Web Services on premise.
#[derive(Clone, Debug)]
pub struct GwsProfile {
    /// Its address.
    pub url: Option<String>,
    /// A user with an administrator's role.
    pub username: Option<String>,
    /// The password.
    pub password: Option<Secret>,
    /// PEM file with an own authority, beside that of the profile.
    pub ca_file: Option<PathBuf>,
    /// Method, path and query of the call that deletes one setting.
    pub delete_call: String,
    /// Its body.
    pub delete_body: String,
    /// How long groups that were saved before a deletion are kept.
    pub keep_saved: Duration,
}

impl GwsProfile {
    pub(super) fn of(values: &Layered) -> GwsProfile {
        let span = |key: &str| {
            let parsed = values.text(key).and_then(|text| duration::parse(&text).ok());
            parsed.map_or(Duration::ZERO, |span| span.unsigned_abs())
        };
        GwsProfile {
            url: values.text("gws_url"),
            username: values.text("gws_username"),
            password: secret(values, &GWS_PASSWORD),
            ca_file: values.path("gws_ca_file"),
            delete_call: values.text("gws_delete").unwrap_or_default(),
            delete_body: values.text("gws_delete_body").unwrap_or_default(),
            keep_saved: span("gws_keep_saved"),
        }
    }
}

/// The Cassandra in which GWS keeps its settings.
#[derive(Clone, Debug)]
pub struct CassandraProfile {
    /// Hosts to begin with, separated by commas.
    pub host: Option<String>,
    /// Thrift or CQL port.
    pub port: Option<String>,
    /// The keyspace.
    pub keyspace: Option<String>,
    /// User name.
    pub username: Option<String>,
    /// The password.
    pub password: Option<Secret>,
    /// Whether TLS is spoken; it is also when an authority or certificate is named.
    pub tls: bool,
    /// PEM file with an own authority.
    pub ca_file: Option<PathBuf>,
    /// PEM file with the client's certificate.
    pub cert_file: Option<PathBuf>,
    /// PEM file with the client's key.
    pub key_file: Option<PathBuf>,
    /// Names of which the servers' certificates must hold one.
    pub tls_names: Vec<String>,
    /// Data centre whose nodes are asked.
    pub datacenter: Option<String>,
    /// How many replicas must answer.
    pub consistency: String,
}

impl CassandraProfile {
    pub(super) fn of(values: &Layered) -> CassandraProfile {
        CassandraProfile {
            host: values.text("cassandra_host"),
            port: values.text("cassandra_port"),
            keyspace: values.text("cassandra_keyspace"),
            username: values.text("cassandra_username"),
            password: secret(values, &CASSANDRA_PASSWORD),
            tls: values.text("cassandra_tls").as_deref() == Some("on"),
            ca_file: values.path("cassandra_ca_file"),
            cert_file: values.path("cassandra_cert_file"),
            key_file: values.path("cassandra_key_file"),
            tls_names: values.names("cassandra_tls_names"),
            datacenter: values.text("cassandra_datacenter"),
            consistency: values.text("cassandra_consistency").unwrap_or_default(),
        }
    }
}
