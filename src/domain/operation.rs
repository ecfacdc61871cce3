//! One call of ours that changes something in an outside system, from plan to outcome.

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use super::request::{ReplacementTerm, Request, RequestType};
use super::subject::Subject;

/// Exactly what will be sent: the preview is made of this and the call is made of this.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewRequest {
    /// The type of request.
    pub kind: RequestType,
    /// The subject as it will stand in the body ([`Subject::for_submission`]).
    pub subject: Subject,
    /// Replacement terms; empty except for an update.
    pub replacement_terms: Vec<ReplacementTerm>,
}

/// How an attempt to send ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A success code and an id.
    Accepted(Box<Request>),
    /// An answer with the API's error body, or a rate limit: nothing was executed.
    Refused(Refusal),
    /// The name, the connection or TLS failed before anything was sent.
    NotSent(String),
    /// It may or may not have been executed; the text says what was seen.
    Unknown(String),
}

/// Why an API refused.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// HTTP status.
    pub status: u16,
    /// The API's code (`missing.permissions`).
    pub code: Option<String>,
    /// The API's message, cleaned for display.
    pub message: String,
    /// Seconds after which another attempt makes sense (429).
    pub retry_after: Option<u64>,
}

/// An outcome with the circumstances that reconciling and support need.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// How it ended.
    pub outcome: Outcome,
    /// HTTP status of the answer, if there was one.
    pub http_status: Option<u16>,
    /// The API's correlation id.
    pub correlation_id: Option<String>,
    /// The server's `Date`, by which the search for an unknown request begins.
    pub server_time: Option<Timestamp>,
}

/// Where an operation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OperationState {
    /// Confirmed, waiting (for an export to be here and checked, or for its turn in a batch).
    Planned,
    /// The intent is on disk; the call is being made, or its process has died.
    Sending,
    /// Accepted; `remote_id` is known.
    Accepted,
    /// Refused; nothing was executed.
    Refused,
    /// Not sent; nothing was executed.
    NotSent,
    /// Unknown until reconciled.
    Unknown,
    /// Given up before it was sent.
    Withdrawn,
}

impl OperationState {
    /// As in the store and in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            OperationState::Planned => "planned",
            OperationState::Sending => "sending",
            OperationState::Accepted => "accepted",
            OperationState::Refused => "refused",
            OperationState::NotSent => "not_sent",
            OperationState::Unknown => "unknown",
            OperationState::Withdrawn => "withdrawn",
        }
    }

    /// The inverse of [`OperationState::as_str`].
    pub fn parse(text: &str) -> Option<OperationState> {
        [
            OperationState::Planned,
            OperationState::Sending,
            OperationState::Accepted,
            OperationState::Refused,
            OperationState::NotSent,
            OperationState::Unknown,
            OperationState::Withdrawn,
        ]
        .into_iter()
        .find(|state| state.as_str() == text)
    }

    /// Our status word in the queue while the API's is not known.
    pub fn queue_status(self) -> &'static str {
        match self {
            OperationState::Planned => "PLANNED",
            OperationState::Sending | OperationState::Unknown | OperationState::Accepted => "UNKNOWN",
            OperationState::Refused => "REFUSED",
            OperationState::NotSent | OperationState::Withdrawn => "NOT_SENT",
        }
    }
}

/// An operation as the store holds it.
#[derive(Clone, PartialEq, Eq)]
pub struct Operation {
    /// Our id (UUID v4).
    pub id: String,
    /// What was or will be sent.
    pub request: NewRequest,
    /// The person's label at planning time, for rows (the sent subject may hold an id only).
    pub label: String,
    /// Where it stands.
    pub state: OperationState,
    /// Hex SHA-256 of the confirmed plan.
    pub plan_digest: String,
    /// Login of the operator.
    pub actor: String,
    /// Ticket or case reference given by the operator.
    pub reference: Option<String>,
    /// Reason or note given by the operator.
    pub reason: Option<String>,
    /// Day the data subject's request was received.
    pub received: Option<Date>,
    /// Another operation (an export) that must be here and checked before this one is sent.
    pub waits_for: Option<String>,
    /// When it was planned.
    pub planned_at: Timestamp,
    /// When the intent was on disk.
    pub intent_at: Option<Timestamp>,
    /// When the outcome was recorded.
    pub outcome_at: Option<Timestamp>,
    /// Server time of the answer, if any.
    pub server_time: Option<Timestamp>,
    /// HTTP status of the answer, if any.
    pub http_status: Option<u16>,
    /// Correlation id of the answer, if any.
    pub correlation_id: Option<String>,
    /// What was seen, for refused, not sent and unknown.
    pub detail: Option<String>,
    /// The remote request's id once known.
    pub remote_id: Option<String>,
}

impl std::fmt::Debug for Operation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Label, reference and reason are personal data.
        f.debug_struct("Operation")
            .field("id", &self.id)
            .field("kind", &self.request.kind)
            .field("state", &self.state)
            .field("remote_id", &self.remote_id)
            .field("waits_for", &self.waits_for)
            .field("detail", &self.detail)
            .finish_non_exhaustive()
    }
}
