//! What becomes of operations after the call: adopted, decided, withdrawn, recovered.

use rusqlite::Connection;
use serde_json::json;

use super::changes;
use super::columns::micros;
use super::error::StoreResult;
use super::lease::Session;
use super::operations::{self, conflict};
use super::sending::{Scene, note, put};
use crate::domain::operation::{Operation, OperationState};

/// Gives a remote request to an unknown operation. `how` says why it is believed to be its.
pub(crate) fn adopt(
    connection: &Connection,
    scene: &Scene,
    id: &str,
    remote_id: &str,
    how: &str,
) -> StoreResult<Operation> {
    let found = operations::must_get(connection, id)?.operation;
    if found.remote_id.as_deref() == Some(remote_id) {
        return Ok(found);
    }
    if let Some(owner) = operations::of_remote(connection, remote_id)? {
        return Err(conflict(
            format!(
                "Request {} belongs to operation {} of {} already.",
                crate::domain::text::clean(remote_id),
                owner.operation.id,
                owner.operation.actor
            ),
            "A remote request belongs to one operation, ever. Choose another, or decide that this one was never executed.",
        )
        .into());
    }
    must_be_unknown(&found)?;
    connection
        .prepare_cached(
            "UPDATE operations SET state = 'accepted', remote_id = ?2, outcome_at = ?3, rev = ?4
             WHERE id = ?1 AND state = 'unknown'",
        )?
        .execute((id, remote_id, micros(scene.now), scene.rev))?;
    connection
        .prepare_cached("UPDATE requests SET rev = ?2, label = coalesce(seal(nullif(?3, ''), 'requests.label', ?1), label), merge_of = NULL WHERE id = ?1")?
        .execute((remote_id, scene.rev, &found.label))?;
    super::listing::mark_merge_sets(connection, scene.rev)?;
    note(connection, id, scene.now, &format!("{how}: request {remote_id}"))?;
    let facts = json!({ "remote_id": remote_id, "how": how, "outcome": "accepted" });
    put(connection, scene, id, "submit.adopted", facts)?;
    Ok(operations::must_get(connection, id)?.operation)
}

/// A person says that an unknown operation was never executed.
pub(crate) fn never_executed(connection: &Connection, scene: &Scene, id: &str) -> StoreResult<Operation> {
    let found = operations::must_get(connection, id)?.operation;
    must_be_unknown(&found)?;
    let text = format!("decided by {}: never executed", scene.actor.login);
    set_state(connection, scene, id, OperationState::NotSent, &text)?;
    note(connection, id, scene.now, &text)?;
    put(
        connection,
        scene,
        id,
        "submit.decided",
        json!({ "outcome": "never_executed" }),
    )?;
    Ok(operations::must_get(connection, id)?.operation)
}

fn must_be_unknown(found: &Operation) -> Result<(), crate::domain::failure::Failure> {
    match found.state {
        OperationState::Unknown => Ok(()),
        OperationState::Sending => Err(conflict(
            format!("Operation {} is being sent by a process that lives.", found.id),
            "Wait for its outcome.",
        )),
        state => Err(conflict(
            format!(
                "The outcome of operation {} is known: {}.",
                found.id,
                state.as_str()
            ),
            "Nothing is left to decide.",
        )),
    }
}

/// Gives up a planned operation.
pub(crate) fn withdraw(
    connection: &Connection,
    scene: &Scene,
    id: &str,
    why: &str,
) -> StoreResult<Operation> {
    let found = operations::must_get(connection, id)?.operation;
    if found.state != OperationState::Planned {
        return Err(conflict(
            format!(
                "Operation {id} cannot be withdrawn: it is {}.",
                found.state.as_str()
            ),
            "Only what was not sent can be withdrawn; Genesys Cloud has no cancel.",
        )
        .into());
    }
    set_state(connection, scene, id, OperationState::Withdrawn, why)?;
    note(connection, id, scene.now, why)?;
    put(
        connection,
        scene,
        id,
        "submit.withdrawn",
        json!({ "outcome": "withdrawn" }),
    )?;
    Ok(operations::must_get(connection, id)?.operation)
}

/// Withdraws what waited for an operation that will never deliver.
pub(crate) fn withdraw_waiting(
    connection: &Connection,
    scene: &Scene,
    waited_for: &str,
    why: &str,
) -> StoreResult<Vec<Operation>> {
    let waiting: Vec<String> = operations::in_state(connection, OperationState::Planned)?
        .into_iter()
        .filter(|record| record.operation.waits_for.as_deref() == Some(waited_for))
        .map(|record| record.operation.id)
        .collect();
    waiting
        .iter()
        .map(|id| withdraw(connection, scene, id, why))
        .collect()
}

/// Settles the intents of sessions that are gone, and of our own that nobody carries any more:
/// what was being sent is unknown, what was only planned was not sent. Gives the unknown ones.
pub(crate) fn recover(
    connection: &Connection,
    scene: &Scene,
    gone: &[Session],
    own: Option<&str>,
    flying: &[String],
) -> StoreResult<Vec<Operation>> {
    let is_gone = |session: &str| gone.iter().any(|s| s.id == session);
    let mut unknown = Vec::new();
    for record in operations::in_state(connection, OperationState::Sending)? {
        let id = &record.operation.id;
        let abandoned = own == Some(record.session.as_str()) && !flying.contains(id);
        if !is_gone(&record.session) && !abandoned {
            continue;
        }
        let text = "the process ended after the intent was written and before an outcome was";
        set_state(connection, scene, id, OperationState::Unknown, text)?;
        put(
            connection,
            scene,
            id,
            "submit.recovered",
            json!({ "outcome": "unknown" }),
        )?;
        unknown.push(operations::must_get(connection, id)?.operation);
    }
    for record in operations::in_state(connection, OperationState::Planned)? {
        if record.operation.waits_for.is_some() || !is_gone(&record.session) {
            continue;
        }
        let id = &record.operation.id;
        let text = "the process ended before it was sent; nothing was sent";
        set_state(connection, scene, id, OperationState::NotSent, text)?;
        put(
            connection,
            scene,
            id,
            "submit.recovered",
            json!({ "outcome": "not_sent" }),
        )?;
        let why = "withdrawn: the export it waited for was never sent";
        withdraw_waiting(connection, scene, id, why)?;
    }
    changes::recover(connection, scene, gone, own, flying)?;
    for session in gone {
        super::lease::forget(connection, session)?;
    }
    Ok(unknown)
}

fn set_state(
    connection: &Connection,
    scene: &Scene,
    id: &str,
    state: OperationState,
    detail: &str,
) -> StoreResult<()> {
    connection
        .prepare_cached(
            "UPDATE operations SET state = ?2, outcome_at = ?3, detail = seal(?4, 'operations.detail', ?1), rev = ?5 WHERE id = ?1",
        )?
        .execute((id, state.as_str(), micros(scene.now), detail, scene.rev))?;
    Ok(())
}
