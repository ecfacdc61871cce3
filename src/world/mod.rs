//! The composition root: builds a world out of configuration. The only place that knows both the
//! network and the simulator.

pub mod actor;
pub mod clock;
pub mod entrance;
pub mod export_sign_in;
pub mod exports;
pub mod forget;
pub mod gws_sign_in;
pub mod hardening;
mod inspection;
mod keyspace_tls;
pub mod live;
pub mod live_keyspace;
pub mod logging;
pub mod shelves;
pub mod sign_in;
pub mod simulated;
pub mod simulated_cluster;
pub mod simulated_keyspace;

use std::path::PathBuf;
use std::sync::Arc;

use secrecy::SecretString;

use crate::config::secret::{Secret, SecretSource};
use crate::config::{Config, Profile};
use crate::crypto;
use crate::domain::clock::Clock;
use crate::domain::deadline::Rules;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::mode::Mode;
pub use crate::simulator::Scenario;
use crate::store::{self, Store};
use crate::systems::genesys_cloud::GenesysCloud;
use crate::systems::network::Network;
use crate::workflow::at_rest::{self, AtRest, Passphrase};
use crate::workflow::evidence::{Witness, Witnessing};
use crate::workflow::{Casework, Settings, World, evidence, reconcile};
pub use inspection::{Inspection, Locked, inspect, locked};

/// Which world is wanted, by flags, environment and profile.
#[derive(Clone, Debug)]
pub struct Selection {
    /// Live or simulation.
    pub mode: Mode,
    /// Profile name, or the default profile.
    pub profile: Option<String>,
    /// Scenario of the simulation.
    pub scenario: Scenario,
}

/// What differs between the two modes.
struct End {
    organization: String,
    test: bool,
    /// The organisation's default country, where it is known without asking.
    country: Option<String>,
    clock: Arc<dyn Clock>,
    cloud: GenesysCloud,
    shelf: shelves::Shelf,
}

/// Builds the world: transport, store, clock, client, settings. No network call is made. Intents
/// whose process has died are settled as unknown before the world is handed out.
///
/// # Errors
/// Configuration failures (unknown profile, no region, address not allowed) and storage failures.
pub async fn build(config: &Config, selection: &Selection) -> Result<Arc<World>, Failure> {
    let (config, selection) = (config.clone(), selection.clone());
    put_together(move || by_profile(&config, &selection)).await
}

/// As [`build`], for work that never speaks to Genesys Cloud: a live profile needs no region. `test`
/// says that everything spoken to is this host.
///
/// # Errors
/// As [`build`].
pub async fn build_on_premise(
    config: &Config,
    selection: &Selection,
    test: bool,
) -> Result<Arc<World>, Failure> {
    let (mut config, selection) = (config.clone(), selection.clone());
    let profile = config.profile_named(selection.profile.as_deref())?;
    if selection.mode == Mode::Live && profile.address.is_none() {
        let name = profile.name.clone();
        live::without_cloud(&mut config, &name);
    }
    put_together(move || {
        let mut world = by_profile(&config, &selection)?;
        if selection.mode == Mode::Live {
            world.test = test;
        }
        Ok(world)
    })
    .await
}

async fn put_together(
    assemble: impl FnOnce() -> Result<World, Failure> + Send + 'static,
) -> Result<Arc<World>, Failure> {
    let mut world = tokio::task::spawn_blocking(assemble)
        .await
        .map_err(|_| Failure::new(FailureKind::Internal, "The world could not be put together."))??;
    let adopted = reconcile::recover(&world).await?;
    // What a crash or a full disk kept from the ledger. Looking is possible without it.
    if let Err(failure) = evidence::settle(&world).await {
        tracing::error!("evidence waits: {failure}");
        world.ledger_trouble = Some(failure);
    }
    tracing::info!(
        mode = world.mode.as_str(),
        test = world.test,
        adopted = adopted.len(),
        "world built"
    );
    Ok(Arc::new(world))
}

/// As [`assemble`], with the law, the working days and the habits of the profile.
fn by_profile(config: &Config, selection: &Selection) -> Result<World, Failure> {
    let profile = config.profile_named(selection.profile.as_deref())?;
    let world = assemble(config, selection)?;
    Ok(world.reckoned_by(rules(profile)).with_casework(casework(profile)))
}

/// Reads files, opens databases and may run a `secret_command`: blocking.
fn assemble(config: &Config, selection: &Selection) -> Result<World, Failure> {
    let profile = config.profile_named(selection.profile.as_deref())?;
    let end = match selection.mode {
        Mode::Live => live::end(config, profile)?,
        Mode::Simulation => simulated::end(config, &selection.scenario)?,
    };
    let options = store::Options {
        mode: selection.mode,
        organization: end.organization.clone(),
        shared_group: end.shelf.group,
    };
    let rest =
        AtRest::beside(&end.shelf.store, end.shelf.group.is_some()).asking(passphrase(config, profile));
    let store = Store::open_with(&end.shelf.store, options, || rest.seal())?;
    let exports = exports::maker(config, selection, profile);
    let vault = shelves::vault(config, selection.mode, &selection.scenario);
    // What a killed process has left in the middle of a decryption.
    let swept = crypto::sweep(&vault.unfinished);
    if !swept.is_empty() {
        tracing::warn!(files = swept.len(), "unfinished plaintext removed");
    }
    let mut world = World::new(
        selection.mode,
        end.organization,
        profile.name.clone(),
        end.test,
        end.clock,
        end.cloud,
        store,
        actor::of_process(&config.env),
        settings(profile, end.country, end.shelf.downloads)?,
    );
    world.vault = vault;
    world.rest = rest;
    if selection.mode == Mode::Live {
        world.reach = live::reach(profile);
        world.witnessing = Arc::new(witnessing(profile)?);
    }
    let (own, wish) = (Arc::new(config.clone()), selection.clone());
    world.on_premise = Some(Arc::new(move || {
        let (config, selection) = (own.clone(), wish.clone());
        Box::pin(async move { forget::ends(&config, &selection, &forget::Wanted::default()).await })
    }));
    let (config, wish) = (Arc::new(config.clone()), selection.clone());
    world.gws = Some(Arc::new(move || {
        forget::gws(&config, &wish, &forget::Wanted::default())
    }));
    Ok(match exports {
        Some(exports) => world.with_exports(exports),
        None => world,
    })
}

fn settings(
    profile: &Profile,
    country: Option<String>,
    downloads: std::path::PathBuf,
) -> Result<Settings, Failure> {
    Ok(Settings {
        default_country: profile.default_country.clone().or(country),
        time_zone: time_zone(profile),
        quiet_period: profile.quiet_period,
        downloads,
    })
}

/// Who witnesses the ledger of live work, as the profile says. A simulation is witnessed by command only.
fn witnessing(profile: &Profile) -> Result<Witnessing, Failure> {
    let own = &profile.anchoring;
    let authority = own.tsa.clone().map(|url| Witness::Authority {
        url,
        ca: own.ca_file.clone(),
    });
    let command = own
        .command
        .as_deref()
        .map(|words| Witness::Command(shell_line(words)));
    let drop = own.drop.clone().map(Witness::Drop);
    let witnesses: Vec<Witness> = [authority, command, drop].into_iter().flatten().collect();
    Ok(Witnessing {
        transport: match witnesses.is_empty() {
            true => None,
            false => Some(Arc::new(Network::new(live::network_settings(profile))?)),
        },
        witnesses,
        every: own.every,
    })
}

/// One text is for the shell as it is; several words are program and arguments.
fn shell_line(words: &[String]) -> String {
    match words {
        [line] => line.clone(),
        _ => {
            let quoted: Vec<String> = words
                .iter()
                .map(|word| format!("'{}'", word.replace('\'', "'\\''")))
                .collect();
            quoted.join(" ")
        }
    }
}

/// The key file that needs a passphrase before the store of this world can be read, and for which the
/// configuration names none.
///
/// # Errors
/// When the place of the store cannot be told.
pub fn locked_by(config: &Config, selection: &Selection) -> Result<Option<PathBuf>, Failure> {
    let profile = config.profile_named(selection.profile.as_deref())?;
    if profile.encryption_passphrase.is_some() {
        return Ok(None);
    }
    let shelf = match selection.mode {
        Mode::Live => live::shelf(config, profile),
        Mode::Simulation => Ok(shelves::simulated(config, &selection.scenario)),
    };
    // What is wrong with the place is told where it is needed.
    let Ok(shelf) = shelf else {
        return Ok(None);
    };
    let rest = AtRest::beside(&shelf.store, shelf.group.is_some());
    let needed = matches!(rest.file().protection(), Ok(Some("passphrase")));
    Ok(needed.then(|| rest.file().path().to_owned()))
}

/// The same configuration with the passphrase that a person gave.
pub fn unlocked(config: &Config, selection: &Selection, passphrase: SecretString) -> Config {
    let mut config = config.clone();
    let secret = Secret::new(SecretSource::Here(passphrase), false);
    let name = selection
        .profile
        .clone()
        .unwrap_or_else(|| config.profile.name.clone());
    if let Some(profile) = config.profiles.get_mut(&name) {
        profile.encryption_passphrase = Some(secret.clone());
    }
    if config.profile.name == name {
        config.profile.encryption_passphrase = Some(secret);
    }
    config
}

/// Where the passphrase of encryption at rest comes from, also in words.
fn passphrase(config: &Config, profile: &Profile) -> (Passphrase, String) {
    let secret = profile.encryption_passphrase.clone();
    let whence = match &secret {
        Some(secret) => secret.whence(),
        None => "it is asked for at each start on a terminal, and nobody gives it elsewhere".to_owned(),
    };
    let env = config.env.clone();
    let give: Passphrase = Arc::new(move || match &secret {
        Some(secret) => secret.read(&env),
        None => Err(at_rest::locked()),
    });
    (give, whence)
}

fn casework(profile: &Profile) -> Casework {
    let days = |span: std::time::Duration| span.as_secs().div_ceil(86_400);
    Casework {
        other_systems: profile.other_systems.clone(),
        retention_days: u32::try_from(days(profile.case_retention)).unwrap_or(u32::MAX),
        delivery_days: i32::try_from(days(profile.delivery_time)).unwrap_or(i32::MAX),
        suppression_days: u32::try_from(days(profile.suppression_retention)).unwrap_or(u32::MAX),
    }
}

/// The law and the working days of a profile, which were checked when they were read.
pub fn rules(profile: &Profile) -> Rules {
    Rules::named(&profile.regime, profile.country.as_deref()).unwrap_or_default()
}

/// The time zone for display: the profile's, else the host's, else UTC. The profile's was checked
/// when it was read.
pub fn time_zone(profile: &Profile) -> jiff::tz::TimeZone {
    let named = profile.time_zone.as_deref();
    named
        .and_then(|name| jiff::tz::TimeZone::get(name).ok())
        .unwrap_or_else(jiff::tz::TimeZone::system)
}
