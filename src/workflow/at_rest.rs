//! Encryption at rest of a world: its key, opened when it is first needed, and the register of
//! suppressed identifiers, which is encrypted in any case.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use secrecy::SecretString;
use serde_json::json;

use super::{World, evidence};
use crate::crypto::rest::{self, KeyFile, Protection, Register, RestKey};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::sealing::SharedSeal;

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

/// What became of files when encryption was turned on or off.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Converted {
    /// Rows of the store.
    pub rows: u64,
    /// Files.
    pub files: usize,
    /// Files that could not be converted, with the reason: they stay as they were, and readable. A key
    /// that stays protected although it should not, too.
    pub left: Vec<String>,
    /// True when the key was protected with a passphrase and is kept in its file as it is from now on.
    pub key_unwrapped: bool,
}

/// Encrypts the store, and results and decrypted files that lie here, under a key that is kept like
/// this; or decrypts them again (`keep` is `None`). The store is converted in one transaction. A file
/// that could not be converted stays readable, and is told.
///
/// After decrypting, the key is kept in its file as it is, as for a store that was never encrypted: the
/// register of suppressed identifiers needs it at any time, and nobody gives a passphrase any more. That
/// comes last, so that nothing is encrypted any more when its passphrase goes.
///
/// # Errors
/// When the store is so already, another process works with it, the key cannot be made or opened, or
/// there is no room.
pub async fn convert(world: &World, keep: Option<Protection>) -> Result<Converted, Failure> {
    let own = world.clone();
    let on = keep.is_some();
    if on == world.store.is_sealed() {
        return Err(already(on));
    }
    let key = blocking(move || own.rest.key_kept(keep)).await?;
    evidence::record(world, "encryption.convert", json!({ "on": on })).await?;
    evidence::settle(world).await?;
    let rows = world
        .store
        .convert(&world.actor, SharedSeal(key.clone()), on)
        .await?;
    let mut done = files_to(on, key, personal_files(world).await?).await?;
    done.rows = rows;
    if !on {
        match unwrap_key(world).await {
            Ok(unwrapped) => done.key_unwrapped = unwrapped,
            Err(failure) => done.left.push(format!(
                "The key stays protected with its passphrase: {} Try again with: dsr encryption off",
                failure.message
            )),
        }
    }
    Ok(done)
}

/// Keeps the key of a store that is not encrypted in its file as it is; true when it was not before.
async fn unwrap_key(world: &World) -> Result<bool, Failure> {
    let wrapped = world.rest.file.protection()? == Some("passphrase");
    if wrapped {
        rewrap(world, Protection::File).await?;
    }
    Ok(wrapped)
}

/// Converts the files that a conversion left behind, because it broke off after the store or could not
/// convert them: they take the form that the store has. The key stays as it is kept, unless the store is
/// not encrypted: then no passphrase is left on it.
///
/// # Errors
/// A conflict when nothing was left behind; when the key cannot be opened.
pub async fn finish(world: &World) -> Result<Converted, Failure> {
    let on = world.store.is_sealed();
    let left = left_behind(world).await?;
    let wrapped = !on && world.rest.file.protection()? == Some("passphrase");
    if left.is_nothing() && !wrapped {
        return Err(already(on));
    }
    let mut done = match left.is_nothing() {
        true => Converted::default(),
        false => finish_files(world, on, left).await?,
    };
    done.key_unwrapped = wrapped && unwrap_key(world).await?;
    Ok(done)
}

async fn finish_files(world: &World, on: bool, left: LeftBehind) -> Result<Converted, Failure> {
    let count = left.other_form.len() + left.half_written.len();
    let own = world.clone();
    let key = blocking(move || own.rest.key()?.ok_or_else(locked)).await?;
    let facts = json!({ "on": on, "files_left_behind": count });
    evidence::record(world, "encryption.convert", facts).await?;
    let mut done = files_to(on, key, left.other_form).await?;
    let halves = blocking(move || {
        Ok(left
            .half_written
            .iter()
            .map(|path| rest::remove_half_written(path))
            .collect::<Vec<_>>())
    });
    for removed in halves.await? {
        match removed {
            Ok(()) => done.files += 1,
            Err(failure) => done.left.push(failure.message),
        }
    }
    Ok(done)
}

/// What a conversion that broke off has left behind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeftBehind {
    /// Files that have not the form of the store: readable although it is encrypted, or the other way
    /// round. One that cannot be looked at counts, too.
    pub other_form: Vec<PathBuf>,
    /// Files, also such that are gone, beside which a half-written new form lies; it may be readable.
    pub half_written: Vec<PathBuf>,
}

impl LeftBehind {
    /// True when everything has the form of the store.
    pub fn is_nothing(&self) -> bool {
        self.other_form.is_empty() && self.half_written.is_empty()
    }
}

/// Looks for it.
///
/// # Errors
/// When the store cannot be read.
pub async fn left_behind(world: &World) -> Result<LeftBehind, Failure> {
    let on = world.store.is_sealed();
    let files = personal_files(world).await?;
    let places = personal_places(world).await?;
    blocking(move || {
        let other = |path: &PathBuf| rest::is_encrypted(path).ok() != Some(on);
        let other_form: Vec<PathBuf> = files.into_iter().filter(other).collect();
        let half = |path: &PathBuf| rest::half_written(path).is_some() && !other_form.contains(path);
        let half_written = places.into_iter().filter(half);
        Ok(LeftBehind {
            half_written: half_written.collect(),
            other_form,
        })
    })
    .await
}

fn already(on: bool) -> Failure {
    let state = if on { "encrypted already" } else { "not encrypted" };
    Failure::new(FailureKind::Conflict, format!("The store is {state}."))
}

async fn files_to(on: bool, key: Arc<RestKey>, files: Vec<PathBuf>) -> Result<Converted, Failure> {
    blocking(move || {
        let mut done = Converted::default();
        for path in files {
            let result = match on {
                true => rest::encrypt_in_place(&key, &path),
                false => rest::decrypt_in_place(&key, &path),
            };
            match result {
                Ok(()) => done.files += 1,
                Err(failure) => done.left.push(failure.message),
            }
        }
        Ok(done)
    })
    .await
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

/// Results and decrypted files that are known and lie here.
async fn personal_files(world: &World) -> Result<Vec<PathBuf>, Failure> {
    let mut files = personal_places(world).await?;
    files.retain(|path| path.is_file());
    Ok(files)
}

/// Where results and decrypted files lie, or lay.
async fn personal_places(world: &World) -> Result<Vec<PathBuf>, Failure> {
    use crate::store::CopyKind;
    let copies = world.store.copies().await?;
    let wanted = copies.into_iter().filter(|copy| copy.kind != CopyKind::Download);
    let mut files: Vec<PathBuf> = wanted.map(|copy| copy.path).collect();
    files.sort();
    files.dedup();
    Ok(files)
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
