//! `dsr subjects search`.

use serde_json::{Map, json};

use super::identifiers::IdentifierArgs;
use super::item::{SubjectItem, asked_lines, matched_text};
use crate::cli::options::Format;
use crate::cli::output::{List, value};
use crate::cli::table::{Column, Drawing, shown, shown_lines};
use crate::cli::{Context, Exit};
use crate::domain::candidate::{Asked, Candidate};
use crate::domain::case::Case;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::identifier::Identifier;
use crate::workflow::search::SearchResult;
use crate::workflow::{access, cases, search};

/// `subjects search`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit codes: 0 the search was finished, whether somebody was found or not; 2 an identifier is \
malformed (nothing is asked then); 6 something could not be asked or read, so more persons may exist."
)]
pub struct SearchArgs {
    /// Who.
    #[command(flatten)]
    pub who: IdentifierArgs,
    /// The case it is for: its identifiers are asked too, and its coverage takes the result
    #[arg(long, value_name = "CASE")]
    pub case: Option<String>,
}

/// The identifiers that a case knows.
///
/// # Errors
/// When it knows none.
pub fn of_case(case: &Case) -> Result<Vec<Identifier>, Failure> {
    if case.identifiers.is_empty() {
        return Err(
            Failure::new(FailureKind::Usage, format!("{} knows no identifiers.", case.id))
                .next("Name the person by options, or add identifiers with: dsr cases change"),
        );
    }
    Ok(case.identifiers.clone())
}

fn args_hold(given: &[Identifier], one: &Identifier) -> bool {
    given.contains(one)
}

/// Runs it.
///
/// # Errors
/// Malformed identifiers, and whatever the search fails with.
pub async fn run(ctx: &Context, args: SearchArgs) -> Result<Exit, Failure> {
    if args.who.is_empty() && args.case.is_none() {
        return Err(nobody_named());
    }
    let world = ctx.world().await?;
    let country = world.settings.default_country.as_deref();
    let mut identifiers = args
        .who
        .collect(country, &mut |option, source| ctx.values.values(option, source))?;
    let case = match &args.case {
        Some(handle) => Some(cases::show(&world, handle).await?.case),
        None => None,
    };
    if let Some(case) = &case {
        let known = of_case(case)?;
        identifiers.extend(
            known
                .into_iter()
                .filter(|one| !args_hold(&identifiers, one))
                .collect::<Vec<_>>(),
        );
    }
    if ctx.global.reveal {
        access::record_reveal(&world, "subjects search").await?;
    }
    let result = search::search(&world, &identifiers, &ctx.listener(), &ctx.cancel).await?;
    if let Some(case) = &case {
        cases::coverage::searched(&world, case, &result).await?;
    }
    ctx.out.list(Some(&world.organization), &list(&result))?;
    if ctx.out.format() == Format::Table {
        ctx.out.text(&footer(&result.asked, ctx.out.drawing()))?;
    }
    Ok(Exit::complete(result.complete))
}

/// The failure of a command that needs identifiers and was given none.
pub fn nobody_named() -> Failure {
    Failure::new(FailureKind::Usage, "Nobody is named.")
        .next("Give at least one of --email, --phone, --name, --address, --social, --external-id, --user-id.")
}

/// The result as rows and items.
pub fn list(result: &SearchResult) -> List {
    let mut more = Map::new();
    more.insert("asked".to_owned(), json!(result.asked));
    let items = result
        .candidates
        .iter()
        .map(|c| value(&SubjectItem::of(c)))
        .collect();
    List {
        columns: columns(),
        rows: result.candidates.iter().map(row).collect(),
        items,
        complete: result.complete,
        notes: result.notes.clone(),
        csv: vec!["ref", "kind", "name"],
        empty: "Nobody was found.".to_owned(),
        more,
    }
}

/// The columns of a table of candidates.
pub fn columns() -> Vec<Column> {
    vec![
        Column::new("REF").whole(),
        Column::new("PERSON").personal(),
        Column::new("KIND"),
        Column::new("MATCHED"),
        Column::new("NOTE").optional(),
    ]
}

/// A candidate as a row.
pub fn row(candidate: &Candidate) -> Vec<String> {
    let mut notes = Vec::new();
    if !candidate.merge_set.is_empty() {
        notes.push(format!("merged with {}", candidate.merge_set.len()));
    }
    if !candidate.also.is_empty() {
        notes.push(format!("{} more records", candidate.also.len()));
    }
    if candidate.is_user {
        notes.push("agent: needs --pick".to_owned());
    }
    vec![
        candidate.reference.clone(),
        candidate
            .name
            .clone()
            .unwrap_or_else(|| candidate.subject.label()),
        candidate.kind.as_str().replace('_', " "),
        matched_text(&candidate.matched),
        notes.join(", "),
    ]
}

/// What was asked, for below a table.
pub fn footer(asked: &[Asked], drawing: Drawing) -> String {
    if asked.is_empty() {
        return String::new();
    }
    let show = |value: &str| shown(value, true, drawing);
    let mut text = "\nAsked, with the number of answers:\n".to_owned();
    for line in asked_lines(asked, &show) {
        text.push_str(&format!("  {line}\n"));
    }
    shown_lines(&text, drawing)
}
