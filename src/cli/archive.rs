//! `dsr archive`: a readable view of a downloaded export.

use std::path::PathBuf;

use super::options::Format;
use super::output::{List, value};
use super::table::{Drawing, shown_lines};
use super::{Column, Context, Exit};
use crate::crypto::rest::{self, RestKey};
use crate::domain::failure::{Failure, FailureKind};
use crate::workflow::archive::{self, ArchiveView, Entry};
use crate::world;

/// More of one entry than this is for another program.
const ENTRY_LIMIT: u64 = 8 * 1024 * 1024;

/// The verbs.
#[derive(Debug, clap::Subcommand)]
pub enum Args {
    /// Show what is inside, sorted by what it is; receipts without content are only counted
    Show(ShowArgs),
}

/// `archive show`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Names and sizes are shown; --reveal adds the beginning of each entry. --entry prints one \
entry in full, unmasked.\n\nExit codes: 0 all was read; 1 not an archive, or no such entry; 6 part of it could not \
be read."
)]
pub struct ShowArgs {
    /// The downloaded archive
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Print the text of one entry, named as in the list
    #[arg(long, value_name = "NAME")]
    pub entry: Option<String>,
}

/// Runs a verb.
///
/// # Errors
/// A file that is not there, no archive, or hostile.
pub async fn run(ctx: &Context, args: Args) -> Result<Exit, Failure> {
    let Args::Show(args) = args;
    match args.entry {
        Some(name) => entry(ctx, args.file, name).await,
        None => show(ctx, args.file).await,
    }
}

async fn show(ctx: &Context, file: PathBuf) -> Result<Exit, Failure> {
    let path = file.clone();
    let key = key(ctx, &path).await?;
    let view = blocking(move || archive::open(&path, key.as_deref())).await?;
    let part = if ctx.global.reveal { "reveal" } else { "list" };
    record(ctx, archive::facts_of(&view, part)).await;
    let list = list(&view);
    if ctx.out.format() == Format::Json {
        ctx.out.object(&document(&file, &view), &[])?;
        return Ok(Exit::complete(list.complete));
    }
    if ctx.out.format() == Format::Table && ctx.global.reveal {
        ctx.out.text(&readable(&view, ctx.out.drawing()))?;
        list.notes.iter().for_each(|note| ctx.out.note(note));
    } else {
        ctx.out.list(None, &list)?;
    }
    Ok(Exit::complete(list.complete))
}

/// Every entry with its beginning below it: to be read, not to be compared.
fn readable(view: &ArchiveView, drawing: Drawing) -> String {
    let mut text = String::new();
    for entry in &view.entries {
        let head = format!("{}  {}  ({} bytes)", entry.kind.as_str(), entry.name, entry.bytes);
        text.push_str(&shown_lines(&format!("{head}\n"), drawing));
        for line in entry.preview.iter().flat_map(|preview| preview.lines()) {
            text.push_str(&shown_lines(&format!("    {line}\n"), drawing));
        }
    }
    text
}

fn document(file: &std::path::Path, view: &ArchiveView) -> serde_json::Value {
    let mut fields = serde_json::Map::new();
    fields.insert("path".to_owned(), value(&file));
    if let serde_json::Value::Object(view) = value(view) {
        fields.extend(view);
    }
    fields.insert("complete".to_owned(), value(&view.unreadable.is_empty()));
    serde_json::Value::Object(fields)
}

/// The view as a list.
pub fn list(view: &ArchiveView) -> List {
    let mut notes: Vec<String> = view
        .unreadable
        .iter()
        .map(|why| format!("Not read: {why}"))
        .collect();
    notes.extend(view.warnings.iter().map(|odd| format!("Odd: {odd}")));
    notes.push(format!(
        "{} receipts without content are not listed.",
        view.receipts
    ));
    notes.extend(
        view.not_covered
            .iter()
            .map(|what| format!("Never in such an archive: {what}")),
    );
    List {
        columns: vec![
            Column::new("KIND"),
            Column::new("BYTES").right(),
            Column::new("NAME"),
            Column::new("SERVICE").optional(),
        ],
        rows: view.entries.iter().map(cells).collect(),
        items: view.entries.iter().map(value).collect(),
        complete: view.unreadable.is_empty(),
        notes,
        csv: vec!["name", "service", "kind", "bytes", "preview"],
        empty: "The archive holds no entry with content.".to_owned(),
        ..List::default()
    }
}

fn cells(entry: &Entry) -> Vec<String> {
    vec![
        entry.kind.as_str().to_owned(),
        entry.bytes.to_string(),
        entry.name.clone(),
        entry.service.clone(),
    ]
}

async fn entry(ctx: &Context, file: PathBuf, name: String) -> Result<Exit, Failure> {
    let wanted = name.clone();
    let path = file.clone();
    let key = key(ctx, &path).await?;
    let text = blocking(move || archive::read_entry(&path, &wanted, ENTRY_LIMIT, key.as_deref())).await?;
    record(ctx, archive::facts_of_entry(&text)).await;
    if ctx.out.format() == Format::Table {
        // Cleaned by the workflow; line breaks are what makes it readable.
        ctx.out.text(&text)?;
        if !text.ends_with('\n') {
            ctx.out.text("\n")?;
        }
    } else {
        let document = serde_json::json!({ "path": file, "name": name, "text": text });
        ctx.out.object(&document, &[])?;
    }
    Ok(Exit::OK)
}

/// Notes in the ledger that the archive was opened. It was opened already, and lies in a file that
/// any program can read: where it cannot be noted, that is said.
async fn record(ctx: &Context, facts: serde_json::Value) {
    let noted = async {
        let place = world::inspect(&ctx.config, &ctx.selection())?;
        place.record(archive::OPENED, facts).await
    };
    if let Err(failure) = noted.await {
        ctx.out.note(&format!(
            "That the archive was opened is not recorded: {}",
            failure.message
        ));
    }
}

/// Archives are read on a thread of their own: they may be large, and reading them waits for disks.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| {
        Err(Failure::new(
            FailureKind::Internal,
            "Reading the archive broke off.",
        ))
    })
}

/// The key of a file that is encrypted at rest; others need none, and no world.
async fn key(ctx: &Context, path: &std::path::Path) -> Result<Option<std::sync::Arc<RestKey>>, Failure> {
    if !rest::is_encrypted(path).unwrap_or(false) {
        return Ok(None);
    }
    let (world, path) = (ctx.world().await?, path.to_owned());
    blocking(move || world.rest.for_file(&path)).await
}
