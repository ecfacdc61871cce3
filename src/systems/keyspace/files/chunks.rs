//! The plain bytes of a data file, piece by piece: read at its place, checked, decompressed. A piece
//! that is damaged is named and stands as zeros, so that all others keep their places.

use std::fs::File;
use std::io::Read;
use std::os::unix::fs::FileExt;

use super::info::{Compression, Method};
use super::name::{Check, Format};

/// Pieces of a plain file without checksums.
const PLAIN_PIECE: u32 = 64 * 1024;

/// A data file, open for reading only.
pub struct Data {
    file: File,
    size: u64,
    check: Check,
    kind: Kind,
}

enum Kind {
    Compressed(Compression),
    Plain {
        piece: u32,
        /// Checksums of the pieces, where there are any.
        sums: Vec<u32>,
        adler: bool,
    },
}

/// What is wrong with a piece.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Damage {
    /// The checksum does not fit.
    Checksum,
    /// It cannot be decompressed, or not to the length that it must have.
    Content(String),
    /// It cannot be read.
    Unreadable(String),
}

impl std::fmt::Display for Damage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Damage::Checksum => f.write_str("its checksum does not fit"),
            Damage::Content(how) => write!(f, "it cannot be decompressed ({how})"),
            Damage::Unreadable(how) => write!(f, "it cannot be read ({how})"),
        }
    }
}

impl Data {
    /// A compressed file.
    pub fn compressed(file: File, size: u64, format: &Format, compression: Compression) -> Data {
        Data {
            file,
            size,
            check: format.chunk_check(),
            kind: Kind::Compressed(compression),
        }
    }

    /// A plain file; `sums` is the content of its `CRC.db`.
    ///
    /// # Errors
    /// What is wrong with the checksums, as half a sentence.
    pub fn plain(file: File, size: u64, format: &Format, sums: Option<&[u8]>) -> Result<Data, String> {
        let (piece, sums) = match sums {
            None => (PLAIN_PIECE, Vec::new()),
            Some(bytes) => plain_sums(bytes, size)?,
        };
        let adler = format.plain_check_is_adler();
        Ok(Data {
            file,
            size,
            check: format.chunk_check(),
            kind: Kind::Plain { piece, sums, adler },
        })
    }

    /// Whether damage would be noticed.
    pub fn is_checked(&self) -> bool {
        !matches!(&self.kind, Kind::Plain { sums, .. } if sums.is_empty())
    }

    /// How many pieces there are.
    pub fn count(&self) -> usize {
        match &self.kind {
            Kind::Compressed(compression) => compression.offsets.len(),
            Kind::Plain { piece, .. } => {
                usize::try_from(self.size.div_ceil(u64::from(*piece))).unwrap_or(usize::MAX)
            }
        }
    }

    /// Plain bytes of every piece but the last.
    pub fn piece(&self) -> usize {
        match &self.kind {
            Kind::Compressed(compression) => compression.chunk as usize,
            Kind::Plain { piece, .. } => *piece as usize,
        }
    }

    /// Plain bytes of the whole file.
    pub fn length(&self) -> u64 {
        match &self.kind {
            Kind::Compressed(compression) => compression.length,
            Kind::Plain { .. } => self.size,
        }
    }

    /// Plain bytes of one piece.
    pub fn length_of(&self, index: usize) -> usize {
        let before = (index as u64).saturating_mul(self.piece() as u64);
        usize::try_from(self.length().saturating_sub(before).min(self.piece() as u64)).unwrap_or(0)
    }

    /// Appends the plain bytes of one piece to `out`; `scratch` is room that is used again. A damaged
    /// piece is appended as zeros.
    pub fn append(&self, index: usize, out: &mut Vec<u8>, scratch: &mut Vec<u8>) -> Result<(), Damage> {
        let (from, length) = (out.len(), self.length_of(index));
        let done = match &self.kind {
            Kind::Compressed(compression) => self.chunk(compression, index, length, out, scratch),
            Kind::Plain { piece, sums, adler } => {
                out.resize(from + length, 0);
                let at = index as u64 * u64::from(*piece);
                let read = self.file.read_exact_at(&mut out[from..], at).map_err(unreadable);
                read.and_then(|()| match sums.get(index) {
                    Some(sum) if *sum != checksum(&out[from..], *adler) => Err(Damage::Checksum),
                    _ => Ok(()),
                })
            }
        };
        if done.is_err() {
            out.truncate(from);
            out.resize(from + length, 0);
        }
        done
    }

    fn chunk(
        &self,
        compression: &Compression,
        index: usize,
        length: usize,
        out: &mut Vec<u8>,
        scratch: &mut Vec<u8>,
    ) -> Result<(), Damage> {
        let begin = compression.offsets.get(index).copied().unwrap_or(self.size);
        let end = compression.offsets.get(index + 1).copied().unwrap_or(self.size);
        let stored = end
            .saturating_sub(begin)
            .checked_sub(4)
            .and_then(|stored| usize::try_from(stored).ok());
        // No method makes more of a chunk than this, however badly it fits.
        let most = compression.chunk as usize + compression.chunk as usize / 4 + 4096;
        let stored = stored.filter(|stored| *stored <= most);
        let stored = stored.ok_or_else(|| Damage::Content("its length is absurd".to_owned()))?;
        scratch.resize(stored + 4, 0);
        self.file.read_exact_at(scratch, begin).map_err(unreadable)?;
        let (packed, sum) = scratch.split_at(stored);
        let sum = u32::from_be_bytes([sum[0], sum[1], sum[2], sum[3]]);
        let fits = |bytes: &[u8], adler| checksum(bytes, adler) == sum;
        match self.check {
            Check::AdlerOfCompressed if !fits(packed, true) => return Err(Damage::Checksum),
            Check::CrcOfCompressed if !fits(packed, false) => return Err(Damage::Checksum),
            _ => {}
        }
        let from = out.len();
        if stored >= compression.plain_from as usize || compression.method == Method::None {
            // A chunk that did not shrink; a short last one may be padded.
            let plain = packed
                .get(..length)
                .ok_or_else(|| Damage::Content("it is too short".to_owned()))?;
            out.extend_from_slice(plain);
        } else {
            decompress(compression.method, packed, length, out).map_err(Damage::Content)?;
        }
        match self.check {
            Check::CrcOfPlain if !fits(&out[from..], false) => Err(Damage::Checksum),
            _ => Ok(()),
        }
    }
}

/// `CRC.db`: the length of a piece, then a checksum for each.
fn plain_sums(bytes: &[u8], size: u64) -> Result<(u32, Vec<u32>), String> {
    let (numbers, rest) = bytes.as_chunks::<4>();
    let [piece, sums @ ..] = numbers else {
        return Err("its checksums are missing".to_owned());
    };
    let piece = u32::from_be_bytes(*piece);
    if piece == 0 || piece > 64 * 1024 * 1024 {
        return Err(format!("its checksums are for pieces of {piece} bytes"));
    }
    if !rest.is_empty() || sums.len() as u64 != size.div_ceil(u64::from(piece)) {
        return Err("its checksums are for a file of another length".to_owned());
    }
    Ok((piece, sums.iter().map(|sum| u32::from_be_bytes(*sum)).collect()))
}

fn checksum(bytes: &[u8], adler: bool) -> u32 {
    if adler {
        adler2::adler32_slice(bytes)
    } else {
        crc32fast::hash(bytes)
    }
}

fn unreadable(error: std::io::Error) -> Damage {
    Damage::Unreadable(match error.kind() {
        std::io::ErrorKind::UnexpectedEof => "the file ends before it".to_owned(),
        _ => crate::domain::text::clean(&error.to_string()),
    })
}

/// Decompresses `packed` to exactly `length` bytes at the end of `out`.
fn decompress(method: Method, packed: &[u8], length: usize, out: &mut Vec<u8>) -> Result<(), String> {
    let from = out.len();
    match method {
        Method::Lz4 => {
            let (claimed, block) = packed.split_first_chunk::<4>().ok_or("it is too short")?;
            if u32::from_le_bytes(*claimed) as usize != length {
                return Err("it claims another length".to_owned());
            }
            out.resize(from + length, 0);
            let written = lz4_flex::block::decompress_into(block, &mut out[from..])
                .map_err(|error| error.to_string())?;
            out.truncate(from + written);
        }
        Method::Snappy => {
            if snap::raw::decompress_len(packed).map_err(|error| error.to_string())? != length {
                return Err("it claims another length".to_owned());
            }
            out.resize(from + length, 0);
            let written = snap::raw::Decoder::new().decompress(packed, &mut out[from..]);
            out.truncate(from + written.map_err(|error| error.to_string())?);
        }
        Method::Deflate => fill(flate2::read::ZlibDecoder::new(packed), length, out)?,
        Method::Zstd => {
            let decoder =
                ruzstd::decoding::StreamingDecoder::new(packed).map_err(|error| error.to_string())?;
            fill(decoder, length, out)?;
        }
        Method::None => out.extend_from_slice(packed),
    }
    if out.len() - from == length {
        Ok(())
    } else {
        Err("its length is another".to_owned())
    }
}

/// One byte more than expected is asked for, so that a longer content is noticed, and no more.
fn fill(reader: impl Read, length: usize, out: &mut Vec<u8>) -> Result<(), String> {
    reader
        .take(length as u64 + 1)
        .read_to_end(out)
        .map(drop)
        .map_err(|error| error.to_string())
}
