//! When an answer is due: one calendar month after receipt, moved off a weekend.
//!
//! The period follows Regulation (EEC, Euratom) 1182/71, Art. 3: the day of receipt is not counted,
//! a period in months ends on the same date of the next month (on its last day where that date does
//! not exist), and an end on a Saturday or Sunday moves to the next working day. Public holidays
//! differ by country and are not known here.

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

/// A due day with what it was made of, so that it can explain itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadline {
    /// Day the data subject's request was received.
    pub received: Date,
    /// One calendar month later: the day to aim at.
    pub target: Date,
    /// The target moved off a weekend: the limit.
    pub due: Date,
}

impl Deadline {
    /// The deadline for a request received on `received`.
    pub fn new(received: Date) -> Deadline {
        let target = received.saturating_add(1.month());
        let days = match target.weekday() {
            Weekday::Saturday => 2,
            Weekday::Sunday => 1,
            _ => 0,
        };
        Deadline {
            received,
            target,
            due: target.saturating_add(days.days()),
        }
    }

    /// Whole days from `today` to the due day; negative when it has passed.
    pub fn days_left(&self, today: Date) -> i32 {
        days_between(today, self.due)
    }

    /// `one month from 2026-11-05, moved from Saturday`.
    pub fn explanation(&self) -> String {
        let mut text = format!("one month from {}", self.received);
        if self.target != self.due {
            let day = match self.target.weekday() {
                Weekday::Saturday => "Saturday",
                _ => "Sunday",
            };
            text.push_str(", moved from ");
            text.push_str(day);
        }
        text
    }
}

/// Whole days from one day to another; negative when `to` is the earlier one.
pub fn days_between(from: Date, to: Date) -> i32 {
    // A difference in days alone cannot overflow within the years that `Date` knows.
    from.until(to).map_or(0, |span| span.get_days())
}

/// The due day for a request received on `received` when only weekends count.
pub fn due(received: Date) -> Date {
    Deadline::new(received).due
}
