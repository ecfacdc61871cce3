//! `dsr requests show`.

use super::detail::{DetailDocument, facts};
use crate::cli::output::value;
use crate::cli::{Context, Exit};
use crate::domain::failure::Failure;
use crate::workflow::{access, queue};

/// `requests show`.
#[derive(Debug, clap::Args)]
pub struct ShowArgs {
    /// Request or operation id, or an unambiguous beginning of at least 6 characters
    #[arg(value_name = "ID")]
    pub id: String,
    /// Do not ask the organisation; tell what the store knows
    #[arg(long)]
    pub stored: bool,
}

/// Runs it.
///
/// # Errors
/// An id that is not known or not unambiguous, and whatever reading fails with.
pub async fn run(ctx: &Context, args: ShowArgs) -> Result<Exit, Failure> {
    let world = ctx.world().await?;
    if ctx.global.reveal {
        access::record_reveal(&world, "requests show").await?;
    }
    let detail = queue::detail(&world, &args.id, !args.stored).await?;
    let document = DetailDocument::of(&detail, &world.organization);
    ctx.out
        .object(&value(&document), &facts(&detail, &world.settings.time_zone))?;
    Ok(Exit::OK)
}
