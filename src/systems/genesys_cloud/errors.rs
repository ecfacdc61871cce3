//! What the API says when it refuses, in words for people: what happened, whether anything was
//! changed, and what to do next.

use serde_json::Value;

use super::answer::{BodyTrouble, Head, correlation_id};
use super::call::Call;
use super::foreign::foreign;
use super::refusals::{missing_permission, who_can_give};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::text;
use crate::systems::transport::TransportError;

/// The name under which failures speak of this system.
pub(super) const SYSTEM: &str = "genesys_cloud";

/// The API's error body. A proxy or a gateway does not write one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ApiError {
    pub code: String,
    pub message: String,
    pub context_id: Option<String>,
}

impl ApiError {
    /// Reads an error body. `None` for anything that the API would not have written: it has a code
    /// and a message, and its status is that of the answer.
    pub(super) fn read(status: u16, body: &[u8]) -> Option<ApiError> {
        let value: Value = serde_json::from_slice(body).ok()?;
        let code = value.get("code")?.as_str()?.trim();
        let message = value.get("message")?.as_str()?;
        let same_status = match value.get("status") {
            None | Some(Value::Null) => true,
            Some(told) => told.as_u64() == Some(u64::from(status)),
        };
        if code.is_empty() || !same_status {
            return None;
        }
        let details = value
            .get("messageWithParams")
            .and_then(Value::as_str)
            .filter(|_| message.contains("%s"));
        Some(ApiError {
            code: shown(code, 80),
            message: shown(details.unwrap_or(message), 400),
            context_id: value
                .get("contextId")
                .and_then(Value::as_str)
                .and_then(correlation_id),
        })
    }

    /// The message without the values that were sent in `call`.
    pub(super) fn told(&self, call: &Call) -> String {
        redact(&self.message, &call.private_values())
    }
}

/// Cleaned for display and cut.
pub(super) fn shown(text: &str, limit: usize) -> String {
    let clean = text::clean(text);
    match clean.char_indices().nth(limit) {
        Some((at, _)) => format!("{}…", &clean[..at]),
        None => clean,
    }
}

/// Takes out what was sent: servers repeat values in their messages, and messages reach logs.
fn redact(message: &str, private: &[String]) -> String {
    private.iter().fold(message.to_owned(), |text, value| {
        text.replace(value.as_str(), "…")
    })
}

/// A failure of a read that had an answer.
pub(super) fn refused(call: &Call, head: &Head, body: &[u8]) -> Failure {
    let error = ApiError::read(head.status, body);
    let mut failure = match &error {
        Some(error) => told_by_api(call, head, error),
        None => foreign(call, head, body),
    };
    failure.code = error.as_ref().map(|error| error.code.clone());
    failure.correlation_id = head
        .correlation_id
        .clone()
        .or_else(|| error.and_then(|error| error.context_id));
    failure.at(SYSTEM)
}

fn told_by_api(call: &Call, head: &Head, error: &ApiError) -> Failure {
    let what = call.what;
    let told = error.told(call);
    match head.status {
        401 => not_signed_in(error),
        403 => denied(call, error),
        404 => Failure::new(
            FailureKind::NotFound,
            format!("Genesys Cloud has no such thing: {what}."),
        )
        .next("Check the id, and that it belongs to this organisation."),
        409 => Failure::new(FailureKind::Conflict, format!("Conflict on {what}: {told}"))
            .next("Look at what is there now, then try again."),
        429 => rate_limited(call, head),
        408 | 500..=599 => busy(call, head, &format!("{} ({})", error.code, head.status)),
        status => Failure::new(
            FailureKind::Refused,
            format!("Genesys Cloud refused {what} ({status} {}): {told}", error.code),
        )
        .next("Check the input. If it is right, give the correlation id to Genesys support."),
    }
}

fn not_signed_in(error: &ApiError) -> Failure {
    match error.code.as_str() {
        "ip.not.authorized" => Failure::new(
            FailureKind::Authentication,
            "The organisation does not accept calls from this host's IP address.",
        )
        .next("Ask an administrator to add it to the allowed addresses, or work from an allowed host."),
        _ => Failure::new(
            FailureKind::Authentication,
            "Genesys Cloud did not accept the token.",
        )
        .next("Sign in again with: dsr login cloud. Check that the region is that of the organisation."),
    }
}

fn denied(call: &Call, error: &ApiError) -> Failure {
    let what = call.what;
    if error.code == "app.not.authorized.for.scope" {
        return Failure::new(
            FailureKind::Permission,
            format!("Access denied: the OAuth client has no scope for {what}."),
        )
        .next("An administrator can add the scope gdpr to the OAuth client (Admin, Integrations, OAuth).");
    }
    if error.code == "authz.policy.denied" {
        return Failure::new(
            FailureKind::Permission,
            format!("Access denied: a security policy of the organisation forbids {what}."),
        )
        .next("Ask the administrator who keeps the organisation's access policies.");
    }
    match missing_permission(&error.message).or_else(|| call.needs.first().map(|p| (*p).to_owned())) {
        Some(permission) => Failure::new(
            FailureKind::Permission,
            format!("Access denied: {what} needs the permission {permission}."),
        )
        .next(who_can_give(&permission)),
        None => Failure::new(FailureKind::Permission, format!("Access denied: {what}."))
            .next("Ask an administrator of the organisation; they have the code and the correlation id to look it up."),
    }
}

pub(super) fn rate_limited(call: &Call, head: &Head) -> Failure {
    let wait = head.retry_after.map_or("in a minute".to_owned(), |wait| {
        format!("in {} s", wait.as_secs().max(1))
    });
    Failure::new(
        FailureKind::Refused,
        format!("The rate limit of the organisation was reached on {}.", call.what),
    )
    .next(format!(
        "Try again {wait}. Other programs with the same OAuth client share the limit."
    ))
}

pub(super) fn busy(call: &Call, head: &Head, told: &str) -> Failure {
    let _ = head;
    Failure::new(
        FailureKind::Unreachable,
        format!("Genesys Cloud could not answer on {}: {told}.", call.what),
    )
    .next("Try again later; https://status.mypurecloud.com tells of outages.")
}

/// A failure of a read without a whole answer.
pub(super) fn lost(call: &Call, trouble: &BodyTrouble) -> Failure {
    match trouble {
        BodyTrouble::TooLarge(limit) => too_large(call, *limit),
        BodyTrouble::Broken(error) => unreachable(call, error),
    }
}

pub(super) fn too_large(call: &Call, limit: usize) -> Failure {
    Failure::new(
        FailureKind::BadAnswer,
        format!(
            "The answer on {} is larger than {}; reading was stopped.",
            call.what,
            size(limit)
        ),
    )
    .next("Check the address: this is not how Genesys Cloud answers.")
    .at(SYSTEM)
}

fn size(bytes: usize) -> String {
    if bytes >= 1024 * 1024 {
        format!("{} MiB", bytes / (1024 * 1024))
    } else {
        format!("{bytes} bytes")
    }
}

pub(super) fn unreachable(call: &Call, error: &TransportError) -> Failure {
    Failure::new(
        FailureKind::Unreachable,
        format!("No answer on {}: {}.", call.what, error.message),
    )
    .next(error.next.clone().unwrap_or_else(|| {
        "Try again. If it goes on, check the network between this host and Genesys Cloud with: dsr doctor cloud"
            .to_owned()
    }))
    .at(SYSTEM)
}

/// An answer with a success code that cannot be understood.
pub(super) fn bad_answer(call: &Call, head: &Head, why: &str) -> Failure {
    let mut failure = Failure::new(
        FailureKind::BadAnswer,
        format!("The answer on {} cannot be read: {why}.", call.what),
    )
    .next("Try again. If it goes on, give the correlation id to Genesys support.")
    .at(SYSTEM);
    failure.correlation_id = head.correlation_id.clone();
    failure
}
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_apis_own_error_body_is_one() {
        for (status, body, own) in [
            (
                400,
                r#"{"message":"Invalid data","code":"bad.request","status":400,"contextId":"c1"}"#,
                true,
            ),
            (400, r#"{"message":"Invalid data","code":"bad.request"}"#, true),
            (403, r#"{"message":"Forbidden"}"#, false),
            (400, r#"{"message":"x","code":"","status":400}"#, false),
            (400, r#"{"message":"x","code":"bad.request","status":502}"#, false),
            (400, r#"{"message":"x","code":17}"#, false),
            (502, "<html>Bad gateway</html>", false),
            (400, r#"{"message":"x","code":"bad"#, false),
            (400, "[]", false),
        ] {
            assert_eq!(ApiError::read(status, body.as_bytes()).is_some(), own, "{body}");
        }
    }

    #[test]
    fn the_missing_permission_is_named_with_who_can_give_it() {
        let call = Call::get("/x", "the list of requests").needs(&["gdpr:request:view"]);
        for (message, named) in [
            (
                "You are missing the following permission(s): gdpr:request:add",
                "gdpr:request:add",
            ),
            (
                "You must have at least one of the following permissions assigned: [gdpr:subject:view, a:b:c]",
                "gdpr:subject:view",
            ),
            (
                "You are not authorized to perform the requested action.",
                "gdpr:request:view",
            ),
        ] {
            let body = serde_json::json!({"message": message, "code": "missing.permissions", "status": 403});
            let head = Head {
                status: 403,
                ..Head::default()
            };
            let failure = refused(&call, &head, body.to_string().as_bytes());
            assert_eq!(failure.kind, FailureKind::Permission);
            assert!(failure.message.contains(named), "{}", failure.message);
            assert!(failure.next.unwrap().contains("administrator"));
        }
    }

    #[test]
    fn what_was_sent_does_not_come_back_in_a_message() {
        let call = Call::get("/x", "the subject search")
            .query("searchType", "EMAIL")
            .query("searchValue", "anna.muster@example.org");
        let body = serde_json::json!({
            "message": "Value [anna.muster@example.org] is not valid for EMAIL\u{1b}[2J",
            "code": "invalid.value", "status": 400, "contextId": "c-1",
        });
        let head = Head {
            status: 400,
            ..Head::default()
        };
        let failure = refused(&call, &head, body.to_string().as_bytes());
        assert!(!failure.message.contains("muster"));
        assert!(failure.message.contains("EMAIL"));
        assert!(!failure.message.contains('\u{1b}'));
        assert_eq!(failure.code.as_deref(), Some("invalid.value"));
        assert_eq!(failure.correlation_id.as_deref(), Some("c-1"));
    }
}
