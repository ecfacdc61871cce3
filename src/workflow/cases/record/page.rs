//! The page of a record: plain HTML that prints well, without scripts and without anything from
//! elsewhere. It says what the data says, and nothing more.

use serde_json::Value;

const STYLE: &str = "body{font:11pt/1.45 serif;max-width:50em;margin:2em auto;padding:0 1em;color:#111}\
h1{font-size:1.5em}h2{font-size:1.15em;margin-top:1.6em;border-bottom:1px solid #999}\
table{border-collapse:collapse;width:100%;font-size:.92em}td,th{border:1px solid #bbb;padding:.25em .5em;\
text-align:left;vertical-align:top;overflow-wrap:anywhere}th{background:#eee}code{font-size:.9em}\
.mode{border:2px solid #111;padding:.2em .6em;font-weight:bold}\
@media print{body{margin:0;max-width:none}h2{break-after:avoid}tr{break-inside:avoid}}";

/// The page of this data.
pub(super) fn of(data: &Value) -> String {
    let case = &data["case"];
    let mode = if data["mode"] == "live" {
        "LIVE"
    } else {
        "SIMULATION"
    };
    let masked = match data["masked"].as_bool() {
        Some(false) => "Identifiers stand in full: keep this copy as personal data.",
        _ => "Identifiers are masked and free text is left out.",
    };
    let mut page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <title>Record of case {id}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n\
         <h1>Record of case {id}</h1>\n<p><span class=\"mode\">{mode}</span> {organization}</p>\n\
         <p>Made {at} (UTC) by {by}. {masked}</p>\n",
        id = text(&case["id"]),
        organization = text(&data["organization"]),
        at = text(&data["made_at"]),
        by = text(&data["made_by"]),
    );
    page.push_str(&request(case));
    page.push_str(&clock(case, &data["answered"]));
    page.push_str(&coverage(case));
    page.push_str(&operations(&data["operations"]));
    page.push_str(&not_covered(&data["not_covered"]));
    page.push_str(&list(
        "What happened",
        &case["trail"],
        &[
            ("at", "Time (UTC)"),
            ("by", "By"),
            ("action", "Action"),
            ("text", "What"),
        ],
    ));
    page.push_str(&list(
        "Entries of the ledger",
        &data["ledger"],
        &[
            ("index", "Index"),
            ("at", "Time (UTC)"),
            ("actor", "By"),
            ("action", "Action"),
            ("operation_id", "Operation"),
        ],
    ));
    page.push_str(
        "<h2>How to check this</h2>\n<p>In the directory of this page: <code>sh check.sh</code>, or \
         <code>sh check.sh VERIFIER-KEY</code> with the key as you know it from elsewhere. It needs a shell, \
         openssl and the ordinary tools of a system. It shows that this page, the data and the entries are those \
         that were signed, and that no entry is missing or was added; that nothing was changed since rests on the \
         key, and the times are those of the clock of the host that wrote them, unless a checkpoint was stamped \
         elsewhere. The scripts are not covered: whoever does not trust them takes them from elsewhere.</p>\n</body>\n</html>\n",
    );
    page
}

fn request(case: &Value) -> String {
    let mut rows = facts(
        case,
        &[
            ("reference", "Ticket"),
            ("kind", "Asked for"),
            ("regime", "Law"),
            ("country", "Public holidays of"),
            ("received", "Received"),
            ("channel", "How"),
            ("controller", "Controller"),
            ("state", "State"),
            ("ending", "Ending"),
            ("closing_note", "Note on closing"),
            ("opened_by", "Opened by"),
            ("opened_at", "Opened (UTC)"),
            ("closed_at", "Closed (UTC)"),
        ],
    );
    for identifier in case["identifiers"].as_array().into_iter().flatten() {
        rows.push_str(&row(&[text(&identifier["kind"]), text(&identifier["value"])]));
    }
    format!("<h2>The request</h2>\n<table>\n{rows}</table>\n")
}

fn clock(case: &Value, in_time: &Value) -> String {
    let rows = facts(
        case,
        &[
            ("due", "To be answered by"),
            ("target", "Before it was moved to a working day"),
            ("acknowledge_by", "Receipt to be confirmed by"),
            ("acknowledged", "Receipt confirmed"),
            ("extended_due", "With an extension"),
        ],
    );
    let answer = &case["answer"];
    let answered = facts(
        answer,
        &[
            ("on", "Answered on"),
            ("channel", "Answered by"),
            ("digest", "SHA-256 of the answer"),
        ],
    );
    let in_time = match in_time["days_late"].as_i64() {
        None => String::new(),
        Some(late) => {
            let said = match late {
                0 => "in time".to_owned(),
                1 => "1 day late".to_owned(),
                late => format!("{late} days late"),
            };
            let limit = text(&in_time["due"]);
            row(&["Answered".to_owned(), format!("{said} (limit {limit})")])
        }
    };
    let mut page = format!("<h2>The clock</h2>\n<table>\n{rows}{answered}{in_time}</table>\n");
    if let Some(steps) = case["steps"].as_array().filter(|steps| !steps.is_empty()) {
        page.push_str("<ol>\n");
        for step in steps {
            let said: Vec<String> = match step {
                Value::Object(map) => map.values().filter(|v| !v.is_null()).map(text).collect(),
                other => vec![text(other)],
            };
            page.push_str(&format!("<li>{}</li>\n", said.join(" · ")));
        }
        page.push_str("</ol>\n");
    }
    page
}

fn coverage(case: &Value) -> String {
    let mut rows = heading(&["System", "State", "Searched", "Done", "Verified", "Otherwise"]);
    let mark = |mark: &Value| {
        if mark.is_null() {
            return String::new();
        }
        let mut said = text(&mark["mark"]);
        if !mark["count"].is_null() {
            said.push_str(&format!(": {}", text(&mark["count"])));
        }
        if mark["complete"] == false {
            said.push_str(" (not complete)");
        }
        format!("{said}<br>{}, {}", text(&mark["at"]), text(&mark["by"]))
    };
    for column in case["coverage"].as_array().into_iter().flatten() {
        let settled = if column["settled"] == true {
            "settled"
        } else {
            "open"
        };
        rows.push_str(&row(&[
            text(&column["system"]),
            format!("{settled}: {}", text(&column["state"])),
            mark(&column["searched"]),
            mark(&column["done"]),
            mark(&column["verified"]),
            mark(&column["standing"]),
        ]));
    }
    format!("<h2>What was covered</h2>\n<table>\n{rows}</table>\n")
}

fn operations(operations: &Value) -> String {
    let mut page = list(
        "What was done",
        operations,
        &[
            ("id", "Operation"),
            ("type", "Type"),
            ("status", "Status"),
            ("request_id", "Remote id"),
            ("intent_at", "Written down (UTC)"),
            ("outcome_at", "Outcome (UTC)"),
            ("http_status", "HTTP"),
            ("submitted_by", "By"),
        ],
    );
    for operation in operations.as_array().into_iter().flatten() {
        let Some(timeline) = operation["timeline"].as_array().filter(|all| !all.is_empty()) else {
            continue;
        };
        page.push_str(&format!("<p>{}</p>\n<ul>\n", text(&operation["id"])));
        for entry in timeline {
            page.push_str(&format!(
                "<li>{} {}</li>\n",
                text(&entry["at"]),
                text(&entry["text"])
            ));
        }
        page.push_str("</ul>\n");
    }
    page
}

fn not_covered(systems: &Value) -> String {
    let names: Vec<String> = (systems.as_array().into_iter().flatten())
        .map(|system| text(&system["system"]))
        .collect();
    let said = if names.is_empty() {
        "Nothing is left open in the columns above.".to_owned()
    } else {
        format!("Not settled: {}.", names.join(", "))
    };
    format!("<h2>What was not covered</h2>\n<p>{said}</p>\n")
}

/// A table of the items of a list.
fn list(title: &str, items: &Value, columns: &[(&str, &str)]) -> String {
    let names: Vec<&str> = columns.iter().map(|(_, name)| *name).collect();
    let mut rows = heading(&names);
    for item in items.as_array().into_iter().flatten() {
        let cells: Vec<String> = columns.iter().map(|(key, _)| text(&item[*key])).collect();
        rows.push_str(&row(&cells));
    }
    format!("<h2>{title}</h2>\n<table>\n{rows}</table>\n")
}

/// One row a field that is there.
fn facts(value: &Value, fields: &[(&str, &str)]) -> String {
    let there = fields.iter().filter(|(key, _)| !value[*key].is_null());
    there
        .map(|(key, name)| row(&[(*name).to_owned(), text(&value[*key])]))
        .collect()
}

fn heading(names: &[&str]) -> String {
    let cells: String = names.iter().map(|name| format!("<th>{name}</th>")).collect();
    format!("<tr>{cells}</tr>\n")
}

/// Cells hold text that was escaped before.
fn row(cells: &[String]) -> String {
    let cells: String = cells.iter().map(|cell| format!("<td>{cell}</td>")).collect();
    format!("<tr>{cells}</tr>\n")
}

/// A value as text that cannot be markup.
fn text(value: &Value) -> String {
    let plain = match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let mut safe = String::with_capacity(plain.len());
    for c in crate::domain::text::clean(&plain).chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests;
