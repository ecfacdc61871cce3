//! Settings of agents as they stand: those of the scenario, those computed in a large estate, and
//! over both what GWS was told to change.

use std::collections::{BTreeMap, HashSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::generated::Generated;
use super::gws::{GwsPlan, SettingEntry};

/// The group in which computed favorites lie.
pub(crate) const PERSONAL: &str = "interaction-workspace-personal-favorites";

/// What names a setting: group, key and location.
pub(crate) type Name = (String, String, String);

/// A change, as the log holds it. Without a value the setting is gone.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[allow(missing_docs)]
pub(crate) struct Change {
    pub group: String,
    pub key: String,
    pub location: String,
    pub value: Option<Value>,
}

/// What the log says about settings.
#[derive(Default)]
pub(crate) struct Overlay {
    changed: BTreeMap<Name, Option<Value>>,
    wiped: HashSet<String>,
}

/// One setting.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    /// Its group.
    pub group: String,
    /// Its key.
    pub key: String,
    /// Where it holds; empty for everywhere.
    pub location: String,
    /// The agent.
    pub owner: String,
    /// The whole, with its key.
    pub value: Value,
}

impl Overlay {
    /// Applies an event.
    pub(super) fn apply(&mut self, kind: &str, body: &str) {
        if kind == "gws.wipe" {
            let group = body.to_owned();
            self.changed.retain(|name, _| name.0 != group);
            self.wiped.insert(group);
        } else if let Ok(change) = serde_json::from_str::<Change>(body) {
            self.changed
                .insert((change.group, change.key, change.location), change.value);
        }
    }

    /// Settings of the scenario by number, as they stand; `None` for one that is gone. The number of
    /// a setting never changes, so that it serves as a place to read on from.
    pub(crate) fn original(&self, plan: &GwsPlan, generated: Option<&Generated>, index: u64) -> Option<Held> {
        let listed = plan.settings.len() as u64;
        let held = match usize::try_from(index)
            .ok()
            .and_then(|index| plan.settings.get(index))
        {
            Some(entry) => held(plan, entry),
            None => computed(generated?, index - listed)?,
        };
        if self.wiped.contains(&held.group) {
            return None;
        }
        let name = (held.group.clone(), held.key.clone(), held.location.clone());
        match self.changed.get(&name) {
            None => Some(held),
            Some(None) => None,
            Some(Some(value)) => Some(Held {
                value: value.clone(),
                ..held
            }),
        }
    }

    /// How many there were at the beginning.
    pub(crate) fn originals(plan: &GwsPlan, generated: Option<&Generated>) -> u64 {
        plan.settings.len() as u64 + generated.map_or(0, Generated::favorites)
    }

    /// Settings made since the beginning.
    pub(crate) fn made(&self, plan: &GwsPlan, generated: Option<&Generated>) -> Vec<Held> {
        let known: HashSet<Name> = plan
            .settings
            .iter()
            .map(|entry| (entry.group.clone(), entry.key.clone(), entry.location.clone()))
            .collect();
        let computed = |name: &Name| {
            name.0 == PERSONAL
                && generated
                    .is_some_and(|generated| number(&name.1).is_some_and(|n| n < generated.favorites()))
        };
        self.changed
            .iter()
            .filter(|(name, _)| self.wiped.contains(&name.0) || !(known.contains(name) || computed(name)))
            .filter_map(|(name, value)| {
                let value = value.clone()?;
                let owner = value
                    .get("agent")
                    .and_then(Value::as_str)
                    .unwrap_or_default()
                    .to_owned();
                let (group, key, location) = name.clone();
                Some(Held {
                    group,
                    key,
                    location,
                    owner,
                    value,
                })
            })
            .collect()
    }

    /// All settings of a group, as they stand.
    pub(crate) fn group(&self, plan: &GwsPlan, generated: Option<&Generated>, group: &str) -> Vec<Held> {
        let originals = (0..Overlay::originals(plan, generated))
            .filter(|index| group == PERSONAL || *index < plan.settings.len() as u64)
            .filter_map(|index| self.original(plan, generated, index));
        originals
            .chain(self.made(plan, generated))
            .filter(|held| held.group == group)
            .collect()
    }

    /// Groups that exist only because something was written into them.
    pub(crate) fn groups_made(&self, plan: &GwsPlan) -> Vec<String> {
        let mut names: Vec<String> = self
            .changed
            .iter()
            .filter(|(name, value)| value.is_some() && plan.group(&name.0).is_none())
            .map(|(name, _)| name.0.clone())
            .collect();
        names.dedup();
        names
    }
}

fn held(plan: &GwsPlan, entry: &SettingEntry) -> Held {
    let key = plan
        .group(&entry.group)
        .map_or("name", |group| group.key.as_str());
    let mut whole = Map::new();
    whole.insert(key.to_owned(), Value::from(entry.key.clone()));
    if !entry.owner.is_empty() {
        whole.insert("agent".to_owned(), Value::from(entry.owner.clone()));
    }
    if !entry.location.is_empty() {
        whole.insert("location".to_owned(), Value::from(entry.location.clone()));
    }
    // The check of the scenario has made sure that it is an object.
    if let Ok(Value::Object(fields)) = serde_json::from_str(&entry.value) {
        whole.extend(fields);
    }
    Held {
        group: entry.group.clone(),
        key: entry.key.clone(),
        location: entry.location.clone(),
        owner: entry.owner.clone(),
        value: Value::Object(whole),
    }
}

fn computed(generated: &Generated, index: u64) -> Option<Held> {
    if index >= generated.favorites() {
        return None;
    }
    let person = generated.favorite(index);
    let key = format!("favorite-{index:06}");
    let owner = format!("agent{}", 1000 + index % 500);
    Some(Held {
        group: PERSONAL.to_owned(),
        location: String::new(),
        value: json!({
            "name": key,
            "agent": owner,
            "displayName": person.name,
            "emailAddresses": person.emails,
            "phoneNumbers": person.phones,
            "category": "Favorites",
        }),
        key,
        owner,
    })
}

fn number(key: &str) -> Option<u64> {
    key.strip_prefix("favorite-")?.parse().ok()
}
