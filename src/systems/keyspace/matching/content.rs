//! What is in a cell: text, numbers or bytes, taken out of collections, composites and compressed
//! values.

use std::io::Read;

use super::json::push_member;
use super::parts::{collection, components, decimal, dynamic_components, float, integer, name_of, sized};
use crate::systems::keyspace::cell_type::CellType;

/// A compressed value is opened up to this size; what is behind it is counted as not opened.
const MOST_OPENED: u64 = 16 * 1024 * 1024;
/// Compressed values in compressed values.
const MOST_NESTED: usize = 3;

/// One piece of content.
pub(super) enum Content<'a> {
    /// UTF-8.
    Text(&'a str),
    /// Anything.
    Binary(&'a [u8]),
    /// A whole number without its sign.
    Number(u128),
}

/// Takes cells apart.
pub(super) struct Opener<'a> {
    /// Where the piece stands inside the cell.
    pub(super) pointer: String,
    /// Hears of each piece with its place.
    pub(super) show: &'a mut dyn FnMut(Content<'_>, &mut String),
    /// How many compressed values could not be opened whole.
    pub(super) unopened: u64,
}

impl Opener<'_> {
    /// Takes a cell apart.
    pub(super) fn open(&mut self, cell_type: &CellType, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        let length = self.pointer.len();
        if self.typed(cell_type, bytes).is_none() {
            // Not what the schema says; searched all the same.
            self.pointer.truncate(length);
            self.bytes(bytes, 0);
        }
    }

    /// `None` when the bytes are not of the type.
    fn typed(&mut self, cell_type: &CellType, bytes: &[u8]) -> Option<()> {
        match cell_type {
            CellType::Opaque => {}
            CellType::Text | CellType::Blob => self.bytes(bytes, 0),
            CellType::Integer => self.number(integer(bytes)),
            CellType::Decimal => self.number(decimal(bytes)),
            CellType::Float => self.number(float(bytes)),
            CellType::List(element) => {
                for (index, element_bytes) in collection(bytes, 1)?.into_iter().enumerate() {
                    self.member(&index.to_string(), element, element_bytes);
                }
            }
            CellType::Map(key, value) => {
                for pair in collection(bytes, 2)?.chunks_exact(2) {
                    let name = name_of(key, pair[0]);
                    self.member(&name, key, pair[0]);
                    self.member(&name, value, pair[1]);
                }
            }
            CellType::Tuple(fields) => {
                let mut rest = bytes;
                for (index, (name, field)) in fields.iter().enumerate() {
                    if rest.is_empty() {
                        break;
                    }
                    let element = sized(&mut rest)?;
                    let index = index.to_string();
                    self.member(if name.is_empty() { &index } else { name }, field, element);
                }
                // A field added since, which this program has not heard of.
                if !rest.is_empty() {
                    self.bytes(rest, 0);
                }
            }
            CellType::Composite(parts) => {
                for (index, component) in components(bytes)?.into_iter().enumerate() {
                    self.member(
                        &index.to_string(),
                        parts.get(index).unwrap_or(&CellType::Blob),
                        component,
                    );
                }
            }
            CellType::DynamicComposite => {
                for (index, component) in dynamic_components(bytes)?.into_iter().enumerate() {
                    self.member(&index.to_string(), &CellType::Blob, component);
                }
            }
        }
        Some(())
    }

    fn member(&mut self, name: &str, cell_type: &CellType, bytes: &[u8]) {
        let length = self.pointer.len();
        push_member(&mut self.pointer, name);
        self.open(cell_type, bytes);
        self.pointer.truncate(length);
    }

    fn number(&mut self, value: Option<u128>) {
        if let Some(value) = value {
            (self.show)(Content::Number(value), &mut self.pointer);
        }
    }

    fn bytes(&mut self, bytes: &[u8], nested: usize) {
        if let Some(text) = as_text(bytes) {
            (self.show)(Content::Text(text), &mut self.pointer);
            return;
        }
        if nested < MOST_NESTED && is_compressed(bytes) && self.decompress(bytes, nested) {
            return;
        }
        (self.show)(Content::Binary(bytes), &mut self.pointer);
    }

    /// Opens a compressed value; false when it is none.
    fn decompress(&mut self, bytes: &[u8], nested: usize) -> bool {
        let mut rest = bytes;
        let mut opened = false;
        while is_compressed(rest) {
            let mut plain = Vec::new();
            let (whole, left) = if rest.starts_with(&[0x1f, 0x8b]) {
                let mut reader = flate2::bufread::GzDecoder::new(rest).take(MOST_OPENED);
                let whole = reader.read_to_end(&mut plain).is_ok() && reader.limit() > 0;
                (whole, reader.into_inner().into_inner())
            } else {
                let mut reader = flate2::bufread::ZlibDecoder::new(rest).take(MOST_OPENED);
                let whole = reader.read_to_end(&mut plain).is_ok() && reader.limit() > 0;
                (whole, reader.into_inner().into_inner())
            };
            // Bytes that only begin like zlib are common.
            if !whole && (plain.is_empty() && !rest.starts_with(&[0x1f, 0x8b])) {
                break;
            }
            opened = true;
            self.bytes(&plain, nested + 1);
            if !whole {
                self.unopened += 1;
                rest = &[];
                break;
            }
            rest = left;
        }
        if opened && !rest.is_empty() {
            self.bytes_at_end(rest);
        }
        opened
    }

    /// What stands behind a compressed value.
    fn bytes_at_end(&mut self, rest: &[u8]) {
        let content = as_text(rest).map_or(Content::Binary(rest), Content::Text);
        (self.show)(content, &mut self.pointer);
    }
}

/// UTF-8 without NUL and other controls that text does not hold.
fn as_text(bytes: &[u8]) -> Option<&str> {
    let controls = bytes.iter().any(|b| *b < 0x20 && !b"\t\n\r\x0b\x0c".contains(b));
    if controls {
        None
    } else {
        std::str::from_utf8(bytes).ok()
    }
}

/// True for bytes that begin like gzip or zlib.
#[inline]
pub(in crate::systems::keyspace) fn is_compressed(bytes: &[u8]) -> bool {
    match bytes {
        [0x1f, 0x8b, 8, ..] => true,
        [method, flags, _, ..] => {
            method & 0x0f == 8 && method >> 4 <= 7 && (u16::from(*method) << 8 | u16::from(*flags)) % 31 == 0
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests;
