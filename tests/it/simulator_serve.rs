//! The simulator on TCP, spoken to byte by byte.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dsr_console::simulator::Simulator;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

use crate::simulator_bench::built_in;

struct Served {
    address: std::net::SocketAddr,
    simulator: Simulator,
    stop: CancellationToken,
    task: tokio::task::JoinHandle<()>,
    _dir: tempfile::TempDir,
}

impl Served {
    async fn new(scenario: &str) -> Served {
        let dir = tempfile::tempdir().expect("a directory");
        let simulator = Simulator::open(dir.path(), &built_in(scenario)).expect("an estate");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let stop = CancellationToken::new();
        let (serving, until) = (simulator.clone(), stop.clone());
        let task = tokio::spawn(async move { serving.serve(listener, until).await.expect("served") });
        Served {
            address,
            simulator,
            stop,
            task,
            _dir: dir,
        }
    }

    /// Sends one request on a connection of its own and gives every byte that comes back.
    async fn exchange(&self, line: &str, headers: &[String], body: &str) -> String {
        let mut stream = TcpStream::connect(self.address).await.expect("connects");
        let mut text = format!(
            "{line} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n",
            self.address
        );
        for header in headers {
            text.push_str(&format!("{header}\r\n"));
        }
        text.push_str(&format!("Content-Length: {}\r\n\r\n{body}", body.len()));
        stream.write_all(text.as_bytes()).await.expect("sent");
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        String::from_utf8_lossy(&answer).into_owned()
    }

    async fn get(&self, path: &str, token: &str) -> String {
        let headers = [format!("Authorization: Bearer {token}")];
        self.exchange(&format!("GET {path}"), &headers, "").await
    }

    async fn submit(&self, token: &str) -> String {
        let headers = [
            format!("Authorization: Bearer {token}"),
            "Content-Type: application/json".to_owned(),
        ];
        let body = r#"{"requestType":"GDPR_EXPORT","subject":{"userId":"nobody"}}"#;
        self.exchange("POST /api/v2/gdpr/requests", &headers, body).await
    }

    async fn total(&self, token: &str) -> u64 {
        let answer = self.get("/api/v2/gdpr/requests", token).await;
        let body: Value = serde_json::from_str(body_of(&answer)).expect("JSON");
        body["total"].as_u64().expect("a total")
    }

    async fn token(&self) -> String {
        let access = self.simulator.cloud_access();
        let basic = STANDARD.encode(format!("{}:{}", access.client_id, access.client_secret));
        let headers = [
            format!("Authorization: Basic {basic}"),
            "Content-Type: application/x-www-form-urlencoded".to_owned(),
        ];
        let answer = self
            .exchange("POST /oauth/token", &headers, "grant_type=client_credentials")
            .await;
        let body: Value = serde_json::from_str(body_of(&answer)).expect("JSON");
        body["access_token"].as_str().expect("a token").to_owned()
    }

    async fn end(self) {
        self.stop.cancel();
        self.task.await.expect("ended");
    }
}

fn body_of(answer: &str) -> &str {
    answer.split_once("\r\n\r\n").map_or("", |(_, body)| body)
}

#[tokio::test]
async fn links_lead_to_where_it_is_served() {
    let served = Served::new("default").await;
    let token = served.token().await;
    let answer = served.get("/api/v2/gdpr/requests?pageSize=100", &token).await;
    assert!(answer.starts_with("HTTP/1.1 200"));
    assert_eq!(answer.matches("date:").count(), 1, "one date, the estate's");
    let link = format!("http://{}/platform/api/v2/downloads/", served.address);
    assert!(answer.contains(&link), "{answer}");
    served.end().await;
}

#[tokio::test]
async fn a_cut_closes_the_connection_without_a_byte() {
    for (scenario, more) in [("cut-before", 0), ("cut-after", 1)] {
        let served = Served::new(scenario).await;
        let token = served.token().await;
        let before = served.total(&token).await;
        assert_eq!(served.submit(&token).await, "", "{scenario}");
        assert_eq!(served.total(&token).await, before + more, "{scenario}");
        served.end().await;
    }
}

#[tokio::test]
async fn an_answer_can_end_in_the_middle_of_its_body() {
    let served = Served::new("cut-after").await;
    let token = served.token().await;
    served.submit(&token).await;
    let second = served.submit(&token).await;
    assert!(second.starts_with("HTTP/1.1 202"));
    let promised: usize = second
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .and_then(|text| text.trim().parse().ok())
        .expect("a length");
    assert!(body_of(&second).len() < promised, "{second}");
    served.end().await;
}

#[tokio::test]
async fn it_serves_on_loopback_only() {
    let dir = tempfile::tempdir().expect("a directory");
    let simulator = Simulator::open(dir.path(), &built_in("default")).expect("an estate");
    let listener = TcpListener::bind("0.0.0.0:0").await.expect("a port");
    let refused = simulator.serve(listener, CancellationToken::new()).await;
    assert!(refused.is_err_and(|error| error.to_string().contains("loopback")));
}
