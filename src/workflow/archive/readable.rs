//! Content of entries as lines that a person can read: transcripts line by line, other JSON
//! indented, text as it is. Everything is cleaned for display.

use serde_json::{Map, Value};

use super::EntryKind;
use crate::domain::text::{clean, clean_block};

/// Lines and characters of a preview.
const PREVIEW_LINES: usize = 12;
const PREVIEW_CHARACTERS: usize = 1_000;

/// Where transcripts keep what was said, when, by whom: the names seen in exports and in the public
/// models of conversations, most telling first.
const SAID: [&str; 8] = [
    "text",
    "textBody",
    "body",
    "message",
    "messageText",
    "content",
    "transcript",
    "htmlBody",
];
const WHEN: [&str; 8] = [
    "timestamp",
    "time",
    "created",
    "dateSent",
    "sentAt",
    "date",
    "startTime",
    "createdDate",
];
const WHO: [&str; 8] = [
    "from",
    "sender",
    "participant",
    "participantPurpose",
    "purpose",
    "name",
    "direction",
    "role",
];
const MESSAGES: [&str; 6] = [
    "messages",
    "emails",
    "transcript",
    "transcripts",
    "events",
    "items",
];

/// The content as readable text, or `None` when it is no text. `whole` is false when `bytes` is only
/// the beginning.
pub(super) fn text(bytes: &[u8], whole: bool, kind: EntryKind) -> Option<String> {
    let text = as_text(bytes, whole)?;
    let json: Option<Value> = if whole {
        serde_json::from_str(text).ok()
    } else {
        None
    };
    let lines = match json {
        Some(value) if kind == EntryKind::Transcript => {
            transcript(&value).or_else(|| serde_json::to_string_pretty(&value).ok())?
        }
        Some(value @ (Value::Object(_) | Value::Array(_))) => serde_json::to_string_pretty(&value).ok()?,
        _ => text.to_owned(),
    };
    Some(clean_block(&lines))
}

/// True for content that says nothing: blank, or an empty JSON container.
pub(super) fn is_empty(bytes: &[u8]) -> bool {
    bytes.len() <= 64
        && matches!(
            std::str::from_utf8(bytes).map(str::trim),
            Ok("" | "{}" | "[]" | "null" | "\"\"")
        )
}

/// The beginning of a readable text.
pub(super) fn first_lines(text: &str) -> String {
    let lines: Vec<&str> = text.lines().take(PREVIEW_LINES).collect();
    let mut preview = lines.join("\n");
    if let Some((at, _)) = preview.char_indices().nth(PREVIEW_CHARACTERS) {
        preview.truncate(at);
    }
    if preview.len() < text.trim_end().len() {
        preview.push_str(" …");
    }
    preview
}

/// The bytes as text: UTF-8 without zero bytes. A character cut by the limit is left off.
fn as_text(bytes: &[u8], whole: bool) -> Option<&str> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if bytes.contains(&0) {
        return None;
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Some(text),
        Err(e) if !whole && e.error_len().is_none() => std::str::from_utf8(&bytes[..e.valid_up_to()]).ok(),
        Err(_) => None,
    }
}

/// A transcript as `time  who: text` lines, under the facts that stand beside the messages.
fn transcript(value: &Value) -> Option<String> {
    let (facts, messages) = match value {
        Value::Array(messages) => (None, messages.as_slice()),
        Value::Object(object) => match messages_of(object) {
            Some(messages) => (Some(object), messages),
            None => (None, std::slice::from_ref(value)),
        },
        _ => return None,
    };
    let said: Vec<String> = messages.iter().filter_map(message).collect();
    if said.is_empty() {
        return None;
    }
    let mut lines: Vec<String> = facts.into_iter().flat_map(scalars).collect();
    if !lines.is_empty() {
        lines.push(String::new());
    }
    lines.extend(said);
    let silent = messages.len() - messages.iter().filter(|m| message(m).is_some()).count();
    if silent > 0 {
        lines.push(format!("(without text: {silent} more)"));
    }
    Some(lines.join("\n"))
}

/// The list of messages in an object: under a known name, else the first list that has any.
fn messages_of(object: &Map<String, Value>) -> Option<&[Value]> {
    let lists = MESSAGES
        .iter()
        .filter_map(|name| object.get(*name))
        .chain(object.values());
    lists
        .filter_map(Value::as_array)
        .find(|list| list.iter().any(|item| message(item).is_some()))
        .map(Vec::as_slice)
}

fn message(value: &Value) -> Option<String> {
    let object = value.as_object()?;
    let said = first_text(object, &SAID)?;
    let mut head: Vec<String> = Vec::new();
    head.extend(first_text(object, &WHEN).map(|when| clean(&when)));
    head.extend(first_text(object, &WHO).map(|who| format!("{}:", clean(&who))));
    let subject = object.get("subject").and_then(Value::as_str);
    head.extend(subject.map(|subject| format!("[{}]", clean(subject))));
    // Lines after the first are indented, so that no message can pretend to be another.
    head.push(clean_block(said.trim()).replace('\n', "\n    "));
    Some(head.join(" "))
}

/// The first of `names` that holds a text, also one level down (`"from": {"name": …}`).
fn first_text(object: &Map<String, Value>, names: &[&str]) -> Option<String> {
    names
        .iter()
        .filter_map(|name| object.get(*name))
        .find_map(|value| match value {
            Value::String(text) if !text.trim().is_empty() => Some(text.clone()),
            Value::Object(inner) => ["name", "nickname", "text", "email", "address", "id"]
                .iter()
                .find_map(|name| inner.get(*name).and_then(Value::as_str))
                .filter(|text| !text.trim().is_empty())
                .map(str::to_owned),
            _ => None,
        })
}

/// The plain values of an object, one a line.
fn scalars(object: &Map<String, Value>) -> Vec<String> {
    object
        .iter()
        .filter_map(|(name, value)| {
            let shown = match value {
                Value::String(text) => text.clone(),
                Value::Number(number) => number.to_string(),
                Value::Bool(yes) => yes.to_string(),
                _ => return None,
            };
            Some(format!("{}: {}", clean(name), clean(&shown)))
        })
        .collect()
}
