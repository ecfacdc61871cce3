//! What a person settled of a search for people whose data was erased: with who said so, when and why,
//! and with what was seen, so that it holds for exactly that.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension};
use serde_json::json;

use super::{CaseEntry, Ground, rows};
use crate::domain::failure::Failure;
use crate::store::Store;
use crate::store::columns::time;
use crate::store::error::{StoreError, StoreResult, storage};
use crate::store::evidence::{self, Entry, commitment};
use crate::store::sending::Scene;

/// What was seen of one person in one system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sight {
    /// The system; `person` where nobody could be searched for.
    pub system: String,
    /// Whether it was searched, as in JSON.
    pub result: &'static str,
    /// Persons or places found.
    pub found: u64,
    /// Whether all of it was read.
    pub complete: bool,
    /// What tells what was found, and what was not read, from anything else. Personal data; only a digest
    /// of it is kept.
    pub places: Vec<String>,
}

/// What was settled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settlement {
    /// Id of the case.
    pub id: String,
    /// The system; `person` where nobody could be searched for.
    pub system: String,
    /// Login of who said so.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Why; `None` when the case has forgotten its person since.
    pub reason: Option<String>,
    result: String,
    found: u64,
    complete: bool,
    seen: Option<String>,
    salt: Vec<u8>,
}

impl Settlement {
    /// True when this is what was settled, and nothing else.
    pub fn holds_for(&self, sight: &Sight) -> bool {
        // A case that has forgotten its person has forgotten the places, too: then it holds for nothing.
        let same_places = || self.seen.as_deref() == Some(digest(&self.salt, sight).as_str());
        self.system == sight.system
            && self.result == sight.result
            && self.found == sight.found
            && self.complete == sight.complete
            && same_places()
    }
}

fn digest(salt: &[u8], sight: &Sight) -> String {
    let mut places = sight.places.clone();
    places.sort();
    commitment(salt, &places.join("\n"))
}

impl Store {
    /// Everything that was settled and was not withdrawn.
    pub async fn settlements(&self) -> Result<Vec<Settlement>, Failure> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT id, system, result, found, complete, seen, salt, unseal(reason, 'case_settlements.reason', id),
                    at, actor FROM case_settlements ORDER BY id, system",
            )?;
            let rows = statement.query_map([], |row| {
                Ok(Settlement {
                    id: row.get(0)?,
                    system: row.get(1)?,
                    result: row.get(2)?,
                    found: row.get::<_, i64>(3)?.unsigned_abs(),
                    complete: row.get(4)?,
                    seen: row.get(5)?,
                    salt: row.get::<_, Option<Vec<u8>>>(6)?.unwrap_or_default(),
                    reason: row.get(7)?,
                    at: time(row.get(8)?).unwrap_or_default(),
                    by: row.get(9)?,
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// Settles what was seen of the person of a case.
    pub async fn settle(
        &self,
        ground: &Ground,
        id: &str,
        sights: Vec<Sight>,
        reason: &str,
    ) -> Result<(), Failure> {
        let (id, reason) = (id.to_owned(), reason.to_owned());
        self.write(&ground.actor.clone(), ground.now, move |connection, scene| {
            (sights.iter()).try_for_each(|sight| settle(connection, scene, &id, sight, &reason))
        })
        .await
        .map_err(StoreError::into_failure)
    }

    /// Takes back what was settled of the person of a case in these systems, all where none is named.
    /// Gives the systems.
    pub async fn unsettle(
        &self,
        ground: &Ground,
        id: &str,
        systems: Vec<String>,
    ) -> Result<Vec<String>, Failure> {
        let id = id.to_owned();
        self.write(&ground.actor.clone(), ground.now, move |connection, scene| {
            let mut statement =
                connection.prepare_cached("SELECT system FROM case_settlements WHERE id = ?1")?;
            let found = statement.query_map([&id], |row| row.get(0))?;
            let mut found: Vec<String> = found.collect::<Result<_, _>>()?;
            found.retain(|system| systems.is_empty() || systems.contains(system));
            for system in &found {
                connection
                    .prepare_cached("DELETE FROM case_settlements WHERE id = ?1 AND system = ?2")?
                    .execute((&id, system))?;
                let entry = CaseEntry::new("case.recheck.unsettle", format!("{system}: raised again"))
                    .fact("system", system.as_str());
                tell(connection, scene, &id, entry, &[])?;
            }
            Ok(found)
        })
        .await
        .map_err(StoreError::into_failure)
    }
}

fn settle(connection: &Connection, scene: &Scene, id: &str, sight: &Sight, reason: &str) -> StoreResult<()> {
    let mut salt = [0u8; 16];
    getrandom::fill(&mut salt).map_err(|error| storage(format!("No random numbers: {error}.")))?;
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO case_settlements
                (id, system, result, found, complete, seen, salt, reason, at, actor)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, seal(?8, 'case_settlements.reason', ?1), ?9, ?10)",
        )?
        .execute(rusqlite::params![
            id,
            sight.system,
            sight.result,
            i64::try_from(sight.found).unwrap_or(i64::MAX),
            sight.complete,
            digest(&salt, sight),
            salt,
            reason,
            scene.now.as_microsecond(),
            scene.actor.login,
        ])?;
    let text = format!(
        "{}: {} found, {}, settled: {reason}",
        sight.system.replace('_', " "),
        sight.found,
        sight.result.replace('_', " ")
    );
    let mut entry = CaseEntry::new("case.recheck.settle", text)
        .fact("system", sight.system.as_str())
        .fact("result", sight.result)
        .fact("found", sight.found)
        .fact("complete", sight.complete);
    entry.committed.push(("reason", reason.to_owned()));
    tell(connection, scene, id, entry, &salt)
}

/// Into the ledger, and into the trail of a case that this store has. The settlement's own salt stands
/// for that of the case, which may be forgotten or elsewhere.
fn tell(connection: &Connection, scene: &Scene, id: &str, entry: CaseEntry, salt: &[u8]) -> StoreResult<()> {
    let known: Option<bool> = connection
        .prepare_cached("SELECT salt IS NOT NULL FROM cases WHERE number = ?1")?
        .query_row([rows::number(id)], |row| row.get(0))
        .optional()?;
    // What a forgotten case is told goes with its settlement, and nowhere else.
    if known == Some(true) {
        connection
            .prepare_cached(
                "INSERT INTO case_trail (number, at, actor, action, text)
                 VALUES (?1, ?2, ?3, ?4, seal(?5, 'case_trail.text', ?1))",
            )?
            .execute((
                rows::number(id),
                scene.now.as_microsecond(),
                &scene.actor.login,
                entry.action,
                &entry.text,
            ))?;
    }
    let mut facts = entry.facts;
    if let Some(map) = facts.as_object_mut() {
        map.insert("case".to_owned(), json!(id));
        for (name, text) in &entry.committed {
            map.insert((*name).to_owned(), json!(commitment(salt, text)));
        }
    }
    let entry = Entry {
        action: entry.action,
        operation_id: None,
        actor: &scene.actor,
        facts,
    };
    evidence::put(connection, &scene.origin, &entry, scene.now)
}

/// What a case forgets of its settlements: they hold no longer where places were found.
pub(super) fn forget(connection: &Connection, id: &str) -> StoreResult<()> {
    connection
        .prepare_cached("UPDATE case_settlements SET reason = NULL, seen = NULL, salt = NULL WHERE id = ?1")?
        .execute([id])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_settlement_holds_for_what_was_seen_and_for_nothing_else() {
        let sight = Sight {
            system: "favorites".to_owned(),
            result: "searched",
            found: 2,
            complete: true,
            places: vec!["one".to_owned(), "other".to_owned()],
        };
        let salt = vec![7; 16];
        let settled = Settlement {
            id: "C-1".to_owned(),
            system: "favorites".to_owned(),
            by: "olga".to_owned(),
            at: Timestamp::UNIX_EPOCH,
            reason: None,
            result: "searched".to_owned(),
            found: 2,
            complete: true,
            seen: Some(digest(&salt, &sight)),
            salt,
        };
        let holds = |change: fn(&mut Sight)| {
            let mut other = sight.clone();
            change(&mut other);
            settled.holds_for(&other)
        };
        assert!(holds(|sight| sight.places.reverse()));
        assert!(!holds(|sight| sight.places[0].push('!')), "another place");
        assert!(!holds(|sight| sight.found = 3));
        assert!(!holds(|sight| sight.complete = false));
        assert!(!holds(|sight| sight.result = "not_reachable"));
        assert!(!holds(|sight| sight.system = "copies".to_owned()));
        let forgotten = Settlement {
            seen: None,
            salt: Vec::new(),
            ..settled.clone()
        };
        assert!(!forgotten.holds_for(&sight));
        let nothing = Sight {
            places: Vec::new(),
            found: 0,
            ..sight.clone()
        };
        let of_nothing = Settlement {
            seen: None,
            salt: Vec::new(),
            found: 0,
            ..settled.clone()
        };
        assert!(!of_nothing.holds_for(&nothing), "nor where there were no places");
    }
}
