//! Changes outside that are not requests.

use jiff::Timestamp;
use serde_json::Value;

use crate::domain::actor::Actor;
use crate::domain::failure::Failure;
use crate::store::Store;
use crate::store::cases::{Erasure, refuse_erasure};
use crate::store::changes::{self, Once, UnknownChange};
use crate::store::error::StoreError;

/// What could stand against a change, to be looked at in the transaction that writes its intent.
pub(crate) enum Against {
    /// Nothing.
    Nothing,
    /// A hold, on that day.
    Holds(Erasure, jiff::civil::Date),
    /// An equal change that is open.
    Equal(Once),
}

/// Intents and outcomes of changes.
impl Store {
    /// Writes intent and evidence of a change; both are on disk when this returns. It is refused in the
    /// same transaction when something stands against it.
    pub(crate) async fn begin_change(
        &self,
        actor: &Actor,
        id: &str,
        action: &str,
        facts: Value,
        against: Against,
        now: Timestamp,
    ) -> Result<(), Failure> {
        let session = self.session().await.map_err(StoreError::into_failure)?;
        let (id, action) = (id.to_owned(), action.to_owned());
        self.write(actor, now, move |connection, scene| {
            match &against {
                Against::Nothing => {}
                Against::Holds(erasure, today) => refuse_erasure(connection, erasure, *today)?,
                Against::Equal(once) => changes::refuse_equal(connection, &action, once, now)?,
            }
            changes::begin(connection, scene, &id, &session, &action, &facts)
        })
        .await
        .map_err(StoreError::into_failure)
    }

    /// Writes how it ended: `accepted`, `refused` or `unknown`. `Err((failure, true))` when another
    /// attempt may work.
    pub(crate) async fn finish_change(
        &self,
        actor: &Actor,
        id: &str,
        state: &'static str,
        detail: Option<String>,
        now: Timestamp,
    ) -> Result<(), (Failure, bool)> {
        let id = id.to_owned();
        self.write(actor, now, move |connection, scene| {
            changes::finish(connection, scene, &id, state, detail.as_deref())
        })
        .await
        .map_err(|error| {
            let passes = error.passes();
            (error.into_failure(), passes)
        })
    }

    /// Changes of which nobody knows whether they took effect, oldest first.
    ///
    /// # Errors
    /// Storage failures.
    pub async fn unknown_changes(&self) -> Result<Vec<UnknownChange>, Failure> {
        self.read(|connection| changes::unknown(connection)).await
    }

    /// Changes of this action with these facts that are under way or of unknown outcome.
    pub(crate) async fn equal_changes(
        &self,
        action: &'static str,
        same: Value,
    ) -> Result<Vec<UnknownChange>, Failure> {
        self.read(move |connection| changes::equal(connection, action, &same))
            .await
    }

    /// Records a person's decision about one of them.
    ///
    /// # Errors
    /// One that is not known or not unknown, and storage failures.
    pub async fn decide_change(
        &self,
        actor: &Actor,
        id: &str,
        took_effect: bool,
        now: Timestamp,
    ) -> Result<(), Failure> {
        let id = id.to_owned();
        self.write(actor, now, move |connection, scene| {
            changes::decide(connection, scene, &id, took_effect)
        })
        .await
        .map_err(StoreError::into_failure)
    }
}
