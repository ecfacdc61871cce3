//! What can go wrong in the store, and how it is told.

use rusqlite::ErrorCode;

use crate::domain::case::hold::Hold;
use crate::domain::failure::{Failure, FailureKind};

/// A failure inside a store function: of SQLite, or one that is ready to be shown.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    /// SQLite or the disk.
    #[error("{0}")]
    Sql(#[from] rusqlite::Error),
    /// The store says no.
    #[error("{0}")]
    Refused(#[from] Failure),
    /// Holds stand against a deletion.
    #[error("held")]
    Held(Vec<Hold>),
}

/// What store functions give.
pub(crate) type StoreResult<T> = Result<T, StoreError>;

/// The code of a failure in which a hold stood in the way.
pub const HELD: &str = "held";

/// What is told of holds that stand against a deletion.
pub(crate) fn held(holds: &[Hold]) -> Failure {
    let ids: Vec<&str> = holds.iter().map(|hold| hold.id.as_str()).collect();
    let mut failure = Failure::new(
        FailureKind::Conflict,
        format!(
            "A hold stands against erasing this person's data: {}.",
            ids.join(", ")
        ),
    )
    .next("See dsr cases hold list; a hold is lifted with dsr cases hold lift HOLD --reason TEXT.");
    failure.code = Some(HELD.to_owned());
    failure
}

/// A storage failure in which nothing was changed.
pub(crate) fn storage(message: impl Into<String>) -> Failure {
    Failure::new(FailureKind::Storage, message)
}

impl StoreError {
    /// True when another attempt a moment later may work (another process holds the store, or room
    /// has been made on the disk).
    pub(crate) fn passes(&self) -> bool {
        matches!(
            self.code(),
            Some(
                ErrorCode::DatabaseBusy
                    | ErrorCode::DatabaseLocked
                    | ErrorCode::DiskFull
                    | ErrorCode::SystemIoFailure
            )
        )
    }

    /// True when a uniqueness rule of the schema stopped it.
    pub(crate) fn is_constraint(&self) -> bool {
        self.code() == Some(ErrorCode::ConstraintViolation)
    }

    fn code(&self) -> Option<ErrorCode> {
        match self {
            StoreError::Sql(rusqlite::Error::SqliteFailure(error, _)) => Some(error.code),
            _ => None,
        }
    }

    /// As it is shown. A store function fails before anything is sent, so that is said; the one
    /// place for which it is not true (recording an outcome) says otherwise.
    pub(crate) fn into_failure(self) -> Failure {
        let sql = match self {
            StoreError::Refused(failure) => return failure,
            StoreError::Held(holds) => return held(&holds),
            StoreError::Sql(error) => error,
        };
        let code = match &sql {
            rusqlite::Error::SqliteFailure(error, _) => Some(error.code),
            rusqlite::Error::SqlInputError { error, msg, .. } => {
                // Shown as it is, this one would repeat the whole statement.
                return Failure::new(
                    FailureKind::Internal,
                    format!("The store failed: {msg} ({error})."),
                )
                .next("It may be damaged: keep it, and put a backup in its place.");
            }
            _ => None,
        };
        match code {
            Some(ErrorCode::DiskFull) => {
                storage("The disk that holds the store is full, so nothing was sent.")
                    .next("Make room on it and try again.")
            }
            Some(ErrorCode::SystemIoFailure) => {
                storage("The store could not be read or written (input/output error), so nothing was sent.")
                    .next("Check the disk and its free space, then try again.")
            }
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                storage("Another process holds the store, so nothing was sent.")
                    .next("Try again in a moment.")
            }
            Some(ErrorCode::ReadOnly) => storage("The store cannot be written, so nothing was sent.")
                .next("Check the modes and the owner of the store's file and directory."),
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => damaged(),
            Some(ErrorCode::CannotOpen) => storage("The store could not be opened.")
                .next("Check that its directory exists and is yours."),
            _ if sql.to_string().contains("a sealed value") => storage(format!(
                "The store cannot be read: {sql}. It was left as it is."
            ))
            .next("Something else has changed it: keep the file as evidence and put a backup in its place. A backup \
                 does not know what was sent since: see what is there before anything is sent again (dsr requests reconcile)."),
            // SQLite's own words name tables and rules, never values.
            _ => Failure::new(FailureKind::Internal, format!("The store failed: {sql}.")),
        }
    }
}

/// A file that is there and is not a sound store.
pub(crate) fn damaged() -> Failure {
    storage("The store is damaged or is not a store of this program. It was left as it is.").next(
        "Keep the file as evidence, put a backup in its place, or move it away to begin a new one; \
         requests already submitted are read again from Genesys Cloud.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_that_fails_is_not_repeated_in_the_message() {
        let connection = rusqlite::Connection::open_in_memory().unwrap();
        let wrong = connection.execute_batch("CREATE TABLE a (x); CREATE TABLE a (x)");
        let failure = StoreError::from(wrong.unwrap_err()).into_failure();
        assert!(failure.message.contains("already exists"), "{}", failure.message);
        assert!(!failure.message.contains("CREATE"), "{}", failure.message);
    }
}
