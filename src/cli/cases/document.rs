//! A case as a document and as a sheet of facts.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

use crate::domain::case::coverage::{Column, Kept};
use crate::domain::case::{Answer, Awaiting, Case, Extension, IdentityCheck, Refusal, next_step};
use crate::domain::deadline::{Step, days_between};
use crate::domain::failure::Failure;
use crate::domain::identifier::Identifier;
use crate::domain::request::RequestType;
use crate::workflow::World;
use crate::workflow::cases::safe_day::{SafeDay, last_safe_day};
use crate::workflow::cases::{CaseFile, today};

/// One mark of a column.
#[derive(Debug, Serialize)]
pub(super) struct MarkDocument {
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
    pub(super) system: String,
    pub(super) manual: bool,
    pub(super) settled: bool,
    pub(super) state: String,
    pub(super) searched: Option<MarkDocument>,
    pub(super) done: Option<MarkDocument>,
    pub(super) verified: Option<MarkDocument>,
    pub(super) standing: Option<MarkDocument>,
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
pub(super) struct OperationDocument {
    pub(super) id: String,
    pub(super) request_id: Option<String>,
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) status: String,
}

#[derive(Debug, Serialize)]
pub(super) struct TrailDocument {
    pub(super) at: Timestamp,
    pub(super) by: String,
    pub(super) action: String,
    pub(super) text: String,
}

/// `cases show`.
#[derive(Serialize)]
pub struct CaseDocument {
    pub(super) id: String,
    pub(super) reference: Option<String>,
    pub(super) kind: String,
    pub(super) regime: String,
    pub(super) country: Option<String>,
    pub(super) received: Date,
    pub(super) channel: Option<String>,
    pub(super) controller: Option<String>,
    pub(super) identifiers: Vec<Identifier>,
    pub(super) state: &'static str,
    pub(super) ending: Option<String>,
    pub(super) closing_note: Option<String>,
    pub(super) assignee: Option<String>,
    pub(super) waits_for: Option<String>,
    pub(super) next_step: String,
    pub(super) target: Date,
    pub(super) due: Date,
    pub(super) days_left: Option<i32>,
    pub(super) refuse_by: Date,
    pub(super) extended_due: Option<Date>,
    pub(super) acknowledge_by: Option<Date>,
    pub(super) acknowledged: Option<Date>,
    pub(super) identity: Option<IdentityCheck>,
    pub(super) pauses: Vec<Awaiting>,
    pub(super) extension: Option<Extension>,
    pub(super) refusals: Vec<Refusal>,
    pub(super) answer: Option<Answer>,
    pub(super) submit_by: Option<SafeDay>,
    pub(super) steps: Vec<Step>,
    pub(super) coverage: Vec<ColumnDocument>,
    pub(super) operations: Vec<OperationDocument>,
    pub(super) holds: Vec<String>,
    pub(super) opened_at: Timestamp,
    pub(super) opened_by: String,
    pub(super) closed_at: Option<Timestamp>,
    pub(super) forgotten: bool,
    pub(super) trail: Vec<TrailDocument>,
}

impl CaseDocument {
    /// The document of a case.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn of(world: &World, file: &CaseFile) -> Result<CaseDocument, Failure> {
        let case = &file.case;
        let day = today(world);
        let reckoning = case.reckon(day);
        let runs = case.ending.is_none() && case.answer.is_none();
        let mut operations = Vec::new();
        for id in &file.operations {
            let row = world.store.queue_row(id).await?;
            operations.push(OperationDocument {
                id: id.clone(),
                request_id: row.as_ref().and_then(|row| row.id.as_deref().map(str::to_owned)),
                kind: row
                    .as_ref()
                    .and_then(|row| row.kind)
                    .map_or_else(|| "other".to_owned(), |kind| kind.as_str().to_owned()),
                status: row.map_or_else(|| "see its own list".to_owned(), |row| row.status.to_string()),
            });
        }
        let holds = world
            .store
            .holds_against(Vec::new(), Vec::new(), Some(case.id.clone()), day)
            .await?;
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
            submit_by,
            steps: reckoning.steps,
            coverage: file
                .columns
                .iter()
                .map(|column| ColumnDocument::of(column, case))
                .collect(),
            operations,
            holds: holds.into_iter().map(|hold| hold.id).collect(),
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
