//! What can be done in a part of the screen at this moment: the one list of which footer, help and
//! palette are made.

use crate::keymap::Action;

/// One thing that can be done, or why it cannot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// What.
    pub action: Action,
    /// The reason why it cannot be done now.
    pub disabled: Option<String>,
    /// False keeps it out of the footer (moving about, for example).
    pub footer: bool,
}

impl Command {
    /// A command that works.
    pub fn new(action: Action) -> Command {
        Command {
            action,
            disabled: None,
            footer: true,
        }
    }

    /// A command that works and is not worth a place in the footer.
    pub fn quiet(action: Action) -> Command {
        Command {
            footer: false,
            ..Command::new(action)
        }
    }

    /// Disables it with a reason, if there is one.
    #[must_use]
    pub fn unless(mut self, reason: Option<impl Into<String>>) -> Command {
        self.disabled = self.disabled.or(reason.map(Into::into));
        self
    }
}

/// The commands of every list.
pub fn moving() -> Vec<Command> {
    use Action::*;
    [Up, Down, PageUp, PageDown, Top, Bottom]
        .map(Command::quiet)
        .to_vec()
}
