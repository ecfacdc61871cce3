//! The exports screen as a component: what it is asked by the console.

use super::{Asking, Exports, Making, Tab, certificate};
use crate::app::command::{Command, moving};
use crate::app::component::{Call, Component, Owner};
use crate::app::effect::TaskRequest;
use crate::app::field::Field;
use crate::app::modal::Modal;
use crate::app::msg::{TaskId, TaskOutput};
use crate::app::reading::Reading;
use crate::app::records::Records;
use crate::app::secret_field::SecretField;
use crate::app::shared::Shared;
use crate::app::time;
use crate::domain::failure::Failure;
use crate::keymap::{Action, Context};

impl Component for Exports {
    fn context(&self) -> Context {
        Context::Exports
    }

    fn title(&self, shared: &Shared) -> String {
        if self.creating.is_some() {
            return "New export job".to_owned();
        }
        if self.making.is_some() {
            return "New key pair and certificate".to_owned();
        }
        if let Some(reading) = &self.reading {
            return reading.name.clone();
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
        if self.asking.is_some() {
            return vec![Command::new(Action::Accept), Command::new(Action::Leave)];
        }
        if self.making.is_some() {
            return Making::commands();
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
        if self.asking.is_some() {
            self.while_asking(action, shared);
            return true;
        }
        if self.making.is_some() {
            self.while_making(action, shared);
            return true;
        }
        if self.creating.is_some() {
            self.while_creating(action, shared);
            return true;
        }
        if let Some(used) = Reading::act(&mut self.reading, action) {
            return used;
        }
        self.handle_list(action, shared)
    }

    fn field(&mut self) -> Option<&mut Field> {
        match (&mut self.asking, &mut self.making) {
            (Some(asking), _) => asking.field(),
            (None, Some(making)) => making.field(),
            (None, None) => self.creating.as_mut()?.field(),
        }
    }

    fn secret(&mut self) -> Option<&mut SecretField> {
        match &mut self.asking {
            Some(asking) => asking.secret(),
            None => self.making.as_mut()?.secret(),
        }
    }

    fn refused(&mut self, action: Action, reason: &str) {
        if action == Action::Decrypt && self.creating.is_none() && self.reading.is_none() {
            self.asking = Some(Asking::Refused(reason.to_owned()));
        }
    }

    fn typing(&self) -> bool {
        self.asking.is_some()
            || self.making.is_some()
            || self.creating.as_ref().is_some_and(|creating| creating.typing)
    }

    fn edited(&mut self, _shared: &mut Shared) {
        if let Some(making) = &mut self.making {
            making.edited();
        }
        if let Some(creating) = &mut self.creating {
            creating.plan = None;
            creating.failure = None;
        }
    }

    fn sync(&mut self, shared: &Shared) {
        Reading::sync(&mut self.reading, shared);
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
            TaskOutput::CertificateChecked(checked) if self.awaited == Some(id) => {
                let text = certificate::text_of(&checked);
                self.reading = Some(Reading::new(format!("Check of {}", checked.name), &text));
            }
            TaskOutput::CertificatePlace(place) => {
                if let Some(making) = &mut self.making {
                    making.looked(id, place);
                }
            }
            // The pair is in the key ring; its upload is offered at once.
            TaskOutput::CertificateMade(made) => {
                shared.spawn(Owner::Exports, TaskRequest::PlanCertificate(made.certificate));
            }
            TaskOutput::CertificatePlanned(plan) => Exports::ask_to_import(plan, shared),
            TaskOutput::FileDeletionPlanned(plan) => Exports::ask_to_delete_files(plan, shared),
            TaskOutput::ExportOpened(outcomes) => {
                let opened = outcomes.into_iter().filter_map(|(_, result)| result.ok());
                // Messages of the same content are one file.
                let mut seen = std::collections::HashSet::new();
                let files = opened.flat_map(|opened| opened.files);
                let files: Vec<_> = files.filter(|file| seen.insert(file.clone())).collect();
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
