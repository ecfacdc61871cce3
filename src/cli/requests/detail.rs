//! Everything known of one request, as a document and as a sheet of facts.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;

use super::item::RequestItem;
use super::list;
use super::when;
use crate::cli::Fact;
use crate::domain::operation::{Operation, OperationState};
use crate::domain::queue::TimelineEntry;
use crate::domain::request::ReplacementTerm;
use crate::domain::subject::Subject;
use crate::workflow::queue::{Detail, ResultFile};

/// What we know of our own call.
#[derive(Serialize)]
pub struct OperationDocument {
    /// Where it stands.
    pub state: OperationState,
    /// Hex SHA-256 of the confirmed plan.
    pub plan_digest: String,
    /// Login of the operator.
    pub actor: String,
    /// Reason or note.
    pub reason: Option<String>,
    /// Day the data subject's request was received.
    pub received: Option<Date>,
    /// The operation that must be here and checked first.
    pub waits_for: Option<String>,
    /// When it was planned.
    pub planned_at: Timestamp,
    /// When the intent was on disk.
    pub intent_at: Option<Timestamp>,
    /// When the outcome was recorded.
    pub outcome_at: Option<Timestamp>,
    /// HTTP status of the answer.
    pub http_status: Option<u16>,
    /// Correlation id of the answer.
    pub correlation_id: Option<String>,
    /// What was seen, for refused, not sent and unknown.
    pub detail: Option<String>,
}

impl OperationDocument {
    /// The document of an operation.
    pub fn of(operation: &Operation) -> OperationDocument {
        OperationDocument {
            state: operation.state,
            plan_digest: operation.plan_digest.clone(),
            actor: operation.actor.clone(),
            reason: operation.reason.clone(),
            received: operation.received,
            waits_for: operation.waits_for.clone(),
            planned_at: operation.planned_at,
            intent_at: operation.intent_at,
            outcome_at: operation.outcome_at,
            http_status: operation.http_status,
            correlation_id: operation.correlation_id.clone(),
            detail: operation.detail.clone(),
        }
    }
}

/// What `requests show` prints. Personal data.
#[derive(Serialize)]
pub struct DetailDocument {
    /// The organisation.
    pub organization: String,
    /// The item of the list.
    #[serde(flatten)]
    pub item: RequestItem,
    /// Our call, null for a request of others.
    pub operation: Option<OperationDocument>,
    /// Replacement terms of an update.
    pub replacement_terms: Vec<ReplacementTerm>,
    /// What happened, oldest first.
    pub timeline: Vec<TimelineEntry>,
    /// Results of an export.
    pub result_files: Vec<ResultFile>,
    /// Requests that Genesys Cloud created for the same merge set.
    pub related: Vec<String>,
    /// The same as a command, without personal data.
    pub command: String,
}

impl DetailDocument {
    /// The document of a detail.
    pub fn of(detail: &Detail, organization: &str) -> DetailDocument {
        DetailDocument {
            organization: organization.to_owned(),
            item: RequestItem::of_row(&detail.row),
            operation: detail.operation.as_ref().map(OperationDocument::of),
            replacement_terms: detail.replacement_terms.clone(),
            timeline: detail.timeline.clone(),
            result_files: detail.results.clone(),
            related: detail.related.clone(),
            command: detail.command.clone(),
        }
    }
}

/// The detail as facts, the timeline last.
pub fn facts(detail: &Detail, zone: &TimeZone) -> Vec<Fact> {
    let item = RequestItem::of_row(&detail.row);
    let mut facts = item_facts(&item, zone);
    if let Some(operation) = &detail.operation {
        facts.extend(operation_facts(operation));
    }
    facts.extend(subject_facts(&item.subject));
    for term in &detail.replacement_terms {
        let kind = term.kind.as_str().replace('_', " ");
        facts.push(Fact::personal(format!("old {kind}"), &term.existing_value));
        facts.push(Fact::personal(format!("new {kind}"), &term.updated_value));
    }
    facts.extend(
        detail
            .results
            .iter()
            .enumerate()
            .map(|(index, file)| Fact::new(format!("result {}", index + 1), result_line(file))),
    );
    if !detail.related.is_empty() {
        let head = "also created by Genesys".to_owned();
        facts.push(Fact::new(head, detail.related.join("\n")));
    }
    facts.push(Fact::new("as a command", &detail.command));
    let happened: Vec<String> = detail
        .timeline
        .iter()
        .map(|entry| timeline_line(entry, zone))
        .collect();
    facts.push(Fact::new("what happened", happened.join("\n")));
    facts
}

/// The facts that every request has.
pub fn item_facts(item: &RequestItem, zone: &TimeZone) -> Vec<Fact> {
    let mut facts = vec![
        Fact::new("id", item.id.as_deref().unwrap_or("not known yet")),
        Fact::new("operation", item.operation_id.as_deref().unwrap_or("not ours")),
        Fact::new("type", &item.kind),
        Fact::personal("person", &item.label),
        Fact::new("record", item.subject.kind().as_str().replace('_', " ")),
        Fact::new("status", &item.status),
        Fact::new(
            "submitted",
            item.submitted_at
                .map_or_else(|| list::not_sent(&item.status), |at| zoned(at, zone)),
        ),
        Fact::new(
            "due",
            item.due.map_or_else(
                || "no case: without the day it was received nothing is guessed".to_owned(),
                |day| day.to_string(),
            ),
        ),
    ];
    let mut optional = |label: &str, value: Option<&str>| {
        if let Some(value) = value {
            facts.push(Fact::new(label, value));
        }
    };
    optional("by", item.created_by.as_deref());
    optional("reference", item.reference.as_deref());
    facts
}

fn operation_facts(operation: &Operation) -> Vec<Fact> {
    let mut facts = Vec::new();
    let mut optional = |label: &str, value: Option<String>| {
        if let Some(value) = value {
            facts.push(Fact::new(label, value));
        }
    };
    optional("reason", operation.reason.clone());
    optional("received", operation.received.map(|day| day.to_string()));
    optional(
        "answer",
        operation.http_status.map(|status| format!("HTTP {status}")),
    );
    optional("correlation", operation.correlation_id.clone());
    optional("seen", operation.detail.clone());
    optional("waits for", operation.waits_for.clone());
    optional("plan", Some(operation.plan_digest.clone()));
    facts
}

/// The subject's fields. Ids given by Genesys are not masked: they are what an operator compares.
fn subject_facts(subject: &Subject) -> Vec<Fact> {
    let mut facts = Vec::new();
    let mut id = |label: &str, value: Option<String>| {
        if let Some(value) = value {
            facts.push(Fact::new(label, value));
        }
    };
    id("user", subject.user_id.clone());
    id("external contact", subject.external_contact_id.clone());
    id(
        "dialer contact",
        subject
            .dialer_contact_id
            .as_ref()
            .and_then(|dialer| dialer.id.clone()),
    );
    id(
        "journey customer",
        subject
            .journey_customer
            .as_ref()
            .and_then(|journey| journey.id.clone()),
    );
    let handle = subject
        .social_handle
        .as_ref()
        .and_then(|social| social.value.clone());
    facts.extend(handle.map(|value| Fact::personal("social handle", value)));
    facts.extend(
        subject
            .external_id
            .iter()
            .map(|value| Fact::personal("external id", value)),
    );
    facts.extend(
        subject
            .email_addresses
            .iter()
            .map(|value| Fact::personal("e-mail", value)),
    );
    facts.extend(
        subject
            .phone_numbers
            .iter()
            .map(|value| Fact::personal("phone", value)),
    );
    facts.extend(
        subject
            .addresses
            .iter()
            .map(|value| Fact::personal("address", value)),
    );
    facts
}

fn result_line(file: &ResultFile) -> String {
    match (&file.path, file.bytes, &file.sha256) {
        (Some(path), bytes, sha256) => format!(
            "{}\n{} bytes, sha256 {}, {}",
            path.display(),
            bytes.unwrap_or_default(),
            sha256.as_deref().unwrap_or("not known"),
            if file.checked {
                "opened and read"
            } else {
                "not checked"
            }
        ),
        _ => "not downloaded yet".to_owned(),
    }
}

/// One step: a change seen between two looks is told as an interval, never as a moment.
fn timeline_line(entry: &TimelineEntry, zone: &TimeZone) -> String {
    match entry.not_before {
        Some(earlier) => format!(
            "{}  {} (between {} and then)",
            when::second(entry.at, zone),
            entry.text,
            when::second(earlier, zone)
        ),
        None => format!("{}  {}", when::second(entry.at, zone), entry.text),
    }
}

/// A moment with its zone.
pub fn zoned(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone())
        .strftime("%Y-%m-%d %H:%M:%S %Z")
        .to_string()
}
