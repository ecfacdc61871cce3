//! The keys of what had the focus when help was asked for. First in a small box, because all of it is
//! sent over the line; asked for once more they have the whole screen.

use super::command::{Command, moving};
use super::component::Component;
use super::list::List;
use super::shared::Shared;
use crate::keymap::{Action, Context, Keymap};

/// One line of the help.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HelpLine {
    /// Heading of a context.
    Heading(&'static str),
    /// Keys, sentence, and the reason why it cannot be done now.
    Keys(String, &'static str, Option<String>),
}

/// The help of one component.
#[derive(Debug)]
pub struct Help {
    title: String,
    /// Its lines.
    pub lines: Vec<HelpLine>,
    /// The window over them.
    pub list: List,
    /// True when they have the whole screen.
    pub whole: bool,
}

impl Help {
    /// The help of `component`, made of the key map and of what can be done now.
    pub fn of(component: &dyn Component, shared: &Shared) -> Help {
        let commands = component.commands(shared);
        let keymap = &shared.options.keymap;
        let mut lines = Vec::new();
        for context in component.context().chain() {
            let rows: Vec<HelpLine> = context
                .actions()
                .iter()
                .filter_map(|action| line(keymap, *context, *action, &commands))
                .collect();
            if !rows.is_empty() {
                lines.push(HelpLine::Heading(context.heading()));
                lines.extend(rows);
            }
        }
        let mut list = List::default();
        list.set_len(lines.len());
        Help {
            title: format!("Keys: {}", component.context().heading()),
            lines,
            list,
            whole: false,
        }
    }
}

fn line(keymap: &Keymap, context: Context, action: Action, commands: &[Command]) -> Option<HelpLine> {
    let keys: Vec<String> = keymap
        .bindings()
        .iter()
        .filter(|binding| binding.context == context && binding.action == action)
        .map(|binding| binding.key.to_string())
        .collect();
    let command = commands.iter().find(|command| command.action == action);
    let disabled = command.and_then(|command| command.disabled.clone());
    (!keys.is_empty()).then(|| HelpLine::Keys(keys.join(" "), action.help(), disabled))
}

impl Component for Help {
    fn context(&self) -> Context {
        Context::Help
    }

    fn title(&self, _shared: &Shared) -> String {
        self.title.clone()
    }

    fn commands(&self, _shared: &Shared) -> Vec<Command> {
        let mut commands = vec![Command::new(Action::Close)];
        if !self.whole {
            // It stands in the footer anyway.
            commands.push(Command::quiet(Action::Help));
        }
        commands.extend(moving());
        commands
    }

    fn handle(&mut self, action: Action, _shared: &mut Shared) -> bool {
        match action {
            Action::Help => {
                self.whole = true;
                true
            }
            other => self.list.handle(other),
        }
    }
}
