//! `dsr subjects`: finding a person.

use super::{Context, Exit};
use crate::domain::failure::Failure;

pub mod identifiers;
pub mod item;
pub mod search;

/// The verbs.
#[derive(Debug, clap::Subcommand)]
pub enum Args {
    /// Find a person by what is known of them: one row a person, with what matched
    Search(search::SearchArgs),
}

/// Runs a verb.
///
/// # Errors
/// Whatever its workflow fails with.
pub async fn run(ctx: &Context, args: Args) -> Result<Exit, Failure> {
    match args {
        Args::Search(args) => search::run(ctx, args).await,
    }
}
