//! Work beside Genesys Cloud that takes more than one call: files of the export service, certificates,
//! and records.

use std::path::{Path, PathBuf};

use secrecy::SecretString;
use tokio_util::sync::CancellationToken;

use crate::app::exports::{CheckedCertificate, Gone, MadeCertificate};
use crate::app::msg::TaskOutput;
use crate::app::records::Arrivals;
use crate::crypto::certificate::{self, New};
use crate::crypto::keyring::KeyRing;
use crate::domain::export::{Artifact, Job};
use crate::domain::failure::Failure;
use crate::domain::progress::Listener;
use crate::domain::text::clean;
use crate::workflow::exports::deletion::{self, Deletion};
use crate::workflow::exports::{import, jobs};
use crate::workflow::records::Record;
use crate::workflow::{World, decrypt, keyring, records};

/// The most records that are read for the screen.
const MOST_RECORDS: usize = 5_000;
/// And of how many bytes they may be in all.
const MOST_BYTES: u64 = 16 * 1024 * 1024;

/// Makes a job of a plan that was confirmed.
pub(super) async fn create_job(world: &World, plan: &jobs::JobPlan) -> Result<TaskOutput, Failure> {
    let job = jobs::create(world, plan).await?;
    Ok(TaskOutput::ExportCreated(Box::new(job)))
}

/// Deletes a job.
pub(super) async fn delete_job(world: &World, job: &Job) -> Result<TaskOutput, Failure> {
    jobs::delete(world, job).await?;
    Ok(TaskOutput::ExportDeleted(Gone {
        deleted: 1,
        ..Gone::default()
    }))
}

/// Says what a deletion of files would meet.
pub(super) async fn plan_deletion(
    world: &World,
    files: Vec<Artifact>,
    case: Option<String>,
) -> Result<TaskOutput, Failure> {
    let deletion = deletion::prepare(world, files, case.as_deref()).await?;
    Ok(TaskOutput::FileDeletionPlanned(Box::new(deletion)))
}

/// Deletes files one after the other; those that stayed are told with their reasons.
pub(super) async fn delete_files(
    world: &World,
    deletion: &Deletion,
    listener: &Listener,
) -> Result<TaskOutput, Failure> {
    let deleted = deletion::delete(world, deletion, listener).await?;
    Ok(TaskOutput::ExportDeleted(Gone {
        deleted: deleted.count(),
        failures: deleted.failures(),
        not_sent: deletion.files.len() - deleted.outcomes.len(),
        unrecorded: deleted.unrecorded,
    }))
}

/// Makes a pair and puts it into the key ring. A copy of the certificate that cannot be written does
/// not undo that; it is told.
pub(super) async fn make_certificate(
    world: &World,
    wanted: New,
    out: Option<PathBuf>,
    passphrase: SecretString,
) -> Result<TaskOutput, Failure> {
    let ring = KeyRing::at(&world.vault.keyring);
    // Somebody may have been quicker since the guide looked.
    keyring::ready(&ring, out.as_deref())?;
    let entry = keyring::make(ring, wanted, passphrase, world.clock.now()).await?;
    let not_written = out.and_then(|out| keyring::write_certificate(&entry.certificate, &out).err());
    let end = entry
        .certificate
        .not_after
        .to_zoned(world.settings.time_zone.clone());
    Ok(TaskOutput::CertificateMade(MadeCertificate {
        serial: entry.certificate.serial(),
        until: end.date(),
        certificate: entry.certificate_path,
        not_written,
    }))
}

/// Everything that is wrong with a certificate file; the service is not asked.
pub(super) fn check_certificate(world: &World, path: &Path) -> Result<TaskOutput, Failure> {
    let bytes = decrypt::small_file(path)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    Ok(TaskOutput::CertificateChecked(CheckedCertificate {
        name: clean(&name),
        report: certificate::check(&bytes, world.clock.now()),
    }))
}

/// Reads a certificate from a file of this host and says what an upload of it would mean.
pub(super) async fn plan_certificate(world: &World, path: &Path) -> Result<TaskOutput, Failure> {
    let name = path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let bytes = decrypt::small_file(path)?;
    let plan = import::plan(world, &name, bytes).await?;
    Ok(TaskOutput::CertificatePlanned(Box::new(plan)))
}

/// Decrypts files that are here, with a key of the key ring.
pub(super) async fn decrypt_files(
    world: &World,
    files: Vec<PathBuf>,
    passphrase: SecretString,
    listener: &Listener,
    cancel: &CancellationToken,
) -> Result<TaskOutput, Failure> {
    let request = decrypt::Request {
        files,
        ..decrypt::Request::default()
    };
    let ask = Box::new(move |_: &str| Ok(passphrase.clone()));
    let outcomes = decrypt::decrypt(world, request, ask, listener, cancel).await?;
    Ok(TaskOutput::ExportOpened(outcomes))
}

/// Reads records; that they were opened is recorded.
pub(super) async fn read_records(
    world: &World,
    files: Vec<PathBuf>,
    condition: String,
    arrivals: Arrivals,
    listener: &Listener,
    cancel: &CancellationToken,
) -> Result<TaskOutput, Failure> {
    let conditions = if condition.is_empty() {
        Vec::new()
    } else {
        vec![condition]
    };
    let filter = records::Filter::parse(&conditions)?;
    let filtered = !filter.is_empty();
    let filter = filter.opened_by(world.rest.for_files(&files).await?);
    let request = records::Request {
        files,
        filter,
        limit: MOST_RECORDS,
        most_bytes: MOST_BYTES,
    };
    let heard = move |record: &Record| arrivals.add(record.clone());
    let report = records::read_heard(request.clone(), heard, listener, cancel).await?;
    records::note_opened(world, &request, &report, filtered, false).await?;
    Ok(TaskOutput::Records(Box::new(report)))
}
