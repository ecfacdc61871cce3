//! Where a cluster is, and how it is signed in to and read.

use std::collections::BTreeMap;
use std::sync::Arc;

use rustls::ClientConfig;
use secrecy::SecretString;

use crate::systems::keyspace::server_names::ServerNames;

/// The way in.
#[derive(Clone)]
pub struct Access {
    /// Names or addresses to begin with, the others are learned from the cluster.
    pub hosts: Vec<String>,
    /// The CQL port.
    pub port: u16,
    /// TLS, with its authority and the client's certificate. The driver knows nodes by address only, so
    /// it is the verifier that has to accept names.
    pub tls: Option<Arc<ClientConfig>>,
    /// Names that count in certificates: told here to which addresses the hosts led.
    pub names: Arc<ServerNames>,
    /// User and password.
    pub login: Option<(String, SecretString)>,
    /// The data centre whose nodes are asked; `None`: that of the first host.
    pub data_centre: Option<String>,
    /// How many replicas must answer.
    pub consistency: Consistency,
    /// Addresses as the cluster announces them (`10.0.0.5` or `10.0.0.5:9042`), with those under which
    /// they are reached.
    pub translate: BTreeMap<String, (String, u16)>,
}

impl Access {
    /// Without TLS, sign-in and translation.
    pub fn plain(host: impl Into<String>, port: u16) -> Access {
        Access {
            hosts: vec![host.into()],
            port,
            tls: None,
            names: Arc::default(),
            login: None,
            data_centre: None,
            consistency: Consistency::LocalQuorum,
            translate: BTreeMap::new(),
        }
    }

    /// Host and port of the first host, for display.
    pub fn address(&self) -> String {
        let host = self.hosts.first().map_or("", String::as_str);
        if host.contains(':') {
            format!("[{host}]:{}", self.port)
        } else {
            format!("{host}:{}", self.port)
        }
    }
}

/// How many replicas must answer a read. Less than a quorum can miss data that is not repaired.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Consistency {
    /// One.
    One,
    /// Two.
    Two,
    /// Three.
    Three,
    /// A majority of all.
    Quorum,
    /// A majority of those in the data centre asked.
    #[default]
    LocalQuorum,
    /// One in the data centre asked.
    LocalOne,
    /// All.
    All,
}

impl Consistency {
    /// From its name (`LOCAL_QUORUM`), without regard to case.
    pub fn parse(name: &str) -> Option<Consistency> {
        Some(match name.trim().to_ascii_uppercase().as_str() {
            "ONE" => Consistency::One,
            "TWO" => Consistency::Two,
            "THREE" => Consistency::Three,
            "QUORUM" => Consistency::Quorum,
            "LOCAL_QUORUM" => Consistency::LocalQuorum,
            "LOCAL_ONE" => Consistency::LocalOne,
            "ALL" => Consistency::All,
            _ => return None,
        })
    }

    /// True when two reads at this level always overlap with a write that a majority has.
    pub fn is_safe(self) -> bool {
        matches!(
            self,
            Consistency::Quorum | Consistency::LocalQuorum | Consistency::All
        )
    }

    pub(super) fn driver(self) -> scylla::statement::Consistency {
        use scylla::statement::Consistency as Driver;
        match self {
            Consistency::One => Driver::One,
            Consistency::Two => Driver::Two,
            Consistency::Three => Driver::Three,
            Consistency::Quorum => Driver::Quorum,
            Consistency::LocalQuorum => Driver::LocalQuorum,
            Consistency::LocalOne => Driver::LocalOne,
            Consistency::All => Driver::All,
        }
    }
}
