//! `dsr artifacts download`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::cli::options::Format;
use crate::cli::requests::when;
use crate::cli::table::facts;
use crate::cli::{Context, Exit, Fact, List};
use crate::domain::export::Artifact;
use crate::domain::failure::{Failure, FailureKind};
use crate::workflow::exports::download::{self, Fetched, MOST_PARALLEL, PARALLEL};
use crate::workflow::exports::{artifacts, jobs};

/// What every download says: the copy is outside the service now.
const RESPONSIBILITY: &str = "These files hold personal data and are the operator's responsibility now: keep them only \
as long as they are needed, and remove them.";

/// `artifacts download`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Files stay encrypted; open them with: dsr decrypt FILE... What is already here is not fetched again; \
an interrupted download goes on where it stopped. A split export needs all its parts.\n\n\
Exit codes: 0 all files are here; 1 none came; 5 not reachable; 6 only part of them came."
)]
pub struct DownloadArgs {
    /// Ids of files, their names, or beginnings of ids of at least 6 characters
    #[arg(value_name = "ID", required_unless_present_any = ["job", "expiring"])]
    pub ids: Vec<String>,
    /// All files of this job
    #[arg(long, value_name = "ID", conflicts_with = "ids")]
    pub job: Option<String>,
    /// All files that are deleted within this time, for example 3d
    #[arg(long, value_name = "SPAN", value_parser = when::span, conflicts_with = "ids")]
    pub expiring: Option<std::time::Duration>,
    /// Directory to put the files into
    #[arg(long, value_name = "DIR")]
    pub to: Option<PathBuf>,
    /// Downloads at the same time, 8 at most
    #[arg(long, value_name = "N", default_value_t = PARALLEL, value_parser = parallel)]
    pub parallel: usize,
}

fn parallel(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(number @ 1..=MOST_PARALLEL) => Ok(number),
        _ => Err(format!("a number from 1 to {MOST_PARALLEL}")),
    }
}

/// Runs it.
///
/// # Errors
/// Unknown ids, more than 100 files, no room; the first failure when nothing came.
pub async fn run(ctx: &Context, args: DownloadArgs) -> Result<Exit, Failure> {
    let world = ctx.world().await?;
    let read = artifacts::list(&world, &crate::domain::progress::Listener::none()).await?;
    let mut wanted: Vec<Artifact> = if args.ids.is_empty() {
        let mut kept: Vec<_> = match args.expiring {
            Some(span) => read.expiring(SignedDuration::try_from(span).unwrap_or(SignedDuration::MAX)),
            None => read.entries.iter().collect(),
        };
        if let Some(job) = &args.job {
            let id = jobs::show(&world, job).await?.id;
            kept.retain(|entry| entry.artifact.job_id.as_deref() == Some(&id));
        }
        kept.iter().map(|entry| entry.artifact.clone()).collect()
    } else {
        read.select(&args.ids)?
            .iter()
            .map(|entry| entry.artifact.clone())
            .collect()
    };
    wanted.sort_by_key(|artifact| artifact.remaining_days.unwrap_or(i64::MAX));
    let fetched = download::fetch(
        &world,
        wanted,
        args.to,
        args.parallel,
        &ctx.listener(),
        &ctx.cancel,
    )
    .await?;
    let parts = parts_here(
        &artifacts::list(&world, &crate::domain::progress::Listener::none())
            .await
            .ok(),
        &fetched,
    );
    tell(ctx, &world.organization, &fetched, &parts, read.complete)?;
    let failures: Vec<&Failure> = fetched
        .iter()
        .filter_map(|one| one.result.as_ref().err())
        .collect();
    if let Some(interrupted) = failures
        .iter()
        .find(|failure| failure.kind == FailureKind::Interrupted)
    {
        return Err((*interrupted).clone());
    }
    match (failures.first(), failures.len() == fetched.len()) {
        (None, _) => Ok(Exit::complete(read.complete)),
        (Some(first), true) => Err((*first).clone()),
        (Some(_), false) => Ok(Exit::INCOMPLETE),
    }
}

/// How many parts of each split export are here now, by the id of a file of it.
fn parts_here(read: &Option<artifacts::Artifacts>, fetched: &[Fetched]) -> BTreeMap<String, (u32, u32)> {
    let entries = read.iter().flat_map(|read| &read.entries);
    let here = |id: &str| fetched.iter().any(|one| one.artifact.id == id);
    entries
        .filter(|entry| here(&entry.artifact.id))
        .filter_map(|entry| Some((entry.artifact.id.clone(), entry.parts_here?)))
        .collect()
}

fn tell(
    ctx: &Context,
    organization: &str,
    fetched: &[Fetched],
    parts: &BTreeMap<String, (u32, u32)>,
    complete: bool,
) -> Result<(), Failure> {
    let mut notes = vec![RESPONSIBILITY.to_owned()];
    let mut said = std::collections::BTreeSet::new();
    for one in fetched {
        if let (Some(whole), Some((here, count))) = (one.artifact.whole(), parts.get(&one.artifact.id))
            && here < count
            && said.insert(whole)
        {
            notes.push(format!(
                "{here} of {count} parts of {} are here; all of them are needed to open the export.",
                one.artifact.name
            ));
        }
    }
    for one in fetched {
        if let Err(failure) = &one.result {
            notes.push(format!("{}: {}", one.artifact.name, failure.message));
        }
    }
    let here = fetched.iter().filter(|one| one.result.is_ok()).count();
    let list = List {
        items: fetched.iter().map(|one| item(one, parts)).collect(),
        complete: complete && here == fetched.len(),
        notes,
        csv: vec![
            "id",
            "job_id",
            "name",
            "path",
            "bytes",
            "sha256",
            "resumed",
            "already_here",
            "error",
        ],
        empty: match here {
            0 => "No file is here.".to_owned(),
            1 => "1 file here, encrypted:".to_owned(),
            several => format!("{several} files here, encrypted:"),
        },
        ..List::default()
    };
    ctx.out.list(Some(organization), &list)?;
    if ctx.out.format() == Format::Table {
        for one in fetched {
            let Ok(file) = &one.result else { continue };
            let mut sheet = vec![
                Fact::new("path", file.path.display().to_string()),
                Fact::new("bytes", file.bytes.to_string()),
                Fact::new("sha256", &file.sha256),
            ];
            if let Some((here, count)) = parts.get(&one.artifact.id) {
                sheet.push(Fact::new("parts", format!("{here} of {count} parts here")));
            }
            ctx.out.text(&format!("\n{}", facts(&sheet, ctx.out.drawing())))?;
        }
    }
    Ok(())
}

fn item(one: &Fetched, parts: &BTreeMap<String, (u32, u32)>) -> Value {
    let file = one.result.as_ref().ok();
    let numbers = one.artifact.part_numbers();
    let counted = parts.get(&one.artifact.id);
    json!({
        "id": one.artifact.id,
        "job_id": one.artifact.job_id,
        "name": one.artifact.name,
        "path": file.map(|file| &file.path),
        "bytes": file.map(|file| file.bytes),
        "sha256": file.map(|file| &file.sha256),
        "resumed": file.is_some_and(|file| file.resumed),
        "already_here": file.is_some_and(|file| file.already),
        "recipient_serial": one.artifact.recipient_serial,
        "part": numbers.map(|(part, _)| part),
        "parts": counted.map(|(_, count)| count).or(numbers.and_then(|(_, parts)| parts).as_ref()),
        "parts_here": counted.map(|(here, _)| here),
        "error": one.result.as_ref().err().map(|failure| &failure.message),
    })
}
