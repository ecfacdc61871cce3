//! What every part of the screen can be asked; see the module above for the convention.

use super::command::Command;
use super::effect::TaskRequest;
use super::field::Field;
use super::modal::Modal;
use super::msg::{TaskId, TaskOutput};
use super::screen::PaneId;
use super::secret_field::SecretField;
use super::shared::Shared;
use crate::domain::failure::Failure;
use crate::domain::identifier::Identifier;
use crate::domain::mode::Mode;
use crate::keymap::{Action, Context};

/// Who asked for a task and hears of its outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Owner {
    /// The console itself.
    App,
    /// The subject search.
    Search,
    /// The request queue.
    Queue,
    /// The case board.
    Board,
    /// Favorites matches.
    Favorites,
    /// Settings groups saved before a deletion.
    Saves,
    /// The job pane.
    Jobs,
    /// The guided new request.
    Guide,
    /// Detail of a request.
    Detail,
    /// An archive.
    Archive,
    /// Exports of the Cloud Data Download Service.
    Exports,
    /// Decrypted records.
    Records,
    /// A case.
    Case,
    /// A form over a case.
    CaseForm,
    /// Entries of the ledger.
    Ledger,
    /// How long answers took.
    Report,
    /// Open requests without a case.
    Caseless,
    /// The register of suppressed identifiers.
    Register,
}

/// What a component wants done that it cannot do from inside.
#[derive(Debug)]
pub enum Call {
    /// Move the focus to a pane.
    Focus(PaneId),
    /// Open something over what is there.
    Open(Box<Modal>),
    /// Close the topmost modal.
    Close,
    /// Close the modal of this owner, wherever it lies.
    Dismiss(Owner),
    /// Show the other face of the queue pane.
    Turn,
    /// Act as if the key of this action had been pressed.
    Act(Action),
    /// Start a task.
    Spawn(Owner, TaskRequest),
    /// Look for these people in favorites, and show the pane.
    FindFavorites(Vec<Identifier>),
    /// The same for the person of a case, whose coverage takes over what is seen and done.
    FindFavoritesOf(String, Vec<Identifier>),
    /// Tell the component of this owner that its question was answered with yes
    /// ([`Component::confirmed`]).
    Confirmed(Owner),
    /// The same for the answer that goes further than the yes ([`Component::confirmed_further`]).
    ConfirmedFurther(Owner),
    /// Show the other world; asked and confirmed before.
    SwitchWorld(Mode),
    /// Leave the console; asked and confirmed before, where needed.
    Quit,
}

/// A pane or a modal.
pub trait Component {
    /// Where its keys are looked up.
    fn context(&self) -> Context;

    /// Its title; the view adds the mark of the focus.
    fn title(&self, shared: &Shared) -> String;

    /// Everything that can be done in it now, the most useful first.
    fn commands(&self, shared: &Shared) -> Vec<Command>;

    /// Acts. False when the action is none of its own; it is then tried as one of the console's.
    fn handle(&mut self, action: Action, shared: &mut Shared) -> bool;

    /// The field that is being typed in, if any.
    fn field(&mut self) -> Option<&mut Field> {
        None
    }

    /// The secret that is being typed, if any; then there is no other field.
    fn secret(&mut self) -> Option<&mut SecretField> {
        None
    }

    /// An action was refused with a reason, and whoever asked for it may be typing on: where the
    /// action would have opened a field, what is typed must not act as keys.
    fn refused(&mut self, action: Action, reason: &str) {
        let _ = (action, reason);
    }

    /// True while a field or a secret is being typed in.
    fn typing(&self) -> bool {
        false
    }

    /// The text of the field has changed.
    fn edited(&mut self, shared: &mut Shared) {
        let _ = shared;
    }

    /// Called after every message, before anything is drawn: lengths and selections that follow
    /// what is in `shared` are brought up to date here.
    fn sync(&mut self, shared: &Shared) {
        let _ = shared;
    }

    /// A task of this owner is done.
    fn output(&mut self, id: TaskId, output: TaskOutput, shared: &mut Shared) {
        let _ = (id, output, shared);
    }

    /// A task of this owner failed or was cancelled; the notice is there already.
    fn failed(&mut self, id: TaskId, failure: &Failure, shared: &mut Shared) {
        let _ = (id, failure, shared);
    }

    /// A question of this owner was answered with yes.
    fn confirmed(&mut self, shared: &mut Shared) {
        let _ = shared;
    }

    /// A question of this owner was answered with what goes further than its yes.
    fn confirmed_further(&mut self, shared: &mut Shared) {
        let _ = shared;
    }

    /// The same as a command, for what is selected; never with a personal value in it.
    fn command_line(&self, shared: &Shared) -> Option<String> {
        let _ = shared;
        None
    }

    /// Where identifiers would be revealed (`queue`), for the record; `None` where there are none.
    fn reveals(&self) -> Option<&'static str> {
        None
    }
}
