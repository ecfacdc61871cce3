//! One exchange with everything around it: address, sign-in, cookies, deadline, size caps; and reads
//! with their retries.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use base64::Engine;
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use http::{HeaderValue, Method, header};
use secrecy::ExposeSecret;
use serde_json::Value;
use zeroize::Zeroizing;

use super::client::{Credentials, Tuning};
use super::envelope::{Code, Envelope};
use super::session::Session;
use super::{Base, ByHand, SYSTEM};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::text;
use crate::systems::transport::{Purpose, Reach, Transport, TransportError};

/// Answers other than groups are small.
const SMALL: usize = 4 << 20;

/// One call.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub method: Method,
    /// Path and query, percent-encoded.
    pub target: String,
    pub body: Option<Bytes>,
    /// What it is about, for messages.
    pub what: &'static str,
    pub limit: usize,
}

impl Call {
    pub(super) fn get(target: &str, what: &'static str) -> Call {
        Call {
            method: Method::GET,
            target: target.to_owned(),
            body: None,
            what,
            limit: SMALL,
        }
    }
}

/// Everything that the calls of one client share.
pub(super) struct Exchange {
    pub transport: Arc<dyn Transport>,
    pub base: Base,
    pub credentials: Option<Credentials>,
    pub by_hand: ByHand,
    pub tuning: Tuning,
    pub session: Mutex<Session>,
    /// The token given by hand was not accepted.
    pub by_hand_refused: AtomicBool,
}

/// An exchange that brought no whole answer.
pub(super) enum Lost {
    /// No answer, or not all of it.
    Transport(TransportError),
    /// More than the limit, in bytes.
    TooLarge(usize),
}

impl Exchange {
    /// Sends `call` once.
    pub(super) async fn send(&self, call: &Call, purpose: Purpose) -> Result<Envelope, Lost> {
        let request = self.request(call).map_err(Lost::Transport)?;
        let deadline = match purpose {
            Purpose::Read => self.tuning.read_deadline,
            Purpose::Mutation => self.tuning.mutation_deadline,
        };
        let exchange = async {
            let answer = self
                .transport
                .call(request, purpose)
                .await
                .map_err(Lost::Transport)?;
            self.session().learn(answer.headers());
            let http = answer.status().as_u16();
            let html = answer
                .headers()
                .get(header::CONTENT_TYPE)
                .and_then(|value| value.to_str().ok())
                .is_some_and(|value| value.trim_start().to_ascii_lowercase().starts_with("text/html"));
            let mut body = answer.into_body();
            let mut read = BytesMut::new();
            while let Some(piece) = body.next().await {
                let piece = piece.map_err(Lost::Transport)?;
                if read.len() + piece.len() > call.limit {
                    return Err(Lost::TooLarge(call.limit));
                }
                read.extend_from_slice(&piece);
            }
            Ok(Envelope::read(http, html, &read))
        };
        let ended = tokio::time::timeout(deadline, exchange)
            .await
            .unwrap_or_else(|_| {
                Err(Lost::Transport(TransportError {
                    reach: Reach::Unknown,
                    message: format!("no whole answer within {} s", deadline.as_secs()),
                    next: None,
                }))
            });
        // Never the target of a mutation: it can hold a person's data.
        let status = ended.as_ref().map_or(0, |envelope| envelope.http);
        tracing::debug!(method = %call.method, what = call.what, status, "gws call");
        ended
    }

    fn request(&self, call: &Call) -> Result<http::Request<Bytes>, TransportError> {
        let impossible = |what: &str| TransportError {
            reach: Reach::NotSent,
            message: format!("{what} holds characters that cannot be sent"),
            next: None,
        };
        let mut request = http::Request::builder()
            .method(call.method.clone())
            .uri(format!("{}{}", self.base.as_str(), call.target))
            .header(header::ACCEPT, "application/json");
        if let Some(credentials) = &self.credentials {
            let pair = Zeroizing::new(format!(
                "{}:{}",
                credentials.username,
                credentials.password.expose_secret()
            ));
            let coded = Zeroizing::new(base64::engine::general_purpose::STANDARD.encode(pair.as_bytes()));
            let mut value = HeaderValue::try_from(format!("Basic {}", coded.as_str()))
                .map_err(|_| impossible("the password"))?;
            value.set_sensitive(true);
            request = request.header(header::AUTHORIZATION, value);
        }
        if call.body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        let mut request = request
            .body(call.body.clone().unwrap_or_default())
            .map_err(|_| impossible("the address"))?;
        self.session_headers(&mut request, call.method != Method::GET)
            .ok_or_else(|| impossible("a cookie or token"))?;
        Ok(request)
    }

    /// Cookies and CSRF token: ours, unless given by hand.
    fn session_headers(&self, request: &mut http::Request<Bytes>, changes: bool) -> Option<()> {
        let headers = request.headers_mut();
        let by_hand_counts = !self.by_hand_refused.load(Ordering::SeqCst);
        for (name, value) in self.by_hand.iter() {
            if !by_hand_counts && name.as_str().contains("csrf") {
                continue;
            }
            let mut value = HeaderValue::try_from(value).ok()?;
            value.set_sensitive(true);
            headers.insert(name.clone(), value);
        }
        let session = self.session();
        if !headers.contains_key(header::COOKIE)
            && let Some(cookie) = session.cookie()
        {
            let mut value = HeaderValue::try_from(cookie).ok()?;
            value.set_sensitive(true);
            headers.insert(header::COOKIE, value);
        }
        let csrf_by_hand = headers.keys().any(|name| name.as_str().contains("csrf"));
        if changes
            && !csrf_by_hand
            && let Some((name, token)) = session.csrf()
        {
            let mut value = HeaderValue::try_from(token).ok()?;
            value.set_sensitive(true);
            headers.insert(http::HeaderName::try_from(name).ok()?, value);
        }
        Some(())
    }

    /// Reads a document; only success is one.
    pub(super) async fn read(&self, call: &Call) -> Result<Value, Failure> {
        match self.read_if_there(call).await? {
            Some(document) => Ok(document),
            None => Err(Failure::new(
                FailureKind::NotFound,
                format!("GWS knows nothing of {}.", call.what),
            )
            .at(SYSTEM)
            .next("Check the address and version of GWS with: dsr doctor gws")),
        }
    }

    /// Reads a document that need not be there, with retries of what a network loses.
    pub(super) async fn read_if_there(&self, call: &Call) -> Result<Option<Value>, Failure> {
        let mut attempt = 1;
        loop {
            let last = attempt >= self.tuning.read_attempts;
            match self.send(call, Purpose::Read).await {
                Ok(envelope) if envelope.is_success() => return Ok(envelope.document),
                Ok(envelope) if envelope.is_not_found() => return Ok(None),
                Ok(envelope) if !last && matches!(envelope.http, 502..=504) => {}
                Ok(envelope) => return Err(refused(call, &envelope)),
                Err(Lost::TooLarge(limit)) => {
                    return Err(bad_answer(call, &format!("it is larger than {limit} bytes")));
                }
                Err(Lost::Transport(error)) if last || error.next.is_some() => {
                    return Err(unreachable(call, &error));
                }
                Err(Lost::Transport(_)) => {}
            }
            tokio::time::sleep(self.tuning.pause * 2_u32.pow(attempt - 1)).await;
            attempt += 1;
        }
    }
}

/// What did not reach GWS, or brought no answer.
pub(super) fn unreachable(call: &Call, error: &TransportError) -> Failure {
    // GWS has an option of its own for the file that every HTTP system can have in the configuration.
    let own = |next: String| next.replace("as CA file in the configuration", "with --gws-ca or gws_ca_file");
    let next = error.next.clone().map(own).unwrap_or_else(|| {
        "Check address and port of GWS (--gws, DSR_GWS_URL, gws_url) and see: dsr doctor gws".to_owned()
    });
    Failure::new(
        FailureKind::Unreachable,
        format!(
            "GWS could not be reached for {}: {}.",
            call.what,
            text::clean(&error.message).trim_end_matches('.')
        ),
    )
    .at(SYSTEM)
    .next(next)
}

/// An answer that is no success.
pub(super) fn refused(call: &Call, envelope: &Envelope) -> Failure {
    let told = envelope.told();
    let (kind, next) = match (envelope.http, envelope.code) {
        (_, Some(Code::NotAuthenticated)) | (401, _) => (
            FailureKind::Authentication,
            "Check user name and password of GWS (--gws_username, gws_password_file); try: dsr login gws",
        ),
        (_, Some(Code::ChangePassword)) => (
            FailureKind::Authentication,
            "Sign in to Workspace once as this user and change the password.",
        ),
        _ if envelope.is_csrf() => (
            FailureKind::Permission,
            "Leave --gws_additional_headers out: the token is then fetched. Given by hand it needs the Cookie of its session beside it.",
        ),
        (_, Some(Code::Forbidden | Code::NoPermission)) | (403, _) => (
            FailureKind::Permission,
            "The GWS user needs an administrator's role (ROLE_ADMIN); see: dsr whoami gws",
        ),
        (407, _) => (
            FailureKind::Unreachable,
            "Put user name and password into the proxy setting.",
        ),
        (300..=399, _) => (
            FailureKind::BadAnswer,
            "A redirect is not followed. Check http or https and the port of GWS; a portal may want a sign-in.",
        ),
        (404, None) => (
            FailureKind::BadAnswer,
            "This is not the API of GWS. Check the address: scheme, port and path in front of /api/v2.",
        ),
        (_, Some(Code::Internal)) | (500..=599, _) => (
            FailureKind::Unreachable,
            "GWS or something in front of it is in trouble; try again later.",
        ),
        (_, None) => (
            FailureKind::BadAnswer,
            "Something else answers at this address. Check scheme and port, and what stands in between.",
        ),
        _ => (FailureKind::Refused, "See the log of GWS for this moment."),
    };
    let mut failure = Failure::new(kind, format!("GWS did not answer with {}: {told}.", call.what))
        .at(SYSTEM)
        .next(next);
    failure.code = envelope.code.map(|code| match code {
        Code::Other(number) => number.to_string(),
        code => code.words(),
    });
    failure
}

/// A success whose content is not what it should be.
pub(super) fn bad_answer(call: &Call, why: &str) -> Failure {
    Failure::new(
        FailureKind::BadAnswer,
        format!("The answer with {} cannot be used: {why}.", call.what),
    )
    .at(SYSTEM)
    .next("See version and address of GWS with: dsr doctor gws")
}
