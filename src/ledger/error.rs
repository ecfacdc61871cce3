//! What can go wrong with the ledger, and how it is told.

use std::io;
use std::path::{Path, PathBuf};

use crate::domain::failure::{Failure, FailureKind};
use crate::domain::text::clean;

/// Why the ledger could not be used.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The disk or the system.
    #[error("{what} {path} cannot be used: {source}", path = .path.display())]
    Io {
        /// What was touched.
        what: &'static str,
        /// Where.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Others could read or write what is for its owner alone.
    #[error("{0}")]
    Open(String),
    /// It is not what its last checkpoint says, or its key is gone.
    #[error("{0}")]
    Broken(String),
    /// The store has published entries and there is no ledger.
    #[error("{0} entries were published to a ledger that is not there")]
    Lost(u64),
    /// Ledger and store do not belong together as they are.
    #[error("{0}")]
    Unfit(String),
    /// An entry that cannot be one.
    #[error("{0}")]
    Entry(String),
}

/// Puts the words for a failed call on `path` into an I/O error.
pub(super) fn io_at(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> LedgerError + use<> {
    let path = path.to_owned();
    move |source| LedgerError::Io { what, path, source }
}

impl LedgerError {
    /// True when it cannot become better by itself or by another attempt: a person has to act.
    pub fn needs_a_person(&self) -> bool {
        matches!(
            self,
            LedgerError::Broken(_) | LedgerError::Lost(_) | LedgerError::Unfit(_)
        )
    }

    /// As it is shown.
    pub fn failure(&self) -> Failure {
        let said = clean(&self.to_string());
        let failure = |message: String| Failure::new(FailureKind::Storage, message);
        match self {
            LedgerError::Io { source, .. } => {
                failure(format!("The ledger cannot be written or read: {said}.")).next(
                    if source.kind() == io::ErrorKind::StorageFull {
                        "Make room on the disk that holds the ledger, and try again."
                    } else {
                        "Check the disk, the owner and the modes of the ledger's directory, and try again."
                    },
                )
            }
            LedgerError::Open(_) => failure(format!("The ledger is not used: {said}."))
                .next("Take the rights of others away with chmod, and find out who had them."),
            LedgerError::Broken(_) => failure(format!("The ledger is broken: {said}. It was left as it is."))
                .next(ACT),
            LedgerError::Lost(_) => failure(format!("The ledger is lost: {said}.")).next(
                "Put it back if it was moved. If it is gone, begin a new one, which will say so: dsr ledger begin",
            ),
            LedgerError::Unfit(_) => {
                failure(format!("The ledger and the store do not fit together: {said}.")).next(ACT)
            }
            LedgerError::Entry(_) => Failure::new(FailureKind::Internal, format!("The ledger: {said}.")),
        }
    }
}

const ACT: &str = "See what is wrong with: dsr ledger verify. Keep it as evidence; \
                   dsr ledger begin starts a new one that names it.";
