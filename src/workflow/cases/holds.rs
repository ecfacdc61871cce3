//! Holds: set on a case or on a person, told in the preview, and asked for again in the transaction
//! that would write the intent of a deletion.

use crate::domain::candidate::Candidate;
use crate::domain::case::coverage::System;
use crate::domain::case::hold::Hold;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::identifier::Identifier;
use crate::domain::progress::Listener;
use crate::domain::request::RequestType;
use crate::domain::subject::Subject;
use crate::store::NewHold;
use crate::workflow::plan::{Plan, Proposal};
use crate::workflow::{World, evidence, search};
use jiff::civil::Date;
use tokio_util::sync::CancellationToken;

/// Sets a hold on the person of a case, or on a person known by identifiers. The person's records are
/// looked up, so that the hold covers them by their ids too; what could not be read is told.
///
/// # Errors
/// When nobody is named, or the store cannot be written. A search that fails does not stop a hold.
pub async fn set(
    world: &World,
    case: Option<&str>,
    identifiers: Vec<Identifier>,
    reason: String,
    until: Option<Date>,
    cancel: &CancellationToken,
) -> Result<(Hold, Vec<String>), Failure> {
    let mut known = identifiers;
    let case = match case {
        None => None,
        Some(handle) => {
            let found = world.store.case_file(handle, &[]).await?.case;
            known.extend(found.identifiers.iter().cloned());
            Some(found.id)
        }
    };
    known.sort();
    known.dedup();
    if known.is_empty() && case.is_none() {
        return Err(Failure::new(
            FailureKind::Usage,
            "A hold needs a case or identifiers of a person.",
        ));
    }
    let (mut keys, mut notes) = (Vec::new(), Vec::new());
    if !known.is_empty() {
        match search::search(world, &known, &Listener::none(), cancel).await {
            Ok(found) => {
                for candidate in &found.candidates {
                    keys.extend(keys_of(candidate));
                }
                notes = found.notes;
            }
            Err(failure) => notes.push(format!(
                "The person's records could not be looked up, so the hold knows them by these identifiers only: {}",
                failure.message
            )),
        }
    }
    keys.sort();
    keys.dedup();
    let hold = world
        .store
        .set_hold(
            &super::ground(world),
            NewHold {
                reason,
                case,
                identifiers: known,
                keys,
                until,
            },
        )
        .await?;
    Ok((hold, notes))
}

fn keys_of(candidate: &Candidate) -> Vec<String> {
    let mut keys = vec![candidate.subject.key()];
    keys.extend(candidate.also.iter().map(Subject::key));
    keys.extend(
        candidate
            .merge_set
            .iter()
            .map(|member| format!("external_contact:{}", member.external_contact_id)),
    );
    keys
}

/// Lifts a hold.
pub async fn lift(world: &World, id: &str, why: String) -> Result<Hold, Failure> {
    world.store.lift_hold(&super::ground(world), id, why).await
}

/// Holds; those that were lifted or have run out too with `all`.
pub async fn list(world: &World, all: bool) -> Result<Vec<Hold>, Failure> {
    world.store.holds(all, super::today(world)).await
}

/// Fails when a hold stands against erasing anything of a person: for previews, and for systems other
/// than Genesys Cloud right before their call. The attempt is written down.
///
/// # Errors
/// A conflict with the code [`crate::store::HELD`] that names the holds.
pub async fn check(
    world: &World,
    subjects: Vec<Subject>,
    identifiers: Vec<Identifier>,
    case: Option<String>,
) -> Result<(), Failure> {
    let found = world
        .store
        .holds_against(subjects, identifiers, case, super::today(world))
        .await?;
    let Some(failure) = refusal(&found) else {
        return Ok(());
    };
    blocked(world, None, &found).await?;
    Err(failure)
}

/// What is told of holds that stand in the way.
pub fn refusal(found: &[Hold]) -> Option<Failure> {
    if found.is_empty() {
        return None;
    }
    Some(crate::store::held(found))
}

/// Writes down that a deletion was stopped by a hold.
pub async fn blocked(world: &World, operation_id: Option<&str>, found: &[Hold]) -> Result<(), Failure> {
    let ids: Vec<&str> = found.iter().map(|hold| hold.id.as_str()).collect();
    let facts = serde_json::json!({ "holds": ids, "operation": operation_id });
    evidence::record(world, "hold.blocked", facts).await
}

/// As [`check`], for the deletions of a plan, so that nothing is written down for what cannot be; the
/// last word has the transaction that writes the intent.
pub(in crate::workflow) async fn check_plan(
    world: &World,
    plan: &Plan,
    case: Option<String>,
) -> Result<(), Failure> {
    let deletes = plan
        .calls
        .iter()
        .filter(|call| call.request.kind == RequestType::Delete);
    let subjects: Vec<_> = deletes.map(|call| call.request.subject.clone()).collect();
    if subjects.is_empty() {
        return Ok(());
    }
    let checked = check(world, subjects, Vec::new(), case.clone()).await;
    if let (Err(failure), Some(case)) = (&checked, &case)
        && failure.code.as_deref() == Some(crate::store::HELD)
    {
        super::coverage::held(world, case, System::GenesysCloud, failure).await?;
    }
    checked
}

/// A hold was set after the preview: no intent was written, none will be, and that is written down.
pub(in crate::workflow) async fn stopped(world: &World, id: &str, failure: Failure) -> Failure {
    let now = world.clock.now();
    let why = "stopped by a hold before it was sent";
    let written = match blocked(world, Some(id), &[]).await {
        Ok(()) => world.store.withdraw(&world.actor, id, why, now).await.map(|_| ()),
        Err(failure) => Err(failure),
    };
    match written {
        Ok(()) => failure,
        Err(other) => other,
    }
}

/// What a preview says of holds that stand against a deletion.
pub(in crate::workflow) async fn warning(
    world: &World,
    proposal: &Proposal,
) -> Result<Option<String>, Failure> {
    if proposal.kind != RequestType::Delete {
        return Ok(None);
    }
    let case = match &proposal.reference {
        Some(reference) => world.store.case_named(reference).await?,
        None => None,
    };
    let subjects = proposal.candidates.iter().map(|c| c.subject.clone()).collect();
    let found = world
        .store
        .holds_against(subjects, Vec::new(), case, super::today(world))
        .await?;
    Ok(refusal(&found).map(|failure| format!("{} It will not be sent.", failure.message)))
}
