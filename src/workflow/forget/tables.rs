//! Which tables a search reads, and which it leaves out and why.

use super::Ends;
use super::search::ScanWishes;
use crate::domain::failure::Failure;
use crate::systems::keyspace::Description;
use crate::systems::keyspace::discovery::{self, Globs, Plan};

/// A table, and whether it would be searched.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Choice {
    /// Its name.
    pub table: String,
    /// Its size.
    pub bytes: Option<u64>,
    /// Estimated number of partitions.
    pub partitions: Option<u64>,
    /// True when it would be searched.
    pub searched: bool,
    /// Why, or why not.
    pub reason: String,
    /// True when something of it could hold a person and would not be read.
    pub gap: bool,
}

/// Describes the keyspace and decides over each table.
pub(super) async fn plan(ends: &Ends, wishes: &ScanWishes) -> Result<(Description, Plan), Failure> {
    let globs = Globs::new(&wishes.include, &wishes.exclude)?;
    let description = ends.keyspace.describe().await?;
    let plan = discovery::plan(&description, &globs);
    Ok((description, plan))
}

/// Describes the keyspace, and what a search would read, in its order; what it would leave out comes
/// last.
///
/// # Errors
/// As a search.
pub async fn tables(ends: &Ends, wishes: &ScanWishes) -> Result<(Description, Vec<Choice>), Failure> {
    let (description, plan) = plan(ends, wishes).await?;
    let mut choices: Vec<Choice> = plan
        .tables
        .iter()
        .map(|planned| Choice {
            table: planned.table.name.clone(),
            bytes: planned.table.bytes,
            partitions: planned.table.partitions,
            searched: true,
            reason: planned.rank.as_str().to_owned(),
            gap: false,
        })
        .collect();
    for left in &plan.left_out {
        let what = left
            .column
            .as_ref()
            .map_or(String::new(), |column| format!("column {column}: "));
        let reason = format!("{what}{}", left.reason);
        if let Some(choice) = choices.iter_mut().find(|choice| choice.table == left.table) {
            choice.reason = format!("{}; {reason}", choice.reason);
            choice.gap |= left.gap;
            continue;
        }
        let table = description.tables.iter().find(|table| table.name == left.table);
        choices.push(Choice {
            table: left.table.clone(),
            bytes: table.and_then(|table| table.bytes),
            partitions: table.and_then(|table| table.partitions),
            searched: false,
            reason,
            gap: left.gap,
        });
    }
    Ok((description, choices))
}
