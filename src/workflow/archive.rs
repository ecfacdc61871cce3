//! A readable view of the archive of an export, sorted by what its entries are. Nothing is ever
//! unpacked to disk, and what an archive says about itself is not believed.

mod entry;
mod kinds;
mod names;
mod nested;
mod readable;
mod reader;
mod walk;

use std::path::Path;

use crate::crypto::rest::RestKey;
use crate::domain::failure::Failure;

/// What an entry is, most telling first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    /// The contact or user record itself.
    Record,
    /// Transcripts of messages, e-mails and chats.
    Transcript,
    /// Call audio.
    Audio,
    /// Attachments inside nested archives.
    Attachment,
    /// Journey sessions, surveys, coaching and the like.
    Other,
    /// Acknowledgements without content; 96–99 % of the entries.
    Receipt,
    /// Present and empty.
    Empty,
}

impl EntryKind {
    /// As in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            EntryKind::Record => "record",
            EntryKind::Transcript => "transcript",
            EntryKind::Audio => "audio",
            EntryKind::Attachment => "attachment",
            EntryKind::Other => "other",
            EntryKind::Receipt => "receipt",
            EntryKind::Empty => "empty",
        }
    }
}

/// One entry, nested ones included.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Entry {
    /// Path inside the archive, cleaned; entries of nested archives follow a `!/`.
    pub name: String,
    /// The service before the first `!` of the name.
    pub service: String,
    /// What it is.
    pub kind: EntryKind,
    /// Unpacked size in bytes, as the archive says.
    pub bytes: u64,
    /// The first lines as readable text, cleaned; `None` for audio, receipts and binary data.
    pub preview: Option<String>,
}

/// The view of one archive.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct ArchiveView {
    /// Entries by kind, then name; receipts are counted below instead of being listed.
    pub entries: Vec<Entry>,
    /// Number of receipts.
    pub receipts: u64,
    /// What could not be read, with the reason.
    pub unreadable: Vec<String>,
    /// What was read and is odd (a name that leaves its folder).
    pub warnings: Vec<String>,
    /// What such archives never hold (call transcripts, content of analytics).
    pub not_covered: Vec<String>,
}

/// Opens an archive. Bounded in memory and in what it unpacks; hostile names and ratios are refused
/// by name. Blocking: call it on a blocking thread. `key` opens one that is encrypted at rest.
///
/// # Errors
/// When the file cannot be read, is no zip archive, is cut, or holds more entries than any export.
pub fn open(path: &Path, key: Option<&RestKey>) -> Result<ArchiveView, Failure> {
    let mut zip = reader::open_file(path, key)?;
    let mut walk = walk::Walk::default();
    walk.archive(&mut zip, None);
    Ok(walk.finish())
}

/// The whole text of one entry by its `name`, cleaned for display, at most `limit` bytes.
///
/// # Errors
/// As [`open`]; also when there is no such entry, or it cannot be read.
pub fn read_entry(path: &Path, name: &str, limit: u64, key: Option<&RestKey>) -> Result<String, Failure> {
    let mut zip = reader::open_file(path, key)?;
    entry::entry_text(&mut zip, name, limit)
}

/// The action under which the opening of an archive stands in the ledger.
pub const OPENED: &str = "archive.open";

/// What the ledger says of an opened archive: counts, no name of anything inside. `part` is what was
/// shown of it.
pub fn facts_of(view: &ArchiveView, part: &str) -> serde_json::Value {
    serde_json::json!({
        "part": part,
        "entries": view.entries.len(),
        "unreadable": view.unreadable.len(),
    })
}

/// What the ledger says of one entry that was read in full.
pub fn facts_of_entry(text: &str) -> serde_json::Value {
    serde_json::json!({ "part": "entry", "bytes": text.len() })
}
