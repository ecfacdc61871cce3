//! Requests seen, and the queue.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use jiff::Timestamp;
use rusqlite::OptionalExtension;

use crate::domain::actor::Actor;
use crate::domain::failure::Failure;
use crate::domain::queue::QueueRow;
use crate::domain::queue_rows::QueueRows;
use crate::domain::request::Request;
use crate::store::error::StoreError;
use crate::store::listing::{self, ListState};
use crate::store::requests::{self, Seen};
use crate::store::{Store, lock, rows};

/// Ids of requests that stood in a reading of the list, as short fingerprints.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stood(HashSet<u64>);

impl Stood {
    /// Takes an id in.
    pub(crate) fn insert(&mut self, id: &str) {
        self.0.insert(fingerprint(id));
    }

    /// Number of ids.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    fn contains(&self, id: &str) -> bool {
        self.0.contains(&fingerprint(id))
    }
}

fn fingerprint(id: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    id.hash(&mut hasher);
    hasher.finish()
}

/// Requests seen.
impl Store {
    /// Takes requests of a list in; says what is new or changed.
    pub(crate) async fn see(
        &self,
        actor: &Actor,
        requests: Vec<Request>,
        now: Timestamp,
    ) -> Result<Vec<Seen>, Failure> {
        self.write(actor, now, move |connection, scene| {
            let mut seen = Vec::new();
            for request in &requests {
                seen.extend(requests::see(connection, request, scene.now, scene.rev)?);
            }
            if !seen.is_empty() {
                listing::mark_merge_sets(connection, scene.rev)?;
            }
            Ok(seen)
        })
        .await
        .map_err(StoreError::into_failure)
    }

    /// Takes in a request that was looked at by itself.
    pub(crate) async fn look_at(
        &self,
        actor: &Actor,
        request: Request,
        now: Timestamp,
    ) -> Result<Option<Seen>, Failure> {
        self.write(actor, now, move |connection, scene| {
            let seen = requests::see(connection, &request, scene.now, scene.rev)?;
            requests::looked_at(connection, &request.id, scene.now)?;
            listing::mark_merge_sets(connection, scene.rev)?;
            Ok(seen)
        })
        .await
        .map_err(StoreError::into_failure)
    }

    /// Remembers that the list was read whole between `started` and `now`.
    pub(crate) async fn read_whole(
        &self,
        actor: &Actor,
        started: Timestamp,
        stood: Stood,
        notes: Vec<String>,
        now: Timestamp,
    ) -> Result<(), Failure> {
        self.write(actor, now, move |connection, scene| {
            listing::read_whole(
                connection,
                started,
                scene.now,
                scene.rev,
                |id| stood.contains(id),
                &notes,
            )
        })
        .await
        .map_err(StoreError::into_failure)
    }

    /// Remembers that the list could not be read whole, and why.
    pub(crate) async fn read_in_part(
        &self,
        actor: &Actor,
        notes: Vec<String>,
        now: Timestamp,
    ) -> Result<(), Failure> {
        self.write(actor, now, move |connection, _| {
            listing::read_in_part(connection, &notes)
        })
        .await
        .map_err(StoreError::into_failure)
    }

    /// What is known of the last reading of the list.
    pub async fn list_state(&self) -> Result<ListState, Failure> {
        self.read(|connection| listing::list_state(connection)).await
    }

    /// The queue's rows, newest first.
    pub async fn queue_rows(&self) -> Result<QueueRows, Failure> {
        let state = Arc::clone(&self.inner.state);
        self.read(move |connection| lock(&state.cache).rows(connection))
            .await
    }

    /// The row of one request or operation, by its whole id.
    pub(crate) async fn queue_row(&self, id: &str) -> Result<Option<QueueRow>, Failure> {
        let id = id.to_owned();
        let rules = lock(&self.inner.state.cache).rules();
        self.read(move |connection| rows::Cache::by(rules).one(connection, &id))
            .await
    }

    /// Ids, remote or ours, that are `prefix` or begin with it; a few at most.
    pub(crate) async fn ids_beginning(&self, prefix: &str) -> Result<Vec<String>, Failure> {
        let prefix = prefix.to_owned();
        self.read(move |connection| {
            let exact: Option<String> = connection
                .prepare_cached(
                    "SELECT id FROM requests WHERE id = ?1
                     UNION ALL SELECT coalesce(remote_id, id) FROM operations WHERE id = ?1 LIMIT 1",
                )?
                .query_row([&prefix], |row| row.get(0))
                .optional()?;
            match exact {
                Some(id) => Ok(vec![id]),
                None => rows::ids_beginning(connection, &prefix, 6),
            }
        })
        .await
    }
}
