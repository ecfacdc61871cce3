//! The options that every command takes, before or after the verb.

use std::path::PathBuf;

use clap::{ArgAction, Args, ValueEnum};

/// How results are written to standard output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people; fits the terminal, identifiers masked.
    #[default]
    Table,
    /// One JSON document.
    Json,
    /// One JSON object a line.
    Ndjson,
    /// For spreadsheets; safe from formulas.
    Csv,
}

/// When colours are used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ColorWhen {
    /// On a terminal, unless NO_COLOR is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Global options.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// Profile to work with
    #[arg(long, global = true, value_name = "NAME")]
    pub profile: Option<String>,
    /// Work in the simulated estate
    #[arg(long, global = true, conflicts_with = "live")]
    pub simulate: bool,
    /// Work in the live organisation
    #[arg(long, global = true)]
    pub live: bool,
    /// Simulated estate: a built-in scenario or a scenario file
    #[arg(long, global = true, value_name = "NAME|FILE")]
    pub scenario: Option<String>,
    /// Form of the result
    #[arg(
        long,
        global = true,
        value_enum,
        default_value_t,
        hide_possible_values = true,
        value_name = "table|json|ndjson|csv"
    )]
    pub output: Format,
    /// Colours
    #[arg(
        long,
        global = true,
        value_enum,
        default_value_t,
        hide_possible_values = true,
        value_name = "auto|always|never"
    )]
    pub color: ColorWhen,
    /// Use ASCII symbols only
    #[arg(long, global = true)]
    pub ascii: bool,
    /// Show identifiers in full
    #[arg(long, global = true)]
    pub reveal: bool,
    /// Configuration file
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Never ask; what needs an answer fails
    #[arg(long, global = true)]
    pub no_input: bool,
    /// More detail in the log file (-vv for more still)
    #[arg(short = 'v', long = "verbose", global = true, action = ArgAction::Count)]
    pub verbose: u8,
}
