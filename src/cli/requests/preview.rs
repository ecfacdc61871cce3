//! A plan before it is carried out: for the eye, masked, and as a document.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;
use serde_json::Value;

use crate::domain::request::RequestType;
use crate::workflow::plan::{Earlier, Plan, PlannedCall};

/// One call of a plan, as a document. Personal data.
#[derive(Serialize)]
pub struct CallDocument {
    /// Our id to be.
    pub operation_id: String,
    /// The type of request.
    #[serde(rename = "type")]
    pub kind: RequestType,
    /// Method.
    pub method: String,
    /// Path with query.
    pub path: String,
    /// The body as it will be sent.
    pub body: Value,
    /// The operation that must be here and checked first.
    pub waits_for: Option<String>,
}

/// What `requests submit --dry-run` prints.
#[derive(Serialize)]
pub struct PlanDocument {
    /// The organisation.
    pub organization: String,
    /// Always true here.
    pub dry_run: bool,
    /// Hex SHA-256 over everything that would be sent and recorded.
    pub digest: String,
    /// The calls, in order.
    pub calls: Vec<CallDocument>,
    /// Earlier requests for the same person.
    pub earlier: Vec<EarlierDocument>,
    /// Due day or null.
    pub due: Option<Date>,
    /// What it will reach.
    pub reaches: Vec<String>,
    /// What it will not reach, and what cannot be undone.
    pub warnings: Vec<String>,
    /// The same as a command, without personal data.
    pub command: String,
}

/// An earlier request for the same person.
#[derive(Serialize)]
pub struct EarlierDocument {
    /// Remote or operation id.
    pub id: String,
    /// Its type, null for a word that is not known.
    #[serde(rename = "type")]
    pub kind: Option<RequestType>,
    /// Its status.
    pub status: String,
    /// Who asked.
    pub by: Option<String>,
    /// When.
    pub at: Option<Timestamp>,
    /// True when it has the same type and is still open.
    pub blocks: bool,
}

impl PlanDocument {
    /// The document of a plan.
    pub fn of(plan: &Plan, organization: &str) -> PlanDocument {
        PlanDocument {
            organization: organization.to_owned(),
            dry_run: true,
            digest: plan.digest.clone(),
            calls: plan.calls.iter().map(call_document).collect(),
            earlier: plan.earlier.iter().map(earlier_document).collect(),
            due: plan.due,
            reaches: plan.reaches.clone(),
            warnings: plan.warnings.clone(),
            command: plan.command.clone(),
        }
    }
}

fn call_document(call: &PlannedCall) -> CallDocument {
    CallDocument {
        operation_id: call.operation_id.clone(),
        kind: call.request.kind,
        method: call.method.clone(),
        path: call.path.clone(),
        body: serde_json::from_str(&call.body).unwrap_or_else(|_| Value::String(call.body.clone())),
        waits_for: call.waits_for.clone(),
    }
}

fn earlier_document(earlier: &Earlier) -> EarlierDocument {
    EarlierDocument {
        id: earlier.id.clone(),
        kind: earlier.kind,
        status: earlier.status.clone(),
        by: earlier.by.clone(),
        at: earlier.at,
        blocks: earlier.blocks,
    }
}

/// How values and moments are shown.
pub struct Show<'a> {
    /// Masks a value, or not.
    pub value: &'a dyn Fn(&str) -> String,
    /// Writes a moment in the operator's zone.
    pub moment: &'a dyn Fn(Timestamp) -> String,
}

/// The preview as lines of text.
pub fn lines(plan: &Plan, show: &Show<'_>) -> Vec<String> {
    let mut lines = vec![format!(
        "Plan {}",
        plan.digest.chars().take(12).collect::<String>()
    )];
    for (index, call) in plan.calls.iter().enumerate() {
        lines.extend(call_lines(index + 1, call, show));
    }
    section(&mut lines, "Reaches", &plan.reaches);
    section(&mut lines, "Know before", &plan.warnings);
    let earlier: Vec<String> = plan.earlier.iter().map(|e| earlier_line(e, show)).collect();
    section(&mut lines, "Earlier requests for this person", &earlier);
    match (plan.due, plan.proposal.received) {
        (Some(due), Some(received)) => lines.push(format!("Due {due} (received {received})")),
        (Some(due), None) => lines.push(format!("Due {due}")),
        _ => lines.push("Due: not known without the day it was received (--received)".to_owned()),
    }
    lines.push(format!("The same as a command: {}", plan.command));
    lines
}

fn section(lines: &mut Vec<String>, head: &str, items: &[String]) {
    if !items.is_empty() {
        lines.push(format!("{head}:"));
        lines.extend(items.iter().map(|item| format!("  - {item}")));
    }
}

fn call_lines(number: usize, call: &PlannedCall, show: &Show<'_>) -> Vec<String> {
    let mut lines = vec![format!(
        "  {number}. {} {} ({})",
        call.request.kind,
        (show.value)(&call.label),
        call.request.subject.kind().as_str().replace('_', " ")
    )];
    lines.push(format!("     {} {}", call.method, call.path));
    lines.extend(
        masked_body(&call.body, show.value)
            .lines()
            .map(|line| format!("     {line}")),
    );
    if let Some(other) = &call.waits_for {
        lines.push(format!(
            "     waits until the export {} is here and checked",
            other.chars().take(8).collect::<String>()
        ));
    }
    lines
}

fn earlier_line(earlier: &Earlier, show: &Show<'_>) -> String {
    let kind = earlier.kind.map_or("unknown type", RequestType::as_str);
    let mut line = format!("{kind} {} {}", earlier.id, earlier.status);
    if let Some(at) = earlier.at {
        line.push_str(&format!(", {}", (show.moment)(at)));
    }
    if let Some(by) = &earlier.by {
        line.push_str(&format!(", by {by}"));
    }
    if earlier.blocks {
        line.push_str(" (equal and still open)");
    }
    line
}

/// The body with its values masked; ids that Genesys gave and words of the API stay readable,
/// because they are what an operator compares.
fn masked_body(body: &str, show: &dyn Fn(&str) -> String) -> String {
    match serde_json::from_str::<Value>(body) {
        Ok(value) => serde_json::to_string_pretty(&mask_value(value, false, show)).unwrap_or_default(),
        Err(_) => show(body),
    }
}

fn mask_value(value: Value, readable: bool, show: &dyn Fn(&str) -> String) -> Value {
    match value {
        Value::String(text) if readable => Value::String(text),
        Value::String(text) => Value::String(show(&text)),
        Value::Array(items) => {
            Value::Array(items.into_iter().map(|v| mask_value(v, readable, show)).collect())
        }
        Value::Object(map) => Value::Object(
            map.into_iter()
                .map(|(key, value)| {
                    let readable = matches!(
                        key.as_str(),
                        "requestType"
                            | "type"
                            | "userId"
                            | "externalContactId"
                            | "dialerContactId"
                            | "journeyCustomer"
                    );
                    (key, mask_value(value, readable, show))
                })
                .collect(),
        ),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_body_is_masked_where_it_names_a_person() {
        let body = r#"{"requestType":"GDPR_UPDATE","subject":{"userId":"u-1"},
            "replacementTerms":[{"type":"EMAIL","existingValue":"a@example.org","updatedValue":"b@example.org"}]}"#;
        let shown = masked_body(body, &|_| "***".to_owned());
        assert!(shown.contains("GDPR_UPDATE") && shown.contains("u-1") && shown.contains("EMAIL"));
        assert!(!shown.contains("example.org"), "{shown}");
    }
}
