//! `dsr requests`: the queue and everything that is done with it.

use super::{Context, Exit};
use crate::domain::failure::Failure;

pub mod batch;
pub mod batch_list;
pub mod choose;
mod confirming;
pub mod detail;
pub mod download;
pub mod item;
pub mod list;
pub mod outcome;
pub mod preview;
pub mod reconcile;
pub mod show;
pub mod subject_file;
pub mod submit;
pub mod terms;
pub mod waiting;
pub mod watch;
pub mod when;

/// The verbs.
#[derive(Debug, clap::Subcommand)]
pub enum Args {
    /// List the organisation's requests together with our own operations
    List(list::ListArgs),
    /// Show one request: what is known of it, and what happened when
    Show(show::ShowArgs),
    /// Submit one request for one person, or many from a file
    Submit(Box<submit::SubmitArgs>),
    /// Follow requests: one line for every change that is seen
    Watch(watch::WatchArgs),
    /// Download the results of an export
    Download(download::DownloadArgs),
    /// Settle unknown outcomes by looking, or by an operator's decision
    Reconcile(reconcile::ReconcileArgs),
    /// Give up an operation that waits and was not sent
    Withdraw(waiting::WithdrawArgs),
    /// Send an operation that waited for an export, now that the export is here and checked
    Release(waiting::ReleaseArgs),
}

/// Runs a verb.
///
/// # Errors
/// Whatever its workflow fails with.
pub async fn run(ctx: &Context, args: Args) -> Result<Exit, Failure> {
    match args {
        Args::List(args) => list::run(ctx, args).await,
        Args::Show(args) => show::run(ctx, args).await,
        Args::Submit(args) => submit::run(ctx, *args).await,
        Args::Watch(args) => watch::run(ctx, args).await,
        Args::Download(args) => download::run(ctx, args).await,
        Args::Reconcile(args) => reconcile::run(ctx, args).await,
        Args::Withdraw(args) => waiting::withdraw(ctx, args).await,
        Args::Release(args) => waiting::release(ctx, args).await,
    }
}
