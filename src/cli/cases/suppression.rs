//! `dsr cases suppression`: the register of people whose data was erased.

use serde_json::json;

use super::{before_writing, text};
use crate::cli::output::{List, value};
use crate::cli::{Column, Context, Exit, Fact};
use crate::domain::failure::Failure;
use crate::workflow::access;
use crate::workflow::cases::suppression::{self, Listed};

/// Verbs.
#[derive(Debug, clap::Subcommand)]
pub enum Args {
    /// List the people whose data was erased and who are searched for again
    List,
    /// Remove a person before their time
    Remove(RemoveArgs),
}

/// `cases suppression remove`.
#[derive(Debug, clap::Args)]
pub struct RemoveArgs {
    /// Id of the case (C-17)
    #[arg(value_name = "CASE")]
    pub case: String,
    /// Why it is removed
    #[arg(long, value_name = "TEXT|@FILE|-")]
    pub reason: String,
}

/// Runs a verb.
///
/// # Errors
/// When the register cannot be read, or has no such entry.
pub async fn run(ctx: &Context, args: Args) -> Result<Exit, Failure> {
    match args {
        Args::List => list(ctx).await,
        Args::Remove(args) => remove(ctx, args).await,
    }
}

async fn list(ctx: &Context) -> Result<Exit, Failure> {
    let world = ctx.world().await?;
    if ctx.global.reveal {
        access::record_reveal(&world, "cases suppression list").await?;
    }
    let found = suppression::list(&world).await?;
    let complete = found.iter().all(|listed| listed.entry.is_ok());
    let list = List {
        columns: vec![
            Column::new("CASE").whole(),
            Column::new("PERSON").personal(),
            Column::new("CLOSED").whole(),
            Column::new("UNTIL").whole(),
        ],
        rows: found.iter().map(cells).collect(),
        items: found.iter().map(item).collect(),
        complete,
        notes: found
            .iter()
            .filter_map(|listed| Some(listed.entry.as_ref().err()?.message.clone()))
            .collect(),
        csv: vec!["case", "closed_on", "until", "readable"],
        empty: "The register is empty.".to_owned(),
        ..List::default()
    };
    ctx.out.list(Some(&world.organization), &list)?;
    Ok(Exit::complete(complete))
}

fn cells(listed: &Listed) -> Vec<String> {
    let (person, closed) = match &listed.entry {
        Ok(entry) => (
            entry
                .identifiers
                .first()
                .map(|it| it.value.clone())
                .unwrap_or_default(),
            entry.closed_on.to_string(),
        ),
        Err(_) => (String::new(), "not readable".to_owned()),
    };
    vec![listed.case.clone(), person, closed, listed.until.to_string()]
}

fn item(listed: &Listed) -> serde_json::Value {
    let entry = listed.entry.as_ref().ok();
    json!({
        "case": listed.case,
        "identifiers": entry.map(|entry| value(&entry.identifiers)),
        "closed_on": entry.map(|entry| value(&entry.closed_on)),
        "until": value(&listed.until),
        "readable": entry.is_some(),
    })
}

async fn remove(ctx: &Context, args: RemoveArgs) -> Result<Exit, Failure> {
    before_writing(ctx)?;
    let world = ctx.world().await?;
    let why = text(ctx, "--reason", &args.reason)?;
    suppression::remove(&world, &args.case, &why).await?;
    let case = crate::domain::text::clean(args.case.trim()).to_ascii_uppercase();
    let facts = [
        Fact::new("case", case.clone()),
        Fact::new("removed", "its person is no longer searched for again"),
    ];
    ctx.out
        .object(&json!({ "case": case, "removed": true }), &facts)?;
    Ok(Exit::OK)
}
