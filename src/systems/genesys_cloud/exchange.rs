//! Calls with everything around them: the token, the allowance, the deadline, and the retries of reads.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde::de::DeserializeOwned;

use super::answer::{BodyTrouble, Head, collect};
use super::call::Call;
use super::errors;
use super::foreign::describe;
use super::json;
use super::limits::Allowance;
use super::server_clock::ServerClock;
use super::session::{Bearer, Session};
use super::{Endpoints, Tuning};
use crate::domain::failure::{Failure, FailureKind};
use crate::systems::transport::{Purpose, Reach, Transport, TransportError};

/// The connection to one organisation, shared by all clones of the client.
pub(super) struct Exchange {
    pub transport: Arc<dyn Transport>,
    pub endpoints: Endpoints,
    pub session: Session,
    pub allowance: Arc<Allowance>,
    pub tuning: Tuning,
    pub server_clock: ServerClock,
}

/// A whole answer.
pub(super) struct Answer {
    pub head: Head,
    pub body: Bytes,
}

/// How one attempt ended.
pub(super) enum Attempt {
    Answered(Answer),
    /// The head came, the body did not come whole.
    Half(Head, BodyTrouble),
    Lost(TransportError),
}

impl Exchange {
    /// Reads, with retries. Only an answer with a success code is one.
    pub(super) async fn read(&self, call: &Call) -> Result<Answer, Failure> {
        let mut bearer = self.session.bearer().await?;
        let mut renewed = false;
        let mut attempt = 1;
        loop {
            let last = attempt >= self.tuning.read_attempts;
            let wait = match self.attempt(call, &bearer, Purpose::Read).await {
                Attempt::Answered(answer) if answer.head.is_success() => return Ok(answer),
                Attempt::Answered(answer) if answer.head.status == 401 && !renewed => {
                    renewed = true;
                    match self.session.renewed(&bearer).await? {
                        Some(new) => bearer = new,
                        None => return Err(errors::refused(call, &answer.head, &answer.body)),
                    }
                    continue;
                }
                Attempt::Answered(answer) => match self.worth_waiting(&answer.head) {
                    Some(wait) if !last => wait,
                    _ => return Err(errors::refused(call, &answer.head, &answer.body)),
                },
                Attempt::Half(_, trouble @ BodyTrouble::TooLarge(_)) => {
                    return Err(errors::lost(call, &trouble));
                }
                Attempt::Half(_, trouble) if last => return Err(errors::lost(call, &trouble)),
                // A certificate, a proxy or a name does not get better by asking again.
                Attempt::Lost(error) if last || error.reach == Reach::NotSent && error.next.is_some() => {
                    return Err(errors::unreachable(call, &error));
                }
                Attempt::Half(..) | Attempt::Lost(_) => None,
            };
            tokio::time::sleep(wait.unwrap_or_else(|| self.tuning.delay(attempt))).await;
            attempt += 1;
        }
    }

    /// Whether an answer may be better next time (`Some`), and how long the server wants to be left
    /// alone until then (`Some(Some(…))`).
    #[allow(clippy::option_option)]
    fn worth_waiting(&self, head: &Head) -> Option<Option<Duration>> {
        match head.status {
            // The allowance holds the next attempt back as long as the server said.
            429 if head.retry_after.unwrap_or_default() <= self.tuning.longest_wait => {
                Some(head.retry_after.map(|_| Duration::ZERO))
            }
            408 | 500 | 502 | 503 | 504 => match head.retry_after {
                Some(wait) if wait > self.tuning.longest_wait => None,
                wait => Some(wait),
            },
            _ => None,
        }
    }

    /// Reads a document of a known shape.
    pub(super) async fn read_as<T: DeserializeOwned>(&self, call: &Call) -> Result<(T, Head), Failure> {
        let answer = self.read(call).await?;
        match json::read(&answer.body) {
            Ok(document) => Ok((document, answer.head)),
            Err(why) => Err(not_understood(call, &answer, &why)),
        }
    }

    /// Reads a page of a listing.
    pub(super) async fn read_page(&self, call: &Call, key: &str) -> Result<(json::Page, Head), Failure> {
        let answer = self.read(call).await?;
        match json::page(&answer.body, key) {
            Ok(page) => Ok((page, answer.head)),
            Err(why) => Err(not_understood(call, &answer, &why)),
        }
    }

    /// A look at the API without a token: whether something answers there, as the API does, and what
    /// its clock says. Tried once.
    pub(super) async fn probe(&self, call: &Call) -> Result<Answer, Failure> {
        let request = http::Request::builder()
            .method(call.method.clone())
            .uri(format!("{}{}", self.endpoints.api, call.target()))
            .body(Bytes::new())
            .map_err(|_| Failure::new(FailureKind::Configuration, "The API's address is not one."))?;
        let limit = self.tuning.answer_limit;
        let exchange = async {
            let answer = self
                .transport
                .call(request, Purpose::Read)
                .await
                .map_err(BodyTrouble::Broken)?;
            let head = Head::of(&answer);
            Ok(Answer {
                head,
                body: collect(answer, limit).await?,
            })
        };
        match tokio::time::timeout(self.tuning.read_deadline, exchange).await {
            Ok(answer) => answer.map_err(|trouble| errors::lost(call, &trouble)),
            Err(_) => Err(errors::unreachable(call, &slow(self.tuning.read_deadline))),
        }
    }

    /// One exchange. The whole of it has a deadline.
    pub(super) async fn attempt(&self, call: &Call, bearer: &Bearer, purpose: Purpose) -> Attempt {
        let Some(request) = call.to_request(&self.endpoints.api, &bearer.value) else {
            return Attempt::Lost(TransportError {
                reach: Reach::NotSent,
                message: "the token holds characters that cannot be sent".to_owned(),
                next: Some("Check the access token of the profile.".to_owned()),
            });
        };
        let slot = self.allowance.enter().await;
        let deadline = match purpose {
            Purpose::Read => self.tuning.read_deadline,
            Purpose::Mutation => self.tuning.mutation_deadline,
        };
        let began = tokio::time::Instant::now();
        let limit = self.tuning.answer_limit;
        let mut learned = None;
        let exchange = async {
            let answer = match self.transport.call(request, purpose).await {
                Ok(answer) => answer,
                Err(error) => return Attempt::Lost(error),
            };
            let head = Head::of(&answer);
            // What stands in between answers errors by a clock of its own.
            if let Some(time) = head.server_time.filter(|_| head.status < 300) {
                self.server_clock.told(time);
            }
            learned = Some(head.clone());
            match collect(answer, limit).await {
                Ok(body) => Attempt::Answered(Answer { head, body }),
                Err(trouble) => Attempt::Half(head, trouble),
            }
        };
        let ended = tokio::time::timeout(deadline, exchange).await;
        let stay_away = learned
            .as_ref()
            .filter(|head| head.status == 429)
            .and_then(|head| head.retry_after)
            .map(|wait| wait.min(self.tuning.longest_wait));
        slot.settle(learned.as_ref().and_then(|head| head.rate), stay_away);
        let attempt = match (ended, learned) {
            (Ok(attempt), _) => attempt,
            (Err(_), Some(head)) => Attempt::Half(head, BodyTrouble::Broken(slow(deadline))),
            (Err(_), None) => Attempt::Lost(slow(deadline)),
        };
        log(call, &attempt, began.elapsed());
        attempt
    }
}

fn slow(deadline: Duration) -> TransportError {
    TransportError {
        reach: Reach::Unknown,
        message: format!("no whole answer within {} s", deadline.as_secs_f32()),
        next: None,
    }
}

/// Never the query, a body or a header: they hold personal data and the token.
fn log(call: &Call, attempt: &Attempt, took: Duration) {
    let (status, correlation) = match attempt {
        Attempt::Answered(Answer { head, .. }) | Attempt::Half(head, _) => {
            (head.status, head.correlation_id.clone().unwrap_or_default())
        }
        Attempt::Lost(_) => (0, String::new()),
    };
    let ms = took.as_millis();
    tracing::debug!(method = %call.method, path = %call.path, status, correlation, ms, "call");
}

fn not_understood(call: &Call, answer: &Answer, why: &str) -> Failure {
    let kind = describe(&answer.head, &answer.body);
    let why = if kind == "an HTML page" {
        "it is an HTML page, from a proxy or portal in between"
    } else {
        why
    };
    errors::bad_answer(call, &answer.head, why)
}
