//! Changes outside that are not requests (a certificate, a job, a setting): intent, outcome, and
//! what becomes of those whose process ended in between.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension};
use serde_json::{Value, json};

use super::columns::{ago, json as parsed, micros, time};
use super::error::StoreResult;
use super::evidence::{self, Entry};
use super::lease::Session;
use super::operations::conflict;
use super::sending::Scene;
use crate::domain::failure::{Failure, FailureKind};

/// A change that is under way, or of which nobody knows whether it took effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownChange {
    /// Our id.
    pub id: String,
    /// What was to be changed: `export_job.create`.
    pub action: String,
    /// What the evidence says of it; no personal data.
    pub facts: Value,
    /// Login of the operator.
    pub actor: String,
    /// When it was about to be sent.
    pub intent_at: Timestamp,
    /// True while it is being sent: there is nothing to decide yet.
    pub sending: bool,
}

impl UnknownChange {
    /// How it stands, for a sentence.
    pub fn standing(&self) -> &'static str {
        match self.sending {
            true => "under way",
            false => "of unknown outcome",
        }
    }

    /// What it is and whose, for a sentence.
    pub fn words(&self, now: Timestamp) -> String {
        let by = crate::domain::text::clean(&self.actor);
        format!("{}, by {by}{}", self.id, ago(self.intent_at, now))
    }
}

/// What makes two changes of one action the same, for those of which none may be sent twice.
#[derive(Clone, Debug)]
pub struct Once {
    /// The facts in which the two agree.
    pub same: Value,
    /// Equal ones that the confirmation knew of, when another was confirmed all the same.
    pub despite: Option<Vec<String>>,
}

/// Puts `<action>.<what>` about a change into the outbox.
fn put(
    connection: &Connection,
    scene: &Scene,
    id: &str,
    action: &str,
    what: &str,
    facts: Value,
) -> StoreResult<()> {
    let entry = Entry {
        action: &format!("{action}.{what}"),
        operation_id: Some(id),
        actor: &scene.actor,
        facts,
    };
    evidence::put(connection, &scene.origin, &entry, scene.now)
}

/// Writes the intent, with its evidence.
pub(crate) fn begin(
    connection: &Connection,
    scene: &Scene,
    id: &str,
    session: &str,
    action: &str,
    facts: &Value,
) -> StoreResult<()> {
    put(connection, scene, id, action, "intent", facts.clone())?;
    connection.execute(
        "INSERT INTO changes (id, action, facts, state, actor, session, intent_at)
         VALUES (?1, ?2, ?3, 'sending', ?4, ?5, ?6)",
        (
            id,
            action,
            facts.to_string(),
            &scene.actor.login,
            session,
            micros(scene.now),
        ),
    )?;
    Ok(())
}

/// Records how it ended.
pub(crate) fn finish(
    connection: &Connection,
    scene: &Scene,
    id: &str,
    state: &str,
    detail: Option<&str>,
) -> StoreResult<()> {
    let action: String =
        connection.query_row("SELECT action FROM changes WHERE id = ?1", [id], |row| row.get(0))?;
    put(
        connection,
        scene,
        id,
        &action,
        "outcome",
        json!({ "outcome": state }),
    )?;
    set(connection, scene, id, state, detail)
}

fn set(
    connection: &Connection,
    scene: &Scene,
    id: &str,
    state: &str,
    detail: Option<&str>,
) -> StoreResult<()> {
    connection.execute(
        "UPDATE changes SET state = ?2, outcome_at = ?3, detail = seal(?4, 'changes.detail', ?1) WHERE id = ?1",
        (id, state, micros(scene.now), detail),
    )?;
    Ok(())
}

/// Changes whose process is gone, and our own that nobody carries any more, become unknown. Each has
/// its entry before it is touched.
pub(crate) fn recover(
    connection: &Connection,
    scene: &Scene,
    gone: &[Session],
    own: Option<&str>,
    flying: &[String],
) -> StoreResult<()> {
    let mut statement =
        connection.prepare_cached("SELECT id, action, session FROM changes WHERE state = 'sending'")?;
    let rows = statement.query_map([], |row| {
        Ok((
            row.get::<_, String>(0)?,
            row.get::<_, String>(1)?,
            row.get::<_, String>(2)?,
        ))
    })?;
    for (id, action, session) in rows.collect::<Result<Vec<_>, _>>()? {
        let is_gone = gone.iter().any(|known| known.id == session);
        let abandoned = own == Some(session.as_str()) && !flying.contains(&id);
        if is_gone || abandoned {
            let facts = json!({ "outcome": "unknown" });
            put(connection, scene, &id, &action, "recovered", facts)?;
            let text = "the process ended before an outcome was written";
            set(connection, scene, &id, "unknown", Some(text))?;
        }
    }
    Ok(())
}

/// Changes that a person has to look after, oldest first. Steps of a deletion at GWS that were
/// looked at since are settled there.
pub(crate) fn unknown(connection: &Connection) -> StoreResult<Vec<UnknownChange>> {
    let mut statement = connection.prepare_cached(
        "SELECT id, action, facts, actor, intent_at, state = 'sending' FROM changes
         WHERE state = 'unknown' AND NOT EXISTS (
             SELECT 1 FROM forget_steps
             WHERE run = json_extract(facts, '$.run') AND ordinal = json_extract(facts, '$.step')
               AND forget_steps.state NOT IN ('sending', 'unknown'))
         ORDER BY intent_at, id",
    )?;
    let rows = statement.query_map([], change)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn change(row: &rusqlite::Row<'_>) -> rusqlite::Result<UnknownChange> {
    Ok(UnknownChange {
        id: row.get(0)?,
        action: row.get(1)?,
        facts: parsed(2, row.get_ref(2)?.as_str()?)?,
        actor: row.get(3)?,
        intent_at: time(row.get(4)?).unwrap_or(Timestamp::UNIX_EPOCH),
        sending: row.get(5)?,
    })
}

/// Changes of this action with these facts that are under way or of unknown outcome, oldest first.
pub(crate) fn equal(connection: &Connection, action: &str, same: &Value) -> StoreResult<Vec<UnknownChange>> {
    let mut statement = connection.prepare_cached(
        "SELECT id, action, facts, actor, intent_at, state = 'sending' FROM changes
         WHERE action = ?1 AND state IN ('sending', 'unknown') ORDER BY intent_at, id",
    )?;
    let rows = statement.query_map([action], change)?;
    let mut open: Vec<UnknownChange> = rows.collect::<Result<_, _>>()?;
    let agrees = |facts: &Value| {
        let mut same = same.as_object().into_iter().flatten();
        same.all(|(name, value)| facts.get(name) == Some(value))
    };
    open.retain(|change| agrees(&change.facts));
    Ok(open)
}

/// Refuses a change while an equal one is open that the confirmation did not know of. To be asked in
/// the transaction that writes its intent.
pub(crate) fn refuse_equal(
    connection: &Connection,
    action: &str,
    once: &Once,
    now: Timestamp,
) -> StoreResult<()> {
    let known = once.despite.as_deref().unwrap_or_default();
    let open = equal(connection, action, &once.same)?;
    let Some(other) = open.iter().find(|change| !known.contains(&change.id)) else {
        return Ok(());
    };
    let next = match once.despite {
        Some(_) => "It appeared after the preview. Look anew and confirm again.",
        None if other.sending => "Wait until it has ended, and look whether it took effect.",
        None => "Look whether it took effect, and say so: dsr requests reconcile",
    };
    let message = format!(
        "An equal change ({action}) is {}: {}.",
        other.standing(),
        other.words(now)
    );
    Err(conflict(message, next).into())
}

/// A person says whether an unknown change took effect.
pub(crate) fn decide(connection: &Connection, scene: &Scene, id: &str, took_effect: bool) -> StoreResult<()> {
    let found: Option<(String, String)> = connection
        .query_row("SELECT action, state FROM changes WHERE id = ?1", [id], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()?;
    let Some((action, state)) = found else {
        let message = format!("There is no change {}.", crate::domain::text::clean(id));
        return Err(Failure::new(FailureKind::NotFound, message).into());
    };
    if state != "unknown" {
        return Err(conflict(
            format!("The outcome of change {id} is not unknown: it is {state}."),
            "Nothing is left to decide.",
        )
        .into());
    }
    let (state, word) = if took_effect {
        ("accepted", "took_effect")
    } else {
        ("refused", "never_executed")
    };
    put(
        connection,
        scene,
        id,
        &action,
        "decided",
        json!({ "outcome": word }),
    )?;
    let text = format!("decided by {}: {}", scene.actor.login, word.replace('_', " "));
    set(connection, scene, id, state, Some(&text))
}
