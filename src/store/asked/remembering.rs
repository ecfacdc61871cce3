//! Operations, what stands for a subject, and everything remembered of one request.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension};

use crate::domain::failure::Failure;
use crate::domain::operation::{Operation, OperationState};
use crate::domain::queue::QueueRow;
use crate::domain::request::{Request, RequestType};
use crate::domain::subject::Subject;
use crate::store::columns::time;
use crate::store::error::StoreResult;
use crate::store::operations::{self, Record};
use crate::store::requests::{self, Seen};
use crate::store::rows::Cache;
use crate::store::standing::{self, Standing};
use crate::store::{Download, Store, downloads, listing, lock};

/// Everything remembered of one request or operation.
#[derive(Clone, Debug)]
pub(crate) struct Remembered {
    pub(crate) record: Option<Record>,
    pub(crate) request: Option<Request>,
    pub(crate) first_seen: Option<(Timestamp, String)>,
    pub(crate) gone_at: Option<Timestamp>,
    pub(crate) observations: Vec<Seen>,
    pub(crate) downloads: Vec<Download>,
    pub(crate) notes: Vec<(Timestamp, String)>,
    pub(crate) merge_of: Option<String>,
    pub(crate) related: Vec<String>,
}

/// Operations and what stands for a subject.
impl Store {
    /// One operation.
    pub(crate) async fn record(&self, id: &str) -> Result<Option<Record>, Failure> {
        let id = id.to_owned();
        self.read(move |connection| operations::get(connection, &id))
            .await
    }

    /// One operation that must be there.
    pub(crate) async fn must_get(&self, id: &str) -> Result<Record, Failure> {
        let id = id.to_owned();
        self.read(move |connection| operations::must_get(connection, &id))
            .await
    }

    /// Operations in an unsettled state (planned, sending, unknown), oldest first.
    pub(crate) async fn in_state(&self, state: OperationState) -> Result<Vec<Record>, Failure> {
        self.read(move |connection| operations::in_state(connection, state))
            .await
    }

    /// Everything that stands for these subjects, by anyone, newest first.
    pub(crate) async fn standing(&self, keys: Vec<String>) -> Result<Vec<Standing>, Failure> {
        self.read(move |connection| standing::standing(connection, &keys))
            .await
    }

    /// Requests of a type and subject that nobody's operation has, with the moment each was first
    /// seen here.
    pub(crate) async fn unclaimed(
        &self,
        kind: RequestType,
        subject: &Subject,
    ) -> Result<Vec<(Request, Timestamp)>, Failure> {
        let key = subject.key();
        self.read(move |connection| listing::unclaimed(connection, kind, &key))
            .await
    }

    /// True when somebody else submitted under this creator `during` these moments, and it was first
    /// seen since `intent`.
    pub(crate) async fn creator_is_shared(
        &self,
        creator: &str,
        except: &str,
        intent: Timestamp,
        during: (Timestamp, Timestamp),
    ) -> Result<bool, Failure> {
        let (creator, except) = (creator.to_owned(), except.to_owned());
        self.read(move |connection| listing::creator_is_shared(connection, &creator, &except, intent, during))
            .await
    }

    /// Everything remembered of a request or operation.
    pub(crate) async fn remembered(&self, id: &str) -> Result<Remembered, Failure> {
        let id = id.to_owned();
        self.read(move |connection| remembered(connection, &id)).await
    }

    /// Everything remembered of these requests or operations, each with its row, by their whole ids and
    /// in their order: one look at the store for all of them.
    pub(crate) async fn remembered_all(
        &self,
        ids: Vec<String>,
    ) -> Result<Vec<(Remembered, Option<QueueRow>)>, Failure> {
        let rules = lock(&self.inner.state.cache).rules();
        self.read(move |connection| {
            let view = connection.transaction()?;
            let mut rows = Cache::by(rules);
            ids.iter()
                .map(|id| Ok((remembered(&view, id)?, rows.one(&view, id)?)))
                .collect()
        })
        .await
    }

    /// The operation that a row of a batch has become.
    pub(crate) async fn batch_operation(
        &self,
        batch: &str,
        row: usize,
    ) -> Result<Option<Operation>, Failure> {
        let batch = batch.to_owned();
        self.read(move |connection| {
            let id: Option<String> = connection
                .prepare_cached("SELECT operation_id FROM batches WHERE batch = ?1 AND row = ?2")?
                .query_row((batch, row as i64), |row| row.get(0))
                .optional()?;
            match id {
                None => Ok(None),
                Some(id) => Ok(operations::get(connection, &id)?.map(|record| record.operation)),
            }
        })
        .await
    }
}

fn remembered(connection: &Connection, id: &str) -> StoreResult<Remembered> {
    let record = match operations::of_remote(connection, id)? {
        Some(record) => Some(record),
        None => operations::get(connection, id)?,
    };
    let remote = record
        .as_ref()
        .and_then(|record| record.operation.remote_id.clone())
        .unwrap_or_else(|| id.to_owned());
    type Row = (i64, String, Option<i64>, Option<String>);
    let seen: Option<Row> = connection
        .prepare_cached("SELECT first_seen_at, first_status, gone_at, merge_of FROM requests WHERE id = ?1")?
        .query_row([&remote], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })
        .optional()?;
    let merge_of = seen.as_ref().and_then(|seen| seen.3.clone());
    let operation_id = record.as_ref().map(|record| record.operation.id.clone());
    let family = merge_of.clone().or_else(|| operation_id.clone());
    Ok(Remembered {
        request: requests::get(connection, &remote)?,
        first_seen: seen
            .as_ref()
            .map(|seen| (time(Some(seen.0)).unwrap_or_default(), seen.1.clone())),
        gone_at: seen.as_ref().and_then(|seen| time(seen.2)),
        observations: observations(connection, &remote)?,
        downloads: downloads::of_request(connection, &remote)?,
        notes: notes(connection, &[Some(remote.as_str()), operation_id.as_deref()])?,
        related: match &family {
            Some(family) => related(connection, family, &remote)?,
            None => Vec::new(),
        },
        merge_of,
        record,
    })
}

fn observations(connection: &Connection, id: &str) -> StoreResult<Vec<Seen>> {
    let mut statement = connection.prepare_cached(
        "SELECT from_status, to_status, not_before, at FROM observations WHERE request_id = ?1 ORDER BY seq",
    )?;
    let rows = statement.query_map([id], |row| {
        Ok(Seen {
            id: id.to_owned(),
            from: row.get(0)?,
            to: row.get(1)?,
            not_before: time(row.get(2)?),
            at: time(row.get(3)?).unwrap_or_default(),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn notes(connection: &Connection, ids: &[Option<&str>]) -> StoreResult<Vec<(Timestamp, String)>> {
    let mut found = Vec::new();
    let mut statement = connection
        .prepare_cached("SELECT at, unseal(text, 'notes.text', id) FROM notes WHERE id = ?1 ORDER BY seq")?;
    for id in ids.iter().flatten() {
        let rows = statement.query_map([id], |row| {
            Ok((time(row.get(0)?).unwrap_or_default(), row.get(1)?))
        })?;
        for row in rows {
            found.push(row?);
        }
    }
    Ok(found)
}

/// Requests of the same merge set as `remote`: those made for the operation, and the operation's own.
fn related(connection: &Connection, operation_id: &str, remote: &str) -> StoreResult<Vec<String>> {
    let mut statement = connection.prepare_cached(
        "SELECT id FROM requests WHERE merge_of = ?1 AND id <> ?2
         UNION SELECT remote_id FROM operations
            WHERE id = ?1 AND remote_id <> ?2 AND EXISTS (SELECT 1 FROM requests WHERE merge_of = ?1)
         ORDER BY 1",
    )?;
    let rows = statement.query_map([operation_id, remote], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
