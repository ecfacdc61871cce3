//! The guided new request: five steps on one screen, each visible from the first. Going back loses
//! nothing; nothing is sent before the preview was confirmed.

mod component;
mod confirm;
pub mod details;
pub mod outcome;
mod steps;
pub mod what;

use super::component::Owner;
use super::effect::TaskRequest;
use super::found::Found;
use super::identifiers::Identifiers;
use super::msg::TaskId;
use super::search::SearchPane;
use super::shared::Shared;
use crate::domain::candidate::Candidate;
use crate::domain::failure::Failure;
use crate::domain::operation::Operation;
use crate::workflow::cases::document::request_type;
use crate::workflow::plan::{Plan, Proposal};
use details::Details;
use what::What;

/// Where persons stand in full while one is chosen.
const PERSONS: &str = "guide-persons";
/// Where the preview's values are masked until they are revealed.
const PREVIEW: &str = "guide";

/// A step of the guide.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Identifiers.
    #[default]
    Who,
    /// Candidates.
    Which,
    /// Type of request.
    What,
    /// Reference, day received, reason, copy first.
    Details,
    /// The exact calls, and then their outcome.
    Preview,
}

impl Step {
    /// All steps in order.
    pub const ALL: [Step; 5] = [Step::Who, Step::Which, Step::What, Step::Details, Step::Preview];

    /// Its number and name.
    pub fn title(self) -> &'static str {
        match self {
            Step::Who => "1 who",
            Step::Which => "2 which person",
            Step::What => "3 what",
            Step::Details => "4 details",
            Step::Preview => "5 preview",
        }
    }

    fn before(self) -> Option<Step> {
        let at = Step::ALL.iter().position(|step| *step == self)?;
        at.checked_sub(1).map(|at| Step::ALL[at])
    }
}

/// Where the last step stands.
#[derive(Clone, Debug, Default)]
pub enum Sending {
    /// Nothing was confirmed.
    #[default]
    Not,
    /// Under way.
    Running(TaskId),
    /// The operations with their outcomes.
    Ended(Vec<Operation>),
}

/// The guide.
#[derive(Debug, Default)]
pub struct Guide {
    /// The step that is open.
    pub step: Step,
    /// What is asked for.
    pub who: Identifiers,
    /// What was found.
    pub found: Found,
    /// What is wanted.
    pub what: What,
    /// What belongs to it.
    pub details: Details,
    /// The preview.
    pub plan: Option<Plan>,
    /// Why there is no preview, or why it was not carried out.
    pub failure: Option<Failure>,
    /// First line of the preview on screen.
    pub scroll: usize,
    /// Submit although an equal request is open.
    pub again: bool,
    /// Where submitting stands.
    pub sending: Sending,
    planning: Option<TaskId>,
}

impl Guide {
    /// Opens the guide at its first step, with the candidates given if there are any.
    pub fn open(shared: &mut Shared, marked: Option<Vec<Candidate>>) -> Guide {
        let mut guide = Guide::default();
        match marked {
            Some(candidates) if !candidates.is_empty() => {
                guide.found = Found::given(candidates);
                guide.enter(Step::Which, shared);
            }
            _ => guide.who.edit(),
        }
        guide
    }

    /// Opens the guide with what a case knows: its request belongs to it.
    pub fn for_case(case: &crate::domain::case::Case) -> Guide {
        let mut guide = Guide {
            who: Identifiers::given(&case.identifiers),
            ..Guide::default()
        };
        // What was asked for; the preview says what it does.
        if let Some(kind) = request_type(case) {
            guide.what.choose(kind);
        }
        guide.details.fields[0].set(&case.id);
        guide.details.fields[1].set(&case.received.to_string());
        guide.who.edit();
        guide
    }

    /// Opens the guide with what the search pane holds: the marked persons, else the selected one,
    /// if somebody selected it.
    pub fn from_search(shared: &mut Shared, pane: &SearchPane) -> Guide {
        let mut guide = Guide {
            who: pane.who.clone(),
            found: pane.found.clone(),
            ..Guide::default()
        };
        guide.who.leave();
        if guide.found.candidates().is_empty() {
            guide.found = Found::default();
            guide.who.edit();
            return guide;
        }
        if guide.found.marked().is_empty()
            && pane.on_persons
            && let Some(selected) = pane.found.selected()
            && pane.found.was_chosen()
        {
            let reference = selected.reference.clone();
            guide.found.suggest(&reference);
        }
        guide.enter(Step::Which, shared);
        guide
    }

    /// What the preview is to be made of.
    fn proposal(&self, shared: &Shared) -> Proposal {
        Proposal {
            candidates: self.found.marked().into_iter().cloned().collect(),
            kind: self.what.kind,
            replacement_terms: self.what.replacement_terms(),
            reference: self.details.reference(),
            reason: self.details.reason(),
            received: self.details.received(shared).ok().flatten(),
            copy_first: self.copy_first(),
            again: self.again,
        }
    }

    /// A copy goes first: only with a deletion.
    pub fn copy_first(&self) -> bool {
        self.details.copy_first && self.what.kind == crate::domain::request::RequestType::Delete
    }

    /// True while the preview is being made.
    pub fn planning(&self, shared: &Shared) -> bool {
        self.planning.is_some_and(|task| shared.tasks.is_running(task))
    }

    /// True when persons are shown in full.
    pub fn persons_in_full(&self, shared: &Shared) -> bool {
        shared.is_revealed(PERSONS)
    }

    fn make_preview(&mut self, shared: &mut Shared) {
        if let Some(task) = self.planning.filter(|task| shared.tasks.is_running(*task)) {
            shared.cancel(task);
        }
        self.plan = None;
        self.failure = None;
        self.scroll = 0;
        let proposal = Box::new(self.proposal(shared));
        self.planning = Some(shared.spawn(Owner::Guide, TaskRequest::Plan(proposal)));
    }

    /// True when something was entered that leaving would lose.
    fn has_something(&self) -> bool {
        !self.who.is_empty() || !self.found.candidates().is_empty()
    }
}
