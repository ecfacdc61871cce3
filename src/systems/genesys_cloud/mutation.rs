//! Mutations: sent once, and what their answers mean.

use jiff::Timestamp;
use serde_json::Value;

use super::answer::{BodyTrouble, Head};
use super::call::Call;
use super::errors::{self, ApiError};
use super::exchange::{Answer, Attempt, Exchange};
use super::foreign::describe;
use super::refusals::refusal;
use super::session::Bearer;
use crate::domain::failure::{Changed, Failure};
use crate::domain::operation::Refusal;
use crate::systems::permit::Permit;
use crate::systems::transport::{Purpose, Reach};

/// How a mutation ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict<T> {
    /// A success code with what was asked for.
    Accepted(T),
    /// Nothing was executed.
    Refused(Refusal),
    /// Nothing was sent.
    NotSent(String),
    /// It may or may not have been executed.
    Unknown(String),
}

/// A verdict with its circumstances.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mutated<T> {
    /// How it ended.
    pub verdict: Verdict<T>,
    /// HTTP status of the answer, if there was one.
    pub http_status: Option<u16>,
    /// The API's correlation id.
    pub correlation_id: Option<String>,
    /// The server's `Date`.
    pub server_time: Option<Timestamp>,
}

impl Exchange {
    /// Sends a mutation, once. `pick` finds in a success answer what makes it one (an id).
    pub(super) async fn mutate<T>(
        &self,
        permit: Permit,
        call: &Call,
        pick: impl FnOnce(&Value) -> Option<T>,
    ) -> Mutated<T> {
        let bearer = match self.session.bearer().await {
            Ok(bearer) => bearer,
            Err(failure) => return not_sent(format!("no sign-in: {}", failure.message)),
        };
        tracing::debug!(operation = permit.operation_id(), path = %call.path, "sending");
        let attempt = self.attempt(call, &bearer, Purpose::Mutation).await;
        drop(permit);
        match attempt {
            Attempt::Lost(error) => match error.reach {
                Reach::NotSent => not_sent(error.message),
                Reach::Unknown => Mutated {
                    verdict: Verdict::Unknown(error.message),
                    http_status: None,
                    correlation_id: None,
                    server_time: None,
                },
            },
            Attempt::Half(head, trouble) => {
                let why = match trouble {
                    BodyTrouble::TooLarge(_) => "the answer was too large".to_owned(),
                    BodyTrouble::Broken(error) => format!("the answer broke off: {}", error.message),
                };
                // A rate limit is told by the status alone.
                let verdict = match head.status {
                    429 => Verdict::Refused(refusal(call, &head, None)),
                    status => Verdict::Unknown(format!("{status}, and {why}")),
                };
                seen(&head, None, verdict)
            }
            Attempt::Answered(answer) => judge(call, &answer, pick),
        }
    }

    /// Ends a token at the server, once.
    pub(super) async fn end_token(&self, call: &Call, token: &Bearer) -> Result<(), Failure> {
        match self.attempt(call, token, Purpose::Mutation).await {
            // One that is not accepted any more has ended already.
            Attempt::Answered(answer) if answer.head.is_success() || answer.head.status == 401 => Ok(()),
            Attempt::Answered(answer) => Err(errors::refused(call, &answer.head, &answer.body)),
            Attempt::Half(_, trouble) => Err(errors::lost(call, &trouble).changed(Changed::Unknown)),
            Attempt::Lost(error) => {
                let changed = match error.reach {
                    Reach::NotSent => Changed::Nothing,
                    Reach::Unknown => Changed::Unknown,
                };
                Err(errors::unreachable(call, &error).changed(changed))
            }
        }
    }
}

fn not_sent<T>(why: String) -> Mutated<T> {
    Mutated {
        verdict: Verdict::NotSent(why),
        http_status: None,
        correlation_id: None,
        server_time: None,
    }
}

fn seen<T>(head: &Head, error: Option<&ApiError>, verdict: Verdict<T>) -> Mutated<T> {
    Mutated {
        verdict,
        http_status: Some(head.status),
        correlation_id: head
            .correlation_id
            .clone()
            .or_else(|| error.and_then(|error| error.context_id.clone())),
        server_time: head.server_time,
    }
}

/// The table of outcomes: what an answer to a mutation means.
fn judge<T>(call: &Call, answer: &Answer, pick: impl FnOnce(&Value) -> Option<T>) -> Mutated<T> {
    let (head, body) = (&answer.head, &answer.body);
    let error = ApiError::read(head.status, body);
    let verdict = match head.status {
        200..=299 => match serde_json::from_slice(body).ok().as_ref().and_then(pick) {
            Some(picked) => Verdict::Accepted(picked),
            None => Verdict::Unknown(format!(
                "{} without an id, with {}",
                head.status,
                describe(head, body)
            )),
        },
        429 => Verdict::Refused(refusal(call, head, error.as_ref())),
        408 => Verdict::Unknown("408: the server gave up waiting".to_owned()),
        400..=499 if error.is_some() => Verdict::Refused(refusal(call, head, error.as_ref())),
        status => Verdict::Unknown(match &error {
            Some(error) => format!("{status} {}", error.code),
            None => format!("{status}, with {}", describe(head, body)),
        }),
    };
    seen(head, error.as_ref(), verdict)
}
