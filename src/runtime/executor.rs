//! Carries out the effects of the console that take time: tasks in the current world, and the
//! building of worlds.
//!
//! Outcomes travel over one bounded channel in which each task reserves its place before it starts,
//! so that no outcome is ever dropped or waits behind others. Progress does not use the channel.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::outcomes::Outcomes;
use super::progress::Slots;
use super::work;
use crate::app::effect::TaskRequest;
use crate::app::msg::{Msg, TaskEvent, TaskId, WorldInfo};
use crate::domain::clock::Clock;
use crate::domain::failure::{Changed, Failure, FailureKind};
use crate::domain::mode::Mode;
use crate::workflow::World;

/// Builds the world of a mode: no network call, but files are opened.
pub type WorldBuilder = Arc<dyn Fn(Mode) -> BoxFuture<'static, Result<Arc<World>, Failure>> + Send + Sync>;

/// Tasks under way at the same time; one more waits for its turn.
const PLACES: usize = 1024;
/// How long reading work may take in all; single calls have shorter deadlines of their own.
const DEADLINE: Duration = Duration::from_secs(30 * 60);
/// Downloads are as long as they are.
const DOWNLOAD_DEADLINE: Duration = Duration::from_secs(12 * 60 * 60);
/// How long work that heard of its cancellation may take to come to a clean end.
const GRACE: Duration = Duration::from_millis(500);

/// News for the event loop.
pub enum Report {
    /// A world was asked for and is ready.
    Ready(u64, Arc<World>),
    /// It could not be built.
    NoWorld(u64, Failure),
    /// A task has ended.
    Ended(TaskId, u64, TaskEvent),
}

struct Running {
    cancel: CancellationToken,
    epoch: u64,
}

/// See the module.
pub struct Executor {
    build: WorldBuilder,
    host_clock: Arc<dyn Clock>,
    world: Option<Arc<World>>,
    epoch: u64,
    /// Counts the wishes for a world; only the latest is shown.
    wished: u64,
    /// Milliseconds by which the world's clock is ahead of the host's. Reading the clock of an
    /// estate may touch a file, so tasks do it and the event loop only adds.
    ahead: Arc<AtomicI64>,
    /// What the console was last told of that, in seconds.
    told_ahead: i64,
    running: HashMap<TaskId, Running>,
    reports: mpsc::Sender<Report>,
    slots: Arc<Slots>,
    outcomes: Outcomes,
}

impl Executor {
    /// An executor without a world yet, and where its reports come out.
    pub fn new(build: WorldBuilder, host_clock: Arc<dyn Clock>) -> (Executor, mpsc::Receiver<Report>) {
        let (reports, inbox) = mpsc::channel(PLACES);
        let executor = Executor {
            build,
            host_clock,
            world: None,
            epoch: 0,
            wished: 0,
            ahead: Arc::default(),
            told_ahead: 0,
            running: HashMap::new(),
            reports,
            slots: Arc::default(),
            outcomes: Outcomes::default(),
        };
        (executor, inbox)
    }

    /// Where progress gathers.
    pub fn slots(&self) -> Arc<Slots> {
        Arc::clone(&self.slots)
    }

    /// What runs on after the console has gone, until its outcome is recorded.
    pub fn outcomes(&self) -> Outcomes {
        self.outcomes.clone()
    }

    /// The present moment of the world shown, or of the host before there is one.
    pub fn now(&self) -> jiff::Timestamp {
        let ahead = jiff::SignedDuration::from_millis(self.ahead.load(Ordering::Relaxed));
        let host = self.host_clock.now();
        host.checked_add(ahead).unwrap_or(host)
    }

    /// News of a clock that was moved by another process. Less than a minute is not worth a picture.
    pub fn moved_clock(&mut self) -> Option<Msg> {
        let ahead = seconds(self.ahead.load(Ordering::Relaxed));
        if self.world.is_none() || (ahead - self.told_ahead).abs() < 60 {
            return None;
        }
        self.told_ahead = ahead;
        Some(Msg::ClockMoved(ahead))
    }

    /// Asks again how far the world's clock is ahead; another process may have advanced it.
    pub fn read_clock(&self) {
        if let Some(world) = self.world.clone() {
            let (ahead, host) = (Arc::clone(&self.ahead), Arc::clone(&self.host_clock));
            tokio::task::spawn_blocking(move || {
                ahead.store(offset(&*world.clock, &*host), Ordering::Relaxed)
            });
        }
    }

    /// Builds the world of `mode`. The one shown goes on until the new one is ready.
    pub fn switch_world(&mut self, mode: Mode) {
        self.wished += 1;
        let (wish, build, reports) = (self.wished, Arc::clone(&self.build), self.reports.clone());
        tokio::spawn(async move {
            let built = AssertUnwindSafe(async { build(mode).await }).catch_unwind().await;
            let report = match built {
                Ok(Ok(world)) => Report::Ready(wish, world),
                Ok(Err(failure)) => Report::NoWorld(wish, failure),
                Err(_) => Report::NoWorld(wish, broke_off("Opening the world", Changed::Nothing)),
            };
            let _ = reports.send(report).await;
        });
    }

    /// Starts a task in the world shown now; it stays in that world to its end.
    pub fn spawn(&mut self, id: TaskId, request: TaskRequest) {
        let cancel = CancellationToken::new();
        let epoch = self.epoch;
        let running = Running {
            cancel: cancel.clone(),
            epoch,
        };
        self.running.insert(id, running);
        let world = self.world.clone();
        let listener = self.slots.listener(id, epoch);
        let (reports, ahead, host) = (
            self.reports.clone(),
            Arc::clone(&self.ahead),
            Arc::clone(&self.host_clock),
        );
        let finish = work::must_finish(&request);
        let task = async move {
            let Ok(place) = reports.reserve().await else {
                return;
            };
            let event = match world {
                None => TaskEvent::Failed(Box::new(no_world_yet())),
                Some(world) => {
                    let clock = Arc::clone(&world.clock);
                    let outcome = carry_out(world, request, listener, cancel, finish).await;
                    drop(tokio::task::spawn_blocking(move || {
                        ahead.store(offset(&*clock, &*host), Ordering::Relaxed);
                    }));
                    match outcome {
                        Ok(output) => TaskEvent::Done(Box::new(output)),
                        Err(failure) => TaskEvent::Failed(Box::new(failure)),
                    }
                }
            };
            place.send(Report::Ended(id, epoch, event));
        };
        if finish {
            self.outcomes.tasks().spawn(task);
        } else {
            tokio::spawn(task);
        }
    }

    /// Cancels one task: up to the moment of sending it takes effect, after it the task runs on.
    pub fn cancel(&self, id: TaskId) {
        if let Some(running) = self.running.get(&id) {
            running.cancel.cancel();
        }
    }

    /// Cancels every task.
    pub fn cancel_all(&self) {
        for running in self.running.values() {
            running.cancel.cancel();
        }
    }

    /// Takes a report in and says what the console should hear of it.
    pub fn receive(&mut self, report: Report) -> Option<Msg> {
        match report {
            Report::Ready(wish, world) => (wish == self.wished).then(|| self.show(world)),
            Report::NoWorld(wish, failure) => (wish == self.wished).then_some(Msg::WorldFailed(failure)),
            Report::Ended(id, epoch, event) => {
                self.running.remove(&id);
                self.slots.forget(id);
                Some(Msg::Task { id, epoch, event })
            }
        }
    }

    fn show(&mut self, world: Arc<World>) -> Msg {
        self.epoch += 1;
        for running in self.running.values().filter(|running| running.epoch < self.epoch) {
            running.cancel.cancel();
        }
        let offset = offset(&*world.clock, &*self.host_clock);
        self.ahead.store(offset, Ordering::Relaxed);
        self.told_ahead = seconds(offset);
        let info = WorldInfo::of(&world, seconds(offset));
        self.outcomes.shown(&world);
        self.world = Some(world);
        Msg::WorldReady {
            epoch: self.epoch,
            info,
        }
    }
}

/// Runs the work, ends it when it is cancelled and may be ended, and turns a panic into a failure.
async fn carry_out(
    world: Arc<World>,
    request: TaskRequest,
    listener: crate::domain::progress::Listener,
    cancel: CancellationToken,
    finish: bool,
) -> Result<crate::app::msg::TaskOutput, Failure> {
    let changed = if request.mutates() {
        Changed::Unknown
    } else {
        Changed::Nothing
    };
    let title = request.title();
    let deadline = match request {
        TaskRequest::Download { .. }
        | TaskRequest::Look { .. }
        | TaskRequest::FindFavorites { .. }
        | TaskRequest::DownloadExports(_)
        | TaskRequest::DecryptExports { .. }
        | TaskRequest::ReadRecords { .. }
        | TaskRequest::Recheck => DOWNLOAD_DEADLINE,
        _ => DEADLINE,
    };
    let cancelled = cancel.clone();
    let work = AssertUnwindSafe(work::run(world, request, listener, cancel)).catch_unwind();
    let outcome = if finish {
        work.await
    } else {
        tokio::select! {
            outcome = work => outcome,
            () = async { cancelled.cancelled().await; tokio::time::sleep(GRACE).await } => {
                return Err(Failure::new(FailureKind::Interrupted, format!("Cancelled: {title}.")));
            }
            () = tokio::time::sleep(deadline) => return Err(too_long(&title)),
        }
    };
    outcome.unwrap_or_else(|_| Err(broke_off(&title, changed)))
}

fn offset(clock: &dyn Clock, host: &dyn Clock) -> i64 {
    let ahead = clock.now().duration_since(host.now());
    i64::try_from(ahead.as_millis()).unwrap_or_default()
}

/// To the nearest second: the two clocks are read one after the other.
fn seconds(milliseconds: i64) -> i64 {
    (milliseconds + 500).div_euclid(1000)
}

fn broke_off(what: &str, changed: Changed) -> Failure {
    Failure::new(
        FailureKind::Internal,
        format!("A defect of this program ended the task ({what})."),
    )
    .changed(changed)
    .next("The log names the place. Start the console again: what was under way is looked up then.")
}

fn too_long(title: &str) -> Failure {
    Failure::new(
        FailureKind::Unreachable,
        format!("Given up after too long a time: {title}."),
    )
    .next("Try again; if it happens again, see dsr doctor.")
}

fn no_world_yet() -> Failure {
    Failure::new(
        FailureKind::Internal,
        "Nothing can be done before the organisation is open.",
    )
    .next("Wait a moment, or see the notice about why it could not be opened.")
}
