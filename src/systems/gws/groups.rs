//! Groups of settings and what stands in them. What is published: a group names the attribute that
//! identifies a setting (`key`, by default `name`), and its content is an object or an array.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::GroupName;
use crate::domain::canonical;
use crate::domain::text;

/// A group as `GET /api/v2/settings` lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Its name.
    pub name: GroupName,
    /// How it is called for people.
    pub display_name: Option<String>,
    /// The attribute that identifies a setting in it.
    pub key: String,
}

impl Group {
    /// Reads an entry of the list; one without a usable name is none.
    pub(super) fn read(entry: &Value) -> Option<Group> {
        let name = GroupName::new(entry.get("name")?.as_str()?).ok()?;
        let key = entry
            .get("key")
            .and_then(Value::as_str)
            .map(str::trim)
            .unwrap_or_default();
        Some(Group {
            name,
            display_name: entry.get("displayName").and_then(Value::as_str).map(text::clean),
            key: if key.is_empty() {
                "name".to_owned()
            } else {
                key.to_owned()
            },
        })
    }

    /// Corporate Favorites belong to the administrator: they are found and told, never offered.
    pub fn is_corporate(&self) -> bool {
        self.name.is_corporate()
    }
}

/// One setting of a group.
#[derive(Clone, Debug, PartialEq)]
pub struct Setting {
    /// Value of the identifying attribute; `None` when it has none, so that nothing can name it.
    pub key: Option<String>,
    /// Where in the hierarchy of locations it holds.
    pub location: Option<String>,
    /// The agent it belongs to, if it says so.
    pub owner: Option<String>,
    /// The whole setting.
    pub value: Value,
}

/// What stands in a group.
#[derive(Clone, Debug)]
pub struct GroupContent {
    /// The group.
    pub name: GroupName,
    /// The identifying attribute.
    pub key: String,
    /// Its settings.
    pub settings: Vec<Setting>,
    /// The document as it was answered: what is saved for restoring.
    pub document: Value,
}

/// Attributes by which settings name the agent they belong to.
const OWNERS: [&str; 8] = [
    "owner",
    "ownerId",
    "agent",
    "agentId",
    "employeeId",
    "user",
    "userName",
    "userId",
];

impl GroupContent {
    /// Reads the content of an answer.
    pub(super) fn read(name: &GroupName, key: &str, document: Value) -> Result<GroupContent, String> {
        let content = ["settings", name.as_str()]
            .iter()
            .find_map(|at| document.get(*at));
        let settings = match content.unwrap_or(&document) {
            Value::Array(entries) => entries.iter().map(|entry| setting(key, None, entry)).collect(),
            Value::Object(fields) if fields.get(key).is_some_and(Value::is_string) => {
                vec![setting(key, None, &Value::Object(fields.clone()))]
            }
            Value::Object(fields) => fields
                .iter()
                .filter(|(field, _)| !matches!(field.as_str(), "statusCode" | "statusMessage"))
                .map(|(field, value)| setting(key, Some(field), value))
                .collect(),
            Value::Null => Vec::new(),
            _ => return Err("the group is neither an object nor an array".to_owned()),
        };
        Ok(GroupContent {
            name: name.clone(),
            key: key.to_owned(),
            settings,
            document,
        })
    }

    /// Reads a document that was kept of a group.
    ///
    /// # Errors
    /// When it is none.
    pub fn saved(name: &GroupName, key: &str, document: Value) -> Result<GroupContent, String> {
        GroupContent::read(name, key, document)
    }

    /// What identifies each setting, with a digest of it: how two readings of a group are compared.
    pub fn fingerprints(&self) -> Fingerprints {
        let mut all = Fingerprints::default();
        for setting in &self.settings {
            let digest = digest(&setting.value);
            match &setting.key {
                Some(key) => {
                    let id = (key.clone(), setting.location.clone().unwrap_or_default());
                    all.keyed.entry(id).or_default().push(digest);
                }
                None => *all.unkeyed.entry(digest).or_default() += 1,
            }
        }
        all
    }

    /// The settings of a key; more than one when the group holds it at several locations.
    pub fn with_key<'a>(&'a self, key: &str) -> impl Iterator<Item = &'a Setting> {
        self.settings
            .iter()
            .filter(move |setting| setting.key.as_deref() == Some(key))
    }
}

/// What a group held at one moment, by keys and digests.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fingerprints {
    /// By key and location: digests of the settings.
    pub keyed: BTreeMap<(String, String), Vec<String>>,
    /// Digests of settings without a key, with their number.
    pub unkeyed: HashMap<String, usize>,
}

impl Fingerprints {
    /// How many settings of these are not there any more in `later`, `expected` ones left aside.
    pub fn vanished(&self, later: &Fingerprints, expected: &[(String, String)]) -> usize {
        let keyed: usize = self
            .keyed
            .iter()
            .filter(|(id, _)| !expected.contains(id))
            .map(|(id, held)| held.len().saturating_sub(later.keyed.get(id).map_or(0, Vec::len)))
            .sum();
        let before: usize = self.unkeyed.values().sum();
        let after: usize = later.unkeyed.values().sum();
        keyed + before.saturating_sub(after)
    }

    /// How many settings there are.
    pub fn len(&self) -> usize {
        self.keyed.values().map(Vec::len).sum::<usize>() + self.unkeyed.values().sum::<usize>()
    }

    /// True for an empty group.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Hex SHA-256 of a value in canonical form.
pub fn digest(value: &Value) -> String {
    canonical::hex(&Sha256::digest(canonical::canonical(value).as_bytes()))
}

fn setting(key: &str, named: Option<&str>, value: &Value) -> Setting {
    let text = |name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
    let own = value.get(key).and_then(|own| match own {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    });
    Setting {
        key: own
            .or_else(|| named.map(str::to_owned))
            .filter(|key| !key.trim().is_empty()),
        location: text("location").filter(|location| !location.is_empty()),
        owner: OWNERS.iter().find_map(|name| text(name)),
        value: value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(document: Value) -> GroupContent {
        GroupContent::read(&GroupName::new("g").unwrap(), "name", document).unwrap()
    }

    #[test]
    fn arrays_maps_and_single_objects_are_read() {
        let array = read(json!({"statusCode":0,"settings":[{"name":"a","agent":"7"},{"x":1}]}));
        assert_eq!(array.settings[0].key.as_deref(), Some("a"));
        assert_eq!(array.settings[0].owner.as_deref(), Some("7"));
        assert_eq!(array.settings[1].key, None);
        let map = read(json!({"statusCode":0,"settings":{"a":{"v":1},"b":[1]}}));
        assert_eq!(map.settings.len(), 2);
        assert_eq!(map.settings[1].key.as_deref(), Some("b"));
        let one = read(json!({"statusCode":0,"name":"a","value":1}));
        assert_eq!(one.settings.len(), 1);
        let none = GroupContent::read(&GroupName::new("g").unwrap(), "name", json!({"settings": 7}));
        assert!(none.is_err());
    }

    #[test]
    fn whatever_else_vanishes_is_counted() {
        let before = read(json!({"settings":[{"name":"a"},{"name":"b"},{"x":1}]})).fingerprints();
        let after = read(json!({"settings":[{"name":"b"},{"name":"c"}]})).fingerprints();
        let a = [("a".to_owned(), String::new())];
        assert_eq!(before.vanished(&after, &a), 1);
        assert_eq!(before.vanished(&after, &[]), 2);
        assert_eq!(before.vanished(&before, &[]), 0);
    }
}
