//! How the result of a forget-me is told: a table with notes and a last line, or one document.

use serde_json::{Map, Value, json};

use super::Context;
use crate::cli::options::Format;
use crate::cli::output::List;
use crate::cli::table::{Column, shown};
use crate::domain::failure::Failure;
use crate::domain::mask::mask;
use crate::domain::text::clean;
use crate::store::StepState;
use crate::workflow::World;
use crate::workflow::cases::holds;
use crate::workflow::forget::plan::Plan;
use crate::workflow::forget::result::Told;
use crate::workflow::forget::{Findings, Item, Manual, NOT_COVERED};

/// Writes the result; the last line of standard output says what came of it.
pub(super) fn result(ctx: &Context, world: &World, findings: &Findings, told: &Told) -> Result<(), Failure> {
    let several = findings.kinds.len() > 1;
    let list = List {
        columns: columns(several),
        rows: findings
            .items
            .iter()
            .map(|item| row(item, several, ctx.global.reveal))
            .collect(),
        items: findings.items.iter().map(document).collect(),
        complete: told.verdict.is_complete(),
        notes: Vec::new(),
        csv: vec![
            "search",
            "table",
            "key",
            "column",
            "pointer",
            "group",
            "owner",
            "kind",
            "certainty",
            "deletable",
            "outcome",
        ],
        empty: "Nobody was found.".to_owned(),
        more: more(findings, told),
    };
    match ctx.out.format() {
        Format::Json => {
            let notes = told.notes.clone();
            ctx.out.list(Some(&world.organization), &List { notes, ..list })
        }
        Format::Table => {
            // Whether the list is complete stands in the last line, which is part of the result.
            ctx.out.list(
                Some(&world.organization),
                &List {
                    complete: true,
                    ..list
                },
            )?;
            let mut text = String::new();
            for search in per_search(findings) {
                text.push_str(&format!("{search}\n"));
            }
            for note in &told.notes {
                text.push_str(&format!("{}\n", shown(note, false, ctx.out.drawing())));
            }
            text.push_str(&format!("{}\n", shown(&told.line, false, ctx.out.drawing())));
            ctx.out.text(&text)
        }
        Format::Ndjson => {
            ctx.out.list(
                Some(&world.organization),
                &List {
                    complete: true,
                    ..list.clone()
                },
            )?;
            let mut last = Map::new();
            last.insert("mode".to_owned(), json!(world.mode));
            last.insert("complete".to_owned(), json!(told.verdict.is_complete()));
            last.insert("notes".to_owned(), json!(told.notes));
            last.extend(list.more);
            ctx.out.text(&format!("{}\n", Value::Object(last)))
        }
        Format::Csv => {
            ctx.out.list(
                Some(&world.organization),
                &List {
                    complete: true,
                    ..list
                },
            )?;
            for note in &told.notes {
                ctx.out.note(note);
            }
            ctx.out.note(&told.line);
            Ok(())
        }
    }
}

fn columns(several: bool) -> Vec<Column> {
    let mut columns = vec![
        Column::new("GROUP"),
        Column::new("OWNER").personal(),
        Column::new("KEY").personal().optional(),
        Column::new("MATCH"),
        Column::new("CERTAINTY"),
        Column::new("WHERE").optional(),
        Column::new("DELETE"),
    ];
    if several {
        columns.insert(0, Column::new("SEARCH").right());
    }
    columns
}

fn row(item: &Item, several: bool, reveal: bool) -> Vec<String> {
    // A column's name and the keys of a JSON object can be data.
    let column = if reveal || item.found.column.len() < 16 {
        item.found.column.clone()
    } else {
        mask(&item.found.column)
    };
    let pointer = if reveal {
        item.found.pointer.clone()
    } else {
        item.masked_pointer()
    };
    let place = format!("{}.{column}{pointer}", item.found.table);
    let state = match (item.outcome, item.manual) {
        (Some(outcome), _) => outcome.as_str().to_owned(),
        (None, Some(manual)) => manual.as_str().replace('_', " "),
        (None, None) if item.deletable() => "by GWS".to_owned(),
        (None, None) => String::new(),
    };
    let mut row = vec![
        item.group.clone().unwrap_or_else(|| "?".to_owned()),
        item.owner.clone().unwrap_or_default(),
        key_of(item),
        item.found.kind.as_str().to_owned(),
        item.found.certainty.as_str().to_owned(),
        clean(&place),
        state,
    ];
    if several {
        row.insert(0, (item.found.search + 1).to_string());
    }
    row
}

/// The key without what the column of the group says already.
fn key_of(item: &Item) -> String {
    let parts = item.found.key_parts.iter().map(|(_, part)| part.as_str());
    let own: Vec<&str> = parts
        .filter(|part| Some(*part) != item.group.as_deref())
        .collect();
    own.join(":")
}

fn document(item: &Item) -> Value {
    let found = &item.found;
    json!({
        "search": found.search,
        "table": found.table,
        "key": found.key,
        "column": found.column,
        "pointer": found.pointer,
        "group": item.group,
        "owner": item.owner,
        "kind": found.kind.as_str(),
        "certainty": found.certainty.as_str(),
        "snippet": found.snippet,
        "deletable": item.deletable(),
        "manual": item.manual.map(|manual| manual.as_str()),
        "outcome": item.outcome.map(outcome),
    })
}

/// `deleted`, `refused`, `unknown`, `vanished`.
fn outcome(state: StepState) -> &'static str {
    match state {
        // Nothing ends in one of these two; told as what it would mean.
        StepState::Planned | StepState::Sending => "unknown",
        other => other.as_str(),
    }
}

fn more(findings: &Findings, told: &Told) -> Map<String, Value> {
    let report = &findings.report;
    let value = json!({
        "result": told.verdict.as_str(),
        "summary": told.line,
        "substring_hits": report.substring_total(),
        "not_read": report.not_read.iter().map(|part| json!({
            "table": part.table, "part": part.part, "why": part.why, "detail": part.detail,
        })).collect::<Vec<_>>(),
        "left_out": report.left_out.iter().map(|left| json!({
            "table": left.table, "column": left.column, "reason": left.reason, "gap": left.gap,
        })).collect::<Vec<_>>(),
        "searches": findings.kinds.iter().enumerate().map(|(index, kind)| {
            let of = |item: &&Item| item.found.search == index;
            let exact = findings.items.iter().filter(of).filter(|item| item.is_exact()).count();
            json!({
                "search": index,
                "kind": kind.as_str(),
                "exact": exact,
                "possible": findings.items.iter().filter(of).count() - exact,
                "substring_hits": report.substring_hits.get(index).copied().unwrap_or(0),
            })
        }).collect::<Vec<_>>(),
        "rows": report.rows,
        "server": findings.answered,
        "looked_up": findings.looked_up,
        "case": findings.case,
        "holds": findings.holds.iter().map(|hold| &hold.id).collect::<Vec<_>>(),
        "not_covered": NOT_COVERED,
    });
    match value {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

/// With several people, one line for each.
fn per_search(findings: &Findings) -> Vec<String> {
    if findings.kinds.len() < 2 {
        return Vec::new();
    }
    findings
        .kinds
        .iter()
        .enumerate()
        .map(|(index, kind)| {
            let of = |item: &&Item| item.found.search == index;
            let exact = findings
                .items
                .iter()
                .filter(of)
                .filter(|item| item.is_exact())
                .count();
            let possible = findings.items.iter().filter(of).count() - exact;
            let substring = findings.report.substring_hits.get(index).copied().unwrap_or(0);
            format!(
                "search {} ({}): {exact} exact, {possible} possible, {substring} as a part of longer text",
                index + 1,
                kind.as_str()
            )
        })
        .collect()
}

/// Shows what would be done, on standard error.
pub(super) fn preview(ctx: &Context, plan: &Plan, findings: &Findings) {
    let mut text = String::new();
    if let Some(warning) = &findings.identity {
        text.push_str(&format!("Warning: {warning}\n"));
    }
    text.push_str("To be done, one at a time, the first alone:\n");
    let calls = plan.shown_calls(ctx.global.reveal);
    for (number, (offer, call)) in plan.offers.iter().zip(&calls).enumerate() {
        text.push_str(&format!(
            "  {:>3}. {} ({})\n",
            number + 1,
            shown(call, false, ctx.out.drawing()),
            offer.form.words()
        ));
    }
    if plan.template.is_published() {
        text.push_str(
            "The delete call has the published form; that it deletes an agent's setting is assumed. Before the first one\n\
             it is proven that its body arrives, and after each the group is read again.\n",
        );
    }
    let left = findings
        .items
        .iter()
        .filter(|item| item.is_exact() && !item.deletable() && item.manual != Some(Manual::Held))
        .count();
    let possible = findings.offers.iter().filter(|offer| !offer.exact).count();
    let held = findings
        .items
        .iter()
        .filter(|item| item.manual == Some(Manual::Held))
        .count();
    if let Some(refusal) = holds::refusal(&findings.holds) {
        text.push_str(&format!("{} {held} places stay as they are.\n", refusal.message));
    }
    text.push_str(&format!(
        "Not touched: {left} exact matches that GWS does not delete, {possible} settings that only possibly hold the person.\nplan {}\n",
        &plan.digest[..plan.digest.len().min(16)]
    ));
    ctx.out.tell(&text);
}
