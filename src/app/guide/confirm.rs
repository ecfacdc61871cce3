//! The question before anything is sent. It names the target, the count and the system; the answer is
//! No until another is given; a live deletion is answered by typing.

use super::Guide;
use crate::app::component::{Call, Owner};
use crate::app::confirm::Confirm;
use crate::app::shared::Shared;
use crate::domain::mask::mask;
use crate::domain::mode::Mode;
use crate::domain::request::RequestType;
use crate::domain::subject::{Subject, SubjectKind};
use crate::workflow::plan::Plan;

/// Persons named in the question; the others are counted.
const NAMED: usize = 6;

impl Guide {
    /// The question for the plan shown.
    pub(super) fn question(&self, plan: &Plan, shared: &Shared) -> Option<Confirm> {
        let world = shared.world.as_ref()?;
        let system = match world.mode {
            Mode::Simulation => format!("the simulated Genesys Cloud of {}", world.organization),
            Mode::Live => format!("Genesys Cloud, LIVE, organisation {}", world.organization),
        };
        let mut question = Confirm::new(format!("Submit {}?", count(plan))).line(format!("To {system}:"));
        for call in plan.calls.iter().take(NAMED) {
            let later = if call.waits_for.is_some() {
                ", after the copy is here"
            } else {
                ""
            };
            let (kind, label) = (call.request.kind, mask(&call.label));
            let which = which(&call.request.subject);
            question = question.line(format!("  {kind} of {label} ({which}){later}"));
        }
        if plan.calls.len() > NAMED {
            question = question.line(format!("  and {} more", plan.calls.len() - NAMED));
        }
        let deletes = plan
            .calls
            .iter()
            .any(|call| call.request.kind == RequestType::Delete);
        if deletes {
            question = question.line("A deletion cannot be undone. Genesys Cloud cannot cancel it.");
        } else {
            question = question.line("Genesys Cloud cannot cancel a request.");
        }
        if plan.proposal.again && plan.earlier.iter().any(|earlier| earlier.blocks) {
            question = question.line("An equal request is open already; this one is sent although it is.");
        }
        question = question.line(format!("Plan {}", plan.digest.get(..12).unwrap_or(&plan.digest)));
        if deletes && world.mode == Mode::Live {
            let (called, text) = typed(plan);
            question = question.demand(called, text);
        }
        Some(question.then(Call::Confirmed(Owner::Guide)))
    }
}

/// `user 00c0••••`: what tells two records of one name apart, without personal data.
fn which(subject: &Subject) -> String {
    let kind = subject.kind().as_str().replace('_', " ");
    let id = match subject.kind() {
        SubjectKind::User => subject.user_id.as_deref(),
        SubjectKind::ExternalContact => subject.external_contact_id.as_deref(),
        _ => None,
    };
    match id {
        Some(id) => format!("{kind} {}", mask(id)),
        None => kind,
    }
}

/// `1 delete`, `2 requests (1 export, 1 delete)`.
fn count(plan: &Plan) -> String {
    let of = |kind: RequestType| plan.calls.iter().filter(|call| call.request.kind == kind).count();
    let kinds: Vec<String> = RequestType::ALL
        .into_iter()
        .filter(|kind| of(*kind) > 0)
        .map(|kind| format!("{} {kind}", of(kind)))
        .collect();
    match &kinds[..] {
        [one] => one.clone(),
        _ => format!("{} requests ({})", plan.calls.len(), kinds.join(", ")),
    }
}

/// What is typed before a live deletion: the reference, or the last part of the person's name.
fn typed(plan: &Plan) -> (&'static str, String) {
    if let Some(reference) = &plan.proposal.reference {
        return ("the case or ticket", reference.clone());
    }
    let label = plan
        .calls
        .first()
        .map(|call| call.label.as_str())
        .unwrap_or_default();
    let last = label.split_whitespace().last().unwrap_or_default();
    ("the last part of the name", last.to_owned())
}
