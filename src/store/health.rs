//! What the doctor asks of the store.

use jiff::Timestamp;

use super::Store;
use super::columns::time;
use crate::domain::failure::Failure;
use rusqlite::OptionalExtension;

impl Store {
    /// Bytes of the store, and what SQLite finds wrong in it from end to end.
    pub async fn health(&self) -> Result<(u64, Vec<String>), Failure> {
        self.read(|connection| {
            let pages: i64 = connection.pragma_query_value(None, "page_count", |row| row.get(0))?;
            let size: i64 = connection.pragma_query_value(None, "page_size", |row| row.get(0))?;
            let mut statement = connection.prepare("PRAGMA quick_check(20)")?;
            let rows = statement.query_map([], |row| row.get::<_, String>(0))?;
            let mut told: Vec<String> = rows.collect::<Result<_, _>>()?;
            told.retain(|line| line != "ok");
            Ok((pages.saturating_mul(size).unsigned_abs(), told))
        })
        .await
    }

    /// When something of this action was last recorded.
    pub async fn last_action(&self, action: &str) -> Result<Option<Timestamp>, Failure> {
        let action = action.to_owned();
        self.read(move |connection| {
            let at: Option<i64> = connection
                .prepare_cached("SELECT at FROM outbox WHERE action = ?1 ORDER BY seq DESC LIMIT 1")?
                .query_row([action], |row| row.get(0))
                .optional()?;
            Ok(time(at))
        })
        .await
    }

    /// True when anything was recorded after the last record of this action, or at all.
    pub async fn has_actions_since(&self, action: &str) -> Result<bool, Failure> {
        let action = action.to_owned();
        self.read(move |connection| {
            Ok(connection
                .prepare_cached(
                    "SELECT EXISTS (SELECT 1 FROM outbox WHERE seq >
                        coalesce((SELECT seq FROM outbox WHERE action = ?1 ORDER BY seq DESC LIMIT 1), 0))",
                )?
                .query_row([action], |row| row.get(0))?)
        })
        .await
    }
}
