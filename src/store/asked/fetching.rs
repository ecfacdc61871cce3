//! Downloads.

use jiff::Timestamp;

use crate::domain::actor::Actor;
use crate::domain::failure::Failure;
use crate::store::error::StoreError;
use crate::store::evidence::{self, Entry};
use crate::store::{Download, Fetched, Store, downloads};

impl Store {
    /// What is known of the results of a request.
    pub(crate) async fn downloads(&self, request_id: &str) -> Result<Vec<Download>, Failure> {
        let id = request_id.to_owned();
        self.read(move |connection| downloads::of_request(connection, &id))
            .await
    }

    /// Finished exports of ours with a result that is still to be fetched, oldest first.
    pub(crate) async fn exports_to_fetch(&self, now: Timestamp) -> Result<Vec<String>, Failure> {
        self.read(move |connection| downloads::to_fetch(connection, now))
            .await
    }

    /// Number of requests and operations that are not finished as far as is known.
    pub(crate) async fn open_count(&self) -> Result<usize, Failure> {
        self.read(|connection| {
            let open: i64 = connection
                .prepare_cached(
                    "SELECT (SELECT count(*) FROM requests
                                WHERE status NOT IN ('COMPLETED', 'ERROR') AND gone_at IS NULL)
                          + (SELECT count(*) FROM operations
                                WHERE state IN ('planned', 'sending', 'unknown'))",
                )?
                .query_row([], |row| row.get(0))?;
            Ok(usize::try_from(open).unwrap_or(0))
        })
        .await
    }

    /// Remembers a fetched result; it is not checked yet.
    pub(crate) async fn fetched(
        &self,
        actor: &Actor,
        request_id: &str,
        url: &str,
        file: Fetched,
        now: Timestamp,
    ) -> Result<(), Failure> {
        let (id, url) = (request_id.to_owned(), url.to_owned());
        self.write(actor, now, move |connection, scene| {
            downloads::fetched(connection, &id, &url, &file, scene.now, scene.rev)?;
            let entry = Entry {
                action: "download",
                operation_id: None,
                actor: &scene.actor,
                facts: serde_json::json!({ "request_id": id, "bytes": file.bytes, "sha256": file.sha256 }),
            };
            evidence::put(connection, &scene.origin, &entry, scene.now)
        })
        .await
        .map_err(StoreError::into_failure)
    }

    /// Remembers whether a result could be opened as an archive.
    pub(crate) async fn checked(
        &self,
        actor: &Actor,
        request_id: &str,
        url: &str,
        trouble: Option<String>,
        now: Timestamp,
    ) -> Result<(), Failure> {
        let (id, url) = (request_id.to_owned(), url.to_owned());
        self.write(actor, now, move |connection, scene| {
            downloads::checked(connection, &id, &url, trouble.as_deref(), scene.now, scene.rev)
        })
        .await
        .map_err(StoreError::into_failure)
    }

    /// Remembers that the link of a result has expired.
    pub(crate) async fn expired(
        &self,
        actor: &Actor,
        request_id: &str,
        url: &str,
        now: Timestamp,
    ) -> Result<(), Failure> {
        let (id, url) = (request_id.to_owned(), url.to_owned());
        self.write(actor, now, move |connection, scene| {
            downloads::expired(connection, &id, &url, scene.now, scene.rev)
        })
        .await
        .map_err(StoreError::into_failure)
    }
}
