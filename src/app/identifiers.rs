//! What an operator was given to find a person by: one line each, what it is and its value. Shared by
//! the search pane and the guide.

use super::field::Field;
use crate::domain::forms::forms;
use crate::domain::identifier::{Identifier, IdentifierKind};
use crate::keymap::Action;

/// The word on screen for a kind of identifier.
pub fn word(kind: IdentifierKind) -> &'static str {
    match kind {
        IdentifierKind::Name => "name",
        IdentifierKind::Address => "address",
        IdentifierKind::Phone => "phone",
        IdentifierKind::Email => "e-mail",
        IdentifierKind::Twitter => "twitter",
        IdentifierKind::Instagram => "instagram",
        IdentifierKind::Facebook => "facebook",
        IdentifierKind::AppleMessages => "apple messages",
        IdentifierKind::Whatsapp => "whatsapp",
        IdentifierKind::ExternalId => "external id",
        IdentifierKind::UserId => "user id",
    }
}

/// The option of the commands for a kind, its value never in argv (`--email @FILE`).
pub fn option(kind: IdentifierKind) -> String {
    if kind.is_social() {
        return "--social @FILE".to_owned();
    }
    format!("--{} @FILE", kind.as_str().replace('_', "-"))
}

/// One line.
#[derive(Clone, Debug)]
pub struct IdentifierLine {
    /// What it is.
    pub kind: IdentifierKind,
    /// Its value.
    pub field: Field,
    /// Why it cannot be asked for.
    pub error: Option<String>,
    /// The operator chose the kind; it is not guessed from what is typed any more.
    chosen: bool,
}

impl Default for IdentifierLine {
    fn default() -> IdentifierLine {
        IdentifierLine {
            kind: IdentifierKind::Email,
            field: Field::default(),
            error: None,
            chosen: false,
        }
    }
}

impl IdentifierLine {
    fn is_empty(&self) -> bool {
        self.field.value().trim().is_empty()
    }

    fn identifier(&self) -> Identifier {
        Identifier::new(self.kind, self.field.value())
    }
}

/// How a line that was typed in was left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    /// It is still being typed in, or another line is.
    Stays,
    /// Without a wish.
    Left,
    /// With enter: ask.
    Accepted,
}

/// All lines; there is always one.
#[derive(Clone, Debug)]
pub struct Identifiers {
    lines: Vec<IdentifierLine>,
    selected: usize,
    typing: bool,
}

impl Default for Identifiers {
    fn default() -> Identifiers {
        Identifiers {
            lines: vec![IdentifierLine::default()],
            selected: 0,
            typing: false,
        }
    }
}

impl Identifiers {
    /// Lines of identifiers that are known already.
    pub fn given(known: &[Identifier]) -> Identifiers {
        let line = |identifier: &Identifier| IdentifierLine {
            kind: identifier.kind,
            field: Field::with(&identifier.value),
            chosen: true,
            ..IdentifierLine::default()
        };
        let mut given = Identifiers::default();
        if !known.is_empty() {
            given.lines = known.iter().map(line).collect();
        }
        given
    }

    /// The lines.
    pub fn lines(&self) -> &[IdentifierLine] {
        &self.lines
    }

    /// The selected line.
    pub fn selected(&self) -> usize {
        self.selected
    }

    /// True while the selected line is typed in.
    pub fn typing(&self) -> bool {
        self.typing
    }

    /// True when nothing was typed.
    pub fn is_empty(&self) -> bool {
        self.lines.iter().all(IdentifierLine::is_empty)
    }

    /// Starts typing in the selected line.
    pub fn edit(&mut self) {
        self.typing = true;
    }

    /// Stops typing.
    pub fn leave(&mut self) {
        self.typing = false;
    }

    /// The field typed in.
    pub fn field(&mut self) -> Option<&mut Field> {
        let line = self.lines.get_mut(self.selected).filter(|_| self.typing);
        line.map(|line| &mut line.field)
    }

    /// What was typed changed: what it is may be guessed anew, and what was wrong may be right now.
    pub fn edited(&mut self) {
        if let Some(line) = self.lines.get_mut(self.selected) {
            line.error = None;
            if !line.chosen {
                line.kind = guess(line.field.value());
            }
        }
    }

    /// One line up or down; false at the end of the lines.
    pub fn step(&mut self, down: bool) -> bool {
        if down && self.selected + 1 < self.lines.len() {
            self.selected += 1;
        } else if !down && self.selected > 0 {
            self.selected -= 1;
        } else {
            return false;
        }
        true
    }

    /// Acts while a line is typed in.
    pub fn while_typing(&mut self, action: Action) -> Left {
        match action {
            Action::Up => self.turn(IdentifierKind::ALL.len() - 1),
            Action::Down => self.turn(1),
            Action::NextField => self.next_line(),
            Action::PreviousField => {
                self.step(false);
            }
            Action::Accept => {
                self.typing = false;
                return Left::Accepted;
            }
            Action::Leave => {
                self.typing = false;
                return Left::Left;
            }
            _ => {}
        }
        Left::Stays
    }

    /// The kind of the selected line becomes the one `by` places further on.
    pub fn turn(&mut self, by: usize) {
        if let Some(line) = self.lines.get_mut(self.selected) {
            let at = IdentifierKind::ALL.iter().position(|kind| *kind == line.kind);
            line.kind = IdentifierKind::ALL[(at.unwrap_or(0) + by) % IdentifierKind::ALL.len()];
            line.chosen = true;
            line.error = None;
        }
    }

    /// To the next line; behind the last one a new one begins, if there is something in the last.
    fn next_line(&mut self) {
        if !self.step(true) && !self.lines[self.selected].is_empty() {
            self.lines.push(IdentifierLine::default());
            self.selected += 1;
        }
    }

    /// Adds a line to type in.
    pub fn add(&mut self) {
        self.selected = self.lines.len() - 1;
        self.next_line();
        self.typing = true;
    }

    /// Removes the selected line.
    pub fn remove(&mut self) {
        self.lines.remove(self.selected);
        if self.lines.is_empty() {
            self.lines.push(IdentifierLine::default());
        }
        self.selected = self.selected.min(self.lines.len() - 1);
    }

    /// What was typed, if all of it can be asked for; otherwise each wrong line says why, and the
    /// first of them is selected. Nothing is asked before this.
    pub fn checked(&mut self, country: Option<&str>) -> Option<Vec<Identifier>> {
        if self.lines.iter().any(|line| !line.is_empty()) {
            self.lines.retain(|line| !line.is_empty());
        }
        self.selected = self.selected.min(self.lines.len() - 1);
        for line in &mut self.lines {
            line.error = forms(&line.identifier(), country).err().map(|error| error.0);
        }
        if let Some(wrong) = self.lines.iter().position(|line| line.error.is_some()) {
            self.selected = wrong;
            return None;
        }
        Some(self.lines.iter().map(IdentifierLine::identifier).collect())
    }

    /// The kinds of what was typed, each once, in words.
    pub fn words(&self) -> String {
        let mut words: Vec<&str> = Vec::new();
        for line in self.lines.iter().filter(|line| !line.is_empty()) {
            if !words.contains(&word(line.kind)) {
                words.push(word(line.kind));
            }
        }
        words.join(", ")
    }

    /// The options of the commands for what was typed.
    pub fn options(&self) -> Vec<String> {
        let mut options: Vec<String> = Vec::new();
        for line in self.lines.iter().filter(|line| !line.is_empty()) {
            let option = option(line.kind);
            if !options.contains(&option) {
                options.push(option);
            }
        }
        options
    }
}

/// What a value most likely is. Only a suggestion: the word stands beside it and can be changed.
fn guess(value: &str) -> IdentifierKind {
    let value = value.trim();
    let digits = value.chars().filter(char::is_ascii_digit).count();
    let phone_like = value.chars().all(|c| c.is_ascii_digit() || " +-()/.".contains(c));
    if value.is_empty() {
        IdentifierKind::Email
    } else if value.parse::<uuid::Uuid>().is_ok() {
        IdentifierKind::UserId
    } else if value.starts_with('@') {
        IdentifierKind::Twitter
    } else if value.contains('@') {
        IdentifierKind::Email
    } else if phone_like && (digits > 2 || value.starts_with('+')) {
        IdentifierKind::Phone
    } else {
        IdentifierKind::Name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_suggests_what_it_is() {
        for (value, kind) in [
            ("", IdentifierKind::Email),
            ("anna@example.org", IdentifierKind::Email),
            ("+49 30 23125014", IdentifierKind::Phone),
            ("(030) 231250", IdentifierKind::Phone),
            ("Anna Muster", IdentifierKind::Name),
            ("@anna", IdentifierKind::Twitter),
            ("0b0b0b0b-0000-4000-8000-00000000000b", IdentifierKind::UserId),
        ] {
            assert_eq!(guess(value), kind, "{value}");
        }
    }

    #[test]
    fn a_chosen_kind_is_not_guessed_away() {
        let mut who = Identifiers::default();
        who.edit();
        who.turn(3);
        who.field().unwrap().set("anna@example.org");
        who.edited();
        assert_eq!(who.lines()[0].kind, IdentifierKind::ALL[3]);
    }

    #[test]
    fn what_cannot_be_asked_for_says_why_and_the_rest_waits() {
        let mut who = Identifiers::default();
        who.edit();
        who.field().unwrap().set("anna@example.org");
        who.edited();
        who.while_typing(Action::NextField);
        who.field().unwrap().set("abc");
        who.turn(1);
        assert_eq!(who.lines()[1].kind, IdentifierKind::Phone);
        assert_eq!(who.checked(Some("DE")), None);
        assert_eq!(who.selected(), 1);
        assert!(who.lines()[1].error.is_some() && who.lines()[0].error.is_none());
        who.remove();
        assert_eq!(who.checked(Some("DE")).unwrap().len(), 1);
    }
}
