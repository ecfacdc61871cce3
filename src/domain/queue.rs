//! The queue: the organisation's requests merged with our own operations.

use std::sync::Arc;

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use super::operation::OperationState;
use super::request::RequestType;
use super::subject::Subject;

/// Where a row comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// One of our operations.
    Ours,
    /// Made by somebody else, or before this store.
    Elsewhere,
    /// Created by Genesys Cloud for a merge set of which we named one contact.
    MergeSet,
}

impl Origin {
    /// As in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Origin::Ours => "ours",
            Origin::Elsewhere => "elsewhere",
            Origin::MergeSet => "merge_set",
        }
    }
}

/// A subject folded to its JSON text. A queue of 100,000 rows holds one each; unfolded they would
/// take several times the memory, and only the rows on screen are ever looked at.
#[derive(Clone, PartialEq, Eq)]
pub struct PackedSubject(Box<str>);

impl PackedSubject {
    /// Folds a subject.
    pub fn pack(subject: &Subject) -> PackedSubject {
        PackedSubject(serde_json::to_string(subject).unwrap_or_default().into())
    }

    /// Takes over a text that [`PackedSubject::as_json`] gave earlier.
    pub fn from_json(text: impl Into<Box<str>>) -> PackedSubject {
        PackedSubject(text.into())
    }

    /// The subject; an empty one when the text is not one.
    pub fn unpack(&self) -> Subject {
        serde_json::from_str(&self.0).unwrap_or_default()
    }

    /// The JSON text; personal data.
    pub fn as_json(&self) -> &str {
        &self.0
    }
}

impl From<&Subject> for PackedSubject {
    fn from(subject: &Subject) -> PackedSubject {
        PackedSubject::pack(subject)
    }
}

impl std::fmt::Debug for PackedSubject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PackedSubject({})", self.unpack().kind().as_str())
    }
}

/// One row of the queue. Lean: words that repeat are shared, texts are boxed to size.
#[derive(Clone, PartialEq, Eq)]
pub struct QueueRow {
    /// Remote id; `None` while unknown.
    pub id: Option<Box<str>>,
    /// Our operation, if it is one.
    pub operation_id: Option<Box<str>>,
    /// Type; `None` for a word that is not known.
    pub kind: Option<RequestType>,
    /// The API's type word, for display when `kind` is `None`.
    pub type_text: Arc<str>,
    /// The API's status as it is, or ours (`PLANNED`, `NOT_SENT`, `REFUSED`, `UNKNOWN`).
    pub status: Arc<str>,
    /// The subject as the API tells it (or as we sent it).
    pub subject: PackedSubject,
    /// The best word for the person: remembered from the search, else from the subject.
    pub label: Box<str>,
    /// When it was submitted: the API's creation time, else our intent or plan. For display see
    /// [`QueueRow::sent_at`].
    pub submitted_at: Option<Timestamp>,
    /// Login of our operator, else the API's creator id.
    pub created_by: Option<Arc<str>>,
    /// Where it comes from.
    pub origin: Origin,
    /// Due day, where one can be computed.
    pub due: Option<Date>,
    /// Ticket or case reference, if one was given.
    pub reference: Option<Box<str>>,
    /// Number of results offered by the API.
    pub results: u32,
    /// Number of results already here.
    pub downloaded: u32,
}

impl std::fmt::Debug for QueueRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Label and reference are personal data.
        f.debug_struct("QueueRow")
            .field("id", &self.id)
            .field("operation_id", &self.operation_id)
            .field("type", &self.type_text)
            .field("status", &self.status)
            .field("origin", &self.origin)
            .finish_non_exhaustive()
    }
}

impl QueueRow {
    /// The id that `requests show` takes: remote, else ours.
    pub fn any_id(&self) -> &str {
        self.id
            .as_deref()
            .or(self.operation_id.as_deref())
            .unwrap_or_default()
    }

    /// When it was submitted; `None` for what is only planned, of which nothing has been sent.
    pub fn sent_at(&self) -> Option<Timestamp> {
        let planned = OperationState::Planned.queue_status();
        self.submitted_at.filter(|_| &*self.status != planned)
    }
}

/// Filter of the queue. Empty lists and `None` let everything pass.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QueueFilter {
    /// Types to keep.
    pub types: Vec<RequestType>,
    /// Statuses to keep, upper case.
    pub statuses: Vec<String>,
    /// Submitted on or after.
    pub since: Option<Timestamp>,
    /// Submitted before.
    pub until: Option<Timestamp>,
    /// Only those of our operator with this login.
    pub mine: Option<String>,
    /// Free text: a substring of label, id, status, type, reference, case folded.
    pub text: String,
}

/// What one entry of a timeline is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimelineKind {
    /// Planned and confirmed.
    Planned,
    /// Intent on disk.
    Intent,
    /// Outcome of the call.
    Outcome,
    /// A status change seen at the API.
    Status,
    /// A download.
    Download,
    /// Reconciled, adopted, waived, …
    Note,
}

/// One step in the life of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TimelineEntry {
    /// When it was seen or done.
    pub at: Timestamp,
    /// For a change seen between two looks: the earlier look. It happened in between.
    pub not_before: Option<Timestamp>,
    /// What it is about.
    pub kind: TimelineKind,
    /// One line; no personal data.
    pub text: String,
}
