//! Figures of a running scan: rows and bytes, their rate, the share of the ring, the time left.

use std::collections::{HashSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::systems::keyspace::event::{ScanEvent, ScanListener, ScanProgress};
use crate::systems::keyspace::report::{Match, NotReadRange};

/// Between two reports.
const GAP: Duration = Duration::from_millis(200);
/// The rate is taken over this time.
const WINDOW: Duration = Duration::from_secs(5);

/// What is counted.
pub(crate) struct Meter(Mutex<Figures>);

struct Figures {
    shown: ScanProgress,
    /// Share done; counted in slices where tokens cannot be measured.
    done: f64,
    total: f64,
    /// Share that was done before this run.
    before: f64,
    measurable: bool,
    began: Instant,
    samples: VecDeque<(Instant, u64)>,
    told: Option<Instant>,
    /// Places that were told, so that a part read twice tells them once.
    places: HashSet<(usize, String, String, String, String)>,
}

impl Meter {
    pub(super) fn new(tables: usize) -> Meter {
        let now = Instant::now();
        Meter(Mutex::new(Figures {
            shown: ScanProgress {
                tables,
                ..ScanProgress::default()
            },
            done: 0.0,
            total: 0.0,
            before: 0.0,
            measurable: false,
            began: now,
            samples: VecDeque::new(),
            told: None,
            places: HashSet::new(),
        }))
    }

    fn lock(&self) -> MutexGuard<'_, Figures> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A table begins.
    pub(super) fn table(&self, index: usize, name: &str) {
        let mut figures = self.lock();
        name.clone_into(&mut figures.shown.table);
        figures.shown.tables_done = index;
        figures.measurable = false;
        figures.shown.share = None;
        figures.shown.left = None;
    }

    /// Its slices are known: what there is altogether, and what was done before.
    pub(super) fn slices(&self, total: f64, before: f64, measurable: bool) {
        let mut figures = self.lock();
        (figures.total, figures.before, figures.done) = (total, before, before);
        figures.measurable = measurable;
        figures.began = Instant::now();
    }

    /// A page was read and searched.
    pub(super) fn page(&self, rows: u64, bytes: u64, listener: &ScanListener) {
        let mut figures = self.lock();
        figures.shown.rows += rows;
        figures.shown.bytes += bytes;
        let now = Instant::now();
        if figures.told.is_none_or(|told| now - told >= GAP) {
            figures.told = Some(now);
            let shown = figures.measure(now);
            drop(figures);
            listener.tell(ScanEvent::Progress(shown));
        }
    }

    /// Tells a match, unless it was told.
    pub(super) fn found(&self, found: &Match, listener: &ScanListener) {
        let mut figures = self.lock();
        let place = (
            found.search,
            found.table.clone(),
            found.key.clone(),
            found.column.clone(),
            found.pointer.clone(),
        );
        if figures.places.insert(place) {
            figures.shown.matches += 1;
            drop(figures);
            listener.tell(ScanEvent::Found(found.clone()));
        }
    }

    /// How many matches there are.
    pub(super) fn matches(&self) -> usize {
        self.lock().places.len()
    }

    /// A slice is done or given up.
    pub(super) fn slice(&self, share: f64, given_up: Option<NotReadRange>, listener: &ScanListener) {
        let mut figures = self.lock();
        figures.done += share;
        if let Some(range) = given_up {
            figures.shown.not_read += 1;
            drop(figures);
            listener.tell(ScanEvent::NotRead(range));
        }
    }

    /// The last figures.
    pub(super) fn finish(&self, listener: &ScanListener) {
        let mut figures = self.lock();
        let shown = figures.measure(Instant::now());
        drop(figures);
        listener.tell(ScanEvent::Progress(shown));
    }
}

impl Figures {
    fn measure(&mut self, now: Instant) -> ScanProgress {
        self.samples.push_back((now, self.shown.rows));
        while self.samples.len() > 2 && self.samples.front().is_some_and(|(at, _)| now - *at > WINDOW) {
            self.samples.pop_front();
        }
        if let (Some((from, first)), Some((to, last))) = (self.samples.front(), self.samples.back()) {
            let seconds = (*to - *from).as_secs_f64();
            if seconds > 0.0 {
                self.shown.rate = last.saturating_sub(*first) as f64 / seconds;
            }
        }
        if self.measurable && self.total > 0.0 {
            let share = (self.done / self.total).clamp(0.0, 1.0);
            self.shown.share = Some(share);
            let own = (self.done - self.before) / self.total;
            // An estimate out of less than a twentieth is a guess.
            self.shown.left = (own >= 0.05).then(|| {
                let spent = (now - self.began).as_secs_f64();
                Duration::try_from_secs_f64(spent / own * (1.0 - share)).unwrap_or(Duration::MAX)
            });
        }
        self.shown.clone()
    }
}
