//! Looking at the ledger: what it holds, what is signed, and whether it is as it was signed.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde_json::Value;

use super::{as_sequence, begin, blocking, hold, place, publish};
use crate::domain::failure::{Failure, FailureKind};
use crate::ledger::{self, Ledger, LedgerError, Place, Trust, Verified};
use crate::store::{Evidence, Store};
use crate::workflow::World;

/// The last checkpoint and what verifies it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// The signed note.
    pub note: String,
    /// The key in the form of a verifier.
    pub key: String,
    /// The log's name.
    pub origin: String,
    /// Number of entries below it.
    pub size: u64,
}

/// Which entries are wanted; all when nothing is said.
#[derive(Clone, Debug, Default)]
pub struct Chosen {
    /// About this case or one of its operations.
    pub case: Option<OfCase>,
    /// About this operation.
    pub operation: Option<String>,
    /// Of this action, or of all whose names begin with it and a dot.
    pub action: Option<String>,
    /// Of this login.
    pub actor: Option<String>,
    /// Not earlier.
    pub since: Option<Timestamp>,
    /// Earlier than this.
    pub until: Option<Timestamp>,
}

/// What an entry of a case names: the case itself, or one of its operations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfCase {
    /// Its id.
    pub case: String,
    /// Ids of its operations; those that the entries tell of are found by themselves.
    pub operations: HashSet<String>,
}

impl OfCase {
    /// Entries in their order: what an intent of the case has led to names its operation only.
    fn has(&mut self, entry: &Value) -> bool {
        let known = |id: &Value| id.as_str().is_some_and(|id| self.operations.contains(id));
        let facts = &entry["facts"];
        let its =
            facts["case"] == self.case.as_str() || known(&entry["operation_id"]) || known(&facts["run"]);
        let new = entry["operation_id"].as_str().filter(|_| its);
        if let Some(id) = new.filter(|id| !self.operations.contains(*id)) {
            self.operations.insert(id.to_owned());
        }
        its
    }
}

/// One entry with its place in the log.
#[derive(Clone, Debug, PartialEq)]
pub struct Shown {
    /// From 0.
    pub index: u64,
    /// The entry's line, read.
    pub entry: Value,
}

/// The entries that were wanted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Entries {
    /// In order.
    pub entries: Vec<Shown>,
    /// Evidence that is not in the ledger yet.
    pub unsigned: usize,
}

/// Publishes what waits and gives the checkpoint above it. Where no ledger was begun, one is.
///
/// # Errors
/// As [`publish`].
pub async fn signed(world: &World) -> Result<Signed, Failure> {
    super::settle(world).await?;
    let held = hold(world).await?;
    let own = world.clone();
    blocking(move || {
        let look = |log: &mut ledger::Log| {
            let key = log.verifier();
            Ok(Signed {
                note: log.note().to_owned(),
                key: key.to_string(),
                origin: key.name().to_owned(),
                size: log.size(),
            })
        };
        if let Some(signed) = held.with(look)? {
            return Ok(signed);
        }
        begin(&own, &held, 0, &Value::Null)?;
        let signed = held.with(look)?;
        signed.ok_or_else(|| LedgerError::Broken("it vanished while it was begun".to_owned()))
    })
    .await
}

/// The signed entries that are wanted.
///
/// # Errors
/// A ledger that cannot be read. One that cannot be written is still shown.
pub async fn entries(world: &World, chosen: &Chosen) -> Result<Entries, Failure> {
    if let Err(failure) = publish(world).await {
        tracing::warn!("evidence waits: {failure}");
    }
    let unsigned = world.store.evidence_waiting().await?.len();
    let (directory, mut chosen) = (world.ledger.place().directory.clone(), chosen.clone());
    let there = world.ledger.exists();
    let found = blocking(move || {
        let mut found = Vec::new();
        if there {
            ledger::read(&directory, |index, line| {
                if let Some(entry) = fitting(&mut chosen, line) {
                    found.push(Shown { index, entry });
                }
            })?;
        }
        Ok(found)
    })
    .await?;
    Ok(Entries {
        entries: found,
        unsigned,
    })
}

fn fitting(chosen: &mut Chosen, line: &[u8]) -> Option<Value> {
    let entry: Value = serde_json::from_slice(line).ok()?;
    let text = |key: &str| entry[key].as_str().unwrap_or_default();
    let same = |wanted: &Option<String>, found: &str| wanted.as_deref().is_none_or(|wanted| wanted == found);
    let action = chosen.action.as_deref().is_none_or(|wanted| {
        let rest = text("action").strip_prefix(wanted);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    });
    let at = text("at").parse::<Timestamp>().ok();
    let in_time = chosen.since.is_none_or(|since| at.is_some_and(|at| at >= since))
        && chosen.until.is_none_or(|until| at.is_some_and(|at| at < until));
    let login = entry["actor"]["login"].as_str().unwrap_or_default();
    let of_case = chosen.case.as_mut().is_none_or(|case| case.has(&entry));
    let fits = of_case
        && action
        && in_time
        && same(&chosen.operation, text("operation_id"))
        && same(&chosen.actor, login);
    fits.then_some(entry)
}

/// Checks the ledger at `at` with all that is known of it here: its key, and the store whose evidence
/// it holds. `None` when no ledger was begun. Nothing is changed.
///
/// # Errors
/// A ledger that is lost or cannot be read, and storage failures.
pub async fn verify_own(at: &Place, store: Option<Store>, trust: Trust) -> Result<Option<Verified>, Failure> {
    let (mut waiting, mut known) = (Vec::new(), 0);
    if let Some(store) = &store {
        waiting = store.evidence_waiting().await?;
        known = place(store.evidence_known().await?);
    }
    if !at.directory.exists() {
        return match known {
            0 => Ok(None),
            known => Err(LedgerError::Lost(known).failure()),
        };
    }
    let turn = at.clone();
    let _held = blocking(move || Ledger::turn(&turn)).await?;
    let mut found = checked(at, waiting, &trust).await?;
    if let Some(store) = store.filter(|_| found.last < known) {
        // A power cut may have taken the checkpoint, and not what it signed.
        let behind = store.evidence(as_sequence(found.last)).await?;
        found = checked(at, behind, &trust).await?;
    }
    let last = found.last + found.unsigned as u64;
    if last < known {
        found.problems.push(format!(
            "the store has published {known} entries, and it ends with number {last}: it was put back to an \
             earlier state"
        ));
    }
    Ok(Some(found))
}

/// The ledger at `at`, whose turn the caller has, held against itself, its key and what the store has.
async fn checked(at: &Place, waiting: Vec<Evidence>, trust: &Trust) -> Result<Verified, Failure> {
    let at = at.clone();
    let trust = Trust {
        waiting: waiting.into_iter().map(|entry| entry.bytes).collect(),
        ..trust.clone()
    };
    blocking(move || {
        let mut found = ledger::verify(&at.directory, &trust)?;
        match ledger::own_key(&at) {
            Ok(key) if found.keys.last() == Some(&key) => {}
            Ok(_) => found
                .problems
                .push("the log was signed by another key than the one beside it".to_owned()),
            Err(error) => found.problems.push(error.to_string()),
        }
        Ok(found)
    })
    .await
}

/// Checks a log that was handed over.
///
/// # Errors
/// When there is nothing that could be checked.
pub async fn verify_files(directory: PathBuf, trust: Trust) -> Result<Verified, Failure> {
    let inside = directory.join("log");
    let whole = |at: &Path| at.join("checkpoint").exists();
    let at = if !whole(&directory) && whole(&inside) {
        inside
    } else {
        directory
    };
    if !at.exists() {
        return Err(Failure::new(FailureKind::NotFound, "There is no such directory."));
    }
    blocking(move || ledger::verify(&at, &trust)).await
}
