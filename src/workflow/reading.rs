//! Reading the organisation's list of requests: page by page, while it may change under our hands.
//! Nothing is concluded from a list that could not be read whole.

use futures_util::StreamExt;
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use super::World;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::progress::{Listener, Progress};
use crate::domain::request::Request;
use crate::store::{Seen, Stood};
use crate::systems::genesys_cloud::RequestPage;

/// Requests a page; the largest size known to work.
pub(super) const PAGE: u32 = 100;
/// Pages asked for ahead, so that a long list does not wait for each answer in turn.
const AHEAD: usize = 4;
/// Requests written in one transaction.
const CHUNK: usize = 2_000;
/// Readings of a list that changed while it was read, before it is called incomplete.
const PASSES: u32 = 3;
/// Pages without anything new after which the server is thought to repeat itself.
const IDLE_PAGES: u32 = 5;

/// What one reading brought.
#[derive(Clone, Debug, Default)]
pub(super) struct Reading {
    /// New requests and changes.
    pub seen: Vec<Seen>,
    /// True when the list was read whole.
    pub complete: bool,
    /// Why not, and what else is worth saying.
    pub notes: Vec<String>,
    /// The server's clock beside ours at the last page.
    pub server_time: Option<(Timestamp, Timestamp)>,
}

struct Pass<'a> {
    world: &'a World,
    listener: &'a Listener,
    cancel: &'a CancellationToken,
    /// Everything seen in any pass.
    stood: Stood,
    /// What was seen in this pass.
    now: Stood,
    waiting: Vec<Request>,
    reading: Reading,
    unreadable: u64,
    /// The total as told by the first page of the pass, and by the latest.
    at_first: Option<u64>,
    total: Option<u64>,
}

/// Reads the whole list into the store.
///
/// # Errors
/// When the first page cannot be had, when cancelled, or when the store fails. A later page that
/// fails makes the reading incomplete.
pub(super) async fn read_list(
    world: &World,
    listener: &Listener,
    cancel: &CancellationToken,
) -> Result<Reading, Failure> {
    let started = world.clock.now();
    let mut pass = Pass {
        world,
        listener,
        cancel,
        stood: Stood::default(),
        now: Stood::default(),
        waiting: Vec::new(),
        reading: Reading::default(),
        unreadable: 0,
        at_first: None,
        total: None,
    };
    for number in 1..=PASSES {
        let ended = pass.read().await?;
        pass.write().await?;
        if !ended {
            break;
        }
        // What stood there when the pass began must have been seen in it. A list that kept changing
        // is read once more: what left it moves others up, past the page being read.
        let found = pass.now.len() as u64 + pass.unreadable;
        let whole = pass.at_first.is_none_or(|total| found >= total);
        let quiet = pass.at_first == pass.total;
        if whole && (quiet || number == PASSES) {
            pass.reading.complete = pass.unreadable == 0;
            break;
        }
        if number == PASSES {
            let total = pass.at_first.unwrap_or_default();
            pass.reading.notes.push(format!(
                "The list changed while it was read: {found} of {total} requests were seen."
            ));
        }
    }
    let (reading, stood) = (pass.reading, pass.stood);
    let now = world.clock.now();
    if reading.complete {
        world
            .store
            .read_whole(&world.actor, started, stood, reading.notes.clone(), now)
            .await?;
    } else {
        world
            .store
            .read_in_part(&world.actor, reading.notes.clone(), now)
            .await?;
    }
    Ok(reading)
}

impl Pass<'_> {
    /// One pass over the pages; false when it broke off.
    async fn read(&mut self) -> Result<bool, Failure> {
        self.unreadable = 0;
        self.now = Stood::default();
        let first = self.page(1).await?;
        self.at_first = first.total;
        let mut more = first.more;
        let pages = first.total.map_or(1, |total| total.div_ceil(u64::from(PAGE)));
        self.take(first).await?;
        let last = u32::try_from(pages).unwrap_or(u32::MAX);
        let world = self.world;
        let mut ahead = futures_util::stream::iter(2..=last)
            .map(|page| async move { (page, world.cloud.list_requests(page, PAGE).await) })
            .buffered(AHEAD);
        while let Some((page, answer)) = tokio::select! {
            answer = ahead.next() => answer,
            () = self.cancel.cancelled() => return Err(interrupted()),
        } {
            match answer {
                Ok(answer) => {
                    more = answer.more;
                    self.take(answer).await?;
                }
                Err(failure) => return self.broke_off(page, &failure),
            }
        }
        drop(ahead);
        self.rest(last, more).await
    }

    /// Pages beyond the total that was told, or all of them when none was.
    async fn rest(&mut self, last: u32, mut more: bool) -> Result<bool, Failure> {
        let (mut page, mut idle) = (last, 0);
        while more {
            page += 1;
            let answer = match self.page(page).await {
                Ok(answer) => answer,
                Err(failure) if failure.kind == FailureKind::Interrupted => return Err(failure),
                Err(failure) => return self.broke_off(page, &failure),
            };
            more = answer.more;
            let before = self.now.len();
            self.take(answer).await?;
            idle = if self.now.len() == before { idle + 1 } else { 0 };
            if idle >= IDLE_PAGES {
                self.reading
                    .notes
                    .push("The list does not end: its pages repeat themselves.".to_owned());
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn page(&self, page: u32) -> Result<RequestPage, Failure> {
        tokio::select! {
            answer = self.world.cloud.list_requests(page, PAGE) => answer,
            () = self.cancel.cancelled() => Err(interrupted()),
        }
    }

    fn broke_off(&mut self, page: u32, failure: &Failure) -> Result<bool, Failure> {
        self.reading
            .notes
            .push(format!("Page {page} of the list could not be read: {failure}"));
        Ok(false)
    }

    async fn take(&mut self, page: RequestPage) -> Result<(), Failure> {
        self.total = page.total.or(self.total);
        if let Some(server) = page.server_time {
            self.reading.server_time = Some((server, self.world.clock.now()));
        }
        self.unreadable += page.unreadable.len() as u64;
        for note in page.unreadable {
            if !self.reading.notes.contains(&note) && self.reading.notes.len() < 20 {
                self.reading.notes.push(note);
            }
        }
        for request in page.requests {
            self.stood.insert(&request.id);
            self.now.insert(&request.id);
            self.waiting.push(request);
        }
        self.listener.tell(Progress {
            done: self.now.len() as u64,
            total: self.total,
            unit: "requests",
            note: "reading the list".to_owned(),
        });
        if self.waiting.len() >= CHUNK {
            self.write().await?;
        }
        Ok(())
    }

    async fn write(&mut self) -> Result<(), Failure> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let requests = std::mem::take(&mut self.waiting);
        let now = self.world.clock.now();
        let seen = self.world.store.see(&self.world.actor, requests, now).await?;
        self.reading.seen.extend(seen);
        Ok(())
    }
}

/// Makes sure that the store knows every request that stands in the list now, as cheaply as can be:
/// when the number of requests is the one known and the first page holds nothing new, nothing was
/// added. New ones are looked for at both ends of the list before it is read whole.
///
/// Gives what is worth saying when the list could not be read whole.
pub(super) async fn freshen(world: &World, cancel: &CancellationToken) -> Result<Vec<String>, Failure> {
    let known = world.store.list_state().await?;
    if known.read_at.is_none() || !known.complete {
        return whole(world, cancel).await;
    }
    let first = world.cloud.list_requests(1, PAGE).await?;
    let Some(total) = first.total.filter(|_| first.unreadable.is_empty()) else {
        return whole(world, cancel).await;
    };
    if total < known.listed {
        return whole(world, cancel).await;
    }
    let mut missing = total - known.listed;
    missing = missing.saturating_sub(take_in(world, first).await?);
    let pages = total.div_ceil(u64::from(PAGE));
    if pages > 1 {
        let last = u32::try_from(pages).unwrap_or(u32::MAX);
        let page = world.cloud.list_requests(last, PAGE).await?;
        missing = missing.saturating_sub(take_in(world, page).await?);
    }
    if missing > 0 {
        return whole(world, cancel).await;
    }
    Ok(Vec::new())
}

/// Takes a page in; gives the number of requests that were not known.
async fn take_in(world: &World, page: RequestPage) -> Result<u64, Failure> {
    let seen = world
        .store
        .see(&world.actor, page.requests, world.clock.now())
        .await?;
    Ok(seen.iter().filter(|seen| seen.from.is_none()).count() as u64)
}

async fn whole(world: &World, cancel: &CancellationToken) -> Result<Vec<String>, Failure> {
    let reading = read_list(world, &Listener::none(), cancel).await?;
    Ok(if reading.complete {
        Vec::new()
    } else {
        reading.notes
    })
}

/// The refusal of what must not be sent while an equal request may be missed.
pub(super) fn not_whole(notes: &[String]) -> Failure {
    Failure::new(
        FailureKind::Incomplete,
        format!(
            "The list of requests could not be read whole, so equal requests cannot be told: {}",
            notes.join(" ")
        ),
    )
    .at("genesys_cloud")
}

fn interrupted() -> Failure {
    Failure::new(FailureKind::Interrupted, "The reading of the list was cancelled.")
}
