//! A readable view of a downloaded archive: what is in it, most telling first, and one entry at a
//! time in full. Everything in it is personal data: that it was opened and what was read is recorded.

use std::path::PathBuf;

use super::command::{Command, moving};
use super::component::{Component, Owner};
use super::effect::TaskRequest;
use super::field::Field;
use super::list::List;
use super::msg::{TaskId, TaskOutput};
use super::reading::Reading;
use super::shared::Shared;
use super::time;
use crate::keymap::{Action, Context};
use crate::workflow::archive::{ArchiveView, Entry};

/// The view of one archive.
#[derive(Debug)]
pub struct Archive {
    /// Where it lies.
    pub path: PathBuf,
    /// What is in it; `None` while it is read.
    pub view: Option<Box<ArchiveView>>,
    /// Places of the entries that fit the filter.
    pub shown: Vec<usize>,
    /// The window over them.
    pub list: List,
    /// The filter line.
    pub line: Field,
    /// True while it is typed in.
    pub filtering: bool,
    /// The entry that is read in full.
    pub reading: Option<Reading>,
    opening: TaskId,
    fetching: Option<TaskId>,
}

impl Archive {
    /// Opens an archive on disk.
    pub fn open(shared: &mut Shared, path: PathBuf) -> Archive {
        let opening = shared.spawn(Owner::Archive, TaskRequest::OpenArchive(path.clone()));
        Archive {
            path,
            view: None,
            shown: Vec::new(),
            list: List::default(),
            line: Field::default(),
            filtering: false,
            reading: None,
            opening,
            fetching: None,
        }
    }

    /// True while the archive is being read.
    pub fn is_opening(&self, shared: &Shared) -> bool {
        shared.tasks.is_running(self.opening)
    }

    /// The selected entry.
    pub fn selected(&self) -> Option<&Entry> {
        let place = *self.shown.get(self.list.selected()?)?;
        self.view.as_ref()?.entries.get(place)
    }

    fn refilter(&mut self) {
        let wanted = self.line.value().trim().to_lowercase();
        let fits = |entry: &Entry| {
            wanted.is_empty()
                || entry.kind.as_str().contains(&wanted)
                || entry.name.to_lowercase().contains(&wanted)
        };
        let entries = self.view.iter().flat_map(|view| view.entries.iter().enumerate());
        self.shown = entries
            .filter(|(_, entry)| fits(entry))
            .map(|(place, _)| place)
            .collect();
        self.list.set_len(self.shown.len());
    }

    fn read_selected(&mut self, shared: &mut Shared) {
        let Some(entry) = self.selected() else { return };
        let name = entry.name.clone();
        shared.spawn(
            Owner::Archive,
            TaskRequest::RecordReveal("archive entry".to_owned()),
        );
        let path = self.path.clone();
        self.fetching = Some(shared.spawn(Owner::Archive, TaskRequest::ReadEntry { path, name }));
    }

    fn list_commands(&self, shared: &Shared) -> Vec<Command> {
        let empty = self.list.is_empty().then_some("there are no entries");
        let opening = self.is_opening(shared).then_some("the archive is being read");
        let all = self.line.value().is_empty().then_some("no filter is set");
        vec![
            Command::new(Action::Open).unless(opening).unless(empty),
            Command::new(Action::Filter).unless(opening),
            Command::new(Action::Close),
            Command::quiet(Action::ClearFilter).unless(all),
        ]
    }
}

impl Component for Archive {
    fn context(&self) -> Context {
        Context::Archive
    }

    fn title(&self, _shared: &Shared) -> String {
        if let Some(reading) = &self.reading {
            return format!("Entry {}", reading.name);
        }
        match &self.view {
            None => "Archive".to_owned(),
            Some(view) => format!(
                "Archive | {} of {} entries, {} receipts without content",
                time::count(self.shown.len()),
                time::count(view.entries.len()),
                time::count(usize::try_from(view.receipts).unwrap_or(usize::MAX)),
            ),
        }
    }

    fn commands(&self, shared: &Shared) -> Vec<Command> {
        if self.filtering {
            return vec![Command::new(Action::Accept), Command::new(Action::Leave)];
        }
        let mut commands = match self.reading {
            Some(_) => vec![Command::new(Action::Close)],
            None => self.list_commands(shared),
        };
        commands.extend(moving());
        commands
    }

    fn handle(&mut self, action: Action, shared: &mut Shared) -> bool {
        if self.filtering {
            if matches!(action, Action::Accept | Action::Leave) {
                self.filtering = false;
                return true;
            }
            return self.list.handle(action);
        }
        if let Some(used) = Reading::act(&mut self.reading, action) {
            return used;
        }
        match action {
            Action::Open => self.read_selected(shared),
            Action::Filter => self.filtering = true,
            Action::ClearFilter => {
                self.line.clear();
                self.refilter();
            }
            other => return self.list.handle(other),
        }
        true
    }

    fn field(&mut self) -> Option<&mut Field> {
        self.filtering.then_some(&mut self.line)
    }

    fn typing(&self) -> bool {
        self.filtering
    }

    fn edited(&mut self, _shared: &mut Shared) {
        self.refilter();
        self.list.select(0);
    }

    fn sync(&mut self, shared: &Shared) {
        Reading::sync(&mut self.reading, shared);
    }

    fn output(&mut self, id: TaskId, output: TaskOutput, _shared: &mut Shared) {
        match output {
            TaskOutput::Archive(view) if id == self.opening => {
                self.view = Some(Box::new(view));
                self.refilter();
            }
            TaskOutput::Entry { name, text } if self.fetching == Some(id) => {
                self.reading = Some(Reading::new(name, &text));
            }
            _ => {}
        }
    }

    fn command_line(&self, _shared: &Shared) -> Option<String> {
        Some(format!(
            "dsr archive show {}",
            quoted(&self.path.to_string_lossy())
        ))
    }

    fn reveals(&self) -> Option<&'static str> {
        Some("archive")
    }
}

/// A file name as a shell takes it.
fn quoted(name: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/');
    if !name.is_empty() && name.chars().all(plain) {
        return name.to_owned();
    }
    format!("'{}'", crate::domain::text::clean(name).replace('\'', r"'\''"))
}
