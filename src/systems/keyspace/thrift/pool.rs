//! Connections to the servers of one cluster, signed in and with the keyspace chosen, kept for the next
//! page. A server that cannot be reached directly (a tunnel, a firewall, a dead one) is read through
//! those that were named, and when none of these answers, through any that did.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustls::ClientConfig;
use secrecy::{ExposeSecret, SecretString};

use super::connection::{Connection, Limits};
use super::error::ThriftError;

/// Where to connect, and as whom.
#[derive(Clone)]
pub struct Access {
    /// Hosts that were named, in the order in which they are tried.
    pub hosts: Vec<String>,
    /// Thrift port of every server.
    pub port: u16,
    /// TLS, where the port wants it.
    pub tls: Option<Arc<ClientConfig>>,
    /// User and password of Cassandra.
    pub login: Option<(String, SecretString)>,
    /// Addresses of servers that are reached under others (tunnels): as announced (`10.0.0.5` or
    /// `10.0.0.5:9160`), then host and port.
    pub translate: BTreeMap<String, (String, u16)>,
    /// Limits of each connection.
    pub limits: Limits,
}

impl Access {
    /// Without TLS, user and translation.
    pub fn plain(host: impl Into<String>, port: u16) -> Access {
        Access {
            hosts: vec![host.into()],
            port,
            tls: None,
            login: None,
            translate: BTreeMap::new(),
            limits: Limits::default(),
        }
    }

    /// Host and port of the first host, for messages.
    pub fn address(&self) -> String {
        let host = self.hosts.first().map_or("", String::as_str);
        crate::domain::text::clean(&format!("{host}:{}", self.port))
    }

    /// Where the server that is known as `host` is reached.
    fn reached(&self, host: &str) -> (String, u16) {
        let found = self.translated(host).cloned();
        found.unwrap_or_else(|| (host.to_owned(), self.port))
    }

    /// What the operator says of where it is reached.
    fn translated(&self, host: &str) -> Option<&(String, u16)> {
        let with_port = || format!("{host}:{}", self.port);
        let known = self.translate.get(host);
        known.or_else(|| self.translate.get(&with_port()))
    }
}

/// Connections kept.
pub struct Pool {
    access: Access,
    keyspace: String,
    idle: Mutex<BTreeMap<String, Vec<Connection>>>,
    /// Servers that could not be reached directly.
    unreachable: Mutex<BTreeSet<String>>,
    /// Hosts to be read through, the one that answered last in front.
    ways: Mutex<Vec<String>>,
}

impl Pool {
    /// Empty.
    pub fn new(access: Access, keyspace: String) -> Pool {
        Pool {
            ways: Mutex::new(access.hosts.clone()),
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

    /// A connection to `node`, or to a server that was named. The last value says whether it was
    /// used before, and so may have been closed meanwhile.
    pub async fn take(&self, node: Option<&str>) -> Result<(String, Connection, bool), ThriftError> {
        let node = node.filter(|node| self.may_be_asked(node) && !locked(&self.unreachable).contains(*node));
        if let Some(node) = node {
            match self.take_at(node).await {
                Err(error) if elsewhere(&error) => {
                    locked(&self.unreachable).insert(node.to_owned());
                }
                taken => {
                    if taken.is_ok() {
                        self.know(node);
                    }
                    return taken;
                }
            }
        }
        self.first_that_answers(true).await
    }

    /// What is connected to with TLS is what a certificate may name, and a name that only the ring tells
    /// must not become one: such a server is read through those that were named.
    fn may_be_asked(&self, node: &str) -> bool {
        let access = &self.access;
        access.tls.is_none()
            || node.parse::<IpAddr>().is_ok()
            || access.hosts.iter().any(|host| host == node)
            || access.translated(node).is_some()
    }

    /// A signed-in connection to a server that was named, without a keyspace.
    pub async fn bare(&self) -> Result<Connection, ThriftError> {
        self.first_that_answers(false)
            .await
            .map(|(_, connection, _)| connection)
    }

    /// Tries the hosts that were named; the one that answers is the first to be tried next time. Tells
    /// what was wrong with the first. With `chosen` the keyspace is.
    async fn first_that_answers(&self, chosen: bool) -> Result<(String, Connection, bool), ThriftError> {
        let mut first = None;
        let ways = locked(&self.ways).clone();
        for host in ways {
            let opened = if chosen {
                self.take_at(&host).await
            } else {
                self.greeted(&host).await
            };
            match opened {
                Err(error) if elsewhere(&error) => {
                    first.get_or_insert(error);
                }
                answer => {
                    self.prefer(&host);
                    return answer;
                }
            }
        }
        Err(first.unwrap_or_else(|| ThriftError::Unreachable("no host was named".to_owned())))
    }

    /// A connection to a server that has answered something.
    async fn greeted(&self, host: &str) -> Result<(String, Connection, bool), ThriftError> {
        let mut connection = self.open(host).await?;
        self.soon(connection.describe_version()).await?;
        Ok((host.to_owned(), connection, false))
    }

    /// A server that lets itself be connected to and then says nothing is not waited for as long as one
    /// that is reading.
    async fn soon<T>(&self, call: impl Future<Output = Result<T, ThriftError>>) -> Result<T, ThriftError> {
        tokio::time::timeout(self.access.limits.connect, call)
            .await
            .unwrap_or(Err(ThriftError::TimedOut))
    }

    fn prefer(&self, host: &str) {
        let mut ways = locked(&self.ways);
        if let Some(at) = ways.iter().position(|way| way == host) {
            ways[..=at].rotate_right(1);
        }
    }

    /// A server of the ring that answers under its own address can stand in for those named.
    fn know(&self, node: &str) {
        let mut ways = locked(&self.ways);
        if !ways.iter().any(|way| way == node) {
            ways.push(node.to_owned());
        }
    }

    async fn take_at(&self, node: &str) -> Result<(String, Connection, bool), ThriftError> {
        let kept = locked(&self.idle).get_mut(node).and_then(Vec::pop);
        if let Some(connection) = kept {
            return Ok((node.to_owned(), connection, true));
        }
        let mut connection = self.open(node).await?;
        self.soon(connection.set_keyspace(&self.keyspace)).await?;
        Ok((node.to_owned(), connection, false))
    }

    async fn open(&self, host: &str) -> Result<Connection, ThriftError> {
        let access = &self.access;
        let (host, port) = access.reached(host);
        let mut connection = Connection::open(&host, port, access.tls.as_ref(), access.limits).await?;
        if let Some((user, password)) = &access.login {
            self.soon(connection.login(user, password.expose_secret()))
                .await?;
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

/// Whether another server may answer where this one did not.
fn elsewhere(error: &ThriftError) -> bool {
    matches!(
        error,
        ThriftError::Unreachable(_)
            | ThriftError::TimedOut
            | ThriftError::Foreign(_)
            | ThriftError::Tls(_)
            | ThriftError::Broken(_)
    )
}

/// Nothing is done under these locks that could leave half a value behind, so a panic elsewhere does
/// not spoil them.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_only_the_ring_tells_is_not_asked_for_with_tls() {
        let mut access = Access::plain("seed.example.org", 9160);
        let to = ("127.0.0.1".to_owned(), 9161);
        access.translate.insert("inner.example.org:9160".to_owned(), to);
        let plain = Pool::new(access.clone(), "k".to_owned());
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(rustls::RootCertStore::empty())
            .with_no_client_auth();
        access.tls = Some(Arc::new(tls));
        let secure = Pool::new(access, "k".to_owned());

        for node in ["10.0.0.5", "fd00::5", "seed.example.org", "inner.example.org"] {
            assert!(plain.may_be_asked(node) && secure.may_be_asked(node), "{node}");
        }
        assert!(plain.may_be_asked("other.example.org"));
        assert!(!secure.may_be_asked("other.example.org"));
    }
}
