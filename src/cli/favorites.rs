//! `dsr favorites`: the groups of settings that were saved before a deletion, and putting them back.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::forget::sign_in;
use super::requests::when;
use super::{Column, Context, Exit, List};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::mode::Mode;
use crate::systems::gws::{GroupName, SettingKey};
use crate::workflow::forget::restore::session::not_taken_over;
use crate::workflow::forget::restore::{self, Now, Outcome, RestorePlan, Saved};
use crate::world::forget::{Wanted, no_gws};

/// Verbs.
#[derive(Debug, clap::Subcommand)]
pub enum Args {
    /// List the groups of settings that were saved before a deletion
    Saved,
    /// Put settings back that a deletion took away
    Restore(RestoreArgs),
}

/// `favorites restore`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Settings that are missing are written again, one at a time, each read again. One that differs \
from what was saved was changed since, or had an entry taken out of it: it is written over only with \
--overwrite. What was deleted for a data subject is personal data: look at the case before you put it back.\n\n\
Exit codes: 0 all that was to be put back is there again (or nothing was missing); 1 refused, or no such run; \
4 not allowed; 5 not reached; 6 only part of it, or an outcome is not known."
)]
pub struct RestoreArgs {
    /// The run, as `dsr favorites saved` lists it, or a beginning of it of at least 6 characters
    #[arg(value_name = "RUN")]
    pub run: String,
    /// Only this settings group
    #[arg(long = "group_name", value_name = "GROUP_NAME")]
    pub group_name: Option<String>,
    /// Write over settings that differ by now
    #[arg(long)]
    pub overwrite: bool,
    /// Address of GWS, http or https
    #[arg(long = "gws", value_name = "GWS")]
    pub gws: Option<String>,
    /// GWS user with an administrator's role; the password is taken from the configuration or asked for
    #[arg(long = "gws_username", value_name = "GWS_USERNAME")]
    pub gws_username: Option<String>,
    /// PEM file with an own authority of GWS
    #[arg(long, value_name = "FILE")]
    pub gws_ca: Option<PathBuf>,
    /// Show what would be written, and stop
    #[arg(long)]
    pub dry_run: bool,
    /// Do not ask
    #[arg(long)]
    pub yes: bool,
}

/// Runs a verb.
///
/// # Errors
/// An unknown run, whatever GWS fails with, storage failures.
pub async fn run(ctx: &Context, args: Args) -> Result<Exit, Failure> {
    match args {
        Args::Saved => saved(ctx).await,
        Args::Restore(args) => restored(ctx, &args).await,
    }
}

async fn saved(ctx: &Context) -> Result<Exit, Failure> {
    let world = ctx.on_premise_world(false).await?;
    let saves = restore::list(&world).await?;
    let zone = &world.settings.time_zone;
    let list = List {
        columns: vec![
            Column::new("RUN").whole(),
            Column::new("GROUP"),
            Column::new("SAVED").whole(),
            Column::new("BY").optional(),
            Column::new("REMOVED ON").whole(),
            Column::new("BYTES").right().optional(),
        ],
        rows: saves
            .iter()
            .map(|save| {
                vec![
                    save.run.chars().take(8).collect(),
                    save.group.clone(),
                    when::minute(save.saved_at, zone),
                    save.saved_by.clone(),
                    when::minute(save.remove_after, zone),
                    save.bytes.to_string(),
                ]
            })
            .collect(),
        items: saves
            .iter()
            .map(|save| {
                json!({
                    "run": save.run,
                    "group": save.group,
                    "bytes": save.bytes,
                    "sha256": save.sha256,
                    "saved_at": save.saved_at,
                    "saved_by": save.saved_by,
                    "remove_after": save.remove_after,
                })
            })
            .collect(),
        complete: true,
        csv: vec![
            "run",
            "group",
            "bytes",
            "sha256",
            "saved_at",
            "saved_by",
            "remove_after",
        ],
        empty: "No group is saved.".to_owned(),
        ..List::default()
    };
    ctx.out.list(Some(&world.organization), &list)?;
    Ok(Exit::OK)
}

async fn restored(ctx: &Context, args: &RestoreArgs) -> Result<Exit, Failure> {
    if !args.dry_run {
        ctx.before_change(args.yes)?;
    }
    let only = args.group_name.as_deref().map(GroupName::new).transpose()?;
    let mut wanted = Wanted {
        gws: args.gws.clone(),
        username: args.gws_username.clone(),
        gws_ca: args.gws_ca.clone(),
        ..Wanted::default()
    };
    sign_in(ctx, &mut wanted).await?;
    let gws = crate::world::forget::gws(&ctx.config, &ctx.selection(), &wanted)?;
    let Some(gws) = gws else { return Err(no_gws()) };
    let world = ctx.on_premise_world(gws.base().is_loopback()).await?;
    if let Some(warning) = gws.base().warning().filter(|_| world.mode == Mode::Live) {
        ctx.out.tell(&format!("Warning: {warning}\n"));
    }
    let plan = restore::prepare(&world, &gws, &args.run, only.as_ref(), args.overwrite).await?;
    if args.dry_run || plan.count() == 0 {
        ctx.out.list(Some(&world.organization), &list(&plan, None))?;
        return Ok(Exit::OK);
    }
    ctx.out.tell(&preview(ctx, &plan));
    let what = match plan.count() {
        1 => "1 setting".to_owned(),
        count => format!("{count} settings"),
    };
    ctx.confirm(
        &format!("Write {what} to GWS at {} again?", gws.base().as_str()),
        args.yes,
    )
    .await?;
    let put_back = restore::execute(&world, &gws, &plan, &plan.digest, &ctx.listener(), &ctx.cancel).await?;
    let outcomes = put_back.outcomes;
    let mut list = list(&plan, Some(&outcomes));
    let unrecorded = put_back.unrecorded.as_ref().map(not_taken_over);
    list.complete &= unrecorded.is_none();
    let recorded = unrecorded.is_none();
    list.notes.extend(unrecorded);
    ctx.out.list(Some(&world.organization), &list)?;
    let back = outcomes
        .iter()
        .filter(|outcome| **outcome == Outcome::Restored)
        .count();
    let first = outcomes.iter().find_map(|outcome| match outcome {
        Outcome::Refused(why) => Some(why.clone()),
        _ => None,
    });
    let unknown = outcomes
        .iter()
        .any(|outcome| matches!(outcome, Outcome::Unknown(_)));
    match (back, first) {
        (0, Some(why)) if !unknown => Err(Failure::new(
            FailureKind::Refused,
            format!("Nothing was put back: {why}"),
        )
        .at(crate::systems::gws::SYSTEM)),
        _ => Ok(Exit::complete(back == plan.count() && recorded)),
    }
}

fn preview(ctx: &Context, plan: &RestorePlan) -> String {
    let mut text = String::from("To be written again, one at a time:\n");
    for (number, saved) in plan.chosen().enumerate() {
        let key = saved.key.as_ref().map_or("", SettingKey::value);
        let key = match ctx.global.reveal {
            true => key.to_owned(),
            false => crate::domain::mask::mask(key),
        };
        let over = if saved.now == Now::Differs {
            format!(", over what stands there now ({})", saved.differs_in.join("; "))
        } else {
            String::new()
        };
        let line = format!("{:>3}. PUT {} {key}{over}", number + 1, saved.group.path());
        text.push_str(&format!(
            "  {}\n",
            super::table::shown(&line, false, ctx.out.drawing())
        ));
    }
    text.push_str("This puts personal data back. Look whether it was deleted for a data subject.\n");
    text
}

fn list(plan: &RestorePlan, outcomes: Option<&[Outcome]>) -> List {
    let outcome = |index: usize| outcomes.and_then(|outcomes| outcomes.get(index));
    let told = |saved: &Saved, index: usize| -> (Option<&'static str>, Option<String>) {
        match outcome(index) {
            _ if !saved.chosen => (None, None),
            outcome => match outcome.and_then(Outcome::told) {
                None => (None, None),
                Some((word, why)) => (Some(word), why.map(str::to_owned)),
            },
        }
    };
    let complete = |(index, saved): (usize, &Saved)| {
        outcomes.is_none() || !saved.chosen || outcome(index) == Some(&Outcome::Restored)
    };
    let item = |(index, saved): (usize, &Saved)| -> Value {
        let (outcome, why) = told(saved, index);
        json!({
            "group": saved.group.as_str(),
            "key": saved.key.as_ref().map(SettingKey::value),
            "location": saved.location,
            "now": saved.now.as_str(),
            "differs_in": saved.differs_in,
            "to_be_written": saved.chosen,
            "outcome": outcome,
            "why": why,
        })
    };
    let row = |(index, saved): (usize, &Saved)| {
        let (outcome, why) = told(saved, index);
        vec![
            saved.group.as_str().to_owned(),
            saved
                .key
                .as_ref()
                .map(|key| key.value().to_owned())
                .unwrap_or_default(),
            saved.now.as_str().replace('_', " "),
            outcome
                .unwrap_or(if saved.chosen { "to be written" } else { "left" })
                .to_owned(),
            why.unwrap_or_else(|| saved.differs_in.join("; ")),
        ]
    };
    let differs = plan.left(Now::Differs);
    let mut notes = Vec::new();
    if differs > 0 {
        notes.push(format!(
            "{differs} differ from what was saved and are left; --overwrite writes them too."
        ));
    }
    let mut more = serde_json::Map::new();
    more.insert("run".to_owned(), json!(plan.run));
    more.insert("same".to_owned(), json!(plan.same));
    notes.push(match plan.same {
        1 => "1 setting is as it was saved.".to_owned(),
        same => format!("{same} settings are as they were saved."),
    });
    List {
        columns: vec![
            Column::new("GROUP"),
            Column::new("KEY").personal(),
            Column::new("NOW").whole(),
            Column::new("OUTCOME").whole(),
            Column::new("WHY").optional(),
        ],
        rows: plan.settings.iter().enumerate().map(row).collect(),
        items: plan.settings.iter().enumerate().map(item).collect(),
        complete: plan.settings.iter().enumerate().all(complete),
        notes,
        csv: vec![
            "group",
            "key",
            "location",
            "now",
            "to_be_written",
            "outcome",
            "why",
            "differs_in",
        ],
        empty: "Nothing is missing and nothing differs.".to_owned(),
        more,
    }
}
