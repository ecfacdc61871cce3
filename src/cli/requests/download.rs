//! `dsr requests download`.

use std::path::PathBuf;

use serde_json::json;

use crate::cli::options::Format;
use crate::cli::table::facts;
use crate::cli::{Context, Exit, Fact, List};
use crate::domain::failure::Failure;
use crate::workflow::download::Downloaded;
use crate::workflow::{download, queue};

/// What every download says: the copy is outside Genesys Cloud now.
pub const RESPONSIBILITY: &str = "This copy holds personal data and is the operator's responsibility now: keep it \
only as long as it is needed, and remove it.";

/// `requests download`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "What is already here and unchanged is not fetched again; an interrupted download goes on \
where it stopped, where the server allows it.\n\nExit codes: 0 all results are here; 1 there are none, or a link \
has expired; 5 not reachable; 6 only part is here."
)]
pub struct DownloadArgs {
    /// Request or operation id, or an unambiguous beginning of at least 6 characters
    #[arg(value_name = "ID")]
    pub id: String,
    /// Directory to put the results into
    #[arg(long, value_name = "DIR")]
    pub to: Option<PathBuf>,
}

/// Runs it.
///
/// # Errors
/// An unknown id, no results, an expired link, a full disk.
pub async fn run(ctx: &Context, args: DownloadArgs) -> Result<Exit, Failure> {
    let world = ctx.world().await?;
    let row = queue::detail(&world, &args.id, true).await?.row;
    let id = row.any_id().to_owned();
    let files = download::fetch(&world, &id, args.to, &ctx.listener(), &ctx.cancel).await?;
    ctx.out.list(Some(&world.organization), &list(&id, &files))?;
    if ctx.out.format() == Format::Table {
        for file in &files {
            let sheet = facts(&file_sheet(file), ctx.out.drawing());
            ctx.out.text(&format!("\n{sheet}"))?;
        }
    }
    Ok(Exit::OK)
}

/// The results as a list. On screen they stand below each other, because paths and digests are long
/// and somebody copies them.
fn list(id: &str, files: &[Downloaded]) -> List {
    let item = |file: &Downloaded| {
        json!({
            "id": id,
            "path": file.path,
            "bytes": file.bytes,
            "sha256": file.sha256,
            "resumed": file.resumed,
        })
    };
    List {
        items: files.iter().map(item).collect(),
        complete: true,
        notes: vec![RESPONSIBILITY.to_owned()],
        csv: vec!["id", "path", "bytes", "sha256", "resumed"],
        empty: format!("{} of request {id} here:", counted(files.len())),
        ..List::default()
    }
}

fn counted(files: usize) -> String {
    match files {
        0 => "No result".to_owned(),
        1 => "1 result".to_owned(),
        several => format!("{several} results"),
    }
}

/// A file as facts.
pub fn file_sheet(file: &Downloaded) -> Vec<Fact> {
    vec![
        Fact::new("path", file.path.display().to_string()),
        Fact::new("bytes", file.bytes.to_string()),
        Fact::new("sha256", &file.sha256),
    ]
}
