//! `dsr requests list`.

use jiff::tz::TimeZone;

use super::item::{RequestItem, short_ids};
use super::when;
use crate::cli::options::Format;
use crate::cli::output::{List, value};
use crate::cli::{Column, Context, Exit};
use crate::domain::failure::Failure;
use crate::domain::filter;
use crate::domain::operation::OperationState;
use crate::domain::queue::{QueueFilter, QueueRow};
use crate::domain::request::RequestType;
use crate::domain::text::{clean, truncate};
use crate::workflow::{World, access, queue};

/// `requests list`.
#[derive(Debug, Default, clap::Args)]
#[command(after_help = "Exit codes: 0 the list is whole; 6 part of it could not be read.")]
pub struct ListArgs {
    /// Only this type: export, delete or update (repeatable)
    #[arg(long = "type", value_name = "T", value_parser = request_type)]
    pub types: Vec<RequestType>,
    /// Only this status, in the API's words or ours (PLANNED, NOT_SENT, REFUSED, UNKNOWN; repeatable)
    #[arg(long, value_name = "S")]
    pub status: Vec<String>,
    /// Submitted on or after this day: 2026-11-03, today or 30d (ago)
    #[arg(long, value_name = "D")]
    pub since: Option<String>,
    /// Submitted on or before this day
    #[arg(long, value_name = "D")]
    pub until: Option<String>,
    /// Only what you submitted from this host
    #[arg(long)]
    pub mine: bool,
    /// Only open ones that belong to no case: nobody watches their clock
    #[arg(long)]
    pub without_case: bool,
    /// Do not ask the organisation; tell what the store knows
    #[arg(long)]
    pub stored: bool,
}

/// Reads `export`, `delete`, `update`, or the API's word for one of them.
///
/// # Errors
/// What could stand there.
pub fn request_type(text: &str) -> Result<RequestType, String> {
    let text = text.trim();
    RequestType::parse(&text.to_ascii_lowercase())
        .or_else(|| RequestType::from_api(&text.to_ascii_uppercase()))
        .ok_or_else(|| "a type is export, delete or update".to_owned())
}

/// Runs it.
///
/// # Errors
/// Wrong days, and whatever reading the queue fails with.
pub async fn run(ctx: &Context, args: ListArgs) -> Result<Exit, Failure> {
    let world = ctx.world().await?;
    let filter = filter_of(&args, &world)?;
    if ctx.global.reveal {
        access::record_reveal(&world, "requests list").await?;
    }
    let queue = if args.stored {
        queue::local(&world).await?
    } else {
        queue::refresh(&world, &ctx.listener(), &ctx.cancel).await?
    };
    let mut rows: Vec<QueueRow> = queue.rows.iter().filter(|row| filter.keeps(row)).collect();
    if args.without_case {
        let caseless = world.store.ids_without_case().await?;
        rows.retain(|row| caseless.contains(row.any_id()));
    }
    let mut list = list(&rows.iter().collect::<Vec<_>>(), &world.settings.time_zone);
    list.complete = queue.complete;
    list.notes = queue.notes;
    list.more.insert("read_at".to_owned(), value(&queue.read_at));
    ctx.out.list(Some(&world.organization), &list)?;
    if ctx.out.format() == Format::Table && !rows.is_empty() {
        let zone = when::zone_note(world.clock.now(), &world.settings.time_zone);
        ctx.out.note(&format!(
            "{} of {} requests. {zone}",
            rows.len(),
            queue.rows.len()
        ));
        if args.without_case {
            ctx.out
                .note("What was sent from here is taken into a case with: dsr cases link CASE ID");
        }
    }
    Ok(Exit::complete(list.complete))
}

fn filter_of(args: &ListArgs, world: &World) -> Result<QueueFilter, Failure> {
    let (now, zone) = (world.clock.now(), &world.settings.time_zone);
    let since = args.since.as_deref().map(|text| when::since(text, now, zone));
    let until = args.until.as_deref().map(|text| when::until(text, now, zone));
    Ok(QueueFilter {
        types: args.types.clone(),
        statuses: args.status.iter().map(|status| filter::status(status)).collect(),
        since: since.transpose()?,
        until: until.transpose()?,
        mine: args.mine.then(|| world.actor.login.clone()),
        text: String::new(),
    })
}

/// The rows as a list.
pub fn list(rows: &[&QueueRow], zone: &TimeZone) -> List {
    let ids: Vec<&str> = rows.iter().map(|row| row.any_id()).collect();
    let short = short_ids(&ids);
    List {
        columns: vec![
            Column::new("ID").whole(),
            Column::new("TYPE"),
            Column::new("SUBJECT").personal(),
            Column::new("STATUS").whole(),
            Column::new("SUBMITTED").whole(),
            Column::new("DUE").whole(),
            Column::new("REFERENCE").optional(),
            Column::new("FILES").optional(),
            Column::new("FROM").optional(),
            Column::new("BY").optional(),
        ],
        rows: rows
            .iter()
            .zip(short)
            .map(|(row, id)| cells(row, id, zone))
            .collect(),
        items: rows.iter().map(|row| value(&RequestItem::of_row(row))).collect(),
        complete: true,
        csv: vec![
            "id",
            "operation_id",
            "type",
            "status",
            "label",
            "submitted_at",
            "created_by",
            "origin",
            "due",
        ],
        empty: "No request fits.".to_owned(),
        ..List::default()
    }
}

fn cells(row: &QueueRow, id: String, zone: &TimeZone) -> Vec<String> {
    vec![
        id,
        row.kind
            .map_or_else(|| row.type_text.to_string(), |kind| kind.as_str().to_owned()),
        row.label.to_string(),
        status_cell(&row.status),
        row.sent_at()
            .map_or_else(|| not_sent(&row.status), |at| when::minute(at, zone)),
        row.due
            .map_or_else(|| "no case".to_owned(), |day| day.to_string()),
        row.reference.as_deref().unwrap_or_default().to_owned(),
        files(row),
        row.origin.as_str().replace('_', " "),
        row.created_by.as_deref().unwrap_or_default().to_owned(),
    ]
}

/// What stands where no time of submission is.
pub(super) fn not_sent(status: &str) -> String {
    let planned = status == OperationState::Planned.queue_status();
    if planned { "not yet" } else { "not known" }.to_owned()
}

/// A status is never cut by the table, so that `UNKNOWN` stays `UNKNOWN`; words that are longer than
/// any of the API's are.
fn status_cell(status: &str) -> String {
    truncate(&clean(status), 14, "…")
}

/// `1/2 here`: how many of the results offered are already downloaded.
fn files(row: &QueueRow) -> String {
    match row.results {
        0 => String::new(),
        results => format!("{}/{results} here", row.downloaded),
    }
}
