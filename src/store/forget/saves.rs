//! Groups that were saved before a deletion, as they are listed and taken out again.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension};

use crate::domain::failure::Failure;
use crate::store::Store;
use crate::store::columns::time;
use crate::store::error::StoreResult;

/// One saved group, without its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Save {
    /// The run before which it was saved.
    pub run: String,
    /// Its name.
    pub group: String,
    /// The attribute that identifies a setting in it.
    pub attribute: String,
    /// Size of the document.
    pub bytes: u64,
    /// Hex SHA-256 of it.
    pub sha256: String,
    /// When.
    pub saved_at: Timestamp,
    /// Login of who deleted.
    pub saved_by: String,
    /// When it is removed.
    pub remove_after: Timestamp,
}

impl Store {
    /// All saved groups, the newest first.
    pub async fn saves(&self) -> Result<Vec<Save>, Failure> {
        self.read(|connection| all(connection)).await
    }

    /// The document of a saved group; `None` when it is not there any more.
    pub(crate) async fn save_content(&self, run: &str, group: &str) -> Result<Option<Vec<u8>>, Failure> {
        let (run, group) = (run.to_owned(), group.to_owned());
        self.read(move |connection| {
            Ok(connection
                .prepare_cached(
                    "SELECT unseal(content, 'forget_saves.content', run || ':' || group_name) FROM forget_saves WHERE run = ?1 AND group_name = ?2",
                )?
                .query_row((&run, &group), |row| row.get(0))
                .optional()?)
        })
        .await
    }
}

fn all(connection: &Connection) -> StoreResult<Vec<Save>> {
    let mut statement = connection.prepare_cached(
        "SELECT s.run, s.group_name, length(unseal(s.content, 'forget_saves.content', s.run || ':' || s.group_name)), s.sha256, s.saved_at, s.remove_after, r.actor,
                (SELECT min(attribute) FROM forget_steps AS t
                 WHERE t.run = s.run AND t.group_name = s.group_name)
         FROM forget_saves AS s JOIN forget_runs AS r ON r.id = s.run
         ORDER BY s.saved_at DESC, s.run, s.group_name",
    )?;
    let rows = statement.query_map([], |row| {
        Ok(Save {
            run: row.get(0)?,
            group: row.get(1)?,
            bytes: row.get::<_, i64>(2)?.unsigned_abs(),
            sha256: row.get(3)?,
            saved_at: time(row.get(4)?).unwrap_or_default(),
            remove_after: time(row.get(5)?).unwrap_or_default(),
            saved_by: row.get(6)?,
            attribute: row
                .get::<_, Option<String>>(7)?
                .unwrap_or_else(|| "name".to_owned()),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
