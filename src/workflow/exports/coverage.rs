//! The exports column of a case. The service's files are encrypted, so what stands in them is known only
//! where they were fetched, decrypted and searched here; without that nothing is claimed but that they
//! are there.

use std::collections::BTreeSet;
use std::path::Path;

use super::artifacts::{self, Artifacts, Entry};
use crate::domain::case::Case;
use crate::domain::case::coverage::{Cell, Mark, System};
use crate::domain::failure::Failure;
use crate::domain::progress::Listener;
use crate::workflow::World;
use crate::workflow::cases::coverage::{looked, record};
use crate::workflow::copies::{Found, LocalCopy};

/// A list of the files: where there are none, there is nothing of the person either. Files that are
/// there say only that they were not searched, unless something better is known already.
///
/// # Errors
/// When the store cannot be read or written.
pub async fn listed(world: &World, case: &Case, list: &Artifacts) -> Result<(), Failure> {
    let none = list.complete && list.entries.is_empty();
    if !none {
        let file = world.store.case_file(&case.id, &[System::Exports]).await?;
        let known = |column: &&crate::domain::case::coverage::Column| column.system == System::Exports;
        let column = file.columns.iter().find(known);
        if column.is_some_and(|column| column.last("searched").is_some()) {
            return Ok(());
        }
    }
    looked(world, &case.id, System::Exports, 0, none, None).await
}

/// What a search of the local copies says of the files that the service still keeps.
///
/// # Errors
/// When the store cannot be read or written. A service that cannot be read is told to the case.
pub async fn from_copies(world: &World, case: &Case, found: &Found) -> Result<(), Failure> {
    match Stored::read(world).await? {
        Stored::NotConfigured => Ok(()),
        Stored::NotRead(failure) => {
            let why = failure.message;
            let cell = Cell::new(Mark::NotReachable { why });
            record(world, &case.id, System::Exports, cell).await
        }
        Stored::Read(list) => {
            let seen = list.holding(found);
            looked(
                world,
                &case.id,
                System::Exports,
                seen.holding,
                seen.complete,
                None,
            )
            .await
        }
    }
}

/// The files that the service keeps, as far as they can be told.
pub enum Stored {
    /// The profile has no such service.
    NotConfigured,
    /// It could not be read.
    NotRead(Failure),
    /// Its list, with what lies here.
    Read(StoredFiles),
}

/// A list of the service's files, and the copies that were made of them.
pub struct StoredFiles {
    list: Artifacts,
    copies: Vec<LocalCopy>,
}

/// What is known of a person in the stored files.
pub struct Holding {
    /// Files in which the person stands.
    pub holding: u64,
    /// Their ids.
    pub ids: Vec<String>,
    /// Ids of those that were not opened and searched whole here.
    pub closed: Vec<String>,
    /// Files that the service keeps.
    pub files: u64,
    /// Files that were not opened and searched whole here.
    pub unopened: u64,
    /// True when the list is whole and every file was.
    pub complete: bool,
}

impl Stored {
    /// Reads the list once, for any number of people.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn read(world: &World) -> Result<Stored, Failure> {
        if !world.has_exports() {
            return Ok(Stored::NotConfigured);
        }
        Ok(match artifacts::list(world, &Listener::none()).await {
            Ok(list) => Stored::Read(StoredFiles {
                list,
                copies: world.store.copies().await?,
            }),
            Err(failure) => Stored::NotRead(failure),
        })
    }
}

impl StoredFiles {
    /// What of the list could not be read.
    pub fn notes(&self) -> &[String] {
        &self.list.notes
    }

    /// In which of them a person stands who was looked for in the copies.
    pub fn holding(&self, found: &Found) -> Holding {
        let mut seen = Holding {
            holding: 0,
            ids: Vec::new(),
            closed: Vec::new(),
            files: self.list.entries.len() as u64,
            unopened: 0,
            complete: self.list.complete,
        };
        for entry in &self.list.entries {
            let opened = opened(entry, &self.list, &self.copies);
            let whole = !opened.is_empty() && opened.iter().all(|path| found.whole.contains(*path));
            seen.unopened += u64::from(!whole);
            if !whole {
                seen.closed.push(entry.artifact.id.clone());
            }
            seen.complete &= whole;
            let hits = |path: &&Path| {
                found
                    .copies
                    .iter()
                    .any(|(standing, _)| standing.copy.path == *path)
            };
            if opened.iter().any(hits) {
                seen.holding += 1;
                seen.ids.push(entry.artifact.id.clone());
            }
        }
        seen
    }
}

/// Files of the service that were deleted for a case, and what is left there.
///
/// # Errors
/// When the store cannot be read or written.
pub async fn deleted(world: &World, case: &Case, count: usize) -> Result<(), Failure> {
    if count == 0 {
        return Ok(());
    }
    let mark = Mark::Erased { count: count as u64 };
    record(world, &case.id, System::Exports, Cell::new(mark)).await?;
    match artifacts::list(world, &Listener::none()).await {
        Ok(list) => listed(world, case, &list).await,
        // What is left is told by the next list.
        Err(_) => Ok(()),
    }
}

/// The decrypted copies of a file, or of the split export that it is a part of.
fn opened<'a>(entry: &Entry, list: &Artifacts, copies: &'a [LocalCopy]) -> BTreeSet<&'a Path> {
    let whole = entry.artifact.whole();
    let names: BTreeSet<String> = list
        .entries
        .iter()
        .filter(|other| {
            other.artifact.id == entry.artifact.id || (whole.is_some() && other.artifact.whole() == whole)
        })
        .filter_map(|other| other.here.as_deref().and_then(name))
        .collect();
    copies
        .iter()
        .filter(|copy| copy.kind == crate::workflow::copies::CopyKind::Decrypted)
        .filter(|copy| copy.sources().any(|source| names.contains(source)))
        .map(|copy| copy.path.as_path())
        .collect()
}

/// The name under which a decryption remembers what it was made of.
fn name(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_string_lossy().into_owned();
    Some(crate::domain::text::clean(&name))
}
