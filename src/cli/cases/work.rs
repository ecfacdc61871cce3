//! What is written down while a case is worked on. Each verb tells the case as it then stands.

use super::{before_writing, day, known, maybe_text, show, text};
use crate::cli::subjects::identifiers::IdentifierArgs;
use crate::cli::{Context, Exit};
use crate::domain::case::IdentityResult;
use crate::domain::failure::Failure;
use crate::workflow::cases::{self, Changes};

/// `cases assign`.
#[derive(Debug, clap::Args)]
pub struct AssignArgs {
    /// Id of the case, or the reference of its ticket
    #[arg(value_name = "CASE")]
    pub case: String,
    /// Login of who works on it; "" for nobody
    #[arg(value_name = "LOGIN")]
    pub login: String,
}

/// `cases acknowledge`.
#[derive(Debug, clap::Args)]
pub struct DayArgs {
    /// Id of the case, or the reference of its ticket
    #[arg(value_name = "CASE")]
    pub case: String,
    /// Day: 2026-11-03, today or 30d (ago)
    #[arg(long, value_name = "DAY")]
    pub on: Option<String>,
}

/// `cases change`.
#[derive(clap::Args)]
pub struct ChangeArgs {
    /// Id of the case, or the reference of its ticket
    #[arg(value_name = "CASE")]
    pub case: String,
    /// Reference of the ticket
    #[arg(long, value_name = "R|@FILE|-")]
    pub reference: Option<String>,
    /// Controller on whose behalf the data is processed
    #[arg(long, value_name = "TEXT|@FILE|-")]
    pub controller: Option<String>,
    /// What it waits for; "" for nothing
    #[arg(long, value_name = "TEXT")]
    pub waits_for: Option<String>,
    /// A note
    #[arg(long, value_name = "TEXT|@FILE|-")]
    pub note: Option<String>,
    /// Who: further identifiers.
    #[command(flatten)]
    pub who: IdentifierArgs,
}

impl std::fmt::Debug for ChangeArgs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ChangeArgs")
            .field("case", &self.case)
            .field("who", &self.who)
            .finish_non_exhaustive()
    }
}

/// `cases identity`.
#[derive(Debug, clap::Args)]
pub struct IdentityArgs {
    /// Id of the case, or the reference of its ticket
    #[arg(value_name = "CASE")]
    pub case: String,
    /// What came of it: proved, failed or not_needed
    #[arg(long, value_name = "RESULT", value_parser = identity_result)]
    pub result: IdentityResult,
    /// Why there was doubt
    #[arg(long, value_name = "TEXT|@FILE|-", default_value = "none")]
    pub doubt: String,
    /// How it was checked; never the document itself
    #[arg(long, value_name = "TEXT|@FILE|-")]
    pub method: String,
    /// Day: 2026-11-03, today or 30d (ago)
    #[arg(long, value_name = "DAY")]
    pub on: Option<String>,
}

/// `cases assign`.
pub async fn assign(ctx: &Context, args: AssignArgs) -> Result<Exit, Failure> {
    before_writing(ctx)?;
    let world = ctx.world().await?;
    let changes = Changes {
        assignee: Some(args.login.trim().to_owned()),
        ..Changes::default()
    };
    let case = cases::change(&world, &args.case, changes).await?;
    show::tell(ctx, &world, &case.id).await
}

/// `cases acknowledge`.
pub async fn acknowledge(ctx: &Context, args: &DayArgs) -> Result<Exit, Failure> {
    before_writing(ctx)?;
    let world = ctx.world().await?;
    let changes = Changes {
        acknowledged: Some(day(&world, "--on", args.on.as_deref())?),
        ..Changes::default()
    };
    let case = cases::change(&world, &args.case, changes).await?;
    show::tell(ctx, &world, &case.id).await
}

/// `cases change`.
pub async fn change(ctx: &Context, args: ChangeArgs) -> Result<Exit, Failure> {
    before_writing(ctx)?;
    let world = ctx.world().await?;
    let country = world.settings.default_country.as_deref();
    let identifiers = args
        .who
        .collect(country, &mut |option, source| ctx.values.values(option, source))?;
    let changes = Changes {
        waits_for: args.waits_for.map(|text| text.trim().to_owned()),
        reference: maybe_text(ctx, "--reference", args.reference.as_deref())?,
        controller: maybe_text(ctx, "--controller", args.controller.as_deref())?,
        note: maybe_text(ctx, "--note", args.note.as_deref())?,
        identifiers,
        ..Changes::default()
    };
    let case = cases::change(&world, &args.case, changes).await?;
    show::tell(ctx, &world, &case.id).await
}

/// `cases identity`.
pub async fn identity(ctx: &Context, args: IdentityArgs) -> Result<Exit, Failure> {
    before_writing(ctx)?;
    let world = ctx.world().await?;
    let doubt = text(ctx, "--doubt", &args.doubt)?;
    let method = text(ctx, "--method", &args.method)?;
    let on = day(&world, "--on", args.on.as_deref())?;
    let case = cases::check_identity(&world, &args.case, doubt, method, args.result, on).await?;
    show::tell(ctx, &world, &case.id).await
}

fn identity_result(text: &str) -> Result<IdentityResult, String> {
    known(
        IdentityResult::parse(text),
        &IdentityResult::ALL.map(IdentityResult::as_str),
    )
}
