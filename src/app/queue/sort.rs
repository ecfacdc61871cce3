//! The order of the queue.

use crate::domain::queue_rows::{QueueRows, RowRef};

/// By what the rows are sorted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum By {
    /// Time of submission, the newest first.
    #[default]
    Submitted,
    /// Due day, the nearest first; rows without one last.
    Due,
    /// Status word.
    Status,
    /// Type word.
    Type,
    /// Name.
    Subject,
}

impl By {
    /// The next column.
    pub fn next(self) -> By {
        match self {
            By::Submitted => By::Due,
            By::Due => By::Status,
            By::Status => By::Type,
            By::Type => By::Subject,
            By::Subject => By::Submitted,
        }
    }

    /// What stands below the list.
    pub fn words(self, reversed: bool) -> &'static str {
        match (self, reversed) {
            (By::Submitted, false) => "newest first",
            (By::Submitted, true) => "oldest first",
            (By::Due, false) => "by due day",
            (By::Due, true) => "by due day, the farthest first",
            (By::Status, false) => "by status",
            (By::Status, true) => "by status, backwards",
            (By::Type, false) => "by type",
            (By::Type, true) => "by type, backwards",
            (By::Subject, false) => "by name",
            (By::Subject, true) => "by name, backwards",
        }
    }
}

/// The numbers of all rows in order. Equal rows stay in the order in which they were read.
pub fn order(rows: &QueueRows, by: By, reversed: bool) -> Vec<u32> {
    match by {
        By::Submitted => by_number(rows, reversed, |row| {
            row.submitted_at().map(|at| -at.as_microsecond())
        }),
        By::Due => by_number(rows, reversed, |row| row.due().map(days)),
        By::Status => by_text(rows, reversed, |row| row.status().as_bytes()),
        By::Type => by_text(rows, reversed, |row| row.type_word().as_bytes()),
        By::Subject => by_text(rows, reversed, |row| row.folded_label().as_bytes()),
    }
}

fn days(day: jiff::civil::Date) -> i64 {
    i64::from(crate::domain::deadline::days_between(
        jiff::civil::Date::constant(1970, 1, 1),
        day,
    ))
}

/// What has no number stays last in both directions.
fn by_number(rows: &QueueRows, reversed: bool, number: impl Fn(RowRef<'_>) -> Option<i64>) -> Vec<u32> {
    let key = |row| match number(row) {
        Some(number) if reversed => (false, -number),
        Some(number) => (false, number),
        None => (true, 0),
    };
    let mut keyed: Vec<((bool, i64), u32)> = rows.refs().map(key).zip(0..).collect();
    if !keyed.is_sorted() {
        keyed.sort_unstable();
    }
    keyed.into_iter().map(|(_, row)| row).collect()
}

/// The first eight bytes decide most comparisons without looking at the text.
fn by_text<'a>(rows: &'a QueueRows, reversed: bool, text: impl Fn(RowRef<'a>) -> &'a [u8]) -> Vec<u32> {
    let key = |row| {
        let text = text(row);
        let mut start = [0; 8];
        let length = text.len().min(8);
        start[..length].copy_from_slice(&text[..length]);
        (u64::from_be_bytes(start), text)
    };
    let mut keyed: Vec<((u64, &[u8]), u32)> = rows.refs().map(key).zip(0..).collect();
    keyed.sort_unstable_by(|a, b| {
        let texts = if reversed { b.0.cmp(&a.0) } else { a.0.cmp(&b.0) };
        texts.then(a.1.cmp(&b.1))
    });
    keyed.into_iter().map(|(_, row)| row).collect()
}
