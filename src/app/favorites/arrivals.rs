//! Matches on their way from a running scan to the pane.

use std::sync::{Arc, Mutex, PoisonError};

use crate::systems::keyspace::Match;

/// Matches on their way from a running scan to the pane.
#[derive(Clone, Default)]
pub struct Arrivals(Arc<Mutex<Vec<Match>>>);

impl std::fmt::Debug for Arrivals {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Arrivals({})", self.count())
    }
}

impl Arrivals {
    /// Adds one; called by the task.
    pub fn add(&self, found: Match) {
        self.lock().push(found);
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.lock().len()
    }

    /// Those after the first `known`.
    pub(super) fn after(&self, known: usize) -> Vec<Match> {
        self.lock().get(known..).unwrap_or_default().to_vec()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Match>> {
        // A match is added whole or not at all.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
