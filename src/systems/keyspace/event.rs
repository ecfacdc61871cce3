//! What a scan tells while it runs.

use std::sync::Arc;
use std::time::Duration;

use super::report::{Match, NotReadRange};

/// How far a scan is. No personal data.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ScanProgress {
    /// The table being read.
    pub table: String,
    /// Tables finished.
    pub tables_done: usize,
    /// Tables to be searched.
    pub tables: usize,
    /// Share of the ring done in this table, 0 to 1; `None` where it cannot be known.
    pub share: Option<f64>,
    /// Rows read, all tables.
    pub rows: u64,
    /// Bytes read, all tables.
    pub bytes: u64,
    /// Rows a second, over the last seconds.
    pub rate: f64,
    /// Time left for this table, where it can be estimated.
    pub left: Option<Duration>,
    /// Matches so far.
    pub matches: u64,
    /// Parts given up so far.
    pub not_read: u64,
}

/// What a scan tells while it runs.
#[derive(Clone, Debug, PartialEq)]
pub enum ScanEvent {
    /// Figures; may be dropped or merged, the last one counts.
    Progress(ScanProgress),
    /// A match, once each.
    Found(Match),
    /// A part that was given up.
    NotRead(NotReadRange),
}

/// Who listens.
#[derive(Clone)]
pub struct ScanListener(Option<Arc<dyn Fn(ScanEvent) + Send + Sync>>);

impl ScanListener {
    /// Nobody.
    pub fn none() -> ScanListener {
        ScanListener(None)
    }

    /// Calls `hear` for each event, from the task that scans: it must not block.
    pub fn new(hear: impl Fn(ScanEvent) + Send + Sync + 'static) -> ScanListener {
        ScanListener(Some(Arc::new(hear)))
    }

    /// Tells.
    pub fn tell(&self, event: ScanEvent) {
        if let Some(hear) = &self.0 {
            hear(event);
        }
    }
}
