//! Encryption at rest of a world: its key, opened when it is first needed, and the register of
//! suppressed identifiers, which is encrypted in any case.

use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use secrecy::SecretString;

use crate::crypto::rest::{KeyFile, Protection, Register, RestKey};
use crate::domain::failure::{Failure, FailureKind};

/// Gives the passphrase, from where the configuration says or from a person. Blocking.
pub type Passphrase = Arc<dyn Fn() -> Result<SecretString, Failure> + Send + Sync>;

/// Key and register of a world.
#[derive(Clone)]
pub struct AtRest {
    file: KeyFile,
    register: Register,
    passphrase: Passphrase,
    opened: Arc<Mutex<Option<Arc<RestKey>>>>,
}

impl fmt::Debug for AtRest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AtRest").field("file", &self.file).finish_non_exhaustive()
    }
}

impl AtRest {
    /// What lies beside a store. Stores that share a folder have keys and registers of their own.
    pub fn beside(store: &Path, shared: bool) -> AtRest {
        let folder = store.parent().unwrap_or(Path::new("."));
        let stem = store.file_stem().and_then(|stem| stem.to_str()).unwrap_or("store");
        AtRest {
            file: KeyFile::at(folder.join(format!("{stem}.key")), shared),
            register: Register::within(folder.join(format!("{stem}.suppressed"))),
            passphrase: Arc::new(|| Err(locked())),
            opened: Arc::default(),
        }
    }

    /// The same with a way to the passphrase.
    #[must_use]
    pub fn asking(mut self, passphrase: Passphrase) -> AtRest {
        self.passphrase = passphrase;
        self
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
