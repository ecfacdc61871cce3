//! Cases as the store keeps them: every change of one is a transaction with its line in the trail and
//! its evidence, in which texts and identifiers stand only as commitments under the case's own salt.

mod cells;
mod holds;
mod listing;
mod rows;
mod settlements;
mod sweeping;

use jiff::Timestamp;
use jiff::civil::Date;
use rusqlite::Connection;
use serde_json::{Value, json};

use super::Store;
use super::error::{StoreError, StoreResult};
use super::evidence::{self, Entry, commitment};
use super::sending::Scene;
use crate::domain::actor::Actor;
use crate::domain::case::Case;
use crate::domain::case::coverage::{Cell, Column, System};
use crate::domain::failure::Failure;
use crate::domain::queue::QueueRow;
pub use holds::NewHold;
pub(crate) use holds::{Erasure, refuse_erasure, refuse_held};
pub use listing::{CaseFilter, Timing};
pub(crate) use rows::{fact, link};
pub use settlements::{Settlement, Sight};
pub use sweeping::Swept;

/// What the workflow says of the day and the systems with every change.
#[derive(Clone, Debug)]
pub struct Ground {
    /// Who works.
    pub actor: Actor,
    /// The present moment.
    pub now: Timestamp,
    /// Today in the controller's zone.
    pub today: Date,
    /// The columns that every case has.
    pub systems: Vec<System>,
}

/// A change of a case about to be written.
#[derive(Clone, Debug)]
pub struct CaseEntry {
    /// The action in the evidence: `case.open`.
    pub action: &'static str,
    /// For people; personal data may stand in it, it never leaves the store.
    pub text: String,
    /// Facts of the evidence, without personal data.
    pub facts: Value,
    /// Texts that stand in the evidence as commitments only.
    pub committed: Vec<(&'static str, String)>,
}

impl CaseEntry {
    /// An entry without facts.
    pub fn new(action: &'static str, text: impl Into<String>) -> CaseEntry {
        CaseEntry {
            action,
            text: text.into(),
            facts: json!({}),
            committed: Vec::new(),
        }
    }

    /// Adds a fact without personal data.
    #[must_use]
    pub fn fact(mut self, name: &str, value: impl Into<Value>) -> CaseEntry {
        if let Some(map) = self.facts.as_object_mut() {
            map.insert(name.to_owned(), value.into());
        }
        self
    }

    /// Adds a text that the evidence commits to and does not tell.
    #[must_use]
    pub fn committed(mut self, name: &'static str, text: impl Into<String>) -> CaseEntry {
        self.committed.push((name, text.into()));
        self
    }
}

/// One line of a case's trail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrailLine {
    /// When.
    pub at: Timestamp,
    /// Login of who did it.
    pub actor: String,
    /// The action.
    pub action: String,
    /// What, for people; personal data.
    pub text: String,
}

/// Everything kept of a case.
#[derive(Clone, Debug)]
pub struct CaseFile {
    /// The case.
    pub case: Case,
    /// Its coverage, one column a system.
    pub columns: Vec<Column>,
    /// What happened, oldest first.
    pub trail: Vec<TrailLine>,
    /// Ids of its operations, oldest first.
    pub operations: Vec<String>,
    /// Those of them that are requests, as the list of requests has them; filled where a case is shown.
    pub requests: Vec<QueueRow>,
    /// Ids of the holds that stand on it today; filled where the day is known.
    pub holds: Vec<String>,
}

impl Store {
    /// Writes a new case and gives it with its id.
    pub async fn open_case(&self, ground: &Ground, case: Case, entry: CaseEntry) -> Result<Case, Failure> {
        let ground = ground.clone();
        self.write(&ground.actor.clone(), ground.now, move |connection, scene| {
            let case = rows::insert(connection, &ground, case, scene.rev)?;
            record(connection, scene, &case.id, &entry)?;
            rows::refresh(connection, &ground, &case.id, scene.rev)?;
            Ok(case)
        })
        .await
        .map_err(StoreError::into_failure)
    }

    /// Changes a case by `work`, which may refuse. Gives the case as it then is.
    pub async fn change_case(
        &self,
        ground: &Ground,
        id: &str,
        entry: CaseEntry,
        work: impl FnOnce(&mut Case) -> Result<(), Failure> + Send + 'static,
    ) -> Result<Case, Failure> {
        let (ground, id) = (ground.clone(), id.to_owned());
        self.write(&ground.actor.clone(), ground.now, move |connection, scene| {
            let mut case = rows::must_get(connection, &id)?;
            work(&mut case)?;
            rows::update(connection, &case)?;
            record(connection, scene, &id, &entry)?;
            rows::refresh(connection, &ground, &id, scene.rev)?;
            Ok(case)
        })
        .await
        .map_err(StoreError::into_failure)
    }

    /// Writes a mark into the coverage of a case.
    pub async fn mark_case(
        &self,
        ground: &Ground,
        id: &str,
        system: System,
        cell: Cell,
    ) -> Result<(), Failure> {
        let (ground, id) = (ground.clone(), id.to_owned());
        self.write(&ground.actor.clone(), ground.now, move |connection, scene| {
            cells::mark(connection, &ground, scene, &id, &system, &cell)
        })
        .await
        .map_err(StoreError::into_failure)
    }

    /// A case by its id or by the reference of its ticket, with everything kept of it.
    pub async fn case_file(&self, handle: &str, systems: &[System]) -> Result<CaseFile, Failure> {
        let (handle, systems) = (handle.to_owned(), systems.to_vec());
        self.read(move |connection| {
            let id = rows::resolve(connection, &handle)?;
            let number = rows::number(&id).unwrap_or_default();
            Ok(CaseFile {
                case: rows::must_get(connection, &id)?,
                columns: cells::columns(connection, number, &systems)?,
                trail: rows::trail(connection, number)?,
                operations: rows::operations(connection, number)?,
                requests: Vec::new(),
                holds: Vec::new(),
            })
        })
        .await
    }

    /// The id of the case that a reference or id names, if there is exactly one.
    pub async fn case_named(&self, handle: &str) -> Result<Option<String>, Failure> {
        let handle = handle.to_owned();
        self.read(move |connection| Ok(rows::resolve(connection, &handle).ok()))
            .await
    }

    /// Ids of the cases in whose coverage this run or operation stands as evidence.
    pub async fn cases_shown_by(&self, evidence: &str) -> Result<Vec<String>, Failure> {
        let evidence = evidence.to_owned();
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT DISTINCT number FROM case_cells WHERE evidence = ?1 ORDER BY number",
            )?;
            let found = statement.query_map([&evidence], |row| Ok(rows::id_of(row.get(0)?)))?;
            Ok(found.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// The case of an operation.
    pub async fn case_of_operation(&self, operation_id: &str) -> Result<Option<String>, Failure> {
        let id = operation_id.to_owned();
        self.read(move |connection| Ok(rows::number_of_operation(connection, &id)?.map(rows::id_of)))
            .await
    }

    /// Says that an operation belongs to a case.
    pub async fn link_operation(&self, ground: &Ground, id: &str, operation_id: &str) -> Result<(), Failure> {
        let (ground, id, operation_id) = (ground.clone(), id.to_owned(), operation_id.to_owned());
        self.write(&ground.actor.clone(), ground.now, move |connection, scene| {
            rows::must_get(connection, &id)?;
            rows::link(connection, &id, &operation_id, scene.rev)?;
            let entry = CaseEntry::new("case.link", format!("operation {operation_id} belongs to it"))
                .fact("operation", operation_id);
            record(connection, scene, &id, &entry)
        })
        .await
        .map_err(StoreError::into_failure)
    }
}

/// One line in the trail and one entry in the outbox.
fn record(connection: &Connection, scene: &Scene, id: &str, entry: &CaseEntry) -> StoreResult<()> {
    let number = rows::number(id).unwrap_or_default();
    connection
        .prepare_cached(
            "INSERT INTO case_trail (number, at, actor, action, text) VALUES (?1, ?2, ?3, ?4, seal(?5, 'case_trail.text', ?1))",
        )?
        .execute((
            number,
            scene.now.as_microsecond(),
            &scene.actor.login,
            entry.action,
            &entry.text,
        ))?;
    let salt = rows::salt(connection, number)?;
    let mut facts = entry.facts.clone();
    if let Some(map) = facts.as_object_mut() {
        map.insert("case".to_owned(), json!(id));
        for (name, text) in &entry.committed {
            map.insert((*name).to_owned(), json!(commitment(&salt, text)));
        }
    }
    let entry = Entry {
        action: entry.action,
        operation_id: None,
        actor: &scene.actor,
        facts,
    };
    evidence::put(connection, &scene.origin, &entry, scene.now)
}
