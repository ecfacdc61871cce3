//! `dsr jobs show`.

use super::item;
use crate::cli::output::value;
use crate::cli::{Context, Exit};
use crate::domain::failure::Failure;
use crate::workflow::exports::jobs;

/// `jobs show`.
#[derive(Debug, clap::Args)]
pub struct ShowArgs {
    /// Id of the job, its title, or a beginning of the id of at least 6 characters
    #[arg(value_name = "ID")]
    pub id: String,
}

/// Runs it.
///
/// # Errors
/// An unknown id, and as every read of the service.
pub async fn run(ctx: &Context, args: ShowArgs) -> Result<Exit, Failure> {
    let world = ctx.world().await?;
    let job = jobs::show(&world, &args.id).await?;
    ctx.out
        .object(&value(&job), &item::facts(&job, &world.settings.time_zone))?;
    Ok(Exit::OK)
}
