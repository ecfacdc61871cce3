//! What came of searching again for one person, and whether it has to be raised.

use super::{Looked, Settled, State};
use crate::domain::case::CaseKind;
use crate::domain::case::coverage::System;

/// What came of one case.
#[derive(Clone, Debug)]
pub struct Rechecked {
    /// Id of the case; `register` when the register could not be read.
    pub id: String,
    /// What was asked for.
    pub kind: CaseKind,
    /// Where the identifiers came from: `case` or `register`; `None` when there were none.
    pub from: Option<&'static str>,
    /// Systems in which something was erased under the case; `None` where no case of this store tells.
    pub erased_in: Option<Vec<System>>,
    /// What was seen, system by system; empty when nobody could be searched for.
    pub systems: Vec<Looked>,
    /// Why nobody could be searched for.
    pub notes: Vec<String>,
    /// The same in one word of ours, for what is settled of it.
    pub nobody: &'static str,
    /// Who settled that nobody could be.
    pub settled: Option<Settled>,
}

impl Rechecked {
    /// Persons and places found, in all systems together; `None` when none could be searched.
    pub fn found(&self) -> Option<u64> {
        self.sum(|_| true)
    }

    /// Those of them that came back: only where something was erased, or where that is not known, is
    /// what is found there again. `None` when none of these systems could be searched.
    pub fn found_again(&self) -> Option<u64> {
        self.sum(|system| self.erased(system) != Some(false))
    }

    /// True when something came back that nobody has settled.
    pub fn is_back(&self) -> bool {
        self.systems
            .iter()
            .any(|one| one.settled.is_none() && self.came_back(one))
    }

    fn came_back(&self, one: &Looked) -> bool {
        one.state == State::Searched && one.found > 0 && self.erased(&one.system) != Some(false)
    }

    /// True when something was not read, and nobody has settled that.
    pub fn is_open(&self) -> bool {
        match self.is_nowhere() {
            true => self.settled.is_none(),
            false => (self.there()).any(|one| !one.is_read() && one.settled.is_none()),
        }
    }

    /// True for what came back or was not read there, and was not settled.
    pub(super) fn is_raised(&self, one: &Looked) -> bool {
        let unread = one.state != State::NotConfigured && !one.is_read();
        one.settled.is_none() && (unread || self.came_back(one))
    }

    /// Systems of which something was settled, with what; nothing for the system where nobody could be
    /// searched for.
    pub fn settlements(&self) -> impl Iterator<Item = (Option<&System>, &Settled)> {
        let of_systems = self.systems.iter().filter_map(|one| {
            let settled = one.settled.as_ref()?;
            Some((Some(&one.system), settled))
        });
        of_systems.chain(self.settled.iter().map(|settled| (None, settled)))
    }

    /// Systems that the profile has, or in which something was erased.
    fn there(&self) -> impl Iterator<Item = &Looked> {
        (self.systems.iter()).filter(|one| one.state != State::NotConfigured)
    }

    /// True when there is no system that could have been searched, or nobody to search for.
    pub(super) fn is_nowhere(&self) -> bool {
        self.there().next().is_none()
    }

    /// Whether something was erased there under the case; `None` where that is not known.
    pub fn erased(&self, system: &System) -> Option<bool> {
        self.erased_in.as_ref().map(|systems| systems.contains(system))
    }

    fn sum(&self, counts: impl Fn(&System) -> bool) -> Option<u64> {
        let searched = self.systems.iter().filter(|one| one.state == State::Searched);
        let counted = searched.filter(|one| counts(&one.system));
        counted.map(|one| one.found).reduce(u64::saturating_add)
    }

    /// True when everything that is there was read. A system that the profile does not have and in which
    /// nothing was erased is not missing, but where there is no other one, nothing was searched.
    pub fn complete(&self) -> bool {
        !self.is_nowhere() && self.there().all(Looked::is_read)
    }
}
