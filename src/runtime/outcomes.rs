//! What must be on disk before this process may end: the outcomes of mutations, in every world that
//! was shown, and decisions that are being written down.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio_util::task::TaskTracker;

use crate::workflow::World;

/// How long a process lives on for them. Every call has a shorter deadline of its own; what is left
/// after this is found by the next start.
const OUTLIVE: Duration = Duration::from_secs(120);

/// Cheap to clone; all clones speak of the same work.
#[derive(Clone, Default)]
pub struct Outcomes {
    tasks: TaskTracker,
    worlds: Arc<Mutex<Vec<Arc<World>>>>,
}

impl Outcomes {
    /// Where tasks that must come to their end are spawned.
    pub fn tasks(&self) -> &TaskTracker {
        &self.tasks
    }

    /// Remembers a world that was shown.
    pub fn shown(&self, world: &Arc<World>) {
        let mut worlds = self.worlds.lock().unwrap_or_else(PoisonError::into_inner);
        // A world left earlier is only kept while something in it is under way.
        worlds.retain(|world| !world.tasks.is_empty());
        worlds.push(Arc::clone(world));
    }

    /// True while something is under way.
    pub fn pending(&self) -> bool {
        !self.tasks.is_empty() || self.worlds().iter().any(|world| !world.tasks.is_empty())
    }

    /// Waits for all of it, within reason. New work must have stopped before.
    pub async fn recorded(&self) {
        let all = async {
            self.tasks.close();
            self.tasks.wait().await;
            for world in self.worlds() {
                world.outcomes().await;
            }
        };
        if tokio::time::timeout(OUTLIVE, all).await.is_err() {
            tracing::error!("ended before every outcome was recorded; the next start looks for them");
        }
    }

    fn worlds(&self) -> Vec<Arc<World>> {
        self.worlds.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
