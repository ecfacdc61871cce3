//! A plan: the exact calls with a digest. What is executed is what was confirmed.

mod calls;

use jiff::{Timestamp, civil::Date};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::{World, reading};
use crate::domain::candidate::{Candidate, MergeMember};
use crate::domain::canonical;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::operation::NewRequest;
use crate::domain::request::{ReplacementTerm, RequestType};
use crate::domain::subject::Subject;
use calls::{calls_for, merge_set, other_keys, standing};

/// What the operator wants for one or several records of one person.
#[derive(Clone)]
pub struct Proposal {
    /// The records; each becomes one request (two with `copy_first`).
    pub candidates: Vec<Candidate>,
    /// The type of request.
    pub kind: RequestType,
    /// Replacement terms of an update.
    pub replacement_terms: Vec<ReplacementTerm>,
    /// Ticket or case reference.
    pub reference: Option<String>,
    /// Reason or note.
    pub reason: Option<String>,
    /// Day the data subject's request was received.
    pub received: Option<Date>,
    /// With a deletion: an export goes first, and the deletion waits until it is here and checked.
    pub copy_first: bool,
    /// Submit although an equal request is open.
    pub again: bool,
}

impl std::fmt::Debug for Proposal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Who it is about, the terms, the reference and the reason are personal data.
        f.debug_struct("Proposal")
            .field("kind", &self.kind)
            .field("candidates", &self.candidates.len())
            .field("copy_first", &self.copy_first)
            .field("again", &self.again)
            .finish_non_exhaustive()
    }
}

/// One operation of a plan, not yet written anywhere.
#[derive(Clone, PartialEq, Eq)]
pub struct PlannedCall {
    /// Our id to be.
    pub operation_id: String,
    /// What will be sent.
    pub request: NewRequest,
    /// The person's label.
    pub label: String,
    /// Method and path with query.
    pub method: String,
    /// Path with query.
    pub path: String,
    /// Pretty JSON body; personal data.
    pub body: String,
    /// The operation of this plan, or the earlier operation or remote request, that must be here and
    /// checked first.
    pub waits_for: Option<String>,
    /// The other contacts of the subject's merge set, as known now.
    pub merge_set: Vec<MergeMember>,
}

impl std::fmt::Debug for PlannedCall {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Label, body and merge set are personal data.
        f.debug_struct("PlannedCall")
            .field("operation_id", &self.operation_id)
            .field("kind", &self.request.kind)
            .field("waits_for", &self.waits_for)
            .finish_non_exhaustive()
    }
}

/// An earlier request for the same person, by anyone.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Earlier {
    /// Remote or operation id.
    pub id: String,
    /// Its type.
    pub kind: Option<RequestType>,
    /// Its status.
    pub status: String,
    /// Who asked.
    pub by: Option<String>,
    /// When.
    pub at: Option<Timestamp>,
    /// True when it has the same type and is still open: the plan is then refused without `again`.
    pub blocks: bool,
}

/// The preview and the thing executed.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Hex SHA-256 over everything that will be sent and recorded.
    pub digest: String,
    /// What was wanted.
    pub proposal: Proposal,
    /// The exact calls, in order.
    pub calls: Vec<PlannedCall>,
    /// Earlier requests for the same person.
    pub earlier: Vec<Earlier>,
    /// Due day, if `received` is known.
    pub due: Option<Date>,
    /// What it will reach (the merge set's contacts, for example).
    pub reaches: Vec<String>,
    /// What it will not reach, and what cannot be undone.
    pub warnings: Vec<String>,
    /// False when the list of requests could not be read whole; a warning says so.
    pub list_whole: bool,
    /// The same as a command, without personal data.
    pub command: String,
}

/// Whether a plan asks Genesys Cloud what it may know already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Freshness {
    /// The list and the merge sets are read now.
    Ask,
    /// They were read a moment ago, for many plans at once.
    Known,
}

/// Makes the plan; looks at the store and at the remote list for earlier requests. Changes nothing.
pub async fn prepare(world: &World, proposal: Proposal) -> Result<Plan, Failure> {
    prepare_with(world, proposal, Freshness::Ask).await
}

pub(super) async fn prepare_with(
    world: &World,
    mut proposal: Proposal,
    freshness: Freshness,
) -> Result<Plan, Failure> {
    check(&proposal)?;
    check_received(world, &proposal)?;
    let mut keys: Vec<String> = Vec::new();
    proposal.candidates.retain(|candidate| {
        let key = candidate.subject.key();
        let new = !keys.contains(&key);
        keys.push(key);
        new
    });
    let mut warnings = super::wording::limits(&proposal);
    let mut list_whole = true;
    if freshness == Freshness::Ask {
        let notes = reading::freshen(world, &CancellationToken::new()).await?;
        list_whole = notes.is_empty();
        if !list_whole {
            warnings.push(format!(
                "The list of requests could not be read whole, so an equal request made elsewhere may be missed: {}",
                notes.join(" ")
            ));
        }
    }
    let mut calls = Vec::new();
    let mut earlier: Vec<Earlier> = Vec::new();
    for candidate in &proposal.candidates {
        let own = standing(world, candidate.subject.key(), proposal.kind, freshness).await?;
        let merge_set = merge_set(world, candidate, freshness, &mut warnings).await;
        calls.extend(calls_for(world, &proposal, candidate, &own, merge_set));
        let others = world.store.standing(other_keys(&candidate.subject)).await?;
        for (standing, equal) in own
            .iter()
            .map(|s| (s, true))
            .chain(others.iter().map(|s| (s, false)))
        {
            if earlier.iter().any(|known| known.id == standing.id) {
                continue;
            }
            earlier.push(Earlier {
                id: standing.id.clone(),
                kind: standing.kind,
                status: standing.status.clone(),
                by: standing.by.clone(),
                at: standing.at,
                blocks: equal && standing.open && standing.kind == Some(proposal.kind),
            });
        }
    }
    warnings.extend(super::cases::holds::warning(world, &proposal).await?);
    let case = super::cases::named(world, &proposal).await?;
    if let (Some(case), RequestType::Delete) = (&case, proposal.kind) {
        warnings.extend(super::cases::identity_warning(world, case).await?);
    }
    let mut plan = Plan {
        digest: String::new(),
        due: super::cases::due(world, &proposal).await?,
        reaches: super::wording::reaches(&calls),
        command: super::wording::command(&proposal, case.as_deref()),
        warnings,
        list_whole,
        proposal,
        calls,
        earlier,
    };
    super::wording::waits(&mut plan);
    plan.digest = digest(world, &plan);
    Ok(plan)
}

fn check(proposal: &Proposal) -> Result<(), Failure> {
    let usage = |message: &str, next: &str| Err(Failure::new(FailureKind::Usage, message).next(next));
    if proposal.candidates.is_empty() {
        return usage("No person is chosen.", "Search and choose one.");
    }
    if proposal
        .candidates
        .iter()
        .any(|c| c.subject == Subject::default())
    {
        return usage(
            "A subject without any id or value cannot be asked for.",
            "Search and choose a person.",
        );
    }
    let terms = &proposal.replacement_terms;
    match proposal.kind {
        RequestType::Update if terms.is_empty() => usage(
            "An update needs at least one replacement term.",
            "Give what stands there and what shall stand there.",
        ),
        RequestType::Update
            if terms
                .iter()
                .any(|t| t.existing_value.trim().is_empty() || t.updated_value.trim().is_empty()) =>
        {
            usage("A replacement term is empty.", "Give both values of each term.")
        }
        RequestType::Update if terms.iter().any(|t| t.existing_value == t.updated_value) => usage(
            "A replacement term changes nothing.",
            "Give two different values.",
        ),
        RequestType::Export | RequestType::Delete if !terms.is_empty() => usage(
            "Replacement terms belong to an update only.",
            "Leave them out, or choose update.",
        ),
        RequestType::Export | RequestType::Update if proposal.copy_first => usage(
            "A copy goes first only with a deletion.",
            "Leave it out, or choose delete.",
        ),
        _ => Ok(()),
    }
}

/// A due day counts from the day of receipt, so that is one that has come.
fn check_received(world: &World, proposal: &Proposal) -> Result<(), Failure> {
    let zone = world.settings.time_zone.clone();
    let today = world.clock.now().to_zoned(zone).date();
    match proposal.received {
        Some(day) if day > today => Err(Failure::new(
            FailureKind::Usage,
            format!("The day of receipt, {day}, has not come yet: today is {today}."),
        )
        .next("Give the day on which the data subject's request arrived.")),
        _ => Ok(()),
    }
}

/// The digest over everything that will be sent and recorded.
pub(super) fn digest(world: &World, plan: &Plan) -> String {
    let calls: Vec<serde_json::Value> = plan
        .calls
        .iter()
        .map(|call| {
            json!({
                "operation_id": call.operation_id,
                "request": call.request,
                "label": call.label,
                "method": call.method,
                "path": call.path,
                "body": call.body,
                "waits_for": call.waits_for,
                "merge_set": call.merge_set,
            })
        })
        .collect();
    let known: Vec<&str> = plan
        .earlier
        .iter()
        .filter(|earlier| earlier.blocks)
        .map(|earlier| earlier.id.as_str())
        .collect();
    canonical::digest(&json!({
        "version": 1,
        "mode": world.mode,
        "organization": world.organization,
        "profile": world.profile,
        "actor": world.actor,
        "kind": plan.proposal.kind,
        "reference": plan.proposal.reference,
        "reason": plan.proposal.reason,
        "received": plan.proposal.received,
        "again": plan.proposal.again,
        "copy_first": plan.proposal.copy_first,
        "calls": calls,
        "despite": known,
    }))
}
