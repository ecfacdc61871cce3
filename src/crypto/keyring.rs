//! The key ring: every key that files may still be encrypted for, with its certificate. Keys stay
//! when the service gets another certificate, since its files of the last thirty days need them. A
//! key lies there only encrypted.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::certificate::Certificate;
use super::keys::{PrivateKey, small_file};
use super::pem;
use crate::config::private;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::text::clean;

/// Entries of one ring.
const MOST: usize = 1000;

/// The folder.
#[derive(Clone, Debug)]
pub struct KeyRing {
    directory: PathBuf,
}

/// One key with its certificate.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The certificate.
    pub certificate: Certificate,
    /// Where its encrypted key lies.
    pub key: PathBuf,
    /// Where the certificate lies.
    pub certificate_path: PathBuf,
}

impl KeyRing {
    /// The ring in `directory`, which need not exist yet.
    pub fn at(directory: impl Into<PathBuf>) -> KeyRing {
        KeyRing {
            directory: directory.into(),
        }
    }

    /// Where it lies.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// All entries, the one that is valid longest first.
    ///
    /// # Errors
    /// A folder or key that others can read, or a damaged certificate.
    pub fn entries(&self) -> Result<Vec<Entry>, Failure> {
        let listed = match std::fs::read_dir(&self.directory) {
            Ok(listed) => listed,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(self.failed(&format!("cannot be read ({})", error.kind()))),
        };
        self.check_directory()?;
        let mut entries = Vec::new();
        for file in listed.flatten().take(MOST * 2) {
            let path = file.path();
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            let Some(stem) = name.strip_suffix(".cert.pem") else {
                continue;
            };
            let shown = clean(&path.display().to_string());
            let bytes = small_file(&path).map_err(|why| self.failed(&format!("{shown} {why}")))?;
            let key = self.directory.join(format!("{stem}.key.pem"));
            if let Err(why) = private::check(&key) {
                let shown = clean(&key.display().to_string());
                return Err(
                    Failure::new(FailureKind::Configuration, format!("The key {shown} {why}."))
                        .next(format!("Make it private: chmod 600 {shown}")),
                );
            }
            entries.push(Entry {
                certificate: Certificate::read(&bytes, &shown)?,
                key,
                certificate_path: path,
            });
        }
        entries.sort_by_key(|entry| std::cmp::Reverse(entry.certificate.not_after));
        Ok(entries)
    }

    /// Adds a pair; the key must already be encrypted. What is there is never overwritten.
    ///
    /// # Errors
    /// When the two do not belong together, the key is not encrypted, or the pair is there already.
    pub fn add(&self, key_pem: &str, key: &PrivateKey, certificate: &Certificate) -> Result<Entry, Failure> {
        if key.public() != certificate.public() {
            return Err(Failure::new(
                FailureKind::Usage,
                "The private key and the certificate do not belong together.",
            )
            .next("Name the certificate that was made for this key."));
        }
        let encrypted = pem::blocks(key_pem.as_bytes());
        if encrypted.len() != 1 || encrypted[0].label != "ENCRYPTED PRIVATE KEY" {
            return Err(Failure::new(
                FailureKind::Internal,
                "A key comes into the ring only encrypted.",
            ));
        }
        self.prepare()?;
        let stem = format!("{}-{}", certificate.serial(), &certificate.fingerprint()[..12]);
        let key_path = self.directory.join(format!("{stem}.key.pem"));
        let certificate_path = self.directory.join(format!("{stem}.cert.pem"));
        write_new(&key_path, key_pem.as_bytes()).map_err(|error| self.not_written(&error))?;
        if let Err(error) = write_new(&certificate_path, certificate.to_pem().as_bytes()) {
            let _ = std::fs::remove_file(&key_path);
            return Err(self.not_written(&error));
        }
        super::release::settle(&self.directory);
        Ok(Entry {
            certificate: certificate.clone(),
            key: key_path,
            certificate_path,
        })
    }

    /// Makes the folder where it is not there, and looks whether a pair can be put into it.
    ///
    /// # Errors
    /// When it cannot be made or written, or is open to others.
    pub fn ready(&self) -> Result<(), Failure> {
        self.prepare()?;
        private::can_be_written(&self.directory)
            .map_err(|why| self.failed(&format!("cannot be written ({why})")))
    }

    fn prepare(&self) -> Result<(), Failure> {
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&self.directory)
            .map_err(|error| self.failed(&format!("cannot be made ({})", error.kind())))?;
        self.check_directory()
    }

    fn check_directory(&self) -> Result<(), Failure> {
        let shown = clean(&self.directory.display().to_string());
        let meta = std::fs::metadata(&self.directory)
            .map_err(|error| self.failed(&format!("cannot be looked at ({})", error.kind())))?;
        if meta.mode() & 0o077 != 0 {
            return Err(self
                .failed("is open to others")
                .next(format!("Make it private: chmod 700 {shown}")));
        }
        Ok(())
    }

    fn not_written(&self, error: &std::io::Error) -> Failure {
        match error.kind() {
            std::io::ErrorKind::AlreadyExists => Failure::new(
                FailureKind::Conflict,
                "This certificate is in the key ring already.",
            )
            .next("See the key ring with: dsr certificate show"),
            kind => self.failed(&format!("cannot be written ({kind})")),
        }
    }

    fn failed(&self, why: &str) -> Failure {
        let shown = clean(&self.directory.display().to_string());
        Failure::new(FailureKind::Configuration, format!("The key ring {shown} {why}."))
            .next("Check the owner and the mode of the folder.")
    }
}

/// Writes a file that was not there, for its owner alone, and makes it last.
pub fn write_new(path: &Path, content: &[u8]) -> std::io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    let written = file.write_all(content).and_then(|()| file.sync_all());
    if written.is_err() {
        let _ = std::fs::remove_file(path);
    }
    written
}
