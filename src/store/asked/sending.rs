//! Actions, plans, intents and outcomes.

use std::sync::Arc;

use jiff::Timestamp;

use crate::domain::actor::Actor;
use crate::domain::failure::Failure;
use crate::domain::operation::{Operation, Sent};
use crate::store::confirming::{self, Confirmed};
use crate::store::error::StoreError;
use crate::store::operations::Record;
use crate::store::{Flight, Store, lease, lock, sending, settling};

/// Plans, intents and outcomes.
impl Store {
    /// Writes a confirmed plan and with it claims its subjects.
    pub async fn confirm(&self, plan: Confirmed, now: Timestamp) -> Result<Vec<Operation>, Failure> {
        let session = self.session().await.map_err(StoreError::into_failure)?;
        self.write(&plan.actor.clone(), now, move |connection, scene| {
            confirming::confirm(connection, &plan, &session, scene.rev, scene.now)
        })
        .await
        .map_err(StoreError::into_failure)
    }

    /// Says that this process carries the operation, until the flight is dropped.
    pub(crate) fn fly(&self, id: &str) -> Flight {
        let state = Arc::clone(&self.inner.state);
        lock(&state.flying).insert(id.to_owned());
        Flight {
            state,
            id: id.to_owned(),
        }
    }

    /// Writes intent and evidence; both are on disk when this returns. `at` is the time here and, as
    /// far as it is known, at the far end.
    pub(crate) async fn begin(
        &self,
        actor: &Actor,
        id: &str,
        creator: Option<String>,
        at: (Timestamp, Option<Timestamp>),
        today: jiff::civil::Date,
    ) -> Result<Record, Failure> {
        let session = self.session().await.map_err(StoreError::into_failure)?;
        let id = id.to_owned();
        let (now, there) = at;
        self.write(actor, now, move |connection, scene| {
            let owner = (session.as_str(), creator.as_deref());
            sending::begin(connection, scene, &id, owner, there, today)
        })
        .await
        .map_err(StoreError::into_failure)
    }

    /// Writes the outcome. `Err((failure, true))` when another attempt may work.
    pub(crate) async fn finish(
        &self,
        actor: &Actor,
        id: &str,
        sent: &Sent,
        now: Timestamp,
    ) -> Result<Operation, (Failure, bool)> {
        let (id, sent) = (id.to_owned(), sent.clone());
        let (its, outcome) = (id.clone(), sent.clone());
        self.write(actor, now, move |connection, scene| {
            sending::finish(connection, scene, &its, &outcome)
        })
        .await
        .map_err(|error| {
            let passes = error.passes();
            (sending::unrecorded(error, &id, &sent), passes)
        })
    }

    /// Intents whose owner is gone become unknown. Gives their operations.
    pub(crate) async fn recover(&self, actor: &Actor, now: Timestamp) -> Result<Vec<Operation>, Failure> {
        let state = Arc::clone(&self.inner.state);
        let own = lock(&state.lease).as_ref().map(|lease| lease.session.clone());
        let locks = state.locks.clone();
        let mine = own.clone();
        let gone = self
            .read(move |connection| {
                let mut sessions = lease::sessions(connection)?;
                sessions.retain(|s| mine.as_deref() != Some(s.id.as_str()) && lease::is_gone(s, &locks));
                Ok(sessions)
            })
            .await?;
        if gone.is_empty() && own.is_none() {
            return Ok(Vec::new());
        }
        let locks = state.locks.clone();
        let unknown = self
            .write(actor, now, move |connection, scene| {
                let flying: Vec<String> = lock(&state.flying).iter().cloned().collect();
                let unknown = settling::recover(connection, scene, &gone, own.as_deref(), &flying)?;
                Ok((unknown, gone))
            })
            .await
            .map_err(StoreError::into_failure)?;
        for session in &unknown.1 {
            lease::remove_lock(session, &locks);
        }
        Ok(unknown.0)
    }
}
