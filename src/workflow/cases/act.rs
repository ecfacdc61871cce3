//! Everything that is done with a case, as one value: the console builds it from a form, shows what it
//! would write down, and has it done after a question. Each calls the function that the command calls.

use std::path::PathBuf;

use jiff::civil::Date;
use tokio_util::sync::CancellationToken;

use super::{Changes, NewCase, holds};
use crate::domain::case::coverage::{Cell, System};
use crate::domain::case::{Ending, Ground, IdentityResult};
use crate::domain::deadline::Awaited;
use crate::domain::failure::{Failure, FailureKind};
use crate::workflow::World;

/// Something done with a case. Personal data: its `Debug` tells what it is only.
#[derive(Clone)]
pub enum Act {
    /// It is opened.
    Open(Box<NewCase>),
    /// Receipt was confirmed to the person.
    Acknowledge(Date),
    /// Identity was checked.
    Identity {
        /// Why there was doubt.
        doubt: String,
        /// How it was checked.
        method: String,
        /// What came of it.
        result: IdentityResult,
        /// When.
        on: Date,
    },
    /// Something is awaited from the person.
    Pause {
        /// What.
        awaited: Awaited,
        /// Asked for on.
        on: Date,
        /// Why it is needed.
        reason: String,
    },
    /// What was awaited has come.
    Resume {
        /// What; the only thing awaited when nothing is said.
        awaited: Option<Awaited>,
        /// When.
        on: Date,
    },
    /// The person was told that it takes longer.
    Extend {
        /// Told on.
        on: Date,
        /// The reasons that they were told.
        reason: String,
    },
    /// The whole or a part is refused.
    Refuse {
        /// Ground in law.
        ground: Ground,
        /// Why.
        reason: String,
        /// Which part; the whole when nothing is said.
        part: Option<String>,
        /// Told on.
        on: Date,
    },
    /// A hold is set on the person.
    Hold {
        /// Why.
        reason: String,
        /// Last day.
        until: Option<Date>,
    },
    /// A hold is lifted.
    Lift {
        /// Which.
        hold: String,
        /// Why.
        why: String,
    },
    /// The answer reached the person.
    Answer {
        /// When.
        on: Date,
        /// How it was sent.
        channel: String,
        /// What was sent; its digest is kept.
        sent: Option<PathBuf>,
    },
    /// What the case knows is changed.
    Change(Changes),
    /// Something is written into the coverage.
    Cover {
        /// Where.
        system: System,
        /// What.
        cell: Cell,
    },
    /// It is closed.
    Close {
        /// As what.
        ending: Ending,
        /// Why.
        why: Option<String>,
    },
    /// Its record is written.
    Record {
        /// Where; its usual place when nothing is said.
        to: Option<PathBuf>,
    },
}

impl std::fmt::Debug for Act {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Act({})", self.verb())
    }
}

/// An act that was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acted {
    /// Id of the case.
    pub case: String,
    /// What was done, for people; no personal data.
    pub said: String,
    /// What they should know beside it.
    pub notes: Vec<String>,
    /// True when the case is new.
    pub opened: bool,
}

/// What a search for the person of a case brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Searched {
    /// Id of the case.
    pub case: String,
    /// Persons found in Genesys Cloud.
    pub found: usize,
    /// What could not be read.
    pub notes: Vec<String>,
}

impl Act {
    /// The command's verb.
    pub fn verb(&self) -> &'static str {
        match self {
            Act::Open(_) => "open",
            Act::Acknowledge(_) => "acknowledge",
            Act::Identity { .. } => "identity",
            Act::Pause { .. } => "pause",
            Act::Resume { .. } => "resume",
            Act::Extend { .. } => "extend",
            Act::Refuse { .. } => "refuse",
            Act::Hold { .. } => "hold",
            Act::Lift { .. } => "lift a hold",
            Act::Answer { .. } => "answer",
            Act::Change(changes) if changes.assignee.is_some() => "assign",
            Act::Change(_) => "change",
            Act::Cover { .. } => "coverage",
            Act::Close { .. } => "close",
            Act::Record { .. } => "record",
        }
    }

    /// True for what stands in law, or cannot be taken back: it is asked about before it is written.
    pub fn is_weighty(&self) -> bool {
        !matches!(self, Act::Change(_) | Act::Record { .. })
    }
}

/// Does it. `handle` names the case; a new one needs none.
///
/// # Errors
/// Those of the function behind it; nothing is written then.
pub async fn act(
    world: &World,
    handle: Option<&str>,
    act: Act,
    cancel: &CancellationToken,
) -> Result<Acted, Failure> {
    if let Act::Open(new) = act {
        let case = super::open(world, *new).await?;
        let due = case.reckon(super::today(world)).end.due;
        return Ok(Acted {
            said: format!("case {} is open, due {due}", case.id),
            case: case.id,
            notes: Vec::new(),
            opened: true,
        });
    }
    let handle = handle.ok_or_else(|| Failure::new(FailureKind::Internal, "No case was named."))?;
    let id = super::id_of(world, handle).await?;
    let mut acted = Acted {
        said: format!("{}: {} is written down", id, act.verb()),
        case: id.clone(),
        notes: Vec::new(),
        opened: false,
    };
    on_case(world, &id, act, &mut acted, cancel).await?;
    Ok(acted)
}

async fn on_case(
    world: &World,
    id: &str,
    act: Act,
    acted: &mut Acted,
    cancel: &CancellationToken,
) -> Result<(), Failure> {
    match act {
        Act::Open(_) => {}
        Act::Acknowledge(on) => {
            let changes = Changes {
                acknowledged: Some(on),
                ..Changes::default()
            };
            super::change(world, id, changes).await?;
        }
        Act::Identity {
            doubt,
            method,
            result,
            on,
        } => {
            super::check_identity(world, id, doubt, method, result, on).await?;
        }
        Act::Pause { awaited, on, reason } => {
            super::pause(world, id, awaited, on, reason).await?;
        }
        Act::Resume { awaited, on } => {
            super::resume(world, id, awaited, on).await?;
        }
        Act::Extend { on, reason } => {
            let case = super::extend(world, id, on, reason).await?;
            let due = case.reckon(super::today(world)).end.due;
            acted.said = format!("{id} is extended to {due}");
        }
        Act::Refuse {
            ground,
            reason,
            part,
            on,
        } => {
            super::refuse(world, id, ground, reason, part, on).await?;
        }
        Act::Hold { reason, until } => {
            let (hold, notes) = holds::set(world, Some(id), Vec::new(), reason, until, cancel).await?;
            acted.said = format!("{} stands against erasing anything of this person", hold.id);
            acted.notes = notes;
        }
        Act::Lift { hold, why } => {
            holds::lift(world, &hold, why).await?;
            acted.said = format!("{hold} is lifted");
        }
        Act::Answer { on, channel, sent } => {
            let digest = match sent {
                None => None,
                Some(file) => Some(digest(file).await?),
            };
            super::answer(world, id, on, channel, digest).await?;
            acted.said = format!("{id} is answered: the clock stands");
        }
        Act::Change(changes) => {
            super::change(world, id, changes).await?;
        }
        Act::Cover { system, cell } => super::coverage::record(world, id, system, cell).await?,
        Act::Close { ending, why } => {
            let closed = super::close(world, id, ending, why).await?;
            acted.said = format!("{id} is closed as {}", ending.as_str().replace('_', " "));
            if let Some(why) = closed.not_registered {
                acted
                    .said
                    .push_str(", and NOT in the register of suppressed identifiers");
                acted.notes.push(why);
            }
        }
        Act::Record { to } => {
            let written = super::record(world, id, to, false).await?;
            let path = std::path::absolute(&written.path).unwrap_or(written.path);
            acted.said = format!(
                "the record of {id} is in {}, identifiers masked; whoever gets it runs sh check.sh",
                crate::domain::text::clean(&path.display().to_string())
            );
        }
    }
    Ok(())
}

/// Files are read on a thread that may block.
async fn digest(file: PathBuf) -> Result<String, Failure> {
    let read = tokio::task::spawn_blocking(move || super::digest_of(&file)).await;
    read.unwrap_or_else(|_| Err(Failure::new(FailureKind::Internal, "Reading the file broke off.")))
}
