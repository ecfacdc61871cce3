//! CSV for spreadsheets: nested fields become columns with dotted names, and no cell can be taken
//! for a formula.

use serde_json::{Map, Value};

use crate::domain::failure::{Failure, FailureKind};
use crate::domain::text::clean;

/// A cell that a spreadsheet will not calculate and a terminal will not obey: it is cleaned as on
/// screen (JSON keeps every character), and what then begins like a formula gets an apostrophe.
pub fn safe_cell(text: &str) -> String {
    let text = clean(text);
    match text.trim_start().chars().next() {
        Some('=' | '+' | '-' | '@') => format!("'{text}"),
        _ => text,
    }
}

/// The names of all columns: `mode`, the ones that must be there, then what else occurs.
pub fn columns(first: &[&str], items: &[Value]) -> Vec<String> {
    let mut names: Vec<String> = std::iter::once("mode")
        .chain(first.iter().copied())
        .map(str::to_owned)
        .collect();
    for item in items {
        for name in flatten(item).keys() {
            if !names.contains(name) {
                names.push(name.clone());
            }
        }
    }
    names
}

/// The records, with a heading when `heading` says so.
///
/// # Errors
/// Only when memory is out; the writer writes to memory.
pub fn write(columns: &[String], mode: &str, items: &[Value], heading: bool) -> Result<String, Failure> {
    let internal = |_| Failure::new(FailureKind::Internal, "The table could not be written as CSV.");
    let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
    if heading {
        writer.write_record(columns).map_err(internal)?;
    }
    for item in items {
        let flat = flatten(item);
        let record = columns.iter().map(|name| match flat.get(name) {
            _ if name == "mode" => mode.to_owned(),
            Some(Value::String(text)) => safe_cell(text),
            // Numbers and truth values are written as they are: `-5` is no formula.
            Some(value) => value.to_string(),
            None => String::new(),
        });
        writer.write_record(record).map_err(internal)?;
    }
    let bytes = writer
        .into_inner()
        .map_err(|_| Failure::new(FailureKind::Internal, "The table could not be written as CSV."))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Objects become dotted names; lists of plain values one cell with `; ` between; lists of objects
/// one cell of JSON.
fn flatten(item: &Value) -> Map<String, Value> {
    let mut flat = Map::new();
    match item {
        Value::Object(fields) => fields
            .iter()
            .for_each(|(name, value)| flatten_into(&mut flat, name, value)),
        other => flatten_into(&mut flat, "value", other),
    }
    flat
}

fn flatten_into(flat: &mut Map<String, Value>, name: &str, value: &Value) {
    match value {
        Value::Null => {
            flat.insert(name.to_owned(), Value::String(String::new()));
        }
        Value::Object(fields) if fields.is_empty() => {}
        Value::Object(fields) => {
            for (inner, value) in fields {
                flatten_into(flat, &format!("{name}.{inner}"), value);
            }
        }
        Value::Array(values) => {
            let text = if values.iter().any(|v| v.is_object() || v.is_array()) {
                value.to_string()
            } else {
                let texts = values.iter().map(|v| match v {
                    Value::String(text) => text.clone(),
                    other => other.to_string(),
                });
                texts.collect::<Vec<_>>().join("; ")
            };
            flat.insert(name.to_owned(), Value::String(text));
        }
        plain => {
            flat.insert(name.to_owned(), plain.clone());
        }
    }
}
