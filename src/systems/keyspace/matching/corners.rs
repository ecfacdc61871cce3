//! The `@` of addresses in a large piece of bytes, looked for together with the letter on each side of
//! it: those of other people, of which pages are full, rarely stop the search.

use aho_corasick::packed::{Config, Searcher};

/// An `@`, also as `%40`: where it begins and ends.
pub(super) type At = (usize, usize);

/// In smaller pieces nothing is gained.
const LARGE: usize = 4096;

/// With more patterns the search slows down.
const MOST: usize = 64;

/// The search; made for a few addresses.
#[derive(Clone)]
pub(super) struct Corners(Searcher);

impl Corners {
    /// For the letters before and behind the `@` of each address, in either case. `None` where there are
    /// too many of them, or the host has no instructions for it.
    pub(super) fn new(pairs: impl Iterator<Item = (u8, u8)>) -> Option<Corners> {
        let mut patterns: Vec<Vec<u8>> = Vec::new();
        for (before, behind) in pairs {
            for before in [before.to_ascii_lowercase(), before.to_ascii_uppercase()] {
                for behind in [behind.to_ascii_lowercase(), behind.to_ascii_uppercase()] {
                    patterns.push(vec![before, b'@', behind]);
                    patterns.push(vec![before, b'%', b'4', b'0', behind]);
                }
            }
            patterns.sort();
            patterns.dedup();
            if patterns.len() > MOST {
                return None;
            }
        }
        Config::new().builder().extend(patterns).build().map(Corners)
    }

    /// True for pieces that are large enough.
    pub(super) fn is_worth_it(bytes: &[u8]) -> bool {
        bytes.len() >= LARGE
    }

    /// Every `@` between two of the letters; one may begin in the last of another.
    pub(super) fn ats<'a>(&'a self, bytes: &'a [u8]) -> impl Iterator<Item = At> + 'a {
        let mut from = 0;
        std::iter::from_fn(move || {
            let found = self.0.find_in(
                bytes,
                aho_corasick::Span {
                    start: from,
                    end: bytes.len(),
                },
            )?;
            from = found.start() + 1;
            Some((found.start() + 1, found.end() - 1))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_corner_is_seen_in_either_case_and_where_two_touch() {
        let Some(corners) = Corners::new([(b'e', b'e'), (b'1', b'x')].into_iter()) else {
            return;
        };
        let mut text = b"E@e@E a@e e@a 1@X e%40E 1@1@x ".to_vec();
        text.extend(vec![b'@'; 9000]);
        text.extend(b"e@e");
        let seen: Vec<usize> = corners.ats(&text).map(|(at, _)| at).collect();
        assert_eq!(seen, [1, 3, 15, 19, 27, text.len() - 2]);
        assert_eq!(corners.ats(b"e%40E").collect::<Vec<_>>(), [(1, 4)]);
    }

    #[test]
    fn many_addresses_are_looked_for_otherwise() {
        assert!(Corners::new((b'a'..=b'z').map(|letter| (letter, b'x'))).is_none());
    }
}
