//! What a conversion that broke off has left behind: files that have not the form of the store, and half
//! written ones. It is looked for, and brought to the form that the store has.

use std::path::PathBuf;

use serde_json::json;

use super::convert::{Converted, already, files_to, unwrap_key};
use super::{blocking, locked};
use crate::crypto::rest;
use crate::domain::failure::Failure;
use crate::workflow::{World, evidence};

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

/// Results and decrypted files that are known and lie here.
pub(super) async fn personal_files(world: &World) -> Result<Vec<PathBuf>, Failure> {
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
