//! What can go wrong with an encrypted message or a key. Everything that is public (who it is for,
//! how it is built, where it breaks off) has a word of its own; everything that depends on the
//! content key has one word together, so that nobody learns from it how far a forged message came.

use std::io;

use crate::domain::failure::{Failure, FailureKind};
use crate::domain::text::clean;

/// One trouble. Texts hold no content of a message.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// The disk, or whatever the bytes come from.
    #[error("The file cannot be read ({0}).")]
    Io(io::Error),
    /// The bytes end where more must come.
    #[error("The message is cut off: it ends in the middle of {0}.")]
    Truncated(&'static str),
    /// It is not built as it must be.
    #[error("This is no sound message: {0}.")]
    Malformed(String),
    /// Larger or deeper than anything sound.
    #[error("The message is refused: {0}.")]
    Limit(String),
    /// An algorithm or structure that is not spoken here, by name.
    #[error("{0} is not supported.")]
    Unsupported(String),
    /// None of the keys at hand is a recipient.
    #[error("The message is encrypted for {}, which is not in the key ring.", wanted.join(", "))]
    NotRecipient {
        /// Each recipient as `serial …` or `subject key id …`.
        wanted: Vec<String>,
    },
    /// The tag of an authenticated message does not match.
    #[error("The message does not match its authentication tag: it was changed or damaged on its way.")]
    NotAuthentic,
    /// Whatever failed with the content key.
    #[error("The message cannot be decrypted with this key, or it is damaged.")]
    Undecryptable,
    /// Bytes after the end.
    #[error("Bytes follow the end of the message.")]
    Trailing,
    /// A failure with its own words.
    #[error("{0}")]
    Failure(Failure),
}

/// The result of reading a message.
pub type Result<T> = std::result::Result<T, Trouble>;

impl From<Trouble> for io::Error {
    fn from(trouble: Trouble) -> io::Error {
        match trouble {
            Trouble::Io(error) => error,
            other => io::Error::other(other),
        }
    }
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Trouble {
        match error.downcast::<Trouble>() {
            Ok(trouble) => trouble,
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Trouble::Truncated("its content"),
            Err(error) => Trouble::Io(error),
        }
    }
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Trouble {
        Trouble::Failure(failure)
    }
}

/// A message that is not built as it must be.
pub(crate) fn malformed(what: impl Into<String>) -> Trouble {
    Trouble::Malformed(what.into())
}

impl Trouble {
    /// As users see it; `name` is the file it happened with.
    pub fn into_failure(self, name: &str) -> Failure {
        let (kind, next) = match &self {
            Trouble::Failure(_) => (FailureKind::Internal, ""),
            Trouble::Io(_) => (FailureKind::Storage, "Check the file and the disk."),
            Trouble::Truncated(_) => (
                FailureKind::BadAnswer,
                "Download it again; if it is one part of a split export, give all parts in their order.",
            ),
            Trouble::Malformed(_) => (
                FailureKind::BadAnswer,
                "Download it again. It must be a CMS message (binary, PEM or S/MIME) as the export service writes it.",
            ),
            Trouble::Limit(_) => (FailureKind::Refused, "Ask whoever made the file."),
            Trouble::Unsupported(_) => (
                FailureKind::Refused,
                "Ask for an export that is encrypted with RSA and AES.",
            ),
            Trouble::NotRecipient { .. } => (
                FailureKind::NotFound,
                "Give the private key of that certificate with --key, or add it: dsr certificate add --key FILE --cert FILE",
            ),
            Trouble::NotAuthentic => (
                FailureKind::Refused,
                "Nothing of it was kept. Download it again; if it stays so, ask for a new export.",
            ),
            Trouble::Undecryptable => (
                FailureKind::Refused,
                "Nothing of it was kept. Check that the key is the one of the recipient, and download the file again.",
            ),
            Trouble::Trailing => (
                FailureKind::BadAnswer,
                "If several messages were joined to one file, give them as files of their own.",
            ),
        };
        match self {
            Trouble::Failure(failure) => failure,
            other => Failure::new(kind, format!("{}: {}", clean(name), clean(&other.to_string()))).next(next),
        }
    }
}
