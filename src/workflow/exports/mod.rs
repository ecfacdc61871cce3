//! Exports of the Cloud Data Download Service: the certificate, jobs, and the encrypted files they
//! leave. The console and the commands call these same functions.

pub mod artifacts;
pub mod certificate;
pub mod coverage;
pub mod deletion;
pub mod doctor;
pub mod download;
pub mod import;
pub mod jobs;
mod old_key;
pub mod overview;

pub use artifacts::{Artifacts, Entry};
pub use certificate::{Standing, State};
pub use jobs::{JobPlan, Jobs};
pub use overview::Overview;

use crate::domain::failure::{Failure, FailureKind};
use crate::domain::text::clean;

/// Shortest beginning of an id that stands for it.
const SHORTEST: usize = 6;

/// The one entry that `wanted` means: its id, its name, or an unambiguous beginning of its id.
fn pick<'a, T>(
    items: &'a [T],
    wanted: &str,
    what: &str,
    id: impl Fn(&T) -> &str,
    name: impl Fn(&T) -> &str,
) -> Result<&'a T, Failure> {
    let wanted = wanted.trim();
    let exact = |item: &&T| id(item) == wanted;
    if let Some(found) = items.iter().find(exact) {
        return Ok(found);
    }
    let named: Vec<&T> = items.iter().filter(|item| name(item) == wanted).collect();
    let begun: Vec<&T> = items
        .iter()
        .filter(|item| wanted.len() >= SHORTEST && id(item).starts_with(wanted))
        .collect();
    match (named[..].as_ref(), begun[..].as_ref()) {
        ([one], _) | ([], [one]) => Ok(one),
        ([], []) => Err(Failure::new(
            FailureKind::NotFound,
            format!("There is no {what} {}.", clean(wanted)),
        )
        .next("Look at the list for its id; at least 6 characters of it are needed.")
        .at(crate::systems::cdds::SYSTEM)),
        _ => Err(Failure::new(
            FailureKind::Usage,
            format!("{} stands for more than one {what}.", clean(wanted)),
        )
        .next("Give the whole id.")),
    }
}
