//! What searching one system again has shown.

use super::Settled;
use crate::domain::case::Case;
use crate::domain::case::coverage::{Cell, Mark, System};
use crate::domain::failure::{Failure, FailureKind};
use crate::store::Sight;
use crate::workflow::World;
use crate::workflow::cases::coverage;

/// Whether a system was searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It was, as far as it could be read.
    Searched,
    /// It did not answer.
    NotReachable,
    /// The profile does not have it.
    NotConfigured,
    /// It could not be, for another reason.
    NotSearched,
}

impl State {
    /// As in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            State::Searched => "searched",
            State::NotReachable => "not_reachable",
            State::NotConfigured => "not_configured",
            State::NotSearched => "not_searched",
        }
    }
}

/// What was seen in one system.
#[derive(Clone, Debug)]
pub struct Looked {
    /// Which.
    pub system: System,
    /// Whether it was searched.
    pub state: State,
    /// Persons or places found; 0 where it was not searched.
    pub found: u64,
    /// Whether all of it was read.
    pub complete: bool,
    /// What else must be known.
    pub notes: Vec<String>,
    /// What tells what was found, and what could not be opened, from anything else; personal data, never
    /// shown.
    pub places: Vec<String>,
    /// Who settled exactly this.
    pub settled: Option<Settled>,
}

impl Looked {
    pub(super) fn not_configured(system: System) -> Looked {
        Looked {
            system,
            state: State::NotConfigured,
            found: 0,
            complete: false,
            notes: Vec::new(),
            places: Vec::new(),
            settled: None,
        }
    }

    /// True when all of it was read.
    pub fn is_read(&self) -> bool {
        self.state == State::Searched && self.complete
    }

    /// What a settlement of it is about.
    pub(super) fn sight(&self) -> Sight {
        Sight {
            system: self.system.as_str().to_owned(),
            result: self.state.as_str(),
            found: self.found,
            complete: self.complete,
            // What was not read stands in the notes.
            places: (self.places.iter().map(|place| format!("at {place}")))
                .chain(self.notes.iter().map(|note| format!("note {note}")))
                .collect(),
        }
    }

    pub(super) fn not_searched(system: System, why: String) -> Looked {
        Looked {
            state: State::NotSearched,
            notes: vec![why],
            ..Looked::not_configured(system)
        }
    }

    /// A system that failed; a wish to stop is passed on.
    pub(super) fn failed(system: System, failure: Failure) -> Result<Looked, Failure> {
        let state = match failure.kind {
            FailureKind::Interrupted => return Err(failure),
            FailureKind::Unreachable => State::NotReachable,
            _ => State::NotSearched,
        };
        Ok(Looked {
            state,
            ..Looked::not_searched(system, failure.message)
        })
    }

    /// Writes it into the coverage. What says nothing new is left out where the case is over: its
    /// columns stand as they stood when it was closed. What a person has settled is nothing new.
    pub(super) async fn tell_case(&self, world: &World, case: &Case) -> Result<(), Failure> {
        if self.settled.is_some() {
            return Ok(());
        }
        let over = case.ending.is_some();
        match self.state {
            State::Searched if !over || self.complete || self.found > 0 => {
                let system = self.system.clone();
                coverage::looked(world, &case.id, system, self.found, self.complete, None).await
            }
            State::NotReachable if !over => {
                let why = self.notes.join(" ");
                let cell = Cell::new(Mark::NotReachable { why });
                coverage::record(world, &case.id, self.system.clone(), cell).await
            }
            _ => Ok(()),
        }
    }
}
