//! Operations as rows.

use rusqlite::{Connection, OptionalExtension, Row};

use super::columns::{json, time, words};
use super::error::{StoreError, StoreResult};
use crate::domain::candidate::MergeMember;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::operation::{NewRequest, Operation, OperationState};
use crate::domain::request::RequestType;

/// An operation with what only the workflow needs.
#[derive(Clone, Debug)]
pub struct Record {
    /// The operation.
    pub operation: Operation,
    /// Submitted although an equal request was open.
    pub again: bool,
    /// The other contacts of its merge set, as known at planning.
    pub merge_set: Vec<MergeMember>,
    /// Who the token spoke for when it was sent.
    pub creator: Option<String>,
    /// The session that wrote it.
    pub session: String,
}

const COLUMNS: &str =
    "id, kind, unseal(subject, 'operations.subject', id),
    unseal(replacement_terms, 'operations.replacement_terms', id), unseal(label, 'operations.label', id),
    unseal(merge_set, 'operations.merge_set', id), state,
    plan_digest, again, actor, unseal(reference, 'reference'), unseal(reason, 'operations.reason', id), received, waits_for, session, creator,
    planned_at, intent_at, outcome_at, server_time, http_status, correlation_id,
    unseal(detail, 'operations.detail', id), remote_id";

fn record(row: &Row<'_>) -> rusqlite::Result<Record> {
    let kind: String = row.get(1)?;
    let state: String = row.get(6)?;
    let received: Option<String> = row.get(12)?;
    Ok(Record {
        operation: Operation {
            id: row.get(0)?,
            request: NewRequest {
                kind: words(1, RequestType::parse(&kind))?,
                subject: json(2, row.get_ref(2)?.as_str()?)?,
                replacement_terms: json(3, row.get_ref(3)?.as_str()?)?,
            },
            label: row.get(4)?,
            state: words(6, OperationState::parse(&state))?,
            plan_digest: row.get(7)?,
            actor: row.get(9)?,
            reference: row.get(10)?,
            reason: row.get(11)?,
            received: received.and_then(|day| day.parse().ok()),
            waits_for: row.get(13)?,
            planned_at: time(row.get(16)?).unwrap_or_default(),
            intent_at: time(row.get(17)?),
            outcome_at: time(row.get(18)?),
            server_time: time(row.get(19)?),
            http_status: row.get(20)?,
            correlation_id: row.get(21)?,
            detail: row.get(22)?,
            remote_id: row.get(23)?,
        },
        again: row.get(8)?,
        merge_set: json(5, row.get_ref(5)?.as_str()?)?,
        creator: row.get(15)?,
        session: row.get(14)?,
    })
}

/// One operation.
pub(crate) fn get(connection: &Connection, id: &str) -> StoreResult<Option<Record>> {
    Ok(connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM operations WHERE id = ?1"))?
        .query_row([id], record)
        .optional()?)
}

/// One operation that must be there.
pub(crate) fn must_get(connection: &Connection, id: &str) -> StoreResult<Record> {
    get(connection, id)?.ok_or_else(|| {
        StoreError::from(Failure::new(
            FailureKind::NotFound,
            format!("There is no operation {}.", crate::domain::text::clean(id)),
        ))
    })
}

/// The operation that a remote request belongs to.
pub(crate) fn of_remote(connection: &Connection, remote_id: &str) -> StoreResult<Option<Record>> {
    Ok(connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM operations WHERE remote_id = ?1"))?
        .query_row([remote_id], record)
        .optional()?)
}

/// Operations in one of the unsettled states, oldest first.
pub(crate) fn in_state(connection: &Connection, state: OperationState) -> StoreResult<Vec<Record>> {
    // The list of states lets the partial index be used.
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM operations
         WHERE state IN ('planned', 'sending', 'unknown') AND state = ?1 ORDER BY planned_at, id"
    ))?;
    let rows = statement.query_map([state.as_str()], record)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// A refusal because of what stands already.
pub(crate) fn conflict(message: impl Into<String>, next: &str) -> Failure {
    Failure::new(FailureKind::Conflict, message).next(next)
}
