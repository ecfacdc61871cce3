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
    let country = world.settings.default_country.as_deref();
    let filter = Filter::default().with_person(identifiers, country)?;
    let mut found = Found {
        at: world.clock.now(),
        ..Found::default()
    };
    for standing in list(world).await? {
        let shown = standing.copy.path.display().to_string();
        if standing.present.is_none() {
            found.not_read.push(format!("{shown} is not there any more"));
            continue;
        }
        let files = [standing.copy.path.clone()];
        let filter = match world.rest.for_files(&files).await {
            Ok(key) => filter.clone().opened_by(key),
            Err(failure) => {
                found.not_read.push(failure.message);
                continue;
            }
        };
        match records::hits(&standing.copy.path, filter, listener, cancel).await {
            Ok(hits) => {
                found.searched += 1;
                if hits.not_read.is_empty() {
                    found.whole.insert(standing.copy.path.clone());
                }
                found.not_read.extend(hits.not_read);
                if hits.count > 0 {
                    found.copies.push((standing, hits.count));
                }
            }
            Err(failure) if failure.kind == FailureKind::Interrupted => return Err(failure),
            Err(failure) => found.not_read.push(failure.message),
        }
    }
    let facts = json!({
        "searched": found.searched,
        "found_in": found.copies.len(),
        "not_read": found.not_read.len(),
    });
    world
        .store
        .copies_opened(&world.actor, "copies.find", facts, found.at)
        .await?;
    Ok(found)
}
