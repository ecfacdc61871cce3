//! The client of Genesys Cloud against far ends that behave badly, on real sockets.

mod downloads;
mod golden;
mod oauth;
mod people;
mod rate;
mod reads;
pub mod server;
mod setup;
mod simulated;
mod submit;
mod tls;

use std::sync::Arc;
use std::time::Duration;

use dsr_console::domain::actor::Actor;
use dsr_console::domain::clock::Clock;
use dsr_console::domain::mode::Mode;
use dsr_console::domain::operation::{NewRequest, Sent};
use dsr_console::domain::request::RequestType;
use dsr_console::domain::subject::Subject;
use dsr_console::store::{Options, Store};
use dsr_console::systems::genesys_cloud::{Credentials, Endpoints, GenesysCloud, Tuning};
use dsr_console::systems::network::{Network, NetworkSettings, ProxyChoice, Timeouts};
use dsr_console::workflow::{Settings, World, gate};
use serde_json::json;

/// A clock that says the time of the host.
pub struct HostClock;

impl Clock for HostClock {
    fn now(&self) -> jiff::Timestamp {
        jiff::Timestamp::now()
    }
}

/// Patience measured for tests.
pub fn tuning() -> Tuning {
    Tuning {
        read_attempts: 3,
        first_delay: Duration::from_millis(5),
        longest_wait: Duration::from_secs(5),
        read_deadline: Duration::from_secs(20),
        mutation_deadline: Duration::from_secs(20),
        answer_limit: 256 * 1024,
        download_attempts: 3,
    }
}

/// Time-outs measured for tests.
pub fn timeouts() -> Timeouts {
    Timeouts {
        connect: Duration::from_millis(500),
        read: Duration::from_millis(700),
        mutation: Duration::from_millis(900),
    }
}

/// The network without whatever proxy the environment names.
pub fn network() -> Arc<Network> {
    network_with(NetworkSettings {
        proxy: ProxyChoice::Direct,
        timeouts: timeouts(),
        ..NetworkSettings::default()
    })
}

pub fn network_with(settings: NetworkSettings) -> Arc<Network> {
    Arc::new(Network::new(settings).unwrap())
}

pub fn endpoints(base: &str) -> Endpoints {
    Endpoints {
        api: base.to_owned(),
        login: base.to_owned(),
    }
}

/// A client with a pasted token, so that the first connection is the one of the call itself.
pub fn client(base: &str) -> GenesysCloud {
    client_with(base, Credentials::Token("made-up-token".into()))
}

pub fn client_with(base: &str, credentials: Credentials) -> GenesysCloud {
    GenesysCloud::with(
        network(),
        endpoints(base),
        credentials,
        Arc::new(HostClock),
        tuning(),
        None,
    )
}

/// OAuth client credentials.
pub fn credentials() -> Credentials {
    Credentials::Client {
        id: "client-1".to_owned(),
        secret: "made-up-secret".into(),
    }
}

/// A world of `cloud` with a store of its own.
pub fn world(cloud: GenesysCloud) -> (World, tempfile::TempDir) {
    let dir = tempfile::tempdir().unwrap();
    let options = Options {
        mode: Mode::Live,
        organization: "Example".to_owned(),
        shared_group: None,
    };
    let store = Store::open(&dir.path().join("store/store.sqlite3"), options).unwrap();
    let actor = Actor {
        uid: 1000,
        login: "operator".to_owned(),
        sudo_uid: None,
    };
    let settings = Settings {
        default_country: Some("DE".to_owned()),
        time_zone: jiff::tz::TimeZone::UTC,
        quiet_period: Duration::from_secs(600),
        downloads: dir.path().join("downloads"),
    };
    let world = World::new(
        Mode::Live,
        "Example".to_owned(),
        "test".to_owned(),
        true,
        Arc::new(HostClock),
        cloud,
        store,
        actor,
        settings,
    );
    (world, dir)
}

/// Submits by way of the gate, which alone gives permits.
pub async fn submit(cloud: &GenesysCloud, request: NewRequest) -> Sent {
    let (world, _dir) = world(cloud.clone());
    let cloud = cloud.clone();
    gate::change(&world, "submit", json!({}), move |permit| async move {
        Ok(cloud.submit(permit, &request).await)
    })
    .await
    .unwrap()
}

/// An export for a person known by a number.
pub fn export() -> NewRequest {
    NewRequest {
        kind: RequestType::Export,
        subject: Subject {
            phone_numbers: vec!["+49 30 23125014".to_owned()],
            ..Subject::default()
        },
        replacement_terms: Vec::new(),
    }
}

/// A deletion of an external contact.
pub fn delete() -> NewRequest {
    NewRequest {
        kind: RequestType::Delete,
        subject: Subject {
            external_contact_id: Some("contact-1".to_owned()),
            ..Subject::default()
        },
        replacement_terms: Vec::new(),
    }
}
