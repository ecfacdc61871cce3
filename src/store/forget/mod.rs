//! Deletions of settings through GWS: what was planned, what became of it, and the groups as they
//! were before.

mod rows;
mod saves;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::columns::micros;
use super::error::StoreError;
use super::evidence::{self, Entry};
use super::{Store, error};
use crate::domain::actor::Actor;
use crate::domain::failure::Failure;
use rows::{begin, number, saved, unfinished};
pub use saves::Save;

/// What became of one planned deletion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepState {
    /// Not begun.
    Planned,
    /// Its intent is on disk; without a later state its process died.
    Sending,
    /// GWS does not show it any more.
    Deleted,
    /// It was not carried out.
    Refused,
    /// Nobody knows.
    Unknown,
    /// It was gone before anything was sent.
    Vanished,
}

impl StepState {
    /// The word in the store and in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            StepState::Planned => "planned",
            StepState::Sending => "sending",
            StepState::Deleted => "deleted",
            StepState::Refused => "refused",
            StepState::Unknown => "unknown",
            StepState::Vanished => "vanished",
        }
    }

    fn parse(word: &str) -> StepState {
        match word {
            "planned" => StepState::Planned,
            "sending" => StepState::Sending,
            "deleted" => StepState::Deleted,
            "refused" => StepState::Refused,
            "vanished" => StepState::Vanished,
            _ => StepState::Unknown,
        }
    }
}

/// One planned deletion.
#[derive(Clone, PartialEq, Eq)]
pub struct ForgetStep {
    /// Its place in the plan.
    pub ordinal: usize,
    /// The settings group.
    pub group: String,
    /// The identifying attribute and its value.
    pub attribute: String,
    /// See `attribute`.
    pub key: String,
    /// Where it holds.
    pub location: Option<String>,
    /// Whose it is.
    pub owner: Option<String>,
    /// Pointers of the entries that are taken out; the whole setting goes for `None`.
    pub entries: Option<Vec<String>>,
    /// Digest of the setting as it was shown.
    pub seen: String,
    /// What became of it.
    pub state: StepState,
    /// In words.
    pub detail: Option<String>,
}

impl std::fmt::Debug for ForgetStep {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ForgetStep({}, {})", self.ordinal, self.state.as_str())
    }
}

/// A run that was not finished.
#[derive(Clone, Debug)]
pub struct ForgetRun {
    /// Its id.
    pub id: String,
    /// Digest of its plan.
    pub plan_digest: String,
    /// Its steps.
    pub steps: Vec<ForgetStep>,
}

/// A group as it was before something was deleted from it.
#[derive(Clone)]
pub struct SavedGroup {
    /// Its name.
    pub group: String,
    /// The document that GWS answered.
    pub content: Vec<u8>,
    /// Hex SHA-256 of it.
    pub sha256: String,
    /// When.
    pub saved_at: Timestamp,
    /// When it is removed.
    pub remove_after: Timestamp,
}

impl Store {
    /// Writes a confirmed plan and the groups as they are. `facts` stand in its evidence beside its own.
    pub(crate) async fn begin_forget(
        &self,
        actor: &Actor,
        scope: String,
        run: ForgetRun,
        facts: Value,
        saved: Vec<SavedGroup>,
        now: Timestamp,
    ) -> Result<(), Failure> {
        self.write(actor, now, move |connection, scene| {
            begin(connection, scene, &scope, &run, facts, &saved)
        })
        .await
        .map_err(StoreError::into_failure)
    }

    /// Writes what became of one step.
    pub(crate) async fn forget_step(
        &self,
        actor: &Actor,
        run: &str,
        ordinal: usize,
        state: StepState,
        detail: Option<String>,
        now: Timestamp,
    ) -> Result<(), Failure> {
        let run = run.to_owned();
        self.write(actor, now, move |connection, scene| {
            let changed = connection
                .prepare_cached(
                    "UPDATE forget_steps SET state = ?3, detail = seal(?4, 'forget_steps.detail', ?1 || ':' || ?2), at = ?5 WHERE run = ?1 AND ordinal = ?2",
                )?
                .execute((&run, number(ordinal), state.as_str(), &detail, micros(scene.now)))?;
            if changed == 1 { Ok(()) } else { Err(error::damaged().into()) }
        })
        .await
        .map_err(StoreError::into_failure)
    }

    /// Ends a run: `done`, or `stopped` when something is left that `--resume` takes up again.
    pub(crate) async fn end_forget(
        &self,
        actor: &Actor,
        run: &str,
        done: bool,
        summary: String,
        now: Timestamp,
    ) -> Result<(), Failure> {
        let run = run.to_owned();
        self.write(actor, now, move |connection, scene| {
            connection.execute(
                "UPDATE forget_runs SET state = ?2, summary = ?3, ended_at = ?4 WHERE id = ?1",
                (
                    &run,
                    if done { "done" } else { "stopped" },
                    &summary,
                    micros(scene.now),
                ),
            )?;
            let entry = Entry {
                action: "forget.result",
                operation_id: Some(&run),
                actor: &scene.actor,
                facts: json!({ "done": done, "result": summary }),
            };
            evidence::put(connection, &scene.origin, &entry, scene.now)
        })
        .await
        .map_err(StoreError::into_failure)
    }

    /// The latest run of a scope, unless it is done.
    pub(crate) async fn unfinished_forget(&self, scope: &str) -> Result<Option<ForgetRun>, Failure> {
        let scope = scope.to_owned();
        self.read(move |connection| unfinished(connection, &scope)).await
    }

    /// Groups that were saved in a run.
    pub async fn saved_groups(&self, run: &str) -> Result<Vec<SavedGroup>, Failure> {
        let run = run.to_owned();
        self.read(move |connection| saved(connection, &run)).await
    }

    /// Removes saved groups whose time has come. Gives their number.
    pub(crate) async fn expire_saved_groups(&self, actor: &Actor, now: Timestamp) -> Result<usize, Failure> {
        let due = self
            .read(move |connection| {
                Ok(connection.query_row(
                    "SELECT count(*) FROM forget_saves WHERE remove_after <= ?1",
                    [micros(now)],
                    |row| row.get::<_, i64>(0),
                )?)
            })
            .await?;
        if due == 0 {
            return Ok(0);
        }
        self.write(actor, now, |connection, scene| {
            let gone = connection.execute(
                "DELETE FROM forget_saves WHERE remove_after <= ?1",
                [micros(scene.now)],
            )?;
            let entry = Entry {
                action: "forget.saves_removed",
                operation_id: None,
                actor: &scene.actor,
                facts: json!({ "groups": gone }),
            };
            evidence::put(connection, &scene.origin, &entry, scene.now)?;
            Ok(gone)
        })
        .await
        .map_err(StoreError::into_failure)
    }
}
