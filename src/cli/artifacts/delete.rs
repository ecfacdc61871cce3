//! `dsr artifacts delete`.

use serde_json::{Value, json};

use crate::cli::{Column, Context, Exit, List};
use crate::domain::export::Artifact;
use crate::domain::failure::{Changed, Failure};
use crate::workflow::cases;
use crate::workflow::exports::artifacts::{self, Entry};
use crate::workflow::exports::deletion::{self, Deletion};

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
    if args.dry_run {
        if let Some(handle) = &args.case {
            cases::show(&world, handle).await?;
        }
        let rows: Vec<_> = chosen
            .iter()
            .map(|artifact| (artifact, "would_be_deleted", None))
            .collect();
        ctx.out.list(Some(&world.organization), &list(&rows, true))?;
        return Ok(Exit::OK);
    }
    let deletion = deletion::prepare(&world, chosen, args.case.as_deref()).await?;
    ctx.confirm(&question(&selected, &deletion), args.yes).await?;
    let deleted = deletion::delete(&world, &deletion, &ctx.listener()).await?;
    let mut rows: Vec<_> = deleted
        .outcomes
        .iter()
        .map(|(artifact, failure)| (artifact, outcome(failure.as_ref()), failure.as_ref()))
        .collect();
    let left = deletion.files.iter().skip(deleted.outcomes.len());
    rows.extend(left.map(|artifact| (artifact, "not_sent", None)));
    // When nothing at all was done the failure itself is the answer.
    if let (0, Some(first)) = (deleted.count(), deleted.failures().first()) {
        return Err(first.clone());
    }
    let unrecorded = deleted.unrecorded.iter();
    let notes: Vec<String> = unrecorded
        .map(|failure| format!("The case could not take the result over: {}", failure.message))
        .collect();
    let whole = deleted.count() == deletion.files.len() && notes.is_empty();
    let mut told = list(&rows, whole);
    told.notes = notes;
    ctx.out.list(Some(&world.organization), &told)?;
    Ok(Exit::complete(whole))
}

fn question(selected: &[&Entry], deletion: &Deletion) -> String {
    let missing = selected.iter().filter(|entry| entry.here.is_none()).count();
    let here = match missing {
        0 if selected.len() == 1 => "It is here.".to_owned(),
        0 => "All of them are here.".to_owned(),
        1 if selected.len() == 1 => "It is NOT here and can only be exported anew.".to_owned(),
        1 => "1 of them is NOT here and can only be exported anew.".to_owned(),
        count => format!("{count} of them are NOT here and can only be exported anew."),
    };
    let here = match deletion.warning() {
        None => here,
        Some(warning) => format!("{here} {warning}"),
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
