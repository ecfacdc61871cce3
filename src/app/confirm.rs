//! A question before something that cannot be taken back. The answer is No until another is chosen.

use super::command::Command;
use super::component::{Call, Component};
use super::field::Field;
use super::shared::Shared;
use crate::keymap::{Action, Context};

/// A question with its consequences.
#[derive(Default)]
pub struct Confirm {
    /// What is asked.
    pub question: String,
    /// What is affected, and what cannot be undone.
    pub lines: Vec<String>,
    /// True when Yes is chosen.
    pub yes: bool,
    /// The text that has to be typed, with what it is called (`the reference of the case`).
    pub expected: Option<(String, String)>,
    /// What was typed.
    pub typed: Field,
    calls: Vec<Call>,
}

impl std::fmt::Debug for Confirm {
    /// Without the text to be typed and the lines: they may name a person.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Confirm({} lines, {} calls)",
            self.lines.len(),
            self.calls.len()
        )
    }
}

impl Confirm {
    /// A question.
    pub fn new(question: impl Into<String>) -> Confirm {
        Confirm {
            question: question.into(),
            ..Confirm::default()
        }
    }

    /// Adds a line.
    #[must_use]
    pub fn line(mut self, line: impl Into<String>) -> Confirm {
        self.lines.push(line.into());
        self
    }

    /// Demands that `text`, which is `called`, is typed instead of a yes.
    #[must_use]
    pub fn demand(mut self, called: impl Into<String>, text: impl Into<String>) -> Confirm {
        self.expected = Some((called.into(), text.into()));
        self
    }

    /// What happens on yes; several are done in order.
    #[must_use]
    pub fn then(mut self, call: Call) -> Confirm {
        self.calls.push(call);
        self
    }

    /// True when the typed text is the expected one.
    pub fn fits(&self) -> bool {
        self.expected
            .as_ref()
            .is_none_or(|(_, text)| !text.is_empty() && self.typed.value().trim() == text)
    }

    fn answer(&mut self, yes: bool, shared: &mut Shared) {
        if yes && !self.fits() {
            shared.inform("the text typed is another one; nothing was done");
            return;
        }
        shared.call(Call::Close);
        if yes {
            for call in self.calls.drain(..) {
                shared.call(call);
            }
        }
    }
}

impl Component for Confirm {
    fn context(&self) -> Context {
        Context::Confirm
    }

    fn title(&self, _shared: &Shared) -> String {
        self.question.clone()
    }

    fn commands(&self, _shared: &Shared) -> Vec<Command> {
        if self.typing() {
            return vec![Command::new(Action::Accept), Command::new(Action::Leave)];
        }
        vec![
            Command::new(Action::No),
            Command::new(Action::Yes),
            Command::new(Action::Accept),
            Command::quiet(Action::Toggle),
        ]
    }

    fn handle(&mut self, action: Action, shared: &mut Shared) -> bool {
        match action {
            Action::Accept if self.typing() => self.answer(true, shared),
            Action::Accept => self.answer(self.yes, shared),
            Action::Yes => self.answer(true, shared),
            Action::No | Action::Leave | Action::Interrupt => self.answer(false, shared),
            Action::Toggle => self.yes = !self.yes,
            // Nothing else reaches past an open question.
            Action::Suspend | Action::Repaint => return false,
            _ => {}
        }
        true
    }

    fn field(&mut self) -> Option<&mut Field> {
        self.expected.is_some().then_some(&mut self.typed)
    }

    fn typing(&self) -> bool {
        self.expected.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::Options;
    use crate::keymap::Keymap;

    fn shared() -> Shared {
        Shared::new(Options::simulation_only(Keymap::load(None).unwrap(), ""))
    }

    fn question() -> Confirm {
        Confirm::new("Delete?").then(Call::Quit)
    }

    fn calls(shared: &mut Shared) -> Vec<String> {
        shared.calls.drain(..).map(|call| format!("{call:?}")).collect()
    }

    #[test]
    fn enter_is_no_until_yes_is_chosen() {
        let mut shared = shared();
        let mut confirm = question();
        confirm.handle(Action::Accept, &mut shared);
        assert_eq!(calls(&mut shared), ["Close"]);
        confirm.handle(Action::Toggle, &mut shared);
        confirm.handle(Action::Accept, &mut shared);
        assert_eq!(calls(&mut shared), ["Close", "Quit"]);
    }

    #[test]
    fn where_a_text_is_demanded_only_that_text_is_a_yes() {
        let mut shared = shared();
        let mut confirm = question().demand("the case", "CASE-17");
        assert!(confirm.typing());
        for wrong in ["", "y", "CASE-1", "case-17"] {
            confirm.typed.set(wrong);
            confirm.handle(Action::Accept, &mut shared);
            confirm.handle(Action::Yes, &mut shared);
            assert!(calls(&mut shared).is_empty(), "{wrong}");
        }
        confirm.typed.set(" CASE-17 ");
        confirm.handle(Action::Accept, &mut shared);
        assert_eq!(calls(&mut shared), ["Close", "Quit"]);
    }

    #[test]
    fn a_demand_for_nothing_is_never_met() {
        let mut shared = shared();
        let mut confirm = question().demand("the case", "");
        confirm.handle(Action::Accept, &mut shared);
        assert!(calls(&mut shared).is_empty());
    }

    #[test]
    fn leaving_does_nothing() {
        let mut shared = shared();
        question().handle(Action::Leave, &mut shared);
        question().handle(Action::No, &mut shared);
        assert_eq!(calls(&mut shared), ["Close", "Close"]);
    }
}
