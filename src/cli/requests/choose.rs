//! Which person is meant. A command never guesses: several persons, an agent's own record or a
//! search that could not be finished need `--pick`.

use crate::domain::candidate::Candidate;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::identifier::{Identifier, IdentifierKind};
use crate::workflow::search::SearchResult;

/// The one candidate that `pick`, or the search by itself, points at.
///
/// # Errors
/// Nobody found; several and no `pick`; a `pick` that is not among them any more.
pub fn choose<'a>(
    result: &'a SearchResult,
    identifiers: &[Identifier],
    pick: Option<&str>,
) -> Result<&'a Candidate, Failure> {
    match pick {
        Some(reference) => picked(result, reference),
        None => only(result, identifiers),
    }
}

fn picked<'a>(result: &'a SearchResult, reference: &str) -> Result<&'a Candidate, Failure> {
    let found = result.candidates.iter().find(|c| c.reference == reference);
    found.ok_or_else(|| {
        Failure::new(
            FailureKind::Conflict,
            "--pick: the person it names is not among those found now",
        )
        .next(if result.candidates.is_empty() {
            "Search again: the record may be gone, or was found by other identifiers.".to_owned()
        } else {
            format!("Found now: {}. Search again and pick anew.", references(result))
        })
    })
}

fn only<'a>(result: &'a SearchResult, identifiers: &[Identifier]) -> Result<&'a Candidate, Failure> {
    match result.candidates.as_slice() {
        [] if !result.complete => Err(Failure::new(
            FailureKind::Incomplete,
            "nobody was found, but the search could not be finished",
        )
        .next("See the notes above, then search again.")),
        [] => Err(Failure::new(FailureKind::NotFound, "nobody was found")
            .next("See above what was asked and in which forms; try another identifier of the person.")),
        // What the account may not read is said in the notes; a disturbance may hide somebody.
        [one] if !result.complete && !result.limited => Err(Failure::new(
            FailureKind::Incomplete,
            "the search could not be finished, so there may be others than the one person found",
        )
        .next(format!(
            "See the notes above; if this is the person, repeat with --pick {}.",
            one.reference
        ))),
        [one] if one.is_user && !named_by_user_id(one, identifiers) => Err(Failure::new(
            FailureKind::Conflict,
            "the person found is a user of the organisation, and such a record is never chosen by itself",
        )
        .next(format!("If it is meant, repeat with --pick {}.", one.reference))),
        [one] => Ok(one),
        several => Err(Failure::new(
            FailureKind::Conflict,
            format!(
                "{} persons were found, and one request names one: {}",
                several.len(),
                references(result)
            ),
        )
        .next("Repeat with --pick REF (see the candidates above; --reveal shows them in full).")),
    }
}

fn named_by_user_id(candidate: &Candidate, identifiers: &[Identifier]) -> bool {
    identifiers.iter().any(|identifier| {
        identifier.kind == IdentifierKind::UserId
            && candidate.subject.user_id.as_deref() == Some(&identifier.value)
    })
}

fn references(result: &SearchResult) -> String {
    let all: Vec<String> = result
        .candidates
        .iter()
        .map(|c| format!("{} ({})", c.reference, c.kind.as_str().replace('_', " ")))
        .collect();
    all.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::subject::Subject;

    fn person(reference: &str, user: bool) -> Candidate {
        let subject = Subject {
            name: Some("Anna Muster".into()),
            user_id: user.then(|| "u1".to_owned()),
            external_contact_id: (!user).then(|| reference.to_owned()),
            ..Subject::default()
        };
        Candidate {
            reference: reference.into(),
            kind: subject.kind(),
            name: subject.name.clone(),
            subject,
            matched: vec![],
            merge_set: vec![],
            is_user: user,
            also: vec![],
        }
    }

    fn found(candidates: Vec<Candidate>, complete: bool) -> SearchResult {
        SearchResult {
            candidates,
            complete,
            ..SearchResult::default()
        }
    }

    fn refused(result: &SearchResult, pick: Option<&str>) -> Failure {
        choose(result, &[], pick).map(|_| ()).unwrap_err()
    }

    #[test]
    fn one_person_is_taken_and_several_are_not() {
        let one = found(vec![person("a1", false)], true);
        assert_eq!(choose(&one, &[], None).unwrap().reference, "a1");
        let two = found(vec![person("a1", false), person("a2", false)], true);
        let failure = refused(&two, None);
        assert!(
            failure
                .message
                .contains("a1 (external contact), a2 (external contact)")
        );
        assert!(!format!("{failure:?}").contains("Muster"));
        assert_eq!(choose(&two, &[], Some("a2")).unwrap().reference, "a2");
    }

    #[test]
    fn a_pick_that_is_gone_is_refused() {
        let two = found(vec![person("a1", false), person("a2", false)], true);
        assert_eq!(refused(&two, Some("a3")).kind, FailureKind::Conflict);
        assert_eq!(
            refused(&found(vec![], true), Some("a3")).kind,
            FailureKind::Conflict
        );
    }

    #[test]
    fn an_agents_record_is_only_taken_when_named() {
        let user = found(vec![person("u", true)], true);
        assert_eq!(refused(&user, None).kind, FailureKind::Conflict);
        assert!(choose(&user, &[], Some("u")).is_ok());
        let by_id = [Identifier::new(IdentifierKind::UserId, "u1")];
        assert!(choose(&user, &by_id, None).is_ok());
    }

    #[test]
    fn an_unfinished_search_proves_nothing() {
        let one = found(vec![person("a1", false)], false);
        assert_eq!(refused(&one, None).exit_code(), 6);
        assert_eq!(refused(&found(vec![], false), None).exit_code(), 6);
        assert!(choose(&one, &[], Some("a1")).is_ok());
        assert_eq!(refused(&found(vec![], true), None).exit_code(), 1);
        let limited = SearchResult { limited: true, ..one };
        assert!(choose(&limited, &[], None).is_ok());
    }
}
