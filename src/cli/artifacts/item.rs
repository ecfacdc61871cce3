//! A file as a document and as a row.

use jiff::tz::TimeZone;
use serde_json::{Value, json};

use crate::cli::Column;
use crate::cli::output::value;
use crate::cli::requests::when;
use crate::workflow::exports::Entry;

/// The item of a list.
pub fn item(entry: &Entry) -> Value {
    let mut item = value(&entry.artifact);
    item["expires_at"] = json!(entry.artifact.expires_at().map(|at| at.to_string()));
    item["path"] = json!(entry.here);
    item["parts_here"] = json!(entry.parts_here.map(|(here, _)| here));
    item
}

/// Columns of the list. The name stands last but one, because it is long and people copy it.
pub fn columns() -> Vec<Column> {
    vec![
        Column::new("ID").whole(),
        Column::new("TYPE").whole().optional(),
        Column::new("CREATED").whole().optional(),
        Column::new("REMAINING").whole(),
        Column::new("HERE").whole(),
        Column::new("NAME").middle(),
        Column::new("SIZE").optional().right(),
        Column::new("FOR KEY").optional(),
    ]
}

/// A row of the list; `id` is the shortened one.
pub fn cells(entry: &Entry, id: String, zone: &TimeZone) -> Vec<String> {
    let artifact = &entry.artifact;
    vec![
        id,
        artifact.kind.clone().unwrap_or_default(),
        artifact
            .created_at
            .map_or_else(String::new, |at| when::minute(at, zone)),
        remaining(entry),
        here(entry),
        artifact.name.clone(),
        artifact.bytes.map_or_else(String::new, |bytes| bytes.to_string()),
        artifact.recipient_serial.clone().unwrap_or_default(),
    ]
}

/// `3 days !` from the fifth day down.
pub fn remaining(entry: &Entry) -> String {
    match entry.artifact.remaining_days {
        Some(days) => {
            let word = if days == 1 { "day" } else { "days" };
            let mark = if entry.artifact.is_expiring() { " !" } else { "" };
            format!("{days} {word}{mark}")
        }
        None => "not told".to_owned(),
    }
}

/// Whether it is here, and how many of its parts are.
pub fn here(entry: &Entry) -> String {
    let own = if entry.here.is_some() { "here" } else { "-" };
    match entry.parts_here {
        Some((parts, count)) => format!("{own}, {parts}/{count} parts"),
        None => own.to_owned(),
    }
}
