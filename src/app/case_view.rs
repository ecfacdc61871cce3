//! One case: its clock, its coverage, its requests, and what happened.

use std::cell::Cell;

use super::case_form::CaseForm;
use super::command::{Command, moving};
use super::component::{Call, Component, Owner};
use super::effect::TaskRequest;
use super::guide::Guide;
use super::ledger_view::LedgerView;
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
    searching: Option<TaskId>,
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
            searching: None,
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
        let file = self.file.as_deref();
        let why = |missing: bool, why: &'static str| missing.then_some(why);
        let unknown = why(
            file.is_none_or(|file| file.case.identifiers.is_empty()),
            "the case knows no identifiers",
        );
        let answered = why(
            file.is_some_and(|file| file.case.answer.is_some()),
            "the person was answered already",
        );
        let unawaited = why(
            file.is_none_or(|file| file.case.awaited().is_none()),
            "nothing is awaited",
        );
        let no_hold = why(
            file.is_none_or(|file| file.holds.is_empty()),
            "no hold stands on it",
        );
        let searching = why(
            self.searching.is_some_and(|id| shared.tasks.is_running(id)),
            "it is being searched",
        );
        let open = |action| Command::new(action).unless(closed);
        let mut commands = vec![
            open(Action::NewRequest).unless(shared.not_ready()),
            open(Action::SearchCase).unless(unknown).unless(searching),
            open(Action::FindFavorites).unless(unknown),
            open(Action::Cover),
            open(Action::Answer).unless(answered),
            open(Action::CloseCase),
            Command::new(Action::Record).unless(reading),
            open(Action::Acknowledge),
            open(Action::Identity),
            open(Action::Pause).unless(answered),
            open(Action::Resume).unless(unawaited),
            open(Action::Extend).unless(answered),
            open(Action::Refuse),
            open(Action::Hold),
            Command::new(Action::LiftHold).unless(no_hold),
            open(Action::Assign),
            open(Action::Note),
            Command::new(Action::LedgerTrail),
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
            Action::SearchCase => {
                let request = TaskRequest::CaseSearch(self.id.clone());
                self.searching = Some(shared.spawn(Owner::Case, request));
            }
            Action::FindFavorites => {
                if let Some(file) = &self.file {
                    let people = file.case.identifiers.clone();
                    shared.call(Call::Dismiss(Owner::Case));
                    shared.call(Call::FindFavoritesOf(self.id.clone(), people));
                }
            }
            Action::LedgerTrail => {
                let view = LedgerView::open(shared, self.id.clone());
                shared.call(Call::Open(Box::new(Modal::Ledger(view))));
            }
            Action::Acknowledge
            | Action::Identity
            | Action::Pause
            | Action::Resume
            | Action::Extend
            | Action::Refuse
            | Action::Hold
            | Action::LiftHold
            | Action::Cover
            | Action::Answer
            | Action::CloseCase
            | Action::Record
            | Action::Assign
            | Action::Note => {
                let form = CaseForm::open(shared, action, Some(&self.id), self.file.as_deref());
                shared.call(Call::Open(Box::new(Modal::CaseForm(Box::new(form)))));
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
