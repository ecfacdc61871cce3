//! The export service of a world: its client, made when it is first needed.

use std::sync::Arc;

use secrecy::SecretString;

use super::clock::SystemClock;
pub use super::export_sign_in::{ExportSignIns, Remembered};
use super::simulated::{self, SimulatedTransport};
use super::{Selection, live};
use crate::config::{Config, Profile, cdds::Variant};
use crate::domain::clock::Clock;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::mode::Mode;
use crate::simulator::{CddsAccess, Simulator};
use crate::systems::cdds::{Assumed, Cdds, Credentials, Keeper, Parts, Place, SYSTEM, Tuning, split_user};
use crate::systems::network::Network;
use crate::systems::transport::Transport;
use crate::workflow::context::MakeCdds;

/// The service as somebody sees it who is not signed in, and where sign-ins are kept.
pub struct ExportEntrance {
    /// Where sign-ins are kept.
    pub sign_ins: ExportSignIns,
    /// User name and tenant of the configuration or of the simulated estate.
    pub user: Option<Remembered>,
    /// Live at a loopback address.
    pub test: bool,
    /// What the organisation is called.
    pub organization: String,
    parts: Box<dyn Fn() -> Result<Parts, Failure> + Send + Sync>,
}

impl ExportEntrance {
    /// The entrance of the world that `selection` names.
    ///
    /// # Errors
    /// As those of the world itself, without its store.
    pub fn of(config: &Config, selection: &Selection) -> Result<ExportEntrance, Failure> {
        let profile = config.profile_named(selection.profile.as_deref())?;
        let far = match selection.mode {
            Mode::Live => Far::live(config, profile)?,
            Mode::Simulation => {
                Far::simulated(config, &simulated::open(config, &selection.scenario)?, profile)?
            }
        };
        let organization = match selection.mode {
            Mode::Live => live::organization(config, profile),
            Mode::Simulation => {
                simulated::open(config, &selection.scenario)?
                    .cloud_access()
                    .organization
            }
        };
        let sign_ins = ExportSignIns::of(config, selection, profile, &far.place.host);
        Ok(ExportEntrance {
            sign_ins,
            user: far.user(),
            test: selection.mode == Mode::Live && far.place.is_loopback(),
            organization,
            parts: Box::new(move || far.parts(Credentials::None, None)),
        })
    }

    /// A client with these credentials; what it renews is kept when `keep` says so.
    ///
    /// # Errors
    /// When a secret of the configuration cannot be read.
    pub fn client(&self, credentials: Credentials, keep: bool) -> Result<Cdds, Failure> {
        Ok(Cdds::new(Parts {
            credentials,
            keeper: keep.then(|| self.sign_ins.keeper()),
            ..(self.parts)()?
        }))
    }
}

/// The far end of the service.
#[derive(Clone)]
struct Far {
    config: Config,
    profile: Profile,
    place: Place,
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    access: Option<CddsAccess>,
}

impl Far {
    fn live(config: &Config, profile: &Profile) -> Result<Far, Failure> {
        let address = profile.cdds.url.as_deref().ok_or_else(|| {
            Failure::new(
                FailureKind::Configuration,
                format!(
                    "The profile {} names no Cloud Data Download Service.",
                    profile.name
                ),
            )
            .next("Set url in [profiles.NAME.cdds], or DSR_CDDS_URL.")
            .at(SYSTEM)
        })?;
        let assumed = Assumed::of(profile.cdds.assumed.clone());
        Ok(Far {
            config: config.clone(),
            profile: profile.clone(),
            place: Place::at(address, profile.cdds.variant, assumed)?,
            transport: Arc::new(Network::new(live::network_settings(profile))?),
            clock: Arc::new(SystemClock),
            access: None,
        })
    }

    /// The simulated service speaks the assumptions as they come, whatever the profile corrects.
    fn simulated(config: &Config, simulator: &Simulator, profile: &Profile) -> Result<Far, Failure> {
        let access = simulator.cdds_access().ok_or_else(|| {
            Failure::new(
                FailureKind::Configuration,
                "The simulated estate has no export service.",
            )
            .next("Choose a scenario with one (default, large), or add [cdds] to the scenario file.")
            .at(SYSTEM)
        })?;
        let assumed = Assumed::default();
        Ok(Far {
            config: config.clone(),
            profile: profile.clone(),
            place: Place {
                host: simulated::BASE.to_owned(),
                variant: Variant::Cdds,
                assumed,
            },
            transport: Arc::new(SimulatedTransport::new(simulator.cdds())),
            clock: simulator.clock(),
            access: Some(access),
        })
    }

    fn user(&self) -> Option<Remembered> {
        let (name, tenant) = match &self.access {
            Some(access) => (&access.username, Some(access.tenant.as_str())),
            None => (
                self.profile.cdds.username.as_ref()?,
                self.profile.cdds.tenant.as_deref(),
            ),
        };
        let (username, tenant) = split_user(name, tenant);
        Some(Remembered { username, tenant })
    }

    fn parts(&self, credentials: Credentials, keeper: Option<Keeper>) -> Result<Parts, Failure> {
        let (env, cdds) = (&self.config.env, &self.profile.cdds);
        let (api_key, client) = match &self.access {
            Some(access) => (access.api_key.clone().map(SecretString::from), None),
            None => {
                let key = cdds.api_key.as_ref().map(|secret| secret.read(env)).transpose()?;
                let secret = cdds
                    .client_secret
                    .as_ref()
                    .map(|secret| secret.read(env))
                    .transpose()?;
                (key, cdds.client_id.clone().zip(secret))
            }
        };
        Ok(Parts {
            transport: self.transport.clone(),
            place: self.place.clone(),
            credentials,
            api_key,
            client,
            clock: self.clock.clone(),
            tuning: Tuning::default(),
            keeper,
        })
    }

    /// Who signs in: what the environment says, then the person who signed in with `dsr login cdds`,
    /// then what the file says, or the simulated user.
    fn client(&self, sign_ins: &ExportSignIns) -> Result<Cdds, Failure> {
        let cdds = &self.profile.cdds;
        let stated = |from_environment: bool| -> Result<Option<Credentials>, Failure> {
            let password = cdds
                .password
                .as_ref()
                .filter(|secret| secret.from_environment == from_environment);
            match (self.user(), password) {
                (Some(user), Some(password)) => Ok(Some(Credentials::Password {
                    username: user.username,
                    tenant: user.tenant,
                    password: password.read(&self.config.env)?,
                })),
                _ => Ok(None),
            }
        };
        if let Some(access) = &self.access {
            let user = self.user();
            let credentials = match (sign_ins.read()?, user) {
                (Some(signed_in), _) => signed_in,
                (None, Some(user)) => Credentials::Password {
                    username: user.username,
                    tenant: user.tenant,
                    password: access.password.clone().into(),
                },
                (None, None) => Credentials::None,
            };
            return Ok(Cdds::new(self.parts(credentials, Some(sign_ins.keeper()))?));
        }
        let credentials = match stated(true)? {
            Some(credentials) => credentials,
            None => match sign_ins.read()? {
                Some(signed_in) => signed_in,
                None => stated(false)?.unwrap_or(Credentials::None),
            },
        };
        Ok(Cdds::new(self.parts(credentials, Some(sign_ins.keeper()))?))
    }
}

/// What makes the client of a world when it is first needed; `None` when the profile names no service.
pub(super) fn maker(config: &Config, selection: &Selection, profile: &Profile) -> Option<MakeCdds> {
    if selection.mode == Mode::Live && profile.cdds.url.is_none() {
        return None;
    }
    let (config, selection, profile) = (config.clone(), selection.clone(), profile.clone());
    Some(Arc::new(move || {
        let far = match selection.mode {
            Mode::Live => Far::live(&config, &profile)?,
            Mode::Simulation => {
                Far::simulated(&config, &simulated::open(&config, &selection.scenario)?, &profile)?
            }
        };
        let sign_ins = ExportSignIns::of(&config, &selection, &profile, &far.place.host);
        far.client(&sign_ins)
    }))
}
