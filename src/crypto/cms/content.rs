//! The plaintext of a message as a stream. What it gives is not to be believed before its seal is
//! set: the tag was compared, or, with CBC, padding and end of the message were found sound.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use zeroize::Zeroize;

use super::algorithm::ContentCipher;
use super::ber::Ber;
use super::cbc::{Cbc, unpadded};
use super::envelope::{Envelope, ending};
use super::gcm::Gcm;
use super::octets::Octets;
use crate::crypto::trouble::{Result, malformed};

/// Bytes decrypted at a time.
const PIECE: usize = 128 * 1024;

/// The cipher at work.
pub(super) enum Engine {
    Cbc(Cbc),
    Gcm(Box<Gcm>),
}

impl Engine {
    pub(super) fn new(cipher: &ContentCipher, key: &[u8]) -> Result<Engine> {
        Ok(if cipher.suite.authenticates() {
            Engine::Gcm(Box::new(Gcm::new(cipher.suite, key, &cipher.iv)?))
        } else {
            Engine::Cbc(Cbc::new(cipher.suite, key, &cipher.iv)?)
        })
    }
}

/// Set once the whole message was found sound; whoever releases plaintext looks at it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seal(Arc<AtomicBool>);

impl Seal {
    /// True when everything was found sound.
    pub(crate) fn is_set(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// The stream.
pub(crate) struct Content<R> {
    ber: Ber<R>,
    octets: Octets,
    authenticated: bool,
    ahead: io::Cursor<Vec<u8>>,
    engine: Option<Engine>,
    block: usize,
    tag_bytes: usize,
    buffer: Box<[u8]>,
    /// With CBC the last block waits: it may be the one with the padding.
    held: usize,
    ciphertext: u64,
    /// What was decrypted and not given yet, for `Read`.
    given: usize,
    ready: usize,
    seal: Seal,
}

impl<R> Drop for Content<R> {
    fn drop(&mut self) {
        self.buffer.zeroize();
    }
}

impl<R: Read> Content<R> {
    pub(super) fn new(envelope: Envelope<R>, engine: Engine) -> Content<R> {
        let block = envelope.cipher.suite.block_bytes();
        Content {
            ber: envelope.ber,
            octets: envelope.octets,
            authenticated: envelope.authenticated,
            ahead: io::Cursor::new(envelope.ahead),
            engine: Some(engine),
            block,
            tag_bytes: envelope.cipher.tag_bytes,
            buffer: vec![0; PIECE + block].into_boxed_slice(),
            held: 0,
            ciphertext: 0,
            given: 0,
            ready: 0,
            seal: Seal::default(),
        }
    }

    /// The seal of this message.
    pub(crate) fn seal(&self) -> Seal {
        self.seal.clone()
    }

    /// The next piece of plaintext; `None` at the end, when the seal is set.
    pub(crate) fn piece(&mut self) -> Result<Option<&[u8]>> {
        let end = match self.engine.take() {
            None => return Ok(None),
            Some(Engine::Cbc(mode)) => self.cbc(mode)?,
            Some(Engine::Gcm(mode)) => self.gcm(mode)?,
        };
        Ok(end.map(|end| &self.buffer[..end]))
    }

    /// Ciphertext into the buffer from `at` on; fewer bytes than there is room mean its end.
    fn fill(&mut self, at: usize) -> Result<usize> {
        let target = &mut self.buffer[at..at + PIECE];
        let mut filled = self.ahead.read(target)?;
        filled += self.octets.fill(&mut self.ber, &mut target[filled..])?;
        self.ciphertext = self.ciphertext.saturating_add(filled as u64);
        Ok(filled)
    }

    /// Layout of the buffer: the block that waited, then what is decrypted now.
    fn cbc(&mut self, mut mode: Cbc) -> Result<Option<usize>> {
        let held = self.held;
        if held > 0 {
            self.buffer.copy_within(PIECE..PIECE + held, 0);
        }
        let filled = self.fill(held)?;
        if filled % self.block != 0 {
            return Err(malformed("its ciphertext is not made of whole blocks"));
        }
        mode.decrypt(&mut self.buffer[held..held + filled]);
        let total = held + filled;
        if total == 0 {
            return Err(malformed("its ciphertext is empty"));
        }
        let last = total - self.block;
        if filled == PIECE {
            self.buffer.copy_within(last..total, PIECE);
            self.held = self.block;
            self.engine = Some(Engine::Cbc(mode));
            return Ok(Some(last));
        }
        ending(&mut self.ber, false)?;
        let end = last + unpadded(&self.buffer[last..total])?;
        self.seal.0.store(true, Ordering::SeqCst);
        Ok((end > 0).then_some(end))
    }

    fn gcm(&mut self, mut mode: Box<Gcm>) -> Result<Option<usize>> {
        let filled = self.fill(0)?;
        mode.decrypt(&mut self.buffer[..filled])?;
        if filled == PIECE {
            self.engine = Some(Engine::Gcm(mode));
            return Ok(Some(filled));
        }
        let ending = ending(&mut self.ber, self.authenticated)?;
        if ending.tag.len() != self.tag_bytes {
            return Err(malformed("the authentication tag has a wrong length"));
        }
        mode.verify(&ending.attributes, &ending.tag)?;
        self.seal.0.store(true, Ordering::SeqCst);
        Ok((filled > 0).then_some(filled))
    }
}

impl<R: Read> Read for Content<R> {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        while self.given == self.ready {
            match self.piece() {
                Ok(Some(piece)) => {
                    let length = piece.len();
                    (self.given, self.ready) = (0, length);
                }
                Ok(None) => return Ok(0),
                Err(trouble) => return Err(trouble.into()),
            }
        }
        let count = target.len().min(self.ready - self.given);
        target[..count].copy_from_slice(&self.buffer[self.given..self.given + count]);
        self.given += count;
        Ok(count)
    }
}
