//! What stands in the way of a plan, what it will touch, and the calls it is made of.

use super::{Freshness, PlannedCall, Proposal};
use crate::domain::candidate::{Candidate, MergeMember};
use crate::domain::failure::Failure;
use crate::domain::operation::NewRequest;
use crate::domain::request::RequestType;
use crate::domain::subject::Subject;
use crate::store::{Standing, export_to_wait_for};
use crate::workflow::World;

/// What stands for the very subject. Requests that would block are looked at once more, so that one
/// that has ended since the list was read does not.
pub(super) async fn standing(
    world: &World,
    key: String,
    kind: RequestType,
    freshness: Freshness,
) -> Result<Vec<Standing>, Failure> {
    let found = world.store.standing(vec![key.clone()]).await?;
    if freshness == Freshness::Known {
        return Ok(found);
    }
    let mut looked = false;
    let matters = |s: &&Standing| s.open && (s.kind == Some(kind) || s.kind == Some(RequestType::Export));
    for standing in found.iter().filter(matters).take(5) {
        let Some(remote) = &standing.remote_id else {
            continue;
        };
        // Where it cannot be read, what was last seen stands.
        if let Ok(request) = world.cloud.get_request(remote).await {
            let now = world.clock.now();
            world.store.look_at(&world.actor, request, now).await?;
            looked = true;
        }
    }
    if looked {
        world.store.standing(vec![key]).await
    } else {
        Ok(found)
    }
}

/// The keys under which the same person may stand besides the one that is sent.
pub(super) fn other_keys(subject: &Subject) -> Vec<String> {
    let alone = |fill: &dyn Fn(&mut Subject)| {
        let mut single = Subject::default();
        fill(&mut single);
        (single != Subject::default()).then(|| single.key())
    };
    let own = subject.key();
    let keys = [
        alone(&|s| s.user_id = subject.user_id.clone()),
        alone(&|s| s.external_contact_id = subject.external_contact_id.clone()),
        alone(&|s| s.dialer_contact_id = subject.dialer_contact_id.clone()),
        alone(&|s| s.journey_customer = subject.journey_customer.clone()),
        alone(&|s| s.social_handle = subject.social_handle.clone()),
        alone(&|s| s.external_id = subject.external_id.clone()),
    ];
    keys.into_iter().flatten().filter(|key| *key != own).collect()
}

/// The other contacts of the merge set, read anew where that can be done.
pub(super) async fn merge_set(
    world: &World,
    candidate: &Candidate,
    freshness: Freshness,
    warnings: &mut Vec<String>,
) -> Vec<MergeMember> {
    let sent = candidate.subject.for_submission();
    let Some(id) = sent.external_contact_id else {
        return Vec::new();
    };
    let mut members = candidate.merge_set.clone();
    if freshness == Freshness::Ask {
        match world.cloud.merge_set(&id).await {
            Ok(found) => members = found,
            Err(failure) => warnings.push(format!(
                "The merge set of the contact could not be read, so what else will be touched is not known for certain: {failure}"
            )),
        }
    }
    members.retain(|member| member.external_contact_id != id);
    members
}

pub(super) fn calls_for(
    world: &World,
    proposal: &Proposal,
    candidate: &Candidate,
    standing: &[Standing],
    merge_set: Vec<MergeMember>,
) -> Vec<PlannedCall> {
    let label = match &candidate.name {
        Some(name) if !name.is_empty() => name.clone(),
        _ => candidate.subject.label(),
    };
    let call = |kind: RequestType, waits_for: Option<String>| {
        let request = NewRequest {
            kind,
            subject: candidate.subject.for_submission(),
            replacement_terms: proposal.replacement_terms.clone(),
        };
        let (method, path, body) = world.cloud.preview(&request);
        PlannedCall {
            operation_id: uuid::Uuid::new_v4().to_string(),
            request,
            label: label.clone(),
            method,
            path,
            body,
            waits_for,
            merge_set: merge_set.clone(),
        }
    };
    if proposal.kind != RequestType::Delete {
        return vec![call(proposal.kind, None)];
    }
    // An export on its way is waited for, also when no copy was asked for together with this.
    if let Some(export) = export_to_wait_for(standing, &[]) {
        let waits_for = export.operation_id.clone().unwrap_or_else(|| export.id.clone());
        return vec![call(RequestType::Delete, Some(waits_for))];
    }
    if !proposal.copy_first {
        return vec![call(RequestType::Delete, None)];
    }
    let copy = call(RequestType::Export, None);
    let waits_for = Some(copy.operation_id.clone());
    vec![copy, call(RequestType::Delete, waits_for)]
}
