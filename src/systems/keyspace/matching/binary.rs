//! Phone numbers in raw bytes as numbers: whole ones of 8 bytes, of as few bytes as they need, and
//! floating ones of double precision. Nothing says what the bytes are, so that a number counts as the
//! one meant only where the bytes before it say how long it is, too.

use std::collections::HashMap;
use std::ops::Range;

use aho_corasick::{AhoCorasick, MatchKind};

use super::hit::{Hit, Strength};
use super::phone::Phones;

/// Shorter ones are made by chance too often.
const LEAST: usize = 4;
/// A number that fits exactly is still only possibly meant when nothing says its length.
const UNSURE: Strength = Strength::Possible;

/// All numbers that are looked for, as bytes.
#[derive(Default)]
pub(super) struct Binary {
    automaton: Option<AhoCorasick>,
    /// For each pattern: whom it means, and how well.
    means: Vec<Vec<(usize, Strength)>>,
    /// For each pattern: whether it says its length itself, being as long as its type.
    whole: Vec<bool>,
}

impl Binary {
    pub(super) fn of(phones: &Phones) -> Binary {
        let mut patterns: Vec<Vec<u8>> = Vec::new();
        let mut binary = Binary::default();
        let mut known: HashMap<Vec<u8>, usize> = HashMap::new();
        let mut add = |bytes: Vec<u8>, whole: bool, meant: (usize, Strength)| {
            let index = *known.entry(bytes.clone()).or_insert_with(|| {
                patterns.push(bytes);
                binary.means.push(Vec::new());
                binary.whole.push(whole);
                patterns.len() - 1
            });
            binary.means[index].push(meant);
        };
        for (search, value) in phones.values() {
            // The same judgement as for a cell whose type is known.
            let mut strength = None;
            phones.find_number(u128::from(value), &mut |hit| {
                if hit.search == search {
                    strength = strength.max(Some(hit.strength));
                }
            });
            let Some(strength) = strength.filter(|strength| *strength > Strength::Substring) else {
                continue;
            };
            let short = shortest(value);
            if short.len() >= LEAST {
                add(short, false, (search, strength));
            }
            if (1 << 24..1 << 53).contains(&value) {
                add((value as f64).to_be_bytes().to_vec(), true, (search, strength));
            }
        }
        if !patterns.is_empty() {
            let kind = MatchKind::LeftmostLongest;
            // Fails for more patterns than can be; then nothing would be found, which must not be silent.
            binary.automaton = AhoCorasick::builder().match_kind(kind).build(&patterns).ok();
        }
        binary
    }

    /// Tells each that begins in `own`.
    pub(super) fn find(&self, bytes: &[u8], own: Range<usize>, hit: &mut dyn FnMut(Hit)) {
        let Some(automaton) = &self.automaton else { return };
        // A number has eight bytes at most.
        let end = (own.end + 8).min(bytes.len());
        for found in automaton.find_iter(&bytes[own.start..end]) {
            let range = own.start + found.start()..own.start + found.end();
            if range.start >= own.end {
                break;
            }
            let index = found.pattern().as_usize();
            let sure = self.whole[index] || says_length(&bytes[..range.start], range.len());
            for (search, strength) in &self.means[index] {
                hit(Hit {
                    search: *search,
                    range: range.clone(),
                    strength: if sure { *strength } else { UNSURE.min(*strength) },
                });
            }
        }
    }
}

/// The fewest bytes of a signed number, the highest first.
fn shortest(value: u64) -> Vec<u8> {
    let all = value.to_be_bytes();
    let first = all.iter().position(|byte| *byte != 0).unwrap_or(7);
    let mut bytes = all[first..].to_vec();
    if bytes[0] & 0x80 != 0 {
        bytes.insert(0, 0);
    }
    bytes
}

/// True when the bytes before a number fill it up to eight, or give its length: in one byte, two or four.
fn says_length(before: &[u8], length: usize) -> bool {
    let zeros = 8usize.saturating_sub(length);
    let filled = zeros > 0 && before.len() >= zeros && before[before.len() - zeros..].iter().all(|b| *b == 0);
    filled || length == 8 || before.last() == u8::try_from(length).ok().as_ref()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fewest_bytes_keep_the_sign() {
        assert_eq!(shortest(0x7fff_ffff), [0x7f, 0xff, 0xff, 0xff]);
        assert_eq!(shortest(0x8000_0000), [0, 0x80, 0, 0, 0]);
        assert_eq!(shortest(0), [0]);
        assert!(says_length(&[9, 0, 0, 0], 5) && says_length(&[0, 5], 5));
        assert!(!says_length(&[1, 2, 3], 5) && !says_length(&[], 5));
    }
}
