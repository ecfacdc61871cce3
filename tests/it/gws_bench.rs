//! What tests of GWS share: a recording wire in front of the simulated GWS on a real socket, where a
//! call can be spoiled, and a client that goes through it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use dsr_console::simulator::{Cluster, Scenario, Simulator};
use dsr_console::systems::gws::{Base, ByHand, Credentials, Gws, Tuning};
use dsr_console::systems::network::{Network, NetworkSettings, ProxyChoice, Timeouts};
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;

/// One call that arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// `DELETE`
    pub method: String,
    /// Path and query.
    pub target: String,
    /// Body.
    pub body: String,
    /// Headers, in lower case.
    pub headers: Vec<(String, String)>,
}

impl Arrival {
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// What stands between client and simulator: `Some` answers in its place.
type Spoil = Box<dyn Fn(&Arrival, usize) -> Option<Answer> + Send + Sync>;

/// An answer of what stands in between.
#[derive(Clone, Debug)]
pub enum Answer {
    /// Status, content type, body; not passed on.
    Instead(u16, &'static str, String),
    /// Passed on, and this is answered in place of what came back.
    After(u16, &'static str, String),
    /// Passed on without its body.
    WithoutBody,
    /// Not passed on, and the connection ends.
    Cut,
    /// Passed on, and the connection ends.
    CutAfter,
}

/// A simulated GWS on a real socket, with a record of what arrived.
pub struct Wire {
    pub url: String,
    pub simulator: Simulator,
    pub arrivals: Arc<Mutex<Vec<Arrival>>>,
    /// The estate lies in it.
    _dir: tempfile::TempDir,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The user and password of the default scenario's administrator.
pub const ADMIN: (&str, &str) = ("admin@example.org", "simulated-password-not-a-real-one");

impl Wire {
    /// The scenario as it is.
    pub async fn of(scenario: Scenario) -> Wire {
        Wire::spoiled(scenario, |_, _| None).await
    }

    /// The scenario `default`.
    pub async fn new() -> Wire {
        Wire::of(Scenario::BuiltIn("default".to_owned())).await
    }

    /// The scenario `default` with its settings in a real cluster at `address`.
    pub async fn over(address: &str) -> Wire {
        let dir = tempfile::tempdir().unwrap();
        let simulator = Simulator::open(dir.path(), &Scenario::BuiltIn("default".to_owned())).unwrap();
        let cluster = Cluster::open(address, dsr_console::simulator::Entry::default())
            .await
            .unwrap();
        cluster.sync(&simulator).await.unwrap();
        let router = simulator.gws_over(Arc::new(cluster));
        Wire::serve(dir, simulator, router, |_, _| None).await
    }

    /// The scenario with something in between; its second argument counts the mutations, from 1.
    pub async fn spoiled(
        scenario: Scenario,
        spoil: impl Fn(&Arrival, usize) -> Option<Answer> + Send + Sync + 'static,
    ) -> Wire {
        let dir = tempfile::tempdir().unwrap();
        let simulator = Simulator::open(dir.path(), &scenario).unwrap();
        let router = simulator.gws();
        Wire::serve(dir, simulator, router, spoil).await
    }

    async fn serve(
        dir: tempfile::TempDir,
        simulator: Simulator,
        router: axum::Router,
        spoil: impl Fn(&Arrival, usize) -> Option<Answer> + Send + Sync + 'static,
    ) -> Wire {
        let arrivals: Arc<Mutex<Vec<Arrival>>> = Arc::default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (record, spoil): (_, Arc<Spoil>) = (arrivals.clone(), Arc::new(Box::new(spoil)));
        let task = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(connection(stream, router.clone(), record.clone(), spoil.clone()));
            }
        });
        Wire {
            url,
            simulator,
            arrivals,
            _dir: dir,
            task,
        }
    }

    /// A client of the administrator.
    pub fn client(&self) -> Gws {
        self.client_with(Some(ADMIN), "")
    }

    /// A client with these credentials and headers by hand.
    pub fn client_with(&self, who: Option<(&str, &str)>, headers: &str) -> Gws {
        let credentials = who.map(|(username, password)| Credentials {
            username: username.to_owned(),
            password: password.into(),
        });
        let by_hand = if headers.is_empty() {
            ByHand::default()
        } else {
            ByHand::parse(headers).unwrap()
        };
        let settings = NetworkSettings {
            proxy: ProxyChoice::Direct,
            timeouts: Timeouts {
                connect: Duration::from_secs(2),
                read: Duration::from_secs(5),
                mutation: Duration::from_secs(5),
            },
            ..NetworkSettings::default()
        };
        Gws::new(
            Arc::new(Network::new(settings).unwrap()),
            Base::parse(&self.url).unwrap(),
            credentials,
            by_hand,
            Tuning {
                pause: Duration::from_millis(1),
                ..Tuning::default()
            },
        )
    }

    /// What arrived with this method.
    pub fn arrived(&self, method: &str) -> Vec<Arrival> {
        let arrivals = self.arrivals.lock().unwrap();
        arrivals
            .iter()
            .filter(|arrival| arrival.method == method)
            .cloned()
            .collect()
    }

    /// Keys of a group as the simulator's own keyspace holds them.
    pub fn stored(&self, table: &str, group: &str) -> Vec<String> {
        let (rows, _) = self.simulator.stored_rows(table, 0, 100_000).unwrap();
        let mut keys: Vec<String> = rows
            .into_iter()
            .filter(|row| row.key == group)
            .map(|row| row.column.split_once(':').unwrap().1.to_owned())
            .collect();
        keys.sort();
        keys
    }

    /// No call that may mean a whole group ever arrived.
    #[track_caller]
    pub fn assert_no_bodiless_delete(&self) {
        for arrival in self.arrived("DELETE") {
            assert!(!arrival.body.is_empty(), "{arrival:?}");
        }
    }
}

async fn connection(
    stream: tokio::net::TcpStream,
    router: axum::Router,
    record: Arc<Mutex<Vec<Arrival>>>,
    spoil: Arc<Spoil>,
) {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut stream = stream;
    let mut read = Vec::new();
    let mut piece = [0; 4096];
    loop {
        let head_end = read.windows(4).position(|w| w == b"\r\n\r\n");
        if let Some(end) = head_end {
            let head = String::from_utf8_lossy(&read[..end]).into_owned();
            let length = head
                .lines()
                .find_map(|line| {
                    line.to_ascii_lowercase()
                        .strip_prefix("content-length:")
                        .map(str::to_owned)
                })
                .and_then(|value| value.trim().parse::<usize>().ok())
                .unwrap_or(0);
            if read.len() >= end + 4 + length {
                let body = read[end + 4..end + 4 + length].to_vec();
                read.drain(..end + 4 + length);
                let arrival = arrival(&head, &body);
                let number = {
                    let mut all = record.lock().unwrap();
                    all.push(arrival.clone());
                    all.iter().filter(|arrival| arrival.method != "GET").count()
                };
                let Some(bytes) = answered(&router, &arrival, spoil(&arrival, number)).await else {
                    return;
                };
                if stream.write_all(&bytes).await.is_err() {
                    return;
                }
                continue;
            }
        }
        match stream.read(&mut piece).await {
            Ok(0) | Err(_) => return,
            Ok(count) => read.extend_from_slice(&piece[..count]),
        }
    }
}

fn arrival(head: &str, body: &[u8]) -> Arrival {
    let mut lines = head.lines();
    let mut first = lines.next().unwrap_or_default().split(' ');
    Arrival {
        method: first.next().unwrap_or_default().to_owned(),
        target: first.next().unwrap_or_default().to_owned(),
        body: String::from_utf8_lossy(body).into_owned(),
        headers: lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
            .collect(),
    }
}

/// The bytes of the answer; nothing for a connection that ends.
async fn answered(router: &axum::Router, arrival: &Arrival, spoil: Option<Answer>) -> Option<Vec<u8>> {
    let raw = |status: u16, kind: &str, body: &str| {
        format!(
            "HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .into_bytes()
    };
    match &spoil {
        Some(Answer::Instead(status, kind, body)) => return Some(raw(*status, kind, body)),
        Some(Answer::Cut) => return None,
        _ => {}
    }
    let body = match &spoil {
        Some(Answer::WithoutBody) => String::new(),
        _ => arrival.body.clone(),
    };
    let mut request = http::Request::builder()
        .method(arrival.method.as_str())
        .uri(arrival.target.as_str());
    for (name, value) in &arrival.headers {
        request = request.header(name.as_str(), value.as_str());
    }
    let response = router
        .clone()
        .oneshot(request.body(axum::body::Body::from(body)).unwrap())
        .await
        .unwrap();
    let (parts, body) = response.into_parts();
    let cut = parts.extensions.get::<dsr_console::simulator::Cut>().is_some();
    let body = body.collect().await.ok()?.to_bytes();
    match &spoil {
        Some(Answer::After(status, kind, body)) => return Some(raw(*status, kind, body)),
        Some(Answer::CutAfter) => return None,
        _ if cut => return None,
        _ => {}
    }
    let mut out = format!("HTTP/1.1 {} X\r\n", parts.status.as_u16());
    for (name, value) in &parts.headers {
        out.push_str(&format!("{name}: {}\r\n", value.to_str().unwrap()));
    }
    let mut out = out.into_bytes();
    out.extend_from_slice(b"\r\n");
    out.extend_from_slice(&body);
    Some(out)
}
