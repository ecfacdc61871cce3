//! `dsr deadline table`: target and limit for every day of receipt in a span, for a wall calendar, a
//! spreadsheet, or to be held against another implementation.

use serde_json::{Map, json};

use super::{RulesArgs, day, rules};
use crate::cli::output::value;
use crate::cli::{Column, Context, Exit, List};
use crate::domain::deadline::{Facts, days_between, reckon};
use crate::domain::failure::{Failure, FailureKind};

/// A span longer than this is a mistake (it is a hundred years).
const MOST_DAYS: i32 = 36_600;

/// Arguments of `table`.
#[derive(Debug, clap::Args)]
pub struct TableArgs {
    /// First day of receipt: 2026-11-03, today or 30d (ago)
    #[arg(long, value_name = "DAY")]
    pub since: String,
    /// Last day of receipt
    #[arg(long, value_name = "DAY", default_value = "today")]
    pub until: String,
    /// The law and the holidays.
    #[command(flatten)]
    pub rules: RulesArgs,
}

/// Tells it.
pub async fn run(ctx: &Context, args: &TableArgs) -> Result<Exit, Failure> {
    let rules = rules(ctx, &args.rules)?;
    let since = day(ctx, "--since", &args.since).await?;
    let until = day(ctx, "--until", &args.until).await?;
    if since > until || days_between(since, until) > MOST_DAYS {
        return Err(Failure::new(
            FailureKind::Usage,
            "--until lies before --since, or more than a hundred years after it.",
        ));
    }
    let mut list = List {
        columns: vec![
            Column::new("RECEIVED").whole(),
            Column::new("TARGET").whole(),
            Column::new("DUE").whole(),
            Column::new("MOVED FROM"),
            Column::new("EXTENDED").whole().optional(),
        ],
        complete: true,
        csv: vec![
            "received",
            "target",
            "due",
            "extended_target",
            "extended_due",
            "acknowledge_by",
        ],
        more: Map::from_iter([
            ("regime".to_owned(), json!(rules.regime.code())),
            ("country".to_owned(), json!(rules.calendar.code())),
        ]),
        ..List::default()
    };
    let mut received = since;
    while received <= until {
        let reckoning = reckon(&rules, &Facts::received(received));
        let (end, longer) = (reckoning.end, reckoning.extensible);
        let moved = match end.target == end.due {
            true => String::new(),
            false => rules.calendar.day_off(end.target).unwrap_or_default(),
        };
        list.rows.push(vec![
            received.to_string(),
            end.target.to_string(),
            end.due.to_string(),
            moved,
            longer.map(|end| end.due.to_string()).unwrap_or_default(),
        ]);
        list.items.push(json!({
            "received": value(&received),
            "target": value(&end.target),
            "due": value(&end.due),
            "extended_target": value(&longer.map(|end| end.target)),
            "extended_due": value(&longer.map(|end| end.due)),
            "acknowledge_by": value(&reckoning.acknowledge_by),
        }));
        let Ok(next) = received.tomorrow() else { break };
        received = next;
    }
    ctx.out.list(None, &list)?;
    Ok(Exit::OK)
}
