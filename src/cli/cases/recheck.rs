//! `dsr cases recheck`: what was erased is searched for again, in every system that can be reached.

use serde_json::json;

use super::before_writing;
use crate::cli::output::List;
use crate::cli::{Column, Context, Exit};
use crate::domain::case::coverage::System;
use crate::domain::failure::Failure;
use crate::workflow::cases::recheck::{Again, Looked, Rechecked, State, recheck};

/// `cases recheck`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Searched are Genesys Cloud, the Favorites and Recents (one scan of the keyspace for everybody), the exports \
that are still stored as far as they were opened here, and the copies that lie here: for the people of cases \
and, where a case has forgotten its own, for those of the register of suppressed identifiers (dsr cases \
suppression). A system that the profile does not name is told as not configured; it is missing where something was \
erased there, or where that is not known here. What is found where nothing was erased under a case is told as \
that, and does not count as found again.\n\n\
Exit codes: 0 nothing was found again; 1 something was; 6 nothing was, but not everything could be read."
)]
pub struct Args {
    /// Cases by id or reference; every case in which something was erased when none is named
    #[arg(value_name = "CASE")]
    pub cases: Vec<String>,
    /// Only this system: genesys_cloud, favorites, exports or copies; may be given several times
    #[arg(long = "system", value_name = "SYSTEM", value_parser = system)]
    pub systems: Vec<System>,
}

fn system(text: &str) -> Result<System, String> {
    match System::parse(text) {
        System::Other(_) => Err(format!(
            "it is one of {}",
            System::OWN.map(|one| one.as_str().to_owned()).join(", ")
        )),
        own => Ok(own),
    }
}

/// Runs it.
///
/// # Errors
/// An unknown case, and storage failures.
pub async fn run(ctx: &Context, args: &Args) -> Result<Exit, Failure> {
    before_writing(ctx)?;
    let world = ctx.world().await?;
    let again = Again {
        cases: args.cases.clone(),
        systems: args.systems.clone(),
    };
    let found = recheck(&world, &again, &ctx.listener(), &ctx.cancel).await?;
    let back = found.iter().any(Rechecked::is_back);
    let complete = found.iter().all(Rechecked::complete);
    let mut notes = Vec::new();
    if !world.casework.other_systems.is_empty() && !found.is_empty() {
        notes.push(format!(
            "Not reached from here, so those responsible have to look: {}.",
            world.casework.other_systems.join(", ")
        ));
    }
    let list = List {
        columns: vec![
            Column::new("CASE").whole(),
            Column::new("KIND").optional(),
            Column::new("FROM"),
            Column::new("SYSTEM").whole(),
            Column::new("FOUND").right(),
            Column::new("NOTES"),
        ],
        rows: found.iter().flat_map(rows).collect(),
        items: found.iter().map(item).collect(),
        complete,
        notes,
        csv: vec!["id", "kind", "found", "complete", "notes"],
        empty: "Nothing was erased under any case yet.".to_owned(),
        ..List::default()
    };
    ctx.out.list(Some(&world.organization), &list)?;
    Ok(match back {
        true => Exit::FAILURE,
        false => Exit::complete(complete),
    })
}

/// A line for each system, and one where nobody could be searched for.
fn rows(one: &Rechecked) -> Vec<Vec<String>> {
    let line = |system: &str, found: String, notes: &[String]| {
        vec![
            one.id.clone(),
            one.kind.as_str().to_owned(),
            one.from.unwrap_or("nothing").to_owned(),
            system.to_owned(),
            found,
            notes.join(" "),
        ]
    };
    if one.systems.is_empty() {
        return vec![line("", "not searched".to_owned(), &one.notes)];
    }
    let of_system = |looked: &Looked| line(looked.system.as_str(), words(one, looked), &looked.notes);
    one.systems.iter().map(of_system).collect()
}

fn words(one: &Rechecked, looked: &Looked) -> String {
    if looked.state != State::Searched {
        return looked.state.as_str().replace('_', " ");
    }
    let mut words = looked.found.to_string();
    if looked.found > 0 && one.erased(&looked.system) == Some(false) {
        words.push_str(", not erased there");
    }
    if !looked.complete {
        words.push_str(", INCOMPLETE");
    }
    words
}

fn item(one: &Rechecked) -> serde_json::Value {
    let systems: Vec<serde_json::Value> = one
        .systems
        .iter()
        .map(|looked| {
            let searched = looked.state == State::Searched;
            json!({
                "system": looked.system.as_str(),
                "result": looked.state.as_str(),
                "erased": one.erased(&looked.system),
                "found": searched.then_some(looked.found),
                "complete": searched && looked.complete,
                "notes": looked.notes,
            })
        })
        .collect();
    let of_systems = one.systems.iter().flat_map(|looked| &looked.notes);
    let notes: Vec<&String> = one.notes.iter().chain(of_systems).collect();
    json!({
        "id": one.id,
        "kind": one.kind.as_str(),
        "from": one.from,
        "found": one.found(),
        "found_again": one.found_again(),
        "complete": one.complete(),
        "systems": systems,
        "notes": notes,
    })
}
