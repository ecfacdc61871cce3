//! A case: what one data subject asked for, in law. It is ours alone: received on a day under a
//! regime, with a clock, a matrix of what was covered where, and an ending.

pub mod coverage;
pub mod hold;
mod next;
pub mod suppression;
pub mod trail;
mod words;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::deadline::{Facts, Pause, Reckoning, Rules, reckon};
use super::identifier::Identifier;
pub use next::next_step;
pub use words::{CaseKind, Ending, Ground, IdentityResult};

/// How the person's identity was checked. Never the document itself.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdentityCheck {
    /// Why there was doubt.
    pub doubt: String,
    /// How it was checked.
    pub method: String,
    /// What came of it.
    pub result: IdentityResult,
    /// Day.
    pub on: Date,
    /// Login of who checked.
    pub by: String,
}

/// A refusal of the whole or of a part.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// The ground in law.
    pub ground: Ground,
    /// Why, in words.
    pub reason: String,
    /// The system or part that is refused; `None` for the whole.
    pub part: Option<String>,
    /// Day on which the person was told.
    pub on: Date,
    /// Login of who refused.
    pub by: String,
}

/// An extension of the time to answer.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extension {
    /// Day on which the person was told.
    pub told_on: Date,
    /// The reasons that they were told.
    pub reason: String,
    /// Login of who extended.
    pub by: String,
}

/// What the person was sent. The clock stops here, and nowhere else.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// Day on which it reached them.
    pub on: Date,
    /// How it was sent.
    pub channel: String,
    /// Hex SHA-256 of what was sent.
    pub digest: Option<String>,
    /// Login of who answered.
    pub by: String,
}

/// Something awaited from the person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Awaiting {
    /// `identity`, `clarification` or `fee`.
    pub awaited: String,
    /// Day on which it was asked for.
    pub from: Date,
    /// Day on which it came.
    pub until: Option<Date>,
}

/// A case. Personal data: its `Debug` tells its id and kind only.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    /// `C-17`.
    pub id: String,
    /// Reference of the ticket.
    pub reference: Option<String>,
    /// What was asked for.
    pub kind: CaseKind,
    /// Code of the regime.
    pub regime: String,
    /// Whose public holidays count.
    pub country: Option<String>,
    /// Day received.
    pub received: Date,
    /// How it was received.
    pub channel: Option<String>,
    /// On whose behalf the data is processed.
    pub controller: Option<String>,
    /// What the person is known by.
    pub identifiers: Vec<Identifier>,
    /// Login of who works on it.
    pub assignee: Option<String>,
    /// What it waits for, in words.
    pub waits_for: Option<String>,
    /// Day on which receipt was confirmed.
    pub acknowledged: Option<Date>,
    /// How identity was checked.
    pub identity: Option<IdentityCheck>,
    /// What was awaited from the person.
    pub pauses: Vec<Awaiting>,
    /// The extension.
    pub extension: Option<Extension>,
    /// Refusals, of parts or the whole.
    pub refusals: Vec<Refusal>,
    /// The answer.
    pub answer: Option<Answer>,
    /// How it ended; `None` while it is open.
    pub ending: Option<Ending>,
    /// Why it was closed although something was left, or as what.
    pub closing_note: Option<String>,
    /// When it was opened here.
    pub opened_at: Timestamp,
    /// Login of who opened it.
    pub opened_by: String,
    /// When it was closed.
    pub closed_at: Option<Timestamp>,
    /// True when its personal data has been forgotten.
    pub forgotten: bool,
}

impl std::fmt::Debug for Case {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Case")
            .field("id", &self.id)
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

impl Case {
    /// The rules that it runs under. A code that is no longer known falls back to the regime's
    /// earliest reading: weekends only.
    pub fn rules(&self) -> Rules {
        Rules::named(&self.regime, self.country.as_deref())
            .or_else(|_| Rules::named(&self.regime, None))
            .unwrap_or_default()
    }

    /// What happened, as far as the clock cares.
    pub fn facts(&self, today: Date) -> Facts {
        let pause = |pause: &Awaiting| {
            Some(Pause {
                awaited: super::deadline::Awaited::parse(&pause.awaited)?,
                from: pause.from,
                until: pause.until,
            })
        };
        Facts {
            received: self.received,
            pauses: self.pauses.iter().filter_map(pause).collect(),
            extended: self.extension.as_ref().map(|extension| extension.told_on),
            // A clock that was stopped by the answer no longer moves.
            today: self.answer.as_ref().map_or(today, |answer| answer.on),
        }
    }

    /// The clock.
    pub fn reckon(&self, today: Date) -> Reckoning {
        reckon(&self.rules(), &self.facts(today))
    }

    /// What is awaited from the person now.
    pub fn awaited(&self) -> Option<&Awaiting> {
        self.pauses.iter().find(|pause| pause.until.is_none())
    }

    /// What people call it: the ticket's reference, else its id.
    pub fn name(&self) -> &str {
        self.reference.as_deref().unwrap_or(&self.id)
    }

    /// True for what may delete.
    pub fn is_erasure(&self) -> bool {
        self.kind == CaseKind::Erasure
    }
}

/// One line of the list of cases: what the board shows.
#[derive(Clone, PartialEq, Eq)]
pub struct CaseRow {
    /// `C-17`.
    pub id: String,
    /// Reference of the ticket.
    pub reference: Option<String>,
    /// What was asked for.
    pub kind: CaseKind,
    /// Code of the regime.
    pub regime: String,
    /// Day received.
    pub received: Date,
    /// Before it was moved.
    pub target: Date,
    /// The limit.
    pub due: Date,
    /// What is awaited from the person now.
    pub awaited: Option<String>,
    /// What is to be done next.
    pub next_step: String,
    /// Login of who works on it.
    pub assignee: Option<String>,
    /// How it ended; `None` while it is open.
    pub ending: Option<Ending>,
    /// Day on which the answer reached the person.
    pub answered_on: Option<Date>,
    /// Number of requests and other operations.
    pub operations: u32,
}

impl std::fmt::Debug for CaseRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CaseRow")
            .field("id", &self.id)
            .field("kind", &self.kind)
            .field("due", &self.due)
            .finish_non_exhaustive()
    }
}

impl CaseRow {
    /// Days from `today` to the limit; `None` once the person was answered or the case ended.
    pub fn days_left(&self, today: Date) -> Option<i32> {
        let runs = self.ending.is_none() && self.answered_on.is_none();
        runs.then(|| super::deadline::days_between(today, self.due))
    }
}
