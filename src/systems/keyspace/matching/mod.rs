//! Finds people in cells: by e-mail address, phone number or name, whatever representation holds them
//! (plain, JSON and JSON in JSON strings, escapes, collections, compressed), all of them in one pass.
//!
//! Not opened: values encoded as base64, UTF-16, and compressions other than gzip and zlib.

mod binary;
mod content;
mod corners;
mod digits;
mod edge;
mod email;
mod fold;
mod hit;
mod json;
mod name;
mod parts;
mod phone;
mod phone_run;
mod place;
mod prefilter;
mod snippet;
mod watch;

use std::collections::BTreeMap;

use super::cell_type::CellType;
use super::report::{Certainty, MatchKind};
use crate::domain::forms::{FormError, is_email};
use crate::domain::identifier::{Identifier, IdentifierKind};
use binary::Binary;
use content::{Content, Opener};
use email::Emails;
use fold::digit;
use name::Names;
use phone::Phones;
use prefilter::Prefilter;
use watch::Watcher;

pub(super) use content::is_compressed;
pub use hit::{Hit, Strength};
pub use place::Placing;

/// What is looked for, ready to search with. Cheap to share, costly to make.
pub struct Needles {
    kinds: Vec<MatchKind>,
    emails: Emails,
    phones: Phones,
    names: Names,
    prefilter: Prefilter,
    binary: Binary,
    substrings: bool,
}

/// One place in one cell where somebody was found.
#[derive(Clone, PartialEq, Eq)]
pub struct Finding {
    /// Which search, counted from 0.
    pub search: usize,
    /// What it is about.
    pub kind: MatchKind,
    /// How sure it is.
    pub certainty: Certainty,
    /// Where in the cell; see [`super::report::Match::pointer`].
    pub pointer: String,
    /// The text around it, cleaned; personal data.
    pub snippet: String,
}

impl std::fmt::Debug for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Finding(search {}, {} {})",
            self.search,
            self.certainty.as_str(),
            self.kind.as_str()
        )
    }
}

/// What a cell holds.
#[derive(Debug, Default)]
pub struct Findings {
    /// One for each search and pointer.
    pub found: Vec<Finding>,
    /// For each search that has some: places with its text inside a longer one and no match.
    pub substrings: BTreeMap<usize, u64>,
    /// Compressed values that could not be opened whole.
    pub unopened: u64,
}

impl Findings {
    /// True when nothing is to be told.
    pub fn is_empty(&self) -> bool {
        self.found.is_empty() && self.substrings.is_empty() && self.unopened == 0
    }
}

impl Needles {
    /// Prepares the searches: e-mail addresses, phone numbers, names. `country` is an ISO 3166 code
    /// for numbers in national form. With `substrings`, text inside a longer one is a possible match.
    ///
    /// # Errors
    /// For a value that cannot be of its kind, and for kinds that cannot be looked for here; the text
    /// says which search it was, counted from 1, never its value.
    pub fn new(
        searches: &[Identifier],
        country: Option<&str>,
        substrings: bool,
    ) -> Result<Needles, FormError> {
        let mut kinds = Vec::new();
        let (mut emails, mut phones, mut names) = (Emails::default(), Phones::default(), Names::default());
        for (index, search) in searches.iter().enumerate() {
            let (kind, added) = match search.kind {
                IdentifierKind::Email => (MatchKind::Email, emails.add(index, search)),
                IdentifierKind::Phone => (MatchKind::Phone, phones.add(index, search, country)),
                IdentifierKind::Name => (MatchKind::Name, names.add(index, search, country)),
                other => {
                    let text = format!("search {}: {} cannot be looked for", index + 1, other.as_str());
                    return Err(FormError(text));
                }
            };
            added.map_err(|error| FormError(format!("search {}: {error}", index + 1)))?;
            kinds.push(kind);
        }
        Ok(Needles {
            prefilter: Prefilter::new(emails.clone(), &phones, &names),
            binary: Binary::of(&phones),
            kinds,
            emails,
            phones,
            names,
            substrings,
        })
    }

    /// How many searches there are.
    pub fn count(&self) -> usize {
        self.kinds.len()
    }

    /// What each search is about.
    pub fn kinds(&self) -> &[MatchKind] {
        &self.kinds
    }

    /// True when cells within `bytes` may hold somebody as text. For pages of columns of which
    /// [`Needles::needs_cells`] is false, "no" means that nothing is in them.
    pub fn may_hold(&self, bytes: &[u8]) -> bool {
        self.prefilter.may_hold(bytes)
    }

    /// True when a page with cells of this type has to be taken apart whatever its bytes are: for
    /// numbers, and for values that may be compressed.
    pub fn needs_cells(&self, cell_type: &CellType) -> bool {
        cell_type.has_blobs() || (!self.phones.is_empty() && cell_type.has_numbers())
    }

    /// True when this cell may hold somebody.
    pub fn cell_may_hold(&self, cell_type: &CellType, bytes: &[u8]) -> bool {
        match cell_type {
            _ if bytes.is_empty() => false,
            CellType::Opaque => false,
            CellType::Text | CellType::Blob => self.prefilter.may_hold(bytes),
            // What stands inside may be compressed or a number.
            other => self.needs_cells(other) || self.prefilter.may_hold(bytes),
        }
    }

    /// As [`Needles::cell_may_hold`], for a cell in bytes for which [`Needles::may_hold`] has said no: only
    /// what text does not show is left.
    pub fn cell_may_hide(&self, cell_type: &CellType, bytes: &[u8]) -> bool {
        match cell_type {
            CellType::Opaque => false,
            CellType::Text | CellType::Blob => content::is_compressed(bytes),
            other => !bytes.is_empty() && self.needs_cells(other),
        }
    }

    /// Looks through one cell. `base` is where it stands (empty, or the name of its part).
    pub fn search_cell(&self, cell_type: &CellType, bytes: &[u8], base: &str) -> Findings {
        let mut watcher = Watcher::new(self);
        let mut show = |content: Content<'_>, pointer: &mut String| watcher.content(content, pointer);
        let mut opener = Opener {
            pointer: base.to_owned(),
            show: &mut show,
            unopened: 0,
        };
        opener.open(cell_type, bytes);
        let unopened = opener.unopened;
        watcher.finish(unopened)
    }

    /// Shows each finding in bytes of which nothing is known (files): plain, and with the escapes of
    /// JSON opened. Ranges of the latter are in opened text, so only those of plain ones are given.
    pub fn search_raw(&self, bytes: &[u8], hit: &mut dyn FnMut(Hit)) {
        self.in_text(bytes, true, hit);
        if let Some(opened) = json::unescape(bytes) {
            self.in_text(&opened, true, &mut |mut found| {
                found.range = 0..bytes.len();
                hit(found);
            });
        }
    }

    /// Shows each phone number that stands in `bytes` as a binary number and begins in `own`: raw bytes
    /// say nothing of their types, so only forms that chance does not make are found.
    pub fn search_numbers(&self, bytes: &[u8], own: std::ops::Range<usize>, hit: &mut dyn FnMut(Hit)) {
        self.binary.find(bytes, own, hit);
    }

    fn in_text(&self, bytes: &[u8], binary: bool, hit: &mut dyn FnMut(Hit)) {
        if !self.emails.is_empty() {
            self.emails.find(bytes, binary, hit);
        }
        if !self.phones.is_empty() {
            self.phones.find(bytes, hit);
        }
        if !self.names.is_empty() {
            self.names.find(bytes, hit);
        }
    }
}

/// What a search text is, when nobody says: an address when it can be one, a number when it is made
/// of digits, else a name.
pub fn identify(text: &str) -> Identifier {
    let digits = text.chars().filter(|c| digit(*c).is_some()).count();
    let kind = if is_email(text) {
        IdentifierKind::Email
    } else if digits >= 5 && !text.chars().any(char::is_alphabetic) {
        IdentifierKind::Phone
    } else {
        IdentifierKind::Name
    };
    Identifier::new(kind, text)
}

#[cfg(test)]
mod properties;
