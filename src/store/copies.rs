//! Every local copy of personal data: where it lies, since when, and until when it may. Results of
//! Genesys Cloud and files of the export service are known from their downloads; what is decrypted is
//! noted here. A removal is remembered, and proven by evidence.

use std::path::PathBuf;

use jiff::Timestamp;
use rusqlite::Connection;
use serde_json::json;

use super::Store;
use super::columns::{micros, time};
use super::error::{StoreError, StoreResult};
use super::evidence::{self, Entry};
use super::sending::Scene;
use crate::domain::actor::Actor;
use crate::domain::failure::Failure;

/// What a copy is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CopyKind {
    /// The result of an export of Genesys Cloud.
    Result,
    /// An encrypted export as it was downloaded.
    Download,
    /// A decrypted file.
    Decrypted,
}

impl CopyKind {
    /// As in JSON and in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            CopyKind::Result => "result",
            CopyKind::Download => "download",
            CopyKind::Decrypted => "decrypted",
        }
    }

    fn parse(text: &str) -> CopyKind {
        match text {
            "result" => CopyKind::Result,
            "download" => CopyKind::Download,
            _ => CopyKind::Decrypted,
        }
    }
}

/// One copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalCopy {
    /// Where it lies.
    pub path: PathBuf,
    /// What it is.
    pub kind: CopyKind,
    /// What it was made of: the name of a file, an artifact or a request; several, a line each, where all
    /// of them have the same content.
    pub source: Option<String>,
    /// Its size when it was made.
    pub bytes: Option<u64>,
    /// When it was made.
    pub since: Timestamp,
    /// When it is to be removed; `None` for results, which follow the schedule that is asked for.
    pub until: Option<Timestamp>,
}

impl LocalCopy {
    /// What it was made of, one by one.
    pub fn sources(&self) -> impl Iterator<Item = &str> {
        self.source.iter().flat_map(|source| source.split('\n'))
    }
}

impl Store {
    /// Notes copies that were made, with one entry of evidence for all: what was done (`action`) and
    /// `facts` without personal data.
    pub(crate) async fn keep_copies(
        &self,
        actor: &Actor,
        action: &'static str,
        facts: serde_json::Value,
        copies: Vec<LocalCopy>,
        now: Timestamp,
    ) -> Result<(), Failure> {
        self.write(actor, now, move |connection, scene| {
            for copy in &copies {
                insert(connection, copy)?;
            }
            put(connection, scene, action, facts)
        })
        .await
        .map_err(StoreError::into_failure)
    }

    /// Every copy that was not removed by us, oldest first.
    pub async fn copies(&self) -> Result<Vec<LocalCopy>, Failure> {
        self.read(|connection| all(connection)).await
    }

    /// Remembers that copies are gone, and why.
    pub(crate) async fn copies_removed(
        &self,
        actor: &Actor,
        copies: Vec<LocalCopy>,
        why: &'static str,
        mut facts: serde_json::Value,
        now: Timestamp,
    ) -> Result<(), Failure> {
        self.write(actor, now, move |connection, scene| {
            for copy in &copies {
                insert(connection, copy)?;
                connection
                    .prepare_cached(
                        "UPDATE copies SET removed_at = ?2, removed_why = ?3 WHERE path = ?1 AND removed_at IS NULL",
                    )?
                    .execute((copy.path.to_string_lossy(), micros(scene.now), why))?;
            }
            let bytes: u64 = copies.iter().filter_map(|copy| copy.bytes).sum();
            facts["files"] = json!(copies.len());
            facts["bytes"] = json!(bytes);
            facts["why"] = json!(why);
            put(connection, scene, "copies.remove", facts)
        })
        .await
        .map_err(StoreError::into_failure)
    }

    /// Writes evidence that copies were looked into.
    pub(crate) async fn copies_opened(
        &self,
        actor: &Actor,
        action: &'static str,
        facts: serde_json::Value,
        now: Timestamp,
    ) -> Result<(), Failure> {
        self.write(actor, now, move |connection, scene| {
            put(connection, scene, action, facts)
        })
        .await
        .map_err(StoreError::into_failure)
    }
}

fn put(connection: &Connection, scene: &Scene, action: &str, facts: serde_json::Value) -> StoreResult<()> {
    let entry = Entry {
        action,
        operation_id: None,
        actor: &scene.actor,
        facts,
    };
    evidence::put(connection, &scene.origin, &entry, scene.now)
}

/// A path that is noted already is the same file made again: it stays until the later day.
fn insert(connection: &Connection, copy: &LocalCopy) -> StoreResult<()> {
    connection
        .prepare_cached(
            "INSERT INTO copies (path, kind, source, bytes, since, until) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (path) WHERE removed_at IS NULL DO UPDATE SET
                 source = coalesce(excluded.source, source), bytes = excluded.bytes, until = max(coalesce(until, 0), coalesce(excluded.until, 0))",
        )?
        .execute(rusqlite::params![
            copy.path.to_string_lossy(),
            copy.kind.as_str(),
            copy.source,
            copy.bytes.map(u64::cast_signed),
            micros(copy.since),
            copy.until.map(micros),
        ])?;
    Ok(())
}

fn all(connection: &Connection) -> StoreResult<Vec<LocalCopy>> {
    let mut statement = connection.prepare_cached(
        "SELECT path, kind, source, bytes, since, until FROM copies WHERE removed_at IS NULL
         UNION ALL
         SELECT path, 'result', request_id, bytes, at, NULL FROM downloads AS d
         WHERE path IS NOT NULL AND NOT EXISTS (
             SELECT 1 FROM copies AS c
             WHERE c.path = d.path AND (c.removed_at IS NULL OR c.removed_at >= d.at))
         UNION ALL
         SELECT path, 'download', name, bytes, fetched_at, NULL FROM export_files AS f
         WHERE NOT EXISTS (
             SELECT 1 FROM copies AS c
             WHERE c.path = f.path AND (c.removed_at IS NULL OR c.removed_at >= f.fetched_at))
         ORDER BY 5, 1",
    )?;
    let rows = statement.query_map([], |row| {
        Ok(LocalCopy {
            path: PathBuf::from(row.get::<_, String>(0)?),
            kind: CopyKind::parse(&row.get::<_, String>(1)?),
            source: row.get(2)?,
            bytes: row.get::<_, Option<i64>>(3)?.map(i64::unsigned_abs),
            since: time(row.get(4)?).unwrap_or_default(),
            until: time(row.get(5)?).filter(|until| *until > Timestamp::UNIX_EPOCH),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
