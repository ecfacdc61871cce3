//! Failures of Thrift in the words of the trait: what is a part that could not be read, and what ends
//! the work.

use super::error::{Foreign, ServerError, ThriftError};
use crate::systems::keyspace::{Answering, KeyspaceError, NotRead};

/// A failure before anything is read: of `address`, of the keyspace `keyspace`.
pub fn explain(error: ThriftError, address: &str, keyspace: &str) -> KeyspaceError {
    let address = address.to_owned();
    if error.wants_sign_in() {
        return KeyspaceError::Authentication {
            why: "it wants a user, and none was given".to_owned(),
        };
    }
    match error {
        ThriftError::Unreachable(why) => KeyspaceError::Unreachable { address, why },
        ThriftError::Tls(why) => KeyspaceError::Tls { address, why },
        ThriftError::TimedOut => KeyspaceError::Unreachable {
            address,
            why: "no answer came in time".to_owned(),
        },
        ThriftError::Broken(why) => {
            // A server that wants TLS, or speaks something of its own, closes at the first call.
            KeyspaceError::Unreachable {
                address,
                why: format!("the connection broke off: {why}"),
            }
        }
        ThriftError::Foreign(foreign) => KeyspaceError::WrongProtocol {
            address,
            found: answering(foreign),
            expected: "Thrift",
        },
        ThriftError::TooLarge(bytes) => {
            KeyspaceError::Malformed(format!("an answer of {bytes} bytes is larger than is accepted"))
        }
        ThriftError::Malformed(malformed) => KeyspaceError::Malformed(malformed.to_string()),
        ThriftError::Server(server) => of_server(server, keyspace),
    }
}

/// A failure of one page: what passes, or concerns this part only, is *not read*.
pub fn explain_page(error: ThriftError, address: &str, keyspace: &str, table: &str) -> KeyspaceError {
    let words = error.words();
    let why = match &error {
        ThriftError::TimedOut | ThriftError::Server(ServerError::TimedOut) => NotRead::TimedOut,
        ThriftError::Server(ServerError::Unavailable) | ThriftError::Unreachable(_) => NotRead::Unavailable,
        ThriftError::Server(ServerError::Internal(_)) => NotRead::ReadFailed,
        ThriftError::Broken(_) => NotRead::Broken,
        ThriftError::TooLarge(_) => NotRead::TooLarge,
        ThriftError::Server(ServerError::Invalid(why)) if why.contains("unconfigured columnfamily") => {
            return KeyspaceError::NoSuchTable(table.to_owned());
        }
        ThriftError::Server(ServerError::Authorization(_)) => {
            return KeyspaceError::Permission {
                what: format!("{keyspace}.{table}"),
            };
        }
        _ => return explain(error, address, keyspace),
    };
    KeyspaceError::not_read(why, &words)
}

fn of_server(error: ServerError, keyspace: &str) -> KeyspaceError {
    match error {
        ServerError::NotFound => KeyspaceError::NoSuchKeyspace {
            name: keyspace.to_owned(),
            known: Vec::new(),
        },
        ServerError::Invalid(why) => KeyspaceError::Refused(why),
        ServerError::Unavailable => KeyspaceError::not_read(NotRead::Unavailable, ""),
        ServerError::TimedOut => KeyspaceError::not_read(NotRead::TimedOut, ""),
        ServerError::Authentication(why) => KeyspaceError::Authentication { why },
        ServerError::Authorization(_) => KeyspaceError::Permission {
            what: format!("the keyspace {keyspace}"),
        },
        ServerError::Internal(why) => KeyspaceError::Refused(why),
    }
}

fn answering(foreign: Foreign) -> Answering {
    match foreign {
        Foreign::Cql(version @ ..=2) => Answering::OldCql(version),
        Foreign::Cql(version) => Answering::Cql(format!("native protocol {version}")),
        Foreign::Http => Answering::Http,
        Foreign::Tls => Answering::Tls,
        Foreign::Other => Answering::Unknown,
    }
}
