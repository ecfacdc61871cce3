//! The way of every call: what the scenario breaks, who calls, whether they may, then the endpoint,
//! all in one transaction.

use std::time::Duration;

use axum::body::Body as HttpBody;
use axum::extract::Request;
use axum::response::Response;
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, StatusCode};
use rusqlite::Connection;
use serde_json::json;

use super::session::{Session, caller};
use super::settings::{Answer, Room, error, ok};
use crate::domain::clock::Clock;
use crate::simulator::clock::moment;
use crate::simulator::estate::State;
use crate::simulator::fault::{Fault, FaultKind};
use crate::simulator::spoil::{breaking_off, spoiled};
use crate::simulator::{Cut, Simulator, faults};

/// A request body larger than this is refused.
const LARGEST_BODY: usize = 4 << 20;

/// What a call came to.
struct Outcome {
    answer: Answer,
    session: Option<Session>,
    cut: Option<Cut>,
    broken: Option<FaultKind>,
    wait: Option<Duration>,
}

impl Outcome {
    fn plain(answer: Answer) -> Outcome {
        Outcome {
            answer,
            session: None,
            cut: None,
            broken: None,
            wait: None,
        }
    }
}

/// One call, taken apart.
struct Call {
    method: Method,
    path: String,
    query: Vec<(String, String)>,
    headers: http::HeaderMap,
    body: Bytes,
}

/// Carries one call through.
pub(super) async fn exchange(simulator: Simulator, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, LARGEST_BODY).await else {
        return respond(
            &simulator,
            Outcome::plain(error(413, 2, "The body is too large")),
            true,
        );
    };
    let call = Call {
        path: decoded(parts.uri.path()),
        query: url::form_urlencoded::parse(parts.uri.query().unwrap_or("").as_bytes())
            .into_owned()
            .collect(),
        method: parts.method,
        headers: parts.headers,
        body,
    };
    let reads = call.method == Method::GET;
    let own = simulator.clone();
    let worked = tokio::task::spawn_blocking(move || {
        own.transaction(true, |connection, state| work(&own, connection, state, &call))
    })
    .await;
    let outcome = match worked {
        Ok(Ok(outcome)) => outcome,
        _ => Outcome::plain(error(500, 4, "Internal error")),
    };
    if let Some(wait) = outcome.wait {
        tokio::time::sleep(wait).await;
    }
    respond(&simulator, outcome, reads)
}

fn decoded(path: &str) -> String {
    // A plus sign in a path is a plus sign.
    let text = format!("p={}", path.replace('+', "%2B").replace('&', "%26"));
    let mut pairs = url::form_urlencoded::parse(text.as_bytes());
    pairs
        .next()
        .map_or_else(String::new, |(_, value)| value.into_owned())
}

/// The route, as scenario files name it, and the group.
fn route(call: &Call) -> (String, Option<String>) {
    match call.path.strip_prefix("/api/v2/settings/") {
        Some(group) if !group.is_empty() => (
            format!("{} /api/v2/settings/{{group}}", call.method),
            Some(group.to_owned()),
        ),
        _ => (format!("{} {}", call.method, call.path), None),
    }
}

fn work(
    simulator: &Simulator,
    connection: &Connection,
    state: &State,
    call: &Call,
) -> rusqlite::Result<Outcome> {
    let plan = &simulator.inner.plan;
    let (route, group) = route(call);
    let hits = faults::hits(plan, connection, &route)?;
    let cut = |cut| Outcome {
        cut: Some(cut),
        ..Outcome::plain(error(503, 4, ""))
    };
    for fault in &hits {
        match fault.kind {
            FaultKind::Refuse => return Ok(cut(Cut::Refused)),
            FaultKind::CutBefore => return Ok(cut(Cut::NoAnswer)),
            FaultKind::RateLimit => return Ok(Outcome::plain(error(429, 4, "Too many requests"))),
            FaultKind::Status => return Ok(Outcome::plain(named(fault, 500))),
            FaultKind::Envelope => {
                return Ok(Outcome::plain(error(
                    200,
                    fault.status_code.unwrap_or(4),
                    "Told by the envelope alone",
                )));
            }
            _ => {}
        }
    }
    let mut outcome = answer(simulator, connection, state, call, group.as_deref(), &hits)?;
    for fault in &hits {
        match fault.kind {
            FaultKind::Wait => outcome.wait = fault.millis.map(Duration::from_millis),
            FaultKind::CutAfter => outcome.cut = Some(Cut::NoAnswer),
            FaultKind::StatusAfter => outcome.answer = named(fault, 502),
            FaultKind::StripBody | FaultKind::TakesNeighbour => {}
            kind => outcome.broken = Some(kind),
        }
    }
    Ok(outcome)
}

fn named(fault: &Fault, otherwise: u16) -> Answer {
    let status = fault.status.unwrap_or(otherwise);
    error(
        status,
        fault.status_code.unwrap_or(4),
        "Something in between failed",
    )
}

fn answer(
    simulator: &Simulator,
    connection: &Connection,
    state: &State,
    call: &Call,
    group: Option<&str>,
    hits: &[&Fault],
) -> rusqlite::Result<Outcome> {
    let plan = simulator.inner.plan.gws_plan();
    let now = crate::simulator::clock::host_now() + state.head().offset;
    if call.path == "/api/v2/diagnostics/version" && call.method == Method::GET {
        return Ok(Outcome::plain(ok(json!({ "version": plan.version }))));
    }
    let Some((user, session)) = caller(plan, connection, &call.headers, now)? else {
        return Ok(Outcome::plain(error(401, 20, "Authentication is required")));
    };
    let told = |answer, session: Session| {
        Ok(Outcome {
            session: Some(session),
            ..Outcome::plain(answer)
        })
    };
    if user.change_password {
        return told(error(403, 8, "The password must be changed"), session);
    }
    let reads = call.method == Method::GET;
    let proof = call
        .headers
        .get("x-csrf-token")
        .and_then(|value| value.to_str().ok());
    // A session that was made by this very call cannot have given its token before.
    let proven = session.new_cookie.is_none() && proof == Some(session.csrf.as_str());
    if !reads && !plan.no_csrf && !proven {
        return told(error(403, 3, "Missing or invalid Csrf token"), session);
    }
    let room = Room {
        plan,
        generated: simulator.inner.people.generated(),
        overlay: &state.settings,
        connection,
        user,
        now,
    };
    let any = |kind| hits.iter().any(|fault| fault.kind == kind);
    let body = if any(FaultKind::StripBody) {
        &b""[..]
    } else {
        &call.body[..]
    };
    let answer = match (&call.method, call.path.as_str(), group) {
        (&Method::GET, "/api/v2/me", _) => {
            ok(json!({ "user": { "userName": user.username, "roles": user.roles, "enabled": true } }))
        }
        (&Method::GET, "/api/v2/settings", _) => room.groups(),
        (&Method::GET, _, Some(group)) => room.show(group),
        (_, _, Some(_)) if !user.is_admin() => error(403, 5, "The user has no permission"),
        (&Method::PUT, _, Some(group)) => room.put(group, body)?,
        (&Method::DELETE, _, Some(group)) => {
            let location = call.query.iter().find(|(name, _)| name == "location");
            let location = location.map(|(_, value)| value.as_str());
            room.delete(group, location, body, any(FaultKind::TakesNeighbour))?
        }
        _ => error(404, 6, "The requested resource was not found"),
    };
    told(answer, session)
}

fn respond(simulator: &Simulator, outcome: Outcome, reads: bool) -> Response {
    let (status, document) = outcome.answer;
    let (bytes, html) = spoiled(Bytes::from(document.to_string()), outcome.broken);
    let mut response = Response::new(match outcome.broken {
        Some(FaultKind::CutInside) => breaking_off(&bytes),
        _ => HttpBody::from(bytes.clone()),
    });
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    let date = moment(simulator.inner.clock.now().as_millisecond())
        .strftime("%a, %d %b %Y %H:%M:%S GMT")
        .to_string();
    let kind = if html {
        "text/html; charset=utf-8"
    } else {
        "application/json;charset=UTF-8"
    };
    let mut all = vec![
        ("date", date),
        ("content-type", kind.to_owned()),
        ("cache-control", "no-cache, no-store".to_owned()),
        ("content-length", bytes.len().to_string()),
    ];
    if let Some(session) = &outcome.session {
        if let Some(id) = &session.new_cookie {
            all.push(("set-cookie", format!("JSESSIONID={id}; Path=/; HttpOnly")));
        }
        if reads && !simulator.inner.plan.gws_plan().no_csrf {
            all.push(("x-csrf-header", "X-CSRF-TOKEN".to_owned()));
            all.push(("x-csrf-token", session.csrf.clone()));
        }
    }
    for (name, value) in all {
        if let Ok(value) = HeaderValue::try_from(value) {
            response
                .headers_mut()
                .insert(HeaderName::from_static(name), value);
        }
    }
    if let Some(cut) = outcome.cut {
        response.extensions_mut().insert(cut);
    }
    response
}
