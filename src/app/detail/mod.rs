//! Detail of one request: the facts, what happened, its results, and what can be done about it. The
//! store answers first; the API is asked after that.

mod acting;
mod items;

pub use items::Item;

use super::command::{Command, moving};
use super::component::{Call, Component, Owner};
use super::effect::TaskRequest;
use super::list::List;
use super::modal::Modal;
use super::msg::{TaskId, TaskOutput};
use super::shared::Shared;
use crate::domain::failure::Failure;
use crate::domain::operation::OperationState;
use crate::keymap::{Action, Context};
use crate::workflow::queue::Detail;
use crate::workflow::reconcile::Settled;

/// The detail of one request.
#[derive(Debug)]
pub struct DetailView {
    /// The id it was opened by: remote, or that of our operation.
    pub id: String,
    /// What is known; `None` until the store has answered.
    pub detail: Option<Box<Detail>>,
    /// What can be selected below the facts: results, related requests, requests that may be ours.
    pub items: Vec<Item>,
    /// The window over them.
    pub list: List,
    /// Remote requests among which a person has to decide, from the last look for an unknown outcome.
    pub fits: Vec<String>,
    /// What that look said.
    pub settled: Option<String>,
    reading: Option<TaskId>,
    settling: Option<TaskId>,
    looked: bool,
}

impl DetailView {
    /// Opens the detail of a request by its remote or operation id.
    pub fn open(shared: &mut Shared, id: String) -> DetailView {
        let mut view = DetailView {
            id,
            detail: None,
            items: Vec::new(),
            list: List::default(),
            fits: Vec::new(),
            settled: None,
            reading: None,
            settling: None,
            looked: false,
        };
        view.read(shared, false);
        view
    }

    /// True while the store or the API is being asked.
    pub fn is_reading(&self, shared: &Shared) -> bool {
        self.reading.is_some_and(|id| shared.tasks.is_running(id))
    }

    /// The selected item.
    pub fn selected(&self) -> Option<&Item> {
        self.list.selected().and_then(|index| self.items.get(index))
    }

    fn read(&mut self, shared: &mut Shared, look: bool) {
        let id = self.id.clone();
        self.looked |= look;
        self.reading = Some(shared.spawn(Owner::Detail, TaskRequest::Detail { id, look }));
    }

    fn state(&self) -> Option<OperationState> {
        self.detail
            .as_ref()?
            .operation
            .as_ref()
            .map(|operation| operation.state)
    }

    fn operation_id(&self) -> Option<String> {
        self.detail
            .as_ref()?
            .operation
            .as_ref()
            .map(|operation| operation.id.clone())
    }

    fn learn(&mut self, detail: Detail, shared: &mut Shared) {
        // The remote id lasts longer than that of the operation, once it is known.
        if let Some(id) = &detail.row.id {
            self.id = id.to_string();
        }
        let remote = detail.row.id.is_some();
        self.detail = Some(Box::new(detail));
        self.arrange();
        if remote && !self.looked && shared.not_ready().is_none() {
            self.read(shared, true);
        }
    }

    fn arrange(&mut self) {
        let Some(detail) = &self.detail else { return };
        self.items = items::of(detail, &self.fits);
        self.list.set_len(self.items.len());
    }

    /// What the look for an unknown outcome said about this operation.
    fn hear(&mut self, settled: Settled, shared: &mut Shared) {
        self.fits.clear();
        self.settled = Some(match settled {
            Settled::Adopted(id) => format!("found: it is {id}"),
            Settled::Waiting => "nothing fits yet; it may still turn up, look again later".to_owned(),
            Settled::NothingFound => "nothing fits after the quiet period; a person decides".to_owned(),
            Settled::NotRead(why) => format!("nothing is concluded: {why}"),
            Settled::Several(ids) => {
                self.fits = ids;
                "several requests fit, or somebody else may have sent the one that does; a person decides"
                    .to_owned()
            }
        });
        self.arrange();
        self.read(shared, false);
    }

    fn open_selected(&mut self, shared: &mut Shared) {
        match self.selected().cloned() {
            Some(Item::Result { path: Some(path), .. }) => {
                let archive = super::archive::Archive::open(shared, path);
                shared.call(Call::Open(Box::new(Modal::Archive(archive))));
            }
            Some(Item::Result { path: None, .. }) => {
                shared.inform("this result is not here yet; download it first");
            }
            Some(Item::Related(id) | Item::Fits(id)) => {
                let other = DetailView::open(shared, id);
                shared.call(Call::Open(Box::new(Modal::Detail(other))));
            }
            None => {}
        }
    }
}

impl Component for DetailView {
    fn context(&self) -> Context {
        Context::Detail
    }

    fn title(&self, shared: &Shared) -> String {
        let reading = if self.is_reading(shared) {
            " | being read"
        } else {
            ""
        };
        let kind = self.detail.as_ref().map(|detail| match detail.row.kind {
            Some(kind) => kind.as_str().to_owned(),
            None => detail.row.type_text.to_string(),
        });
        format!(
            "Request {} {}{reading}",
            short(&self.id),
            kind.unwrap_or_default()
        )
    }

    fn commands(&self, shared: &Shared) -> Vec<Command> {
        let mut commands = self.doings(shared);
        commands.push(Command::new(Action::Close));
        commands.extend(moving());
        commands
    }

    fn handle(&mut self, action: Action, shared: &mut Shared) -> bool {
        match action {
            Action::Look => self.read(shared, true),
            Action::Download => self.download(shared),
            Action::Open | Action::OpenArchive => self.open_result(action, shared),
            Action::Reconcile => {
                let ids = self.operation_id().into_iter().collect();
                self.settling = Some(shared.spawn(Owner::Detail, TaskRequest::Reconcile(ids)));
            }
            Action::Adopt => self.ask_adopt(shared),
            Action::NeverExecuted => self.ask_never(shared),
            Action::Withdraw => self.ask_withdraw(shared),
            Action::Release => self.ask_release(shared),
            other => return self.list.handle(other),
        }
        true
    }

    fn output(&mut self, id: TaskId, output: TaskOutput, shared: &mut Shared) {
        match output {
            TaskOutput::Detail(detail) if self.reading == Some(id) => self.learn(detail, shared),
            TaskOutput::Downloaded(_) => self.read(shared, false),
            TaskOutput::Operation(operation) if self.operation_id().as_ref() == Some(&operation.id) => {
                self.fits.clear();
                self.read(shared, false);
            }
            TaskOutput::Reconciled(all) if self.settling == Some(id) => {
                let ours = self.operation_id();
                match all
                    .into_iter()
                    .find(|(operation, _)| Some(&operation.id) == ours.as_ref())
                {
                    Some((_, settled)) => self.hear(settled, shared),
                    None => self.read(shared, false),
                }
            }
            _ => {}
        }
    }

    fn failed(&mut self, id: TaskId, _failure: &Failure, shared: &mut Shared) {
        // An action that failed may still have changed what the store says.
        if self.reading != Some(id) {
            self.read(shared, false);
        }
    }

    fn command_line(&self, _shared: &Shared) -> Option<String> {
        self.detail.as_ref().map(|detail| detail.command.clone())
    }

    fn reveals(&self) -> Option<&'static str> {
        Some("detail")
    }
}

/// The beginning of an id: enough to recognise it, and what `requests show` takes.
pub fn short(id: &str) -> String {
    id.chars().take(8).collect()
}
