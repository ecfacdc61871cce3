//! Names: all words of a spelling one after the other, in their order or family name first, at the
//! borders of words and without regard to case.

use super::fold::{first_char, fold};
use super::hit::{Hit, Strength};
use crate::domain::forms::{FormError, forms};
use crate::domain::identifier::Identifier;

/// One spelling.
#[derive(Clone)]
struct Spelling {
    search: usize,
    /// Its words, folded.
    words: Vec<String>,
}

/// All names that are looked for.
#[derive(Clone, Default)]
pub(super) struct Names {
    spellings: Vec<Spelling>,
}

impl Names {
    pub(super) fn is_empty(&self) -> bool {
        self.spellings.is_empty()
    }

    /// Adds a name in all its spellings.
    pub(super) fn add(
        &mut self,
        search: usize,
        identifier: &Identifier,
        country: Option<&str>,
    ) -> Result<(), FormError> {
        for form in forms(identifier, country)? {
            let folded = fold(&form.value);
            let words: Vec<String> = words(&folded).map(str::to_owned).collect();
            if words.is_empty()
                || self
                    .spellings
                    .iter()
                    .any(|s| s.search == search && s.words == words)
            {
                continue;
            }
            self.spellings.push(Spelling { search, words });
        }
        Ok(())
    }

    /// For each spelling ASCII letters, folded, that stand in raw bytes wherever it is found; empty
    /// where it has none.
    pub(super) fn fragments(&self) -> impl Iterator<Item = &str> {
        self.spellings.iter().map(|spelling| {
            let runs = spelling
                .words
                .iter()
                .flat_map(|word| word.split(|c: char| !c.is_ascii_alphanumeric()));
            runs.max_by_key(|run| run.len()).unwrap_or_default()
        })
    }

    /// Finds names in text.
    pub(super) fn find(&self, bytes: &[u8], hit: &mut dyn FnMut(Hit)) {
        let text = Folded::read(bytes);
        for spelling in &self.spellings {
            spelling.find(&text, hit);
        }
    }

    /// True when `values` together are all words of a spelling, and each of them is some of its words:
    /// given name and family name in fields of their own. Tells the search.
    pub(super) fn in_fields(&self, values: &[String], hit: &mut dyn FnMut(usize)) {
        for spelling in self.spellings.iter().filter(|spelling| spelling.words.len() > 1) {
            let mut missing: Vec<&String> = spelling.words.iter().collect();
            for value in values {
                let of_value: Vec<&str> = words(value).collect();
                if of_value.len() < spelling.words.len()
                    && of_value.iter().all(|w| spelling.words.iter().any(|s| s == w))
                {
                    missing.retain(|word| !of_value.contains(&word.as_str()));
                }
            }
            if missing.is_empty() {
                hit(spelling.search);
            }
        }
    }
}

/// Letters and digits with the marks inside a word: `O'Neill`, `Meier-Huber`.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !is_word(c))
        .filter(|word| word.chars().any(char::is_alphanumeric))
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '\'' || c == '’' || unicode_normalization::char::is_combining_mark(c)
}

/// A text folded piece by piece, with the places where its words stood.
struct Folded {
    /// Folded word, where it stood, and whether only space and punctuation that names have is before it.
    words: Vec<(String, std::ops::Range<usize>, bool)>,
}

impl Folded {
    fn read(bytes: &[u8]) -> Folded {
        let mut words = Vec::new();
        let mut at = 0;
        let mut close = false;
        while at < bytes.len() {
            let (c, length) = first_char(&bytes[at..]);
            if c.is_some_and(is_word) {
                let start = at;
                while at < bytes.len() {
                    let (Some(c), length) = first_char(&bytes[at..]) else {
                        break;
                    };
                    if !is_word(c) {
                        break;
                    }
                    at += length;
                }
                let word = String::from_utf8_lossy(&bytes[start..at]);
                words.push((fold(&word), start..at, close));
                close = true;
            } else {
                close &= c.is_some_and(|c| c.is_whitespace() || ",.-_+".contains(c));
                at += length;
            }
        }
        Folded { words }
    }
}

impl Spelling {
    fn find(&self, text: &Folded, hit: &mut dyn FnMut(Hit)) {
        let count = self.words.len();
        for (index, window) in text.words.windows(count).enumerate() {
            let connected = window.iter().skip(1).all(|(_, _, close)| *close);
            let range = window[0].1.start..window[count - 1].1.end;
            let same = |offset: usize| (0..count).all(|at| window[at].0 == self.words[(at + offset) % count]);
            // Family name first: the last word before the others.
            let strength = if connected && (same(0) || (count > 1 && same(count - 1))) {
                // One word alone is many people's.
                if count > 1 {
                    Strength::Exact
                } else {
                    Strength::Possible
                }
            } else if connected && self.inside(text, index) {
                Strength::Substring
            } else {
                continue;
            };
            hit(Hit {
                search: self.search,
                range,
                strength,
            });
        }
    }

    /// The name with more letters at its ends: `Joanna Musterman`.
    fn inside(&self, text: &Folded, index: usize) -> bool {
        let words = &text.words[index..index + self.words.len()];
        let last = self.words.len() - 1;
        words
            .iter()
            .zip(&self.words)
            .enumerate()
            .all(|(at, ((found, _, _), wanted))| match at {
                0 if last == 0 => found.contains(wanted),
                0 => found.ends_with(wanted),
                at if at == last => found.starts_with(wanted),
                _ => found == wanted,
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::identifier::IdentifierKind;

    fn names(value: &str) -> Names {
        let mut names = Names::default();
        names
            .add(0, &Identifier::new(IdentifierKind::Name, value), None)
            .unwrap();
        names
    }

    fn best(names: &Names, text: &str) -> Option<Strength> {
        let mut best = None;
        names.find(text.as_bytes(), &mut |hit| best = best.max(Some(hit.strength)));
        best
    }

    #[test]
    fn whole_names_in_both_orders() {
        let anna = names("Anna Müller");
        for text in [
            "Anna Müller",
            "MÜLLER, ANNA",
            "anna.mueller",
            "Frau Anna Mu\u{308}ller (Berlin)",
            "Anna Muller",
        ] {
            assert_eq!(best(&anna, text), Some(Strength::Exact), "{text}");
        }
        for text in ["Anna Müllerin", "Johanna Müller"] {
            assert_eq!(best(&anna, text), Some(Strength::Substring), "{text}");
        }
        for text in ["Anna", "Müller", "Anna: Müller", "Anna Maria Müller"] {
            assert_eq!(best(&anna, text), None, "{text}");
        }
    }

    #[test]
    fn given_and_family_name_in_fields_of_their_own() {
        let anna = names("Anna Müller");
        let found = |values: &[&str]| {
            let values: Vec<String> = values.iter().map(|v| fold(v)).collect();
            let mut any = false;
            anna.in_fields(&values, &mut |_| any = true);
            any
        };
        assert!(found(&["agent", "Anna", "Müller"]));
        assert!(!found(&["Anna", "Schmidt"]));
        assert!(!found(&["Anna Schmidt", "Müller"]));
    }
}
