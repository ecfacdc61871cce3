//! Reading key maps: shipped keys first, the operator's over them, then the check that no key would
//! do two things.

use toml::{Table, Value};

use super::{Action, Binding, Context, Key, KeyError};
use crate::domain::nearest::nearest;

/// Why a key map was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeymapError {
    /// Not TOML.
    #[error("the key map is not valid TOML: {0}")]
    Syntax(String),
    /// A table that is no context.
    #[error("the key map has no context `{name}`{}", hint(.nearest))]
    Context {
        /// As it was written.
        name: String,
        /// The nearest known one.
        nearest: Option<String>,
    },
    /// A name that is no action of its context.
    #[error("the context `{context}` has no action `{name}`{}", hint(.nearest))]
    Action {
        /// Where it was written.
        context: String,
        /// As it was written.
        name: String,
        /// The nearest known one.
        nearest: Option<String>,
    },
    /// A key that is not known.
    #[error("{context}.{action}: {error}")]
    Key {
        /// Context of the action.
        context: String,
        /// The action.
        action: String,
        /// What is wrong.
        error: KeyError,
    },
    /// Neither a key nor a list of keys.
    #[error("{context}.{action} takes a key such as \"ctrl-l\", or a list of keys")]
    Shape {
        /// Context of the action.
        context: String,
        /// The action.
        action: String,
    },
    /// One key for two actions.
    #[error("the key `{key}` would do two things: {first} and {second}")]
    Duplicate {
        /// The key.
        key: String,
        /// `context.action` of the one.
        first: String,
        /// `context.action` of the other.
        second: String,
    },
    /// A plain character where text is typed.
    #[error("{context}.{action}: `{key}` is a character, and while typing no character is a command")]
    Typed {
        /// Context of the action.
        context: String,
        /// The action.
        action: String,
        /// The key.
        key: String,
    },
}

fn hint(nearest: &Option<String>) -> String {
    nearest
        .as_ref()
        .map(|name| format!("; the nearest is `{name}`"))
        .unwrap_or_default()
}

/// Reads `defaults` and merges `overrides`.
pub fn load(defaults: &str, overrides: Option<&str>) -> Result<Vec<Binding>, KeymapError> {
    let mut bindings = read(defaults)?;
    if let Some(text) = overrides {
        for (context, action, keys) in entries(text)? {
            bindings.retain(|binding| (binding.context, binding.action) != (context, action));
            bindings.extend(keys.into_iter().map(|key| Binding { context, key, action }));
        }
    }
    check(&bindings)?;
    bindings.sort_by_key(|binding| {
        let order = binding
            .context
            .actions()
            .iter()
            .position(|a| *a == binding.action);
        (binding.context, order)
    });
    Ok(bindings)
}

fn read(text: &str) -> Result<Vec<Binding>, KeymapError> {
    Ok(entries(text)?
        .into_iter()
        .flat_map(|(context, action, keys)| keys.into_iter().map(move |key| Binding { context, key, action }))
        .collect())
}

fn entries(text: &str) -> Result<Vec<(Context, Action, Vec<Key>)>, KeymapError> {
    let table: Table =
        toml::from_str(text).map_err(|error| KeymapError::Syntax(error.message().to_owned()))?;
    let mut entries = Vec::new();
    for (name, value) in &table {
        let context = Context::parse(name).ok_or_else(|| KeymapError::Context {
            name: name.clone(),
            nearest: nearest(name, Context::ALL.iter().map(|c| c.name())).map(str::to_owned),
        })?;
        let Value::Table(actions) = value else {
            return Err(KeymapError::Context {
                name: name.clone(),
                nearest: Some(format!("[{name}]")),
            });
        };
        for (action, keys) in actions {
            entries.push(entry(context, action, keys)?);
        }
    }
    Ok(entries)
}

fn entry(context: Context, name: &str, value: &Value) -> Result<(Context, Action, Vec<Key>), KeymapError> {
    let action = Action::parse(name)
        .filter(|action| context.actions().contains(action))
        .ok_or_else(|| KeymapError::Action {
            context: context.name().to_owned(),
            name: name.to_owned(),
            nearest: nearest(name, context.actions().iter().map(|a| a.name())).map(str::to_owned),
        })?;
    let shape = || KeymapError::Shape {
        context: context.name().to_owned(),
        action: name.to_owned(),
    };
    let names: Vec<&str> = match value {
        Value::String(key) => vec![key],
        Value::Array(keys) => keys
            .iter()
            .map(|key| key.as_str().ok_or_else(shape))
            .collect::<Result<_, _>>()?,
        _ => return Err(shape()),
    };
    let keys = names
        .into_iter()
        .map(|key| {
            Key::parse(key).map_err(|error| KeymapError::Key {
                context: context.name().to_owned(),
                action: name.to_owned(),
                error,
            })
        })
        .collect::<Result<Vec<_>, _>>()?;
    Ok((context, action, keys))
}

/// Along every chain of contexts a key has one meaning, and characters are text while typing.
fn check(bindings: &[Binding]) -> Result<(), KeymapError> {
    for binding in bindings {
        let typed = matches!(binding.context, Context::Always | Context::Input);
        if typed && binding.key.character().is_some() {
            return Err(KeymapError::Typed {
                context: binding.context.name().to_owned(),
                action: binding.action.name().to_owned(),
                key: binding.key.to_string(),
            });
        }
    }
    for context in Context::ALL {
        let chain = context.chain();
        let seen: Vec<&Binding> = bindings.iter().filter(|b| chain.contains(&b.context)).collect();
        for (index, first) in seen.iter().enumerate() {
            let twice = seen[index + 1..].iter().find(|second| {
                second.key == first.key && (second.action != first.action || second.context == first.context)
            });
            if let Some(second) = twice {
                return Err(KeymapError::Duplicate {
                    key: first.key.to_string(),
                    first: name(first),
                    second: name(second),
                });
            }
        }
    }
    Ok(())
}

fn name(binding: &Binding) -> String {
    format!("{}.{}", binding.context.name(), binding.action.name())
}
