//! One case as a row: read, written, and its sortable columns kept in step.

use rusqlite::{Connection, OptionalExtension};

use super::{Ground, TrailLine, cells};
use crate::domain::case::{Case, next_step};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::text::clean;
use crate::store::columns::{json, micros, time};
use crate::store::error::{StoreError, StoreResult, storage};

/// `C-17` as a number.
pub(super) fn number(id: &str) -> Option<i64> {
    let rest = id.strip_prefix("C-").or_else(|| id.strip_prefix("c-"))?;
    rest.parse().ok().filter(|number| *number > 0)
}

/// The other way round.
pub(crate) fn id_of(number: i64) -> String {
    format!("C-{number}")
}

pub(super) fn insert(
    connection: &Connection,
    ground: &Ground,
    mut case: Case,
    rev: i64,
) -> StoreResult<Case> {
    let mut salt = [0u8; 32];
    getrandom::fill(&mut salt).map_err(|error| storage(format!("No random numbers: {error}.")))?;
    let end = case.reckon(ground.today).end;
    connection
        .prepare_cached(
            "INSERT INTO cases (reference, kind, regime, received, target, due, next_step, operations, data, salt, rev)
             VALUES (seal_alike(?1, 'reference'), ?2, ?3, ?4, ?5, ?6, '', 0, '{}', ?7, ?8)",
        )?
        .execute((
            &case.reference,
            case.kind.as_str(),
            &case.regime,
            case.received.to_string(),
            end.target.to_string(),
            end.due.to_string(),
            salt,
            rev,
        ))?;
    case.id = id_of(connection.last_insert_rowid());
    update(connection, &case)?;
    Ok(case)
}

pub(super) fn update(connection: &Connection, case: &Case) -> StoreResult<()> {
    let text = serde_json::to_string(case).unwrap_or_default();
    connection
        .prepare_cached("UPDATE cases SET data = seal(?2, 'cases.data', ?1) WHERE number = ?1")?
        .execute((number(&case.id), text))?;
    Ok(())
}

/// Brings what lists are made of in step with the case and its coverage, and tells the queue that the
/// due day of its requests may be another.
pub(super) fn refresh(connection: &Connection, ground: &Ground, id: &str, rev: i64) -> StoreResult<()> {
    let case = must_get(connection, id)?;
    let number = number(id).unwrap_or_default();
    let columns = cells::columns(connection, number, &ground.systems)?;
    let end = case.reckon(ground.today).end;
    connection
        .prepare_cached(
            "UPDATE cases SET reference = seal_alike(?2, 'reference'), kind = ?3, regime = ?4, received = ?5, target = ?6, due = ?7,
                awaited = ?8, next_step = ?9, assignee = ?10, ending = ?11, answered_on = ?12, closed_at = ?13,
                rev = ?14 WHERE number = ?1",
        )?
        .execute(rusqlite::params![
            number,
            case.reference,
            case.kind.as_str(),
            case.regime,
            case.received.to_string(),
            end.target.to_string(),
            end.due.to_string(),
            case.awaited().map(|waiting| waiting.awaited.clone()),
            next_step(&case, &columns),
            case.assignee,
            case.ending.map(|ending| ending.as_str()),
            case.answer.as_ref().map(|answer| answer.on.to_string()),
            case.closed_at.map(micros),
            rev,
        ])?;
    connection
        .prepare_cached(
            "UPDATE operations SET rev = ?2
             WHERE id IN (SELECT operation_id FROM case_operations WHERE number = ?1)",
        )?
        .execute((number, rev))?;
    Ok(())
}

pub(super) fn must_get(connection: &Connection, id: &str) -> StoreResult<Case> {
    let found: Option<Case> = connection
        .prepare_cached("SELECT unseal(data, 'cases.data', number) FROM cases WHERE number = ?1")?
        .query_row([number(id)], |row| json(0, row.get_ref(0)?.as_str()?))
        .optional()?;
    found.ok_or_else(|| StoreError::from(unknown(id)))
}

/// The id that a handle names: an id, or the reference of a ticket, in any case. Several cases of one
/// reference are told, none is taken.
pub(super) fn resolve(connection: &Connection, handle: &str) -> StoreResult<String> {
    let handle = handle.trim();
    let exists = |number: i64| {
        connection
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM cases WHERE number = ?1)")?
            .query_row([number], |row| row.get::<_, bool>(0))
    };
    if let Some(number) = number(handle)
        && exists(number)?
    {
        return Ok(id_of(number));
    }
    let mut statement = connection.prepare_cached(
        "SELECT number FROM cases WHERE reference = seal_alike(?1, 'reference') ORDER BY number LIMIT 20",
    )?;
    let found: Vec<i64> = statement
        .query_map([handle], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    match found[..] {
        [] => Err(unknown(handle).into()),
        [one] => Ok(id_of(one)),
        _ => {
            let ids: Vec<String> = found.into_iter().map(id_of).collect();
            Err(Failure::new(
                FailureKind::Conflict,
                format!("Several cases have this reference: {}.", ids.join(", ")),
            )
            .next("Name the case by its id.")
            .into())
        }
    }
}

fn unknown(handle: &str) -> Failure {
    // A reference may name a person; an id does not.
    let what = match number(handle) {
        Some(_) => format!("There is no case {}.", clean(handle)),
        None => "No case has this id or reference.".to_owned(),
    };
    Failure::new(FailureKind::NotFound, what).next("Look at: dsr cases list --state all")
}

pub(super) fn salt(connection: &Connection, number: i64) -> StoreResult<Vec<u8>> {
    let salt: Option<Vec<u8>> = connection
        .prepare_cached("SELECT salt FROM cases WHERE number = ?1")?
        .query_row([number], |row| row.get(0))?;
    salt.ok_or_else(|| {
        Failure::new(
            FailureKind::Conflict,
            "The personal data of this case has been forgotten; it can no longer be changed.",
        )
        .into()
    })
}

pub(super) fn trail(connection: &Connection, number: i64) -> StoreResult<Vec<TrailLine>> {
    let mut statement = connection.prepare_cached(
        "SELECT at, actor, action, unseal(text, 'case_trail.text', number) FROM case_trail WHERE number = ?1 ORDER BY seq",
    )?;
    let rows = statement.query_map([number], |row| {
        Ok(TrailLine {
            at: time(row.get(0)?).unwrap_or_default(),
            actor: row.get(1)?,
            action: row.get(2)?,
            text: row.get(3)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn operations(connection: &Connection, number: i64) -> StoreResult<Vec<String>> {
    let mut statement = connection.prepare_cached(
        "SELECT c.operation_id FROM case_operations c LEFT JOIN operations o ON o.id = c.operation_id
         WHERE c.number = ?1 ORDER BY o.planned_at, c.operation_id",
    )?;
    let rows = statement.query_map([number], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Says that an operation belongs to a case. An operation belongs to one case, ever.
pub(crate) fn link(connection: &Connection, id: &str, operation_id: &str, rev: i64) -> StoreResult<()> {
    let number = number(id);
    let new = connection
        .prepare_cached("INSERT OR IGNORE INTO case_operations (operation_id, number) VALUES (?1, ?2)")?
        .execute((operation_id, number))?;
    if new > 0 {
        connection
            .prepare_cached("UPDATE cases SET operations = operations + 1, rev = ?2 WHERE number = ?1")?
            .execute((number, rev))?;
        connection
            .prepare_cached("UPDATE operations SET rev = ?2 WHERE id = ?1")?
            .execute((operation_id, rev))?;
    }
    Ok(())
}

/// The case of an operation.
pub(crate) fn number_of_operation(connection: &Connection, operation_id: &str) -> StoreResult<Option<i64>> {
    Ok(connection
        .prepare_cached("SELECT number FROM case_operations WHERE operation_id = ?1")?
        .query_row([operation_id], |row| row.get(0))
        .optional()?)
}

/// The case of an operation as a fact of its evidence.
pub(crate) fn fact(
    connection: &Connection,
    operation_id: &str,
) -> StoreResult<Option<(String, serde_json::Value)>> {
    let number = number_of_operation(connection, operation_id)?;
    Ok(number.map(|number| ("case".to_owned(), id_of(number).into())))
}
