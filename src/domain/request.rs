//! GDPR requests of Genesys Cloud.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::identifier::IdentifierKind;
use super::subject::Subject;

/// What is asked of Genesys Cloud for a subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RequestType {
    /// A copy of the data.
    Export,
    /// Deletion; cannot be undone.
    Delete,
    /// Correction by replacement terms.
    Update,
}

impl RequestType {
    /// All types, in the order in which they are offered.
    pub const ALL: [RequestType; 3] = [RequestType::Export, RequestType::Delete, RequestType::Update];

    /// Our word, as in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            RequestType::Export => "export",
            RequestType::Delete => "delete",
            RequestType::Update => "update",
        }
    }

    /// The inverse of [`RequestType::as_str`].
    pub fn parse(text: &str) -> Option<RequestType> {
        RequestType::ALL.into_iter().find(|t| t.as_str() == text)
    }

    /// The API's word.
    pub fn api_name(self) -> &'static str {
        match self {
            RequestType::Export => "GDPR_EXPORT",
            RequestType::Delete => "GDPR_DELETE",
            RequestType::Update => "GDPR_UPDATE",
        }
    }

    /// The inverse of [`RequestType::api_name`].
    pub fn from_api(text: &str) -> Option<RequestType> {
        RequestType::ALL.into_iter().find(|t| t.api_name() == text)
    }
}

impl std::fmt::Display for RequestType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One replacement of an update request.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ReplacementTerm {
    /// What kind of value is replaced.
    #[serde(rename = "type")]
    pub kind: IdentifierKind,
    /// The value as it stands.
    pub existing_value: String,
    /// The value to stand there.
    pub updated_value: String,
}

impl std::fmt::Debug for ReplacementTerm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ReplacementTerm({})", self.kind.as_str())
    }
}

/// What a status means for those who wait, whatever its word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Phase {
    /// Not finished as far as is known; unknown words are in this phase.
    Open,
    /// `COMPLETED`.
    Completed,
    /// `ERROR`.
    Failed,
}

/// The phase of a status of the API. An unknown word is never taken for success.
pub fn phase(status: &str) -> Phase {
    match status {
        "COMPLETED" => Phase::Completed,
        "ERROR" => Phase::Failed,
        _ => Phase::Open,
    }
}

/// A GDPR request as Genesys Cloud tells of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// The remote id.
    pub id: String,
    /// Our reading of `requestType`; `None` for a word that is not known.
    pub kind: Option<RequestType>,
    /// The API's word for the type.
    pub api_type: String,
    /// The API's status as it is.
    pub status: String,
    /// The subject named by the request.
    pub subject: Subject,
    /// Replacement terms of an update.
    pub replacement_terms: Vec<ReplacementTerm>,
    /// When Genesys Cloud says it was created.
    pub created_at: Option<Timestamp>,
    /// Id of the user or OAuth client that created it.
    pub created_by: Option<String>,
    /// Addresses of results, from `resultsUrl` and `resultsUrls`, without repeats.
    pub results: Vec<String>,
}
