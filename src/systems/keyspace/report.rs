//! What a scan found, what it read, and what it did not.

use serde::{Deserialize, Serialize};

use crate::domain::mask;

/// What a match is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MatchKind {
    /// An e-mail address.
    Email,
    /// A phone number.
    Phone,
    /// A name.
    Name,
}

impl MatchKind {
    /// `email`, `phone`, `name`.
    pub fn as_str(self) -> &'static str {
        match self {
            MatchKind::Email => "email",
            MatchKind::Phone => "phone",
            MatchKind::Name => "name",
        }
    }
}

/// How sure a match is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Certainty {
    /// The whole address, the full number, the whole name.
    Exact,
    /// A number by its last digits, a name by its parts, or text inside a longer one where that was
    /// asked for. Shown apart; never chosen for deletion by itself.
    Possible,
}

impl Certainty {
    /// `exact`, `possible`.
    pub fn as_str(self) -> &'static str {
        match self {
            Certainty::Exact => "exact",
            Certainty::Possible => "possible",
        }
    }
}

/// One place where a person was found. Personal data: `Debug` shows the place only.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Match {
    /// Which of the searches found it, counted from 0 as they were given.
    pub search: usize,
    /// The table.
    pub table: String,
    /// The key, as text: partition key, then clustering columns, with `:` between.
    pub key: String,
    /// The parts of `key` with the names of their columns.
    pub key_parts: Vec<(String, String)>,
    /// The column; for a dynamic column family its name as text.
    pub column: String,
    /// Where inside the value: a JSON pointer (`/0/contacts/3/email`), `#` and further pointers for
    /// JSON in a JSON string; elements of collections, fields of user types and components of composites
    /// count as members (`/2`). Empty for the value itself.
    pub pointer: String,
    /// The text around it, cleaned, not masked. Show [`Match::masked_snippet`] unless asked to reveal.
    pub snippet: String,
    /// The settings group, when something in the row looks like one.
    pub group: Option<String>,
    /// Whose setting it is, when something in the row looks like an owner.
    pub owner: Option<String>,
    /// What it is about.
    pub kind: MatchKind,
    /// How sure it is.
    pub certainty: Certainty,
}

impl Match {
    /// The snippet with every word masked.
    pub fn masked_snippet(&self) -> String {
        mask::mask(&self.snippet)
    }

    /// The key with every part masked that is no plain identifier of a group.
    pub fn masked_key(&self) -> String {
        self.key_parts
            .iter()
            .map(|(_, part)| match &self.group {
                Some(group) if group == part => part.clone(),
                _ => mask::mask(part),
            })
            .collect::<Vec<_>>()
            .join(":")
    }
}

impl std::fmt::Debug for Match {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Match(search {}, {} {}, table {})",
            self.search,
            self.certainty.as_str(),
            self.kind.as_str(),
            self.table
        )
    }
}

/// A part that could not be read. It may hold what was looked for.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct NotReadRange {
    /// The table.
    pub table: String,
    /// Which part, in words (`tokens above … up to …`).
    pub part: String,
    /// Why, as one word ([`super::NotRead::as_str`], `malformed`, `refused`, …).
    pub why: String,
    /// Why, for people; the server's words are cleaned.
    pub detail: String,
}

/// A table or column that was not searched.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct LeftOut {
    /// The table.
    pub table: String,
    /// The column, or `None` for the whole table.
    pub column: Option<String>,
    /// Why.
    pub reason: String,
    /// True when this is a gap (it could hold the person and cannot be read here); false when it was
    /// left out on purpose (excluded, or found elsewhere).
    pub gap: bool,
}

/// What was done with one table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableReport {
    /// Its name.
    pub table: String,
    /// Rows read.
    pub rows: u64,
    /// Bytes read.
    pub bytes: u64,
    /// Matches in it.
    pub matches: u64,
}

/// The result of a scan.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScanReport {
    /// Matches of all searches, exact ones first, then by place.
    pub matches: Vec<Match>,
    /// For each search: places that hold its text inside a longer one and are no match.
    pub substring_hits: Vec<u64>,
    /// Parts that were not read.
    pub not_read: Vec<NotReadRange>,
    /// Tables and columns that were not searched, with reasons.
    pub left_out: Vec<LeftOut>,
    /// Tables that were searched.
    pub tables: Vec<TableReport>,
    /// Rows read, those before an interruption included.
    pub rows: u64,
    /// Bytes read.
    pub bytes: u64,
    /// Cells whose content could not be opened (a broken or too large compressed value); they were
    /// searched as plain bytes.
    pub unopened: u64,
    /// True when the text that was to be watched for stands in something that was read.
    #[serde(default)]
    pub named: bool,
    /// True when it was interrupted; it can be resumed.
    pub interrupted: bool,
}

impl ScanReport {
    /// True when everything that was to be searched was read. Only then "nothing found" means it.
    pub fn complete(&self) -> bool {
        !self.interrupted
            && self.not_read.is_empty()
            && self.unopened == 0
            && !self.left_out.iter().any(|left| left.gap)
    }

    /// Exact matches.
    pub fn exact(&self) -> impl Iterator<Item = &Match> {
        self.matches
            .iter()
            .filter(|found| found.certainty == Certainty::Exact)
    }

    /// Mere substring hits of all searches together.
    pub fn substring_total(&self) -> u64 {
        self.substring_hits.iter().sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found() -> Match {
        Match {
            search: 0,
            table: "settings".to_owned(),
            key: "agent7:favorites".to_owned(),
            key_parts: vec![
                ("owner".to_owned(), "agent7".to_owned()),
                ("name".to_owned(), "favorites".to_owned()),
            ],
            column: "value".to_owned(),
            pointer: "/0/email".to_owned(),
            snippet: "jane@example.org".to_owned(),
            group: Some("favorites".to_owned()),
            owner: Some("agent7".to_owned()),
            kind: MatchKind::Email,
            certainty: Certainty::Exact,
        }
    }

    #[test]
    fn debug_and_masks_hide_the_person() {
        let found = found();
        assert!(!format!("{found:?}").contains("jane"));
        assert_eq!(found.masked_snippet(), "j•••@example.org");
        assert!(found.masked_key().ends_with(":favorites"));
    }

    #[test]
    fn only_a_whole_scan_is_complete() {
        let mut report = ScanReport::default();
        assert!(report.complete());
        report.left_out.push(LeftOut {
            table: "voicemail".to_owned(),
            column: None,
            reason: "excluded".to_owned(),
            gap: false,
        });
        assert!(report.complete());
        report.left_out[0].gap = true;
        assert!(!report.complete());
        report.left_out.clear();
        report.interrupted = true;
        assert!(!report.complete());
    }
}
