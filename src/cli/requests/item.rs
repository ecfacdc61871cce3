//! One request as it stands in JSON and in tables.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

use crate::domain::operation::Operation;
use crate::domain::queue::{Origin, QueueRow};
use crate::domain::subject::Subject;

/// The item of `requests list`. Personal data.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct RequestItem {
    /// Remote id, null while unknown.
    pub id: Option<String>,
    /// Our operation, if it is one.
    pub operation_id: Option<String>,
    /// `export`, `delete`, `update`, or the API's word where it is none of these.
    #[serde(rename = "type")]
    pub kind: String,
    /// The API's word as it is, or ours.
    pub status: String,
    /// The subject with the API's fields.
    pub subject: Subject,
    /// The best word for the person.
    pub label: String,
    /// When it was submitted; `None` for what is only planned.
    pub submitted_at: Option<Timestamp>,
    /// Our operator, else the API's creator.
    pub created_by: Option<String>,
    /// Where it comes from.
    pub origin: Origin,
    /// Due day, or null: nothing is guessed.
    pub due: Option<Date>,
    /// Ticket or case reference.
    pub reference: Option<String>,
    /// Number of results offered.
    pub results: u32,
    /// Number of results already here.
    pub downloaded: u32,
}

impl RequestItem {
    /// The item of a row of the queue.
    pub fn of_row(row: &QueueRow) -> RequestItem {
        RequestItem {
            id: row.id.as_deref().map(str::to_owned),
            operation_id: row.operation_id.as_deref().map(str::to_owned),
            kind: row
                .kind
                .map_or_else(|| row.type_text.to_string(), |kind| kind.as_str().to_owned()),
            status: row.status.to_string(),
            subject: row.subject.unpack(),
            label: row.label.to_string(),
            submitted_at: row.sent_at(),
            created_by: row.created_by.as_deref().map(str::to_owned),
            origin: row.origin,
            due: row.due,
            reference: row.reference.as_deref().map(str::to_owned),
            results: row.results,
            downloaded: row.downloaded,
        }
    }

    /// The item of an operation that has no row to read (the store could not be asked again).
    pub fn of_operation(operation: &Operation, due: Option<Date>) -> RequestItem {
        RequestItem {
            id: operation.remote_id.clone(),
            operation_id: Some(operation.id.clone()),
            kind: operation.request.kind.as_str().to_owned(),
            status: operation.state.queue_status().to_owned(),
            subject: operation.request.subject.clone(),
            label: operation.label.clone(),
            submitted_at: operation.intent_at,
            created_by: Some(operation.actor.clone()),
            origin: Origin::Ours,
            due,
            reference: operation.reference.clone(),
            results: 0,
            downloaded: 0,
        }
    }

    /// The id that `requests show` takes.
    pub fn any_id(&self) -> &str {
        self.id
            .as_deref()
            .or(self.operation_id.as_deref())
            .unwrap_or_default()
    }
}

/// The shortest beginnings, of at least eight characters, that tell `ids` apart: short enough for a
/// narrow table, and still taken by `requests show`.
pub fn short_ids(ids: &[&str]) -> Vec<String> {
    let mut sorted: Vec<&str> = ids.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    let common = |a: &str, b: &str| a.chars().zip(b.chars()).take_while(|(x, y)| x == y).count();
    ids.iter()
        .map(|id| {
            let at = sorted.partition_point(|other| other < id);
            let before = at.checked_sub(1).map_or(0, |i| common(id, sorted[i]));
            let after = sorted.get(at + 1).map_or(0, |next| common(id, next));
            let needed = before.max(after) + 1;
            id.chars().take(needed.max(8)).collect()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_ids_stay_apart() {
        let ids = ["7f3a0000-aaaa", "7f3a0000-aaab", "12345678-ffff", "7f3a0000-aaaa"];
        assert_eq!(
            short_ids(&ids),
            ["7f3a0000-aaaa", "7f3a0000-aaab", "12345678", "7f3a0000-aaaa"]
        );
    }
}
