//! What is searched for in raw bytes before anything is parsed: a text without regard to case, or the
//! digits of a phone number however they are grouped. A line that could hold the same in escaped form
//! is always parsed, so that nothing is missed for the sake of speed.

use memchr::{memchr, memchr2, memmem};

/// Bytes of records, the most common first; what is not listed is rarer still.
const COMMON_LAST: &[u8] = b"\"e,:at inors-0ldch_.1u2mp{}fgy34w5b6789vkxjqz/+()@";

/// A text or a number to look for.
#[derive(Clone, Debug)]
pub(super) enum Needle {
    /// In lower case.
    Text { bytes: Vec<u8>, rare: usize },
    /// Digits with anything that people put between them.
    Digits(Vec<u8>),
}

impl Needle {
    /// The part of `text` that stands in JSON as it is written here, whatever encoder wrote it:
    /// `None` when no part is long enough to be worth looking for.
    pub(super) fn text(text: &str) -> Option<Needle> {
        let plain = |byte: u8| (0x20..0x7f).contains(&byte) && !matches!(byte, b'"' | b'\\' | b'/');
        let longest = text
            .as_bytes()
            .split(|byte| !plain(*byte))
            .max_by_key(|run| run.len())?;
        if longest.len() < 3 {
            return None;
        }
        let bytes = longest.to_ascii_lowercase();
        let rare = (0..bytes.len()).max_by_key(|at| rarity(&bytes[*at]))?;
        Some(Needle::Text { bytes, rare })
    }

    /// True for a text with a byte that is rarer than letters and digits.
    pub(super) fn has_rare_byte(&self) -> bool {
        match self {
            Needle::Text { bytes, rare } => {
                !bytes[*rare].is_ascii_alphanumeric() && rarity(&bytes[*rare]) > 40
            }
            Needle::Digits(_) => false,
        }
    }

    /// A number by the digits that every way of writing it has at its end.
    pub(super) fn digits(digits: &str) -> Option<Needle> {
        (digits.len() >= 5).then(|| Needle::Digits(digits.as_bytes().to_vec()))
    }

    /// Where it stands first from `from` on.
    pub(super) fn find(&self, hay: &[u8], from: usize) -> Option<usize> {
        match self {
            Needle::Text { bytes, rare } => find_text(hay, from, bytes, *rare),
            Needle::Digits(digits) => find_digits(hay, from, digits),
        }
    }
}

/// How rare a byte is in records: the higher, the rarer.
pub(super) fn rarity(byte: &u8) -> usize {
    let common = COMMON_LAST.iter().position(|common| common == byte);
    common.unwrap_or(COMMON_LAST.len())
}

fn find_text(hay: &[u8], from: usize, needle: &[u8], rare: usize) -> Option<usize> {
    let (low, high) = (needle[rare], needle[rare].to_ascii_uppercase());
    let mut at = from + rare;
    while at < hay.len() {
        let found = if low == high {
            memchr(low, &hay[at..])?
        } else {
            memchr2(low, high, &hay[at..])?
        };
        let start = at + found - rare;
        match hay.get(start..start + needle.len()) {
            Some(here) if here.eq_ignore_ascii_case(needle) => return Some(start),
            Some(_) => at += found + 1,
            None => return None,
        }
    }
    None
}

/// The last two digits stand together in every grouping that is in use; the others are compared
/// backwards, over what stands between groups.
fn find_digits(hay: &[u8], from: usize, digits: &[u8]) -> Option<usize> {
    let (rest, last) = digits.split_at(digits.len() - 2);
    let mut at = from;
    while let Some(found) = memmem::find(hay.get(at..)?, last) {
        let place = at + found;
        if stands_before(&hay[..place], rest) {
            return Some(place);
        }
        at = place + 1;
    }
    None
}

fn stands_before(hay: &[u8], digits: &[u8]) -> bool {
    let mut at = hay.len();
    for digit in digits.iter().rev() {
        let mut gap = 0;
        loop {
            if at == 0 || gap > 3 {
                return false;
            }
            at -= 1;
            match hay[at] {
                byte if byte == *digit => break,
                b' ' | b'-' | b'.' | b'/' | b'(' | b')' | 0xa0 | 0xc2 | b'\\' => gap += 1,
                _ => return false,
            }
        }
    }
    true
}

/// The place of the next escape that could stand for a plain character or a slash.
pub(super) fn find_escape(hay: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        let found = at + memchr(b'\\', hay.get(at..)?)?;
        match hay.get(found + 1) {
            Some(b'u') if hay.get(found + 2..found + 4) == Some(b"00") => return Some(found),
            // A non-breaking space between digits is written so too.
            Some(b'/') => return Some(found),
            Some(_) => at = found + 2,
            None => return None,
        }
    }
}

/// True when there can be no such escape in the piece: one fast pass instead of many stops.
pub(super) fn has_escapes(hay: &[u8]) -> bool {
    memmem::find(hay, b"\\u00").is_some() || memmem::find(hay, b"\\/").is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_found_in_any_case_and_numbers_in_any_grouping() {
        let needle = Needle::text("Anna.Muster@Example.org").unwrap();
        assert_eq!(needle.find(b"x ANNA.muster@example.ORG", 0), Some(2));
        assert_eq!(needle.find(b"x ANNA.muster@example.ORG", 3), None);
        assert_eq!(needle.find(b"anna.muster@example.or", 0), None);
        let number = Needle::digits("3023125014").unwrap();
        for text in [
            "+49 30 23125014",
            "030/2312-5014",
            "(030) 23 12 50 14",
            "+493023125014",
        ] {
            assert!(number.find(text.as_bytes(), 0).is_some(), "{text}");
        }
        assert!(number.find(b"+49 30 23125015", 0).is_none());
        assert!(Needle::text("\u{fc}").is_none() && Needle::text("a\"b").is_none());
    }

    #[test]
    fn escapes_that_hide_plain_text_are_seen() {
        assert_eq!(find_escape(br#"a\"b\n\u0040"#, 0), Some(6));
        assert_eq!(find_escape(br"\\u0040\/", 0), Some(7));
        assert_eq!(find_escape(br"\u00e4", 0), Some(0));
        assert_eq!(find_escape(br"\u20ac\n", 0), None);
    }
}
