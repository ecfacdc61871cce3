//! The tables of keys and commands, and their places in the README.

use clap::CommandFactory;

use crate::cli::Cli;
use crate::domain::failure::{Failure, FailureKind};
use crate::keymap;

/// `readme` with its tables made anew, each between its two markers.
///
/// # Errors
/// When a marker is missing, with its name.
pub fn updated(readme: &str) -> Result<String, Failure> {
    let keys = keymap::tables().map_err(|error| {
        Failure::new(
            FailureKind::Internal,
            format!("The shipped keys are broken: {error}."),
        )
    })?;
    let readme = replaced(readme, "keys", &keys)?;
    replaced(&readme, "commands", &commands())
}

/// The text with what stands between `<!-- NAME -->` and `<!-- /NAME -->` replaced.
fn replaced(text: &str, name: &str, content: &str) -> Result<String, Failure> {
    let (open, close) = (format!("<!-- {name} -->"), format!("<!-- /{name} -->"));
    let missing = |marker: &str| {
        Failure::new(
            FailureKind::NotFound,
            format!("The README has no {marker} in its place."),
        )
    };
    let (before, rest) = text.split_once(&open).ok_or_else(|| missing(&open))?;
    let (_, after) = rest.split_once(&close).ok_or_else(|| missing(&close))?;
    Ok(format!("{before}{open}\n{}\n{close}{after}", content.trim()))
}

/// All commands with what they do and take.
fn commands() -> String {
    let mut out = String::from("| command | what | options |\n|---|---|---|\n");
    for command in Cli::command().get_subcommands() {
        rows("dsr", command, &mut out);
    }
    out
}

fn rows(above: &str, command: &clap::Command, out: &mut String) {
    if command.is_hide_set() {
        return;
    }
    let name = format!("{above} {}", command.get_name());
    if command.has_subcommands() {
        for verb in command.get_subcommands() {
            rows(&name, verb, out);
        }
        if command.is_subcommand_required_set() {
            return;
        }
    }
    let places: String = command
        .get_positionals()
        .map(|place| format!(" {place}"))
        .collect();
    let options: Vec<String> = command
        .get_arguments()
        .filter(|argument| !argument.is_positional() && !argument.is_hide_set() && !argument.is_global_set())
        .filter_map(|argument| argument.get_long().filter(|long| *long != "help"))
        .map(|long| format!("`--{long}`"))
        .collect();
    let about = command.get_about().map(ToString::to_string).unwrap_or_default();
    out.push_str(&format!(
        "| `{}` | {} | {} |\n",
        cell(&format!("{name}{places}")),
        cell(&about),
        options.join(" ")
    ));
}

/// Text that cannot end its cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}
