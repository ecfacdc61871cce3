//! The rows of the queue as they are filtered and sorted at this moment.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;

use super::sort::{self, By};
use crate::domain::queue::{QueueFilter, QueueRow};
use crate::domain::queue_rows::QueueRows;
use crate::workflow::queue::Queue;

/// Rows, their order, and what the filter keeps of them.
#[derive(Debug, Default)]
pub struct Rows {
    all: QueueRows,
    order: Vec<u32>,
    kept: Vec<u32>,
    /// When the remote list was last read whole.
    pub read_at: Option<Timestamp>,
    /// False when the last reading was not whole.
    pub complete: bool,
    /// Why, and what else is worth saying.
    pub notes: Vec<String>,
    /// Number of rows of unknown outcome.
    pub unknown: usize,
    /// By what the rows are sorted.
    pub by: By,
    /// Backwards.
    pub reversed: bool,
}

impl Rows {
    /// Takes over a reading.
    pub fn load(&mut self, queue: Queue) {
        self.all = queue.rows;
        self.read_at = queue.read_at;
        self.complete = queue.complete;
        self.notes = queue.notes;
        self.unknown = self.all.with_status("UNKNOWN");
        self.sort();
    }

    /// Puts the rows in order; the filter is to be applied again.
    pub fn sort(&mut self) {
        self.order = sort::order(&self.all, self.by, self.reversed);
    }

    /// Applies a filter.
    pub fn filter(&mut self, filter: &QueueFilter) {
        if filter.is_empty() {
            self.kept = self.order.clone();
            return;
        }
        let kept = self.all.kept(filter);
        self.kept = self
            .order
            .iter()
            .copied()
            .filter(|number| kept[*number as usize])
            .collect();
    }

    /// Number of rows that the filter keeps.
    pub fn len(&self) -> usize {
        self.kept.len()
    }

    /// True when the filter keeps none.
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// Number of all rows.
    pub fn total(&self) -> usize {
        self.all.len()
    }

    /// A row by its place on screen.
    pub fn get(&self, place: usize) -> Option<QueueRow> {
        let number = *self.kept.get(place)?;
        self.all.get(number as usize)
    }

    /// The number of the row at a place on screen; it stays the same until rows are loaded.
    pub fn number(&self, place: usize) -> Option<u32> {
        self.kept.get(place).copied()
    }

    /// The place on screen of the row with this number.
    pub fn place_of(&self, number: u32) -> Option<usize> {
        self.kept.iter().position(|kept| *kept == number)
    }

    /// The number of a request, wherever it stands. Either of its ids finds it: the remote one may
    /// have become known between two readings.
    pub fn number_of(&self, id: &str) -> Option<u32> {
        let at = self.all.refs().position(|row| row.has_id(id))?;
        u32::try_from(at).ok()
    }

    /// The different statuses, in the order of the alphabet.
    pub fn statuses(&self) -> Vec<Arc<str>> {
        self.all.statuses()
    }

    /// Number of open requests due within `days`, those past due included.
    pub fn due_within(&self, today: Date, days: i32) -> usize {
        self.all.due_within(today, days)
    }
}
