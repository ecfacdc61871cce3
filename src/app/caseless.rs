//! Open requests that belong to no case: each is somebody whose clock nobody watches. One that was sent
//! from here can be taken into a case.

use super::case_form::CaseForm;
use super::command::{Command, moving};
use super::component::{Call, Component, Owner};
use super::detail::DetailView;
use super::effect::TaskRequest;
use super::field::Field;
use super::list::List;
use super::modal::Modal;
use super::msg::{TaskId, TaskOutput};
use super::shared::Shared;
use super::time;
use crate::domain::failure::Failure;
use crate::domain::queue::QueueRow;
use crate::keymap::{Action, Context};

/// The view.
#[derive(Debug)]
pub struct CaselessView {
    /// The requests, newest first; `None` while they are read.
    pub rows: Option<Vec<QueueRow>>,
    /// The window over them.
    pub list: List,
    /// The case that is typed.
    pub case: Field,
    /// True while it is typed.
    pub asking: bool,
    /// Why the last one was not taken into its case.
    pub failure: Option<Failure>,
    reading: TaskId,
    linking: Option<(TaskId, String)>,
}

impl CaselessView {
    /// Reads them from the store.
    pub fn open(shared: &mut Shared) -> CaselessView {
        CaselessView {
            rows: None,
            list: List::default(),
            case: Field::default(),
            asking: false,
            failure: None,
            reading: shared.spawn(Owner::Caseless, TaskRequest::WithoutCase),
            linking: None,
        }
    }

    /// The selected request.
    pub fn selected(&self) -> Option<&QueueRow> {
        self.rows.as_ref()?.get(self.list.selected()?)
    }

    fn read(&mut self, shared: &mut Shared) {
        self.reading = shared.spawn(Owner::Caseless, TaskRequest::WithoutCase);
    }

    fn link(&mut self, shared: &mut Shared) {
        let case = self.case.value().trim().to_owned();
        let request = self.selected().map(|row| row.any_id().to_owned());
        match request {
            _ if case.is_empty() => shared.inform("no case was named"),
            Some(request) => {
                let named = case.clone();
                let request = TaskRequest::LinkCase { case, request };
                self.linking = Some((shared.spawn(Owner::Caseless, request), named));
                (self.asking, self.failure) = (false, None);
            }
            None => self.asking = false,
        }
    }
}

impl Component for CaselessView {
    fn context(&self) -> Context {
        Context::Caseless
    }

    fn title(&self, _shared: &Shared) -> String {
        match &self.rows {
            None => "Requests without a case".to_owned(),
            Some(rows) => format!("Requests without a case {}", time::count(rows.len())),
        }
    }

    fn commands(&self, shared: &Shared) -> Vec<Command> {
        if self.asking {
            return vec![Command::new(Action::Accept), Command::new(Action::Leave)];
        }
        let empty = self.selected().is_none().then_some("there are no rows");
        let elsewhere = self
            .selected()
            .is_some_and(|row| row.operation_id.is_none())
            .then_some("it was not sent from here: open a case, and note its id in the coverage");
        let linking = self
            .linking
            .as_ref()
            .is_some_and(|(id, _)| shared.tasks.is_running(*id))
            .then_some("one is being taken into its case");
        let mut commands = vec![
            Command::new(Action::LinkCase)
                .unless(empty)
                .unless(elsewhere)
                .unless(linking),
            Command::new(Action::NewCase),
            Command::new(Action::Open).unless(empty),
            Command::new(Action::Refresh),
            Command::new(Action::Reveal),
            Command::new(Action::CopyCommand),
            Command::new(Action::Close),
        ];
        commands.extend(moving());
        commands
    }

    fn handle(&mut self, action: Action, shared: &mut Shared) -> bool {
        if self.asking {
            match action {
                Action::Accept => self.link(shared),
                Action::Leave | Action::Interrupt => self.asking = false,
                Action::Suspend | Action::Repaint => return false,
                _ => {}
            }
            return true;
        }
        match action {
            Action::Open => {
                if let Some(id) = self.selected().map(|row| row.any_id().to_owned()) {
                    let view = DetailView::open(shared, id);
                    shared.call(Call::Open(Box::new(Modal::Detail(view))));
                }
            }
            Action::LinkCase => (self.asking, self.failure) = (true, None),
            Action::NewCase => {
                let form = CaseForm::open(shared, action, None, None);
                shared.call(Call::Open(Box::new(Modal::CaseForm(Box::new(form)))));
            }
            Action::Refresh => self.read(shared),
            other => return self.list.handle(other),
        }
        true
    }

    fn field(&mut self) -> Option<&mut Field> {
        self.asking.then_some(&mut self.case)
    }

    fn typing(&self) -> bool {
        self.asking
    }

    fn output(&mut self, id: TaskId, output: TaskOutput, shared: &mut Shared) {
        match output {
            TaskOutput::WithoutCase(rows) if id == self.reading => {
                self.list.set_len(rows.len());
                self.rows = Some(rows);
            }
            TaskOutput::Linked => {
                let named = self.linking.take().map(|(_, case)| case).unwrap_or_default();
                shared.inform(format!("it belongs to {named} now"));
                self.read(shared);
            }
            _ => {}
        }
    }

    fn failed(&mut self, id: TaskId, failure: &Failure, _shared: &mut Shared) {
        if self.linking.as_ref().is_some_and(|(linking, _)| *linking == id) {
            self.failure = Some(failure.clone());
        }
    }

    fn command_line(&self, _shared: &Shared) -> Option<String> {
        Some(match self.selected().filter(|row| row.operation_id.is_some()) {
            Some(row) => format!("dsr cases link CASE {}", row.any_id()),
            None => "dsr requests list --without-case".to_owned(),
        })
    }

    fn reveals(&self) -> Option<&'static str> {
        Some("requests without a case")
    }
}
