//! What makes a filter over 100,000 rows answer between two key presses: the folded text of a chunk
//! is searched as a whole, and everything else is a comparison of numbers.
//!
//! `QueueFilter::keeps` is the rule; a property test holds this against it.

use jiff::Timestamp;
use jiff::civil::Date;
use memchr::memmem::Finder;

use super::QueueRows;
use super::chunk::{Chunk, Fixed, UNKNOWN_TYPES, number_of_day};
use crate::domain::filter::fold;
use crate::domain::queue::{Origin, QueueFilter};
use crate::domain::request::{Phase, RequestType, phase};

/// The filter in numbers.
struct Wanted<'a> {
    statuses: Vec<bool>,
    kinds: Vec<bool>,
    since: Option<&'a Timestamp>,
    until: Option<&'a Timestamp>,
    mine: Option<Option<u32>>,
}

impl Wanted<'_> {
    fn keeps(&self, row: &Fixed) -> bool {
        let holds = |flags: &[bool], number: u32| flags.get(number as usize).copied().unwrap_or(false);
        let at = || Timestamp::from_microsecond(row.submitted).ok();
        holds(&self.statuses, row.status)
            && holds(&self.kinds, row.kind)
            && self.since.is_none_or(|since| at().is_some_and(|at| at >= *since))
            && self.until.is_none_or(|until| at().is_some_and(|at| at < *until))
            && self
                .mine
                .is_none_or(|login| row.origin == Origin::Ours && login == Some(row.created_by))
    }
}

impl QueueRows {
    /// For each row, in order, whether the filter keeps it.
    pub fn kept(&self, filter: &QueueFilter) -> Vec<bool> {
        let wanted = self.wanted(filter);
        let needle = fold(filter.text.trim());
        let finder = (!needle.is_empty()).then(|| Finder::new(needle.as_bytes()));
        let in_status = self.tables.statuses.which(|_, folded| folded.contains(&needle));
        let in_kind = self.kinds(|word| word.contains(&needle));
        let mut kept = Vec::with_capacity(self.len());
        for chunk in &self.chunks {
            let from = kept.len();
            kept.extend(
                chunk.rows.iter().map(|row| {
                    finder.is_none() || in_status[row.status as usize] || in_kind[row.kind as usize]
                }),
            );
            if let Some(finder) = &finder {
                find(chunk, finder, &mut kept[from..]);
            }
            for (kept, row) in kept[from..].iter_mut().zip(&chunk.rows) {
                *kept = *kept && wanted.keeps(row);
            }
        }
        kept
    }

    fn wanted<'a>(&self, filter: &'a QueueFilter) -> Wanted<'a> {
        let statuses = &filter.statuses;
        let all_kinds = filter.types.is_empty();
        let known = RequestType::ALL
            .iter()
            .map(|kind| all_kinds || filter.types.contains(kind));
        let unknown = self.tables.types.which(|_, _| all_kinds);
        let person = |login: &String| self.tables.people.find(&login.as_str().into());
        Wanted {
            statuses: self
                .tables
                .statuses
                .which(|word, _| statuses.is_empty() || statuses.iter().any(|status| status == word)),
            kinds: known.chain(unknown).collect(),
            since: filter.since.as_ref(),
            until: filter.until.as_ref(),
            mine: filter.mine.as_ref().map(person),
        }
    }

    /// For each number of a type whether its folded word fits.
    fn kinds(&self, fits: impl Fn(&str) -> bool) -> Vec<bool> {
        let known = RequestType::ALL.iter().map(|kind| fits(kind.as_str()));
        let unknown = self.tables.types.which(|_, folded| fits(folded));
        debug_assert_eq!(RequestType::ALL.len(), UNKNOWN_TYPES as usize);
        known.chain(unknown).collect()
    }

    /// Number of open requests that are due within `days` from `today`, those past due included.
    pub fn due_within(&self, today: Date, days: i32) -> usize {
        let last = number_of_day(today).saturating_add(days);
        let open = self.tables.statuses.which(|word, _| is_open(word));
        let due = |row: &&Fixed| row.due != i32::MIN && row.due <= last && open[row.status as usize];
        self.chunks
            .iter()
            .map(|chunk| chunk.rows.iter().filter(due).count())
            .sum()
    }

    /// Number of rows with this status.
    pub fn with_status(&self, status: &str) -> usize {
        let flags = self.tables.statuses.which(|word, _| word == status);
        let has = |row: &&Fixed| flags[row.status as usize];
        self.chunks
            .iter()
            .map(|chunk| chunk.rows.iter().filter(has).count())
            .sum()
    }
}

/// Marks the rows whose text holds the needle.
fn find(chunk: &Chunk, finder: &Finder<'_>, hits: &mut [bool]) {
    let text = chunk.folded.as_bytes();
    let (mut from, mut row) = (0, 0);
    while let Some(found) = finder.find(&text[from..]) {
        row += ends(chunk, row).position(|end| end > from + found).unwrap_or(0);
        hits[row] = true;
        from = chunk
            .rows
            .get(row + 1)
            .map_or(text.len(), |next| next.folded_at as usize);
    }
}

/// Where the texts of the rows end, from `row` on.
fn ends(chunk: &Chunk, row: usize) -> impl Iterator<Item = usize> + '_ {
    let next = chunk.rows[row + 1..].iter().map(|next| next.folded_at as usize);
    next.chain(std::iter::once(chunk.folded.len()))
}

/// Something may still come of it: neither ended there nor never sent from here.
fn is_open(status: &str) -> bool {
    phase(status) == Phase::Open && !matches!(status, "NOT_SENT" | "REFUSED")
}
