//! `dsr cases pause`, `resume` and `extend`: what moves the clock.

use super::{before_writing, day, known, show, text};
use crate::cli::{Context, Exit};
use crate::domain::deadline::Awaited;
use crate::domain::failure::Failure;
use crate::workflow::cases;

/// `cases pause`.
#[derive(Debug, clap::Args)]
pub struct PauseArgs {
    /// Id of the case, or the reference of its ticket
    #[arg(value_name = "CASE")]
    pub case: String,
    /// What is awaited: identity, clarification or fee
    #[arg(long = "for", value_name = "WHAT", value_parser = awaited)]
    pub awaited: Awaited,
    /// Why it is needed
    #[arg(long, value_name = "TEXT|@FILE|-")]
    pub reason: String,
    /// Day on which it was asked for
    #[arg(long, value_name = "DAY")]
    pub on: Option<String>,
}

/// `cases resume`.
#[derive(Debug, clap::Args)]
pub struct ResumeArgs {
    /// Id of the case, or the reference of its ticket
    #[arg(value_name = "CASE")]
    pub case: String,
    /// What has come: identity, clarification or fee; the only thing awaited when nothing is said
    #[arg(long = "for", value_name = "WHAT", value_parser = awaited)]
    pub awaited: Option<Awaited>,
    /// Day on which it came
    #[arg(long, value_name = "DAY")]
    pub on: Option<String>,
}

/// `cases extend`.
#[derive(Debug, clap::Args)]
pub struct ExtendArgs {
    /// Id of the case, or the reference of its ticket
    #[arg(value_name = "CASE")]
    pub case: String,
    /// The reasons that the person was told
    #[arg(long, value_name = "TEXT|@FILE|-")]
    pub reason: String,
    /// Day on which the person was told
    #[arg(long, value_name = "DAY")]
    pub on: Option<String>,
}

/// `cases pause`.
pub async fn pause(ctx: &Context, args: PauseArgs) -> Result<Exit, Failure> {
    before_writing(ctx)?;
    let world = ctx.world().await?;
    let reason = text(ctx, "--reason", &args.reason)?;
    let on = day(&world, "--on", args.on.as_deref())?;
    let case = cases::pause(&world, &args.case, args.awaited, on, reason).await?;
    show::tell(ctx, &world, &case.id).await
}

/// `cases resume`.
pub async fn resume(ctx: &Context, args: &ResumeArgs) -> Result<Exit, Failure> {
    before_writing(ctx)?;
    let world = ctx.world().await?;
    let on = day(&world, "--on", args.on.as_deref())?;
    let case = cases::resume(&world, &args.case, args.awaited, on).await?;
    show::tell(ctx, &world, &case.id).await
}

/// `cases extend`.
pub async fn extend(ctx: &Context, args: ExtendArgs) -> Result<Exit, Failure> {
    before_writing(ctx)?;
    let world = ctx.world().await?;
    let reason = text(ctx, "--reason", &args.reason)?;
    let on = day(&world, "--on", args.on.as_deref())?;
    let case = cases::extend(&world, &args.case, on, reason).await?;
    show::tell(ctx, &world, &case.id).await
}

fn awaited(text: &str) -> Result<Awaited, String> {
    known(Awaited::parse(text), &Awaited::ALL.map(Awaited::as_str))
}
