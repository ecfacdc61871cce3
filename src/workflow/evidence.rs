//! From the store's outbox into the ledger. What was done waits in the outbox from the moment in
//! which it was done; the ledger takes it in order, once, also when a crash came in between.

mod anchor;
mod denied;
mod handing;
pub mod health;
mod looking;
mod witnesses;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::Mutex;

use super::World;
use crate::domain::failure::{Failure, FailureKind};
use crate::ledger::{Held, LedgerError, Line};
use crate::store::Evidence;
pub use anchor::{Anchor, Witness, anchor};
pub use denied::denied;
pub use handing::{Export, export};
pub use looking::{Chosen, Entries, OfCase, Shown, Signed, entries, signed, verify_files, verify_own};
pub use witnesses::{Witnessing, anchor_all, anchor_if_due, anchor_is_due};

/// How long an entry that authorises nothing may wait for others to share the syncs with.
const SHARE: Duration = Duration::from_millis(250);

/// The turns of publishing within this process.
#[derive(Debug, Default)]
pub struct Publishing {
    turn: Mutex<()>,
    planned: AtomicBool,
}

/// Publishes all that waits, and begins the ledger where none was begun. When this returns, every
/// entry that was in the outbox before the call is in the ledger and on disk, under a signed
/// checkpoint.
///
/// # Errors
/// When the ledger cannot be written, is broken, lost, or does not fit the store.
pub async fn publish(world: &World) -> Result<(), Failure> {
    let _turn = world.publishing.turn.lock().await;
    // Somebody whose turn came before may have taken our entries along.
    if world.store.evidence_waiting().await?.is_empty() {
        return Ok(());
    }
    let held = hold(world).await?;
    // Another process may have published in the meantime.
    let waiting = world.store.evidence_waiting().await?;
    let Some(last) = waiting.last().map(|entry| entry.sequence) else {
        return Ok(());
    };
    let known = place(world.store.evidence_known().await?);
    let (held, lines) = to_sign(world, held, waiting, known).await?;
    let own = world.clone();
    blocking(move || {
        let appended = held.with(|log| log.append(&lines, known))?;
        if appended.is_some() {
            return Ok(());
        }
        if known > 0 {
            return Err(LedgerError::Lost(known));
        }
        begin(&own, &held, 0, &json!({}))?;
        held.with(|log| log.append(&lines, known)).map(|_| ())
    })
    .await?;
    world.store.evidence_published(last);
    Ok(())
}

/// What the ledger is to take in: what waits, and before it what the store knows to be published where
/// the ledger's last checkpoint does not reach so far. A power cut may have taken that checkpoint, and
/// what it signed is signed again, if it is there.
async fn to_sign(
    world: &World,
    held: Held,
    waiting: Vec<Evidence>,
    known: u64,
) -> Result<(Held, Vec<Line>), Failure> {
    let (held, signed) = blocking(move || {
        let signed = match held.with(|log| Ok(log.last())) {
            // What is wrong is told by whoever appends.
            Err(error) if error.needs_a_person() => None,
            other => other?,
        };
        Ok((held, signed))
    })
    .await?;
    let entries = match signed.filter(|signed| *signed < known) {
        Some(signed) => world.store.evidence(as_sequence(signed)).await?,
        None => waiting,
    };
    Ok((held, entries.into_iter().map(as_line).collect()))
}

/// Publishes in a moment, together with what else is done until then. What could not be published is
/// told by the next action that must be.
pub(super) fn soon(world: &World) {
    if world.publishing.planned.swap(true, Ordering::SeqCst) {
        return;
    }
    let own = world.clone();
    tokio::spawn(async move {
        tokio::time::sleep(SHARE).await;
        own.publishing.planned.store(false, Ordering::SeqCst);
        if let Err(failure) = publish(&own).await {
            tracing::error!("evidence waits: {failure}");
        }
    });
}

/// Publishes what waits and notes in the store that it is published: at the end of some work.
///
/// # Errors
/// As [`publish`], and storage failures.
pub async fn settle(world: &World) -> Result<(), Failure> {
    publish(world).await?;
    world
        .store
        .settle_published(&world.actor, world.clock.now())
        .await
}

/// Logs an action that changes nothing outside, with facts that hold no personal data.
///
/// # Errors
/// Storage failures.
pub async fn record(world: &World, action: &str, facts: Value) -> Result<(), Failure> {
    let (facts, now) = (world.facts(facts), world.clock.now());
    world
        .store
        .record_action(&world.actor, action, facts, now)
        .await?;
    soon(world);
    Ok(())
}

/// Begins a new log in the place of one that is broken, lost or no longer fits, which is kept beside
/// it and named in the first entry. Gives what was wrong.
///
/// # Errors
/// [`FailureKind::Conflict`] when nothing is wrong; those of the disk.
pub async fn begin_anew(world: &World) -> Result<String, Failure> {
    let _turn = world.publishing.turn.lock().await;
    let held = hold(world).await?;
    let known = place(world.store.evidence_known().await?);
    let waiting = world.store.evidence_waiting().await?;
    let unpublished: Vec<Line> = waiting.iter().cloned().map(as_line).collect();
    let (held, lines) = to_sign(world, held, waiting, known).await?;
    let own = world.clone();
    let why = blocking(move || {
        let why = match held.with(|log| log.append(&lines, known)) {
            Err(error) if error.needs_a_person() => error.to_string(),
            Err(error) => return Err(error),
            Ok(None) if known > 0 => LedgerError::Lost(known).to_string(),
            Ok(_) => return Ok(None),
        };
        let follows = held.retire()?;
        begin(&own, &held, known, &json!({ "follows": follows, "why": why }))?;
        held.with(|log| log.append(&unpublished, known))?;
        Ok(Some(why))
    })
    .await?;
    why.ok_or_else(|| {
        Failure::new(
            FailureKind::Conflict,
            "The ledger is in order, so no new one is begun.",
        )
        .next("Look at it: dsr ledger verify")
    })
}

/// Changes the key: the old one signs the new one in, the new one signs from then on. Gives the new
/// key in the form of a verifier.
///
/// # Errors
/// As [`publish`].
pub async fn change_key(world: &World) -> Result<String, Failure> {
    publish(world).await?;
    let held = hold(world).await?;
    let prepared = blocking(move || held.prepare_hand_over()).await?;
    let Some((key, signatures)) = prepared else {
        return Err(Failure::new(FailureKind::NotFound, "No ledger was begun yet.")
            .next("It begins with the first action that is recorded."));
    };
    let facts = json!({ "key": key, "signatures": signatures });
    world
        .store
        .record_action(&world.actor, "ledger.rotate", facts, world.clock.now())
        .await?;
    settle(world).await?;
    Ok(key)
}

/// Writes the first entry of a log.
fn begin(world: &World, held: &Held, continues_after: u64, more: &Value) -> Result<(), LedgerError> {
    let new = held.prepare()?;
    let mut facts = json!({
        "origin": new.origin(),
        "key": new.verifier().to_string(),
        "continues_after": continues_after,
    });
    if let (Some(facts), Some(more)) = (facts.as_object_mut(), more.as_object()) {
        facts.extend(more.clone());
    }
    let now = world.clock.now();
    let first = world.store.ledger_line(&world.actor, "ledger.begin", facts, now);
    held.begin(new, &first, continues_after)
}

async fn hold(world: &World) -> Result<Held, Failure> {
    let ledger = world.ledger.clone();
    blocking(move || ledger.hold()).await
}

/// The ledger waits for disks and for other processes.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, LedgerError> + Send + 'static,
) -> Result<T, Failure> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done.map_err(|error| error.failure()),
        Err(_) => Err(Failure::new(FailureKind::Internal, "The ledger met a defect.")),
    }
}

fn as_line(entry: Evidence) -> Line {
    Line {
        sequence: place(entry.sequence),
        bytes: entry.bytes,
    }
}

/// Places in the order begin at 1.
fn place(sequence: i64) -> u64 {
    u64::try_from(sequence).unwrap_or(0)
}

/// The store counts with a sign.
fn as_sequence(place: u64) -> i64 {
    i64::try_from(place).unwrap_or(i64::MAX)
}

/// A fresh account of turns for a world.
pub(super) fn turns() -> Arc<Publishing> {
    Arc::default()
}
