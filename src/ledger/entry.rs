//! What the ledger must know of an entry; everything else in it is the business of whoever wrote it.

use serde::Deserialize;

use super::error::LedgerError;
use super::tiles::LONGEST_ENTRY;

/// The action of the first entry of every log.
pub(super) const BEGIN: &str = "ledger.begin";

/// The action of an entry in which an old key hands over to a new one.
pub(super) const ROTATE: &str = "ledger.rotate";

/// An entry on its way in: its bytes are stored as they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its place in the store's order, from 1 without gaps.
    pub sequence: u64,
    /// One line of canonical JSON, without a line feed.
    pub bytes: Vec<u8>,
}

/// What an entry says about itself.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Head {
    /// Its place in the store's order; `None` for the first entry of a log.
    pub sequence: Option<u64>,
    /// What was done.
    pub action: String,
    /// The facts that the ledger itself reads.
    #[serde(default)]
    pub facts: LedgerFacts,
}

/// Facts of the ledger's own entries.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct LedgerFacts {
    /// First entry: the last place in the store's order that earlier logs hold.
    #[serde(default)]
    pub continues_after: u64,
    /// First entry: the key that signs. Hand-over: the new key.
    #[serde(default)]
    pub key: Option<String>,
    /// Hand-over: both signatures of [`hand_over`], base64, the old key's first.
    #[serde(default)]
    pub signatures: Vec<String>,
}

impl Head {
    /// Reads it; `None` when the line is no entry.
    pub fn of(line: &[u8]) -> Option<Head> {
        serde_json::from_slice(line).ok()
    }
}

/// What both keys sign when the old one hands over to the new one.
pub(super) fn hand_over(old: &str, new: &str) -> String {
    format!("dsr ledger: the key changes\nfrom {old}\nto {new}\n")
}

/// Whether bytes can be an entry: one line, neither empty nor too long.
pub(super) fn check(bytes: &[u8]) -> Result<(), LedgerError> {
    if bytes.is_empty() || bytes.len() > LONGEST_ENTRY || bytes.contains(&b'\n') {
        return Err(LedgerError::Entry(format!(
            "an entry of {} bytes is empty, too long or not one line",
            bytes.len()
        )));
    }
    Ok(())
}
