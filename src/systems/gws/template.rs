//! The form of the call that deletes one setting. Only one form is published, for an administrator's
//! own group; whether it holds for another user's setting is not. So the form is configuration, with
//! the published one as default.

use http::Method;
use serde_json::Value;

use super::delete::{encode, encode_query};
use super::placeholders::{
    Values, fill, filled, holds_value, unknown_placeholder, unknown_placeholder_in, unknown_value,
};
use crate::domain::failure::Failure;

/// Method, path and query of the published form. `{location}` goes with its parameter when a setting
/// has none.
pub const DEFAULT_CALL: &str = "DELETE /api/v2/settings/{group}?location={location}";

/// The body of the published form.
pub const DEFAULT_BODY: &str = r#"{"{key}":"{value}"}"#;

/// A checked template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeleteTemplate {
    method: Method,
    path: String,
    query: Vec<(String, String)>,
    body: Option<Value>,
}

impl DeleteTemplate {
    /// The published form.
    pub fn published() -> DeleteTemplate {
        // Held by a test: the default is a template.
        DeleteTemplate::parse(DEFAULT_CALL, DEFAULT_BODY).unwrap_or_else(|_| DeleteTemplate {
            method: Method::DELETE,
            path: "/api/v2/settings/{group}".to_owned(),
            query: Vec::new(),
            body: Some(serde_json::json!({ "{key}": "{value}" })),
        })
    }

    /// True for the published form, whose fitness for this purpose is assumed.
    pub fn is_published(&self) -> bool {
        *self == DeleteTemplate::published()
    }

    /// Reads `METHOD /path?query` and a body (empty for none).
    ///
    /// # Errors
    /// A method that does not change, a path without `{group}`, a body that is no JSON, and every
    /// template that would name the group without the setting.
    pub fn parse(call: &str, body: &str) -> Result<DeleteTemplate, Failure> {
        let (method, target) = call
            .trim()
            .split_once(' ')
            .ok_or_else(|| wrong("is not METHOD /path"))?;
        let method = match method {
            "DELETE" => Method::DELETE,
            "POST" => Method::POST,
            "PUT" => Method::PUT,
            _ => return Err(wrong("has another method than DELETE, POST or PUT")),
        };
        let (path, query) = target.trim().split_once('?').unwrap_or((target.trim(), ""));
        if !path.starts_with('/') || path.contains("//") || path.contains('#') || path.contains(' ') {
            return Err(wrong("has a path that is none"));
        }
        let segments: Vec<&str> = path.split('/').collect();
        if !segments.contains(&"{group}") {
            return Err(wrong("does not name {group} as a part of its path"));
        }
        let query = query
            .split('&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| {
                let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                (name.to_owned(), value.to_owned())
            })
            .collect();
        let body = match body.trim() {
            "" => None,
            body => Some(
                serde_json::from_str::<Value>(body)
                    .ok()
                    .filter(Value::is_object)
                    .ok_or_else(|| wrong("has a body that is no JSON object"))?,
            ),
        };
        let template = DeleteTemplate {
            method,
            path: path.to_owned(),
            query,
            body,
        };
        unknown_placeholder(call)
            .or_else(|| unknown_placeholder_in(template.body.as_ref()))
            .map_or(Ok(()), |_| {
                Err(wrong(
                    "has an unknown placeholder; {group}, {key}, {value}, {location} and {owner} are known",
                ))
            })?;
        if !template.names_key_in_path() && !template.body.as_ref().is_some_and(holds_value) {
            return Err(wrong(
                "names the group and not the setting: {value} has to stand in the body, or as a part of the path behind {group}",
            ));
        }
        Ok(template)
    }

    /// Its method.
    pub(super) fn method(&self) -> &Method {
        &self.method
    }

    /// True when the key's value is a segment of its own behind the group.
    pub fn names_key_in_path(&self) -> bool {
        let mut segments = self.path.split('/').skip_while(|segment| *segment != "{group}");
        segments.next().is_some() && segments.next() == Some("{value}")
    }

    /// True when a setting of one owner can be told from another's of the same key.
    pub fn tells_owners_apart(&self) -> bool {
        let query = self.query.iter().any(|(_, value)| value.contains("{owner}"));
        query
            || self.path.contains("{owner}")
            || self
                .body
                .as_ref()
                .is_some_and(|body| body.to_string().contains("{owner}"))
    }

    /// True when a setting of one location can be told from another's of the same key.
    pub fn tells_locations_apart(&self) -> bool {
        let query = self.query.iter().any(|(_, value)| value.contains("{location}"));
        query
            || self.path.contains("{location}")
            || self
                .body
                .as_ref()
                .is_some_and(|body| body.to_string().contains("{location}"))
    }

    pub(super) fn target(&self, values: &Values<'_>) -> Result<String, Failure> {
        let path = fill(&self.path, values, encode)?.ok_or_else(|| unknown_value(&self.path))?;
        let mut pairs = Vec::new();
        for (name, value) in &self.query {
            // A parameter whose value is not known is left out: the published form has it only
            // where a setting belongs to a location.
            if let Some(value) = fill(value, values, encode_query)? {
                pairs.push(format!("{name}={value}"));
            }
        }
        let query = if pairs.is_empty() {
            String::new()
        } else {
            format!("?{}", pairs.join("&"))
        };
        Ok(format!("{path}{query}"))
    }

    pub(super) fn body(&self, values: &Values<'_>) -> Result<Option<String>, Failure> {
        let Some(body) = &self.body else { return Ok(None) };
        Ok(Some(filled(body, values)?.to_string()))
    }
}

fn wrong(why: &str) -> Failure {
    Failure::new(
        crate::domain::failure::FailureKind::Configuration,
        format!("The template of the delete call {why}."),
    )
    .at(super::SYSTEM)
    .next(format!(
        "The default is gws_delete = \"{DEFAULT_CALL}\" with gws_delete_body = '{DEFAULT_BODY}'."
    ))
}

#[cfg(test)]
mod tests {
    use super::super::delete::{GroupName, Removal, SettingKey};
    use super::*;

    fn built(call: &str, body: &str, value: &str) -> Result<Removal, Failure> {
        let group = GroupName::new("interaction-workspace-personal-favorites")?;
        Removal::of(
            &DeleteTemplate::parse(call, body)?,
            &group,
            &SettingKey::new("name", value)?,
            None,
            None,
        )
    }

    #[test]
    fn the_published_form_is_the_default() {
        let template = DeleteTemplate::parse(DEFAULT_CALL, DEFAULT_BODY).unwrap();
        assert!(template.is_published());
        let group = GroupName::new("screen-recording").unwrap();
        let key = SettingKey::new("name", "storage").unwrap();
        let removal = Removal::of(&template, &group, &key, Some("/US/CA"), None).unwrap();
        assert_eq!(
            removal.shown(),
            r#"DELETE /api/v2/settings/screen-recording?location=/US/CA {"name":"storage"}"#
        );
        let removal = Removal::of(&template, &group, &key, None, None).unwrap();
        assert_eq!(
            removal.shown(),
            r#"DELETE /api/v2/settings/screen-recording {"name":"storage"}"#
        );
    }

    #[test]
    fn a_delete_that_could_mean_the_whole_group_cannot_be_built() {
        for (call, body) in [
            ("DELETE /api/v2/settings/{group}", ""),
            ("DELETE /api/v2/settings/{group}/", ""),
            ("DELETE /api/v2/settings/{group}?name={value}", ""),
            ("DELETE /api/v2/settings/{group}", "{}"),
            ("DELETE /api/v2/settings/{group}", r#"{"name":""}"#),
            ("DELETE /api/v2/settings/{group}", r#"{"{value}":1}"#),
            ("DELETE /api/v2/settings/{value}", r#"{"name":"{value}"}"#),
            ("DELETE /api/v2/settings", r#"{"name":"{value}"}"#),
            ("DELETE /api/v2/settings/{group}", "not json {value}"),
            ("GET /api/v2/settings/{group}", r#"{"name":"{value}"}"#),
            ("DELETE /api/v2/settings/{group}", r#"{"name":"{nmae}"}"#),
        ] {
            assert!(built(call, body, "fav-1").is_err(), "{call} {body}");
        }
        for value in ["", " ", "\t"] {
            assert!(built(DEFAULT_CALL, DEFAULT_BODY, value).is_err());
            assert!(built("DELETE /api/v2/settings/{group}/{value}", "", value).is_err());
        }
        for value in [".", ".."] {
            assert!(built("DELETE /api/v2/settings/{group}/{value}", "", value).is_err());
        }
        for group in ["", "  ", ".", "..", "a/b", "a?b", "a#b", "a\nb"] {
            assert!(GroupName::new(group).is_err(), "{group:?}");
        }
    }

    #[test]
    fn values_stay_values() {
        let removal = built(DEFAULT_CALL, DEFAULT_BODY, r#"a","x":"{group}"#).unwrap();
        let body: Value = serde_json::from_slice(removal.body.as_deref().unwrap()).unwrap();
        assert_eq!(body, serde_json::json!({"name": r#"a","x":"{group}"#}));
        let removal = built("DELETE /api/v2/settings/{group}/{value}", "", "a/../b?c#d").unwrap();
        assert!(
            removal.target.ends_with("/a%2F..%2Fb%3Fc%23d"),
            "{}",
            removal.target
        );
    }
}
