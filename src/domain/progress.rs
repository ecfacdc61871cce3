//! How a long operation tells how far it is, to whoever listens.

use std::sync::Arc;

/// One report. Reports may be dropped or merged; the last one counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// What has been done, in `unit`.
    pub done: u64,
    /// How much there is, if known.
    pub total: Option<u64>,
    /// `bytes`, `questions`, `requests`, …
    pub unit: &'static str,
    /// What is being done now; no personal data.
    pub note: String,
}

/// A listener for progress.
#[derive(Clone)]
pub struct Listener(Option<Arc<dyn Fn(Progress) + Send + Sync>>);

impl Listener {
    /// Nobody listens.
    pub fn none() -> Listener {
        Listener(None)
    }

    /// Calls `hear` for each report.
    pub fn new(hear: impl Fn(Progress) + Send + Sync + 'static) -> Listener {
        Listener(Some(Arc::new(hear)))
    }

    /// Reports.
    pub fn tell(&self, progress: Progress) {
        if let Some(hear) = &self.0 {
            hear(progress);
        }
    }
}
