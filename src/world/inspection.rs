//! What can be looked at without building a world: nothing is recovered, published or made.

use std::path::PathBuf;
use std::sync::Arc;

use super::clock::SystemClock;
use super::{Selection, actor, live, shelves, simulated};
use crate::config::Config;
use crate::domain::actor::Actor;
use crate::domain::clock::Clock;
use crate::domain::failure::Failure;
use crate::domain::mode::Mode;
use crate::ledger::Place;
use crate::store::{self, Store};
use crate::workflow::at_rest::AtRest;

/// The place of a world, as it was found.
pub struct Inspection {
    /// The organisation's name.
    pub organization: String,
    /// Live at a loopback address.
    pub test: bool,
    /// Where the ledger lies.
    pub place: Place,
    /// The store, where there is one.
    pub store: Option<Store>,
    path: PathBuf,
    options: store::Options,
    clock: Arc<dyn Clock>,
    actor: Actor,
}

impl Inspection {
    /// Notes an action that needs no far end in the outbox, from which the next command publishes it.
    ///
    /// # Errors
    /// A store that cannot be made or written.
    pub async fn record(self, action: &str, facts: serde_json::Value) -> Result<(), Failure> {
        let store = match self.store {
            Some(store) => store,
            None => Store::open(&self.path, self.options)?,
        };
        store
            .record_action(&self.actor, action, facts, self.clock.now())
            .await
    }
}

/// Looks at the place of a world.
///
/// # Errors
/// Configuration failures, and a store that cannot be opened.
pub fn inspect(config: &Config, selection: &Selection) -> Result<Inspection, Failure> {
    let profile = config.profile_named(selection.profile.as_deref())?;
    let (organization, test, shelf, clock): (_, _, _, Arc<dyn Clock>) = match selection.mode {
        Mode::Live => {
            let shelf = live::shelf(config, profile)?;
            let organization = live::organization(config, profile);
            (organization, live::is_test(profile), shelf, Arc::new(SystemClock))
        }
        Mode::Simulation => {
            let simulator = simulated::open(config, &selection.scenario)?;
            let organization = simulator.cloud_access().organization;
            let shelf = shelves::simulated(config, &selection.scenario);
            (organization, false, shelf, simulator.clock())
        }
    };
    let options = store::Options {
        mode: selection.mode,
        organization: organization.clone(),
        shared_group: shelf.group,
    };
    let there = shelf.store.exists();
    let rest = AtRest::beside(&shelf.store, shelf.group.is_some()).asking(super::passphrase(config, profile));
    Ok(Inspection {
        organization,
        test,
        place: Place::beside(&shelf.store, shelf.group.is_some()),
        store: there
            .then(|| Store::open_with(&shelf.store, options.clone(), || rest.seal()))
            .transpose()?,
        path: shelf.store,
        options,
        clock,
        actor: actor::of_process(&config.env),
    })
}
