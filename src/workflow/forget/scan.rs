//! The scan of the keyspace, as the workflow asks for it: which tables, how, and where its place is
//! kept.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use super::tables::plan;
use super::{Ends, Question};
use crate::domain::actor::Actor;
use crate::domain::clock::Clock;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::progress::Progress;
use crate::store::Store;
use crate::systems::keyspace::matching::Needles;
use crate::systems::keyspace::scan::{Checkpoints, InMemory, ScanOptions, SliceState, scan};
use crate::systems::keyspace::{ScanListener, ScanProgress, ScanReport, Slice};
use crate::workflow::World;

/// Describes and scans. Gives what answered, and what was read and found.
///
/// # Errors
/// When the keyspace cannot be reached or is not there, or the place of the scan cannot be kept.
pub(super) async fn run(
    world: &World,
    ends: &Ends,
    question: &Question,
    needles: Arc<Needles>,
    listener: &ScanListener,
    cancel: &CancellationToken,
) -> Result<(String, ScanReport), Failure> {
    let (described, plan) = plan(ends, &question.scan).await?;
    let answered = format!("{} {}", described.protocol.as_str(), described.version);
    let mut options = ScanOptions::default().for_nodes(described.nodes.len());
    options.page_size = question.scan.page_size.unwrap_or(options.page_size);
    options.in_flight = question.scan.parallel.unwrap_or(options.in_flight);
    options.named = question.group.as_ref().map(|group| group.as_str().to_owned());
    let scope = question.scope(ends);
    let kept = question.scan.keep;
    if kept && !question.scan.resume {
        world
            .store
            .clear_scan(&world.actor, &scope, world.clock.now())
            .await?;
    }
    let checkpoints: Arc<dyn Checkpoints> = match kept {
        true => Arc::new(Stored {
            store: world.store.clone(),
            actor: world.actor.clone(),
            clock: world.clock.clone(),
            scope: scope.clone(),
        }),
        false => Arc::new(InMemory::default()),
    };
    let (keyspace, ear) = (ends.keyspace.clone(), listener.clone());
    let report = scan(
        keyspace,
        &plan,
        needles,
        options,
        checkpoints,
        ear,
        cancel.clone(),
    )
    .await?;
    if kept && report.complete() {
        // Its place holds personal data and is of no more use.
        world
            .store
            .clear_scan(&world.actor, &scope, world.clock.now())
            .await?;
    }
    Ok((answered, report))
}

/// The place of a scan in the store, under the digest of its question.
struct Stored {
    store: Store,
    actor: Actor,
    clock: Arc<dyn Clock>,
    scope: String,
}

impl Stored {
    fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

fn coded(value: &impl serde::Serialize) -> Result<String, Failure> {
    serde_json::to_string(value).map_err(|_| {
        Failure::new(
            FailureKind::Internal,
            "The place of the scan cannot be written down.",
        )
    })
}

impl Checkpoints for Stored {
    fn slices(&self, table: &str) -> BoxFuture<'_, Result<Vec<SliceState>, Failure>> {
        let table = table.to_owned();
        Box::pin(async move {
            let states = self.store.scan_slices(&self.scope, &table).await?;
            let read: Result<Vec<SliceState>, _> =
                states.iter().map(|state| serde_json::from_str(state)).collect();
            let mut states = read.map_err(|_| {
                Failure::new(FailureKind::Storage, "The kept place of the scan cannot be read.")
                    .next("Run it again without --resume.")
            })?;
            states.sort_by(|a, b| a.slice.after.cmp(&b.slice.after));
            Ok(states)
        })
    }

    fn save(
        &self,
        table: &str,
        replaces: Option<&Slice>,
        states: Vec<SliceState>,
    ) -> BoxFuture<'_, Result<(), Failure>> {
        let table = table.to_owned();
        let replaces = replaces.map(coded).transpose();
        Box::pin(async move {
            let coded: Result<Vec<(String, String)>, Failure> = states
                .iter()
                .map(|state| Ok((coded(&state.slice)?, coded(state)?)))
                .collect();
            self.store
                .save_scan(&self.actor, &self.scope, &table, replaces?, coded?, self.now())
                .await
        })
    }
}

/// The figures of a scan as progress: percent of all tables where it can be known, else rows.
pub fn scan_progress(progress: &ScanProgress) -> Progress {
    let rate = (progress.rate > 0.0).then(|| format!("{:.0} rows/s", progress.rate));
    let left = progress.left.map(|left| match left.as_secs() {
        seconds @ 0..60 => format!("{seconds} s left"),
        seconds => format!("{}m{:02}s left", seconds / 60, seconds % 60),
    });
    let found = (progress.matches > 0).then(|| format!("{} found", progress.matches));
    let not_read = (progress.not_read > 0).then(|| format!("{} parts NOT READ", progress.not_read));
    let table = format!(
        "table {}/{}",
        progress.tables_done + 1,
        progress.tables.max(progress.tables_done + 1)
    );
    let parts = [Some(table), rate, left, found, not_read];
    let note = parts.into_iter().flatten().collect::<Vec<_>>().join(", ");
    let tables = progress.tables.max(1) as f64;
    match progress.share {
        Some(share) => {
            let whole = (progress.tables_done as f64 + share.clamp(0.0, 1.0)) / tables * 100.0;
            Progress {
                done: (whole as u64).min(100),
                total: Some(100),
                unit: "percent",
                note,
            }
        }
        None => Progress {
            done: progress.rows,
            total: None,
            unit: "rows",
            note,
        },
    }
}
