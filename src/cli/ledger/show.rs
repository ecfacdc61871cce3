//! `dsr ledger show`: the entries, chosen by operation, action, actor and time.

use serde_json::Value;

use super::filters::Filters;
use crate::cli::output::List;
use crate::cli::requests::when;
use crate::cli::table::Column;
use crate::cli::{Context, Exit};
use crate::domain::failure::Failure;
use crate::workflow::evidence::{self, Shown};

/// `ledger show`.
#[derive(Debug, clap::Args)]
pub struct ShowArgs {
    /// Which entries.
    #[command(flatten)]
    pub filters: Filters,
}

/// Lists entries.
pub(super) async fn run(ctx: &Context, args: &ShowArgs) -> Result<Exit, Failure> {
    let world = ctx.world().await?;
    let (now, zone) = (world.clock.now(), &world.settings.time_zone);
    let chosen = args.filters.chosen(&world).await?;
    let found = evidence::entries(&world, &chosen).await?;
    let mut notes = vec![when::zone_note(now, zone)];
    if found.unsigned > 0 {
        notes.push(format!("{} entries wait to be signed.", found.unsigned));
    }
    let list = List {
        columns: vec![
            Column::new("INDEX").right(),
            Column::new("AT").whole(),
            Column::new("ACTOR"),
            Column::new("ACTION").whole(),
            Column::new("OPERATION").optional(),
            Column::new("FACTS").optional(),
        ],
        rows: found.entries.iter().map(|entry| cells(entry, zone)).collect(),
        items: found.entries.iter().map(item).collect(),
        complete: true,
        notes,
        csv: vec![
            "index",
            "sequence",
            "at",
            "actor",
            "action",
            "operation_id",
            "facts",
        ],
        empty: "No entry fits.".to_owned(),
        ..List::default()
    };
    ctx.out.list(Some(&world.organization), &list)?;
    Ok(Exit::OK)
}

fn cells(shown: &Shown, zone: &jiff::tz::TimeZone) -> Vec<String> {
    let text = |key: &str| shown.entry[key].as_str().unwrap_or_default().to_owned();
    let at = text("at");
    let at = at
        .parse()
        .map_or(at, |at: jiff::Timestamp| when::minute(at, zone));
    vec![
        shown.index.to_string(),
        at,
        shown.entry["actor"]["login"]
            .as_str()
            .unwrap_or_default()
            .to_owned(),
        text("action"),
        text("operation_id"),
        shown.entry["facts"].to_string(),
    ]
}

/// The entry as it is, with its index in the log.
fn item(shown: &Shown) -> Value {
    let mut item = serde_json::Map::new();
    item.insert("index".to_owned(), Value::from(shown.index));
    if let Value::Object(fields) = &shown.entry {
        // The document says the mode and the organisation once.
        let own = fields
            .iter()
            .filter(|(key, _)| !matches!(key.as_str(), "mode" | "organization"));
        item.extend(own.map(|(key, value)| (key.clone(), value.clone())));
    }
    item.entry("operation_id").or_insert(Value::Null);
    Value::Object(item)
}
