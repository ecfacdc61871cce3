//! Records on their way from the files to the screen.

use std::sync::{Arc, Mutex, PoisonError};

use crate::workflow::records::Record;

/// Records on their way from the files to the screen.
#[derive(Clone, Default)]
pub struct Arrivals(Arc<Mutex<Vec<Record>>>);

/// Only how many there are: records are personal data.
impl std::fmt::Debug for Arrivals {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Arrivals({})", self.lock().len())
    }
}

impl Arrivals {
    /// Adds one; called by the task.
    pub fn add(&self, record: Record) {
        self.lock().push(record);
    }

    /// Those after the first `known`.
    pub(super) fn after(&self, known: usize) -> Vec<Record> {
        self.lock().get(known..).unwrap_or_default().to_vec()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Record>> {
        // A record is added whole or not at all.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
