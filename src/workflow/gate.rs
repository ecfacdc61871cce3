//! The only way to a mutating call. Intent and evidence are on disk, and the evidence is in the
//! ledger, before the permit exists: no evidence, no call. The call and the writing of its outcome
//! run in a task of their own, so that whoever asked may go away (a switch of mode, a cancel, a
//! hang-up) without the outcome being lost.

use std::future::Future;
use std::time::Duration;

use super::{World, evidence};
use crate::domain::failure::{Changed, Failure, FailureKind};
use crate::domain::operation::{NewRequest, Operation, Outcome, Sent};
use crate::store::{Against, Erasure, Once};
use crate::systems::genesys_cloud::Identity;
use crate::systems::permit::Permit;

/// Attempts to write an outcome down before it is left to the next start, and the pause between.
const ATTEMPTS: u32 = 30;
const PAUSE: Duration = Duration::from_secs(1);

/// Sends one planned operation: writes its intent and evidence, makes the one call, records what
/// came of it. The work goes on when the returned future is dropped; [`World::outcomes`] waits for it.
///
/// # Errors
/// Before the call, when the intent could not be written: nothing was sent. After it, when the
/// outcome could not be written down: the failure says what it was.
pub async fn perform<F, Fut>(world: &World, operation_id: &str, call: F) -> Result<Operation, Failure>
where
    F: FnOnce(Permit, NewRequest) -> Fut + Send + 'static,
    Fut: Future<Output = Sent> + Send + 'static,
{
    let (own, id) = (world.clone(), operation_id.to_owned());
    let task = world.tasks.spawn(async move {
        let creator = creator(&own).await;
        // Held until the outcome is written: nobody takes this operation for abandoned meanwhile.
        let _flight = own.store.fly(&id);
        let (now, today) = (own.clock.now(), super::cases::today(&own));
        let there = own.cloud.server_now();
        let record = own
            .store
            .begin(&own.actor, &id, creator, (now, there), today)
            .await?;
        let request = record.operation.request;
        if let Err(failure) = evidence::publish(&own).await {
            return Err(kept_back(&own, &id, failure).await);
        }
        let permit = Permit::issue(id.as_str());
        // A task within the task: should the call meet a defect, its outcome is still written.
        let sent = match tokio::spawn(call(permit, request)).await {
            Ok(sent) => sent,
            Err(_) => Sent {
                outcome: Outcome::Unknown("the sending task met a defect".to_owned()),
                http_status: None,
                correlation_id: None,
                server_time: None,
            },
        };
        let recorded = record_outcome(&own, &id, &sent).await;
        evidence::soon(&own);
        recorded
    });
    task.await.unwrap_or_else(|_| Err(defect()))
}

/// Without an entry in the ledger nothing is sent. Should even that not be written down, the next
/// start finds the intent.
async fn kept_back(world: &World, id: &str, failure: Failure) -> Failure {
    let sent = Sent {
        outcome: Outcome::NotSent("not sent: the ledger could not be written".to_owned()),
        http_status: None,
        correlation_id: None,
        server_time: None,
    };
    let noted = world
        .store
        .finish(&world.actor, id, &sent, world.clock.now())
        .await;
    if let Err((unwritten, _)) = noted {
        tracing::error!(operation = id, "{unwritten}");
    }
    nothing_sent(failure)
}

/// The ledger stood in the way before anything left this host.
fn nothing_sent(mut failure: Failure) -> Failure {
    failure.message.push_str(" Nothing was sent.");
    failure.changed(Changed::Nothing)
}

/// Writes the outcome, patiently: another process may hold the store for a moment, or somebody makes
/// room on the disk. What cannot be written is told in full, and a start finds the intent.
async fn record_outcome(world: &World, id: &str, sent: &Sent) -> Result<Operation, Failure> {
    let mut attempt = 1;
    loop {
        match world
            .store
            .finish(&world.actor, id, sent, world.clock.now())
            .await
        {
            Ok(operation) => return Ok(operation),
            Err((_, true)) if attempt < ATTEMPTS => {
                attempt += 1;
                tokio::time::sleep(PAUSE).await;
            }
            Err((failure, _)) => {
                tracing::error!(operation = id, "{failure}");
                return Err(failure);
            }
        }
    }
}

/// A change that is not a GDPR request (a role, an OAuth client): intent and evidence on disk, then
/// the one call in a task of its own, then its outcome. `action` names it (`create_role`), `facts`
/// describe it without personal data or secrets. An error's `changed` says what is recorded:
/// `nothing` as refused, the others as unknown.
///
/// # Errors
/// Those of the call, and storage failures; before the call nothing was sent.
pub async fn change<T, F, Fut>(
    world: &World,
    action: &str,
    facts: serde_json::Value,
    call: F,
) -> Result<T, Failure>
where
    T: Send + 'static,
    F: FnOnce(Permit) -> Fut + Send + 'static,
    Fut: Future<Output = Result<T, Failure>> + Send + 'static,
{
    begun(world, action, facts, Against::Nothing, call).await
}

/// As [`change`], for one that erases data of a person: whether a hold stands against it is asked in
/// the transaction that would write its intent, so that none can be set in between.
///
/// # Errors
/// As [`change`], and a conflict with the code [`crate::store::HELD`]: nothing was written or sent then.
pub(super) async fn erase<T, F, Fut>(
    world: &World,
    action: &str,
    facts: serde_json::Value,
    erasure: Erasure,
    call: F,
) -> Result<T, Failure>
where
    T: Send + 'static,
    F: FnOnce(Permit) -> Fut + Send + 'static,
    Fut: Future<Output = Result<T, Failure>> + Send + 'static,
{
    let today = super::cases::today(world);
    begun(world, action, facts, Against::Holds(erasure, today), call).await
}

/// As [`change`], for one that would be there twice if it were sent twice: refused while an equal one
/// is under way or of unknown outcome, unless the operator said that another is meant.
///
/// # Errors
/// As [`change`], and a conflict: nothing was written or sent then.
pub(super) async fn once<T, F, Fut>(
    world: &World,
    action: &str,
    facts: serde_json::Value,
    once: Once,
    call: F,
) -> Result<T, Failure>
where
    T: Send + 'static,
    F: FnOnce(Permit) -> Fut + Send + 'static,
    Fut: Future<Output = Result<T, Failure>> + Send + 'static,
{
    begun(world, action, facts, Against::Equal(once), call).await
}

async fn begun<T, F, Fut>(
    world: &World,
    action: &str,
    facts: serde_json::Value,
    against: Against,
    call: F,
) -> Result<T, Failure>
where
    T: Send + 'static,
    F: FnOnce(Permit) -> Fut + Send + 'static,
    Fut: Future<Output = Result<T, Failure>> + Send + 'static,
{
    let own = world.clone();
    let action = action.to_owned();
    let facts = world.facts(facts);
    let task = world.tasks.spawn(async move {
        let id = uuid::Uuid::new_v4().to_string();
        // Held until the outcome is written: nobody takes this change for abandoned meanwhile.
        let _flight = own.store.fly(&id);
        let now = own.clock.now();
        own.store
            .begin_change(&own.actor, &id, &action, facts, against, now)
            .await?;
        if let Err(failure) = evidence::publish(&own).await {
            let detail = Some("not sent: the ledger could not be written".to_owned());
            finish_change(&own, &id, "refused", detail).await;
            return Err(nothing_sent(failure));
        }
        let result = match tokio::spawn(call(Permit::issue(id.as_str()))).await {
            Ok(result) => result,
            Err(_) => Err(defect().changed(Changed::Unknown)),
        };
        let (state, detail) = match &result {
            Ok(_) => ("accepted", None),
            Err(failure) if failure.changed == Changed::Nothing => ("refused", Some(failure.message.clone())),
            Err(failure) => ("unknown", Some(failure.message.clone())),
        };
        finish_change(&own, &id, state, detail).await;
        evidence::soon(&own);
        result
    });
    task.await.unwrap_or_else(|_| Err(defect()))
}

/// Writes the outcome of a change, as patiently as that of a request.
async fn finish_change(world: &World, id: &str, state: &'static str, detail: Option<String>) {
    let mut attempt = 1;
    loop {
        let now = world.clock.now();
        let written = world
            .store
            .finish_change(&world.actor, id, state, detail.clone(), now)
            .await;
        match written {
            Ok(()) => return,
            Err((_, true)) if attempt < ATTEMPTS => {
                attempt += 1;
                tokio::time::sleep(PAUSE).await;
            }
            Err((failure, _)) => {
                // What was made matters more to the caller than that it could not be noted; the next
                // start finds the intent and calls it unknown.
                tracing::error!(change = id, state, "outcome not written: {failure}");
                return;
            }
        }
    }
}

/// Who the token speaks for: the creator of what we submit. Without an answer nothing
/// unknown is adopted by itself.
async fn creator(world: &World) -> Option<String> {
    let identity = identity(world).await?;
    identity.user_id.clone().or_else(|| identity.client_id.clone())
}

/// The identity behind the token, asked once for each world.
pub(super) async fn identity(world: &World) -> Option<&Identity> {
    world
        .identity
        .get_or_try_init(|| world.cloud.identity())
        .await
        .ok()
}

fn defect() -> Failure {
    Failure::new(
        FailureKind::Internal,
        "The sending task met a defect of this program.",
    )
    .changed(Changed::Unknown)
    .next("Run: dsr requests reconcile")
}
