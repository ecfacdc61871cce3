//! Reads tables slice by slice and searches what comes. A few slices are read at a time; pages follow
//! the size of the rows seen; what times out or trips over tombstones is asked for in smaller parts and
//! in the end listed as not read. Each slice is remembered when it is done, with what was found in it.

mod checkpoint;
mod judge;
mod progress;
mod search_page;
mod table;
mod worker;

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::discovery::Plan;
use super::event::ScanListener;
use super::matching::Needles;
use super::report::{Certainty, NotReadRange, ScanReport, TableReport};
use super::{Keyspace, SYSTEM};
use crate::domain::failure::{Failure, FailureKind};

pub use checkpoint::{Checkpoints, InMemory, SliceFound, SliceState, Standing};

/// How a scan reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScanOptions {
    /// Slices read at a time; a few for each node.
    pub in_flight: usize,
    /// Slices a table is cut into; `None`: by its size.
    pub slices: Option<usize>,
    /// Rows of a page at most.
    pub page_size: u32,
    /// Bytes of a page that are aimed at, once the size of rows is known.
    pub page_bytes: u64,
    /// Matches kept at most; a scan that finds more stops and says so.
    pub most_matches: usize,
    /// A text of which is told whether it stands anywhere in what is read: the name of a group, so that
    /// one that is nowhere is not taken for one in which nobody is.
    pub named: Option<String>,
}

impl Default for ScanOptions {
    fn default() -> ScanOptions {
        ScanOptions {
            in_flight: 4,
            slices: None,
            page_size: 10_000,
            page_bytes: 2 * 1024 * 1024,
            most_matches: 100_000,
            named: None,
        }
    }
}

impl ScanOptions {
    /// Four slices for each of `nodes`, sixteen at most.
    #[must_use]
    pub fn for_nodes(mut self, nodes: usize) -> ScanOptions {
        self.in_flight = (4 * nodes.max(1)).min(16);
        self
    }
}

/// All that the tasks of a scan share.
pub(crate) struct Job {
    pub(crate) keyspace: Arc<dyn Keyspace>,
    pub(crate) needles: Arc<Needles>,
    pub(crate) options: ScanOptions,
    pub(crate) checkpoints: Arc<dyn Checkpoints>,
    pub(crate) listener: ScanListener,
    pub(crate) cancel: CancellationToken,
    pub(crate) progress: progress::Meter,
}

/// Searches the tables of `plan`. Slices that `checkpoints` knows as done are not read again; their
/// matches are in the report all the same, and are not told to `listener` again. A cancelled scan
/// gives what it has, marked as interrupted, after remembering where it was.
///
/// # Errors
/// When the checkpoints cannot be kept. What cannot be read is no error: it is in the report.
pub async fn scan(
    keyspace: Arc<dyn Keyspace>,
    plan: &Plan,
    needles: Arc<Needles>,
    options: ScanOptions,
    checkpoints: Arc<dyn Checkpoints>,
    listener: ScanListener,
    cancel: CancellationToken,
) -> Result<ScanReport, Failure> {
    let mut report = ScanReport {
        substring_hits: vec![0; needles.count()],
        left_out: plan.left_out.clone(),
        ..ScanReport::default()
    };
    let job = Arc::new(Job {
        progress: progress::Meter::new(plan.tables.len()),
        keyspace,
        needles,
        options,
        checkpoints,
        listener,
        cancel,
    });
    for (index, planned) in plan.tables.iter().enumerate() {
        if job.cancel.is_cancelled() {
            report.interrupted = true;
            break;
        }
        job.progress.table(index, &planned.table.name);
        let states = table::read(&job, &planned.table).await?;
        report.interrupted |= states.iter().any(|state| state.standing == Standing::Open);
        add(&mut report, &planned.table.name, states);
        if report.matches.len() >= job.options.most_matches {
            stop(&mut report, &planned.table.name);
            break;
        }
    }
    job.progress.finish(&job.listener);
    sort(&mut report);
    Ok(report)
}

fn add(report: &mut ScanReport, name: &str, states: Vec<SliceState>) {
    let mut table = TableReport {
        table: name.to_owned(),
        ..TableReport::default()
    };
    for state in states {
        table.rows += state.found.rows;
        table.bytes += state.found.bytes;
        table.matches += state.found.matches.len() as u64;
        report.unopened += state.found.unopened;
        report.named |= state.found.named;
        for (search, hits) in &state.found.substrings {
            if let Some(sum) = report.substring_hits.get_mut(*search) {
                *sum += hits;
            }
        }
        report.matches.extend(state.found.matches);
        if let Standing::NotRead { why, detail } = state.standing {
            report.not_read.push(NotReadRange {
                table: name.to_owned(),
                part: state.slice.to_string(),
                why,
                detail,
            });
        }
    }
    report.rows += table.rows;
    report.bytes += table.bytes;
    report.tables.push(table);
}

fn stop(report: &mut ScanReport, table: &str) {
    report.not_read.push(NotReadRange {
        table: table.to_owned(),
        part: "everything after the last match".to_owned(),
        why: "too_many_matches".to_owned(),
        detail: format!(
            "{} matches were found; the search is too wide",
            report.matches.len()
        ),
    });
}

fn sort(report: &mut ScanReport) {
    report.matches.sort_by(|a, b| {
        let exact = |certainty| certainty != Certainty::Exact;
        (
            exact(a.certainty),
            &a.table,
            &a.key,
            &a.column,
            &a.pointer,
            a.search,
        )
            .cmp(&(
                exact(b.certainty),
                &b.table,
                &b.key,
                &b.column,
                &b.pointer,
                b.search,
            ))
    });
}

/// A task of the scan ended by itself.
fn defect() -> Failure {
    Failure::new(FailureKind::Internal, "A task of the scan ended unexpectedly.")
        .at(SYSTEM)
        .next("Run it again with --resume; report it if it happens again.")
}

#[cfg(test)]
mod tests;
