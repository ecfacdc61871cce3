//! What every part of the console may read and change.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::component::{Call, Owner};
use super::effect::{Effect, TaskRequest};
use super::msg::{TaskId, WorldInfo};
use super::notices::Notices;
use super::options::Options;
use super::tasks::Tasks;
use crate::workflow::access::Access;
use crate::workflow::exports::Overview;

/// Stands for all places where something can be revealed.
pub(super) const EVERYWHERE: &str = "everywhere";

/// World, time, tasks, notices, and what this update wants done.
pub struct Shared {
    /// What the console was started with.
    pub options: Options,
    /// Terminal size, columns and rows.
    pub size: (u16, u16),
    /// The world shown; `None` until the first one is ready.
    pub world: Option<WorldInfo>,
    /// Which world, counted.
    pub epoch: u64,
    /// True while another world is being built.
    pub switching: bool,
    /// The world's time, as last told.
    pub now: Option<Timestamp>,
    /// When a key was last pressed.
    pub last_key: Option<Timestamp>,
    /// What the account may do, once known.
    pub access: Option<Access>,
    /// Jobs, files and certificate of the export service, once they were read.
    pub exports: Option<Box<Overview>>,
    /// The task table.
    pub tasks: Tasks,
    /// The notices.
    pub notices: Notices,
    pub(super) revealed: BTreeSet<&'static str>,
    pub(super) effects: Vec<Effect>,
    pub(super) calls: Vec<Call>,
}

impl Shared {
    pub(super) fn new(options: Options) -> Shared {
        Shared {
            options,
            size: (80, 24),
            world: None,
            epoch: 0,
            switching: false,
            now: None,
            last_key: None,
            access: None,
            exports: None,
            tasks: Tasks::default(),
            notices: Notices::default(),
            revealed: BTreeSet::new(),
            effects: Vec::new(),
            calls: Vec::new(),
        }
    }

    /// Starts a task: its row first, then the work.
    pub fn spawn(&mut self, owner: Owner, request: TaskRequest) -> TaskId {
        let id = self.tasks.add(owner, &request, self.now);
        self.effects.push(Effect::Spawn { id, request });
        id
    }

    /// Reads jobs, files and certificate of the export service, unless that is under way.
    pub fn read_exports(&mut self) {
        if !self.reading_exports() {
            self.spawn(Owner::App, TaskRequest::ReadExports);
        }
    }

    /// True while they are being read.
    pub fn reading_exports(&self) -> bool {
        self.tasks
            .running()
            .any(|task| task.title == TaskRequest::ReadExports.title())
    }

    /// Cancels a task. What has been sent already runs on until its outcome is recorded; the task
    /// table says so.
    pub fn cancel(&mut self, id: TaskId) {
        if self.tasks.cancelling(id) {
            self.effects.push(Effect::Cancel(id));
        }
    }

    /// Leaves a call for when the component has returned.
    pub fn call(&mut self, call: Call) {
        self.calls.push(call);
    }

    /// Leaves an effect for the runtime.
    pub fn effect(&mut self, effect: Effect) {
        self.effects.push(effect);
    }

    /// Notes something worth knowing.
    pub fn inform(&mut self, text: impl Into<String>) {
        self.notices.inform(self.now, text);
    }

    /// Copies a text to the terminal's clipboard, and says so.
    pub fn copy(&mut self, text: String) {
        self.inform(format!("sent to the terminal's clipboard: {text}"));
        self.effects.push(Effect::Copy(text));
    }

    /// True when identifiers of this place are shown in full.
    pub fn is_revealed(&self, place: &str) -> bool {
        self.revealed.contains(place) || self.revealed.contains(EVERYWHERE)
    }

    /// Why nothing can be asked of an outside system now, if so.
    pub fn not_ready(&self) -> Option<&'static str> {
        if self.world.is_none() {
            Some("no organisation is shown yet")
        } else if self.switching {
            Some("another organisation is being opened")
        } else {
            None
        }
    }

    /// Why a permission stands in the way, if it is known to be missing.
    pub fn denied(&self, permission: &str) -> Option<String> {
        let needed = &self.access.as_ref()?.needed;
        needed
            .iter()
            .find(|needed| needed.permission == permission && needed.held == Some(false))
            .map(|needed| format!("the account lacks {} ({})", needed.permission, needed.needed_for))
    }
}
