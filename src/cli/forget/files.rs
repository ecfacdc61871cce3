//! `dsr forget --files`: what is still on disk after a deletion. Files are only read, so there is
//! nothing to delete here; what removes each kind is told.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::{Args, Context, Exit};
use crate::cli::options::Format;
use crate::cli::output::List;
use crate::cli::table::{Column, shown};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::identifier::Identifier;
use crate::domain::text::clean;
use crate::systems::keyspace::Certainty;
use crate::workflow::cases;
use crate::workflow::files::{self, Asked, FileMatch, FilesReport, NotSearched};
use crate::workflow::forget::{Question, coverage};

/// Columns of CSV that are always there.
const CSV: [&str; 15] = [
    "search",
    "table",
    "key",
    "column",
    "pointer",
    "group",
    "owner",
    "kind",
    "certainty",
    "deletable",
    "outcome",
    "file",
    "whence",
    "times",
    "offset",
];

/// Searches the files.
///
/// # Errors
/// `--cleanup true`, paths that are not there, nothing that could be searched.
pub(super) async fn run(ctx: &Context, args: &Args, mut question: Question) -> Result<Exit, Failure> {
    if args.cleans_up() {
        return Err(Failure::new(
            FailureKind::Usage,
            "--cleanup true and --files do not go together: files are only read.",
        )
        .next("Leave --cleanup out; the result says what removes each file's data."));
    }
    if args.group_name.is_some() {
        ctx.out
            .note("--group_name says nothing about files: everything in them is searched.");
    }
    let case = match &args.case {
        Some(handle) => {
            let world = ctx.on_premise_world(false).await?;
            let case = cases::show(&world, handle).await?.case;
            question = question.with_case(&case)?;
            Some((world, case))
        }
        None => None,
    };
    let asked = Asked {
        paths: args.files.clone(),
        searches: question.searches.clone(),
        country: ctx.config.profile.default_country.clone(),
        substring: args.substring,
    };
    let mut report = files::search(asked, ctx.listener(), &ctx.cancel).await?;
    for found in &mut report.matches {
        found.certainty = question.certainty(found.search, found.certainty);
    }
    if let Some((world, case)) = &case {
        coverage::files(world, case, &question.searches, &report).await?;
    }
    tell(ctx, &report, &question.searches)?;
    Ok(Exit::complete(report.complete()))
}

fn tell(ctx: &Context, report: &FilesReport, searches: &[Identifier]) -> Result<(), Failure> {
    let (result, line) = summary(report);
    let notes = notes(report);
    let list = List {
        columns: vec![
            Column::new("WHERE"),
            Column::new("TABLE"),
            Column::new("KEY").personal(),
            Column::new("MATCH"),
            Column::new("CERTAINTY"),
            Column::new("TIMES").right(),
            Column::new("FILE").optional(),
        ],
        rows: report.matches.iter().map(row).collect(),
        items: report.matches.iter().map(item).collect(),
        complete: report.complete(),
        notes: notes.clone(),
        csv: CSV.to_vec(),
        empty: "Nobody was found.".to_owned(),
        more: more(report, searches, result, &line),
    };
    if ctx.out.format() == Format::Json {
        return ctx.out.list(None, &list);
    }
    // Whether it is complete stands in the last line, which is part of the result.
    ctx.out.list(
        None,
        &List {
            complete: true,
            notes: Vec::new(),
            ..list.clone()
        },
    )?;
    let drawing = ctx.out.drawing();
    match ctx.out.format() {
        Format::Ndjson => {
            let mut last = Map::new();
            last.insert("mode".to_owned(), json!(ctx.decided.mode));
            last.insert("complete".to_owned(), json!(report.complete()));
            last.insert("notes".to_owned(), json!(notes));
            last.extend(list.more);
            ctx.out.text(&format!("{}\n", Value::Object(last)))
        }
        Format::Table => {
            let lines: String = notes
                .iter()
                .chain(std::iter::once(&line))
                .map(|line| format!("{}\n", shown(line, false, drawing)))
                .collect();
            ctx.out.text(&lines)
        }
        _ => {
            notes.iter().for_each(|note| ctx.out.note(note));
            ctx.out.note(&line);
            Ok(())
        }
    }
}

fn row(found: &FileMatch) -> Vec<String> {
    vec![
        found.whence.words(),
        table(found),
        found.key.clone().unwrap_or_else(|| "?".to_owned()),
        found.kind.as_str().to_owned(),
        found.certainty.as_str().to_owned(),
        found.times.to_string(),
        clean(&found.path.to_string_lossy()),
    ]
}

fn table(found: &FileMatch) -> String {
    if found.table.is_empty() {
        String::new()
    } else {
        format!("{}.{}", found.keyspace, found.table)
    }
}

/// An item as of every other forget-me, and what concerns files.
fn item(found: &FileMatch) -> Value {
    json!({
        "search": found.search,
        "table": table(found),
        "key": found.key,
        "column": null,
        "pointer": null,
        "group": null,
        "owner": null,
        "kind": found.kind.as_str(),
        "certainty": found.certainty.as_str(),
        "snippet": found.snippet,
        "deletable": false,
        "outcome": null,
        "file": found.path.to_string_lossy(),
        "whence": found.whence.as_str(),
        "snapshot": found.whence.snapshot(),
        "times": found.times,
        "offset": found.offset,
        "key_unknown": found.key_unknown,
        "remedy": found.whence.remedy(&found.keyspace),
    })
}

fn more(report: &FilesReport, searches: &[Identifier], result: &str, line: &str) -> Map<String, Value> {
    let not_read = |left: &NotSearched| json!({ "file": left.path.to_string_lossy(), "part": left.part, "why": left.why });
    let per_search = |index: usize| {
        let of = |found: &&FileMatch| found.search == index;
        let exact = report
            .matches
            .iter()
            .filter(of)
            .filter(|found| found.certainty == Certainty::Exact)
            .count();
        json!({
            "search": index,
            "exact": exact,
            "possible": report.matches.iter().filter(of).count() - exact,
            "substring_hits": report.substring_hits.get(index).copied().unwrap_or(0),
        })
    };
    let value = json!({
        "result": result,
        "summary": line,
        "substring_hits": report.substring_hits.iter().sum::<u64>(),
        "not_read": report.not_searched.iter().map(not_read).collect::<Vec<_>>(),
        "searches": (0..searches.len()).map(per_search).collect::<Vec<_>>(),
        "not_covered": report.not_covered,
        "files": report.files,
        "bytes": report.bytes,
        "plain_bytes": report.plain_bytes,
    });
    match value {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

/// The word and the last line. Nothing is claimed that was not seen.
fn summary(report: &FilesReport) -> (&'static str, String) {
    let exact = report
        .matches
        .iter()
        .filter(|found| found.certainty == Certainty::Exact)
        .count();
    let possible = report.matches.len() - exact;
    let found = match (exact, possible) {
        (0, 0) => "nobody found".to_owned(),
        (exact, 0) => format!("{exact} exact"),
        (exact, possible) => format!("{exact} exact, {possible} possible"),
    };
    let read = format!("{} files, {} bytes on disk", report.files, report.bytes);
    if !report.complete() {
        let left = match (report.not_searched.len(), report.interrupted) {
            (0, _) => "the search was stopped".to_owned(),
            (count, false) => format!("{count} files or parts were not searched"),
            (count, true) => format!("the search was stopped, and {count} files or parts were not searched"),
        };
        return (
            "incomplete",
            format!("INCOMPLETE: {found} in what was read; {left}"),
        );
    }
    match report.matches.is_empty() {
        true => (
            "clean",
            format!("complete and clean: nobody found in {read}, in the forms that raw bytes show"),
        ),
        false => (
            "found",
            format!("matches found: {found} in {read}; no file was changed"),
        ),
    }
}

fn notes(report: &FilesReport) -> Vec<String> {
    let mut notes: Vec<String> = report.notes.clone();
    let substrings: u64 = report.substring_hits.iter().sum();
    notes.push(format!(
        "{substrings} more places hold the text as a part of a longer one."
    ));
    let remedies: BTreeSet<String> = report
        .matches
        .iter()
        .map(|found| {
            format!(
                "{}: {}.",
                found.whence.words(),
                found.whence.remedy(&found.keyspace)
            )
        })
        .collect();
    notes.extend(remedies);
    notes.extend(
        report
            .not_covered
            .iter()
            .map(|what| format!("Raw bytes do not show: {what}.")),
    );
    for left in report.not_searched.iter().take(50) {
        let part = left
            .part
            .as_ref()
            .map_or(String::new(), |part| format!(", {part}"));
        notes.push(clean(&format!(
            "not searched: {}{part}: {}",
            left.path.display(),
            left.why
        )));
    }
    if report.not_searched.len() > 50 {
        notes.push(format!("not searched: {} more", report.not_searched.len() - 50));
    }
    notes
}
