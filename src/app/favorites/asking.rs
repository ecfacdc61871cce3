//! The question before a deletion: the exact calls, what cannot be undone, and what is not covered.

use super::FavoritesPane;
use crate::app::component::{Call, Owner};
use crate::app::confirm::Confirm;
use crate::app::modal::Modal;
use crate::app::shared::Shared;
use crate::domain::mode::Mode;
use crate::workflow::cases::holds;
use crate::workflow::forget::plan;

/// More calls than this do not fit into a question.
const SHOWN_CALLS: usize = 8;

impl FavoritesPane {
    /// Shows the exact calls and asks. In a live organisation the number of settings is typed.
    pub(super) fn ask_to_delete(&mut self, shared: &mut Shared) {
        let Some(looked) = &self.looked else { return };
        let chosen: Vec<usize> = self.marked.iter().copied().collect();
        let plan = match plan::prepare(&looked.ends, &looked.question, &looked.findings, &chosen) {
            Ok(plan) => plan,
            Err(failure) => {
                shared.notices.fail(shared.now, "deletion of favorites", &failure);
                return;
            }
        };
        let live = shared.world.as_ref().is_none_or(|world| world.mode == Mode::Live);
        // Warnings stand first: a small terminal shows only the beginning.
        let mut question = looked
            .ends
            .warnings
            .iter()
            .chain(&looked.findings.identity)
            .fold(Confirm::new("Delete these settings?"), Confirm::line)
            .line(plan.question(live));
        let calls = plan.shown_calls(shared.is_revealed("favorites"));
        for (call, offer) in calls.iter().zip(&plan.offers).take(SHOWN_CALLS) {
            question = question.line(format!("  {call} · {}", offer.form.words()));
        }
        if plan.calls.len() > SHOWN_CALLS {
            question = question.line(format!(
                "  … and {} more calls of the same form",
                plan.calls.len() - SHOWN_CALLS
            ));
        }
        if plan.template.is_published() {
            question = question.line(
                "The form of the call is the published one; that it deletes an agent's setting is assumed. Before the first one it is proven that its body arrives.",
            );
        }
        if let Some(refusal) = holds::refusal(&looked.findings.holds) {
            question = question.line(format!("{} What it protects stays as it is.", refusal.message));
        }
        question = question
            .line("The first goes alone, the others one at a time, each read again. If anything else vanishes it stops.")
            .line(crate::workflow::forget::CORPORATE);
        if live {
            let text = format!("delete {}", plan.offers.len());
            question = question.demand(format!("\"{text}\""), text);
        }
        self.plan = Some(Box::new(plan));
        shared.call(Call::Open(Box::new(Modal::Confirm(
            question.then(Call::Confirmed(Owner::Favorites)),
        ))));
    }

    pub(super) fn nothing_to_delete(&self) -> Option<&'static str> {
        match (&self.looked, self.marked.is_empty()) {
            (None, _) => Some("nothing was searched yet"),
            (Some(_), true) => Some("nothing is marked that GWS can delete"),
            (Some(_), false) if self.erased.is_some() => {
                Some("it was deleted; search again to see what is there")
            }
            (Some(_), false) => None,
        }
    }
}
