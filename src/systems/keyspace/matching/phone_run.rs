//! Runs of digits as people and programs write numbers: in groups, with separators, brackets and
//! invisible marks between them.

use std::ops::Range;

use super::fold::{digit, first_char, last_char};

/// More visible separators than this between two groups end a number.
const MOST_SEPARATORS: usize = 3;
/// A number has no more groups; longer runs are looked at by their last ones.
pub(super) const MOST_GROUPS: usize = 24;
/// Longer runs are no numbers of telephones; only their beginning is kept.
const MOST_DIGITS: usize = 4096;

/// Digits that belong together.
#[derive(Default, Debug, Clone, PartialEq, Eq)]
pub(super) struct Run {
    /// All digits, 0 to 9.
    pub(super) digits: Vec<u8>,
    /// For each group: where its digits begin, and where it stands in the text.
    pub(super) groups: Vec<(usize, Range<usize>)>,
    /// A `+` stands before it.
    pub(super) plus: bool,
    /// Which digit is the `0` of a `(0)`.
    pub(super) bracketed: Option<usize>,
    /// A letter stands right before or behind it.
    pub(super) in_word: bool,
}

impl Run {
    /// Where the digits of a group end.
    pub(super) fn group_end(&self, group: usize) -> usize {
        self.groups
            .get(group + 1)
            .map_or(self.digits.len(), |(start, _)| *start)
    }
}

/// True for what may stand between two groups. The search over raw bytes knows the ASCII ones of
/// these, and takes all beyond ASCII for separators.
pub(super) fn is_separator(c: char) -> bool {
    matches!(c, ' ' | '-' | '.' | '/' | '(' | ')') || is_silent(c) || is_wide_separator(c)
}

fn is_wide_separator(c: char) -> bool {
    matches!(
        c,
        '\u{a0}' | '\u{b7}' | '\u{2000}'..='\u{200a}' | '\u{2010}'..='\u{2015}' | '\u{202f}' | '\u{205f}'
            | '\u{2212}' | '\u{3000}' | '\u{ff08}' | '\u{ff09}' | '\u{ff0d}'
    )
}

/// Marks that nobody sees: directions, joiners, soft hyphens.
fn is_silent(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}'
    )
}

/// Shows each run of digits in `bytes`.
pub(super) fn runs(bytes: &[u8], show: &mut dyn FnMut(&Run)) {
    let mut at = 0;
    while let Some(start) = next_digit(bytes, at) {
        let mut run = Run::default();
        (run.plus, run.in_word) = before(&bytes[..start]);
        at = read(bytes, start, &mut run);
        show(&run);
    }
}

fn next_digit(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        at += bytes
            .get(at..)?
            .iter()
            .position(|b| b.is_ascii_digit() || *b >= 0x80)?;
        let (c, length) = first_char(&bytes[at..]);
        if c.and_then(digit).is_some() {
            return Some(at);
        }
        at += length;
    }
}

/// Whether a `+` stands before the first digit, with nothing but marks and brackets between; and
/// whether a letter does.
fn before(mut text: &[u8]) -> (bool, bool) {
    let mut first = true;
    while !text.is_empty() {
        let (Some(c), length) = last_char(text) else { break };
        match c {
            '+' | '\u{ff0b}' => return (true, false),
            '(' | ' ' | '\u{a0}' => first = false,
            c if is_silent(c) => {}
            c => return (false, first && c.is_alphanumeric()),
        }
        text = &text[..text.len() - length];
    }
    (false, false)
}

/// Reads a run that begins with the digit at `at`; gives where it ended.
fn read(bytes: &[u8], mut at: usize, run: &mut Run) -> usize {
    let mut visible = 0;
    let mut spaced_slash = Slash::default();
    // A group begins with the next digit.
    let mut fresh = true;
    let mut end = at;
    let mut last_open = false;
    while at < bytes.len() {
        let (Some(c), length) = first_char(&bytes[at..]) else {
            break;
        };
        if let Some(value) = digit(c) {
            if fresh {
                run.groups.push((run.digits.len(), at..at));
            }
            if run.digits.len() < MOST_DIGITS {
                run.digits.push(value);
            }
            if let Some((_, place)) = run.groups.last_mut() {
                place.end = at + length;
            }
            if last_open && value == 0 && bytes.get(at + 1) == Some(&b')') {
                run.bracketed = Some(run.digits.len() - 1);
            }
            (fresh, last_open, visible) = (false, false, 0);
            spaced_slash = Slash::default();
            end = at + length;
        } else if is_separator(c) {
            fresh |= !is_silent(c);
            last_open = c == '(';
            if !is_silent(c) {
                visible += 1;
            }
            spaced_slash.see(c);
            if visible > MOST_SEPARATORS || spaced_slash.ends() {
                break;
            }
        } else {
            run.in_word |= at == end && c.is_alphanumeric();
            break;
        }
        at += length;
    }
    end
}

/// A slash with a space on both sides stands between two numbers.
#[derive(Default)]
struct Slash(u8);

impl Slash {
    fn see(&mut self, c: char) {
        let space = matches!(c, ' ' | '\u{a0}');
        self.0 = match (self.0, c) {
            (0, _) if space => 1,
            (1, '/') => 2,
            (2, _) if space => 3,
            (state, _) => state,
        };
    }

    fn ends(&self) -> bool {
        self.0 == 3
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_all(text: &str) -> Vec<(String, usize, bool, bool)> {
        let mut found = Vec::new();
        runs(text.as_bytes(), &mut |run| {
            let digits: String = run.digits.iter().map(|d| char::from(b'0' + d)).collect();
            found.push((digits, run.groups.len(), run.plus, run.in_word));
        });
        found
    }

    #[test]
    fn groups_belong_together() {
        assert_eq!(
            read_all("+49 (0)30 / 23125-014"),
            [
                ("49030".into(), 3, true, false),
                ("23125014".into(), 2, false, false)
            ]
        );
        assert_eq!(
            read_all("+49 (0)30/23125-014"),
            [("4903023125014".into(), 5, true, false)]
        );
        assert_eq!(
            read_all("\u{202a}+49\u{a0}30\u{a0}23125014\u{202c}"),
            [("493023125014".into(), 3, true, false)]
        );
        assert_eq!(
            read_all("call ٠٣٠-٢٣١٢٥٠١٤ now"),
            [("03023125014".into(), 2, false, false)]
        );
        assert_eq!(
            read_all("030,23125014"),
            [
                ("030".into(), 1, false, false),
                ("23125014".into(), 1, false, false)
            ]
        );
        assert_eq!(
            read_all("23\u{200b}125014"),
            [("23125014".into(), 1, false, false)]
        );
    }

    #[test]
    fn words_and_marks_around_are_seen() {
        assert_eq!(read_all("a23125014"), [("23125014".into(), 1, false, true)]);
        assert_eq!(read_all("23125014x"), [("23125014".into(), 1, false, true)]);
        assert_eq!(read_all("tel 23125014 x"), [("23125014".into(), 1, false, false)]);
        assert_eq!(
            read_all("tel+4923125014"),
            [("4923125014".into(), 1, true, false)]
        );
        let mut bracketed = None;
        runs(b"+49(0)30", &mut |run| bracketed = run.bracketed);
        assert_eq!(bracketed, Some(2));
    }
}
