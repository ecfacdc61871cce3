//! `dsr requests reconcile`: settles unknown outcomes by looking; what looking cannot settle, a
//! person decides.

use std::time::Duration;

use serde::Serialize;

use super::when;
use crate::cli::output::{List, value};
use crate::cli::{Column, Context, Exit};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::operation::Operation;
use crate::domain::request::RequestType;
use crate::domain::text::clean;
use crate::store::UnknownChange;
use crate::workflow::reconcile::{Settled, changes, decide, run as settle};
use crate::workflow::{World, queue};

/// `requests reconcile`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "A request that Genesys Cloud lists is taken over when exactly one fits in type, subject, \
creator and time. Changes of unknown outcome (a job, a certificate, a setting) are listed in the notes: look whether \
they took effect, and say so. Nothing is ever sent by this command.\n\nExit codes: 0 nothing is unknown any more; 1 a decision \
was refused (that request belongs to another operation); 6 something stays unknown."
)]
pub struct ReconcileArgs {
    /// Operation ids; all with an unknown outcome when none is given
    #[arg(value_name = "ID")]
    pub ids: Vec<String>,
    /// How long a request may take to appear in the list
    #[arg(long, value_name = "SPAN", value_parser = when::span)]
    pub quiet_period: Option<Duration>,
    /// Decide that this remote request is the one of this operation (repeatable)
    #[arg(long, value_name = "OP=REMOTE", conflicts_with = "ids", value_parser = pair)]
    pub adopt: Vec<(String, String)>,
    /// Decide that this operation or change was never executed (repeatable)
    #[arg(long, value_name = "OP", conflicts_with = "ids")]
    pub never_executed: Vec<String>,
    /// Decide that this change took effect (repeatable)
    #[arg(long, value_name = "CHANGE", conflicts_with = "ids")]
    pub took_effect: Vec<String>,
    /// Do not ask before a decision is recorded
    #[arg(long)]
    pub yes: bool,
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((op, remote)) if !op.trim().is_empty() && !remote.trim().is_empty() => {
            Ok((op.trim().to_owned(), remote.trim().to_owned()))
        }
        _ => Err("write OPERATION=REQUEST with the two ids".to_owned()),
    }
}

/// How one operation was settled.
#[derive(Clone, Debug, Serialize)]
pub struct SettledItem {
    /// The operation.
    pub operation_id: String,
    /// The remote request, once known.
    pub id: Option<String>,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: RequestType,
    /// `adopted`, `waiting`, `nothing_found`, `several`, `not_read`, or `never_executed`.
    pub outcome: &'static str,
    /// True when nothing is left to be done.
    pub settled: bool,
    /// Remote requests that fit, when there are several.
    pub candidates: Vec<String>,
    /// What to do next, or what was seen.
    pub detail: String,
    /// The person's label; for the table only.
    #[serde(skip)]
    pub label: String,
}

/// Runs it.
///
/// # Errors
/// A decision that is refused, and whatever looking fails with.
pub async fn run(ctx: &Context, args: ReconcileArgs) -> Result<Exit, Failure> {
    let looks = args.adopt.is_empty() && args.never_executed.is_empty() && args.took_effect.is_empty();
    if !looks {
        ctx.before_change(args.yes)?;
    }
    let world = ctx.world().await?;
    let (items, told) = if looks {
        let ids = operation_ids(&world, &args.ids).await?;
        let settled = settle(&world, &ids, args.quiet_period, &ctx.cancel).await?;
        let items = settled.iter().map(|(operation, how)| item(operation, how));
        let unknown = match args.ids.is_empty() {
            true => changes::unknown(&world).await?,
            false => Vec::new(),
        };
        (items.collect(), unknown.iter().map(waits).collect())
    } else {
        decided(ctx, &world, &args).await?
    };
    let mut list = list(&items);
    // A change that waits for somebody to look is not settled either.
    list.complete &= !looks || told.is_empty();
    list.notes.extend(told);
    ctx.out.list(Some(&world.organization), &list)?;
    Ok(Exit::complete(list.complete))
}

fn waits(change: &UnknownChange) -> String {
    format!(
        "Change {} ({} by {}, {}) has an unknown outcome. Look with {}, then decide with --took-effect or \
         --never-executed.",
        change.id,
        change.action,
        clean(&change.actor),
        change.intent_at.strftime("%Y-%m-%d %H:%MZ"),
        changes::where_to_look(&change.action),
    )
}

/// Records decisions: what became of the operations, and a sentence for each change.
async fn decided(
    ctx: &Context,
    world: &World,
    args: &ReconcileArgs,
) -> Result<(Vec<SettledItem>, Vec<String>), Failure> {
    let (looked, never) = chosen(world, args).await?;
    let mut adopt = Vec::new();
    for (operation, remote) in &args.adopt {
        adopt.push((operation_id(world, operation).await?, remote));
    }
    ctx.confirm(&question(world, &adopt, &never, &looked), args.yes)
        .await?;
    let mut items = Vec::new();
    for (id, remote) in adopt {
        let operation = decide(world, &id, Some(remote)).await?;
        items.push(item(&operation, &Settled::Adopted(remote.clone())));
    }
    for id in never {
        let operation = decide(world, &id, None).await?;
        items.push(SettledItem {
            outcome: "never_executed",
            settled: true,
            detail: "decided by a person; it may be submitted anew".to_owned(),
            ..item(&operation, &Settled::Waiting)
        });
    }
    let mut told = Vec::new();
    for (change, took_effect) in looked {
        changes::decide(world, &change, took_effect).await?;
        told.push(format!("Recorded: {}", said(&change, took_effect)));
    }
    Ok((items, told))
}

/// Changes with what was seen of them, and the operations that were never executed.
async fn chosen(
    world: &World,
    args: &ReconcileArgs,
) -> Result<(Vec<(UnknownChange, bool)>, Vec<String>), Failure> {
    let (mut looked, mut never) = (Vec::new(), Vec::new());
    for id in &args.took_effect {
        let change = changes::find(world, id).await?.ok_or_else(|| {
            Failure::new(
                FailureKind::NotFound,
                format!("No change {} is of unknown outcome.", clean(id)),
            )
            .next("See which are: dsr requests reconcile")
        })?;
        looked.push((change, true));
    }
    for id in &args.never_executed {
        match changes::find(world, id).await? {
            Some(change) => looked.push((change, false)),
            None => never.push(operation_id(world, id).await?),
        }
    }
    Ok((looked, never))
}

fn said(change: &UnknownChange, took_effect: bool) -> String {
    let what = if took_effect {
        "took effect"
    } else {
        "was never executed"
    };
    format!("change {} ({}) {what}.", change.id, change.action)
}

/// What is asked before decisions are recorded, with what a wrong one would lead to.
fn question(
    world: &World,
    adopt: &[(String, &String)],
    never: &[String],
    looked: &[(UnknownChange, bool)],
) -> String {
    let mut lines = Vec::new();
    for (id, remote) in adopt {
        lines.push(format!("Operation {id} is request {remote}."));
    }
    if !adopt.is_empty() {
        lines.push("From then on it counts as ours, and no other operation can have it.".to_owned());
    }
    for id in never {
        lines.push(format!("Operation {id} was never executed."));
    }
    for (change, took_effect) in looked {
        lines.push(format!("The {}", said(change, *took_effect)));
    }
    if !never.is_empty() || looked.iter().any(|(_, took_effect)| !took_effect) {
        lines.push(
            "Say so only after looking for it: if it was executed after all, it could be sent a second time."
                .to_owned(),
        );
    }
    lines.push(format!(
        "Record this for organisation {}, mode {}? Nothing is sent.",
        world.organization, world.mode
    ));
    lines.join("\n")
}

async fn operation_ids(world: &World, given: &[String]) -> Result<Vec<String>, Failure> {
    let mut ids = Vec::new();
    for id in given {
        ids.push(operation_id(world, id).await?);
    }
    Ok(ids)
}

async fn operation_id(world: &World, id: &str) -> Result<String, Failure> {
    let row = queue::detail(world, id, false).await?.row;
    row.operation_id.map(|id| id.to_string()).ok_or_else(|| {
        Failure::new(
            FailureKind::NotFound,
            "That request is not an operation of this store.",
        )
    })
}

fn item(operation: &Operation, how: &Settled) -> SettledItem {
    let (outcome, settled, candidates, detail) = match how {
        Settled::Adopted(_) => ("adopted", true, vec![], "the request is ours now".to_owned()),
        Settled::Waiting => (
            "waiting",
            false,
            vec![],
            "not listed yet, and the quiet period is not over: look again later".to_owned(),
        ),
        Settled::NothingFound => (
            "nothing_found",
            false,
            vec![],
            "not listed after the quiet period: decide with --never-executed or --adopt".to_owned(),
        ),
        Settled::Several(ids) => (
            "several",
            false,
            ids.clone(),
            match ids.len() {
                1 => "one request fits, but it may be somebody else's: decide with --adopt".to_owned(),
                several => format!("{several} requests fit: decide with --adopt"),
            },
        ),
        Settled::NotRead(why) => (
            "not_read",
            false,
            vec![],
            format!("the list could not be read: {why}"),
        ),
    };
    let adopted = match how {
        Settled::Adopted(id) => Some(id.clone()),
        _ => operation.remote_id.clone(),
    };
    SettledItem {
        operation_id: operation.id.clone(),
        id: adopted,
        kind: operation.request.kind,
        outcome,
        settled,
        candidates,
        detail,
        label: operation.label.clone(),
    }
}

/// The operations as a list.
pub fn list(items: &[SettledItem]) -> List {
    let mut notes = Vec::new();
    for item in items.iter().filter(|item| !item.candidates.is_empty()) {
        notes.push(format!(
            "{} fits: {}",
            item.operation_id,
            item.candidates.join(", ")
        ));
    }
    List {
        columns: vec![
            Column::new("OPERATION").whole(),
            Column::new("TYPE"),
            Column::new("OUTCOME"),
            Column::new("DETAIL"),
            Column::new("SUBJECT").personal().optional(),
            Column::new("REQUEST").optional(),
        ],
        rows: items.iter().map(cells).collect(),
        items: items.iter().map(value).collect(),
        complete: items.iter().all(|item| item.settled),
        notes,
        csv: vec!["operation_id", "id", "type", "outcome", "settled", "detail"],
        empty: "No outcome is unknown.".to_owned(),
        ..List::default()
    }
}

fn cells(item: &SettledItem) -> Vec<String> {
    vec![
        item.operation_id.clone(),
        item.kind.as_str().to_owned(),
        item.outcome.replace('_', " "),
        item.detail.clone(),
        item.label.clone(),
        item.id.clone().unwrap_or_default(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decision_names_both_ids() {
        assert_eq!(pair("a = b"), Ok(("a".to_owned(), "b".to_owned())));
        for wrong in ["a", "a=", "=b", ""] {
            assert!(pair(wrong).is_err(), "{wrong}");
        }
    }
}
