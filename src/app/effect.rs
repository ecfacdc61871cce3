//! What the console wants done. The runtime does it and reports back with messages.

use std::path::PathBuf;

use secrecy::SecretString;

use super::exports::MAKING;
use super::favorites::Arrivals;
use super::msg::TaskId;
use super::records::Arrivals as RecordArrivals;
use super::time::counted;
use crate::crypto::certificate::New;
use crate::domain::export::{Artifact, Job, NewJob};
use crate::domain::identifier::Identifier;
use crate::domain::mode::Mode;
use crate::domain::text::clean;
use crate::workflow::cases::Act;
use crate::workflow::exports::JobPlan;
use crate::workflow::exports::deletion::Deletion;
use crate::workflow::exports::import::ImportPlan;
use crate::workflow::forget::restore::session::Restoring;
use crate::workflow::forget::{self, session::Looked};
use crate::workflow::plan::{Plan, Proposal};

/// Something for the runtime to do.
#[derive(Clone, Debug)]
pub enum Effect {
    /// Start a task; its row in the task table exists already.
    Spawn {
        /// Its id.
        id: TaskId,
        /// What to do.
        request: TaskRequest,
    },
    /// Cancel a task; a mutation already being sent runs on until its outcome is recorded.
    Cancel(TaskId),
    /// Build the world of this mode and show it. Asked and confirmed before.
    SwitchWorld(Mode),
    /// Put text on the clipboard by way of the terminal (OSC 52).
    Copy(String),
    /// Paint everything anew.
    Repaint,
    /// Suspend (Ctrl-Z).
    Suspend,
    /// Leave. Tasks that must finish do so.
    Quit,
}

/// The work of a task: one call of one workflow function each.
#[derive(Clone, Debug)]
pub enum TaskRequest {
    /// `workflow::search::search`.
    Search(Vec<Identifier>),
    /// `workflow::plan::prepare`.
    Plan(Box<Proposal>),
    /// `workflow::submit::execute` of a plan whose digest was confirmed.
    Submit {
        /// The plan shown.
        plan: Box<Plan>,
        /// The digest confirmed.
        confirmed: String,
    },
    /// `workflow::queue::local`.
    LocalQueue,
    /// `workflow::queue::refresh`.
    RefreshQueue,
    /// `workflow::queue::detail`.
    Detail {
        /// Remote or operation id.
        id: String,
        /// Ask the API first.
        look: bool,
    },
    /// `workflow::download::fetch` to the settings' place.
    Download {
        /// Remote id.
        id: String,
    },
    /// `workflow::archive::open`.
    OpenArchive(PathBuf),
    /// `workflow::archive::read_entry`.
    ReadEntry {
        /// The archive.
        path: PathBuf,
        /// The entry.
        name: String,
    },
    /// `workflow::watch::look`.
    Look {
        /// Fetch what is finished.
        fetch: bool,
    },
    /// `workflow::reconcile::run` for all unknown operations, or those named.
    Reconcile(Vec<String>),
    /// `workflow::reconcile::decide`.
    Decide {
        /// Which operation.
        operation_id: String,
        /// The remote request, or `None` for never executed.
        remote_id: Option<String>,
    },
    /// `workflow::submit::withdraw`.
    Withdraw(String),
    /// `workflow::submit::release`.
    Release(String),
    /// `workflow::cases::list`.
    Cases {
        /// Closed ones too.
        all: bool,
        /// Those of the operator only.
        mine: bool,
    },
    /// `workflow::cases::caseless`.
    Caseless,
    /// `workflow::cases::without_case`.
    WithoutCase,
    /// `workflow::cases::link`.
    LinkCase {
        /// Id of the case, or the reference of its ticket.
        case: String,
        /// Id of the request.
        request: String,
    },
    /// `workflow::cases::suppression::register`.
    ReadRegister,
    /// `workflow::cases::recheck::recheck` of everything.
    Recheck,
    /// `workflow::cases::show`.
    Case(String),
    /// `workflow::cases::act`, confirmed where it is weighty.
    CaseAct {
        /// Id of the case; `None` for a new one.
        id: Option<String>,
        /// What is done.
        act: Box<Act>,
    },
    /// `workflow::search::search` for the person of a case, and into its coverage.
    CaseSearch(String),
    /// `workflow::evidence::entries` about a case.
    CaseLedger(String),
    /// `workflow::cases::report::report` of everything.
    CaseReport,
    /// `workflow::access::check`.
    CheckAccess,
    /// `workflow::exports::overview::read`.
    ReadExports,
    /// `workflow::exports::jobs::show`.
    ExportJob(String),
    /// `workflow::exports::jobs::plan`.
    PlanExport(Box<NewJob>),
    /// `workflow::exports::jobs::create` of a plan that was confirmed.
    CreateExport(Box<JobPlan>),
    /// `workflow::exports::jobs::delete`.
    DeleteExportJob(Box<Job>),
    /// `workflow::exports::deletion::prepare` of these files, for a case where one is named.
    PlanFileDeletion {
        /// The files.
        files: Vec<Artifact>,
        /// Id or reference of the case.
        case: Option<String>,
    },
    /// `workflow::exports::deletion::delete` of what was confirmed.
    DeleteExportFiles(Box<Deletion>),
    /// `workflow::exports::download::fetch` to its usual place.
    DownloadExports(Vec<Artifact>),
    /// `workflow::keyring::ready` for a pair, and a copy of the certificate where one is wanted.
    CertificatePlace(Option<PathBuf>),
    /// `workflow::keyring::make`, and a copy of the certificate where one is wanted.
    NewCertificate {
        /// Name, size and time of the certificate.
        wanted: New,
        /// A file for the certificate besides the key ring.
        out: Option<PathBuf>,
        /// Passphrase of the key.
        passphrase: SecretString,
    },
    /// `crypto::certificate::check` of a file.
    CheckCertificate(PathBuf),
    /// `workflow::exports::import::plan` of a certificate file.
    PlanCertificate(PathBuf),
    /// `workflow::exports::import::import` of a plan that was confirmed.
    ImportCertificate(Box<ImportPlan>),
    /// `workflow::decrypt::decrypt` of files that are here, with the key ring.
    DecryptExports {
        /// Files, the parts of one export in their order.
        files: Vec<PathBuf>,
        /// Passphrase of the key.
        passphrase: SecretString,
    },
    /// `workflow::records::read` of decrypted files, and the note that they were opened.
    ReadRecords {
        /// The files.
        files: Vec<PathBuf>,
        /// `FIELD=VALUE`, or nothing.
        condition: String,
        /// Where they gather while the files are read.
        arrivals: RecordArrivals,
    },
    /// `workflow::forget::session::find`; matches arrive while it runs.
    FindFavorites {
        /// For whom.
        searches: Vec<Identifier>,
        /// Id of the case that it is for.
        case: Option<String>,
        /// Where its matches gather.
        arrivals: Arrivals,
    },
    /// `workflow::forget::session::delete` of a plan whose digest was confirmed.
    EraseFavorites {
        /// What was found.
        looked: Box<Looked>,
        /// Which of its offers.
        chosen: Vec<usize>,
        /// The plan shown.
        plan: Box<forget::Plan>,
        /// The digest confirmed.
        confirmed: String,
    },
    /// `workflow::forget::restore::list`.
    SavedGroups,
    /// `workflow::forget::restore::session::plan`.
    PlanRestore {
        /// The run before which it was saved.
        run: String,
        /// The group.
        group: String,
    },
    /// `workflow::forget::restore::session::carry_out` of a plan whose digest was confirmed.
    Restore {
        /// The plan shown, and where it would be written.
        restoring: Box<Restoring>,
        /// The digest confirmed.
        confirmed: String,
    },
    /// Record that identifiers were shown in full (`workflow::access::record_reveal`): what and where,
    /// never the values.
    RecordReveal(String),
}

impl TaskRequest {
    /// True for work that may change something in an outside system: it is never dropped half-way.
    pub fn mutates(&self) -> bool {
        matches!(
            self,
            TaskRequest::Submit { .. }
                | TaskRequest::Release(_)
                | TaskRequest::Look { fetch: true }
                | TaskRequest::ImportCertificate(_)
                | TaskRequest::CreateExport(_)
                | TaskRequest::DeleteExportJob(_)
                | TaskRequest::DeleteExportFiles(_)
                | TaskRequest::EraseFavorites { .. }
                | TaskRequest::Restore { .. }
        )
    }

    /// What its row in the task table says; no personal data.
    pub fn title(&self) -> String {
        match self {
            TaskRequest::Search(identifiers) => {
                format!(
                    "subject search, {}",
                    counted(identifiers.len(), "identifier", "identifiers")
                )
            }
            TaskRequest::Plan(_) => "preview".to_owned(),
            TaskRequest::Submit { plan, .. } => {
                format!("submit {} × {}", plan.calls.len(), plan.proposal.kind)
            }
            TaskRequest::FindFavorites { searches, .. } => {
                format!("forget-me scan, {}", counted(searches.len(), "person", "people"))
            }
            TaskRequest::EraseFavorites { plan, .. } => {
                format!(
                    "forget-me deletion, {}",
                    counted(plan.offers.len(), "setting", "settings")
                )
            }
            TaskRequest::LocalQueue => "queue from the store".to_owned(),
            TaskRequest::RefreshQueue => "queue refresh".to_owned(),
            TaskRequest::Detail { id, .. } => format!("detail of {id}"),
            TaskRequest::Download { id } => format!("results of {id}"),
            TaskRequest::OpenArchive(_) => "open archive".to_owned(),
            TaskRequest::ReadEntry { .. } => "read entry".to_owned(),
            TaskRequest::Look { .. } => "look at open requests".to_owned(),
            TaskRequest::Reconcile(_) => "settle unknown outcomes".to_owned(),
            TaskRequest::Decide { .. } => "record a decision".to_owned(),
            TaskRequest::Withdraw(_) => "withdraw".to_owned(),
            TaskRequest::Release(_) => "send what waited".to_owned(),
            TaskRequest::Cases { .. } => "cases from the store".to_owned(),
            TaskRequest::Caseless => "requests without a case".to_owned(),
            TaskRequest::WithoutCase => "list of requests without a case".to_owned(),
            TaskRequest::LinkCase { request, .. } => format!("{request} into a case"),
            TaskRequest::ReadRegister => "register of erased people".to_owned(),
            TaskRequest::Recheck => "search again for what was erased".to_owned(),
            TaskRequest::Case(id) => format!("case {id}"),
            TaskRequest::CaseAct { id, act } => {
                format!("case {}: {}", id.as_deref().unwrap_or("new"), act.verb())
            }
            TaskRequest::CaseSearch(id) => format!("search for case {id}"),
            TaskRequest::CaseLedger(id) => format!("ledger of case {id}"),
            TaskRequest::CaseReport => "times of answers".to_owned(),
            TaskRequest::CheckAccess => "check of permissions".to_owned(),
            TaskRequest::ReadExports => "exports".to_owned(),
            TaskRequest::ExportJob(id) => format!("export job {id}"),
            TaskRequest::PlanExport(_) => "preview of an export job".to_owned(),
            TaskRequest::CreateExport(_) => "create an export job".to_owned(),
            TaskRequest::DeleteExportJob(_) => "delete an export job".to_owned(),
            TaskRequest::PlanFileDeletion { .. } => "preview of a deletion".to_owned(),
            TaskRequest::DeleteExportFiles(deletion) => {
                let files = counted(deletion.files.len(), "export file", "export files");
                format!("delete {files}")
            }
            TaskRequest::DownloadExports(files) => {
                format!("download {}", counted(files.len(), "export file", "export files"))
            }
            TaskRequest::CertificatePlace(_) => "place for a certificate".to_owned(),
            TaskRequest::NewCertificate { .. } => MAKING.to_owned(),
            TaskRequest::CheckCertificate(_) => "check of a certificate".to_owned(),
            TaskRequest::PlanCertificate(_) => "preview of an upload".to_owned(),
            TaskRequest::ImportCertificate(_) => "upload of a certificate".to_owned(),
            TaskRequest::DecryptExports { files, .. } => {
                format!("decrypt {}", counted(files.len(), "file", "files"))
            }
            TaskRequest::ReadRecords { .. } => "read records".to_owned(),
            TaskRequest::SavedGroups => "saved groups from the store".to_owned(),
            TaskRequest::PlanRestore { group, .. } => format!("compare {}", clean(group)),
            TaskRequest::Restore { restoring, .. } => {
                format!(
                    "put back {}",
                    counted(restoring.plan.count(), "setting", "settings")
                )
            }
            TaskRequest::RecordReveal(_) => "record of a reveal".to_owned(),
        }
    }
}
