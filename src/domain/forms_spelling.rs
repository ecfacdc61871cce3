//! Umlauts and northern letters that were written out or left off, put back.

/// Whose spelling two vowels are read as.
pub(super) struct Spelling {
    pairs: &'static [(&'static str, &'static str)],
    /// Whether a bare vowel may stand for one with dots.
    pub(super) guesses: bool,
}

const GERMAN: &[(&str, &str)] = &[("ae", "ä"), ("oe", "ö"), ("ue", "ü")];
const DANISH: &[(&str, &str)] = &[("ae", "æ"), ("oe", "ø"), ("aa", "å")];
const SWEDISH: &[(&str, &str)] = &[("ae", "ä"), ("oe", "ö"), ("aa", "å")];

/// The same sound in the neighbours' letters.
const NORTH_TO_SOUTH: [(char, char); 4] = [('ø', 'ö'), ('æ', 'ä'), ('Ø', 'Ö'), ('Æ', 'Ä')];

impl Spelling {
    /// The spelling of a country.
    pub(super) fn of(country: Option<&str>) -> Spelling {
        let country = country.map(str::to_ascii_uppercase);
        let (pairs, guesses) = match country.as_deref() {
            None | Some("DE" | "AT" | "CH" | "LI" | "LU") => (GERMAN, true),
            Some("DK" | "NO" | "FO" | "GL") => (DANISH, false),
            Some("SE" | "FI" | "AX") => (SWEDISH, true),
            Some(_) => (GERMAN, false),
        };
        Spelling { pairs, guesses }
    }

    /// `Mueller` as `Müller`; also the neighbours' letter (`Jørgen` as `Jörgen`).
    pub(super) fn restored(&self, text: &str) -> Vec<String> {
        let mut found = Vec::new();
        let restored = self.join_pairs(text);
        if restored != text {
            found.push(restored);
        }
        for swap in [
            NORTH_TO_SOUTH,
            NORTH_TO_SOUTH.map(|(north, south)| (south, north)),
        ] {
            // German names never hold the northern letters; the other way round is common.
            if swap[0].0 == 'ö' && self.pairs == GERMAN {
                continue;
            }
            let swapped: String = text
                .chars()
                .map(|c| swap.iter().find(|(from, _)| *from == c).map_or(c, |(_, to)| *to))
                .collect();
            if swapped != text {
                found.push(swapped);
            }
        }
        if text.contains("ss") && self.pairs == GERMAN {
            found.push(text.replace("ss", "ß"));
        }
        found
    }

    /// Joins written-out vowels, except behind another vowel or a `q` (`Bauer`, `Queen`).
    fn join_pairs(&self, text: &str) -> String {
        let chars: Vec<char> = text.chars().collect();
        let mut out = String::new();
        let mut at = 0;
        while at < chars.len() {
            let before = at
                .checked_sub(1)
                .and_then(|i| chars.get(i))
                .copied()
                .unwrap_or(' ');
            let pair: String = chars[at..]
                .iter()
                .take(2)
                .flat_map(|c| c.to_lowercase())
                .collect();
            let joined = self.pairs.iter().find(|(long, _)| *long == pair);
            match joined {
                Some((_, letter)) if !is_vowel(before) && !"qQ".contains(before) => {
                    if chars[at].is_uppercase() {
                        out.push_str(&letter.to_uppercase());
                    } else {
                        out.push_str(letter);
                    }
                    at += 2;
                }
                _ => {
                    out.push(chars[at]);
                    at += 1;
                }
            }
        }
        out
    }
}

/// `Muller` as `Müller`: the first vowel that can carry dots, in the family name alone and in every
/// word (`Jurgen Muller`).
pub(super) fn guessed(text: &str) -> Vec<String> {
    let words: Vec<&str> = text.split(' ').collect();
    let family = if words[0].ends_with(',') {
        0
    } else {
        words.len() - 1
    };
    let one: Vec<String> = words
        .iter()
        .enumerate()
        .map(|(i, word)| {
            if i == family {
                dotted(word)
            } else {
                (*word).to_owned()
            }
        })
        .collect();
    let all: Vec<String> = words.iter().map(|word| dotted(word)).collect();
    let mut guesses = vec![one.join(" "), all.join(" ")];
    guesses.dedup();
    guesses.retain(|guess| guess != text);
    guesses
}

/// The word with dots on its first vowel, where that vowel stands alone between consonants.
fn dotted(word: &str) -> String {
    let chars: Vec<char> = word.chars().collect();
    let Some(at) = chars.iter().position(|c| is_vowel(*c)) else {
        return word.to_owned();
    };
    let next = chars.get(at + 1).copied().unwrap_or(' ');
    let with_dots = match chars[at] {
        'a' => 'ä',
        'o' => 'ö',
        'u' => 'ü',
        'A' => 'Ä',
        'O' => 'Ö',
        'U' => 'Ü',
        _ => return word.to_owned(),
    };
    if !next.is_alphabetic() || is_vowel(next) {
        return word.to_owned();
    }
    let mut dotted = chars;
    dotted[at] = with_dots;
    dotted.into_iter().collect()
}

fn is_vowel(c: char) -> bool {
    "aeiouyAEIOUY".contains(c)
}
