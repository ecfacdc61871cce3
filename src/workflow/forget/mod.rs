//! Forget-me: a person is looked for in the Cassandra of a GWS on premise, and what GWS itself shows
//! of them is deleted through its REST API, one setting at a time.
//!
//! 1. [`search::look`]: the keyspace is described and scanned, each match is looked up through the
//!    settings API, and only what GWS shows is offered.
//! 2. [`plan::prepare`]: the exact calls of what was chosen, with a digest.
//! 3. [`execute::execute`]: the groups are saved, the way of a body to GWS is proven, then one
//!    setting after the other, each read again before the next. Anything else vanished: it stops.
//! 4. [`search::look`] again: what is still there.
//!
//! Nothing here writes to Cassandra.

mod arrange;
pub mod entries;
pub mod erase;
pub mod execute;
pub mod item;
mod link;
pub mod plan;
pub mod preflight;
mod proof;
pub mod result;
mod rooms;
pub mod scan;
pub mod search;
pub mod session;
mod settle;
mod step;
pub mod tables;
mod visible;

use std::sync::Arc;

use crate::domain::canonical;
use crate::domain::failure::Failure;
use crate::domain::identifier::Identifier;
use crate::systems::gws::{DeleteTemplate, GroupName, Gws};
use crate::systems::keyspace::Keyspace;

pub use item::{Item, Manual, Offer};
pub use plan::Plan;
pub use result::{Told, Verdict};
pub use search::Findings;

/// Said in every result: the script did not cover them, and neither does this.
pub const CORPORATE: &str =
    "Corporate Favorites are not covered: they are the administrator's, and nothing is deleted there.";

/// Both ends that a forget-me works with. Built by `crate::world::forget`.
#[derive(Clone)]
pub struct Ends {
    /// The keyspace that is searched.
    pub keyspace: Arc<dyn Keyspace>,
    /// Its name.
    pub keyspace_name: String,
    /// Where it is, for display: `localhost:9160`.
    pub place: String,
    /// GWS; without it nothing is looked up and nothing can be deleted.
    pub gws: Option<Gws>,
    /// The form of the delete call.
    pub template: DeleteTemplate,
    /// How long saved groups are kept.
    pub keep_saved: jiff::SignedDuration,
    /// What the operator has to know before anything is sent.
    pub warnings: Vec<String>,
}

impl std::fmt::Debug for Ends {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Ends({})", self.place)
    }
}

/// What to do where one setting holds a list and only some of its entries are the person's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lists {
    /// The setting is written anew without them.
    #[default]
    TakeOut,
    /// The whole setting is deleted.
    Delete,
}

/// What is asked for.
#[derive(Clone, Debug, Default)]
pub struct Question {
    /// For whom, by e-mail address, phone number or name.
    pub searches: Vec<Identifier>,
    /// One settings group; all of them for `None`.
    pub group: Option<GroupName>,
    /// Text inside a longer one is a possible match.
    pub substring: bool,
    /// What to do with lists.
    pub lists: Lists,
    /// How the keyspace is scanned.
    pub scan: search::ScanWishes,
}

impl Question {
    /// Names this question at these ends: a run that was interrupted is found by it.
    pub fn scope(&self, ends: &Ends) -> String {
        let searches: Vec<String> = self
            .searches
            .iter()
            .map(|search| format!("{}:{}", search.kind.as_str(), search.value))
            .collect();
        canonical::digest(&serde_json::json!({
            "place": ends.place,
            "keyspace": ends.keyspace_name,
            "gws": ends.gws.as_ref().map(|gws| gws.base().as_str().to_owned()),
            "group": self.group.as_ref().map(GroupName::as_str),
            "searches": searches,
        }))
    }
}

/// Removes saved groups whose time has come.
///
/// # Errors
/// Storage failures.
pub async fn expire(world: &super::World) -> Result<usize, Failure> {
    world
        .store
        .expire_saved_groups(&world.actor, world.clock.now())
        .await
}
