//! `dsr jobs delete`.

use serde_json::json;

use crate::cli::{Context, Exit, Fact};
use crate::domain::failure::Failure;
use crate::workflow::exports::jobs;

/// `jobs delete`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Files that the job left stay until their 30 days are over; delete them with: dsr artifacts \
delete.\n\nExit codes: 0 deleted; 1 refused or not found; 4 access denied; 6 the outcome is not known."
)]
pub struct DeleteArgs {
    /// Id of the job, its title, or a beginning of the id of at least 6 characters
    #[arg(value_name = "ID")]
    pub id: String,
    /// Say what would be deleted, and delete nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Do not ask
    #[arg(long)]
    pub yes: bool,
}

/// Runs it.
///
/// # Errors
/// An unknown id, refusals, an unknown outcome.
pub async fn run(ctx: &Context, args: DeleteArgs) -> Result<Exit, Failure> {
    if !args.dry_run {
        ctx.before_change(args.yes)?;
    }
    let world = ctx.world().await?;
    let job = jobs::show(&world, &args.id).await?;
    let document = |deleted: bool| json!({ "id": job.id, "title": job.title, "deleted": deleted });
    if args.dry_run {
        ctx.out.object(
            &document(false),
            &[Fact::new(
                "would be deleted",
                format!("{} ({})", job.title, job.id),
            )],
        )?;
        return Ok(Exit::OK);
    }
    let more = if job.schedule.is_some() {
        " It will not run again."
    } else {
        ""
    };
    let question = format!(
        "Delete the export job {} ({}) at the service?{more} Its files stay until their time.",
        job.title, job.id
    );
    ctx.confirm(&question, args.yes).await?;
    jobs::delete(&world, &job).await?;
    ctx.out.object(
        &document(true),
        &[Fact::new("deleted", format!("{} ({})", job.title, job.id))],
    )?;
    Ok(Exit::OK)
}
