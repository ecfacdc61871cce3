//! Handing evidence out. What is handed out was verified right before, and that it was handed out is
//! itself in the ledger.

use std::path::Path;

use serde_json::json;

use super::{Chosen, blocking, entries, hold, record, settle, signed};
use crate::domain::failure::{Failure, FailureKind};
use crate::ledger::{self, Exported, LedgerError, Trust};
use crate::workflow::World;

/// Writes the whole log, or the chosen entries with their proofs, to `target`, which must not exist
/// or be empty, and a script beside it that checks it.
///
/// # Errors
/// [`FailureKind::NotFound`] when no entry fits; a ledger that is not as it was signed; those of the
/// disk.
pub async fn export(world: &World, chosen: Option<&Chosen>, target: &Path) -> Result<Exported, Failure> {
    let indexes: Option<Vec<u64>> = match chosen {
        None => None,
        Some(chosen) => {
            let found = entries(world, chosen).await?;
            Some(found.entries.iter().map(|shown| shown.index).collect())
        }
    };
    if indexes.as_ref().is_some_and(Vec::is_empty) {
        return Err(
            Failure::new(FailureKind::NotFound, "No entry fits, so nothing was written.")
                .next("Look at them first: dsr ledger show"),
        );
    }
    let facts = json!({ "entries": indexes.as_ref().map(Vec::len), "whole": indexes.is_none() });
    record(world, "ledger.export", facts).await?;
    settle(world).await?;
    signed(world).await?;
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
