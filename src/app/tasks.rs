//! The task table: every task has a row before it starts and keeps it when it has ended.

use jiff::{SignedDuration, Timestamp};

use super::component::Owner;
use super::effect::TaskRequest;
use super::msg::TaskId;
use super::pace::Pace;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::progress::Progress;

/// How many finished rows are kept.
const KEPT: usize = 500;
/// Progress is shown at most so often: every change is painted, and the line may be slow.
const STEP: SignedDuration = SignedDuration::from_millis(500);

/// Where a task stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TaskState {
    /// Under way.
    Running,
    /// Told to stop.
    Cancelling,
    /// Done, with what it brought in a few words.
    Done(String),
    /// Cancelled.
    Cancelled,
    /// Failed.
    Failed(Box<Failure>),
}

/// One row.
#[derive(Clone, Debug)]
pub struct Task {
    /// Its id.
    pub id: TaskId,
    /// What it does; no personal data.
    pub title: String,
    /// Who asked for it.
    pub owner: Owner,
    /// True when it may change something in an outside system.
    pub mutates: bool,
    /// True for work of the console itself that is not worth a row unless it fails.
    pub quiet: bool,
    /// Where it stands.
    pub state: TaskState,
    /// How far it is, as last told.
    pub progress: Option<Progress>,
    /// How fast it goes, and when it will be done.
    pub pace: Pace,
    told: Option<Timestamp>,
    /// When it was started.
    pub started: Option<Timestamp>,
    /// When it ended.
    pub ended: Option<Timestamp>,
}

impl Task {
    /// True while it is under way.
    pub fn is_running(&self) -> bool {
        matches!(self.state, TaskState::Running | TaskState::Cancelling)
    }

    /// Percent done, where the whole is known.
    pub fn percent(&self) -> Option<u8> {
        let progress = self.progress.as_ref()?;
        let total = progress.total.filter(|total| *total > 0)?;
        let percent = u128::from(progress.done) * 100 / u128::from(total);
        Some(u8::try_from(percent.min(100)).unwrap_or(100))
    }
}

/// All tasks of the world shown, the newest first.
#[derive(Clone, Debug, Default)]
pub struct Tasks {
    rows: Vec<Task>,
    last: u64,
    // Tasks of worlds left behind that may still be changing something there.
    elsewhere: Vec<TaskId>,
}

impl Tasks {
    /// All rows, the newest first.
    pub fn rows(&self) -> impl DoubleEndedIterator<Item = &Task> {
        self.rows.iter().rev()
    }

    /// The rows of the job pane: all but quiet ones that went well.
    pub fn shown(&self) -> Vec<&Task> {
        let is_shown =
            |task: &&Task| !task.quiet || matches!(task.state, TaskState::Failed(_) | TaskState::Cancelling);
        self.rows().filter(is_shown).collect()
    }

    /// One row.
    pub fn get(&self, id: TaskId) -> Option<&Task> {
        self.rows.iter().find(|task| task.id == id)
    }

    /// True while this task is under way.
    pub fn is_running(&self, id: TaskId) -> bool {
        self.get(id).is_some_and(Task::is_running)
    }

    /// Running tasks, the newest first.
    pub fn running(&self) -> impl Iterator<Item = &Task> {
        self.rows().filter(|task| task.is_running())
    }

    /// Number of tasks that may be changing something in an outside system, in this world and in
    /// those left behind.
    pub fn mutating(&self) -> usize {
        self.running().filter(|task| task.mutates).count() + self.elsewhere.len()
    }

    /// Number of tasks of worlds left behind that may be changing something there.
    pub fn mutating_elsewhere(&self) -> usize {
        self.elsewhere.len()
    }

    pub(super) fn add(&mut self, owner: Owner, request: &TaskRequest, now: Option<Timestamp>) -> TaskId {
        self.last += 1;
        let id = TaskId(self.last);
        self.rows.push(Task {
            id,
            title: request.title(),
            owner,
            mutates: request.mutates(),
            quiet: matches!(
                request,
                TaskRequest::LocalQueue | TaskRequest::RecordReveal(_) | TaskRequest::ReadExports
            ),
            state: TaskState::Running,
            progress: None,
            pace: Pace::default(),
            told: None,
            started: now,
            ended: None,
        });
        if self.rows.len() > KEPT
            && let Some(oldest) = self.rows.iter().position(|task| !task.is_running())
        {
            self.rows.remove(oldest);
        }
        id
    }

    fn get_mut(&mut self, id: TaskId) -> Option<&mut Task> {
        self.rows.iter_mut().find(|task| task.id == id)
    }

    /// The clock has jumped: what runs was started as long ago as before.
    pub(super) fn moved(&mut self, by: SignedDuration) {
        for task in self.rows.iter_mut().filter(|task| task.is_running()) {
            task.started = task.started.and_then(|at| at.checked_add(by).ok());
            task.told = task.told.and_then(|at| at.checked_add(by).ok());
        }
    }

    /// Marks a running task as told to stop; false when there is nothing to tell.
    pub(super) fn cancelling(&mut self, id: TaskId) -> bool {
        match self.get_mut(id) {
            Some(task) if task.state == TaskState::Running => {
                task.state = TaskState::Cancelling;
                true
            }
            _ => false,
        }
    }

    /// Notes progress, unless the last one is on screen only since a moment ago; true when something
    /// that is shown of it changed.
    pub(super) fn progress(&mut self, id: TaskId, progress: Progress, now: Option<Timestamp>) -> bool {
        let Some(task) = self.get_mut(id).filter(|task| task.is_running()) else {
            return false;
        };
        let soon = task
            .told
            .zip(now)
            .is_some_and(|(told, now)| now.duration_since(told) < STEP);
        if soon {
            return false;
        }
        task.told = now;
        let before = (task.percent(), task.progress.take());
        task.pace.heard(&progress, now);
        task.progress = Some(progress);
        before != (task.percent(), task.progress.clone())
    }

    pub(super) fn done(&mut self, id: TaskId, summary: String, now: Option<Timestamp>) -> Option<Owner> {
        self.end(id, TaskState::Done(summary), now)
    }

    pub(super) fn failed(&mut self, id: TaskId, failure: &Failure, now: Option<Timestamp>) -> Option<Owner> {
        let state = if failure.kind == FailureKind::Interrupted {
            TaskState::Cancelled
        } else {
            TaskState::Failed(Box::new(failure.clone()))
        };
        self.end(id, state, now)
    }

    fn end(&mut self, id: TaskId, state: TaskState, now: Option<Timestamp>) -> Option<Owner> {
        let task = self.get_mut(id).filter(|task| task.is_running())?;
        task.state = state;
        task.ended = now;
        Some(task.owner)
    }

    /// Removes what has ended.
    pub(super) fn forget_ended(&mut self) {
        self.rows.retain(Task::is_running);
    }

    /// Leaves a world: its rows go; those that may still change something are remembered until they
    /// have ended. Gives the tasks to be cancelled.
    pub(super) fn leave(&mut self) -> Vec<TaskId> {
        let running: Vec<TaskId> = self.running().map(|task| task.id).collect();
        let mutating = self.rows.iter().filter(|task| task.is_running() && task.mutates);
        self.elsewhere.extend(mutating.map(|task| task.id));
        self.rows.clear();
        running
    }

    /// A task of a world left behind has ended; true when it was one that changed something.
    pub(super) fn ended_elsewhere(&mut self, id: TaskId) -> bool {
        let before = self.elsewhere.len();
        self.elsewhere.retain(|left| *left != id);
        self.elsewhere.len() != before
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::failure::Failure;

    fn added(tasks: &mut Tasks, request: TaskRequest) -> TaskId {
        tasks.add(Owner::App, &request, None)
    }

    #[test]
    fn the_table_is_bounded_and_never_loses_what_runs() {
        let mut tasks = Tasks::default();
        let running = added(&mut tasks, TaskRequest::CheckAccess);
        for _ in 0..2 * KEPT {
            let id = added(&mut tasks, TaskRequest::CheckAccess);
            tasks.done(id, String::new(), None);
        }
        assert!(tasks.rows().count() <= KEPT);
        assert!(tasks.is_running(running));
    }

    #[test]
    fn an_outcome_counts_once() {
        let mut tasks = Tasks::default();
        let id = added(&mut tasks, TaskRequest::CheckAccess);
        assert_eq!(tasks.done(id, "first".to_owned(), None), Some(Owner::App));
        let failure = Failure::new(FailureKind::Internal, "late");
        assert_eq!(tasks.failed(id, &failure, None), None);
        assert_eq!(tasks.get(id).unwrap().state, TaskState::Done("first".to_owned()));
    }

    #[test]
    fn only_mutations_of_a_world_left_behind_are_remembered() {
        let mut tasks = Tasks::default();
        let reading = added(&mut tasks, TaskRequest::CheckAccess);
        let sending = added(&mut tasks, TaskRequest::Release("op".to_owned()));
        assert_eq!(tasks.leave(), [sending, reading]);
        assert_eq!((tasks.mutating(), tasks.rows().count()), (1, 0));
        assert!(!tasks.ended_elsewhere(reading));
        assert!(tasks.ended_elsewhere(sending));
        assert_eq!(tasks.mutating(), 0);
    }

    #[test]
    fn quiet_work_has_a_row_only_when_it_fails() {
        let mut tasks = Tasks::default();
        let id = added(&mut tasks, TaskRequest::LocalQueue);
        assert!(tasks.shown().is_empty());
        tasks.failed(id, &Failure::new(FailureKind::Storage, "The disk is full."), None);
        assert_eq!(tasks.shown().len(), 1);
    }
}
