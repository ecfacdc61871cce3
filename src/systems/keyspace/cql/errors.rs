//! What the driver's errors mean for a search.

use scylla::errors::{
    ConnectionError, ConnectionPoolError, ConnectionSetupRequestErrorKind, DbError, ExecutionError,
    MetadataError, NewSessionError, PrepareError, RequestAttemptError,
};

use crate::systems::keyspace::error::{KeyspaceError, NotRead, words};

/// Of a read.
pub(super) fn execution(error: ExecutionError) -> KeyspaceError {
    match error {
        ExecutionError::RequestTimeout(_) => KeyspaceError::not_read(NotRead::TimedOut, ""),
        ExecutionError::LastAttemptError(error) => attempt(error),
        ExecutionError::ConnectionPoolError(error) => pool_lost(&error),
        ExecutionError::PrepareError(error) => prepare(error),
        other => KeyspaceError::Malformed(words(&other.to_string())),
    }
}

/// Of the preparation of a read.
pub(super) fn prepare(error: PrepareError) -> KeyspaceError {
    match error {
        PrepareError::ConnectionPoolError(error) => pool_lost(&error),
        PrepareError::AllAttemptsFailed { first_attempt, .. } => attempt(first_attempt),
        other => KeyspaceError::Malformed(words(&other.to_string())),
    }
}

fn pool_lost(error: &ConnectionPoolError) -> KeyspaceError {
    KeyspaceError::not_read(NotRead::Broken, &error.to_string())
}

fn attempt(error: RequestAttemptError) -> KeyspaceError {
    match error {
        RequestAttemptError::DbError(error, message) => server(&error, &message),
        RequestAttemptError::BrokenConnectionError(error) => {
            KeyspaceError::not_read(NotRead::Broken, &error.to_string())
        }
        RequestAttemptError::UnableToAllocStreamId => KeyspaceError::not_read(NotRead::Overloaded, ""),
        other => KeyspaceError::Malformed(words(&other.to_string())),
    }
}

fn server(error: &DbError, message: &str) -> KeyspaceError {
    match error {
        DbError::ReadTimeout { .. } => KeyspaceError::not_read(NotRead::TimedOut, message),
        DbError::ReadFailure { .. } | DbError::FunctionFailure { .. } | DbError::ServerError => {
            // The server's own patience ends in an error that only its text tells apart.
            let lower = message.to_lowercase();
            let timed_out = lower.contains("timed out") || lower.contains("timeout");
            KeyspaceError::not_read(
                if timed_out {
                    NotRead::TimedOut
                } else {
                    NotRead::ReadFailed
                },
                message,
            )
        }
        DbError::Unavailable { .. } => KeyspaceError::not_read(NotRead::Unavailable, message),
        DbError::Overloaded | DbError::IsBootstrapping | DbError::RateLimitReached { .. } => {
            KeyspaceError::not_read(NotRead::Overloaded, message)
        }
        DbError::AuthenticationError => KeyspaceError::Authentication { why: words(message) },
        DbError::Unauthorized => KeyspaceError::Permission { what: words(message) },
        DbError::Invalid if is_gone(message) => KeyspaceError::NoSuchTable(words(message)),
        _ => KeyspaceError::Refused(words(message)),
    }
}

fn is_gone(message: &str) -> bool {
    let lower = message.to_lowercase();
    lower.contains("unconfigured table") || (lower.contains("table") && lower.contains("does not exist"))
}

/// Of the beginning of a session with the cluster at `address`.
pub(super) fn session(error: NewSessionError, address: &str) -> KeyspaceError {
    let unreachable = |why: &str| KeyspaceError::Unreachable {
        address: words(address),
        why: words(why),
    };
    match error {
        NewSessionError::FailedToResolveAnyHostname(_) => unreachable("the name was not found"),
        NewSessionError::MetadataError(MetadataError::ConnectionPoolError(ConnectionPoolError::Broken {
            last_connection_error,
        })) => connection(&last_connection_error, address),
        NewSessionError::MetadataError(MetadataError::FetchError(error)) => match error.error {
            scylla::errors::MetadataFetchErrorKind::PrepareError(error) => attempt(error),
            other => unreachable(&other.to_string()),
        },
        other => unreachable(&other.to_string()),
    }
}

fn connection(error: &ConnectionError, address: &str) -> KeyspaceError {
    if let ConnectionError::ConnectionSetupRequestError(setup) = error {
        match &setup.error {
            ConnectionSetupRequestErrorKind::DbError(error, message) => return server(error, message),
            ConnectionSetupRequestErrorKind::MissingAuthentication => {
                return KeyspaceError::Authentication {
                    why: "this cluster wants a user and a password, and none was given".to_owned(),
                };
            }
            _ => {}
        }
    }
    let why = match error {
        ConnectionError::ConnectTimeout => "no answer in time".to_owned(),
        other => other.to_string(),
    };
    KeyspaceError::Unreachable {
        address: words(address),
        why: words(&why),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_server_says_decides() {
        let kind = |error: DbError, message: &str| server(&error, message).as_not_read();
        assert_eq!(kind(DbError::Overloaded, ""), Some(NotRead::Overloaded));
        assert_eq!(
            kind(DbError::ServerError, "Operation timed out"),
            Some(NotRead::TimedOut)
        );
        assert_eq!(
            kind(DbError::ServerError, "java.io.IOError"),
            Some(NotRead::ReadFailed)
        );
        assert!(matches!(
            server(&DbError::Invalid, "table x does not exist"),
            KeyspaceError::NoSuchTable(_)
        ));
        assert!(matches!(
            server(&DbError::Unauthorized, "no"),
            KeyspaceError::Permission { .. }
        ));
        assert!(matches!(
            server(&DbError::SyntaxError, "no"),
            KeyspaceError::Refused(_)
        ));
    }
}
