//! **Assumed.** The one place that knows how jobs, files and downloads are addressed and what their
//! fields are called, because the vendor has not published it. Everything here comes out of the table
//! `[profiles.NAME.cdds]` of the configuration, and can be corrected there.

use std::collections::BTreeMap;

use jiff::{Timestamp, civil};
use serde_json::{Map, Value};

use crate::config::cdds;
use crate::domain::text;

/// The assumptions, by the key of the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assumed(BTreeMap<&'static str, String>);

impl Default for Assumed {
    fn default() -> Assumed {
        Assumed(cdds::assumptions())
    }
}

impl Assumed {
    /// The table of a profile.
    pub fn of(table: BTreeMap<&'static str, String>) -> Assumed {
        Assumed(table)
    }

    /// One entry.
    pub(super) fn get(&self, key: &str) -> &str {
        self.0.get(key).map_or("", String::as_str)
    }

    /// A path below the service's base, with the id put in, percent-encoded.
    pub(super) fn path(&self, key: &str, id: Option<&str>) -> String {
        let template = self.get(key);
        let path = match id {
            Some(id) => template.replace("{id}", &encode(id)),
            None => template.to_owned(),
        };
        let slash = if path.starts_with('/') { "" } else { "/" };
        format!("{slash}{path}")
    }

    /// The field that `key` names, in `object`.
    pub(super) fn field<'v>(&self, object: &'v Value, key: &str) -> Option<&'v Value> {
        let mut at = object;
        for name in self.get(key).split('.') {
            at = at.get(name)?;
        }
        (!at.is_null()).then_some(at)
    }

    /// A text, cleaned for display; numbers and truth values count as texts.
    pub(super) fn text(&self, object: &Value, key: &str) -> Option<String> {
        word(self.field(object, key)?)
    }

    /// A number that is not negative; a number in quotes counts.
    pub(super) fn number(&self, object: &Value, key: &str) -> Option<u64> {
        match self.field(object, key)? {
            Value::Number(number) => number.as_u64().or_else(|| {
                number
                    .as_f64()
                    .filter(|n| *n >= 0.0 && *n < 1e15)
                    .map(|n| n as u64)
            }),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        }
    }

    /// A whole number, also a negative one.
    pub(super) fn integer(&self, object: &Value, key: &str) -> Option<i64> {
        match self.field(object, key)? {
            Value::Number(number) => number.as_i64(),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        }
    }

    /// A moment: RFC 3339, or milliseconds since 1970.
    pub(super) fn moment(&self, object: &Value, key: &str) -> Option<Timestamp> {
        moment(self.field(object, key)?)
    }

    /// A day; of a moment, its day in UTC.
    pub(super) fn day(&self, object: &Value, key: &str) -> Option<civil::Date> {
        let text = self.field(object, key)?.as_str()?.trim();
        text.get(..10)?.parse().ok()
    }

    /// Puts a value into the field that `key` names.
    pub(super) fn put(&self, object: &mut Map<String, Value>, key: &str, value: Value) {
        let name = self.get(key);
        let (path, last) = name.rsplit_once('.').unwrap_or(("", name));
        let mut at = object;
        for name in path.split('.').filter(|name| !name.is_empty()) {
            let inner = at.entry(name).or_insert_with(|| Value::Object(Map::new()));
            if !inner.is_object() {
                *inner = Value::Object(Map::new());
            }
            let Value::Object(inner) = inner else { return };
            at = inner;
        }
        at.insert(last.to_owned(), value);
    }
}

/// A moment as servers write it.
pub(super) fn moment(value: &Value) -> Option<Timestamp> {
    match value {
        Value::String(text) => text.trim().parse().ok(),
        Value::Number(number) => Timestamp::from_millisecond(number.as_i64()?).ok(),
        _ => None,
    }
}

/// A word of the server, cleaned and cut.
pub(super) fn word(value: &Value) -> Option<String> {
    let told = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(truth) => truth.to_string(),
        _ => return None,
    };
    let clean = text::clean(&told);
    let cut = match clean.char_indices().nth(400) {
        Some((at, _)) => format!("{}…", &clean[..at]),
        None => clean,
    };
    let cut = cut.trim();
    (!cut.is_empty()).then(|| cut.to_owned())
}

/// Percent-encodes everything but letters, digits, `-`, `.`, `_` and `*`.
pub(super) fn encode(text: &str) -> String {
    // A plus sign in the result can only stand for a space: a real one was encoded. Dots alone would
    // be taken for a step in the path.
    let encoded: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
    match encoded.as_str() {
        "." | ".." => encoded.replace('.', "%2E"),
        _ => encoded.replace('+', "%20"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn fields_are_found_and_put_by_their_path() {
        let assumed = Assumed::default();
        let mut object = Map::new();
        assumed.put(&mut object, "job_from_field", json!("2026-10-01"));
        assumed.put(&mut object, "job_to_field", json!("2026-10-31"));
        assumed.put(&mut object, "job_title_field", json!("x"));
        let value = Value::Object(object);
        assert_eq!(
            value,
            json!({"timeFrame": {"from": "2026-10-01", "to": "2026-10-31"}, "title": "x"})
        );
        assert_eq!(
            assumed.day(&value, "job_to_field").unwrap().to_string(),
            "2026-10-31"
        );
        assert_eq!(assumed.text(&value, "job_title_field").as_deref(), Some("x"));
        assert_eq!(assumed.text(&json!({"title": null}), "job_title_field"), None);
        assert_eq!(
            assumed.number(&json!({"size": "17"}), "artifact_bytes_field"),
            Some(17)
        );
        assert_eq!(assumed.number(&json!({"size": -1}), "artifact_bytes_field"), None);
        assert_eq!(
            assumed
                .text(&json!({"title": "a\u{1b}[31mb"}), "job_title_field")
                .as_deref(),
            Some("ab")
        );
    }

    #[test]
    fn an_id_cannot_lead_elsewhere() {
        let assumed = Assumed::default();
        assert_eq!(assumed.path("job_path", Some("../x?y")), "/data/jobs/..%2Fx%3Fy");
        assert_eq!(assumed.path("job_path", Some("..")), "/data/jobs/%2E%2E");
    }
}
