//! Lengths of time as laws say them, what is awaited from a person, and what the clock does meanwhile.

use jiff::ToSpan;
use jiff::civil::Date;
use serde::Deserialize;

/// A length of time as the law says it. The unit is never converted: thirty days are not a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    /// Calendar months.
    Months(u16),
    /// Calendar days.
    Days(u16),
}

impl Length {
    /// The last day of a period of this length. The day of the event is not counted; a month that
    /// lacks the date ends the period on its last day.
    pub fn after(self, event: Date) -> Date {
        match self {
            Length::Months(months) => event.saturating_add(i32::from(months).months()),
            Length::Days(days) => event.saturating_add(i32::from(days).days()),
        }
    }

    /// Both one after the other, as one period.
    pub(super) fn and(self, more: Length) -> Option<Length> {
        match (self, more) {
            (Length::Months(a), Length::Months(b)) => a.checked_add(b).map(Length::Months),
            (Length::Days(a), Length::Days(b)) => a.checked_add(b).map(Length::Days),
            _ => None,
        }
    }
}

impl std::fmt::Display for Length {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Length::Months(1) => f.write_str("one month"),
            Length::Months(2) => f.write_str("two months"),
            Length::Months(3) => f.write_str("three months"),
            Length::Months(months) => write!(f, "{months} months"),
            Length::Days(days) => write!(f, "{days} calendar days"),
        }
    }
}

/// What the clock does while something is awaited from the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WhileWaiting {
    /// It stands still.
    Stops,
    /// It begins only when that has come.
    Begins,
    /// It runs on.
    Runs,
}

/// What is awaited from the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Awaited {
    /// Proof of identity.
    Identity,
    /// What exactly is asked for.
    Clarification,
    /// A fee.
    Fee,
}

impl Awaited {
    /// All of them.
    pub const ALL: [Awaited; 3] = [Awaited::Identity, Awaited::Clarification, Awaited::Fee];

    /// `identity`, `clarification`, `fee`.
    pub fn as_str(self) -> &'static str {
        match self {
            Awaited::Identity => "identity",
            Awaited::Clarification => "clarification",
            Awaited::Fee => "fee",
        }
    }

    /// The other way round.
    pub fn parse(text: &str) -> Option<Awaited> {
        Awaited::ALL.into_iter().find(|awaited| awaited.as_str() == text)
    }
}
