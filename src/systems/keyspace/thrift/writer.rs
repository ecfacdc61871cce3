//! Thrift's binary protocol, the other way: calls, each in a frame of its own.

use super::protocol::{VERSION_1, kind};

/// Writes a call, with room for the length of its frame in front.
#[derive(Debug)]
pub struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    /// Begins the call `name`.
    pub fn call(name: &str, sequence: i32) -> Writer {
        let mut writer = Writer { bytes: vec![0; 4] };
        writer.bytes.extend((VERSION_1 | 1).to_be_bytes());
        writer.put(name.as_bytes());
        writer.bytes.extend(sequence.to_be_bytes());
        writer
    }

    fn put(&mut self, value: &[u8]) {
        // Nothing that is sent comes near this limit: keys have 64 KiB at most.
        let length = u32::try_from(value.len()).unwrap_or(u32::MAX);
        self.bytes.extend(length.to_be_bytes());
        self.bytes.extend(value);
    }

    fn head(&mut self, kind: u8, id: i16) {
        self.bytes.push(kind);
        self.bytes.extend(id.to_be_bytes());
    }

    /// A text or bytes.
    pub fn binary(&mut self, id: i16, value: &[u8]) -> &mut Writer {
        self.head(kind::STRING, id);
        self.put(value);
        self
    }

    /// A number.
    pub fn i32(&mut self, id: i16, value: i32) -> &mut Writer {
        self.head(kind::I32, id);
        self.bytes.extend(value.to_be_bytes());
        self
    }

    /// Yes or no.
    pub fn bool(&mut self, id: i16, value: bool) -> &mut Writer {
        self.head(kind::BOOL, id);
        self.bytes.push(u8::from(value));
        self
    }

    /// A struct, filled by `fill`.
    pub fn nested(&mut self, id: i16, fill: impl FnOnce(&mut Writer)) -> &mut Writer {
        self.head(kind::STRUCT, id);
        fill(self);
        self.bytes.push(kind::STOP);
        self
    }

    /// Pairs of texts.
    pub fn text_map(&mut self, id: i16, pairs: &[(&str, &str)]) -> &mut Writer {
        self.head(kind::MAP, id);
        self.bytes.extend([kind::STRING, kind::STRING]);
        self.bytes
            .extend(u32::try_from(pairs.len()).unwrap_or(u32::MAX).to_be_bytes());
        for (key, value) in pairs {
            self.put(key.as_bytes());
            self.put(value.as_bytes());
        }
        self
    }

    /// The whole frame, ready to be sent.
    pub fn frame(mut self) -> Vec<u8> {
        self.bytes.push(kind::STOP);
        let length = u32::try_from(self.bytes.len() - 4).unwrap_or(u32::MAX);
        self.bytes[..4].copy_from_slice(&length.to_be_bytes());
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::systems::keyspace::thrift::protocol::{MessageKind, Reader};

    #[test]
    fn a_call_reads_back() {
        let mut call = Writer::call("get_slice", 7);
        call.binary(1, b"key").nested(2, |parent| {
            parent.binary(3, b"cf");
        });
        call.i32(4, 3).bool(5, true).text_map(6, &[("a", "b")]);
        let frame = call.frame();
        assert_eq!(
            frame.len() - 4,
            u32::from_be_bytes(frame[..4].try_into().unwrap()) as usize
        );
        let mut reader = Reader::new(&frame[4..]);
        assert_eq!(
            reader.message().unwrap(),
            (MessageKind::Call, b"get_slice".as_slice(), 7)
        );
        assert_eq!(reader.field().unwrap(), Some((kind::STRING, 1)));
        assert_eq!(reader.binary().unwrap(), b"key");
        assert_eq!(reader.field().unwrap(), Some((kind::STRUCT, 2)));
        reader.skip(kind::STRUCT).unwrap();
        assert_eq!(reader.field().unwrap(), Some((kind::I32, 4)));
        assert_eq!(reader.i32().unwrap(), 3);
        assert_eq!(reader.field().unwrap(), Some((kind::BOOL, 5)));
        reader.skip(kind::BOOL).unwrap();
        assert_eq!(reader.field().unwrap(), Some((kind::MAP, 6)));
        assert_eq!(reader.text_map().unwrap(), [("a".to_owned(), "b".to_owned())]);
        assert_eq!(reader.field().unwrap(), None);
    }
}
