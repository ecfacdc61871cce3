//! What became of jobs, files and certificates of the export service; each failure is a notice of its
//! own.

use crate::app::msg::TaskOutput;
use crate::app::shared::Shared;
use crate::app::time::counted;
use crate::domain::failure::Failure;

/// What became of a deletion at the service.
#[derive(Clone, Debug, Default)]
pub struct Gone {
    /// How many are gone.
    pub deleted: usize,
    /// Why others may still be there.
    pub failures: Vec<Failure>,
    /// Those for which nothing was sent, after an outcome that is not known.
    pub not_sent: usize,
    /// Why the case could not take the result over.
    pub unrecorded: Option<Failure>,
}

impl Gone {
    /// In the task's row.
    pub(in crate::app) fn words(&self) -> String {
        let mut words = format!("{} deleted", self.deleted);
        if !self.failures.is_empty() {
            words.push_str(&format!(", {} not or not known", self.failures.len()));
        }
        if self.not_sent > 0 {
            words.push_str(&format!(", {} not sent", self.not_sent));
        }
        if self.unrecorded.is_some() {
            words.push_str(", not in the case");
        }
        words
    }
}

/// Says it, and reads again what it changed.
pub(in crate::app) fn tell(output: &TaskOutput, shared: &mut Shared) {
    let now = shared.now;
    match output {
        TaskOutput::ExportCreated(job) => shared.inform(format!("export job {} was created", job.id)),
        TaskOutput::ExportFiles(fetched) => {
            for failure in fetched.iter().filter_map(|one| one.result.as_ref().err()) {
                shared.notices.fail(now, "download of an export file", failure);
            }
            if fetched.iter().any(|one| one.result.is_ok()) {
                shared.inform(
                    "export files are here, encrypted; what is in them is the operator's responsibility now",
                );
            }
        }
        TaskOutput::ExportOpened(outcomes) => {
            for (_, result) in outcomes {
                match result {
                    Ok(opened) => {
                        let place = opened.files.first().and_then(|path| path.parent());
                        let place = place.map(|place| place.display().to_string()).unwrap_or_default();
                        let files = counted(opened.files.len(), "file", "files");
                        shared.inform(format!("{files} decrypted into {place}"));
                    }
                    Err(failure) => shared.notices.fail(now, "decryption", failure),
                }
            }
            return;
        }
        TaskOutput::ExportDeleted(gone) => {
            for failure in &gone.failures {
                shared
                    .notices
                    .fail(now, "deletion at the export service", failure);
            }
            if let Some(failure) = &gone.unrecorded {
                shared.notices.fail(now, "result for the case", failure);
            }
        }
        TaskOutput::CertificateMade(made) => {
            shared.inform(format!(
                "a pair with serial {} is in the key ring, valid until {}; without its passphrase nothing opens",
                made.serial, made.until
            ));
            if let Some(failure) = &made.not_written {
                shared.notices.fail(now, "copy of the certificate", failure);
            }
            return;
        }
        TaskOutput::CertificateImported(state) => shared.inform(state.words()),
        _ => return,
    }
    shared.read_exports();
}
