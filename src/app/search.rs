//! Subject search: who is asked about, and who was found.

use super::command::{Command, moving};
use super::component::{Call, Component, Owner};
use super::field::Field;
use super::found::Found;
use super::guide::Guide;
use super::identifiers::{Identifiers, Left};
use super::list::List;
use super::modal::Modal;
use super::msg::{TaskId, TaskOutput};
use super::shared::Shared;
use crate::domain::failure::Failure;
use crate::keymap::{Action, Context};

/// The search pane.
#[derive(Debug, Default)]
pub struct SearchPane {
    /// What is asked for.
    pub who: Identifiers,
    /// What was found.
    pub found: Found,
    /// The selection is on a person and not on a line of what is asked for.
    pub on_persons: bool,
    /// The selected person is shown with everything that came back.
    pub opened: bool,
    /// Every form that was asked is shown instead of the persons.
    pub show_asked: bool,
    /// Window over the forms asked.
    pub asked: List,
}

impl SearchPane {
    fn ask(&mut self, shared: &mut Shared) {
        if let Some(reason) = self.why_not(shared) {
            shared.inform(format!("search: not now, {reason}"));
            return;
        }
        let country = shared
            .world
            .as_ref()
            .and_then(|world| world.default_country.clone());
        if let Some(identifiers) = self.who.checked(country.as_deref()) {
            self.found.search(Owner::Search, identifiers, shared);
            self.opened = false;
            self.show_asked = false;
        } else {
            self.on_persons = false;
            self.who.edit();
        }
    }

    fn why_not(&self, shared: &Shared) -> Option<String> {
        let not_ready = shared.not_ready().map(str::to_owned);
        not_ready.or_else(|| shared.denied("gdpr:subject:view"))
    }

    fn while_typing(&mut self, action: Action, shared: &mut Shared) {
        if self.who.while_typing(action) == Left::Accepted {
            if self.who.is_empty() {
                shared.inform("nothing to search for was typed");
            } else {
                self.ask(shared);
            }
        }
    }

    /// Lines of what is asked for and persons are one column for the keys.
    fn step(&mut self, action: Action) -> bool {
        if self.show_asked {
            return self.asked.handle(action);
        }
        let at_top = self.found.list.selected().is_none_or(|row| row == 0);
        match action {
            Action::Up if self.on_persons && at_top => self.on_persons = false,
            Action::Up if !self.on_persons => {
                self.who.step(false);
            }
            Action::Down if !self.on_persons => {
                if !self.who.step(true) && !self.found.list.is_empty() {
                    self.on_persons = true;
                }
            }
            other => {
                let moved = self.found.list.handle(other);
                self.on_persons |= moved && !self.found.list.is_empty();
                return moved;
            }
        }
        true
    }

    fn open(&mut self) {
        if self.on_persons {
            self.opened = !self.opened;
        } else {
            self.edit();
        }
    }

    fn edit(&mut self) {
        if self.on_persons || self.show_asked {
            self.on_persons = false;
            self.show_asked = false;
        }
        self.who.edit();
    }

    /// The same person, by what was asked for and by the name that came back.
    fn in_favorites(&mut self, shared: &mut Shared) {
        let country = shared
            .world
            .as_ref()
            .and_then(|world| world.default_country.clone());
        let Some(asked) = self.who.checked(country.as_deref()) else {
            self.on_persons = false;
            return self.who.edit();
        };
        let searches = crate::workflow::forget::searchable(&asked);
        if searches.is_empty() {
            shared.inform("favorites can be searched by e-mail address, phone number and name only");
            return;
        }
        shared.call(Call::FindFavorites(searches));
    }

    fn start_guide(&self, shared: &mut Shared) {
        let guide = Guide::from_search(shared, self);
        shared.call(Call::Open(Box::new(Modal::Guide(Box::new(guide)))));
    }
}

impl Component for SearchPane {
    fn context(&self) -> Context {
        Context::Search
    }

    fn title(&self, shared: &Shared) -> String {
        if self.found.searching(shared) {
            return "Subject search | asking".to_owned();
        }
        match &self.found.result {
            None => "Subject search".to_owned(),
            Some(result) => {
                let persons = result.candidates.len();
                let word = if persons == 1 { "person" } else { "persons" };
                let whole = match (result.complete, result.limited) {
                    (true, _) => "",
                    (false, true) => ", limited",
                    (false, false) => ", INCOMPLETE",
                };
                format!("Subject search | {persons} {word}{whole}")
            }
        }
    }

    fn commands(&self, shared: &Shared) -> Vec<Command> {
        if self.who.typing() {
            return vec![
                Command::new(Action::Accept),
                Command::new(Action::NextField),
                Command::new(Action::Leave),
                Command::quiet(Action::Up),
                Command::quiet(Action::Down),
            ];
        }
        let nobody = (!self.on_persons).then_some("no person is selected");
        let not_asked = self.found.result.is_none().then_some("nothing was asked yet");
        let mut commands = vec![
            Command::new(Action::Edit).unless(self.why_not(shared)),
            Command::new(Action::NewRequest).unless(shared.not_ready()),
            Command::new(Action::Mark).unless(nobody),
            Command::new(Action::ShowAsked).unless(not_asked),
            Command::new(Action::FindFavorites).unless(shared.not_ready()),
            Command::quiet(Action::Open),
            Command::quiet(Action::RemoveField).unless(self.on_persons.then_some("a person is selected")),
            Command::quiet(Action::ClearFields),
            Command::quiet(Action::CopyCommand),
        ];
        commands.extend(moving());
        commands
    }

    fn handle(&mut self, action: Action, shared: &mut Shared) -> bool {
        if matches!(action, Action::Suspend | Action::Repaint) {
            return false;
        }
        if self.who.typing() {
            self.while_typing(action, shared);
            return true;
        }
        match action {
            Action::Edit => self.edit(),
            Action::Open => self.open(),
            Action::Mark => self.found.toggle(),
            Action::ShowAsked => self.show_asked = !self.show_asked,
            Action::RemoveField => self.who.remove(),
            Action::ClearFields => *self = SearchPane::default(),
            Action::FindFavorites => self.in_favorites(shared),
            Action::NewRequest => self.start_guide(shared),
            other => return self.step(other),
        }
        true
    }

    fn field(&mut self) -> Option<&mut Field> {
        self.who.field()
    }

    fn typing(&self) -> bool {
        self.who.typing()
    }

    fn edited(&mut self, _shared: &mut Shared) {
        self.who.edited();
    }

    fn sync(&mut self, _shared: &Shared) {
        let asked = self.found.result.as_ref().map_or(0, |result| result.asked.len());
        self.asked.set_len(asked);
    }

    fn output(&mut self, id: TaskId, output: TaskOutput, _shared: &mut Shared) {
        if self.found.output(id, output) {
            self.on_persons = !self.found.list.is_empty() && !self.who.typing();
        }
    }

    fn failed(&mut self, id: TaskId, failure: &Failure, _shared: &mut Shared) {
        self.found.failed(id, failure);
    }

    fn command_line(&self, _shared: &Shared) -> Option<String> {
        let options = self.who.options();
        (!options.is_empty()).then(|| format!("dsr subjects search {}", options.join(" ")))
    }

    fn reveals(&self) -> Option<&'static str> {
        Some("search")
    }
}
