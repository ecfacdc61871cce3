//! Exports of the Cloud Data Download Service over the panes: jobs with their history, files with
//! their remaining days, and the encryption certificate.

mod acting;
mod creating;

pub use creating::{Creating, FIELDS};

use std::collections::BTreeSet;

use super::archive::Reading;
use super::command::{Command, moving};
use super::component::{Call, Component, Owner};
use super::effect::TaskRequest;
use super::field::Field;
use super::list::List;
use super::modal::Modal;
use super::msg::{TaskId, TaskOutput};
use super::records::Records;
use super::shared::Shared;
use super::time;
use crate::domain::export::{Artifact, Job, NewJob};
use crate::domain::failure::Failure;
use crate::keymap::{Action, Context};
use crate::workflow::exports::import::ImportPlan;
use crate::workflow::exports::{Entry, JobPlan, Overview};

/// What is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tab {
    /// Jobs.
    #[default]
    Jobs,
    /// Files.
    Files,
    /// The certificate.
    Certificate,
}

impl Tab {
    /// All of them.
    pub const ALL: [Tab; 3] = [Tab::Jobs, Tab::Files, Tab::Certificate];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Tab::Jobs => "Jobs",
            Tab::Files => "Files",
            Tab::Certificate => "Certificate",
        }
    }

    fn next(self) -> Tab {
        match self {
            Tab::Jobs => Tab::Files,
            Tab::Files => Tab::Certificate,
            Tab::Certificate => Tab::Jobs,
        }
    }
}

/// What a question that was answered with yes sets off.
#[derive(Debug)]
pub(super) enum Pending {
    Create(Box<JobPlan>),
    DeleteJob(Box<Job>),
    DeleteFiles(Vec<Artifact>),
    Import(Box<ImportPlan>),
}

/// The modal.
#[derive(Debug, Default)]
pub struct Exports {
    /// What is shown.
    pub tab: Tab,
    /// The window over its rows.
    pub list: List,
    /// Ids of the files that are marked.
    pub marked: BTreeSet<String>,
    /// A job in full.
    pub reading: Option<Reading>,
    /// The guide for a new job.
    pub creating: Option<Creating>,
    /// The file of a certificate, while it is typed.
    pub path: Option<Field>,
    /// The passphrase of the key, while it is typed; never shown.
    pub passphrase: Option<Field>,
    pub(super) pending: Option<Pending>,
    awaited: Option<TaskId>,
}

impl Exports {
    /// Opens the screen and reads what is there.
    pub fn open(shared: &mut Shared, tab: Tab) -> Exports {
        if shared.exports.is_none() {
            shared.read_exports();
        }
        Exports {
            tab,
            ..Exports::default()
        }
    }

    /// The selected job.
    pub fn job<'a>(&self, shared: &'a Shared) -> Option<&'a Job> {
        let overview = shared.exports.as_deref()?;
        (self.tab == Tab::Jobs).then(|| overview.jobs.jobs.get(self.list.selected()?))?
    }

    /// The selected file.
    pub fn file<'a>(&self, shared: &'a Shared) -> Option<&'a Entry> {
        let overview = shared.exports.as_deref()?;
        (self.tab == Tab::Files).then(|| overview.files.entries.get(self.list.selected()?))?
    }

    /// The marked files, or the selected one.
    pub fn chosen(&self, shared: &Shared) -> Vec<Artifact> {
        let Some(overview) = shared.exports.as_deref() else {
            return Vec::new();
        };
        let marked: Vec<Artifact> = overview
            .files
            .entries
            .iter()
            .filter(|entry| self.marked.contains(&entry.artifact.id))
            .map(|entry| entry.artifact.clone())
            .collect();
        match (marked.is_empty(), self.file(shared)) {
            (true, Some(entry)) => vec![entry.artifact.clone()],
            _ => marked,
        }
    }

    fn rows(&self, overview: &Overview) -> usize {
        match self.tab {
            Tab::Jobs => overview.jobs.jobs.len(),
            Tab::Files => overview.files.entries.len(),
            Tab::Certificate => 0,
        }
    }

    fn list_commands(&self, shared: &Shared) -> Vec<Command> {
        let unread = shared.exports.is_none().then_some("nothing was read yet");
        let reading = shared.reading_exports().then_some("they are being read");
        let job = self.job(shared).is_none().then_some("no job is selected");
        let file = self.file(shared).is_none().then_some("no file is selected");
        let not_here = self
            .file(shared)
            .is_some_and(|entry| entry.here.is_some())
            .then_some("it is here already");
        let mut commands = match self.tab {
            Tab::Jobs => vec![
                Command::new(Action::NewExport).unless(unread),
                Command::new(Action::Open).unless(job),
                Command::new(Action::CloneExport).unless(job),
                Command::new(Action::DeleteExport).unless(job),
            ],
            Tab::Files => vec![
                Command::new(Action::Download)
                    .unless(file)
                    .unless(not_here.filter(|_| self.marked.is_empty())),
                Command::new(Action::Decrypt)
                    .unless(file)
                    .unless(self.not_all_here(shared)),
                Command::new(Action::Mark).unless(file),
                Command::new(Action::DeleteExport).unless(file),
            ],
            Tab::Certificate => vec![Command::new(Action::ImportCertificate).unless(unread)],
        };
        commands.extend([
            Command::new(Action::NextStep),
            Command::new(Action::Refresh).unless(reading),
            Command::new(Action::Close),
        ]);
        commands
    }

    fn handle_list(&mut self, action: Action, shared: &mut Shared) -> bool {
        match action {
            Action::NextStep => {
                self.tab = self.tab.next();
                self.list.select(0);
            }
            Action::Refresh => shared.read_exports(),
            Action::Open => self.read_job(shared),
            Action::NewExport => self.creating = Some(Creating::new(None)),
            Action::CloneExport => {
                let job = self.job(shared).map(NewJob::clone_of);
                self.creating = job.map(|job| Creating::new(Some(&job)));
            }
            Action::ImportCertificate => self.path = Some(Field::default()),
            Action::Decrypt => self.passphrase = Some(Field::default()),
            Action::DeleteExport => self.ask_to_delete(shared),
            Action::Mark => self.mark(shared),
            Action::Download => self.download(shared),
            other => return self.list.handle(other),
        }
        true
    }

    fn mark(&mut self, shared: &Shared) {
        let Some(id) = self.file(shared).map(|entry| entry.artifact.id.clone()) else {
            return;
        };
        if !self.marked.remove(&id) {
            self.marked.insert(id);
        }
        self.list.handle(Action::Down);
    }
}

impl Component for Exports {
    fn context(&self) -> Context {
        Context::Exports
    }

    fn title(&self, shared: &Shared) -> String {
        if self.creating.is_some() {
            return "New export job".to_owned();
        }
        let Some(overview) = shared.exports.as_deref() else {
            return "Exports".to_owned();
        };
        match self.tab {
            Tab::Jobs => format!("Exports | {} jobs", time::count(overview.jobs.jobs.len())),
            Tab::Files if self.marked.is_empty() => {
                format!("Exports | {} files", time::count(overview.files.entries.len()))
            }
            Tab::Files => format!(
                "Exports | {} of {} files marked",
                time::count(self.marked.len()),
                time::count(overview.files.entries.len())
            ),
            Tab::Certificate => "Exports | encryption certificate".to_owned(),
        }
    }

    fn commands(&self, shared: &Shared) -> Vec<Command> {
        if self.passphrase.is_some() || self.path.is_some() {
            return vec![Command::new(Action::Accept), Command::new(Action::Leave)];
        }
        if let Some(creating) = &self.creating {
            return creating.commands();
        }
        let mut commands = match self.reading {
            Some(_) => vec![Command::new(Action::Close)],
            None => self.list_commands(shared),
        };
        commands.extend(moving());
        commands
    }

    fn handle(&mut self, action: Action, shared: &mut Shared) -> bool {
        if matches!(action, Action::Suspend | Action::Repaint) {
            return false;
        }
        if self.passphrase.is_some() || self.path.is_some() {
            self.while_asking(action, shared);
            return true;
        }
        if self.creating.is_some() {
            self.while_creating(action, shared);
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
        self.handle_list(action, shared)
    }

    fn field(&mut self) -> Option<&mut Field> {
        match self.passphrase.as_mut().or(self.path.as_mut()) {
            Some(field) => Some(field),
            None => self.creating.as_mut()?.field(),
        }
    }

    fn typing(&self) -> bool {
        self.passphrase.is_some()
            || self.path.is_some()
            || self.creating.as_ref().is_some_and(|creating| creating.typing)
    }

    fn edited(&mut self, _shared: &mut Shared) {
        if let Some(creating) = &mut self.creating {
            creating.plan = None;
            creating.failure = None;
        }
    }

    fn sync(&mut self, shared: &Shared) {
        if let Some(reading) = &mut self.reading {
            reading.wrap(usize::from(shared.size.0).saturating_sub(4));
        }
        let Some(overview) = shared.exports.as_deref() else {
            return;
        };
        self.list.set_len(self.rows(overview));
        // What is gone from the service cannot be marked any more.
        let there = |id: &String| {
            overview
                .files
                .entries
                .iter()
                .any(|entry| entry.artifact.id == *id)
        };
        self.marked.retain(there);
    }

    fn output(&mut self, id: TaskId, output: TaskOutput, shared: &mut Shared) {
        match output {
            TaskOutput::ExportJob(job) if self.awaited == Some(id) => {
                self.reading = Some(Reading::new(job.title.clone(), &self.text_of(&job, shared)));
            }
            TaskOutput::ExportPlanned(plan) => self.planned(id, plan),
            TaskOutput::CertificatePlanned(plan) => self.ask_to_import(plan, shared),
            TaskOutput::ExportOpened(outcomes) => {
                let opened = outcomes.into_iter().filter_map(|(_, result)| result.ok());
                let files: Vec<_> = opened.flat_map(|opened| opened.files).collect();
                if !files.is_empty() {
                    let records = Records::open(shared, files);
                    shared.call(Call::Open(Box::new(Modal::Records(records))));
                }
            }
            _ => {}
        }
    }

    fn failed(&mut self, id: TaskId, failure: &Failure, _shared: &mut Shared) {
        if let Some(creating) = &mut self.creating
            && creating.planning == Some(id)
        {
            creating.planning = None;
            creating.failure = Some(failure.clone());
        }
    }

    fn confirmed(&mut self, shared: &mut Shared) {
        self.carry_out(shared);
    }

    fn command_line(&self, shared: &Shared) -> Option<String> {
        if let Some(creating) = &self.creating {
            return creating.command_line();
        }
        match self.tab {
            Tab::Jobs => match self.job(shared) {
                Some(job) => Some(format!("dsr jobs show {}", job.id)),
                None => Some("dsr jobs list".to_owned()),
            },
            Tab::Files => {
                let ids: Vec<String> = self.chosen(shared).into_iter().map(|file| file.id).collect();
                match ids[..] {
                    [] => Some("dsr artifacts list".to_owned()),
                    _ => Some(format!("dsr artifacts download {}", ids.join(" "))),
                }
            }
            Tab::Certificate => Some("dsr certificate show".to_owned()),
        }
    }
}

impl Exports {
    fn read_job(&mut self, shared: &mut Shared) {
        let Some(id) = self.job(shared).map(|job| job.id.clone()) else {
            return;
        };
        self.awaited = Some(shared.spawn(Owner::Exports, TaskRequest::ExportJob(id)));
    }
}
