//! What can be done about a request, each with the reason why not, and the questions asked before.

use super::{DetailView, Item, short};
use crate::app::command::Command;
use crate::app::component::{Call, Owner};
use crate::app::confirm::Confirm;
use crate::app::effect::TaskRequest;
use crate::app::modal::Modal;
use crate::app::shared::Shared;
use crate::domain::mask::mask;
use crate::domain::mode::Mode;
use crate::domain::operation::{Operation, OperationState};
use crate::domain::request::RequestType;
use crate::keymap::Action;

impl DetailView {
    /// The commands of a request, the most useful now first.
    pub(super) fn doings(&self, shared: &Shared) -> Vec<Command> {
        let ready = shared.not_ready().map(str::to_owned);
        let unknown = (self.state() != Some(OperationState::Unknown)).then_some("its outcome is known");
        let planned =
            (self.state() != Some(OperationState::Planned)).then_some("it is not waiting to be sent");
        let nothing = self.items.is_empty().then_some("there is nothing to open");
        let no_fit = (!matches!(self.selected(), Some(Item::Fits(_))))
            .then_some("select the remote request first; looking for it lists those that fit");
        let mut commands = vec![
            Command::new(Action::Reconcile)
                .unless(unknown)
                .unless(ready.clone()),
            Command::new(Action::Adopt)
                .unless(unknown)
                .unless(no_fit)
                .unless(ready.clone()),
            Command::new(Action::NeverExecuted)
                .unless(unknown)
                .unless(ready.clone()),
            Command::new(Action::Download)
                .unless(self.no_download())
                .unless(ready.clone()),
            Command::new(Action::OpenArchive).unless(self.no_archive()),
            Command::new(Action::Release)
                .unless(planned)
                .unless(ready.clone()),
            Command::new(Action::Withdraw)
                .unless(planned)
                .unless(ready.clone()),
            Command::new(Action::Look).unless(self.no_look()).unless(ready),
            Command::quiet(Action::Open).unless(nothing),
        ];
        // What can be done now stands first, so that the footer is of use.
        commands.sort_by_key(|command| command.disabled.is_some());
        commands
    }

    fn no_look(&self) -> Option<&'static str> {
        match &self.detail {
            Some(detail) if detail.row.id.is_none() => Some("the API does not know it yet"),
            _ => None,
        }
    }

    fn no_download(&self) -> Option<&'static str> {
        let Some(detail) = &self.detail else {
            return Some("the request is being read");
        };
        if detail.row.kind != Some(RequestType::Export) {
            Some("only exports have results")
        } else if detail.results.is_empty() {
            Some("there are no results yet")
        } else if detail.results.iter().all(|result| result.path.is_some()) {
            Some("all results are here")
        } else {
            None
        }
    }

    fn no_archive(&self) -> Option<&'static str> {
        let here = self
            .items
            .iter()
            .any(|item| matches!(item, Item::Result { path: Some(_), .. }));
        (!here).then_some("no result is here yet")
    }

    pub(super) fn download(&self, shared: &mut Shared) {
        if let Some(id) = self.detail.as_ref().and_then(|detail| detail.row.id.as_deref()) {
            shared.spawn(Owner::Detail, TaskRequest::Download { id: id.to_owned() });
        }
    }

    /// Opens what is selected; the key for archives takes the first one that is here when something
    /// else is selected.
    pub(super) fn open_result(&mut self, action: Action, shared: &mut Shared) {
        let is_here = |item: &Item| matches!(item, Item::Result { path: Some(_), .. });
        if action == Action::OpenArchive
            && !self.selected().is_some_and(is_here)
            && let Some(first) = self.items.iter().position(is_here)
        {
            self.list.select(first);
        }
        self.open_selected(shared);
    }

    fn operation(&self) -> Option<&Operation> {
        self.detail.as_ref()?.operation.as_ref()
    }

    fn ask(&self, shared: &mut Shared, question: Confirm, request: TaskRequest) {
        let question = question.then(Call::Spawn(Owner::Detail, request));
        shared.call(Call::Open(Box::new(Modal::Confirm(question))));
    }

    pub(super) fn ask_adopt(&self, shared: &mut Shared) {
        let (Some(operation), Some(Item::Fits(remote))) = (self.operation(), self.selected()) else {
            return;
        };
        let question = Confirm::new("Is this the request that was sent?")
            .line(format!(
                "{} request, sent by {}",
                operation.request.kind, operation.actor
            ))
            .line(format!("  ours    {}", operation.id))
            .line(format!("  remote  {remote}"))
            .line("From then on it counts as ours, and no other operation can have it. Nothing is sent.");
        let request = TaskRequest::Decide {
            operation_id: operation.id.clone(),
            remote_id: Some(remote.clone()),
        };
        self.ask(shared, question, request);
    }

    pub(super) fn ask_never(&self, shared: &mut Shared) {
        let Some(operation) = self.operation() else { return };
        let question = Confirm::new("Was this request never executed?")
            .line(format!("{} request {}", operation.request.kind, short(&operation.id)))
            .line("Say yes only after looking for it. It is then recorded as not sent, and the same request can be planned anew. If it was executed after all, it would then be sent a second time.");
        let request = TaskRequest::Decide {
            operation_id: operation.id.clone(),
            remote_id: None,
        };
        self.ask(shared, question, request);
    }

    pub(super) fn ask_withdraw(&self, shared: &mut Shared) {
        let Some(operation) = self.operation() else { return };
        let question = Confirm::new("Give up this request before it is sent?")
            .line(format!(
                "{} request {}",
                operation.request.kind,
                short(&operation.id)
            ))
            .line("Nothing has been sent, and nothing will be.");
        let request = TaskRequest::Withdraw(operation.id.clone());
        self.ask(shared, question, request);
    }

    /// A deletion that waited is asked about as a new one would be: in live mode by typing.
    pub(super) fn ask_release(&self, shared: &mut Shared) {
        let Some(operation) = self.operation() else { return };
        let Some(world) = &shared.world else { return };
        let live = world.mode == Mode::Live;
        let system = match world.mode {
            Mode::Simulation => format!("the simulated Genesys Cloud of {}", world.organization),
            Mode::Live => format!("Genesys Cloud, LIVE, organisation {}", world.organization),
        };
        let deletes = operation.request.kind == RequestType::Delete;
        let mut question = Confirm::new("Send this request now?")
            .line(format!("To {system}:"))
            .line(format!(
                "  {} of {}, operation {}",
                operation.request.kind,
                mask(&operation.label),
                short(&operation.id)
            ));
        if deletes {
            question = question.line("A deletion cannot be cancelled and cannot be undone.");
        }
        if live && deletes {
            let reference = operation.reference.as_deref().map(str::trim);
            let (called, text) = match reference.filter(|reference| !reference.is_empty()) {
                Some(reference) => ("the case or ticket", reference.to_owned()),
                None => ("the first 8 characters of its id", short(&operation.id)),
            };
            question = question.demand(called, text);
        }
        let request = TaskRequest::Release(operation.id.clone());
        self.ask(shared, question, request);
    }
}
