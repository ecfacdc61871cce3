//! How a failure is told on standard error: a paragraph for people, or with `--output json` one
//! JSON object as the last line.

use std::io::Write;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::exit::Exit;
use super::options::Format;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::text::clean;

/// Writes the failure to standard error. A closed standard error is nobody's concern any more.
pub fn tell(failure: &Failure, format: Format) {
    let text = match format {
        Format::Table | Format::Csv => paragraph(failure),
        Format::Json | Format::Ndjson => format!("{}\n", failure.to_json()),
    };
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}

/// The paragraph: what happened, where, whether anything was changed, what next.
pub fn paragraph(failure: &Failure) -> String {
    let mut text = format!("dsr: {}\n", clean(&failure.message));
    let mut line = |label: &str, value: &str| {
        text.push_str(&format!("  {label:<12} {}\n", clean(value)));
    };
    if let Some(system) = &failure.system {
        line("system", system);
        line("changed", failure.changed.sentence());
    }
    if let Some(next) = &failure.next {
        line("next", next);
    }
    if let Some(code) = &failure.code {
        line("code", code);
    }
    if let Some(id) = &failure.correlation_id {
        line("correlation", id);
    }
    text
}

/// What clap has to say: help and version are results, everything else is a usage failure.
pub fn tell_clap(error: &clap::Error, format: Format) -> Exit {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            let _ = error.print();
            Exit::OK
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            if matches!(format, Format::Json | Format::Ndjson) {
                tell(&usage_failure(error), format);
            } else {
                let _ = error.print();
            }
            Exit(2)
        }
        _ => {
            if matches!(format, Format::Json | Format::Ndjson) {
                tell(&usage_failure(error), format);
            } else {
                let text = without_values(error, error.render().to_string());
                let _ = std::io::stderr().lock().write_all(text.as_bytes());
            }
            Exit(2)
        }
    }
}

fn usage_failure(error: &clap::Error) -> Failure {
    let text = without_values(error, error.render().to_string());
    let message = text
        .lines()
        .map(|line| line.trim().trim_start_matches("error: "))
        .take_while(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join(" ");
    let message = if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        "The command is not complete.".to_owned()
    } else {
        clean(&message)
    };
    Failure::new(FailureKind::Usage, message).next("See the command's --help.")
}

/// Takes values out of a usage error: a stray word on the command line can be an identifier or a
/// password, and standard error often ends in a log.
fn without_values(error: &clap::Error, text: String) -> String {
    let value = match error.kind() {
        ErrorKind::UnknownArgument => ContextKind::InvalidArg,
        ErrorKind::InvalidSubcommand => ContextKind::InvalidSubcommand,
        _ => ContextKind::InvalidValue,
    };
    match error.get(value) {
        Some(ContextValue::String(given)) if !given.is_empty() && !is_plain_word(given) => {
            text.replace(given.as_str(), "…")
        }
        _ => text,
    }
}

/// A word that can be repeated: an option's name or a lower-case word such as a misspelt verb.
fn is_plain_word(given: &str) -> bool {
    let name = given.trim_start_matches('-');
    name.len() <= 20
        && name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c == '-' || c == '_')
}

/// The output format asked for on a command line that could not be parsed.
pub fn format_of(arguments: &[std::ffi::OsString]) -> Format {
    let mut words = arguments.iter().filter_map(|word| word.to_str());
    while let Some(word) = words.next() {
        let value = match word {
            "--output" => words.next(),
            _ => word.strip_prefix("--output="),
        };
        match value {
            Some("json") => return Format::Json,
            Some("ndjson") => return Format::Ndjson,
            Some("csv") => return Format::Csv,
            _ => {}
        }
    }
    Format::Table
}
