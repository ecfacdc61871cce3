//! `dsr cases list`: for people, and for timers by its exit code.

use serde_json::json;

use super::open::kind;
use crate::cli::options::Format;
use crate::cli::output::{List, value};
use crate::cli::requests::when;
use crate::cli::{Column, Context, Exit};
use crate::domain::case::{CaseKind, CaseRow};
use crate::domain::failure::{Failure, FailureKind};
use crate::workflow::access;
use crate::workflow::cases::{self, CaseFilter};
use jiff::ToSpan;
use jiff::civil::Date;

/// Rows of a table when nothing is said.
const FIRST: u32 = 500;

/// `cases list`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit codes: 0 told; with --due: 0 nothing is due within the span, 1 something is (or is overdue); \
2 usage. For a timer: dsr cases list --mine --due 7d --output json"
)]
pub struct ListArgs {
    /// Only those assigned to you
    #[arg(long)]
    pub mine: bool,
    /// Only those assigned to this login
    #[arg(long, value_name = "LOGIN", conflicts_with = "mine")]
    pub assignee: Option<String>,
    /// Only what is due within this span and not answered, overdue ones too; the exit code says whether there is any
    #[arg(long, value_name = "SPAN")]
    pub due: Option<String>,
    /// open, closed or all
    #[arg(long, value_name = "STATE", default_value = "open", value_parser = ["open", "closed", "all"])]
    pub state: String,
    /// Only this kind
    #[arg(long, value_name = "KIND", value_parser = kind)]
    pub kind: Option<CaseKind>,
    /// At most so many, the soonest due first; a table tells 500 when nothing is said
    #[arg(long, value_name = "N")]
    pub limit: Option<u32>,
}

/// Runs it.
///
/// # Errors
/// A span that cannot be read, and whatever reading the store fails with.
pub async fn run(ctx: &Context, args: &ListArgs) -> Result<Exit, Failure> {
    let world = ctx.world().await?;
    let today = cases::today(&world);
    let due_by = match &args.due {
        None => None,
        Some(text) => {
            let span = when::span(text).map_err(|why| {
                Failure::new(FailureKind::Usage, format!("--due: the span {why}, such as 7d."))
            })?;
            let days = i64::try_from(span.as_secs() / 86_400).unwrap_or(i64::MAX);
            Some(today.saturating_add(days.days()))
        }
    };
    let filter = CaseFilter {
        open: match args.state.as_str() {
            _ if due_by.is_some() => Some(true),
            "open" => Some(true),
            "closed" => Some(false),
            _ => None,
        },
        assignee: match args.mine {
            true => Some(world.actor.login.clone()),
            false => args.assignee.clone(),
        },
        kind: args.kind,
        due_by,
        // A table is for people: the first screens, and how many more there are. Data is complete.
        limit: args
            .limit
            .or((ctx.out.format() == Format::Table).then_some(FIRST)),
    };
    if ctx.global.reveal {
        access::record_reveal(&world, "cases list").await?;
    }
    let rows = cases::list(&world, filter).await?;
    let caseless = cases::caseless(&world).await?;
    let mut told = list(&rows, today);
    told.more
        .insert("requests_without_case".to_owned(), caseless.into());
    ctx.out.list(Some(&world.organization), &told)?;
    if ctx.out.format() == Format::Table && !rows.is_empty() {
        let (open, all) = world.store.case_counts().await?;
        let more = match args.limit {
            None if rows.len() >= FIRST as usize => " More with --limit.",
            _ => "",
        };
        ctx.out
            .note(&format!("{} told; {open} open of {all} cases.{more}", rows.len()));
    }
    if ctx.out.format() == Format::Table && caseless > 0 {
        let belong = match caseless {
            1 => "1 open request belongs".to_owned(),
            count => format!("{count} open requests belong"),
        };
        ctx.out.note(&format!(
            "{belong} to no case, and nobody watches that clock: dsr requests list --without-case"
        ));
    }
    Ok(match due_by {
        Some(_) if !rows.is_empty() => Exit::FAILURE,
        _ => Exit::OK,
    })
}

fn list(rows: &[CaseRow], today: Date) -> List {
    List {
        columns: vec![
            Column::new("CASE").whole(),
            Column::new("TICKET"),
            Column::new("KIND").whole(),
            Column::new("NEXT STEP"),
            Column::new("DUE").whole(),
            Column::new("LEFT").right(),
            Column::new("OWNER").optional(),
            Column::new("RECEIVED").optional(),
        ],
        rows: rows.iter().map(|row| cells(row, today)).collect(),
        items: rows.iter().map(|row| item(row, today)).collect(),
        complete: true,
        csv: vec![
            "id",
            "reference",
            "kind",
            "regime",
            "received",
            "target",
            "due",
            "days_left",
            "next_step",
            "assignee",
            "state",
            "ending",
            "awaited",
            "answered_on",
            "operations",
        ],
        empty: "No case fits.".to_owned(),
        ..List::default()
    }
}

fn cells(row: &CaseRow, today: Date) -> Vec<String> {
    let left = match row.days_left(today) {
        Some(days) if days < 0 => format!("{} late", -days),
        Some(days) => days.to_string(),
        None => String::new(),
    };
    vec![
        row.id.clone(),
        row.reference.clone().unwrap_or_default(),
        row.kind.as_str().to_owned(),
        row.next_step.clone(),
        row.due.to_string(),
        left,
        row.assignee.clone().unwrap_or_default(),
        row.received.to_string(),
    ]
}

fn item(row: &CaseRow, today: Date) -> serde_json::Value {
    json!({
        "id": row.id,
        "reference": row.reference,
        "kind": row.kind.as_str(),
        "regime": row.regime,
        "received": value(&row.received),
        "target": value(&row.target),
        "due": value(&row.due),
        "days_left": row.days_left(today),
        "next_step": row.next_step,
        "assignee": row.assignee,
        "state": if row.ending.is_none() { "open" } else { "closed" },
        "ending": row.ending.map(|ending| ending.as_str()),
        "awaited": row.awaited,
        "answered_on": value(&row.answered_on),
        "operations": row.operations,
    })
}
