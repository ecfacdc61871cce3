//! A far end on a real socket that speaks as much of Genesys Cloud as a submission needs, behaves as
//! told, and counts what arrives.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

/// The OAuth client that every operator signs in with.
pub const CLIENT: &str = "11111111-2222-4333-8444-555555555555";

/// What becomes of one submission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Post {
    /// Executed and answered with this success code.
    Accept(u16),
    /// Refused with this status and the API's error body.
    Refuse(u16, &'static str),
    /// A redirect to itself, which a client that follows would send again.
    Redirect(u16),
    /// The connection is refused: nobody listens.
    Refused,
    /// The connection is closed before anything is read.
    CutBefore,
    /// Read whole, then cut; executed or not.
    CutAfter { executed: bool },
    /// Executed, and cut in the middle of the answer.
    CutInside,
    /// A proxy's 502 with a page of HTML; executed or not.
    BadGateway { executed: bool },
    /// Executed, and never answered.
    Silent,
    /// Not executed, and never answered.
    SilentIdle,
    /// A success code without an id.
    NoId,
    /// A success code with a page of HTML.
    Page,
    /// Executed, but held back until the server is told to go on.
    Held,
    /// Accepted; the connection is said to be kept and is closed at once.
    Stale,
}

/// What happens to the list between two pages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Between {
    #[default]
    Nothing,
    /// A new request comes to its top, once for each page read.
    Grows,
    /// Its oldest request leaves the list, once in all.
    ShrinksOnce,
    /// One leaves the list after every page, for as long as it is read.
    ShrinksAlways,
}

#[derive(Default)]
pub struct State {
    /// What will become of the next submissions; accepted with 200 when nothing is said.
    pub script: VecDeque<Post>,
    /// Requests that exist, oldest first.
    pub requests: Vec<Value>,
    /// Submissions that arrived, at least their head.
    pub arrivals: usize,
    /// Connections that were closed before anything was read.
    pub turned_away: usize,
    /// Reads of the list.
    pub lists: usize,
    /// Drops new connections.
    deaf: bool,
    /// The merge sets that contacts say they belong to.
    pub merge_sets: Vec<(String, Vec<String>)>,
    /// How many of the oldest requests the list shows; all when nothing is said.
    pub listed: Option<usize>,
    /// Answers this page of the list with this status instead.
    pub list_trouble: Option<(usize, u16)>,
    /// What happens to the list between two pages.
    pub between_pages: Between,
}

/// The server; ends with the test.
pub struct Server {
    pub address: SocketAddr,
    state: Arc<Mutex<State>>,
    stop: CancellationToken,
    listening: CancellationToken,
    pub go_on: Arc<tokio::sync::Notify>,
    pub arrived: Arc<tokio::sync::Notify>,
    pub answered: Arc<tokio::sync::Notify>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.cancel();
        self.listening.cancel();
    }
}

impl Server {
    pub async fn start() -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let server = Server {
            address: listener.local_addr().expect("bound"),
            state: Arc::default(),
            stop: CancellationToken::new(),
            listening: CancellationToken::new(),
            go_on: Arc::default(),
            arrived: Arc::default(),
            answered: Arc::default(),
        };
        let (state, stop, listening) = (
            server.state.clone(),
            server.stop.clone(),
            server.listening.clone(),
        );
        let signals = Signals {
            go_on: server.go_on.clone(),
            arrived: server.arrived.clone(),
            answered: server.answered.clone(),
        };
        tokio::spawn(async move {
            loop {
                let stream = tokio::select! {
                    accepted = listener.accept() => accepted.expect("accepts").0,
                    () = listening.cancelled() => return,
                };
                if lock(&state).deaf {
                    lock(&state).turned_away += 1;
                    continue;
                }
                let (state, signals) = (state.clone(), signals.clone());
                let stop = stop.clone();
                tokio::spawn(async move {
                    tokio::select! {
                        _ = serve(stream, state, signals) => {}
                        () = stop.cancelled() => {}
                    }
                });
            }
        });
        server
    }

    /// The handle of a server that runs in another process.
    pub fn elsewhere(address: SocketAddr) -> Server {
        Server {
            address,
            state: Arc::default(),
            stop: CancellationToken::new(),
            listening: CancellationToken::new(),
            go_on: Arc::default(),
            arrived: Arc::default(),
            answered: Arc::default(),
        }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    pub fn script(&self, posts: impl IntoIterator<Item = Post>) {
        self.state().script.extend(posts);
    }

    /// Called by the transport right before a mutation leaves: what has to be so before the
    /// connection is made.
    pub fn before_mutation(&self) {
        let next = self.state().script.front().cloned();
        match next {
            Some(Post::Refused) => {
                self.state().script.pop_front();
                self.listening.cancel();
            }
            Some(Post::CutBefore) => {
                let mut state = self.state();
                state.script.pop_front();
                state.deaf = true;
            }
            _ => {}
        }
    }

    /// A request that somebody else made.
    pub fn add(&self, kind: &str, subject: Value, created: jiff::Timestamp, by: &str) -> String {
        let mut state = self.state();
        let id = uuid::Uuid::new_v4().to_string();
        state.requests.push(json!({
            "id": id, "requestType": kind, "subject": subject, "status": "INITIATED",
            "createdDate": created.to_string(), "createdBy": {"id": by}
        }));
        id
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().expect("no panic while held")
}

/// How a test and the server wait for each other.
#[derive(Clone)]
struct Signals {
    go_on: Arc<tokio::sync::Notify>,
    arrived: Arc<tokio::sync::Notify>,
    answered: Arc<tokio::sync::Notify>,
}

struct Asked {
    method: String,
    path: String,
    query: String,
    body: Vec<u8>,
}

async fn serve(mut stream: TcpStream, state: Arc<Mutex<State>>, signals: Signals) -> std::io::Result<()> {
    let mut rest = Vec::new();
    while let Some(asked) = receive(&mut stream, &mut rest).await? {
        if asked.method == "POST" && asked.path == "/api/v2/gdpr/requests" {
            if !submitted(&mut stream, &asked, &state, &signals).await? {
                return Ok(());
            }
            continue;
        }
        let (status, body) = answer(&asked, &state);
        respond(&mut stream, status, &body, "").await?;
    }
    Ok(())
}

async fn receive(stream: &mut TcpStream, rest: &mut Vec<u8>) -> std::io::Result<Option<Asked>> {
    let mut piece = [0u8; 4096];
    let end = loop {
        if let Some(at) = rest.windows(4).position(|four| four == b"\r\n\r\n") {
            break at + 4;
        }
        let read = stream.read(&mut piece).await?;
        if read == 0 {
            return Ok(None);
        }
        rest.extend_from_slice(&piece[..read]);
    };
    let head = String::from_utf8_lossy(&rest[..end]).into_owned();
    let length: usize = head
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .and_then(|(_, value)| value.trim().parse().ok())
        .unwrap_or(0);
    while rest.len() < end + length {
        let read = stream.read(&mut piece).await?;
        if read == 0 {
            return Ok(None);
        }
        rest.extend_from_slice(&piece[..read]);
    }
    let body = rest[end..end + length].to_vec();
    rest.drain(..end + length);
    let mut words = head.split_whitespace();
    let method = words.next().unwrap_or_default().to_owned();
    let target = words.next().unwrap_or_default();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    Ok(Some(Asked {
        method,
        path: path.to_owned(),
        query: query.to_owned(),
        body,
    }))
}

async fn respond(stream: &mut TcpStream, status: u16, body: &str, more: &str) -> std::io::Result<()> {
    let date = jiff::fmt::rfc2822::DateTimePrinter::new()
        .timestamp_to_rfc9110_string(&jiff::Timestamp::now())
        .expect("a date");
    let kind = if body.starts_with('<') {
        "text/html"
    } else {
        "application/json"
    };
    let answer = format!(
        "HTTP/1.1 {status} X\r\ncontent-type: {kind}\r\ndate: {date}\r\n\
         ININ-Correlation-Id: corr-{status}\r\n{more}content-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(answer.as_bytes()).await?;
    stream.flush().await
}

fn answer(asked: &Asked, state: &Mutex<State>) -> (u16, String) {
    let mut state = lock(state);
    match (asked.method.as_str(), asked.path.as_str()) {
        ("POST", "/oauth/token") => (
            200,
            json!({"access_token": "fictional", "token_type": "bearer", "expires_in": 86399}).to_string(),
        ),
        ("GET", "/api/v2/tokens/me") => (200, json!({"OAuthClient": {"id": CLIENT}}).to_string()),
        ("GET", "/api/v2/users/me") => (400, error(400, "not.a.user")),
        ("GET", "/api/v2/authorization/subjects/me") => (200, json!({"grants": []}).to_string()),
        ("GET", "/api/v2/gdpr/requests") => {
            state.lists += 1;
            list(&mut state, &asked.query)
        }
        ("GET", path) if path.starts_with("/api/v2/gdpr/requests/") => {
            let id = path.rsplit('/').next().unwrap_or_default();
            match state.requests.iter().find(|request| request["id"] == id) {
                Some(request) => (200, request.to_string()),
                None => (404, error(404, "not.found")),
            }
        }
        ("GET", path) if path.starts_with("/api/v2/externalcontacts/contacts/") => {
            let id = path.rsplit('/').next().unwrap_or_default();
            (200, contact(&state, id).to_string())
        }
        _ => (404, error(404, "not.found")),
    }
}

fn contact(state: &State, id: &str) -> Value {
    let members = state.merge_sets.iter().find(|(canonical, _)| canonical == id);
    match members {
        Some((canonical, members)) => json!({
            "id": id,
            "canonicalContact": {"id": canonical},
            "mergeSet": members.iter().map(|id| json!({"id": id})).collect::<Vec<_>>(),
        }),
        None => json!({"id": id}),
    }
}

fn list(state: &mut State, query: &str) -> (u16, String) {
    let number = |name: &str, default: usize| {
        query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .find(|(key, _)| *key == name)
            .and_then(|(_, value)| value.parse().ok())
            .unwrap_or(default)
    };
    let (size, page) = (number("pageSize", 25), number("pageNumber", 1));
    if let Some((_, status)) = state.list_trouble.filter(|(at, _)| *at == page) {
        return (status, error(status, "internal.server.error"));
    }
    let total = state.listed.unwrap_or(state.requests.len());
    let entities: Vec<&Value> = state
        .requests
        .iter()
        .take(total)
        .rev()
        .skip((page - 1) * size)
        .take(size)
        .collect();
    let body = json!({
        "entities": entities, "pageSize": size, "pageNumber": page, "total": total,
        "pageCount": total.div_ceil(size),
    });
    change(state);
    (200, body.to_string())
}

fn change(state: &mut State) {
    match state.between_pages {
        Between::Nothing => {}
        Between::Grows => {
            let mut newest = state.requests.last().cloned().unwrap_or_default();
            newest["id"] = uuid::Uuid::new_v4().to_string().into();
            newest["createdDate"] = jiff::Timestamp::now().to_string().into();
            state.requests.push(newest);
        }
        Between::ShrinksOnce => {
            state.between_pages = Between::Nothing;
            // Off the top of the list, so that everything behind it moves up.
            state.requests.pop();
        }
        Between::ShrinksAlways => {
            state.requests.pop();
        }
    }
}

fn error(status: u16, code: &str) -> String {
    json!({"status": status, "code": code, "message": "Made up for a test", "messageParams": {},
           "contextId": "ctx", "details": [], "errors": []})
    .to_string()
}

/// False when the connection is over.
async fn submitted(
    stream: &mut TcpStream,
    asked: &Asked,
    state: &Mutex<State>,
    signals: &Signals,
) -> std::io::Result<bool> {
    let post = {
        let mut state = lock(state);
        state.arrivals += 1;
        state.script.pop_front().unwrap_or(Post::Accept(200))
    };
    signals.arrived.notify_one();
    let executes = !matches!(
        post,
        Post::Refuse(..)
            | Post::Redirect(_)
            | Post::CutAfter { executed: false }
            | Post::BadGateway { executed: false }
            | Post::NoId
            | Post::SilentIdle
            | Post::Page
    );
    let made = if executes {
        execute(asked, state)
    } else {
        Value::Null
    };
    match post {
        Post::Accept(status) => respond(stream, status, &made.to_string(), "").await?,
        Post::Refuse(status, code) => respond(stream, status, &error(status, code), "").await?,
        Post::Redirect(status) => {
            let more = "location: /api/v2/gdpr/requests\r\n";
            respond(stream, status, "", more).await?;
        }
        Post::BadGateway { .. } => respond(stream, 502, "<html>Bad gateway</html>", "").await?,
        Post::NoId => respond(stream, 200, "{}", "").await?,
        Post::Page => respond(stream, 200, "<html>Welcome</html>", "").await?,
        Post::Stale => {
            respond(stream, 200, &made.to_string(), "connection: keep-alive\r\n").await?;
            return Ok(false);
        }
        Post::CutInside => {
            let head =
                "HTTP/1.1 200 X\r\ncontent-type: application/json\r\ncontent-length: 900\r\n\r\n{\"id\":";
            stream.write_all(head.as_bytes()).await?;
            return Ok(false);
        }
        Post::Silent | Post::SilentIdle => std::future::pending::<()>().await,
        Post::Held => {
            signals.go_on.notified().await;
            respond(stream, 200, &made.to_string(), "").await?;
            signals.answered.notify_one();
        }
        Post::CutAfter { .. } | Post::Refused | Post::CutBefore => return Ok(false),
    }
    Ok(true)
}

fn execute(asked: &Asked, state: &Mutex<State>) -> Value {
    let body: Value = serde_json::from_slice(&asked.body).expect("JSON was sent");
    let request = json!({
        "id": uuid::Uuid::new_v4().to_string(),
        "requestType": body["requestType"],
        "subject": body["subject"],
        "replacementTerms": body.get("replacementTerms").cloned().unwrap_or(json!([])),
        "status": "INITIATED",
        "createdDate": jiff::Timestamp::now().to_string(),
        "createdBy": {"id": CLIENT},
    });
    lock(state).requests.push(request.clone());
    request
}
