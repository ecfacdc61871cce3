//! Searching again for people whose data was erased, as after a restore from a backup: what has come
//! back is raised. It needs identifiers: those of the case, and those of the register of suppressed
//! identifiers where the case has forgotten them.
//!
//! Each system of the coverage that can be reached from here is searched. The keyspace under the
//! Favorites is read once for all people together, and so are the copies that lie here.

mod favorites;
mod here;
mod looked;
mod people;

use serde_json::{Map, json};
use tokio_util::sync::CancellationToken;

pub use looked::{Looked, State};
use people::{Person, people};

use super::coverage;
use crate::domain::case::CaseKind;
use crate::domain::case::coverage::System;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::identifier::Identifier;
use crate::domain::progress::Listener;
use crate::workflow::search::{self, SearchResult};
use crate::workflow::{World, evidence};

/// What is searched again.
#[derive(Clone, Debug, Default)]
pub struct Again {
    /// Cases by id or reference; every case in which something was erased, and the register, when none is
    /// named.
    pub cases: Vec<String>,
    /// Only these systems; all that can be reached from here when none is named.
    pub systems: Vec<System>,
}

impl Again {
    fn wants(&self, system: &System) -> bool {
        self.systems.is_empty() || self.systems.contains(system)
    }
}

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

    /// True when something came back.
    pub fn is_back(&self) -> bool {
        self.found_again().is_some_and(|count| count > 0)
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
        let there = || {
            self.systems
                .iter()
                .filter(|one| one.state != State::NotConfigured)
        };
        there().next().is_some() && there().all(|one| one.state == State::Searched && one.complete)
    }
}

/// Searches again for each case, or for everything that was erased: under the cases that know their
/// person, and under those that stand in the register.
///
/// # Errors
/// When a case is not known, the store fails or it was cancelled; a system that fails is told with its
/// case.
pub async fn recheck(
    world: &World,
    again: &Again,
    listener: &Listener,
    cancel: &CancellationToken,
) -> Result<Vec<Rechecked>, Failure> {
    let people = people(world, &again.cases).await?;
    let known: Vec<&[Identifier]> = people.iter().filter_map(Person::identifiers).collect();
    let mut of_each: Vec<Vec<Looked>> = vec![Vec::new(); known.len()];
    if again.wants(&System::GenesysCloud) {
        let with = people.iter().filter(|person| person.identifiers().is_some());
        for (person, all) in with.zip(&mut of_each) {
            all.push(in_cloud(world, person, listener, cancel).await?);
        }
    }
    if again.wants(&System::Favorites) {
        let found = favorites::look(world, &known, listener, cancel).await?;
        found
            .into_iter()
            .zip(&mut of_each)
            .for_each(|(one, all)| all.push(one));
    }
    if again.wants(&System::Exports) || again.wants(&System::Copies) {
        let found = here::look(world, &known, again, listener, cancel).await?;
        found
            .into_iter()
            .zip(&mut of_each)
            .for_each(|(these, all)| all.extend(these));
    }
    let mut seen = of_each.into_iter();
    let mut all = Vec::new();
    for person in people {
        let systems = match person.identifiers() {
            Some(_) => judged(&person, seen.next().unwrap_or_default()),
            None => Vec::new(),
        };
        write_down(world, &person, &systems).await?;
        all.push(Rechecked {
            id: person.id,
            kind: person.kind,
            from: person.from,
            erased_in: person.erased_in,
            systems,
            notes: person
                .identifiers
                .err()
                .into_iter()
                .map(|failure| failure.message)
                .collect(),
        });
    }
    Ok(all)
}

/// What the profile does not name is missing where something was erased: it may have come back there.
fn judged(person: &Person, seen: Vec<Looked>) -> Vec<Looked> {
    let missing = |one: &Looked| one.state == State::NotConfigured && person.concerns(&one.system);
    let why = match person.erased_in {
        Some(_) => "Something was erased there, and the profile does not name it.",
        None => "Whether something was erased there is not known here, and the profile does not name it.",
    };
    seen.into_iter()
        .map(|one| match missing(&one) {
            true => Looked::not_searched(one.system, why.to_owned()),
            false => one,
        })
        .collect()
}

fn interrupted() -> Failure {
    Failure::new(
        FailureKind::Interrupted,
        "Cancelled before everything was searched again.",
    )
}

async fn in_cloud(
    world: &World,
    person: &Person,
    listener: &Listener,
    cancel: &CancellationToken,
) -> Result<Looked, Failure> {
    let Some(identifiers) = person.identifiers() else {
        return Ok(Looked::not_searched(System::GenesysCloud, String::new()));
    };
    if !world.reach.genesys_cloud {
        return Ok(Looked::not_configured(System::GenesysCloud));
    }
    if cancel.is_cancelled() {
        return Err(interrupted());
    }
    let result = search::search(world, identifiers, listener, cancel).await;
    if let (Ok(result), Some(case)) = (&result, &person.case) {
        coverage::searched(world, case, result).await?;
    }
    match result {
        Ok(SearchResult {
            candidates,
            complete,
            notes,
            ..
        }) => Ok(Looked {
            system: System::GenesysCloud,
            state: State::Searched,
            found: candidates.len() as u64,
            complete,
            notes,
        }),
        Err(failure) => Looked::failed(System::GenesysCloud, failure),
    }
}

/// The coverage of the case takes over what was seen, and the ledger that it was looked for.
async fn write_down(world: &World, person: &Person, systems: &[Looked]) -> Result<(), Failure> {
    if systems.is_empty() {
        return Ok(());
    }
    if let Some(case) = &person.case {
        // What Genesys Cloud said was taken over at once.
        for one in systems.iter().filter(|one| one.system != System::GenesysCloud) {
            one.tell_case(world, case).await?;
        }
    }
    let told: Map<String, serde_json::Value> = systems
        .iter()
        .map(|one| {
            let facts = json!({ "result": one.state.as_str(), "found": one.found, "complete": one.complete });
            (one.system.as_str().to_owned(), facts)
        })
        .collect();
    let facts = json!({ "case": person.id, "from": person.from, "systems": told });
    evidence::record(world, "case.recheck", facts).await
}
