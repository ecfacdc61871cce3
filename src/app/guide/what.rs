//! Step 3: export, deletion or update, and the table of replacement terms of an update.

use crate::app::field::Field;
use crate::domain::identifier::IdentifierKind;
use crate::domain::request::{ReplacementTerm, RequestType};
use crate::keymap::Action;

/// One row of the table.
#[derive(Clone, Debug)]
pub struct Term {
    /// What kind of value is replaced.
    pub kind: IdentifierKind,
    /// The value as it stands.
    pub existing: Field,
    /// The value to stand there.
    pub updated: Field,
}

impl Default for Term {
    fn default() -> Term {
        Term {
            kind: IdentifierKind::Email,
            existing: Field::default(),
            updated: Field::default(),
        }
    }
}

impl Term {
    fn is_empty(&self) -> bool {
        self.existing.value().trim().is_empty() && self.updated.value().trim().is_empty()
    }

    fn is_whole(&self) -> bool {
        !self.existing.value().trim().is_empty() && !self.updated.value().trim().is_empty()
    }
}

/// The step.
#[derive(Clone, Debug)]
pub struct What {
    /// The type chosen.
    pub kind: RequestType,
    /// Replacement terms; the last one is empty, for the next.
    pub terms: Vec<Term>,
    /// The selected row: the types first, then the terms.
    pub row: usize,
    /// The cell typed in: false for the existing, true for the updated value.
    pub typing: Option<bool>,
}

impl Default for What {
    fn default() -> What {
        What {
            kind: RequestType::Export,
            terms: vec![Term::default()],
            row: 0,
            typing: None,
        }
    }
}

/// Kinds that a replacement term can have, in the order in which they are offered.
fn kinds() -> impl DoubleEndedIterator<Item = IdentifierKind> {
    IdentifierKind::ALL
        .into_iter()
        .filter(|kind| kind.search_type().is_some())
}

impl What {
    /// Chooses a type, and selects its row.
    pub fn choose(&mut self, kind: RequestType) {
        self.kind = kind;
        self.row = RequestType::ALL.iter().position(|one| *one == kind).unwrap_or(0);
    }

    /// Number of rows: the types, and for an update its terms.
    pub fn rows(&self) -> usize {
        let terms = if self.kind == RequestType::Update {
            self.terms.len()
        } else {
            0
        };
        RequestType::ALL.len() + terms
    }

    /// The number of the selected term, if one is selected.
    pub fn selected_term(&self) -> Option<usize> {
        let number = self.row.checked_sub(RequestType::ALL.len())?;
        (self.kind == RequestType::Update && number < self.terms.len()).then_some(number)
    }

    /// Up or down; on the types the choice goes along.
    pub fn step(&mut self, down: bool) {
        let last = self.rows() - 1;
        self.row = if down {
            (self.row + 1).min(last)
        } else {
            self.row.saturating_sub(1)
        };
        if let Some(kind) = RequestType::ALL.get(self.row) {
            self.kind = *kind;
        }
    }

    /// The next type.
    pub fn turn(&mut self) {
        let at = RequestType::ALL.iter().position(|kind| *kind == self.kind);
        self.row = (at.unwrap_or(0) + 1) % RequestType::ALL.len();
        self.kind = RequestType::ALL[self.row];
    }

    /// Starts typing in the selected term; in the first when a type is selected.
    pub fn edit(&mut self) {
        if self.kind != RequestType::Update {
            return;
        }
        if self.selected_term().is_none() {
            self.row = RequestType::ALL.len();
        }
        self.typing = Some(false);
    }

    /// The field typed in.
    pub fn field(&mut self) -> Option<&mut Field> {
        let updated = self.typing?;
        let number = self.selected_term()?;
        let term = self.terms.get_mut(number)?;
        Some(if updated {
            &mut term.updated
        } else {
            &mut term.existing
        })
    }

    /// Acts while a term is typed in; true when enter was pressed in its last cell.
    pub fn while_typing(&mut self, action: Action) -> bool {
        match (action, self.typing) {
            (Action::Up, _) => self.turn_kind(false),
            (Action::Down, _) => self.turn_kind(true),
            (Action::NextField | Action::Accept, Some(false)) => self.typing = Some(true),
            (Action::NextField, Some(true)) => self.next_term(),
            (Action::PreviousField, Some(true)) => self.typing = Some(false),
            (Action::PreviousField, Some(false)) if self.row > RequestType::ALL.len() => {
                self.row -= 1;
                self.typing = Some(true);
            }
            (Action::Accept, Some(true)) => {
                self.typing = None;
                self.keep_one_empty();
                return true;
            }
            (Action::Leave, _) => {
                self.typing = None;
                self.keep_one_empty();
            }
            _ => {}
        }
        false
    }

    fn turn_kind(&mut self, on: bool) {
        let Some(term) = self.selected_term().and_then(|number| self.terms.get_mut(number)) else {
            return;
        };
        let kinds: Vec<IdentifierKind> = kinds().collect();
        let at = kinds.iter().position(|kind| *kind == term.kind).unwrap_or(0);
        let by = if on { 1 } else { kinds.len() - 1 };
        term.kind = kinds[(at + by) % kinds.len()];
    }

    fn next_term(&mut self) {
        self.keep_one_empty();
        self.row = (self.row + 1).min(self.rows() - 1);
        self.typing = Some(false);
    }

    /// Removes the selected term.
    pub fn remove(&mut self) {
        if let Some(number) = self.selected_term() {
            self.terms.remove(number);
            self.keep_one_empty();
            self.row = self.row.min(self.rows() - 1);
        }
    }

    fn keep_one_empty(&mut self) {
        if self.terms.last().is_none_or(|term| !term.is_empty()) {
            self.terms.push(Term::default());
        }
    }

    /// Why the next step cannot be taken.
    pub fn problem(&self) -> Option<&'static str> {
        if self.kind != RequestType::Update {
            return None;
        }
        let filled: Vec<&Term> = self.terms.iter().filter(|term| !term.is_empty()).collect();
        if filled.is_empty() {
            Some("an update needs a value as it stands and the one to stand there")
        } else if filled.iter().any(|term| !term.is_whole()) {
            Some("a replacement needs both values")
        } else if filled
            .iter()
            .any(|term| term.existing.value().trim() == term.updated.value().trim())
        {
            Some("a replacement changes nothing")
        } else {
            None
        }
    }

    /// The terms to be sent: none unless it is an update.
    pub fn replacement_terms(&self) -> Vec<ReplacementTerm> {
        if self.kind != RequestType::Update {
            return Vec::new();
        }
        let whole = self.terms.iter().filter(|term| term.is_whole());
        whole
            .map(|term| ReplacementTerm {
                kind: term.kind,
                existing_value: term.existing.value().trim().to_owned(),
                updated_value: term.updated.value().trim().to_owned(),
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn going_back_from_update_keeps_its_terms_and_sends_none() {
        let mut what = What::default();
        what.step(true);
        what.step(true);
        assert_eq!(what.kind, RequestType::Update);
        assert!(what.problem().is_some());
        what.edit();
        what.field().unwrap().set("old@example.org");
        what.while_typing(Action::Accept);
        what.field().unwrap().set("new@example.org");
        assert!(what.while_typing(Action::Accept));
        assert_eq!(what.problem(), None);
        assert_eq!(what.replacement_terms().len(), 1);
        what.turn();
        assert_eq!(what.kind, RequestType::Export);
        assert!(what.replacement_terms().is_empty());
        what.turn();
        what.turn();
        assert_eq!(what.replacement_terms().len(), 1, "nothing was lost");
    }

    #[test]
    fn half_a_replacement_is_a_problem() {
        let mut what = What::default();
        what.turn();
        what.turn();
        what.edit();
        what.field().unwrap().set("old@example.org");
        what.while_typing(Action::Leave);
        assert_eq!(what.problem(), Some("a replacement needs both values"));
        what.remove();
        assert!(what.problem().is_some());
    }
}
