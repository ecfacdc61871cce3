//! Both ends of a forget-me: GWS and the keyspace under it, live or simulated, out of the profile and
//! what a command says over it.

use std::sync::Arc;

use secrecy::SecretString;

use super::gws_sign_in::GwsSignIn;
use super::simulated::{self, SimulatedTransport};
use super::simulated_keyspace::SimulatedKeyspace;
use super::{Selection, live, live_keyspace};
use crate::config::{Config, Profile};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::mode::Mode;
use crate::simulator::KEYSPACE;
use crate::systems::gws::{Base, ByHand, Credentials, DeleteTemplate, Gws, SYSTEM, Tuning};
use crate::systems::keyspace::Keyspace;
use crate::systems::network::Network;
use crate::systems::transport::Transport;
use crate::workflow::forget::Ends;

/// What is wanted over what the profile says.
#[derive(Clone, Default)]
pub struct Wanted {
    /// Address of GWS.
    pub gws: Option<String>,
    /// Its user.
    pub username: Option<String>,
    /// The user's password.
    pub password: Option<SecretString>,
    /// Headers by hand.
    pub by_hand: ByHand,
    /// PEM file with an own authority of GWS.
    pub gws_ca: Option<std::path::PathBuf>,
    /// The keyspace and the way to it.
    pub cassandra: live_keyspace::Wanted,
}

/// Both ends. For live, a connection to Cassandra is made.
///
/// # Errors
/// Configuration failures, and an unreachable Cassandra.
pub async fn ends(config: &Config, selection: &Selection, wanted: &Wanted) -> Result<Ends, Failure> {
    let profile = config.profile_named(selection.profile.as_deref())?;
    let gws = gws(config, selection, wanted)?;
    let (keyspace, keyspace_name, place): (Arc<dyn Keyspace>, String, String) = match selection.mode {
        Mode::Simulation => {
            let simulator = simulated::open(config, &selection.scenario)?;
            // What a profile says of its cluster is of the real one, the keyspace's name as well.
            let named = wanted.cassandra.keyspace.clone();
            let name = named.unwrap_or_else(|| KEYSPACE.to_owned());
            (
                Arc::new(SimulatedKeyspace::new(simulator, &name)),
                name,
                "the simulated cluster".to_owned(),
            )
        }
        Mode::Live => live_keyspace::connect(config, profile, &wanted.cassandra).await?,
    };
    Ok(Ends {
        keyspace,
        keyspace_name,
        place,
        warnings: warnings_of(gws.as_ref(), profile, selection, wanted),
        gws,
        template: template(profile)?,
        keep_saved: jiff::SignedDuration::try_from(profile.gws.keep_saved)
            .unwrap_or(jiff::SignedDuration::MAX),
    })
}

/// What is to be told before anything is sent: which passwords travel readable.
///
/// # Errors
/// As [`gws`].
pub fn warnings(config: &Config, selection: &Selection, wanted: &Wanted) -> Result<Vec<String>, Failure> {
    let profile = config.profile_named(selection.profile.as_deref())?;
    let gws = gws(config, selection, wanted)?;
    Ok(warnings_of(gws.as_ref(), profile, selection, wanted))
}

/// The same for the keyspace alone.
///
/// # Errors
/// An unknown profile.
pub fn keyspace_warning(
    config: &Config,
    selection: &Selection,
    wanted: &Wanted,
) -> Result<Option<String>, Failure> {
    let profile = config.profile_named(selection.profile.as_deref())?;
    Ok(match selection.mode {
        Mode::Simulation => None,
        Mode::Live => live_keyspace::warning(profile, &wanted.cassandra),
    })
}

fn warnings_of(gws: Option<&Gws>, profile: &Profile, selection: &Selection, wanted: &Wanted) -> Vec<String> {
    if selection.mode == Mode::Simulation {
        return Vec::new();
    }
    let gws = gws.and_then(|gws| gws.base().warning());
    let cassandra = live_keyspace::warning(profile, &wanted.cassandra);
    gws.into_iter().chain(cassandra).collect()
}

/// The form of the delete call of a profile.
///
/// # Errors
/// When it could mean a whole group.
pub fn template(profile: &Profile) -> Result<DeleteTemplate, Failure> {
    DeleteTemplate::parse(&profile.gws.delete_call, &profile.gws.delete_body)
}

/// GWS alone; `None` for a live profile that names none.
///
/// # Errors
/// An address that is none, a certificate file or secret that cannot be read.
pub fn gws(config: &Config, selection: &Selection, wanted: &Wanted) -> Result<Option<Gws>, Failure> {
    let profile = config.profile_named(selection.profile.as_deref())?;
    if selection.mode == Mode::Simulation {
        let simulator = simulated::open(config, &selection.scenario)?;
        let access = simulator.gws_access();
        let credentials = match (&wanted.username, &wanted.password) {
            (Some(username), Some(password)) => Credentials {
                username: username.clone(),
                password: password.clone(),
            },
            _ => Credentials {
                username: access.username,
                password: access.password.into(),
            },
        };
        let transport: Arc<dyn Transport> = Arc::new(SimulatedTransport::new(simulator.gws()));
        let base = Base::parse(simulated::BASE)?;
        return Ok(Some(client(transport, base, Some(credentials), wanted)));
    }
    let Some(address) = wanted.gws.as_ref().or(profile.gws.url.as_ref()) else {
        return Ok(None);
    };
    let base = Base::parse(address)?;
    let mut settings = live::network_settings(profile);
    settings
        .ca_files
        .extend(wanted.gws_ca.iter().chain(&profile.gws.ca_file).cloned());
    let transport: Arc<dyn Transport> = Arc::new(Network::new(settings)?);
    let who = credentials(config, profile, &base, wanted)?;
    Ok(Some(client(transport, base, who, wanted)))
}

fn client(transport: Arc<dyn Transport>, base: Base, who: Option<Credentials>, wanted: &Wanted) -> Gws {
    Gws::new(transport, base, who, wanted.by_hand.clone(), Tuning::default())
}

/// Who signs in: what the command line says, then the environment, then who signed in with
/// `dsr login gws`, then the file.
fn credentials(
    config: &Config,
    profile: &Profile,
    base: &Base,
    wanted: &Wanted,
) -> Result<Option<Credentials>, Failure> {
    let signed_in = || GwsSignIn::of(&config.places, &profile.name, base).read();
    let named = wanted.username.as_ref().or(profile.gws.username.as_ref());
    let kept = |username: &str| -> Result<Option<SecretString>, Failure> {
        let environment = profile
            .gws
            .password
            .as_ref()
            .filter(|secret| secret.from_environment);
        if let Some(secret) = environment {
            return Ok(Some(secret.read(&config.env)?));
        }
        if let Some(known) = signed_in()?.filter(|known| known.username == username) {
            return Ok(Some(known.password));
        }
        // The password of the file is that of the file's user.
        let own = profile
            .gws
            .username
            .as_deref()
            .is_none_or(|known| known == username);
        match profile.gws.password.as_ref().filter(|_| own) {
            Some(secret) => Ok(Some(secret.read(&config.env)?)),
            None => Ok(None),
        }
    };
    match (named, &wanted.password) {
        (None, _) => signed_in(),
        (Some(username), Some(password)) => Ok(Some(Credentials {
            username: username.clone(),
            password: password.clone(),
        })),
        (Some(username), None) => Ok(kept(username)?.map(|password| Credentials {
            username: username.clone(),
            password,
        })),
    }
}

/// Says that a live GWS is needed and not known.
pub fn no_gws() -> Failure {
    Failure::new(
        FailureKind::Configuration,
        "No address of GWS is known, so nothing can be deleted.",
    )
    .at(SYSTEM)
    .next("Add --gws http://HOST:PORT, or set gws_url in the profile, or DSR_GWS_URL.")
}
