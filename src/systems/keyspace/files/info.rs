//! `CompressionInfo.db`: how the data file beside it is compressed, and where its chunks begin. All in
//! it is held against the size of the data file before it is believed.

use super::name::Format;
use crate::domain::text::clean;

/// The longest chunk that is believed; Cassandra's own are 4 to 256 KiB.
const MAX_CHUNK: u32 = 64 * 1024 * 1024;

/// How a chunk is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// A length of four bytes, little-endian, then an LZ4 block.
    Lz4,
    /// A block of Snappy.
    Snappy,
    /// zlib.
    Deflate,
    /// A frame of Zstandard.
    Zstd,
    /// Not at all.
    None,
}

/// What stands in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compression {
    /// How.
    pub method: Method,
    /// Plain bytes of every chunk but the last.
    pub chunk: u32,
    /// From this length on a chunk is stored plain.
    pub plain_from: u32,
    /// Plain bytes of the whole file.
    pub length: u64,
    /// Where each chunk begins.
    pub offsets: Vec<u64>,
}

/// Reads it. `data` is the size of the data file.
///
/// # Errors
/// What is wrong with it, as half a sentence.
pub fn read(bytes: &[u8], format: &Format, data: u64) -> Result<Compression, String> {
    let mut rest = Rest(bytes);
    let name = rest.text()?;
    let method = method(&name)?;
    let options = rest.u32()?;
    for _ in 0..options {
        rest.text()?;
        rest.text()?;
    }
    let chunk = rest.u32()?;
    let plain_from = if format.stores_plain_chunks() {
        rest.u32()?
    } else {
        u32::MAX
    };
    let length = rest.u64()?;
    let count = rest.u32()?;
    if chunk == 0 || chunk > MAX_CHUNK {
        return Err(format!("it claims chunks of {chunk} bytes"));
    }
    // A file that the server opened while it was still writing it (every one above 50 MiB) has an empty
    // chunk at its end.
    let needed = length.div_ceil(u64::from(chunk));
    if u64::from(count) != needed && u64::from(count) != needed.saturating_add(1) {
        return Err(format!("it claims {count} chunks for {length} bytes"));
    }
    if rest.0.len() as u64 != u64::from(count) * 8 {
        return Err("its list of chunks is cut or too long".to_owned());
    }
    let offsets: Vec<u64> = rest
        .0
        .chunks_exact(8)
        .map(|eight| u64::from_be_bytes(eight.try_into().unwrap_or([0xff; 8])))
        .collect();
    // Each chunk has a checksum of four bytes at least, and none lies past the end of the data.
    let grows = offsets
        .windows(2)
        .all(|pair| pair[0].checked_add(4).is_some_and(|end| end <= pair[1]));
    if !grows || offsets.first().is_some_and(|first| *first != 0) {
        return Err("its chunks do not follow each other".to_owned());
    }
    if offsets.last().is_some_and(|last| *last > data) {
        return Err("the data file is shorter than it says".to_owned());
    }
    Ok(Compression {
        method,
        chunk,
        plain_from,
        length,
        offsets,
    })
}

fn method(name: &str) -> Result<Method, String> {
    match name.rsplit('.').next().unwrap_or_default() {
        "LZ4Compressor" => Ok(Method::Lz4),
        "SnappyCompressor" => Ok(Method::Snappy),
        "DeflateCompressor" => Ok(Method::Deflate),
        "ZstdCompressor" => Ok(Method::Zstd),
        "NoopCompressor" => Ok(Method::None),
        other => Err(format!(
            "it is compressed with {}, which is not known here",
            clean(other)
        )),
    }
}

/// What is left of the file.
struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], String> {
        let (found, rest) = self.0.split_at_checked(count).ok_or("it ends in the middle")?;
        self.0 = rest;
        Ok(found)
    }

    fn text(&mut self) -> Result<String, String> {
        let length = self.take(2)?;
        let length = usize::from(u16::from_be_bytes([length[0], length[1]]));
        Ok(String::from_utf8_lossy(self.take(length)?).into_owned())
    }

    fn u32(&mut self) -> Result<u32, String> {
        let four = self.take(4)?;
        Ok(u32::from_be_bytes([four[0], four[1], four[2], four[3]]))
    }

    fn u64(&mut self) -> Result<u64, String> {
        Ok(u64::from(self.u32()?) << 32 | u64::from(self.u32()?))
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in super::super) fn format(version: &str) -> Format {
        Format {
            version: version.to_owned(),
            tries: version == "da",
        }
    }

    /// A description as the servers write it.
    pub(in super::super) fn write(
        name: &str,
        chunk: u32,
        length: u64,
        offsets: &[u64],
        format: &Format,
    ) -> Vec<u8> {
        let mut out = u16::try_from(name.len()).unwrap().to_be_bytes().to_vec();
        out.extend(name.bytes());
        out.extend(1u32.to_be_bytes());
        out.extend(b"\x00\x01k\x00\x01v");
        out.extend(chunk.to_be_bytes());
        if format.stores_plain_chunks() {
            out.extend(0x7fff_ffffu32.to_be_bytes());
        }
        out.extend(length.to_be_bytes());
        out.extend(u32::try_from(offsets.len()).unwrap().to_be_bytes());
        offsets.iter().for_each(|offset| out.extend(offset.to_be_bytes()));
        out
    }

    #[test]
    fn reads_what_servers_write() {
        for version in ["ic", "mc", "nb", "oa", "da"] {
            let format = format(version);
            let bytes = write("LZ4Compressor", 16384, 40000, &[0, 100, 200], &format);
            let read = read(&bytes, &format, 300).unwrap();
            assert_eq!(
                (read.method, read.chunk, read.length),
                (Method::Lz4, 16384, 40000)
            );
            assert_eq!(read.offsets, [0, 100, 200]);
        }
    }

    #[test]
    fn absurd_claims_are_refused() {
        let format = format("nb");
        let wrong = |name: &str, chunk, length, offsets: &[u64]| {
            read(&write(name, chunk, length, offsets, &format), &format, 300).unwrap_err()
        };
        assert!(wrong("com.example.Own", 16384, 1, &[0]).contains("not known"));
        assert!(wrong("LZ4Compressor", 0, 1, &[0]).contains("chunks of 0"));
        assert!(wrong("LZ4Compressor", u32::MAX, 1, &[0]).contains("chunks of"));
        assert!(wrong("LZ4Compressor", 16384, u64::MAX, &[0]).contains("claims 1 chunks"));
        assert!(wrong("LZ4Compressor", 16384, 20000, &[0, 2]).contains("follow each other"));
        assert!(wrong("LZ4Compressor", 16384, 20000, &[8, 100]).contains("follow each other"));
        assert!(wrong("LZ4Compressor", 16384, 20000, &[0, 900]).contains("shorter"));
        let whole = write("LZ4Compressor", 16384, 40000, &[0, 100, 200], &format);
        for length in 0..whole.len() {
            assert!(read(&whole[..length], &format, 300).is_err(), "{length}");
        }
    }
}
