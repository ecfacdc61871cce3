//! Thrift's binary protocol, as far as the answers of Cassandra need it. The reader owns nothing and
//! never believes a length: what a peer claims is held against the bytes that are really there, so
//! that no answer can make it panic or allocate.

/// Types of fields, as Thrift's binary protocol numbers them (`TType`).
pub mod kind {
    /// End of a struct.
    pub const STOP: u8 = 0;
    /// One byte, 0 or 1.
    pub const BOOL: u8 = 2;
    /// One byte.
    pub const BYTE: u8 = 3;
    /// Eight bytes.
    pub const DOUBLE: u8 = 4;
    /// Two bytes.
    pub const I16: u8 = 6;
    /// Four bytes.
    pub const I32: u8 = 8;
    /// Eight bytes.
    pub const I64: u8 = 10;
    /// A text or bytes, after a length of four bytes.
    pub const STRING: u8 = 11;
    /// Fields up to a stop.
    pub const STRUCT: u8 = 12;
    /// Key type, value type, count, pairs.
    pub const MAP: u8 = 13;
    /// Type, count, elements.
    pub const SET: u8 = 14;
    /// Type, count, elements.
    pub const LIST: u8 = 15;
}

/// First half of a message's head: strict protocol, version 1.
pub(super) const VERSION_1: u32 = 0x8001_0000;
/// A struct inside a struct, and so on: Cassandra's deepest answer has 6.
const MAX_DEPTH: u8 = 16;

/// An answer that is no answer of this protocol; says what was wrong with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Malformed(pub &'static str);

/// What kind of message a head announces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageKind {
    /// A call.
    Call,
    /// The answer to one; its result follows as a struct.
    Reply,
    /// The call could not be carried out at all; a `TApplicationException` follows.
    Exception,
}

/// Reads an answer. A copy of it remembers the place.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    /// Reads `bytes` from their beginning.
    pub fn new(bytes: &'a [u8]) -> Reader<'a> {
        Reader { bytes, at: 0 }
    }

    /// Reads `bytes` from position `at`; past the end there is nothing to read.
    pub fn from(bytes: &'a [u8], at: usize) -> Reader<'a> {
        Reader {
            bytes,
            at: at.min(bytes.len()),
        }
    }

    /// The position of the next byte.
    pub fn at(&self) -> usize {
        self.at
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], Malformed> {
        let end = self
            .at
            .checked_add(count)
            .ok_or(Malformed("a length is absurd"))?;
        let found = self
            .bytes
            .get(self.at..end)
            .ok_or(Malformed("the answer ends in the middle"))?;
        self.at = end;
        Ok(found)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let found = self.take(N)?;
        // `take` gave exactly N bytes; the other branch cannot be reached, but need not panic either.
        found
            .try_into()
            .map_err(|_| Malformed("the answer ends in the middle"))
    }

    /// The next `count` bytes.
    pub fn bytes(&mut self, count: usize) -> Result<&'a [u8], Malformed> {
        self.take(count)
    }

    /// Where `part` stands, which was the last of a field just read or lies before it: found by
    /// address, so that no copy has to be searched. What is not part of the answer stands nowhere.
    pub fn place_of(&self, part: &[u8]) -> std::ops::Range<usize> {
        let start = (part.as_ptr() as usize).wrapping_sub(self.bytes.as_ptr() as usize);
        match start.checked_add(part.len()) {
            Some(end) if end <= self.bytes.len() => start..end,
            _ => 0..0,
        }
    }

    /// One byte.
    pub fn byte(&mut self) -> Result<u8, Malformed> {
        Ok(self.array::<1>()?[0])
    }

    /// A number of two bytes.
    pub fn i16(&mut self) -> Result<i16, Malformed> {
        self.array().map(i16::from_be_bytes)
    }

    /// A number of four bytes.
    pub fn i32(&mut self) -> Result<i32, Malformed> {
        self.array().map(i32::from_be_bytes)
    }

    /// A number of eight bytes.
    pub fn i64(&mut self) -> Result<i64, Malformed> {
        self.array().map(i64::from_be_bytes)
    }

    /// Bytes or a text, borrowed from the answer.
    pub fn binary(&mut self) -> Result<&'a [u8], Malformed> {
        let length = usize::try_from(self.i32()?).map_err(|_| Malformed("a length is negative"))?;
        self.take(length)
    }

    /// A text; what is no UTF-8 is replaced.
    pub fn text(&mut self) -> Result<String, Malformed> {
        Ok(String::from_utf8_lossy(self.binary()?).into_owned())
    }

    /// The head of the next field: its type and id, or `None` at the end of the struct.
    pub fn field(&mut self) -> Result<Option<(u8, i16)>, Malformed> {
        match self.byte()? {
            kind::STOP => Ok(None),
            kind => Ok(Some((kind, self.i16()?))),
        }
    }

    /// The head of a list or set: type and number of its elements. The number is one that the bytes
    /// left can hold.
    pub fn list(&mut self) -> Result<(u8, usize), Malformed> {
        let kind = self.byte()?;
        let count = self.count(smallest(kind))?;
        Ok((kind, count))
    }

    /// The head of a list whose elements are of type `wanted`; an empty list may claim another.
    pub fn list_of(&mut self, wanted: u8) -> Result<usize, Malformed> {
        match self.list()? {
            (_, 0) => Ok(0),
            (kind, count) if kind == wanted => Ok(count),
            _ => Err(Malformed("a list holds something else than it should")),
        }
    }

    /// The head of a map: types of keys and values, and their number.
    pub fn map(&mut self) -> Result<(u8, u8, usize), Malformed> {
        let (key, value) = (self.byte()?, self.byte()?);
        let count = self.count(smallest(key) + smallest(value))?;
        Ok((key, value, count))
    }

    /// Pairs of texts.
    pub fn text_map(&mut self) -> Result<Vec<(String, String)>, Malformed> {
        let (key, value, count) = self.map()?;
        if count > 0 && (key, value) != (kind::STRING, kind::STRING) {
            return Err(Malformed("a map holds something else than it should"));
        }
        (0..count).map(|_| Ok((self.text()?, self.text()?))).collect()
    }

    fn count(&mut self, size: usize) -> Result<usize, Malformed> {
        let count =
            usize::try_from(self.i32()?).map_err(|_| Malformed("a number of elements is negative"))?;
        let left = self.bytes.len() - self.at;
        if count.saturating_mul(size.max(1)) > left {
            return Err(Malformed("more elements are announced than the answer can hold"));
        }
        Ok(count)
    }

    /// Passes over a value of type `kind`.
    pub fn skip(&mut self, kind: u8) -> Result<(), Malformed> {
        self.skip_within(kind, MAX_DEPTH)
    }

    fn skip_within(&mut self, kind: u8, depth: u8) -> Result<(), Malformed> {
        let deeper = || {
            depth
                .checked_sub(1)
                .ok_or(Malformed("the answer is nested too deeply"))
        };
        match kind {
            kind::BOOL | kind::BYTE => self.take(1).map(drop),
            kind::I16 => self.take(2).map(drop),
            kind::I32 => self.take(4).map(drop),
            kind::I64 | kind::DOUBLE => self.take(8).map(drop),
            kind::STRING => self.binary().map(drop),
            kind::STRUCT => {
                let deeper = deeper()?;
                while let Some((kind, _)) = self.field()? {
                    self.skip_within(kind, deeper)?;
                }
                Ok(())
            }
            kind::LIST | kind::SET => {
                let deeper = deeper()?;
                let (kind, count) = self.list()?;
                (0..count).try_for_each(|_| self.skip_within(kind, deeper))
            }
            kind::MAP => {
                let deeper = deeper()?;
                let (key, value, count) = self.map()?;
                (0..count).try_for_each(|_| {
                    self.skip_within(key, deeper)?;
                    self.skip_within(value, deeper)
                })
            }
            _ => Err(Malformed("a field has a type that Thrift does not know")),
        }
    }

    /// The head of a message: kind, name of the call, sequence number.
    pub fn message(&mut self) -> Result<(MessageKind, &'a [u8], i32), Malformed> {
        // The sign bit marks the strict form; the cast only reinterprets it.
        let head = self.i32()? as u32;
        if head & 0xffff_0000 != VERSION_1 {
            return Err(Malformed("the answer is not in Thrift's binary protocol"));
        }
        let kind = match head & 0xff {
            1 => MessageKind::Call,
            2 => MessageKind::Reply,
            3 => MessageKind::Exception,
            _ => return Err(Malformed("the answer is of a kind that was not asked for")),
        };
        let name = self.binary()?;
        let sequence = self.i32()?;
        Ok((kind, name, sequence))
    }
}

/// The fewest bytes that a value of a type takes; 1 for what is not known.
fn smallest(kind: u8) -> usize {
    match kind {
        kind::I16 => 2,
        kind::I32 | kind::STRING => 4,
        kind::I64 | kind::DOUBLE => 8,
        kind::LIST | kind::SET => 5,
        kind::MAP => 6,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claims_are_held_against_what_is_there() {
        assert!(Reader::new(&[0x7f, 0xff, 0xff, 0xff, 1]).binary().is_err());
        assert!(Reader::new(&[0xff, 0xff, 0xff, 0xff]).binary().is_err());
        assert!(
            Reader::new(&[kind::STRUCT, 0x7f, 0xff, 0xff, 0xff])
                .list()
                .is_err()
        );
        assert!(
            Reader::new(&[kind::BYTE, kind::BYTE, 0x7f, 0xff, 0xff, 0xff])
                .map()
                .is_err()
        );
        let deep = [kind::LIST, 0, 0, 0, 1].repeat(100);
        assert!(Reader::new(&deep).skip(kind::LIST).is_err());
        assert!(Reader::new(&[0, 0, 0, 9]).message().is_err());
    }
}
