//! The file that holds the key of a store: PKCS#8 in PEM, encrypted with a passphrase (PBES2 with scrypt
//! and AES-256) or as it is. It is written whole beside itself and then renamed: at no moment is
//! there no key.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use der::asn1::OctetStringRef;
use der::{Decode, Encode};
use pkcs8::spki::AlgorithmIdentifierRef;
use pkcs8::{EncryptedPrivateKeyInfoRef, LineEnding, ObjectIdentifier, PrivateKeyInfoRef, SecretDocument};
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use super::RestKey;
use crate::config::wiped;
use crate::crypto::random::SystemRandom;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::text::clean;

/// The bytes are those of a private key of X25519: every tool that knows PKCS#8 knows the form.
const ALGORITHM: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.110");
/// No key file is larger.
const LARGEST: usize = 16 * 1024;

/// How a key is kept.
#[derive(Clone, Debug)]
pub enum Protection {
    /// Encrypted with this passphrase.
    Passphrase(SecretString),
    /// As it is, in a file that only its owner can read.
    File,
}

/// The file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyFile {
    path: PathBuf,
    shared: bool,
}

impl KeyFile {
    /// The file of a store. Where several operators share it, its group may read it too.
    pub fn at(path: PathBuf, shared: bool) -> KeyFile {
        KeyFile { path, shared }
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn mode(&self) -> u32 {
        if self.shared { 0o660 } else { 0o600 }
    }

    /// How the key is kept: `passphrase` or `file`; `None` when there is none.
    ///
    /// # Errors
    /// When it cannot be read, or others can read it.
    pub fn protection(&self) -> Result<Option<&'static str>, Failure> {
        Ok(read(self)?.map(|content| match is_wrapped(&content) {
            true => "passphrase",
            false => "file",
        }))
    }

    /// Makes a key and writes it; a file that is there is never written over.
    ///
    /// # Errors
    /// When there is one already, or it cannot be written.
    pub fn create(&self, keep: &Protection) -> Result<RestKey, Failure> {
        let path = &self.path;
        let key = RestKey::generate().map_err(|_| {
            Failure::new(
                FailureKind::Internal,
                "The operating system has no random numbers.",
            )
        })?;
        let content = wrap(&key, keep)?;
        // Whole before it has its name: nobody ever reads half a key, and of two who make one at the
        // same time one wins.
        let beside = beside(path, &format!("{}.new", std::process::id()));
        let made = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(self.mode())
            .open(&beside);
        let written = made
            .and_then(|mut file| {
                // The mask of the process may take away what a shared store's group needs.
                file.set_permissions(fs::Permissions::from_mode(self.mode()))?;
                file.write_all(&content)?;
                file.sync_all()
            })
            .and_then(|()| fs::hard_link(&beside, path));
        let _ = fs::remove_file(&beside);
        if let Err(error) = written {
            return Err(match error.kind() {
                io::ErrorKind::AlreadyExists => Failure::new(
                    FailureKind::Conflict,
                    format!("A key is there already: {}.", shown(path)),
                ),
                _ => unusable(path, "written", &error),
            });
        }
        sync_directory(path);
        Ok(key)
    }

    /// Reads the key; `None` when there is none. `passphrase` is asked for only where it is needed.
    ///
    /// # Errors
    /// A wrong passphrase, a damaged file, a file that others can read. Nothing is changed.
    pub fn load(
        &self,
        passphrase: &mut dyn FnMut() -> Result<SecretString, Failure>,
    ) -> Result<Option<RestKey>, Failure> {
        let path = &self.path;
        let Some(content) = read(self)? else {
            return Ok(None);
        };
        unwrap(path, &content, passphrase).map(Some)
    }

    /// Keeps the same key in another way: another passphrase, or none. What is encrypted stays readable.
    ///
    /// # Errors
    /// When it cannot be written; the file is then as it was.
    pub fn rewrap(&self, key: &RestKey, keep: &Protection) -> Result<(), Failure> {
        let path = &self.path;
        let content = wrap(key, keep)?;
        let beside = beside(path, "new");
        let _ = fs::remove_file(&beside);
        let written = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(self.mode())
            .open(&beside)
            .and_then(|mut file| {
                // The mask of the process may take away what a shared store's group needs.
                file.set_permissions(fs::Permissions::from_mode(self.mode()))?;
                file.write_all(&content)?;
                file.sync_all()
            })
            .and_then(|()| fs::rename(&beside, path));
        if let Err(error) = written {
            let _ = fs::remove_file(&beside);
            return Err(unusable(path, "written", &error));
        }
        sync_directory(path);
        Ok(())
    }
}

fn wrap(key: &RestKey, keep: &Protection) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let defect = |_| Failure::new(FailureKind::Internal, "The key could not be written down.");
    let der = |error: der::Error| defect(pkcs8::Error::from(error));
    let inner = OctetStringRef::new(&*key.secret).map_err(der)?;
    let inner = Zeroizing::new(inner.to_der().map_err(der)?);
    let algorithm = AlgorithmIdentifierRef {
        oid: ALGORITHM,
        parameters: None,
    };
    let info = PrivateKeyInfoRef::new(algorithm, OctetStringRef::new(&inner).map_err(der)?);
    let pem = match keep {
        Protection::File => {
            let plain = SecretDocument::try_from(&info).map_err(defect)?;
            plain.to_pem("PRIVATE KEY", LineEnding::LF).map_err(der)?
        }
        Protection::Passphrase(passphrase) => {
            let sealed = info
                .encrypt_with_rng(&mut SystemRandom, passphrase.expose_secret())
                .map_err(defect)?;
            sealed
                .to_pem("ENCRYPTED PRIVATE KEY", LineEnding::LF)
                .map_err(der)?
        }
    };
    Ok(Zeroizing::new(pem.as_bytes().to_vec()))
}

/// The key in the text of a file.
fn unwrap(
    path: &Path,
    content: &[u8],
    passphrase: &mut dyn FnMut() -> Result<SecretString, Failure>,
) -> Result<RestKey, Failure> {
    let text = std::str::from_utf8(content).map_err(|_| damaged(path))?;
    let (label, document) = SecretDocument::from_pem(text).map_err(|_| damaged(path))?;
    let plain = match label {
        "PRIVATE KEY" => document,
        "ENCRYPTED PRIVATE KEY" => {
            let sealed =
                EncryptedPrivateKeyInfoRef::try_from(document.as_bytes()).map_err(|_| damaged(path))?;
            let passphrase = passphrase()?;
            let opened = sealed.decrypt(passphrase.expose_secret());
            // A wrong passphrase may, rarely, give something: then it is no key.
            let opened = opened.ok().filter(|plain| secret_of(plain.as_bytes()).is_some());
            opened.ok_or_else(|| wrong(path))?
        }
        _ => return Err(damaged(path)),
    };
    secret_of(plain.as_bytes())
        .map(RestKey::of)
        .ok_or_else(|| damaged(path))
}

fn secret_of(der: &[u8]) -> Option<Zeroizing<[u8; 32]>> {
    let info = PrivateKeyInfoRef::try_from(der).ok()?;
    let inner = <&OctetStringRef>::from_der(info.private_key.as_bytes()).ok()?;
    let bytes: [u8; 32] = inner.as_bytes().try_into().ok()?;
    (info.algorithm.oid == ALGORITHM).then(|| Zeroizing::new(bytes))
}

fn wrong(path: &Path) -> Failure {
    Failure::new(
        FailureKind::Permission,
        format!("The passphrase does not open the key {}.", shown(path)),
    )
    .next("Try again; without it nobody can read what is encrypted.")
}

fn is_wrapped(content: &[u8]) -> bool {
    content.starts_with(b"-----BEGIN ENCRYPTED PRIVATE KEY-----")
}

fn read(key: &KeyFile) -> Result<Option<Zeroizing<Vec<u8>>>, Failure> {
    let path = &key.path;
    let file = match fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unusable(path, "read", &error)),
    };
    let mode = file
        .metadata()
        .map_err(|error| unusable(path, "read", &error))?
        .permissions()
        .mode();
    if mode & !key.mode() & 0o777 != 0 {
        let shown = shown(path);
        return Err(Failure::new(
            FailureKind::Storage,
            format!("The key {shown} can be read by others (mode {:o}).", mode & 0o777),
        )
        .next(format!("chmod {:o} {shown}", key.mode())));
    }
    let content = wiped::all(file, LARGEST).map_err(|error| unusable(path, "read", &error))?;
    content.ok_or_else(|| damaged(path)).map(Some)
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{ending}"));
    PathBuf::from(name)
}

fn sync_directory(path: &Path) {
    // The name is durable once the directory is; a file system that cannot do this says so nowhere.
    if let Some(directory) = path.parent().and_then(|parent| fs::File::open(parent).ok()) {
        let _ = directory.sync_all();
    }
}

fn shown(path: &Path) -> String {
    clean(&path.display().to_string())
}

fn damaged(path: &Path) -> Failure {
    Failure::new(
        FailureKind::Storage,
        format!("The key {} is damaged.", shown(path)),
    )
    .next("Put a copy of it back. It is left as it is; without it nobody can read what is encrypted.")
}

fn unusable(path: &Path, what: &str, error: &io::Error) -> Failure {
    Failure::new(
        FailureKind::Storage,
        format!("The key {} cannot be {what} ({}).", shown(path), error.kind()),
    )
}

#[cfg(test)]
mod tests;
