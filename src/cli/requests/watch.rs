//! `dsr requests watch`: one line for every change that is seen, and one look for timers.

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::download::{RESPONSIBILITY, file_sheet};
use super::when;
use crate::cli::options::Format;
use crate::cli::output::{List, value};
use crate::cli::table::facts;
use crate::cli::{Column, Context, Exit};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::queue::QueueRow;
use crate::domain::request::{Phase, phase};
use crate::workflow::watch::{Change, Look, look};
use crate::workflow::{World, queue};

/// `requests watch`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "A change is told with the interval between the two looks in which it happened, never as a \
moment. Under cron or a systemd timer use --once --fetch: it looks once, downloads finished results before their \
links expire, sends deletions whose copy is here and checked, and ends.\n\nExit codes: 0 everything could be read, \
and nothing is left to be done by this command now (requests may still be running at Genesys Cloud); with \
--until-done, all of them are finished; 1 with --until-done and IDs, one of them ended in ERROR; 5 not reachable; \
6 something could not be read, fetched or sent, an outcome is not known, or, with --once --until-done, a request \
is still running: look again later; 130 interrupted."
)]
pub struct WatchArgs {
    /// Request or operation ids; all requests when none is given
    #[arg(value_name = "ID")]
    pub ids: Vec<String>,
    /// End when every one of them is finished
    #[arg(long)]
    pub until_done: bool,
    /// Time between two looks
    #[arg(long, value_name = "SPAN", default_value = "60s", value_parser = interval)]
    pub interval: Duration,
    /// Look once and end
    #[arg(long)]
    pub once: bool,
    /// Download finished results, and send deletions that waited for them
    #[arg(long)]
    pub fetch: bool,
}

/// A change as a document.
#[derive(Clone, Debug, Serialize)]
pub struct ChangeItem {
    /// The request.
    pub id: String,
    /// Status at the earlier look, null when the request is new.
    pub from: Option<String>,
    /// Status now.
    pub to: String,
    /// The earlier look: the change happened after it.
    pub not_before: Option<Timestamp>,
    /// This look.
    pub at: Timestamp,
}

fn interval(text: &str) -> Result<Duration, String> {
    let span = when::span(text)?;
    if span < Duration::from_secs(1) {
        return Err("looks are at least 1s apart".to_owned());
    }
    Ok(span)
}

/// Runs it.
///
/// # Errors
/// Whatever a look fails with; interruption.
pub async fn run(ctx: &Context, args: WatchArgs) -> Result<Exit, Failure> {
    let world = ctx.world().await?;
    if args.fetch {
        said_mode_if_it_may_send(ctx, &world).await?;
    }
    let ids = full_ids(&world, &args.ids).await?;
    if args.once {
        return once(ctx, &world, &ids, &args).await;
    }
    follow(ctx, &world, &ids, &args).await
}

/// A look with `--fetch` sends deletions that were confirmed earlier and waited for their copy. A
/// script must then have said which world it means.
async fn said_mode_if_it_may_send(ctx: &Context, world: &World) -> Result<(), Failure> {
    if ctx.interactive() || ctx.decided.explicit() {
        return Ok(());
    }
    let queue = queue::local(world).await?;
    if queue.rows.iter().any(|row| &*row.status == "PLANNED") {
        // With `yes`, because the deletion itself was confirmed when it was planned.
        return ctx.before_change(true);
    }
    Ok(())
}

/// The ids as the workflow knows them; a beginning is enough on the command line.
async fn full_ids(world: &World, given: &[String]) -> Result<Vec<String>, Failure> {
    let mut ids = Vec::new();
    for id in given {
        let detail = match queue::detail(world, id, false).await {
            // Not in the store yet: the organisation may know it.
            Err(failure) if failure.kind == FailureKind::NotFound => queue::detail(world, id, true).await,
            known => known,
        }?;
        ids.push(detail.row.any_id().to_owned());
    }
    Ok(ids)
}

async fn once(ctx: &Context, world: &World, ids: &[String], args: &WatchArgs) -> Result<Exit, Failure> {
    let seen = look(world, ids, args.fetch, &ctx.listener(), &ctx.cancel).await?;
    let state = state(world, ids).await?;
    let mut list = list(&seen, &world.settings.time_zone);
    list.more.insert("unknown".to_owned(), json!(state.unknown));
    ctx.out.list(Some(&world.organization), &list)?;
    if ctx.out.format() == Format::Table {
        for file in &seen.fetched {
            let sheet = facts(&file_sheet(file), ctx.out.drawing());
            ctx.out.text(&format!("\nDownloaded\n{sheet}"))?;
        }
        for operation in &seen.released {
            ctx.out
                .text(&format!("\nSent, after having waited: {operation}\n"))?;
        }
    }
    ctx.out.note(&summary(&seen));
    if state.unknown > 0 {
        ctx.out.note(&format!(
            "{} with an outcome that is not known: dsr requests reconcile",
            state.unknown
        ));
    }
    if args.until_done && state.failed {
        return Ok(Exit::FAILURE);
    }
    let done = !args.until_done || seen.open == 0;
    Ok(Exit::complete(seen.complete && state.unknown == 0 && done))
}

async fn follow(ctx: &Context, world: &World, ids: &[String], args: &WatchArgs) -> Result<Exit, Failure> {
    let mut complete;
    loop {
        let seen = look(world, ids, args.fetch, &ctx.listener(), &ctx.cancel).await?;
        complete = seen.complete;
        tell(ctx, world, &seen)?;
        if ctx.out.closed() || (args.until_done && seen.open == 0 && seen.complete) {
            break;
        }
        tokio::select! {
            () = ctx.cancel.cancelled() => {
                return Err(Failure::new(FailureKind::Interrupted, "Watching was interrupted.")
                    .next("The requests go on by themselves; look again with `dsr requests watch`."));
            }
            () = tokio::time::sleep(args.interval) => {}
        }
    }
    let state = state(world, ids).await?;
    if args.until_done && state.failed {
        return Ok(Exit::FAILURE);
    }
    Ok(Exit::complete(complete && state.unknown == 0))
}

/// What a look leaves behind.
struct State {
    /// Operations whose outcome is not known.
    unknown: usize,
    /// One of the requests named has ended in `ERROR`.
    failed: bool,
}

async fn state(world: &World, ids: &[String]) -> Result<State, Failure> {
    let queue = queue::local(world).await?;
    let named = |row: &QueueRow| {
        ids.is_empty()
            || ids.iter().any(|id| {
                row.id.as_deref() == Some(id.as_str()) || row.operation_id.as_deref() == Some(id.as_str())
            })
    };
    let rows: Vec<_> = queue.rows.iter().filter(named).collect();
    Ok(State {
        unknown: rows.iter().filter(|row| &*row.status == "UNKNOWN").count(),
        // Without ids an old failure of anybody would make every look a failed one.
        failed: !ids.is_empty() && rows.iter().any(|row| phase(&row.status) == Phase::Failed),
    })
}

/// One look as a list of changes.
pub fn list(seen: &Look, zone: &TimeZone) -> List {
    let changes: Vec<ChangeItem> = seen.changes.iter().map(change_item).collect();
    let mut notes = seen.notes.clone();
    if !seen.fetched.is_empty() {
        notes.push(RESPONSIBILITY.to_owned());
    }
    List {
        columns: vec![
            Column::new("ID").whole(),
            Column::new("FROM"),
            Column::new("TO"),
            Column::new("AFTER").whole(),
            Column::new("SEEN").whole(),
        ],
        rows: changes.iter().map(|change| cells(change, zone)).collect(),
        items: changes.iter().map(value).collect(),
        complete: seen.complete,
        notes,
        csv: vec!["id", "from", "to", "not_before", "at"],
        empty: "Nothing has changed since the last look.".to_owned(),
        more: more(seen),
    }
}

fn more(seen: &Look) -> Map<String, Value> {
    let fetched: Vec<Value> = seen.fetched.iter().map(value).collect();
    let mut more = Map::new();
    more.insert("fetched".to_owned(), json!(fetched));
    more.insert("released".to_owned(), json!(seen.released));
    more.insert("open".to_owned(), json!(seen.open));
    more
}

/// A change as it is told.
pub fn change_item(change: &Change) -> ChangeItem {
    ChangeItem {
        id: change.id.clone(),
        from: change.from.clone(),
        to: change.to.clone(),
        not_before: change.not_before,
        at: change.at,
    }
}

fn cells(change: &ChangeItem, zone: &TimeZone) -> Vec<String> {
    vec![
        change.id.clone(),
        change.from.clone().unwrap_or_else(|| "new".to_owned()),
        change.to.clone(),
        change
            .not_before
            .map_or_else(String::new, |at| when::minute(at, zone)),
        when::minute(change.at, zone),
    ]
}

fn summary(seen: &Look) -> String {
    let mut parts = vec![format!("still open: {}", seen.open)];
    if !seen.fetched.is_empty() {
        parts.push(format!("results fetched: {}", seen.fetched.len()));
    }
    if !seen.released.is_empty() {
        parts.push(format!("waiting operations sent: {}", seen.released.len()));
    }
    parts.join(", ")
}

/// Tells a look while following: every change, every file, every operation sent, each at once.
fn tell(ctx: &Context, world: &World, seen: &Look) -> Result<(), Failure> {
    let zone = &world.settings.time_zone;
    for change in &seen.changes {
        let item = change_item(change);
        ctx.out
            .event(&event("change", &value(&item)), &change_line(&item, zone))?;
    }
    for file in &seen.fetched {
        let line = format!(
            "downloaded {} ({} bytes, sha256 {})",
            file.path.display(),
            file.bytes,
            file.sha256
        );
        ctx.out.event(&event("fetched", &value(file)), &line)?;
        ctx.out.note(RESPONSIBILITY);
    }
    for operation in &seen.released {
        let body = json!({ "operation_id": operation });
        ctx.out.event(
            &event("released", &body),
            &format!("sent {operation}, which had waited"),
        )?;
    }
    for note in &seen.notes {
        ctx.out.note(note);
    }
    Ok(())
}

/// One event of a stream: what it is, then its fields.
fn event(kind: &str, body: &Value) -> Value {
    let mut fields = Map::new();
    fields.insert("event".to_owned(), json!(kind));
    if let Value::Object(body) = body {
        fields.extend(body.clone());
    }
    Value::Object(fields)
}

/// One change as a line: when it was seen, what changed, and since when it can have been so.
pub fn change_line(change: &ChangeItem, zone: &TimeZone) -> String {
    let what = match &change.from {
        Some(from) => format!("{} {from} → {}", change.id, change.to),
        None => format!("{} new: {}", change.id, change.to),
    };
    let seen = when::second(change.at, zone);
    match change.not_before {
        Some(earlier) => format!(
            "{seen}  {what} (between {} and then)",
            when::second(earlier, zone)
        ),
        None => format!("{seen}  {what}"),
    }
}
