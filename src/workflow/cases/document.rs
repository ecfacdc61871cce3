//! A case as a document and as a sheet of facts.

use std::collections::HashMap;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

use super::safe_day::{SafeDay, last_safe_day};
use super::{CaseFile, today};
use crate::domain::case::coverage::{Column, Kept};
use crate::domain::case::{Answer, Awaiting, Case, Extension, IdentityCheck, Refusal, next_step};
use crate::domain::deadline::{Step, days_between};
use crate::domain::failure::Failure;
use crate::domain::identifier::Identifier;
use crate::domain::queue::QueueRow;
use crate::domain::request::RequestType;
use crate::workflow::World;

/// One mark of a column.
#[derive(Debug, Serialize)]
pub(crate) struct MarkDocument {
    mark: &'static str,
    count: Option<u64>,
    complete: Option<bool>,
    detail: Option<String>,
    evidence: Option<String>,
    at: Timestamp,
    by: String,
}

impl MarkDocument {
    fn of(kept: &Kept) -> MarkDocument {
        let mark = &kept.cell.mark;
        MarkDocument {
            mark: mark.word(),
            count: mark.count(),
            complete: mark.complete(),
            detail: mark.detail().map(str::to_owned),
            evidence: kept.cell.evidence.clone(),
            at: kept.at,
            by: kept.by.clone(),
        }
    }
}

/// One column of the coverage matrix.
#[derive(Debug, Serialize)]
pub struct ColumnDocument {
    pub(crate) system: String,
    pub(crate) manual: bool,
    pub(crate) settled: bool,
    pub(crate) state: String,
    pub(crate) searched: Option<MarkDocument>,
    pub(crate) done: Option<MarkDocument>,
    pub(crate) verified: Option<MarkDocument>,
    pub(crate) standing: Option<MarkDocument>,
}

impl ColumnDocument {
    fn of(column: &Column, case: &Case) -> ColumnDocument {
        let verdict = column.verdict(case.kind);
        let last = |step: &str| column.last(step).map(MarkDocument::of);
        ColumnDocument {
            system: column.system.as_str().to_owned(),
            manual: column.system.is_manual(),
            settled: verdict.settled,
            state: verdict.text,
            searched: last("searched"),
            done: last("done"),
            verified: last("verified"),
            standing: last("standing"),
        }
    }
}

#[derive(Debug, Serialize)]
pub(crate) struct OperationDocument {
    pub(crate) id: String,
    pub(crate) request_id: Option<String>,
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) status: String,
}

impl OperationDocument {
    /// One that is no request has no row, and a list of its own.
    fn of(id: &str, row: Option<&QueueRow>) -> OperationDocument {
        OperationDocument {
            id: id.to_owned(),
            request_id: row.and_then(|row| row.id.as_deref().map(str::to_owned)),
            kind: row
                .and_then(|row| row.kind)
                .map_or_else(|| "other".to_owned(), |kind| kind.as_str().to_owned()),
            status: row.map_or_else(|| "see its own list".to_owned(), |row| row.status.to_string()),
        }
    }
}

#[derive(Debug, Serialize)]
pub(crate) struct TrailDocument {
    pub(crate) at: Timestamp,
    pub(crate) by: String,
    pub(crate) action: String,
    pub(crate) text: String,
}

/// `cases show`.
#[derive(Serialize)]
pub struct CaseDocument {
    pub(crate) id: String,
    pub(crate) reference: Option<String>,
    pub(crate) kind: String,
    pub(crate) regime: String,
    pub(crate) country: Option<String>,
    pub(crate) received: Date,
    pub(crate) channel: Option<String>,
    pub(crate) controller: Option<String>,
    pub(crate) identifiers: Vec<Identifier>,
    pub(crate) state: &'static str,
    pub(crate) ending: Option<String>,
    pub(crate) closing_note: Option<String>,
    pub(crate) assignee: Option<String>,
    pub(crate) waits_for: Option<String>,
    pub(crate) next_step: String,
    pub(crate) target: Date,
    pub(crate) due: Date,
    pub(crate) days_left: Option<i32>,
    pub(crate) refuse_by: Date,
    pub(crate) extended_due: Option<Date>,
    pub(crate) acknowledge_by: Option<Date>,
    pub(crate) acknowledged: Option<Date>,
    pub(crate) identity: Option<IdentityCheck>,
    pub(crate) pauses: Vec<Awaiting>,
    pub(crate) extension: Option<Extension>,
    pub(crate) refusals: Vec<Refusal>,
    pub(crate) answer: Option<Answer>,
    /// Days by which the answer came after the limit of its day, for people.
    #[serde(skip)]
    pub(crate) days_late: i32,
    pub(crate) submit_by: Option<SafeDay>,
    pub(crate) steps: Vec<Step>,
    pub(crate) coverage: Vec<ColumnDocument>,
    pub(crate) operations: Vec<OperationDocument>,
    pub(crate) holds: Vec<String>,
    pub(crate) opened_at: Timestamp,
    pub(crate) opened_by: String,
    pub(crate) closed_at: Option<Timestamp>,
    pub(crate) forgotten: bool,
    pub(crate) trail: Vec<TrailDocument>,
}

impl CaseDocument {
    /// The document of a case as [`super::show`] gives it.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn of(world: &World, file: &CaseFile) -> Result<CaseDocument, Failure> {
        let case = &file.case;
        let day = today(world);
        let reckoning = case.reckon(day);
        let runs = case.ending.is_none() && case.answer.is_none();
        let requests: HashMap<&str, &QueueRow> = (file.requests.iter())
            .filter_map(|row| Some((row.operation_id.as_deref()?, row)))
            .collect();
        let operations = (file.operations.iter())
            .map(|id| OperationDocument::of(id, requests.get(id.as_str()).copied()))
            .collect();
        let submit_by = match request_type(case) {
            Some(kind) if runs => Some(last_safe_day(world, kind, reckoning.end.due).await?),
            _ => None,
        };
        Ok(CaseDocument {
            id: case.id.clone(),
            reference: case.reference.clone(),
            kind: case.kind.as_str().to_owned(),
            regime: case.regime.clone(),
            country: case.country.clone(),
            received: case.received,
            channel: case.channel.clone(),
            controller: case.controller.clone(),
            identifiers: case.identifiers.clone(),
            state: if case.ending.is_none() { "open" } else { "closed" },
            ending: case.ending.map(|ending| ending.as_str().to_owned()),
            closing_note: case.closing_note.clone(),
            assignee: case.assignee.clone(),
            waits_for: case.waits_for.clone(),
            next_step: next_step(case, &file.columns),
            target: reckoning.end.target,
            due: reckoning.end.due,
            days_left: runs.then(|| days_between(day, reckoning.end.due)),
            refuse_by: reckoning.first.due,
            extended_due: reckoning.extensible.map(|end| end.due),
            acknowledge_by: reckoning.acknowledge_by,
            acknowledged: case.acknowledged,
            identity: case.identity.clone(),
            pauses: case.pauses.clone(),
            extension: case.extension.clone(),
            refusals: case.refusals.clone(),
            answer: case.answer.clone(),
            days_late: case.answer.as_ref().map_or(0, |answer| {
                days_between(case.reckon(answer.on).end.due, answer.on).max(0)
            }),
            submit_by,
            steps: reckoning.steps,
            coverage: file
                .columns
                .iter()
                .map(|column| ColumnDocument::of(column, case))
                .collect(),
            operations,
            holds: file.holds.clone(),
            opened_at: case.opened_at,
            opened_by: case.opened_by.clone(),
            closed_at: case.closed_at,
            forgotten: case.forgotten,
            trail: file
                .trail
                .iter()
                .map(|line| TrailDocument {
                    at: line.at,
                    by: line.actor.clone(),
                    action: line.action.clone(),
                    text: line.text.clone(),
                })
                .collect(),
        })
    }
}

/// The type of request that serves what was asked for.
pub fn request_type(case: &Case) -> Option<RequestType> {
    use crate::domain::case::CaseKind;
    match case.kind {
        CaseKind::Access | CaseKind::Portability => Some(RequestType::Export),
        CaseKind::Erasure => Some(RequestType::Delete),
        CaseKind::Rectification => Some(RequestType::Update),
        CaseKind::Restriction | CaseKind::Objection => None,
    }
}
