//! What a search found, with selection and marks. Shared by the search pane and the guide.

use std::collections::BTreeSet;

use super::component::Owner;
use super::effect::TaskRequest;
use super::list::List;
use super::msg::{TaskId, TaskOutput};
use super::shared::Shared;
use crate::domain::candidate::Candidate;
use crate::domain::failure::Failure;
use crate::domain::identifier::Identifier;
use crate::workflow::search::SearchResult;

/// Candidates of the latest search.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// The latest result.
    pub result: Option<SearchResult>,
    /// Selection and window.
    pub list: List,
    /// Why the latest search gave none.
    pub failure: Option<Failure>,
    asked_for: Vec<Identifier>,
    task: Option<TaskId>,
    marked: BTreeSet<String>,
}

impl Found {
    /// Persons that were found elsewhere and are meant, but for agents, who are marked by hand.
    pub fn given(candidates: Vec<Candidate>) -> Found {
        let mut found = Found::default();
        found.list.set_len(candidates.len());
        let meant = candidates.iter().filter(|candidate| !candidate.is_user);
        found.marked = meant.map(|candidate| candidate.reference.clone()).collect();
        found.result = Some(SearchResult {
            candidates,
            complete: true,
            ..SearchResult::default()
        });
        found
    }

    /// Asks. The result shown so far is of another question and goes.
    pub fn search(&mut self, owner: Owner, identifiers: Vec<Identifier>, shared: &mut Shared) {
        if let Some(task) = self.task.filter(|task| shared.tasks.is_running(*task)) {
            shared.cancel(task);
        }
        *self = Found {
            asked_for: identifiers.clone(),
            task: Some(shared.spawn(owner, TaskRequest::Search(identifiers))),
            ..Found::default()
        };
    }

    /// True when exactly this was asked already and its answer is here or on its way.
    pub fn is_of(&self, identifiers: &[Identifier]) -> bool {
        self.asked_for == identifiers
            && self.failure.is_none()
            && (self.result.is_some() || self.task.is_some())
    }

    /// True while the question is under way.
    pub fn searching(&self, shared: &Shared) -> bool {
        self.task.is_some_and(|task| shared.tasks.is_running(task))
    }

    /// Takes the answer, if it is the one to the latest question. One person alone, found by a search
    /// that was whole, is marked; an agent's own record never is.
    pub fn output(&mut self, id: TaskId, output: TaskOutput) -> bool {
        let TaskOutput::Searched(result) = output else {
            return false;
        };
        if self.task != Some(id) {
            return false;
        }
        self.list = List::default();
        self.list.set_len(result.candidates.len());
        if let [only] = &result.candidates[..]
            && result.complete
            && !only.is_user
        {
            self.marked.insert(only.reference.clone());
        }
        self.result = Some(result);
        true
    }

    /// The latest question failed or was cancelled.
    pub fn failed(&mut self, id: TaskId, failure: &Failure) {
        if self.task == Some(id) {
            self.task = None;
            self.failure = Some(failure.clone());
        }
    }

    /// All candidates.
    pub fn candidates(&self) -> &[Candidate] {
        self.result.as_ref().map_or(&[], |result| &result.candidates)
    }

    /// The selected candidate.
    pub fn selected(&self) -> Option<&Candidate> {
        self.candidates().get(self.list.selected()?)
    }

    /// True when the selection says who is meant. On the first of several persons the cursor stands
    /// by itself: among people of one name that is no choice, and a wrong one cannot be undone.
    pub fn was_chosen(&self) -> bool {
        let persons = self.candidates().iter().filter(|candidate| !candidate.is_user);
        self.list.selected().is_some_and(|row| row > 0) || persons.count() == 1
    }

    /// Marks the selected candidate, or takes the mark away.
    pub fn toggle(&mut self) {
        let Some(reference) = self.selected().map(|candidate| candidate.reference.clone()) else {
            return;
        };
        if !self.marked.remove(&reference) {
            self.marked.insert(reference);
        }
    }

    /// Marks a candidate without asking who it is; agents are left out.
    pub fn suggest(&mut self, reference: &str) {
        let known = self
            .candidates()
            .iter()
            .find(|candidate| candidate.reference == reference);
        if known.is_some_and(|candidate| !candidate.is_user) {
            self.marked.insert(reference.to_owned());
        }
    }

    /// True when this candidate is marked.
    pub fn is_marked(&self, candidate: &Candidate) -> bool {
        self.marked.contains(&candidate.reference)
    }

    /// The marked candidates, in the order of the rows.
    pub fn marked(&self) -> Vec<&Candidate> {
        let all = self.candidates().iter();
        all.filter(|candidate| self.is_marked(candidate)).collect()
    }
}
