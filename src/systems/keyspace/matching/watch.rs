//! Hears of each piece of a cell and keeps what was found in it, once for each place.

use std::collections::BTreeMap;

use super::content::Content;
use super::fold::fold;
use super::hit::{Hit, Strength};
use super::json::{self, Watch};
use super::snippet::snippet;
use super::{Finding, Findings, Needles};
use crate::systems::keyspace::report::{Certainty, MatchKind};

/// JSON in text that only resembles JSON: its strings are opened this many times.
const MOST_UNESCAPED: usize = 4;

/// Findings of one cell.
pub(super) struct Watcher<'a> {
    needles: &'a Needles,
    /// By search and pointer: how well it fits, and the text around.
    places: BTreeMap<(usize, String), (Strength, String)>,
}

impl<'a> Watcher<'a> {
    pub(super) fn new(needles: &'a Needles) -> Watcher<'a> {
        Watcher {
            needles,
            places: BTreeMap::new(),
        }
    }

    /// Looks through one piece.
    pub(super) fn content(&mut self, content: Content<'_>, pointer: &mut String) {
        match content {
            Content::Number(value) => self.number(pointer, value),
            Content::Binary(bytes) => self.unescaped(pointer, bytes, true),
            Content::Text(text) => {
                if json::looks_like_json(text.trim_start_matches('\u{feff}')) {
                    let before = self.places.clone();
                    if json::walk(text, pointer, self) {
                        return;
                    }
                    self.places = before;
                }
                self.unescaped(pointer, text.as_bytes(), false);
            }
        }
    }

    /// Looks through text as it stands, and with its escapes opened.
    fn unescaped(&mut self, pointer: &str, bytes: &[u8], binary: bool) {
        self.plain(pointer, bytes, binary);
        let mut opened = json::unescape(bytes);
        for _ in 0..MOST_UNESCAPED {
            let Some(text) = opened else { break };
            self.plain(pointer, &text, binary);
            opened = json::unescape(&text).filter(|next| *next != text);
        }
    }

    fn plain(&mut self, pointer: &str, bytes: &[u8], binary: bool) {
        let places = &mut self.places;
        self.needles.in_text(bytes, binary, &mut |hit: Hit| {
            note(places, hit.search, pointer, hit.strength, || {
                snippet(bytes, &hit.range)
            });
        });
    }

    /// What was found.
    pub(super) fn finish(self, unopened: u64) -> Findings {
        let mut findings = Findings {
            unopened,
            ..Findings::default()
        };
        for ((search, pointer), (strength, snippet)) in self.places {
            let certainty = match strength {
                Strength::Exact => Certainty::Exact,
                Strength::Possible => Certainty::Possible,
                Strength::Substring => {
                    *findings.substrings.entry(search).or_default() += 1;
                    if !self.needles.substrings {
                        continue;
                    }
                    Certainty::Possible
                }
            };
            let kind = self
                .needles
                .kinds
                .get(search)
                .copied()
                .unwrap_or(MatchKind::Email);
            findings.found.push(Finding {
                search,
                kind,
                certainty,
                pointer,
                snippet,
            });
        }
        findings
    }
}

fn note(
    places: &mut BTreeMap<(usize, String), (Strength, String)>,
    search: usize,
    pointer: &str,
    strength: Strength,
    text: impl Fn() -> String,
) {
    let place = places
        .entry((search, pointer.to_owned()))
        .or_insert_with(|| (strength, text()));
    if strength > place.0 {
        *place = (strength, text());
    }
}

impl Watch for Watcher<'_> {
    fn text(&mut self, pointer: &str, value: &str) {
        // It may hold part of a document, with escapes of its own.
        self.unescaped(pointer, value.as_bytes(), false);
    }

    fn key(&mut self, pointer: &str, name: &str) {
        self.unescaped(pointer, name.as_bytes(), false);
    }

    fn number(&mut self, pointer: &str, value: u128) {
        let places = &mut self.places;
        self.needles.phones.find_number(value, &mut |hit: Hit| {
            note(places, hit.search, pointer, hit.strength, || value.to_string());
        });
    }

    fn object(&mut self, pointer: &str, values: &[String]) {
        if self.needles.names.is_empty() || values.len() < 2 {
            return;
        }
        let folded: Vec<String> = values.iter().map(|value| fold(value)).collect();
        let places = &mut self.places;
        self.needles.names.in_fields(&folded, &mut |search| {
            note(places, search, pointer, Strength::Possible, || {
                snippet(values.join(" ").as_bytes(), &(0..0))
            });
        });
    }
}
