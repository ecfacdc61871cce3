//! Changes outside that are not requests, and of which nobody knows whether they took effect: their
//! process died, or the answer did not come. No list settles them by itself, so that a person looks
//! and says what was seen.

use jiff::Timestamp;

use crate::domain::failure::{Failure, FailureKind};
use crate::domain::text::clean;
use crate::store::UnknownChange;
use crate::workflow::World;

/// Shortest beginning of an id that stands for it.
const SHORTEST: usize = 6;

/// Where one looks whether a change of this kind took effect, for display.
pub fn where_to_look(action: &str) -> &'static str {
    match action {
        "export_job.create" | "export_job.delete" => "dsr jobs list",
        "export_file.delete" => "dsr artifacts list",
        "export_certificate.replace" => "dsr certificate show",
        "create_role" | "create_oauth_client" => "dsr setup oauth-client --dry-run",
        _ if action.starts_with("gws.") => "dsr forget with the same search",
        _ => "the system itself",
    }
}

/// What is to be looked after, oldest first. Changes of processes that are gone are among them.
///
/// # Errors
/// Storage failures.
pub async fn unknown(world: &World) -> Result<Vec<UnknownChange>, Failure> {
    super::recover(world).await?;
    world.store.unknown_changes().await
}

/// The change that `wanted`, its id or an unambiguous beginning of it, stands for; `None` for none.
///
/// # Errors
/// An ambiguous beginning, and storage failures.
pub async fn find(world: &World, wanted: &str) -> Result<Option<UnknownChange>, Failure> {
    let wanted = wanted.trim();
    let mut fitting = unknown(world).await?;
    fitting
        .retain(|change| change.id == wanted || (wanted.len() >= SHORTEST && change.id.starts_with(wanted)));
    match fitting.len() {
        0 | 1 => Ok(fitting.pop()),
        _ => Err(Failure::new(
            FailureKind::Usage,
            format!("{} stands for more than one change.", clean(wanted)),
        )
        .next("Give the whole id.")),
    }
}

/// What a preview says of equal changes that are open.
pub fn note(equal: &[UnknownChange], now: Timestamp) -> Option<String> {
    let first = equal.first()?;
    let more = match equal.len() {
        1 => String::new(),
        count => format!(", and {} more", count - 1),
    };
    Some(format!(
        "An equal one is {}: {}{more}.",
        first.standing(),
        first.words(now)
    ))
}

/// Refuses what may have been done already, unless the operator said that another is meant.
///
/// # Errors
/// A conflict that says what to look at.
pub fn refuse(equal: &[UnknownChange], again: bool, now: Timestamp) -> Result<(), Failure> {
    let (Some(first), Some(text)) = (equal.first(), note(equal, now)) else {
        return Ok(());
    };
    if again {
        return Ok(());
    }
    let place = where_to_look(&first.action);
    let look = match first.sending {
        true => format!("Wait until it has ended, then look whether it took effect ({place})"),
        false => {
            format!("Look whether it took effect ({place}), and say what was seen (dsr requests reconcile)")
        }
    };
    Err(Failure::new(FailureKind::Conflict, text).next(format!(
        "{look}; or repeat with --again if a second one is meant."
    )))
}

/// The equal ones that a confirmation knew of, when another is meant all the same.
pub fn known(equal: &[UnknownChange], again: bool) -> Option<Vec<String>> {
    again.then(|| equal.iter().map(|change| change.id.clone()).collect())
}

/// Records what a person saw: it took effect, or it did not.
///
/// # Errors
/// A change that is not unknown, and storage failures.
pub async fn decide(world: &World, change: &UnknownChange, took_effect: bool) -> Result<(), Failure> {
    let now = world.clock.now();
    world
        .store
        .decide_change(&world.actor, &change.id, took_effect, now)
        .await?;
    crate::workflow::evidence::settle(world).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_being_sent_is_waited_for_and_not_reconciled() {
        let now: Timestamp = "2026-11-18T12:00:00Z".parse().unwrap();
        let next = |sending| {
            let equal = UnknownChange {
                id: "3f2a".to_owned(),
                action: "export_job.create".to_owned(),
                facts: serde_json::json!({}),
                actor: "jdoe".to_owned(),
                intent_at: now,
                sending,
            };
            let failure = refuse(&[equal], false, now).unwrap_err();
            (failure.message, failure.next.unwrap_or_default())
        };
        let (message, way) = next(true);
        assert!(message.contains("is under way:"), "{message}");
        assert!(
            way.starts_with("Wait until it has ended") && !way.contains("reconcile"),
            "{way}"
        );
        let (message, way) = next(false);
        assert!(message.contains("is of unknown outcome:"), "{message}");
        assert!(way.contains("dsr requests reconcile"), "{way}");
    }
}
