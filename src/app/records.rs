//! Decrypted records over the panes: what each is and whose it seems to be, masked until revealed,
//! and one at a time in full. That they were looked at is recorded.

use std::path::PathBuf;

use super::archive::Reading;
use super::command::{Command, moving};
use super::component::{Component, Owner};
use super::effect::TaskRequest;
use super::field::Field;
use super::list::List;
use super::msg::{TaskId, TaskOutput};
use super::shared::Shared;
use super::time;
use crate::domain::failure::Failure;
use crate::keymap::{Action, Context};
use crate::workflow::records::{Record, Report};

/// The view.
#[derive(Debug)]
pub struct Records {
    /// The files that are read.
    pub files: Vec<PathBuf>,
    /// What was read; `None` while it is.
    pub report: Option<Box<Report>>,
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
}

impl Records {
    /// Opens decrypted files.
    pub fn open(shared: &mut Shared, files: Vec<PathBuf>) -> Records {
        let opening = read(shared, &files, String::new());
        Records {
            files,
            report: None,
            shown: Vec::new(),
            list: List::default(),
            line: Field::default(),
            filtering: false,
            reading: None,
            opening,
        }
    }

    /// True while files are being read.
    pub fn is_reading(&self, shared: &Shared) -> bool {
        shared.tasks.is_running(self.opening)
    }

    /// The selected record.
    pub fn selected(&self) -> Option<&Record> {
        let place = *self.shown.get(self.list.selected()?)?;
        self.report.as_ref()?.records.get(place)
    }

    fn condition(&self) -> bool {
        self.line.value().contains('=')
    }

    fn refilter(&mut self) {
        let wanted = self.line.value().trim().to_lowercase();
        let any = wanted.is_empty() || self.condition();
        let records = self
            .report
            .iter()
            .flat_map(|report| report.records.iter().enumerate());
        self.shown = records
            .filter(|(_, record)| any || record.record.to_string().to_lowercase().contains(&wanted))
            .map(|(place, _)| place)
            .collect();
        self.list.set_len(self.shown.len());
    }

    fn accept(&mut self, shared: &mut Shared) {
        self.filtering = false;
        if self.condition() {
            self.opening = read(shared, &self.files, self.line.value().trim().to_owned());
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

fn read(shared: &mut Shared, files: &[PathBuf], condition: String) -> TaskId {
    let files = files.to_vec();
    shared.spawn(Owner::Records, TaskRequest::ReadRecords { files, condition })
}

impl Component for Records {
    fn context(&self) -> Context {
        Context::Archive
    }

    fn title(&self, _shared: &Shared) -> String {
        if let Some(reading) = &self.reading {
            return format!("Record {}", reading.name);
        }
        match &self.report {
            None => "Records".to_owned(),
            Some(report) => format!(
                "Records | {} of {}{}",
                time::count(self.shown.len()),
                time::count(report.records.len()),
                if report.more { ", and there are more" } else { "" }
            ),
        }
    }

    fn commands(&self, shared: &Shared) -> Vec<Command> {
        if self.filtering {
            return vec![Command::new(Action::Accept), Command::new(Action::Leave)];
        }
        let mut commands = match self.reading {
            Some(_) => vec![Command::new(Action::Close)],
            None => {
                let empty = self.list.is_empty().then_some("there are no records");
                let reading = self.is_reading(shared).then_some("the files are being read");
                let all = self.line.value().is_empty().then_some("no filter is set");
                vec![
                    Command::new(Action::Open).unless(empty),
                    Command::new(Action::Filter).unless(reading),
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
        if let Some(reading) = &mut self.reading {
            // Closing goes back to the list first.
            if matches!(action, Action::Close | Action::Interrupt) {
                self.reading = None;
                return true;
            }
            return reading.list.handle(action);
        }
        match action {
            Action::Open => self.read_selected(shared),
            Action::Filter => self.filtering = true,
            Action::ClearFilter => {
                let again = self.condition();
                self.line.clear();
                self.refilter();
                if again {
                    self.opening = read(shared, &self.files, String::new());
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
        if let Some(reading) = &mut self.reading {
            reading.wrap(usize::from(shared.size.0).saturating_sub(4));
        }
    }

    fn output(&mut self, id: TaskId, output: TaskOutput, _shared: &mut Shared) {
        if let TaskOutput::Records(report) = output
            && id == self.opening
        {
            self.report = Some(report);
            self.refilter();
        }
    }

    fn failed(&mut self, id: TaskId, _failure: &Failure, _shared: &mut Shared) {
        // A condition that is none leaves what was read before.
        if id == self.opening && self.report.is_none() {
            self.report = Some(Box::default());
        }
    }

    fn command_line(&self, _shared: &Shared) -> Option<String> {
        Some("dsr records FILE...".to_owned())
    }

    fn reveals(&self) -> Option<&'static str> {
        Some("records")
    }
}
