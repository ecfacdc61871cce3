//! Decryption of downloaded exports, with keys that are named or with those of the key ring.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::World;
use super::copies::{self, CopyKind, LocalCopy};
use crate::crypto::certificate::Certificate;
use crate::crypto::decrypt::{Assurance, Decrypted, Order, decrypt as decrypt_files};
use crate::crypto::keyring::KeyRing;
use crate::crypto::{AskPassphrase, Keys, Place, Vault, Watch, keys};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::progress::Listener;
use crate::domain::text::clean;

/// What is to be decrypted, with what, and where to.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// Encrypted files. Several are parts of one export when their names or contents say so, else
    /// messages of their own.
    pub files: Vec<PathBuf>,
    /// Files of private keys; with none, the key ring is used.
    pub keys: Vec<PathBuf>,
    /// Files of certificates that go with the keys.
    pub certificates: Vec<PathBuf>,
    /// Where the content goes; with `None`, where downloads go.
    pub to: Option<PathBuf>,
    /// Write the content as it is, as `<file name>.out`.
    pub raw: bool,
    /// How long the decrypted files are to be kept; `None` for the usual time.
    pub keep: Option<Duration>,
}

/// What came of one message: of its first file, and how it went.
pub type Outcome = (PathBuf, Result<Decrypted, Failure>);

/// Decrypts, and records every file that was written as a copy: no plaintext stays of which the store
/// does not know, also when this process is killed in between. `ask` is called for the passphrase of
/// a key that needs one, on a blocking thread.
///
/// # Errors
/// When nothing could be begun: a key or certificate that cannot be read, no key at all, files that
/// cannot be read or stand in a wrong order. What goes wrong with a message stands in its outcome.
pub async fn decrypt(
    world: &World,
    request: Request,
    ask: AskPassphrase,
    listener: &Listener,
    cancel: &CancellationToken,
) -> Result<Vec<Outcome>, Failure> {
    let to = request
        .to
        .clone()
        .unwrap_or_else(|| world.settings.downloads.clone());
    let keep = request.keep;
    let before = world.store.copies().await?;
    let before: Vec<LocalCopy> = before.into_iter().filter(|copy| copy.path.exists()).collect();
    let outcomes = local(&world.vault, &to, request, ask, listener, cancel).await?;
    let mut files = Vec::new();
    let mut authentic = 0_usize;
    let mut origins = Origins::of(&before);
    for decrypted in outcomes.iter().filter_map(|(_, result)| result.as_ref().ok()) {
        let source = decrypted.sources.first().and_then(|path| path.file_name());
        let source = source.map(|name| clean(&name.to_string_lossy()));
        authentic += usize::from(decrypted.assurance == Assurance::Authentic);
        files.extend(
            decrypted
                .files
                .iter()
                .map(|file| (file.clone(), origins.add(file, source.as_deref()))),
        );
    }
    if !files.is_empty() {
        let facts = json!({ "messages": outcomes.len(), "files": files.len(), "authentic": authentic });
        let remembered = copies::remember(world, CopyKind::Decrypted, files, keep, "decrypt", facts).await;
        for decrypted in outcomes.iter().filter_map(|(_, result)| result.as_ref().ok()) {
            match &remembered {
                Ok(()) => decrypted.note.keep(),
                Err(_) => decrypted.note.take_back(),
            }
        }
        remembered.map_err(unremembered)?;
    }
    Ok(outcomes)
}

/// What each file that lies here was made of. Content that lies here already under the name that a message
/// gives it is kept, and has come of that message too.
struct Origins(HashMap<PathBuf, Vec<String>>);

impl Origins {
    fn of(copies: &[LocalCopy]) -> Origins {
        let known = copies.iter().map(|copy| {
            let sources = copy.sources().map(str::to_owned).collect();
            (copy.path.clone(), sources)
        });
        Origins(known.collect())
    }

    /// All that `file` has come of, `source` included, a line each.
    fn add(&mut self, file: &Path, source: Option<&str>) -> Option<String> {
        let path = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
        let sources = self.0.entry(path).or_default();
        if let Some(source) = source
            && !sources.iter().any(|known| known == source)
        {
            sources.push(source.to_owned());
        }
        (!sources.is_empty()).then(|| sources.join("\n"))
    }
}

/// The failure when copies could not be recorded, and were taken back.
fn unremembered(failure: Failure) -> Failure {
    let message = format!(
        "The decrypted files could not be recorded, and were removed again: {}",
        failure.message
    );
    Failure { message, ..failure }
}

/// [`decrypt`] without a world to record in.
///
/// # Errors
/// As [`decrypt`].
pub async fn local(
    vault: &Vault,
    to: &Path,
    request: Request,
    ask: AskPassphrase,
    listener: &Listener,
    cancel: &CancellationToken,
) -> Result<Vec<Outcome>, Failure> {
    let (vault, to, cancel) = (vault.clone(), to.to_owned(), cancel.clone());
    let watch = Watch {
        listener: listener.clone(),
        stop: Arc::new(move || cancel.is_cancelled()),
    };
    let work = tokio::task::spawn_blocking(move || blocking(&vault, to, request, ask, watch));
    work.await
        .unwrap_or_else(|_| Err(Failure::new(FailureKind::Internal, "The decryption broke off.")))
}

fn blocking(
    vault: &Vault,
    to: PathBuf,
    request: Request,
    mut ask: AskPassphrase,
    watch: Watch,
) -> Result<Vec<Outcome>, Failure> {
    let mut named = Vec::new();
    for path in &request.keys {
        named.push(keys::read_file(path, ask.as_mut())?);
    }
    let certificates = request.certificates.iter().map(|path| certificate(path));
    let certificates = certificates.collect::<Result<Vec<_>, _>>()?;
    let ring = match KeyRing::at(&vault.keyring).entries() {
        Ok(ring) => ring,
        // Named keys work without the ring.
        Err(_) if !named.is_empty() => Vec::new(),
        Err(failure) => return Err(failure),
    };
    let keys = Keys::new(named, certificates, ring, ask);
    if keys.is_empty() {
        return Err(Failure::new(
            FailureKind::Configuration,
            "There is no private key to decrypt with: none was named, and the key ring is empty.",
        )
        .next("Name one with --key, or add one: dsr certificate add --key FILE --cert FILE"));
    }
    let order = Order {
        files: request.files,
        place: Place::new(to, &vault.unfinished),
        raw: request.raw,
        watch,
    };
    let mut outcomes = Vec::new();
    decrypt_files(&order, &keys, |file, result| {
        outcomes.push((file.to_owned(), result))
    })?;
    Ok(outcomes)
}

/// Reads a certificate file.
///
/// # Errors
/// When it cannot be read or holds no RSA certificate.
pub fn certificate(path: &Path) -> Result<Certificate, Failure> {
    Certificate::read(&small_file(path)?, &path.display().to_string())
}

/// The content of a file that holds a certificate, at most 256 KiB.
///
/// # Errors
/// When it cannot be read or is too large.
pub fn small_file(path: &Path) -> Result<Vec<u8>, Failure> {
    keys::small_file(path).map(|bytes| bytes.to_vec()).map_err(|why| {
        Failure::new(
            FailureKind::Configuration,
            format!("The file {} {why}.", clean(&path.display().to_string())),
        )
        .next("Check the name and the mode of the file.")
    })
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn equal_content_has_come_of_each_message_and_of_what_was_known() {
        let known = LocalCopy {
            path: "/exports/one.json".into(),
            kind: CopyKind::Decrypted,
            source: Some("a.p7m".to_owned()),
            bytes: None,
            since: Timestamp::UNIX_EPOCH,
            until: None,
        };
        let mut origins = Origins::of(&[known]);
        let one = Path::new("/exports/one.json");
        assert_eq!(origins.add(one, Some("b.p7m")).as_deref(), Some("a.p7m\nb.p7m"));
        assert_eq!(origins.add(one, Some("a.p7m")).as_deref(), Some("a.p7m\nb.p7m"));
        let two = Path::new("/exports/two.json");
        assert_eq!(origins.add(two, Some("b.p7m")).as_deref(), Some("b.p7m"));
        assert_eq!(origins.add(Path::new("/exports/three.json"), None), None);
    }
}
