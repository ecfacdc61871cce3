//! Why a search is incomplete.

use std::collections::BTreeMap;

use super::questions::Place;
use crate::domain::failure::{Failure, FailureKind};

/// Reasons why a search is incomplete: each said once, with how often it held.
#[derive(Default)]
pub(super) struct Notes {
    reasons: BTreeMap<(Place, String), usize>,
    /// Something other than a permission beside the GDPR search was in the way.
    disturbed: bool,
}

impl Notes {
    /// Adds an answer that could not be read whole.
    pub(super) fn add(&mut self, place: Place, text: &str) {
        self.disturbed = true;
        self.count(place, text);
    }

    fn count(&mut self, place: Place, text: &str) {
        *self.reasons.entry((place, text.to_owned())).or_default() += 1;
    }

    /// Adds a failure as a reason.
    pub(super) fn fail(&mut self, place: Place, failure: &Failure) {
        let limit = failure.kind == FailureKind::Permission && place != Place::GdprSubjects;
        self.disturbed |= !limit;
        let mut text = format!("failed: {}", failure.message);
        if let Some(next) = &failure.next {
            text.push(' ');
            text.push_str(next);
        }
        self.count(place, &text);
    }

    /// True when there are reasons, and all of them are what the account may not read.
    pub(super) fn only_limits(&self) -> bool {
        !self.reasons.is_empty() && !self.disturbed
    }

    pub(super) fn is_empty(&self) -> bool {
        self.reasons.is_empty()
    }

    pub(super) fn sentences(self) -> Vec<String> {
        self.reasons
            .into_iter()
            .map(|((place, text), count)| match count {
                1 => format!("{} {text}", place.title()),
                _ => format!("{} {text} ({count} questions)", place.title()),
            })
            .collect()
    }
}
