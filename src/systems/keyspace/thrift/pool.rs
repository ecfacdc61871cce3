//! Connections to the servers of one cluster, signed in and with the keyspace chosen, kept for the next
//! page. A server that cannot be reached directly (a tunnel, a firewall) is read through the one that
//! was named.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustls::ClientConfig;
use secrecy::{ExposeSecret, SecretString};

use super::connection::{Connection, Limits};
use super::error::ThriftError;

/// Where to connect, and as whom.
#[derive(Clone)]
pub struct Access {
    /// Host that was named.
    pub host: String,
    /// Thrift port of every server.
    pub port: u16,
    /// TLS, where the port wants it.
    pub tls: Option<Arc<ClientConfig>>,
    /// User and password of Cassandra.
    pub login: Option<(String, SecretString)>,
    /// Addresses of servers that are reached under others (tunnels): as announced, then host and port.
    pub translate: BTreeMap<String, (String, u16)>,
    /// Limits of each connection.
    pub limits: Limits,
}

impl Access {
    /// Without TLS, user and translation.
    pub fn plain(host: impl Into<String>, port: u16) -> Access {
        Access {
            host: host.into(),
            port,
            tls: None,
            login: None,
            translate: BTreeMap::new(),
            limits: Limits::default(),
        }
    }

    /// Host and port, for messages.
    pub fn address(&self) -> String {
        crate::domain::text::clean(&format!("{}:{}", self.host, self.port))
    }
}

/// Connections kept.
pub struct Pool {
    access: Access,
    keyspace: String,
    idle: Mutex<BTreeMap<String, Vec<Connection>>>,
    /// Servers that could not be reached directly.
    unreachable: Mutex<BTreeSet<String>>,
}

impl Pool {
    /// Empty.
    pub fn new(access: Access, keyspace: String) -> Pool {
        Pool {
            access,
            keyspace,
            idle: Mutex::default(),
            unreachable: Mutex::default(),
        }
    }

    /// Where to connect.
    pub fn access(&self) -> &Access {
        &self.access
    }

    /// A connection to `node`, or to the server that was named. The second value says whether it was
    /// used before, and so may have been closed meanwhile.
    pub async fn take(&self, node: Option<&str>) -> Result<(String, Connection, bool), ThriftError> {
        let node = node.filter(|node| !locked(&self.unreachable).contains(*node));
        if let Some(node) = node {
            match self.take_at(node).await {
                Err(ThriftError::Unreachable(_) | ThriftError::TimedOut | ThriftError::Foreign(_)) => {
                    locked(&self.unreachable).insert(node.to_owned());
                }
                taken => return taken,
            }
        }
        let host = self.access.host.clone();
        self.take_at(&host).await
    }

    async fn take_at(&self, node: &str) -> Result<(String, Connection, bool), ThriftError> {
        let kept = locked(&self.idle).get_mut(node).and_then(Vec::pop);
        if let Some(connection) = kept {
            return Ok((node.to_owned(), connection, true));
        }
        let access = &self.access;
        let (host, port) = match access.translate.get(node) {
            Some((host, port)) => (host.as_str(), *port),
            None => (node, access.port),
        };
        let mut connection = self.open(host, port).await?;
        connection.set_keyspace(&self.keyspace).await?;
        Ok((node.to_owned(), connection, false))
    }

    /// A signed-in connection to the server that was named, without a keyspace.
    pub async fn bare(&self) -> Result<Connection, ThriftError> {
        let access = &self.access;
        let (host, port) = match access.translate.get(&access.host) {
            Some((host, port)) => (host.as_str(), *port),
            None => (access.host.as_str(), access.port),
        };
        self.open(host, port).await
    }

    async fn open(&self, host: &str, port: u16) -> Result<Connection, ThriftError> {
        let access = &self.access;
        let mut connection = Connection::open(host, port, access.tls.as_ref(), access.limits).await?;
        if let Some((user, password)) = &access.login {
            connection.login(user, password.expose_secret()).await?;
        }
        Ok(connection)
    }

    /// Gives a connection back, if it can be used again.
    pub fn give(&self, node: String, connection: Connection) {
        if connection.is_whole() {
            locked(&self.idle).entry(node).or_default().push(connection);
        }
    }
}

/// Nothing is done under these locks that could leave half a value behind, so a panic elsewhere does
/// not spoil them.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
