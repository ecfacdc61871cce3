//! Intent and outcome: the two writes around the one call.

use jiff::Timestamp;
use rusqlite::Connection;
use serde_json::{Value, json};

use super::cases;
use super::columns::micros;
use super::error::{StoreError, StoreResult};
use super::evidence::{self, Entry, Origin, commitment};
use super::operations::{self, Record, conflict};
use super::requests;
use crate::domain::actor::Actor;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::operation::{Operation, OperationState, Outcome, Sent};

/// What a write needs to know of who writes where and when.
#[derive(Clone, Debug)]
pub(crate) struct Scene {
    pub(crate) origin: Origin,
    pub(crate) actor: Actor,
    pub(crate) rev: i64,
    pub(crate) now: Timestamp,
}

/// Writes the intent and its evidence. Only a planned operation can be begun, once. `owner` is the
/// session and the creator, `there` the time at the far end, by which a lost call is looked for.
pub(crate) fn begin(
    connection: &Connection,
    scene: &Scene,
    id: &str,
    (session, creator): (&str, Option<&str>),
    there: Option<Timestamp>,
    today: jiff::civil::Date,
) -> StoreResult<Record> {
    let found = operations::must_get(connection, id)?.operation;
    if found.state != OperationState::Planned {
        return Err(conflict(
            format!(
                "Operation {id} is not waiting to be sent: it is {}.",
                found.state.as_str()
            ),
            "Look at the queue; an operation is sent at most once.",
        )
        .into());
    }
    cases::refuse_held(connection, &found, today)?;
    connection
        .prepare_cached(
            "UPDATE operations SET state = 'sending', intent_at = ?2, session = ?3, creator = ?4, rev = ?5,
                server_time = ?6
             WHERE id = ?1 AND state = 'planned'",
        )?
        .execute((
            id,
            micros(scene.now),
            session,
            creator,
            scene.rev,
            there.map(micros),
        ))?;
    let facts = json!({
        "digest": found.plan_digest,
        "session": session,
    });
    put(connection, scene, id, "submit.intent", facts)?;
    operations::must_get(connection, id)
}

/// Evidence about one operation, with its type and its subject as a commitment.
pub(crate) fn put(
    connection: &Connection,
    scene: &Scene,
    id: &str,
    action: &str,
    mut facts: Value,
) -> StoreResult<()> {
    let (kind, key, subject, terms, salt): (String, String, String, String, Vec<u8>) = connection
        .prepare_cached(
            "SELECT kind, unseal(subject_key, 'subject_key'), unseal(subject, 'operations.subject', id),
                unseal(replacement_terms, 'operations.replacement_terms', id), salt FROM operations WHERE id = ?1",
        )?
        .query_row([id], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?))
        })?;
    if let Some(map) = facts.as_object_mut() {
        map.extend(cases::fact(connection, id)?);
        map.insert("type".to_owned(), Value::from(kind));
        map.insert("subject".to_owned(), Value::from(commitment(&salt, &key)));
        map.insert(
            "request".to_owned(),
            Value::from(commitment(&salt, &format!("{subject}\n{terms}"))),
        );
    }
    let entry = Entry {
        action,
        operation_id: Some(id),
        actor: &scene.actor,
        facts,
    };
    evidence::put(connection, &scene.origin, &entry, scene.now)
}

/// Records the outcome of the call. An intent that another process has meanwhile taken for lost
/// still takes its outcome.
pub(crate) fn finish(
    connection: &Connection,
    scene: &Scene,
    id: &str,
    sent: &Sent,
) -> StoreResult<Operation> {
    let found = operations::must_get(connection, id)?.operation;
    if !matches!(found.state, OperationState::Sending | OperationState::Unknown) {
        return already_settled(connection, scene, found, sent);
    }
    let (state, detail, remote) = match &sent.outcome {
        Outcome::Accepted(request) => (OperationState::Accepted, None, Some(request)),
        Outcome::Refused(refusal) => (OperationState::Refused, Some(refused_text(refusal)), None),
        Outcome::NotSent(seen) => (OperationState::NotSent, Some(seen.clone()), None),
        Outcome::Unknown(seen) => (OperationState::Unknown, Some(seen.clone()), None),
    };
    let written = write(
        connection,
        scene,
        id,
        sent,
        state,
        detail,
        remote.map(|r| r.id.as_str()),
    );
    match written {
        Err(error) if error.is_constraint() => {
            // The id belongs to another operation; neither is guessed at.
            let seen = "the answer named a request that another operation has".to_owned();
            write(
                connection,
                scene,
                id,
                sent,
                OperationState::Unknown,
                Some(seen),
                None,
            )?;
        }
        other => other?,
    }
    if let Some(request) = remote {
        requests::see(connection, request, scene.now, scene.rev)?;
        super::listing::mark_merge_sets(connection, scene.rev)?;
    }
    let after = operations::must_get(connection, id)?.operation;
    put(connection, scene, id, "submit.outcome", outcome_facts(&after))?;
    Ok(after)
}

/// A person or a reconciliation was quicker than the answer. What the answer says is kept as a note.
fn already_settled(
    connection: &Connection,
    scene: &Scene,
    found: Operation,
    sent: &Sent,
) -> StoreResult<Operation> {
    if let Outcome::Accepted(request) = &sent.outcome {
        requests::see(connection, request, scene.now, scene.rev)?;
        if found.remote_id.as_deref() != Some(request.id.as_str()) {
            note(
                connection,
                &found.id,
                scene.now,
                &format!("a late answer said: accepted as {}", request.id),
            )?;
        }
    }
    Ok(found)
}

fn write(
    connection: &Connection,
    scene: &Scene,
    id: &str,
    sent: &Sent,
    state: OperationState,
    detail: Option<String>,
    remote_id: Option<&str>,
) -> StoreResult<()> {
    connection
        .prepare_cached(
            "UPDATE operations SET state = ?2, outcome_at = ?3, http_status = ?5,
                server_time = CASE ?2 WHEN 'unknown' THEN coalesce(server_time, ?4) ELSE ?4 END,
                correlation_id = ?6, detail = seal(?7, 'operations.detail', ?1), remote_id = ?8, rev = ?9 WHERE id = ?1",
        )?
        .execute(rusqlite::params![
            id,
            state.as_str(),
            micros(scene.now),
            sent.server_time.map(micros),
            sent.http_status,
            sent.correlation_id,
            detail,
            remote_id,
            scene.rev,
        ])?;
    Ok(())
}

fn refused_text(refusal: &crate::domain::operation::Refusal) -> String {
    let mut text = match &refusal.code {
        Some(code) => format!("HTTP {} {code}: {}", refusal.status, refusal.message),
        None => format!("HTTP {}: {}", refusal.status, refusal.message),
    };
    if let Some(seconds) = refusal.retry_after {
        text.push_str(&format!(" (another attempt makes sense after {seconds} s)"));
    }
    text
}

/// Ids of remote requests are facts; what was seen may quote the server and stays out.
fn outcome_facts(operation: &Operation) -> Value {
    json!({
        "outcome": operation.state.as_str(),
        "remote_id": operation.remote_id,
        "http_status": operation.http_status,
        "correlation_id": operation.correlation_id,
        "server_time": operation.server_time.map(|time| time.to_string()),
    })
}

/// A remark in the life of an operation or a request.
pub(crate) fn note(connection: &Connection, id: &str, now: Timestamp, text: &str) -> StoreResult<()> {
    connection
        .prepare_cached("INSERT INTO notes (id, at, text) VALUES (?1, ?2, seal(?3, 'notes.text', ?1))")?
        .execute((id, micros(now), text))?;
    Ok(())
}

/// How an outcome that could not be written is told: the one storage failure after something may
/// have been sent.
pub(crate) fn unrecorded(error: StoreError, id: &str, sent: &Sent) -> Failure {
    let cause = error.into_failure().message.replace(", so nothing was sent", "");
    let (said, changed) = match &sent.outcome {
        Outcome::Accepted(request) => (
            format!("accepted as request {}", crate::domain::text::clean(&request.id)),
            crate::domain::failure::Changed::Something,
        ),
        Outcome::Refused(refusal) => (
            format!("refused with HTTP {}", refusal.status),
            crate::domain::failure::Changed::Nothing,
        ),
        Outcome::NotSent(_) => ("not sent".to_owned(), crate::domain::failure::Changed::Nothing),
        Outcome::Unknown(_) => ("unknown".to_owned(), crate::domain::failure::Changed::Unknown),
    };
    Failure::new(
        FailureKind::UnknownOutcome,
        format!("The outcome of operation {id} ({said}) could not be written down: {cause}"),
    )
    .changed(changed)
    .next("Make the store usable again, then run: dsr requests reconcile")
}
