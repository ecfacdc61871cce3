//! Keys into the key ring: made here, or brought along. A key lies on disk only encrypted.

use std::path::Path;

use jiff::Timestamp;
use secrecy::SecretString;
use zeroize::Zeroizing;

use crate::config::private;
use crate::crypto::AskPassphrase;
use crate::crypto::certificate::{self, Certificate, New};
use crate::crypto::keyring::{Entry, KeyRing, write_new};
use crate::crypto::keys;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::text::clean;

/// Characters of a passphrase at least: it protects a key that opens personal data.
pub const SHORTEST_PASSPHRASE: usize = 12;

/// Makes a pair and puts it into the ring.
///
/// # Errors
/// A size or name that cannot be, no random numbers, a ring that is open to others.
pub async fn make(
    ring: KeyRing,
    wanted: New,
    passphrase: SecretString,
    now: Timestamp,
) -> Result<Entry, Failure> {
    blocking(move || {
        let made = certificate::make(&wanted, &passphrase, now)?;
        ring.add(&made.key_pem, &made.key, &made.certificate)
    })
    .await
}

/// The content of a key file that only its owner can read.
///
/// # Errors
/// When others can read it, or it cannot be read.
pub fn key_file(path: &Path) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let shown = clean(&path.display().to_string());
    let failed =
        |why: String| Failure::new(FailureKind::Configuration, format!("The key file {shown} {why}."));
    private::check(path).map_err(|why| failed(why).next(format!("Make it private: chmod 600 {shown}")))?;
    keys::small_file(path).map_err(failed)
}

/// True for a key that has a passphrase already.
pub fn is_encrypted(bytes: &[u8]) -> bool {
    keys::encrypted_pem(bytes).is_some()
}

/// Puts an encrypted key into the ring as it is, after its passphrase has opened it.
///
/// # Errors
/// A wrong passphrase, a key that does not fit the certificate, a pair that is there already.
pub async fn add(
    ring: KeyRing,
    bytes: Zeroizing<Vec<u8>>,
    name: String,
    certificate: Certificate,
    mut ask: AskPassphrase,
) -> Result<Entry, Failure> {
    blocking(move || {
        let key = keys::read(&bytes, &name, ask.as_mut())?;
        let pem = keys::encrypted_pem(&bytes).unwrap_or_default();
        ring.add(&pem, &key, &certificate)
    })
    .await
}

/// Puts a key without a passphrase into the ring, encrypted under `passphrase`.
///
/// # Errors
/// As [`add`].
pub async fn add_encrypting(
    ring: KeyRing,
    bytes: Zeroizing<Vec<u8>>,
    name: String,
    certificate: Certificate,
    passphrase: SecretString,
) -> Result<Entry, Failure> {
    blocking(move || {
        let key = keys::read(&bytes, &name, &mut |_| Ok(passphrase.clone()))?;
        let pem = certificate::encrypted(&key, &passphrase)?;
        ring.add(&pem, &key, &certificate)
    })
    .await
}

/// Checks that the ring can take a pair, and that its certificate can be written where a copy is wanted,
/// before one is made or a passphrase is typed for it.
///
/// # Errors
/// What stands in the way. Nothing was made.
pub fn ready(ring: &KeyRing, out: Option<&Path>) -> Result<(), Failure> {
    ring.ready()?;
    out.map_or(Ok(()), free_for_certificate)
}

/// Checks that a certificate can be written there.
///
/// # Errors
/// When something is there already, or there is no such folder. Nothing was made.
fn free_for_certificate(path: &Path) -> Result<(), Failure> {
    let shown = clean(&path.display().to_string());
    if path.symlink_metadata().is_ok() {
        return Err(Failure::new(
            FailureKind::Conflict,
            format!("{shown} is there already; no key was made."),
        )
        .next("Name another file, or move that one away."));
    }
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    if folder.is_dir() {
        return private::can_be_written(folder).map_err(|why| {
            Failure::new(
                FailureKind::Storage,
                format!("{shown} cannot be written ({why}); no key was made."),
            )
            .next("Name another file, or make the folder writable.")
        });
    }
    Err(Failure::new(
        FailureKind::NotFound,
        format!("The folder of {shown} is not there; no key was made."),
    )
    .next("Make the folder first, or name another file."))
}

/// Writes a certificate for the upload; an existing file is not overwritten.
///
/// # Errors
/// When the file is there already or cannot be written.
pub fn write_certificate(certificate: &Certificate, path: &Path) -> Result<(), Failure> {
    write_new(path, certificate.to_pem().as_bytes()).map_err(|error| {
        Failure::new(
            FailureKind::Storage,
            format!(
                "The certificate is in the key ring, but {} could not be written ({}).",
                clean(&path.display().to_string()),
                error.kind()
            ),
        )
        .next("Copy it from the key ring: dsr certificate show")
    })
}

/// Keys are made and opened on a thread of their own: both take a while.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| {
        Err(Failure::new(
            FailureKind::Internal,
            "The work on the key broke off.",
        ))
    })
}
