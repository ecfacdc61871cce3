//! Settling unknown outcomes by looking.
//!
//! A remote request is taken for ours when type, subject, creator and time agree, nobody's operation
//! has it, and it is the only one. Where it could as well be somebody else's, a person decides:
//! - another operation of this store waits for the same (two operators who lost the same call);
//! - its creator or its time is not known, or ours is not;
//! - it may have been created by Genesys Cloud for a merge set;
//! - a request that appeared since the intent and is nobody's here shows that somebody else submits
//!   through the same OAuth client in these minutes.
//!
//! What remains: two operators with *separate* stores and the same client, who lose equal calls in
//! the same seconds of which one was executed, and who leave no other trace of each other, cannot
//! tell whose it was: nothing in Genesys Cloud's answers distinguishes them. Operators who share an
//! OAuth client should share a store.

pub mod changes;
mod window;

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio_util::sync::CancellationToken;

use super::{World, gate, queue, reading};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::operation::{Operation, OperationState};
use crate::domain::progress::Listener;
use crate::domain::request::Request;
use crate::domain::text::clean;
use crate::store::Record;
use window::{Window, signed};

/// A difference between two clocks that their own errors do not explain.
const CLOCK_WAS_SET: SignedDuration = SignedDuration::from_secs(60);

/// How one unknown operation was settled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settled {
    /// Exactly one request fits; it is ours now.
    Adopted(String),
    /// Nothing fits yet and the quiet period is not over.
    Waiting,
    /// Nothing fits after the quiet period: a person decides.
    NothingFound,
    /// Several fit, or one that may be somebody else's: a person decides. Their remote ids.
    Several(Vec<String>),
    /// The list could not be read whole, so nothing is concluded.
    NotRead(String),
}

/// Looks for the requests of unknown operations (all, or those named).
pub async fn run(
    world: &World,
    ids: &[String],
    quiet_period: Option<Duration>,
    cancel: &CancellationToken,
) -> Result<Vec<(Operation, Settled)>, Failure> {
    recover(world).await?;
    let (unknown, mut settled) = chosen(world, ids).await?;
    if unknown.is_empty() {
        return Ok(settled);
    }
    let list = reading::read_list(world, &Listener::none(), cancel).await?;
    if !list.complete {
        let why = list.notes.join(" ");
        let not_read = unknown
            .into_iter()
            .map(|record| (record.operation, Settled::NotRead(why.clone())));
        settled.extend(not_read);
        return Ok(settled);
    }
    let quiet = quiet_period.unwrap_or(world.settings.quiet_period);
    for record in unknown {
        settled.push(settle(world, record, list.server_time, quiet).await?);
    }
    Ok(settled)
}

/// The unknown operations that are meant; those that are settled already beside them.
async fn chosen(world: &World, ids: &[String]) -> Result<(Vec<Record>, Vec<(Operation, Settled)>), Failure> {
    if ids.is_empty() {
        return Ok((world.store.in_state(OperationState::Unknown).await?, Vec::new()));
    }
    let (mut unknown, mut settled) = (Vec::new(), Vec::new());
    for id in ids {
        let whole = queue::resolve(world, id).await?;
        let Some(record) = world.store.remembered(&whole).await?.record else {
            return Err(Failure::new(
                FailureKind::Conflict,
                format!(
                    "Request {} is not one of ours; nothing about it is unknown.",
                    clean(&whole)
                ),
            ));
        };
        match (record.operation.state, record.operation.remote_id.clone()) {
            (OperationState::Unknown, _) => unknown.push(record),
            (_, Some(remote)) => settled.push((record.operation, Settled::Adopted(remote))),
            (state, None) => {
                return Err(Failure::new(
                    FailureKind::Conflict,
                    format!(
                        "The outcome of operation {whole} is not unknown: it is {}.",
                        state.as_str()
                    ),
                ));
            }
        }
    }
    Ok((unknown, settled))
}

/// `clocks`: what the server's clock and ours said when the list was read.
async fn settle(
    world: &World,
    record: Record,
    clocks: Option<(Timestamp, Timestamp)>,
    quiet: Duration,
) -> Result<(Operation, Settled), Failure> {
    let operation = &record.operation;
    let intent = operation.intent_at.unwrap_or(operation.planned_at);
    // By how much the server's clock is ahead of ours now.
    let ahead = clocks.map_or(SignedDuration::ZERO, |(server, ours)| server.duration_since(ours));
    // What the server's clock said when the intent was written counts, where it is known: ours may
    // have been set since.
    let (window, was_set) = match operation.server_time {
        Some(there) => {
            let apart = intent
                .saturating_add(ahead)
                .unwrap_or(intent)
                .duration_since(there);
            (Window::at(there, intent, quiet), apart.abs() > CLOCK_WAS_SET)
        }
        None => (Window::around(intent, ahead, quiet), false),
    };
    let waited = match (operation.server_time, clocks) {
        // A `Date` has whole seconds, so that it may seem to lie before the intent.
        (Some(there), Some((server, _))) => server.duration_since(there).max(SignedDuration::ZERO),
        _ => world.clock.now().duration_since(intent),
    };
    let unclaimed = world
        .store
        .unclaimed(operation.request.kind, &operation.request.subject)
        .await?;
    let fitting: Vec<(Request, bool)> = unclaimed
        .into_iter()
        .map(|(request, first_seen)| (request, first_seen < intent))
        // What was seen here before the intent cannot have come of it, unless that is said by our
        // clocks alone: by one that was set, or by two operators' clocks that differ.
        .filter(|(request, before)| {
            let later_there = operation
                .server_time
                .is_some_and(|there| request.created_at.is_some_and(|created| created >= there));
            (!before || was_set || later_there) && window.fits(request, record.creator.as_deref())
        })
        .collect();
    let ids: Vec<String> = fitting.iter().map(|(request, _)| request.id.clone()).collect();
    let settled = match fitting.as_slice() {
        [] if waited < signed(quiet) => Settled::Waiting,
        [] => Settled::NothingFound,
        [(only, before)] => {
            let vague = *before || only.created_at.is_none() || only.created_by.is_none();
            if vague || may_be_anothers(world, &record, only, &window).await? {
                Settled::Several(ids)
            } else {
                return adopt(world, record, only).await;
            }
        }
        _ => Settled::Several(ids),
    };
    Ok((record.operation, settled))
}

async fn adopt(world: &World, record: Record, request: &Request) -> Result<(Operation, Settled), Failure> {
    let how = "adopted: type, subject, creator and time agree";
    let now = world.clock.now();
    let adopted = world
        .store
        .adopt(&world.actor, &record.operation.id, &request.id, how, now)
        .await;
    match adopted {
        Ok(operation) => Ok((operation, Settled::Adopted(request.id.clone()))),
        // Another process was quicker with this request or this operation.
        Err(failure) if failure.kind == FailureKind::Conflict => {
            let operation = world.store.must_get(&record.operation.id).await?.operation;
            let settled = match &operation.remote_id {
                Some(remote) => Settled::Adopted(remote.clone()),
                None => Settled::Waiting,
            };
            Ok((operation, settled))
        }
        Err(failure) => Err(failure),
    }
}

/// Whether the only request that fits could be somebody else's as well.
async fn may_be_anothers(
    world: &World,
    record: &Record,
    request: &Request,
    window: &Window,
) -> Result<bool, Failure> {
    let key = request.subject.key();
    for state in [OperationState::Unknown, OperationState::Sending] {
        for rival in world.store.in_state(state).await? {
            if rival.operation.id != record.operation.id
                && rival.operation.request.kind == record.operation.request.kind
                && (rival.operation.request.subject.key() == key || names(&rival, request))
                && overlaps(window, &rival.operation)
            {
                return Ok(true);
            }
        }
    }
    if world.store.remembered(&request.id).await?.merge_of.is_some() {
        return Ok(true);
    }
    let Some(creator) = &record.creator else {
        return Ok(true);
    };
    let is_person = gate::identity(world)
        .await
        .is_some_and(|identity| identity.user_id.as_ref() == Some(creator));
    if is_person {
        return Ok(false);
    }
    let during = (window.from, window.to);
    world
        .store
        .creator_is_shared(creator, &request.id, window.intent, during)
        .await
}

/// True when the rival's call could have made the same request, by our clock or by the server's.
fn overlaps(window: &Window, rival: &Operation) -> bool {
    rival.intent_at.is_some_and(|at| window.overlaps(at))
        || rival
            .server_time
            .is_some_and(|at| window.from <= at && at <= window.to)
}

/// True when the request's contact belongs to the merge set of the operation.
fn names(rival: &Record, request: &Request) -> bool {
    request.subject.external_contact_id.as_ref().is_some_and(|id| {
        rival
            .merge_set
            .iter()
            .any(|member| member.external_contact_id == *id)
    })
}

/// A person's decision: this remote request is the one of this operation, or (`None`) it was never
/// executed. Refused when the remote id belongs to another operation.
pub async fn decide(
    world: &World,
    operation_id: &str,
    remote_id: Option<&str>,
) -> Result<Operation, Failure> {
    recover(world).await?;
    let now = world.clock.now();
    let operation = queue::resolve(world, operation_id).await?;
    let Some(remote_id) = remote_id else {
        return world.store.never_executed(&world.actor, &operation, now).await;
    };
    let remote = match queue::resolve(world, remote_id).await {
        Ok(remote) => remote,
        Err(failure) if failure.kind == FailureKind::NotFound => remote_id.trim().to_owned(),
        Err(failure) => return Err(failure),
    };
    let request = world.cloud.get_request(&remote).await?;
    let record = world.store.must_get(&operation).await?;
    let wanted = &record.operation.request;
    if request.kind != Some(wanted.kind) || request.subject.key() != wanted.subject.key() {
        return Err(Failure::new(
            FailureKind::Conflict,
            format!(
                "Request {} has another type or another subject than operation {operation}.",
                clean(&remote)
            ),
        )
        .next("Compare the two: dsr requests show"));
    }
    world.store.look_at(&world.actor, request, now).await?;
    let how = format!("decided by {}", world.actor.login);
    world
        .store
        .adopt(&world.actor, &operation, &remote, &how, now)
        .await
}

/// At the start of a process: intents whose owner is gone become unknown. Gives their operations.
pub async fn recover(world: &World) -> Result<Vec<Operation>, Failure> {
    world.store.recover(&world.actor, world.clock.now()).await
}
