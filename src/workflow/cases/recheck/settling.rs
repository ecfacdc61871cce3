//! What a person settles of a search for somebody: it is listed with who said so, when and why, and raised
//! no longer. It holds for exactly what was seen, so that a place more, another place, or a system that
//! does not answer any more is raised again; and what was not read is never told as read.

use jiff::Timestamp;

use super::{Person, Rechecked, State};
use crate::domain::failure::{Failure, FailureKind};
use crate::store::{Settlement, Sight};
use crate::workflow::World;
use crate::workflow::cases::{conflict, ground};

/// Stands for the system where nobody could be searched for.
const PERSON: &str = "person";

/// Somebody's word on what was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// Login.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Why; `None` when the case has forgotten its person since.
    pub why: Option<String>,
}

/// Everything that was settled.
pub(super) struct Words(Vec<Settlement>);

impl Words {
    pub(super) async fn read(world: &World) -> Result<Words, Failure> {
        Ok(Words(world.store.settlements().await?))
    }

    /// Who settled exactly this of a case.
    pub(super) fn on(&self, id: &str, sight: &Sight) -> Option<Settled> {
        let own = |one: &&Settlement| one.id == id && one.holds_for(sight);
        self.0.iter().find(own).map(|one| Settled {
            by: one.by.clone(),
            at: one.at,
            why: one.reason.clone(),
        })
    }

    /// True when something was settled of this system of a case, whatever it was.
    fn is_about(&self, id: &str, system: &str) -> bool {
        self.0.iter().any(|one| one.id == id && one.system == system)
    }
}

/// Why nobody could be searched for: the register could not be read or has nobody, or there is a person
/// and no system.
pub(super) fn why_nobody(person: &Person) -> &'static str {
    match &person.identifiers {
        Ok(_) => State::NotConfigured.as_str(),
        Err(failure) if failure.kind == FailureKind::NotFound => State::NotSearched.as_str(),
        Err(_) => "register_not_read",
    }
}

fn of_person(one: &Rechecked) -> Sight {
    // For all systems or for one: that is not the same.
    let asked = one.systems.iter().map(|one| one.system.as_str().to_owned());
    Sight {
        system: PERSON.to_owned(),
        result: one.nobody,
        found: 0,
        complete: false,
        places: asked.collect(),
    }
}

/// Who settled that nobody could be searched for.
pub(super) fn said_of_person(words: &Words, one: &Rechecked) -> Option<Settled> {
    one.is_nowhere().then(|| words.on(&one.id, &of_person(one)))?
}

/// A settlement ends when something else is seen, or nothing any more: should the same come back later, as
/// from a backup, it is raised.
pub(super) async fn end_what_is_over(world: &World, words: &Words, one: &Rechecked) -> Result<(), Failure> {
    let mut over: Vec<String> = one
        .systems
        .iter()
        .filter(|looked| looked.settled.is_none() && words.is_about(&one.id, looked.system.as_str()))
        .map(|looked| looked.system.as_str().to_owned())
        .collect();
    if one.settled.is_none() && words.is_about(&one.id, PERSON) {
        over.push(PERSON.to_owned());
    }
    if !over.is_empty() {
        world.store.unsettle(&ground(world), &one.id, over).await?;
    }
    Ok(())
}

/// Raises again what was settled of these people, in the systems that are looked at.
pub(super) async fn unsettle(world: &World, people: &[Person], systems: &[String]) -> Result<(), Failure> {
    let mut systems = systems.to_vec();
    if !systems.is_empty() {
        systems.push(PERSON.to_owned());
    }
    let (mut taken_back, ground) = (0, ground(world));
    for person in people {
        let back = world.store.unsettle(&ground, &person.id, systems.clone());
        taken_back += back.await?.len();
    }
    match taken_back {
        0 => Err(conflict("Nothing was settled there.").next("See what is: dsr cases recheck")),
        _ => Ok(()),
    }
}

/// What is raised of them, in words: exactly this is settled. Nothing where nothing is.
pub fn raised(all: &[Rechecked]) -> Vec<String> {
    let mut lines = Vec::new();
    for one in all {
        for looked in one.systems.iter().filter(|looked| one.is_raised(looked)) {
            let system = looked.system.as_str().replace('_', " ");
            let found = match looked.state {
                State::Searched => format!("{} found", looked.found),
                state => state.as_str().replace('_', " "),
            };
            let read = match looked.is_read() || looked.state != State::Searched {
                true => "",
                false => ", not all of it read",
            };
            lines.push(format!("{}, {system}: {found}{read}", one.id));
        }
        if one.is_nowhere() && one.settled.is_none() {
            lines.push(format!("{}: nobody could be searched for", one.id));
        }
    }
    lines
}

/// Settles what is raised of them, as it was seen by this search.
///
/// # Errors
/// When the store cannot be written; the ledger has it with the same transaction.
pub async fn settle(world: &World, all: &mut [Rechecked], reason: &str) -> Result<(), Failure> {
    for one in all {
        settle_one(world, one, reason).await?;
    }
    Ok(())
}

async fn settle_one(world: &World, one: &mut Rechecked, reason: &str) -> Result<(), Failure> {
    let raised: Vec<usize> = (0..one.systems.len())
        .filter(|at| one.is_raised(&one.systems[*at]))
        .collect();
    let mut sights: Vec<Sight> = raised.iter().map(|at| one.systems[*at].sight()).collect();
    let nobody = one.is_nowhere() && one.settled.is_none();
    if nobody {
        sights.push(of_person(one));
    }
    if sights.is_empty() {
        return Ok(());
    }
    let ground = ground(world);
    let said = Settled {
        by: world.actor.login.clone(),
        at: ground.now,
        why: Some(reason.to_owned()),
    };
    world.store.settle(&ground, &one.id, sights, reason).await?;
    for at in raised {
        one.systems[at].settled = Some(said.clone());
    }
    if nobody {
        one.settled = Some(said);
    }
    Ok(())
}
