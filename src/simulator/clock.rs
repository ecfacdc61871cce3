//! The estate's clock: the host's, ahead by what the log says.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use rusqlite::Connection;

use super::log;
use crate::domain::clock::Clock;

/// Reads its lead from the log each time it is asked, which takes a few microseconds, so that an
/// advance by another process is seen at once. It has a connection of its own and never waits for a
/// request.
pub(crate) struct EstateClock {
    connection: Mutex<Connection>,
    lead: AtomicI64,
}

impl EstateClock {
    /// A clock over a connection of its own.
    pub(crate) fn new(connection: Connection) -> EstateClock {
        EstateClock {
            connection: Mutex::new(connection),
            lead: AtomicI64::new(0),
        }
    }
}

impl Clock for EstateClock {
    fn now(&self) -> Timestamp {
        let read = {
            let connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
            log::read_offset(&connection)
        };
        let lead = match read {
            Ok(lead) => {
                self.lead.store(lead, Ordering::Relaxed);
                lead
            }
            Err(_) => self.lead.load(Ordering::Relaxed),
        };
        moment(host_now() + lead)
    }
}

/// The host's clock, in milliseconds.
pub(crate) fn host_now() -> i64 {
    Timestamp::now().as_millisecond()
}

/// A moment of the estate's clock.
pub(crate) fn moment(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(millis).unwrap_or(Timestamp::MAX)
}
