//! Standard output: the result and nothing else, in the form that was asked for. Every document
//! carries the mode.

use std::io::{IsTerminal, Write};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Map, Value, json};

use super::csv_out;
use super::options::{ColorWhen, Format, Global};
use super::table::{Column, Drawing, Fact, draw, facts};
use crate::config::Env;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::mode::Mode;
use crate::domain::text::is_invisible;

/// A list as it is told: rows for people, items for programs.
#[derive(Clone, Debug, Default)]
pub struct List {
    /// Columns of the table.
    pub columns: Vec<Column>,
    /// Its rows, one cell a column.
    pub rows: Vec<Vec<String>>,
    /// The same as JSON objects, plain and complete.
    pub items: Vec<Value>,
    /// False when something could not be read; the reason stands in `notes`.
    pub complete: bool,
    /// What else must be known; no personal data.
    pub notes: Vec<String>,
    /// CSV columns that stand even when no item has them.
    pub csv: Vec<&'static str>,
    /// What a table says when there are no rows.
    pub empty: String,
    /// Further top-level fields of the JSON document, after the common ones.
    pub more: Map<String, Value>,
}

/// Writes results.
pub struct Output {
    format: Format,
    mode: Mode,
    drawing: Drawing,
    sink: Mutex<Box<dyn Write + Send>>,
    closed: AtomicBool,
    csv_columns: Mutex<Option<Vec<String>>>,
}

impl Output {
    /// Standard output as the options and the environment want it.
    pub fn stdout(global: &Global, env: &Env, mode: Mode) -> Output {
        let terminal = std::io::stdout().is_terminal();
        let width = terminal.then(|| {
            rustix::termios::tcgetwinsize(std::io::stdout())
                .ok()
                .map(|size| usize::from(size.ws_col))
                .filter(|columns| *columns > 0)
                .unwrap_or(80)
        });
        let drawing = Drawing {
            width,
            ascii: global.ascii || !locale_is_utf8(env),
            reveal: global.reveal,
            color: colors(global.color, env, terminal),
        };
        Output::to(Box::new(std::io::stdout()), global.output, mode, drawing)
    }

    /// Output to any writer; for tests and for [`Output::stdout`].
    pub fn to(sink: Box<dyn Write + Send>, format: Format, mode: Mode, drawing: Drawing) -> Output {
        Output {
            format,
            mode,
            drawing,
            sink: Mutex::new(sink),
            closed: AtomicBool::new(false),
            csv_columns: Mutex::new(None),
        }
    }

    /// The form asked for.
    pub fn format(&self) -> Format {
        self.format
    }

    /// How tables are drawn.
    pub fn drawing(&self) -> Drawing {
        self.drawing
    }

    /// True once the reader has gone (`| head`): a command that only tells may stop.
    pub fn closed(&self) -> bool {
        self.closed.load(Ordering::SeqCst)
    }

    /// A list. Notes of a table go to standard error, so that the table stays a table.
    ///
    /// # Errors
    /// When standard output cannot be written (a full disk).
    pub fn list(&self, organization: Option<&str>, list: &List) -> Result<(), Failure> {
        match self.format {
            Format::Table => {
                if list.rows.is_empty() && !list.empty.is_empty() {
                    self.write(&format!("{}\n", list.empty))?;
                } else {
                    self.write(&draw(&list.columns, &list.rows, self.drawing))?;
                }
            }
            Format::Json => {
                let mut document = Map::new();
                document.insert("mode".to_owned(), json!(self.mode));
                document.insert("organization".to_owned(), json!(organization));
                document.insert("items".to_owned(), json!(list.items));
                document.insert("complete".to_owned(), json!(list.complete));
                document.insert("notes".to_owned(), json!(list.notes));
                document.extend(list.more.clone());
                return self.document(&Value::Object(document));
            }
            Format::Ndjson => {
                for item in &list.items {
                    self.write(&format!("{}\n", visible(self.with_mode(item).to_string())))?;
                }
            }
            Format::Csv => {
                let columns = csv_out::columns(&list.csv, &list.items);
                self.write(&csv_out::write(&columns, self.mode.as_str(), &list.items, true)?)?;
            }
        }
        for note in &list.notes {
            self.note(note);
        }
        if !list.complete {
            self.note("This list is not complete.");
        }
        Ok(())
    }

    /// One thing: the object itself with the mode, or a sheet of facts.
    ///
    /// # Errors
    /// As [`Output::list`].
    pub fn object(&self, value: &Value, sheet: &[Fact]) -> Result<(), Failure> {
        match self.format {
            Format::Table => self.write(&facts(sheet, self.drawing)),
            Format::Json => self.document(&self.with_mode(value)),
            Format::Ndjson => self.write(&format!("{}\n", visible(self.with_mode(value).to_string()))),
            Format::Csv => {
                let items = std::slice::from_ref(value);
                let columns = csv_out::columns(&[], items);
                self.write(&csv_out::write(&columns, self.mode.as_str(), items, true)?)
            }
        }
    }

    /// One of a stream of events, told at once: a line for people, one JSON object a line for
    /// programs (with `json` too), a record with the columns of the first event in CSV.
    ///
    /// # Errors
    /// As [`Output::list`].
    pub fn event(&self, value: &Value, line: &str) -> Result<(), Failure> {
        match self.format {
            Format::Table => self.write(&format!("{}\n", super::table::shown(line, false, self.drawing))),
            Format::Json | Format::Ndjson => {
                self.write(&format!("{}\n", visible(self.with_mode(value).to_string())))
            }
            Format::Csv => {
                let items = std::slice::from_ref(value);
                let mut known = lock(&self.csv_columns);
                let heading = known.is_none();
                let columns = known.get_or_insert_with(|| csv_out::columns(&[], items)).clone();
                drop(known);
                self.write(&csv_out::write(&columns, self.mode.as_str(), items, heading)?)
            }
        }
    }

    /// Text that is the result as it is (a script, a man page, an archive entry).
    ///
    /// # Errors
    /// As [`Output::list`].
    pub fn text(&self, text: &str) -> Result<(), Failure> {
        self.write(text)
    }

    /// A line on standard error; a JSON document has its notes inside.
    pub fn note(&self, text: &str) {
        if self.format != Format::Json {
            let line = format!("{}\n", super::table::shown(text, false, self.drawing));
            let _ = std::io::stderr().lock().write_all(line.as_bytes());
        }
    }

    /// Text of several lines on standard error for people, whatever the form of the result: a
    /// preview, candidates to pick from. The caller has cleaned it.
    pub fn tell(&self, text: &str) {
        let _ = std::io::stderr().lock().write_all(text.as_bytes());
    }

    fn document(&self, value: &Value) -> Result<(), Failure> {
        // A value made of maps and texts always serialises.
        let text = visible(serde_json::to_string_pretty(value).unwrap_or_default());
        self.write(&format!("{text}\n"))
    }

    fn with_mode(&self, value: &Value) -> Value {
        let mut document = Map::new();
        document.insert("mode".to_owned(), json!(self.mode));
        match value {
            Value::Object(fields) => document.extend(fields.clone()),
            other => {
                document.insert("value".to_owned(), other.clone());
            }
        }
        Value::Object(document)
    }

    fn write(&self, text: &str) -> Result<(), Failure> {
        if self.closed() {
            return Ok(());
        }
        let mut sink = lock(&self.sink);
        let written = sink.write_all(text.as_bytes()).and_then(|()| sink.flush());
        match written {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => {
                self.closed.store(true, Ordering::SeqCst);
                Ok(())
            }
            Err(error) => Err(Failure::new(
                FailureKind::Storage,
                format!("Standard output could not be written ({}).", error.kind()),
            )),
        }
    }
}

/// A document's part as JSON. Our documents are plain data with text keys, which always serialise.
pub fn value(part: &impl serde::Serialize) -> Value {
    serde_json::to_value(part).unwrap_or(Value::Null)
}

/// JSON in which invisible and bidirectional characters are written as escapes: the data stays the
/// same, and a terminal that shows it cannot be deceived.
fn visible(json: String) -> String {
    let hidden = |c: char| is_invisible(c) || (c.is_control() && c != '\n');
    if json.is_ascii() || !json.contains(hidden) {
        return json;
    }
    let mut text = String::with_capacity(json.len());
    for c in json.chars() {
        if hidden(c) {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                text.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            text.push(c);
        }
    }
    text
}

/// A poisoned lock only says that another thread panicked while writing; the data is still a writer.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// True when the locale says UTF-8, as the C library would decide it.
pub fn locale_is_utf8(env: &Env) -> bool {
    ["LC_ALL", "LC_CTYPE", "LANG"]
        .iter()
        .find_map(|name| env.get(name))
        .is_some_and(|locale| {
            let locale = locale.to_ascii_lowercase();
            locale.ends_with("utf-8") || locale.ends_with("utf8") || locale.contains("utf-8@")
        })
}

/// Whether colours are used.
pub fn colors(when: ColorWhen, env: &Env, terminal: bool) -> bool {
    match when {
        ColorWhen::Always => true,
        ColorWhen::Never => false,
        ColorWhen::Auto => terminal && env.get("NO_COLOR").is_none() && env.get("TERM") != Some("dumb"),
    }
}
