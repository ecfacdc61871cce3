//! Handing evidence out. What is handed out was verified right before, and that it was handed out is
//! itself in the ledger.

use std::path::Path;

use serde_json::Value;

use super::{Chosen, Shown, blocking, entries, hold, record, signed};
use crate::domain::failure::{Failure, FailureKind};
use crate::ledger::{self, Exported, LedgerError, Trust};
use crate::workflow::World;

/// What is handed out, and how that is recorded.
pub struct Export<'a> {
    /// The entries that are meant; the whole log when nothing is said.
    pub chosen: Option<&'a Chosen>,
    /// The action under which it stands in the ledger.
    pub action: &'a str,
    /// What the ledger says of it, without personal data.
    pub facts: Value,
    /// Indexes of the entries that are handed out, ascending, where they were listed before: these and
    /// the one that tells of it, and none that came in between.
    pub listed: Option<&'a [u64]>,
}

/// Writes the whole log, or the chosen entries with their proofs, to `target`, which must not exist
/// or be empty, and a script beside it that checks it. The entry that tells of it is among those that
/// are handed out, where it fits.
///
/// # Errors
/// [`FailureKind::NotFound`] when no entry fits; a ledger that is not as it was signed; those of the
/// disk.
pub async fn export(world: &World, export: Export<'_>, target: &Path) -> Result<Exported, Failure> {
    let Export {
        chosen,
        action,
        facts,
        listed,
    } = export;
    let tells_itself = facts.get("case").is_some();
    if let Some(chosen) = chosen
        && !tells_itself
        && entries(world, chosen).await?.entries.is_empty()
    {
        return Err(
            Failure::new(FailureKind::NotFound, "No entry fits, so nothing was written.")
                .next("Look at them first: dsr ledger show"),
        );
    }
    record(world, action, facts.clone()).await?;
    signed(world).await?;
    let indexes: Option<Vec<u64>> = match chosen {
        None => None,
        Some(chosen) => {
            let found = entries(world, chosen).await?.entries;
            Some(match listed {
                None => found.iter().map(|shown| shown.index).collect(),
                Some(listed) => with_own(listed, &found, action, &facts)?,
            })
        }
    };
    let held = hold(world).await?;
    let (place, target) = (world.ledger.place().clone(), target.to_owned());
    blocking(move || {
        let key = held.with(|log| Ok(log.verifier()))?;
        let key = key.ok_or_else(|| LedgerError::Broken("it vanished".to_owned()))?;
        let trust = Trust {
            key: Some(key.clone()),
            ..Trust::default()
        };
        let found = ledger::verify(&place.directory, &trust)?;
        if let Some(problem) = found.problems.first() {
            return Err(LedgerError::Broken(problem.clone()));
        }
        match indexes {
            None => ledger::export_log(&place.directory, &key, &target),
            Some(indexes) => ledger::export_entries(&place.directory, &key, &indexes, &target),
        }
    })
    .await
}

/// The listed entries and, behind them, the one that tells of what is handed out.
fn with_own(listed: &[u64], found: &[Shown], action: &str, facts: &Value) -> Result<Vec<u64>, Failure> {
    let tells = |shown: &&Shown| shown.entry["action"] == action && shown.entry["facts"] == *facts;
    let own = found.iter().rev().find(tells).map(|shown| shown.index);
    let own = own.filter(|own| listed.iter().all(|index| index < own));
    let Some(own) = own else {
        return Err(Failure::new(
            FailureKind::Conflict,
            "The ledger is not the one in which the entries were listed.",
        )
        .next("Look at it, then try again: dsr ledger verify"));
    };
    Ok(listed.iter().copied().chain([own]).collect())
}
