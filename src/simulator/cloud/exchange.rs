//! The way that every call goes: what the scenario breaks, who calls, how often, whether they may,
//! then the endpoint, all in one transaction.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::Request;
use axum::response::Response;
use bytes::Bytes;
use http::HeaderMap;

use super::answer::{Answer, ApiError, Body, Fail};
use super::call::Call;
use super::caller::{self, Caller};
use super::reply::{Outcome, http_date, respond};
use super::{Access, Endpoint};
use crate::simulator::fault::{Fault, FaultKind};
use crate::simulator::{Cut, Simulator, faults, log};

/// A request body larger than this is refused.
const LARGEST_BODY: usize = 4 << 20;

/// Carries one call through.
pub(crate) async fn exchange(
    simulator: Simulator,
    endpoint: Arc<Endpoint>,
    base: Arc<str>,
    names: HashMap<String, String>,
    request: Request,
) -> Response {
    let correlation = uuid::Uuid::new_v4().to_string();
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, LARGEST_BODY).await else {
        let error = ApiError::of_status(413);
        return respond(
            &simulator,
            Outcome::plain(error.answer(&correlation)),
            &correlation,
        );
    };
    let for_blocking = simulator.clone();
    let for_answer = correlation.clone();
    let worked = tokio::task::spawn_blocking(move || {
        let outcome = work(
            &for_blocking,
            &endpoint,
            &base,
            &names,
            &parts,
            &body,
            &for_answer,
        );
        let outcome = pack(&for_blocking, outcome, &parts.headers);
        (respond(&for_blocking, outcome.0, &for_answer), outcome.1)
    });
    let Ok((response, wait)) = worked.await else {
        let error = ApiError::of_status(500);
        return respond(
            &simulator,
            Outcome::plain(error.answer(&correlation)),
            &correlation,
        );
    };
    if let Some(wait) = wait {
        tokio::time::sleep(wait).await;
    }
    response
}

/// The answer to a path that does not exist.
pub(crate) async fn nowhere(simulator: Simulator, status: u16, code: &'static str) -> Response {
    let correlation = uuid::Uuid::new_v4().to_string();
    let error = ApiError::new(status, code, "The requested resource was not found.");
    respond(
        &simulator,
        Outcome::plain(error.answer(&correlation)),
        &correlation,
    )
}

fn work(
    simulator: &Simulator,
    endpoint: &Endpoint,
    base: &str,
    names: &HashMap<String, String>,
    parts: &http::request::Parts,
    body: &Bytes,
    correlation: &str,
) -> Outcome {
    let inner = &simulator.inner;
    let allowed = inner.plan.limits.requests_per_minute;
    let counts = allowed > 0 && endpoint.access == Access::Token;
    let write = endpoint.writes || counts || faults::any(&inner.plan);
    let done = simulator.transaction(write, |connection, state| {
        let now = crate::simulator::clock::host_now() + state.head().offset;
        let query = parts.uri.query().unwrap_or("").as_bytes();
        let call = Call {
            plan: &inner.plan,
            people: &inner.people,
            state,
            connection,
            now,
            base,
            caller: None,
            path: parts.uri.path(),
            names,
            query: url::form_urlencoded::parse(query).into_owned().collect(),
            headers: &parts.headers,
            body,
        };
        match with_faults(call, endpoint, correlation) {
            Ok(outcome) => Ok(outcome),
            Err(Fail::Storage(error)) => Err(error),
            Err(Fail::Api(error)) => Ok(Outcome::plain(error.answer(correlation))),
            Err(Fail::Other(answer)) => Ok(Outcome::plain(answer)),
        }
    });
    done.unwrap_or_else(|_| Outcome::plain(ApiError::of_status(500).answer(correlation)))
}

/// What the scenario breaks before the call does anything, and what it breaks afterwards.
fn with_faults(call: Call<'_>, endpoint: &Endpoint, correlation: &str) -> Result<Outcome, Fail> {
    let hits = faults::hits(call.plan, call.connection, &endpoint.route())?;
    for fault in &hits {
        match fault.kind {
            FaultKind::Refuse => return Ok(cut(Cut::Refused)),
            FaultKind::CutBefore => return Ok(cut(Cut::NoAnswer)),
            FaultKind::RateLimit => return Err(limited(fault, endpoint, call.now)),
            FaultKind::Status => return Err(Fail::Api(named(fault, 500))),
            _ => {}
        }
    }
    let mut outcome = admitted(call, endpoint, correlation)?;
    for fault in &hits {
        match fault.kind {
            FaultKind::Wait => outcome.wait = fault.millis.map(Duration::from_millis),
            FaultKind::CutAfter => outcome.cut = Some(Cut::NoAnswer),
            FaultKind::StatusAfter => {
                outcome.answer = named(fault, 502).answer(correlation);
            }
            kind => outcome.broken = Some(kind),
        }
    }
    Ok(outcome)
}

/// The error that a fault names, by code or by status.
fn named(fault: &Fault, otherwise: u16) -> ApiError {
    match &fault.code {
        Some(code) => ApiError::of_code(code),
        None => ApiError::of_status(fault.status.unwrap_or(otherwise)),
    }
}

fn cut(cut: Cut) -> Outcome {
    Outcome {
        cut: Some(cut),
        ..Outcome::plain(Answer::empty(503))
    }
}

/// A rate limit by scenario; the sign-in has a form of its own for it.
fn limited(fault: &Fault, endpoint: &Endpoint, now: i64) -> Fail {
    if endpoint.path == "/oauth/token" {
        return Fail::Other(super::oauth::rate_limited());
    }
    let retry = fault
        .retry_after
        .as_deref()
        .map(|text| match text.parse::<i64>() {
            Ok(seconds) => (text.to_owned(), seconds),
            Err(_) => (http_date(now + 10_000), 10),
        });
    Fail::Api(ApiError::rate_limit(retry, 300))
}

/// Who calls, how often, and whether they may; then the endpoint.
fn admitted(mut call: Call<'_>, endpoint: &Endpoint, correlation: &str) -> Result<Outcome, Fail> {
    let mut rate = Vec::new();
    if endpoint.access == Access::Token {
        let caller = caller::identify(&call)?;
        let (headers, exceeded) = allowance(&call, &caller)?;
        rate = headers;
        if let Some(error) = exceeded {
            let mut outcome = Outcome::plain(error.answer(correlation));
            outcome.rate = rate;
            return Ok(outcome);
        }
        call.caller = Some(caller);
    }
    let answer = match permitted(&call, endpoint).and_then(|()| (endpoint.run)(&call)) {
        Ok(answer) | Err(Fail::Other(answer)) => answer,
        Err(Fail::Api(error)) => error.answer(correlation),
        Err(error) => return Err(error),
    };
    let mut outcome = Outcome::plain(answer);
    outcome.rate = rate;
    Ok(outcome)
}

fn permitted(call: &Call<'_>, endpoint: &Endpoint) -> Result<(), Fail> {
    let Some(caller) = &call.caller else {
        return Ok(());
    };
    if let Some(wanted) = endpoint.scopes.first()
        && !caller.has_scope(endpoint.scopes)
    {
        return Err(ApiError::missing_scope(wanted).into());
    }
    match endpoint.permission {
        Some(permission) if !caller.may(permission) => Err(ApiError::missing_permission(permission).into()),
        _ => Ok(()),
    }
}

type Rate = (Vec<(&'static str, String)>, Option<ApiError>);

/// Fixed windows of a minute for each token, as the headers tell them.
fn allowance(call: &Call<'_>, caller: &Caller) -> rusqlite::Result<Rate> {
    const WINDOW: i64 = 60_000;
    let allowed = call.plan.limits.requests_per_minute;
    if allowed == 0 {
        return Ok((Vec::new(), None));
    }
    let (used, start) = log::take_allowance(call.connection, &caller.token_hash, call.now, WINDOW, allowed)?;
    let reset = (start + WINDOW - call.now + 999) / 1000;
    let headers = vec![
        ("inin-ratelimit-count", used.min(allowed).to_string()),
        ("inin-ratelimit-allowed", allowed.to_string()),
        ("inin-ratelimit-reset", reset.to_string()),
    ];
    let exceeded = (used > allowed).then(|| ApiError::rate_limit(Some((reset.to_string(), reset)), allowed));
    Ok((headers, exceeded))
}

/// Packs an archive if the answer is one, outside of the transaction.
fn pack(simulator: &Simulator, mut outcome: Outcome, headers: &HeaderMap) -> (Outcome, Option<Duration>) {
    match &outcome.answer.body {
        Body::Bytes(_) => {}
        Body::Archive(order) => {
            let archive = simulator.inner.archives.pack(order);
            outcome.answer = super::downloads::serve_bytes(&order.file_name(), &archive, headers);
        }
        Body::Export(order) => {
            outcome.answer = match simulator.export_bytes(order) {
                Some(bytes) => super::downloads::serve_bytes(&order.file_name(), &bytes, headers),
                None => ApiError::of_status(500).answer(""),
            };
        }
        Body::Exports(total, files) => {
            outcome.answer = crate::simulator::cdds::artifacts_told(simulator, *total, files);
        }
    }
    let wait = outcome.wait;
    (outcome, wait)
}
