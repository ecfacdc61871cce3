//! Words that repeat, each once.

use std::sync::Arc;

use crate::domain::filter::fold;

/// Numbered words, each with its folded form.
#[derive(Clone, Default)]
pub(super) struct Words {
    words: Vec<(Arc<str>, Box<str>)>,
}

impl Words {
    /// The number of a word, if it is known. There are a handful of words, and rows share their
    /// allocations: comparing addresses finds nearly every one.
    pub fn find(&self, word: &Arc<str>) -> Option<u32> {
        let same = self.words.iter().position(|(known, _)| Arc::ptr_eq(known, word));
        let found = same.or_else(|| self.words.iter().position(|(known, _)| known == word));
        found.map(number)
    }

    /// Takes a word in that is not known yet.
    pub fn add(&mut self, word: &Arc<str>) -> u32 {
        self.words.push((Arc::clone(word), fold(word).into()));
        number(self.words.len() - 1)
    }

    /// A word by its number.
    pub fn get(&self, number: u32) -> Option<&Arc<str>> {
        self.words.get(number as usize).map(|(word, _)| word)
    }

    /// All words.
    pub fn all(&self) -> impl Iterator<Item = &Arc<str>> {
        self.words.iter().map(|(word, _)| word)
    }

    /// For each number whether its word, or its folded form, fits.
    pub fn which(&self, fits: impl Fn(&str, &str) -> bool) -> Vec<bool> {
        self.words
            .iter()
            .map(|(word, folded)| fits(word, folded))
            .collect()
    }
}

fn number(at: usize) -> u32 {
    // A word is a row's, and rows are fewer than that.
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// The words of all rows.
#[derive(Clone, Default)]
pub(super) struct Tables {
    /// Statuses.
    pub statuses: Words,
    /// Type words of the API that are not known to us.
    pub types: Words,
    /// Logins and ids of creators.
    pub people: Words,
}
