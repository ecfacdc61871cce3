//! `dsr artifacts delete`.

use serde_json::{Value, json};

use crate::cli::{Column, Context, Exit, List};
use crate::domain::export::Artifact;
use crate::domain::failure::{Changed, Failure};
use crate::workflow::exports::artifacts::{self, Entry};
use crate::workflow::exports::coverage;
use crate::workflow::{cases, evidence};

/// `artifacts delete`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "What is deleted at the service cannot be had again, only exported anew. Copies here stay.\n\n\
Exit codes: 0 all are deleted; 1 refused or not found; 4 access denied; 6 only part, or an outcome is not known."
)]
pub struct DeleteArgs {
    /// Ids of files, their names, or beginnings of ids of at least 6 characters; 100 at most
    #[arg(value_name = "ID", required = true)]
    pub ids: Vec<String>,
    /// The case it is for: its holds stand against it, and its coverage takes the result
    #[arg(long, value_name = "CASE")]
    pub case: Option<String>,
    /// Say what would be deleted, and delete nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Do not ask
    #[arg(long)]
    pub yes: bool,
}

/// Runs it.
///
/// # Errors
/// Unknown ids, more than 100 files; the first failure when nothing was deleted.
pub async fn run(ctx: &Context, args: DeleteArgs) -> Result<Exit, Failure> {
    if !args.dry_run {
        ctx.before_change(args.yes)?;
    }
    let world = ctx.world().await?;
    let read = artifacts::list(&world, &crate::domain::progress::Listener::none()).await?;
    let selected = read.select(&args.ids)?;
    let chosen: Vec<Artifact> = selected.iter().map(|entry| entry.artifact.clone()).collect();
    let case = match &args.case {
        Some(handle) => Some(cases::show(&world, handle).await?.case),
        None => None,
    };
    let id = case.as_ref().map(|case| case.id.clone());
    if args.dry_run {
        let rows: Vec<_> = chosen
            .iter()
            .map(|artifact| (artifact, "would_be_deleted", None))
            .collect();
        ctx.out.list(Some(&world.organization), &list(&rows, true))?;
        return Ok(Exit::OK);
    }
    if let Some(id) = &id {
        // Before anything is asked; each call asks again.
        let held = cases::holds::check(&world, Vec::new(), Vec::new(), Some(id.clone())).await;
        evidence::denied(&world, "export_file.delete", held).await?;
    }
    let standing = match id {
        Some(_) => 0,
        None => cases::holds::list(&world, false).await?.len(),
    };
    ctx.confirm(&question(&selected, standing), args.yes).await?;
    let outcomes = artifacts::delete(&world, &chosen, id.as_deref(), &ctx.listener()).await?;
    let mut rows: Vec<_> = outcomes
        .iter()
        .map(|(artifact, failure)| (artifact, outcome(failure.as_ref()), failure.as_ref()))
        .collect();
    let left = chosen.iter().skip(outcomes.len());
    rows.extend(left.map(|artifact| (artifact, "not_sent", None)));
    let deleted = rows
        .iter()
        .filter(|(_, outcome, _)| *outcome == "deleted")
        .count();
    if let Some(case) = &case {
        coverage::deleted(&world, case, deleted).await?;
    }
    let failures: Vec<Failure> = outcomes
        .iter()
        .filter_map(|(_, failure)| failure.clone())
        .collect();
    // When nothing at all was done the failure itself is the answer.
    if let (0, Some(first)) = (deleted, failures.first()) {
        return Err(first.clone());
    }
    let whole = deleted == chosen.len();
    ctx.out.list(Some(&world.organization), &list(&rows, whole))?;
    Ok(Exit::complete(whole))
}

/// `standing` is the number of holds: an export holds many people, so nobody knows whether one of them
/// is among these.
fn question(selected: &[&Entry], standing: usize) -> String {
    let missing = selected.iter().filter(|entry| entry.here.is_none()).count();
    let here = match missing {
        0 => "All of them are here.".to_owned(),
        1 => "1 of them is NOT here and can only be exported anew.".to_owned(),
        count => format!("{count} of them are NOT here and can only be exported anew."),
    };
    let here = match standing {
        0 => here,
        1 => format!("{here} 1 hold stands; whether they hold that person is not known here."),
        count => {
            format!("{here} {count} holds stand; whether they hold one of those persons is not known here.")
        }
    };
    match selected {
        [one] => format!("Delete {} at the service? {here}", one.artifact.name),
        several => format!("Delete {} files at the service? {here}", several.len()),
    }
}

fn outcome(failure: Option<&Failure>) -> &'static str {
    match failure.map(|failure| failure.changed) {
        None => "deleted",
        Some(Changed::Nothing) => "refused",
        Some(Changed::Something | Changed::Unknown) => "unknown",
    }
}

fn list(rows: &[(&Artifact, &str, Option<&Failure>)], complete: bool) -> List {
    let item = |(artifact, outcome, failure): &(&Artifact, &str, Option<&Failure>)| -> Value {
        json!({
            "id": artifact.id,
            "name": artifact.name,
            "outcome": outcome,
            "error": failure.map(|failure| &failure.message),
        })
    };
    List {
        columns: vec![
            Column::new("OUTCOME").whole(),
            Column::new("NAME"),
            Column::new("WHY").optional(),
        ],
        rows: rows
            .iter()
            .map(|(artifact, outcome, failure)| {
                vec![
                    outcome.replace('_', " "),
                    artifact.name.clone(),
                    failure.map(|failure| failure.message.clone()).unwrap_or_default(),
                ]
            })
            .collect(),
        items: rows.iter().map(item).collect(),
        complete,
        csv: vec!["id", "name", "outcome", "error"],
        ..List::default()
    }
}
