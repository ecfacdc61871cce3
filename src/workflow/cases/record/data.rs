//! The data of a record: the request, its clock, coverage, operations with their times, and the
//! entries of the ledger. Masked unless it was asked for in full.

use serde_json::{Value, json};

use crate::domain::case::coverage::Column;
use crate::domain::case::{Case, CaseKind};
use crate::domain::deadline::days_between;
use crate::domain::failure::Failure;
use crate::domain::mask::mask;
use crate::workflow::World;
use crate::workflow::cases::CaseFile;
use crate::workflow::cases::document::CaseDocument;
use crate::workflow::evidence::Shown;
use crate::workflow::queue::{self, Detail};

/// Fields that hold free text, in which anything about anybody may stand.
const FREE: [&str; 12] = [
    "channel",
    "closing_note",
    "waits_for",
    "doubt",
    "method",
    "reason",
    "detail",
    "text",
    "part",
    "controller",
    "evidence",
    "state",
];

/// What a masked copy says in their place.
const LEFT_OUT: &str = "(left out)";

/// The document.
pub(super) async fn of(
    world: &World,
    file: &CaseFile,
    trail: &[Shown],
    revealed: bool,
) -> Result<Value, Failure> {
    let mut case = serde_json::to_value(CaseDocument::of(world, file).await?).unwrap_or_default();
    let details = queue::details(world, &file.operations).await?;
    let operations: Vec<Value> = (file.operations.iter().zip(details))
        .map(|(id, detail)| operation(id, detail, revealed))
        .collect();
    if let Some(map) = case.as_object_mut() {
        // Told in full below.
        map.remove("operations");
    }
    if !revealed {
        conceal(&mut case, &[]);
        let shown = case["coverage"].as_array_mut().into_iter().flatten();
        for (shown, column) in shown.zip(&file.columns) {
            if let Some(words) = own_words(column, file.case.kind) {
                shown["state"] = Value::from(words);
            }
        }
    }
    let entries: Vec<Value> = trail
        .iter()
        .map(|shown| {
            json!({
                "index": shown.index,
                "at": shown.entry["at"],
                "action": shown.entry["action"],
                "operation_id": shown.entry["operation_id"],
                "actor": shown.entry["actor"]["login"],
                "facts": shown.entry["facts"],
            })
        })
        .collect();
    Ok(json!({
        "mode": world.mode,
        "organization": world.organization,
        "made_at": world.clock.now().to_string(),
        "made_by": world.actor.login,
        "masked": !revealed,
        "case": case,
        "answered": answered(&file.case),
        "operations": operations,
        "not_covered": not_covered(file),
        "ledger": entries,
    }))
}

/// What a column comes to, where that is said in our words and quotes nobody.
fn own_words(column: &Column, kind: CaseKind) -> Option<String> {
    (!column.quotes()).then(|| column.verdict(kind).text)
}

/// Whether the answer was in time, by the limit as it was on the day of the answer.
fn answered(case: &Case) -> Option<Value> {
    let on = case.answer.as_ref()?.on;
    let due = case.reckon(on).end.due;
    Some(json!({
        "on": on.to_string(),
        "due": due.to_string(),
        "days_late": days_between(due, on).max(0),
    }))
}

/// An operation with every time that is known of it. One that is no request is told by the ledger.
fn operation(id: &str, detail: Option<Detail>, revealed: bool) -> Value {
    let known = detail.and_then(|detail| Some((detail.operation?, detail.row, detail.timeline)));
    let Some((operation, row, timeline)) = known else {
        return json!({ "id": id });
    };
    let at = |time: Option<jiff::Timestamp>| time.map(|time| time.to_string());
    let timeline: Vec<Value> = (timeline.iter())
        .map(|entry| {
            json!({
                "at": entry.at.to_string(),
                "not_before": at(entry.not_before),
                "text": if revealed { entry.text.clone() } else { LEFT_OUT.to_owned() },
            })
        })
        .collect();
    json!({
        "id": operation.id,
        "type": operation.request.kind.as_str(),
        "status": &*row.status,
        "outcome": operation.state.as_str(),
        "request_id": operation.remote_id,
        "planned_at": operation.planned_at.to_string(),
        "intent_at": at(operation.intent_at),
        "outcome_at": at(operation.outcome_at),
        "server_time": at(operation.server_time),
        "http_status": operation.http_status,
        "correlation_id": operation.correlation_id,
        "submitted_by": operation.actor,
        "plan": operation.plan_digest,
        "timeline": timeline,
    })
}

/// Columns that were not searched, or stay open: what the record does not show.
fn not_covered(file: &CaseFile) -> Vec<Value> {
    let open = file.columns.iter().filter_map(|column| {
        let verdict = column.verdict(file.case.kind);
        (!verdict.settled).then(|| json!({ "system": column.system.as_str() }))
    });
    open.collect()
}

/// Masks identifiers, and leaves out free text, wherever they stand.
fn conceal(value: &mut Value, path: &[&str]) {
    match value {
        Value::Object(map) => {
            for (name, inner) in map.iter_mut() {
                let top = path.is_empty();
                let below: Vec<&str> = path.iter().copied().chain([name.as_str()]).collect();
                match inner {
                    Value::String(text) if path.contains(&"identifiers") && name == "value" => {
                        *text = mask(text);
                    }
                    // A ticket's number says nothing; words might.
                    Value::String(text) if name == "reference" => {
                        if text.chars().any(|c| c.is_whitespace() || c == '@') {
                            *text = mask(text);
                        }
                    }
                    // The state of a case is one of our words; that of a column quotes.
                    Value::String(_) if top && name == "state" => {}
                    Value::String(text) if FREE.contains(&name.as_str()) && !path.contains(&"steps") => {
                        *text = LEFT_OUT.to_owned();
                    }
                    _ => conceal(inner, &below),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| conceal(item, path)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::case::coverage::{Cell, Kept, Mark, System};

    #[test]
    fn what_a_column_comes_to_is_told_where_it_quotes_nobody() {
        let column = |mark: Mark| Column {
            system: System::Copies,
            kept: vec![Kept {
                cell: Cell::new(mark),
                at: jiff::Timestamp::UNIX_EPOCH,
                by: "somebody".to_owned(),
            }],
        };
        let why = || "Anna objects".to_owned();
        let words = |mark| own_words(&column(mark), CaseKind::Erasure);
        assert_eq!(words(Mark::Held { why: why() }), None);
        let said = words(Mark::NotReachable { why: why() }).unwrap();
        assert!(said.starts_with("not reachable"), "{said}");
        // Our words stay ours, whatever a person has written.
        let same = Mark::NotApplicable {
            why: "not applicable".to_owned(),
        };
        assert_eq!(words(same).as_deref(), Some("not applicable"));
    }

    #[test]
    fn identifiers_and_free_text_do_not_come_through() {
        let mut case = json!({
            "id": "C-1",
            "state": "open",
            "reference": "letter of Anna Muster",
            "identifiers": [{"kind": "email", "value": "anna.muster@example.org"}],
            "waits_for": "Anna calls back",
            "coverage": [{"system": "crm", "state": "Anna was told", "done": {"detail": "Anna", "count": 1}}],
            "trail": [{"text": "Anna wrote", "action": "case.open"}],
            "steps": [{"text": "one month", "source": "Art. 12(3)"}],
        });
        conceal(&mut case, &[]);
        let text = case.to_string();
        assert!(!text.contains("Anna") && !text.contains("anna.muster"), "{text}");
        assert!(text.contains("one month") && text.contains("case.open"), "{text}");
        assert_eq!(case["state"], "open");
        let mut ticket = json!({ "reference": "TICKET-1" });
        conceal(&mut ticket, &[]);
        assert_eq!(ticket["reference"], "TICKET-1");
    }
}
