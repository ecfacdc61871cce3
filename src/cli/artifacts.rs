//! `dsr artifacts`: the encrypted files that exports leave at the service.

use super::{Context, Exit};
use crate::domain::failure::Failure;

pub mod delete;
pub mod download;
pub mod item;
pub mod list;

/// The verbs.
#[derive(Debug, clap::Subcommand)]
pub enum Args {
    /// List the files that the service keeps, with their remaining days
    List(list::ListArgs),
    /// Download files, still encrypted
    Download(download::DownloadArgs),
    /// Delete files at the service
    Delete(delete::DeleteArgs),
}

/// Runs a verb.
///
/// # Errors
/// Whatever its workflow fails with.
pub async fn run(ctx: &Context, args: Args) -> Result<Exit, Failure> {
    match args {
        Args::List(args) => list::run(ctx, args).await,
        Args::Download(args) => download::run(ctx, args).await,
        Args::Delete(args) => delete::run(ctx, args).await,
    }
}
