//! The configuration file as text: read, taken apart, every key held against the schema.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};
use zeroize::Zeroizing;

use super::access::check_access;
use super::cdds;
use super::problem::Problem;
use super::schema::{Key, ONE_OF, PROFILE, TABLES, TOP};
use super::value::{self, Value};
use crate::domain::nearest::nearest;

/// A configuration larger than this is something else.
const LIMIT: u64 = 1024 * 1024;

/// A value with the line it stands on.
#[derive(Clone, Debug)]
pub struct Placed {
    /// The value.
    pub value: Value,
    /// Its line, from 1.
    pub line: usize,
}

/// Values by key.
pub type Values = BTreeMap<&'static str, Placed>;

/// What a file says.
#[derive(Clone, Debug, Default)]
pub struct Document {
    /// The file; `None` when there is none.
    pub file: Option<PathBuf>,
    /// Keys at the top.
    pub top: Values,
    /// Profiles.
    pub profiles: BTreeMap<String, Values>,
    /// The tables `[profiles.NAME.cdds]`, by profile.
    pub cdds: BTreeMap<String, Values>,
    /// The `[keys]` table as a document of its own, for the key map.
    pub keys: Option<String>,
}

/// Reads a file. What is right is kept even when something else is wrong.
pub fn read(path: &Path) -> (Document, Vec<Problem>) {
    let mut problems = Vec::new();
    let document = match text_of(path) {
        Ok(text) => {
            let document = parse(&text, path, &mut problems);
            check_access(&document, path, &mut problems);
            document
        }
        Err(problem) => {
            problems.push(problem);
            Document::default()
        }
    };
    for problem in &mut problems {
        problem.file = Some(path.to_owned());
    }
    problems.sort_by_key(|problem| problem.line);
    (document, problems)
}

fn text_of(path: &Path) -> Result<Zeroizing<String>, Problem> {
    let mut text = Zeroizing::new(String::new());
    let read = std::fs::File::open(path).and_then(|file| file.take(LIMIT + 1).read_to_string(&mut text));
    match read {
        Ok(_) if text.len() as u64 > LIMIT => Err(Problem::new("the file is too large for a configuration")),
        Ok(_) => Ok(text),
        Err(error) => Err(
            Problem::new(format!("the file cannot be read ({})", unreadable(&error)))
                .remedy("Name another with --config, or make one with: dsr setup"),
        ),
    }
}

fn unreadable(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "there is none at this place".to_owned(),
        std::io::ErrorKind::InvalidData => "it is not text in UTF-8".to_owned(),
        kind => kind.to_string(),
    }
}

fn parse(text: &str, path: &Path, problems: &mut Vec<Problem>) -> Document {
    let (table, errors) = DeTable::parse_recoverable(text);
    let line = |at: usize| {
        text.as_bytes()[..at.min(text.len())]
            .iter()
            .filter(|b| **b == b'\n')
            .count()
            + 1
    };
    problems.extend(errors.iter().map(|error| {
        Problem::new(format!("not valid TOML: {}", error.message()))
            .line(error.span().map(|span| line(span.start)))
    }));
    let mut reader = Reader {
        base: path.parent().unwrap_or(Path::new(".")),
        line: &line,
        problems,
    };
    let mut document = Document {
        file: Some(path.to_owned()),
        ..Document::default()
    };
    // Laws and holidays of the file's own come first: profiles name them.
    for (name, value) in table.get_ref() {
        if matches!(name.get_ref().as_ref(), "regime_files" | "holiday_files") {
            reader.value(&TOP, "", name, value, &mut document.top);
        }
    }
    super::laws::read(&document.top, reader.problems);
    for (name, value) in table.get_ref() {
        match (name.get_ref().as_ref(), value.get_ref()) {
            ("regime_files" | "holiday_files", _) => {}
            ("profiles", DeValue::Table(profiles)) => {
                document.profiles = reader.profiles(profiles, &mut document.cdds);
            }
            ("keys", DeValue::Table(_)) => document.keys = reader.keys(value),
            (known, _) if TABLES.contains(&known) => reader.problem(
                name,
                known,
                "a table is expected here",
                Some(format!("Write [{known}] or [{known}.NAME].")),
            ),
            _ => reader.value(&TOP, "", name, value, &mut document.top),
        }
    }
    document
}

/// Takes one table after the other apart.
struct Reader<'a> {
    base: &'a Path,
    line: &'a dyn Fn(usize) -> usize,
    problems: &'a mut Vec<Problem>,
}

type Name<'i> = Spanned<std::borrow::Cow<'i, str>>;

impl Reader<'_> {
    fn problem(&mut self, at: &Name<'_>, key: &str, message: &str, remedy: Option<String>) {
        let mut problem = Problem::new(message)
            .key(key)
            .line(Some((self.line)(at.span().start)));
        problem.remedy = remedy;
        self.problems.push(problem);
    }

    fn profiles(
        &mut self,
        profiles: &DeTable<'_>,
        exports: &mut BTreeMap<String, Values>,
    ) -> BTreeMap<String, Values> {
        let mut read = BTreeMap::new();
        for (name, value) in profiles {
            let path = format!("profiles.{}", name.get_ref());
            let DeValue::Table(table) = value.get_ref() else {
                let hint = nearest(name.get_ref(), PROFILE.iter().map(|key| key.name));
                let remedy = hint.map(|key| format!("Put {key} under [profiles.default]."));
                self.problem(name, &path, "a profile is a table", remedy);
                continue;
            };
            let mut values = Values::new();
            for (key, value) in table {
                if let ("cdds", DeValue::Table(table)) = (key.get_ref().as_ref(), value.get_ref()) {
                    let own = self.exports(&path, table);
                    exports.insert(name.get_ref().to_string(), own);
                    continue;
                }
                self.value(&PROFILE, &format!("{path}."), key, value, &mut values);
            }
            self.contradictions(&path, &values);
            read.insert(name.get_ref().to_string(), values);
        }
        read
    }

    fn exports(&mut self, profile: &str, table: &DeTable<'_>) -> Values {
        let path = format!("{profile}.cdds");
        let mut values = Values::new();
        for (key, value) in table {
            self.value(&cdds::keys(), &format!("{path}."), key, value, &mut values);
        }
        self.said_twice(&path, &values, &cdds::ONE_OF);
        values
    }

    fn value(
        &mut self,
        schema: &[Key],
        path: &str,
        name: &Name<'_>,
        value: &Spanned<DeValue<'_>>,
        into: &mut Values,
    ) {
        let full = format!("{path}{}", name.get_ref());
        let Some(key) = schema.iter().find(|key| key.name == name.get_ref().as_ref()) else {
            let remedy = self.suggestion(schema, path, name.get_ref());
            return self.problem(name, &full, "this key is not known", remedy);
        };
        match value::read(key.kind, value.get_ref(), self.base) {
            Ok(read) => {
                let line = (self.line)(name.span().start);
                into.insert(key.name, Placed { value: read, line });
            }
            Err(why) => self.problem(name, &full, &why, None),
        }
    }

    /// The nearest known key, also when it is one of another table.
    fn suggestion(&self, schema: &[Key], path: &str, name: &str) -> Option<String> {
        let here = schema.iter().map(|key| key.name);
        let tables = TABLES.into_iter().filter(|_| path.is_empty());
        if let Some(near) = nearest(name, here.chain(tables)) {
            return Some(format!("The nearest known key is {near}."));
        }
        let of_profile = PROFILE.iter().any(|key| key.name == name);
        (path.is_empty() && of_profile).then(|| format!("{name} belongs under [profiles.NAME]."))
    }

    fn said_twice(&mut self, path: &str, values: &Values, groups: &[&[&str]]) {
        for group in groups {
            let said: Vec<&str> = group
                .iter()
                .copied()
                .filter(|key| values.contains_key(key))
                .collect();
            if let [first, second, ..] = said[..] {
                self.problems.push(
                    Problem::new(format!("{first} and {second} say the same thing twice"))
                        .key(format!("{path}.{second}"))
                        .line(values.get(second).map(|placed| placed.line))
                        .remedy("Keep one of them."),
                );
            }
        }
    }

    fn contradictions(&mut self, path: &str, values: &Values) {
        self.said_twice(path, values, &ONE_OF);
        for (key, needed) in [
            ("login_url", "api_url"),
            ("shared_store", "shared_group"),
            ("shared_group", "shared_store"),
        ] {
            if let (Some(placed), false) = (values.get(key), values.contains_key(needed)) {
                self.problems.push(
                    Problem::new(format!("{key} means nothing without {needed}"))
                        .key(format!("{path}.{key}"))
                        .line(Some(placed.line)),
                );
            }
        }
    }

    fn keys(&mut self, value: &Spanned<DeValue<'_>>) -> Option<String> {
        toml::to_string(&plain(value.get_ref())).ok()
    }
}

/// A value without the places it stood at.
fn plain(value: &DeValue<'_>) -> toml::Value {
    match value {
        DeValue::Table(table) => toml::Value::Table(
            table
                .iter()
                .map(|(name, value)| (name.get_ref().to_string(), plain(value.get_ref())))
                .collect(),
        ),
        DeValue::Array(values) => {
            toml::Value::Array(values.iter().map(|value| plain(value.get_ref())).collect())
        }
        DeValue::Boolean(value) => toml::Value::Boolean(*value),
        DeValue::String(text) => toml::Value::String(text.to_string()),
        DeValue::Integer(number) => toml::Value::String(number.as_str().to_owned()),
        DeValue::Float(number) => toml::Value::String(number.as_str().to_owned()),
        DeValue::Datetime(date) => toml::Value::Datetime(*date),
    }
}
