//! Carrying out a confirmed plan through the gate.

mod waiting;

use tokio_util::sync::CancellationToken;

use super::plan::{Plan, PlannedCall};
use super::{World, cases, evidence, gate, plan, reading};
use crate::domain::candidate::MergeMember;
use crate::domain::failure::{Changed, Failure, FailureKind};
use crate::domain::operation::{Operation, OperationState};
use crate::domain::progress::{Listener, Progress};
use crate::domain::request::RequestType;
use crate::store::{Confirmed, NewOperation};
pub use waiting::release;
pub(super) use waiting::{Readiness, readiness};

/// Executes `plan`, whose digest must be `confirmed`. Each call has its operation in the result,
/// whatever its outcome. `cancel` takes effect before an intent is written, never after. An
/// operation that waits for an export stays planned.
///
/// Dropping the returned future is like cancelling: the call under way is carried through, the rest
/// is withdrawn.
///
/// # Errors
/// Only for what was found before the first intent: wrong digest, drift, an equal open request.
pub async fn execute(
    world: &World,
    plan: &Plan,
    confirmed: &str,
    listener: &Listener,
    cancel: &CancellationToken,
) -> Result<Vec<Operation>, Failure> {
    let result = async {
        check_digest(world, plan, confirmed)?;
        check_drift(world, plan, cancel).await?;
        carry_out(world, plan, None, listener, cancel).await
    };
    evidence::denied(world, "submit", result.await).await
}

/// Writes the plan down and sends what need not wait. `batch` is the row that it comes from.
pub(super) async fn carry_out(
    world: &World,
    plan: &Plan,
    batch: Option<(String, usize)>,
    listener: &Listener,
    cancel: &CancellationToken,
) -> Result<Vec<Operation>, Failure> {
    if cancel.is_cancelled() {
        return Err(cancelled());
    }
    make_ready(world, cancel).await?;
    // A reference that names a case says that the request belongs to it.
    let case = match &plan.proposal.reference {
        Some(reference) => world.store.case_named(reference).await?,
        None => None,
    };
    cases::holds::check_plan(world, plan, case.clone()).await?;
    let confirmed = to_confirm(world, plan, batch, case);
    // From here on the work has a task of its own: the claims are never left behind half-way.
    let (own, listener, stop) = (world.clone(), listener.clone(), cancel.child_token());
    let guard = stop.clone().drop_guard();
    let task = world.tasks.spawn(async move {
        let planned = own.store.confirm(confirmed, own.clock.now()).await?;
        send_all(&own, planned, &listener, &stop).await
    });
    let result = task.await.unwrap_or_else(|_| Err(defect()));
    guard.disarm();
    result
}

pub(super) fn check_digest(world: &World, plan: &Plan, confirmed: &str) -> Result<(), Failure> {
    if confirmed == plan.digest && plan::digest(world, plan) == plan.digest {
        return Ok(());
    }
    Err(Failure::new(
        FailureKind::Conflict,
        "What would be executed is not what was confirmed.",
    )
    .next("Look at the preview again and confirm it."))
}

/// Looks whether the world is still the one of the preview. The last word has the transaction that
/// writes the plan down.
async fn check_drift(world: &World, plan: &Plan, cancel: &CancellationToken) -> Result<(), Failure> {
    for call in &plan.calls {
        let (method, path, body) = world.cloud.preview(&call.request);
        if (&method, &path, &body) != (&call.method, &call.path, &call.body) {
            return Err(drifted("The call would not be the one shown."));
        }
        if let Some(id) = &call.request.subject.external_contact_id {
            // Where the merge set cannot be read, the preview has said so.
            if let Ok(mut members) = world.cloud.merge_set(id).await {
                members.retain(|member| member.external_contact_id != *id);
                if !same_members(&members, &call.merge_set) {
                    return Err(drifted("The contact's merge set has changed since the preview."));
                }
            }
        }
    }
    let notes = reading::freshen(world, cancel).await?;
    let deletes = plan.calls.iter().any(|c| c.request.kind == RequestType::Delete);
    // A plan that carries the warning was confirmed in the knowledge of it.
    if !notes.is_empty() && deletes && plan.list_whole {
        return Err(reading::not_whole(&notes)
            .next("Try again. If the list stays so, plan anew: the preview will say it, and you decide."));
    }
    Ok(())
}

/// The server gives the members in no order of its own.
fn same_members(now: &[MergeMember], planned: &[MergeMember]) -> bool {
    let sorted = |members: &[MergeMember]| {
        let mut members = members.to_vec();
        members.sort_by(|a, b| a.external_contact_id.cmp(&b.external_contact_id));
        members
    };
    sorted(now) == sorted(planned)
}

fn to_confirm(world: &World, plan: &Plan, batch: Option<(String, usize)>, case: Option<String>) -> Confirmed {
    let known = plan
        .earlier
        .iter()
        .filter(|earlier| earlier.blocks)
        .map(|earlier| earlier.id.clone());
    Confirmed {
        digest: plan.digest.clone(),
        actor: world.actor.clone(),
        reference: plan.proposal.reference.clone(),
        reason: plan.proposal.reason.clone(),
        case,
        received: plan.proposal.received,
        despite: plan.proposal.again.then(|| known.collect()),
        batch,
        operations: plan.calls.iter().map(new_operation).collect(),
    }
}

fn new_operation(call: &PlannedCall) -> NewOperation {
    NewOperation {
        id: call.operation_id.clone(),
        request: call.request.clone(),
        label: call.label.clone(),
        merge_set: call.merge_set.clone(),
        waits_for: call.waits_for.clone(),
    }
}

async fn send_all(
    world: &World,
    planned: Vec<Operation>,
    listener: &Listener,
    stop: &CancellationToken,
) -> Result<Vec<Operation>, Failure> {
    let mut done: Vec<Operation> = Vec::new();
    if let Err(failure) = send_each(world, &planned, listener, stop, &mut done).await {
        return Err(beside(failure, &done));
    }
    // What waited may have been withdrawn meanwhile.
    let mut after = Vec::with_capacity(done.len());
    for operation in &done {
        match world.store.must_get(&operation.id).await {
            Ok(record) => after.push(record.operation),
            Err(failure) => return Err(beside(failure, &done)),
        }
    }
    Ok(after)
}

/// A failure after others of the plan were sent: it must not hide them.
fn beside(mut failure: Failure, done: &[Operation]) -> Failure {
    let sent: Vec<&Operation> = done
        .iter()
        .filter(|o| o.state != OperationState::Planned && !not_executed(o.state))
        .collect();
    if sent.is_empty() {
        return failure;
    }
    if sent.iter().any(|o| o.state != OperationState::Accepted) {
        failure.changed = Changed::Unknown;
    } else if failure.changed == Changed::Nothing {
        failure.changed = Changed::Something;
    }
    let names: Vec<String> = sent
        .iter()
        .map(|o| format!("{} ({})", o.id, o.state.as_str()))
        .collect();
    failure.message = format!("{} Sent before it: {}.", failure.message, names.join(", "));
    failure.next("Look at the queue, reconcile what is unknown, and plan anew for the rest only.")
}

/// Sends one after the other; `done` holds what became of each, also when it fails half-way.
async fn send_each(
    world: &World,
    planned: &[Operation],
    listener: &Listener,
    stop: &CancellationToken,
    done: &mut Vec<Operation>,
) -> Result<(), Failure> {
    let total = planned.len() as u64;
    for (index, operation) in planned.iter().cloned().enumerate() {
        listener.tell(Progress {
            done: index as u64,
            total: Some(total),
            unit: "requests",
            note: format!("{} request", operation.request.kind),
        });
        let id = operation.id.clone();
        if stop.is_cancelled() {
            let why = "cancelled before it was sent";
            done.push(
                world
                    .store
                    .withdraw(&world.actor, &id, why, world.clock.now())
                    .await?,
            );
            continue;
        }
        if operation.waits_for.is_some() {
            done.push(operation);
            continue;
        }
        let sent = match send(world, &id).await {
            Ok(sent) => sent,
            Err(failure) => {
                give_up(world, &planned[index..]).await;
                return Err(failure);
            }
        };
        let state = sent.state;
        done.push(sent);
        if not_executed(state) {
            let why = "withdrawn: the export it waited for was not executed";
            let now = world.clock.now();
            world.store.withdraw_waiting(&world.actor, &id, why, now).await?;
        }
    }
    Ok(())
}

/// After a failure of our own: what was not begun will not be. Should the store refuse even that, the
/// next start finds them.
async fn give_up(world: &World, rest: &[Operation]) {
    for operation in rest {
        let why = "withdrawn: the store failed before it was sent";
        let _ = world
            .store
            .withdraw(&world.actor, &operation.id, why, world.clock.now())
            .await;
    }
}

fn not_executed(state: OperationState) -> bool {
    matches!(
        state,
        OperationState::Refused | OperationState::NotSent | OperationState::Withdrawn
    )
}

/// Signing in can fail and the allowance can be used up: better before anything is written down.
async fn make_ready(world: &World, cancel: &CancellationToken) -> Result<(), Failure> {
    tokio::select! {
        ready = world.cloud.make_ready() => ready?,
        () = cancel.cancelled() => {}
    }
    if cancel.is_cancelled() {
        Err(cancelled())
    } else {
        Ok(())
    }
}

async fn send(world: &World, id: &str) -> Result<Operation, Failure> {
    let cloud = world.cloud.clone();
    let sent = gate::perform(world, id, move |permit, request| async move {
        cloud.submit(permit, &request).await
    })
    .await;
    match sent {
        Err(failure) if failure.code.as_deref() == Some(crate::store::HELD) => {
            Err(cases::holds::stopped(world, id, failure).await)
        }
        other => other,
    }
}

/// Gives up a planned operation before it was sent.
pub async fn withdraw(world: &World, operation_id: &str) -> Result<Operation, Failure> {
    let why = format!("withdrawn by {}", world.actor.login);
    world
        .store
        .withdraw(&world.actor, operation_id, &why, world.clock.now())
        .await
}

fn drifted(message: &str) -> Failure {
    Failure::new(FailureKind::Conflict, message).next("Plan anew and confirm again.")
}

fn cancelled() -> Failure {
    Failure::new(FailureKind::Interrupted, "Cancelled before anything was sent.")
}

fn defect() -> Failure {
    Failure::new(
        FailureKind::Internal,
        "The submission met a defect of this program.",
    )
    .changed(Changed::Unknown)
    .next("Look at the queue; run dsr requests reconcile for what is unknown.")
}
