//! A simulated Genesys Cloud to test against, called in memory as the program calls it.

use axum::Router;
use axum::body::Body;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dsr_console::simulator::{CloudAccess, Cut, Scenario, Simulator};
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt as _;
use jiff::SignedDuration;
use serde_json::{Value, json};
use tower::ServiceExt as _;

/// A simulator in a directory of its own, and a client that has signed in.
pub(crate) struct Bench {
    pub dir: tempfile::TempDir,
    pub simulator: Simulator,
    router: Router,
    token: Option<String>,
}

/// An answer, read to its end.
pub(crate) struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub bytes: Vec<u8>,
    pub cut: Option<Cut>,
    pub whole: bool,
}

impl Reply {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes)
            .unwrap_or_else(|error| panic!("{error}: {:?}", String::from_utf8_lossy(&self.bytes)))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().expect("text"))
    }

    pub fn code(&self) -> String {
        self.json()["code"]
            .as_str()
            .expect("an error has a code")
            .to_owned()
    }
}

pub(crate) fn built_in(name: &str) -> Scenario {
    Scenario::BuiltIn(name.to_owned())
}

impl Bench {
    pub fn new(scenario: &str) -> Bench {
        Bench::of(&built_in(scenario))
    }

    pub fn of(scenario: &Scenario) -> Bench {
        let dir = tempfile::tempdir().expect("a directory");
        let simulator = Simulator::open(dir.path(), scenario).expect("an estate");
        let router = simulator.genesys_cloud("http://simulator.invalid");
        Bench {
            dir,
            simulator,
            router,
            token: None,
        }
    }

    /// Speaks with `simulator` as it is now.
    pub fn renew(&mut self) {
        self.router = self.simulator.genesys_cloud("http://simulator.invalid");
    }

    /// Opens the same estate again, as the next run of the program does.
    pub fn reopen(&mut self) {
        self.simulator = Simulator::open(self.dir.path(), &built_in("default")).expect("opens again");
        self.renew();
    }

    pub async fn signed_in(scenario: &str) -> Bench {
        let mut bench = Bench::new(scenario);
        bench.sign_in().await;
        bench
    }

    pub fn access(&self) -> CloudAccess {
        self.simulator.cloud_access()
    }

    pub async fn sign_in(&mut self) {
        let access = self.access();
        let reply = self.token(&access.client_id, &access.client_secret).await;
        assert_eq!(reply.status, 200, "{}", reply.json());
        self.token = reply.json()["access_token"].as_str().map(str::to_owned);
    }

    pub fn use_token(&mut self, token: &str) {
        self.token = Some(token.to_owned());
    }

    pub async fn token(&self, id: &str, secret: &str) -> Reply {
        let basic = STANDARD.encode(format!("{id}:{secret}"));
        self.form("/oauth/token", "grant_type=client_credentials", Some(&basic))
            .await
    }

    pub async fn form(&self, path: &str, body: &str, basic: Option<&str>) -> Reply {
        let mut request = Request::builder()
            .method(Method::POST)
            .uri(format!("http://simulator.invalid{path}"))
            .header("content-type", "application/x-www-form-urlencoded");
        if let Some(basic) = basic {
            request = request.header("authorization", format!("Basic {basic}"));
        }
        self.send(request.body(Body::from(body.to_owned())).expect("a request"))
            .await
    }

    pub async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Reply {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("http://simulator.invalid{path}"));
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let body = match body {
            None => Body::empty(),
            Some(value) => {
                request = request.header("content-type", "application/json");
                Body::from(value.to_string())
            }
        };
        self.send(request.body(body).expect("a request")).await
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.call(Method::GET, path, None).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Reply {
        self.call(Method::POST, path, Some(body)).await
    }

    pub async fn send(&self, request: Request<Body>) -> Reply {
        let response = self.router.clone().oneshot(request).await.expect("infallible");
        let (parts, body) = response.into_parts();
        let cut = parts.extensions.get::<Cut>().copied();
        let (bytes, whole) = match body.collect().await {
            Ok(collected) => (collected.to_bytes().to_vec(), true),
            Err(_) => (Vec::new(), false),
        };
        Reply {
            status: parts.status,
            headers: parts.headers,
            bytes,
            cut,
            whole,
        }
    }

    pub async fn find(&self, kind: &str, value: &str) -> Vec<Value> {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("searchType", kind)
            .append_pair("searchValue", value)
            .finish();
        let reply = self.get(&format!("/api/v2/gdpr/subjects?{query}")).await;
        assert_eq!(reply.status, 200, "{}", reply.json());
        reply.json()["entities"].as_array().expect("a list").clone()
    }

    pub async fn submit(&self, kind: &str, subject: Value) -> Value {
        let reply = self
            .post(
                "/api/v2/gdpr/requests?deleteConfirmed=true",
                json!({"requestType": kind, "subject": subject}),
            )
            .await;
        assert_eq!(reply.status, 202, "{}", reply.json());
        reply.json()
    }

    pub async fn request(&self, id: &str) -> Value {
        let reply = self.get(&format!("/api/v2/gdpr/requests/{id}")).await;
        assert_eq!(reply.status, 200, "{}", reply.json());
        reply.json()
    }

    pub async fn list(&self) -> Value {
        self.get("/api/v2/gdpr/requests?pageSize=100").await.json()
    }

    /// Moves the clock; tokens end with time, so a new one is taken.
    pub async fn advance(&mut self, hours: i64) {
        self.simulator
            .advance(SignedDuration::from_hours(hours))
            .expect("the clock moves");
        self.sign_in().await;
    }
}

/// The text of a JSON value.
pub(crate) fn text(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("no text: {value}"))
        .to_owned()
}

/// Id of the external contact that a search finds.
pub(crate) async fn contact_of(bench: &Bench, kind: &str, value: &str) -> String {
    let found = bench.find(kind, value).await;
    let contact = found
        .iter()
        .find(|subject| subject["externalContactId"].is_string());
    text(&contact.expect("a contact")["externalContactId"])
}
