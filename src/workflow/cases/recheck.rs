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
mod rechecked;
mod settling;

use serde_json::{Map, json};
use tokio_util::sync::CancellationToken;

pub use looked::{Looked, State};
use people::{Person, people};
pub use rechecked::Rechecked;
use settling::Words;
pub use settling::{Settled, raised, settle};

use super::coverage;
use crate::domain::case::coverage::System;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::identifier::Identifier;
use crate::domain::progress::Listener;
use crate::workflow::search;
use crate::workflow::{World, evidence};

/// What is searched again.
#[derive(Clone, Debug, Default)]
pub struct Again {
    /// Cases by id or reference; every case in which something was erased, and the register, when none is
    /// named.
    pub cases: Vec<String>,
    /// Only these systems; all that can be reached from here when none is named.
    pub systems: Vec<System>,
    /// Raise again what was settled before.
    pub unsettle: bool,
}

impl Again {
    fn wants(&self, system: &System) -> bool {
        self.systems.is_empty() || self.systems.contains(system)
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
    if again.unsettle {
        let systems: Vec<String> = again.systems.iter().map(|one| one.as_str().to_owned()).collect();
        settling::unsettle(world, &people, &systems).await?;
    }
    let words = Words::read(world).await?;
    let known: Vec<&[Identifier]> = people.iter().filter_map(Person::identifiers).collect();
    let mut of_each: Vec<Vec<Looked>> = vec![Vec::new(); known.len()];
    if again.wants(&System::GenesysCloud) {
        let with = people.iter().filter(|person| person.identifiers().is_some());
        for (person, all) in with.zip(&mut of_each) {
            all.push(in_cloud(world, person, &words, listener, cancel).await?);
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
            Some(_) => judged(&person, &words, seen.next().unwrap_or_default()),
            None => Vec::new(),
        };
        write_down(world, &person, &systems).await?;
        let nobody = settling::why_nobody(&person);
        let mut one = Rechecked {
            settled: None,
            id: person.id,
            kind: person.kind,
            from: person.from,
            erased_in: person.erased_in,
            systems,
            nobody,
            notes: person
                .identifiers
                .err()
                .into_iter()
                .map(|failure| failure.message)
                .collect(),
        };
        one.settled = settling::said_of_person(&words, &one);
        settling::end_what_is_over(world, &words, &one).await?;
        all.push(one);
    }
    Ok(all)
}

/// What the profile does not name is missing where something was erased: it may have come back there.
fn judged(person: &Person, words: &Words, seen: Vec<Looked>) -> Vec<Looked> {
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
        .map(|one| Looked {
            settled: words.on(&person.id, &one.sight()),
            ..one
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
    words: &Words,
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
    let seen = match &result {
        Ok(result) => Looked {
            system: System::GenesysCloud,
            state: State::Searched,
            found: result.candidates.len() as u64,
            complete: result.complete,
            notes: result.notes.clone(),
            places: (result.candidates.iter())
                .map(|candidate| candidate.reference.clone())
                .collect(),
            settled: None,
        },
        Err(failure) => Looked::failed(System::GenesysCloud, failure.clone())?,
    };
    if let (Ok(result), Some(case)) = (&result, &person.case)
        && words.on(&person.id, &seen.sight()).is_none()
    {
        coverage::searched(world, case, result).await?;
    }
    Ok(seen)
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
            let facts = json!({
                "result": one.state.as_str(),
                "found": one.found,
                "complete": one.complete,
                "settled": one.settled.is_some(),
            });
            (one.system.as_str().to_owned(), facts)
        })
        .collect();
    let facts = json!({ "case": person.id, "from": person.from, "systems": told });
    evidence::record(world, "case.recheck", facts).await
}
