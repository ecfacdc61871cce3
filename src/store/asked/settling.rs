//! Adopted, decided, withdrawn.

use jiff::Timestamp;

use crate::domain::actor::Actor;
use crate::domain::failure::Failure;
use crate::domain::operation::Operation;
use crate::store::error::StoreError;
use crate::store::{Store, settling};

/// Settling.
impl Store {
    /// Gives a remote request to an unknown operation. Refused when it belongs to another.
    pub(crate) async fn adopt(
        &self,
        actor: &Actor,
        id: &str,
        remote_id: &str,
        how: &str,
        now: Timestamp,
    ) -> Result<Operation, Failure> {
        let (id, remote_id, how) = (id.to_owned(), remote_id.to_owned(), how.to_owned());
        self.write(actor, now, move |connection, scene| {
            settling::adopt(connection, scene, &id, &remote_id, &how)
        })
        .await
        .map_err(StoreError::into_failure)
    }

    /// A person says that an unknown operation was never executed.
    pub(crate) async fn never_executed(
        &self,
        actor: &Actor,
        id: &str,
        now: Timestamp,
    ) -> Result<Operation, Failure> {
        let id = id.to_owned();
        self.write(actor, now, move |connection, scene| {
            let operation = settling::never_executed(connection, scene, &id)?;
            let why = "withdrawn: the export it waited for was never executed";
            settling::withdraw_waiting(connection, scene, &id, why)?;
            Ok(operation)
        })
        .await
        .map_err(StoreError::into_failure)
    }

    /// Gives up a planned operation.
    pub(crate) async fn withdraw(
        &self,
        actor: &Actor,
        id: &str,
        why: &str,
        now: Timestamp,
    ) -> Result<Operation, Failure> {
        let (id, why) = (id.to_owned(), why.to_owned());
        self.write(actor, now, move |connection, scene| {
            let operation = settling::withdraw(connection, scene, &id, &why)?;
            settling::withdraw_waiting(connection, scene, &id, "withdrawn with the export it waited for")?;
            Ok(operation)
        })
        .await
        .map_err(StoreError::into_failure)
    }

    /// Withdraws what waits for an operation that will never deliver.
    pub(crate) async fn withdraw_waiting(
        &self,
        actor: &Actor,
        waited_for: &str,
        why: &str,
        now: Timestamp,
    ) -> Result<Vec<Operation>, Failure> {
        let (waited_for, why) = (waited_for.to_owned(), why.to_owned());
        self.write(actor, now, move |connection, scene| {
            settling::withdraw_waiting(connection, scene, &waited_for, &why)
        })
        .await
        .map_err(StoreError::into_failure)
    }
}
