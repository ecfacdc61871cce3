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

/// What is done about what is raised.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Settling {
    /// Nothing.
    #[default]
    Nothing,
    /// It is settled, for this reason.
    Settle(String),
    /// What was settled before is raised again.
    Unsettle,
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
}

/// Of somebody for whom nothing could be searched: whether the register could not be read, or has nobody.
pub(super) fn of_person(person: &Person) -> Sight {
    let unread = matches!(&person.identifiers, Err(failure) if failure.kind != FailureKind::NotFound);
    Sight {
        system: PERSON.to_owned(),
        result: match unread {
            true => "register_not_read",
            false => State::NotSearched.as_str(),
        },
        found: 0,
        complete: false,
        places: Vec::new(),
    }
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

/// Settles what is raised of one of them. Gives the number of systems.
///
/// # Errors
/// When the store cannot be written; the ledger has it with the same transaction.
pub(super) async fn settle(
    world: &World,
    one: &mut Rechecked,
    person: Sight,
    reason: &str,
) -> Result<usize, Failure> {
    let raised: Vec<usize> = (0..one.systems.len())
        .filter(|at| one.is_raised(&one.systems[*at]))
        .collect();
    let mut sights: Vec<Sight> = raised.iter().map(|at| one.systems[*at].sight()).collect();
    let nobody = one.is_nowhere() && one.settled.is_none();
    if nobody {
        sights.push(person);
    }
    let count = sights.len();
    if count == 0 {
        return Ok(0);
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
    Ok(count)
}
