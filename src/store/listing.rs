//! The organisation's list as a whole: when it was read, what no longer stands in it, which of its
//! requests are nobody's here, and which Genesys Cloud made by itself.

use jiff::Timestamp;
use rusqlite::Connection;

use super::columns::{micros, time};
use super::error::StoreResult;
use super::requests::{meta, request, set_meta};
use crate::domain::request::{Request, RequestType};

/// What was said of the last reading of the list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListState {
    /// When it was last read whole.
    pub read_at: Option<Timestamp>,
    /// Whether the last reading was whole.
    pub complete: bool,
    /// Why not, and what else is worth saying.
    pub notes: Vec<String>,
    /// Number of requests that stood in it.
    pub listed: u64,
}

/// Marks requests that Genesys Cloud created for a merge set of which we named one contact: same
/// type, a contact of the set as known at planning, created from the moment of ours to an hour
/// after it, and nobody's operation.
pub(crate) fn mark_merge_sets(connection: &Connection, rev: i64) -> StoreResult<()> {
    connection
        .prepare_cached(
            "UPDATE requests SET merge_of = found.operation_id, rev = ?1,
                    label = coalesce(seal(nullif(found.name, ''), 'requests.label', requests.id), label)
             FROM (
                SELECT o.id AS operation_id, o.kind AS kind,
                       'external_contact:' || json_extract(member.value, '$.external_contact_id') AS key,
                       json_extract(member.value, '$.name') AS name,
                       coalesce(own.created_at, o.server_time, o.intent_at) AS at, own.created_by AS creator
                FROM operations o
                JOIN requests own ON own.id = o.remote_id
                JOIN json_each(unseal(o.merge_set, 'operations.merge_set', o.id)) AS member
                WHERE o.merge_set <> '[]'
             ) AS found
             WHERE requests.merge_of IS NULL
               AND requests.kind = found.kind
               AND requests.subject_key = seal_alike(found.key, 'subject_key')
               AND requests.created_at BETWEEN found.at - 2000000 AND found.at + 3600000000
               AND (requests.created_by IS NULL OR found.creator IS NULL OR requests.created_by = found.creator)
               AND NOT EXISTS (SELECT 1 FROM operations claimed WHERE claimed.remote_id = requests.id)",
        )?
        .execute([rev])?;
    Ok(())
}

/// Requests of a type and subject that nobody's operation has, with the moment we first saw each.
pub(crate) fn unclaimed(
    connection: &Connection,
    kind: RequestType,
    subject_key: &str,
) -> StoreResult<Vec<(Request, Timestamp)>> {
    let mut statement = connection.prepare_cached(
        "SELECT id, kind, api_type, status, unseal(subject, 'requests.subject', id),
                unseal(replacement_terms, 'requests.replacement_terms', id), created_at, created_by,
                results, first_seen_at
         FROM requests r WHERE kind = ?1 AND subject_key = seal_alike(?2, 'subject_key')
           AND NOT EXISTS (SELECT 1 FROM operations o WHERE o.remote_id = r.id)
         ORDER BY created_at, id",
    )?;
    let rows = statement.query_map((kind.as_str(), subject_key), |row| {
        Ok((request(row)?, time(row.get(9)?).unwrap_or_default()))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// True when somebody else submits under this creator: a request of its that no operation here has
/// or is looking for, that is not of a merge set, was first seen since `intent` and created `during`
/// these moments.
pub(crate) fn creator_is_shared(
    connection: &Connection,
    creator: &str,
    except: &str,
    intent: Timestamp,
    during: (Timestamp, Timestamp),
) -> StoreResult<bool> {
    Ok(connection
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM requests r WHERE created_by = ?1 AND id <> ?2 AND merge_of IS NULL
               AND first_seen_at >= ?3 AND created_at BETWEEN ?4 AND ?5
               AND NOT EXISTS (SELECT 1 FROM operations o WHERE o.remote_id = r.id)
               AND NOT EXISTS (SELECT 1 FROM operations u WHERE u.subject_key = r.subject_key
                   AND u.kind = r.kind AND u.state IN ('sending', 'unknown')))",
        )?
        .query_row(
            (
                creator,
                except,
                micros(intent),
                micros(during.0),
                micros(during.1),
            ),
            |row| row.get(0),
        )?)
}

/// Remembers a whole reading, and which requests no longer stand in the list.
pub(crate) fn read_whole(
    connection: &Connection,
    started: Timestamp,
    now: Timestamp,
    rev: i64,
    stands: impl Fn(&str) -> bool,
    notes: &[String],
) -> StoreResult<()> {
    let mut missing: Vec<String> = Vec::new();
    {
        let mut statement = connection
            .prepare_cached("SELECT id FROM requests WHERE gone_at IS NULL AND last_seen_at < ?1")?;
        // What was seen a moment ago may not have reached the list yet.
        let mut rows = statement.query([micros(started) - 600_000_000])?;
        while let Some(row) = rows.next()? {
            let id = row.get_ref(0)?.as_str().unwrap_or_default();
            if !stands(id) {
                missing.push(id.to_owned());
            }
        }
    }
    let mut mark = connection.prepare_cached("UPDATE requests SET gone_at = ?2, rev = ?3 WHERE id = ?1")?;
    for id in &missing {
        mark.execute((id, micros(now), rev))?;
    }
    set_meta(connection, "list_started_at", micros(started))?;
    set_meta(connection, "list_read_at", micros(now))?;
    set_meta(connection, "list_complete", 1)?;
    set_meta(
        connection,
        "list_notes",
        serde_json::to_string(notes).unwrap_or_default(),
    )
}

/// Remembers a reading that was not whole.
pub(crate) fn read_in_part(connection: &Connection, notes: &[String]) -> StoreResult<()> {
    set_meta(connection, "list_complete", 0)?;
    set_meta(
        connection,
        "list_notes",
        serde_json::to_string(notes).unwrap_or_default(),
    )
}

/// What is known of the last reading.
pub(crate) fn list_state(connection: &Connection) -> StoreResult<ListState> {
    let notes: Option<String> = meta(connection, "list_notes")?;
    Ok(ListState {
        read_at: time(meta(connection, "list_read_at")?),
        complete: meta::<i64>(connection, "list_complete")? == Some(1),
        notes: notes
            .and_then(|text| serde_json::from_str(&text).ok())
            .unwrap_or_default(),
        listed: connection
            .prepare_cached("SELECT count(*) FROM requests WHERE gone_at IS NULL")?
            .query_row([], |row| row.get::<_, i64>(0))?
            .unsigned_abs(),
    })
}
