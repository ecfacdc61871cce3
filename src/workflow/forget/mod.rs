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
pub mod coverage;
pub mod entries;
pub mod erase;
pub mod execute;
mod held;
pub mod item;
mod link;
pub mod plan;
pub mod preflight;
mod proof;
pub mod restore;
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
use crate::domain::case::Case;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::identifier::{Identifier, IdentifierKind};
use crate::systems::gws::{DeleteTemplate, GroupName, Gws};
use crate::systems::keyspace::{Certainty, Keyspace};

pub use item::{Item, Manual, Offer};
pub use plan::Plan;
pub use result::{Told, Verdict};
pub use search::Findings;

/// Said in every result: the script did not cover them, and neither does this.
pub const CORPORATE: &str =
    "Corporate Favorites are not covered: they are the administrator's, and nothing is deleted there.";

/// What no search of a cluster sees, said in every result.
pub const NOT_COVERED: [&str; 2] = [
    "Corporate Favorites: they are found and told, and nothing is deleted there",
    "values encoded as base64 or UTF-16, and values compressed otherwise than with gzip or zlib",
];

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
    /// How many of these come from a case and are names only: others may have the same, so what they
    /// find is only possibly the person. They stand last.
    pub names_of_case: usize,
    /// Id of the case that it is for.
    pub case: Option<String>,
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
    /// Which case takes the result over, for whoever reads it.
    pub fn takes(&self) -> Option<String> {
        let case = self.case.as_ref()?;
        Some(format!("The coverage of {case} takes the result."))
    }

    /// Takes over what a case knows of its person. Mere names come last: others may have the same, so
    /// what only they find is never deleted without a person's mark.
    ///
    /// # Errors
    /// When nobody is left to look for.
    pub fn with_case(mut self, case: &Case) -> Result<Question, Failure> {
        let known = searchable(&case.identifiers);
        let asked = self.searches.clone();
        let mut new: Vec<Identifier> = known.into_iter().filter(|known| !asked.contains(known)).collect();
        new.sort_by_key(|known| known.kind == IdentifierKind::Name);
        self.names_of_case = new
            .iter()
            .filter(|known| known.kind == IdentifierKind::Name)
            .count();
        self.searches.extend(new);
        self.case = Some(case.id.clone());
        match self.searches.is_empty() {
            false => Ok(self),
            true => Err(Failure::new(
                FailureKind::Usage,
                format!("{} knows no e-mail address, phone number or name.", case.id),
            )
            .next("Name the person with --search, or add identifiers with: dsr cases change")),
        }
    }

    /// How sure a finding of this search is: a mere name out of a case is never sure.
    pub fn certainty(&self, search: usize, found: Certainty) -> Certainty {
        match search + self.names_of_case >= self.searches.len() {
            true => Certainty::Possible,
            false => found,
        }
    }

    /// True when nothing was left out that may hold the person: one group or some tables are not all.
    pub fn is_whole(&self) -> bool {
        self.group.is_none() && self.scan.include.is_empty() && self.scan.exclude.is_empty()
    }

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

/// Identifiers by which somebody can be looked for here.
pub fn searchable(identifiers: &[Identifier]) -> Vec<Identifier> {
    let kinds = [IdentifierKind::Email, IdentifierKind::Phone, IdentifierKind::Name];
    let known = identifiers.iter();
    known
        .filter(|known| kinds.contains(&known.kind))
        .cloned()
        .collect()
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
