//! One table: its slices, a few at a time, from where they were left.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use tokio::task::JoinSet;

use super::checkpoint::{SliceState, Standing};
use super::worker::{self, Ended, Shared, Work};
use super::{Job, defect};
use crate::domain::failure::Failure;
use crate::systems::keyspace::description::TableInfo;
use crate::systems::keyspace::report::NotReadRange;
use crate::systems::keyspace::slice::{Slice, TokenSpace};

/// Slices of a table of unknown size.
const SLICES: usize = 64;
/// A slice is about as large as this.
const SLICE_BYTES: u64 = 16 * 1024 * 1024;

/// Reads a table. Gives all its slices and how they stand.
pub(super) async fn read(job: &Arc<Job>, table: &Arc<TableInfo>) -> Result<Vec<SliceState>, Failure> {
    let states = match begin(job, table).await? {
        Ok(states) => states,
        Err(state) => return Ok(vec![state]),
    };
    let (done, open): (Vec<_>, Vec<_>) = states
        .into_iter()
        .partition(|state| state.standing == Standing::Done);
    measure(job, &done, &open);
    let mut queue = Queue::new(open);
    let mut ended = done;
    let shared = Arc::new(Shared::new(Arc::clone(table)));
    let mut tasks = JoinSet::new();
    // A slice at its end makes room: the next one is begun first, then this one is remembered.
    let mut at_end: Option<SliceState> = None;
    loop {
        let stopped = job.cancel.is_cancelled() || job.progress.matches() >= job.options.most_matches;
        while !stopped && tasks.len() < job.options.in_flight.max(1) {
            let Some(work) = queue.next() else { break };
            tasks.spawn(worker::read(Arc::clone(job), Arc::clone(&shared), work));
        }
        if let Some(state) = at_end.take() {
            job.checkpoints
                .save(&table.name, None, vec![state.clone()])
                .await?;
            tell(job, &table.name, &state);
            ended.push(state);
        }
        let Some(joined) = tasks.join_next().await else {
            break;
        };
        match joined.map_err(|_| defect())?? {
            Ended::At(state) => at_end = Some(state),
            // The halves are remembered before one of them is read.
            Ended::Halved(slice, halves, depth) => {
                job.checkpoints
                    .save(&table.name, Some(&slice), halves.clone())
                    .await?;
                queue.again(halves, depth);
            }
        }
    }
    ended.extend(queue.rest());
    ended.sort_by(|a, b| a.slice.after.cmp(&b.slice.after));
    Ok(ended)
}

/// The slices as they were left, or new ones. A table whose ring cannot be read is not read.
async fn begin(job: &Job, table: &TableInfo) -> Result<Result<Vec<SliceState>, SliceState>, Failure> {
    let mut states = job.checkpoints.slices(&table.name).await?;
    for state in &mut states {
        if state.standing != Standing::Done {
            state.standing = Standing::Open;
        }
    }
    if !states.is_empty() {
        return Ok(Ok(states));
    }
    let wished = job.options.slices.unwrap_or_else(|| {
        let by_size = table
            .bytes
            .map(|bytes| usize::try_from(bytes / SLICE_BYTES).unwrap_or(usize::MAX));
        by_size.unwrap_or(SLICES).clamp(job.options.in_flight * 4, 4096)
    });
    match job.keyspace.slices(table, wished).await {
        Ok(slices) => {
            let states: Vec<SliceState> = slices.into_iter().map(SliceState::open).collect();
            job.checkpoints.save(&table.name, None, states.clone()).await?;
            Ok(Ok(states))
        }
        Err(error) => {
            let mut state = SliceState::open(Slice::whole(TokenSpace::None));
            state.standing = Standing::NotRead {
                why: error.as_not_read().map_or("ring", |why| why.as_str()).to_owned(),
                detail: error.to_string(),
            };
            tell(job, &table.name, &state);
            Ok(Err(state))
        }
    }
}

fn measure(job: &Job, done: &[SliceState], open: &[SliceState]) {
    let share = |states: &[SliceState]| states.iter().map(|state| weight(&state.slice)).sum::<f64>();
    let (before, left) = (share(done), share(open));
    let measurable = done.len() + open.len() > 1;
    job.progress.slices(before + left, before, measurable);
}

/// The share of the ring, or one for each slice where tokens cannot be measured.
fn weight(slice: &Slice) -> f64 {
    slice.share()
}

fn tell(job: &Job, table: &str, state: &SliceState) {
    let (share, range) = match &state.standing {
        Standing::Open => return,
        Standing::Done => (weight(&state.slice), None),
        Standing::NotRead { why, detail } => {
            let range = NotReadRange {
                table: table.to_owned(),
                part: state.slice.to_string(),
                why: why.clone(),
                detail: detail.clone(),
            };
            (weight(&state.slice), Some(range))
        }
    };
    job.progress.slice(share, range, &job.listener);
}

/// Slices to be read, those of different nodes by turns, so that no node has to do all the work.
struct Queue(VecDeque<Work>);

impl Queue {
    fn new(open: Vec<SliceState>) -> Queue {
        let mut by_node: BTreeMap<Option<String>, VecDeque<SliceState>> = BTreeMap::new();
        for state in open {
            by_node
                .entry(state.slice.node.clone())
                .or_default()
                .push_back(state);
        }
        let mut queue = VecDeque::new();
        while !by_node.is_empty() {
            by_node.retain(|_, states| {
                queue.extend(states.pop_front().map(|state| Work { state, depth: 0 }));
                !states.is_empty()
            });
        }
        Queue(queue)
    }

    fn next(&mut self) -> Option<Work> {
        self.0.pop_front()
    }

    fn again(&mut self, halves: Vec<SliceState>, depth: u32) {
        for state in halves.into_iter().rev() {
            self.0.push_front(Work { state, depth });
        }
    }

    fn rest(self) -> impl Iterator<Item = SliceState> {
        self.0.into_iter().map(|work| work.state)
    }
}
