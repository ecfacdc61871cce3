//! Files fetched from the export service, and certificates uploaded to it.

use std::path::PathBuf;

use jiff::Timestamp;
use rusqlite::Connection;

use super::columns::{micros, time};
use super::error::StoreResult;

/// A file of the export service that was fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportFile {
    /// Its id at the service.
    pub artifact_id: String,
    /// The job that left it.
    pub job_id: Option<String>,
    /// Its name at the service.
    pub name: String,
    /// Where it lies.
    pub path: PathBuf,
    /// Its size.
    pub bytes: u64,
    /// Hex SHA-256.
    pub sha256: String,
    /// When it was fetched.
    pub fetched_at: Timestamp,
    /// When the service deletes it.
    pub expires_at: Option<Timestamp>,
    /// Serial number of the certificate it is encrypted for.
    pub recipient_serial: Option<String>,
    /// What the parts of one split export have in common.
    pub whole: Option<String>,
    /// Which part, from 1.
    pub part: Option<u32>,
    /// Of how many.
    pub parts: Option<u32>,
}

/// A certificate that was uploaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportCertificate {
    /// Name of the file.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// Serial number.
    pub serial: String,
    /// Valid from.
    pub not_before: Timestamp,
    /// Valid until.
    pub not_after: Timestamp,
    /// Hex SHA-256 over the certificate.
    pub fingerprint: String,
    /// When it was uploaded.
    pub uploaded_at: Timestamp,
}

/// All files that were fetched.
pub(crate) fn files(connection: &Connection) -> StoreResult<Vec<ExportFile>> {
    let mut statement = connection.prepare_cached(
        "SELECT artifact_id, job_id, name, path, bytes, sha256, fetched_at, expires_at, recipient_serial,
                whole, part, parts
         FROM export_files ORDER BY fetched_at, artifact_id",
    )?;
    let rows = statement.query_map([], |row| {
        Ok(ExportFile {
            artifact_id: row.get(0)?,
            job_id: row.get(1)?,
            name: row.get(2)?,
            path: PathBuf::from(row.get::<_, String>(3)?),
            bytes: row.get::<_, i64>(4)?.unsigned_abs(),
            sha256: row.get(5)?,
            fetched_at: time(row.get(6)?).unwrap_or_default(),
            expires_at: time(row.get(7)?),
            recipient_serial: row.get(8)?,
            whole: row.get(9)?,
            part: row.get(10)?,
            parts: row.get(11)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Remembers a file that was fetched.
pub(crate) fn fetched(connection: &Connection, file: &ExportFile) -> StoreResult<()> {
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO export_files (artifact_id, job_id, name, path, bytes, sha256, fetched_at,
                expires_at, recipient_serial, whole, part, parts)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        )?
        .execute(rusqlite::params![
            file.artifact_id,
            file.job_id,
            file.name,
            file.path.to_string_lossy(),
            file.bytes.cast_signed(),
            file.sha256,
            micros(file.fetched_at),
            file.expires_at.map(micros),
            file.recipient_serial,
            file.whole,
            file.part,
            file.parts,
        ])?;
    Ok(())
}

/// All certificates that were uploaded, the newest first.
pub(crate) fn certificates(connection: &Connection) -> StoreResult<Vec<ExportCertificate>> {
    let mut statement = connection.prepare_cached(
        "SELECT name, bytes, serial, not_before, not_after, fingerprint, uploaded_at
         FROM export_certificates ORDER BY seq DESC",
    )?;
    let rows = statement.query_map([], |row| {
        Ok(ExportCertificate {
            name: row.get(0)?,
            bytes: row.get::<_, i64>(1)?.unsigned_abs(),
            serial: row.get(2)?,
            not_before: time(row.get(3)?).unwrap_or_default(),
            not_after: time(row.get(4)?).unwrap_or_default(),
            fingerprint: row.get(5)?,
            uploaded_at: time(row.get(6)?).unwrap_or_default(),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Remembers a certificate that was uploaded.
pub(crate) fn uploaded(connection: &Connection, certificate: &ExportCertificate) -> StoreResult<()> {
    connection.execute(
        "INSERT INTO export_certificates (name, bytes, serial, not_before, not_after, fingerprint, uploaded_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        rusqlite::params![
            certificate.name,
            certificate.bytes.cast_signed(),
            certificate.serial,
            micros(certificate.not_before),
            micros(certificate.not_after),
            certificate.fingerprint,
            micros(certificate.uploaded_at),
        ],
    )?;
    Ok(())
}
