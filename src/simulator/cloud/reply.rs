//! An answer on its way out: the headers that every answer has, and what the scenario spoils.

use std::time::Duration;

use axum::body::Body as HttpBody;
use axum::response::Response;
use http::{HeaderName, HeaderValue, StatusCode};

use super::answer::{Answer, Body};
use crate::domain::clock::Clock;
use crate::simulator::clock::moment;
use crate::simulator::fault::FaultKind;
use crate::simulator::spoil::{breaking_off, spoiled};
use crate::simulator::{Cut, Simulator};

/// What a call came to, before it is put on the wire.
pub(crate) struct Outcome {
    /// The answer.
    pub answer: Answer,
    /// Headers of the allowance.
    pub rate: Vec<(&'static str, String)>,
    /// How long the answer is held back.
    pub wait: Option<Duration>,
    /// The connection breaks off instead.
    pub cut: Option<Cut>,
    /// How the answer is spoiled.
    pub broken: Option<FaultKind>,
}

impl Outcome {
    /// An answer as it should be.
    pub(crate) fn plain(answer: Answer) -> Outcome {
        Outcome {
            answer,
            rate: Vec::new(),
            wait: None,
            cut: None,
            broken: None,
        }
    }
}

/// `Sun, 22 Nov 2026 12:35:00 GMT`.
pub(crate) fn http_date(at: i64) -> String {
    moment(at).strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// Puts an outcome on the wire.
pub(crate) fn respond(simulator: &Simulator, outcome: Outcome, correlation: &str) -> Response {
    let Body::Bytes(bytes) = outcome.answer.body else {
        return Response::default();
    };
    let (bytes, html) = spoiled(bytes, outcome.broken);
    let mut response = Response::new(match outcome.broken {
        Some(FaultKind::CutInside) => breaking_off(&bytes),
        _ => HttpBody::from(bytes.clone()),
    });
    *response.status_mut() = StatusCode::from_u16(outcome.answer.status).unwrap_or(StatusCode::OK);
    let headers = response.headers_mut();
    let date = http_date(simulator.inner.clock.now().as_millisecond());
    let own = [
        ("date", date),
        ("inin-correlation-id", correlation.to_owned()),
        ("cache-control", "no-store".to_owned()),
        ("content-length", bytes.len().to_string()),
    ];
    let all = own.into_iter().chain(outcome.rate).chain(outcome.answer.headers);
    for (name, value) in all {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            headers.insert(name, value);
        }
    }
    if html {
        headers.insert(
            "content-type",
            HeaderValue::from_static("text/html; charset=utf-8"),
        );
    }
    if let Some(cut) = outcome.cut {
        response.extensions_mut().insert(cut);
    }
    response
}
