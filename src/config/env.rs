//! The environment as it was when the process started, handed around as a value so that tests can
//! give another one.

use std::collections::BTreeMap;

/// Environment variables. A variable that is set to nothing counts as not set.
#[derive(Clone, Default)]
pub struct Env(BTreeMap<String, String>);

impl Env {
    /// The environment of this process; values that are not UTF-8 are left out.
    pub fn process() -> Env {
        Env(std::env::vars_os()
            .filter_map(|(key, value)| Some((key.into_string().ok()?, value.into_string().ok()?)))
            .collect())
    }

    /// An environment of these variables alone.
    pub fn of<K: Into<String>, V: Into<String>>(variables: impl IntoIterator<Item = (K, V)>) -> Env {
        Env(variables
            .into_iter()
            .map(|(key, value)| (key.into(), value.into()))
            .collect())
    }

    /// Without the variables that lay themselves over a profile: what the profile says by itself.
    #[must_use]
    pub fn without_ours(&self) -> Env {
        let ours = |name: &String| name.starts_with("GENESYSCLOUD_") || name.starts_with("DSR_");
        let rest = self.0.iter().filter(|(name, _)| !ours(name));
        Env(rest.map(|(name, value)| (name.clone(), value.clone())).collect())
    }

    /// The value of a variable, unless it is empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }
}

impl std::fmt::Debug for Env {
    /// Names only: values may be secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}
