//! `dsr cases record`: what a regulator is handed: a page to read, the data, the evidence with its
//! proofs, and a script that checks all of it without this program.

use std::path::PathBuf;

use serde_json::json;

use crate::cli::table::Fact;
use crate::cli::{Context, Exit};
use crate::domain::failure::Failure;
use crate::domain::text::clean;
use crate::workflow::cases;

/// `cases record`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Identifiers are masked and free text is left out unless --reveal; a copy with them is recorded \
as such. Whoever gets the record runs: sh check.sh [VERIFIER-KEY]"
)]
pub struct RecordArgs {
    /// Id of the case (C-17), or the reference of its ticket
    #[arg(value_name = "CASE")]
    pub case: String,
    /// Directory to write to, or a file that ends with .zip; neither may exist
    #[arg(long, value_name = "DIR|FILE.zip")]
    pub to: Option<PathBuf>,
}

/// Writes the record of a case.
///
/// # Errors
/// When there is no such case, something is there already, or the ledger is not as it was signed.
pub async fn run(ctx: &Context, args: &RecordArgs) -> Result<Exit, Failure> {
    let world = ctx.world().await?;
    let written = cases::record(&world, &args.case, args.to.clone(), ctx.global.reveal).await?;
    let path = written.path.display().to_string();
    let document = json!({
        "case": written.case,
        "path": path,
        "masked": written.masked,
        "entries": written.entries,
        "size": written.size,
    });
    let facts = [
        Fact::new("case", written.case.clone()),
        Fact::new("written to", clean(&path)),
        Fact::new("entries of the ledger", written.entries.to_string()),
        Fact::new("identifiers", if written.masked { "masked" } else { "in full" }),
    ];
    ctx.out.object(&document, &facts)?;
    Ok(Exit::OK)
}
