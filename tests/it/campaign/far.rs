//! The far end of one process: a simulated system behind a network that fails as it was drawn. What
//! arrives there is written down by the far end itself.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use dsr_console::systems::transport::{AnswerBody, Purpose, Reach, Transport, TransportError};
use dsr_console::world::simulated::SimulatedTransport;
use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use serde_json::Value;

use super::dice::Dice;
use super::fate::Fate;

/// How a call fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Blow {
    /// No connection.
    Refused,
    /// Cut before it arrives.
    CutBefore,
    /// It arrives and is carried out; no answer.
    CutAfter,
    /// It is carried out; the answer ends in the middle.
    CutInside,
    /// It never arrives, and nobody says so.
    Silence,
    /// It is carried out; the answer takes an hour.
    Slow,
    /// 429, with `Retry-After`.
    TooMany,
    /// 503, nothing is carried out.
    Unavailable,
    /// 500, nothing is carried out.
    Error,
    /// It is carried out, and a gateway answers 502.
    BadGateway,
    /// It is carried out; the answer is half of its JSON, and whole for HTTP.
    HalfAnswer,
    /// It is carried out; the answer is a page.
    Page,
}

pub const BLOWS: [Blow; 12] = [
    Blow::Refused,
    Blow::CutBefore,
    Blow::CutAfter,
    Blow::CutInside,
    Blow::Silence,
    Blow::Slow,
    Blow::TooMany,
    Blow::Unavailable,
    Blow::Error,
    Blow::BadGateway,
    Blow::HalfAnswer,
    Blow::Page,
];

/// Which calls of a process fail: each mutation and each read with a chance of its own; a storm lets
/// the next calls fail in the same way.
#[derive(Debug)]
pub struct Weather {
    dice: Dice,
    /// One in how many; 0 for never.
    mutations: u64,
    reads: u64,
    storm: Option<(Blow, u64)>,
    /// What was dealt.
    pub dealt: Vec<(Blow, bool)>,
}

impl Weather {
    pub fn new(seed: u64, mutations: u64, reads: u64) -> Weather {
        Weather {
            dice: Dice::new(seed),
            mutations,
            reads,
            storm: None,
            dealt: Vec::new(),
        }
    }

    pub fn calm() -> Weather {
        Weather::new(0, 0, 0)
    }

    fn next(&mut self, mutation: bool) -> Option<Blow> {
        if let Some((blow, left)) = self.storm.take() {
            if left > 1 {
                self.storm = Some((blow, left - 1));
            }
            self.dealt.push((blow, mutation));
            return Some(blow);
        }
        let chance = if mutation { self.mutations } else { self.reads };
        if chance == 0 || !self.dice.once_in(chance) {
            return None;
        }
        let blow = self.dice.one(&BLOWS);
        if matches!(blow, Blow::TooMany | Blow::Unavailable) && self.dice.once_in(2) {
            self.storm = Some((blow, 1 + self.dice.below(4)));
        }
        self.dealt.push((blow, mutation));
        Some(blow)
    }
}

/// A mutation that arrived at a system.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Arrival {
    /// The action whose intent must stand in the ledger.
    pub action: &'static str,
    /// What was to be changed.
    pub what: String,
}

/// What all processes of a run share: the book of the far end.
#[derive(Debug, Default)]
pub struct Book {
    arrivals: Mutex<Vec<Arrival>>,
    trouble: Mutex<Vec<String>>,
}

impl Book {
    pub fn arrivals(&self) -> Vec<Arrival> {
        self.arrivals.lock().unwrap().clone()
    }

    pub fn trouble(&self) -> Vec<String> {
        self.trouble.lock().unwrap().clone()
    }
}

/// The mutation that a call means; `None` for one that changes nothing that is counted.
fn meant(request: &http::Request<Bytes>) -> Option<Arrival> {
    let (method, path) = (request.method().as_str(), request.uri().path());
    let body: Value = serde_json::from_slice(request.body()).unwrap_or_default();
    let of = |action, what: String| Some(Arrival { action, what });
    match method {
        "POST" if path == "/api/v2/gdpr/requests" => {
            of("submit", format!("{} {}", body["requestType"], body["subject"]))
        }
        "POST" if path.ends_with("/data/jobs") => of("export_job.create", body.to_string()),
        "POST" if path.contains("/cipher/") => of(
            "export_certificate.replace",
            format!("{path} {}", request.body().len()),
        ),
        "DELETE" if path.contains("/data/jobs/") => of("export_job.delete", path.to_owned()),
        "DELETE" | "PUT" if path.starts_with("/api/v2/settings/") => {
            let probe = path.contains("dsr-probe-");
            let action = match (method, probe) {
                ("DELETE", false) => "gws.delete_setting",
                ("PUT", false) => "gws.put_setting",
                _ => "gws.probe",
            };
            of(action, format!("{method} {} {body}", request.uri()))
        }
        _ => None,
    }
}

/// Asked when a mutation is about to arrive: what stands in the ledger for its action.
pub type Intents = Arc<dyn Fn(&str) -> Result<u64, String> + Send + Sync>;

/// One system as one process reaches it.
pub struct Far {
    pub inner: Arc<SimulatedTransport>,
    pub fate: Arc<Fate>,
    pub weather: Arc<Mutex<Weather>>,
    pub book: Arc<Book>,
    pub intents: Intents,
}

fn broken(reach: Reach, message: &str) -> TransportError {
    TransportError {
        reach,
        message: message.to_owned(),
        next: None,
    }
}

fn instead(status: u16, body: &str) -> http::Response<AnswerBody> {
    let bytes = Bytes::from(body.to_owned());
    let stream: AnswerBody = Box::pin(futures_util::stream::once(async move { Ok(bytes) }));
    http::Response::builder()
        .status(status)
        .header("content-type", "application/json")
        .header("retry-after", "2")
        .body(stream)
        .unwrap()
}

async fn whole(answer: http::Response<AnswerBody>) -> (http::response::Parts, Vec<u8>) {
    let (parts, mut body) = answer.into_parts();
    let mut bytes = Vec::new();
    while let Some(Ok(piece)) = body.next().await {
        bytes.extend_from_slice(&piece);
    }
    (parts, bytes)
}

fn again(
    mut parts: http::response::Parts,
    pieces: Vec<Result<Bytes, TransportError>>,
) -> http::Response<AnswerBody> {
    parts.headers.remove("content-length");
    http::Response::from_parts(parts, Box::pin(futures_util::stream::iter(pieces)))
}

impl Transport for Far {
    fn call(
        &self,
        request: http::Request<Bytes>,
        purpose: Purpose,
    ) -> BoxFuture<'static, Result<http::Response<AnswerBody>, TransportError>> {
        let (fate, weather, book) = (self.fate.clone(), self.weather.clone(), self.book.clone());
        let (inner, intents) = (self.inner.clone(), self.intents.clone());
        Box::pin(async move {
            if !fate.step() {
                return std::future::pending().await;
            }
            let meant = meant(&request).filter(|_| purpose == Purpose::Mutation);
            let blow = weather.lock().unwrap().next(meant.is_some());
            match blow {
                Some(Blow::Refused) => return Err(broken(Reach::NotSent, "the connection was refused")),
                Some(Blow::CutBefore) => return Err(broken(Reach::Unknown, "cut before an answer came")),
                Some(Blow::Silence) => {
                    // Longer than every deadline above; the network itself gives up in the end.
                    tokio::time::sleep(Duration::from_secs(900)).await;
                    return Err(broken(Reach::Unknown, "nothing came"));
                }
                Some(Blow::TooMany) => {
                    return Ok(instead(
                        429,
                        r#"{"status":429,"code":"too.many.requests","message":"slow down"}"#,
                    ));
                }
                Some(Blow::Unavailable) => {
                    return Ok(instead(
                        503,
                        r#"{"status":503,"code":"service.unavailable","message":"later"}"#,
                    ));
                }
                Some(Blow::Error) => {
                    return Ok(instead(
                        500,
                        r#"{"status":500,"code":"internal.server.error","message":"no"}"#,
                    ));
                }
                _ => {}
            }
            if let Some(arrival) = meant {
                let mut arrivals = book.arrivals.lock().unwrap();
                arrivals.push(arrival.clone());
                let count = arrivals
                    .iter()
                    .filter(|known| known.action == arrival.action)
                    .count() as u64;
                drop(arrivals);
                match intents(arrival.action) {
                    Ok(found) if found >= count => {}
                    Ok(found) => book.trouble.lock().unwrap().push(format!(
                        "arrival {count} of {} with {found} intents in the ledger",
                        arrival.action
                    )),
                    Err(why) => book.trouble.lock().unwrap().push(why),
                }
            }
            let answer = inner.call(request, purpose).await?;
            if !fate.step() {
                return std::future::pending().await;
            }
            match blow {
                Some(Blow::CutAfter) => Err(broken(Reach::Unknown, "cut before an answer came")),
                Some(Blow::Slow) => {
                    tokio::time::sleep(Duration::from_secs(3_600)).await;
                    Ok(answer)
                }
                Some(Blow::BadGateway) => Ok(instead(502, "<html>bad gateway</html>")),
                Some(Blow::Page) => Ok(instead(200, "<html>sign in to the proxy</html>")),
                Some(Blow::HalfAnswer) => {
                    let (parts, mut bytes) = whole(answer).await;
                    bytes.truncate(bytes.len() / 2);
                    Ok(again(parts, vec![Ok(bytes.into())]))
                }
                Some(Blow::CutInside) => {
                    let (parts, mut bytes) = whole(answer).await;
                    bytes.truncate(bytes.len() / 2);
                    let cut = broken(Reach::Unknown, "cut in the middle of the answer");
                    Ok(again(parts, vec![Ok(bytes.into()), Err(cut)]))
                }
                _ => Ok(answer),
            }
        })
    }
}
