//! What befalls one process: at which of its steps it ends, and which of its calls to the disk fail.
//! Steps are the calls by which the store and the ledger change the disk, and the two sides of each
//! call over the network; so an end at every step is an end at every point of the write path. Where the
//! power fails with it, the [`Host`] knows what is lost.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock};

use dsr_console::ledger::{DiskCall, DiskFailure, DiskWatch};
use tokio::sync::Notify;

use super::power::Host;

/// How a disk fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Harm {
    /// There is no room (ENOSPC).
    NoRoom,
    /// An input/output error (EIO).
    Io,
    /// Half of a write reaches the disk, and the process ends.
    Torn,
}

/// From which call on the disk fails, and for how many calls.
#[derive(Clone, Copy, Debug)]
pub struct Trouble {
    pub harm: Harm,
    pub from: u64,
    pub calls: u64,
}

/// A call to the disk that does not pass.
#[derive(Clone, Copy, Debug)]
pub struct Denied {
    pub harm: Harm,
    /// Of a write, how many bytes arrive all the same.
    pub written: usize,
}

#[derive(Debug, Default)]
struct State {
    steps: u64,
    disk: u64,
    reads: u64,
    dead: bool,
    /// What was asked of the disk, and what failed.
    calls: BTreeMap<&'static str, u64>,
    failed: BTreeMap<Harm, u64>,
}

/// The fate of one process.
#[derive(Debug, Default)]
pub struct Fate {
    /// The step at which it ends.
    ends_at: Option<u64>,
    trouble: Option<Trouble>,
    /// The read of the store that fails.
    bad_read: Option<u64>,
    /// Where the power fails when the process ends, and with it every other process there.
    host: OnceLock<Arc<Host>>,
    state: Mutex<State>,
    over: Notify,
}

impl Fate {
    pub fn kind() -> Arc<Fate> {
        Arc::default()
    }

    pub fn new(ends_at: Option<u64>, trouble: Option<Trouble>, bad_read: Option<u64>) -> Arc<Fate> {
        Arc::new(Fate {
            ends_at,
            trouble,
            bad_read,
            ..Fate::default()
        })
    }

    /// Waits for the end.
    pub async fn over(&self) {
        self.over.notified().await;
    }

    pub fn is_over(&self) -> bool {
        self.state.lock().unwrap().dead || self.is_dark()
    }

    /// The process runs on this host.
    pub fn on(&self, host: Arc<Host>) {
        self.host.set(host).unwrap();
    }

    pub fn host(&self) -> Option<&Arc<Host>> {
        self.host.get()
    }

    fn is_dark(&self) -> bool {
        self.host.get().is_some_and(|host| host.is_off())
    }

    /// Steps so far.
    pub fn steps(&self) -> u64 {
        self.state.lock().unwrap().steps
    }

    /// Calls to the disk so far.
    pub fn disk_calls(&self) -> u64 {
        self.state.lock().unwrap().disk
    }

    /// Calls to the disk, by name.
    pub fn calls(&self) -> BTreeMap<&'static str, u64> {
        self.state.lock().unwrap().calls.clone()
    }

    pub fn failed(&self) -> BTreeMap<Harm, u64> {
        self.state.lock().unwrap().failed.clone()
    }

    fn advance(&self, state: &mut State) -> bool {
        if self.is_dark() && !state.dead {
            self.end(state);
        }
        if state.dead {
            return false;
        }
        state.steps += 1;
        if self.ends_at == Some(state.steps) {
            self.end(state);
        }
        !state.dead
    }

    fn end(&self, state: &mut State) {
        state.dead = true;
        if let Some(host) = self.host.get() {
            host.fail();
        }
        self.over.notify_one();
    }

    /// One side of a call over the network; false when the process is no more.
    pub fn step(&self) -> bool {
        self.advance(&mut self.state.lock().unwrap())
    }

    /// A call that changes the disk. A process that is no more changes nothing.
    pub fn disk(&self, call: &'static str, bytes: usize) -> Result<(), Denied> {
        let mut state = self.state.lock().unwrap();
        let gone = Denied {
            harm: Harm::Io,
            written: 0,
        };
        if !self.advance(&mut state) {
            return Err(gone);
        }
        state.disk += 1;
        *state.calls.entry(call).or_default() += 1;
        let hit = self
            .trouble
            .filter(|trouble| (trouble.from..trouble.from + trouble.calls).contains(&state.disk));
        let Some(trouble) = hit else { return Ok(()) };
        *state.failed.entry(trouble.harm).or_default() += 1;
        let written = match trouble.harm {
            Harm::Torn => {
                self.end(&mut state);
                bytes / 2
            }
            // A full disk takes a part of it as well.
            Harm::NoRoom => bytes / 3,
            Harm::Io => 0,
        };
        Err(Denied {
            harm: trouble.harm,
            written,
        })
    }

    /// A read of the store.
    pub fn read(&self) -> Result<(), Denied> {
        let mut state = self.state.lock().unwrap();
        state.reads += 1;
        if self.bad_read != Some(state.reads) {
            return Ok(());
        }
        *state.failed.entry(Harm::Io).or_default() += 1;
        Err(Denied {
            harm: Harm::Io,
            written: 0,
        })
    }
}

impl DiskWatch for Fate {
    fn before(&self, call: DiskCall, path: &Path, bytes: usize) -> Result<(), DiskFailure> {
        let name = match call {
            DiskCall::MakeDirectory => "ledger: make directory",
            DiskCall::Create => "ledger: create",
            DiskCall::Write => "ledger: write",
            DiskCall::Cut => "ledger: cut",
            DiskCall::Sync => "ledger: sync",
            DiskCall::Rename => "ledger: rename",
            DiskCall::Remove => "ledger: remove",
        };
        self.disk(name, bytes).map_err(|denied| DiskFailure {
            error: match denied.harm {
                Harm::NoRoom => io::ErrorKind::StorageFull.into(),
                Harm::Io | Harm::Torn => io::Error::other("input/output error"),
            },
            written: denied.written,
        })?;
        if let Some(host) = self.host.get() {
            host.before(call, path);
        }
        Ok(())
    }

    fn renames(&self, from: &Path, to: &Path) {
        if let Some(host) = self.host.get() {
            host.renames(from, to);
        }
    }
}
