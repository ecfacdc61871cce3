//! Progress of tasks: one slot a task that holds the latest report, so that a fast task can neither
//! fill the channel nor make the console draw more often than is useful.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use crate::app::msg::TaskId;
use crate::domain::progress::{Listener, Progress};

/// The latest report of each task that reported since the last collection.
#[derive(Default)]
pub struct Slots {
    latest: Mutex<BTreeMap<(TaskId, u64), Progress>>,
    news: Notify,
}

impl Slots {
    /// A listener that fills the slot of one task.
    pub fn listener(self: &Arc<Slots>, id: TaskId, epoch: u64) -> Listener {
        let slots = Arc::clone(self);
        Listener::new(move |progress| {
            slots.lock().insert((id, epoch), progress);
            slots.news.notify_one();
        })
    }

    /// Takes what has gathered.
    pub fn take(&self) -> Vec<((TaskId, u64), Progress)> {
        std::mem::take(&mut *self.lock()).into_iter().collect()
    }

    /// Forgets the slot of a task that has ended: its outcome is the last that is heard of it.
    pub fn forget(&self, id: TaskId) {
        self.lock().retain(|(other, _), _| *other != id);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<(TaskId, u64), Progress>> {
        self.latest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Collects at most once per `gap`.
pub struct Pace {
    slots: Arc<Slots>,
    gap: Duration,
    next: Option<Instant>,
}

impl Pace {
    /// A pace over `slots`.
    pub fn new(slots: Arc<Slots>, gap: Duration) -> Pace {
        Pace {
            slots,
            gap,
            next: None,
        }
    }

    /// Waits for news, and for the gap since the last collection. Safe to drop and call again.
    pub async fn wait(&mut self) -> Vec<((TaskId, u64), Progress)> {
        if self.slots.lock().is_empty() {
            self.slots.news.notified().await;
        }
        if let Some(next) = self.next {
            tokio::time::sleep_until(next).await;
        }
        self.next = Some(Instant::now() + self.gap);
        self.slots.take()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn progress(done: u64) -> Progress {
        Progress {
            done,
            ..Progress::default()
        }
    }

    #[tokio::test]
    async fn only_the_latest_report_of_a_task_is_heard() {
        let slots = Arc::new(Slots::default());
        let (one, two) = (slots.listener(TaskId(1), 7), slots.listener(TaskId(2), 7));
        for done in 0..10_000 {
            one.tell(progress(done));
        }
        two.tell(progress(5));
        let mut pace = Pace::new(slots, Duration::ZERO);
        let heard = pace.wait().await;
        assert_eq!(
            heard,
            [((TaskId(1), 7), progress(9_999)), ((TaskId(2), 7), progress(5))]
        );
    }

    #[tokio::test]
    async fn an_ended_task_is_heard_of_no_more() {
        let slots = Arc::new(Slots::default());
        slots.listener(TaskId(1), 7).tell(progress(1));
        slots.forget(TaskId(1));
        assert_eq!(slots.take(), []);
    }
}
