//! Forget-me against real clusters, through the program itself: the vendor's four calls as they are
//! printed, the simulator serving over a cluster, what is told when something is wrong, and a run that
//! was killed. What GWS deletes is taken out of the cluster too.

mod kill;
mod nodes;
mod secure;
mod served;
mod wrong;

use std::net::SocketAddr;
use std::os::unix::fs::symlink;
use std::process::{Command, Stdio};

use crate::cassandra_cql::data::Writer;
use crate::gws_bench::Wire;
use crate::support::cassandra::{Certificates, PORT, Servers};
use crate::support::old_cassandra::{OldServer, script, test_cache};
use crate::support::tunnel::Tunnel;
use crate::support::{Home, Ran};

const FAVORITES: &str = "interaction-workspace-personal-favorites";
/// The host of the vendor's fourth call.
const API_HOST: &str = "gws-api-host";
/// Headers of the vendor's fourth call.
const HEADERS: &str =
    r#"{"X-CSRF-HEADER": "X-CSRF-TOKEN", "X-CSRF-TOKEN": "1434429f-81a8-459a-9d6d-792d17644471"}"#;

/// A cluster, by either way in.
enum Cluster {
    /// Release 1.2 over Thrift.
    Old(OldServer),
    /// Release 5.0 over CQL.
    New(Servers, Box<Writer>),
}

impl Cluster {
    fn old() -> Option<Cluster> {
        OldServer::start(&[]).map(Cluster::Old)
    }

    async fn new() -> Option<Cluster> {
        let servers = Servers::start(&["--version", "5.0.9", "--jmx"])?;
        let writer = Writer::connect(&servers.address(1)).await;
        Some(Cluster::New(servers, Box::new(writer)))
    }

    fn host(&self) -> String {
        match self {
            Cluster::Old(_) => "localhost".to_owned(),
            Cluster::New(servers, _) => servers.address(1),
        }
    }

    fn port(&self) -> u16 {
        match self {
            Cluster::Old(server) => server.thrift,
            Cluster::New(..) => PORT,
        }
    }

    /// The address of a keyspace, as the simulator takes it.
    fn address(&self, keyspace: &str) -> String {
        let way = match self {
            Cluster::Old(_) => "thrift",
            Cluster::New(..) => "cql",
        };
        format!("{way}://{}:{}/{keyspace}", self.host(), self.port())
    }

    /// Writes of clients, as the server itself counts them.
    fn writes(&self) -> u64 {
        match self {
            Cluster::Old(server) => server.writes(),
            Cluster::New(servers, _) => servers.writes("sipfs").values().sum(),
        }
    }

    /// Lines of another program that looks for `text` in a keyspace.
    fn others(&self, keyspace: &str, text: &str) -> Vec<String> {
        let port = self.port().to_string();
        let (thrift, cql, host) = match self {
            Cluster::Old(server) => (port, server.cql.to_string(), "127.0.0.1".to_owned()),
            Cluster::New(..) => ("-".to_owned(), port, self.host()),
        };
        let done = Command::new(script("oracle.sh"))
            .arg(test_cache().join("oracle"))
            .args([thrift.as_str(), cql.as_str(), host.as_str(), keyspace, text])
            .output()
            .unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        let text = String::from_utf8(done.stdout).unwrap();
        text.lines().map(str::to_owned).collect()
    }
}

/// Runs the drop-in as a person would, without a terminal.
pub fn drop_in(home: &Home, variables: &[(&str, &str)], arguments: &[&str]) -> Ran {
    let link = home.path("gdpr_forget_me.py");
    if !link.exists() {
        symlink(env!("CARGO_BIN_EXE_dsr"), &link).unwrap();
    }
    let template = home.command(Vec::<&str>::new());
    let mut command = Command::new(&link);
    command.env_clear();
    for (key, value) in template.get_envs() {
        command.env(key, value.unwrap_or_default());
    }
    let output = command
        .envs(variables.iter().copied())
        .env("NO_PROXY", "127.0.0.1,localhost")
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    Ran {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// The last line, which says what came of it.
fn last(ran: &Ran) -> &str {
    ran.stdout.lines().last().unwrap_or_default()
}

/// A home with the first three parameters of every call.
struct Caller {
    home: Home,
    first: Vec<String>,
}

impl Caller {
    fn of(cluster: &Cluster, keyspace: &str) -> Caller {
        let first = [
            "--cass_keyspace",
            keyspace,
            "--cass_hostname",
            &cluster.host(),
            "--cass_port",
            &cluster.port().to_string(),
        ];
        Caller {
            home: Home::new(),
            first: first.map(str::to_owned).to_vec(),
        }
    }

    fn call(&self, variables: &[(&str, &str)], more: &[&str]) -> Ran {
        let mut all: Vec<&str> = self.first.iter().map(String::as_str).collect();
        all.extend(more);
        drop_in(&self.home, variables, &all)
    }

    /// As printed: words with spaces between.
    fn words(&self, variables: &[(&str, &str)], more: &str) -> Ran {
        self.call(variables, &more.split_whitespace().collect::<Vec<_>>())
    }
}

/// The settings of a group that GWS holds.
fn held(wire: &Wire) -> usize {
    wire.stored("settings", FAVORITES).len()
}

async fn the_four_calls(cluster: &Cluster) {
    let wire = Wire::over(&cluster.address("sipfs")).await;
    let caller = Caller::of(cluster, "sipfs");
    let writes = cluster.writes();
    let found = caller.words(&[], "--search agent1@pizza.com").ends_with(0);
    assert!(found.stderr.starts_with("LIVE (test)"), "{}", found.stderr);
    assert!(last(&found).starts_with("matches found: 1 exact"), "{found:?}");
    assert_eq!(cluster.writes(), writes, "a search has written");

    let begun = held(&wire);
    let by_name = format!(
        "--search agent1@pizza.com --gws {} --gws_username admin@pizza.com --gws_user_password password --cleanup true",
        wire.url
    );
    let deleted = caller.words(&[], &by_name).ends_with(0);
    assert_eq!(last(&deleted), "deleted and verified: 1 setting", "{deleted:?}");
    assert_eq!(held(&wire), begun - 1);

    let configured = format!(
        "--search bela.specimen@example.org --gws {} --cleanup true",
        wire.url
    );
    let nobody = caller.words(&[], &configured).ends_with(2);
    assert!(nobody.stderr.contains("--gws_username"), "{nobody:?}");
    let variables = [
        ("DSR_GWS_USERNAME", "admin@pizza.com"),
        ("DSR_GWS_PASSWORD", "password"),
    ];
    let deleted = caller.words(&variables, &configured).ends_with(0);
    assert!(
        last(&deleted).starts_with("deleted and verified: 1 setting"),
        "{deleted:?}"
    );
    assert_eq!(held(&wire), begun - 2);

    over_https(&wire, &caller).await;
    assert_eq!(held(&wire), begun - 3);
    wire.assert_no_bodiless_delete();

    // Gone, also for a program of somebody else; what is left is no part of it.
    for gone in ["agent1@pizza.com", "bela.specimen@example.org"] {
        let left = cluster.others("sipfs", gone);
        assert!(left.is_empty(), "{left:?}");
    }
    // One is in another group, which the fourth call was not about; one belongs to another product.
    for stays in ["maryanna.muster@example.org", "joerg.mueller@example.org"] {
        let left = cluster.others("sipfs", stays);
        assert_eq!(left.len(), 1, "{left:?}");
    }
    let writes = cluster.writes();
    let clean = caller.words(&[], "--search agent1@pizza.com").ends_with(0);
    assert!(last(&clean).starts_with("complete and clean"), "{clean:?}");
    assert_eq!(cluster.writes(), writes, "a search has written");
}

/// The fourth call: https at a name, a certificate of a company's own authority, headers by hand.
async fn over_https(wire: &Wire, caller: &Caller) {
    let certificates = Certificates::new(&[API_HOST.to_owned()]);
    let gws: SocketAddr = wire.url.trim_start_matches("http://").parse().unwrap();
    let secure = Tunnel::with_tls(gws, &certificates).await;
    // The name is known to a proxy only, so that the call can stand as it is printed.
    let proxy = Tunnel::proxy(
        "gws-api-host:8099",
        SocketAddr::from(([127, 0, 0, 1], secure.port)),
    )
    .await;
    let proxy_address = format!("http://127.0.0.1:{}", proxy.port);
    let variables = [("HTTPS_PROXY", proxy_address.as_str())];
    let mut call: Vec<&str> = "--search maryanna.muster@example.org --gws https://gws-api-host:8099 \
         --gws_username admin@pizza.com --gws_user_password password --cleanup true --group_name"
        .split_whitespace()
        .collect();
    call.extend([FAVORITES, "--gws_additional_headers", HEADERS]);
    let before = wire.arrivals.lock().unwrap().len();
    let unknown = caller.call(&variables, &call).ends_with(5);
    assert!(
        unknown.stderr.contains("certificate") && unknown.stderr.contains("gws_ca"),
        "{unknown:?}"
    );
    assert_eq!(wire.arrivals.lock().unwrap().len(), before, "something was sent");

    let authority = certificates.file("ca.pem");
    call.extend(["--gws-ca", authority.to_str().unwrap()]);
    let deleted = caller.call(&variables, &call).ends_with(0);
    // Another match, in a group that was not asked for, is told beside it.
    assert!(
        last(&deleted).starts_with("deleted and verified: 1 setting;"),
        "{deleted:?}"
    );
    assert!(proxy.used() > 1 && secure.used() > 1);
    let by_hand = wire.arrived("DELETE");
    assert!(
        by_hand
            .iter()
            .any(|arrival| arrival.header("x-csrf-token") == Some("1434429f-81a8-459a-9d6d-792d17644471")),
        "the headers by hand were never sent"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_old_cluster_over_thrift() {
    let Some(cluster) = Cluster::old() else {
        return;
    };
    the_four_calls(&cluster).await;
    served::over_a_real_cluster(&cluster).await;
    wrong::each_says_what_to_do(&cluster).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cluster_of_today_over_cql() {
    let Some(cluster) = Cluster::new().await else {
        return;
    };
    the_four_calls(&cluster).await;
    served::over_a_real_cluster(&cluster).await;
    wrong::each_says_what_to_do(&cluster).await;
    kill::a_killed_run_goes_on(&cluster).await;
}
