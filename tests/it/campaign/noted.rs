//! What was noted of a run by those who took part: the far end in its own log, and the store in its own
//! file. Both are read directly, so that nothing is believed that the program says of itself.

use std::collections::BTreeMap;
use std::path::Path;

use rusqlite::{Connection, OpenFlags};
use serde_json::Value;

use super::site::Site;

/// One event of the far end.
pub struct Event {
    pub kind: String,
    pub body: Value,
}

pub fn database(path: &Path) -> Connection {
    Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap()
}

/// Everything that the far end carried out.
pub fn events(site: &Site) -> Vec<Event> {
    let connection = database(&site.path().join("estate/default.sqlite"));
    let mut statement = connection
        .prepare("SELECT kind, body FROM event WHERE seq > ?1 ORDER BY seq")
        .unwrap();
    let rows = statement
        .query_map([site.begun], |row| {
            let body: String = row.get(1)?;
            Ok(Event {
                kind: row.get(0)?,
                body: serde_json::from_str(&body).unwrap_or(Value::String(body)),
            })
        })
        .unwrap();
    rows.map(Result::unwrap).collect()
}

/// One of our operations as the store has it.
#[derive(Debug)]
pub struct Row {
    pub id: String,
    pub kind: String,
    pub contact: String,
    pub state: String,
    pub remote: Option<String>,
    pub begun: bool,
    pub waits: bool,
}

pub fn operations(site: &Site) -> Vec<Row> {
    let connection = database(&site.store());
    let mut statement = connection
        .prepare("SELECT id, kind, subject, state, remote_id, intent_at IS NOT NULL, waits_for IS NOT NULL FROM operations")
        .unwrap();
    let rows = statement.query_map([], |row| {
        let subject: String = row.get(2)?;
        let subject: Value = serde_json::from_str(&subject).unwrap();
        Ok(Row {
            id: row.get(0)?,
            kind: row.get(1)?,
            contact: subject["external_contact_id"]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
            state: row.get(3)?,
            remote: row.get(4)?,
            begun: row.get(5)?,
            waits: row.get(6)?,
        })
    });
    rows.unwrap().map(Result::unwrap).collect()
}

/// Changes by action and state, and their ids.
pub fn changes(site: &Site) -> Vec<(String, String, String)> {
    let connection = database(&site.store());
    let mut statement = connection
        .prepare("SELECT id, action, state FROM changes")
        .unwrap();
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
    rows.unwrap().map(Result::unwrap).collect()
}

/// Requests that were made for contacts of the campaign: type and contact.
pub fn submitted(events: &[Event]) -> Vec<(String, String)> {
    let submitted = events.iter().filter(|event| event.kind == "submitted");
    submitted
        .map(|event| {
            let kind = event.body["kind"].as_str().unwrap().to_ascii_lowercase();
            let contact = event.body["subject"]["externalContactId"]
                .as_str()
                .unwrap_or_default();
            (kind.replace("gdpr_", ""), contact.to_owned())
        })
        .collect()
}

/// Settings that were changed, probes left out: by action.
fn settings(events: &[Event]) -> BTreeMap<&'static str, Vec<String>> {
    let mut found: BTreeMap<&'static str, Vec<String>> = BTreeMap::new();
    for event in events.iter().filter(|event| event.kind == "gws.set") {
        let text = |key: &str| event.body[key].as_str().unwrap_or_default().to_owned();
        if text("group").starts_with("dsr-probe-") {
            continue;
        }
        let action = if event.body["value"].is_null() {
            "gws.delete_setting"
        } else {
            "gws.put_setting"
        };
        let what = format!(
            "{} {} {} {}",
            text("group"),
            text("key"),
            text("location"),
            event.body["value"]
        );
        found.entry(action).or_default().push(what);
    }
    found
}

/// What was carried out of each action that is a change.
pub fn carried_out(events: &[Event]) -> BTreeMap<&'static str, Vec<String>> {
    let mut found = settings(events);
    for event in events {
        let (action, what) = match event.kind.as_str() {
            "cdds-job" => ("export_job.create", event.body["title"].to_string()),
            "cdds-job-deleted" => ("export_job.delete", event.body.to_string()),
            "cdds-certificate" => ("export_certificate.replace", event.body["serial"].to_string()),
            _ => continue,
        };
        found.entry(action).or_default().push(what);
    }
    found
}
