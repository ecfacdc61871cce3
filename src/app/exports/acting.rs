//! What is done with jobs and files: asked first, then sent.

use super::{Exports, Pending, Tab};
use crate::app::component::{Call, Owner};
use crate::app::confirm::Confirm;
use crate::app::effect::TaskRequest;
use crate::app::modal::Modal;
use crate::app::shared::Shared;
use crate::domain::export::{Job, MOST_SELECTED};
use crate::keymap::Action;
use crate::workflow::exports::Entry;
use crate::workflow::exports::import::ImportPlan;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use secrecy::SecretString;

impl Exports {
    /// Downloads what is marked, or the selected file.
    pub(super) fn download(&mut self, shared: &mut Shared) {
        let chosen = self.chosen(shared);
        if chosen.len() > MOST_SELECTED {
            shared.inform(format!(
                "{} files are marked; {MOST_SELECTED} are the most in one go",
                chosen.len()
            ));
            return;
        }
        if !chosen.is_empty() {
            self.marked.clear();
            shared.spawn(Owner::Exports, TaskRequest::DownloadExports(chosen));
        }
    }

    /// Why the chosen files cannot be decrypted: a file that is not here, a part that is missing.
    pub(super) fn not_all_here(&self, shared: &Shared) -> Option<&'static str> {
        let chosen = self.entries_chosen(shared);
        if chosen.iter().any(|entry| entry.here.is_none()) {
            return Some("it is not here; download it first");
        }
        let short = |entry: &&Entry| entry.parts_here.is_some_and(|(here, count)| here < count);
        chosen
            .iter()
            .any(short)
            .then_some("not all parts of the export are here")
    }

    /// The marked files or the selected one; of a split export always all parts, in their order.
    fn entries_chosen<'a>(&self, shared: &'a Shared) -> Vec<&'a Entry> {
        let chosen = self.chosen(shared);
        let wholes: Vec<String> = chosen.iter().filter_map(|file| file.whole()).collect();
        let entries = shared.exports.iter().flat_map(|overview| &overview.files.entries);
        let mut found: Vec<&Entry> = entries
            .filter(|entry| {
                let own = chosen.iter().any(|file| file.id == entry.artifact.id);
                own || entry
                    .artifact
                    .whole()
                    .is_some_and(|whole| wholes.contains(&whole))
            })
            .collect();
        found.sort_by_key(|entry| (entry.artifact.whole(), entry.artifact.part_numbers()));
        found
    }

    /// Says what an upload replaces and what still needs the old key, and asks.
    pub(super) fn ask_to_import(&mut self, plan: Box<ImportPlan>, shared: &mut Shared) {
        let mut question = Confirm::new(plan.question());
        let needed = plan.need_old_key.len();
        if needed > 0 {
            question = question.line(format!("The old key is still needed by {needed} files:"));
        }
        for file in plan.need_old_key.iter().take(6) {
            question = question.line(format!("  {}", file.name));
        }
        if needed > 6 {
            question = question.line(format!("  and {} more", needed - 6));
        }
        for note in &plan.notes {
            question = question.line(note.clone());
        }
        let question = question.then(Call::Confirmed(Owner::Exports));
        self.pending = Some(Pending::Import(plan));
        shared.call(Call::Open(Box::new(Modal::Confirm(question))));
    }

    /// Acts while the name of a certificate's file is typed.
    fn while_naming(&mut self, action: Action, shared: &mut Shared) {
        match action {
            Action::Accept => {
                let Some(field) = self.path.take() else { return };
                let path = field.value().trim();
                if !path.is_empty() {
                    shared.spawn(Owner::Exports, TaskRequest::PlanCertificate(path.into()));
                }
            }
            Action::Leave | Action::Interrupt => self.path = None,
            _ => {}
        }
    }

    /// Acts while the passphrase or the name of a file is typed.
    pub(super) fn while_asking(&mut self, action: Action, shared: &mut Shared) {
        if self.path.is_some() {
            return self.while_naming(action, shared);
        }
        match action {
            Action::Accept => {
                let Some(field) = self.passphrase.take() else {
                    return;
                };
                let passphrase = SecretString::from(field.value());
                let files = self
                    .entries_chosen(shared)
                    .into_iter()
                    .filter_map(|entry| entry.here.clone());
                let files: Vec<_> = files.collect();
                self.marked.clear();
                shared.spawn(Owner::Exports, TaskRequest::DecryptExports { files, passphrase });
            }
            Action::Leave | Action::Interrupt => self.passphrase = None,
            _ => {}
        }
    }

    /// Asks before a job or files are deleted at the service.
    pub(super) fn ask_to_delete(&mut self, shared: &mut Shared) {
        let question = match self.tab {
            Tab::Jobs => {
                let Some(job) = self.job(shared).cloned() else {
                    return;
                };
                let question = Confirm::new(format!("Delete the export job {} at the service?", job.title))
                    .line("Files that it left stay until their 30 days are over.");
                self.pending = Some(Pending::DeleteJob(Box::new(job)));
                question
            }
            Tab::Files => {
                let chosen = self.chosen(shared);
                if chosen.len() > MOST_SELECTED {
                    shared.inform(format!(
                        "{} files are marked; {MOST_SELECTED} are the most in one go",
                        chosen.len()
                    ));
                    return;
                }
                let missing = self.missing(shared, &chosen);
                let mut question = Confirm::new(format!("Delete {} files at the service?", chosen.len()));
                for file in chosen.iter().take(6) {
                    question = question.line(format!("  {}", file.name));
                }
                question = question.line(match missing {
                    0 => "All of them are here; the copies here stay.".to_owned(),
                    count => format!("{count} of them are NOT here and can only be exported anew."),
                });
                self.pending = Some(Pending::DeleteFiles(chosen));
                question
            }
            Tab::Certificate => return,
        };
        let question = question.then(Call::Confirmed(Owner::Exports));
        shared.call(Call::Open(Box::new(Modal::Confirm(question))));
    }

    fn missing(&self, shared: &Shared, chosen: &[crate::domain::export::Artifact]) -> usize {
        let entries = shared.exports.iter().flat_map(|overview| &overview.files.entries);
        entries
            .filter(|entry| entry.here.is_none() && chosen.iter().any(|file| file.id == entry.artifact.id))
            .count()
    }

    /// Sends what was confirmed.
    pub(super) fn carry_out(&mut self, shared: &mut Shared) {
        let request = match self.pending.take() {
            Some(Pending::Create(plan)) => {
                self.creating = None;
                TaskRequest::CreateExport(plan)
            }
            Some(Pending::DeleteJob(job)) => TaskRequest::DeleteExportJob(job),
            Some(Pending::DeleteFiles(files)) => {
                self.marked.clear();
                TaskRequest::DeleteExportFiles(files)
            }
            Some(Pending::Import(plan)) => TaskRequest::ImportCertificate(plan),
            None => return,
        };
        shared.spawn(Owner::Exports, request);
    }

    /// A job in full, as text.
    pub(super) fn text_of(&self, job: &Job, shared: &Shared) -> String {
        let zone = shared
            .world
            .as_ref()
            .map_or(TimeZone::UTC, |world| world.time_zone.clone());
        let here = |at: Option<Timestamp>| {
            at.map(|at| {
                at.to_zoned(zone.clone())
                    .strftime("%Y-%m-%d %H:%M %Z")
                    .to_string()
            })
        };
        let mut lines = Vec::new();
        let mut add = |label: &str, value: Option<String>| {
            lines.extend(value.map(|value| format!("{label:<13}{value}")));
        };
        add("id", Some(job.id.clone()));
        add("description", job.description.clone());
        add("source", job.source.clone());
        add("type", job.kind.clone());
        add("status", Some(job.status.clone()));
        add("why", job.error.clone());
        add(
            "run",
            Some(match job.schedule {
                Some(schedule) => schedule.words(),
                None => "once, at once".to_owned(),
            }),
        );
        add(
            "next run",
            job.next_run_at.map(|at| {
                let utc = at
                    .to_zoned(TimeZone::UTC)
                    .strftime("%Y-%m-%d %H:%M UTC")
                    .to_string();
                format!("{utc}, {} here", here(Some(at)).unwrap_or_default())
            }),
        );
        add(
            "time frame",
            Some(match job.time_frame {
                Some(frame) => format!("{} to {} (UTC)", frame.from, frame.to),
                None => "everything".to_owned(),
            }),
        );
        add(
            "split",
            Some(match job.split_bytes {
                Some(bytes) => format!("into files of at most {bytes} bytes"),
                None => "one file".to_owned(),
            }),
        );
        add("created", here(job.created_at));
        add("started", here(job.started_at));
        add("finished", here(job.finished_at));
        for name in &job.files {
            add("file", Some(name.clone()));
        }
        if !job.runs.is_empty() {
            lines.push(String::new());
            lines.push("history, the last run first".to_owned());
        }
        for run in &job.runs {
            let more = run.error.clone().unwrap_or_else(|| run.files.join(", "));
            lines.push(format!(
                "  {}  {:<11} {more}",
                here(run.started_at).unwrap_or_default(),
                run.status
            ));
        }
        lines.join("\n")
    }
}
