//! Job status: every task, running and finished.

use super::command::{Command, moving};
use super::component::{Call, Component};
use super::exports::{Exports, Tab};
use super::list::List;
use super::modal::Modal;
use super::msg::TaskId;
use super::shared::Shared;
use super::tasks::{Task, TaskState};
use super::time;
use crate::keymap::{Action, Context};

/// The job pane.
#[derive(Debug, Default)]
pub struct JobsPane {
    /// The window over the tasks.
    pub list: List,
    /// The error or outcome of the selected task is shown in full.
    pub opened: bool,
    chosen: Option<TaskId>,
}

impl JobsPane {
    /// The selected task.
    pub fn selected<'a>(&self, shared: &'a Shared) -> Option<&'a Task> {
        let id = self.chosen?;
        shared.tasks.get(id)
    }

    fn cancel(&self, shared: &mut Shared) {
        let Some((id, mutates, title)) = self.selected(shared).map(|t| (t.id, t.mutates, t.title.clone()))
        else {
            return;
        };
        shared.cancel(id);
        if mutates {
            shared.inform(format!(
                "{title}: what is not sent yet will not be sent; what is being sent runs on until its outcome is recorded"
            ));
        }
    }
}

impl Component for JobsPane {
    fn context(&self) -> Context {
        Context::Jobs
    }

    fn title(&self, shared: &Shared) -> String {
        let rows = shared.tasks.shown();
        let running = rows.iter().filter(|task| task.is_running()).count();
        let failed = rows
            .iter()
            .filter(|task| matches!(task.state, TaskState::Failed(_)))
            .count();
        let mut title = format!("Jobs | {} running", time::count(running));
        if failed > 0 {
            title.push_str(&format!(", {} failed", time::count(failed)));
        }
        title
    }

    fn commands(&self, shared: &Shared) -> Vec<Command> {
        let selected = self.selected(shared);
        let nothing = selected.is_none().then_some("there are no tasks");
        let ended = selected.is_some_and(|task| !task.is_running());
        let told = selected.is_some_and(|task| task.state == TaskState::Cancelling);
        let service = shared.world.as_ref().is_some_and(|world| world.exports);
        let no_service = (!service).then_some("the profile names no Cloud Data Download Service");
        let mut commands = vec![
            Command::new(Action::Cancel)
                .unless(nothing)
                .unless(ended.then_some("the task has ended"))
                .unless(told.then_some("the task was told to stop already")),
            Command::new(Action::Open).unless(nothing),
            Command::new(Action::Forget).unless(nothing),
            Command::new(Action::Exports).unless(no_service),
        ];
        commands.extend(moving());
        commands
    }

    fn handle(&mut self, action: Action, shared: &mut Shared) -> bool {
        match action {
            Action::Cancel => self.cancel(shared),
            Action::Forget => shared.tasks.forget_ended(),
            Action::Open => self.opened = !self.opened,
            Action::Exports => {
                // Whoever has files about to be lost sees them first.
                let expiring = shared.exports.as_deref().is_some_and(|overview| {
                    let lost = |entry: &crate::workflow::exports::Entry| {
                        entry.artifact.is_expiring() && entry.here.is_none()
                    };
                    overview.files.entries.iter().any(lost)
                });
                let tab = if expiring { Tab::Files } else { Tab::Jobs };
                let exports = Exports::open(shared, tab);
                shared.call(Call::Open(Box::new(Modal::Exports(Box::new(exports)))));
            }
            other => {
                let moved = self.list.handle(other);
                if moved {
                    let rows = shared.tasks.shown();
                    self.chosen = self
                        .list
                        .selected()
                        .and_then(|row| rows.get(row))
                        .map(|task| task.id);
                }
                return moved;
            }
        }
        true
    }

    /// Rows come in at the top; the selection stays on its task, and on the newest when none was
    /// chosen.
    fn sync(&mut self, shared: &Shared) {
        let rows = shared.tasks.shown();
        self.list.set_len(rows.len());
        let chosen = self
            .chosen
            .and_then(|id| rows.iter().position(|task| task.id == id));
        if let Some(row) = chosen.filter(|_| self.list.selected() != Some(0)) {
            self.list.select(row);
        }
        self.chosen = self
            .list
            .selected()
            .and_then(|row| rows.get(row))
            .map(|task| task.id);
    }
}
