//! The organisation at large: its limits, whether its API answers, and the end of a sign-in.

use std::time::{Duration, Instant};

use http::Method;
use jiff::Timestamp;

use super::call::{Call, encode};
use super::errors::{self, ApiError};
use super::exchange::Exchange;
use super::json;
use crate::domain::failure::Failure;
use crate::domain::text;

/// The namespace of the limits that matter here.
pub(super) const NAMESPACE: &str = "gdpr";

/// How long the limits are waited for before work goes on without them.
const LIMITS_DEADLINE: Duration = Duration::from_secs(5);

/// What a look at the API without a token told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    /// How long it took.
    pub took: Duration,
    /// The server's `Date`.
    pub server_time: Option<Timestamp>,
}

/// Looks whether the API answers, and answers as the API does: it demands a token, in its own words.
pub(super) async fn probe(exchange: &Exchange) -> Result<Probe, Failure> {
    let call = Call::get("/api/v2/tokens/me", "a look at the API");
    let began = Instant::now();
    let answer = exchange.probe(&call).await?;
    let own = answer.head.status == 401 && ApiError::read(401, &answer.body).is_some();
    if !own {
        return Err(errors::refused(&call, &answer.head, &answer.body));
    }
    Ok(Probe {
        took: began.elapsed(),
        server_time: answer.head.server_time,
    })
}

/// The limits of a namespace, key and value.
pub(super) async fn limits(exchange: &Exchange, namespace: &str) -> Result<Vec<(String, i64)>, Failure> {
    #[derive(serde::Deserialize)]
    struct WireLimit {
        key: String,
        value: i64,
    }
    let call = Call::get(
        format!("/api/v2/organizations/limits/namespaces/{}", encode(namespace)),
        "the limits of the organisation",
    );
    let (page, head) = exchange.read_page(&call, "entities").await?;
    let (limits, unreadable) = json::entries::<WireLimit>(page.entries, "entities");
    if let (true, Some(why)) = (limits.is_empty(), unreadable.first()) {
        return Err(errors::bad_answer(&call, &head, why));
    }
    let limits: Vec<(String, i64)> = limits
        .into_iter()
        .map(|limit| (text::clean(&limit.key), limit.value))
        .collect();
    exchange.allowance.learn_limits(&limits);
    Ok(limits)
}

/// Signs in and waits for room in the allowance, so that a mutation does not wait for either once
/// its intent is on disk. While no answer has told the limit, the limits endpoint is asked, once;
/// without an answer from there the work goes on.
pub(super) async fn make_ready(exchange: &Exchange) -> Result<(), Failure> {
    exchange.session.bearer().await?;
    if exchange.allowance.should_ask() {
        let _ = tokio::time::timeout(LIMITS_DEADLINE, limits(exchange, NAMESPACE)).await;
    }
    exchange.allowance.room().await;
    Ok(())
}

/// Forgets the token, and ends it at the server if there is one.
pub(super) async fn log_out(exchange: &Exchange) -> Result<(), Failure> {
    let Some(token) = exchange.session.forget().await else {
        return Ok(());
    };
    let call = Call {
        method: Method::DELETE,
        ..Call::get("/api/v2/tokens/me", "the end of the sign-in")
    };
    exchange.end_token(&call, &token).await.map_err(|failure| {
        failure.next("The token is forgotten here. Should it have to end at once, remove it in the organisation (Admin, Integrations, OAuth, Tokens).")
    })
}
