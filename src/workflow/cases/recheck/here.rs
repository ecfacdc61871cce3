//! Everybody together in the copies that lie here, and by them in the exports that are still stored.

use tokio_util::sync::CancellationToken;

use super::{Again, Looked, State};
use crate::domain::case::coverage::System;
use crate::domain::failure::Failure;
use crate::domain::identifier::Identifier;
use crate::domain::progress::Listener;
use crate::workflow::World;
use crate::workflow::copies::{self, Found};
use crate::workflow::exports::coverage::Stored;

/// Looks for all of them; what was seen in each of the two systems, for one after the other.
///
/// # Errors
/// Storage failures, or a wish to stop.
pub(super) async fn look(
    world: &World,
    people: &[&[Identifier]],
    again: &Again,
    listener: &Listener,
    cancel: &CancellationToken,
) -> Result<Vec<Vec<Looked>>, Failure> {
    if people.is_empty() {
        return Ok(Vec::new());
    }
    let found = copies::find_each(world, people, listener, cancel).await?;
    let stored = match again.wants(&System::Exports) {
        true => Some(Stored::read(world).await?),
        false => None,
    };
    let mut all = Vec::new();
    for found in found {
        let mut these = Vec::new();
        if let Some(stored) = &stored {
            these.push(in_exports(stored, &found)?);
        }
        if again.wants(&System::Copies) {
            these.push(in_copies(found)?);
        }
        all.push(these);
    }
    Ok(all)
}

fn in_copies(found: Result<Found, Failure>) -> Result<Looked, Failure> {
    match found {
        Ok(found) => Ok(Looked {
            system: System::Copies,
            state: State::Searched,
            found: found.copies.len() as u64,
            complete: found.not_read.is_empty(),
            places: (found.copies.iter())
                .map(|(standing, lines)| {
                    let copy = &standing.copy;
                    format!("{}\t{lines}\t{:?}", copy.path.display(), copy.bytes)
                })
                .collect(),
            notes: found.not_read,
            settled: None,
        }),
        Err(failure) => Looked::failed(System::Copies, failure),
    }
}

fn in_exports(stored: &Stored, found: &Result<Found, Failure>) -> Result<Looked, Failure> {
    let list = match stored {
        Stored::NotConfigured => return Ok(Looked::not_configured(System::Exports)),
        Stored::NotRead(failure) => return Looked::failed(System::Exports, failure.clone()),
        Stored::Read(list) => list,
    };
    let found = match found {
        Ok(found) => found,
        Err(failure) => return Looked::failed(System::Exports, failure.clone()),
    };
    let seen = list.holding(found);
    let mut notes = list.notes().to_vec();
    if seen.unopened > 0 {
        notes.push(format!(
            "{} of {} stored files were not fetched, decrypted and searched whole here: what is in them is not known.",
            seen.unopened, seen.files
        ));
    }
    Ok(Looked {
        system: System::Exports,
        // A service of which no file could be looked into was listed, and not searched.
        state: match seen.files > 0 && seen.unopened == seen.files && seen.holding == 0 {
            true => State::NotSearched,
            false => State::Searched,
        },
        found: seen.holding,
        complete: seen.complete,
        notes,
        places: [seen.ids, seen.closed].concat(),
        settled: None,
    })
}
