//! The outbox: what waits for the ledger, and what has arrived there.

use std::sync::atomic::Ordering;

use jiff::Timestamp;
use serde_json::Value;

use crate::domain::actor::Actor;
use crate::domain::failure::Failure;
use crate::store::Store;
use crate::store::error::StoreError;
use crate::store::evidence::{self, Entry, Evidence};

/// Actions and evidence.
impl Store {
    /// Logs an action that changes nothing outside (`search`, `reveal`, `download`, …) with facts
    /// that hold no personal data. It waits in the outbox for the ledger.
    pub async fn record_action(
        &self,
        actor: &Actor,
        action: &str,
        facts: Value,
        now: Timestamp,
    ) -> Result<(), Failure> {
        let action = action.to_owned();
        self.write(actor, now, move |connection, scene| {
            let entry = Entry {
                action: &action,
                operation_id: None,
                actor: &scene.actor,
                facts,
            };
            evidence::put(connection, &scene.origin, &entry, scene.now)
        })
        .await
        .map_err(StoreError::into_failure)
    }

    /// A line of the ledger's own, which has no place in the store's order.
    pub(crate) fn ledger_line(&self, actor: &Actor, action: &str, facts: Value, now: Timestamp) -> Vec<u8> {
        let entry = Entry {
            action,
            operation_id: None,
            actor,
            facts,
        };
        evidence::line(&self.inner.state.origin, &entry, None, now)
    }

    /// Evidence that was not published yet, in order.
    pub async fn evidence_waiting(&self) -> Result<Vec<Evidence>, Failure> {
        let published = self.inner.state.published.load(Ordering::SeqCst);
        self.read(move |connection| evidence::waiting(connection, published))
            .await
    }

    /// All evidence with a place behind `after`, published or not, in order.
    pub async fn evidence(&self, after: i64) -> Result<Vec<Evidence>, Failure> {
        self.read(move |connection| evidence::all(connection, after))
            .await
    }

    /// The last place that is known to be published; 0 when none is.
    pub(crate) async fn evidence_known(&self) -> Result<i64, Failure> {
        let published = self.inner.state.published.load(Ordering::SeqCst);
        let known = self.read(|connection| evidence::known(connection)).await?;
        Ok(known.max(published))
    }

    /// Takes note that the entries up to `upto` are in the ledger. It is written down with whatever
    /// is written next: should that never happen, they are published once more, which changes nothing.
    pub(crate) fn evidence_published(&self, upto: i64) {
        self.inner.state.published.fetch_max(upto, Ordering::SeqCst);
    }

    /// Writes down what [`Store::evidence_published`] took note of, at the end of some work.
    pub(crate) async fn settle_published(&self, actor: &Actor, now: Timestamp) -> Result<(), Failure> {
        if !self.inner.state.has_unwritten() {
            return Ok(());
        }
        self.write(actor, now, |_, _| Ok(()))
            .await
            .map_err(StoreError::into_failure)
    }
}
