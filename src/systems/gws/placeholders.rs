//! Placeholders of the delete call, and what stands for them. A value is never looked at again once it
//! is filled in.

use serde_json::Value;

use super::delete::{GroupName, SettingKey, refused};
use crate::domain::failure::Failure;

const PLACEHOLDERS: [&str; 5] = ["{group}", "{key}", "{value}", "{location}", "{owner}"];

/// What stands for the placeholders.
pub(super) struct Values<'a> {
    pub group: &'a GroupName,
    pub key: &'a SettingKey,
    pub location: Option<&'a str>,
    pub owner: Option<&'a str>,
}

/// The value with every placeholder filled, names of fields too.
pub(super) fn filled(body: &Value, values: &Values<'_>) -> Result<Value, Failure> {
    let plain = |text: &str| text.to_owned();
    let text = |text: &str| fill(text, values, plain)?.ok_or_else(|| unknown_value(text));
    Ok(match body {
        Value::String(own) => Value::String(text(own)?),
        Value::Array(entries) => Value::Array(
            entries
                .iter()
                .map(|entry| filled(entry, values))
                .collect::<Result<_, _>>()?,
        ),
        Value::Object(fields) => {
            let mut out = serde_json::Map::new();
            for (name, field) in fields {
                out.insert(text(name)?, filled(field, values)?);
            }
            Value::Object(out)
        }
        other => other.clone(),
    })
}

/// `None` when a placeholder has no value here. What was filled in is not looked at again, so a key
/// that looks like a placeholder stays what it is.
pub(super) fn fill(
    text: &str,
    values: &Values<'_>,
    code: impl Fn(&str) -> String,
) -> Result<Option<String>, Failure> {
    let mut out = String::new();
    let mut rest = text;
    while let Some((at, name)) = first_placeholder(rest) {
        out.push_str(&rest[..at]);
        let value = match name {
            "{group}" => Some(values.group.as_str()),
            "{key}" => Some(values.key.attribute()),
            "{value}" => Some(values.key.value()),
            "{location}" => values.location,
            _ => values.owner,
        };
        match value {
            None | Some("") => return Ok(None),
            // An encoder leaves dots alone, and a segment of dots is another path.
            Some("." | "..") => {
                return Err(refused("The key of the setting cannot be part of an address."));
            }
            Some(value) => out.push_str(&code(value)),
        }
        rest = &rest[at + name.len()..];
    }
    out.push_str(rest);
    Ok(Some(out))
}

fn first_placeholder(text: &str) -> Option<(usize, &'static str)> {
    PLACEHOLDERS
        .iter()
        .filter_map(|name| Some((text.find(name)?, *name)))
        .min()
}

pub(super) fn unknown_placeholder(text: &str) -> Option<&str> {
    let mut rest = text;
    while let Some(at) = rest.find('{') {
        let known = PLACEHOLDERS.iter().find(|name| rest[at..].starts_with(**name));
        match known {
            Some(name) => rest = &rest[at + name.len()..],
            None => return Some(&rest[at..]),
        }
    }
    None
}

pub(super) fn unknown_placeholder_in(body: Option<&Value>) -> Option<&str> {
    match body? {
        Value::String(text) => unknown_placeholder(text),
        Value::Array(entries) => entries
            .iter()
            .find_map(|entry| unknown_placeholder_in(Some(entry))),
        Value::Object(fields) => fields.iter().find_map(|(name, field)| {
            unknown_placeholder(name).or_else(|| unknown_placeholder_in(Some(field)))
        }),
        _ => None,
    }
}

pub(super) fn holds_value(body: &Value) -> bool {
    match body {
        Value::String(text) => text == "{value}",
        Value::Array(entries) => entries.iter().any(holds_value),
        Value::Object(fields) => fields.values().any(holds_value),
        _ => false,
    }
}

/// A placeholder that has no value here.
pub(super) fn unknown_value(part: &str) -> Failure {
    refused(&format!(
        "The template of the delete call asks in {part} for what is not known of this setting."
    ))
}
