//! Commands by name: type a few letters, Enter does it.

use super::command::Command;
use super::component::{Call, Component};
use super::field::Field;
use super::list::List;
use super::shared::Shared;
use crate::keymap::{Action, Context};

/// One line of the palette.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What it does.
    pub action: Action,
    /// Its first key, if it has one.
    pub key: Option<String>,
    /// The reason why it cannot be done now.
    pub disabled: Option<String>,
}

/// The palette over a component.
#[derive(Debug)]
pub struct Palette {
    /// What is typed.
    pub field: Field,
    /// The window over what fits.
    pub list: List,
    entries: Vec<Entry>,
    fitting: Vec<usize>,
}

impl Palette {
    /// The commands of `component`, then those of the console.
    pub fn of(component: &dyn Component, shared: &Shared) -> Palette {
        let context = component.context();
        let mut commands = component.commands(shared);
        for outer in context.chain() {
            if matches!(
                outer,
                Context::Common | Context::Global | Context::Modal | Context::Always
            ) {
                commands.extend(outer.actions().iter().copied().map(Command::new));
            }
        }
        let mut entries: Vec<Entry> = Vec::new();
        for command in commands {
            let moves = Context::List.actions().contains(&command.action) && command.action != Action::Open;
            let repeated = entries.iter().any(|entry| entry.action == command.action);
            if moves || repeated || matches!(command.action, Action::Palette | Action::Interrupt) {
                continue;
            }
            entries.push(Entry {
                key: shared.options.keymap.hint(context, command.action),
                action: command.action,
                disabled: command.disabled,
            });
        }
        let mut palette = Palette {
            field: Field::default(),
            list: List::default(),
            entries,
            fitting: Vec::new(),
        };
        palette.search();
        palette
    }

    /// What fits the typed text, the best first.
    pub fn fitting(&self) -> impl Iterator<Item = &Entry> {
        self.fitting.iter().filter_map(|index| self.entries.get(*index))
    }

    fn search(&mut self) {
        let text = self.field.value().to_lowercase();
        let mut scored: Vec<(usize, usize)> = self
            .entries
            .iter()
            .enumerate()
            .filter_map(|(index, entry)| {
                let name = score(entry.action.name(), &text);
                let sentence = score(&entry.action.help().to_lowercase(), &text).map(|s| s + 50);
                name.into_iter().chain(sentence).min().map(|score| (score, index))
            })
            .collect();
        scored.sort_unstable();
        self.fitting = scored.into_iter().map(|(_, index)| index).collect();
        self.list.set_len(self.fitting.len());
        self.list.select(0);
    }

    fn accept(&mut self, shared: &mut Shared) {
        let chosen = self.list.selected().and_then(|row| self.fitting.get(row));
        let Some(entry) = chosen.and_then(|index| self.entries.get(*index)) else {
            shared.inform("no command fits");
            return;
        };
        shared.call(Call::Close);
        // Whether it is disabled is decided where it acts, which also says why.
        shared.call(Call::Act(entry.action));
    }
}

/// How well `name` fits `typed`, the smaller the better: as a piece, the earlier the better, then as
/// letters in order, the closer together the better. `None` when it does not fit.
fn score(name: &str, typed: &str) -> Option<usize> {
    if let Some(at) = name.find(typed) {
        return Some(at.min(40));
    }
    let mut rest = name.char_indices();
    let mut first = None;
    let mut last = 0;
    for letter in typed.chars().filter(|letter| !letter.is_whitespace()) {
        let (at, _) = rest.find(|(_, candidate)| *candidate == letter)?;
        first.get_or_insert(at);
        last = at;
    }
    Some(100 + last - first.unwrap_or(0))
}

impl Component for Palette {
    fn context(&self) -> Context {
        Context::Input
    }

    fn title(&self, _shared: &Shared) -> String {
        "Commands".to_owned()
    }

    fn commands(&self, _shared: &Shared) -> Vec<Command> {
        vec![
            Command::new(Action::Accept),
            Command::new(Action::Leave),
            Command::quiet(Action::Up),
            Command::quiet(Action::Down),
        ]
    }

    fn handle(&mut self, action: Action, shared: &mut Shared) -> bool {
        match action {
            Action::Accept => self.accept(shared),
            Action::Leave | Action::Interrupt => shared.call(Call::Close),
            Action::Suspend | Action::Repaint => return false,
            other => {
                self.list.handle(other);
            }
        }
        true
    }

    fn field(&mut self) -> Option<&mut Field> {
        Some(&mut self.field)
    }

    fn typing(&self) -> bool {
        true
    }

    fn edited(&mut self, _shared: &mut Shared) {
        self.search();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_of_the_name_is_better_than_its_letters_in_order() {
        assert!(score("switch-mode", "mode") < score("my-old-desk", "mode"));
        assert!(score("reverse-sort", "rvs").is_some());
        assert_eq!(score("zoom", "x"), None);
        assert_eq!(score("zoom", ""), Some(0));
    }
}
