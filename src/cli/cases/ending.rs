//! `dsr cases refuse`, `answer`, `close` and `withdraw`: how a case ends.

use super::{before_writing, day, known, maybe_text, show, text};
use crate::cli::{Context, Exit};
use crate::domain::case::{Ending, Ground};
use crate::domain::failure::Failure;
use crate::workflow::cases::Closed;
use crate::workflow::{World, cases};

/// `cases refuse`.
#[derive(Debug, clap::Args)]
pub struct RefuseArgs {
    /// Id of the case, or the reference of its ticket
    #[arg(value_name = "CASE")]
    pub case: String,
    /// Ground in law: unfounded, excessive, not-identifiable, expression, legal-obligation, public-health, archiving, legal-claims, not-controller, california-exception
    #[arg(long, value_name = "GROUND", value_parser = ground)]
    pub ground: Ground,
    /// Why, in words
    #[arg(long, value_name = "TEXT|@FILE|-")]
    pub reason: String,
    /// The system or part that is refused; the whole when nothing is said
    #[arg(long, value_name = "PART")]
    pub part: Option<String>,
    /// Day on which the person was told
    #[arg(long, value_name = "DAY")]
    pub on: Option<String>,
}

/// `cases answer`.
#[derive(Debug, clap::Args)]
pub struct AnswerArgs {
    /// Id of the case, or the reference of its ticket
    #[arg(value_name = "CASE")]
    pub case: String,
    /// How it was sent: letter, e-mail, portal, …
    #[arg(long, value_name = "TEXT")]
    pub channel: String,
    /// Day on which it reached the person
    #[arg(long, value_name = "DAY")]
    pub on: Option<String>,
    /// What was sent; only its SHA-256 is kept
    #[arg(long, value_name = "FILE", conflicts_with = "digest")]
    pub sent: Option<std::path::PathBuf>,
    /// SHA-256 of what was sent, in hexadecimal
    #[arg(long, value_name = "HEX")]
    pub digest: Option<String>,
}

/// `cases close`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit codes: 0 closed; 6 closed, but the person of an erasure could not be written into the register of \
suppressed identifiers: that is told, and tried again by dsr cases sweep."
)]
pub struct CloseArgs {
    /// Id of the case, or the reference of its ticket
    #[arg(value_name = "CASE")]
    pub case: String,
    /// How it ended: answered, refused, withdrawn, duplicate or not-controller
    #[arg(long = "as", value_name = "ENDING", default_value = "answered", value_parser = ending)]
    pub ending: Ending,
    /// Why it is closed although systems are left open
    #[arg(long, value_name = "TEXT|@FILE|-")]
    pub despite: Option<String>,
    /// Why it ended so
    #[arg(long, value_name = "TEXT|@FILE|-", conflicts_with = "despite")]
    pub reason: Option<String>,
}

/// `cases withdraw`.
#[derive(Debug, clap::Args)]
pub struct WithdrawArgs {
    /// Id of the case, or the reference of its ticket
    #[arg(value_name = "CASE")]
    pub case: String,
    /// How the person took it back
    #[arg(long, value_name = "TEXT|@FILE|-")]
    pub reason: String,
}

/// `cases refuse`.
pub async fn refuse(ctx: &Context, args: RefuseArgs) -> Result<Exit, Failure> {
    before_writing(ctx)?;
    let world = ctx.world().await?;
    let reason = text(ctx, "--reason", &args.reason)?;
    let on = day(&world, "--on", args.on.as_deref())?;
    let case = cases::refuse(&world, &args.case, args.ground, reason, args.part, on).await?;
    show::tell(ctx, &world, &case.id).await
}

/// `cases answer`.
pub async fn answer(ctx: &Context, args: AnswerArgs) -> Result<Exit, Failure> {
    before_writing(ctx)?;
    let world = ctx.world().await?;
    let digest = match (&args.sent, args.digest) {
        (Some(file), _) => Some(cases::digest_of(file)?),
        (None, Some(text)) => Some(cases::hexadecimal(&text)?),
        (None, None) => None,
    };
    let on = day(&world, "--on", args.on.as_deref())?;
    let channel = text(ctx, "--channel", &args.channel)?;
    let case = cases::answer(&world, &args.case, on, channel, digest).await?;
    show::tell(ctx, &world, &case.id).await
}

/// `cases close`.
pub async fn close(ctx: &Context, args: CloseArgs) -> Result<Exit, Failure> {
    before_writing(ctx)?;
    let world = ctx.world().await?;
    let why = maybe_text(ctx, "--despite", args.despite.as_deref())?;
    let why = match why {
        Some(why) => Some(why),
        None => maybe_text(ctx, "--reason", args.reason.as_deref())?,
    };
    closed(
        ctx,
        &world,
        cases::close(&world, &args.case, args.ending, why).await?,
    )
    .await
}

/// `cases withdraw`.
pub async fn withdraw(ctx: &Context, args: WithdrawArgs) -> Result<Exit, Failure> {
    before_writing(ctx)?;
    let world = ctx.world().await?;
    let why = text(ctx, "--reason", &args.reason)?;
    let done = cases::close(&world, &args.case, Ending::Withdrawn, Some(why)).await?;
    closed(ctx, &world, done).await
}

/// Tells a case that was closed. One whose person could not be registered is done in part.
async fn closed(ctx: &Context, world: &World, done: Closed) -> Result<Exit, Failure> {
    let complete = done.not_registered.is_none();
    let notes: Vec<String> = done.not_registered.into_iter().collect();
    show::tell_with(ctx, world, &done.case.id, &notes).await?;
    Ok(Exit::complete(complete))
}

fn ground(text: &str) -> Result<Ground, String> {
    known(Ground::parse(text), &Ground::ALL.map(Ground::as_str))
}

fn ending(text: &str) -> Result<Ending, String> {
    known(Ending::parse(text), &Ending::ALL.map(Ending::as_str))
}
