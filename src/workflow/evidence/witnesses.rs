//! Witnesses by configuration: the ledger is anchored by itself once an interval has passed and
//! something was added. What fails is told, and tried again with the next work.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::{Anchor, Witness, anchor};
use crate::domain::failure::Failure;
use crate::systems::transport::Transport;
use crate::workflow::World;

/// How long a witness may keep a command from ending.
const PATIENCE: Duration = Duration::from_secs(15);

/// Who witnesses, how often, and the way there.
#[derive(Clone, Default)]
pub struct Witnessing {
    /// Who.
    pub witnesses: Vec<Witness>,
    /// How often, when something was added.
    pub every: Duration,
    /// The way to an authority.
    pub transport: Option<Arc<dyn Transport>>,
}

impl fmt::Debug for Witnessing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Witnessing")
            .field("witnesses", &self.witnesses.len())
            .field("every", &self.every)
            .finish()
    }
}

/// True when the interval has passed since the ledger was last anchored, and it has grown since.
///
/// # Errors
/// When the store cannot be read.
pub async fn anchor_is_due(world: &World) -> Result<bool, Failure> {
    if world.witnessing.witnesses.is_empty() {
        return Ok(false);
    }
    let Some(last) = world.store.last_action("ledger.anchor").await? else {
        return world.store.has_actions_since("ledger.anchor").await;
    };
    let since = world.clock.now().duration_since(last);
    let every = i64::try_from(world.witnessing.every.as_secs()).unwrap_or(i64::MAX);
    Ok(since.as_secs() >= every && world.store.has_actions_since("ledger.anchor").await?)
}

/// Anchors with every witness of the configuration.
///
/// # Errors
/// The first that failed; the others were tried.
pub async fn anchor_all(world: &World) -> Result<Vec<Anchor>, Failure> {
    let mut done = Vec::new();
    let mut failed = None;
    for witness in &world.witnessing.witnesses {
        let Some(transport) = &world.witnessing.transport else {
            break;
        };
        match anchor(world, witness, &**transport).await {
            Ok(anchor) => done.push(anchor),
            Err(failure) => failed = failed.or(Some(failure)),
        }
    }
    match failed {
        Some(failure) => Err(failure),
        None => Ok(done),
    }
}

/// Anchors when it is due. A witness that does not answer keeps nobody: it is tried again later, and
/// `dsr doctor` tells that it is due.
pub async fn anchor_if_due(world: &World) {
    match anchor_is_due(world).await {
        Ok(false) => return,
        Ok(true) => {}
        Err(failure) => return tracing::error!("anchoring: {failure}"),
    }
    match tokio::time::timeout(PATIENCE, anchor_all(world)).await {
        Ok(Ok(done)) => tracing::info!(witnesses = done.len(), "ledger anchored"),
        Ok(Err(failure)) => tracing::error!("the ledger was not anchored: {failure}"),
        Err(_) => tracing::error!("the ledger was not anchored: the witness took too long"),
    }
}
