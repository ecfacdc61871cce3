//! Attempts that were denied, by a system or by a rule of ours, are actions as well.

use serde_json::json;

use super::record;
use crate::domain::failure::{Failure, FailureKind};
use crate::workflow::World;

/// Records that an attempt at `action` was denied, if it was. The result stays what it is.
pub async fn denied<T>(world: &World, action: &str, result: Result<T, Failure>) -> Result<T, Failure> {
    if let Err(failure) = &result
        && is_denial(failure.kind)
    {
        let facts = json!({ "why": failure.kind, "system": failure.system });
        if let Err(unrecorded) = record(world, &format!("{action}.denied"), facts).await {
            // The operator is told why it was denied; that matters more here.
            tracing::error!("denied attempt not recorded: {unrecorded}");
        }
    }
    result
}

fn is_denial(kind: FailureKind) -> bool {
    matches!(
        kind,
        FailureKind::Permission | FailureKind::Authentication | FailureKind::Conflict | FailureKind::Refused
    )
}
