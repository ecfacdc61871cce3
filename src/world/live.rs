//! The live end: the network, and whoever signs in.

use std::sync::Arc;
use std::time::Duration;

use secrecy::ExposeSecret;

use super::clock::SystemClock;
use super::sign_in::{self, SignIns};
use super::{End, shelves};
use crate::config::{Address, Config, Profile};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::text::clean;
use crate::systems::genesys_cloud::regions::{self, endpoints_at};
use crate::systems::genesys_cloud::{Credentials, Endpoints, GenesysCloud, Tuning};
use crate::systems::network::{Network, NetworkSettings, ProxyChoice, Timeouts};
use crate::workflow::Reach;

/// The live end of a profile.
pub(super) fn end(config: &Config, profile: &Profile) -> Result<End, Failure> {
    let endpoints = endpoints_or_none(profile)?;
    let shelf = shelves::live(config, profile, &endpoints)?;
    let transport = Arc::new(Network::new(network_settings(profile))?);
    let clock = Arc::new(SystemClock);
    let sign_ins = SignIns::of(&config.places, &profile.name, &endpoints);
    let cloud = GenesysCloud::with(
        transport,
        endpoints.clone(),
        credentials(config, profile, &sign_ins)?,
        clock.clone(),
        tuning(profile),
        Some(sign_in::keeper(sign_ins)),
    );
    Ok(End {
        organization: organization(config, profile),
        test: is_test(profile),
        country: None,
        clock,
        cloud,
        shelf,
    })
}

/// What a profile's organisation is called, as far as is known without asking: as the profile says,
/// as the organisation itself once said, else like the profile.
pub fn organization(config: &Config, profile: &Profile) -> String {
    let remembered = || {
        let path = shelf(config, profile).ok()?.name;
        let name = clean(std::fs::read_to_string(path).ok()?.trim());
        (!name.is_empty()).then_some(name)
    };
    let known = profile.organization.clone().or_else(remembered);
    known.unwrap_or_else(|| profile.name.clone())
}

/// Remembers what an organisation calls itself, so that the next command can say it without asking.
pub fn remember_organization(config: &Config, profile: &Profile, name: &str) {
    if organization(config, profile) == name {
        return;
    }
    let Ok(shelf) = shelf(config, profile) else { return };
    // Not being able to is no harm: the profile's name is shown instead.
    if let Some(directory) = shelf.name.parent() {
        let _ = std::fs::create_dir_all(directory);
    }
    let _ = std::fs::write(shelf.name, name);
}

/// Whether a profile can go live: what its organisation is called, or why it cannot.
///
/// # Errors
/// The reason, as a sentence part.
pub fn readiness(config: &Config, profile: &Profile) -> Result<String, String> {
    // An organisation without Genesys Cloud has its other system to work with.
    if profile.address.is_none() && has_other_system(profile) {
        return Ok(organization(config, profile));
    }
    let endpoints = endpoints(profile).map_err(|failure| failure.message)?;
    let signed_in = || SignIns::of(&config.places, &profile.name, &endpoints).read();
    match profile.missing_for_live() {
        Some(missing) if !matches!(signed_in(), Ok(Some(_))) => Err(format!(
            "the profile {} has {missing}; sign in with `dsr --live login`, or run `dsr setup`",
            profile.name
        )),
        _ => Ok(organization(config, profile)),
    }
}

pub(super) fn shelf(config: &Config, profile: &Profile) -> Result<shelves::Shelf, Failure> {
    shelves::live(config, profile, &endpoints_or_none(profile)?)
}

/// Gives a profile that names no region an address that leads nowhere, for work that never speaks to
/// Genesys Cloud. `.invalid` never resolves, so a call that escapes by mistake is never made.
pub(super) fn without_cloud(config: &mut Config, profile: &str) {
    let nowhere = "https://no-genesys-cloud.invalid".to_owned();
    let address = Some(Address::At {
        api: nowhere.clone(),
        login: nowhere,
    });
    if let Some(known) = config.profiles.get_mut(profile) {
        known.address.clone_from(&address);
    }
    if config.profile.name == profile {
        config.profile.address = address;
    }
}

/// Where the organisation of a profile answers.
///
/// # Errors
/// When the profile names no region, or a wrong one.
pub fn endpoints(profile: &Profile) -> Result<Endpoints, Failure> {
    match &profile.address {
        Some(Address::Region(region)) => regions::endpoints(region),
        Some(Address::At { api, login }) => endpoints_at(api, login),
        None => Err(Failure::new(
            FailureKind::Configuration,
            format!(
                "The profile {} names no region, so there is no live organisation to speak to.",
                profile.name
            ),
        )
        .next("Run: dsr setup, or set region in the profile, or GENESYSCLOUD_REGION.")),
    }
}

/// Where the organisation answers; for an organisation that has only another system, an address that
/// leads nowhere: calls to Genesys Cloud fail with what is missing.
fn endpoints_or_none(profile: &Profile) -> Result<Endpoints, Failure> {
    match endpoints(profile) {
        Err(_) if profile.address.is_none() && has_other_system(profile) => Ok(Endpoints {
            api: NO_CLOUD.to_owned(),
            login: NO_CLOUD.to_owned(),
        }),
        found => found,
    }
}

/// What a profile names, for what goes through all that there is.
pub fn reach(profile: &Profile) -> Reach {
    Reach {
        genesys_cloud: endpoints(profile).is_ok_and(|endpoints| endpoints.api != NO_CLOUD),
        on_premise: profile.gws.url.is_some() || profile.cassandra.host.is_some(),
    }
}

/// `.invalid` never resolves.
const NO_CLOUD: &str = "https://no-genesys-cloud.invalid";

fn has_other_system(profile: &Profile) -> bool {
    profile.cdds.url.is_some() || profile.gws.url.is_some() || profile.cassandra.host.is_some()
}

/// Whether a profile leads to a loopback address: live, but only a test.
pub fn is_test(profile: &Profile) -> bool {
    match endpoints(profile) {
        Ok(endpoints) => regions::is_loopback(&endpoints.api),
        Err(_) => profile.cdds.url.as_deref().is_some_and(regions::is_loopback),
    }
}

/// What the profile says about the network.
pub fn network_settings(profile: &Profile) -> NetworkSettings {
    let proxy = match &profile.proxy {
        None => ProxyChoice::System,
        Some(text) if text.expose_secret() == "none" => ProxyChoice::Direct,
        Some(address) => ProxyChoice::Address(address.clone()),
    };
    NetworkSettings {
        ca_files: profile.ca_file.iter().cloned().collect(),
        proxy,
        timeouts: Timeouts {
            connect: profile.timeouts.connect,
            read: profile.timeouts.read,
            mutation: profile.timeouts.mutation,
        },
    }
}

/// The client's own deadlines stand behind those of the network, for an end that drips.
fn tuning(profile: &Profile) -> Tuning {
    let usual = Tuning::default();
    Tuning {
        read_deadline: usual.read_deadline.max(2 * profile.timeouts.read),
        mutation_deadline: profile.timeouts.mutation + Duration::from_secs(30),
        ..usual
    }
}

/// Who signs in: what the environment says, then the person who signed in with `dsr login`, then
/// what the file says; a token before a client.
fn credentials(config: &Config, profile: &Profile, sign_ins: &SignIns) -> Result<Credentials, Failure> {
    let env = &config.env;
    let token = |from_environment: bool| {
        let token = profile.access_token.as_ref();
        token.filter(|token| token.from_environment == from_environment)
    };
    let client = |from_environment: bool| {
        let secret = profile.client_secret.as_ref();
        let secret = secret.filter(|secret| secret.from_environment == from_environment);
        profile.client_id.clone().zip(secret)
    };
    let stated = |from_environment: bool| -> Result<Option<Credentials>, Failure> {
        if let Some(token) = token(from_environment) {
            return Ok(Some(Credentials::Token(token.read(env)?)));
        }
        match client(from_environment) {
            Some((id, secret)) => Ok(Some(Credentials::Client {
                id,
                secret: secret.read(env)?,
            })),
            None => Ok(None),
        }
    };
    if let Some(credentials) = stated(true)? {
        return Ok(credentials);
    }
    if let Some(signed_in) = sign_ins.read()? {
        return Ok(signed_in);
    }
    Ok(stated(false)?.unwrap_or(Credentials::None))
}
