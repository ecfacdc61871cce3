//! What is done with cases later: counted, forgotten.

use serde_json::{Map, json};

use super::before_writing;
use crate::cli::output::{List, value};
use crate::cli::requests::when;
use crate::cli::{Column, Context, Exit};
use crate::domain::failure::Failure;
use crate::workflow::cases::{report as figures, sweep as forgetting};

/// `cases report`.
#[derive(Debug, clap::Args)]
pub struct ReportArgs {
    /// Received on or after this day
    #[arg(long, value_name = "DAY")]
    pub since: Option<String>,
    /// Received on or before this day
    #[arg(long, value_name = "DAY")]
    pub until: Option<String>,
    /// The counts that California asks large businesses to publish, by year
    #[arg(long)]
    pub california: bool,
}

/// `cases sweep`.
#[derive(Debug, clap::Args)]
pub struct SweepArgs {
    /// Tell what would be forgotten, and stop
    #[arg(long)]
    pub dry_run: bool,
}

/// Runs it.
pub async fn report(ctx: &Context, args: &ReportArgs) -> Result<Exit, Failure> {
    let world = ctx.world().await?;
    let (now, zone) = (world.clock.now(), &world.settings.time_zone);
    let day = |option: &str, text: &Option<String>| {
        text.as_deref()
            .map(|text| when::day(option, text, now, zone))
            .transpose()
    };
    let report = figures::report(&world, day("--since", &args.since)?, day("--until", &args.until)?).await?;
    let list = match args.california {
        true => california(&report),
        false => months(&report),
    };
    ctx.out.list(Some(&world.organization), &list)?;
    Ok(Exit::OK)
}

fn number(value: Option<f64>) -> String {
    value.map_or_else(String::new, |value| format!("{value:.1}"))
}

fn months(report: &figures::Report) -> List {
    List {
        columns: vec![
            Column::new("KIND").whole(),
            Column::new("MONTH").whole(),
            Column::new("RECEIVED").right(),
            Column::new("ANSWERED").right(),
            Column::new("IN TIME").right(),
            Column::new("LATE").right(),
            Column::new("OPEN").right(),
            Column::new("MEDIAN").right().optional(),
            Column::new("P95").right().optional(),
            Column::new("OLDEST OPEN").optional(),
        ],
        rows: report
            .lines
            .iter()
            .map(|line| {
                let share = line
                    .share_in_time
                    .map(|share| format!(" ({:.0} %)", share * 100.0));
                vec![
                    line.kind.as_str().to_owned(),
                    line.month.clone(),
                    line.received.to_string(),
                    line.answered.to_string(),
                    format!("{}{}", line.in_time, share.unwrap_or_default()),
                    line.late.to_string(),
                    line.open.to_string(),
                    number(line.median_days),
                    line.p95_days.map_or_else(String::new, |days| days.to_string()),
                    line.oldest_open.map_or_else(String::new, |day| day.to_string()),
                ]
            })
            .collect(),
        items: report.lines.iter().map(value).collect(),
        complete: true,
        csv: vec!["kind", "month", "received", "answered", "in_time", "late", "open"],
        empty: "No case was received in this span.".to_owned(),
        more: Map::from_iter([("california".to_owned(), value(&report.california))]),
        ..List::default()
    }
}

fn california(report: &figures::Report) -> List {
    List {
        columns: vec![
            Column::new("YEAR").whole(),
            Column::new("KIND").whole(),
            Column::new("RECEIVED").right(),
            Column::new("COMPLIED").right(),
            Column::new("DENIED").right(),
            Column::new("MEDIAN").right(),
            Column::new("MEAN").right(),
        ],
        rows: report
            .california
            .iter()
            .map(|year| {
                vec![
                    year.year.to_string(),
                    year.kind.as_str().to_owned(),
                    year.received.to_string(),
                    year.complied.to_string(),
                    year.denied.to_string(),
                    number(year.median_days),
                    number(year.mean_days),
                ]
            })
            .collect(),
        items: report.california.iter().map(value).collect(),
        complete: true,
        csv: vec![
            "year",
            "kind",
            "received",
            "complied",
            "denied",
            "median_days",
            "mean_days",
        ],
        empty: "No case under us-ca was received in this span.".to_owned(),
        ..List::default()
    }
}

/// Runs it.
pub async fn sweep(ctx: &Context, args: &SweepArgs) -> Result<Exit, Failure> {
    if !args.dry_run {
        before_writing(ctx)?;
    }
    let world = ctx.world().await?;
    let swept = forgetting::sweep(&world, args.dry_run).await?;
    let fates = swept.cases;
    let word_of = |until: &jiff::civil::Date| match args.dry_run {
        true => format!("would leave the register of suppressed identifiers (until {until})"),
        false => format!("left the register of suppressed identifiers (until {until})"),
    };
    for (case, until) in &swept.expired {
        ctx.out.note(&format!("{case} {}", word_of(until)));
    }
    let expired: serde_json::Value = swept
        .expired
        .iter()
        .map(|(case, until)| json!({ "case": case, "until": value(until) }))
        .collect();
    let word = match args.dry_run {
        true => "would be forgotten",
        false => "forgotten",
    };
    let list = List {
        columns: vec![
            Column::new("CASE").whole(),
            Column::new("CLOSED").whole(),
            Column::new("PERSONAL DATA"),
        ],
        rows: fates
            .iter()
            .map(|fate| {
                let what = match &fate.kept_because {
                    None => word.to_owned(),
                    Some(why) => format!("kept: {why}"),
                };
                vec![fate.id.clone(), fate.closed_on.to_string(), what]
            })
            .collect(),
        items: fates
            .iter()
            .map(|fate| {
                json!({
                    "id": fate.id,
                    "closed_on": value(&fate.closed_on),
                    "forgotten": fate.forgotten && !args.dry_run,
                    "kept_because": fate.kept_because,
                })
            })
            .collect(),
        complete: true,
        csv: vec!["id", "closed_on", "forgotten", "kept_because"],
        empty: "No closed case is past its time.".to_owned(),
        more: Map::from_iter([("expired".to_owned(), expired)]),
        ..List::default()
    };
    ctx.out.list(Some(&world.organization), &list)?;
    Ok(Exit::OK)
}
