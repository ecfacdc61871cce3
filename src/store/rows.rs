//! The queue's rows, lean and quickly: what did not change since the last reading is not read again
//! and shares its memory.

use std::collections::HashSet;
use std::sync::Arc;

use jiff::civil::Date;
use rusqlite::{Connection, Row};

use super::columns::time;
use super::error::StoreResult;
use crate::domain::deadline::Rules;
use crate::domain::operation::OperationState;
use crate::domain::queue::{Origin, PackedSubject, QueueRow};
use crate::domain::queue_rows::{Packer, QueueRows};
use crate::domain::request::RequestType;

const REQUEST_ROWS: &str = "SELECT r.id, o.id, r.kind, r.api_type, r.status,
        unseal(r.subject, 'requests.subject', r.id),
        coalesce(nullif(unseal(o.label, 'operations.label', o.id), ''), unseal(r.label, 'requests.label', r.id)),
        coalesce(r.created_at, o.intent_at),
        coalesce(o.actor, r.created_by), r.merge_of IS NOT NULL, o.received, unseal(o.reference, 'reference'),
        r.result_count,
        (SELECT count(*) FROM downloads d WHERE d.request_id = r.id AND d.path IS NOT NULL), c.due
    FROM requests r LEFT JOIN operations o ON o.remote_id = r.id
        LEFT JOIN case_operations k ON k.operation_id = o.id LEFT JOIN cases c ON c.number = k.number";

const OPERATION_ROWS: &str = "SELECT NULL, o.id, o.kind, o.kind, o.state,
        unseal(o.subject, 'operations.subject', o.id), unseal(o.label, 'operations.label', o.id),
        coalesce(o.intent_at, o.planned_at), o.actor, 0, o.received, unseal(o.reference, 'reference'), 0, 0, c.due
    FROM operations o LEFT JOIN case_operations k ON k.operation_id = o.id
        LEFT JOIN cases c ON c.number = k.number WHERE o.remote_id IS NULL";

/// From so many changed rows on, reading everything anew is quicker than finding their places.
const MANY: i64 = 2_000;

/// The rows as last read, and the words they share.
#[derive(Default)]
pub(crate) struct Cache {
    rev: Option<i64>,
    rows: QueueRows,
    words: HashSet<Arc<str>>,
    rules: Rules,
}

impl Cache {
    /// Rows made from now on have the due days of these rules.
    pub(crate) fn reckon_by(&mut self, rules: Rules) {
        if rules != self.rules {
            *self = Cache::by(rules);
        }
    }

    /// An empty cache.
    pub(crate) fn by(rules: Rules) -> Cache {
        Cache {
            rules,
            ..Cache::default()
        }
    }

    /// By which rules due days are worked out.
    pub(crate) fn rules(&self) -> Rules {
        self.rules.clone()
    }

    /// All rows, newest first.
    pub(crate) fn rows(&mut self, connection: &mut Connection) -> StoreResult<QueueRows> {
        // One view of the store for all questions.
        let transaction = connection.transaction()?;
        let rev: i64 =
            transaction.query_row("SELECT value FROM meta WHERE key = 'rev'", [], |row| row.get(0))?;
        match self.rev {
            Some(known) if known == rev => {}
            Some(known) if changed(&transaction, known)? < MANY => self.update(&transaction, known)?,
            Some(_) | None => self.fill(&transaction)?,
        }
        self.rev = Some(rev);
        transaction.finish()?;
        Ok(self.rows.clone())
    }

    /// The row of one request or operation, by its whole id.
    pub(crate) fn one(&mut self, connection: &Connection, id: &str) -> StoreResult<Option<QueueRow>> {
        // Each asks by one key: an OR of both would read the whole table.
        let queries = [
            format!("{REQUEST_ROWS} WHERE r.id = ?1"),
            format!("{REQUEST_ROWS} WHERE r.id = (SELECT remote_id FROM operations WHERE id = ?1)"),
            format!("{OPERATION_ROWS} AND o.id = ?1"),
        ];
        for query in &queries {
            let mut statement = connection.prepare_cached(query)?;
            let mut rows = statement.query([id])?;
            if let Some(row) = rows.next()? {
                return Ok(Some(self.row(row)?));
            }
        }
        Ok(None)
    }

    fn fill(&mut self, connection: &Connection) -> StoreResult<()> {
        self.rows = QueueRows::default();
        let mut packer = Packer::default();
        for query in [REQUEST_ROWS, OPERATION_ROWS] {
            let mut statement = connection.prepare(query)?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                packer.push(&self.row(row)?);
            }
        }
        self.rows = packer.finish().sorted();
        Ok(())
    }

    fn update(&mut self, connection: &Connection, known: i64) -> StoreResult<()> {
        let mut touched: HashSet<String> = HashSet::new();
        {
            let mut statement = connection.prepare_cached("SELECT id FROM operations WHERE rev > ?1")?;
            let ids = statement.query_map([known], |row| row.get::<_, String>(0))?;
            for id in ids {
                touched.insert(id?);
            }
        }
        // An operation's change shows in the row of its request, too.
        let queries = [
            format!(
                "{REQUEST_ROWS} WHERE r.rev > ?1 OR r.id IN (SELECT remote_id FROM operations WHERE rev > ?1)"
            ),
            format!("{OPERATION_ROWS} AND o.rev > ?1"),
        ];
        let mut fresh: Vec<QueueRow> = Vec::new();
        for query in &queries {
            let mut statement = connection.prepare_cached(query)?;
            let mut rows = statement.query([known])?;
            while let Some(row) = rows.next()? {
                fresh.push(self.row(row)?);
            }
        }
        // An operation that has found its request no longer has a row without one.
        touched.extend(fresh.iter().map(|row| row.any_id().to_owned()));
        self.rows = self.rows.replaced(|row| touched.contains(row.any_id()), fresh);
        Ok(())
    }

    fn row(&mut self, row: &Row<'_>) -> rusqlite::Result<QueueRow> {
        let id: Option<Box<str>> = row.get(0)?;
        let operation_id: Option<Box<str>> = row.get(1)?;
        let kind = row.get_ref(2)?.as_str_or_null()?.and_then(RequestType::parse);
        let mut status = row.get_ref(4)?.as_str()?;
        let type_text = match kind {
            Some(kind) => kind.api_name(),
            None => row.get_ref(3)?.as_str()?,
        };
        if id.is_none() {
            status = OperationState::parse(status)
                .unwrap_or(OperationState::Unknown)
                .queue_status();
        }
        let merged: bool = row.get(9)?;
        let received = row
            .get_ref(10)?
            .as_str_or_null()?
            .and_then(|day| day.parse::<Date>().ok());
        // The case knows of extensions and pauses; without one the day of receipt alone counts.
        let due = row
            .get_ref(14)?
            .as_str_or_null()?
            .and_then(|day| day.parse::<Date>().ok())
            .or_else(|| received.map(|day| self.rules.due(day)));
        Ok(QueueRow {
            kind,
            type_text: self.word(type_text),
            status: self.word(status),
            subject: PackedSubject::from_json(row.get_ref(5)?.as_str()?),
            label: row.get(6)?,
            submitted_at: time(row.get(7)?),
            created_by: row.get_ref(8)?.as_str_or_null()?.map(|text| self.word(text)),
            origin: match (&operation_id, merged) {
                (Some(_), _) => Origin::Ours,
                (None, true) => Origin::MergeSet,
                (None, false) => Origin::Elsewhere,
            },
            due,
            reference: row.get(11)?,
            results: row.get(12)?,
            downloaded: row.get(13)?,
            id,
            operation_id,
        })
    }

    fn word(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.words.get(text) {
            return Arc::clone(known);
        }
        let word: Arc<str> = Arc::from(text);
        self.words.insert(Arc::clone(&word));
        word
    }
}

/// Number of rows that changed since a revision.
fn changed(connection: &Connection, known: i64) -> StoreResult<i64> {
    let count = "SELECT (SELECT count(*) FROM requests WHERE rev > ?1) + (SELECT count(*) FROM operations WHERE rev > ?1)";
    Ok(connection.query_row(count, [known], |row| row.get(0))?)
}

/// Ids, remote or ours, that begin with `prefix`, at most `limit`.
pub(crate) fn ids_beginning(connection: &Connection, prefix: &str, limit: usize) -> StoreResult<Vec<String>> {
    let mut statement = connection.prepare_cached(
        "SELECT id FROM requests WHERE id >= ?1 AND id < ?1 || char(1114111)
         UNION
         SELECT coalesce(remote_id, id) FROM operations WHERE id >= ?1 AND id < ?1 || char(1114111)
         ORDER BY 1 LIMIT ?2",
    )?;
    let rows = statement.query_map((prefix, limit as i64), |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
