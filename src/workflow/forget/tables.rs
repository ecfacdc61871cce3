//! Which tables a search reads, and which it leaves out and why.

use globset::{Glob, GlobSet, GlobSetBuilder};

use super::Ends;
use super::search::ScanWishes;
use crate::domain::failure::{Failure, FailureKind};
use crate::systems::keyspace::{Description, TableKind};

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
    /// True when leaving it out is a gap.
    pub gap: bool,
}

/// Describes the keyspace, and what a search would read.
///
/// # Errors
/// As a search.
pub async fn tables(ends: &Ends, wishes: &ScanWishes) -> Result<(Description, Vec<Choice>), Failure> {
    let (include, exclude) = (
        globs("--include", &wishes.include)?,
        globs("--exclude", &wishes.exclude)?,
    );
    let description = ends.keyspace.describe().await?;
    let choices = description
        .tables
        .iter()
        .map(|table| {
            let (searched, reason) = if exclude.is_match(&table.name) {
                (false, "excluded")
            } else if !wishes.include.is_empty() && !include.is_match(&table.name) {
                (false, "not among those included")
            } else if table.kind == TableKind::View {
                (false, "a view: everything in it is found in its table")
            } else {
                (true, "")
            };
            Choice {
                table: table.name.clone(),
                bytes: table.bytes,
                partitions: table.partitions,
                searched,
                reason: reason.to_owned(),
                gap: false,
            }
        })
        .collect();
    Ok((description, choices))
}

fn globs(option: &str, patterns: &[String]) -> Result<GlobSet, Failure> {
    let wrong = || {
        Failure::new(
            FailureKind::Usage,
            format!("{option}: this is no pattern for names of tables."),
        )
        .next("Write it like voicemail* or {calls,recordings}.")
    };
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        set.add(Glob::new(pattern).map_err(|_| wrong())?);
    }
    set.build().map_err(|_| wrong())
}
