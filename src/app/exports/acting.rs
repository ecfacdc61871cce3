//! What is done with jobs and files: asked first, then sent.

use super::{Asking, Exports, Pending, Tab};
use crate::app::component::{Call, Owner};
use crate::app::confirm::Confirm;
use crate::app::effect::TaskRequest;
use crate::app::modal::Modal;
use crate::app::shared::Shared;
use crate::app::time::counted;
use crate::domain::export::{Artifact, Job, MOST_SELECTED};
use crate::workflow::exports::Entry;
use crate::workflow::exports::deletion::Deletion;
use crate::workflow::exports::import::ImportPlan;
use jiff::Timestamp;
use jiff::tz::TimeZone;

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
    pub(super) fn entries_chosen<'a>(&self, shared: &'a Shared) -> Vec<&'a Entry> {
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
    pub(super) fn ask_to_import(mut plan: Box<ImportPlan>, shared: &mut Shared) {
        let question = match &plan.current.server {
            None => Confirm::new("Upload the encryption certificate?").line("There is none yet."),
            Some(server) => {
                let old = match plan.old_serial() {
                    Some(serial) => format!("Old serial: {serial}"),
                    None => format!(
                        "Old: {}, serial not told",
                        server.name.as_deref().unwrap_or("without a name")
                    ),
                };
                Confirm::new("Replace the encryption certificate?").line(old)
            }
        };
        let mut question = question.line(format!("New serial: {}", plan.new_serial()));
        let needed = plan.need_old_key.len();
        if needed > 0 {
            let files = counted(needed, "file", "files");
            question = question.line(format!("The old key is still needed for {files}:"));
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
        if !plan.equal.is_empty() {
            // The question says it; a yes to it is the operator's word that another is meant.
            plan.again = true;
            question.question = "Upload it again, although an equal upload is open?".to_owned();
        }
        // What is confirmed travels with its question: another one may be open below it.
        let request = TaskRequest::ImportCertificate(plan);
        let question = question.then(Call::Spawn(Owner::Exports, request));
        shared.call(Call::Open(Box::new(Modal::Confirm(question))));
    }

    /// Asks before a job or files are deleted at the service.
    pub(super) fn ask_to_delete(&mut self, shared: &mut Shared) {
        match self.tab {
            Tab::Jobs => {
                let Some(job) = self.job(shared).cloned() else {
                    return;
                };
                let question = Confirm::new("Delete this export job at the service?")
                    .line(format!("  {}", job.title))
                    .line(format!("  id {}", job.id))
                    .line("Files that it left stay until their 30 days are over.")
                    .then(Call::Confirmed(Owner::Exports));
                self.pending = Some(Pending::DeleteJob(Box::new(job)));
                shared.call(Call::Open(Box::new(Modal::Confirm(question))));
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
                if !chosen.is_empty() {
                    self.asking = Some(Asking::case_of(chosen));
                }
            }
            Tab::Certificate => {}
        }
    }

    /// What a deletion of files would meet is known; nothing was sent yet.
    pub(super) fn ask_to_delete_files(deletion: Box<Deletion>, shared: &mut Shared) {
        let files = counted(deletion.files.len(), "file", "files");
        let mut question = Confirm::new(format!("Delete {files} at the service?"));
        for file in deletion.files.iter().take(6) {
            question = question.line(format!("  {}", file.name));
        }
        if deletion.files.len() > 6 {
            question = question.line(format!("  and {} more", deletion.files.len() - 6));
        }
        question = question.line(match (missing(shared, &deletion.files), deletion.files.len()) {
            (0, 1) => "It is here; the copy here stays.".to_owned(),
            (0, _) => "All of them are here; the copies here stay.".to_owned(),
            (_, 1) => "It is NOT here and can only be exported anew.".to_owned(),
            (1, _) => "1 of them is NOT here and can only be exported anew.".to_owned(),
            (count, _) => format!("{count} of them are NOT here and can only be exported anew."),
        });
        question = question.line(match &deletion.case {
            Some(case) => format!("It is for case {}, which takes the result over.", case.id),
            None => "It is for no case.".to_owned(),
        });
        if let Some(warning) = deletion.warning() {
            question = question.line(warning);
        }
        // What is confirmed travels with its question, as for an upload.
        let request = TaskRequest::DeleteExportFiles(deletion);
        let question = question.then(Call::Spawn(Owner::Exports, request));
        shared.call(Call::Open(Box::new(Modal::Confirm(question))));
    }

    /// Sends what was confirmed.
    pub(super) fn carry_out(&mut self, shared: &mut Shared) {
        let request = match self.pending.take() {
            Some(Pending::Create(plan)) => {
                self.creating = None;
                TaskRequest::CreateExport(plan)
            }
            Some(Pending::DeleteJob(job)) => TaskRequest::DeleteExportJob(job),
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

/// How many of these files are not here.
fn missing(shared: &Shared, files: &[Artifact]) -> usize {
    let here = |file: &Artifact| {
        let mut entries = shared.exports.iter().flat_map(|overview| &overview.files.entries);
        entries.any(|entry| entry.here.is_some() && entry.artifact.id == file.id)
    };
    files.iter().filter(|file| !here(file)).count()
}
