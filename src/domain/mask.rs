//! Identifiers as they stand on screen until somebody asks to see them. A mask keeps what a
//! colleague needs to recognise a person in a list, and never the whole value.

use unicode_segmentation::UnicodeSegmentation;

use super::text::clean;

/// Digits that stay hidden in any number, however short it is.
const HIDDEN_DIGITS: usize = 4;

/// Masks a name, address, number, handle or id for display: `A••• M•••••`, `a•••@example.org`,
/// `+49 •• •••• 1820`. The text is cleaned as well.
pub fn mask(text: &str) -> String {
    mask_with(text, '•')
}

/// [`mask`] for terminals that know ASCII only: `A*** M*****`.
pub fn mask_ascii(text: &str) -> String {
    mask_with(text, '*')
}

fn mask_with(text: &str, dot: char) -> String {
    let text = clean(text);
    let text = text.trim();
    if text.is_empty() {
        return String::new();
    }
    let masked = email(text, dot)
        .or_else(|| number(text, dot))
        .or_else(|| uuid(text, dot))
        .unwrap_or_else(|| words(text, dot));
    if masked.contains(text) {
        // Whatever a rule above left as it was (punctuation, dots that were typed) hides nothing.
        return dots(dot, 3);
    }
    masked
}

fn dots(dot: char, count: usize) -> String {
    std::iter::repeat_n(dot, count).collect()
}

/// `a•••@example.org`; the number of dots is fixed, so that the length of the name is not told.
fn email(text: &str, dot: char) -> Option<String> {
    let (local, domain) = text.rsplit_once('@')?;
    if local.is_empty() || domain.is_empty() || text.contains(char::is_whitespace) {
        return None;
    }
    let mut letters = local.graphemes(true);
    let first = letters.next().unwrap_or_default();
    let first = if letters.next().is_some() { first } else { "" };
    Some(format!("{first}{}@{domain}", dots(dot, 3)))
}

/// `+49 •• •••• 1820`: country and last four digits, fewer when the number is short.
fn number(text: &str, dot: char) -> Option<String> {
    let international = text.starts_with('+');
    let allowed = |c: char| c.is_ascii_digit() || " +-()./".contains(c);
    let digits: Vec<char> = text.chars().filter(char::is_ascii_digit).collect();
    if digits.len() < 5 || !text.chars().all(allowed) {
        return None;
    }
    let country = match (international, digits[0]) {
        (false, _) => 0,
        (true, '1' | '7') => 1,
        (true, _) => 2,
    };
    let shown = digits.len().saturating_sub(HIDDEN_DIGITS + country).min(4);
    let country = country.min(digits.len().saturating_sub(HIDDEN_DIGITS + shown));
    let mut out = String::new();
    if country > 0 {
        out.push('+');
        out.extend(&digits[..country]);
        out.push(' ');
    }
    out.push_str(&dots(dot, 2));
    out.push(' ');
    out.push_str(&dots(dot, 4));
    if shown > 0 {
        out.push(' ');
        out.extend(&digits[digits.len() - shown..]);
    }
    Some(out)
}

/// `7f3a••••`: enough to tell two rows apart.
fn uuid(text: &str, dot: char) -> Option<String> {
    uuid::Uuid::try_parse(text).ok()?;
    let start: String = text.chars().filter(char::is_ascii_hexdigit).take(4).collect();
    Some(format!("{start}{}", dots(dot, 4)))
}

/// The first letter of each word; a word of one letter or of digits is hidden whole.
fn words(text: &str, dot: char) -> String {
    text.split(' ')
        .map(|word| one_word(word, dot))
        .collect::<Vec<_>>()
        .join(" ")
}

fn one_word(word: &str, dot: char) -> String {
    let is_letter = |g: &str| g.chars().next().is_some_and(char::is_alphanumeric);
    let letters = word.graphemes(true).filter(|g| is_letter(g)).count();
    let mut first = letters > 1;
    let mut out = String::new();
    for grapheme in word.graphemes(true) {
        if !is_letter(grapheme) {
            out.push_str(grapheme);
            continue;
        }
        if first && grapheme.chars().next().is_some_and(char::is_alphabetic) {
            out.push_str(grapheme);
        } else {
            out.push(dot);
        }
        first = false;
    }
    out
}
