//! `dsr keyspace tables`: what a search would read, how large it is, and what it would leave out and
//! why.

use serde_json::json;

use super::forget::{Way, wanted_way, wishes};
use super::output::List;
use super::table::Column;
use super::{Context, Exit};
use crate::domain::failure::Failure;
use crate::domain::text::clean;
use crate::world::forget::Wanted;
use crate::world::live_keyspace;

/// Verbs.
#[derive(Debug, clap::Subcommand)]
pub enum Args {
    /// List the tables, with sizes and what would be searched
    Tables(TablesArgs),
}

/// Arguments of `tables`.
#[derive(Debug, clap::Args)]
pub struct TablesArgs {
    /// Name of the Cassandra keyspace
    #[arg(long = "cass_keyspace", value_name = "CASS_KEYSPACE")]
    pub cass_keyspace: Option<String>,
    /// Host of Cassandra
    #[arg(long = "cass_hostname", value_name = "CASS_HOSTNAME")]
    pub cass_hostname: Option<String>,
    /// Port of Cassandra, Thrift or CQL
    #[arg(long = "cass_port", value_name = "CASS_PORT")]
    pub cass_port: Option<u16>,
    /// The way to Cassandra.
    #[command(flatten)]
    pub way: Way,
}

/// Runs a verb.
///
/// # Errors
/// When Cassandra cannot be reached or has no such keyspace.
pub async fn run(ctx: &Context, args: Args) -> Result<Exit, Failure> {
    let Args::Tables(args) = args;
    let wanted = Wanted {
        cassandra: live_keyspace::Wanted {
            host: args.cass_hostname.clone(),
            port: args.cass_port,
            keyspace: args.cass_keyspace.clone(),
            ..wanted_way(&args.way)?
        },
        ..Wanted::default()
    };
    if let Some(warning) = crate::world::forget::keyspace_warning(&ctx.config, &ctx.selection(), &wanted)? {
        ctx.out.tell(&format!("Warning: {}\n", clean(&warning)));
    }
    let ends = crate::world::forget::ends(&ctx.config, &ctx.selection(), &wanted).await?;
    ctx.announce(&ends.place, false);
    let (description, choices) =
        crate::workflow::forget::tables::tables(&ends, &wishes(&args.way, false)).await?;
    let size = |bytes: Option<u64>| bytes.map_or_else(|| "?".to_owned(), human);
    let list = List {
        columns: vec![
            Column::new("TABLE").whole(),
            Column::new("SIZE").right(),
            Column::new("PARTITIONS").right().optional(),
            Column::new("SEARCHED"),
            Column::new("WHY"),
        ],
        rows: choices
            .iter()
            .map(|choice| {
                vec![
                    choice.table.clone(),
                    size(choice.bytes),
                    choice
                        .partitions
                        .map_or_else(|| "?".to_owned(), |count| count.to_string()),
                    if choice.searched { "yes" } else { "no" }.to_owned(),
                    choice.reason.clone(),
                ]
            })
            .collect(),
        items: choices.iter().map(|choice| json!(choice)).collect(),
        complete: choices.iter().all(|choice| choice.searched || !choice.gap),
        notes: description.notes.clone(),
        csv: vec!["table", "bytes", "partitions", "searched", "reason", "gap"],
        empty: "The keyspace has no tables.".to_owned(),
        more: match json!({
            "keyspace": description.keyspace,
            "server": { "protocol": description.protocol.as_str(), "version": description.version },
            "cluster": description.cluster,
            "partitioner": description.partitioner.name(),
        }) {
            serde_json::Value::Object(fields) => fields,
            _ => serde_json::Map::new(),
        },
    };
    ctx.out.list(None, &list)?;
    Ok(Exit::complete(list.complete))
}

/// `1.4 MB`.
fn human(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", bytes as f64 / 1e6),
        _ => format!("{:.1} GB", bytes as f64 / 1e9),
    }
}
