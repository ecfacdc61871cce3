//! The plaintext of one message, or of several whose contents are one, as one stream.

use std::cell::RefCell;
use std::io::{self, Read};
use std::rc::Rc;

use super::choosing::Keys;
use super::cms::{Content, Envelope, RecipientId, Seal, Suite};
use super::source::{Files, LOOK, Source, Stream, Watch, binary_ahead, binary_of, check_parts, kind};
use super::trouble::{Result, Trouble};
use super::unpack::is_end;

/// What is known of a message that was opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// What was around it: `binary`, `PEM`, `S/MIME`, …
    pub wrapping: &'static str,
    /// Its content cipher.
    pub suite: Suite,
    /// How its content key is wrapped.
    pub transport: String,
    /// The recipient whose key opened it.
    pub recipient: RecipientId,
    /// Where that key was read from.
    pub key: String,
}

/// What all readers of one decryption tell together.
#[derive(Default)]
pub(crate) struct Trail {
    pub(crate) opened: Vec<Opened>,
    pub(crate) seals: Vec<Seal>,
    /// Another key may fit where one without a certificate was tried.
    pub(crate) more: bool,
    /// Messages that were read.
    pub(crate) used: usize,
    /// For whom the messages are, which anybody can read in them.
    pub(crate) wanted: Vec<String>,
}

/// The trail, shared by the readers.
pub(crate) type Shared = Rc<RefCell<Trail>>;

/// The plaintext of the message in `stream`.
pub(crate) fn open<'a>(
    wrapping: &'static str,
    stream: Stream<'a>,
    keys: &Keys,
    attempt: usize,
    trail: &Shared,
) -> Result<Content<Stream<'a>>> {
    let envelope = Envelope::open(stream)?;
    let wanted = envelope.recipients.iter().map(|recipient| recipient.id.shown());
    trail.borrow_mut().wanted.extend(wanted);
    let chosen = keys.choose(&envelope, attempt)?;
    let suite = envelope.cipher.suite;
    let content = envelope.decrypt(&chosen.content_key)?;
    let mut trail = trail.borrow_mut();
    trail.more |= chosen.more;
    trail.seals.push(content.seal());
    trail.opened.push(Opened {
        wrapping,
        suite,
        transport: chosen.transport,
        recipient: chosen.recipient,
        key: chosen.key,
    });
    Ok(content)
}

/// The stream.
pub(crate) struct Messages<'a> {
    sources: &'a [Source],
    keys: &'a Keys,
    attempt: usize,
    watch: Watch,
    trail: Shared,
    current: Option<Content<Stream<'a>>>,
    first: Vec<u8>,
    /// The last bytes given, enough to know the end of an archive.
    last: Vec<u8>,
}

impl<'a> Messages<'a> {
    /// The content of the first source; the others follow as far as they are its continuation.
    pub(crate) fn open(
        sources: &'a [Source],
        keys: &'a Keys,
        attempt: usize,
        watch: &Watch,
        trail: &Shared,
    ) -> Result<Messages<'a>> {
        let mut messages = Messages {
            sources,
            keys,
            attempt,
            watch: watch.clone(),
            trail: Rc::clone(trail),
            current: None,
            first: Vec::new(),
            last: Vec::new(),
        };
        messages.current = Some(messages.open_one(&sources[0])?);
        Ok(messages)
    }

    fn open_one(&self, source: &'a Source) -> Result<Content<Stream<'a>>> {
        let (wrapping, stream) = binary_ahead(&source.paths, self.watch.clone())?;
        let content = open(wrapping, stream, self.keys, self.attempt, &self.trail)?;
        self.trail.borrow_mut().used += 1;
        Ok(content)
    }

    /// Hands over the plaintext piece by piece.
    pub(crate) fn each(&mut self, mut take: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
        loop {
            let Some(current) = &mut self.current else {
                return Ok(());
            };
            match current.piece()? {
                Some(piece) => {
                    note(&mut self.first, &mut self.last, piece);
                    take(piece)?;
                }
                None => self.current = self.following()?,
            }
        }
    }

    /// The next message, when it continues this one.
    fn following(&mut self) -> Result<Option<Content<Stream<'a>>>> {
        let used = self.trail.borrow().used;
        let Some(next) = self.sources.get(used) else {
            return Ok(None);
        };
        let before = &self.sources[used - 1];
        let named = match (&before.part, &next.part) {
            (Some(one), Some(other)) => one.stem == other.stem,
            _ => false,
        };
        let unfinished = self.first.starts_with(b"PK\x03\x04") && !is_end(&self.last);
        if !(named || unfinished) || self.begins_anew(next)? {
            return Ok(None);
        }
        check_parts(&self.sources[..=used])?;
        self.open_one(next).map(Some)
    }

    /// True when the content of a message begins like something of its own.
    fn begins_anew(&self, source: &'a Source) -> Result<bool> {
        let aside: Shared = Rc::default();
        let files = Files::new(&source.paths, Watch::none());
        let (wrapping, stream) = binary_of(files, source.paths.len() > 1)?;
        let stream: Stream<'a> = stream;
        let content = open(wrapping, stream, self.keys, self.attempt, &aside)?;
        let mut beginning = Vec::new();
        // Its end may be damaged: that is told when it is read as a message of its own.
        let _ = content.take(LOOK as u64).read_to_end(&mut beginning);
        Ok(kind(&beginning).is_known())
    }
}

fn note(first: &mut Vec<u8>, last: &mut Vec<u8>, piece: &[u8]) {
    if first.len() < 4 {
        first.extend_from_slice(&piece[..piece.len().min(4)]);
    }
    last.extend_from_slice(&piece[piece.len().saturating_sub(22)..]);
    let surplus = last.len().saturating_sub(22);
    last.drain(..surplus);
}

impl Read for Messages<'_> {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        while let Some(current) = &mut self.current {
            let read = current.read(target)?;
            if read > 0 || target.is_empty() {
                note(&mut self.first, &mut self.last, &target[..read]);
                return Ok(read);
            }
            self.current = self.following().map_err(io::Error::from)?;
        }
        Ok(0)
    }
}

/// Trouble that another key might not have.
pub(crate) fn may_be_the_key(trouble: &Trouble) -> bool {
    matches!(trouble, Trouble::Undecryptable | Trouble::NotAuthentic)
}
