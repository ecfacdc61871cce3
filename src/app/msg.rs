//! What the console hears.

use crossterm::event::KeyEvent;
use jiff::Timestamp;

use super::exports::{CheckedCertificate, Gone, MadeCertificate};
use super::pace;
use super::time::counted;
use crate::domain::case::CaseRow;
use crate::domain::export::Job;
use crate::domain::failure::Failure;
use crate::domain::mode::Mode;
use crate::domain::operation::Operation;
use crate::domain::progress::Progress;
use crate::domain::queue::QueueRow;
use crate::store::Save;
use crate::systems::genesys_cloud::Downloaded;
use crate::workflow::World;
use crate::workflow::access::Access;
use crate::workflow::archive::ArchiveView;
use crate::workflow::cases::recheck::Rechecked;
use crate::workflow::cases::report::Report as Times;
use crate::workflow::cases::suppression::Listed;
use crate::workflow::cases::{Acted, CaseFile, Searched};
use crate::workflow::decrypt::Outcome;
use crate::workflow::evidence::Entries;
use crate::workflow::exports::State;
use crate::workflow::exports::deletion::Deletion;
use crate::workflow::exports::download::Fetched;
use crate::workflow::exports::import::ImportPlan;
use crate::workflow::exports::{JobPlan, Overview};
use crate::workflow::forget::erase::Erased;
use crate::workflow::forget::restore::session::{Restored, Restoring};
use crate::workflow::forget::session::Looked;
use crate::workflow::plan::Plan;
use crate::workflow::queue::{Detail, Queue};
use crate::workflow::reconcile::Settled;
use crate::workflow::records::Report;
use crate::workflow::search::SearchResult;
use crate::workflow::watch::Look;

/// Names one task for as long as the console runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TaskId(pub u64);

/// What the console needs to know of the world it shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorldInfo {
    /// Live or simulation.
    pub mode: Mode,
    /// Organisation name.
    pub organization: String,
    /// Profile name.
    pub profile: String,
    /// Live against a loopback address.
    pub test: bool,
    /// Login of the operator.
    pub operator: String,
    /// Time zone for display.
    pub time_zone: jiff::tz::TimeZone,
    /// How far the world's clock is from the host's, in seconds (simulation after an advance).
    pub clock_offset: i64,
    /// ISO 3166 alpha-2 code for phone numbers in national form.
    pub default_country: Option<String>,
    /// True when there is an export service.
    pub exports: bool,
    /// The law and the working days by which answers are due.
    pub rules: crate::domain::deadline::Rules,
    /// Why the ledger could not be used: nothing can be changed outside until then.
    pub ledger_trouble: Option<Failure>,
}

impl WorldInfo {
    /// What to show of `world`, whose clock is `clock_offset` seconds from the host's.
    pub fn of(world: &World, clock_offset: i64) -> WorldInfo {
        WorldInfo {
            mode: world.mode,
            organization: world.organization.clone(),
            profile: world.profile.clone(),
            test: world.test,
            operator: world.actor.login.clone(),
            time_zone: world.settings.time_zone.clone(),
            clock_offset,
            default_country: world.settings.default_country.clone(),
            exports: world.has_exports(),
            rules: world.rules.clone(),
            ledger_trouble: world.ledger_trouble.clone(),
        }
    }
}

/// Everything the console reacts to.
#[derive(Clone, Debug)]
pub enum Msg {
    /// A key press.
    Key(KeyEvent),
    /// Pasted text, in one piece; goes to a text input or nowhere.
    Paste(String),
    /// The terminal's new size: columns, rows.
    Resize(u16, u16),
    /// A world is ready to be shown; late events of another epoch are dropped.
    WorldReady {
        /// Counts the worlds shown.
        epoch: u64,
        /// What to show of it.
        info: WorldInfo,
    },
    /// A world could not be built; the one shown stays.
    WorldFailed(Failure),
    /// News of a task.
    Task {
        /// Which.
        id: TaskId,
        /// Of which world.
        epoch: u64,
        /// What.
        event: TaskEvent,
    },
    /// The world's clock was moved (by another process, in simulation): how far it is from the host's
    /// now, in seconds.
    ClockMoved(i64),
    /// The time of the world, sent with other messages before they are handled and once in a while
    /// (a minute or slower) for ages and re-masking.
    Now(Timestamp),
}

/// News of a task.
#[derive(Clone, Debug)]
pub enum TaskEvent {
    /// It is under way; may be merged or dropped.
    Progress(Progress),
    /// It is done. Never dropped.
    Done(Box<TaskOutput>),
    /// It failed or was cancelled. Never dropped.
    Failed(Box<Failure>),
}

/// What a task brings home.
#[derive(Clone, Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "it travels in the box of `TaskEvent::Done`"
)]
pub enum TaskOutput {
    /// A subject search.
    Searched(SearchResult),
    /// A plan for the preview.
    Planned(Plan),
    /// The operations of an executed plan.
    Submitted(Vec<Operation>),
    /// The queue, from the store or refreshed.
    Queue(Queue),
    /// Detail of one request.
    Detail(Detail),
    /// Downloaded results.
    Downloaded(Vec<Downloaded>),
    /// An archive opened.
    Archive(ArchiveView),
    /// One entry of an archive as text.
    Entry {
        /// Its name in the archive.
        name: String,
        /// Its text.
        text: String,
    },
    /// One look of the watcher.
    Looked(Look),
    /// Unknown outcomes settled, or not.
    Reconciled(Vec<(Operation, Settled)>),
    /// An operation changed by a decision, a withdrawal or a release.
    Operation(Operation),
    /// Cases, the soonest due first.
    Cases(Vec<CaseRow>),
    /// Open requests that belong to no case.
    Caseless(u64),
    /// Open requests that belong to no case, newest first.
    WithoutCase(Vec<QueueRow>),
    /// A request belongs to a case now.
    Linked,
    /// The register of suppressed identifiers, with the references of the tickets.
    Register(Vec<(Listed, Option<String>)>),
    /// What was erased was searched for again.
    Rechecked(Vec<Rechecked>),
    /// One case.
    Case(Box<CaseFile>),
    /// Something was done with a case.
    CaseActed(Acted),
    /// Genesys Cloud was searched for the person of a case.
    CaseSearched(Searched),
    /// Entries of the ledger.
    Ledger(Entries),
    /// How long answers took.
    Times(Box<Times>),
    /// What the account may do.
    Access(Access),
    /// Jobs, files and certificate of the export service.
    Exports(Box<Overview>),
    /// One export job.
    ExportJob(Box<Job>),
    /// An export job that was made.
    ExportCreated(Box<Job>),
    /// What would be sent for an export job.
    ExportPlanned(JobPlan),
    /// Files of the export service, fetched or not.
    ExportFiles(Vec<Fetched>),
    /// What a deletion of export files would meet.
    FileDeletionPlanned(Box<Deletion>),
    /// Files or a job deleted at the export service.
    ExportDeleted(Gone),
    /// Whether a new certificate can be written where it is wanted, and the key ring take its key.
    CertificatePlace(Result<(), Failure>),
    /// A key pair is in the key ring.
    CertificateMade(MadeCertificate),
    /// A certificate file was checked.
    CertificateChecked(CheckedCertificate),
    /// What the upload of a certificate would do.
    CertificatePlanned(Box<ImportPlan>),
    /// The certificate stands at the export service.
    CertificateImported(Box<State>),
    /// Messages decrypted, or not.
    ExportOpened(Vec<Outcome>),
    /// Records read out of decrypted files.
    Records(Box<Report>),
    /// A search in favorites.
    FavoritesFound(Box<Looked>),
    /// A deletion of favorites.
    FavoritesErased(Box<Erased>),
    /// The groups that were saved before deletions.
    Saves(Vec<Save>),
    /// What would be put back.
    RestorePlanned(Box<Restoring>),
    /// Settings put back, or not.
    SettingsRestored(Box<Restored>),
    /// Done, with nothing to bring (a reveal recorded).
    Nothing,
}

impl TaskOutput {
    /// What was brought, in a few words without personal data, for the task table.
    pub fn summary(&self) -> String {
        match self {
            TaskOutput::Searched(result) => format!("{} found", result.candidates.len()),
            TaskOutput::Planned(plan) => counted(plan.calls.len(), "call", "calls") + " planned",
            TaskOutput::Submitted(operations) => outcomes(operations),
            TaskOutput::Queue(queue) => counted(queue.rows.len(), "request", "requests"),
            TaskOutput::Detail(detail) => detail.row.status.to_string(),
            TaskOutput::Downloaded(files) => {
                let bytes: u64 = files.iter().map(|file| file.bytes).sum();
                format!(
                    "{}, {} kB",
                    counted(files.len(), "file", "files"),
                    bytes.div_ceil(1_000)
                )
            }
            TaskOutput::Archive(view) => counted(view.entries.len(), "entry", "entries"),
            TaskOutput::Entry { text, .. } => counted(text.lines().count(), "line", "lines"),
            TaskOutput::Looked(look) => format!(
                "{}, {} open",
                counted(look.changes.len(), "change", "changes"),
                look.open
            ),
            TaskOutput::Reconciled(settled) => format!("{} looked for", settled.len()),
            TaskOutput::Operation(operation) => operation.state.as_str().to_owned(),
            TaskOutput::Cases(rows) => format!("{} cases", rows.len()),
            TaskOutput::Caseless(count) => format!("{count} without a case"),
            TaskOutput::WithoutCase(rows) => counted(rows.len(), "request", "requests"),
            TaskOutput::Linked => "it belongs to the case".to_owned(),
            TaskOutput::Register(listed) => counted(listed.len(), "person", "people"),
            TaskOutput::Rechecked(all) => super::register_view::words(all),
            TaskOutput::Case(file) => file.case.kind.as_str().to_owned(),
            TaskOutput::CaseActed(acted) => acted.case.clone(),
            TaskOutput::CaseSearched(searched) => format!("{} found", searched.found),
            TaskOutput::Ledger(found) => counted(found.entries.len(), "entry", "entries"),
            TaskOutput::Times(times) => counted(times.lines.len(), "line", "lines"),
            TaskOutput::Access(access) => {
                let missing = access
                    .needed
                    .iter()
                    .filter(|needed| needed.held == Some(false))
                    .count();
                if missing == 0 {
                    "nothing missing".to_owned()
                } else {
                    format!("{missing} missing")
                }
            }
            TaskOutput::Exports(overview) => format!(
                "{} jobs, {} files",
                overview.jobs.jobs.len(),
                overview.files.entries.len()
            ),
            TaskOutput::ExportJob(job) | TaskOutput::ExportCreated(job) => job.status.clone(),
            TaskOutput::ExportPlanned(_) => "checked".to_owned(),
            TaskOutput::ExportFiles(fetched) => {
                let here = fetched.iter().filter(|one| one.result.is_ok()).count();
                let bytes: u64 = fetched
                    .iter()
                    .filter_map(|one| Some(one.result.as_ref().ok()?.bytes))
                    .sum();
                format!("{here} of {} files here, {}", fetched.len(), pace::bytes(bytes))
            }
            TaskOutput::ExportDeleted(gone) => gone.words(),
            TaskOutput::CertificateMade(made) => format!("serial {}", made.serial),
            TaskOutput::CertificateChecked(checked) => match checked.report.is_valid() {
                true => "it will be taken".to_owned(),
                false => "it will not be taken".to_owned(),
            },
            TaskOutput::CertificatePlanned(_) | TaskOutput::FileDeletionPlanned(_) => "checked".to_owned(),
            TaskOutput::CertificateImported(_) => "uploaded".to_owned(),
            TaskOutput::ExportOpened(outcomes) => {
                let opened = outcomes.iter().filter(|(_, result)| result.is_ok()).count();
                format!("{opened} of {} opened", outcomes.len())
            }
            TaskOutput::Records(report) => format!("{} records", report.records.len()),
            TaskOutput::FavoritesFound(looked) => looked.told.line.clone(),
            TaskOutput::FavoritesErased(erased) => erased.told.line.clone(),
            TaskOutput::Saves(saves) => counted(saves.len(), "group", "groups"),
            TaskOutput::RestorePlanned(restoring) => format!("{} to be put back", restoring.plan.count()),
            TaskOutput::SettingsRestored(restored) => restored.line(),
            TaskOutput::CertificatePlace(place) => match place {
                Ok(()) => "free".to_owned(),
                Err(_) => "not to be had".to_owned(),
            },
            TaskOutput::Nothing => String::new(),
        }
    }
}

/// `2 accepted, 1 unknown`.
fn outcomes(operations: &[Operation]) -> String {
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for operation in operations {
        let word = operation.state.as_str();
        match counts.iter_mut().find(|(known, _)| *known == word) {
            Some((_, count)) => *count += 1,
            None => counts.push((word, 1)),
        }
    }
    let words: Vec<String> = counts
        .iter()
        .map(|(word, count)| format!("{count} {word}"))
        .collect();
    words.join(", ")
}
