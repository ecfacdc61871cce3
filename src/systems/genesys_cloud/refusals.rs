//! Refusals of mutations, and permissions that are missing: who can give them, and where.

use http::StatusCode;

use super::answer::Head;
use super::call::Call;
use super::errors::{ApiError, SYSTEM};
use crate::domain::failure::{Changed, Failure, FailureKind};
use crate::domain::operation::Refusal;

/// Who can give a permission, and where.
pub fn who_can_give(permission: &str) -> String {
    format!(
        "An administrator who may edit roles (authorization:role:edit) can add {permission} to a role of this OAuth client or user: Admin, People & Permissions, Roles. dsr setup oauth-client makes a client with all that is needed."
    )
}

/// The first permission named in a message (`gdpr:request:add`).
pub(super) fn missing_permission(message: &str) -> Option<String> {
    message
        .split(|c: char| !(c.is_ascii_alphanumeric() || ":*_-".contains(c)))
        .find(|word| {
            let parts: Vec<&str> = word.split(':').collect();
            parts.len() == 3 && parts.iter().all(|part| !part.is_empty())
        })
        .map(str::to_owned)
}

/// A refusal of a mutation.
pub(super) fn refusal(call: &Call, head: &Head, error: Option<&ApiError>) -> Refusal {
    let message = match error {
        Some(error) => match missing_permission(&error.message).filter(|_| head.status == 403) {
            Some(permission) => format!("missing permission {permission}"),
            None => error.told(call),
        },
        None => StatusCode::from_u16(head.status)
            .ok()
            .and_then(|status| status.canonical_reason())
            .unwrap_or("refused")
            .to_owned(),
    };
    Refusal {
        status: head.status,
        code: error.map(|error| error.code.clone()),
        message,
        retry_after: head.retry_after.map(|wait| wait.as_secs()),
    }
}

/// A failure in which a mutation was refused, for workflows that end with it.
pub(super) fn refused_mutation(what: &str, refusal: &Refusal, correlation_id: Option<String>) -> Failure {
    let kind = match refusal.status {
        401 => FailureKind::Authentication,
        403 => FailureKind::Permission,
        409 => FailureKind::Conflict,
        _ => FailureKind::Refused,
    };
    let next = match refusal.status {
        401 => "Sign in again with: dsr login cloud".to_owned(),
        403 => missing_permission(&refusal.message).map_or_else(
            || "Ask an administrator of the organisation for the permission.".to_owned(),
            |permission| who_can_give(&permission),
        ),
        429 => format!("Try again in {} s.", refusal.retry_after.unwrap_or(60)),
        _ => "Check the input. If it is right, give the correlation id to Genesys support.".to_owned(),
    };
    let mut failure = Failure::new(
        kind,
        format!(
            "Genesys Cloud refused {what} ({}): {}",
            refusal.status, refusal.message
        ),
    )
    .at(SYSTEM)
    .changed(Changed::Nothing)
    .next(next);
    failure.code = refusal.code.clone();
    failure.correlation_id = correlation_id;
    failure
}
