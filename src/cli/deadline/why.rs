//! `dsr deadline why`: one clock with all its steps.

use jiff::civil::Date;
use serde::Serialize;

use super::{RulesArgs, day, rules};
use crate::cli::output::value;
use crate::cli::requests::list::request_type;
use crate::cli::{Context, Exit, Fact};
use crate::domain::deadline::{Awaited, End, Facts, Pause, Reckoning, Rules, Step, added_from, reckon};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::request::RequestType;
use crate::workflow::cases;
use crate::workflow::cases::safe_day::{SafeDay, last_safe_day};

/// Arguments of `why`.
#[derive(Debug, clap::Args)]
pub struct WhyArgs {
    /// Day on which the request was received: 2026-11-03, today or 30d (ago)
    #[arg(long, value_name = "DAY", required_unless_present = "case")]
    pub received: Option<String>,
    /// The clock of a case, with everything that happened to it
    #[arg(long, value_name = "CASE", conflicts_with_all = ["received", "regime", "country", "extended", "awaited"])]
    pub case: Option<String>,
    /// Tell the last safe day to submit a request of this type, too: export, delete or update
    #[arg(long = "type", value_name = "T", value_parser = request_type)]
    pub kind: Option<RequestType>,
    /// The law and the holidays.
    #[command(flatten)]
    pub rules: RulesArgs,
    /// Day on which the person was told of an extension and its reasons
    #[arg(long, value_name = "DAY")]
    pub extended: Option<String>,
    /// What was asked for from the person: identity, clarification or fee, the day, and the day on which it came
    #[arg(long, value_name = "WHAT:DAY[..DAY]")]
    pub awaited: Vec<String>,
    /// Day to which a wait that lasts is counted
    #[arg(long, value_name = "DAY", default_value = "today")]
    pub as_of: String,
}

/// The clock as a document.
#[derive(Debug, Serialize)]
pub struct Why {
    regime: String,
    country: Option<String>,
    holidays: String,
    received: Date,
    starts: Date,
    /// Before it was moved.
    pub target: Date,
    /// The limit.
    pub due: Date,
    extended: bool,
    refuse_by: Date,
    notice_by: Option<Date>,
    extended_target: Option<Date>,
    extended_due: Option<Date>,
    acknowledge_by: Option<Date>,
    awaited: Option<&'static str>,
    /// What does not come with the program, and where it was read from.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    own_files: Vec<String>,
    /// The last safe day to submit, if a type was named.
    #[serde(skip_serializing_if = "Option::is_none")]
    submit_by: Option<SafeDay>,
    steps: Vec<Step>,
}

impl Why {
    /// The document of a reckoning.
    pub fn of(rules: &Rules, facts: &Facts, reckoning: Reckoning) -> Why {
        let End { target, due } = reckoning.end;
        Why {
            regime: rules.regime.code().to_owned(),
            country: rules.calendar.code().map(str::to_owned),
            holidays: rules.calendar.name().to_owned(),
            received: facts.received,
            starts: reckoning.starts,
            target,
            due,
            extended: reckoning.extended,
            refuse_by: reckoning.first.due,
            notice_by: reckoning.extensible.map(|_| reckoning.first.due),
            extended_target: reckoning.extensible.map(|end| end.target),
            extended_due: reckoning.extensible.map(|end| end.due),
            acknowledge_by: reckoning.acknowledge_by,
            awaited: reckoning.stands.map(Awaited::as_str),
            own_files: added_from(rules),
            submit_by: None,
            steps: reckoning.steps,
        }
    }

    /// The same for people.
    pub fn sheet(&self) -> Vec<Fact> {
        let mut facts = vec![
            Fact::new("due", format!("{} (the limit)", self.due)),
            Fact::new("target", format!("{} (before it was moved)", self.target)),
            Fact::new("regime", &self.regime),
            Fact::new("holidays", &self.holidays),
        ];
        facts.extend(self.own_files.iter().map(|text| Fact::new("own file", text)));
        if let Some(by) = self.acknowledge_by {
            facts.push(Fact::new("confirm by", by.to_string()));
        }
        if let Some(safe) = &self.submit_by {
            facts.push(Fact::new("submit by", &safe.text));
        }
        if let Some(awaited) = self.awaited {
            facts.push(Fact::new(
                "stands",
                format!("awaiting {awaited}: the end moves day by day"),
            ));
        }
        for (at, step) in self.steps.iter().enumerate() {
            facts.push(Fact::new(
                if at == 0 { "steps" } else { "" },
                format!("{}  {} [{}]", step.day, step.text, step.source),
            ));
        }
        facts
    }
}

/// Tells it.
pub async fn run(ctx: &Context, args: &WhyArgs) -> Result<Exit, Failure> {
    let (rules, facts) = match &args.case {
        Some(handle) => {
            let world = ctx.world().await?;
            let case = cases::show(&world, handle).await?.case;
            (case.rules(), case.facts(cases::today(&world)))
        }
        None => given(ctx, args).await?,
    };
    let mut document = Why::of(&rules, &facts, reckon(&rules, &facts));
    if let Some(kind) = args.kind {
        let world = ctx.world().await?;
        document.submit_by = Some(last_safe_day(&world, kind, document.due).await?);
    }
    ctx.out.object(&value(&document), &document.sheet())?;
    Ok(Exit::OK)
}

/// Rules and facts as the options tell them.
async fn given(ctx: &Context, args: &WhyArgs) -> Result<(Rules, Facts), Failure> {
    let rules = rules(ctx, &args.rules)?;
    let received = args.received.as_deref().unwrap_or("today");
    let received = day(ctx, "--received", received).await?;
    let mut pauses = Vec::new();
    for text in &args.awaited {
        pauses.push(pause(ctx, text, received).await?);
    }
    let extended = match &args.extended {
        Some(text) => Some(not_before(
            "--extended",
            day(ctx, "--extended", text).await?,
            received,
        )?),
        None => None,
    };
    // The world is asked for its day only where a wait lasts.
    let lasts = pauses.iter().any(|pause| pause.until.is_none());
    let today = if lasts || args.as_of != "today" {
        day(ctx, "--as-of", &args.as_of).await?
    } else {
        received
    };
    let facts = Facts {
        received,
        pauses,
        extended,
        today,
    };
    Ok((rules, facts))
}

/// `identity:2026-11-05..2026-11-09`, or without an end for what is still awaited.
async fn pause(ctx: &Context, text: &str, received: Date) -> Result<Pause, Failure> {
    let usage = || {
        Failure::new(
            FailureKind::Usage,
            "--awaited is written WHAT:DAY or WHAT:DAY..DAY, where WHAT is identity, clarification or fee.",
        )
    };
    let (what, days) = text.split_once(':').ok_or_else(usage)?;
    let awaited = Awaited::parse(what).ok_or_else(usage)?;
    let (from, until) = match days.split_once("..") {
        Some((from, until)) => (from, Some(until)),
        None => (days, None),
    };
    let from = not_before("--awaited", day(ctx, "--awaited", from).await?, received)?;
    let until = match until {
        Some(until) => Some(not_before(
            "--awaited",
            day(ctx, "--awaited", until).await?,
            from,
        )?),
        None => None,
    };
    Ok(Pause { awaited, from, until })
}

fn not_before(option: &str, day: Date, first: Date) -> Result<Date, Failure> {
    if day < first {
        return Err(Failure::new(
            FailureKind::Usage,
            format!("{option}: {day} lies before {first}."),
        ));
    }
    Ok(day)
}
