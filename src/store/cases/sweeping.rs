//! Forgetting what a closed case knew of a person. What stays is what counts are made of: kind, days
//! and ending. The salts go too, so that the commitments in the evidence can no longer be opened, while
//! the evidence itself stays as it was.

use rusqlite::Connection;

use super::{CaseEntry, Ground, record, rows, settlements};
use crate::domain::case::Case;
use crate::domain::failure::Failure;
use crate::store::Store;
use crate::store::columns::{json, micros};
use crate::store::error::{StoreError, StoreResult};
use crate::store::sending::Scene;

/// A closed case that still knows its person.
#[derive(Clone, Debug)]
pub struct Swept {
    /// The case.
    pub case: Case,
    /// Files that still lie here for its requests.
    pub files: Vec<std::path::PathBuf>,
}

impl Store {
    /// Closed cases that still know their person, closed before a moment, oldest first.
    pub async fn cases_to_sweep(&self, before: jiff::Timestamp) -> Result<Vec<Swept>, Failure> {
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT number, unseal(data, 'cases.data', number) FROM cases WHERE closed_at < ?1 AND salt IS NOT NULL ORDER BY closed_at",
            )?;
            let found: Vec<(i64, Case)> = statement
                .query_map([micros(before)], |row| {
                    Ok((row.get(0)?, json(1, row.get_ref(1)?.as_str()?)?))
                })?
                .collect::<Result<_, _>>()?;
            found
                .into_iter()
                .map(|(number, case)| {
                    Ok(Swept {
                        files: files(connection, number)?,
                        case,
                    })
                })
                .collect()
        })
        .await
    }

    /// Forgets the person of a closed case, here and in its operations, in the file and in the log of
    /// the database.
    pub async fn sweep_case(&self, ground: &Ground, id: &str) -> Result<(), Failure> {
        let (ground, id) = (ground.clone(), id.to_owned());
        self.write(&ground.actor.clone(), ground.now, move |connection, scene| {
            forget(connection, scene, &id)
        })
        .await
        .map_err(StoreError::into_failure)?;
        self.inner
            .writer
            .run(|connection| {
                // The log would keep what was overwritten. Where another process reads meanwhile, the
                // next checkpoint does it.
                connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
                Ok(())
            })
            .await
            .map_err(StoreError::into_failure)
    }
}

fn files(connection: &Connection, number: i64) -> StoreResult<Vec<std::path::PathBuf>> {
    let mut statement = connection.prepare_cached(
        "SELECT d.path FROM case_operations c JOIN operations o ON o.id = c.operation_id
         JOIN downloads d ON d.request_id = o.remote_id WHERE c.number = ?1 AND d.path IS NOT NULL",
    )?;
    let rows = statement.query_map([number], |row| row.get::<_, String>(0))?;
    let paths: Vec<String> = rows.collect::<Result<_, _>>()?;
    Ok(paths
        .into_iter()
        .map(std::path::PathBuf::from)
        .filter(|path| path.exists())
        .collect())
}

fn forget(connection: &Connection, scene: &Scene, id: &str) -> StoreResult<()> {
    let case = rows::must_get(connection, id)?;
    // The last entry that the salt makes; after it there is none to open it with.
    let entry = CaseEntry::new("case.forget", "personal data forgotten");
    record(connection, scene, id, &entry)?;
    settlements::forget(connection, id)?;
    let number = rows::number(id);
    let bare = Case {
        reference: None,
        channel: None,
        controller: None,
        identifiers: Vec::new(),
        assignee: None,
        waits_for: None,
        identity: None,
        closing_note: None,
        extension: case.extension.map(|mut extension| {
            extension.reason.clear();
            extension
        }),
        refusals: case
            .refusals
            .into_iter()
            .map(|mut refusal| {
                refusal.reason.clear();
                refusal
            })
            .collect(),
        answer: case.answer.map(|mut answer| {
            answer.digest = None;
            answer
        }),
        forgotten: true,
        ..case
    };
    rows::update(connection, &bare)?;
    connection
        .prepare_cached(
            "UPDATE cases SET salt = NULL, reference = NULL, assignee = NULL, next_step = 'forgotten', rev = ?2
             WHERE number = ?1",
        )?
        .execute((number, scene.rev))?;
    for sql in [
        "DELETE FROM case_trail WHERE number = ?1",
        "UPDATE case_cells SET detail = NULL WHERE number = ?1",
        "DELETE FROM notes WHERE id IN (SELECT operation_id FROM case_operations WHERE number = ?1)",
        "UPDATE requests SET label = '' WHERE id IN (SELECT o.remote_id FROM case_operations c
            JOIN operations o ON o.id = c.operation_id WHERE c.number = ?1)",
        "UPDATE operations SET subject = '{}', subject_key = 'forgotten:' || id, replacement_terms = '[]',
            label = '', merge_set = '[]', reference = NULL, reason = NULL, detail = NULL, salt = x''
            WHERE id IN (SELECT operation_id FROM case_operations WHERE number = ?1)",
    ] {
        connection.prepare_cached(sql)?.execute([number])?;
    }
    connection
        .prepare_cached(
            "UPDATE operations SET rev = ?2 WHERE id IN
                (SELECT operation_id FROM case_operations WHERE number = ?1)",
        )?
        .execute((number, scene.rev))?;
    Ok(())
}
