//! What is in a cell: text, numbers or bytes, taken out of collections, composites and compressed
//! values.

use std::io::Read;

use super::json::push_member;
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
pub(super) fn is_compressed(bytes: &[u8]) -> bool {
    match bytes {
        [0x1f, 0x8b, 8, ..] => true,
        [method, flags, _, ..] => {
            method & 0x0f == 8 && method >> 4 <= 7 && (u16::from(*method) << 8 | u16::from(*flags)) % 31 == 0
        }
        _ => false,
    }
}

fn integer(bytes: &[u8]) -> Option<u128> {
    if bytes.is_empty() || bytes.len() > 16 {
        return None;
    }
    let negative = bytes[0] & 0x80 != 0;
    let start = if negative { -1i128 } else { 0 };
    let value = bytes
        .iter()
        .fold(start, |value, byte| value << 8 | i128::from(*byte));
    Some(value.unsigned_abs())
}

fn decimal(bytes: &[u8]) -> Option<u128> {
    let (scale, unscaled) = bytes.split_first_chunk::<4>()?;
    let mut value = integer(unscaled)?;
    let scale = i32::from_be_bytes(*scale);
    for _ in 0..scale.unsigned_abs().min(40) {
        value = if scale < 0 {
            value.checked_mul(10)?
        } else if value % 10 == 0 {
            value / 10
        } else {
            return None;
        };
    }
    Some(value)
}

/// A whole number in a floating one, as far as it is exact.
fn float(bytes: &[u8]) -> Option<u128> {
    let value = match bytes.len() {
        4 => f64::from(f32::from_be_bytes(bytes.try_into().ok()?)),
        8 => f64::from_be_bytes(bytes.try_into().ok()?),
        _ => return None,
    }
    .abs();
    (value.fract() == 0.0 && value < 9e15).then_some(value as u128)
}

/// An element with its length of four bytes before it; null is empty.
fn sized<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, after) = rest.split_first_chunk::<4>()?;
    let length = usize::try_from(i32::from_be_bytes(*length)).unwrap_or(0);
    let element = after.get(..length)?;
    *rest = &after[length..];
    Some(element)
}

/// The elements of a collection with `each` elements an entry.
fn collection(bytes: &[u8], each: usize) -> Option<Vec<&[u8]>> {
    let (count, mut rest) = bytes.split_first_chunk::<4>()?;
    let count = usize::try_from(i32::from_be_bytes(*count))
        .ok()?
        .checked_mul(each)?;
    // Every element has four bytes at least.
    if count > rest.len() / 4 {
        return None;
    }
    let elements: Option<Vec<_>> = (0..count).map(|_| sized(&mut rest)).collect();
    elements.filter(|_| rest.is_empty())
}

fn components(bytes: &[u8]) -> Option<Vec<&[u8]>> {
    let mut rest = bytes;
    let mut found = Vec::new();
    // Static columns of a compact table begin with this mark.
    if let [0xff, 0xff, after @ ..] = rest {
        rest = after;
    }
    while !rest.is_empty() {
        found.push(component(&mut rest)?);
    }
    Some(found)
}

fn component<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, after) = rest.split_first_chunk::<2>()?;
    let length = usize::from(u16::from_be_bytes(*length));
    let value = after.get(..length)?;
    // The last end-of-component byte may be missing in a slice's bounds.
    *rest = after.get(length + 1..).unwrap_or_default();
    Some(value)
}

fn dynamic_components(bytes: &[u8]) -> Option<Vec<&[u8]>> {
    let mut rest = bytes;
    let mut found = Vec::new();
    while !rest.is_empty() {
        let (header, after) = rest.split_first_chunk::<2>()?;
        let header = u16::from_be_bytes(*header);
        // An alias of one letter, or the name of the type.
        rest = if header & 0x8000 != 0 {
            after
        } else {
            after.get(usize::from(header)..)?
        };
        found.push(component(&mut rest)?);
    }
    Some(found)
}

/// A map's key for a pointer.
fn name_of(key: &CellType, bytes: &[u8]) -> String {
    match key {
        CellType::Integer => integer(bytes).map_or_else(String::new, |value| value.to_string()),
        _ => String::from_utf8_lossy(bytes).into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn pieces(cell_type: &CellType, bytes: &[u8]) -> (Vec<String>, u64) {
        let mut seen = Vec::new();
        let mut show = |content: Content<'_>, pointer: &mut String| {
            seen.push(match content {
                Content::Text(text) => format!("{pointer}={text}"),
                Content::Binary(bytes) => format!("{pointer}%{}", bytes.len()),
                Content::Number(value) => format!("{pointer}#{value}"),
            });
        };
        let mut opener = Opener {
            pointer: String::new(),
            show: &mut show,
            unopened: 0,
        };
        opener.open(cell_type, bytes);
        let unopened = opener.unopened;
        (seen, unopened)
    }

    fn sized_bytes(parts: &[&[u8]]) -> Vec<u8> {
        parts
            .iter()
            .flat_map(|part| {
                (part.len() as u32)
                    .to_be_bytes()
                    .into_iter()
                    .chain(part.iter().copied())
            })
            .collect()
    }

    fn gzip(plain: &[u8]) -> Vec<u8> {
        let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        writer.write_all(plain).unwrap();
        writer.finish().unwrap()
    }

    #[test]
    fn collections_and_user_types_come_apart() {
        let mut list = 2u32.to_be_bytes().to_vec();
        list.extend(sized_bytes(&[b"a", b"b"]));
        let of_text = CellType::List(Box::new(CellType::Text));
        assert_eq!(pieces(&of_text, &list).0, ["/0=a", "/1=b"]);
        let mut map = 1u32.to_be_bytes().to_vec();
        map.extend(sized_bytes(&[b"k/1", &5u64.to_be_bytes()]));
        let of_map = CellType::Map(Box::new(CellType::Text), Box::new(CellType::Integer));
        assert_eq!(pieces(&of_map, &map).0, ["/k~11=k/1", "/k~11#5"]);
        let user = CellType::Tuple(vec![
            ("mail".to_owned(), CellType::Text),
            ("x".to_owned(), CellType::Text),
        ]);
        assert_eq!(pieces(&user, &sized_bytes(&[b"m"])).0, ["/mail=m"]);
        // What is not of its type is searched as it is.
        assert_eq!(pieces(&of_text, b"\0\0\0\x09abc").0, ["%7"]);
    }

    #[test]
    fn composites_come_apart() {
        let bytes = b"\0\x02ab\0\0\x01c\0";
        let kind = CellType::Composite(vec![CellType::Text, CellType::Text]);
        assert_eq!(pieces(&kind, bytes).0, ["/0=ab", "/1=c"]);
        let bytes = b"\x80s\0\x02ab\0\0\x08UTF8Type\0\x01c\0";
        assert_eq!(pieces(&CellType::DynamicComposite, bytes).0, ["/0=ab", "/1=c"]);
    }

    #[test]
    fn compressed_values_are_opened() {
        let once = gzip(b"hello");
        assert_eq!(pieces(&CellType::Blob, &once), (vec!["=hello".to_owned()], 0));
        assert_eq!(pieces(&CellType::Blob, &gzip(&once)).0, ["=hello"]);
        let mut two = once.clone();
        two.extend(gzip(b"again"));
        two.extend(b"tail");
        assert_eq!(pieces(&CellType::Blob, &two).0, ["=hello", "=again", "=tail"]);
        let mut writer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
        writer.write_all(b"hello").unwrap();
        assert_eq!(pieces(&CellType::Blob, &writer.finish().unwrap()).0, ["=hello"]);
        let cut = &once[..once.len() - 6];
        assert_eq!(pieces(&CellType::Blob, cut).1, 1);
        // Text that begins like zlib.
        assert!(is_compressed(b"x^ "));
        assert_eq!(
            pieces(&CellType::Blob, b"x^2 + y"),
            (vec!["=x^2 + y".to_owned()], 0)
        );
    }

    #[test]
    fn numbers_of_all_kinds() {
        assert_eq!(pieces(&CellType::Integer, &(-5i64).to_be_bytes()).0, ["#5"]);
        assert_eq!(pieces(&CellType::Integer, &[0x01, 0x00]).0, ["#256"]);
        let mut value = 2i32.to_be_bytes().to_vec();
        value.extend([0x01, 0x2c]);
        assert_eq!(pieces(&CellType::Decimal, &value).0, ["#3"]);
        assert_eq!(pieces(&CellType::Float, &12345f64.to_be_bytes()).0, ["#12345"]);
        assert!(pieces(&CellType::Float, &1.5f64.to_be_bytes()).0.is_empty());
    }
}
