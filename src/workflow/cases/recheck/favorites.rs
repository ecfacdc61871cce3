//! Everybody together in the Favorites and Recents: one scan of the keyspace, and one look at what GWS
//! shows, however many people there are.

use std::collections::BTreeSet;

use tokio_util::sync::CancellationToken;

use super::{Looked, State, interrupted};
use crate::domain::case::coverage::System;
use crate::domain::failure::Failure;
use crate::domain::identifier::{Identifier, IdentifierKind};
use crate::domain::progress::Listener;
use crate::systems::keyspace::matching::Needles;
use crate::systems::keyspace::{ScanEvent, ScanListener};
use crate::workflow::World;
use crate::workflow::forget::scan::scan_progress;
use crate::workflow::forget::search::{Ears, look as scan};
use crate::workflow::forget::{Findings, Question, searchable, session};

/// Looks for all of them at once; one answer each, in their order.
///
/// # Errors
/// Storage failures, or a wish to stop; what fails at the system is told in each answer.
pub(super) async fn look(
    world: &World,
    people: &[&[Identifier]],
    listener: &Listener,
    cancel: &CancellationToken,
) -> Result<Vec<Looked>, Failure> {
    let all = |one: Looked| Ok(vec![one; people.len()]);
    let Some(connect) = world.on_premise.clone().filter(|_| world.reach.on_premise) else {
        return all(Looked::not_configured(System::Favorites));
    };
    let crowd = Crowd::of(people, world.settings.default_country.as_deref());
    if crowd.question.searches.is_empty() {
        return Ok((0..people.len()).map(|person| crowd.told(person, None)).collect());
    }
    let found = async {
        let ends = connect().await?;
        scan(world, &ends, &crowd.question, &ears(listener), cancel).await
    };
    let found = match found.await {
        Ok(found) => found,
        Err(failure) => return all(Looked::failed(System::Favorites, failure)?),
    };
    session::record(world, &crowd.question, &found).await?;
    if cancel.is_cancelled() {
        return Err(interrupted());
    }
    Ok((0..people.len())
        .map(|person| crowd.told(person, Some(&found)))
        .collect())
}

fn ears(listener: &Listener) -> Ears {
    let steps = listener.clone();
    Ears {
        scan: ScanListener::new(move |event| {
            if let ScanEvent::Progress(progress) = event {
                steps.tell(scan_progress(&progress));
            }
        }),
        steps: listener.clone(),
    }
}

/// Everybody in one question, and which of its searches are about whom.
struct Crowd {
    question: Question,
    /// For each person: places in the question's searches.
    searches: Vec<BTreeSet<usize>>,
    /// For each person: identifiers that cannot be looked for, with the reason.
    unfit: Vec<Vec<String>>,
}

impl Crowd {
    fn of(people: &[&[Identifier]], country: Option<&str>) -> Crowd {
        let mut searches: Vec<Identifier> = Vec::new();
        let mut unfit = vec![Vec::new(); people.len()];
        let mut fit: Vec<Vec<Identifier>> = vec![Vec::new(); people.len()];
        for (person, identifiers) in people.iter().enumerate() {
            for identifier in searchable(identifiers) {
                // One that cannot be looked for must not keep the others from being looked for.
                match Needles::new(std::slice::from_ref(&identifier), country, false) {
                    Ok(_) => {
                        if !searches.contains(&identifier) {
                            searches.push(identifier.clone());
                        }
                        fit[person].push(identifier);
                    }
                    Err(why) => unfit[person].push(format!("An identifier cannot be looked for: {why}.")),
                }
            }
        }
        // Mere names stand last: others may have the same.
        searches.sort_by_key(|one| one.kind == IdentifierKind::Name);
        let names = searches.iter().filter(|one| one.kind == IdentifierKind::Name);
        let names_of_case = names.count();
        let places = |of: &Vec<Identifier>| {
            let known = |one: &Identifier| searches.iter().position(|other| other == one);
            of.iter().filter_map(known).collect()
        };
        Crowd {
            searches: fit.iter().map(places).collect(),
            unfit,
            question: Question {
                searches,
                names_of_case,
                ..Question::default()
            },
        }
    }

    /// What was found of one of them.
    fn told(&self, person: usize, found: Option<&Findings>) -> Looked {
        let own = &self.searches[person];
        let mut notes = self.unfit[person].clone();
        let Some(found) = found.filter(|_| !own.is_empty()) else {
            let why = "No e-mail address, phone number or name is known by which it can be searched.";
            notes.push(why.to_owned());
            return Looked::not_searched(System::Favorites, notes.join(" "));
        };
        let complete = found.complete() && notes.is_empty();
        let places = || found.items.iter().filter(|item| own.contains(&item.found.search));
        let count = places().count() as u64;
        let possible = places().filter(|item| !item.is_exact()).count();
        if possible > 0 {
            notes.push(format!(
                "{possible} of {count} places are only possibly of this person: they have the same name."
            ));
        }
        if !found.complete() {
            notes.push(format!("Not read: {}.", found.not_read_words()));
        }
        Looked {
            system: System::Favorites,
            state: State::Searched,
            found: count,
            complete,
            notes,
            places: places()
                .map(|item| {
                    // Who was meant, how surely, and what stands there belong to it: lists move on.
                    let at = &item.found;
                    let place =
                        [&at.table, &at.key, &at.column, &at.pointer, &at.snippet].map(String::as_str);
                    let who = self
                        .question
                        .searches
                        .get(at.search)
                        .map(|one| one.value.as_str());
                    format!(
                        "{}\t{}\t{}",
                        place.join("\t"),
                        item.is_exact(),
                        who.unwrap_or_default()
                    )
                })
                .collect(),
            settled: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(kind: IdentifierKind, value: &str) -> Identifier {
        Identifier::new(kind, value)
    }

    #[test]
    fn what_is_the_same_of_two_is_looked_for_once_and_counts_for_both() {
        let email = known(IdentifierKind::Email, "anna@example.org");
        let name = known(IdentifierKind::Name, "Anna Muster");
        let one = [name.clone(), email.clone()];
        let other = [name.clone(), known(IdentifierKind::Email, "another@example.org")];
        let crowd = Crowd::of(&[&one, &other], Some("DE"));
        assert_eq!(crowd.question.searches.len(), 3);
        assert_eq!(crowd.question.names_of_case, 1);
        assert_eq!(crowd.question.searches.last(), Some(&name));
        assert_eq!(crowd.searches[0], BTreeSet::from([0, 2]));
        assert_eq!(crowd.searches[1], BTreeSet::from([1, 2]));
    }

    #[test]
    fn what_cannot_be_looked_for_keeps_nobody_else_from_it() {
        let broken = [known(IdentifierKind::Email, "no address")];
        let whole = [known(IdentifierKind::Email, "anna@example.org")];
        let outside = [known(IdentifierKind::ExternalId, "4711")];
        let crowd = Crowd::of(&[&broken, &whole, &outside], None);
        assert_eq!(crowd.question.searches.len(), 1);
        let none = Findings::default();
        let told: Vec<State> = (0..3).map(|at| crowd.told(at, Some(&none)).state).collect();
        assert_eq!(told, [State::NotSearched, State::Searched, State::NotSearched]);
    }
}
