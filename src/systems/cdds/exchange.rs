//! Calls with everything around them: base addresses, API key, token, deadline, the retries of reads,
//! and what the answer to a mutation means.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderValue, Method, header};
use secrecy::{ExposeSecret, SecretString};

pub(super) use super::call::{Call, Head};
use super::errors;
use super::session::{Bearer, Session};
use super::{Place, SYSTEM, Tuning};
use crate::domain::failure::{Changed, Failure, FailureKind};
use crate::systems::genesys_cloud::answer::{BodyTrouble, collect};
use crate::systems::permit::Permit;
use crate::systems::transport::{AnswerBody, Purpose, Reach, Transport, TransportError};

/// A whole answer.
pub(super) struct Answer {
    pub head: Head,
    pub body: Bytes,
}

/// How one attempt ended.
enum Attempt {
    Answered(Answer),
    /// The head came, the body did not come whole.
    Half(Head, BodyTrouble),
    Lost(TransportError),
}

/// The connection to one service, shared by all clones of the client.
pub(super) struct Exchange {
    pub transport: Arc<dyn Transport>,
    pub place: Place,
    pub api_key: Option<SecretString>,
    pub client: Option<(String, SecretString)>,
    pub session: Session,
    pub tuning: Tuning,
}

impl Exchange {
    pub(super) fn auth_base(&self) -> String {
        format!("{}{}", self.place.host, self.place.assumed.get("auth_base"))
    }

    fn base(&self, call: &Call) -> String {
        if call.at_auth {
            self.auth_base()
        } else {
            format!("{}{}", self.place.host, self.place.assumed.get("service_base"))
        }
    }

    /// Adds the API key, where there is one.
    pub(super) fn with_key(
        &self,
        request: http::request::Builder,
    ) -> Result<http::request::Builder, Failure> {
        let Some(key) = &self.api_key else {
            return Ok(request);
        };
        let mut value = HeaderValue::from_str(key.expose_secret()).map_err(|_| {
            Failure::new(
                FailureKind::Configuration,
                "The API key of the service holds characters that cannot be sent.",
            )
            .next("Check api_key of [profiles.NAME.cdds].")
        })?;
        value.set_sensitive(true);
        Ok(request.header("x-api-key", value))
    }

    /// The request as it goes out.
    pub(super) fn request(
        &self,
        call: &Call,
        token: &SecretString,
    ) -> Result<http::request::Builder, Failure> {
        let bad_token = || {
            Failure::new(
                FailureKind::Authentication,
                "The token holds characters that cannot be sent.",
            )
            .next("Sign in again: dsr login cdds")
            .at(SYSTEM)
        };
        let mut bearer =
            HeaderValue::from_str(&format!("Bearer {}", token.expose_secret())).map_err(|_| bad_token())?;
        bearer.set_sensitive(true);
        let request = http::Request::builder()
            .method(call.method.clone())
            .uri(format!("{}{}", self.base(call), call.path))
            .header(header::AUTHORIZATION, bearer);
        self.with_key(request)
    }

    /// Reads, with retries. Only an answer with a success code is one.
    pub(super) async fn read(&self, call: &Call) -> Result<Answer, Failure> {
        let mut bearer = self.session.bearer(self).await?;
        let mut renewed = false;
        let mut attempt = 1;
        loop {
            let last = attempt >= self.tuning.read_attempts;
            match self.attempt(call, &bearer, Purpose::Read).await? {
                Attempt::Answered(answer) if (200..300).contains(&answer.head.status) => return Ok(answer),
                Attempt::Answered(answer) if answer.head.status == 401 && !renewed => {
                    renewed = true;
                    match self.session.renewed(&bearer, self).await? {
                        Some(new) => bearer = new,
                        None => return Err(errors::refused(call, &answer.head, &answer.body)),
                    }
                    continue;
                }
                Attempt::Answered(answer) => {
                    let passing = matches!(answer.head.status, 408 | 429 | 500 | 502 | 503 | 504);
                    if last || !passing {
                        return Err(errors::refused(call, &answer.head, &answer.body));
                    }
                }
                Attempt::Half(_, BodyTrouble::TooLarge(limit)) => return Err(errors::too_large(call, limit)),
                Attempt::Half(_, BodyTrouble::Broken(error)) => {
                    if last {
                        return Err(errors::unreachable(call, &error));
                    }
                }
                // A certificate, a proxy or a name does not get better by asking again.
                Attempt::Lost(error) => {
                    if last || error.reach == Reach::NotSent && error.next.is_some() {
                        return Err(errors::unreachable(call, &error));
                    }
                }
            }
            tokio::time::sleep(self.tuning.delay(attempt)).await;
            attempt += 1;
        }
    }

    /// Sends a mutation, once. A failure's `changed` says what is known of it.
    pub(super) async fn mutate(&self, permit: Permit, call: &Call) -> Result<Answer, Failure> {
        let bearer = self.session.bearer(self).await?;
        tracing::debug!(operation = permit.operation_id(), path = %call.path, "sending");
        let attempt = self.attempt(call, &bearer, Purpose::Mutation).await?;
        drop(permit);
        match attempt {
            // A portal or a proxy answers with a page, and with 200: nobody knows what became of the call.
            Attempt::Answered(answer) if (200..300).contains(&answer.head.status) && answer.head.html => {
                let why = format!("{}, with an HTML page", answer.head.status);
                Err(errors::unknown(call, &why))
            }
            Attempt::Answered(answer) if (200..300).contains(&answer.head.status) => Ok(answer),
            Attempt::Answered(answer) => Err(errors::mutation_refused(call, &answer.head, &answer.body)),
            Attempt::Half(head, trouble) => {
                let why = match trouble {
                    BodyTrouble::TooLarge(_) => "the answer was too large".to_owned(),
                    BodyTrouble::Broken(error) => error.message,
                };
                Err(errors::unknown(call, &format!("{}, and {why}", head.status)))
            }
            Attempt::Lost(error) if error.reach == Reach::NotSent => Err(errors::unreachable(call, &error)),
            Attempt::Lost(error) => Err(errors::unknown(call, &error.message)),
        }
    }

    /// Opens a body to be streamed; the caller looks at its status.
    pub(super) async fn open(
        &self,
        call: &Call,
        headers: &[(header::HeaderName, String)],
    ) -> Result<http::Response<AnswerBody>, OpenTrouble> {
        let mut bearer = self.session.bearer(self).await.map_err(OpenTrouble::Failure)?;
        for renewed in [false, true] {
            let mut request = self
                .request(call, &bearer.value)
                .map_err(OpenTrouble::Failure)?
                .header(header::ACCEPT, "*/*");
            for (name, value) in headers {
                request = request.header(name, value);
            }
            let request = request
                .body(Bytes::new())
                .map_err(|_| OpenTrouble::Failure(errors::unknown_address(call)))?;
            let answer = self
                .transport
                .call(request, Purpose::Read)
                .await
                .map_err(OpenTrouble::Transport)?;
            if answer.status().as_u16() != 401 || renewed {
                return Ok(answer);
            }
            match self
                .session
                .renewed(&bearer, self)
                .await
                .map_err(OpenTrouble::Failure)?
            {
                Some(new) => bearer = new,
                None => return Ok(answer),
            }
        }
        Err(OpenTrouble::Failure(errors::unknown_address(call)))
    }

    /// Ends the session at the server, and forgets the token whatever comes of it.
    pub(super) async fn sign_out(&self) -> Result<(), Failure> {
        let Some(bearer) = self.session.forget().await else {
            return Ok(());
        };
        let mut call = Call::of(Method::POST, "/sign-out", "the sign-out");
        call.at_auth = true;
        match self.attempt(&call, &bearer, Purpose::Mutation).await? {
            // One that is not accepted any more has ended already.
            Attempt::Answered(answer) if matches!(answer.head.status, 200..=399 | 401) => Ok(()),
            Attempt::Answered(answer) => Err(errors::refused(&call, &answer.head, &answer.body)),
            Attempt::Half(head, _) if matches!(head.status, 200..=399) => Ok(()),
            Attempt::Half(_, BodyTrouble::TooLarge(limit)) => Err(errors::too_large(&call, limit)),
            Attempt::Half(_, BodyTrouble::Broken(error)) | Attempt::Lost(error) => {
                let changed = match error.reach {
                    Reach::NotSent => Changed::Nothing,
                    Reach::Unknown => Changed::Unknown,
                };
                Err(errors::unreachable(&call, &error).changed(changed))
            }
        }
    }

    /// One exchange. The whole of it has a deadline.
    async fn attempt(&self, call: &Call, bearer: &Bearer, purpose: Purpose) -> Result<Attempt, Failure> {
        let mut request = self
            .request(call, &bearer.value)?
            .header(header::ACCEPT, "application/json");
        let body = match &call.body {
            Some((bytes, kind)) => {
                request = request.header(header::CONTENT_TYPE, kind.as_str());
                bytes.clone()
            }
            None => Bytes::new(),
        };
        let request = request.body(body).map_err(|_| errors::unknown_address(call))?;
        let deadline = match purpose {
            Purpose::Read => self.tuning.read_deadline,
            Purpose::Mutation => self.tuning.mutation_deadline,
        };
        let mut learned = None;
        let exchange = async {
            let answer = match self.transport.call(request, purpose).await {
                Ok(answer) => answer,
                Err(error) => return Attempt::Lost(error),
            };
            let head = Head::of(&answer);
            learned = Some(head.clone());
            match collect(answer, self.tuning.answer_limit).await {
                Ok(body) => Attempt::Answered(Answer { head, body }),
                Err(trouble) => Attempt::Half(head, trouble),
            }
        };
        let ended = tokio::time::timeout(deadline, exchange).await;
        let slow = || TransportError {
            reach: Reach::Unknown,
            message: format!("no whole answer within {} s", deadline.as_secs()),
            next: None,
        };
        let attempt = match (ended, learned) {
            (Ok(attempt), _) => attempt,
            (Err(_), Some(head)) => Attempt::Half(head, BodyTrouble::Broken(slow())),
            (Err(_), None) => Attempt::Lost(slow()),
        };
        // Never a query, a body or a header: they hold personal data and the token.
        let status = match &attempt {
            Attempt::Answered(Answer { head, .. }) | Attempt::Half(head, _) => head.status,
            Attempt::Lost(_) => 0,
        };
        tracing::debug!(method = %call.method, what = call.what, status, "call");
        Ok(attempt)
    }
}

/// Why nothing could be opened.
pub(super) enum OpenTrouble {
    Transport(TransportError),
    Failure(Failure),
}
