//! `dsr jobs`: export jobs of the Cloud Data Download Service.

use super::{Context, Exit};
use crate::domain::failure::Failure;

pub mod clone;
pub mod create;
pub mod delete;
pub mod fields;
pub mod item;
pub mod list;
pub mod show;

/// The verbs.
#[derive(Debug, clap::Subcommand)]
pub enum Args {
    /// List export jobs with their status
    List(list::ListArgs),
    /// Show one job: its fields, its history, its files
    Show(show::ShowArgs),
    /// Create an export job
    Create(create::CreateArgs),
    /// Create a job like another one
    Clone(clone::CloneArgs),
    /// Delete a job; files that it left stay until their time
    Delete(delete::DeleteArgs),
}

/// Runs a verb.
///
/// # Errors
/// Whatever its workflow fails with.
pub async fn run(ctx: &Context, args: Args) -> Result<Exit, Failure> {
    match args {
        Args::List(args) => list::run(ctx, args).await,
        Args::Show(args) => show::run(ctx, args).await,
        Args::Create(args) => create::run(ctx, args).await,
        Args::Clone(args) => clone::run(ctx, args).await,
        Args::Delete(args) => delete::run(ctx, args).await,
    }
}
