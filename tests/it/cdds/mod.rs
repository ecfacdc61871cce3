//! The export service: its client, its simulator, and both together.

mod client;
mod commands;
mod killed;
mod road;
mod simulated;
mod twice;

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use dsr_console::config::cdds::Variant;
use dsr_console::domain::clock::Clock;
use dsr_console::systems::cdds::{Assumed, Cdds, Credentials, Parts, Place, Tuning};
use dsr_console::systems::transport::Transport;

use crate::cloud::{HostClock, network};

/// Patience measured for tests.
pub fn tuning() -> Tuning {
    Tuning {
        read_attempts: 3,
        first_delay: Duration::from_millis(5),
        read_deadline: Duration::from_secs(20),
        mutation_deadline: Duration::from_secs(20),
        answer_limit: 256 * 1024,
        download_attempts: 3,
        page_size: 50,
    }
}

/// What a client is made of.
pub fn parts(
    host: &str,
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    credentials: Credentials,
) -> Parts {
    Parts {
        transport,
        place: Place {
            host: host.to_owned(),
            variant: Variant::Cdds,
            assumed: Assumed::default(),
        },
        credentials,
        api_key: None,
        client: None,
        clock,
        tuning: tuning(),
        keeper: None,
    }
}

/// A client on a real socket whose sign-in is over.
pub fn client(host: &str) -> Cdds {
    let signed_in = Credentials::Person {
        username: "operator".to_owned(),
        tenant: None,
        access: "made-up-token".into(),
        refresh: None,
        expires_at: None,
    };
    Cdds::new(parts(host, network(), Arc::new(HostClock), signed_in))
}

/// A password sign-in.
pub fn password(username: &str, tenant: Option<&str>, word: &str) -> Credentials {
    Credentials::Password {
        username: username.to_owned(),
        tenant: tenant.map(str::to_owned),
        password: word.to_owned().into(),
    }
}

/// Makes a key and a self-signed certificate in `dir`: `NAME.key` and `NAME.pem`.
pub fn make_certificate(dir: &Path, name: &str, days: &str) {
    let made = Command::new("openssl")
        .args([
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-sha256", "-days", days,
        ])
        .args(["-subj", "/CN=Exports of the test"])
        .arg("-keyout")
        .arg(dir.join(format!("{name}.key")))
        .arg("-out")
        .arg(dir.join(format!("{name}.pem")))
        .output()
        .expect("openssl is here");
    assert!(made.status.success(), "{made:?}");
}
