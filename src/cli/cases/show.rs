//! `dsr cases show`.

use crate::cli::output::value;
use crate::cli::{Context, Exit};
use crate::domain::failure::Failure;
use crate::workflow::cases::document::CaseDocument;
use crate::workflow::{World, access, cases};

/// `cases show`.
#[derive(Debug, clap::Args)]
pub struct ShowArgs {
    /// Id of the case (C-17), or the reference of its ticket
    #[arg(value_name = "CASE")]
    pub case: String,
}

/// Runs it.
///
/// # Errors
/// When there is no such case.
pub async fn run(ctx: &Context, args: &ShowArgs) -> Result<Exit, Failure> {
    let world = ctx.world().await?;
    if ctx.global.reveal {
        access::record_reveal(&world, "cases show").await?;
    }
    tell(ctx, &world, &args.case).await
}

/// Tells a case after a change, or for its own sake.
///
/// # Errors
/// When there is no such case.
pub async fn tell(ctx: &Context, world: &World, case: &str) -> Result<Exit, Failure> {
    tell_with(ctx, world, case, &[]).await
}

/// Tells a case with what must be known beside it.
///
/// # Errors
/// When there is no such case.
pub async fn tell_with(ctx: &Context, world: &World, case: &str, notes: &[String]) -> Result<Exit, Failure> {
    let file = cases::show(world, case).await?;
    let document = CaseDocument::of(world, &file).await?;
    let mut told = value(&document);
    if !notes.is_empty() {
        told["notes"] = value(&notes);
    }
    for note in notes {
        ctx.out.note(note);
    }
    ctx.out.object(&told, &document.sheet(world))?;
    Ok(Exit::OK)
}
