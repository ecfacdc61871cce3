//! One value of a file, checked against what its key holds.

use std::path::{Path, PathBuf};

use secrecy::SecretString;
use toml::de::DeValue;

use super::duration;
use super::schema::Kind;
use crate::domain::deadline::{Calendar, Regime};

/// A checked value.
#[derive(Clone, Debug)]
pub enum Value {
    /// A text of any kind that is no secret.
    Text(String),
    /// A secret.
    Secret(SecretString),
    /// A path, made absolute.
    Path(PathBuf),
    /// A number of an open file.
    Descriptor(u32),
    /// Program and arguments.
    Command(Vec<String>),
    /// Names.
    Names(Vec<String>),
    /// Paths, made absolute.
    Paths(Vec<PathBuf>),
}

impl Value {
    /// How `config show` shows it; secrets and commands that yield them do not show.
    pub fn shown(&self) -> String {
        match self {
            Value::Text(text) => text.clone(),
            Value::Secret(_) => "(set, not shown)".to_owned(),
            Value::Path(path) => path.display().to_string(),
            Value::Descriptor(number) => number.to_string(),
            Value::Names(names) => names.join(", "),
            Value::Paths(paths) => {
                let shown: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
                shown.join(", ")
            }
            // Arguments of a command may hold secrets; the program's name is enough to know it by.
            Value::Command(words) => match words.split_first() {
                Some((program, [])) => {
                    program.split_whitespace().next().unwrap_or_default().to_owned() + " …"
                }
                Some((program, _)) => format!("{program} …"),
                None => String::new(),
            },
        }
    }
}

/// Reads a value of the file.
///
/// # Errors
/// What is wrong with it, without the value.
pub fn read(kind: Kind, value: &DeValue<'_>, base: &Path) -> Result<Value, String> {
    let expected = || {
        format!(
            "{} is expected here, not {}",
            kind.expectation(),
            type_name(value)
        )
    };
    match (kind, value) {
        (Kind::Descriptor, DeValue::Integer(number)) => {
            let number = u32::from_str_radix(number.as_str(), number.radix()).map_err(|_| expected())?;
            match number {
                1 | 2 => Err(expected()),
                _ => Ok(Value::Descriptor(number)),
            }
        }
        (Kind::Command, DeValue::Array(words)) => {
            let words: Option<Vec<String>> = words
                .iter()
                .map(|word| word.get_ref().as_str().map(str::to_owned))
                .collect();
            let words = words.filter(|words| !words.is_empty()).ok_or_else(expected)?;
            Ok(Value::Command(words))
        }
        (Kind::Paths, DeValue::Array(paths)) => {
            let paths: Option<Vec<PathBuf>> = paths
                .iter()
                .map(|path| path.get_ref().as_str().map(|path| absolute(path.trim(), base)))
                .collect();
            paths
                .filter(|paths| paths.len() <= 50)
                .map(Value::Paths)
                .ok_or_else(expected)
        }
        (Kind::Names, DeValue::Array(names)) => {
            let names: Option<Vec<String>> = names
                .iter()
                .map(|name| name.get_ref().as_str().map(|name| name.trim().to_owned()))
                .collect();
            let plain = |name: &String| {
                let length = name.chars().count();
                (1..=40).contains(&length) && crate::domain::text::clean(name) == *name
            };
            match names {
                Some(names) if names.len() <= 50 && names.iter().all(plain) => Ok(Value::Names(names)),
                _ => Err(expected()),
            }
        }
        (Kind::Descriptor | Kind::Names | Kind::Paths, _) => Err(expected()),
        (_, DeValue::String(text)) => from_text(kind, text, base),
        _ => Err(expected()),
    }
}

/// Reads a value that came as text (from an environment variable or a default).
///
/// # Errors
/// What is wrong with it, without the value.
pub fn from_text(kind: Kind, text: &str, base: &Path) -> Result<Value, String> {
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return Err("the value is empty".to_owned());
    }
    let plain = || Value::Text(trimmed.to_owned());
    match kind {
        Kind::Secret => Ok(Value::Secret(SecretString::from(trimmed))),
        Kind::Path => Ok(Value::Path(absolute(trimmed, base))),
        Kind::Command => Ok(Value::Command(vec![trimmed.to_owned()])),
        Kind::Text => Ok(plain()),
        Kind::Switch if matches!(trimmed, "on" | "off") => Ok(plain()),
        Kind::Mode if crate::domain::mode::Mode::parse(trimmed).is_some() => Ok(plain()),
        Kind::Variant if matches!(trimmed, "cdds" | "udm") => Ok(plain()),
        Kind::Country if trimmed.len() == 2 && trimmed.bytes().all(|b| b.is_ascii_alphabetic()) => {
            Ok(Value::Text(trimmed.to_ascii_uppercase()))
        }
        Kind::Regime => Regime::named(trimmed).map(|regime| Value::Text(regime.code().to_owned())),
        Kind::Place => Calendar::named(trimmed)
            .map(|calendar| Value::Text(calendar.code().unwrap_or_default().to_owned())),
        Kind::Zone if jiff::tz::TimeZone::get(trimmed).is_ok() => Ok(plain()),
        Kind::Span => duration::parse(trimmed)
            .map(|_| plain())
            .map_err(|why| format!("the value {why}")),
        _ => Err(format!("{} is expected here", kind.expectation())),
    }
}

fn absolute(text: &str, base: &Path) -> PathBuf {
    if let Some(rest) = text.strip_prefix("~/")
        && let Some(dirs) = directories::BaseDirs::new()
    {
        return dirs.home_dir().join(rest);
    }
    base.join(text)
}

fn type_name(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number with a fraction",
        DeValue::Boolean(_) => "a truth value",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
