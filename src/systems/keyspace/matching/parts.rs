//! Numbers, and the elements of collections and composites, out of the bytes that hold them. All of it
//! answers with `None` to bytes that are not what they should be.

use crate::systems::keyspace::cell_type::CellType;

/// The size of a signed big-endian integer of up to sixteen bytes.
pub(super) fn integer(bytes: &[u8]) -> Option<u128> {
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

/// The size of a decimal that is whole.
pub(super) fn decimal(bytes: &[u8]) -> Option<u128> {
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
pub(super) fn float(bytes: &[u8]) -> Option<u128> {
    let value = match bytes.len() {
        4 => f64::from(f32::from_be_bytes(bytes.try_into().ok()?)),
        8 => f64::from_be_bytes(bytes.try_into().ok()?),
        _ => return None,
    }
    .abs();
    (value.fract() == 0.0 && value < 9e15).then_some(value as u128)
}

/// An element with its length of four bytes before it; null is empty.
pub(super) fn sized<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, after) = rest.split_first_chunk::<4>()?;
    let length = usize::try_from(i32::from_be_bytes(*length)).unwrap_or(0);
    let element = after.get(..length)?;
    *rest = &after[length..];
    Some(element)
}

/// The elements of a collection with `each` elements an entry.
pub(super) fn collection(bytes: &[u8], each: usize) -> Option<Vec<&[u8]>> {
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

/// The components of a composite.
pub(super) fn components(bytes: &[u8]) -> Option<Vec<&[u8]>> {
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

pub(super) fn component<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, after) = rest.split_first_chunk::<2>()?;
    let length = usize::from(u16::from_be_bytes(*length));
    let value = after.get(..length)?;
    // The last end-of-component byte may be missing in a slice's bounds.
    *rest = after.get(length + 1..).unwrap_or_default();
    Some(value)
}

/// The components of a dynamic composite.
pub(super) fn dynamic_components(bytes: &[u8]) -> Option<Vec<&[u8]>> {
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
pub(super) fn name_of(key: &CellType, bytes: &[u8]) -> String {
    match key {
        CellType::Integer => integer(bytes).map_or_else(String::new, |value| value.to_string()),
        _ => String::from_utf8_lossy(bytes).into_owned(),
    }
}
