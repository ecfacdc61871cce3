//! Holds as rows, and the question whether one stands against an operation: asked in the transaction
//! that would write its intent, so that nothing can come in between.

use jiff::civil::Date;
use rusqlite::{Connection, Row};
use serde_json::json;

use super::{Ground, rows};
use crate::domain::case::hold::Hold;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::identifier::Identifier;
use crate::domain::operation::Operation;
use crate::domain::request::RequestType;
use crate::domain::subject::Subject;
use crate::store::Store;
use crate::store::columns::{json as read_json, micros, time};
use crate::store::error::{StoreError, StoreResult, storage};
use crate::store::evidence::{self, Entry, commitment};
use crate::store::sending::Scene;

/// A hold about to be set.
#[derive(Clone)]
pub struct NewHold {
    /// Why.
    pub reason: String,
    /// The case whose person it protects.
    pub case: Option<String>,
    /// Identifiers of the person.
    pub identifiers: Vec<Identifier>,
    /// Keys of the person's records.
    pub keys: Vec<String>,
    /// Last day.
    pub until: Option<Date>,
}

impl std::fmt::Debug for NewHold {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewHold")
            .field("case", &self.case)
            .finish_non_exhaustive()
    }
}

const COLUMNS: &str = "number, case_number, unseal(reason, 'holds.reason', number),
    unseal(identifiers, 'holds.identifiers', number), unseal(keys, 'holds.keys', number), until, set_at, set_by,
    lifted_at";

fn hold(row: &Row<'_>) -> rusqlite::Result<Hold> {
    let until: Option<String> = row.get(5)?;
    Ok(Hold {
        id: format!("H-{}", row.get::<_, i64>(0)?),
        case: row.get::<_, Option<i64>>(1)?.map(rows::id_of),
        reason: row.get(2)?,
        identifiers: read_json(3, row.get_ref(3)?.as_str()?)?,
        keys: read_json(4, row.get_ref(4)?.as_str()?)?,
        until: until.and_then(|day| day.parse().ok()),
        set_at: time(row.get(6)?).unwrap_or_default(),
        set_by: row.get(7)?,
        lifted_at: time(row.get(8)?),
    })
}

fn all(connection: &Connection, standing: bool) -> StoreResult<Vec<Hold>> {
    let only = if standing { "WHERE lifted_at IS NULL" } else { "" };
    let mut statement =
        connection.prepare_cached(&format!("SELECT {COLUMNS} FROM holds {only} ORDER BY number"))?;
    let found = statement.query_map([], hold)?;
    let mut found: Vec<Hold> = found.collect::<Result<_, _>>()?;
    if standing {
        // What its case has learnt of the person since it was set is held too.
        for hold in &mut found {
            let Some(id) = &hold.case else { continue };
            for known in rows::must_get(connection, id)?.identifiers {
                if !hold.identifiers.contains(&known) {
                    hold.identifiers.push(known);
                }
            }
        }
    }
    Ok(found)
}

/// What a change other than a request would erase, for the question whether a hold stands against it.
pub(crate) struct Erasure {
    /// What the person is known by.
    pub identifiers: Vec<Identifier>,
    /// The case it is for.
    pub case: Option<String>,
    /// Whether what would go holds the person of a hold.
    pub holds_person: Box<dyn Fn(&Hold) -> bool + Send>,
}

/// As [`refuse_held`], for a change that is not a request. To be asked in the transaction that writes
/// its intent.
pub(crate) fn refuse_erasure(connection: &Connection, erasure: &Erasure, today: Date) -> StoreResult<()> {
    let mut known = erasure.identifiers.clone();
    if let Some(id) = &erasure.case {
        known.extend(rows::must_get(connection, id)?.identifiers);
    }
    let mut found = all(connection, true)?;
    found.retain(|hold| {
        hold.stands(today)
            && (hold.covers_any(&known)
                || (erasure.case.is_some() && hold.case == erasure.case)
                || (erasure.holds_person)(hold))
    });
    match found.is_empty() {
        true => Ok(()),
        false => Err(StoreError::Held(found)),
    }
}

/// Refuses a deletion that a hold stands against. To be asked in the transaction that writes its intent.
pub(crate) fn refuse_held(connection: &Connection, operation: &Operation, today: Date) -> StoreResult<()> {
    if operation.request.kind != RequestType::Delete {
        return Ok(());
    }
    let subject = &operation.request.subject;
    let case = rows::number_of_operation(connection, &operation.id)?.map(rows::id_of);
    let known = match &case {
        Some(id) => rows::must_get(connection, id)?.identifiers,
        None => Vec::new(),
    };
    let mut found = all(connection, true)?;
    found.retain(|hold| {
        hold.stands(today)
            && (hold.covers(subject) || hold.covers_any(&known) || (case.is_some() && hold.case == case))
    });
    match found.is_empty() {
        true => Ok(()),
        false => Err(StoreError::Held(found)),
    }
}

impl Store {
    /// Holds, those that were lifted or have run out too with `all_of_them`.
    pub async fn holds(&self, all_of_them: bool, today: Date) -> Result<Vec<Hold>, Failure> {
        self.read(move |connection| {
            let mut found = all(connection, !all_of_them)?;
            found.retain(|hold| all_of_them || hold.stands(today));
            Ok(found)
        })
        .await
    }

    /// The holds that stand against deleting any of these records or anything of a person known by
    /// these identifiers.
    pub async fn holds_against(
        &self,
        subjects: Vec<Subject>,
        identifiers: Vec<Identifier>,
        case: Option<String>,
        today: Date,
    ) -> Result<Vec<Hold>, Failure> {
        self.read(move |connection| {
            let mut known = identifiers;
            if let Some(id) = &case {
                known.extend(rows::must_get(connection, id)?.identifiers);
            }
            let mut found = all(connection, true)?;
            found.retain(|hold| {
                hold.stands(today)
                    && (subjects.iter().any(|subject| hold.covers(subject))
                        || hold.covers_any(&known)
                        || (case.is_some() && hold.case == case))
            });
            Ok(found)
        })
        .await
    }

    /// Sets a hold. It stands from the moment in which this returns.
    pub async fn set_hold(&self, ground: &Ground, new: NewHold) -> Result<Hold, Failure> {
        let now = ground.now;
        self.write(&ground.actor.clone(), now, move |connection, scene| {
            let case_number = match &new.case {
                Some(id) => {
                    rows::must_get(connection, id)?;
                    rows::number(id)
                }
                None => None,
            };
            let mut salt = [0u8; 32];
            getrandom::fill(&mut salt).map_err(|error| storage(format!("No random numbers: {error}.")))?;
            // Known before the row is there: what is sealed is bound to it. A number is never given twice.
            let number: i64 = connection
                .prepare_cached(
                    "SELECT 1 + coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'holds'), 0)",
                )?
                .query_row([], |row| row.get(0))?;
            connection
                .prepare_cached(
                    "INSERT INTO holds (case_number, reason, identifiers, keys, until, set_at, set_by, salt, number)
                     VALUES (?1, seal(?2, 'holds.reason', ?9), seal(?3, 'holds.identifiers', ?9),
                        seal(?4, 'holds.keys', ?9), ?5, ?6, ?7, ?8, ?9)",
                )?
                .execute((
                    case_number,
                    &new.reason,
                    serde_json::to_string(&new.identifiers).unwrap_or_default(),
                    serde_json::to_string(&new.keys).unwrap_or_default(),
                    new.until.map(|day| day.to_string()),
                    micros(now),
                    &scene.actor.login,
                    salt,
                    number,
                ))?;
            let person = serde_json::to_string(&new.identifiers).unwrap_or_default();
            let facts = json!({
                "hold": format!("H-{number}"),
                "case": new.case,
                "until": new.until.map(|day| day.to_string()),
                "reason": commitment(&salt, &new.reason),
                "person": commitment(&salt, &person),
            });
            put(connection, scene, "hold.set", facts)?;
            one(connection, number)
        })
        .await
        .map_err(StoreError::into_failure)
    }

    /// Lifts a hold.
    pub async fn lift_hold(&self, ground: &Ground, id: &str, why: String) -> Result<Hold, Failure> {
        let (now, id) = (ground.now, id.to_owned());
        self.write(&ground.actor.clone(), now, move |connection, scene| {
            let number: i64 = id
                .to_ascii_uppercase()
                .strip_prefix("H-")
                .and_then(|number| number.parse().ok())
                .unwrap_or_default();
            let changed = connection
                .prepare_cached(
                    "UPDATE holds SET lifted_at = ?2, lifted_by = ?3, lifted_why = seal(?4, 'holds.lifted_why', ?1)
                     WHERE number = ?1 AND lifted_at IS NULL",
                )?
                .execute((number, micros(now), &scene.actor.login, &why))?;
            if changed == 0 {
                return Err(Failure::new(
                    FailureKind::NotFound,
                    format!("No hold {} stands.", crate::domain::text::clean(&id)),
                )
                .next("Look at: dsr cases hold list --all")
                .into());
            }
            let salt: Vec<u8> = connection
                .prepare_cached("SELECT salt FROM holds WHERE number = ?1")?
                .query_row([number], |row| row.get(0))?;
            let facts = json!({ "hold": format!("H-{number}"), "why": commitment(&salt, &why) });
            put(connection, scene, "hold.lift", facts)?;
            one(connection, number)
        })
        .await
        .map_err(StoreError::into_failure)
    }
}

fn one(connection: &Connection, number: i64) -> StoreResult<Hold> {
    Ok(connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM holds WHERE number = ?1"))?
        .query_row([number], hold)?)
}

fn put(connection: &Connection, scene: &Scene, action: &str, facts: serde_json::Value) -> StoreResult<()> {
    let entry = Entry {
        action,
        operation_id: None,
        actor: &scene.actor,
        facts,
    };
    evidence::put(connection, &scene.origin, &entry, scene.now)
}
