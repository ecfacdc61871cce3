//! Answers that are not the API's own: of a proxy, a gateway, a portal.

use super::answer::Head;
use super::call::Call;
use super::errors::{busy, rate_limited};
use crate::domain::failure::{Failure, FailureKind};

/// An answer that is not the API's: a proxy, a gateway, a portal.
pub(super) fn foreign(call: &Call, head: &Head, body: &[u8]) -> Failure {
    let what = call.what;
    let status = head.status;
    let kind = describe(head, body);
    match status {
        407 => Failure::new(FailureKind::Unreachable, "The proxy demands a sign-in.")
            .next("Put user name and password into the proxy setting."),
        429 => rate_limited(call, head),
        300..=399 => Failure::new(
            FailureKind::BadAnswer,
            format!("A redirect ({status}) instead of {what}; it was not followed."),
        )
        .next("Check the address; a proxy or portal may want a sign-in in between."),
        401 => Failure::new(
            FailureKind::Authentication,
            format!("401 on {what}, with {kind}."),
        )
        .next("Sign in again with: dsr login cloud. If that does not help, check what stands between."),
        404 => Failure::new(
            FailureKind::BadAnswer,
            format!("404 on {what}, with {kind}: this is not the API of Genesys Cloud."),
        )
        .next("Check region and address of the profile."),
        408 | 500..=599 => busy(call, head, &format!("{status}, with {kind}")),
        _ => Failure::new(
            FailureKind::BadAnswer,
            format!("{status} on {what}, with {kind} instead of the API's answer."),
        )
        .next(
            "Something between this host and Genesys Cloud (proxy, firewall, portal) answers in its place.",
        ),
    }
}

/// What a body is, without its content.
pub(super) fn describe(head: &Head, body: &[u8]) -> &'static str {
    let start: Vec<u8> = body
        .iter()
        .copied()
        .skip_while(u8::is_ascii_whitespace)
        .take(16)
        .collect();
    let lower = start.to_ascii_lowercase();
    if body.is_empty() {
        "an empty body"
    } else if head.html || lower.starts_with(b"<!doctype html") || lower.starts_with(b"<html") {
        "an HTML page"
    } else if matches!(start.first(), Some(b'{' | b'[')) {
        "a foreign JSON document"
    } else {
        "an unknown body"
    }
}
