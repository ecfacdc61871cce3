//! `dsr jobs list`.

use super::item;
use crate::cli::options::Format;
use crate::cli::output::value;
use crate::cli::requests::item::short_ids;
use crate::cli::requests::when;
use crate::cli::{Context, Exit, List};
use crate::domain::export::{Job, JobPhase};
use crate::domain::failure::Failure;
use crate::workflow::exports::{certificate, jobs};

/// `jobs list`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Exit codes: 0 the list is whole; 4 access denied; 6 part of it could not be read.")]
pub struct ListArgs {
    /// Only this status, in the service's words or as running, done, failed, scheduled (repeatable)
    #[arg(long, value_name = "S")]
    pub status: Vec<String>,
    /// Only this type: Interaction, Contact (repeatable)
    #[arg(long = "type", value_name = "T")]
    pub types: Vec<String>,
}

/// Runs it.
///
/// # Errors
/// As every read of the service.
pub async fn run(ctx: &Context, args: ListArgs) -> Result<Exit, Failure> {
    let world = ctx.world().await?;
    let read = jobs::list(&world, &ctx.listener()).await?;
    let kept: Vec<&Job> = read.jobs.iter().filter(|job| keeps(job, &args)).collect();
    let ids: Vec<&str> = kept.iter().map(|job| job.id.as_str()).collect();
    let zone = &world.settings.time_zone;
    let mut list = List {
        columns: item::columns(),
        rows: kept
            .iter()
            .zip(short_ids(&ids))
            .map(|(job, id)| item::cells(job, id, zone))
            .collect(),
        items: kept.iter().map(|job| item::item(job)).collect(),
        complete: read.complete,
        notes: read.notes.clone(),
        csv: vec!["id", "title", "source", "type", "status", "started_at"],
        empty: "No export job fits.".to_owned(),
        ..List::default()
    };
    list.more.insert("read_at".to_owned(), value(&read.read_at));
    ctx.out.list(Some(&world.organization), &list)?;
    if ctx.out.format() == Format::Table {
        if !kept.is_empty() {
            let zone = when::zone_note(world.clock.now(), zone);
            ctx.out
                .note(&format!("{} of {} jobs. {zone}", kept.len(), read.jobs.len()));
        }
        // Whoever looks at failed jobs wants to know of the certificate; the list stands without it.
        if let Ok(state) = certificate::state(&world).await
            && state.demand().is_err()
        {
            ctx.out.note(&state.words());
        }
    }
    Ok(Exit::complete(list.complete))
}

fn keeps(job: &Job, args: &ListArgs) -> bool {
    let phase = match job.phase() {
        JobPhase::Scheduled => "scheduled",
        JobPhase::Running => "running",
        JobPhase::Done => "done",
        JobPhase::Failed => "failed",
        JobPhase::Other => "",
    };
    let status = args
        .status
        .iter()
        .any(|wanted| wanted.eq_ignore_ascii_case(&job.status) || wanted.eq_ignore_ascii_case(phase));
    let kind = job.kind.as_deref().unwrap_or_default();
    (args.status.is_empty() || status)
        && (args.types.is_empty() || args.types.iter().any(|wanted| wanted.eq_ignore_ascii_case(kind)))
}
