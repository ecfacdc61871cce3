//! Calls that take something away, as types: a removal always names one setting of one group, in a
//! body or in a segment of its own behind the group. A bodiless `DELETE` on a group, which may wipe
//! it for every agent, has no way of being built.

use bytes::Bytes;
use http::Method;
use serde_json::Value;

use super::placeholders::Values;
use super::template::DeleteTemplate;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::text;

/// The name of a group of settings: never empty, one segment of a path.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct GroupName(String);

impl GroupName {
    /// A name fit for a path.
    ///
    /// # Errors
    /// Empty names, and names that would be another path.
    pub fn new(name: &str) -> Result<GroupName, Failure> {
        let name = name.trim();
        let bad = name.is_empty()
            || name == "."
            || name == ".."
            || name.len() > 200
            || name
                .chars()
                .any(|c| c.is_control() || matches!(c, '/' | '\\' | '?' | '#'));
        if bad {
            return Err(refused(
                "The name of the settings group is empty or cannot be part of an address.",
            ));
        }
        Ok(GroupName(name.to_owned()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The group's path, percent-encoded.
    pub fn path(&self) -> String {
        format!("/api/v2/settings/{}", encode(&self.0))
    }

    /// True for the administrator's own favorites.
    pub fn is_corporate(&self) -> bool {
        self.0.to_ascii_lowercase().contains("corporate")
    }
}

impl std::fmt::Display for GroupName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&text::clean(&self.0))
    }
}

/// What identifies one setting: neither part is ever empty.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SettingKey {
    attribute: String,
    value: String,
}

impl SettingKey {
    /// Attribute and value.
    ///
    /// # Errors
    /// When one of them is empty.
    pub fn new(attribute: &str, value: &str) -> Result<SettingKey, Failure> {
        if attribute.trim().is_empty() || value.trim().is_empty() {
            return Err(refused(
                "The key of the setting is empty, so nothing says which one is meant.",
            ));
        }
        Ok(SettingKey {
            attribute: attribute.to_owned(),
            value: value.to_owned(),
        })
    }

    /// The attribute (`name`).
    pub fn attribute(&self) -> &str {
        &self.attribute
    }

    /// Its value.
    pub fn value(&self) -> &str {
        &self.value
    }
}

/// The call that deletes one setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Removal {
    pub(super) method: Method,
    pub(super) target: String,
    pub(super) body: Option<Bytes>,
}

impl Removal {
    /// The call that `template` makes of a setting.
    ///
    /// # Errors
    /// When the template leaves out what tells the setting from its group, or needs what is not
    /// known of this setting.
    pub fn of(
        template: &DeleteTemplate,
        group: &GroupName,
        key: &SettingKey,
        location: Option<&str>,
        owner: Option<&str>,
    ) -> Result<Removal, Failure> {
        let values = Values {
            group,
            key,
            location,
            owner,
        };
        let target = template.target(&values)?;
        let body = template.body(&values)?;
        let named_in_path = template.names_key_in_path();
        let named_in_body = body.as_deref().is_some_and(|body| names(body, key.value()));
        if !named_in_path && !named_in_body {
            return Err(refused(
                "The call would not name the setting, and could mean its whole group; it is not made.",
            ));
        }
        Ok(Removal {
            method: template.method().clone(),
            target,
            body: body.map(Bytes::from),
        })
    }

    /// How the call is shown before it is made.
    pub fn shown(&self) -> String {
        let body = self
            .body
            .as_deref()
            .map(String::from_utf8_lossy)
            .unwrap_or_default();
        text::clean(&format!("{} {} {body}", self.method, self.target))
            .trim_end()
            .to_owned()
    }

    /// True when the setting is named in the body alone, so that a lost body would mean the group.
    pub fn depends_on_body(&self, template: &DeleteTemplate) -> bool {
        !template.names_key_in_path()
    }
}

/// The call that puts a setting back without one of its entries.
#[derive(Clone, Debug, PartialEq)]
pub struct Replacement {
    pub(super) target: String,
    pub(super) body: Bytes,
}

impl Replacement {
    /// The whole setting in its new form.
    ///
    /// # Errors
    /// When the new value does not carry the setting's own key: it would be another setting.
    pub fn of(
        group: &GroupName,
        key: &SettingKey,
        location: Option<&str>,
        value: &Value,
    ) -> Result<Replacement, Failure> {
        let own = value.get(key.attribute()).and_then(Value::as_str);
        if own != Some(key.value()) {
            return Err(refused(
                "The new value does not carry the key of its setting; it is not written.",
            ));
        }
        let query = location
            .map(|place| format!("?location={}", encode_query(place)))
            .unwrap_or_default();
        Ok(Replacement {
            target: format!("{}{query}", group.path()),
            body: Bytes::from(value.to_string()),
        })
    }

    /// How the call is shown; the body is a person's data and is told by its size.
    pub fn shown(&self) -> String {
        text::clean(&format!("PUT {} ({} bytes)", self.target, self.body.len()))
    }
}

/// True when a JSON body carries `value` as one of its texts.
fn names(body: &str, value: &str) -> bool {
    fn holds(document: &Value, value: &str) -> bool {
        match document {
            Value::String(text) => text == value,
            Value::Array(entries) => entries.iter().any(|entry| holds(entry, value)),
            Value::Object(fields) => fields.values().any(|field| holds(field, value)),
            _ => false,
        }
    }
    serde_json::from_str::<Value>(body).is_ok_and(|document| holds(&document, value))
}

pub(super) fn refused(message: &str) -> Failure {
    Failure::new(FailureKind::Usage, message)
        .at(super::SYSTEM)
        .next("See gws_delete and gws_delete_body in the configuration (config.example.toml).")
}

/// Percent-encodes one segment of a path.
pub(super) fn encode(text: &str) -> String {
    let mut coded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            coded.push(char::from(byte));
        } else {
            coded.push_str(&format!("%{byte:02X}"));
        }
    }
    coded
}

/// As [`encode`], with slashes left readable, as the published example has them.
pub(super) fn encode_query(text: &str) -> String {
    encode(text).replace("%2F", "/")
}
