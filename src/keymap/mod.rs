//! Keys to actions. The list of actions, the default keys (`assets/keymap.toml`) and the operator's
//! overrides meet here; the help, the footer, the palette and the README's tables are made from it,
//! so that none of them can say something else than what the keys do.

mod action;
mod context;
mod key;
mod load;
mod tables;

pub use action::Action;
pub use context::Context;
pub use key::{Key, KeyError};
pub use load::KeymapError;
pub use tables::tables;

/// The keys as they are shipped.
pub const DEFAULT_KEYS: &str = include_str!("../../assets/keymap.toml");

/// One key of one context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// Where it works.
    pub context: Context,
    /// The key.
    pub key: Key,
    /// What it does.
    pub action: Action,
}

/// All keys in force.
#[derive(Clone, Debug)]
pub struct Keymap {
    bindings: Vec<Binding>,
}

impl Keymap {
    /// The shipped keys, with the operator's overrides (TOML of the same form) merged over them: an
    /// action named there has the keys given there and no others; an empty list takes its keys away.
    ///
    /// # Errors
    /// Unknown contexts, actions and keys, each with the nearest known one, and keys that would do
    /// two things, with the names of both.
    pub fn load(overrides: Option<&str>) -> Result<Keymap, KeymapError> {
        load::load(DEFAULT_KEYS, overrides).map(|bindings| Keymap { bindings })
    }

    /// What `key` does in `context` and the contexts around it.
    pub fn lookup(&self, context: Context, key: Key) -> Option<Action> {
        context.chain().iter().find_map(|context| {
            self.bindings
                .iter()
                .find(|binding| binding.context == *context && binding.key == key)
                .map(|binding| binding.action)
        })
    }

    /// The keys of `action` as seen from `context`, in the order in which they are configured.
    pub fn keys(&self, context: Context, action: Action) -> Vec<Key> {
        context
            .chain()
            .iter()
            .flat_map(|context| {
                self.bindings
                    .iter()
                    .filter(move |binding| binding.context == *context && binding.action == action)
                    .map(|binding| binding.key)
            })
            .collect()
    }

    /// The first key of `action` as seen from `context`, for hints.
    pub fn hint(&self, context: Context, action: Action) -> Option<String> {
        self.keys(context, action).first().map(ToString::to_string)
    }

    /// All bindings, by context in the order of [`Context::ALL`].
    pub fn bindings(&self) -> &[Binding] {
        &self.bindings
    }
}
