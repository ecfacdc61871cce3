//! What the ledger holds about one case: every entry with its place in the log, and whether the log is
//! as it was signed.

use super::command::{Command, moving};
use super::component::{Component, Owner};
use super::effect::TaskRequest;
use super::list::List;
use super::msg::{TaskId, TaskOutput};
use super::shared::Shared;
use crate::domain::failure::Failure;
use crate::keymap::{Action, Context};
use crate::workflow::evidence::Entries;

/// The view.
#[derive(Debug)]
pub struct LedgerView {
    /// The case.
    pub case: String,
    /// Its entries; `None` while they are read.
    pub found: Option<Entries>,
    /// Why they could not be read.
    pub failure: Option<Failure>,
    /// The window over them.
    pub list: List,
    reading: TaskId,
}

impl LedgerView {
    /// Reads the entries of a case.
    pub fn open(shared: &mut Shared, case: String) -> LedgerView {
        let reading = shared.spawn(Owner::Ledger, TaskRequest::CaseLedger(case.clone()));
        LedgerView {
            case,
            found: None,
            failure: None,
            list: List::default(),
            reading,
        }
    }
}

impl Component for LedgerView {
    fn context(&self) -> Context {
        Context::Ledger
    }

    fn title(&self, _shared: &Shared) -> String {
        match &self.found {
            Some(found) => format!("Ledger of {} | {} entries", self.case, found.entries.len()),
            None => format!("Ledger of {}", self.case),
        }
    }

    fn commands(&self, shared: &Shared) -> Vec<Command> {
        let reading = shared.tasks.is_running(self.reading);
        let mut commands = vec![
            Command::new(Action::Refresh).unless(reading.then_some("the ledger is being read")),
            Command::new(Action::CopyCommand),
            Command::new(Action::Close),
        ];
        commands.extend(moving());
        commands
    }

    fn handle(&mut self, action: Action, shared: &mut Shared) -> bool {
        match action {
            Action::Refresh => {
                self.reading = shared.spawn(Owner::Ledger, TaskRequest::CaseLedger(self.case.clone()));
            }
            other => return self.list.handle(other),
        }
        true
    }

    fn output(&mut self, id: TaskId, output: TaskOutput, _shared: &mut Shared) {
        if let TaskOutput::Ledger(found) = output
            && id == self.reading
        {
            self.list.set_len(found.entries.len());
            self.list.handle(Action::Bottom);
            self.failure = None;
            self.found = Some(found);
        }
    }

    fn failed(&mut self, id: TaskId, failure: &Failure, _shared: &mut Shared) {
        if id == self.reading {
            self.failure = Some(failure.clone());
        }
    }

    fn command_line(&self, _shared: &Shared) -> Option<String> {
        Some(format!("dsr ledger show --case {}", self.case))
    }
}
