//! A person found by a search: answers of several questions folded into one row.

use serde::{Deserialize, Serialize};

use super::identifier::IdentifierKind;
use super::subject::{Subject, SubjectKind};

/// Which question found the person, and in which form it was asked.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Matched {
    /// The kind of identifier that was asked for.
    pub by: IdentifierKind,
    /// How the value was written: `as_typed`, `e164`, `transliterated`, `composed`, `decomposed`.
    pub form: String,
}

/// One member of a merge set of external contacts.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MergeMember {
    /// The external contact's id.
    pub external_contact_id: String,
    /// Its name, where Genesys Cloud gave one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// True for the contact that stands for the set.
    pub canonical: bool,
}

/// One row of a subject search.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    /// Names this person again tomorrow in the same store; holds no personal data.
    #[serde(rename = "ref")]
    pub reference: String,
    /// What kind of record it is.
    pub kind: SubjectKind,
    /// Name, if one came back.
    pub name: Option<String>,
    /// What a request about this person would name.
    pub subject: Subject,
    /// What matched, without repeats, in the order asked.
    pub matched: Vec<Matched>,
    /// Other contacts that Genesys Cloud has merged with this one; empty when there are none.
    pub merge_set: Vec<MergeMember>,
    /// True when this is the record of the operator or of an agent of the organisation, which is
    /// never selected beforehand.
    pub is_user: bool,
    /// Further ids that answers tied to the same person. A request names one record: `subject` does
    /// not reach these, each needs a request of its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<Subject>,
}

/// One form of one identifier that was asked, and how many answers it had, so that "nothing found"
/// can be defended.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// The kind asked for.
    pub by: IdentifierKind,
    /// How it was written.
    pub form: String,
    /// The value as asked; personal data.
    pub value: String,
    /// Where it was asked: `gdpr_subjects`, `users`, `external_contacts`, `identifier_lookup`.
    pub place: String,
    /// Number of answers, or `None` when the question failed.
    pub hits: Option<u64>,
}

impl std::fmt::Debug for Candidate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Without personal data.
        f.debug_struct("Candidate")
            .field("reference", &self.reference)
            .field("kind", &self.kind)
            .field("matched", &self.matched)
            .field("is_user", &self.is_user)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for MergeMember {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Without personal data.
        f.debug_struct("MergeMember")
            .field("external_contact_id", &self.external_contact_id)
            .field("canonical", &self.canonical)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Asked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Without personal data.
        f.debug_struct("Asked")
            .field("by", &self.by)
            .field("form", &self.form)
            .field("place", &self.place)
            .field("hits", &self.hits)
            .finish_non_exhaustive()
    }
}
