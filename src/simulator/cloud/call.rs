//! One call as an endpoint sees it.

use std::collections::HashMap;

use bytes::Bytes;
use http::HeaderMap;
use rusqlite::Connection;

use super::answer::ApiError;
use super::caller::Caller;
use crate::simulator::estate::State;
use crate::simulator::people::People;
use crate::simulator::scenario::Plan;

/// A call, and what it is made in.
pub(crate) struct Call<'a> {
    /// The scenario.
    pub plan: &'a Plan,
    /// People as they were at the beginning.
    pub people: &'a People,
    /// What the log says.
    pub state: &'a State,
    /// The log, within this call's transaction.
    pub connection: &'a Connection,
    /// The estate's clock.
    pub now: i64,
    /// The address at which this is served.
    pub base: &'a str,
    /// Who calls.
    pub caller: Option<Caller>,
    /// Its path.
    pub path: &'a str,
    /// Values of the path's placeholders.
    pub names: &'a HashMap<String, String>,
    /// The query, decoded.
    pub query: Vec<(String, String)>,
    /// Headers.
    pub headers: &'a HeaderMap,
    /// Body.
    pub body: &'a Bytes,
}

impl Call<'_> {
    /// The path that was called.
    pub(crate) fn path(&self) -> &str {
        self.path
    }

    /// A query parameter.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// A placeholder of the path.
    pub(crate) fn name(&self, name: &str) -> &str {
        self.names.get(name).map_or("", String::as_str)
    }

    /// The body as JSON.
    pub(crate) fn json<T: serde::de::DeserializeOwned>(&self) -> Result<T, ApiError> {
        let kind = self
            .headers
            .get(http::header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .unwrap_or("");
        if !kind.starts_with("application/json") {
            return Err(ApiError::of_status(415));
        }
        serde_json::from_slice(self.body).map_err(|_| ApiError::malformed())
    }

    /// Who calls; only endpoints behind a token may ask.
    pub(crate) fn caller(&self) -> Result<&Caller, ApiError> {
        self.caller.as_ref().ok_or_else(ApiError::authentication_required)
    }
}
