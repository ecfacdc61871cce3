//! Where a scan is, so that it goes on after an interruption without losing what it found.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};

use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};

use crate::domain::failure::Failure;
use crate::systems::keyspace::page::PagingState;
use crate::systems::keyspace::report::Match;
use crate::systems::keyspace::slice::Slice;

/// What was found in a part of a slice.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SliceFound {
    /// Matches.
    pub matches: Vec<Match>,
    /// By search: mere substring hits.
    pub substrings: BTreeMap<usize, u64>,
    /// Rows read.
    pub rows: u64,
    /// Bytes read.
    pub bytes: u64,
    /// Compressed values that could not be opened whole.
    pub unopened: u64,
    /// The text of [`super::ScanOptions::named`] stands in it.
    #[serde(default)]
    pub named: bool,
}

/// How a slice stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Still to be read, from its beginning or from where it was left.
    Open,
    /// Read to its end.
    Done,
    /// Given up; a resumed scan tries it again.
    NotRead {
        /// One word.
        why: String,
        /// The server's words, cleaned.
        detail: String,
    },
}

/// One slice of a table and how it stands. Holds personal data in its matches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SliceState {
    /// The slice.
    pub slice: Slice,
    /// Where to go on; `None`: at its beginning.
    pub paging: Option<PagingState>,
    /// How it stands.
    pub standing: Standing,
    /// What was found up to there.
    pub found: SliceFound,
}

impl SliceState {
    /// A slice not begun.
    pub fn open(slice: Slice) -> SliceState {
        SliceState {
            slice,
            paging: None,
            standing: Standing::Open,
            found: SliceFound::default(),
        }
    }
}

/// Keeps the state of one scan. The slices kept for a table are always the whole of it.
pub trait Checkpoints: Send + Sync {
    /// The slices of a table; empty when it was not begun.
    fn slices(&self, table: &str) -> BoxFuture<'_, Result<Vec<SliceState>, Failure>>;

    /// Keeps `states`, each in the place of the one with the same slice; `replaces` is taken away in the
    /// same step (its halves are among `states`).
    fn save(
        &self,
        table: &str,
        replaces: Option<&Slice>,
        states: Vec<SliceState>,
    ) -> BoxFuture<'_, Result<(), Failure>>;
}

/// Keeps the state for as long as the process lives: for scans that are not to be resumed.
#[derive(Default)]
pub struct InMemory {
    tables: Mutex<HashMap<String, HashMap<Slice, SliceState>>>,
}

impl Checkpoints for InMemory {
    fn slices(&self, table: &str) -> BoxFuture<'_, Result<Vec<SliceState>, Failure>> {
        let tables = self.tables.lock().unwrap_or_else(PoisonError::into_inner);
        let mut states: Vec<SliceState> = tables
            .get(table)
            .into_iter()
            .flat_map(|t| t.values().cloned())
            .collect();
        states.sort_by(|a, b| a.slice.after.cmp(&b.slice.after));
        Box::pin(async move { Ok(states) })
    }

    fn save(
        &self,
        table: &str,
        replaces: Option<&Slice>,
        states: Vec<SliceState>,
    ) -> BoxFuture<'_, Result<(), Failure>> {
        let mut tables = self.tables.lock().unwrap_or_else(PoisonError::into_inner);
        let slices = tables.entry(table.to_owned()).or_default();
        if let Some(slice) = replaces {
            slices.remove(slice);
        }
        for state in states {
            slices.insert(state.slice.clone(), state);
        }
        Box::pin(async { Ok(()) })
    }
}
