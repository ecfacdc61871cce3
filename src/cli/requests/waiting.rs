//! `dsr requests withdraw` and `release`: operations that are planned and wait.

use super::confirming::confirm_release;
use super::outcome;
use crate::cli::output::value;
use crate::cli::table::shown;
use crate::cli::{Context, Exit};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::operation::{Operation, OperationState};
use crate::workflow::{World, queue, submit};

/// `requests withdraw`.
#[derive(Debug, clap::Args)]
pub struct WithdrawArgs {
    /// Operation id, or an unambiguous beginning of at least 6 characters
    #[arg(value_name = "OP")]
    pub operation: String,
    /// Do not ask
    #[arg(long)]
    pub yes: bool,
}

/// `requests release`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit codes: 0 accepted; 1 refused, or what it waits for is not here and checked; 2 usage; \
5 not sent; 6 the outcome is not known."
)]
pub struct ReleaseArgs {
    /// Operation id, or an unambiguous beginning of at least 6 characters
    #[arg(value_name = "OP")]
    pub operation: String,
    /// Do not ask
    #[arg(long)]
    pub yes: bool,
}

/// Gives up a planned operation: what somebody confirmed will then not be sent.
///
/// # Errors
/// When it is not confirmed; an operation that is not known or was already sent.
pub async fn withdraw(ctx: &Context, args: WithdrawArgs) -> Result<Exit, Failure> {
    ctx.before_change(args.yes)?;
    let world = ctx.world().await?;
    let operation = operation(&world, &args.operation).await?;
    // What does not wait any more is refused below; the question would not be true of it.
    if operation.state == OperationState::Planned {
        let question = format!(
            "Give up the {} of {} before it is sent, organisation {}, mode {}? It would have to be submitted anew.",
            operation.request.kind,
            shown(&operation.label, true, ctx.out.drawing()),
            world.organization,
            world.mode
        );
        ctx.confirm(&question, args.yes).await?;
    }
    let operation = submit::withdraw(&world, &operation.id).await?;
    tell(ctx, &world, &operation).await?;
    Ok(Exit::OK)
}

/// Sends a planned operation.
///
/// # Errors
/// When it may not be sent yet, and the failure that the call ended with.
pub async fn release(ctx: &Context, args: ReleaseArgs) -> Result<Exit, Failure> {
    ctx.before_change(args.yes)?;
    let world = ctx.world().await?;
    let operation = operation(&world, &args.operation).await?;
    if operation.state != OperationState::Planned {
        return Err(Failure::new(
            FailureKind::Conflict,
            "The operation does not wait any more, so there is nothing to release.",
        )
        .next(format!("dsr requests show {}", operation.id)));
    }
    confirm_release(ctx, &world, &operation, args.yes).await?;
    let operation = submit::release(&world, &operation.id, &ctx.cancel).await?;
    tell(ctx, &world, &operation).await?;
    match outcome::failure(&operation) {
        Some(failure) => Err(failure),
        None => Ok(Exit::OK),
    }
}

/// The operation behind an id or the beginning of one.
async fn operation(world: &World, id: &str) -> Result<Operation, Failure> {
    let detail = queue::detail(world, id, false).await?;
    detail.operation.ok_or_else(|| {
        Failure::new(
            FailureKind::NotFound,
            "That request is not an operation of this store.",
        )
    })
}

async fn tell(ctx: &Context, world: &World, operation: &Operation) -> Result<(), Failure> {
    let document = outcome::document(world, operation).await;
    let facts = outcome::facts(&document, &world.settings.time_zone);
    ctx.out.object(&value(&document), &facts)
}
