//! What the console does when something was done with a case: whoever shows it reads it again.

use super::App;
use super::case_view::CaseView;
use super::component::{Component, Owner};
use super::modal::Modal;
use crate::domain::failure::{Failure, FailureKind};
use crate::keymap::Action;
use crate::workflow::cases::recheck::Rechecked;
use crate::workflow::cases::{Acted, Searched};

impl App {
    /// Closes the topmost modal of an owner, wherever it lies.
    pub(super) fn dismiss(&mut self, owner: Owner) {
        let modals = &mut self.screen.modals;
        if let Some(place) = modals.iter().rposition(|modal| modal.owner() == Some(owner)) {
            modals.remove(place);
        }
    }

    /// Something was done with a case.
    pub(super) fn case_acted(&mut self, acted: &Acted) {
        for note in &acted.notes {
            self.shared.inform(note.clone());
        }
        self.shared.inform(acted.said.clone());
        self.screen.board.read(&mut self.shared);
        if acted.opened {
            let view = CaseView::open(&mut self.shared, acted.case.clone());
            self.screen.modals.push(Modal::Case(view));
        } else {
            self.reread_case();
        }
    }

    /// Genesys Cloud was searched for the person of a case.
    pub(super) fn case_searched(&mut self, searched: &Searched) {
        for note in &searched.notes {
            self.shared.inform(note.clone());
        }
        let (id, found) = (&searched.case, searched.found);
        let found = super::time::counted(found, "person", "persons");
        self.shared.inform(format!(
            "{id}: {found} found in Genesys Cloud; it stands in the coverage"
        ));
        self.reread_case();
        if self.screen.turned {
            self.screen.board.read(&mut self.shared);
        }
    }

    /// What was erased was searched for again. What came back is an error until somebody has seen it.
    pub(super) fn rechecked(&mut self, all: &[Rechecked]) {
        let back: Vec<&str> = all
            .iter()
            .filter(|one| one.is_back())
            .map(|one| one.id.as_str())
            .collect();
        let said = super::register_view::words(all);
        if back.is_empty() {
            return self.shared.inform(format!("searched again: {said}"));
        }
        let failure = Failure::new(
            FailureKind::Conflict,
            format!("What was erased is there again: {}.", back.join(", ")),
        )
        .next("See where in the register; then erase it again under its case, or under a new one.");
        let now = self.shared.now;
        self.shared.notices.fail(now, "", &failure);
    }

    fn reread_case(&mut self) {
        if let Some(view) = self.screen.owned_by(Owner::Case) {
            Component::handle(view, Action::Refresh, &mut self.shared);
        }
    }
}
