//! A person in the copies that lie on this host.

use std::collections::BTreeSet;
use std::path::PathBuf;

use jiff::Timestamp;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::{Standing, list};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::identifier::Identifier;
use crate::domain::progress::Listener;
use crate::workflow::World;
use crate::workflow::records::{self, Filter};

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// Copies in which the person stands, with the number of records or lines.
    pub copies: Vec<(Standing, u64)>,
    /// Copies that were searched.
    pub searched: usize,
    /// Those of which nothing was left out.
    pub whole: BTreeSet<PathBuf>,
    /// What could not be searched, with the reason.
    pub not_read: Vec<String>,
    /// When.
    pub at: Timestamp,
}

/// Searches every copy that is there for any of the identifiers, in the forms that are in use.
/// Encrypted downloads, recordings and pictures cannot be searched; they are named.
///
/// # Errors
/// An identifier that is none of its kind, storage failures, or a wish to stop.
pub async fn find(
    world: &World,
    identifiers: &[Identifier],
    listener: &Listener,
    cancel: &CancellationToken,
) -> Result<Found, Failure> {
    if identifiers.is_empty() {
        return Err(Failure::new(FailureKind::Usage, "Nobody was named to be found.")
            .next("Name the person, for example with --email."));
    }
    let mut found = find_each(world, &[identifiers], listener, cancel).await?;
    found.pop().unwrap_or_else(|| Ok(Found::default()))
}

/// As [`find`], for many people: one answer each, in their order. Every copy is read once for all of
/// them, and again only where one of them stands.
///
/// # Errors
/// Storage failures, or a wish to stop; an identifier that is none of its kind is told in the answer of
/// its person.
pub async fn find_each(
    world: &World,
    people: &[&[Identifier]],
    listener: &Listener,
    cancel: &CancellationToken,
) -> Result<Vec<Result<Found, Failure>>, Failure> {
    let country = world.settings.default_country.as_deref();
    let mut crowd = Crowd {
        everybody: Filter::default(),
        each: Vec::new(),
        at: world.clock.now(),
    };
    let mut fit: Vec<Identifier> = Vec::new();
    for identifiers in people {
        let filter = Filter::default().with_person(identifiers, country);
        if filter.is_ok() {
            fit.extend(identifiers.iter().cloned());
        }
        let found = Found {
            at: crowd.at,
            ..Found::default()
        };
        crowd.each.push(filter.map(|filter| (filter, found)));
    }
    fit.sort();
    fit.dedup();
    crowd.everybody = Filter::default().with_person(&fit, country)?;
    if crowd.each.iter().any(Result::is_ok) {
        for standing in list(world).await? {
            crowd.look_into(world, standing, listener, cancel).await?;
        }
        crowd.record(world).await?;
    }
    Ok(crowd
        .each
        .into_iter()
        .map(|one| one.map(|(_, found)| found))
        .collect())
}

/// Everybody who is looked for, and what was found of each.
struct Crowd {
    everybody: Filter,
    each: Vec<Result<(Filter, Found), Failure>>,
    at: Timestamp,
}

impl Crowd {
    fn fit(&mut self) -> impl Iterator<Item = &mut (Filter, Found)> {
        self.each.iter_mut().flatten()
    }

    async fn look_into(
        &mut self,
        world: &World,
        standing: Standing,
        listener: &Listener,
        cancel: &CancellationToken,
    ) -> Result<(), Failure> {
        let path = standing.copy.path.clone();
        let shown = path.display().to_string();
        if standing.present.is_none() {
            self.not_read(&[format!("{shown} is not there any more")]);
            return Ok(());
        }
        let key = match world.rest.for_files(std::slice::from_ref(&path)).await {
            Ok(key) => key,
            Err(failure) => {
                self.not_read(&[failure.message]);
                return Ok(());
            }
        };
        let everybody = self.everybody.clone().opened_by(key.clone());
        let seen = match records::hits(&path, everybody, listener, cancel).await {
            Ok(seen) => seen,
            Err(failure) if failure.kind == FailureKind::Interrupted => return Err(failure),
            Err(failure) => {
                self.not_read(&[failure.message]);
                return Ok(());
            }
        };
        self.not_read(&seen.not_read);
        let alone = self.fit().count() == 1;
        for (filter, found) in self.fit() {
            found.searched += 1;
            if seen.not_read.is_empty() {
                found.whole.insert(path.clone());
            }
            let count = match (seen.count, alone) {
                (0, _) => 0,
                (count, true) => count,
                (_, false) => {
                    let own = filter.clone().opened_by(key.clone());
                    match records::hits(&path, own, listener, cancel).await {
                        Ok(own) => own.count,
                        Err(failure) if failure.kind == FailureKind::Interrupted => return Err(failure),
                        // It went away, or the disk failed, since everybody was looked for in it.
                        Err(failure) => {
                            found.whole.remove(&path);
                            found.not_read.push(failure.message);
                            0
                        }
                    }
                }
            };
            if count > 0 {
                found.copies.push((standing.clone(), count));
            }
        }
        Ok(())
    }

    fn not_read(&mut self, what: &[String]) {
        for (_, found) in self.fit() {
            found.not_read.extend_from_slice(what);
        }
    }

    async fn record(&mut self, world: &World) -> Result<(), Failure> {
        let people = self.each.len();
        let (mut searched, mut not_read, mut found_in) = (0, 0, BTreeSet::new());
        for (_, found) in self.fit() {
            searched = found.searched;
            not_read = found.not_read.len();
            found_in.extend(
                found
                    .copies
                    .iter()
                    .map(|(standing, _)| standing.copy.path.clone()),
            );
        }
        let facts = json!({
            "people": people,
            "searched": searched,
            "found_in": found_in.len(),
            "not_read": not_read,
        });
        world
            .store
            .copies_opened(&world.actor, "copies.find", world.facts(facts), self.at)
            .await
    }
}
