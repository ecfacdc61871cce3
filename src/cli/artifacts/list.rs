//! `dsr artifacts list`.

use jiff::SignedDuration;

use super::item;
use crate::cli::options::Format;
use crate::cli::output::value;
use crate::cli::requests::item::short_ids;
use crate::cli::requests::when;
use crate::cli::{Context, Exit, List};
use crate::domain::failure::Failure;
use crate::workflow::cases;
use crate::workflow::exports::artifacts::{self, Entry};
use crate::workflow::exports::{coverage, jobs};

/// `artifacts list`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "What expires first stands first. The service deletes files after 30 days.\n\n\
Exit codes: 0 the list is whole; 4 access denied; 6 part of it could not be read."
)]
pub struct ListArgs {
    /// Only files that are deleted within this time, for example 3d
    #[arg(long, value_name = "SPAN", value_parser = when::span)]
    pub expiring: Option<std::time::Duration>,
    /// Only files of this job: its id, title, or a beginning of the id
    #[arg(long, value_name = "ID")]
    pub job: Option<String>,
    /// Only files that are not here yet
    #[arg(long)]
    pub missing: bool,
    /// The case it is for: its coverage takes what the whole list says
    #[arg(long, value_name = "CASE")]
    pub case: Option<String>,
}

/// Runs it.
///
/// # Errors
/// An unknown job, and as every read of the service.
pub async fn run(ctx: &Context, args: ListArgs) -> Result<Exit, Failure> {
    let world = ctx.world().await?;
    let read = artifacts::list(&world, &ctx.listener()).await?;
    if let Some(handle) = &args.case {
        let case = cases::show(&world, handle).await?.case;
        coverage::listed(&world, &case, &read).await?;
    }
    let job = match &args.job {
        Some(wanted) => Some(jobs::show(&world, wanted).await?.id),
        None => None,
    };
    let mut kept: Vec<&Entry> = match args.expiring {
        Some(span) => read.expiring(SignedDuration::try_from(span).unwrap_or(SignedDuration::MAX)),
        None => read.entries.iter().collect(),
    };
    kept.retain(|entry| job.is_none() || entry.artifact.job_id == job);
    kept.retain(|entry| !args.missing || entry.here.is_none());
    let ids: Vec<&str> = kept.iter().map(|entry| entry.artifact.id.as_str()).collect();
    let zone = &world.settings.time_zone;
    let mut list = List {
        columns: item::columns(),
        rows: kept
            .iter()
            .zip(short_ids(&ids))
            .map(|(entry, id)| item::cells(entry, id, zone))
            .collect(),
        items: kept.iter().map(|entry| item::item(entry)).collect(),
        complete: read.complete,
        notes: read.notes.clone(),
        csv: vec![
            "id",
            "job_id",
            "name",
            "type",
            "created_at",
            "remaining_days",
            "recipient_serial",
        ],
        empty: "No file fits.".to_owned(),
        ..List::default()
    };
    list.more.insert("read_at".to_owned(), value(&read.read_at));
    ctx.out.list(Some(&world.organization), &list)?;
    if ctx.out.format() == Format::Table && !kept.is_empty() {
        let zone = when::zone_note(world.clock.now(), zone);
        ctx.out
            .note(&format!("{} of {} files. {zone}", kept.len(), read.entries.len()));
        let lost = read
            .entries
            .iter()
            .filter(|entry| entry.artifact.is_expiring() && entry.here.is_none());
        let count = lost.count();
        if count > 0 {
            let files = match count {
                1 => "1 file is deleted within 5 days and is not here. Fetch it".to_owned(),
                _ => format!("{count} files are deleted within 5 days and are not here. Fetch them"),
            };
            ctx.out
                .note(&format!("{files}: dsr artifacts download --expiring 5d"));
        }
    }
    Ok(Exit::complete(list.complete))
}
