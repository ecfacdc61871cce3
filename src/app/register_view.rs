//! The register of people whose data was erased: under which case, until when, and whether they have come
//! back. Who they are is masked until it is revealed.

use super::command::{Command, moving};
use super::component::{Component, Owner};
use super::effect::TaskRequest;
use super::list::List;
use super::msg::{TaskId, TaskOutput};
use super::shared::Shared;
use super::time::{self, counted};
use crate::domain::failure::Failure;
use crate::keymap::{Action, Context};
use crate::workflow::cases::recheck::Rechecked;
use crate::workflow::cases::suppression::Listed;

/// The view.
#[derive(Debug)]
pub struct RegisterView {
    /// Its entries with the references of their tickets; `None` while they are read.
    pub entries: Option<Vec<(Listed, Option<String>)>>,
    /// Why it could not be read.
    pub failure: Option<Failure>,
    /// What another search has shown, for these and for cases that still know their person.
    pub again: Option<Vec<Rechecked>>,
    /// The window over the entries, and over what is only in `again` below them.
    pub list: List,
    reading: TaskId,
    searching: Option<TaskId>,
}

/// One line of it.
#[derive(Clone, Copy, Debug)]
pub enum Row<'a> {
    /// An entry of the register.
    Entry(&'a Listed, Option<&'a str>),
    /// Somebody of a case that still knows them.
    Case(&'a Rechecked),
}

impl RegisterView {
    /// Reads the register.
    pub fn open(shared: &mut Shared) -> RegisterView {
        RegisterView {
            entries: None,
            failure: None,
            again: None,
            list: List::default(),
            reading: shared.spawn(Owner::Register, TaskRequest::ReadRegister),
            searching: None,
        }
    }

    /// Its lines: the register, then what was searched again beside it.
    pub fn rows(&self) -> Vec<Row<'_>> {
        let entries = self.entries.as_deref().unwrap_or_default();
        let listed = |id: &str| entries.iter().any(|(listed, _)| listed.case == id);
        let beside = self.again.iter().flatten().filter(|one| !listed(&one.id));
        entries
            .iter()
            .map(|(listed, reference)| Row::Entry(listed, reference.as_deref()))
            .chain(beside.map(Row::Case))
            .collect()
    }

    /// What searching again has shown of a line.
    pub fn again(&self, row: Row<'_>) -> Option<&Rechecked> {
        let id = match row {
            Row::Entry(listed, _) => &listed.case,
            Row::Case(one) => &one.id,
        };
        self.again.iter().flatten().find(|one| one.id == *id)
    }

    /// True while everybody is searched for.
    pub fn is_searching(&self, shared: &Shared) -> bool {
        self.searching.is_some_and(|id| shared.tasks.is_running(id))
    }

    fn count(&mut self) {
        let rows = self.rows().len();
        self.list.set_len(rows);
    }
}

/// `3 people, nothing found again`; what was not read is said before anything else, since the end may be
/// cut.
pub fn words(all: &[Rechecked]) -> String {
    let back = all.iter().filter(|one| one.is_back()).count();
    let open = all.iter().any(Rechecked::is_open);
    let settled: usize = all.iter().map(|one| one.settlements().count()).sum();
    let people = counted(all.len(), "person", "people");
    let told = match (back, open) {
        _ if all.is_empty() => "nothing was erased yet".to_owned(),
        (0, false) if settled > 0 => {
            return format!("{people}, {settled} settled by hand, nothing else found");
        }
        (0, false) => format!("{people}, nothing found again"),
        (0, true) => format!("INCOMPLETE, {people}, not every system could be read"),
        (back, false) => format!("{people}, {back} found again"),
        (back, true) => format!("INCOMPLETE, {people}, {back} found again"),
    };
    match settled {
        0 => told,
        settled => format!("{told}, {settled} settled by hand"),
    }
}

impl Component for RegisterView {
    fn context(&self) -> Context {
        Context::Register
    }

    fn title(&self, shared: &Shared) -> String {
        let searched = self.again.is_some() && !self.is_searching(shared);
        // What was found has to fit behind it.
        let name = if searched {
            "Register"
        } else {
            "Register of erased people"
        };
        let mut title = name.to_owned();
        if let Some(entries) = &self.entries {
            title.push_str(&format!(" {}", time::count(entries.len())));
        }
        match &self.again {
            _ if self.is_searching(shared) => title.push_str(" | being searched for"),
            Some(all) => title.push_str(&format!(" | searched again: {}", words(all))),
            None => {}
        }
        title
    }

    fn commands(&self, shared: &Shared) -> Vec<Command> {
        let searching = self.is_searching(shared).then_some("they are being searched for");
        let mut commands = vec![
            Command::new(Action::Recheck)
                .unless(shared.not_ready())
                .unless(searching),
            Command::new(Action::Refresh).unless(shared.not_ready()),
            Command::new(Action::Reveal),
            Command::new(Action::CopyCommand),
            Command::new(Action::Close),
        ];
        commands.extend(moving());
        commands
    }

    fn handle(&mut self, action: Action, shared: &mut Shared) -> bool {
        match action {
            Action::Recheck => self.searching = Some(shared.spawn(Owner::Register, TaskRequest::Recheck)),
            Action::Refresh => self.reading = shared.spawn(Owner::Register, TaskRequest::ReadRegister),
            other => return self.list.handle(other),
        }
        true
    }

    fn output(&mut self, id: TaskId, output: TaskOutput, _shared: &mut Shared) {
        match output {
            TaskOutput::Register(entries) if id == self.reading => {
                (self.entries, self.failure) = (Some(entries), None);
                self.count();
            }
            TaskOutput::Rechecked(all) if self.searching == Some(id) => {
                self.again = Some(all);
                self.count();
            }
            _ => {}
        }
    }

    fn failed(&mut self, id: TaskId, failure: &Failure, _shared: &mut Shared) {
        if id == self.reading {
            self.failure = Some(failure.clone());
        }
    }

    fn command_line(&self, _shared: &Shared) -> Option<String> {
        Some("dsr cases recheck".to_owned())
    }

    fn reveals(&self) -> Option<&'static str> {
        Some("register")
    }
}
