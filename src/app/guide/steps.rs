//! From one step to the next and back.

use super::details::LABELS;
use super::{Guide, PERSONS, PREVIEW, Sending, Step};
use crate::app::command::{Command, moving};
use crate::app::component::{Call, Owner};
use crate::app::confirm::Confirm;
use crate::app::effect::TaskRequest;
use crate::app::identifiers::Left;
use crate::app::modal::Modal;
use crate::app::screen::PaneId;
use crate::app::shared::Shared;
use crate::domain::request::RequestType;
use crate::keymap::Action;

impl Guide {
    /// Opens a step. Which person is chosen from is shown in full for as long as the step is open,
    /// and that is recorded: a wrong choice cannot be undone.
    pub(super) fn enter(&mut self, step: Step, shared: &mut Shared) {
        self.step = step;
        // Said for one preview; another person or type is asked about anew.
        self.again = false;
        shared.revealed.remove(PERSONS);
        if step == Step::Which && !self.found.candidates().is_empty() {
            self.show_persons(shared);
        }
        if step == Step::Details && self.details.reference().is_none() {
            self.details.row = 0;
            self.details.typing = true;
        }
        if step == Step::Preview {
            self.make_preview(shared);
        }
    }

    pub(super) fn show_persons(&self, shared: &mut Shared) {
        shared.revealed.insert(PERSONS);
        shared.spawn(Owner::App, TaskRequest::RecordReveal(PREVIEW.to_owned()));
    }

    /// Why the next step cannot be taken, if so.
    pub(super) fn stuck(&self, shared: &Shared) -> Option<String> {
        match self.step {
            Step::Who if self.who.is_empty() => Some("type what you were given first".to_owned()),
            Step::Who => self.why_no_search(shared),
            Step::Which if self.found.marked().is_empty() => Some("mark a person first".to_owned()),
            Step::Which => None,
            Step::What => self.what.problem().map(str::to_owned),
            Step::Details => self.details.received(shared).err(),
            Step::Preview => Some("this is the last step".to_owned()),
        }
    }

    fn why_no_search(&self, shared: &Shared) -> Option<String> {
        let not_ready = shared.not_ready().map(str::to_owned);
        not_ready.or_else(|| shared.denied("gdpr:subject:view"))
    }

    pub(super) fn next(&mut self, shared: &mut Shared) {
        if let Some(reason) = self.stuck(shared) {
            shared.inform(format!("next: not now, {reason}"));
            return;
        }
        match self.step {
            Step::Who => self.search(shared),
            Step::Which => self.enter(Step::What, shared),
            Step::What => self.enter(Step::Details, shared),
            Step::Details => self.enter(Step::Preview, shared),
            Step::Preview => {}
        }
    }

    /// Asks, unless the answer to exactly this question is here already.
    fn search(&mut self, shared: &mut Shared) {
        let country = shared
            .world
            .as_ref()
            .and_then(|world| world.default_country.clone());
        let Some(identifiers) = self.who.checked(country.as_deref()) else {
            self.who.edit();
            return;
        };
        if !self.found.is_of(&identifiers) {
            self.found.search(Owner::Guide, identifiers, shared);
        }
        self.enter(Step::Which, shared);
    }

    /// One step back; out of the guide from the first step, after a question if something would be
    /// lost.
    pub(super) fn back(&mut self, shared: &mut Shared) {
        match (&self.sending, self.step.before()) {
            (Sending::Ended(_), _) => {
                self.close(shared);
                shared.call(Call::Focus(PaneId::Queue));
            }
            (Sending::Running(_), _) => {
                shared.inform("what is being sent runs on; its outcome will stand in the requests");
                self.close(shared);
            }
            (Sending::Not, Some(before)) => self.enter(before, shared),
            (Sending::Not, None) if self.has_something() => {
                let question = Confirm::new("Give up this new request?")
                    .line("What was typed and found for it is forgotten. Nothing was sent.")
                    .then(Call::Confirmed(Owner::Guide));
                shared.call(Call::Open(Box::new(Modal::Confirm(question))));
            }
            (Sending::Not, None) => self.close(shared),
        }
    }

    pub(super) fn close(&self, shared: &mut Shared) {
        shared.revealed.remove(PERSONS);
        shared.revealed.remove(PREVIEW);
        shared.call(Call::Close);
    }

    /// Rows of the step with the details.
    pub fn detail_rows(&self) -> usize {
        LABELS.len() + usize::from(self.what.kind == RequestType::Delete)
    }

    /// Acts while something is typed in.
    pub(super) fn while_typing(&mut self, action: Action, shared: &mut Shared) {
        match self.step {
            Step::Who => {
                if self.who.while_typing(action) == Left::Accepted {
                    self.next(shared);
                }
            }
            Step::What => {
                if self.what.while_typing(action) {
                    self.next(shared);
                }
            }
            Step::Details => {
                if self.details.while_typing(action) {
                    if self.what.kind == RequestType::Delete {
                        self.details.row = LABELS.len();
                    } else {
                        self.next(shared);
                    }
                }
            }
            Step::Which | Step::Preview => {}
        }
    }

    /// Up, down and pages within a step; false for other actions.
    pub(super) fn step_rows(&mut self, action: Action) -> bool {
        let down = match action {
            Action::Up | Action::PageUp | Action::Top => false,
            Action::Down | Action::PageDown | Action::Bottom => true,
            _ => return false,
        };
        match self.step {
            Step::Who => {
                self.who.step(down);
            }
            Step::Which => {
                self.found.list.handle(action);
            }
            Step::What => self.what.step(down),
            Step::Details => {
                let rows = self.detail_rows();
                self.details.step(down, rows);
            }
            Step::Preview => self.scroll_by(action),
        }
        true
    }

    fn scroll_by(&mut self, action: Action) {
        self.scroll = match action {
            Action::Up => self.scroll.saturating_sub(1),
            Action::Down => self.scroll.saturating_add(1),
            Action::PageUp => self.scroll.saturating_sub(10),
            Action::PageDown => self.scroll.saturating_add(10),
            Action::Top => 0,
            _ => usize::MAX,
        };
    }

    /// What can be done in the step that is open.
    pub(super) fn step_commands(&self, shared: &Shared) -> Vec<Command> {
        let next = Command::new(Action::NextStep).unless(self.stuck(shared));
        let mut commands = match self.step {
            Step::Who => vec![
                Command::new(Action::Edit),
                next,
                Command::new(Action::PreviousStep),
                Command::quiet(Action::RemoveField),
                Command::quiet(Action::Choose),
            ],
            Step::Which => vec![
                Command::new(Action::Mark).unless(self.found.list.is_empty().then_some("nobody was found")),
                next,
                Command::new(Action::PreviousStep),
            ],
            Step::What => {
                let update =
                    (self.what.kind != RequestType::Update).then_some("only an update has replacements");
                vec![
                    next,
                    Command::new(Action::Choose),
                    Command::new(Action::Edit).unless(update),
                    Command::quiet(Action::RemoveField).unless(update),
                    Command::new(Action::PreviousStep),
                ]
            }
            Step::Details => vec![
                next,
                Command::new(Action::Edit),
                Command::new(Action::CopyFirst).unless(self.no_copy_first()),
                Command::new(Action::PreviousStep),
            ],
            Step::Preview => self.preview_commands(shared),
        };
        commands.push(Command::quiet(Action::Open));
        commands.push(Command::quiet(Action::Close));
        commands.push(Command::quiet(Action::CopyCommand));
        commands.extend(moving());
        commands
    }

    fn no_copy_first(&self) -> Option<&'static str> {
        (self.what.kind != RequestType::Delete).then_some("only a deletion waits for a copy")
    }

    fn preview_commands(&self, shared: &Shared) -> Vec<Command> {
        match self.sending {
            Sending::Not => {
                let equal = self
                    .plan
                    .as_ref()
                    .is_some_and(|plan| plan.earlier.iter().any(|e| e.blocks));
                let none = (!equal).then_some("no equal request is open");
                vec![
                    Command::new(Action::Submit).unless(self.why_not_submit(shared)),
                    Command::new(Action::Again).unless(none),
                    Command::new(Action::PreviousStep),
                ]
            }
            Sending::Running(_) | Sending::Ended(_) => vec![Command::new(Action::Close)],
        }
    }

    /// Why what the preview shows cannot be submitted.
    pub(super) fn why_not_submit(&self, shared: &Shared) -> Option<String> {
        if !matches!(self.sending, Sending::Not) {
            return Some("it was submitted already".to_owned());
        }
        if self.planning(shared) {
            return Some("the preview is being made".to_owned());
        }
        let Some(plan) = &self.plan else {
            return Some("there is no preview".to_owned());
        };
        if plan.earlier.iter().any(|earlier| earlier.blocks) && !self.again {
            return Some("an equal request is open already".to_owned());
        }
        shared
            .not_ready()
            .map(str::to_owned)
            .or_else(|| shared.denied("gdpr:request:add"))
    }
}
