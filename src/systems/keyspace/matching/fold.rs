//! Upper and lower case made alike, and characters read out of bytes that may be no text at all.

use unicode_normalization::UnicodeNormalization;

/// Composes, and makes lower case. A character beyond ASCII never becomes an ASCII one (the Kelvin
/// sign stays what it is), so that the search over raw bytes, which knows ASCII letters only, misses
/// nothing that this finds.
pub(super) fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    // These three compose into ASCII: Kelvin sign, Greek question mark, Greek varia.
    let apart = |c| match c {
        '\u{212a}' | '\u{37e}' | '\u{1fef}' => '\u{fffd}',
        c => c,
    };
    for c in text.chars().map(apart).nfc() {
        if c.is_ascii() {
            out.push(c.to_ascii_lowercase());
        } else if c.to_lowercase().any(|lower| lower.is_ascii()) {
            out.push(c);
        } else {
            out.extend(c.to_lowercase());
        }
    }
    out
}

/// The character that begins at `bytes`, and its length; `None` for a byte that is no text (length 1).
/// `bytes` must not be empty.
pub(super) fn first_char(bytes: &[u8]) -> (Option<char>, usize) {
    if bytes[0] < 0x80 {
        return (Some(char::from(bytes[0])), 1);
    }
    for length in 2..=4.min(bytes.len()) {
        if let Ok(text) = std::str::from_utf8(&bytes[..length]) {
            return (text.chars().next(), length);
        }
    }
    (None, 1)
}

/// The character that ends at the end of `bytes`, and its length; as [`first_char`].
pub(super) fn last_char(bytes: &[u8]) -> (Option<char>, usize) {
    let last = bytes.len() - 1;
    if bytes[last] < 0x80 {
        return (Some(char::from(bytes[last])), 1);
    }
    for length in 2..=4.min(bytes.len()) {
        if let Ok(text) = std::str::from_utf8(&bytes[bytes.len() - length..]) {
            return (text.chars().next_back(), length);
        }
    }
    (None, 1)
}

/// The value of a decimal digit of the scripts that phone keyboards write.
pub(super) fn digit(c: char) -> Option<u8> {
    let zero = match c {
        '0'..='9' => u32::from('0'),
        '\u{ff10}'..='\u{ff19}' => 0xff10,
        '\u{660}'..='\u{669}' => 0x660,
        '\u{6f0}'..='\u{6f9}' => 0x6f0,
        _ => return None,
    };
    u8::try_from(u32::from(c) - zero).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_composition_are_alike_but_ascii_stays_apart() {
        assert_eq!(fold("JÜRGEN"), fold("ju\u{308}rgen"));
        // Kelvin sign, long s, dotted capital I: their lower case would be ASCII.
        for c in ['\u{212a}', '\u{130}'] {
            assert!(!fold(&c.to_string()).starts_with(|c: char| c.is_ascii()), "{c:?}");
        }
    }

    #[test]
    fn characters_are_read_from_both_ends() {
        let text = "aü€😀";
        assert_eq!(first_char(&text.as_bytes()[1..]), (Some('ü'), 2));
        assert_eq!(last_char(text.as_bytes()), (Some('😀'), 4));
        assert_eq!(first_char(&[0xff, b'a']), (None, 1));
        assert_eq!(last_char(&[b'a', 0x80]), (None, 1));
    }
}
