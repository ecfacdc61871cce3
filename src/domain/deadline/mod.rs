//! When an answer is due, and why. A clock runs under a regime (a law, `assets/regimes`) with the
//! working days of a place (`assets/holidays`); periods are counted as Regulation (EEC, Euratom)
//! No 1182/71 counts them: calendar months, the day of the event left out, an end on a day off moved
//! to the next working day. The day before it is moved is the target, the day after it the limit.

mod added;
mod calendar;
mod easter;
mod holiday_file;
mod length;
mod period;
mod reckon;
mod regime;
mod regime_file;
mod rule;
mod waiting;

use jiff::civil::Date;

pub use added::{add_holidays, add_regime, added_from};
pub use calendar::Calendar;
pub use holiday_file::{known as known_countries, places};
pub use length::{Awaited, Length, WhileWaiting};
pub use period::{End, Step};
pub use reckon::{Facts, Pause, Reckoning, reckon};
pub use regime::{Regime, Sourced, known as known_regimes};

/// The law and the working days that a clock runs by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// The law.
    pub regime: Regime,
    /// The working days.
    pub calendar: Calendar,
}

impl Rules {
    /// Rules by their codes; without a country only weekends count.
    ///
    /// # Errors
    /// A sentence that lists what is known.
    pub fn named(regime: &str, country: Option<&str>) -> Result<Rules, String> {
        Ok(Rules {
            regime: Regime::named(regime)?,
            calendar: match country {
                Some(code) => Calendar::named(code)?,
                None => Calendar::weekends_only(),
            },
        })
    }

    /// Target and limit of a request received on a day, when nothing else has happened.
    pub fn end(&self, received: Date) -> End {
        period::plain(self, received)
    }

    /// The limit of a request received on a day, when nothing else has happened.
    pub fn due(&self, received: Date) -> Date {
        self.end(received).due
    }

    /// `one month from 2026-11-05, moved from Saturday`.
    pub fn explanation(&self, received: Date) -> String {
        let end = self.end(received);
        let mut text = format!("{} from {received}", self.regime.answer().rule);
        if end.target != end.due
            && let Some(why) = self.calendar.day_off(end.target)
        {
            text.push_str(", moved from ");
            text.push_str(&why);
        }
        text
    }
}

/// Whole days from one day to another; negative when `to` is the earlier one.
pub fn days_between(from: Date, to: Date) -> i32 {
    // A difference in days alone cannot overflow within the years that `Date` knows.
    from.until(to).map_or(0, |span| span.get_days())
}
