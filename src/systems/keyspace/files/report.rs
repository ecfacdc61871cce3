//! What a search of files found, and what it could not search.

use std::path::PathBuf;

use serde::Serialize;

use super::name::Place;
use super::raw;
use crate::domain::mask;
use crate::systems::keyspace::report::{Certainty, MatchKind};

/// What kind of file it was found in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Whence {
    /// Part of the data that the server reads.
    Live,
    /// A snapshot of this name.
    Snapshot(String),
    /// An incremental backup.
    Backup,
    /// A commit log.
    CommitLog,
    /// Hints.
    Hints,
    /// A saved cache.
    Cache,
}

impl Whence {
    /// `live`, `snapshot`, `backup`, `commit_log`, `hints`, `cache`.
    pub fn as_str(&self) -> &'static str {
        match self {
            Whence::Live => "live",
            Whence::Snapshot(_) => "snapshot",
            Whence::Backup => "backup",
            Whence::CommitLog => "commit_log",
            Whence::Hints => "hints",
            Whence::Cache => "cache",
        }
    }

    /// What it is, for people: `live data`, `snapshot NAME`, …
    pub fn words(&self) -> String {
        match self {
            Whence::Live => "live data".to_owned(),
            Whence::Snapshot(tag) => format!("snapshot {tag}"),
            Whence::Backup => "backup".to_owned(),
            Whence::CommitLog => raw::Kind::CommitLog.words().to_owned(),
            Whence::Hints => raw::Kind::Hints.words().to_owned(),
            Whence::Cache => raw::Kind::Cache.words().to_owned(),
        }
    }

    /// The name of the snapshot.
    pub fn snapshot(&self) -> Option<&str> {
        match self {
            Whence::Snapshot(tag) => Some(tag),
            _ => None,
        }
    }

    /// What removes it from the disk, for people. Names of keyspaces and snapshots are not personal.
    pub fn remedy(&self, keyspace: &str) -> String {
        match self {
            Whence::Live => format!(
                "what was deleted goes with a compaction after gc_grace (`nodetool compact {keyspace}`, or `nodetool garbagecollect`); what was not deleted stays"
            ),
            Whence::Snapshot(tag) => {
                format!("only `nodetool clearsnapshot -t {tag} -- {keyspace}` removes it")
            }
            Whence::Backup => "only removing the files of the backup by hand does".to_owned(),
            Whence::CommitLog => raw::Kind::CommitLog.remedy().to_owned(),
            Whence::Hints => raw::Kind::Hints.remedy().to_owned(),
            Whence::Cache => raw::Kind::Cache.remedy().to_owned(),
        }
    }
}

impl From<&Place> for Whence {
    fn from(place: &Place) -> Whence {
        match place {
            Place::Live => Whence::Live,
            Place::Snapshot(tag) => Whence::Snapshot(tag.clone()),
            Place::Backup => Whence::Backup,
        }
    }
}

impl From<raw::Kind> for Whence {
    fn from(kind: raw::Kind) -> Whence {
        match kind {
            raw::Kind::Hints => Whence::Hints,
            raw::Kind::Cache => Whence::Cache,
            raw::Kind::CommitLog | raw::Kind::Archive => Whence::CommitLog,
        }
    }
}

/// A person in one partition of one file. Personal data: `Debug` shows the place only.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct FileMatch {
    /// Which of the searches found it, counted from 0.
    pub search: usize,
    /// What it is about.
    pub kind: MatchKind,
    /// How sure it is.
    pub certainty: Certainty,
    /// The file.
    pub path: PathBuf,
    /// Its keyspace, by name or directory; empty for logs.
    pub keyspace: String,
    /// Its table; empty for logs.
    pub table: String,
    /// The partition's key as text, where the index of the file says it.
    pub key: Option<String>,
    /// Why there is no key, where there is none.
    pub key_unknown: Option<String>,
    /// Whether the file is live, a snapshot, a backup, …
    pub whence: Whence,
    /// How often it was found in this partition.
    pub times: u64,
    /// Where the first one stands in the plain data.
    pub offset: u64,
    /// The text around the first one, cleaned, not masked.
    pub snippet: String,
}

impl FileMatch {
    /// The snippet with every word masked.
    pub fn masked_snippet(&self) -> String {
        mask::mask(&self.snippet)
    }

    /// The key masked.
    pub fn masked_key(&self) -> Option<String> {
        self.key.as_deref().map(mask::mask)
    }
}

impl std::fmt::Debug for FileMatch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "FileMatch(search {}, {} {}, {}.{} {}, {} times at {})",
            self.search,
            self.certainty.as_str(),
            self.kind.as_str(),
            self.keyspace,
            self.table,
            self.whence.as_str(),
            self.times,
            self.offset
        )
    }
}

/// Something that was not searched and may hold the person.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct NotSearched {
    /// The file or directory.
    pub path: PathBuf,
    /// Which part of it; `None` for all.
    pub part: Option<String>,
    /// Why.
    pub why: String,
}

/// The result.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct FilesReport {
    /// Matches, exact ones first, then by file.
    pub matches: Vec<FileMatch>,
    /// For each search: places that hold its text inside a longer one and are no match.
    pub substring_hits: Vec<u64>,
    /// What was not searched.
    pub not_searched: Vec<NotSearched>,
    /// Forms in which the person could stand there all the same, because raw bytes do not show them.
    pub not_covered: Vec<String>,
    /// What an operator should know; no personal data.
    pub notes: Vec<String>,
    /// Files searched, each counted once however many names it has.
    pub files: u64,
    /// Bytes on disk of these.
    pub bytes: u64,
    /// Plain bytes searched.
    pub plain_bytes: u64,
    /// True when it was stopped.
    pub interrupted: bool,
}

impl FilesReport {
    /// True when everything was searched. Only then "nothing found" means it.
    pub fn complete(&self) -> bool {
        !self.interrupted && self.not_searched.is_empty()
    }
}

/// How far a search is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FilesProgress {
    /// Plain bytes searched so far.
    pub done: u64,
    /// Plain bytes in all.
    pub total: u64,
    /// Places found so far.
    pub found: u64,
}
