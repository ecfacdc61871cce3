//! A question before something that cannot be taken back. The answer is No until another is chosen.

use super::command::Command;
use super::component::{Call, Component};
use super::field::Field;
use super::shared::Shared;
use crate::keymap::{Action, Context};

/// An answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Answer {
    /// Nothing is done.
    #[default]
    No,
    /// What is asked is done.
    Yes,
    /// What is asked is done, and what the question offers beyond it.
    Further,
}

/// An answer that goes further than the yes.
pub struct Further {
    /// What it is called.
    pub label: String,
    /// The text that has to be typed, with what it is called.
    pub expected: Option<(String, String)>,
    calls: Vec<Call>,
}

/// A question with its consequences.
#[derive(Default)]
pub struct Confirm {
    /// What is asked.
    pub question: String,
    /// What is affected, and what cannot be undone.
    pub lines: Vec<String>,
    /// What is chosen.
    pub chosen: Answer,
    /// What the yes is called, where there is more than one.
    pub yes_label: Option<String>,
    /// An answer that goes further, where there is one.
    pub further: Option<Further>,
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

    /// What the yes is called.
    #[must_use]
    pub fn called_yes(mut self, label: impl Into<String>) -> Confirm {
        self.yes_label = Some(label.into());
        self
    }

    /// Offers an answer that goes further than the yes. Where the yes is typed, it is typed as well, and
    /// `expected` has to be another text.
    #[must_use]
    pub fn or_further(
        mut self,
        label: impl Into<String>,
        expected: Option<(String, String)>,
        call: Call,
    ) -> Confirm {
        self.further = Some(Further {
            label: label.into(),
            expected,
            calls: vec![call],
        });
        self
    }

    /// What has to be typed is called this: `"restore 2" or "overwrite 3"`.
    pub fn called(&self) -> Option<String> {
        let (called, _) = self.expected.as_ref()?;
        let further = self.further.as_ref().and_then(|one| one.expected.as_ref());
        Some(match further {
            Some((further, _)) => format!("{called} or {further}"),
            None => called.clone(),
        })
    }

    /// The answer that was typed; `No` where it is none of those that are expected.
    fn typed_answer(&self) -> Answer {
        let fits = |expected: Option<&(String, String)>| {
            expected.is_some_and(|(_, text)| !text.is_empty() && self.typed.value().trim() == text)
        };
        if fits(self.expected.as_ref()) {
            return Answer::Yes;
        }
        match fits(self.further.as_ref().and_then(|one| one.expected.as_ref())) {
            true => Answer::Further,
            false => Answer::No,
        }
    }

    fn answer(&mut self, answer: Answer, shared: &mut Shared) {
        let answer = match answer {
            Answer::Yes | Answer::Further if self.typing() => {
                let typed = self.typed_answer();
                if typed == Answer::No {
                    shared.inform("the text typed is another one; nothing was done");
                    return;
                }
                typed
            }
            answer => answer,
        };
        shared.call(Call::Close);
        let calls = match (answer, &mut self.further) {
            (Answer::Yes, _) => &mut self.calls,
            (Answer::Further, Some(further)) => &mut further.calls,
            (Answer::No, _) | (Answer::Further, None) => return,
        };
        for call in calls.drain(..) {
            shared.call(call);
        }
    }

    fn toggle(&mut self) {
        self.chosen = match (self.chosen, &self.further) {
            (Answer::No, _) => Answer::Yes,
            (Answer::Yes, Some(_)) => Answer::Further,
            _ => Answer::No,
        };
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
            match &self.further {
                // The only way to the third answer.
                Some(_) => Command::new(Action::Toggle),
                None => Command::quiet(Action::Toggle),
            },
        ]
    }

    fn handle(&mut self, action: Action, shared: &mut Shared) -> bool {
        match action {
            Action::Accept if self.typing() => self.answer(Answer::Yes, shared),
            Action::Accept => self.answer(self.chosen, shared),
            Action::Yes => self.answer(Answer::Yes, shared),
            Action::No | Action::Leave | Action::Interrupt => self.answer(Answer::No, shared),
            Action::Toggle => self.toggle(),
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
mod tests;
