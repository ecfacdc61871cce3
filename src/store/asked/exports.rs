//! The export service.

use jiff::Timestamp;

use crate::domain::actor::Actor;
use crate::domain::failure::Failure;
use crate::store::error::StoreError;
use crate::store::evidence::{self, Entry};
use crate::store::{ExportCertificate, ExportFile, Store, exports};

impl Store {
    /// Files of the export service that were fetched.
    pub(crate) async fn export_files(&self) -> Result<Vec<ExportFile>, Failure> {
        self.read(|connection| exports::files(connection)).await
    }

    /// Certificates that were uploaded, the newest first.
    pub(crate) async fn export_certificates(&self) -> Result<Vec<ExportCertificate>, Failure> {
        self.read(|connection| exports::certificates(connection)).await
    }

    /// Remembers a file that was fetched, and records it.
    pub(crate) async fn export_fetched(
        &self,
        actor: &Actor,
        file: ExportFile,
        now: Timestamp,
    ) -> Result<(), Failure> {
        self.write(actor, now, move |connection, scene| {
            exports::fetched(connection, &file)?;
            let entry = Entry {
                action: "export.download",
                operation_id: None,
                actor: &scene.actor,
                facts: serde_json::json!({
                    "artifact_id": file.artifact_id,
                    "bytes": file.bytes,
                    "sha256": file.sha256,
                    "recipient_serial": file.recipient_serial,
                }),
            };
            evidence::put(connection, &scene.origin, &entry, scene.now)
        })
        .await
        .map_err(StoreError::into_failure)
    }

    /// Remembers a certificate that was uploaded.
    pub(crate) async fn export_certificate_uploaded(
        &self,
        actor: &Actor,
        certificate: ExportCertificate,
        now: Timestamp,
    ) -> Result<(), Failure> {
        self.write(actor, now, move |connection, _| {
            exports::uploaded(connection, &certificate)
        })
        .await
        .map_err(StoreError::into_failure)
    }
}
