//! `dsr cases recheck`: what was erased is searched for again, in every system that can be reached.

use serde_json::json;

use super::{before_writing, maybe_text};
use crate::cli::output::List;
use crate::cli::{Column, Context, Exit};
use crate::domain::case::coverage::System;
use crate::domain::failure::{Failure, FailureKind};
use crate::workflow::access;
use crate::workflow::cases::recheck::{Again, Looked, Rechecked, Settled, State, raised, recheck, settle};

/// `cases recheck`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Searched are Genesys Cloud, the Favorites and Recents (one scan of the keyspace for everybody), the exports \
that are still stored as far as they were opened here, and the copies that lie here: for the people of cases \
and, where a case has forgotten its own, for those of the register of suppressed identifiers (dsr cases \
suppression). A system that the profile does not name is told as not configured; it is missing where something was \
erased there, or where that is not known here. What is found where nothing was erased under a case is told as \
that, and does not count as found again.\n\n\
What stays as it is for a good reason is settled by a person with --settle: what is raised of the named cases, as it \
is seen now, after a question that lists it. It is told from then on with who settled it, when and why, and stands in the \
ledger. When anything else is seen, or nothing any more, the settlement ends: what comes back later is raised. Nothing \
that was not read is called complete by it.\n\n\
Exit codes: 0 nothing was found again and everything was read, or what was not is settled; 1 something was found \
again; 6 nothing was, but not everything could be read."
)]
pub struct Args {
    /// Cases by id or reference; every case in which something was erased when none is named
    #[arg(value_name = "CASE")]
    pub cases: Vec<String>,
    /// Only this system: genesys_cloud, favorites, exports or copies; may be given several times
    #[arg(long = "system", value_name = "SYSTEM", value_parser = system)]
    pub systems: Vec<System>,
    /// Settle what is raised of these cases: why it stays as it is. Name nobody; @FILE and - are read
    #[arg(long, value_name = "WHY", requires = "cases")]
    pub settle: Option<String>,
    /// Raise again what was settled of these cases
    #[arg(long, requires = "cases", conflicts_with = "settle")]
    pub unsettle: bool,
    /// Settle without asking
    #[arg(long)]
    pub yes: bool,
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
    let why = maybe_text(ctx, "--settle", args.settle.as_deref())?;
    let world = ctx.world().await?;
    let again = Again {
        cases: args.cases.clone(),
        systems: args.systems.clone(),
        unsettle: args.unsettle,
    };
    let mut found = recheck(&world, &again, &ctx.listener(), &ctx.cancel).await?;
    if let Some(why) = &why {
        let seen = raised(&found);
        if seen.is_empty() {
            let nothing = Failure::new(
                FailureKind::Conflict,
                "Nothing is raised there, so nothing was settled.",
            );
            return Err(nothing.next("See what is: dsr cases recheck"));
        }
        let question = format!("Settle what is raised now? {}.", seen.join("; "));
        ctx.confirm(&question, args.yes).await?;
        settle(&world, &mut found, why).await?;
    }
    let back = found.iter().any(Rechecked::is_back);
    let complete = found.iter().all(Rechecked::complete);
    let open = found.iter().any(Rechecked::is_open);
    let settled: usize = found.iter().map(|one| one.settlements().count()).sum();
    let mut notes = Vec::new();
    if settled > 0 {
        notes.push(format!(
            "Settled by a person, and not raised: {settled}. What was not read stays not read."
        ));
    }
    if !world.casework.other_systems.is_empty() && !found.is_empty() {
        notes.push(format!(
            "Not reached from here, so those responsible have to look: {}.",
            world.casework.other_systems.join(", ")
        ));
    }
    let mut columns = vec![
        Column::new("CASE").whole(),
        Column::new("KIND").optional(),
        Column::new("FROM"),
        Column::new("SYSTEM").whole(),
        Column::new("FOUND").right(),
        Column::new("NOTES"),
    ];
    if settled > 0 {
        // A person's words, in which anybody may stand.
        columns.push(Column::new("WHY").personal());
        if ctx.global.reveal {
            access::record_reveal(&world, "cases recheck").await?;
        }
    }
    let list = List {
        columns,
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
        false => Exit::complete(!open),
    })
}

/// A line for each system, and one where nobody could be searched for.
fn rows(one: &Rechecked) -> Vec<Vec<String>> {
    let line = |system: &str, found: String, notes: &[String], settled: Option<&Settled>| {
        let notes = notes.iter().cloned().chain(settled.map(said));
        vec![
            one.id.clone(),
            one.kind.as_str().to_owned(),
            one.from.unwrap_or("nothing").to_owned(),
            system.to_owned(),
            found,
            notes.collect::<Vec<_>>().join(" "),
            settled
                .and_then(|settled| settled.why.clone())
                .unwrap_or_default(),
        ]
    };
    if one.systems.is_empty() {
        let settled = one.settled.as_ref();
        return vec![line("", "not searched".to_owned(), &one.notes, settled)];
    }
    let of_system = |looked: &Looked| {
        let settled = looked.settled.as_ref().or(one.settled.as_ref());
        line(looked.system.as_str(), words(one, looked), &looked.notes, settled)
    };
    one.systems.iter().map(of_system).collect()
}

/// Whose word it is.
fn said(settled: &Settled) -> String {
    format!(
        "Settled by {} on {}.",
        settled.by,
        settled.at.strftime("%Y-%m-%d")
    )
}

fn of_settled(settled: Option<&Settled>) -> serde_json::Value {
    settled.map_or(
        serde_json::Value::Null,
        |settled| json!({ "by": settled.by, "at": settled.at.to_string(), "why": settled.why }),
    )
}

fn words(one: &Rechecked, looked: &Looked) -> String {
    let mut words = match looked.state {
        State::Searched => looked.found.to_string(),
        state => state.as_str().replace('_', " "),
    };
    if looked.found > 0 && one.erased(&looked.system) == Some(false) {
        words.push_str(", not erased there");
    }
    if looked.state == State::Searched && !looked.complete {
        words.push_str(", INCOMPLETE");
    }
    if looked.settled.is_some() {
        words.push_str(", settled");
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
                "settled": of_settled(looked.settled.as_ref()),
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
        "settled": of_settled(one.settled.as_ref()),
    })
}
