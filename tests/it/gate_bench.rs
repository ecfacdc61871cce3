//! A world of one operator against the counting server, or against the simulator in memory.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use secrecy::SecretString;
use tokio_util::sync::CancellationToken;

use dsr_console::domain::actor::Actor;
use dsr_console::domain::candidate::Candidate;
use dsr_console::domain::failure::Failure;
use dsr_console::domain::mode::Mode;
use dsr_console::domain::operation::Operation;
use dsr_console::domain::progress::Listener;
use dsr_console::domain::request::RequestType;
use dsr_console::domain::subject::Subject;
use dsr_console::simulator::{Scenario, Simulator};
use dsr_console::store::{Options, Store};
use dsr_console::systems::genesys_cloud::{Credentials, Endpoints, GenesysCloud, Tuning};
use dsr_console::systems::network::{Network, NetworkSettings, ProxyChoice, Timeouts};
use dsr_console::systems::transport::{AnswerBody, Purpose, Transport, TransportError};
use dsr_console::workflow::plan::{Plan, Proposal};
use dsr_console::workflow::{Settings, World, plan, submit};
use dsr_console::world::clock::SystemClock;
use dsr_console::world::simulated::{BASE, SimulatedTransport};

use crate::gate_server::{CLIENT, Server};

/// The real network, with a moment before each mutation in which the server can prepare.
struct Hooked {
    network: Network,
    server: Arc<Server>,
}

impl Transport for Hooked {
    fn call(
        &self,
        request: http::Request<Bytes>,
        purpose: Purpose,
    ) -> BoxFuture<'static, Result<http::Response<AnswerBody>, TransportError>> {
        if purpose == Purpose::Mutation {
            self.server.before_mutation();
        }
        self.network.call(request, purpose)
    }
}

pub fn options(mode: Mode) -> Options {
    Options {
        mode,
        organization: "Example Contact Centre".to_owned(),
        shared_group: None,
    }
}

pub fn actor(login: &str) -> Actor {
    Actor {
        uid: 1000,
        login: login.to_owned(),
        sudo_uid: None,
    }
}

fn settings(dir: &Path) -> Settings {
    Settings {
        default_country: Some("DE".to_owned()),
        time_zone: jiff::tz::TimeZone::UTC,
        quiet_period: Duration::from_secs(600),
        downloads: dir.join("downloads"),
    }
}

/// The store's file below `dir`.
pub fn store_path(dir: &Path) -> PathBuf {
    dir.join("store").join("live.sqlite3")
}

/// One operator with the store below `dir`.
pub fn world(server: &Arc<Server>, dir: &Path, login: &str) -> World {
    let store = Store::open(&store_path(dir), options(Mode::Live)).expect("a store");
    world_with(server, dir, login, store)
}

pub fn world_with(server: &Arc<Server>, dir: &Path, login: &str, store: Store) -> World {
    let network = Network::new(NetworkSettings {
        ca_files: Vec::new(),
        proxy: ProxyChoice::Direct,
        timeouts: Timeouts {
            connect: Duration::from_secs(5),
            read: Duration::from_secs(20),
            mutation: Duration::from_secs(6),
        },
    })
    .expect("a network");
    let cloud = GenesysCloud::with(
        Arc::new(Hooked {
            network,
            server: server.clone(),
        }),
        Endpoints {
            api: server.url(),
            login: server.url(),
        },
        Credentials::Client {
            id: CLIENT.to_owned(),
            secret: SecretString::from("fictional".to_owned()),
        },
        Arc::new(SystemClock),
        Tuning {
            read_attempts: 2,
            first_delay: Duration::from_millis(1),
            ..Tuning::default()
        },
        None,
    );
    World::new(
        Mode::Live,
        "Example Contact Centre".to_owned(),
        "test".to_owned(),
        true,
        Arc::new(SystemClock),
        cloud,
        store,
        actor(login),
        settings(dir),
    )
}

/// A world in the simulated estate below `dir`.
pub fn simulated(dir: &Path, scenario: &str) -> (World, Simulator) {
    let simulator =
        Simulator::open(&dir.join("estate"), &Scenario::BuiltIn(scenario.to_owned())).expect("an estate");
    let access = simulator.cloud_access();
    let transport = SimulatedTransport::new(simulator.genesys_cloud(BASE));
    let cloud = GenesysCloud::new(
        Arc::new(transport),
        Endpoints {
            api: BASE.to_owned(),
            login: BASE.to_owned(),
        },
        Credentials::Client {
            id: access.client_id,
            secret: SecretString::from(access.client_secret),
        },
        simulator.clock(),
    );
    let path = dir.join("store").join("simulation.sqlite3");
    let store = Store::open(&path, options(Mode::Simulation)).expect("a store");
    let world = World::new(
        Mode::Simulation,
        access.organization,
        "simulation".to_owned(),
        false,
        simulator.clock(),
        cloud,
        store,
        actor("olga"),
        settings(dir),
    );
    (world, simulator)
}

/// A contact as a search would have found it.
pub fn contact(id: &str) -> Candidate {
    let subject = Subject {
        external_contact_id: Some(id.to_owned()),
        ..Subject::default()
    };
    Candidate {
        reference: format!("ec-{id}"),
        kind: subject.kind(),
        name: Some("Anna Muster".to_owned()),
        subject,
        matched: Vec::new(),
        merge_set: Vec::new(),
        is_user: false,
        also: Vec::new(),
    }
}

pub fn proposal(kind: RequestType, id: &str) -> Proposal {
    Proposal {
        candidates: vec![contact(id)],
        kind,
        replacement_terms: Vec::new(),
        reference: Some("TICKET-1".to_owned()),
        reason: None,
        received: None,
        copy_first: false,
        again: false,
    }
}

pub async fn plan_for(world: &World, kind: RequestType, id: &str) -> Plan {
    plan::prepare(world, proposal(kind, id)).await.expect("a plan")
}

pub async fn execute(world: &World, plan: &Plan) -> Result<Vec<Operation>, Failure> {
    let cancel = CancellationToken::new();
    submit::execute(world, plan, &plan.digest, &Listener::none(), &cancel).await
}

/// Plans and submits one request; its operation.
pub async fn submit_one(world: &World, kind: RequestType, id: &str) -> Operation {
    let plan = plan_for(world, kind, id).await;
    let mut operations = execute(world, &plan).await.expect("was carried out");
    operations.remove(0)
}
