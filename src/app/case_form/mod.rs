//! A form over a case: the fields of one act, what it would write down, and a question before what
//! stands in law. What a form does, `workflow::cases::act` does for the commands too.

mod build;
mod fields;

pub use fields::{Entry, Item, title};

use super::command::Command;
use super::component::{Call, Component, Owner};
use super::confirm::Confirm;
use super::effect::TaskRequest;
use super::field::Field;
use super::modal::Modal;
use super::msg::{TaskId, TaskOutput};
use super::shared::Shared;
use super::time;
use crate::domain::failure::Failure;
use crate::keymap::{Action, Context};
use crate::workflow::cases::{Act, CaseFile, consequences};

/// One form.
#[derive(Debug)]
pub struct CaseForm {
    /// What it is for.
    pub action: Action,
    /// Id of the case; `None` while a new one is opened.
    pub id: Option<String>,
    /// The case as it was last read.
    pub file: Option<Box<CaseFile>>,
    /// The fields.
    pub items: Vec<Item>,
    /// The selected one.
    pub row: usize,
    /// It is typed in.
    pub typing: bool,
    /// Why it was not done, as the workflow says.
    pub failure: Option<Failure>,
    country: Option<String>,
    reading: Option<TaskId>,
    doing: Option<TaskId>,
    ready: Option<Act>,
}

impl CaseForm {
    /// A form for a case that is on screen, or is read now when only its id is known.
    pub fn open(shared: &mut Shared, action: Action, id: Option<&str>, file: Option<&CaseFile>) -> CaseForm {
        let reading = match (id, file) {
            (Some(id), None) => Some(shared.spawn(Owner::CaseForm, TaskRequest::Case(id.to_owned()))),
            _ => None,
        };
        let world = shared.world.as_ref();
        let country = world.and_then(|world| world.default_country.clone());
        let mut form = CaseForm {
            action,
            id: id.map(str::to_owned),
            file: file.map(|file| Box::new(file.clone())),
            items: Vec::new(),
            row: 0,
            typing: true,
            failure: None,
            country,
            reading,
            doing: None,
            ready: None,
        };
        form.fill(shared);
        form
    }

    fn fill(&mut self, shared: &Shared) {
        let login = shared.world.as_ref().map_or("", |world| &world.operator);
        self.items = fields::of(self.action, self.file.as_deref(), login);
        self.row = 0;
    }

    /// True while it is being written down.
    pub fn is_doing(&self, shared: &Shared) -> bool {
        self.doing.is_some_and(|id| shared.tasks.is_running(id))
    }

    /// True while the case is being read.
    pub fn is_reading(&self, shared: &Shared) -> bool {
        self.reading.is_some_and(|id| shared.tasks.is_running(id))
    }

    fn today(shared: &Shared) -> Option<jiff::civil::Date> {
        let zone = shared.world.as_ref().map(|world| &world.time_zone);
        shared.now.zip(zone).map(|(now, zone)| time::today(now, zone))
    }

    /// What would be done.
    ///
    /// # Errors
    /// What is wrong, and in which field.
    pub fn act(&self, shared: &Shared) -> Result<Act, String> {
        let today = CaseForm::today(shared).ok_or("no organisation is shown yet")?;
        build::act(self.action, &self.items, today, self.country.as_deref())
    }

    /// What would be written down, or what is wrong.
    ///
    /// # Errors
    /// As [`CaseForm::act`].
    pub fn preview(&self, shared: &Shared) -> Result<Vec<String>, String> {
        let act = self.act(shared)?;
        let (Some(world), Some(today)) = (&shared.world, CaseForm::today(shared)) else {
            return Ok(Vec::new());
        };
        Ok(consequences(&act, self.file.as_deref(), &world.rules, today))
    }

    fn step(&mut self, down: bool) {
        let last = self.items.len().saturating_sub(1);
        self.row = match down {
            true => (self.row + 1).min(last),
            false => self.row.saturating_sub(1),
        };
    }

    fn accept(&mut self, shared: &mut Shared) {
        match self.row + 1 < self.items.len() {
            true => self.step(true),
            false => self.submit(shared),
        }
    }

    fn submit(&mut self, shared: &mut Shared) {
        if self.is_doing(shared) {
            shared.inform("it is being written down");
            return;
        }
        let act = match self.act(shared) {
            Ok(act) => act,
            Err(why) => return shared.inform(why),
        };
        self.typing = false;
        let weighty = act.is_weighty();
        let lines = self.preview(shared).unwrap_or_default();
        self.ready = Some(act);
        if !weighty {
            return self.go(shared);
        }
        let name = self.id.as_deref().map(|id| format!("{id}: ")).unwrap_or_default();
        let mut question = Confirm::new(format!("{name}{}?", title(self.action)));
        for line in lines {
            question = question.line(line);
        }
        let question = question.then(Call::Confirmed(Owner::CaseForm));
        shared.call(Call::Open(Box::new(Modal::Confirm(question))));
    }

    fn go(&mut self, shared: &mut Shared) {
        if let Some(act) = self.ready.take() {
            self.failure = None;
            let request = TaskRequest::CaseAct {
                id: self.id.clone(),
                act: Box::new(act),
            };
            self.doing = Some(shared.spawn(Owner::CaseForm, request));
        }
    }
}

impl Component for CaseForm {
    fn context(&self) -> Context {
        Context::CaseForm
    }

    fn title(&self, _shared: &Shared) -> String {
        match &self.id {
            Some(id) => format!("Case {id} | {}", title(self.action)),
            None => title(self.action).to_owned(),
        }
    }

    fn commands(&self, shared: &Shared) -> Vec<Command> {
        if self.typing() {
            return vec![
                Command::new(Action::Accept),
                Command::new(Action::NextField),
                Command::new(Action::Leave),
                Command::quiet(Action::PreviousField),
                Command::quiet(Action::Up),
                Command::quiet(Action::Down),
            ];
        }
        let doing = self.is_doing(shared).then_some("it is being written down");
        let text = matches!(
            self.items.get(self.row).map(|item| &item.entry),
            Some(Entry::Text(_))
        );
        let choice = text.then_some("this field is typed");
        vec![
            Command::new(Action::Submit).unless(doing),
            Command::new(Action::Open),
            Command::new(Action::Choose).unless(choice),
            Command::quiet(Action::ChooseBack).unless(choice),
            Command::quiet(Action::Edit),
            Command::quiet(Action::NextField),
            Command::quiet(Action::PreviousField),
            Command::quiet(Action::Up),
            Command::quiet(Action::Down),
            Command::new(Action::CopyCommand),
            Command::new(Action::Close),
        ]
    }

    fn handle(&mut self, action: Action, shared: &mut Shared) -> bool {
        if self.typing() {
            match action {
                Action::Leave | Action::Interrupt => self.typing = false,
                Action::Accept => self.accept(shared),
                Action::NextField | Action::Down => self.step(true),
                Action::PreviousField | Action::Up => self.step(false),
                Action::Suspend | Action::Repaint => return false,
                _ => {}
            }
            return true;
        }
        match action {
            Action::Up | Action::PreviousField => self.step(false),
            Action::Down | Action::NextField => self.step(true),
            Action::Edit => self.typing = true,
            Action::Open => {
                self.typing = true;
                if !self.typing() {
                    self.accept(shared);
                }
            }
            Action::Choose | Action::ChooseBack => {
                if let Some(item) = self.items.get_mut(self.row) {
                    item.choose(action == Action::Choose);
                }
            }
            Action::Submit => self.submit(shared),
            _ => return false,
        }
        true
    }

    fn field(&mut self) -> Option<&mut Field> {
        match self.items.get_mut(self.row) {
            Some(Item {
                entry: Entry::Text(field),
                ..
            }) if self.typing => Some(field),
            _ => None,
        }
    }

    fn typing(&self) -> bool {
        let entry = self.items.get(self.row).map(|item| &item.entry);
        self.typing && matches!(entry, Some(Entry::Text(_)))
    }

    fn output(&mut self, id: TaskId, output: TaskOutput, shared: &mut Shared) {
        match output {
            TaskOutput::Case(file) if self.reading == Some(id) => {
                self.file = Some(file);
                self.fill(shared);
            }
            TaskOutput::CaseActed(_) if self.doing == Some(id) => {
                shared.call(Call::Dismiss(Owner::CaseForm));
            }
            _ => {}
        }
    }

    fn failed(&mut self, id: TaskId, failure: &Failure, _shared: &mut Shared) {
        if self.doing == Some(id) {
            self.doing = None;
            self.failure = Some(failure.clone());
        }
    }

    fn confirmed(&mut self, shared: &mut Shared) {
        self.go(shared);
    }

    fn command_line(&self, shared: &Shared) -> Option<String> {
        let act = self.act(shared).ok();
        build::command_line(self.action, self.id.as_deref(), act.as_ref())
    }
}
