//! Real Cassandra servers of today on loopback addresses, for the tests over CQL.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::old_cassandra::{script, test_cache};

/// Servers compete for two processors: one test at a time.
static TURN: Mutex<()> = Mutex::new(());
/// What is left out when there is no JDK.
const NO_JDK: i32 = 3;
/// The CQL port of every node.
pub const PORT: u16 = 9042;

/// Nodes of one cluster; they end with this value.
pub struct Servers {
    directory: tempfile::TempDir,
    net: String,
    _turn: MutexGuard<'static, ()>,
}

impl Servers {
    /// Starts a cluster with options of `server.py`; `None`, said aloud, where there is no JDK.
    pub fn start(options: &[&str]) -> Option<Servers> {
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let net = next_net();
        let servers = Servers {
            directory: tempfile::tempdir().unwrap(),
            net,
            _turn: turn,
        };
        let cache = test_cache().join("cassandra");
        let mut arguments = vec![
            "start",
            "--cache",
            cache.to_str().unwrap(),
            "--net",
            servers.net.as_str(),
        ];
        arguments.extend(options);
        let (code, said) = servers.run(&arguments);
        if code == NO_JDK && std::env::var("CI").as_deref() != Ok("true") {
            eprintln!("skipped: no JDK 17 here, so no Cassandra");
            return None;
        }
        assert_eq!(code, 0, "Cassandra does not start: {said}");
        Some(servers)
    }

    /// The address of a node, counted from 1.
    pub fn address(&self, node: u32) -> String {
        format!("{}.{node}", self.net)
    }

    /// `stop`, `kill`, `pause`, `resume` or `again` for one node.
    pub fn order(&self, what: &str, node: u32) {
        let node = node.to_string();
        let (code, said) = self.run(&[what, "--node", node.as_str()]);
        assert_eq!(code, 0, "{what} {node}: {said}");
    }

    /// How many writes the server itself has counted, asked by JMX: those of clients, and those to each
    /// table of a keyspace. The cluster was started with `--jmx`.
    pub fn writes(&self, keyspace: &str) -> BTreeMap<String, u64> {
        let output = self.launcher(&["counts", "--keyspace", keyspace]);
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        serde_json::from_slice(&output.stdout).unwrap()
    }

    fn run(&self, arguments: &[&str]) -> (i32, String) {
        let output = self.launcher(arguments);
        (
            output.status.code().unwrap_or(-1),
            String::from_utf8_lossy(&output.stderr).into_owned(),
        )
    }

    fn launcher(&self, arguments: &[&str]) -> Output {
        Command::new("python3")
            .arg(script("server.py"))
            .args(arguments)
            .arg("--dir")
            .arg(self.directory.path())
            .output()
            .expect("python3 is there")
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        if self.directory.path().join("told.json").exists() {
            self.run(&["kill"]);
        }
    }
}

/// A net that no other cluster of this process has.
pub fn next_net() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    net(COUNT.fetch_add(1, Ordering::Relaxed))
}

/// The net of the `count`th cluster of this process.
fn net(count: u32) -> String {
    let process = std::process::id();
    format!(
        "127.{}.{}",
        64 + process % 128,
        (process / 128 + count * 37) % 254 + 1
    )
}

/// The addresses that the first node of a cluster of this process can have.
pub fn possible_addresses() -> Vec<String> {
    (0..32).map(|count| format!("{}.1", net(count))).collect()
}

/// Certificates made for one test.
pub struct Certificates {
    directory: tempfile::TempDir,
}

impl Certificates {
    /// An authority, a server at `addresses` and a client.
    pub fn new(addresses: &[String]) -> Certificates {
        let directory = tempfile::tempdir().unwrap();
        let key = rcgen::KeyPair::generate().unwrap();
        let mut authority = rcgen::CertificateParams::new(Vec::new()).unwrap();
        authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        authority
            .distinguished_name
            .push(rcgen::DnType::CommonName, "tests");
        let certificate = authority.self_signed(&key).unwrap();
        let issuer = rcgen::Issuer::new(authority, key);
        let write = |name: &str, text: &str| std::fs::write(directory.path().join(name), text).unwrap();
        write("ca.pem", &certificate.pem());
        for (name, addresses) in [("server", addresses), ("client", &[])] {
            let key = rcgen::KeyPair::generate().unwrap();
            let mut params = rcgen::CertificateParams::new(addresses.to_vec()).unwrap();
            params.distinguished_name.push(rcgen::DnType::CommonName, name);
            let signed = params.signed_by(&key, &issuer).unwrap();
            write(
                &format!("{name}.pem"),
                &format!("{}{}", key.serialize_pem(), signed.pem()),
            );
            write(&format!("{name}.crt"), &signed.pem());
            write(&format!("{name}.key"), &key.serialize_pem());
        }
        Certificates { directory }
    }

    /// Where they lie.
    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// One of the files.
    pub fn file(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }
}
