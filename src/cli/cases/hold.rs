//! `dsr cases hold`: reasons why a person's data must not be erased now.

use serde_json::json;

use super::{before_writing, text};
use crate::cli::output::{List, value};
use crate::cli::requests::when;
use crate::cli::subjects::identifiers::IdentifierArgs;
use crate::cli::{Column, Context, Exit, Fact};
use crate::domain::case::hold::Hold;
use crate::domain::failure::{Failure, FailureKind};
use crate::workflow::access;
use crate::workflow::cases::holds;

/// Verbs.
#[derive(Debug, clap::Subcommand)]
pub enum Args {
    /// Set a hold on the person of a case, or on a person known by identifiers
    Add(AddArgs),
    /// List holds
    List(ListArgs),
    /// Lift a hold
    Lift(LiftArgs),
}

/// `cases hold add`.
#[derive(clap::Args)]
pub struct AddArgs {
    /// The case whose person it protects
    #[arg(long, value_name = "CASE")]
    pub case: Option<String>,
    /// Why the data must be kept
    #[arg(long, value_name = "TEXT|@FILE|-")]
    pub reason: String,
    /// Last day on which it holds; until it is lifted when nothing is said
    #[arg(long, value_name = "DAY")]
    pub until: Option<String>,
    /// Who.
    #[command(flatten)]
    pub who: IdentifierArgs,
}

impl std::fmt::Debug for AddArgs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AddArgs")
            .field("case", &self.case)
            .field("who", &self.who)
            .finish_non_exhaustive()
    }
}

/// `cases hold list`.
#[derive(Debug, clap::Args)]
pub struct ListArgs {
    /// Those too that were lifted or have run out
    #[arg(long)]
    pub all: bool,
}

/// `cases hold lift`.
#[derive(Debug, clap::Args)]
pub struct LiftArgs {
    /// Id of the hold (H-3)
    #[arg(value_name = "HOLD")]
    pub hold: String,
    /// Why it no longer stands
    #[arg(long, value_name = "TEXT|@FILE|-")]
    pub reason: String,
}

/// Runs a verb.
///
/// # Errors
/// Whatever the search or the store fails with.
pub async fn run(ctx: &Context, args: Args) -> Result<Exit, Failure> {
    match args {
        Args::Add(args) => add(ctx, args).await,
        Args::List(args) => list(ctx, &args).await,
        Args::Lift(args) => lift(ctx, args).await,
    }
}

async fn add(ctx: &Context, args: AddArgs) -> Result<Exit, Failure> {
    before_writing(ctx)?;
    let world = ctx.world().await?;
    let country = world.settings.default_country.as_deref();
    let identifiers = args
        .who
        .collect(country, &mut |option, source| ctx.values.values(option, source))?;
    let until = match &args.until {
        None => None,
        Some(text) => Some(
            text.trim()
                .parse()
                .map_err(|_| Failure::new(FailureKind::Usage, "--until is a day such as 2027-06-30."))?,
        ),
    };
    let reason = text(ctx, "--reason", &args.reason)?;
    let (hold, notes) = holds::set(
        &world,
        args.case.as_deref(),
        identifiers,
        reason,
        until,
        &ctx.cancel,
    )
    .await?;
    for note in &notes {
        ctx.out.note(note);
    }
    tell(ctx, &hold)
}

async fn lift(ctx: &Context, args: LiftArgs) -> Result<Exit, Failure> {
    before_writing(ctx)?;
    let world = ctx.world().await?;
    let why = text(ctx, "--reason", &args.reason)?;
    tell(ctx, &holds::lift(&world, &args.hold, why).await?)
}

async fn list(ctx: &Context, args: &ListArgs) -> Result<Exit, Failure> {
    let world = ctx.world().await?;
    if ctx.global.reveal {
        access::record_reveal(&world, "cases hold list").await?;
    }
    let found = holds::list(&world, args.all).await?;
    let zone = &world.settings.time_zone;
    let list = List {
        columns: vec![
            Column::new("HOLD").whole(),
            Column::new("CASE").whole(),
            Column::new("PERSON").personal(),
            Column::new("REASON").personal(),
            Column::new("UNTIL").whole(),
            Column::new("SET").optional(),
            Column::new("BY").optional(),
        ],
        rows: found
            .iter()
            .map(|hold| {
                let until = match (hold.lifted_at, hold.until) {
                    (Some(at), _) => format!("lifted {}", when::minute(at, zone)),
                    (None, Some(day)) => day.to_string(),
                    (None, None) => "lifted".to_owned(),
                };
                vec![
                    hold.id.clone(),
                    hold.case.clone().unwrap_or_default(),
                    hold.identifiers
                        .first()
                        .map(|identifier| identifier.value.clone())
                        .unwrap_or_default(),
                    hold.reason.clone(),
                    until,
                    when::minute(hold.set_at, zone),
                    hold.set_by.clone(),
                ]
            })
            .collect(),
        items: found.iter().map(document).collect(),
        complete: true,
        csv: vec![
            "id",
            "case",
            "reason",
            "until",
            "set_at",
            "set_by",
            "lifted_at",
            "records",
        ],
        empty: "No hold stands.".to_owned(),
        ..List::default()
    };
    ctx.out.list(Some(&world.organization), &list)?;
    Ok(Exit::OK)
}

fn tell(ctx: &Context, hold: &Hold) -> Result<Exit, Failure> {
    let facts = [
        Fact::new("hold", &hold.id),
        Fact::new("case", hold.case.as_deref().unwrap_or("none")),
        Fact::new(
            "covers",
            format!(
                "{} identifiers, {} records",
                hold.identifiers.len(),
                hold.keys.len()
            ),
        ),
        Fact::new(
            "until",
            match (hold.lifted_at, hold.until) {
                (Some(_), _) => "lifted now".to_owned(),
                (None, Some(day)) => day.to_string(),
                (None, None) => "it is lifted".to_owned(),
            },
        ),
    ];
    ctx.out.object(&document(hold), &facts)?;
    Ok(Exit::OK)
}

fn document(hold: &Hold) -> serde_json::Value {
    json!({
        "id": hold.id,
        "case": hold.case,
        "reason": hold.reason,
        "identifiers": value(&hold.identifiers),
        "records": hold.keys.len(),
        "until": value(&hold.until),
        "set_at": value(&hold.set_at),
        "set_by": hold.set_by,
        "lifted_at": value(&hold.lifted_at),
    })
}
