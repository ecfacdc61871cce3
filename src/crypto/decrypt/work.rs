//! One message from its plaintext to files: the wrappings inside are taken off, and nothing is released
//! before the message was found sound to its end.

use std::path::PathBuf;

use super::{Assurance, Decrypted, Order};
use crate::crypto::choosing::Keys;
use crate::crypto::inside::{Unpacking, is_smime, stem};
use crate::crypto::messages::{Messages, Shared, open};
use crate::crypto::release::{Journal, Note, Staged};
use crate::crypto::source::{Kind, Mime, Source, Stream, binary, kind, look, wrong_order};
use crate::crypto::trouble::{Result as CmsResult, Trouble};
use crate::crypto::unpack::{self, Why};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::text::clean;

/// Wrappings inside a message.
const DEPTH: usize = 6;

/// The files that were released, and what was found around their content.
type Done = (Vec<PathBuf>, Vec<&'static str>);

/// One attempt at one message.
pub(super) struct Work<'a> {
    pub(super) order: &'a Order,
    pub(super) keys: &'a Keys,
    pub(super) trail: &'a Shared,
    /// The name of its first file, without its folder.
    pub(super) name: String,
}

impl Work<'_> {
    /// The content as it is, under the name of the file with `.out`.
    pub(super) fn raw(&self, mut messages: Messages<'_>, journal: &mut Journal) -> CmsResult<Done> {
        let name = format!("{}.out", self.name);
        let mut staged = Staged::begin(&self.order.place, journal, &name)?;
        let mut beginning = Vec::new();
        messages.each(|piece| {
            if beginning.is_empty() {
                beginning.extend_from_slice(&piece[..piece.len().min(16)]);
                // An archive may have to be looked through before it is released.
                if kind(&beginning) != Kind::Zip {
                    staged.past_the_cache();
                }
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
    pub(super) fn readable(
        &self,
        sources: &[Source],
        messages: Messages<'_>,
        journal: &mut Journal,
    ) -> CmsResult<Done> {
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
        if !trail.seals.is_empty() && trail.seals.iter().all(crate::crypto::cms::Seal::is_set) {
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

    /// What came of it.
    pub(super) fn report(
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
            .any(|opened| opened.suite == crate::crypto::cms::Suite::TripleDesCbc)
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
