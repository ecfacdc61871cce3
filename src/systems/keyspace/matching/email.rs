//! E-mail addresses in text or bytes: found at their `@`, compared without regard to case, and only
//! as a whole.

use super::corners::{At, Corners};
use super::edge::{self, Edge};
use super::fold::{first_char, fold, last_char};
use super::hit::{Hit, Strength};
use crate::domain::forms::{FormError, forms};
use crate::domain::identifier::Identifier;

/// Bytes looked at on each side of an `@`: four times what an address can have.
const WINDOW: usize = 1280;

/// One way in which an address is written.
#[derive(Clone)]
struct Address {
    search: usize,
    /// Before the `@`, folded.
    local: String,
    /// Behind it, folded.
    domain: String,
}

impl Address {
    fn is_ascii(&self) -> bool {
        self.local.is_ascii() && self.domain.is_ascii()
    }
}

/// Letters around an `@` of `left` and `right` characters, in one number.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
struct Shape {
    left: u8,
    right: u8,
}

/// Letters around an `@`, in order, each with the addresses that have them.
type Known = Vec<(u64, Vec<usize>)>;

/// All addresses that are looked for.
#[derive(Clone, Default)]
pub(super) struct Emails {
    addresses: Vec<Address>,
    /// For each shape the letters that are looked for.
    shapes: Vec<(Shape, Known)>,
    /// For large pieces of bytes, once all are known.
    corners: Option<Corners>,
}

impl Emails {
    pub(super) fn is_empty(&self) -> bool {
        self.addresses.is_empty()
    }

    /// Adds an address in all its forms.
    pub(super) fn add(&mut self, search: usize, identifier: &Identifier) -> Result<(), FormError> {
        let mut added: Vec<String> = Vec::new();
        for form in forms(identifier, None)? {
            let value = form.value.strip_prefix("mailto:").unwrap_or(&form.value);
            let folded = fold(value);
            if added.contains(&folded) {
                continue;
            }
            if let Some((local, domain)) = folded.rsplit_once('@') {
                self.insert(Address {
                    search,
                    local: local.to_owned(),
                    domain: domain.to_owned(),
                });
            }
            added.push(folded);
        }
        Ok(())
    }

    /// All addresses are known: makes ready for large pieces of bytes.
    pub(super) fn complete(&mut self) {
        let corner = |shape: &Shape, key: u64| {
            let letters = u32::from(shape.left) + u32::from(shape.right);
            // The letter nearest to the `@` is the first of its side.
            let letter = |number: u32| (key >> (8 * (letters - 1 - number))) as u8;
            (shape.left > 0 && shape.right > 0).then(|| (letter(0), letter(u32::from(shape.left))))
        };
        let corners: Option<Vec<(u8, u8)>> = self
            .shapes
            .iter()
            .flat_map(|(shape, known)| known.iter().map(move |(key, _)| corner(shape, *key)))
            .collect();
        self.corners = corners.and_then(|corners| Corners::new(corners.into_iter()));
    }

    fn insert(&mut self, address: Address) {
        let left = plain_run(address.local.bytes().rev(), 4);
        let right = plain_run(address.domain.bytes(), 3);
        let shape = Shape {
            left: left.len() as u8,
            right: right.len() as u8,
        };
        let key = key_of(left.iter().copied(), right.iter().copied());
        let index = self.addresses.len();
        self.addresses.push(address);
        let at = self.shapes.iter().position(|(known, _)| *known == shape);
        let at = at.unwrap_or_else(|| {
            self.shapes.push((shape, Vec::new()));
            self.shapes.len() - 1
        });
        let known = &mut self.shapes[at].1;
        match known.binary_search_by_key(&key, |(key, _)| *key) {
            Ok(at) => known[at].1.push(index),
            Err(at) => known.insert(at, (key, vec![index])),
        }
    }

    /// True when an address may be in `bytes`: what [`Emails::find`] finds is never missed.
    pub(super) fn may_hold(&self, bytes: &[u8]) -> bool {
        let is_one = |at| {
            self.shapes.iter().any(|(shape, known)| {
                around(bytes, at, *shape).is_some_and(|key| look_up(known, key).is_some())
            })
        };
        match &self.corners {
            Some(corners) if Corners::is_worth_it(bytes) => corners.ats(bytes).any(is_one),
            _ => ats(bytes).any(is_one),
        }
    }

    /// Finds addresses. `binary` says that a length may stand before an address.
    pub(super) fn find(&self, bytes: &[u8], binary: bool, hit: &mut dyn FnMut(Hit)) {
        for at in ats(bytes) {
            for (shape, known) in &self.shapes {
                let Some(key) = around(bytes, at, *shape) else {
                    continue;
                };
                for address in look_up(known, key)
                    .into_iter()
                    .flatten()
                    .map(|index| &self.addresses[*index])
                {
                    if let Some(found) = compare(bytes, at, address, binary) {
                        hit(found);
                    }
                }
            }
        }
    }
}

/// The addresses with these letters. A search in order is cheaper here than hashing.
fn look_up(known: &[(u64, Vec<usize>)], key: u64) -> Option<&[usize]> {
    let at = known.binary_search_by_key(&key, |(key, _)| *key).ok()?;
    Some(&known[at].1)
}

/// The first letters of a side that stand in raw bytes as they are: ASCII, and never behind a
/// backslash in JSON.
fn plain_run(side: impl Iterator<Item = u8>, most: usize) -> Vec<u8> {
    side.take_while(|b| b.is_ascii() && !b"/\\\"%".contains(b))
        .take(most)
        .collect()
}

fn key_of(left: impl Iterator<Item = u8>, right: impl Iterator<Item = u8>) -> u64 {
    left.chain(right).fold(1, |key, byte| key << 8 | u64::from(byte))
}

fn ats(bytes: &[u8]) -> impl Iterator<Item = At> + '_ {
    memchr::memchr2_iter(b'@', b'%', bytes).filter_map(|at| match bytes[at] {
        b'@' => Some((at, at + 1)),
        _ => bytes[at..].starts_with(b"%40").then_some((at, at + 3)),
    })
}

/// The letters around an `@`, folded; `None` when there are not as many.
fn around(bytes: &[u8], at: At, shape: Shape) -> Option<u64> {
    let left = &bytes[at.0.checked_sub(usize::from(shape.left))?..at.0];
    let right = bytes.get(at.1..at.1 + usize::from(shape.right))?;
    let lower = |b: &u8| b.to_ascii_lowercase();
    Some(key_of(left.iter().rev().map(lower), right.iter().map(lower)))
}

fn compare(bytes: &[u8], at: At, address: &Address, binary: bool) -> Option<Hit> {
    let (start, end) = if address.is_ascii() {
        compare_ascii(bytes, at, address)?
    } else {
        compare_folded(bytes, at, address)?
    };
    let left = edge::before(&bytes[..start]);
    let right = edge::after(&bytes[end..]);
    let strength = match left.max(right) {
        Edge::Clear => Strength::Exact,
        Edge::Doubtful => Strength::Possible,
        Edge::Inside if binary => measured(bytes, start, end).unwrap_or(Strength::Substring),
        Edge::Inside => Strength::Substring,
    };
    Some(Hit {
        search: address.search,
        range: start..end,
        strength,
    })
}

fn compare_ascii(bytes: &[u8], at: At, address: &Address) -> Option<(usize, usize)> {
    let start = at.0.checked_sub(address.local.len())?;
    let end = at.1 + address.domain.len();
    let same = bytes[start..at.0].eq_ignore_ascii_case(address.local.as_bytes())
        && bytes
            .get(at.1..end)?
            .eq_ignore_ascii_case(address.domain.as_bytes());
    same.then_some((start, end))
}

/// Compares composed and folded text; how many bytes it had is counted character by character.
fn compare_folded(bytes: &[u8], at: At, address: &Address) -> Option<(usize, usize)> {
    let mut start = at.0;
    let mut best = None;
    while start > 0 && at.0 - start < WINDOW {
        let (Some(_), length) = last_char(&bytes[..start]) else {
            break;
        };
        start -= length;
        let side = fold(std::str::from_utf8(&bytes[start..at.0]).ok()?);
        if side == address.local {
            best = Some(start);
        } else if side.len() > address.local.len() + 8 {
            break;
        }
    }
    let start = best?;
    let mut end = at.1;
    let mut best = None;
    while end < bytes.len() && end - at.1 < WINDOW {
        let (Some(_), length) = first_char(&bytes[end..]) else {
            break;
        };
        end += length;
        let side = fold(std::str::from_utf8(&bytes[at.1..end]).ok()?);
        if side == address.domain {
            best = Some(end);
        } else if side.len() > address.domain.len() + 8 {
            break;
        }
    }
    Some((start, best?))
}

/// In binary content a length before the text says where it ends: one byte (also the low one of a
/// longer length), or the short string of MessagePack.
fn measured(bytes: &[u8], start: usize, end: usize) -> Option<Strength> {
    let before = *bytes.get(start.checked_sub(1)?)?;
    let length = end - start;
    let says = usize::from(before) == length || (length < 32 && usize::from(before) == 0xa0 | length);
    match says {
        false => None,
        // A letter could also be a letter.
        true if before.is_ascii_alphanumeric() => Some(Strength::Possible),
        true => Some(Strength::Exact),
    }
}

#[cfg(test)]
mod tests;
