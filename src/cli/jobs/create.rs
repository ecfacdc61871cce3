//! `dsr jobs create`.

use serde_json::json;

use super::fields::FieldArgs;
use super::item;
use crate::cli::options::Format;
use crate::cli::{Context, Exit, Fact};
use crate::domain::export::NewJob;
use crate::domain::failure::Failure;
use crate::store::UnknownChange;
use crate::workflow::World;
use crate::workflow::exports::jobs::{self, JobPlan};

/// `jobs create`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Refused without a valid encryption certificate. Schedules are in UTC, without daylight saving.\n\n\
Exit codes: 0 created; 1 refused; 4 access denied; 6 the outcome is not known."
)]
pub struct CreateArgs {
    /// Title (@FILE or - reads it from elsewhere)
    #[arg(long, value_name = "TITLE")]
    pub title: String,
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
/// Fields that cannot be, no valid certificate, refusals.
pub async fn run(ctx: &Context, args: CreateArgs) -> Result<Exit, Failure> {
    if !args.dry_run {
        ctx.before_change(args.yes)?;
    }
    let world = ctx.world().await?;
    let base = NewJob {
        title: ctx.values.one("--title", &args.title)?,
        description: None,
        source: String::new(),
        kind: String::new(),
        schedule: None,
        time_frame: None,
        split_bytes: None,
    };
    let job = args.fields.over(ctx, &world, base)?;
    make(ctx, &world, job, (args.again, args.dry_run, args.yes)).await
}

/// Plans, shows, asks and creates; for `create` and `clone`. The three are `--again`, `--dry-run` and
/// `--yes`.
///
/// # Errors
/// As [`run`].
pub async fn make(
    ctx: &Context,
    world: &World,
    job: NewJob,
    (again, dry_run, yes): (bool, bool, bool),
) -> Result<Exit, Failure> {
    let mut plan = jobs::plan(world, job).await?;
    plan.again = again;
    let facts = sheet(&plan, world);
    if dry_run {
        ctx.out.object(&document(&plan), &facts)?;
        return Ok(Exit::OK);
    }
    if ctx.out.format() == Format::Table {
        ctx.out.tell(&crate::cli::table::facts(&facts, ctx.out.drawing()));
    }
    for note in &plan.notes {
        ctx.out.note(note);
    }
    plan.refuse_equal(world).await?;
    ctx.confirm(&format!("Create the export job {}?", plan.job.title), yes)
        .await?;
    let made = jobs::create(world, &plan).await?;
    let zone = &world.settings.time_zone;
    ctx.out.object(
        &item::item(&made),
        &[
            Fact::new("created", &made.id),
            Fact::new("status", item::status(&made)),
            Fact::new(
                "run",
                item::run_words(made.schedule, made.next_run_at.or(plan.first_run), zone),
            ),
        ],
    )?;
    Ok(Exit::OK)
}

fn document(plan: &JobPlan) -> serde_json::Value {
    let (method, path, body) = &plan.call;
    let body: serde_json::Value = serde_json::from_str(body).unwrap_or_default();
    json!({
        "dry_run": true,
        "job": plan.job,
        "call": { "method": method, "path": path, "body": body },
        "first_run_at": plan.first_run.map(|at| at.to_string()),
        "certificate": plan.certificate,
        "notes": plan.notes,
        "equal": ids(&plan.equal),
    })
}

/// Ids of changes, for a document.
pub fn ids(changes: &[UnknownChange]) -> Vec<&str> {
    changes.iter().map(|change| change.id.as_str()).collect()
}

fn sheet(plan: &JobPlan, world: &World) -> Vec<Fact> {
    let job = &plan.job;
    let mut facts = vec![Fact::new("title", &job.title)];
    facts.extend(
        job.description
            .as_ref()
            .map(|text| Fact::new("description", text)),
    );
    facts.extend([
        Fact::new("source", &job.source),
        Fact::new("type", &job.kind),
        Fact::new(
            "run",
            item::run_words(job.schedule, plan.first_run, &world.settings.time_zone),
        ),
        Fact::new(
            "time frame",
            match job.time_frame {
                Some(frame) => format!("{} to {} (UTC)", frame.from, frame.to),
                None => "everything".to_owned(),
            },
        ),
        Fact::new(
            "split",
            match job.split_bytes {
                Some(bytes) => format!("into files of at most {bytes} bytes"),
                None => "one file".to_owned(),
            },
        ),
        Fact::new("encryption", &plan.certificate),
        Fact::new("call", format!("{} {}", plan.call.0, plan.call.1)),
    ]);
    facts
}
