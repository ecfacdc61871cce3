//! The seam between our clients and the far end: the network, or the simulator called in memory.
//! Cookies, redirects, retries and decompression are ours, above it.

use std::pin::Pin;

use bytes::Bytes;
use futures_util::{Stream, future::BoxFuture};

/// What a call may do to the far end; it decides which client carries it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Changes nothing; pooled connections, may be repeated by the caller.
    Read,
    /// May change something: HTTP/1.1, no retry, no idle pool, no redirects, sent at most once.
    Mutation,
}

/// What is known of a request whose answer did not come, or not whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Name, connection or TLS failed: no byte of the request was sent.
    NotSent,
    /// At least part of it may have arrived.
    Unknown,
}

/// A failure below HTTP.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct TransportError {
    /// Whether anything can have arrived.
    pub reach: Reach,
    /// What happened, cleaned for display, without the address's query.
    pub message: String,
    /// What to do, when it is known (wrong certificate, proxy, time-out).
    pub next: Option<String>,
}

/// The body of an answer, in pieces as they arrive.
pub type AnswerBody = Pin<Box<dyn Stream<Item = Result<Bytes, TransportError>> + Send>>;

/// One exchange with the far end.
pub trait Transport: Send + Sync {
    /// Sends `request` once and gives the head of the answer, its body still streaming.
    fn call(
        &self,
        request: http::Request<Bytes>,
        purpose: Purpose,
    ) -> BoxFuture<'static, Result<http::Response<AnswerBody>, TransportError>>;
}
