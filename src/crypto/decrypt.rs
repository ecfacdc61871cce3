//! From encrypted files to readable ones. Whatever goes wrong on the way, no plaintext is left, and
//! the encrypted file stays as it was.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::choosing::Keys;
use super::inside::{Unpacking, base_name, is_smime, stem};
use super::messages::{Messages, Opened, Shared, Trail, may_be_the_key, open};
use super::release::{Journal, Note, Place, Staged, settle};
use super::source::{Kind, Mime, Source, Stream, Watch, arrange, binary, kind, look, wrong_order};
use super::trouble::{Result as CmsResult, Trouble};
use super::unpack::{self, Why};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::text::clean;

/// Wrappings inside a message.
const DEPTH: usize = 6;

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

type Done = (Vec<PathBuf>, Vec<&'static str>);

struct Work<'a> {
    order: &'a Order,
    keys: &'a Keys,
    trail: &'a Shared,
    name: String,
}

impl Work<'_> {
    /// The content as it is, under the name of the file with `.out`.
    fn raw(&self, mut messages: Messages<'_>, journal: &mut Journal) -> CmsResult<Done> {
        let name = format!("{}.out", self.name);
        let mut staged = Staged::begin(&self.order.place, journal, &name)?;
        let mut beginning = Vec::new();
        messages.each(|piece| {
            if beginning.is_empty() {
                beginning.extend_from_slice(&piece[..piece.len().min(16)]);
            }
            Ok(staged.write(piece)?)
        })?;
        self.sound()?;
        if kind(&beginning) == Kind::Zip && !self.is_authentic() {
            unpack::verify(&mut staged.file, &self.order.watch).map_err(|why| self.why(why))?;
        }
        Ok((vec![staged.release(&name, false, journal)?], Vec::new()))
    }

    /// What is inside all wrappings, in files that can be read.
    fn readable(&self, sources: &[Source], messages: Messages<'_>, journal: &mut Journal) -> CmsResult<Done> {
        let mut layers = Vec::new();
        let (inside, mut stream) = self.peel(Box::new(messages), &mut layers)?;
        match inside {
            Kind::Zip => {
                let mut staged = self.staged(&mut stream, journal, "zip")?;
                drop(stream);
                self.sound()?;
                layers.push("ZIP");
                let files = unpack::unpack(&mut staged.file, &self.order.place, journal, &self.order.watch);
                Ok((files.map_err(|why| self.why(why))?, layers))
            }
            Kind::Json => {
                let staged = self.staged(&mut stream, journal, "json")?;
                drop(stream);
                self.sound()?;
                layers.push("JSON");
                let name = format!("{}.json", stem(&self.name));
                Ok((vec![staged.release(&name, true, journal)?], layers))
            }
            Kind::Empty => {
                self.sound()?;
                Err(Trouble::Malformed("its content is empty".to_owned()))
            }
            _ => {
                // The message itself may be damaged, or the key a wrong one: that goes first.
                std::io::copy(&mut stream, &mut std::io::sink())?;
                self.sound()?;
                Err(self.unknown(sources))
            }
        }
    }

    /// Takes wrapping after wrapping off.
    fn peel<'s>(
        &'s self,
        mut stream: Stream<'s>,
        layers: &mut Vec<&'static str>,
    ) -> CmsResult<(Kind, Stream<'s>)> {
        for _ in 0..DEPTH {
            let (beginning, whole) = look(stream)?;
            let found = kind(&beginning);
            stream = match found {
                Kind::Gzip => {
                    layers.push("gzip");
                    Box::new(Unpacking::new(whole))
                }
                Kind::Mime if is_smime(&beginning) => self.nested(whole, layers)?,
                Kind::Mime => {
                    layers.push("MIME");
                    Mime::open(whole)?.decoded()?
                }
                Kind::Cms | Kind::Pem | Kind::BareBase64 => self.nested(whole, layers)?,
                _ => return Ok((found, whole)),
            };
        }
        Err(Trouble::Limit("it has more wrappings than any export".to_owned()))
    }

    fn nested<'s>(&'s self, stream: Stream<'s>, layers: &mut Vec<&'static str>) -> CmsResult<Stream<'s>> {
        layers.push("CMS");
        let (wrapping, stream) = binary(stream)?;
        Ok(Box::new(open(wrapping, stream, self.keys, 0, self.trail)?))
    }

    /// The rest of a stream in a file that is not released.
    fn staged(&self, stream: &mut Stream<'_>, journal: &mut Journal, extension: &str) -> CmsResult<Staged> {
        let name = format!("{}.{extension}", stem(&self.name));
        let mut staged = Staged::begin(&self.order.place, journal, &name)?;
        let mut buffer = vec![0; 128 * 1024];
        loop {
            let read = stream.read(&mut buffer)?;
            if read == 0 {
                return Ok(staged);
            }
            staged.write(&buffer[..read])?;
        }
    }

    /// Nothing is released before every message was found sound to its end.
    fn sound(&self) -> CmsResult<()> {
        let trail = self.trail.borrow();
        if !trail.seals.is_empty() && trail.seals.iter().all(super::cms::Seal::is_set) {
            return Ok(());
        }
        Err(Trouble::Malformed(
            "its content ends before the message does".to_owned(),
        ))
    }

    fn is_authentic(&self) -> bool {
        self.trail
            .borrow()
            .opened
            .iter()
            .all(|opened| opened.suite.authenticates())
    }

    /// Damage behind a cipher that does not authenticate is told as what it may be: a wrong key or a
    /// changed message, in the one word for both.
    fn why(&self, why: Why) -> Trouble {
        match why {
            Why::Failure(failure) => Trouble::Failure(failure),
            Why::Damaged if self.is_authentic() => Trouble::Malformed(
                "the archive inside is damaged, although nothing changed it on its way".to_owned(),
            ),
            Why::Damaged => Trouble::Undecryptable,
        }
    }

    fn unknown(&self, sources: &[Source]) -> Trouble {
        let used = self.trail.borrow().used;
        let later = sources
            .iter()
            .skip(used)
            .filter(|source| source.part.is_some())
            .count();
        if later > 0 && sources[0].part.is_some() {
            let mut order: Vec<&Source> = sources.iter().collect();
            order.sort_by_key(|source| source.part.as_ref().map_or(0, |part| part.number));
            let names: Vec<String> = order
                .iter()
                .map(|source| clean(&source.first().display().to_string()))
                .collect();
            if names.first() != Some(&clean(&sources[0].first().display().to_string())) {
                return Trouble::Failure(wrong_order(&names));
            }
        }
        let mut next = "Write it as it is with --raw.".to_owned();
        if sources[0].part.as_ref().is_some_and(|part| part.number > 1) {
            next =
                "It is a later part of a split export: give all parts in their order, the first one first."
                    .to_owned();
        }
        Trouble::Failure(
            Failure::new(
                FailureKind::BadAnswer,
                format!(
                    "{}: the content is decrypted, but is neither ZIP nor JSON; nothing was kept.",
                    clean(&self.name)
                ),
            )
            .next(next),
        )
    }

    fn report(
        &self,
        sources: &[Source],
        files: Vec<PathBuf>,
        layers: Vec<&'static str>,
        note: Note,
    ) -> Decrypted {
        let trail = self.trail.borrow();
        let mut notices = Vec::new();
        if trail
            .opened
            .iter()
            .any(|opened| opened.suite == super::cms::Suite::TripleDesCbc)
        {
            notices.push(
                "It was encrypted with 3DES, which is outdated; ask for exports that use AES.".to_owned(),
            );
        }
        let authentic = trail.opened.iter().all(|opened| opened.suite.authenticates());
        Decrypted {
            sources: sources[..trail.used.min(sources.len())]
                .iter()
                .flat_map(|source| source.paths.clone())
                .collect(),
            files,
            opened: trail.opened.clone(),
            layers,
            assurance: if authentic {
                Assurance::Authentic
            } else {
                Assurance::Consistent
            },
            notices,
            note,
        }
    }
}
