//! Keys, pasted text, news of tasks: what each does to the state.

use crossterm::event::{KeyEvent, KeyEventKind};
use jiff::Timestamp;

use super::component::{Call, Owner};
use super::confirm::Confirm;
use super::effect::{Effect, TaskRequest};
use super::guide::{Guide, outcome};
use super::help::Help;
use super::modal::Modal;
use super::msg::{TaskEvent, TaskId, TaskOutput};
use super::notices_pane::NoticesPane;
use super::palette::Palette;
use super::register_view::RegisterView;
use super::saves::Saves;
use super::screen::PaneId;
use super::shared::EVERYWHERE;
use super::{App, time};
use crate::domain::failure::Failure;
use crate::keymap::{Action, Context, Key};

/// No chain of calls is longer; a longer one would be a defect that never ends.
const CALLS: usize = 64;

/// From so much on the clock has not run, but jumped.
const JUMP: jiff::SignedDuration = jiff::SignedDuration::from_mins(10);

impl App {
    pub(super) fn key(&mut self, event: KeyEvent) {
        if event.kind == KeyEventKind::Release {
            return;
        }
        self.dirty = true;
        self.shared.last_key = self.shared.now;
        self.shared.notices.seen();
        let key = Key::from(event);
        if self.screen.top().typing() {
            self.typed(key, event);
        } else if let Some(action) = self
            .shared
            .options
            .keymap
            .lookup(self.screen.top().context(), key)
        {
            self.act(action);
        }
    }

    /// While typing no key is a command, but for the few of the context `input`.
    fn typed(&mut self, key: Key, event: KeyEvent) {
        match self.shared.options.keymap.lookup(Context::Input, key) {
            Some(Action::Interrupt) => self.act(Action::Leave),
            Some(action) => self.act(action),
            None => {
                let top = self.screen.top_mut();
                let changed = match top.secret() {
                    Some(secret) => secret.key(event),
                    None => top.field().is_some_and(|field| field.key(event)),
                };
                if changed {
                    top.edited(&mut self.shared);
                }
            }
        }
    }

    pub(super) fn paste(&mut self, text: &str) {
        self.shared.last_key = self.shared.now;
        let top = self.screen.top_mut();
        let changed = match top.secret() {
            Some(secret) => secret.paste(text),
            None => top.field().is_some_and(|field| field.paste(text)),
        };
        if changed {
            top.edited(&mut self.shared);
            self.dirty = true;
        }
    }

    /// Does what a key or a line of the palette stands for, or says why not.
    pub(super) fn act(&mut self, action: Action) {
        let commands = self.screen.top().commands(&self.shared);
        let disabled = commands.into_iter().find(|command| command.action == action);
        if let Some(reason) = disabled.and_then(|command| command.disabled) {
            self.shared
                .inform(format!("{}: not now, {reason}", action.label()));
            self.screen.top_mut().refused(action, &reason);
            return;
        }
        if !self.screen.top_mut().handle(action, &mut self.shared) {
            self.console(action);
        }
    }

    /// The actions of the console itself.
    fn console(&mut self, action: Action) {
        let asks = matches!(
            action,
            Action::NewRequest | Action::CheckAccess | Action::SavedGroups | Action::ShowRegister
        );
        if let (true, Some(reason)) = (asks, self.shared.not_ready()) {
            self.shared
                .inform(format!("{}: not now, {reason}", action.label()));
            return;
        }
        match action {
            Action::Interrupt if !self.screen.modals.is_empty() => self.close(),
            Action::Interrupt | Action::Quit => self.ask_to_quit(),
            Action::Suspend => self.shared.effect(Effect::Suspend),
            Action::Repaint => self.shared.effect(Effect::Repaint),
            Action::Help => self.open(Modal::Help(Help::of(self.screen.top(), &self.shared))),
            Action::Palette => self.open(Modal::Palette(Palette::of(self.screen.top(), &self.shared))),
            Action::Notices => {
                let pane = NoticesPane::open(&mut self.shared);
                self.open(Modal::Notices(pane));
            }
            Action::Reveal => self.reveal(),
            Action::CopyCommand => self.copy_command(),
            Action::NewRequest => {
                let guide = Guide::open(&mut self.shared, None);
                self.open(Modal::Guide(Box::new(guide)));
            }
            Action::SavedGroups => {
                let saves = Saves::open(&mut self.shared);
                self.open(Modal::Saves(saves));
            }
            Action::FocusSearch => self.focus(PaneId::Search),
            Action::FocusQueue => self.focus(PaneId::Queue),
            Action::FocusFavorites => self.focus(PaneId::Favorites),
            Action::FocusJobs => self.focus(PaneId::Jobs),
            Action::NextPane => self.focus(self.screen.focus.step(1)),
            Action::PreviousPane => self.focus(self.screen.focus.step(PaneId::ALL.len() - 1)),
            Action::Zoom => self.screen.zoomed = !self.screen.zoomed,
            Action::SwitchMode => self.ask_to_switch(),
            Action::CheckAccess => {
                self.shared.spawn(Owner::App, TaskRequest::CheckAccess);
            }
            Action::ShowRegister => {
                let view = RegisterView::open(&mut self.shared);
                self.open(Modal::Register(view));
            }
            Action::Close => self.close(),
            _ => {}
        }
    }

    fn focus(&mut self, pane: PaneId) {
        self.screen.focus = pane;
    }

    pub(super) fn open(&mut self, modal: Modal) {
        self.screen.modals.push(modal);
    }

    fn close(&mut self) {
        self.screen.modals.pop();
    }

    fn ask_to_quit(&mut self) {
        let here = self.shared.tasks.running().filter(|task| task.mutates);
        let titles: Vec<String> = here.map(|task| format!("  {}", task.title)).collect();
        let elsewhere = self.shared.tasks.mutating_elsewhere();
        if titles.is_empty() && elsewhere == 0 {
            self.shared.effect(Effect::Quit);
            return;
        }
        let mut question = Confirm::new("Leave while requests are being sent?");
        for title in titles {
            question = question.line(title);
        }
        if elsewhere > 0 {
            question = question.line(format!("  {elsewhere} in the organisation left behind"));
        }
        let question = question
            .line("What is being sent is finished and its outcome recorded before the program ends.")
            .then(Call::Quit);
        self.open(Modal::Confirm(question));
    }

    fn reveal(&mut self) {
        let Some(place) = self.screen.top().reveals() else {
            self.shared.inform("nothing is masked here");
            return;
        };
        if self.shared.is_revealed(place) {
            self.shared.revealed.remove(place);
            self.shared.revealed.remove(EVERYWHERE);
            return;
        }
        self.shared.revealed.insert(place);
        self.shared
            .spawn(Owner::App, TaskRequest::RecordReveal(place.to_owned()));
        self.shared
            .inform("shown in full; that is recorded, and ends when the console is left alone");
    }

    fn copy_command(&mut self) {
        match self.screen.top().command_line(&self.shared) {
            Some(line) => self.shared.copy(line),
            None => self.shared.inform("nothing is selected that has a command"),
        }
    }

    /// The world's time. Draws only if something that is shown of it changed.
    pub(super) fn now(&mut self, now: Timestamp) {
        let before = self.shared.now.replace(now);
        let last_key = *self.shared.last_key.get_or_insert(now);
        let idle = now.as_second().saturating_sub(last_key.as_second());
        if idle >= self.shared.options.remask_after && !self.shared.revealed.is_empty() {
            self.shared.revealed.clear();
            self.shared.inform("masked again: the console was left alone");
            self.dirty = true;
        }
        let Some(before) = before else {
            self.dirty = true;
            return;
        };
        // It is told every minute at least: what is more is a clock that was set, or a world with another.
        let jump = now.duration_since(before);
        if jump.abs() > JUMP {
            self.shared.tasks.moved(jump);
        }
        let shown = |at: Timestamp| -> Vec<String> {
            let running = self.shared.tasks.running().filter_map(|task| task.started);
            running.map(|started| time::age(started, at)).collect()
        };
        let zone = self.shared.world.as_ref().map(|world| &world.time_zone);
        let day = |at: Timestamp| zone.map(|zone| time::today(at, zone));
        if shown(before) != shown(now) || day(before) != day(now) {
            self.dirty = true;
        }
    }

    pub(super) fn task(&mut self, id: TaskId, epoch: u64, event: TaskEvent) {
        if epoch != self.shared.epoch {
            if !matches!(event, TaskEvent::Progress(_)) && self.shared.tasks.ended_elsewhere(id) {
                self.shared
                    .inform("what was being sent in the organisation left behind is recorded there");
                self.dirty = true;
            }
            return;
        }
        match event {
            TaskEvent::Progress(progress) => {
                self.dirty |= self.shared.tasks.progress(id, progress, self.shared.now);
            }
            TaskEvent::Done(output) => self.done(id, *output),
            TaskEvent::Failed(failure) => self.failed(id, &failure),
        }
    }

    fn done(&mut self, id: TaskId, output: TaskOutput) {
        self.dirty = true;
        let now = self.shared.now;
        let Some(owner) = self.shared.tasks.done(id, output.summary(), now) else {
            return;
        };
        match &output {
            TaskOutput::Submitted(operations) => {
                outcome::announce(operations, &mut self.shared);
                if self.screen.turned {
                    self.screen.board.read(&mut self.shared);
                }
                self.shared.spawn(Owner::Queue, TaskRequest::LocalQueue);
            }
            TaskOutput::Operation(_) | TaskOutput::Reconciled(_) => {
                self.shared.spawn(Owner::Queue, TaskRequest::LocalQueue);
            }
            TaskOutput::Looked(_) | TaskOutput::Downloaded(_) => {
                self.shared.spawn(Owner::Queue, TaskRequest::LocalQueue);
            }
            TaskOutput::ExportOpened(_)
            | TaskOutput::CertificateMade(_)
            | TaskOutput::CertificateImported(_)
            | TaskOutput::ExportCreated(_)
            | TaskOutput::ExportFiles(_)
            | TaskOutput::ExportDeleted(..) => super::exports::tell(&output, &mut self.shared),
            TaskOutput::Access(access) => self.learn_access(access.clone()),
            TaskOutput::SettingsRestored(restored) => super::saves::tell(restored, &mut self.shared),
            TaskOutput::CaseActed(acted) => self.case_acted(acted),
            TaskOutput::CaseSearched(searched) => self.case_searched(searched),
            TaskOutput::Rechecked(all) => self.rechecked(all),
            TaskOutput::Linked => self.screen.board.read(&mut self.shared),
            _ => {}
        }
        match (output, owner) {
            (output @ TaskOutput::Queue(_), _) => {
                super::Component::output(&mut self.screen.queue, id, output, &mut self.shared);
            }
            (TaskOutput::Exports(overview), _) => self.shared.exports = Some(overview),
            (output, owner) => {
                if let Some(component) = self.screen.owned_by(owner) {
                    component.output(id, output, &mut self.shared);
                }
            }
        }
    }

    fn failed(&mut self, id: TaskId, failure: &Failure) {
        self.dirty = true;
        let title = self
            .shared
            .tasks
            .get(id)
            .map(|task| task.title.clone())
            .unwrap_or_default();
        let now = self.shared.now;
        let Some(owner) = self.shared.tasks.failed(id, failure, now) else {
            return;
        };
        if failure.kind == crate::domain::failure::FailureKind::Interrupted {
            let changed = failure.changed.sentence();
            self.shared.inform(format!("{title}: cancelled. {changed}"));
        } else {
            self.shared.notices.fail(now, &title, failure);
        }
        if let Some(component) = self.screen.owned_by(owner) {
            component.failed(id, failure, &mut self.shared);
        }
    }

    /// Does what components left to be done, until nothing is left.
    pub(super) fn settle(&mut self, of_task: bool) {
        for _ in 0..CALLS {
            if self.shared.calls.is_empty() {
                return;
            }
            for call in std::mem::take(&mut self.shared.calls) {
                match call {
                    // A key that opens something is meant; a task comes in between what is typed.
                    Call::Open(modal) if of_task && self.is_busy() => self.waiting.push(*modal),
                    call => self.call(call),
                }
            }
        }
        debug_assert!(self.shared.calls.is_empty(), "calls that never end");
        self.shared.calls.clear();
    }

    /// True while keys are typed into something or answer a question: they are meant for that alone.
    fn is_busy(&self) -> bool {
        self.screen.top().typing() || matches!(self.screen.modals.last(), Some(Modal::Confirm(_)))
    }

    /// What was held back while something was typed or asked.
    pub(super) fn open_what_waited(&mut self) {
        if !self.waiting.is_empty() && !self.is_busy() {
            self.screen.modals.append(&mut self.waiting);
            self.dirty = true;
        }
    }

    fn call(&mut self, call: Call) {
        match call {
            Call::Focus(pane) => self.focus(pane),
            Call::Open(modal) => self.open(*modal),
            Call::Close => self.close(),
            Call::Dismiss(owner) => self.dismiss(owner),
            Call::Turn => {
                self.screen.turned = !self.screen.turned;
                if self.screen.turned {
                    self.screen.board.read(&mut self.shared);
                }
            }
            Call::Act(action) => self.act(action),
            Call::Spawn(owner, request) => {
                self.shared.spawn(owner, request);
            }
            Call::FindFavorites(searches) => {
                self.focus(PaneId::Favorites);
                self.screen.favorites.find(searches, None, &mut self.shared);
            }
            Call::FindFavoritesOf(case, people) => {
                self.focus(PaneId::Favorites);
                self.screen.favorites.find(people, Some(case), &mut self.shared);
            }
            Call::Confirmed(owner) => {
                if let Some(component) = self.screen.owned_by(owner) {
                    component.confirmed(&mut self.shared);
                }
            }
            Call::ConfirmedFurther(owner) => {
                if let Some(component) = self.screen.owned_by(owner) {
                    component.confirmed_further(&mut self.shared);
                }
            }
            Call::SwitchWorld(mode) => self.switch(mode),
            Call::Quit => self.shared.effect(Effect::Quit),
        }
    }
}
