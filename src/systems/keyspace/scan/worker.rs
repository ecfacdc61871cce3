//! Reads one slice to its end, or to where it cannot be read.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use super::Job;
use super::checkpoint::{SliceFound, SliceState, Standing};
use super::judge::{Patience, Tries, Verdict, judge};
use super::search_page::Searcher;
use crate::domain::failure::Failure;
use crate::systems::keyspace::PageRequest;
use crate::systems::keyspace::description::TableInfo;
use crate::systems::keyspace::error::{KeyspaceError, NotRead};
use crate::systems::keyspace::page::Page;
use crate::systems::keyspace::slice::Slice;

/// Rows of the first pages: few enough if each is a mebibyte.
const FIRST_PAGE: u32 = 8;
/// A page is at most so many times as large as the one before.
const GROWTH: u32 = 8;
/// A page that was too much is asked for in pages of this part of its size.
const LESS: u32 = 4;
/// Pages that are read before larger ones are tried again.
const CALM_PAGES: u32 = 64;
/// Pages between two times that the place is remembered.
const PAGES_KEPT: u32 = 64;

/// What the workers of one table share.
pub(super) struct Shared {
    pub(super) table: Arc<TableInfo>,
    pub(super) patience: Patience,
    /// Rows of the next page.
    size: AtomicU32,
    /// Rows of a page that the server managed in time.
    ceiling: AtomicU32,
    /// Pages read since that was found out.
    calm: AtomicU32,
}

impl Shared {
    pub(super) fn new(table: Arc<TableInfo>) -> Shared {
        Shared {
            table,
            patience: Patience::new(),
            size: AtomicU32::new(FIRST_PAGE),
            ceiling: AtomicU32::new(u32::MAX),
            calm: AtomicU32::new(0),
        }
    }

    /// Rows of the next page.
    fn next_size(&self) -> u32 {
        self.size
            .load(Ordering::Relaxed)
            .min(self.ceiling.load(Ordering::Relaxed))
            .max(1)
    }

    /// `size` rows were too much for the server; all slices ask for less for a while.
    fn too_much(&self, size: u32) {
        self.ceiling.fetch_min((size / LESS).max(1), Ordering::Relaxed);
        self.calm.store(0, Ordering::Relaxed);
    }

    /// Learns from a page.
    fn observe(&self, page: &Page, asked: u32, job: &Job) {
        let rows = page.rows.count() as u64;
        if rows == 0 {
            return;
        }
        let each = (page.bytes() / rows).max(1);
        let fitting = u32::try_from(job.options.page_bytes / each).unwrap_or(u32::MAX);
        let next = fitting
            .min(asked.saturating_mul(GROWTH))
            .min(job.options.page_size)
            .max(1);
        self.size.store(next, Ordering::Relaxed);
        if self.calm.fetch_add(1, Ordering::Relaxed) + 1 >= CALM_PAGES {
            self.calm.store(0, Ordering::Relaxed);
            let ceiling = self.ceiling.load(Ordering::Relaxed);
            self.ceiling.store(ceiling.saturating_mul(2), Ordering::Relaxed);
        }
    }
}

/// A slice to be read.
pub(super) struct Work {
    pub(super) state: SliceState,
    pub(super) depth: u32,
}

/// How it ended: its state, or the two halves that take its place.
#[allow(clippy::large_enum_variant, reason = "one lives at a time for each reader")]
pub(super) enum Ended {
    At(SliceState),
    Halved(Slice, Vec<SliceState>, u32),
}

/// Reads a slice.
pub(super) async fn read(job: Arc<Job>, shared: Arc<Shared>, work: Work) -> Result<Ended, Failure> {
    let mut reader = Reader {
        resumed: work.state.paging.is_some(),
        tries: Tries {
            depth: work.depth,
            ..Tries::default()
        },
        limit: u32::MAX,
        pages: 0,
        state: work.state,
        job: &job,
        shared: &shared,
    };
    loop {
        if let Some(ended) = reader.step().await? {
            return Ok(ended);
        }
    }
}

struct Reader<'a> {
    state: SliceState,
    /// It goes on where an earlier run was.
    resumed: bool,
    tries: Tries,
    /// Rows of a page, after asking for less.
    limit: u32,
    pages: u32,
    job: &'a Job,
    shared: &'a Shared,
}

impl Reader<'_> {
    /// One page; `Some` when the slice is at its end.
    async fn step(&mut self) -> Result<Option<Ended>, Failure> {
        let size = self.shared.next_size().min(self.limit);
        let request = PageRequest {
            table: Arc::clone(&self.shared.table),
            slice: self.state.slice.clone(),
            paging: self.state.paging.clone(),
            size,
        };
        let answer = tokio::select! {
            biased;
            () = self.job.cancel.cancelled() => return Ok(Some(self.leave())),
            answer = self.job.keyspace.page(request) => answer,
        };
        let searched = answer.and_then(|page| self.page(page, size));
        match searched {
            Ok(true) => {
                self.state.standing = Standing::Done;
                Ok(Some(self.leave()))
            }
            Ok(false) => self.keep().await,
            Err(error) => self.failed(&error, size).await,
        }
    }

    /// Searches a page; true when it was the last one.
    fn page(&mut self, page: Page, asked: u32) -> Result<bool, KeyspaceError> {
        let before = self.state.found.matches.len();
        let rows = page.rows.count() as u64;
        let bytes = page.bytes();
        let mut found = std::mem::take(&mut self.state.found);
        let named = self.job.options.named.as_deref();
        let searcher = Searcher::new(&self.job.needles, &self.shared.table, named);
        let searched = searcher.search(&page, &mut found);
        self.state.found = found;
        searched?;
        self.shared.observe(&page, asked, self.job);
        // An empty page shows nothing: there was nothing to read.
        let helped = rows > 0 && (self.tries.smaller > 0 || self.tries.depth > 0);
        self.shared.patience.read(helped);
        for found in &self.state.found.matches[before..] {
            self.job.progress.found(found, &self.job.listener);
        }
        self.job.progress.page(rows, bytes, &self.job.listener);
        (self.tries.smaller, self.tries.pauses) = (0, 0);
        self.resumed = false;
        self.pages += 1;
        self.state.paging = page.next;
        Ok(self.state.paging.is_none())
    }

    async fn keep(&mut self) -> Result<Option<Ended>, Failure> {
        if self.job.progress.matches() >= self.job.options.most_matches {
            return Ok(Some(self.leave()));
        }
        if self.pages.is_multiple_of(PAGES_KEPT) {
            let state = self.state.clone();
            self.job
                .checkpoints
                .save(&self.shared.table.name, None, vec![state])
                .await?;
        }
        Ok(None)
    }

    async fn failed(&mut self, error: &KeyspaceError, size: u32) -> Result<Option<Ended>, Failure> {
        // The place of an earlier run may mean nothing any more (the table has changed since).
        if self.resumed && error.as_not_read().is_none() {
            self.resumed = false;
            self.state.paging = None;
            self.state.found = SliceFound::default();
            return Ok(None);
        }
        match judge(error, self.tries, size, &self.shared.patience) {
            Verdict::Smaller => {
                self.tries.smaller += 1;
                // It stays so for this slice. A time-out says something of the server as well;
                // tombstones only of this place.
                self.limit = (size / LESS).max(1);
                if error.as_not_read() == Some(NotRead::TimedOut) {
                    self.shared.too_much(size);
                }
            }
            Verdict::Again(pause) => {
                self.tries.pauses += 1;
                tokio::select! {
                    () = self.job.cancel.cancelled() => {}
                    () = tokio::time::sleep(pause) => {}
                }
            }
            Verdict::Halve => {
                if let Some((lower, upper)) = self.state.slice.halves() {
                    let halves = vec![SliceState::open(lower), SliceState::open(upper)];
                    return Ok(Some(Ended::Halved(
                        self.state.slice.clone(),
                        halves,
                        self.tries.depth + 1,
                    )));
                }
                let words = error.as_not_read().map_or("refused", |why| why.as_str());
                self.give_up(words.to_owned(), error.to_string());
                return Ok(Some(self.leave()));
            }
            Verdict::GiveUp(why, detail) => {
                self.give_up(why, detail);
                return Ok(Some(self.leave()));
            }
        }
        Ok(None)
    }

    fn give_up(&mut self, why: String, detail: String) {
        self.state.standing = Standing::NotRead { why, detail };
    }

    fn leave(&self) -> Ended {
        Ended::At(self.state.clone())
    }
}
