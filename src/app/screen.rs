//! The four panes and what is open over them.

use super::board::Board;
use super::component::{Component, Owner};
use super::favorites::FavoritesPane;
use super::jobs::JobsPane;
use super::modal::Modal;
use super::queue::QueuePane;
use super::search::SearchPane;
use super::shared::Shared;

/// Names a pane.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum PaneId {
    /// Subject search.
    Search,
    /// Request queue.
    #[default]
    Queue,
    /// Favorites matches.
    Favorites,
    /// Job status.
    Jobs,
}

impl PaneId {
    /// All panes in the order of their numbers.
    pub const ALL: [PaneId; 4] = [PaneId::Search, PaneId::Queue, PaneId::Favorites, PaneId::Jobs];

    /// Its number on screen, from 1.
    pub fn number(self) -> usize {
        PaneId::ALL.iter().position(|pane| *pane == self).unwrap_or(0) + 1
    }

    /// Its short name, for tabs.
    pub fn tab(self) -> &'static str {
        match self {
            PaneId::Search => "Search",
            PaneId::Queue => "Requests",
            PaneId::Favorites => "Favorites",
            PaneId::Jobs => "Jobs",
        }
    }

    /// The pane `by` places further on, round and round.
    pub fn step(self, by: usize) -> PaneId {
        PaneId::ALL[(self.number() - 1 + by) % PaneId::ALL.len()]
    }
}

/// The four panes and the stack of modals.
#[derive(Default)]
pub struct Screen {
    /// Subject search.
    pub search: SearchPane,
    /// Request queue.
    pub queue: QueuePane,
    /// The case board: the second face of the queue pane.
    pub board: Board,
    /// The queue pane shows the board.
    pub turned: bool,
    /// Favorites matches.
    pub favorites: FavoritesPane,
    /// Job status.
    pub jobs: JobsPane,
    /// What is open over the panes, the topmost last.
    pub modals: Vec<Modal>,
    /// The focused pane.
    pub focus: PaneId,
    /// The focused pane has the whole screen.
    pub zoomed: bool,
}

impl Screen {
    /// A pane.
    pub fn pane(&self, id: PaneId) -> &dyn Component {
        match id {
            PaneId::Search => &self.search,
            PaneId::Queue if self.turned => &self.board,
            PaneId::Queue => &self.queue,
            PaneId::Favorites => &self.favorites,
            PaneId::Jobs => &self.jobs,
        }
    }

    fn pane_mut(&mut self, id: PaneId) -> &mut dyn Component {
        match id {
            PaneId::Search => &mut self.search,
            PaneId::Queue if self.turned => &mut self.board,
            PaneId::Queue => &mut self.queue,
            PaneId::Favorites => &mut self.favorites,
            PaneId::Jobs => &mut self.jobs,
        }
    }

    /// The component that has the keys.
    pub fn top(&self) -> &dyn Component {
        match self.modals.last() {
            Some(modal) => modal.component(),
            None => self.pane(self.focus),
        }
    }

    /// The component that has the keys, to act on.
    pub fn top_mut(&mut self) -> &mut dyn Component {
        if self.modals.is_empty() {
            return self.pane_mut(self.focus);
        }
        let last = self.modals.len() - 1;
        self.modals[last].component_mut()
    }

    pub(super) fn sync(&mut self, shared: &Shared) {
        for pane in PaneId::ALL {
            self.pane_mut(pane).sync(shared);
        }
        // The face that is turned away keeps its counts, too.
        if self.turned {
            self.queue.sync(shared);
        } else {
            self.board.sync(shared);
        }
        for modal in &mut self.modals {
            modal.component_mut().sync(shared);
        }
    }

    /// The component of an owner, if it is there; of several the topmost.
    pub fn owned_by(&mut self, owner: Owner) -> Option<&mut dyn Component> {
        match owner {
            Owner::App => None,
            Owner::Search => Some(&mut self.search),
            Owner::Queue => Some(&mut self.queue),
            Owner::Board => Some(&mut self.board),
            Owner::Favorites => Some(&mut self.favorites),
            Owner::Jobs => Some(&mut self.jobs),
            Owner::Guide
            | Owner::Detail
            | Owner::Archive
            | Owner::Exports
            | Owner::Records
            | Owner::Case
            | Owner::CaseForm
            | Owner::Ledger
            | Owner::Report
            | Owner::Saves
            | Owner::Caseless
            | Owner::Register => self
                .modals
                .iter_mut()
                .rev()
                .find(|modal| modal.owner() == Some(owner))
                .map(Modal::component_mut),
        }
    }
}
