//! What GWS does with groups of settings.

use rusqlite::Connection;
use serde_json::{Value, json};

use super::plan::{GroupEntry, GwsPlan, UserEntry};
use crate::simulator::generated::Generated;
use crate::simulator::log;
use crate::simulator::settings::{Change, Held, Overlay};

/// An answer: HTTP status and document.
pub(crate) type Answer = (u16, Value);

/// A success.
pub(crate) fn ok(mut document: Value) -> Answer {
    if let Value::Object(fields) = &mut document {
        fields.insert("statusCode".to_owned(), Value::from(0));
    }
    (200, document)
}

/// A failure in the form of the API.
pub(crate) fn error(http: u16, code: i64, message: &str) -> Answer {
    (http, json!({ "statusCode": code, "statusMessage": message }))
}

/// What a call of the settings API works on.
pub(crate) struct Room<'a> {
    pub plan: &'a GwsPlan,
    pub generated: Option<&'a Generated>,
    pub overlay: &'a Overlay,
    pub connection: &'a Connection,
    pub user: &'a UserEntry,
    pub now: i64,
}

impl Room<'_> {
    /// `GET /api/v2/settings`
    pub(crate) fn groups(&self) -> Answer {
        let entry = |name: &str, shown: &str, key: &str| {
            json!({
                "name": name,
                "displayName": shown,
                "key": key,
                "uri": format!("/api/v2/settings/{name}"),
                "path": format!("/settings/{name}"),
            })
        };
        let own = self
            .plan
            .groups
            .iter()
            .map(|group| entry(&group.name, &group.display_name, &group.key));
        let made = self.overlay.groups_made(self.plan);
        let made = made.iter().map(|name| entry(name, name, "name"));
        ok(json!({ "settings": own.chain(made).collect::<Vec<_>>() }))
    }

    /// `GET /api/v2/settings/{group}`: an administrator sees those of everybody.
    pub(crate) fn show(&self, group: &str) -> Answer {
        if !self.exists(group) {
            return not_found();
        }
        let settings: Vec<Value> = self.held(group).into_iter().map(|held| held.value).collect();
        ok(json!({ "settings": settings }))
    }

    /// `PUT /api/v2/settings/{group}`: the whole setting.
    pub(crate) fn put(&self, group: &str, body: &[u8]) -> rusqlite::Result<Answer> {
        let Ok(Value::Object(fields)) = serde_json::from_slice::<Value>(body) else {
            return Ok(error(400, 2, "The body is not a JSON object"));
        };
        if !self.exists(group) && self.plan.no_new_groups {
            return Ok(not_found());
        }
        let attribute = self.group(group).map_or("name", |group| group.key.as_str());
        let Some(key) = fields
            .get(attribute)
            .and_then(Value::as_str)
            .filter(|key| !key.is_empty())
        else {
            return Ok(error(400, 1, &format!("Missing parameter: {attribute}")));
        };
        let location = fields
            .get("location")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned();
        let change = Change {
            group: group.to_owned(),
            key: key.to_owned(),
            location,
            value: Some(Value::Object(fields.clone())),
        };
        self.note(&change)?;
        Ok(ok(json!({})))
    }

    /// `DELETE /api/v2/settings/{group}`. Without a body it means the whole group, as is feared.
    pub(crate) fn delete(
        &self,
        group: &str,
        location: Option<&str>,
        body: &[u8],
        neighbour: bool,
    ) -> rusqlite::Result<Answer> {
        if self.plan.group_before_body && !self.exists(group) {
            return Ok(not_found());
        }
        if body.is_empty() {
            if !self.exists(group) {
                return Ok(not_found());
            }
            log::append(self.connection, self.now, "gws.wipe", group)?;
            return Ok(ok(json!({})));
        }
        let Ok(Value::Object(fields)) = serde_json::from_slice::<Value>(body) else {
            return Ok(error(400, 2, "The body is not a JSON object"));
        };
        if !self.exists(group) {
            return Ok(not_found());
        }
        let attribute = self.group(group).map_or("name", |group| group.key.as_str());
        let Some(key) = fields
            .get(attribute)
            .and_then(Value::as_str)
            .filter(|key| !key.is_empty())
        else {
            return Ok(error(400, 1, &format!("Missing parameter: {attribute}")));
        };
        if self.group(group).is_some_and(|group| group.fixed) {
            return Ok(error(403, 14, "The setting cannot be deleted"));
        }
        let all = self.held(group);
        let wanted = |held: &&Held| held.key == key && location.is_none_or(|place| place == held.location);
        let Some(found) = all.iter().find(wanted) else {
            return Ok(not_found());
        };
        self.forget(found)?;
        if neighbour && let Some(other) = all.iter().find(|held| held.key != key) {
            self.forget(other)?;
        }
        Ok(ok(json!({})))
    }

    fn forget(&self, held: &Held) -> rusqlite::Result<()> {
        self.note(&Change {
            group: held.group.clone(),
            key: held.key.clone(),
            location: held.location.clone(),
            value: None,
        })
    }

    fn note(&self, change: &Change) -> rusqlite::Result<()> {
        let body = json!(change).to_string();
        log::append(self.connection, self.now, "gws.set", &body).map(drop)
    }

    fn group(&self, name: &str) -> Option<&GroupEntry> {
        self.plan.group(name)
    }

    fn exists(&self, name: &str) -> bool {
        self.group(name).is_some()
            || self
                .overlay
                .groups_made(self.plan)
                .iter()
                .any(|made| made == name)
    }

    fn held(&self, group: &str) -> Vec<Held> {
        let all = self.overlay.group(self.plan, self.generated, group);
        if self.user.is_admin() {
            return all;
        }
        all.into_iter()
            .filter(|held| held.owner.is_empty() || held.owner == self.user.agent)
            .collect()
    }
}

fn not_found() -> Answer {
    error(404, 6, "The requested resource was not found")
}
