//! The coverage matrix as rows: every mark is kept, the last of each step counts.

use rusqlite::Connection;
use serde_json::json;

use super::{CaseEntry, Ground, record, rows};
use crate::domain::case::coverage::{Cell, Column, Kept, Mark, System};
use crate::store::columns::{time, words};
use crate::store::error::StoreResult;
use crate::store::sending::Scene;

pub(super) fn mark(
    connection: &Connection,
    ground: &Ground,
    scene: &Scene,
    id: &str,
    system: &System,
    cell: &Cell,
) -> StoreResult<()> {
    rows::must_get(connection, id)?;
    let mark = &cell.mark;
    connection
        .prepare_cached(
            "INSERT INTO case_cells (number, system, step, word, count, complete, detail, evidence, at, actor)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, seal(?7, 'case_cells.detail', ?1), ?8, ?9, ?10)",
        )?
        .execute(rusqlite::params![
            rows::number(id),
            system.as_str(),
            mark.step(),
            mark.word(),
            mark.count().map(|count| i64::try_from(count).unwrap_or(i64::MAX)),
            mark.complete(),
            mark.detail(),
            cell.evidence,
            scene.now.as_microsecond(),
            scene.actor.login,
        ])?;
    let mut entry = CaseEntry::new("case.coverage", text(system, mark))
        .fact("system", system.as_str())
        .fact("mark", mark.word())
        .fact("count", json!(mark.count()))
        .fact("complete", json!(mark.complete()))
        .fact("evidence", json!(cell.evidence));
    if let Some(detail) = mark.detail() {
        entry = entry.committed("detail", detail);
    }
    record(connection, scene, id, &entry)?;
    rows::refresh(connection, ground, id, scene.rev)
}

fn text(system: &System, mark: &Mark) -> String {
    let mut text = format!("{}: {}", system.as_str().replace('_', " "), mark.words());
    if let Some(detail) = mark.detail() {
        text.push_str(&format!(" ({detail})"));
    }
    text
}

/// The matrix: the columns that every case has, and those that something was written into.
pub(super) fn columns(connection: &Connection, number: i64, systems: &[System]) -> StoreResult<Vec<Column>> {
    let mut columns: Vec<Column> = systems
        .iter()
        .map(|system| Column {
            system: system.clone(),
            kept: Vec::new(),
        })
        .collect();
    let mut statement = connection.prepare_cached(
        "SELECT system, word, count, complete, unseal(detail, 'case_cells.detail', number), evidence, at, actor FROM case_cells
         WHERE number = ?1 ORDER BY seq",
    )?;
    let mut found = statement.query([number])?;
    while let Some(row) = found.next()? {
        let system = System::parse(row.get_ref(0)?.as_str().unwrap_or_default());
        let count: Option<i64> = row.get(2)?;
        let mark = Mark::of(
            row.get_ref(1)?.as_str().unwrap_or_default(),
            count.map(i64::unsigned_abs),
            row.get(3)?,
            row.get(4)?,
        );
        let kept = Kept {
            cell: Cell {
                mark: words(1, mark)?,
                evidence: row.get(5)?,
            },
            at: time(row.get(6)?).unwrap_or_default(),
            by: row.get(7)?,
        };
        match columns.iter_mut().find(|column| column.system == system) {
            Some(column) => column.kept.push(kept),
            None => columns.push(Column {
                system,
                kept: vec![kept],
            }),
        }
    }
    Ok(columns)
}
