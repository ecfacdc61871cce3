//! One call, before it becomes bytes, and what the head of its answer says.

use bytes::Bytes;
use http::{Method, header};

use crate::systems::genesys_cloud::answer::{correlation_id, text};

/// One call, before it becomes bytes.
#[derive(Clone)]
pub(super) struct Call {
    pub method: Method,
    /// Path below the service's base, percent-encoded, with its query.
    pub path: String,
    /// Body and its type.
    pub body: Option<(Bytes, String)>,
    /// What is asked for, in words for an error message.
    pub what: &'static str,
    /// True where the base is that of the sign-in.
    pub at_auth: bool,
}

impl Call {
    pub(super) fn get(path: impl Into<String>, what: &'static str) -> Call {
        Call {
            method: Method::GET,
            path: path.into(),
            body: None,
            what,
            at_auth: false,
        }
    }

    pub(super) fn of(method: Method, path: impl Into<String>, what: &'static str) -> Call {
        Call {
            method,
            ..Call::get(path, what)
        }
    }
}

/// What the head of an answer says.
#[derive(Clone, Debug, Default)]
pub(super) struct Head {
    pub status: u16,
    pub correlation_id: Option<String>,
    pub html: bool,
    /// The last segment of `Location`: some services name there what was made.
    pub made: Option<String>,
}

impl Head {
    pub(super) fn of<B>(answer: &http::Response<B>) -> Head {
        let headers = answer.headers();
        let made = text(headers, header::LOCATION.as_str())
            .and_then(|place| place.trim_end_matches('/').rsplit('/').next())
            .map(str::to_owned);
        Head {
            status: answer.status().as_u16(),
            correlation_id: ["x-correlation-id", "x-request-id"]
                .iter()
                .find_map(|name| text(headers, name).and_then(correlation_id)),
            html: text(headers, header::CONTENT_TYPE.as_str())
                .is_some_and(|value| value.trim_start().to_ascii_lowercase().starts_with("text/html")),
            made,
        }
    }
}
