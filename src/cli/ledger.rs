//! `dsr ledger`: the evidence of what was done: shown, checked, handed out.

mod filters;
mod handing;
mod show;
mod verifying;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::table::Fact;
use super::{Context, Exit};
use crate::domain::failure::{Failure, FailureKind};
use crate::workflow::evidence;

/// The verbs.
#[derive(Debug, clap::Subcommand)]
pub enum Args {
    /// List what was done, by whom and when
    Show(show::ShowArgs),
    /// Check every byte of the ledger against its signed checkpoint
    Verify(verifying::VerifyArgs),
    /// Print the signed checkpoint and the key that verifies it
    Checkpoint,
    /// Write the log, or chosen entries with proofs, beside a script that checks them
    Export(handing::ExportArgs),
    /// Have the checkpoint witnessed outside: a time stamp, a command, a file
    Anchor(handing::AnchorArgs),
    /// Begin a new ledger where the old one is broken or lost; the old one is kept and named
    Begin(ChangeArgs),
    /// Change the signing key: the old one signs the new one in
    Rotate(ChangeArgs),
}

/// Consent to a change.
#[derive(Debug, clap::Args)]
pub struct ChangeArgs {
    /// Do not ask
    #[arg(long)]
    pub yes: bool,
}

/// Runs a verb.
///
/// # Errors
/// A ledger that is broken, lost or cannot be read; storage failures.
pub async fn run(ctx: &Context, args: Args) -> Result<Exit, Failure> {
    match args {
        Args::Show(args) => show::run(ctx, &args).await,
        Args::Verify(args) => verifying::run(ctx, args).await,
        Args::Checkpoint => checkpoint(ctx).await,
        Args::Export(args) => handing::export(ctx, &args).await,
        Args::Anchor(args) => handing::anchor(ctx, &args).await,
        Args::Begin(args) => begin(ctx, &args).await,
        Args::Rotate(args) => rotate(ctx, &args).await,
    }
}

async fn checkpoint(ctx: &Context) -> Result<Exit, Failure> {
    let world = ctx.world().await?;
    let signed = evidence::signed(&world).await?;
    let path = world.ledger.place().directory.display().to_string();
    let document = json!({
        "checkpoint": signed.note,
        "verifier_key": signed.key,
        "path": path,
    });
    let facts = [
        Fact::new("origin", signed.origin.clone()),
        Fact::new("entries", signed.size.to_string()),
        Fact::new("verifier key", signed.key.clone()),
        Fact::new("path", path),
    ];
    if ctx.out.format() == super::options::Format::Table {
        // The note itself first, so that it can be copied or written to a file as it is.
        ctx.out.text(&format!("{}\n", signed.note))?;
    }
    ctx.out.object(&document, &facts)?;
    Ok(Exit::OK)
}

async fn begin(ctx: &Context, args: &ChangeArgs) -> Result<Exit, Failure> {
    ctx.before_local_change(args.yes)?;
    let world = ctx.world().await?;
    let question = "Begin a new ledger? The old one is kept beside it, as it is, and the new one names it.";
    ctx.confirm_local(question, args.yes).await?;
    let why = evidence::begin_anew(&world).await?;
    let signed = evidence::signed(&world).await?;
    let facts = [
        Fact::new("what was wrong", why.clone()),
        Fact::new("origin", signed.origin.clone()),
        Fact::new("verifier key", signed.key.clone()),
    ];
    let document = json!({ "why": why, "origin": signed.origin, "verifier_key": signed.key });
    ctx.out.object(&document, &facts)?;
    Ok(Exit::OK)
}

async fn rotate(ctx: &Context, args: &ChangeArgs) -> Result<Exit, Failure> {
    ctx.before_local_change(args.yes)?;
    let world = ctx.world().await?;
    ctx.confirm_local("Change the signing key of the ledger?", args.yes)
        .await?;
    let key = evidence::change_key(&world).await?;
    let facts = [Fact::new("verifier key", key.clone())];
    ctx.out.object(&json!({ "verifier_key": key }), &facts)?;
    Ok(Exit::OK)
}

/// A hash as notes and proofs write it.
fn base64(hash: &[u8; 32]) -> String {
    STANDARD.encode(hash)
}

fn not_begun() -> Failure {
    Failure::new(FailureKind::NotFound, "No ledger was begun yet.")
        .next("It begins with the first action that is recorded, such as a search.")
}
