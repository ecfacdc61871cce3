//! Conversion of a store: sealed, readable again, or sealed anew in the form that is in use; each in one
//! transaction.

use std::sync::Arc;

use rusqlite::{Connection, TransactionBehavior};

use super::tables::{SEALED, Sealed};
use super::{FORM, check, install, sealed_with, sealing_of};
use crate::domain::actor::Actor;
use crate::domain::failure::Failure;
use crate::domain::sealing::SharedSeal;
use crate::store::error::{StoreError, StoreResult, storage};
use crate::store::rows::Cache;
use crate::store::{Store, lock};

impl Store {
    /// Encrypts what is personal in the store, or decrypts it again (`on` is false), in one transaction:
    /// at every moment, also after a crash, it is the one or the other as a whole. Gives the number of
    /// rows. Other processes that have it open write nothing any more until they open it anew.
    ///
    /// # Errors
    /// When another process works with it, or there is no room for it.
    pub async fn convert(&self, actor: &Actor, seal: SharedSeal, on: bool) -> Result<u64, Failure> {
        let actor = actor.login.clone();
        let state = Arc::clone(&self.inner.state);
        let own = seal.clone();
        let done = self.inner.writer.run(move |connection| {
            let before = lock(&state.sealed).is_some();
            install(connection, Some(&own))?;
            let converted = in_one(connection, &own, on);
            let sealed = if converted.is_ok() { on } else { before };
            install(connection, sealed.then_some(&own))?;
            let rows = converted?;
            *lock(&state.sealed) = on.then(|| sealed_with(&own));
            let rules = lock(&state.cache).rules();
            *lock(&state.cache) = Cache::by(rules);
            tracing::info!(rows, on, actor, "store converted");
            // The log still holds what was overwritten.
            connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
            Ok(rows)
        });
        let rows = done.await.map_err(StoreError::into_failure)?;
        let sealed = on.then_some(seal);
        self.read(move |connection| Ok(install(connection, sealed.as_ref())?))
            .await?;
        Ok(rows)
    }
}

fn in_one(connection: &mut Connection, seal: &SharedSeal, on: bool) -> StoreResult<u64> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Exclusive)?;
    match (sealing_of(&transaction)?, on) {
        (Some(_), true) => return Err(storage("The store is encrypted already.").into()),
        (None, false) => return Err(storage("The store is not encrypted.").into()),
        (found, _) => check(found.as_deref(), Some(seal))?,
    }
    let mut rows = 0;
    for sealed in &SEALED {
        rows += transaction.execute(&sealed.statement(if on { Turn::On } else { Turn::Off }), [])? as u64;
    }
    match on {
        true => {
            transaction.execute(
                "INSERT INTO meta (key, value) VALUES ('sealed', ?1)",
                [sealed_with(seal)],
            )?;
        }
        false => {
            transaction.execute("DELETE FROM meta WHERE key = 'sealed'", [])?;
        }
    }
    transaction.commit()?;
    Ok(rows)
}

/// What a conversion does with a column.
#[derive(Clone, Copy)]
enum Turn {
    On,
    Off,
    /// From the form that was bound to no place.
    Anew,
}

impl Sealed {
    fn statement(&self, turn: Turn) -> String {
        let Sealed {
            table,
            columns,
            alike,
            row,
        } = self;
        let set = |column: &str, seal: &str, place: &str| match turn {
            Turn::On => format!("{column} = {seal}({column}, {place})"),
            Turn::Off => format!("{column} = unseal({column}, {place})"),
            Turn::Anew => format!("{column} = {seal}(unseal_old({column}), {place})"),
        };
        let sets: Vec<String> = columns
            .iter()
            .map(|column| set(column, "seal", &format!("'{table}.{column}', {row}")))
            .chain(
                alike
                    .iter()
                    .map(|column| set(column, "seal_alike", &format!("'{column}'"))),
            )
            .collect();
        format!("UPDATE {table} SET {}", sets.join(", "))
    }
}

/// Seals a store anew whose values were bound to no place, in one transaction, before anybody reads it.
///
/// # Errors
/// When it cannot be written, or a value cannot be opened; it is then as it was.
pub(in crate::store) fn bind(connection: &mut Connection, seal: Option<&SharedSeal>) -> StoreResult<()> {
    let behind = |connection: &Connection| -> StoreResult<bool> {
        Ok(sealing_of(connection)?.is_some_and(|how| !how.starts_with(FORM)))
    };
    let Some(seal) = seal else { return Ok(()) };
    if !behind(connection)? {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Exclusive)?;
    // Another process may have been quicker.
    if behind(&transaction)? {
        for sealed in &SEALED {
            transaction.execute(&sealed.statement(Turn::Anew), [])?;
        }
        transaction.execute(
            "UPDATE meta SET value = ?1 WHERE key = 'sealed'",
            [sealed_with(seal)],
        )?;
    }
    transaction.commit()?;
    tracing::info!("sealed values are bound to their places");
    Ok(())
}
