//! The guide as a part of the screen.

use super::{Guide, PERSONS, PREVIEW, Sending, Step};
use crate::app::command::Command;
use crate::app::component::{Call, Component, Owner};
use crate::app::effect::TaskRequest;
use crate::app::field::Field;
use crate::app::modal::Modal;
use crate::app::msg::{TaskId, TaskOutput};
use crate::app::shared::Shared;
use crate::domain::failure::{Failure, FailureKind};
use crate::keymap::{Action, Context};

impl Guide {
    fn open_row(&mut self, shared: &mut Shared) {
        match self.step {
            Step::Who => self.who.edit(),
            Step::What if self.what.selected_term().is_some() => self.what.edit(),
            Step::Details if self.details.row < self.details.fields.len() => self.details.typing = true,
            Step::Preview => self.ask(shared),
            Step::Which | Step::What | Step::Details => self.next(shared),
        }
    }

    fn edit(&mut self) {
        match self.step {
            Step::Who => self.who.edit(),
            Step::What => self.what.edit(),
            Step::Details => {
                self.details.row = self.details.row.min(self.details.fields.len() - 1);
                self.details.typing = true;
            }
            Step::Which | Step::Preview => {}
        }
    }

    fn choose(&mut self) {
        match self.step {
            Step::Who => self.who.turn(1),
            Step::What => self.what.turn(),
            _ => {}
        }
    }

    fn toggle_again(&mut self, shared: &mut Shared) {
        self.again = !self.again;
        self.make_preview(shared);
    }

    /// Asks before anything is sent.
    fn ask(&mut self, shared: &mut Shared) {
        if let Some(reason) = self.why_not_submit(shared) {
            shared.inform(format!("submit: not now, {reason}"));
            return;
        }
        let question = self.plan.as_ref().and_then(|plan| self.question(plan, shared));
        if let Some(question) = question {
            shared.call(Call::Open(Box::new(Modal::Confirm(question))));
        }
    }

    fn mark(&mut self, shared: &mut Shared) {
        match self.step {
            Step::Which => {
                self.found.toggle();
                let agent = self.found.selected().filter(|candidate| candidate.is_user);
                if agent.is_some_and(|candidate| self.found.is_marked(candidate)) {
                    shared
                        .inform("this is the record of a user of the organisation: be sure that it is meant");
                }
            }
            Step::Details if self.details.row >= self.details.fields.len() => {
                self.details.copy_first = !self.details.copy_first;
            }
            _ => {}
        }
    }
}

impl Component for Guide {
    fn context(&self) -> Context {
        Context::Guide
    }

    fn title(&self, _shared: &Shared) -> String {
        "New request".to_owned()
    }

    fn commands(&self, shared: &Shared) -> Vec<Command> {
        if self.typing() {
            return vec![
                Command::new(Action::Accept),
                Command::new(Action::NextField),
                Command::new(Action::Leave),
                Command::quiet(Action::PreviousField),
                Command::quiet(Action::Up),
                Command::quiet(Action::Down),
            ];
        }
        self.step_commands(shared)
    }

    fn handle(&mut self, action: Action, shared: &mut Shared) -> bool {
        if matches!(action, Action::Suspend | Action::Repaint) {
            return false;
        }
        if self.typing() {
            self.while_typing(action, shared);
            return true;
        }
        match action {
            Action::Close | Action::PreviousStep | Action::Interrupt => self.back(shared),
            Action::NextStep => self.next(shared),
            Action::Open => self.open_row(shared),
            Action::Edit => self.edit(),
            Action::Mark => self.mark(shared),
            Action::Choose => self.choose(),
            Action::RemoveField if self.step == Step::Who => self.who.remove(),
            Action::RemoveField if self.step == Step::What => self.what.remove(),
            Action::CopyFirst => self.details.copy_first = !self.details.copy_first,
            Action::Again => self.toggle_again(shared),
            Action::Submit => self.ask(shared),
            other => return self.step_rows(other),
        }
        true
    }

    fn field(&mut self) -> Option<&mut Field> {
        match self.step {
            Step::Who => self.who.field(),
            Step::What => self.what.field(),
            Step::Details => self.details.field(),
            Step::Which | Step::Preview => None,
        }
    }

    fn typing(&self) -> bool {
        match self.step {
            Step::Who => self.who.typing(),
            Step::What => self.what.typing.is_some(),
            Step::Details => self.details.typing,
            Step::Which | Step::Preview => false,
        }
    }

    fn edited(&mut self, _shared: &mut Shared) {
        if self.step == Step::Who {
            self.who.edited();
        }
    }

    fn output(&mut self, id: TaskId, output: TaskOutput, shared: &mut Shared) {
        match output {
            TaskOutput::Planned(plan) if self.planning == Some(id) => self.plan = Some(plan),
            // The outcome of another guide, left while it was sending, is not this one's.
            TaskOutput::Submitted(operations) => {
                if matches!(self.sending, Sending::Running(task) if task == id) {
                    self.sending = Sending::Ended(operations);
                }
            }
            output => {
                let whole = self.found.output(id, output);
                if whole && self.step == Step::Which && !self.found.candidates().is_empty() {
                    self.show_persons(shared);
                }
            }
        }
    }

    fn failed(&mut self, id: TaskId, failure: &Failure, shared: &mut Shared) {
        self.found.failed(id, failure);
        if self.planning == Some(id) {
            self.planning = None;
            self.failure = Some(failure.clone());
        }
        if matches!(self.sending, Sending::Running(task) if task == id) {
            self.sending = Sending::Not;
            // What was found before the first intent makes the preview untrue; it is made anew.
            if failure.kind == FailureKind::Conflict {
                self.make_preview(shared);
            }
            self.failure = Some(failure.clone());
        }
    }

    fn confirmed(&mut self, shared: &mut Shared) {
        if self.step == Step::Who {
            self.close(shared);
            return;
        }
        let Some(plan) = self
            .plan
            .clone()
            .filter(|_| self.why_not_submit(shared).is_none())
        else {
            return;
        };
        let confirmed = plan.digest.clone();
        let request = TaskRequest::Submit {
            plan: Box::new(plan),
            confirmed,
        };
        self.failure = None;
        self.scroll = 0;
        self.sending = Sending::Running(shared.spawn(Owner::Guide, request));
    }

    fn command_line(&self, _shared: &Shared) -> Option<String> {
        if let Some(plan) = self.plan.as_ref().filter(|_| self.step == Step::Preview) {
            return Some(plan.command.clone());
        }
        let options = self.who.options();
        (!options.is_empty()).then(|| format!("dsr subjects search {}", options.join(" ")))
    }

    fn reveals(&self) -> Option<&'static str> {
        Some(if self.step == Step::Which {
            PERSONS
        } else {
            PREVIEW
        })
    }
}
