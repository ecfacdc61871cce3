//! What stands for a subject already, by anyone: our operations and the requests of the list.

use jiff::Timestamp;
use rusqlite::Connection;

use super::columns::time;
use super::error::StoreResult;
use crate::domain::operation::OperationState;
use crate::domain::request::RequestType;

/// A request or operation for a subject, by anyone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Remote id, else operation id.
    pub id: String,
    /// Our operation, if it is one.
    pub operation_id: Option<String>,
    /// The remote id, once known.
    pub remote_id: Option<String>,
    /// Its type.
    pub kind: Option<RequestType>,
    /// The API's status, or ours.
    pub status: String,
    /// Login of our operator, else the API's creator.
    pub by: Option<String>,
    /// When it was made.
    pub at: Option<Timestamp>,
    /// Not finished, as far as is known.
    pub open: bool,
    /// Every result that it offers is here and checked, and there is at least one.
    pub here: bool,
    /// At least one of its results is still to be had.
    pub offered: bool,
}

/// Everything that stands for these subjects, newest first.
pub(crate) fn standing(connection: &Connection, keys: &[String]) -> StoreResult<Vec<Standing>> {
    let mut found = Vec::new();
    let mut ours = connection.prepare_cached(
        "SELECT o.id, o.remote_id, o.kind, coalesce(r.status, ''), o.state, o.actor,
                coalesce(r.created_at, o.intent_at, o.planned_at),
                coalesce(r.result_count, 0),
                (SELECT count(*) FROM downloads d WHERE d.request_id = o.remote_id AND d.checked_at IS NOT NULL),
                (SELECT count(*) FROM downloads d WHERE d.request_id = o.remote_id AND d.expired_at IS NOT NULL)
         FROM operations o LEFT JOIN requests r ON r.id = o.remote_id WHERE o.subject_key = seal_alike(?1, 'subject_key')",
    )?;
    let mut elsewhere = connection.prepare_cached(
        "SELECT r.id, r.kind, r.status, r.created_by, r.created_at, r.result_count,
                (SELECT count(*) FROM downloads d WHERE d.request_id = r.id AND d.checked_at IS NOT NULL),
                (SELECT count(*) FROM downloads d WHERE d.request_id = r.id AND d.expired_at IS NOT NULL),
                r.gone_at
         FROM requests r WHERE r.subject_key = seal_alike(?1, 'subject_key')
           AND NOT EXISTS (SELECT 1 FROM operations o WHERE o.remote_id = r.id)",
    )?;
    for key in keys {
        let rows = ours.query_map([key], |row| {
            let (id, remote_id): (String, Option<String>) = (row.get(0)?, row.get(1)?);
            let (status, state): (String, String) = (row.get(3)?, row.get(4)?);
            let state = OperationState::parse(&state).unwrap_or(OperationState::Unknown);
            let (offered, here, expired): (u32, u32, u32) = (row.get(7)?, row.get(8)?, row.get(9)?);
            let open = match state {
                OperationState::Planned | OperationState::Sending | OperationState::Unknown => true,
                OperationState::Accepted => is_open(&status),
                OperationState::Refused | OperationState::NotSent | OperationState::Withdrawn => false,
            };
            Ok(Standing {
                id: remote_id.clone().unwrap_or_else(|| id.clone()),
                operation_id: Some(id),
                remote_id,
                kind: RequestType::parse(&row.get::<_, String>(2)?),
                status: if status.is_empty() {
                    state.queue_status().to_owned()
                } else {
                    status
                },
                by: row.get(5)?,
                at: time(row.get(6)?),
                open,
                here: offered > 0 && here >= offered,
                offered: offered > expired,
            })
        })?;
        for row in rows {
            found.push(row?);
        }
        let rows = elsewhere.query_map([key], |row| {
            let id: String = row.get(0)?;
            let status: String = row.get(2)?;
            let (offered, here, expired): (u32, u32, u32) = (row.get(5)?, row.get(6)?, row.get(7)?);
            let gone: Option<i64> = row.get(8)?;
            Ok(Standing {
                remote_id: Some(id.clone()),
                id,
                operation_id: None,
                kind: row
                    .get::<_, Option<String>>(1)?
                    .as_deref()
                    .and_then(RequestType::parse),
                open: is_open(&status) && gone.is_none(),
                status,
                by: row.get(3)?,
                at: time(row.get(4)?),
                here: offered > 0 && here >= offered,
                offered: offered > expired && gone.is_none(),
            })
        })?;
        for row in rows {
            found.push(row?);
        }
    }
    found.sort_by(|a, b| b.at.cmp(&a.at).then_with(|| a.id.cmp(&b.id)));
    found.dedup_by(|a, b| a.id == b.id);
    Ok(found)
}

fn is_open(status: &str) -> bool {
    crate::domain::request::phase(status) == crate::domain::request::Phase::Open
}

/// What a deletion for this subject has to wait for: an export that is open, or one of ours that is
/// finished and not yet here and checked although it can still be had. The newest of them.
pub(crate) fn export_to_wait_for<'a>(standing: &'a [Standing], own: &[String]) -> Option<&'a Standing> {
    standing.iter().find(|s| {
        let mine = s.operation_id.as_ref().is_some_and(|id| own.contains(id));
        let unfetched = s.operation_id.is_some() && s.status == "COMPLETED" && s.offered && !s.here;
        s.kind == Some(RequestType::Export) && !mine && (s.open || unfetched)
    })
}
