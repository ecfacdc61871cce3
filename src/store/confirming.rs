//! Writing a confirmed plan down, and with it the claims on its subjects: one transaction, in which
//! nobody else can have asked for the same in between.

use jiff::Timestamp;
use rusqlite::Connection;

use super::columns::{ago, micros};
use super::error::StoreResult;
use super::operations::{conflict, get, must_get};
use super::standing::{Standing, export_to_wait_for, standing};
use crate::domain::actor::Actor;
use crate::domain::candidate::MergeMember;
use crate::domain::failure::Failure;
use crate::domain::operation::{NewRequest, Operation};
use crate::domain::request::RequestType;

/// An operation about to be written.
#[derive(Clone)]
pub struct NewOperation {
    /// Our id.
    pub id: String,
    /// What will be sent.
    pub request: NewRequest,
    /// The person's label.
    pub label: String,
    /// The other contacts of its merge set, as known at planning.
    pub merge_set: Vec<MergeMember>,
    /// The operation or remote request that must be here and checked first.
    pub waits_for: Option<String>,
}

/// A confirmed plan about to be written.
#[derive(Clone)]
pub struct Confirmed {
    /// Its digest.
    pub digest: String,
    /// Who confirmed it.
    pub actor: Actor,
    /// Ticket or case reference.
    pub reference: Option<String>,
    /// Reason or note.
    pub reason: Option<String>,
    /// The case that it belongs to.
    pub case: Option<String>,
    /// Day received.
    pub received: Option<jiff::civil::Date>,
    /// Confirmed although equal requests were open: their ids, as the preview showed them.
    pub despite: Option<Vec<String>>,
    /// The row of a batch that it comes from.
    pub batch: Option<(String, usize)>,
    /// Its operations, in order.
    pub operations: Vec<NewOperation>,
}

impl std::fmt::Debug for NewOperation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Subject, terms, label and merge set are personal data.
        f.debug_struct("NewOperation")
            .field("id", &self.id)
            .field("kind", &self.request.kind)
            .field("waits_for", &self.waits_for)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Confirmed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Reference and reason may name the person.
        f.debug_struct("Confirmed")
            .field("digest", &self.digest)
            .field("actor", &self.actor)
            .field("case", &self.case)
            .field("received", &self.received)
            .field("despite", &self.despite)
            .field("batch", &self.batch)
            .field("operations", &self.operations)
            .finish_non_exhaustive()
    }
}

/// Writes a confirmed plan: claims its subjects in one transaction. Refused when it was executed
/// before, when an equal request stands open that the confirmation did not know, or when a deletion
/// would overtake an export.
pub(crate) fn confirm(
    connection: &Connection,
    plan: &Confirmed,
    session: &str,
    rev: i64,
    now: Timestamp,
) -> StoreResult<Vec<Operation>> {
    let own: Vec<String> = plan.operations.iter().map(|o| o.id.clone()).collect();
    for new in &plan.operations {
        if get(connection, &new.id)?.is_some() {
            return Err(conflict(
                "This plan was already executed.",
                "Look at the queue; plan anew if another request is wanted.",
            )
            .into());
        }
        let standing = standing(connection, &[new.request.subject.key()])?;
        check_equal(new, &standing, plan, now)?;
        check_overtaking(new, &standing, &own)?;
    }
    for new in &plan.operations {
        insert(connection, plan, new, session, rev, now)?;
        if let Some(case) = &plan.case {
            super::cases::link(connection, case, &new.id, rev)?;
        }
    }
    if let (Some((batch, row)), Some(last)) = (&plan.batch, plan.operations.last()) {
        connection
            .prepare_cached("INSERT OR REPLACE INTO batches (batch, row, operation_id) VALUES (?1, ?2, ?3)")?
            .execute((batch, *row as i64, &last.id))?;
    }
    own.iter()
        .map(|id| Ok(must_get(connection, id)?.operation))
        .collect()
}

fn check_equal(
    new: &NewOperation,
    standing: &[Standing],
    plan: &Confirmed,
    now: Timestamp,
) -> Result<(), Failure> {
    let known = |id: &str| {
        plan.despite
            .as_ref()
            .is_some_and(|ids| ids.iter().any(|known| known == id))
    };
    // One of our own tells who asked; it is named before a row of the remote list.
    let (ours, elsewhere): (Vec<&Standing>, Vec<&Standing>) =
        standing.iter().partition(|s| s.operation_id.is_some());
    let equal = ours.into_iter().chain(elsewhere).find(|s| {
        s.kind == Some(new.request.kind)
            && s.open
            && !known(&s.id)
            && !s.operation_id.as_deref().is_some_and(known)
    });
    match equal {
        None => Ok(()),
        Some(equal) => {
            let by = equal.by.as_deref().unwrap_or("somebody else");
            let since = equal.at.map(|at| ago(at, now)).unwrap_or_default();
            Err(conflict(
                format!(
                    "An equal {} request for this subject is open: {} ({}), requested by {}{since}.",
                    new.request.kind,
                    crate::domain::text::clean(&equal.id),
                    crate::domain::text::clean(&equal.status),
                    crate::domain::text::clean(by),
                ),
                if plan.despite.is_some() {
                    "It appeared after the preview. Plan anew and confirm again."
                } else {
                    "Wait for it, or submit with --again if a second one is wanted."
                },
            ))
        }
    }
}

fn check_overtaking(new: &NewOperation, standing: &[Standing], own: &[String]) -> Result<(), Failure> {
    if new.request.kind != RequestType::Delete || new.waits_for.is_some() {
        return Ok(());
    }
    match export_to_wait_for(standing, own) {
        None => Ok(()),
        Some(export) => Err(conflict(
            format!(
                "An export for this subject has appeared since the preview: {}. The deletion must wait for it.",
                crate::domain::text::clean(&export.id)
            ),
            "Plan anew and confirm again.",
        )),
    }
}

fn insert(
    connection: &Connection,
    plan: &Confirmed,
    new: &NewOperation,
    session: &str,
    rev: i64,
    now: Timestamp,
) -> StoreResult<()> {
    let mut salt = [0u8; 32];
    getrandom::fill(&mut salt)
        .map_err(|error| super::error::storage(format!("No random numbers: {error}.")))?;
    let key = new.request.subject.key();
    connection
        .prepare_cached(
            "INSERT INTO operations (id, kind, subject, subject_key, replacement_terms, label, merge_set, state,
                plan_digest, again, actor, actor_uid, reference, reason, received, waits_for, session, salt,
                planned_at, rev)
             VALUES (?1, ?2, seal(?3, 'operations.subject', ?1), seal_alike(?4, 'subject_key'),
                seal(?5, 'operations.replacement_terms', ?1), seal(?6, 'operations.label', ?1),
                seal(?7, 'operations.merge_set', ?1), 'planned', ?8, ?9, ?10, ?11,
                seal_alike(?12, 'reference'), seal(?13, 'operations.reason', ?1), ?14, ?15, ?16, ?17, ?18, ?19)",
        )?
        .execute(rusqlite::params![
            new.id,
            new.request.kind.as_str(),
            serde_json::to_string(&new.request.subject).unwrap_or_default(),
            key,
            serde_json::to_string(&new.request.replacement_terms).unwrap_or_default(),
            new.label,
            serde_json::to_string(&new.merge_set).unwrap_or_default(),
            plan.digest,
            plan.despite.is_some(),
            plan.actor.login,
            plan.actor.uid,
            plan.reference,
            plan.reason,
            plan.received.map(|day| day.to_string()),
            new.waits_for,
            session,
            salt,
            micros(now),
            rev,
        ])?;
    // Rows of the same person that were known by an id only take the name over.
    if !new.label.is_empty() {
        connection
            .prepare_cached(
                "UPDATE requests SET label = seal(?1, 'requests.label', id), rev = ?2
                 WHERE subject_key = seal_alike(?3, 'subject_key') AND unseal(label, 'requests.label', id) <> ?1",
            )?
            .execute((&new.label, rev, &key))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::subject::Subject;

    #[test]
    fn what_is_about_to_be_written_is_shown_without_personal_data() {
        let confirmed = Confirmed {
            digest: "abc".to_owned(),
            actor: Actor {
                uid: 1000,
                login: "olga".to_owned(),
                sudo_uid: None,
            },
            reference: Some("Case Anna Muster".to_owned()),
            reason: Some("Anna Muster wrote".to_owned()),
            case: None,
            received: None,
            despite: None,
            batch: None,
            operations: vec![NewOperation {
                id: "operation-1".to_owned(),
                request: NewRequest {
                    kind: RequestType::Export,
                    subject: Subject::default(),
                    replacement_terms: Vec::new(),
                },
                label: "Anna Muster".to_owned(),
                merge_set: Vec::new(),
                waits_for: None,
            }],
        };
        let shown = format!("{confirmed:?}");
        assert!(shown.contains("operation-1"), "{shown}");
        assert!(!shown.contains("Anna"), "{shown}");
    }
}
