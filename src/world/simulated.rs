//! The simulated end: the simulator's router called in memory, without a socket.

use std::sync::{Arc, LazyLock};

use bytes::Bytes;
use futures_util::{StreamExt, future::BoxFuture};
use tower::ServiceExt;

use super::sign_in::{self, SignIns};
use super::{End, shelves};
use crate::config::Config;
use crate::domain::failure::{Failure, FailureKind};
use crate::simulator::{Cut, Scenario, SimulatorError};
use crate::systems::genesys_cloud::{Credentials, Endpoints, GenesysCloud, Tuning};
use crate::systems::transport::{AnswerBody, Purpose, Reach, Transport, TransportError};

/// Steering the simulation is for those who may not know the simulator itself.
pub use crate::simulator::Simulator;

/// The base at which the simulator is called in memory. `.invalid` never resolves, so an address
/// that escapes by mistake leads nowhere.
pub const BASE: &str = "http://simulator.invalid";

/// The simulated end of a scenario. The simulated OAuth client signs in, unless a person did with
/// `dsr login`.
pub(super) fn end(config: &Config, scenario: &Scenario) -> Result<End, Failure> {
    let simulator = open(config, scenario)?;
    let access = simulator.cloud_access();
    let clock = simulator.clock();
    let sign_ins = sign_ins(config, scenario);
    let credentials = sign_ins.read()?.unwrap_or(Credentials::Client {
        id: access.client_id,
        secret: access.client_secret.into(),
    });
    let twin = simulator.clone();
    let transport = Arc::new(SimulatedTransport::made_by(move || twin.genesys_cloud(BASE)));
    Ok(End {
        organization: access.organization,
        test: false,
        country: Some(access.country),
        cloud: GenesysCloud::with(
            transport,
            endpoints(),
            credentials,
            clock.clone(),
            Tuning::default(),
            Some(sign_in::keeper(sign_ins)),
        ),
        clock,
        shelf: shelves::simulated(config, scenario),
    })
}

/// API and login of the simulator in memory.
pub fn endpoints() -> Endpoints {
    Endpoints {
        api: BASE.to_owned(),
        login: BASE.to_owned(),
    }
}

/// Sign-ins of people in a simulated organisation. They lie with its estate, so that a reset takes
/// them along.
pub fn sign_ins(config: &Config, scenario: &Scenario) -> SignIns {
    let directory = shelves::simulated_directory(config, scenario);
    SignIns::at(directory.join("sign-in.json"), &endpoints())
}

/// The simulator of a scenario, over the estate that all processes of this user share.
///
/// # Errors
/// An unknown scenario, or an estate that cannot be opened.
pub fn open(config: &Config, scenario: &Scenario) -> Result<Simulator, Failure> {
    Simulator::open(&config.places.simulation(), scenario).map_err(|error| failure(&error))
}

/// What the simulator could not do, as users are told.
pub fn failure(error: &SimulatorError) -> Failure {
    // What lies on the disk is no matter of scenarios.
    if error.0.starts_with("the simulated estate") {
        return Failure::new(FailureKind::Storage, format!("Simulation: {error}."))
            .next("Check the disk and the modes of that file, then try again. The estate holds nothing real: dsr simulator reset begins a new one.");
    }
    Failure::new(FailureKind::Configuration, format!("Simulation: {error}."))
        .next("See the built-in scenarios with: dsr simulator scenarios")
}

/// Calls a router as if it were the network.
pub struct SimulatedTransport {
    router: LazyLock<axum::Router, Box<dyn FnOnce() -> axum::Router + Send>>,
}

impl SimulatedTransport {
    /// A transport that ends in `router`.
    pub fn new(router: axum::Router) -> SimulatedTransport {
        SimulatedTransport::made_by(move || router)
    }

    /// As [`SimulatedTransport::new`], for a router that is made when it is first called: much that is
    /// done in a world calls nobody.
    pub fn made_by(make: impl FnOnce() -> axum::Router + Send + 'static) -> SimulatedTransport {
        SimulatedTransport {
            router: LazyLock::new(Box::new(make)),
        }
    }
}

impl Transport for SimulatedTransport {
    fn call(
        &self,
        request: http::Request<Bytes>,
        purpose: Purpose,
    ) -> BoxFuture<'static, Result<http::Response<AnswerBody>, TransportError>> {
        let _ = purpose;
        let router = self.router.clone();
        Box::pin(async move {
            let request = as_on_the_wire(request.map(axum::body::Body::from))?;
            let response = match router.oneshot(request).await {
                Ok(response) => response,
                Err(never) => match never {},
            };
            if let Some(cut) = response.extensions().get::<Cut>() {
                return Err(broken_off(*cut));
            }
            let (parts, body) = response.into_parts();
            let stream = body.into_data_stream().map(|piece| {
                piece.map_err(|_| TransportError {
                    reach: Reach::Unknown,
                    message: "The connection was cut in the middle of the answer.".to_owned(),
                    next: None,
                })
            });
            Ok(http::Response::from_parts(parts, Box::pin(stream) as AnswerBody))
        })
    }
}

/// A router sees the path alone as the target, and the authority as the `Host` header.
fn as_on_the_wire<B>(request: http::Request<B>) -> Result<http::Request<B>, TransportError> {
    let (mut parts, body) = request.into_parts();
    let not_an_address = |_| TransportError {
        reach: Reach::NotSent,
        message: "The address of the call is not one.".to_owned(),
        next: None,
    };
    if let Some(authority) = parts.uri.authority()
        && !parts.headers.contains_key(http::header::HOST)
    {
        let host = http::HeaderValue::from_str(authority.as_str())
            .map_err(http::Error::from)
            .map_err(not_an_address)?;
        parts.headers.insert(http::header::HOST, host);
    }
    let target = parts
        .uri
        .path_and_query()
        .cloned()
        .unwrap_or_else(|| http::uri::PathAndQuery::from_static("/"));
    parts.uri = http::Uri::builder()
        .path_and_query(target)
        .build()
        .map_err(not_an_address)?;
    Ok(http::Request::from_parts(parts, body))
}

fn broken_off(cut: Cut) -> TransportError {
    match cut {
        Cut::Refused => TransportError {
            reach: Reach::NotSent,
            message: "The connection was refused.".to_owned(),
            next: None,
        },
        Cut::NoAnswer => TransportError {
            reach: Reach::Unknown,
            message: "The connection was cut before an answer came.".to_owned(),
            next: None,
        },
    }
}
