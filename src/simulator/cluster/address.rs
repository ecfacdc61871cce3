//! The address of a keyspace, as `--keyspace` names it.

use super::ClusterError;

/// Which way into Cassandra.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// Native protocol 4: release 3.0 and later.
    Cql,
    /// Framed Thrift: releases 1.1 to 2.x.
    Thrift,
}

/// Where the settings go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address {
    /// How it is spoken to.
    pub way: Way,
    /// Host, without brackets.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Keyspace.
    pub keyspace: String,
}

impl Address {
    /// Reads `cql://HOST:PORT/KEYSPACE` or `thrift://HOST:PORT/KEYSPACE`.
    pub(super) fn parse(text: &str) -> Result<Address, ClusterError> {
        let wrong = ClusterError::Address;
        let (way, rest) = match text.split_once("://") {
            Some(("cql", rest)) => (Way::Cql, rest),
            Some(("thrift", rest)) => (Way::Thrift, rest),
            _ => return Err(wrong("this is no address of a keyspace")),
        };
        let (place, keyspace) = rest
            .split_once('/')
            .ok_or_else(|| wrong("it names no keyspace"))?;
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if keyspace.is_empty() || keyspace.len() > 48 || !keyspace.chars().all(plain) {
            return Err(wrong(
                "the name of the keyspace has other characters than a-z, 0-9 and _",
            ));
        }
        if place.contains('@') {
            return Err(wrong("it names a user; say it with --keyspace-username"));
        }
        let (host, port) = place.rsplit_once(':').ok_or_else(|| wrong("it names no port"))?;
        let port = port
            .parse()
            .ok()
            .filter(|port| *port != 0)
            .ok_or_else(|| wrong("the port is no number of a port"))?;
        let host = host.trim_start_matches('[').trim_end_matches(']');
        if host.is_empty() {
            return Err(wrong("it names no host"));
        }
        Ok(Address {
            way,
            host: host.to_owned(),
            port,
            keyspace: keyspace.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Address, Way};

    #[test]
    fn only_plain_names_of_keyspaces_are_taken() {
        let address = |way, host: &str, port, keyspace: &str| Address {
            way,
            host: host.to_owned(),
            port,
            keyspace: keyspace.to_owned(),
        };
        assert_eq!(
            Address::parse("cql://127.0.0.1:9042/sipfs").ok(),
            Some(address(Way::Cql, "127.0.0.1", 9042, "sipfs"))
        );
        assert_eq!(
            Address::parse("thrift://[::1]:9160/sipfs_2").ok(),
            Some(address(Way::Thrift, "::1", 9160, "sipfs_2"))
        );
        for bad in [
            "127.0.0.1:9042/sipfs",
            "http://h:1/ks",
            "cql://h:1",
            "cql://h/ks",
            "cql://h:0/ks",
            "cql://h:70000/ks",
            "cql://h:1/a b",
            "cql://h:1/a;drop",
            "cql://user:secret@h:1/ks",
            "thrift:///ks",
        ] {
            assert!(Address::parse(bad).is_err(), "{bad}");
        }
    }
}
