//! One case: its clock, its coverage, its requests, and what happened.

use std::cell::Cell;

use super::command::{Command, moving};
use super::component::{Call, Component, Owner};
use super::effect::TaskRequest;
use super::guide::Guide;
use super::modal::Modal;
use super::msg::{TaskId, TaskOutput};
use super::shared::Shared;
use crate::keymap::{Action, Context};
use crate::workflow::cases::CaseFile;

/// The view of one case.
#[derive(Debug)]
pub struct CaseView {
    /// Its id.
    pub id: String,
    /// Everything kept of it; `None` while it is read.
    pub file: Option<Box<CaseFile>>,
    /// First line on screen, and how many lines there is room for: written by the view, which alone
    /// knows how its lines are broken.
    pub scroll: Cell<usize>,
    /// Lines on screen.
    pub height: Cell<usize>,
    reading: TaskId,
}

impl CaseView {
    /// Opens a case.
    pub fn open(shared: &mut Shared, id: String) -> CaseView {
        let reading = shared.spawn(Owner::Case, TaskRequest::Case(id.clone()));
        CaseView {
            id,
            file: None,
            scroll: Cell::new(0),
            height: Cell::new(1),
            reading,
        }
    }

    /// Moves by an action of lists; what lies behind the end is corrected by the view.
    fn scroll(&self, action: Action) -> bool {
        let (at, page) = (self.scroll.get(), self.height.get().max(2) - 1);
        self.scroll.set(match action {
            Action::Up => at.saturating_sub(1),
            Action::Down => at + 1,
            Action::PageUp => at.saturating_sub(page),
            Action::PageDown => at + page,
            Action::Top => 0,
            Action::Bottom => usize::MAX / 2,
            _ => return false,
        });
        true
    }

    /// True while it is being read.
    pub fn is_reading(&self, shared: &Shared) -> bool {
        shared.tasks.is_running(self.reading)
    }
}

impl Component for CaseView {
    fn context(&self) -> Context {
        Context::Case
    }

    fn title(&self, _shared: &Shared) -> String {
        match &self.file {
            None => format!("Case {}", self.id),
            Some(file) => format!("Case {} | {}", self.id, file.case.kind.as_str()),
        }
    }

    fn commands(&self, shared: &Shared) -> Vec<Command> {
        let reading = self.is_reading(shared).then_some("the case is being read");
        let closed = self
            .file
            .as_ref()
            .is_none_or(|file| file.case.ending.is_some())
            .then_some("the case is not open");
        let mut commands = vec![
            Command::new(Action::NewRequest)
                .unless(closed)
                .unless(shared.not_ready()),
            Command::new(Action::Refresh).unless(reading),
            Command::new(Action::Reveal),
            Command::new(Action::CopyCommand),
            Command::new(Action::Close),
        ];
        commands.extend(moving());
        commands
    }

    fn handle(&mut self, action: Action, shared: &mut Shared) -> bool {
        match action {
            Action::Refresh => {
                self.reading = shared.spawn(Owner::Case, TaskRequest::Case(self.id.clone()));
            }
            Action::NewRequest => {
                if let Some(file) = &self.file {
                    let guide = Guide::for_case(&file.case);
                    shared.call(Call::Open(Box::new(Modal::Guide(Box::new(guide)))));
                }
            }
            other => return self.scroll(other),
        }
        true
    }

    fn output(&mut self, id: TaskId, output: TaskOutput, _shared: &mut Shared) {
        if let TaskOutput::Case(file) = output
            && id == self.reading
        {
            self.file = Some(file);
        }
    }

    fn command_line(&self, _shared: &Shared) -> Option<String> {
        Some(format!("dsr cases show {}", self.id))
    }

    fn reveals(&self) -> Option<&'static str> {
        Some("case")
    }
}
