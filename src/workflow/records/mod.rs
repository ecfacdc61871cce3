//! Reading of decrypted exports: interactions with their attachments, contacts, and what else stands
//! in their files, filtered while it streams.

mod fields;
mod filter;
mod finder;
mod hits;
mod joining;
mod needle;
mod scan;
mod source;

use std::path::{Path, PathBuf};

use serde_json::Value;
use tokio_util::sync::CancellationToken;

pub use filter::Filter;
pub use hits::{Hits, hits};

use super::World;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::progress::Listener;
use scan::{Found, Seen};
use source::{Asked, each_part};

/// What a record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// An interaction.
    Interaction,
    /// A contact, or a piece of its history.
    Contact,
    /// An attachment of an interaction.
    Attachment,
    /// Something else.
    Other,
}

impl Kind {
    /// As in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Interaction => "interaction",
            Kind::Contact => "contact",
            Kind::Attachment => "attachment",
            Kind::Other => "other",
        }
    }

    /// By the name of the file (`<EntityType>-<jobId>.json`, `<EntityType>-Attachment-<jobId>.json`).
    fn of_name(name: &str) -> Option<Kind> {
        let name = name
            .rsplit(['/', '\\'])
            .next()
            .unwrap_or(name)
            .to_ascii_lowercase();
        if name.contains("-attachment-") || name.contains("-attachment.") {
            Some(Kind::Attachment)
        } else if name.starts_with("interaction") {
            Some(Kind::Interaction)
        } else if name.starts_with("contact") {
            Some(Kind::Contact)
        } else {
            None
        }
    }

    /// The name of the file goes first; then what the record holds.
    fn of(name: &str, record: &Value) -> Kind {
        Kind::of_name(name).unwrap_or_else(|| match entity_id(record) {
            Some(_) => Kind::Attachment,
            None => Kind::Other,
        })
    }
}

/// One record.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// What it is.
    pub kind: Kind,
    /// Its `id`.
    pub id: Option<String>,
    /// The file it stands in.
    pub file: PathBuf,
    /// The entry, when the file is an archive.
    pub entry: Option<String>,
    /// The line, counted from one.
    pub line: u64,
    /// All of it.
    pub record: Value,
    /// Attachments whose `entityid` is this id.
    pub attachments: Vec<Record>,
}

/// What is wanted.
#[derive(Clone, Debug)]
pub struct Request {
    /// Decrypted files: JSON Lines, JSON, or archives of them, packed with gzip or not.
    pub files: Vec<PathBuf>,
    /// Which records.
    pub filter: Filter,
    /// How many at most.
    pub limit: usize,
    /// How many bytes of records at most.
    pub most_bytes: u64,
}

/// What was read.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// The records, in the order of the files; attachments stand with their interaction.
    pub records: Vec<Record>,
    /// Bytes that were read.
    pub bytes: u64,
    /// What could not be read, with the reason.
    pub unreadable: Vec<String>,
    /// True when there may be more than the limit.
    pub more: bool,
    /// Why nothing was found: conditions on fields that no record names.
    pub hints: Vec<String>,
}

/// Reads. The work is done on a blocking thread, in bounded memory but for what is given.
///
/// # Errors
/// When a file cannot be opened, or the work was stopped.
pub async fn read(
    request: Request,
    listener: &Listener,
    cancel: &CancellationToken,
) -> Result<Report, Failure> {
    read_heard(request, |_| {}, listener, cancel).await
}

/// As [`read`]; each record is told as it is found, before attachments are put to their interactions.
///
/// # Errors
/// As [`read`].
pub async fn read_heard(
    request: Request,
    heard: impl Fn(&Record) + Send + 'static,
    listener: &Listener,
    cancel: &CancellationToken,
) -> Result<Report, Failure> {
    let (listener, cancel) = (listener.clone(), cancel.clone());
    tokio::task::spawn_blocking(move || {
        let asked = Asked::new(&request.files, &listener, &cancel).opened_by(request.filter.key.as_deref());
        blocking(&request, &heard, &asked)
    })
    .await
    .unwrap_or_else(|_| Err(Failure::new(FailureKind::Internal, "The reading broke off.")))
}

/// Writes evidence that records were looked at: how many, in how many files, masked or not. Nothing of
/// what was asked for stands in it.
///
/// # Errors
/// Storage failures.
pub async fn note_opened(
    world: &World,
    request: &Request,
    report: &Report,
    filtered: bool,
    revealed: bool,
) -> Result<(), Failure> {
    let facts = serde_json::json!({
        "files": request.files.len(),
        "records": report.records.len(),
        "filtered": filtered,
        "revealed": revealed,
    });
    world
        .store
        .copies_opened(
            &world.actor,
            "records.open",
            world.facts(facts),
            world.clock.now(),
        )
        .await
}

fn blocking(request: &Request, heard: &dyn Fn(&Record), asked: &Asked<'_>) -> Result<Report, Failure> {
    let mut report = Report::default();
    let mut bytes = 0;
    for file in &request.files {
        each_part(file, asked, &mut |entry, input| {
            let name = entry.map_or_else(|| file.display().to_string(), str::to_owned);
            let mut take = |found: Found| {
                bytes += found.bytes as u64;
                if report.records.len() >= request.limit || bytes > request.most_bytes {
                    report.more = true;
                    return false;
                }
                let record = made(file, entry, &name, found);
                heard(&record);
                report.records.push(record);
                true
            };
            let seen = scan::scan(input, &request.filter, &mut take);
            Ok(note(&mut report, file, entry, seen))
        })?;
    }
    joining::join(request, asked, &mut report)?;
    if report.records.is_empty() && !report.more {
        report.hints = fields::unnamed(request, asked, report.unreadable.is_empty())?;
    }
    Ok(report)
}

fn made(file: &Path, entry: Option<&str>, name: &str, found: Found) -> Record {
    Record {
        kind: Kind::of(name, &found.record),
        id: text_field(&found.record, "id"),
        file: file.to_owned(),
        entry: entry.map(str::to_owned),
        line: found.line,
        record: found.record,
        attachments: Vec::new(),
    }
}

/// Notes what could not be read; true when there is more to read.
fn note(report: &mut Report, file: &Path, entry: Option<&str>, seen: Result<Seen, String>) -> bool {
    let name = match entry {
        Some(entry) => format!("{}!/{entry}", file.display()),
        None => file.display().to_string(),
    };
    match seen {
        Ok(seen) => {
            report.bytes += seen.bytes;
            if seen.unreadable_count > 0 {
                let lines: Vec<String> = seen.unreadable.iter().map(u64::to_string).collect();
                report.unreadable.push(format!(
                    "{name}: {} lines are no JSON (first: {})",
                    seen.unreadable_count,
                    lines.join(", ")
                ));
            }
            !seen.stopped
        }
        Err(why) => {
            report.unreadable.push(format!("{name} {why}"));
            true
        }
    }
}

fn entity_id(record: &Value) -> Option<String> {
    ["entityid", "entityId", "EntityId"]
        .iter()
        .find_map(|name| text_field(record, name))
}

fn text_field(record: &Value, name: &str) -> Option<String> {
    match record.get(name)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
