//! `dsr records`: what is in decrypted exports.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::decrypt::optional_world;
use super::requests::download::RESPONSIBILITY;
use super::subjects::identifiers::IdentifierArgs;
use super::subjects::search::of_case;
use super::{Column, Context, Exit, List};
use crate::domain::failure::Failure;
use crate::domain::text::clean;
use crate::workflow::records::{self, Filter, Record, Report, Request};
use crate::workflow::{World, cases, copies};

/// `records`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Interactions stand with their attachments, which are joined by entityid. On screen persons are \
masked until --reveal; --output json and csv hold all of each record: that is the export of a selection.\n\nExit \
codes: 0 all was read; 1 a file cannot be read; 6 part could not be read, or there is more than --limit."
)]
pub struct Args {
    /// Decrypted files: JSON Lines, JSON, or archives of them
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// Only records whose field has this value, whatever its case; a.b is a field in a field, * any
    /// field, *TEXT* a part of a value. Each repeatable, all must hold; @FILE or - reads them
    #[arg(long = "where", value_name = "FIELD=VALUE|@FILE|-")]
    pub conditions: Vec<String>,
    /// At most so many records
    #[arg(long, value_name = "COUNT", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub limit: u32,
    /// Only records in which this person stands anywhere.
    #[command(flatten)]
    pub person: IdentifierArgs,
    /// The identifiers of a case are looked for too
    #[arg(long, value_name = "CASE")]
    pub case: Option<String>,
}

/// Runs it.
///
/// # Errors
/// A condition that is none, a file that cannot be read or is still encrypted.
pub async fn run(ctx: &Context, args: Args) -> Result<Exit, Failure> {
    let (world, _) = optional_world(ctx).await?;
    let country = ctx.config.profile.default_country.clone();
    let country = world
        .as_ref()
        .and_then(|world| world.settings.default_country.clone())
        .or(country);
    let mut read = |option: &str, value: &str| ctx.values.values(option, value);
    let mut person = args.person.collect(country.as_deref(), &mut read)?;
    let mut case = None;
    if let Some(handle) = &args.case {
        // Without a store there are no cases; the failure says why there is none.
        let file = match &world {
            Some(world) => cases::show(world, handle).await?,
            None => cases::show(&*ctx.world().await?, handle).await?,
        };
        let known = of_case(&file.case)?;
        let new: Vec<_> = known.into_iter().filter(|one| !person.contains(one)).collect();
        person.extend(new);
        case = Some(file.case.id);
    }
    let conditions = ctx.values.all("--where", &args.conditions)?;
    let filter = Filter::parse(&conditions)?.with_person(&person, country.as_deref())?;
    let filtered = !filter.is_empty();
    let key = match &world {
        Some(world) => world.rest.for_files(&args.files).await?,
        None => None,
    };
    let filter = filter.opened_by(key);
    let request = Request {
        files: args.files,
        filter,
        limit: args.limit as usize,
        most_bytes: u64::MAX,
    };
    let listener = ctx.listener();
    let report = records::read(request.clone(), &listener, &ctx.cancel).await?;
    drop(listener);
    let mut list = list(&report, args.limit);
    if let Some(world) = &world {
        let world = world.about(case.as_deref());
        records::note_opened(&world, &request, &report, filtered, ctx.global.reveal).await?;
        list.notes.extend(retention(&world, &request.files).await?);
    }
    let organization = world.as_ref().map(|world| world.organization.clone());
    ctx.out.list(organization.as_deref(), &list)?;
    Ok(Exit::complete(list.complete))
}

/// Until when these files are kept, as far as they are known.
async fn retention(world: &World, files: &[PathBuf]) -> Result<Vec<String>, Failure> {
    let known = copies::list(world).await?;
    let until = files.iter().filter_map(|file| {
        let whole = std::path::absolute(file).ok()?;
        known
            .iter()
            .find(|standing| standing.copy.path == whole)
            .map(|standing| standing.until)
    });
    let mut notes = vec![RESPONSIBILITY.to_owned()];
    notes.extend(until.min().map(|until| {
        let day = until.to_zoned(world.settings.time_zone.clone()).date();
        format!("They are to be removed by {day}: dsr copies remove --due")
    }));
    Ok(notes)
}

/// The records as a list.
pub fn list(report: &Report, limit: u32) -> List {
    let mut notes: Vec<String> = report
        .unreadable
        .iter()
        .map(|why| format!("Not read: {why}"))
        .collect();
    notes.extend(report.hints.iter().map(|hint| clean(hint)));
    if report.more {
        notes.push(format!(
            "There may be more than these {limit} records; raise --limit or narrow --where."
        ));
    }
    List {
        columns: vec![
            Column::new("KIND"),
            Column::new("ID"),
            Column::new("WHO").personal(),
            Column::new("WHEN"),
            Column::new("ATTACHMENTS").right().optional(),
            Column::new("FILE").optional(),
        ],
        rows: report.records.iter().map(row).collect(),
        items: report.records.iter().map(item).collect(),
        complete: report.unreadable.is_empty() && !report.more,
        notes,
        csv: vec!["kind", "id", "file", "entry", "line"],
        empty: "No record is so.".to_owned(),
        ..List::default()
    }
}

fn row(record: &Record) -> Vec<String> {
    let file = record.file.file_name().unwrap_or_default().to_string_lossy();
    vec![
        record.kind.as_str().to_owned(),
        record.id.clone().unwrap_or_default(),
        told(
            &record.record,
            &[
                "name",
                "firstname",
                "email",
                "emailaddress",
                "from",
                "phone",
                "phonenumber",
            ],
        ),
        told(
            &record.record,
            &[
                "startdate",
                "starttime",
                "createddate",
                "created",
                "timestamp",
                "date",
            ],
        ),
        record.attachments.len().to_string(),
        format!("{file}:{}", record.line),
    ]
}

/// The first of these fields that a record has, at its top or one below.
fn told(record: &Value, names: &[&str]) -> String {
    let Some(fields) = record.as_object() else {
        return String::new();
    };
    let nested = fields.values().filter_map(Value::as_object);
    for name in names {
        for fields in std::iter::once(fields).chain(nested.clone()) {
            let value = fields
                .iter()
                .find(|(key, _)| key.to_ascii_lowercase().replace(['_', '-'], "") == *name);
            match value.map(|(_, value)| value) {
                Some(Value::String(text)) if !text.is_empty() => return text.clone(),
                Some(Value::Number(number)) => return number.to_string(),
                _ => {}
            }
        }
    }
    String::new()
}

fn item(record: &Record) -> Value {
    let mut item = json!({
        "kind": record.kind,
        "id": record.id,
        "file": record.file,
        "entry": record.entry,
        "line": record.line,
        "record": record.record,
    });
    item["attachments"] = record.attachments.iter().map(item_of_attachment).collect();
    item
}

fn item_of_attachment(record: &Record) -> Value {
    json!({
        "id": record.id,
        "file": record.file,
        "entry": record.entry,
        "line": record.line,
        "record": record.record,
    })
}
