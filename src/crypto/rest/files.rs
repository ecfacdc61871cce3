//! Files at rest: encrypted and read piece by piece, each piece checked before anything of it is given
//! out. The pieces are bound to their places and the last one says that it is the last, so that a cut
//! or rearranged file is told from a whole one.
//!
//! Layout: the line below, 32 random bytes, then pieces of 64 KiB, each with a tag of 16 bytes. The key
//! is `HMAC-SHA-256(key, "dsr at rest: file" ‖ the random bytes)`, used for this file alone; the nonce
//! of a piece is seven zero bytes, its number in four, and one byte that is 1 in the last.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use aead_stream::{NewStream, StreamBE32, StreamPrimitive};
use aes_gcm::{Aes256Gcm, KeyInit};

use super::RestKey;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::text::clean;

/// How such a file begins.
const MAGIC: &[u8] = b"dsr encrypted file v1\n";
const SALT: usize = 32;
const PIECE: usize = 64 * 1024;
const TAG: usize = 16;

type Pieces = StreamBE32<Aes256Gcm>;

fn pieces(key: &RestKey, salt: &[u8]) -> Pieces {
    let cipher = Aes256Gcm::new((&*key.of_file(salt)).into());
    Pieces::from_aead(cipher, &Default::default())
}

/// A file that is encrypted while it is written. Without [`Encrypting::finish`] it is no whole file.
pub struct Encrypting<W: Write> {
    below: W,
    pieces: Pieces,
    number: u32,
    waiting: Vec<u8>,
}

/// Encrypts what is written to it into `below`.
///
/// # Errors
/// Those of `below`.
pub fn encrypting<W: Write>(key: &RestKey, mut below: W) -> io::Result<Encrypting<W>> {
    let mut salt = [0u8; SALT];
    getrandom::fill(&mut salt).map_err(io::Error::other)?;
    below.write_all(MAGIC)?;
    below.write_all(&salt)?;
    Ok(Encrypting {
        below,
        pieces: pieces(key, &salt),
        number: 0,
        waiting: Vec::with_capacity(PIECE),
    })
}

impl<W: Write> Encrypting<W> {
    fn put(&mut self, last: bool) -> io::Result<()> {
        let sealed = self.pieces.encrypt(self.number, last, self.waiting.as_slice());
        let sealed = sealed.map_err(|_| io::Error::other("it could not be encrypted"))?;
        self.below.write_all(&sealed)?;
        zeroize::Zeroize::zeroize(&mut self.waiting);
        let next = self.number.checked_add(1);
        self.number = next.ok_or_else(|| io::Error::other("the file is too large"))?;
        Ok(())
    }

    /// Writes the end, and gives what is below.
    ///
    /// # Errors
    /// Those of what is below.
    pub fn finish(mut self) -> io::Result<W> {
        self.put(true)?;
        self.below.flush()?;
        Ok(self.below)
    }
}

impl<W: Write> Write for Encrypting<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // A full piece waits for what follows: it may be the last one.
        if self.waiting.len() == PIECE && !bytes.is_empty() {
            self.put(false)?;
        }
        let taken = bytes.len().min(PIECE - self.waiting.len());
        self.waiting.extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.below.flush()
    }
}

/// True when a file is encrypted at rest.
///
/// # Errors
/// When it cannot be read.
pub fn is_encrypted(path: &Path) -> io::Result<bool> {
    let mut start = Vec::with_capacity(MAGIC.len());
    File::open(path)?
        .take(MAGIC.len() as u64)
        .read_to_end(&mut start)?;
    Ok(start == MAGIC)
}

/// Bytes of a file's content, whether it is encrypted or not.
///
/// # Errors
/// When it cannot be read.
pub fn plain_length(path: &Path) -> io::Result<u64> {
    let length = std::fs::metadata(path)?.len();
    if !is_encrypted(path)? {
        return Ok(length);
    }
    let body = length.saturating_sub((MAGIC.len() + SALT) as u64);
    Ok(body.saturating_sub(body.div_ceil((PIECE + TAG) as u64) * TAG as u64))
}

/// A file, opened whether it is encrypted or not.
pub enum Opened {
    /// As it lies there.
    Plain(File),
    /// Decrypted while it is read.
    Encrypted(Box<Decrypting>),
}

/// An encrypted file while it is read, from any place in it.
pub struct Decrypting {
    file: File,
    pieces: Pieces,
    /// Number of pieces, and bytes of all of them without their tags.
    count: u32,
    length: u64,
    at: u64,
    held: Option<u32>,
    piece: zeroize::Zeroizing<Vec<u8>>,
}

impl Decrypting {
    fn new(mut file: File, key: &RestKey) -> io::Result<Decrypting> {
        let damaged = || io::Error::new(io::ErrorKind::InvalidData, "its beginning is damaged");
        let mut head = [0u8; MAGIC.len() + SALT];
        file.read_exact(&mut head).map_err(|_| damaged())?;
        let body = file.metadata()?.len().saturating_sub(head.len() as u64);
        let whole = (PIECE + TAG) as u64;
        let count = body.div_ceil(whole);
        let length = body
            .checked_sub(count * TAG as u64)
            .filter(|_| count > 0)
            .ok_or_else(damaged)?;
        let mut opened = Decrypting {
            pieces: pieces(key, &head[MAGIC.len()..]),
            file,
            count: u32::try_from(count).map_err(|_| damaged())?,
            length,
            at: 0,
            held: None,
            piece: zeroize::Zeroizing::new(Vec::new()),
        };
        // The last piece says that nothing is missing behind it; it is asked before anything is given out.
        opened.hold(opened.count - 1)?;
        Ok(opened)
    }

    fn hold(&mut self, number: u32) -> io::Result<()> {
        if self.held == Some(number) {
            return Ok(());
        }
        self.held = None;
        let start = (MAGIC.len() + SALT) as u64 + u64::from(number) * (PIECE + TAG) as u64;
        self.file.seek(SeekFrom::Start(start))?;
        let mut sealed = Vec::with_capacity(PIECE + TAG);
        (&self.file).take((PIECE + TAG) as u64).read_to_end(&mut sealed)?;
        let last = number + 1 == self.count;
        let opened = self.pieces.decrypt(number, last, sealed.as_slice());
        let opened = opened.map_err(|_| {
            io::Error::new(
                io::ErrorKind::InvalidData,
                "it is damaged, cut, or encrypted with another key",
            )
        })?;
        self.piece = zeroize::Zeroizing::new(opened);
        self.held = Some(number);
        Ok(())
    }
}

impl Read for Decrypting {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at >= self.length || buffer.is_empty() {
            return Ok(0);
        }
        let piece = PIECE as u64;
        let number = u32::try_from(self.at / piece).map_err(io::Error::other)?;
        self.hold(number)?;
        let from = usize::try_from(self.at % piece).map_err(io::Error::other)?;
        let there = self.piece.get(from..).unwrap_or_default();
        let taken = there.len().min(buffer.len());
        buffer[..taken].copy_from_slice(&there[..taken]);
        self.at += taken as u64;
        Ok(taken)
    }
}

impl Seek for Decrypting {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.length.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "before the beginning"))?;
        Ok(self.at)
    }
}

impl Read for Opened {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Opened::Plain(file) => file.read(buffer),
            Opened::Encrypted(stream) => stream.read(buffer),
        }
    }
}

impl Seek for Opened {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        match self {
            Opened::Plain(file) => file.seek(to),
            Opened::Encrypted(stream) => stream.seek(to),
        }
    }
}

/// Opens a file that may be encrypted at rest.
///
/// # Errors
/// When it cannot be read, or is encrypted and `key` is not its own.
pub fn open_file(path: &Path, key: Option<&RestKey>) -> Result<Opened, Failure> {
    let shown = clean(&path.display().to_string());
    let unreadable = |error: io::Error| {
        let kind = match error.kind() {
            io::ErrorKind::NotFound => FailureKind::NotFound,
            _ => FailureKind::Storage,
        };
        Failure::new(
            kind,
            format!("The file {shown} cannot be read ({}).", error.kind()),
        )
    };
    let file = File::open(path).map_err(unreadable)?;
    if !is_encrypted(path).map_err(unreadable)? {
        return Ok(Opened::Plain(file));
    }
    let locked = |why: &str| {
        let message = format!("The file {shown} is encrypted at rest; {why}.");
        Failure::new(FailureKind::Permission, message)
    };
    let key = key.ok_or_else(|| locked("the key of this store is not open, or it has none"))?;
    let opened = Decrypting::new(file, key).map_err(|error| locked(&error.to_string()))?;
    Ok(Opened::Encrypted(Box::new(opened)))
}

#[cfg(test)]
mod tests;
