//! Base64 out of a stream of lines, in large pieces. It ends at its padding, at a line that begins
//! with a dash (the end of PEM), or with the stream.

use std::io::{self, Read};

use base64_simd::{AsOut as _, STANDARD};

use crate::crypto::trouble::malformed;

/// Text read at a time.
const TEXT: usize = 128 * 1024;

/// The decoder.
pub(crate) struct Base64<R> {
    input: R,
    raw: Box<[u8]>,
    /// Characters without line breaks that are not decoded yet.
    text: Vec<u8>,
    decoded: Vec<u8>,
    given: usize,
    /// Pieces that were encoded each for itself may follow each other.
    joined: bool,
    /// Nothing but white space may come any more.
    padded: bool,
    ended: bool,
    line: Line,
}

/// Where in a line the text was left.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Line {
    Begins,
    /// A single dash of it was seen.
    Dash,
    Goes,
}

impl<R: Read> Base64<R> {
    /// A decoder of what `input` gives.
    pub(crate) fn new(input: R) -> Base64<R> {
        Base64 {
            input,
            raw: vec![0; TEXT].into_boxed_slice(),
            text: Vec::with_capacity(TEXT + 4),
            decoded: Vec::new(),
            given: 0,
            joined: false,
            padded: false,
            ended: false,
            line: Line::Begins,
        }
    }

    /// A decoder of several texts in a row: behind the padding of one the next may begin.
    pub(crate) fn joined(input: R) -> Base64<R> {
        Base64 {
            joined: true,
            ..Base64::new(input)
        }
    }

    /// Decodes the next piece of text.
    fn refill(&mut self) -> io::Result<()> {
        // What stands behind a padding goes first.
        if !self.ended && self.text.len() <= TEXT {
            let read = loop {
                match self.input.read(&mut self.raw) {
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    other => break other?,
                }
            };
            self.ended = read == 0;
            self.collect(read);
        }
        if memchr::memchr3(b' ', b'\t', b'\r', &self.text).is_some() {
            self.text.retain(|byte| !byte.is_ascii_whitespace());
        }
        let mut usable = self.text.len() / 4 * 4;
        if let Some(padding) = memchr::memchr(b'=', &self.text[..usable]) {
            let end = padding / 4 * 4 + 4;
            // Behind the padding only the rest of it may stand.
            if !self.joined && (self.padded || self.text.len() > end) {
                return Err(damaged());
            }
            usable = end;
            self.padded = !self.joined;
        } else if self.padded && !self.text.is_empty() {
            return Err(damaged());
        }
        if self.ended && usable < self.text.len() && (!self.joined || usable == 0) {
            return Err(damaged());
        }
        self.decode(usable)
    }

    /// Appends what is no line break, up to a line that begins with two dashes. Lines are long and
    /// clean, so whole ones are copied; what else stands in them shows when they are decoded.
    fn collect(&mut self, read: usize) {
        let mut rest = &self.raw[..read];
        while !rest.is_empty() {
            let end = memchr::memchr(b'\n', rest);
            let line = &rest[..end.unwrap_or(rest.len())];
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            let dashes = line.iter().take(2).take_while(|byte| **byte == b'-').count();
            match self.line {
                Line::Begins if dashes == 2 => self.ended = true,
                // The second dash may come with the next piece.
                Line::Begins if dashes == 1 && line.len() == 1 && end.is_none() => {
                    self.line = Line::Dash;
                    return;
                }
                Line::Dash if dashes > 0 => self.ended = true,
                Line::Dash => self.text.push(b'-'),
                _ => {}
            }
            if self.ended {
                return;
            }
            self.text.extend_from_slice(line);
            self.line = if end.is_some() { Line::Begins } else { Line::Goes };
            rest = end.map_or(&[], |end| &rest[end + 1..]);
        }
    }

    /// Decodes the whole groups of four. Blanks within lines are rare: they are taken out when a piece
    /// turns out to hold some.
    fn decode(&mut self, usable: usize) -> io::Result<()> {
        self.decoded.resize(usable / 4 * 3, 0);
        let decoded = STANDARD
            .decode(&self.text[..usable], self.decoded.as_mut_slice().as_out())
            .map_err(|_| damaged())?
            .len();
        self.decoded.truncate(decoded);
        self.given = 0;
        self.text.drain(..usable);
        Ok(())
    }
}

fn damaged() -> io::Error {
    malformed("its base64 is damaged or cut off").into()
}

impl<R: Read> Read for Base64<R> {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        while self.given == self.decoded.len() {
            if self.ended && self.text.is_empty() {
                return Ok(0);
            }
            self.refill()?;
        }
        let count = target.len().min(self.decoded.len() - self.given);
        target[..count].copy_from_slice(&self.decoded[self.given..self.given + count]);
        self.given += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(text: &str) -> io::Result<Vec<u8>> {
        let mut out = Vec::new();
        Base64::new(text.as_bytes()).read_to_end(&mut out).map(|_| out)
    }

    #[test]
    fn lines_of_any_length_and_ending_read_the_same() {
        for text in [
            "aGVsbG8gd29ybGQ=",
            "aGVs\r\nbG8gd2\r\n9ybGQ=\r\n",
            "a\nG\nVsbG8gd29ybGQ\n=\n\n",
            " aGVsbG8g d29ybGQ= ",
        ] {
            assert_eq!(decoded(text).unwrap(), b"hello world", "{text:?}");
        }
        assert_eq!(
            decoded("aGVsbG8gd29ybGQ=\n-----END CMS-----\nmore").unwrap(),
            b"hello world"
        );
    }

    #[test]
    fn texts_in_a_row_are_read_as_one_where_that_is_asked_for() {
        for text in [
            "aGVsbG8gd29ybGQ=\naGVsbG8gd29ybGQ=\n",
            "aGVsbG8gd29ybGQ=aGVs\nbG8g\nd29ybGQ=",
            "aA==ZQ==bG8=\n bGxvIHdvcmxk",
        ] {
            let mut out = Vec::new();
            Base64::joined(text.as_bytes()).read_to_end(&mut out).unwrap();
            let text = String::from_utf8(out).unwrap();
            assert!(
                text == "hello worldhello world" || text == "helollo world",
                "{text}"
            );
        }
        for text in ["aGVsbG8gd29ybGQ=a", "aGV=bG8h=", "aGVsbG8gd29ybGQ=aGV?"] {
            assert!(
                Base64::joined(text.as_bytes())
                    .read_to_end(&mut Vec::new())
                    .is_err(),
                "{text}"
            );
        }
    }

    #[test]
    fn damage_is_told() {
        for text in [
            "aGVsbG8gd29ybGQ",
            "aGVs=bG8",
            "aGVsbG8gd29ybGQ=aGVs",
            "aGV?bG8h",
            "aGVsbG8gd29ybGQ=\n=",
            "aGVs-bG8gd29ybGQ=",
            "-aGVsbG8gd29ybGQ=",
        ] {
            assert!(decoded(text).is_err(), "{text:?}");
        }
    }
}
