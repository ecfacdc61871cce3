//! All rows of the queue at once, packed: a queue of 100,000 requests in some 15 MB instead of 50,
//! its search text included.
//!
//! Rows live in chunks. A chunk is never changed once it is made, so that two readings of the queue
//! share those in which nothing happened. Words that repeat (statuses, types, creators) stand once
//! in a table; a row holds their numbers.

mod chunk;
mod filter;
mod pack;
mod shorten;
mod words;

use std::cmp::Ordering;
use std::sync::Arc;

use jiff::Timestamp;

use super::queue::QueueRow;
use chunk::Chunk;
pub use chunk::RowRef;
pub use pack::Packer;
use words::Tables;

/// Packed rows, in an order of their own.
#[derive(Clone, Default)]
pub struct QueueRows {
    tables: Arc<Tables>,
    chunks: Vec<Arc<Chunk>>,
    // Number of the first row of each chunk, and behind them the number of all rows.
    starts: Vec<u32>,
}

impl QueueRows {
    /// Number of rows.
    pub fn len(&self) -> usize {
        self.starts.last().copied().unwrap_or(0) as usize
    }

    /// True without rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// One row by its place.
    pub fn at(&self, place: usize) -> Option<RowRef<'_>> {
        let place = u32::try_from(place).ok().filter(|_| place < self.len())?;
        let chunk = self.starts.partition_point(|start| *start <= place) - 1;
        let within = (place - self.starts[chunk]) as usize;
        Some(RowRef::new(&self.tables, &self.chunks[chunk], within))
    }

    /// One row by its place, unpacked.
    pub fn get(&self, place: usize) -> Option<QueueRow> {
        self.at(place).map(|row| row.unpack())
    }

    /// All rows in order, packed.
    pub fn refs(&self) -> impl Iterator<Item = RowRef<'_>> {
        let rows = |chunk: &'_ Arc<Chunk>| 0..chunk.len();
        self.chunks
            .iter()
            .flat_map(move |chunk| rows(chunk).map(move |at| RowRef::new(&self.tables, chunk, at)))
    }

    /// All rows in order, unpacked one after the other.
    pub fn iter(&self) -> impl Iterator<Item = QueueRow> {
        self.refs().map(|row| row.unpack())
    }

    /// Number of rows that stand in chunks shared with another reading.
    pub fn shared_with(&self, other: &QueueRows) -> usize {
        let shared = |chunk: &&Arc<Chunk>| other.chunks.iter().any(|known| Arc::ptr_eq(known, chunk));
        self.chunks.iter().filter(shared).map(|chunk| chunk.len()).sum()
    }

    /// Bytes that the rows take, words and bookkeeping left out.
    pub fn bytes(&self) -> usize {
        self.chunks.iter().map(|chunk| chunk.bytes()).sum()
    }

    /// The different statuses, in the order of the alphabet.
    pub fn statuses(&self) -> Vec<Arc<str>> {
        let mut words: Vec<Arc<str>> = self.tables.statuses.all().cloned().collect();
        words.sort();
        words
    }

    /// The rows in the order of the queue: newest first, those without a time last, then by id.
    #[must_use]
    pub fn sorted(self) -> QueueRows {
        if self.refs().is_sorted_by(|a, b| order(a, b) != Ordering::Greater) {
            return self;
        }
        let mut refs: Vec<RowRef<'_>> = self.refs().collect();
        refs.sort_by(order);
        let mut packer = Packer::with(Arc::clone(&self.tables));
        for row in refs {
            packer.push_ref(row);
        }
        packer.finish()
    }

    /// Sorted rows without those that are `gone` and with the `fresh` ones in their places. Chunks
    /// that neither lose nor gain a row are shared with `self`.
    #[must_use]
    pub fn replaced(&self, gone: impl Fn(RowRef<'_>) -> bool, mut fresh: Vec<QueueRow>) -> QueueRows {
        fresh.sort_by(|a, b| {
            by_time(&a.submitted_at, &b.submitted_at).then_with(|| a.any_id().cmp(b.any_id()))
        });
        let mut fresh = fresh.into_iter().peekable();
        let mut packer = Packer::with(Arc::clone(&self.tables));
        for (index, chunk) in self.chunks.iter().enumerate() {
            let row = |at: usize| RowRef::new(&self.tables, chunk, at);
            let next = self
                .chunks
                .get(index + 1)
                .map(|next| RowRef::new(&self.tables, next, 0));
            let belongs = |new: &QueueRow| next.is_none_or(|next| before(new, &next));
            if !(0..chunk.len()).any(|at| gone(row(at))) && !fresh.peek().is_some_and(belongs) {
                packer.share(chunk);
                continue;
            }
            for old in (0..chunk.len()).map(row).filter(|old| !gone(*old)) {
                while let Some(new) = fresh.next_if(|new| before(new, &old)) {
                    packer.push(&new);
                }
                packer.push_ref(old);
            }
            while let Some(new) = fresh.next_if(belongs) {
                packer.push(&new);
            }
            packer.close();
        }
        fresh.for_each(|new| packer.push(&new));
        packer.finish()
    }
}

/// Newest first, without a time last.
fn by_time(a: &Option<Timestamp>, b: &Option<Timestamp>) -> Ordering {
    b.cmp(a)
}

fn order(a: &RowRef<'_>, b: &RowRef<'_>) -> Ordering {
    by_time(&a.submitted_at(), &b.submitted_at()).then_with(|| a.any_id().cmp(b.any_id()))
}

/// True when a new row comes before one that is there.
fn before(new: &QueueRow, old: &RowRef<'_>) -> bool {
    let times = by_time(&new.submitted_at, &old.submitted_at());
    times.then_with(|| new.any_id().cmp(old.any_id())) == Ordering::Less
}

impl FromIterator<QueueRow> for QueueRows {
    fn from_iter<I: IntoIterator<Item = QueueRow>>(rows: I) -> QueueRows {
        let mut packer = Packer::default();
        rows.into_iter().for_each(|row| packer.push(&row));
        packer.finish()
    }
}

impl std::fmt::Debug for QueueRows {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "QueueRows({})", self.len())
    }
}
