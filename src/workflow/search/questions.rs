//! What is asked: each identifier in each of its forms at each place where it can be found.

use std::collections::BTreeSet;

use crate::domain::failure::{Failure, FailureKind};
use crate::domain::forms::{Form, forms};
use crate::domain::identifier::{Identifier, IdentifierKind};

/// Where a question is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    GdprSubjects,
    Users,
    ExternalContacts,
    IdentifierLookup,
    MergeSets,
}

impl Place {
    /// As in JSON.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Place::GdprSubjects => "gdpr_subjects",
            Place::Users => "users",
            Place::ExternalContacts => "external_contacts",
            Place::IdentifierLookup => "identifier_lookup",
            Place::MergeSets => "merge_sets",
        }
    }

    /// For a note that begins with it.
    pub(super) fn title(self) -> &'static str {
        match self {
            Place::GdprSubjects => "The GDPR subject search",
            Place::Users => "The search among users",
            Place::ExternalContacts => "The search among external contacts",
            Place::IdentifierLookup => "The look-up of external contacts by identifier",
            Place::MergeSets => "The merge set of a contact",
        }
    }

    /// The places where an identifier of this kind can be found.
    fn of(kind: IdentifierKind) -> Vec<Place> {
        let mut places = Vec::new();
        if kind.search_type().is_some() {
            places.push(Place::GdprSubjects);
        }
        if matches!(
            kind,
            IdentifierKind::Email | IdentifierKind::Phone | IdentifierKind::Name | IdentifierKind::UserId
        ) {
            places.push(Place::Users);
        }
        match kind {
            IdentifierKind::UserId => {}
            IdentifierKind::Name | IdentifierKind::Address | IdentifierKind::ExternalId => {
                places.push(Place::ExternalContacts);
            }
            _ => places.push(Place::IdentifierLookup),
        }
        places
    }
}

/// One form of one identifier at one place.
#[derive(Clone)]
pub(super) struct Question {
    /// Its place among all questions.
    pub(super) order: usize,
    pub(super) kind: IdentifierKind,
    pub(super) form: Form,
    pub(super) place: Place,
}

/// All questions, in the order in which their answers are shown.
pub(super) fn questions(identifiers: &[Identifier], country: Option<&str>) -> Result<Vec<Question>, Failure> {
    if identifiers.is_empty() {
        return Err(Failure::new(
            FailureKind::Usage,
            "There is no identifier to search for.",
        ));
    }
    let mut seen = BTreeSet::new();
    let mut questions = Vec::new();
    for identifier in identifiers {
        let forms = forms(identifier, country).map_err(|rule| {
            Failure::new(
                FailureKind::Usage,
                format!("{}: {rule}.", identifier.kind.as_str()),
            )
            .next("Correct the value. Nothing was asked.")
        })?;
        for form in forms {
            for place in Place::of(identifier.kind) {
                if seen.insert((identifier.kind, form.value.clone(), place)) {
                    questions.push(Question {
                        order: questions.len(),
                        kind: identifier.kind,
                        form: form.clone(),
                        place,
                    });
                }
            }
        }
    }
    Ok(questions)
}
