//! Which records are wanted: those whose field has a value, or those in which a person stands
//! anywhere, in any of the forms that are in use.

use serde_json::Value;

use super::needle::Needle;
use crate::domain::failure::{Failure, FailureKind};
use std::sync::Arc;

use crate::crypto::rest::RestKey;
use crate::domain::forms::forms;
use crate::domain::identifier::{Identifier, IdentifierKind};

/// A filter. All conditions must hold, and, when persons are asked for, one of their values must
/// stand somewhere.
#[derive(Clone, Default)]
pub struct Filter {
    conditions: Vec<Condition>,
    anywhere: Vec<Wanted>,
    pub(super) key: Option<Arc<RestKey>>,
}

/// It does not print: its values are personal data.
impl std::fmt::Debug for Filter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Filter")
            .field("conditions", &self.conditions.len())
            .field("anywhere", &self.anywhere.len())
            .finish()
    }
}

#[derive(Clone)]
struct Condition {
    /// Names of nested fields in lower case; the last ones of a path are enough. `*` is any field.
    path: Vec<String>,
    wanted: Wanted,
}

#[derive(Clone)]
enum Wanted {
    /// The whole value, in lower case.
    Equal(String),
    /// A part of it, in lower case.
    Part(String),
    /// As [`Wanted::Part`], where words begin and end.
    Words(String),
    /// A number by its last digits.
    Digits(String),
    /// Whatever the value, be it a record or a list: the field is named. Holds its longest name.
    There(String),
}

impl Filter {
    /// The same for files that are encrypted at rest with this key.
    #[must_use]
    pub fn opened_by(mut self, key: Option<Arc<RestKey>>) -> Filter {
        self.key = key;
        self
    }

    /// Conditions as they are typed: `FIELD=VALUE`. `a.b` is a field within a field, `*` any field;
    /// `*TEXT*` is a part of a value. Case does not matter.
    ///
    /// # Errors
    /// A condition without a field or `=`; its value is not repeated.
    pub fn parse(conditions: &[String]) -> Result<Filter, Failure> {
        let mut filter = Filter::default();
        for text in conditions {
            let (field, value) = text
                .split_once('=')
                .filter(|(field, _)| !field.trim().is_empty())
                .ok_or_else(|| {
                    Failure::new(
                        FailureKind::Usage,
                        "--where takes FIELD=VALUE, and one of its values is not so.",
                    )
                    .next("Write for example --where id=4711, or --where '*=*text*' for any field.")
                })?;
            let value = value.trim().to_lowercase();
            let part = value
                .strip_prefix('*')
                .and_then(|rest| rest.strip_suffix('*'))
                .filter(|part| !part.is_empty());
            filter.conditions.push(Condition {
                path: field
                    .trim()
                    .to_lowercase()
                    .split('.')
                    .map(str::to_owned)
                    .collect(),
                wanted: match part {
                    Some(part) => Wanted::Part(part.to_owned()),
                    None => Wanted::Equal(value),
                },
            });
        }
        Ok(filter)
    }

    /// Also demands that one of these identifiers stands somewhere.
    ///
    /// # Errors
    /// An identifier that is none of its kind.
    pub fn with_person(
        mut self,
        identifiers: &[Identifier],
        country: Option<&str>,
    ) -> Result<Filter, Failure> {
        for identifier in identifiers {
            let all = forms(identifier, country).map_err(|wrong| {
                Failure::new(
                    FailureKind::Usage,
                    format!("An identifier cannot be searched for: {wrong}."),
                )
            })?;
            let values: Vec<String> = all.into_iter().map(|form| form.value).collect();
            if identifier.kind == IdentifierKind::Phone {
                self.anywhere.push(number(&values, country));
                continue;
            }
            for value in values {
                self.anywhere.push(Wanted::Words(value.trim().to_lowercase()));
            }
        }
        Ok(self)
    }

    /// True when everything is wanted.
    pub fn is_empty(&self) -> bool {
        self.conditions.is_empty() && self.anywhere.is_empty()
    }

    /// For each condition on a named field what the field is called, and a filter for records that name
    /// it, whatever its value.
    pub(super) fn fields(&self) -> Vec<(String, Filter)> {
        let mut fields: Vec<(String, Filter)> = Vec::new();
        for condition in self.conditions.iter().filter(|one| one.path != ["*"]) {
            let field = condition.path.join(".");
            if fields.iter().any(|(known, _)| *known == field) {
                continue;
            }
            let longest = condition.path.iter().max_by_key(|name| name.len());
            let condition = Condition {
                path: condition.path.clone(),
                wanted: Wanted::There(longest.cloned().unwrap_or_default()),
            };
            let filter = Filter {
                conditions: vec![condition],
                ..Filter::default()
            };
            fields.push((field, filter));
        }
        fields
    }

    /// What any wanted line must hold in its bytes, one of them; empty when lines must be parsed to
    /// know.
    pub(super) fn needles(&self) -> Vec<Needle> {
        let of_conditions = self
            .conditions
            .iter()
            .filter_map(|condition| condition.wanted.needle());
        if let Some(best) = of_conditions.max_by_key(|needle| match needle {
            Needle::Text { bytes, .. } => bytes.len(),
            Needle::Digits(digits) => digits.len(),
        }) {
            return vec![best];
        }
        let anywhere: Vec<Option<Needle>> = self.anywhere.iter().map(Wanted::needle).collect();
        anywhere
            .into_iter()
            .collect::<Option<Vec<_>>>()
            .unwrap_or_default()
    }

    /// True for a record that is wanted.
    pub fn matches(&self, record: &Value) -> bool {
        let conditions = self
            .conditions
            .iter()
            .all(|condition| condition.holds(record, &mut Vec::new()));
        conditions && (self.anywhere.is_empty() || self.anywhere.iter().any(|wanted| stands(record, wanted)))
    }

    /// True for a text that holds what is wanted anywhere; for content that is no record.
    pub fn matches_text(&self, text: &str) -> bool {
        self.conditions.is_empty() && self.anywhere.iter().any(|wanted| wanted.is(text))
    }
}

impl Condition {
    fn holds<'a>(&self, value: &'a Value, above: &mut Vec<&'a str>) -> bool {
        match value {
            Value::Object(fields) => fields.iter().any(|(name, value)| {
                above.push(name);
                let there = matches!(self.wanted, Wanted::There(_)) && self.names(above);
                let held = there || self.holds(value, above);
                above.pop();
                held
            }),
            Value::Array(values) => values.iter().any(|value| self.holds(value, above)),
            plain => self.names(above) && self.wanted.is(&text_of(plain)),
        }
    }

    fn names(&self, above: &[&str]) -> bool {
        if self.path == ["*"] {
            return true;
        }
        let start = above.len().checked_sub(self.path.len());
        start.is_some_and(|start| {
            above[start..]
                .iter()
                .zip(&self.path)
                .all(|(name, wanted)| name.to_lowercase() == *wanted)
        })
    }
}

fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn stands(value: &Value, wanted: &Wanted) -> bool {
    match value {
        Value::Object(fields) => fields.values().any(|value| stands(value, wanted)),
        Value::Array(values) => values.iter().any(|value| stands(value, wanted)),
        Value::Null | Value::Bool(_) => false,
        plain => wanted.is(&text_of(plain)),
    }
}

impl Wanted {
    fn needle(&self) -> Option<Needle> {
        match self {
            Wanted::Equal(text) | Wanted::Part(text) | Wanted::Words(text) | Wanted::There(text) => {
                Needle::text(text)
            }
            Wanted::Digits(digits) => Needle::digits(digits),
        }
    }

    fn is(&self, text: &str) -> bool {
        match self {
            Wanted::Equal(wanted) => text.trim().to_lowercase() == *wanted,
            Wanted::Part(wanted) => text.to_lowercase().contains(wanted.as_str()),
            Wanted::Words(wanted) => has_words(&text.to_lowercase(), wanted),
            Wanted::Digits(wanted) => has_digits(text, wanted),
            // Names are met before values are.
            Wanted::There(_) => false,
        }
    }
}

/// `wanted` within `text`, not as a part of a longer word.
fn has_words(text: &str, wanted: &str) -> bool {
    let mut from = 0;
    while let Some(found) = text[from..].find(wanted) {
        let (start, end) = (from + found, from + found + wanted.len());
        let before = text[..start]
            .chars()
            .next_back()
            .is_some_and(char::is_alphanumeric);
        let after = text[end..].chars().next().is_some_and(char::is_alphanumeric);
        if !before && !after {
            return true;
        }
        from = start + text[start..].chars().next().map_or(1, char::len_utf8);
    }
    false
}

/// A number that ends with these digits, written with what people put between them.
fn has_digits(text: &str, wanted: &str) -> bool {
    let mut run = String::new();
    let mut gap = 0;
    for c in text.chars() {
        match c {
            _ if c.is_ascii_digit() => {
                run.push(c);
                gap = 0;
            }
            ' ' | '-' | '.' | '/' | '(' | ')' | '\u{a0}' if gap < 3 => gap += 1,
            _ => {
                if is_number(&run, wanted) {
                    return true;
                }
                run.clear();
                gap = 0;
            }
        }
        // Numbers that follow each other without a word between them.
        if is_number(&run, wanted) && gap > 0 {
            return true;
        }
    }
    is_number(&run, wanted)
}

fn is_number(run: &str, wanted: &str) -> bool {
    run.ends_with(wanted) && run.len() <= wanted.len() + 6
}

/// The digits that a number has in every way of writing it: without the country code and what is
/// dialled before a number at home. What is no number of any country is taken as it is.
fn number(values: &[String], country: Option<&str>) -> Wanted {
    let country = country.and_then(|code| code.parse().ok());
    let national = values
        .iter()
        .filter_map(|value| phonenumber::parse(country, value).ok())
        .map(|parsed| parsed.national().value().to_string())
        .find(|national| national.len() >= 5);
    if let Some(national) = national {
        return Wanted::Digits(national);
    }
    let digits: Vec<Vec<char>> = values
        .iter()
        .map(|value| value.chars().filter(char::is_ascii_digit).rev().collect())
        .collect();
    let first = digits.first().cloned().unwrap_or_default();
    let common = (0..first.len())
        .take_while(|at| digits.iter().all(|other| other.get(*at) == Some(&first[*at])))
        .count();
    let shared: String = first[..common].iter().rev().collect();
    Wanted::Digits(shared.trim_start_matches('0').to_owned())
}
