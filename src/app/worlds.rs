//! Simulation and live: asking before live is shown, and starting afresh with each world.

use super::component::{Call, Owner};
use super::confirm::Confirm;
use super::effect::{Effect, TaskRequest};
use super::modal::Modal;
use super::screen::Screen;
use super::shared::EVERYWHERE;
use super::{App, WorldInfo};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::mode::Mode;
use crate::workflow::access::Access;

impl App {
    /// From simulation to live a person is asked; the other way there is nothing to lose.
    pub(super) fn ask_to_switch(&mut self) {
        if self.shared.switching {
            self.shared.inform("another organisation is being opened already");
            return;
        }
        let live = self
            .shared
            .world
            .as_ref()
            .is_some_and(|world| world.mode == Mode::Live);
        if live {
            match self.shared.options.simulation.clone() {
                Ok(()) => self.switch(Mode::Simulation),
                Err(reason) => self.shared.inform(format!("the mode stays live: {reason}")),
            }
            return;
        }
        match self.shared.options.live.clone() {
            Err(reason) => self.shared.inform(format!("the mode stays simulation: {reason}")),
            Ok(target) => {
                let question = Confirm::new("Switch to LIVE?")
                    .line(format!("Organisation: {}", target.organization))
                    .line(format!("Profile: {}", target.profile))
                    .line("From then on requests are real: a deletion cannot be undone or cancelled.")
                    .then(Call::SwitchWorld(Mode::Live));
                self.open(Modal::Confirm(question));
            }
        }
    }

    pub(super) fn switch(&mut self, mode: Mode) {
        self.shared.switching = true;
        self.shared.inform(format!("opening {mode} …"));
        self.shared.effect(Effect::SwitchWorld(mode));
    }

    pub(super) fn world_ready(&mut self, epoch: u64, info: WorldInfo) {
        self.dirty = true;
        for id in self.shared.tasks.leave() {
            self.shared.effect(Effect::Cancel(id));
        }
        // Every pane anew: no row of the world left behind can stay on screen.
        let (focus, zoomed, turned) = (self.screen.focus, self.screen.zoomed, self.screen.turned);
        self.screen = Screen {
            focus,
            zoomed,
            turned,
            ..Screen::default()
        };
        self.waiting.clear();
        self.shared.revealed.clear();
        self.shared.access = None;
        self.shared.exports = None;
        self.shared.switching = false;
        self.shared.epoch = epoch;
        if let Some(last) = &self.shared.world {
            let of = match last.mode {
                Mode::Simulation => "in simulation".to_owned(),
                Mode::Live => format!("live, {}", last.organization),
            };
            self.shared.notices.leave(&of);
        }
        let trouble = info.ledger_trouble.clone();
        self.shared.world = Some(info);
        if let Some(failure) = trouble {
            let now = self.shared.now;
            let what = "the ledger, and nothing can be changed until it is in order";
            self.shared.notices.fail(now, what, &failure);
        }
        if self.shared.tasks.mutating_elsewhere() > 0 {
            self.shared
                .inform("what was being sent runs on; its outcome is recorded where it was sent");
        }
        self.shared.spawn(Owner::Queue, TaskRequest::LocalQueue);
        self.shared.spawn(Owner::App, TaskRequest::CheckAccess);
        if self.shared.options.reveal {
            self.shared.revealed.insert(EVERYWHERE);
            self.shared
                .spawn(Owner::App, TaskRequest::RecordReveal(EVERYWHERE.to_owned()));
        }
        self.screen.queue.refresh(&mut self.shared);
        if self.shared.world.as_ref().is_some_and(|world| world.exports) {
            self.shared.read_exports();
        }
        if turned {
            self.screen.board.read(&mut self.shared);
        }
    }

    pub(super) fn clock_moved(&mut self, offset: i64) {
        if let Some(world) = &mut self.shared.world {
            world.clock_offset = offset;
            self.dirty = true;
            // Files go with their days.
            if self.shared.exports.is_some() {
                self.shared.read_exports();
            }
        }
    }

    pub(super) fn world_failed(&mut self, failure: Failure) {
        self.dirty = true;
        self.shared.switching = false;
        let now = self.shared.now;
        self.shared
            .notices
            .fail(now, "the mode was not switched", &failure);
    }

    /// Denied permissions are said before work starts, not after it failed.
    pub(super) fn learn_access(&mut self, access: Access) {
        let missing: Vec<&str> = access
            .needed
            .iter()
            .filter(|n| n.held == Some(false))
            .map(|n| n.permission)
            .collect();
        if !missing.is_empty() {
            let failure = Failure::new(
                FailureKind::Permission,
                format!("access denied: the account lacks {}", missing.join(", ")),
            )
            .at("genesys_cloud")
            .next("An administrator of the organisation can give a role with these permissions; `dsr doctor` shows who the account is.");
            self.shared.notices.fail(self.shared.now, "", &failure);
        }
        self.shared.access = Some(access);
    }
}
