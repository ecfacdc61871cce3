//! The list of cases, quickly: it is read from columns and an index, not from the cases themselves.
//! And the figures that reports are made of.

use jiff::Timestamp;
use jiff::civil::Date;
use rusqlite::{Connection, Row};

use super::rows::id_of;
use crate::domain::case::{Case, CaseKind, CaseRow, Ending};
use crate::domain::failure::Failure;
use crate::domain::request::RequestType;
use crate::store::Store;
use crate::store::columns::{json, time, words};
use crate::store::error::StoreResult;

/// Which cases are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CaseFilter {
    /// Open ones (`Some(true)`), closed ones (`Some(false)`), or all.
    pub open: Option<bool>,
    /// Those of this login.
    pub assignee: Option<String>,
    /// What was asked for.
    pub kind: Option<CaseKind>,
    /// Due on or before this day, and not yet answered.
    pub due_by: Option<Date>,
    /// At most so many.
    pub limit: Option<u32>,
}

/// What a report needs of one case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timing {
    /// What was asked for.
    pub kind: CaseKind,
    /// Code of the regime.
    pub regime: String,
    /// Day received.
    pub received: Date,
    /// The limit.
    pub due: Date,
    /// Day on which the answer reached the person.
    pub answered_on: Option<Date>,
    /// How it ended.
    pub ending: Option<Ending>,
    /// Refused as a whole.
    pub denied: bool,
    /// Refused in part.
    pub denied_in_part: bool,
}

/// What a line is made of. The case itself is read where the clock stands only: for all others the index
/// of open cases has everything.
const ROW: &str =
    "number, unseal(reference, 'reference'), kind, regime, received, target, due, awaited, next_step, assignee, ending,
    answered_on, operations, CASE WHEN awaited IS NOT NULL AND ending IS NULL THEN
        (SELECT unseal(own.data, 'cases.data', own.number) FROM cases own WHERE own.number = cases.number) END";

fn day(row: &Row<'_>, column: usize) -> rusqlite::Result<Date> {
    let text = row.get_ref(column)?.as_str()?;
    words(column, text.parse().ok())
}

fn day_or_none(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Date>> {
    Ok(row
        .get_ref(column)?
        .as_str_or_null()?
        .and_then(|text| text.parse().ok()))
}

fn case_row(row: &Row<'_>, today: Date) -> rusqlite::Result<CaseRow> {
    let ending = row.get_ref(10)?.as_str_or_null()?.and_then(Ending::parse);
    let mut found = CaseRow {
        id: id_of(row.get(0)?),
        reference: row.get(1)?,
        kind: words(2, CaseKind::parse(row.get_ref(2)?.as_str()?))?,
        regime: row.get(3)?,
        received: day(row, 4)?,
        target: day(row, 5)?,
        due: day(row, 6)?,
        awaited: row.get(7)?,
        next_step: row.get(8)?,
        assignee: row.get(9)?,
        ending,
        answered_on: day_or_none(row, 11)?,
        operations: row.get(12)?,
    };
    // While the clock stands, the limit moves from day to day.
    if let Some(text) = row.get_ref(13)?.as_str_or_null()? {
        let case: Case = json(13, text)?;
        let end = case.reckon(today).end;
        (found.target, found.due) = (end.target, end.due);
    }
    Ok(found)
}

fn question(filter: &CaseFilter) -> String {
    let state = match filter.open {
        Some(true) => "ending IS NULL",
        Some(false) => "ending IS NOT NULL",
        None => "1",
    };
    let order = match filter.open {
        Some(true) => "due, number",
        _ => "ending IS NOT NULL, due, number",
    };
    format!(
        "SELECT {ROW} FROM cases WHERE {state} AND (?1 IS NULL OR assignee = ?1) AND (?2 IS NULL OR kind = ?2)
           AND (?3 IS NULL OR (due <= ?3 AND answered_on IS NULL) OR awaited IS NOT NULL)
         ORDER BY {order} LIMIT ?4"
    )
}

fn list(connection: &Connection, filter: &CaseFilter, today: Date) -> StoreResult<Vec<CaseRow>> {
    let mut statement = connection.prepare_cached(&question(filter))?;
    let rows = statement.query_map(
        (
            &filter.assignee,
            filter.kind.map(CaseKind::as_str),
            filter.due_by.map(|day| day.to_string()),
            filter.limit.map_or(-1, i64::from),
        ),
        |row| case_row(row, today),
    )?;
    let mut found: Vec<CaseRow> = rows.collect::<Result<_, _>>()?;
    if let Some(last) = filter.due_by {
        found.retain(|row| row.due <= last && row.answered_on.is_none());
    }
    Ok(found)
}

/// Open requests, ours and others', that belong to no case. Those that Genesys Cloud made by itself for a
/// merge set belong where ours belongs.
const CASELESS: &str = "SELECT r.id FROM requests r
       WHERE r.gone_at IS NULL AND r.merge_of IS NULL AND r.status NOT IN ('COMPLETED', 'ERROR')
         AND NOT EXISTS (SELECT 1 FROM operations o JOIN case_operations c ON c.operation_id = o.id
                         WHERE o.remote_id = r.id)
     UNION ALL SELECT o.id FROM operations o
       WHERE o.remote_id IS NULL AND o.state IN ('planned', 'sending', 'unknown')
         AND NOT EXISTS (SELECT 1 FROM case_operations c WHERE c.operation_id = o.id)";

impl Store {
    /// The list of cases, the soonest due first, open ones before closed ones.
    pub async fn case_rows(&self, filter: CaseFilter, today: Date) -> Result<Vec<CaseRow>, Failure> {
        self.read(move |connection| list(connection, &filter, today))
            .await
    }

    /// Number of open and of all cases.
    pub async fn case_counts(&self) -> Result<(u64, u64), Failure> {
        self.read(|connection| {
            let count: (i64, i64) = connection
                .prepare_cached(
                    "SELECT (SELECT count(*) FROM cases WHERE ending IS NULL), (SELECT count(*) FROM cases)",
                )?
                .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok((count.0.unsigned_abs(), count.1.unsigned_abs()))
        })
        .await
    }

    /// Number of open requests, ours and others', that belong to no case.
    pub async fn requests_without_case(&self) -> Result<u64, Failure> {
        self.read(|connection| {
            let count: i64 = connection
                .prepare_cached(&format!("SELECT count(*) FROM ({CASELESS})"))?
                .query_row([], |row| row.get(0))?;
            Ok(count.unsigned_abs())
        })
        .await
    }

    /// Ids of the same requests: the remote one, or that of our operation where there is none yet.
    pub async fn ids_without_case(&self) -> Result<std::collections::HashSet<String>, Failure> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(CASELESS)?;
            let ids = statement.query_map([], |row| row.get(0))?;
            Ok(ids.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// What a report is made of, in the order in which cases were received.
    pub async fn case_timings(&self) -> Result<Vec<Timing>, Failure> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT kind, regime, received, due, answered_on, ending, unseal(data, 'cases.data', number)
                 FROM cases ORDER BY received, number",
            )?;
            let rows = statement.query_map([], |row| {
                let case: Case = json(6, row.get_ref(6)?.as_str()?)?;
                let whole = case.refusals.iter().any(|refusal| refusal.part.is_none());
                Ok(Timing {
                    kind: words(0, CaseKind::parse(row.get_ref(0)?.as_str()?))?,
                    regime: row.get(1)?,
                    received: day(row, 2)?,
                    due: day(row, 3)?,
                    answered_on: day_or_none(row, 4)?,
                    ending: row.get_ref(5)?.as_str_or_null()?.and_then(Ending::parse),
                    denied: whole,
                    denied_in_part: !whole && !case.refusals.is_empty(),
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// How long requests of a type took from their creation until they were first seen completed, in
    /// this organisation. Only what was watched counts: a request that was complete when it was first
    /// seen tells nothing.
    pub async fn processing_times(&self, kind: RequestType) -> Result<Vec<(Timestamp, Timestamp)>, Failure> {
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT r.created_at, min(o.at) FROM observations o JOIN requests r ON r.id = o.request_id
                 WHERE r.kind = ?1 AND o.to_status = 'COMPLETED' AND r.created_at IS NOT NULL
                 GROUP BY r.id",
            )?;
            let rows = statement.query_map([kind.as_str()], |row| {
                Ok((
                    time(row.get(0)?).unwrap_or_default(),
                    time(row.get(1)?).unwrap_or_default(),
                ))
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::mode::Mode;
    use crate::store::{migrate, sealing};

    #[test]
    fn the_list_of_open_cases_is_read_from_its_index_alone() {
        let mut connection = Connection::open_in_memory().unwrap();
        sealing::install(&connection, None).unwrap();
        migrate::migrate(&mut connection, Mode::Simulation, "Example").unwrap();
        let open = CaseFilter {
            open: Some(true),
            ..CaseFilter::default()
        };
        let explain = format!("EXPLAIN QUERY PLAN {}", question(&open));
        let mut statement = connection.prepare(&explain).unwrap();
        let nothing: [Option<i64>; 4] = [None; 4];
        let steps: Vec<String> = (statement.query_map(nothing, |row| row.get(3)).unwrap())
            .collect::<Result<_, _>>()
            .unwrap();
        assert_eq!(
            steps[0], "SCAN cases USING COVERING INDEX cases_open",
            "{steps:?}"
        );
        assert!(
            !steps.iter().any(|step| step.contains("TEMP B-TREE")),
            "{steps:?}"
        );
    }
}
