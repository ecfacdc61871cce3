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
    let Whereabouts {
        organization,
        test,
        shelf,
        clock,
    } = whereabouts(config, selection)?;
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

/// A store that is encrypted, and whose key is protected with a passphrase that nobody gave.
pub struct Locked {
    /// The organisation's name.
    pub organization: String,
    /// Live at a loopback address.
    pub test: bool,
    /// The file of the key.
    pub key: PathBuf,
}

/// Looks whether the store of a world is encrypted, where its passphrase is not known: `None` for one that
/// can be opened, or that is not there.
///
/// # Errors
/// Configuration failures, and a store that cannot be read.
pub fn locked(config: &Config, selection: &Selection) -> Result<Option<Locked>, Failure> {
    let Some(key) = super::locked_by(config, selection)? else {
        return Ok(None);
    };
    let place = whereabouts(config, selection)?;
    Ok(match Store::sealed_at(&place.shelf.store)? {
        Some(true) => Some(Locked {
            organization: place.organization,
            test: place.test,
            key,
        }),
        _ => None,
    })
}

struct Whereabouts {
    organization: String,
    test: bool,
    shelf: shelves::Shelf,
    clock: Arc<dyn Clock>,
}

fn whereabouts(config: &Config, selection: &Selection) -> Result<Whereabouts, Failure> {
    let profile = config.profile_named(selection.profile.as_deref())?;
    Ok(match selection.mode {
        Mode::Live => Whereabouts {
            organization: live::organization(config, profile),
            test: live::is_test(profile),
            shelf: live::shelf(config, profile)?,
            clock: Arc::new(SystemClock),
        },
        Mode::Simulation => {
            let simulator = simulated::open(config, &selection.scenario)?;
            Whereabouts {
                organization: simulator.cloud_access().organization,
                test: false,
                shelf: shelves::simulated(config, &selection.scenario),
                clock: simulator.clock(),
            }
        }
    })
}
