//! Where people sign in: the far end without a session, for `dsr login` and `dsr logout`.

use std::sync::Arc;

use super::clock::SystemClock;
use super::sign_in::SignIns;
use super::simulated::{self, SimulatedTransport};
use super::{Selection, live};
use crate::config::Config;
use crate::domain::clock::Clock;
use crate::domain::failure::Failure;
use crate::domain::mode::Mode;
use crate::systems::genesys_cloud::regions::is_loopback;
use crate::systems::genesys_cloud::{Credentials, Endpoints, GenesysCloud};
use crate::systems::network::Network;
use crate::systems::transport::Transport;

/// The far end as somebody sees it who is not signed in.
pub struct Entrance {
    /// The way there.
    pub transport: Arc<dyn Transport>,
    /// Its time.
    pub clock: Arc<dyn Clock>,
    /// Its addresses.
    pub endpoints: Endpoints,
    /// Where sign-ins are kept.
    pub sign_ins: SignIns,
    /// OAuth client for people, if one is known.
    pub client_id: Option<String>,
    /// What the organisation is called.
    pub organization: String,
    /// Live at a loopback address.
    pub test: bool,
}

impl Entrance {
    /// The entrance of the world that `selection` names.
    ///
    /// # Errors
    /// As those of the world itself, without its store.
    pub fn of(config: &Config, selection: &Selection) -> Result<Entrance, Failure> {
        let profile = config.profile_named(selection.profile.as_deref())?;
        if selection.mode == Mode::Simulation {
            let simulator = simulated::open(config, &selection.scenario)?;
            let access = simulator.cloud_access();
            return Ok(Entrance {
                transport: Arc::new(SimulatedTransport::new(simulator.genesys_cloud(simulated::BASE))),
                clock: simulator.clock(),
                endpoints: simulated::endpoints(),
                sign_ins: simulated::sign_ins(config, &selection.scenario),
                client_id: access.pkce_client_id,
                organization: access.organization,
                test: false,
            });
        }
        let endpoints = live::endpoints(profile)?;
        Ok(Entrance {
            transport: Arc::new(Network::new(live::network_settings(profile))?),
            clock: Arc::new(SystemClock),
            sign_ins: SignIns::of(&config.places, &profile.name, &endpoints),
            client_id: profile.login_client_id.clone(),
            organization: live::organization(config, profile),
            test: is_loopback(&endpoints.api),
            endpoints,
        })
    }

    /// A client for somebody who has just signed in.
    pub fn client(&self, credentials: Credentials) -> GenesysCloud {
        let (transport, endpoints, clock) =
            (self.transport.clone(), self.endpoints.clone(), self.clock.clone());
        GenesysCloud::new(transport, endpoints, credentials, clock)
    }
}
