//! Rules out bytes that cannot hold anybody, before they are taken apart. It may say yes too often,
//! never no too often: whatever the matcher finds in a cell, or in any part of it, this sees in its
//! raw bytes, and in all bytes around it.

use aho_corasick::AhoCorasick;
use memchr::memmem::Finder;

use super::content::is_compressed;
use super::digits::Tails;
use super::email::Emails;
use super::name::Names;
use super::phone::Phones;

/// Escapes in JSON strings that could hide what is looked for.
#[derive(Clone, Copy, Debug, Default)]
struct Escapes {
    /// Of ASCII characters.
    ascii: bool,
    /// Of separators, marks and digits beyond ASCII.
    separators: bool,
    /// Of any character.
    any: bool,
}

/// The search over raw bytes.
#[derive(Clone)]
pub(super) struct Prefilter {
    emails: Emails,
    tails: Tails,
    /// Letters of names.
    names: Option<AhoCorasick>,
    /// A name has no ASCII letters of its own.
    beyond_ascii: bool,
    escapes: Escapes,
    backslash_u: Finder<'static>,
}

impl Prefilter {
    pub(super) fn new(mut emails: Emails, phones: &Phones, names: &Names) -> Prefilter {
        let fragments: Vec<&str> = names.fragments().collect();
        let beyond_ascii = fragments.iter().any(|fragment| fragment.is_empty());
        let fragments: Vec<&str> = fragments
            .into_iter()
            .filter(|fragment| !fragment.is_empty())
            .collect();
        // Building fails for more patterns than memory holds; then every cell is looked at.
        let automaton = (!fragments.is_empty()).then(|| {
            AhoCorasick::builder()
                .ascii_case_insensitive(true)
                .build(&fragments)
        });
        let (automaton, failed) = match automaton {
            Some(Ok(automaton)) => (Some(automaton), false),
            Some(Err(_)) => (None, true),
            None => (None, false),
        };
        emails.complete();
        Prefilter {
            escapes: Escapes {
                ascii: true,
                separators: !phones.is_empty(),
                any: beyond_ascii,
            },
            tails: Tails::new(phones.tails()),
            emails,
            beyond_ascii: beyond_ascii || failed,
            names: automaton,
            backslash_u: Finder::new(b"\\u"),
        }
    }

    /// True when a cell with these bytes, or a cell in them, may hold somebody as text. Numbers that
    /// are no text are not seen, and compressed values only where the bytes begin with one.
    pub(super) fn may_hold(&self, bytes: &[u8]) -> bool {
        (!self.emails.is_empty() && self.emails.may_hold(bytes))
            || self.tails.may_hold(bytes)
            || self.names.as_ref().is_some_and(|names| names.is_match(bytes))
            || (self.beyond_ascii && !bytes.is_ascii())
            || self.escaped(bytes)
            || is_compressed(bytes)
    }

    fn escaped(&self, bytes: &[u8]) -> bool {
        self.backslash_u.find_iter(bytes).any(|at| {
            let Some(digits) = bytes.get(at + 2..at + 6) else {
                return false;
            };
            let first = digits[0].to_ascii_lowercase();
            let ascii = digits.starts_with(b"00") && (b'2'..=b'7').contains(&digits[2]);
            // Letters with accents, which JSON is full of: U+00C0 to U+02FF.
            let letter = digits.starts_with(b"01")
                || digits.starts_with(b"02")
                || (digits.starts_with(b"00") && matches!(digits[2].to_ascii_lowercase(), b'c'..=b'f'));
            let control = digits.starts_with(b"00") && matches!(digits[2], b'0' | b'1');
            (self.escapes.ascii && (ascii || !first.is_ascii_hexdigit()))
                || (self.escapes.separators && !letter && !control)
                || self.escapes.any
        })
    }
}
