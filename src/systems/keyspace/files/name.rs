//! What the names of files and directories say: keyspace, table, format, and whether a file is live,
//! in a snapshot or in a backup. Names changed with the releases:
//!
//! | release | file |
//! |---|---|
//! | 1.1 to 2.0 | `keyspace-table-ic-7-Data.db` in `keyspace/table/` |
//! | 2.1 | `keyspace-table-ka-7-Data.db` in `keyspace/table-id/` |
//! | 2.2 to 4.1 | `la-7-big-Data.db` … `nb-7-big-Data.db` |
//! | 5.0 | `oa-7-big-Data.db`, `da-7-bti-Data.db`; the number may be a word |

use std::path::Path;

use crate::domain::text::clean;

/// The format of a file, by its version: two letters that grow with the releases.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Format {
    /// `ic`, `jb`, `nb`, `oa`, `da`, …
    pub version: String,
    /// True for the format with tries (`bti`), false for the one with `Index.db`.
    pub tries: bool,
}

/// How the chunks of a file are guarded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    /// CRC-32 of the plain bytes: up to 1.2.
    CrcOfPlain,
    /// Adler-32 of the compressed bytes: 2.0 to 2.2.
    AdlerOfCompressed,
    /// CRC-32 of the compressed bytes: from 3.0 on.
    CrcOfCompressed,
}

impl Format {
    /// How compressed chunks are guarded.
    pub fn chunk_check(&self) -> Check {
        match self.version.as_str() {
            _ if self.tries => Check::CrcOfCompressed,
            version if version < "jb" => Check::CrcOfPlain,
            version if version < "ma" => Check::AdlerOfCompressed,
            _ => Check::CrcOfCompressed,
        }
    }

    /// Whether the pieces of an uncompressed file are guarded by Adler-32 (2.1 and 2.2) instead of
    /// CRC-32.
    pub fn plain_check_is_adler(&self) -> bool {
        !self.tries && self.version.as_str() >= "ka" && self.version.as_str() < "ma"
    }

    /// Whether chunks that do not shrink are stored plain, and the description of the compression
    /// says from which length on: from 4.0 on.
    pub fn stores_plain_chunks(&self) -> bool {
        self.tries || self.version.as_str() >= "na"
    }

    /// Whether `Index.db` has numbers of variable length: from 3.0 on.
    pub fn short_numbers(&self) -> bool {
        self.version.as_str() >= "ma"
    }

    /// Whether entries of `Index.db` carry an index of wide rows: from 1.2 on.
    pub fn promotes_index(&self) -> bool {
        self.version.as_str() >= "ia"
    }
}

/// Where a file belongs.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Place {
    /// Part of the data that the server reads.
    Live,
    /// In the snapshot of this name.
    Snapshot(String),
    /// In an incremental backup.
    Backup,
}

/// What is known of a data file by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// Its keyspace; empty when neither name nor directories say it.
    pub keyspace: String,
    /// Its table, with the index's name where it holds an index.
    pub table: String,
    /// Its format.
    pub format: Format,
    /// Where it belongs.
    pub place: Place,
    /// The name up to the component: `oa-7-big`, to find the other components.
    pub stem: String,
    /// Being written when it was looked at.
    pub temporary: bool,
}

/// The end of a data file's name.
const DATA: &str = "-Data.db";

/// Reads the name of a data file. `None` when it is none.
pub fn read(path: &Path) -> Option<Named> {
    let file = path.file_name()?.to_str()?;
    let stem = file.strip_suffix(DATA)?;
    let parts: Vec<&str> = stem.split('-').collect();
    let directories = Directories::of(path);
    let temporary = parts.iter().any(|part| part.starts_with("tmp"));
    // `version-number-format`; before 2.2 `keyspace-table-[tmp-]version-number`.
    let (version, tries, from_name) = match parts.as_slice() {
        [version, .., "big"] if is_version(version) => (*version, false, None),
        [version, .., "bti"] if is_version(version) => (*version, true, None),
        [keyspace, table @ .., version, _number] if !table.is_empty() && is_version(version) => {
            let table: Vec<&str> = table
                .iter()
                .copied()
                .filter(|part| !part.starts_with("tmp"))
                .collect();
            (*version, false, Some((*keyspace, table.join("-"))))
        }
        // The first releases had the keyspace in the directory alone.
        [table, version, _number] if is_version(version) => {
            (*version, false, Some(("", (*table).to_owned())))
        }
        _ => return None,
    };
    let (keyspace, table) = match from_name {
        Some(("", table)) => (directories.table, table),
        Some((keyspace, table)) => (keyspace.to_owned(), table),
        None => (directories.keyspace, directories.table),
    };
    Some(Named {
        keyspace: clean(&keyspace),
        table: clean(&match directories.index {
            Some(index) if !table.contains(&index) => format!("{table}.{index}"),
            _ => table,
        }),
        format: Format {
            version: version.to_owned(),
            tries,
        },
        place: directories.place,
        stem: stem.to_owned(),
        temporary,
    })
}

/// The kind of index that a component of a table is of, where it is one that is not read here: `SAI`
/// (from 5.0 on) and `SASI` (from 3.4 on). Other indexes are tables with data files of their own.
pub fn index_kind(name: &str) -> Option<&'static str> {
    let kinds = [("-SAI+", "SAI"), ("-SI_", "SASI")];
    let kind = kinds.iter().find(|(mark, _)| name.contains(mark))?;
    name.ends_with(".db").then_some(kind.1)
}

fn is_version(text: &str) -> bool {
    text.len() == 2 && text.bytes().all(|b| b.is_ascii_lowercase())
}

struct Directories {
    keyspace: String,
    table: String,
    index: Option<String>,
    place: Place,
}

impl Directories {
    /// `…/keyspace/table-id[/snapshots/tag | /backups][/.index]/file`.
    fn of(path: &Path) -> Directories {
        let mut names: Vec<&str> = path
            .parent()
            .into_iter()
            .flat_map(Path::components)
            .filter_map(|part| part.as_os_str().to_str())
            .collect();
        let index = names
            .last()
            .and_then(|name| name.strip_prefix('.'))
            .filter(|name| !name.is_empty());
        let index = index.map(str::to_owned);
        if index.is_some() {
            names.pop();
        }
        let place = match names.as_slice() {
            [.., "snapshots", tag] => {
                let tag = clean(tag);
                names.truncate(names.len() - 2);
                Place::Snapshot(tag)
            }
            [.., "backups"] => {
                names.pop();
                Place::Backup
            }
            _ => Place::Live,
        };
        let table = names.pop().unwrap_or_default();
        Directories {
            keyspace: names.pop().unwrap_or_default().to_owned(),
            table: without_id(table).to_owned(),
            index,
            place,
        }
    }
}

/// A table's directory ends with its id, 32 hexadecimal digits, from 2.1 on.
fn without_id(directory: &str) -> &str {
    match directory.rsplit_once('-') {
        Some((table, id)) if id.len() == 32 && id.bytes().all(|b| b.is_ascii_hexdigit()) => table,
        _ => directory,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(path: &str) -> Named {
        read(Path::new(path)).unwrap_or_else(|| panic!("{path}"))
    }

    #[test]
    fn names_of_all_releases() {
        let id = "5a1c395e3e3711ee8f6b0f1a2b3c4d5e";
        for (path, keyspace, table, version, place) in [
            (
                "/d/sipfs/settings/sipfs-settings-ic-1-Data.db",
                "sipfs",
                "settings",
                "ic",
                Place::Live,
            ),
            (
                "/d/sipfs/settings/sipfs-settings-tmp-jb-1-Data.db",
                "sipfs",
                "settings",
                "jb",
                Place::Live,
            ),
            (
                "/d/sipfs/a-b/sipfs-a-b-ka-1-Data.db",
                "sipfs",
                "a-b",
                "ka",
                Place::Live,
            ),
            (
                &format!("/d/sipfs/settings-{id}/nb-12-big-Data.db"),
                "sipfs",
                "settings",
                "nb",
                Place::Live,
            ),
            (
                &format!("/d/sipfs/settings-{id}/snapshots/before/oa-3gfi_0yky_55yv42mw-big-Data.db"),
                "sipfs",
                "settings",
                "oa",
                Place::Snapshot("before".to_owned()),
            ),
            (
                &format!("/d/sipfs/settings-{id}/backups/da-2-bti-Data.db"),
                "sipfs",
                "settings",
                "da",
                Place::Backup,
            ),
            (
                &format!("/d/sipfs/settings-{id}/.by_mail/nb-1-big-Data.db"),
                "sipfs",
                "settings.by_mail",
                "nb",
                Place::Live,
            ),
            (
                "/d/sipfs/settings-hc-4-Data.db",
                "sipfs",
                "settings",
                "hc",
                Place::Live,
            ),
        ] {
            let named = named(path);
            assert_eq!(
                (named.keyspace.as_str(), named.table.as_str()),
                (keyspace, table),
                "{path}"
            );
            assert_eq!(
                (named.format.version.as_str(), &named.place),
                (version, &place),
                "{path}"
            );
        }
        assert!(named("/d/k/t/k-t-tmp-ic-1-Data.db").temporary);
        assert!(named("/d/k/t-x/da-2-bti-Data.db").format.tries);
        for none in ["Data.db", "x-Data.db", "nb-1-big-Index.db", "/", "a-b-Data.db"] {
            assert!(read(Path::new(none)).is_none(), "{none}");
        }
    }

    #[test]
    fn checks_follow_the_version() {
        let check = |version: &str| {
            Format {
                version: version.to_owned(),
                tries: false,
            }
            .chunk_check()
        };
        assert_eq!(check("ic"), Check::CrcOfPlain);
        assert_eq!(check("jb"), Check::AdlerOfCompressed);
        assert_eq!(check("lb"), Check::AdlerOfCompressed);
        assert_eq!(check("mc"), Check::CrcOfCompressed);
        assert_eq!(check("oa"), Check::CrcOfCompressed);
        assert_eq!(
            Format {
                version: "da".to_owned(),
                tries: true
            }
            .chunk_check(),
            Check::CrcOfCompressed
        );
    }
}
