//! A server written by hand, so that it can do what no library lets one do: read half of a request,
//! answer half of an answer, close when it pleases. It remembers everything that arrived.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;

/// A request that arrived whole.
#[derive(Clone, Debug)]
pub struct Arrival {
    pub method: String,
    pub target: String,
    pub headers: HashMap<String, String>,
    pub body: Vec<u8>,
    /// Number of the connection, from 0.
    pub connection: usize,
    /// Number of the request to this method and path, from 0.
    pub nth: usize,
}

impl Arrival {
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    pub fn query(&self, wanted: &str) -> Option<String> {
        let query = self.target.split_once('?')?.1;
        url::form_urlencoded::parse(query.as_bytes())
            .find(|(key, _)| key == wanted)
            .map(|(_, value)| value.into_owned())
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }
}

/// What the server does with a request.
#[derive(Clone, Debug)]
pub enum Reply {
    /// A whole answer; the connection stays open.
    Whole(u16, Vec<(String, String)>, Vec<u8>),
    /// These bytes, then the connection is closed.
    Bytes(Vec<u8>),
    /// Whole, then closed without a word about it.
    ThenClose(Box<Reply>),
    /// Nothing; the connection stays open.
    Hang,
    /// Nothing; the connection is closed.
    Cut,
    /// A head that announces more than ever comes, endlessly.
    Flood,
}

impl Reply {
    pub fn json(status: u16, body: Value) -> Reply {
        Reply::Whole(status, Vec::new(), body.to_string().into_bytes())
            .with("content-type", "application/json")
    }

    pub fn html(status: u16) -> Reply {
        let page = b"<html><body>Something in between</body></html>".to_vec();
        Reply::Whole(status, Vec::new(), page).with("content-type", "text/html; charset=utf-8")
    }

    pub fn error(status: u16, code: &str, message: &str) -> Reply {
        Reply::json(
            status,
            serde_json::json!({"message": message, "code": code, "status": status,
                "contextId": "context-1", "details": [], "errors": []}),
        )
    }

    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Reply {
        if let Reply::Whole(_, headers, _) = &mut self {
            headers.push((name.to_owned(), value.to_owned()));
        }
        self
    }

    pub fn bytes(&self) -> Vec<u8> {
        match self {
            Reply::Whole(status, headers, body) => {
                let mut text = format!("HTTP/1.1 {status} Word\r\n");
                for (name, value) in headers {
                    text.push_str(&format!("{name}: {value}\r\n"));
                }
                text.push_str(&format!("content-length: {}\r\n\r\n", body.len()));
                let mut bytes = text.into_bytes();
                bytes.extend_from_slice(body);
                bytes
            }
            Reply::Bytes(bytes) => bytes.clone(),
            Reply::ThenClose(reply) => reply.bytes(),
            Reply::Hang | Reply::Cut | Reply::Flood => Vec::new(),
        }
    }
}

/// What the server does with a connection before anything is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    Open,
    /// Closed at once, nothing read.
    Shut,
    /// Left waiting, nothing read, nothing said.
    Silent,
}

type Script = dyn Fn(&Arrival) -> Reply + Send + Sync;

#[derive(Default)]
struct Seen {
    arrivals: Vec<Arrival>,
    connections: usize,
}

/// The server. It ends with the test's runtime.
pub struct Server {
    pub base: String,
    seen: Arc<Mutex<Seen>>,
}

impl Server {
    /// Serves `script` on a free port of the loopback address.
    pub async fn start(script: impl Fn(&Arrival) -> Reply + Send + Sync + 'static) -> Server {
        Server::start_with(Door::Open, script).await
    }

    pub async fn start_with(
        door: Door,
        script: impl Fn(&Arrival) -> Reply + Send + Sync + 'static,
    ) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen: Arc<Mutex<Seen>> = Arc::default();
        let (shared, script): (_, Arc<Script>) = (seen.clone(), Arc::new(script));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let number = {
                    let mut seen = shared.lock().unwrap();
                    seen.connections += 1;
                    seen.connections - 1
                };
                let (seen, script) = (shared.clone(), script.clone());
                match door {
                    Door::Open => drop(tokio::spawn(serve(stream, number, seen, script))),
                    Door::Shut => drop(stream),
                    Door::Silent => drop(tokio::spawn(async move {
                        let _held = stream;
                        std::future::pending::<()>().await;
                    })),
                }
            }
        });
        Server {
            base: format!("http://127.0.0.1:{port}"),
            seen,
        }
    }

    /// Serves `script` over TLS.
    pub async fn start_tls(
        config: tokio_rustls::rustls::ServerConfig,
        script: impl Fn(&Arrival) -> Reply + Send + Sync + 'static,
    ) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen: Arc<Mutex<Seen>> = Arc::default();
        let (shared, script): (_, Arc<Script>) = (seen.clone(), Arc::new(script));
        let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (seen, script, acceptor) = (shared.clone(), script.clone(), acceptor.clone());
                tokio::spawn(async move {
                    if let Ok(stream) = acceptor.accept(stream).await {
                        serve(stream, 0, seen, script).await;
                    }
                });
            }
        });
        Server {
            base: format!("https://localhost:{port}"),
            seen,
        }
    }

    pub fn arrivals(&self) -> Vec<Arrival> {
        self.seen.lock().unwrap().arrivals.clone()
    }

    /// How many requests of this method arrived whole.
    pub fn count(&self, method: &str) -> usize {
        self.arrivals()
            .iter()
            .filter(|arrival| arrival.method == method)
            .count()
    }

    pub fn connections(&self) -> usize {
        self.seen.lock().unwrap().connections
    }
}

/// An address at which nobody listens.
pub async fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    format!("http://127.0.0.1:{port}")
}

async fn serve<S>(mut stream: S, connection: usize, seen: Arc<Mutex<Seen>>, script: Arc<Script>)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut buffer = Vec::new();
    while let Some(mut arrival) = next_request(&mut stream, &mut buffer).await {
        arrival.connection = connection;
        {
            let mut seen = seen.lock().unwrap();
            arrival.nth = seen
                .arrivals
                .iter()
                .filter(|before| before.method == arrival.method && before.path() == arrival.path())
                .count();
            seen.arrivals.push(arrival.clone());
        }
        let reply = script(&arrival);
        match &reply {
            Reply::Whole(..) => {
                if stream.write_all(&reply.bytes()).await.is_err() {
                    return;
                }
            }
            Reply::Bytes(_) | Reply::ThenClose(_) => {
                let _ = stream.write_all(&reply.bytes()).await;
                let _ = stream.shutdown().await;
                return;
            }
            Reply::Hang => std::future::pending().await,
            Reply::Cut => return,
            Reply::Flood => {
                let head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n";
                let _ = stream.write_all(head).await;
                let chunk = format!("10000\r\n{}\r\n", "[".repeat(0x10000));
                while stream.write_all(chunk.as_bytes()).await.is_ok() {}
                return;
            }
        }
    }
}

async fn next_request<S: AsyncRead + Unpin>(stream: &mut S, buffer: &mut Vec<u8>) -> Option<Arrival> {
    let head_end = loop {
        if let Some(at) = buffer.windows(4).position(|four| four == b"\r\n\r\n") {
            break at;
        }
        read_more(stream, buffer).await?;
    };
    let head = String::from_utf8(buffer[..head_end].to_vec()).ok()?;
    let mut lines = head.lines();
    let mut first = lines.next()?.split(' ');
    let (method, target) = (first.next()?.to_owned(), first.next()?.to_owned());
    let headers: HashMap<String, String> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let length: usize = headers
        .get("content-length")
        .map_or(Some(0), |text| text.parse().ok())?;
    while buffer.len() < head_end + 4 + length {
        read_more(stream, buffer).await?;
    }
    let body = buffer[head_end + 4..head_end + 4 + length].to_vec();
    buffer.drain(..head_end + 4 + length);
    Some(Arrival {
        method,
        target,
        headers,
        body,
        connection: 0,
        nth: 0,
    })
}

async fn read_more<S: AsyncRead + Unpin>(stream: &mut S, buffer: &mut Vec<u8>) -> Option<()> {
    let mut piece = [0_u8; 16 * 1024];
    let read = stream.read(&mut piece).await.ok()?;
    buffer.extend_from_slice(&piece[..read]);
    (read > 0).then_some(())
}
