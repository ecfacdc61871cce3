//! Where scans of a keyspace are, slice by slice.

use jiff::{SignedDuration, Timestamp};

use super::Store;
use super::columns::micros;
use super::error::StoreError;
use crate::domain::actor::Actor;
use crate::domain::failure::Failure;

/// A place that nobody came back to is removed after this time: it holds what was found.
const KEPT: SignedDuration = SignedDuration::from_hours(7 * 24);

impl Store {
    /// The states of a table's slices.
    pub(crate) async fn scan_slices(&self, scope: &str, table: &str) -> Result<Vec<String>, Failure> {
        let (scope, table) = (scope.to_owned(), table.to_owned());
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT unseal(state, 'scan_slices.state', scope || ':' || table_name || ':' || slice) FROM scan_slices WHERE scope = ?1 AND table_name = ?2",
            )?;
            let rows = statement.query_map((&scope, &table), |row| row.get(0))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// Keeps the states of slices; `replaces` is taken away in the same step.
    pub(crate) async fn save_scan(
        &self,
        actor: &Actor,
        scope: &str,
        table: &str,
        replaces: Option<String>,
        states: Vec<(String, String)>,
        now: Timestamp,
    ) -> Result<(), Failure> {
        let (scope, table) = (scope.to_owned(), table.to_owned());
        self.write(actor, now, move |connection, scene| {
            if let Some(slice) = &replaces {
                connection.execute(
                    "DELETE FROM scan_slices WHERE scope = ?1 AND table_name = ?2 AND slice = ?3",
                    (&scope, &table, slice),
                )?;
            }
            let mut insert = connection.prepare_cached(
                "INSERT OR REPLACE INTO scan_slices (scope, table_name, slice, state, at)
                 VALUES (?1, ?2, ?3, seal(?4, 'scan_slices.state', ?1 || ':' || ?2 || ':' || ?3), ?5)",
            )?;
            for (slice, state) in &states {
                insert.execute((&scope, &table, slice, state, micros(scene.now)))?;
            }
            Ok(())
        })
        .await
        .map_err(StoreError::into_failure)
    }

    /// Forgets where a scan is, and every place that nobody came back to.
    pub(crate) async fn clear_scan(&self, actor: &Actor, scope: &str, now: Timestamp) -> Result<(), Failure> {
        let scope = scope.to_owned();
        self.write(actor, now, move |connection, scene| {
            let old = scene.now.saturating_sub(KEPT).unwrap_or(Timestamp::MIN);
            connection.execute(
                "DELETE FROM scan_slices WHERE scope = ?1 OR at < ?2",
                (&scope, micros(old)),
            )?;
            Ok(())
        })
        .await
        .map_err(StoreError::into_failure)
    }
}
