//! Tags and lengths, one after another, out of a stream: BER with definite and indefinite lengths.
//! Nothing is believed: lengths are 64 bits wide and never allocated for, depth is bounded, and no
//! element may reach beyond what holds it.

use std::io::Read;

use crate::crypto::trouble::{Result, Trouble, malformed};

/// Room for what was read ahead.
const BUFFER: usize = 128 * 1024;
/// No sound message nests deeper.
const DEPTH: usize = 32;

/// The class of a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    /// Of ASN.1 itself.
    Universal,
    /// `[n]`.
    Context,
    /// Application or private, which CMS does not use.
    Other,
}

/// What stands before an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    /// Class of the tag.
    pub class: Class,
    /// True when it is made of elements.
    pub constructed: bool,
    /// Number of the tag, below 31.
    pub number: u8,
    /// The first byte as it stood.
    pub identifier: u8,
    /// Bytes of content; `None` when an end mark ends it.
    pub length: Option<u64>,
}

impl Header {
    /// True for this universal tag.
    pub(crate) fn is(&self, number: u8) -> bool {
        self.class == Class::Universal && self.number == number
    }

    /// True for `[number]`.
    pub(crate) fn is_context(&self, number: u8) -> bool {
        self.class == Class::Context && self.number == number
    }
}

/// Numbers of universal tags.
pub(crate) mod tag {
    /// INTEGER.
    pub(crate) const INTEGER: u8 = 2;
    /// OCTET STRING.
    pub(crate) const OCTETS: u8 = 4;
    /// OBJECT IDENTIFIER.
    pub(crate) const OID: u8 = 6;
    /// SEQUENCE.
    pub(crate) const SEQUENCE: u8 = 16;
    /// SET.
    pub(crate) const SET: u8 = 17;
}

/// An element that was entered.
#[derive(Clone, Copy)]
struct Frame {
    /// Nothing inside may reach beyond this position.
    limit: u64,
    /// Ended by a mark instead of by its length.
    indefinite: bool,
}

/// The reader.
pub(crate) struct Ber<R> {
    input: R,
    buffer: Box<[u8]>,
    start: usize,
    end: usize,
    position: u64,
    frames: Vec<Frame>,
}

impl<R: Read> Ber<R> {
    /// A reader of everything that `input` gives.
    pub(crate) fn new(input: R) -> Ber<R> {
        Ber {
            input,
            buffer: vec![0; BUFFER].into_boxed_slice(),
            start: 0,
            end: 0,
            position: 0,
            frames: Vec::with_capacity(DEPTH),
        }
    }

    /// How many elements are open.
    pub(crate) fn depth(&self) -> usize {
        self.frames.len()
    }

    fn limit(&self) -> u64 {
        self.frames.last().map_or(u64::MAX, |frame| frame.limit)
    }

    /// Fills the buffer when it is empty; false at the end of input.
    fn refill(&mut self) -> Result<bool> {
        if self.start < self.end {
            return Ok(true);
        }
        self.start = 0;
        self.end = read_some(&mut self.input, &mut self.buffer)?;
        Ok(self.end > 0)
    }

    fn peek(&mut self) -> Result<Option<u8>> {
        Ok(self.refill()?.then(|| self.buffer[self.start]))
    }

    /// One byte of a header.
    fn byte(&mut self) -> Result<u8> {
        if self.position >= self.limit() {
            return Err(malformed("an element is longer than what holds it"));
        }
        match self.peek()? {
            Some(byte) => {
                self.start += 1;
                self.position += 1;
                Ok(byte)
            }
            None => Err(Trouble::Truncated("its structure")),
        }
    }

    /// The next header inside the open element; `None` at its end, which is consumed.
    pub(crate) fn next(&mut self) -> Result<Option<Header>> {
        let Some(frame) = self.frames.last().copied() else {
            return self.header().map(Some);
        };
        if !frame.indefinite {
            return if self.position == frame.limit {
                Ok(None)
            } else {
                self.header().map(Some)
            };
        }
        if self.peek()? == Some(0) {
            self.byte()?;
            if self.byte()? != 0 {
                return Err(malformed("an end mark has a length"));
            }
            return Ok(None);
        }
        self.header().map(Some)
    }

    fn header(&mut self) -> Result<Header> {
        let identifier = self.byte()?;
        let class = match identifier >> 6 {
            0 => Class::Universal,
            2 => Class::Context,
            _ => Class::Other,
        };
        let number = identifier & 0x1f;
        let constructed = identifier & 0x20 != 0;
        if number == 0x1f {
            return Err(malformed("a tag of several bytes stands where none can be"));
        }
        if identifier == 0 {
            return Err(malformed("an end mark stands where none can be"));
        }
        let length = self.length(constructed)?;
        if let Some(length) = length
            && self
                .position
                .checked_add(length)
                .is_none_or(|end| end > self.limit())
        {
            return Err(malformed("an element is longer than what holds it"));
        }
        Ok(Header {
            class,
            constructed,
            number,
            identifier,
            length,
        })
    }

    fn length(&mut self, constructed: bool) -> Result<Option<u64>> {
        let first = self.byte()?;
        match first {
            0..=0x7f => Ok(Some(u64::from(first))),
            0x80 if constructed => Ok(None),
            0x80 => Err(malformed("a plain element has no length")),
            0xff => Err(malformed("a length is not one")),
            _ => {
                let mut length = 0_u64;
                for _ in 0..first & 0x7f {
                    let byte = self.byte()?;
                    if length >> 56 != 0 {
                        return Err(Trouble::Limit("a length has more than 64 bits".to_owned()));
                    }
                    length = length << 8 | u64::from(byte);
                }
                Ok(Some(length))
            }
        }
    }

    /// Goes into a constructed element.
    pub(crate) fn enter(&mut self, header: &Header) -> Result<()> {
        if !header.constructed {
            return Err(malformed("a plain element stands where a made one must"));
        }
        if self.frames.len() >= DEPTH {
            return Err(Trouble::Limit("its structure is nested too deeply".to_owned()));
        }
        let frame = match header.length {
            // The header has been checked against what holds it.
            Some(length) => Frame {
                limit: self.position.saturating_add(length),
                indefinite: false,
            },
            None => Frame {
                limit: self.limit(),
                indefinite: true,
            },
        };
        self.frames.push(frame);
        Ok(())
    }

    /// Leaves an element whose end [`Ber::next`] has seen.
    pub(crate) fn leave(&mut self) {
        self.frames.pop();
    }

    /// Demands the end of the open element and leaves it.
    pub(crate) fn close(&mut self) -> Result<()> {
        match self.next()? {
            None => {
                self.leave();
                Ok(())
            }
            Some(_) => Err(malformed("an element holds more than it may")),
        }
    }

    /// The next header, which must be there.
    pub(crate) fn expect(&mut self, what: &'static str) -> Result<Header> {
        self.next()?
            .ok_or_else(|| malformed(format!("{what} is missing")))
    }

    /// Content bytes of a plain element; the caller keeps count of its length. Never gives zero for
    /// a `target` that has room.
    pub(crate) fn content(&mut self, target: &mut [u8]) -> Result<usize> {
        if target.is_empty() {
            return Ok(0);
        }
        let read = if self.start == self.end && target.len() >= BUFFER / 2 {
            read_some(&mut self.input, target)?
        } else if self.refill()? {
            let count = target.len().min(self.end - self.start);
            target[..count].copy_from_slice(&self.buffer[self.start..self.start + count]);
            self.start += count;
            count
        } else {
            0
        };
        if read == 0 {
            return Err(Trouble::Truncated("its content"));
        }
        self.position += read as u64;
        Ok(read)
    }

    /// Demands the end of input. Line breaks are overlooked: a mail may end with one.
    pub(crate) fn end(&mut self) -> Result<()> {
        for _ in 0..16 {
            match self.peek()? {
                None => return Ok(()),
                Some(b'\r' | b'\n') => self.start += 1,
                Some(_) => break,
            }
        }
        Err(Trouble::Trailing)
    }
}

/// Reads, patiently when a signal came in between.
fn read_some(input: &mut impl Read, target: &mut [u8]) -> Result<usize> {
    loop {
        match input.read(target) {
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            other => return other.map_err(Trouble::from),
        }
    }
}
