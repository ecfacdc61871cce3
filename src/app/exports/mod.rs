//! Exports of the Cloud Data Download Service over the panes: jobs with their history, files with
//! their remaining days, and the encryption certificate.

mod acting;
mod asking;
mod certificate;
mod component;
mod creating;
mod making;
mod telling;

pub use asking::Asking;
pub use certificate::{CheckedCertificate, MadeCertificate};
pub use creating::{Creating, FIELDS};
pub(super) use making::MAKING;
pub use making::{LABELS, Making, PASSPHRASE, PLACE};
pub use telling::Gone;
pub(super) use telling::tell;

use std::collections::BTreeSet;

use super::command::Command;
use super::component::Owner;
use super::effect::TaskRequest;
use super::list::List;
use super::msg::TaskId;
use super::reading::Reading;
use super::shared::Shared;
use crate::domain::export::{Artifact, Job, NewJob};
use crate::keymap::Action;
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
    /// The guide for a new key pair.
    pub making: Option<Making>,
    /// What is asked for in the last line.
    pub asking: Option<Asking>,
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
            Tab::Certificate => vec![
                Command::new(Action::NewCertificate).unless(self.making_key(shared)),
                Command::new(Action::CheckCertificate),
                Command::new(Action::ImportCertificate).unless(unread),
            ],
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
            Action::NewCertificate => self.making = Some(Making::default()),
            Action::CheckCertificate => self.asking = Some(Asking::to_check()),
            Action::ImportCertificate => self.asking = Some(Asking::to_upload()),
            Action::Decrypt => self.asking = Some(Asking::passphrase()),
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

impl Exports {
    fn read_job(&mut self, shared: &mut Shared) {
        let Some(id) = self.job(shared).map(|job| job.id.clone()) else {
            return;
        };
        self.awaited = Some(shared.spawn(Owner::Exports, TaskRequest::ExportJob(id)));
    }
}
