//! Encryption at rest of a world: its key, opened when it is first needed, and the register of
//! suppressed identifiers, which is encrypted in any case.

mod convert;
mod left;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use secrecy::SecretString;
use serde_json::json;

use super::{World, evidence};
use crate::crypto::rest::{self, KeyFile, Protection, Register, RestKey};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::sealing::SharedSeal;
pub use convert::{Converted, convert};
pub use left::{LeftBehind, finish, left_behind};

/// Gives the passphrase, from where the configuration says or from a person. Blocking.
pub type Passphrase = Arc<dyn Fn() -> Result<SecretString, Failure> + Send + Sync>;

/// Key and register of a world.
#[derive(Clone)]
pub struct AtRest {
    file: KeyFile,
    register: Register,
    passphrase: Passphrase,
    whence: String,
    opened: Arc<Mutex<Option<Arc<RestKey>>>>,
}

impl fmt::Debug for AtRest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AtRest")
            .field("file", &self.file)
            .finish_non_exhaustive()
    }
}

impl AtRest {
    /// What lies beside a store. Stores that share a folder have keys and registers of their own.
    pub fn beside(store: &Path, shared: bool) -> AtRest {
        let folder = store.parent().unwrap_or(Path::new("."));
        let stem = store
            .file_stem()
            .and_then(|stem| stem.to_str())
            .unwrap_or("store");
        AtRest {
            file: KeyFile::at(folder.join(format!("{stem}.key")), shared),
            register: Register::within(folder.join(format!("{stem}.suppressed"))),
            passphrase: Arc::new(|| Err(locked())),
            whence: "nobody gives it".to_owned(),
            opened: Arc::default(),
        }
    }

    /// The same with a way to the passphrase, and that way in words (`it is read from …`).
    #[must_use]
    pub fn asking(mut self, way: (Passphrase, String)) -> AtRest {
        (self.passphrase, self.whence) = way;
        self
    }

    /// Where the passphrase comes from, in words.
    pub fn whence(&self) -> &str {
        &self.whence
    }

    /// The key's file.
    pub fn file(&self) -> &KeyFile {
        &self.file
    }

    /// The register.
    pub fn register(&self) -> Register {
        self.register.clone()
    }

    /// The key, if there is one. Blocking: it may ask for the passphrase, and deriving takes a moment.
    ///
    /// # Errors
    /// As [`KeyFile::load`].
    pub fn key(&self) -> Result<Option<Arc<RestKey>>, Failure> {
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if opened.is_none() {
            let passphrase = &self.passphrase;
            *opened = self.file.load(&mut || passphrase())?.map(Arc::new);
        }
        Ok(opened.clone())
    }

    /// The key as a store wants it.
    ///
    /// # Errors
    /// As [`AtRest::key`].
    pub fn seal(&self) -> Result<Option<SharedSeal>, Failure> {
        Ok(self.key()?.map(|key| SharedSeal(key)))
    }

    /// The key of a file that is encrypted; `None` for one that is not.
    ///
    /// # Errors
    /// As [`AtRest::key`].
    pub fn for_file(&self, path: &Path) -> Result<Option<Arc<RestKey>>, Failure> {
        match rest::is_encrypted(path) {
            Ok(true) => self.key(),
            // Whoever opens it says what is wrong with it.
            _ => Ok(None),
        }
    }

    /// As [`AtRest::for_file`], of the first of these that is encrypted.
    ///
    /// # Errors
    /// As [`AtRest::key`].
    pub async fn for_files(&self, files: &[PathBuf]) -> Result<Option<Arc<RestKey>>, Failure> {
        let (own, files) = (self.clone(), files.to_vec());
        blocking(move || {
            let encrypted = files
                .iter()
                .find(|path| rest::is_encrypted(path).unwrap_or(false));
            encrypted.map_or(Ok(None), |path| own.for_file(path))
        })
        .await
    }

    /// Encrypts a file of personal data when the store is encrypted (`on`). Blocking.
    ///
    /// # Errors
    /// When the key cannot be opened, or the file not be written.
    pub fn protect(&self, path: &Path, on: bool) -> Result<(), Failure> {
        if !on {
            return Ok(());
        }
        let key = self.key()?.ok_or_else(locked)?;
        rest::encrypt_in_place(&key, path)
    }

    /// The key that there is, kept like this from now on; a new one where there is none.
    fn key_kept(&self, keep: Option<Protection>) -> Result<Arc<RestKey>, Failure> {
        let found = self.key()?;
        match (found, keep) {
            (Some(key), None) => Ok(key),
            (Some(key), Some(keep)) => {
                self.file.rewrap(&key, &keep)?;
                Ok(key)
            }
            (None, Some(keep)) => {
                let key = Arc::new(self.file.create(&keep)?);
                *self.opened.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&key));
                Ok(key)
            }
            (None, None) => Err(locked()),
        }
    }

    /// The key for the register: the one there is, else a new one in a file that only its owner can
    /// read. Such a file protects copies of the register that leave without it, and nothing else.
    ///
    /// # Errors
    /// As [`KeyFile::load`] and [`KeyFile::create`].
    pub fn for_register(&self) -> Result<Arc<RestKey>, Failure> {
        if let Some(key) = self.key()? {
            return Ok(key);
        }
        match self.file.create(&Protection::File) {
            Ok(key) => {
                let key = Arc::new(key);
                *self.opened.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&key));
                Ok(key)
            }
            // Another process was quicker.
            Err(failure) if failure.kind == FailureKind::Conflict => self.key()?.ok_or(failure),
            Err(failure) => Err(failure),
        }
    }
}

/// What is said where a passphrase is needed and none was given.
pub fn locked() -> Failure {
    Failure::new(
        FailureKind::Configuration,
        "The key of this store is protected with a passphrase, and none was given.",
    )
    .next("Name its source: encryption_passphrase_file or encryption_passphrase_command in the profile, or DSR_ENCRYPTION_PASSPHRASE_FILE.")
}

/// Protects the key with another passphrase, or keeps it in a file as it is.
///
/// # Errors
/// When there is none, the old passphrase is wrong, or it cannot be written; it is then as it was.
pub async fn rewrap(world: &World, keep: Protection) -> Result<(), Failure> {
    let own = world.clone();
    let how = match &keep {
        Protection::Passphrase(_) => "passphrase",
        Protection::File => "file",
    };
    blocking(move || {
        let key = own.rest.key()?.ok_or_else(|| {
            Failure::new(FailureKind::NotFound, "This store has no key.").next("Make one: dsr encryption on")
        })?;
        own.rest.file.rewrap(&key, &keep)
    })
    .await?;
    evidence::record(world, "encryption.key", json!({ "kept_by": how })).await
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|_| {
        Err(Failure::new(
            FailureKind::Internal,
            "The key could not be worked with.",
        ))
    })
}
