//! One finding in one piece of text, before it is known where that text stands.

use std::ops::Range;

/// How well it fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strength {
    /// The text stands inside a longer one: a neighbour, most likely.
    Substring,
    /// It could be the person.
    Possible,
    /// It is.
    Exact,
}

/// A finding in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// Which search.
    pub search: usize,
    /// Where in the bytes that were searched.
    pub range: Range<usize>,
    /// How well it fits.
    pub strength: Strength,
}
