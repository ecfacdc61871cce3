//! Which partition a place in a data file belongs to. `Index.db` lists each key with the place where its
//! partition begins; only the entries before the places asked for are kept, so that an index of any
//! size takes no memory.

use std::fs::File;
use std::io::{BufReader, Read};

use super::name::Format;

/// A key and where its partition begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partition {
    /// Bytes of the key.
    pub key: Vec<u8>,
    /// Where it begins in the plain data.
    pub begins: u64,
}

/// The partitions of `places`, which are sorted: for each the last one that begins at it or before.
///
/// # Errors
/// What is wrong with the index, as half a sentence.
pub fn of(index: File, format: &Format, places: &[u64]) -> Result<Vec<Partition>, String> {
    let mut entries = Entries {
        reader: BufReader::with_capacity(256 * 1024, index),
        format,
    };
    let mut found = Vec::with_capacity(places.len());
    let mut current: Option<Partition> = None;
    let mut next = entries.next()?;
    for place in places {
        while let Some(entry) = next.take_if(|entry| entry.begins <= *place) {
            if current
                .as_ref()
                .is_some_and(|before| before.begins >= entry.begins)
            {
                return Err("its entries do not follow each other".to_owned());
            }
            current = Some(entry);
            next = entries.next()?;
        }
        found.push(
            current
                .clone()
                .ok_or("it does not begin with the first partition")?,
        );
    }
    Ok(found)
}

struct Entries<'a> {
    reader: BufReader<File>,
    format: &'a Format,
}

impl Entries<'_> {
    /// A key (length of two bytes), the place of its partition, and from 1.2 on an index of a wide
    /// row (length, then that many bytes).
    fn next(&mut self) -> Result<Option<Partition>, String> {
        let mut first = [0u8; 1];
        match self.reader.read(&mut first) {
            Ok(0) => return Ok(None),
            Ok(_) => {}
            Err(error) => return Err(error.to_string()),
        }
        let [second] = self.bytes::<1>()?;
        let mut key = vec![0; usize::from(u16::from_be_bytes([first[0], second]))];
        self.reader.read_exact(&mut key).map_err(cut)?;
        let begins = self.number(8)?;
        if self.format.promotes_index() {
            let length = self.number(4)?;
            let skipped = std::io::copy(&mut self.reader.by_ref().take(length), &mut std::io::sink());
            if skipped.map_err(|error| error.to_string())? != length {
                return Err("it ends in the middle".to_owned());
            }
        }
        Ok(Some(Partition { key, begins }))
    }

    fn bytes<const N: usize>(&mut self) -> Result<[u8; N], String> {
        let mut bytes = [0; N];
        self.reader.read_exact(&mut bytes).map_err(cut)?;
        Ok(bytes)
    }

    /// A number of `wide` bytes, or of variable length: as many further bytes as the first has
    /// leading ones.
    fn number(&mut self, wide: usize) -> Result<u64, String> {
        if !self.format.short_numbers() {
            return match wide {
                4 => Ok(u64::from(u32::from_be_bytes(self.bytes()?))),
                _ => Ok(u64::from_be_bytes(self.bytes()?)),
            };
        }
        let [first] = self.bytes::<1>()?;
        let more = first.leading_ones();
        let mut number = if more >= 7 {
            0
        } else {
            u64::from(first & (0xff >> more))
        };
        for _ in 0..more {
            number = number << 8 | u64::from(self.bytes::<1>()?[0]);
        }
        Ok(number)
    }
}

fn cut(_: std::io::Error) -> String {
    "it ends in the middle".to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::info::tests::format;
    use super::*;
    use std::io::{Seek, Write};

    fn file(bytes: &[u8]) -> File {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        file.rewind().unwrap();
        file
    }

    #[test]
    fn places_find_their_partition() {
        // Fixed numbers, with an index of a wide row at the second key.
        let old = b"\x00\x01a\0\0\0\0\0\0\0\0\0\0\0\0\x00\x01b\0\0\0\0\0\0\x01\0\0\0\0\x03xyz\x00\x01c\0\0\0\0\0\0\x02\0\0\0\0\0";
        // Variable numbers: 0, 0x100 (two bytes), 0x4000 (three bytes).
        let new = b"\x00\x01a\x00\x00\x00\x01b\x81\x00\x03xyz\x00\x01c\xc0\x40\x00\x00";
        for (bytes, version, last) in [(&old[..], "ic", 0x200), (&new[..], "oa", 0x4000)] {
            let found = of(
                file(bytes),
                &format(version),
                &[0, 5, 0xff, 0x100, 0x1ff, last, 9_999_999],
            )
            .unwrap();
            let keys: Vec<_> = found.iter().map(|partition| partition.key[0] as char).collect();
            assert_eq!(keys, ['a', 'a', 'a', 'b', 'b', 'c', 'c'], "{version}");
        }
    }

    #[test]
    fn a_broken_index_says_so() {
        let whole = b"\x00\x01a\0\0\0\0\0\0\0\0\0\0\0\0";
        for length in 1..whole.len() {
            assert!(
                of(file(&whole[..length]), &format("ic"), &[5]).is_err(),
                "{length}"
            );
        }
        assert!(of(file(b""), &format("ic"), &[5]).is_err());
        let absurd = b"\x00\x01a\0\0\0\0\0\0\0\0\xff\xff\xff\xff";
        assert!(of(file(absurd), &format("ic"), &[5]).is_err());
        let backwards = b"\x00\x01a\x09\x00\x00\x01b\x05\x00";
        assert!(of(file(backwards), &format("oa"), &[50]).is_err());
    }
}
