//! Why a condition has found nothing: perhaps no record names its field at all. That is another answer than
//! that nobody is so, and is told with the names that there are.

use serde_json::Value;

use super::Request;
use super::filter::Filter;
use super::scan::{Found, scan};
use super::source::{Asked, each_part};
use crate::domain::failure::Failure;

/// Records of each part whose names are told.
const FIRST: usize = 5;
/// Names that are told at most.
const MOST_NAMES: usize = 24;
/// Fields within fields, so deep.
const DEEPEST: usize = 4;
/// A longer name is told by nobody.
const LONGEST_NAME: usize = 40;

/// What to say of conditions whose field no record names; empty where each is named. `whole` says that
/// everything could be read.
///
/// # Errors
/// As the reading itself.
pub(super) fn unnamed(request: &Request, asked: &Asked<'_>, whole: bool) -> Result<Vec<String>, Failure> {
    let mut hints = Vec::new();
    for (field, filter) in request.filter.fields() {
        if !is_named(request, asked, &filter)? {
            let record = match whole {
                true => "No record",
                false => "No record that could be read",
            };
            hints.push(format!("{record} names a field {field}."));
        }
    }
    if hints.is_empty() {
        return Ok(hints);
    }
    match names(request, asked)? {
        // Without a record there is nothing to name.
        names if names.is_empty() => Ok(Vec::new()),
        names => {
            hints.push(format!("The first records name: {}", names.join(", ")));
            Ok(hints)
        }
    }
}

fn is_named(request: &Request, asked: &Asked<'_>, filter: &Filter) -> Result<bool, Failure> {
    let mut named = false;
    for file in &request.files {
        each_part(file, asked, &mut |_, input| {
            // What is unreadable was noted in the first pass.
            let _ = scan(input, filter, &mut |_| {
                named = true;
                false
            });
            Ok(!named)
        })?;
        if named {
            break;
        }
    }
    Ok(named)
}

/// Names of fields in the first records of each part, as a condition takes them.
fn names(request: &Request, asked: &Asked<'_>) -> Result<Vec<String>, Failure> {
    let mut names = Vec::new();
    for file in &request.files {
        each_part(file, asked, &mut |_, input| {
            let mut looked = 0;
            let _ = scan(input, &Filter::default(), &mut |found: Found| {
                gather(&found.record, "", 0, &mut names);
                looked += 1;
                looked < FIRST
            });
            Ok(names.len() < MOST_NAMES)
        })?;
    }
    names.truncate(MOST_NAMES);
    Ok(names)
}

fn gather(value: &Value, above: &str, depth: usize, names: &mut Vec<String>) {
    match value {
        Value::Object(fields) if depth < DEEPEST => {
            for (name, value) in fields.iter().filter(|(name, _)| is_plain(name)) {
                let path = match above {
                    "" => name.clone(),
                    above => format!("{above}.{name}"),
                };
                gather(value, &path, depth + 1, names);
            }
        }
        Value::Array(values) => {
            if let Some(first) = values.first() {
                gather(first, above, depth, names);
            }
        }
        _ if above.is_empty() || names.iter().any(|known| known == above) => {}
        _ => names.push(above.to_owned()),
    }
}

/// A name and not a value: where fields are named after people, their names are not told.
fn is_plain(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    let digits = name.bytes().filter(u8::is_ascii_digit).count();
    (1..=LONGEST_NAME).contains(&name.len()) && name.bytes().all(plain) && digits < 5
}
