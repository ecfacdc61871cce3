//! Where an address ends and something else begins.

use super::fold::{first_char, last_char};

/// What stands at one end of a found text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Edge {
    /// The end of the text, or something that cannot belong to an address.
    Clear,
    /// It could belong to it, but hardly does: `-jane@…` at the beginning of a line.
    Doubtful,
    /// It belongs to it: the found text is part of a longer one.
    Inside,
}

/// What stands before an address.
pub(super) fn before(text: &[u8]) -> Edge {
    if text.is_empty() {
        return Edge::Clear;
    }
    let (Some(c), length) = last_char(text) else {
        return Edge::Clear;
    };
    match c {
        c if c.is_ascii_alphanumeric() => match percent_at_end(text) {
            Some(byte) if !byte.is_ascii_alphanumeric() && !b"._+-".contains(&byte) && byte < 0x80 => {
                Edge::Clear
            }
            _ => Edge::Inside,
        },
        // An address cannot begin with dots.
        '.' => behind(text, b".", Edge::Clear),
        '-' | '_' | '+' => behind(text, b"-_+", Edge::Doubtful),
        '%' => Edge::Doubtful,
        c if c.is_ascii() => Edge::Clear,
        c => letter(c, &text[..text.len() - length]),
    }
}

/// What stands behind the domain of an address.
pub(super) fn after(text: &[u8]) -> Edge {
    if text.is_empty() {
        return Edge::Clear;
    }
    let (Some(c), _) = first_char(text) else {
        return Edge::Clear;
    };
    match c {
        '@' => Edge::Inside,
        c if c.is_ascii_alphanumeric() => Edge::Inside,
        // The end of a sentence, or a longer domain.
        '.' | '-' => {
            let rest = text.iter().position(|b| !b".-".contains(b)).map(|at| &text[at..]);
            match rest.map(first_char) {
                Some((Some(c), _)) if c.is_alphanumeric() => Edge::Inside,
                _ => Edge::Clear,
            }
        }
        '_' => match text.get(1) {
            Some(b) if b.is_ascii_alphanumeric() => Edge::Doubtful,
            _ => Edge::Clear,
        },
        '%' => match percent(text) {
            Some(byte) if byte.is_ascii_alphanumeric() || b".-".contains(&byte) => Edge::Inside,
            _ => Edge::Clear,
        },
        c if c.is_ascii() => Edge::Clear,
        c => letter(c, &[]),
    }
}

/// What stands before a run of `marks` at the end of `text`: `lone` where the run stands alone.
fn behind(text: &[u8], marks: &[u8], lone: Edge) -> Edge {
    let rest = text
        .iter()
        .rposition(|b| !marks.contains(b))
        .map(|at| &text[..=at]);
    match rest.map(last_char) {
        Some((Some(c), _)) if c.is_alphanumeric() || "._+-%".contains(c) => Edge::Inside,
        _ => lone,
    }
}

/// A letter of the Latin script belongs to the address; of another script (which is often written
/// without spaces) it hardly does; anything else does not.
fn letter(c: char, before: &[u8]) -> Edge {
    match c {
        '\u{300}'..='\u{36f}' => match before.is_empty() {
            true => Edge::Doubtful,
            false => Edge::Inside,
        },
        c if !c.is_alphanumeric() => Edge::Clear,
        '\u{80}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}' => Edge::Inside,
        _ => Edge::Doubtful,
    }
}

/// The byte that `%41` at the beginning stands for.
fn percent(text: &[u8]) -> Option<u8> {
    let [b'%', high, low, ..] = text else { return None };
    let value = |b: u8| char::from(b).to_digit(16);
    u8::try_from(value(*high)? * 16 + value(*low)?).ok()
}

fn percent_at_end(text: &[u8]) -> Option<u8> {
    percent(&text[text.len().checked_sub(3)?..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_before() {
        for clear in [
            "", " ", "<", "\"", "mailto:", "a/", "x=", "..", "“", "%22", "%3C", "\u{200f}",
        ] {
            assert_eq!(before(clear.as_bytes()), Edge::Clear, "{clear:?}");
        }
        for inside in ["mary", "mary.", "a-", "x_", "tag+", "é", "7", "%41", "e\u{301}"] {
            assert_eq!(before(inside.as_bytes()), Edge::Inside, "{inside:?}");
        }
        for doubtful in ["-", "- -", "联系", "_"] {
            assert_eq!(before(doubtful.as_bytes()), Edge::Doubtful, "{doubtful:?}");
        }
    }

    #[test]
    fn what_stands_behind() {
        for clear in [
            "",
            " ",
            ">",
            "/x",
            ".",
            ". Then",
            "...",
            "-",
            "\",",
            ";",
            "。",
            "%20x",
            "?subject=",
        ] {
            assert_eq!(after(clear.as_bytes()), Edge::Clear, "{clear:?}");
        }
        for inside in [".au", "x", "-x", "é", "1", "@x", "%2Eau", "...and"] {
            assert_eq!(after(inside.as_bytes()), Edge::Inside, "{inside:?}");
        }
        for doubtful in ["_2019", "さん"] {
            assert_eq!(after(doubtful.as_bytes()), Edge::Doubtful, "{doubtful:?}");
        }
    }
}
