//! `dsr copies`: local copies of personal data.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::subjects::identifiers::IdentifierArgs;
use super::subjects::search::of_case;
use super::{Column, Context, Exit, List};
use crate::domain::case::coverage::{Cell, Mark, System};
use crate::domain::failure::{Failure, FailureKind};
use crate::workflow::copies::{self, Found, Standing};
use crate::workflow::exports::coverage;
use crate::workflow::{World, cases, evidence, forget};

/// The verbs.
#[derive(Debug, clap::Subcommand)]
pub enum Args {
    /// List every local copy: where it lies, since when, and until when it may
    List(ListArgs),
    /// Find a person in the copies that lie here
    Find(FindArgs),
    /// Delete copies from this host, and record it
    Remove(RemoveArgs),
}

/// `copies list`.
#[derive(Debug, clap::Args)]
pub struct ListArgs {
    /// Only those that are to be removed now
    #[arg(long)]
    pub due: bool,
}

/// `copies find`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Names of packed files count, too, and archives in archives are looked into. Encrypted downloads, \
recordings, pictures and the like cannot be searched; each part is named, and the exit code is 6 then. What is the \
result of the case's own request is its person's as a whole, and told.\n\nExit codes: 0 all was searched; 6 not all could be."
)]
pub struct FindArgs {
    /// Who.
    #[command(flatten)]
    pub person: IdentifierArgs,
    /// The case it is for: its identifiers are looked for too, and its coverage takes what was found
    /// here and what that says of the export service's files, which are listed for it
    #[arg(long, value_name = "CASE")]
    pub case: Option<String>,
}

/// `copies remove`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Files are deleted, not overwritten: what the disk, its snapshots and backups keep of them is \
beyond this program."
)]
pub struct RemoveArgs {
    /// The copies, as the list names them
    #[arg(value_name = "PATH", required_unless_present_any = ["due", "all", "own"])]
    pub paths: Vec<PathBuf>,
    /// Those whose day has come
    #[arg(long, conflicts_with_all = ["paths", "all"])]
    pub due: bool,
    /// All of them
    #[arg(long, conflicts_with = "paths")]
    pub all: bool,
    /// The results of the case's own requests: all that is in them is its person's, also what could
    /// not be searched
    #[arg(long, requires = "case", conflicts_with_all = ["paths", "all", "due"])]
    pub own: bool,
    /// The case it is for: its holds stand against it, and its coverage takes the result
    #[arg(long, value_name = "CASE")]
    pub case: Option<String>,
    /// Only show what would be deleted
    #[arg(long)]
    pub dry_run: bool,
    /// Do not ask
    #[arg(long)]
    pub yes: bool,
}

/// Runs a verb.
///
/// # Errors
/// Storage failures, a path that is no copy, an answer that is missing.
pub async fn run(ctx: &Context, args: Args) -> Result<Exit, Failure> {
    match args {
        Args::List(args) => list(ctx, &args).await,
        Args::Find(args) => find(ctx, args).await,
        Args::Remove(args) => remove(ctx, args).await,
    }
}

async fn list(ctx: &Context, args: &ListArgs) -> Result<Exit, Failure> {
    let world = ctx.world().await?;
    let mut all = copies::list(&world).await?;
    all.retain(|standing| !args.due || standing.is_due());
    let due = all.iter().filter(|standing| standing.is_due()).count();
    let mut list = table(&all, "There is no copy that is known.");
    if due > 0 {
        list.notes.push(format!(
            "{due} of them are to be removed now: dsr copies remove --due"
        ));
    }
    let saves = world.store.saves().await?;
    if let Some(last) = saves.iter().map(|save| save.remove_after).max() {
        list.notes.push(format!(
            "{} groups of settings, saved before a deletion in the favorites, lie in the store until {} at the latest: \
             dsr favorites saved",
            saves.len(),
            last.strftime("%Y-%m-%d")
        ));
    }
    ctx.out.list(Some(&world.organization), &list)?;
    Ok(Exit::OK)
}

/// Copies as a list.
fn table(all: &[Standing], empty: &str) -> List {
    List {
        columns: vec![
            Column::new("KIND"),
            Column::new("SINCE"),
            Column::new("UNTIL"),
            Column::new("DAYS").right(),
            Column::new("BYTES").right(),
            Column::new("PATH").whole(),
        ],
        rows: all.iter().map(row).collect(),
        items: all.iter().map(item).collect(),
        complete: true,
        csv: vec![
            "path",
            "kind",
            "source",
            "bytes",
            "since",
            "until",
            "days_left",
            "present",
        ],
        empty: empty.to_owned(),
        ..List::default()
    }
}

fn row(standing: &Standing) -> Vec<String> {
    let day = |at: jiff::Timestamp| at.strftime("%Y-%m-%d").to_string();
    vec![
        standing.copy.kind.as_str().to_owned(),
        day(standing.copy.since),
        day(standing.until),
        standing.days_left.to_string(),
        standing
            .present
            .map_or("gone".to_owned(), |bytes| bytes.to_string()),
        standing.copy.path.display().to_string(),
    ]
}

fn item(standing: &Standing) -> Value {
    json!({
        "path": standing.copy.path,
        "kind": standing.copy.kind,
        "source": standing.copy.source.as_ref().map(|source| source.replace('\n', ", ")),
        "bytes": standing.present.or(standing.copy.bytes),
        "since": standing.copy.since,
        "until": standing.until,
        "days_left": standing.days_left,
        "due": standing.is_due(),
        "present": standing.present.is_some(),
    })
}

async fn find(ctx: &Context, args: FindArgs) -> Result<Exit, Failure> {
    let world = ctx.world().await?;
    let mut read = |option: &str, value: &str| ctx.values.values(option, value);
    let mut person = args
        .person
        .collect(world.settings.default_country.as_deref(), &mut read)?;
    let case = match &args.case {
        Some(handle) => Some(cases::show(&world, handle).await?.case),
        None => None,
    };
    if let Some(case) = &case {
        let known = of_case(case)?;
        person.extend(
            known
                .into_iter()
                .filter(|one| !person.contains(one))
                .collect::<Vec<_>>(),
        );
    }
    let world = world.about(case.as_ref().map(|case| case.id.as_str()));
    let listener = ctx.listener();
    let found = copies::find(&world, &person, &listener, &ctx.cancel).await?;
    drop(listener);
    if let Some(case) = &case {
        let complete = found.not_read.is_empty();
        let count = found.copies.len() as u64;
        cases::coverage::looked(&world, &case.id, System::Copies, count, complete, None).await?;
        coverage::from_copies(&world, case, &found).await?;
    }
    let mut list = found_list(&found);
    if let Some(case) = &case {
        list.notes.extend(own_results(&world, &case.id).await?);
    }
    ctx.out.list(Some(&world.organization), &list)?;
    Ok(Exit::complete(found.not_read.is_empty()))
}

/// The results of the case's own requests, for which what could not be searched does not matter.
async fn own_results(world: &World, case: &str) -> Result<Vec<String>, Failure> {
    let own = copies::own(world, copies::list(world).await?, case).await?;
    let mut lines: Vec<String> = own
        .iter()
        .filter(|standing| standing.present.is_some())
        .map(|standing| {
            format!(
                "{} is the result of a request of {case}: all of it is its person's.",
                standing.copy.path.display()
            )
        })
        .collect();
    if !lines.is_empty() {
        lines.push(format!("Remove them with: dsr copies remove --case {case} --own"));
    }
    Ok(lines)
}

fn found_list(found: &Found) -> List {
    let standings: Vec<Standing> = found
        .copies
        .iter()
        .map(|(standing, _)| standing.clone())
        .collect();
    let mut list = table(
        &standings,
        "The person stands in none of the copies that could be searched.",
    );
    list.columns.insert(1, Column::new("HITS").right());
    for ((row, item), (_, hits)) in list.rows.iter_mut().zip(&mut list.items).zip(&found.copies) {
        row.insert(1, hits.to_string());
        item["hits"] = json!(hits);
    }
    list.csv.push("hits");
    list.complete = found.not_read.is_empty();
    list.notes = vec![format!("{} copies were searched.", found.searched)];
    list.notes
        .extend(found.not_read.iter().map(|what| format!("Not searched: {what}")));
    list
}

async fn remove(ctx: &Context, args: RemoveArgs) -> Result<Exit, Failure> {
    if !args.dry_run {
        ctx.before_local_change(args.yes)?;
    }
    let world = ctx.world().await?;
    let all = copies::list(&world).await?;
    let case = match &args.case {
        Some(handle) => Some(cases::show(&world, handle).await?.case.id),
        None => None,
    };
    let chosen: Vec<Standing> = match (args.due, args.all, &case) {
        (true, ..) => all.into_iter().filter(Standing::is_due).collect(),
        (_, true, _) => all,
        (.., Some(case)) if args.own => copies::own(&world, all, case).await?,
        _ => copies::named(all, &args.paths)?,
    };
    if args.due && !args.dry_run {
        // They have a day on which they go, as every copy has.
        forget::expire(&world).await?;
    }
    for (path, failure) in copies::held(&world, &chosen, case.as_deref()).await? {
        ctx.out
            .note(&format!("Stays: {}: {}", path.display(), failure.message));
    }
    let items: Vec<Value> = chosen.iter().map(item).collect();
    if args.dry_run || chosen.is_empty() {
        let mut list = table(&chosen, "There is nothing to remove.");
        list.items
            .iter_mut()
            .for_each(|item| item["outcome"] = Value::Null);
        ctx.out.list(Some(&world.organization), &list)?;
        return Ok(Exit::OK);
    }
    for standing in &chosen {
        ctx.out.note(&standing.copy.path.display().to_string());
    }
    let question = format!("Delete these {} files from this host?", chosen.len());
    ctx.confirm_local(&question, args.yes).await?;
    let why = if args.due { "due" } else { "asked" };
    let removed = copies::remove(&world, chosen, case.as_deref(), why).await?;
    if let (Some(case), count @ 1..) = (&case, removed.deleted.len() as u64) {
        let cell = Cell::new(Mark::Erased { count });
        cases::coverage::record(&world, case, System::Copies, cell).await?;
    }
    let outcome = |path: &Value| {
        let is = |list: &[PathBuf]| list.iter().any(|one| json!(one) == *path);
        let held = removed.held.iter().any(|(one, _)| json!(one) == *path);
        match (is(&removed.deleted), is(&removed.missing), held) {
            (true, ..) => "deleted",
            (_, true, _) => "missing",
            (.., true) => "held",
            _ => "failed",
        }
    };
    let mut list = List {
        columns: vec![Column::new("OUTCOME"), Column::new("PATH").whole()],
        complete: removed.failed.is_empty() && removed.held.is_empty(),
        notes: not_deleted(&removed),
        csv: vec!["path", "kind", "outcome"],
        ..List::default()
    };
    for mut item in items {
        item["outcome"] = json!(outcome(&item["path"]));
        list.rows.push(vec![
            item["outcome"].as_str().unwrap_or_default().to_owned(),
            item["path"].as_str().unwrap_or_default().to_owned(),
        ]);
        list.items.push(item);
    }
    ctx.out.list(Some(&world.organization), &list)?;
    let nothing = removed.deleted.is_empty() && removed.missing.is_empty();
    match (removed.failed.is_empty(), removed.held.first(), nothing) {
        (true, None, _) => Ok(Exit::OK),
        (.., false) => Ok(Exit::INCOMPLETE),
        (_, Some((_, failure)), true) => {
            evidence::denied(&world, "copies.remove", Err(failure.clone())).await
        }
        (false, None, true) => Err(
            Failure::new(FailureKind::Storage, "None of the files could be deleted.")
                .next("Check their owner and the mode of their directories."),
        ),
    }
}

fn not_deleted(removed: &copies::Removed) -> Vec<String> {
    let failed = removed.failed.iter().map(|(path, why)| (path, why));
    let held = removed
        .held
        .iter()
        .map(|(path, failure)| (path, &failure.message));
    failed
        .chain(held)
        .map(|(path, why)| format!("Not deleted: {} {why}", path.display()))
        .collect()
}
