//! What the service says when it refuses, in words for people.

use serde_json::Value;

use super::SYSTEM;
use super::adapter::word;
use super::exchange::{Call, Head};
use crate::domain::failure::{Changed, Failure, FailureKind};
use crate::systems::transport::TransportError;

/// What everybody is told who may not: the vendor's own advice.
pub(super) const DENIED: &str = "Ask your administrator to check your permissions: the role for exports in the Cloud \
Data Download Service, or \"UDM UCSX Exporter\" or \"iWD Administrator\" in UDM.";

/// The service's own error: a JSON object with a message. A proxy or a portal does not write one.
struct Told {
    code: Option<String>,
    message: String,
}

fn told(body: &[u8]) -> Option<Told> {
    let value: Value = serde_json::from_slice(body).ok()?;
    let status = value.get("status").filter(|status| status.is_object());
    let object = status.unwrap_or(&value);
    let message = ["message", "error_description", "description", "error"]
        .iter()
        .find_map(|name| word(object.get(name)?))?;
    let code = ["code", "error"].iter().find_map(|name| word(object.get(name)?));
    Some(Told { code, message })
}

/// A failure of a call that had an answer.
pub(super) fn refused(call: &Call, head: &Head, body: &[u8]) -> Failure {
    let what = call.what;
    let told = told(body);
    let own = told.is_some();
    let words = told
        .as_ref()
        .map_or(String::new(), |told| format!(": {}", told.message));
    let mut failure = match head.status {
        401 => Failure::new(
            FailureKind::Authentication,
            "The Cloud Data Download Service did not accept the token.",
        )
        .next("Sign in again: dsr login cdds"),
        403 => Failure::new(FailureKind::Permission, format!("Access denied: {what}.")).next(DENIED),
        404 if own => Failure::new(FailureKind::NotFound, format!("The service has no such thing: {what}."))
            .next("Look again at the list; it may have been deleted, or its 30 days are over."),
        404 => Failure::new(
            FailureKind::BadAnswer,
            format!("404 on {what}: nothing answers at this path."),
        )
        .next("The paths of jobs and files are assumed, because they are not published: compare [profiles.NAME.cdds] with the service's API."),
        409 => Failure::new(FailureKind::Conflict, format!("Conflict on {what}{words}."))
            .next("Look at what is there now, then try again."),
        408 | 429 | 500..=599 => Failure::new(
            FailureKind::Unreachable,
            format!("The service is busy or out of order ({}) on {what}.", head.status),
        )
        .next("Try again in a while."),
        300..=399 => Failure::new(
            FailureKind::BadAnswer,
            format!("A redirect ({}) instead of {what}; it was not followed.", head.status),
        )
        .next("Check the address; a proxy or portal may want a sign-in in between."),
        status if own => Failure::new(
            FailureKind::Refused,
            format!("The service refused {what} ({status}){words}."),
        )
        .next("Check the input."),
        status => {
            let kind = if head.html { "an HTML page" } else { "an unknown body" };
            Failure::new(
                FailureKind::BadAnswer,
                format!("{status} on {what}, with {kind} instead of the service's answer."),
            )
            .next("Something between this host and the service (proxy, firewall, portal) answers in its place.")
        }
    };
    failure.code = told.and_then(|told| told.code);
    failure.correlation_id.clone_from(&head.correlation_id);
    failure.at(SYSTEM)
}

/// The same for a mutation: an answer that is not the service's own, or comes from something that
/// stands before it, leaves the outcome unknown.
pub(super) fn mutation_refused(call: &Call, head: &Head, body: &[u8]) -> Failure {
    let own = told(body).is_some();
    match head.status {
        429 => refused(call, head, body),
        400..=499 if own && head.status != 408 => refused(call, head, body),
        401 | 403 => refused(call, head, body),
        status => unknown(call, &format!("status {status}")),
    }
}

pub(super) fn unknown(call: &Call, why: &str) -> Failure {
    Failure::new(
        FailureKind::UnknownOutcome,
        format!("It is not known whether {} was carried out: {why}.", call.what),
    )
    .changed(Changed::Unknown)
    .next("Nothing is sent again by itself. Look at what is there now, then decide.")
    .at(SYSTEM)
}

pub(super) fn too_large(call: &Call, limit: usize) -> Failure {
    Failure::new(
        FailureKind::BadAnswer,
        format!(
            "The answer on {} is larger than {limit} bytes; reading was stopped.",
            call.what
        ),
    )
    .next("Check the address: this is not how the service answers.")
    .at(SYSTEM)
}

pub(super) fn unreachable(call: &Call, error: &TransportError) -> Failure {
    Failure::new(
        FailureKind::Unreachable,
        format!(
            "No answer on {}: {}.",
            call.what,
            error.message.trim_end_matches('.')
        ),
    )
    .next(
        error.next.clone().unwrap_or_else(|| {
            "Try again. If it goes on, check the way there with: dsr doctor cdds".to_owned()
        }),
    )
    .at(SYSTEM)
}

/// An answer with a success code that cannot be understood.
pub(super) fn bad_answer(call: &Call, head: &Head, why: &str) -> Failure {
    let why = if head.html {
        "it is an HTML page, from a proxy or portal in between"
    } else {
        why
    };
    let mut failure = Failure::new(
        FailureKind::BadAnswer,
        format!("The answer on {} cannot be read: {why}.", call.what),
    )
    .next("Try again. If it stays so, compare the names in [profiles.NAME.cdds] with the service's API: they are assumed.")
    .at(SYSTEM);
    failure.correlation_id.clone_from(&head.correlation_id);
    failure
}

pub(super) fn unknown_address(call: &Call) -> Failure {
    Failure::new(
        FailureKind::Configuration,
        format!("The address for {} is not one.", call.what),
    )
    .next("Check the paths in [profiles.NAME.cdds].")
}
