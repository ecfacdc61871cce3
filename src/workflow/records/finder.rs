//! Several needles in one pass. Of each text a piece of three bytes that is rare in records is looked
//! for in all its spellings, with vector instructions where the host has them; only where one stands is
//! the whole text compared. What is found is more than what is wanted, never less.

use std::collections::BTreeMap;

use aho_corasick::{AhoCorasick, Span, packed};

use super::needle::{Needle, rarity};

/// Bytes of a piece: no needle is shorter.
const PIECE: usize = 3;
/// Spellings that one pass takes.
const SPELLINGS: usize = 64;

/// Something that says where a line may be worth parsing.
pub(super) enum Finder {
    /// One needle by itself.
    One(Needle),
    /// Several texts at once.
    Texts(Box<Texts>),
    /// One of many words as they are.
    Words(AhoCorasick),
}

impl Finder {
    /// Where it stands first from `from` on.
    pub(super) fn find(&self, hay: &[u8], from: usize) -> Option<usize> {
        match self {
            Finder::One(needle) => needle.find(hay, from),
            Finder::Texts(texts) => texts.find(hay, from),
            Finder::Words(words) => {
                let span = aho_corasick::Input::new(hay).range(from.min(hay.len())..);
                words.find(span).map(|found| found.start())
            }
        }
    }
}

/// Finders for these needles, as few as may be.
pub(super) fn finders(needles: Vec<Needle>) -> Vec<Finder> {
    let (texts, mut rest): (Vec<Needle>, Vec<Needle>) = needles
        .into_iter()
        .partition(|needle| matches!(needle, Needle::Text { .. }));
    let mut finders = Vec::new();
    // A single text with a byte that hardly ever stands in records is found fastest by that byte.
    let by_its_byte = matches!(&texts[..], [one] if one.has_rare_byte());
    match Texts::of(&texts).filter(|_| !by_its_byte) {
        Some(texts) => finders.push(Finder::Texts(Box::new(texts))),
        None => rest.extend(texts),
    }
    finders.extend(rest.into_iter().map(Finder::One));
    finders
}

/// A finder for ids, where each is written in one way only; `None` otherwise.
pub(super) fn ids<'a>(ids: impl Iterator<Item = &'a String>) -> Option<Finder> {
    let ids: Vec<&String> = ids.collect();
    let one_way = |id: &&String| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        id.len() >= 4 && id.bytes().all(plain) && !is_float(id)
    };
    if !ids.iter().all(one_way) {
        return None;
    }
    AhoCorasick::new(ids).ok().map(Finder::Words)
}

/// True for what stands for a number with a fraction or an exponent, which may be written in several
/// ways. `007e15` is none: no number is read back as that.
fn is_float(id: &str) -> bool {
    let digits = id.bytes().all(|byte| byte.is_ascii_digit());
    !digits && serde_json::from_str::<serde_json::Number>(id).is_ok()
}

/// Texts, and the pieces by which they are found.
pub(super) struct Texts {
    searcher: packed::Searcher,
    /// For each piece the texts in which it stands, and where.
    owners: Vec<Vec<(usize, usize)>>,
    texts: Vec<Vec<u8>>,
}

impl Texts {
    /// `None` when there are too many, or the host cannot do it.
    fn of(needles: &[Needle]) -> Option<Texts> {
        let mut pieces: BTreeMap<[u8; PIECE], Vec<(usize, usize)>> = BTreeMap::new();
        let mut texts = Vec::new();
        for needle in needles {
            let Needle::Text { bytes, .. } = needle else {
                return None;
            };
            let rare = |at: &usize| -> usize { bytes[*at..at + PIECE].iter().map(rarity).sum() };
            let at = (0..(bytes.len() + 1).checked_sub(PIECE)?).max_by_key(rare)?;
            for spelling in spellings([bytes[at], bytes[at + 1], bytes[at + 2]]) {
                pieces.entry(spelling).or_default().push((texts.len(), at));
            }
            texts.push(bytes.clone());
        }
        if pieces.is_empty() || pieces.len() > SPELLINGS {
            return None;
        }
        let searcher = packed::Config::new().builder().extend(pieces.keys()).build()?;
        Some(Texts {
            searcher,
            owners: pieces.into_values().collect(),
            texts,
        })
    }

    fn find(&self, hay: &[u8], from: usize) -> Option<usize> {
        // A text that begins before `from` is none of what is asked for; one that begins there is.
        let mut at = from;
        while at < hay.len() {
            let span = Span {
                start: at,
                end: hay.len(),
            };
            let found = self.searcher.find_in(hay, span)?;
            let owners = &self.owners[found.pattern().as_usize()];
            let begins = owners.iter().filter_map(|(text, offset)| {
                let start = found
                    .start()
                    .checked_sub(*offset)
                    .filter(|start| *start >= from)?;
                let text = &self.texts[*text];
                let here = hay.get(start..start + text.len())?;
                here.eq_ignore_ascii_case(text).then_some(start)
            });
            if let Some(start) = begins.min() {
                return Some(start);
            }
            at = found.start() + 1;
        }
        None
    }
}

/// A piece in small and capital letters, in every mixture.
fn spellings(piece: [u8; PIECE]) -> Vec<[u8; PIECE]> {
    let mut all = vec![piece];
    for at in 0..PIECE {
        if piece[at].is_ascii_alphabetic() {
            let capital = |mut one: [u8; PIECE]| {
                one[at] = one[at].to_ascii_uppercase();
                one
            };
            let more: Vec<_> = all.iter().copied().map(capital).collect();
            all.extend(more);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lines that are worth parsing, by their beginnings.
    fn lines(finders: &[Finder], hay: &[u8]) -> Vec<usize> {
        let mut all = Vec::new();
        for finder in finders {
            let mut from = 0;
            while let Some(at) = finder.find(hay, from) {
                let line = memchr::memrchr(b'\n', &hay[..at]).map_or(0, |end| end + 1);
                assert!(line >= from, "what begins before is none");
                all.push(line);
                from = memchr::memchr(b'\n', &hay[at..]).map_or(hay.len(), |end| at + end + 1);
            }
        }
        all.sort_unstable();
        all.dedup();
        all
    }

    #[test]
    fn one_pass_finds_what_each_needle_finds() {
        let words = [
            "anna muster",
            "muster, anna",
            "customer17",
            "ann",
            "nna mu",
            "@example.org",
        ];
        let needles = || -> Vec<Needle> { words.iter().filter_map(|word| Needle::text(word)).collect() };
        let mut state = 7_u64;
        let mut next = |below: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 33) as usize % below
        };
        for _ in 0..300 {
            let mut hay = Vec::new();
            for _ in 0..next(40) {
                let word = words[next(words.len())];
                let cut = next(word.len() + 1);
                for byte in word.bytes().take(cut) {
                    hay.push(if next(2) == 0 {
                        byte.to_ascii_uppercase()
                    } else {
                        byte
                    });
                }
                hay.extend(b" \n\",:x\nyz"[next(9)..].iter().take(next(4)));
            }
            let together = finders(needles());
            assert!(together.len() <= words.len());
            let alone: Vec<Finder> = needles().into_iter().map(Finder::One).collect();
            assert_eq!(
                lines(&together, &hay),
                lines(&alone, &hay),
                "{:?}",
                String::from_utf8_lossy(&hay)
            );
        }
    }

    #[test]
    fn ids_are_looked_for_where_they_are_written_in_one_way() {
        let owned = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
        let some = owned(&["0a1b2c3d", "4711", "i-9_x"]);
        let finder = ids(some.iter()).unwrap();
        assert_eq!(finder.find(b"xx \"4711\" i-9_x", 0), Some(4));
        assert_eq!(finder.find(b"xx \"4711\" i-9_x", 5), Some(10));
        // In hexadecimal ids an `e` among digits is common.
        let coded = owned(&["00000000000000000000000000007e15"]);
        assert!(ids(coded.iter()).is_some());
        for other in ["i1", "4711.0", "1e30", "\u{fc}ber-id", "a b c d"] {
            assert!(ids(owned(&[other]).iter()).is_none(), "{other}");
        }
    }
}
