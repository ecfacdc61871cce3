//! Finding a person: every identifier in every form that is in use, answers folded into one row a
//! person.

mod notes;
mod questions;

use std::collections::{BTreeMap, BTreeSet};

use futures_util::StreamExt;
use tokio_util::sync::CancellationToken;

use self::notes::Notes;
use self::questions::{Place, Question, questions};
use super::{World, evidence};
use crate::domain::candidate::{Asked, Candidate, Matched, MergeMember};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::fold::{Answer, fold};
use crate::domain::identifier::Identifier;
use crate::domain::progress::{Listener, Progress};
use crate::domain::subject::Subject;
use crate::systems::genesys_cloud::{Found, Person};

/// Questions under way at a time: enough to hide the way to the server and back, few beside the
/// allowance of a minute.
const AT_ONCE: usize = 4;

/// What a search found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SearchResult {
    /// One row per person.
    pub candidates: Vec<Candidate>,
    /// Every form asked, with its number of hits.
    pub asked: Vec<Asked>,
    /// False when any question failed or could not be read whole.
    pub complete: bool,
    /// True when nothing is missing but what the account may not read beside the GDPR subject search
    /// (users, external contacts, merge sets): a limit that somebody set, not a disturbance.
    pub limited: bool,
    /// Reasons for that, and warnings (a form that was not asked); no personal data.
    pub notes: Vec<String>,
}

/// Searches for all identifiers together. Malformed ones are a usage failure before anything is
/// asked.
///
/// # Errors
/// Usage failures; the failure of the GDPR subject search when none of its questions was answered
/// (of any place, when only user ids were asked for); storage failures when the search cannot be
/// recorded. What else fails makes the result incomplete, with a note.
pub async fn search(
    world: &World,
    identifiers: &[Identifier],
    listener: &Listener,
    cancel: &CancellationToken,
) -> Result<SearchResult, Failure> {
    let questions = questions(identifiers, world.settings.default_country.as_deref())?;
    let result = tokio::select! {
        biased;
        () = cancel.cancelled() => return Err(interrupted()),
        result = ask_all(world, questions, listener) => evidence::denied(world, "search", result).await?,
    };
    record(world, identifiers, &result).await?;
    Ok(result)
}

fn interrupted() -> Failure {
    Failure::new(FailureKind::Interrupted, "The search was cancelled.")
}

/// What one question brought.
struct Reply {
    question: Question,
    found: Result<Found<(Subject, Vec<MergeMember>)>, Failure>,
}

async fn ask(world: &World, question: Question) -> Reply {
    let (kind, value) = (question.kind, question.form.value.as_str());
    let cloud = &world.cloud;
    let found = match question.place {
        Place::GdprSubjects => cloud.search_subjects(kind, value).await.map(subjects),
        Place::Users => cloud.find_users(kind, value).await.map(people),
        Place::ExternalContacts | Place::IdentifierLookup | Place::MergeSets => {
            cloud.find_contacts(kind, value).await.map(people)
        }
    };
    Reply { question, found }
}

fn subjects(found: Found<Subject>) -> Found<(Subject, Vec<MergeMember>)> {
    Found {
        items: found.items.into_iter().map(|s| (s, Vec::new())).collect(),
        unreadable: found.unreadable,
    }
}

fn people(found: Found<Person>) -> Found<(Subject, Vec<MergeMember>)> {
    Found {
        items: found
            .items
            .into_iter()
            .map(|p| (p.subject, p.merge_set))
            .collect(),
        unreadable: found.unreadable,
    }
}

async fn ask_all(
    world: &World,
    questions: Vec<Question>,
    listener: &Listener,
) -> Result<SearchResult, Failure> {
    let total = questions.len() as u64;
    let mut replies: Vec<Reply> = Vec::with_capacity(questions.len());
    let mut under_way = futures_util::stream::iter(questions)
        .map(|question| ask(world, question))
        .buffer_unordered(AT_ONCE);
    while let Some(reply) = under_way.next().await {
        let note = reply.question.place.as_str().to_owned();
        replies.push(reply);
        listener.tell(Progress {
            done: replies.len() as u64,
            total: Some(total),
            unit: "questions",
            note,
        });
    }
    replies.sort_by_key(|reply| reply.question.order);
    total_failure(&replies)?;

    let mut notes = Notes::default();
    let (asked, answers) = sift(replies, &mut notes);
    let known = contacts_with_their_sets(&answers, &asked);
    let mut candidates = fold(answers, &world.store.reference_salt());
    attach_merge_sets(world, &mut candidates, &known, &mut notes).await;
    Ok(SearchResult {
        candidates,
        asked,
        complete: notes.is_empty(),
        limited: notes.only_limits(),
        notes: notes.sentences(),
    })
}

/// The failure of the whole search: nothing answered where people must be looked for.
fn total_failure(replies: &[Reply]) -> Result<(), Failure> {
    let gdpr_asked = replies.iter().any(|r| r.question.place == Place::GdprSubjects);
    let mut needed = replies
        .iter()
        .filter(|r| !gdpr_asked || r.question.place == Place::GdprSubjects);
    let first = replies
        .iter()
        .filter(|r| !gdpr_asked || r.question.place == Place::GdprSubjects)
        .find_map(|r| r.found.as_ref().err());
    match first {
        Some(failure) if needed.all(|r| r.found.is_err()) => Err(failure.clone()),
        _ => Ok(()),
    }
}

/// What was asked, and the answers to be folded.
fn sift(replies: Vec<Reply>, notes: &mut Notes) -> (Vec<Asked>, Vec<Answer>) {
    let mut asked = Vec::new();
    let mut answers = Vec::new();
    for Reply { question, found } in replies {
        let hits = found.as_ref().ok().map(|found| found.len() as u64);
        match found {
            Ok(found) => {
                for why in &found.unreadable {
                    notes.add(question.place, &format!("is incomplete: {why}"));
                }
                answers.extend(found.into_iter().map(|(subject, merge_set)| Answer {
                    order: question.order,
                    subject,
                    matched: Matched {
                        by: question.kind,
                        form: question.form.form.to_owned(),
                    },
                    merge_set,
                }));
            }
            Err(failure) => notes.fail(question.place, &failure),
        }
        asked.push(Asked {
            by: question.kind,
            form: question.form.form.to_owned(),
            value: question.form.value,
            place: question.place.as_str().to_owned(),
            hits,
        });
    }
    (asked, answers)
}

/// Contacts that External Contacts told of: their merge sets came along, or they have none.
fn contacts_with_their_sets(answers: &[Answer], asked: &[Asked]) -> BTreeSet<String> {
    answers
        .iter()
        .filter(|answer| {
            let place = asked.get(answer.order).map(|asked| asked.place.as_str());
            place != Some(Place::GdprSubjects.as_str())
        })
        .filter_map(|answer| answer.subject.external_contact_id.clone())
        .collect()
}

/// Asks for the merge set of each contact that only the GDPR search told of.
async fn attach_merge_sets(
    world: &World,
    candidates: &mut [Candidate],
    known: &BTreeSet<String>,
    notes: &mut Notes,
) {
    let wanted: Vec<(usize, String)> = candidates
        .iter()
        .enumerate()
        .filter(|(_, candidate)| candidate.merge_set.is_empty())
        .filter_map(|(i, candidate)| Some((i, contact_id(candidate)?)))
        .filter(|(_, id)| !known.contains(id))
        .collect();
    let mut under_way = futures_util::stream::iter(wanted)
        .map(|(i, id)| async move { (i, world.cloud.merge_set(&id).await) })
        .buffer_unordered(AT_ONCE);
    while let Some((i, members)) = under_way.next().await {
        match members {
            Ok(members) => candidates[i].merge_set = members,
            Err(failure) => notes.fail(Place::MergeSets, &failure),
        }
    }
}

fn contact_id(candidate: &Candidate) -> Option<String> {
    std::iter::once(&candidate.subject)
        .chain(&candidate.also)
        .find_map(|subject| subject.external_contact_id.clone())
}

/// Remembers that a search was made: kinds and counts, never values.
async fn record(world: &World, identifiers: &[Identifier], result: &SearchResult) -> Result<(), Failure> {
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for identifier in identifiers {
        *kinds.entry(identifier.kind.as_str()).or_default() += 1;
    }
    let facts = serde_json::json!({
        "kinds": kinds,
        "questions": result.asked.len(),
        "failed": result.asked.iter().filter(|asked| asked.hits.is_none()).count(),
        "persons": result.candidates.len(),
        "complete": result.complete,
    });
    evidence::record(world, "search", facts).await
}
