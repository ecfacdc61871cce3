//! The content of an OCTET STRING as a stream, whether it is one piece, or made of pieces of any size
//! and nesting.

use std::io::Read;

use super::ber::{Ber, Header, tag};
use crate::crypto::trouble::{Result, malformed};

/// Strings within strings.
const NESTING: usize = 16;

/// Where in the string the reader is.
pub(crate) struct Octets {
    /// Bytes of the present piece that are still to come.
    left: u64,
    /// Elements that were open before the string.
    base: usize,
    /// Nothing comes any more.
    ended: bool,
    /// Bytes the whole string has, when its header says so.
    pub(crate) announced: Option<u64>,
}

impl Octets {
    /// Begins the string behind `header`, whatever its tag.
    pub(crate) fn begin<R: Read>(ber: &mut Ber<R>, header: &Header) -> Result<Octets> {
        let base = ber.depth();
        let announced = if header.constructed { None } else { header.length };
        if header.constructed {
            ber.enter(header)?;
        }
        Ok(Octets {
            left: announced.unwrap_or(0),
            base,
            ended: false,
            announced,
        })
    }

    /// Fills `target` as far as the string goes; fewer bytes mean that it has ended.
    pub(crate) fn fill<R: Read>(&mut self, ber: &mut Ber<R>, target: &mut [u8]) -> Result<usize> {
        let mut filled = 0;
        while filled < target.len() && self.advance(ber)? {
            let room = target.len() - filled;
            let count = usize::try_from(self.left).map_or(room, |left| left.min(room));
            let read = ber.content(&mut target[filled..filled + count])?;
            self.left -= read as u64;
            filled += read;
        }
        Ok(filled)
    }

    /// Goes to the next piece that has bytes; false at the end of the string.
    fn advance<R: Read>(&mut self, ber: &mut Ber<R>) -> Result<bool> {
        while self.left == 0 && !self.ended {
            if ber.depth() == self.base {
                self.ended = true;
                break;
            }
            match ber.next()? {
                None => ber.leave(),
                Some(piece) if !piece.is(tag::OCTETS) => {
                    return Err(malformed("its content is made of something else than octets"));
                }
                Some(piece) if piece.constructed => {
                    if ber.depth() - self.base >= NESTING {
                        return Err(malformed("its content is nested too deeply"));
                    }
                    ber.enter(&piece)?;
                }
                Some(piece) => self.left = piece.length.unwrap_or(0),
            }
        }
        Ok(self.left > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bytes of a source that is made as it is read.
    fn read_all(mut ber: Ber<impl Read>) -> u64 {
        let header = ber.expect("a string").unwrap();
        let mut octets = Octets::begin(&mut ber, &header).unwrap();
        let mut buffer = vec![0; 4 << 20];
        let mut total = 0;
        loop {
            let filled = octets.fill(&mut ber, &mut buffer).unwrap();
            total += filled as u64;
            if filled < buffer.len() {
                ber.end().unwrap();
                return total;
            }
        }
    }

    #[test]
    fn a_string_of_more_than_four_gib_is_read_to_its_exact_end() {
        let total: u64 = (4 << 30) + 12_345;
        let head = [&[0x04, 0x88][..], &total.to_be_bytes()].concat();
        let source = std::io::Cursor::new(head).chain(std::io::repeat(7).take(total));
        assert_eq!(read_all(Ber::new(source)), total);
    }

    #[test]
    fn pieces_that_are_more_than_four_gib_together_are_read_to_the_last() {
        let piece: u64 = 1 << 30;
        let mut source: Box<dyn Read> = Box::new(std::io::Cursor::new(vec![0x24, 0x80]));
        for _ in 0..5 {
            let head = [&[0x04, 0x85, 0][..], &(piece as u32).to_be_bytes()].concat();
            source = Box::new(
                source
                    .chain(std::io::Cursor::new(head))
                    .chain(std::io::repeat(7).take(piece)),
            );
        }
        let source = source.chain(std::io::Cursor::new(vec![0, 0]));
        assert_eq!(read_all(Ber::new(source)), 5 * piece);
    }
}
