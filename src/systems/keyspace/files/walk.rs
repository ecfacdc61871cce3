//! The files under the directories given: data files, grouped by what they really are (a snapshot is a
//! second name of the same file), logs and caches that are searched raw, and what is not searched.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::name::{self, Named};
use super::raw;
use super::{NotSearched, words};

/// Directories inside directories; more is a circle or no data directory.
const MAX_DEPTH: usize = 24;

/// A data file under one or more names.
#[derive(Debug)]
pub struct Group {
    /// Bytes on disk.
    pub size: u64,
    /// Path and what it says; never empty.
    pub names: Vec<(PathBuf, Named)>,
}

/// What was found.
#[derive(Debug, Default)]
pub struct Found {
    /// Data files.
    pub data: Vec<Group>,
    /// Files that are searched as they are: commit logs, hints, caches.
    pub raw: Vec<(PathBuf, raw::Kind)>,
    /// What is not searched though it may hold somebody.
    pub not_searched: Vec<NotSearched>,
    /// Other files: indexes, filters, statistics, texts.
    pub others: u64,
}

/// Looks through `directories`, which may also be single files.
pub fn walk(directories: &[PathBuf]) -> Found {
    let mut walker = Walker::default();
    for directory in directories {
        walker.visit(directory, 0);
    }
    walker.left_indexes();
    let mut found = walker.found;
    found.data = walker.data.into_values().collect();
    // Names of one file in order, the live one first; files in order, so that two runs agree.
    found.data.iter_mut().for_each(|group| {
        group
            .names
            .sort_by(|a, b| (&a.1.place, &a.0).cmp(&(&b.1.place, &b.0)))
    });
    found.data.sort_by(|a, b| {
        a.names
            .first()
            .map(|(path, _)| path)
            .cmp(&b.names.first().map(|(path, _)| path))
    });
    found.raw.sort_by(|a, b| a.0.cmp(&b.0));
    found
}

#[derive(Default)]
struct Walker {
    found: Found,
    data: BTreeMap<(u64, u64), Group>,
    directories: BTreeSet<(u64, u64)>,
    raw: BTreeSet<(u64, u64)>,
    /// Components of indexes that are not read, by directory and kind.
    indexes: BTreeMap<(PathBuf, &'static str), u64>,
}

impl Walker {
    fn visit(&mut self, path: &Path, depth: usize) {
        // Links are followed: data directories often are some.
        let metadata = match std::fs::metadata(path) {
            Ok(metadata) => metadata,
            Err(error) => return self.left(path, &words(&error)),
        };
        let identity = (metadata.dev(), metadata.ino());
        if metadata.is_dir() {
            if !self.directories.insert(identity) {
                return;
            }
            if depth > MAX_DEPTH {
                return self.left(path, "it lies too deep");
            }
            return self.enter(path, depth);
        }
        if !metadata.is_file() {
            return;
        }
        if let Some(named) = name::read(path) {
            if named.temporary {
                return self.left(path, "it was being written");
            }
            let group = self.data.entry(identity).or_insert_with(|| Group {
                size: metadata.len(),
                names: Vec::new(),
            });
            if !group.names.iter().any(|(known, _)| known == path) {
                group.names.push((path.to_owned(), named));
            }
            return;
        }
        match raw::kind(path) {
            Some(raw::Kind::Archive) => self.left(path, "archives are not opened: unpack it first"),
            Some(kind) if self.raw.insert(identity) => self.found.raw.push((path.to_owned(), kind)),
            Some(_) => {}
            None if path.to_string_lossy().ends_with("-Data.db") => {
                self.left(
                    path,
                    "its name is that of a data file of a format that is not known here",
                );
            }
            None => self.component(path),
        }
    }

    /// A part of a table that is no data file. What stands in those beside a data file stands in that
    /// too; an index of its own kind can hold values that were overwritten before they came to disk.
    fn component(&mut self, path: &Path) {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if let Some(kind) = name::index_kind(&name) {
            let place = path.parent().unwrap_or(path).to_owned();
            *self.indexes.entry((place, kind)).or_default() += 1;
            return;
        }
        let keys = ["Index.db", "Partitions.db", "Rows.db", "Summary.db"];
        let stem = keys
            .iter()
            .find_map(|end| name.strip_suffix(end)?.strip_suffix('-'));
        match stem {
            Some(stem) if !path.with_file_name(format!("{stem}-Data.db")).exists() => {
                self.left(path, "keys can stand in it, and its data file is not there");
            }
            _ => self.found.others += 1,
        }
    }

    fn left_indexes(&mut self) {
        for ((path, kind), count) in std::mem::take(&mut self.indexes) {
            self.found.not_searched.push(NotSearched {
                path,
                part: Some(format!("{count} components of {kind} indexes")),
                why: "their format is not read here, and they can hold values that are in no data file"
                    .to_owned(),
            });
        }
    }

    fn enter(&mut self, directory: &Path, depth: usize) {
        let entries = match std::fs::read_dir(directory) {
            Ok(entries) => entries,
            Err(error) => return self.left(directory, &words(&error)),
        };
        for entry in entries {
            match entry {
                Ok(entry) => self.visit(&entry.path(), depth + 1),
                Err(error) => self.left(directory, &words(&error)),
            }
        }
    }

    fn left(&mut self, path: &Path, why: &str) {
        self.found.not_searched.push(NotSearched {
            path: path.to_owned(),
            part: None,
            why: why.to_owned(),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::systems::keyspace::files::name::Place;

    #[test]
    fn a_snapshot_is_a_second_name() {
        let home = tempfile::tempdir().unwrap();
        let table = home.path().join("ks/t");
        let snapshot = table.join("snapshots/s1");
        std::fs::create_dir_all(&snapshot).unwrap();
        let file = table.join("ks-t-ic-1-Data.db");
        std::fs::write(&file, b"x").unwrap();
        std::fs::hard_link(&file, snapshot.join("ks-t-ic-1-Data.db")).unwrap();
        std::fs::write(table.join("ks-t-ic-1-Filter.db"), b"").unwrap();
        std::fs::write(table.join("ks-t-tmp-ic-2-Data.db"), b"").unwrap();
        std::fs::write(home.path().join("old.tar.gz"), b"").unwrap();
        std::fs::write(home.path().join("CommitLog-2-1.log"), b"").unwrap();
        std::os::unix::fs::symlink(home.path(), table.join("circle")).unwrap();
        let found = walk(&[home.path().to_owned(), home.path().join("none")]);
        assert_eq!(found.data.len(), 1);
        let places: Vec<_> = found.data[0]
            .names
            .iter()
            .map(|(_, named)| named.place.clone())
            .collect();
        assert_eq!(places, [Place::Live, Place::Snapshot("s1".to_owned())]);
        assert_eq!(found.raw.len(), 1);
        assert_eq!(found.others, 1);
        let mut left: Vec<_> = found
            .not_searched
            .iter()
            .map(|left| left.path.file_name().unwrap())
            .collect();
        left.sort();
        assert_eq!(left, ["ks-t-tmp-ic-2-Data.db", "none", "old.tar.gz"]);
    }

    #[test]
    fn what_is_no_data_file_and_holds_values_is_named() {
        let home = tempfile::tempdir().unwrap();
        for name in [
            "nb-1-big-Data.db",
            "nb-1-big-Index.db",
            "nb-1-big-SAI+aa+by_mail+TermsData.db",
            "nb-1-big-SAI+aa+by_mail+PostingLists.db",
            "nb-1-big-SI_by_name.db",
            "nb-2-big-Index.db",
            "nb-2-big-Filter.db",
        ] {
            std::fs::write(home.path().join(name), b"x").unwrap();
        }
        let found = walk(&[home.path().to_owned()]);
        let left: Vec<String> = found
            .not_searched
            .iter()
            .map(|left| {
                left.part
                    .clone()
                    .unwrap_or_else(|| left.path.display().to_string())
            })
            .collect();
        assert_eq!(left.len(), 3, "{left:?}");
        for wanted in [
            "2 components of SAI indexes",
            "1 components of SASI indexes",
            "nb-2-big-Index.db",
        ] {
            assert!(left.iter().any(|left| left.ends_with(wanted)), "{left:?}");
        }
    }
}
