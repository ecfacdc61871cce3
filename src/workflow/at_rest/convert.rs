//! Turning encryption at rest on and off: the store in one transaction, then the files of personal data
//! that lie here, and at last how the key is kept.

use std::path::PathBuf;
use std::sync::Arc;

use serde_json::json;

use super::left::personal_files;
use super::{blocking, rewrap};
use crate::crypto::rest::{self, Protection, RestKey};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::sealing::SharedSeal;
use crate::workflow::{World, evidence};

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
pub(super) async fn unwrap_key(world: &World) -> Result<bool, Failure> {
    let wrapped = world.rest.file.protection()? == Some("passphrase");
    if wrapped {
        rewrap(world, Protection::File).await?;
    }
    Ok(wrapped)
}

pub(super) fn already(on: bool) -> Failure {
    let state = if on { "encrypted already" } else { "not encrypted" };
    Failure::new(FailureKind::Conflict, format!("The store is {state}."))
}

pub(super) async fn files_to(on: bool, key: Arc<RestKey>, files: Vec<PathBuf>) -> Result<Converted, Failure> {
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
