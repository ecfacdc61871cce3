//! Names and addresses in their common spellings: composed and decomposed accents, umlauts written
//! out or left off, and back again.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::forms::{Form, FormError, Forms};
use super::forms_spelling::{Spelling, guessed};

/// Each form is a question to several places; more than this would use up the allowance of a
/// minute for one name.
const MOST: usize = 12;

/// Letters of their own and what they are written as where a keyboard lacks them.
const WRITTEN_OUT: [(char, &str); 20] = [
    ('ä', "ae"),
    ('ö', "oe"),
    ('ü', "ue"),
    ('Ä', "Ae"),
    ('Ö', "Oe"),
    ('Ü', "Ue"),
    ('ß', "ss"),
    ('ẞ', "SS"),
    ('å', "aa"),
    ('Å', "Aa"),
    ('ø', "oe"),
    ('Ø', "Oe"),
    ('æ', "ae"),
    ('Æ', "Ae"),
    ('œ', "oe"),
    ('Œ', "Oe"),
    ('þ', "th"),
    ('Þ', "Th"),
    ('ð', "d"),
    ('Ð', "D"),
];

/// Letters that do not come apart into a letter and a mark, and the letter they look like.
const LOOKS_LIKE: [(char, char); 14] = [
    ('ø', 'o'),
    ('Ø', 'O'),
    ('ł', 'l'),
    ('Ł', 'L'),
    ('đ', 'd'),
    ('Đ', 'D'),
    ('ð', 'd'),
    ('Ð', 'D'),
    ('ħ', 'h'),
    ('Ħ', 'H'),
    ('ı', 'i'),
    ('ŧ', 't'),
    ('Ŧ', 'T'),
    ('ĸ', 'k'),
];

/// Forms of a person's name.
pub(super) fn name(value: &str, country: Option<&str>) -> Result<Vec<Form>, FormError> {
    let typed = single_spaces(value);
    if !typed.chars().any(char::is_alphabetic) {
        return Err(FormError::rule("a name holds at least one letter"));
    }
    let composed: String = typed.nfc().collect();
    let mut forms = Forms::default();
    forms.add(
        composed.clone(),
        if composed == value { "as_typed" } else { "composed" },
    );
    forms.add(value, "as_typed");
    let spelling = Spelling::of(country);
    let mut marked = vec![composed.clone()];
    marked.extend(spelling.restored(&composed));
    for spelled in &marked {
        forms.add(spelled.clone(), "transliterated");
        forms.add(written_out(spelled), "transliterated");
        forms.add(without_marks(spelled), "transliterated");
    }
    if marked.len() == 1 && composed.is_ascii() && spelling.guesses {
        for guess in guessed(&composed) {
            forms.add(guess.clone(), "transliterated");
            marked.push(guess);
        }
    }
    if let Some((family, given)) = composed.split_once(", ") {
        forms.add(format!("{given} {family}"), "reordered");
    }
    for spelled in &marked {
        forms.add(spelled.nfd().collect::<String>(), "decomposed");
    }
    Ok(forms.finish(MOST))
}

/// Forms of a postal address.
pub(super) fn address(value: &str) -> Vec<Form> {
    let typed = single_spaces(value);
    let composed: String = typed.nfc().collect();
    let mut forms = Forms::default();
    forms.add(
        composed.clone(),
        if composed == value { "as_typed" } else { "composed" },
    );
    forms.add(value, "as_typed");
    for (long, short) in [
        ("straße", "str."),
        ("Straße", "Str."),
        ("strasse", "str."),
        ("Strasse", "Str."),
    ] {
        if composed.contains(long) {
            forms.add(composed.replace(long, short), "abbreviated");
        }
    }
    for (short, long) in [("str. ", "straße "), ("Str. ", "Straße ")] {
        if composed.contains(short) {
            forms.add(composed.replace(short, long), "abbreviated");
        }
    }
    for spelled in forms.values() {
        forms.add(written_out(&spelled), "transliterated");
        forms.add(without_marks(&spelled), "transliterated");
    }
    forms.add(composed.nfd().collect::<String>(), "decomposed");
    forms.finish(MOST)
}

fn single_spaces(value: &str) -> String {
    value.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// `Müller` as `Mueller`; other accents are left off, and joined letters come apart.
fn written_out(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match WRITTEN_OUT.iter().find(|(letter, _)| *letter == c) {
            Some((_, long)) => out.push_str(long),
            None => out.extend(plain(c)),
        }
    }
    out
}

/// `Müller` as `Muller`.
fn without_marks(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        let looks = LOOKS_LIKE.iter().find(|(letter, _)| *letter == c);
        let written = WRITTEN_OUT.iter().find(|(letter, _)| *letter == c);
        match (looks, written) {
            (Some((_, plain)), _) => out.push(*plain),
            (None, Some((letter, long))) if letter.nfd().count() == 1 => out.push_str(long),
            _ => out.extend(plain(c)),
        }
    }
    out
}

/// A letter without its marks, a ligature in its letters; other scripts keep theirs.
fn plain(c: char) -> Vec<char> {
    if let Some((_, letter)) = LOOKS_LIKE.iter().find(|(from, _)| *from == c) {
        return vec![*letter];
    }
    let parts: Vec<char> = std::iter::once(c)
        .nfkd()
        .filter(|c| !is_combining_mark(*c))
        .collect();
    if parts.iter().all(char::is_ascii) && !parts.is_empty() {
        parts
    } else {
        vec![c]
    }
}
