//! What can go wrong on the way into Cassandra, each with the way out. Reading changes nothing, so
//! every failure says so.

use super::SYSTEM;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::text;

/// What answers at an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answering {
    /// The native protocol with these versions (`3/v3, 4/v4, 5/v5`).
    Cql(String),
    /// A native protocol too old for us (version 1 or 2: Cassandra 1.2 to 2.0).
    OldCql(u8),
    /// Framed Thrift.
    Thrift,
    /// TLS is spoken; what is inside is not known.
    Tls,
    /// HTTP.
    Http,
    /// It closes or stays silent.
    Nothing,
    /// Something else.
    Unknown,
}

impl std::fmt::Display for Answering {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Answering::Cql(versions) => write!(f, "CQL ({versions})"),
            Answering::OldCql(version) => write!(f, "CQL version {version} only"),
            Answering::Thrift => f.write_str("Thrift"),
            Answering::Tls => f.write_str("TLS"),
            Answering::Http => f.write_str("HTTP"),
            Answering::Nothing => f.write_str("no answer"),
            Answering::Unknown => f.write_str("an unknown protocol"),
        }
    }
}

/// Why a part could not be read now. It may still hold what is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NotRead {
    /// The server or the network took too long.
    TimedOut,
    /// Too many tombstones, or another failure of a replica while reading.
    ReadFailed,
    /// Not enough replicas are up for the consistency asked for.
    Unavailable,
    /// The server is overloaded or still starting.
    Overloaded,
    /// The connection broke.
    Broken,
    /// The page did not fit into what the protocol or this program allows.
    TooLarge,
}

impl NotRead {
    /// A word that is kept in reports: `timed_out`, `read_failed`, `unavailable`, `overloaded`,
    /// `broken`, `too_large`.
    pub fn as_str(self) -> &'static str {
        match self {
            NotRead::TimedOut => "timed_out",
            NotRead::ReadFailed => "read_failed",
            NotRead::Unavailable => "unavailable",
            NotRead::Overloaded => "overloaded",
            NotRead::Broken => "broken",
            NotRead::TooLarge => "too_large",
        }
    }

    /// A sentence's end for people.
    pub fn words(self) -> &'static str {
        match self {
            NotRead::TimedOut => "the read timed out",
            NotRead::ReadFailed => "replicas failed while reading (often too many tombstones)",
            NotRead::Unavailable => "not enough replicas are up for this consistency",
            NotRead::Overloaded => "the server is overloaded or still starting",
            NotRead::Broken => "the connection broke",
            NotRead::TooLarge => "the answer was too large",
        }
    }

    /// True when asking for less at once may help.
    pub fn smaller_helps(self) -> bool {
        matches!(self, NotRead::TimedOut | NotRead::ReadFailed | NotRead::TooLarge)
    }
}

/// A failure of a keyspace. Its texts are cleaned and hold no personal data.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyspaceError {
    /// No connection to any node.
    #[error("{address} cannot be reached: {why}")]
    Unreachable {
        /// Host and port.
        address: String,
        /// In a few words.
        why: String,
    },
    /// Something answers, but not what was expected.
    #[error("{address} answers with {found}, not with {expected}")]
    WrongProtocol {
        /// Host and port.
        address: String,
        /// What it speaks.
        found: Answering,
        /// `CQL`, `Thrift`.
        expected: &'static str,
    },
    /// TLS failed: certificate, client certificate, versions.
    #[error("TLS to {address} failed: {why}")]
    Tls {
        /// Host and port.
        address: String,
        /// In a few words.
        why: String,
    },
    /// The sign-in was refused, or one is needed and none was given.
    #[error("Cassandra refused the sign-in: {why}")]
    Authentication {
        /// The server's words, cleaned.
        why: String,
    },
    /// Signed in, but not allowed to read.
    #[error("Cassandra does not allow this user to read {what}")]
    Permission {
        /// A table or keyspace.
        what: String,
    },
    /// There is no such keyspace.
    #[error("there is no keyspace {name}")]
    NoSuchKeyspace {
        /// The one asked for.
        name: String,
        /// Those that are there, without the system's own.
        known: Vec<String>,
    },
    /// There is no such table (any more).
    #[error("there is no table {0}")]
    NoSuchTable(String),
    /// A part could not be read now. Never the same as empty.
    #[error("not read: {}", why.words())]
    NotRead {
        /// The class.
        why: NotRead,
        /// The server's words, cleaned; may be empty.
        detail: String,
    },
    /// An answer that does not hold together.
    #[error("an answer of Cassandra could not be understood: {0}")]
    Malformed(String),
    /// The server refused a statement of ours.
    #[error("Cassandra refused a read: {0}")]
    Refused(String),
    /// Certificates, addresses or options given are not usable.
    #[error("{0}")]
    Configuration(String),
}

impl KeyspaceError {
    /// A part that could not be read, with the server's words cleaned and cut.
    pub fn not_read(why: NotRead, detail: &str) -> KeyspaceError {
        KeyspaceError::NotRead {
            why,
            detail: words(detail),
        }
    }

    /// The class when it is a part that could not be read now.
    pub fn as_not_read(&self) -> Option<NotRead> {
        match self {
            KeyspaceError::NotRead { why, .. } => Some(*why),
            _ => None,
        }
    }

    /// What to do next.
    pub fn next(&self) -> String {
        match self {
            KeyspaceError::Unreachable { .. } => {
                "Check host and port, and that this host may connect (firewall, tunnel). CQL is usually at 9042, Thrift at 9160.".to_owned()
            }
            KeyspaceError::WrongProtocol { found, expected, .. } => wrong_protocol(found, expected),
            KeyspaceError::Tls { .. } => {
                "Name the authority's PEM file as CA; where the certificate holds a name and not the address, say that name with --cass_tls_name; where the server asks for a client certificate, give certificate and key.".to_owned()
            }
            KeyspaceError::Authentication { .. } => {
                "Give the Cassandra user and its password; they are not those of GWS.".to_owned()
            }
            KeyspaceError::Permission { .. } => {
                "Ask the administrator of the cluster for SELECT on the keyspace; writing is not needed.".to_owned()
            }
            KeyspaceError::NoSuchKeyspace { known, .. } if known.is_empty() => {
                "This cluster shows no keyspace of its own; check that it is the right one.".to_owned()
            }
            KeyspaceError::NoSuchKeyspace { known, .. } => format!("Keyspaces there: {}.", known.join(", ")),
            KeyspaceError::NoSuchTable(_) => "List the tables: dsr keyspace tables".to_owned(),
            KeyspaceError::NotRead { why, .. } => match why {
                NotRead::Unavailable => "Bring the missing nodes up and run it again with --resume. A lower consistency would read, but can miss data.".to_owned(),
                _ => "Run it again with --resume when the cluster is calmer; only the missing parts are read.".to_owned(),
            },
            KeyspaceError::Malformed(_) => {
                "Check that nothing stands between this host and Cassandra; if not, report it with the version of the server.".to_owned()
            }
            KeyspaceError::Refused(_) => "Check the version of the server and the rights of the user.".to_owned(),
            KeyspaceError::Configuration(_) => "Correct the option and run it again.".to_owned(),
        }
    }

    fn kind(&self) -> FailureKind {
        match self {
            KeyspaceError::Unreachable { .. }
            | KeyspaceError::WrongProtocol { .. }
            | KeyspaceError::Tls { .. } => FailureKind::Unreachable,
            KeyspaceError::Authentication { .. } => FailureKind::Authentication,
            KeyspaceError::Permission { .. } => FailureKind::Permission,
            KeyspaceError::NoSuchKeyspace { .. } | KeyspaceError::NoSuchTable(_) => FailureKind::NotFound,
            KeyspaceError::NotRead { .. } => FailureKind::Incomplete,
            KeyspaceError::Malformed(_) => FailureKind::BadAnswer,
            KeyspaceError::Refused(_) => FailureKind::Refused,
            KeyspaceError::Configuration(_) => FailureKind::Configuration,
        }
    }
}

fn wrong_protocol(found: &Answering, expected: &str) -> String {
    match found {
        Answering::OldCql(_) => {
            "This is an old cluster (Cassandra 1.2 to 2.1): use its Thrift port, usually 9160.".to_owned()
        }
        Answering::Thrift => "This is a Thrift port; it can be searched as one.".to_owned(),
        Answering::Cql(_) => "This is a CQL port; it can be searched as one.".to_owned(),
        Answering::Tls => "This port wants TLS: name the authority's PEM file as CA.".to_owned(),
        Answering::Http => "This is a web server. CQL is usually at 9042, Thrift at 9160.".to_owned(),
        Answering::Nothing | Answering::Unknown => format!(
            "Check the port: CQL is usually at 9042, Thrift at 9160. {expected} was expected here; a port that wants TLS also answers like this."
        ),
    }
}

/// The server's words, safe to show and not too long.
pub(crate) fn words(server: &str) -> String {
    let clean = text::clean(server);
    match clean.char_indices().nth(300) {
        Some((at, _)) => format!("{}…", &clean[..at]),
        None => clean,
    }
}

impl From<KeyspaceError> for Failure {
    fn from(error: KeyspaceError) -> Failure {
        let detail = match &error {
            KeyspaceError::NotRead { detail, .. } if !detail.is_empty() => format!(" ({detail})"),
            _ => String::new(),
        };
        let mut message = format!("{error}{detail}.");
        // A host's name stays as it is written.
        let named = matches!(error, KeyspaceError::Unreachable { .. });
        if let Some(first) = message.get(..1).map(str::to_uppercase).filter(|_| !named) {
            message.replace_range(..1, &first);
        }
        Failure::new(error.kind(), message).at(SYSTEM).next(error.next())
    }
}

#[cfg(test)]
mod tests;
