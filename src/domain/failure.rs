//! What a user is told when something did not work: what happened, to which system, whether
//! anything was changed there, and what to do next. Errors of all layers end here.

use serde::{Serialize, Serializer};

/// The class of a failure; it decides the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// The command line or an input value is wrong.
    Usage,
    /// The configuration is missing or wrong.
    Configuration,
    /// Sign-in failed or has ended.
    Authentication,
    /// Signed in, but not allowed.
    Permission,
    /// The system could not be reached, or broke off.
    Unreachable,
    /// The system refused the call.
    Refused,
    /// It is not there.
    NotFound,
    /// An answer was not what it should be (HTML, half a JSON, a wrong type, too large).
    BadAnswer,
    /// Part of the work could not be done or read.
    Incomplete,
    /// A mutation whose outcome is not known.
    UnknownOutcome,
    /// The local store, disk or a file.
    Storage,
    /// Something equal is already under way, or the plan no longer fits.
    Conflict,
    /// Cancelled by the operator or a signal.
    Interrupted,
    /// A defect of this program.
    Internal,
}

/// Whether anything was changed in the outside system.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Changed {
    /// Certainly nothing.
    Nothing,
    /// Something was.
    Something,
    /// It cannot be said yet.
    Unknown,
}

impl Changed {
    /// A sentence for people.
    pub fn sentence(self) -> &'static str {
        match self {
            Changed::Nothing => "Nothing was changed.",
            Changed::Something => "Something was changed.",
            Changed::Unknown => "Whether anything was changed is not known yet.",
        }
    }
}

/// A failure as it is shown. Its texts hold no personal data and no control characters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// Its class.
    pub kind: FailureKind,
    /// What happened, one sentence.
    pub message: String,
    /// The outside system (`genesys_cloud`), or `None` for what happened here.
    pub system: Option<String>,
    /// Whether anything was changed there.
    pub changed: Changed,
    /// What to do next.
    pub next: Option<String>,
    /// The system's own error code.
    pub code: Option<String>,
    /// The system's correlation id, which its support asks for.
    pub correlation_id: Option<String>,
}

impl Failure {
    /// A failure in which nothing was changed.
    pub fn new(kind: FailureKind, message: impl Into<String>) -> Failure {
        Failure {
            kind,
            message: message.into(),
            system: None,
            changed: Changed::Nothing,
            next: None,
            code: None,
            correlation_id: None,
        }
    }

    /// Names the outside system.
    #[must_use]
    pub fn at(mut self, system: impl Into<String>) -> Failure {
        self.system = Some(system.into());
        self
    }

    /// Says what to do next.
    #[must_use]
    pub fn next(mut self, next: impl Into<String>) -> Failure {
        self.next = Some(next.into());
        self
    }

    /// Says whether anything was changed.
    #[must_use]
    pub fn changed(mut self, changed: Changed) -> Failure {
        self.changed = changed;
        self
    }

    /// The exit code of a command that ends with this: 1 failure, 2 usage, 3 configuration,
    /// 4 authentication or permission, 5 unreachable, 6 incomplete or unknown, 130 interrupted.
    pub fn exit_code(&self) -> u8 {
        match self.kind {
            FailureKind::Usage => 2,
            FailureKind::Configuration => 3,
            FailureKind::Authentication | FailureKind::Permission => 4,
            FailureKind::Unreachable => 5,
            FailureKind::Incomplete | FailureKind::UnknownOutcome => 6,
            FailureKind::Interrupted => 130,
            FailureKind::Refused
            | FailureKind::NotFound
            | FailureKind::BadAnswer
            | FailureKind::Storage
            | FailureKind::Conflict
            | FailureKind::Internal => 1,
        }
    }

    /// The document of `--output json`: `{"error": {…}}`, for the last line of stderr.
    pub fn to_json(&self) -> serde_json::Value {
        struct Wrapped<'a>(&'a Failure);
        impl Serialize for Wrapped<'_> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                use serde::ser::SerializeMap;
                let mut map = serializer.serialize_map(Some(1))?;
                map.serialize_entry("error", self.0)?;
                map.end()
            }
        }
        serde_json::to_value(Wrapped(self)).unwrap_or(serde_json::Value::Null)
    }
}
