//! From the wish of the console to the workflow function that fulfils it. One call each.

mod beside;
mod on_cases;
mod on_favorites;

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use crate::app::effect::TaskRequest;
use crate::app::msg::TaskOutput;
use crate::crypto::keyring::KeyRing;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::progress::Listener;
use crate::workflow::exports::{download as export_download, import, jobs, overview};
use crate::workflow::{
    World, access, archive, download, evidence, keyring, plan, queue, reconcile, search, submit, watch,
};

/// The longest text of an archive's entry that is read for the screen.
const LONGEST_ENTRY: u64 = 1024 * 1024;

/// True for work that is never left half-way, whatever happens to the console: what may change an
/// outside system, and what writes down a person's decision.
pub fn must_finish(request: &TaskRequest) -> bool {
    request.mutates()
        || matches!(
            request,
            TaskRequest::Decide { .. }
                | TaskRequest::Withdraw(_)
                | TaskRequest::CaseAct { .. }
                | TaskRequest::RecordReveal(_)
                | TaskRequest::NewCertificate { .. }
        )
}

/// Does the work in `world`.
pub async fn run(
    world: Arc<World>,
    request: TaskRequest,
    listener: Listener,
    cancel: CancellationToken,
) -> Result<TaskOutput, Failure> {
    let world = &*world;
    let (listener, cancel) = (&listener, &cancel);
    Ok(match request {
        TaskRequest::Search(identifiers) => {
            TaskOutput::Searched(search::search(world, &identifiers, listener, cancel).await?)
        }
        TaskRequest::Plan(proposal) => TaskOutput::Planned(plan::prepare(world, *proposal).await?),
        TaskRequest::Submit { plan, confirmed } => {
            TaskOutput::Submitted(submit::execute(world, &plan, &confirmed, listener, cancel).await?)
        }
        TaskRequest::LocalQueue => TaskOutput::Queue(queue::local(world).await?),
        TaskRequest::RefreshQueue => TaskOutput::Queue(queue::refresh(world, listener, cancel).await?),
        TaskRequest::Detail { id, look } => TaskOutput::Detail(queue::detail(world, &id, look).await?),
        TaskRequest::Download { id } => {
            TaskOutput::Downloaded(download::fetch(world, &id, None, listener, cancel).await?)
        }
        TaskRequest::OpenArchive(path) => {
            let rest = world.rest.clone();
            let opened = move || archive::open(&path, rest.for_file(&path)?.as_deref());
            let view = blocking(opened).await?;
            evidence::record(world, archive::OPENED, archive::facts_of(&view, "list")).await?;
            TaskOutput::Archive(view)
        }
        TaskRequest::ReadEntry { path, name } => entry(world, path, name).await?,
        TaskRequest::Look { fetch } => {
            TaskOutput::Looked(watch::look(world, &[], fetch, listener, cancel).await?)
        }
        TaskRequest::Reconcile(ids) => {
            TaskOutput::Reconciled(reconcile::run(world, &ids, None, cancel).await?)
        }
        TaskRequest::Decide {
            operation_id,
            remote_id,
        } => TaskOutput::Operation(reconcile::decide(world, &operation_id, remote_id.as_deref()).await?),
        TaskRequest::Withdraw(id) => TaskOutput::Operation(submit::withdraw(world, &id).await?),
        TaskRequest::Release(id) => TaskOutput::Operation(submit::release(world, &id, cancel).await?),
        TaskRequest::CheckAccess => TaskOutput::Access(access::check(world).await?),
        TaskRequest::ReadExports => TaskOutput::Exports(Box::new(overview::read(world, listener).await?)),
        TaskRequest::ExportJob(id) => TaskOutput::ExportJob(Box::new(jobs::show(world, &id).await?)),
        TaskRequest::PlanExport(job) => TaskOutput::ExportPlanned(jobs::plan(world, *job).await?),
        TaskRequest::CreateExport(plan) => beside::create_job(world, &plan).await?,
        TaskRequest::DeleteExportJob(job) => beside::delete_job(world, &job).await?,
        TaskRequest::PlanFileDeletion { files, case } => beside::plan_deletion(world, files, case).await?,
        TaskRequest::DeleteExportFiles(deletion) => beside::delete_files(world, &deletion, listener).await?,
        TaskRequest::DownloadExports(files) => TaskOutput::ExportFiles(
            export_download::fetch(world, files, None, export_download::PARALLEL, listener, cancel).await?,
        ),
        TaskRequest::CertificatePlace(out) => {
            let ring = KeyRing::at(&world.vault.keyring);
            TaskOutput::CertificatePlace(keyring::ready(&ring, out.as_deref()))
        }
        TaskRequest::NewCertificate {
            wanted,
            out,
            passphrase,
        } => beside::make_certificate(world, wanted, out, passphrase).await?,
        TaskRequest::CheckCertificate(path) => beside::check_certificate(world, &path)?,
        TaskRequest::PlanCertificate(path) => beside::plan_certificate(world, &path).await?,
        TaskRequest::ImportCertificate(plan) => {
            TaskOutput::CertificateImported(Box::new(import::import(world, &plan).await?))
        }
        TaskRequest::DecryptExports { files, passphrase } => {
            beside::decrypt_files(world, files, passphrase, listener, cancel).await?
        }
        TaskRequest::ReadRecords {
            files,
            condition,
            arrivals,
        } => beside::read_records(world, files, condition, arrivals, listener, cancel).await?,
        TaskRequest::RecordReveal(place) => {
            access::record_reveal(world, &place).await?;
            TaskOutput::Nothing
        }
        request => match on_favorites::run(world, request, listener, cancel).await? {
            Ok(output) => output,
            Err(request) => on_cases::run(world, request, listener, cancel).await?,
        },
    })
}

/// One entry of an archive as text; that it was read is recorded.
async fn entry(world: &World, path: std::path::PathBuf, name: String) -> Result<TaskOutput, Failure> {
    let wanted = name.clone();
    let rest = world.rest.clone();
    let read = move || archive::read_entry(&path, &wanted, LONGEST_ENTRY, rest.for_file(&path)?.as_deref());
    let text = blocking(read).await?;
    evidence::record(world, archive::OPENED, archive::facts_of_entry(&text)).await?;
    Ok(TaskOutput::Entry { name, text })
}

/// Archives are read on a thread that may block.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(_) => Err(Failure::new(
            FailureKind::Internal,
            "Reading the archive broke off.",
        )),
    }
}
