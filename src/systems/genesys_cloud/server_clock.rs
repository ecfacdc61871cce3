//! The time at the far end, as its answers tell it. It goes on by the time that passes here and never
//! by this host's clock, which somebody may set between a call and the search for what became of it.

use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use jiff::{SignedDuration, Timestamp};

/// The last `Date` of an answer, and when it came.
#[derive(Debug, Default)]
pub(super) struct ServerClock(Mutex<Option<(Timestamp, Instant)>>);

impl ServerClock {
    /// An answer told the time.
    pub(super) fn told(&self, time: Timestamp) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((time, Instant::now()));
    }

    /// The time there now; `None` before the first answer.
    pub(super) fn now(&self) -> Option<Timestamp> {
        let (time, came) = (*self.0.lock().unwrap_or_else(PoisonError::into_inner))?;
        let passed = SignedDuration::try_from(came.elapsed()).ok()?;
        time.checked_add(passed).ok()
    }
}
