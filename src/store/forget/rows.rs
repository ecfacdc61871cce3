//! Runs, steps and saved groups as rows.

use rusqlite::{Connection, OptionalExtension};
use serde_json::{Value, json};

use super::{ForgetRun, ForgetStep, SavedGroup, StepState};
use crate::store::columns::{self, micros, time};
use crate::store::error::StoreResult;
use crate::store::evidence::{self, Entry};
use crate::store::sending::Scene;

pub(super) fn number(ordinal: usize) -> i64 {
    i64::try_from(ordinal).unwrap_or(i64::MAX)
}

pub(super) fn begin(
    connection: &Connection,
    scene: &Scene,
    scope: &str,
    run: &ForgetRun,
    mut facts: Value,
    saved: &[SavedGroup],
) -> StoreResult<()> {
    // An older run of the same scope is replaced by this one.
    connection.execute(
        "UPDATE forget_runs SET state = 'done', ended_at = ?2 WHERE scope = ?1 AND state <> 'done'",
        (scope, micros(scene.now)),
    )?;
    connection.execute(
        "INSERT INTO forget_runs (id, scope, plan_digest, actor, state, started_at)
         VALUES (?1, ?2, ?3, ?4, 'open', ?5)",
        (
            &run.id,
            scope,
            &run.plan_digest,
            &scene.actor.login,
            micros(scene.now),
        ),
    )?;
    for step in &run.steps {
        let entries = step.entries.as_ref().map(|entries| json!(entries).to_string());
        connection.execute(
            "INSERT INTO forget_steps (run, ordinal, group_name, attribute, key_value, location, owner,
                entries, seen, state, detail, at) VALUES (?1, ?2, ?3, ?4,
                seal(?5, 'forget_steps.key_value', ?1 || ':' || ?2),
                seal(?6, 'forget_steps.location', ?1 || ':' || ?2),
                seal(?7, 'forget_steps.owner', ?1 || ':' || ?2), ?8, ?9, ?10,
                seal(?11, 'forget_steps.detail', ?1 || ':' || ?2), ?12)",
            rusqlite::params![
                run.id,
                number(step.ordinal),
                step.group,
                step.attribute,
                step.key,
                step.location,
                step.owner,
                entries,
                step.seen,
                step.state.as_str(),
                step.detail,
                micros(scene.now),
            ],
        )?;
    }
    for group in saved {
        connection.execute(
            "INSERT INTO forget_saves (run, group_name, content, sha256, saved_at, remove_after)
             VALUES (?1, ?2, seal(?3, 'forget_saves.content', ?1 || ':' || ?2), ?4, ?5, ?6)",
            (
                &run.id,
                &group.group,
                &group.content,
                &group.sha256,
                micros(group.saved_at),
                micros(group.remove_after),
            ),
        )?;
    }
    facts["digest"] = json!(run.plan_digest);
    facts["settings"] = json!(run.steps.len());
    facts["saved"] = saved
        .iter()
        .map(|group| json!({ "group": group.group, "sha256": group.sha256 }))
        .collect();
    let entry = Entry {
        action: "forget.plan",
        operation_id: Some(&run.id),
        actor: &scene.actor,
        facts,
    };
    evidence::put(connection, &scene.origin, &entry, scene.now)
}

pub(super) fn unfinished(connection: &Connection, scope: &str) -> StoreResult<Option<ForgetRun>> {
    let found: Option<(String, String)> = connection
        .query_row(
            "SELECT id, plan_digest FROM forget_runs WHERE scope = ?1 AND state <> 'done'
             ORDER BY started_at DESC LIMIT 1",
            [scope],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()?;
    let Some((id, plan_digest)) = found else {
        return Ok(None);
    };
    let mut statement = connection.prepare_cached(
        "SELECT ordinal, group_name, attribute, unseal(key_value, 'forget_steps.key_value', run || ':' || ordinal),
                unseal(location, 'forget_steps.location', run || ':' || ordinal),
                unseal(owner, 'forget_steps.owner', run || ':' || ordinal), entries, seen,
                state, unseal(detail, 'forget_steps.detail', run || ':' || ordinal)
         FROM forget_steps WHERE run = ?1 ORDER BY ordinal",
    )?;
    let steps = statement
        .query_map([&id], |row| {
            let entries: Option<String> = row.get(6)?;
            Ok(ForgetStep {
                ordinal: usize::try_from(row.get::<_, i64>(0)?).unwrap_or(usize::MAX),
                group: row.get(1)?,
                attribute: row.get(2)?,
                key: row.get(3)?,
                location: row.get(4)?,
                owner: row.get(5)?,
                entries: entries.map(|text| columns::json(6, &text)).transpose()?,
                seen: row.get(7)?,
                state: StepState::parse(&row.get::<_, String>(8)?),
                detail: row.get(9)?,
            })
        })?
        .collect::<Result<_, _>>()?;
    Ok(Some(ForgetRun {
        id,
        plan_digest,
        steps,
    }))
}

pub(super) fn saved(connection: &Connection, run: &str) -> StoreResult<Vec<SavedGroup>> {
    let mut statement = connection.prepare_cached(
        "SELECT group_name, unseal(content, 'forget_saves.content', run || ':' || group_name), sha256, saved_at, remove_after FROM forget_saves WHERE run = ?1
         ORDER BY group_name",
    )?;
    let rows = statement.query_map([run], |row| {
        Ok(SavedGroup {
            group: row.get(0)?,
            content: row.get(1)?,
            sha256: row.get(2)?,
            saved_at: time(row.get(3)?).unwrap_or_default(),
            remove_after: time(row.get(4)?).unwrap_or_default(),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
