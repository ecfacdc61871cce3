//! Answers: what their heads say, and bodies read up to a limit.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use http::{HeaderMap, header};
use jiff::Timestamp;

use super::limits::Rate;
use crate::systems::transport::{AnswerBody, TransportError};

/// What the head of an answer says.
#[derive(Clone, Debug, Default)]
pub(super) struct Head {
    pub status: u16,
    pub correlation_id: Option<String>,
    pub server_time: Option<Timestamp>,
    pub retry_after: Option<Duration>,
    pub rate: Option<Rate>,
    pub html: bool,
}

impl Head {
    pub(super) fn of<B>(answer: &http::Response<B>) -> Head {
        let headers = answer.headers();
        let server_time = text(headers, "date").and_then(http_date);
        Head {
            status: answer.status().as_u16(),
            correlation_id: text(headers, "inin-correlation-id").and_then(correlation_id),
            server_time,
            retry_after: text(headers, "retry-after").and_then(|value| retry_after(value, server_time)),
            rate: Rate::of(headers),
            html: text(headers, header::CONTENT_TYPE.as_str())
                .is_some_and(|value| value.trim_start().to_ascii_lowercase().starts_with("text/html")),
        }
    }

    pub(super) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// The text of a header, if it is plain ASCII.
pub(in crate::systems) fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// A date of HTTP (`Sun, 06 Nov 1994 08:49:37 GMT`).
pub(in crate::systems) fn http_date(value: &str) -> Option<Timestamp> {
    jiff::fmt::rfc2822::DateTimeParser::new()
        .parse_timestamp(value.trim())
        .ok()
}

/// Seconds, or a date, which only means something beside the server's own clock.
fn retry_after(value: &str, server_time: Option<Timestamp>) -> Option<Duration> {
    if let Ok(seconds) = value.trim().parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let wait = http_date(value)?.duration_since(server_time?);
    Some(Duration::try_from(wait).unwrap_or(Duration::ZERO))
}

/// An id fit for display; anything else is not one.
pub(in crate::systems) fn correlation_id(value: &str) -> Option<String> {
    let fit = !value.is_empty()
        && value.len() <= 80
        && value
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-_.:".contains(&b));
    fit.then(|| value.to_owned())
}

/// Why a body is not here whole.
#[derive(Clone, Debug)]
pub(in crate::systems) enum BodyTrouble {
    /// Larger than the limit, in bytes; reading was stopped.
    TooLarge(usize),
    /// It broke off.
    Broken(TransportError),
}

/// Reads a body of at most `limit` bytes.
pub(in crate::systems) async fn collect(
    answer: http::Response<AnswerBody>,
    limit: usize,
) -> Result<Bytes, BodyTrouble> {
    let announced =
        text(answer.headers(), header::CONTENT_LENGTH.as_str()).and_then(|value| value.parse::<u64>().ok());
    if announced.is_some_and(|length| length > limit as u64) {
        return Err(BodyTrouble::TooLarge(limit));
    }
    let mut body = answer.into_body();
    let mut read = BytesMut::new();
    while let Some(piece) = body.next().await {
        let piece = piece.map_err(BodyTrouble::Broken)?;
        if read.len() + piece.len() > limit {
            return Err(BodyTrouble::TooLarge(limit));
        }
        read.extend_from_slice(&piece);
    }
    Ok(read.freeze())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_comes_in_two_forms() {
        let now = http_date("Sun, 06 Nov 1994 08:49:37 GMT");
        assert!(now.is_some());
        for (value, seconds) in [
            ("42", Some(42)),
            (" 7 ", Some(7)),
            ("Sun, 06 Nov 1994 08:50:37 GMT", Some(60)),
            ("Sun, 06 Nov 1994 08:00:00 GMT", Some(0)),
            ("soon", None),
            ("-3", None),
        ] {
            assert_eq!(
                retry_after(value, now),
                seconds.map(Duration::from_secs),
                "{value}"
            );
        }
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:50:37 GMT", None), None);
    }

    #[test]
    fn correlation_ids_are_plain() {
        assert!(correlation_id("3f1c-77").is_some());
        for bad in ["", "a b", "\u{1b}[31m", &"x".repeat(81)] {
            assert_eq!(correlation_id(bad), None);
        }
    }
}
