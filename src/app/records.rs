//! Decrypted records over the panes: what each is and whose it seems to be, masked until revealed,
//! and one at a time in full. They show, and can be searched, while the files are still being read.
//! That they were looked at is recorded.

mod arrivals;

use std::path::PathBuf;

pub use arrivals::Arrivals;

use super::command::{Command, moving};
use super::component::{Component, Owner};
use super::effect::TaskRequest;
use super::field::Field;
use super::list::List;
use super::msg::{TaskId, TaskOutput};
use super::reading::Reading;
use super::shared::Shared;
use super::tasks::Task;
use super::time;
use crate::domain::failure::Failure;
use crate::keymap::{Action, Context};
use crate::workflow::records::{Record, Report};

/// The view.
#[derive(Debug)]
pub struct Records {
    /// The files that are read.
    pub files: Vec<PathBuf>,
    /// What was read so far; when it was read to the end, attachments stand with their interaction.
    pub report: Report,
    /// False until the files were read to the end, or it broke off.
    pub whole: bool,
    /// It broke off: there may be more than is here.
    pub broken: bool,
    /// How far it is, in percent.
    pub percent: Option<u8>,
    /// Places of the records that fit the text in the line.
    pub shown: Vec<usize>,
    /// The window over them.
    pub list: List,
    /// The filter line: `FIELD=VALUE` reads the files again, any other text looks at what is here.
    pub line: Field,
    /// True while it is typed in.
    pub filtering: bool,
    /// The record that is read in full.
    pub reading: Option<Reading>,
    opening: TaskId,
    arrivals: Arrivals,
}

impl Records {
    /// Opens decrypted files.
    pub fn open(shared: &mut Shared, files: Vec<PathBuf>) -> Records {
        let arrivals = Arrivals::default();
        let opening = read(shared, &files, String::new(), &arrivals);
        Records {
            files,
            report: Report::default(),
            whole: false,
            broken: false,
            percent: None,
            shown: Vec::new(),
            list: List::default(),
            line: Field::default(),
            filtering: false,
            reading: None,
            opening,
            arrivals,
        }
    }

    /// Reads the files again, for another condition.
    fn again(&mut self, shared: &mut Shared, condition: String) {
        if shared.tasks.is_running(self.opening) {
            shared.cancel(self.opening);
        }
        self.arrivals = Arrivals::default();
        self.opening = read(shared, &self.files, condition, &self.arrivals);
    }

    /// True while files are being read.
    pub fn is_reading(&self, shared: &Shared) -> bool {
        shared.tasks.is_running(self.opening)
    }

    /// The selected record.
    pub fn selected(&self) -> Option<&Record> {
        let place = *self.shown.get(self.list.selected()?)?;
        self.report.records.get(place)
    }

    fn condition(&self) -> bool {
        self.line.value().contains('=')
    }

    fn refilter(&mut self) {
        self.shown.clear();
        self.filter_from(0);
    }

    /// Adds to what is shown those records from `first` on that hold the text in the line.
    fn filter_from(&mut self, first: usize) {
        let wanted = self.line.value().trim().to_lowercase();
        let any = wanted.is_empty() || self.condition();
        let records = self.report.records.iter().enumerate().skip(first);
        self.shown.extend(
            records
                .filter(|(_, record)| any || record.record.to_string().to_lowercase().contains(&wanted))
                .map(|(place, _)| place),
        );
        self.list.set_len(self.shown.len());
    }

    fn accept(&mut self, shared: &mut Shared) {
        self.filtering = false;
        if self.condition() {
            self.again(shared, self.line.value().trim().to_owned());
        }
    }

    fn read_selected(&mut self, shared: &mut Shared) {
        let Some(record) = self.selected() else { return };
        let mut text = format!("{:#}", record.record);
        for attachment in &record.attachments {
            text.push_str(&format!("\n\nattachment\n{:#}", attachment.record));
        }
        let name = record
            .id
            .clone()
            .unwrap_or_else(|| record.kind.as_str().to_owned());
        self.reading = Some(Reading::new(name, &text));
        shared.spawn(
            Owner::Records,
            TaskRequest::RecordReveal("export record".to_owned()),
        );
    }
}

fn read(shared: &mut Shared, files: &[PathBuf], condition: String, arrivals: &Arrivals) -> TaskId {
    let request = TaskRequest::ReadRecords {
        files: files.to_vec(),
        condition,
        arrivals: arrivals.clone(),
    };
    shared.spawn(Owner::Records, request)
}

impl Component for Records {
    fn context(&self) -> Context {
        Context::Archive
    }

    fn title(&self, _shared: &Shared) -> String {
        if let Some(reading) = &self.reading {
            return format!("Record {}", reading.name);
        }
        let state = match (self.whole, self.percent) {
            (true, _) if self.broken => ", then the reading broke off".to_owned(),
            (true, _) if self.report.more => ", and there are more".to_owned(),
            (true, _) => String::new(),
            (false, Some(percent)) => format!(" so far, {percent} % read"),
            (false, None) => " so far".to_owned(),
        };
        format!(
            "Records | {} of {}{state}",
            time::count(self.shown.len()),
            time::count(self.report.records.len()),
        )
    }

    fn commands(&self, _shared: &Shared) -> Vec<Command> {
        if self.filtering {
            return vec![Command::new(Action::Accept), Command::new(Action::Leave)];
        }
        let mut commands = match self.reading {
            Some(_) => vec![Command::new(Action::Close)],
            None => {
                let empty = self.list.is_empty().then_some("there are no records");
                let all = self.line.value().is_empty().then_some("no filter is set");
                vec![
                    Command::new(Action::Open).unless(empty),
                    Command::new(Action::Filter),
                    Command::new(Action::Close),
                    Command::quiet(Action::ClearFilter).unless(all),
                ]
            }
        };
        commands.extend(moving());
        commands
    }

    fn handle(&mut self, action: Action, shared: &mut Shared) -> bool {
        if self.filtering {
            match action {
                Action::Accept => self.accept(shared),
                Action::Leave => self.filtering = false,
                other => return self.list.handle(other),
            }
            return true;
        }
        if let Some(used) = Reading::act(&mut self.reading, action) {
            return used;
        }
        match action {
            Action::Open => self.read_selected(shared),
            Action::Filter => self.filtering = true,
            Action::ClearFilter => {
                let again = self.condition();
                self.line.clear();
                self.refilter();
                if again {
                    self.again(shared, String::new());
                }
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
        if !self.is_reading(shared) {
            return;
        }
        self.percent = shared.tasks.get(self.opening).and_then(Task::percent);
        // The first of another reading take the place of what was here.
        let first = if self.whole { 0 } else { self.report.records.len() };
        let come = self.arrivals.after(first);
        if come.is_empty() {
            return;
        }
        if self.whole {
            self.whole = false;
            self.broken = false;
            self.report = Report::default();
            self.shown.clear();
        }
        self.report.records.extend(come);
        self.filter_from(first);
    }

    fn output(&mut self, id: TaskId, output: TaskOutput, _shared: &mut Shared) {
        if let TaskOutput::Records(report) = output
            && id == self.opening
        {
            self.arrivals = Arrivals::default();
            self.report = *report;
            self.whole = true;
            self.broken = false;
            self.refilter();
        }
    }

    fn failed(&mut self, id: TaskId, _failure: &Failure, _shared: &mut Shared) {
        // What was read before it broke off stays.
        if id == self.opening {
            self.whole = true;
            self.broken = true;
        }
    }

    fn command_line(&self, _shared: &Shared) -> Option<String> {
        Some("dsr records FILE...".to_owned())
    }

    fn reveals(&self) -> Option<&'static str> {
        Some("records")
    }
}
