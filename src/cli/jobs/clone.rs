//! `dsr jobs clone`: reads a job and creates one like it. The service's own clone is not published,
//! so what is sent is a new job in full, as the preview shows it.

use super::create;
use super::fields::FieldArgs;
use crate::cli::{Context, Exit};
use crate::domain::export::NewJob;
use crate::domain::failure::Failure;
use crate::workflow::exports::jobs;

/// `jobs clone`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Every field that is not named is taken from the job. Exit codes as of jobs create.")]
pub struct CloneArgs {
    /// Id of the job, its title, or a beginning of the id of at least 6 characters
    #[arg(value_name = "ID")]
    pub id: String,
    /// Another title (@FILE or - reads it from elsewhere)
    #[arg(long, value_name = "TITLE")]
    pub title: Option<String>,
    /// The other fields.
    #[command(flatten)]
    pub fields: FieldArgs,
    /// Create it although an equal creation is under way or of unknown outcome
    #[arg(long)]
    pub again: bool,
    /// Say what would be sent, and send nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Do not ask
    #[arg(long)]
    pub yes: bool,
}

/// Runs it.
///
/// # Errors
/// An unknown id, and as `jobs create`.
pub async fn run(ctx: &Context, args: CloneArgs) -> Result<Exit, Failure> {
    if !args.dry_run {
        ctx.before_change(args.yes)?;
    }
    let world = ctx.world().await?;
    let mut base = NewJob::clone_of(&jobs::show(&world, &args.id).await?);
    if let Some(title) = &args.title {
        base.title = ctx.values.one("--title", title)?;
    }
    let job = args.fields.over(ctx, &world, base)?;
    create::make(ctx, &world, job, (args.again, args.dry_run, args.yes)).await
}
