//! `dsr completions SHELL`: generated from the same definition as the parser.

use clap::CommandFactory;
use clap_complete::Shell;

use super::{Cli, Context, Exit};
use crate::domain::failure::Failure;

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The shell
    #[arg(value_enum)]
    pub shell: Shell,
}

/// Prints the script.
///
/// # Errors
/// When standard output cannot be written.
pub fn run(ctx: &Context, args: &Args) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut offered(), "dsr", &mut script);
    ctx.out.text(&String::from_utf8_lossy(&script))?;
    Ok(Exit::OK)
}

/// The command line without what is hidden: the generators would offer it.
fn offered() -> clap::Command {
    let whole = Cli::command();
    let shown: Vec<clap::Command> = whole
        .get_subcommands()
        .filter(|command| !command.is_hide_set())
        .cloned()
        .collect();
    clap::Command::new("dsr")
        .version(super::version())
        .long_about(whole.get_long_about().cloned().unwrap_or_default())
        .args(whole.get_arguments().cloned().collect::<Vec<_>>())
        .subcommands(shown)
}
