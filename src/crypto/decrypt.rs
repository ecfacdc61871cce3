//! From encrypted files to readable ones. Whatever goes wrong on the way, no plaintext is left, and
//! the encrypted file stays as it was.

mod work;

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::choosing::Keys;
use super::inside::base_name;
use super::messages::{Messages, Opened, Shared, Trail, may_be_the_key};
use super::release::{Journal, Note, Place, settle};
use super::source::{Source, Watch, arrange};
use super::trouble::{Result as CmsResult, Trouble};
use crate::domain::failure::{Failure, FailureKind};
use work::Work;

/// What proves that the content is what was encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Assurance {
    /// Its authentication tag: nothing was changed.
    Authentic,
    /// Padding, exact end, and checksums where it has some: nothing was damaged by accident. Whether
    /// somebody changed it cannot be told, since the cipher does not authenticate.
    Consistent,
}

/// What came of one message.
#[derive(Clone, Debug)]
pub struct Decrypted {
    /// The encrypted files it was made of.
    pub sources: Vec<PathBuf>,
    /// The files that were released.
    pub files: Vec<PathBuf>,
    /// The messages, the outer one first.
    pub opened: Vec<Opened>,
    /// What was found inside, from the outside: `MIME`, `gzip`, `ZIP`, `JSON`.
    pub layers: Vec<&'static str>,
    /// How much the content can be relied upon.
    pub assurance: Assurance,
    /// What should be known besides.
    pub notices: Vec<String>,
    /// Until it is told that the files are remembered, the next start takes them back if this process
    /// is killed.
    pub note: Note,
}

/// What is to be done.
#[derive(Clone)]
pub struct Order {
    /// Encrypted files in their order.
    pub files: Vec<PathBuf>,
    /// Where the content goes.
    pub place: Place,
    /// Write the content as it is.
    pub raw: bool,
    /// Hears of it, and may stop it.
    pub watch: Watch,
}

/// Decrypts messages one after another, and tells of each as it is done. Blocking.
///
/// # Errors
/// When files cannot be sorted into messages. What is wrong with one message is told to `each`, with
/// the name of its (first) file, and the next is gone on with; only a wish to stop ends it.
pub fn decrypt(
    order: &Order,
    keys: &Keys,
    mut each: impl FnMut(&Path, Result<Decrypted, Failure>),
) -> Result<(), Failure> {
    let sources = arrange(&order.files)?;
    let mut done = 0;
    while done < sources.len() {
        let rest = &sources[done..];
        let mut used = 0;
        let result = one(order, keys, rest, &mut used);
        let stopped = matches!(&result, Err(failure) if failure.kind == FailureKind::Interrupted);
        each(rest[0].first(), result);
        if stopped {
            return Ok(());
        }
        done += used.max(1);
    }
    Ok(())
}

/// One message with the messages that continue it, with one key after another where that is left to
/// try.
fn one(order: &Order, keys: &Keys, sources: &[Source], used: &mut usize) -> Result<Decrypted, Failure> {
    let name = sources[0].first().display().to_string();
    let mut attempt = 0;
    loop {
        let trail: Shared = Rc::new(RefCell::new(Trail::default()));
        let result = attempt_one(order, keys, sources, attempt, &trail);
        *used = trail.borrow().used;
        match result {
            Err(trouble) if trail.borrow().more && may_be_the_key(&trouble) => attempt += 1,
            Err(trouble) => return Err(told(trouble, &name, &trail.borrow().wanted)),
            Ok(done) => return Ok(done),
        }
    }
}

/// The failure for a file. Where the key may be a wrong one, it is said for whom the file is: always in
/// the same words, whatever failed.
fn told(trouble: Trouble, name: &str, wanted: &[String]) -> Failure {
    let the_key = matches!(trouble, Trouble::Undecryptable);
    let failure = trouble.into_failure(name);
    match (the_key, &failure.next) {
        (true, Some(next)) if !wanted.is_empty() => {
            let next = format!("{next} It is encrypted for {}.", wanted.join(", "));
            failure.next(next)
        }
        _ => failure,
    }
}

fn attempt_one(
    order: &Order,
    keys: &Keys,
    sources: &[Source],
    attempt: usize,
    trail: &Shared,
) -> CmsResult<Decrypted> {
    let mut journal = Journal::new(&order.place.unfinished);
    let messages = Messages::open(sources, keys, attempt, &order.watch, trail)?;
    let work = Work {
        order,
        keys,
        trail,
        name: base_name(sources[0].first()),
    };
    let result = if order.raw {
        work.raw(messages, &mut journal)
    } else {
        work.readable(sources, messages, &mut journal)
    };
    match result {
        Ok((files, layers)) => {
            settle(&order.place.directory);
            Ok(work.report(sources, files, layers, Note::of(journal)))
        }
        Err(trouble) => {
            journal.undo();
            Err(trouble)
        }
    }
}
