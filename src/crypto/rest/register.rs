//! The register of suppressed identifiers: a folder with one encrypted file for each person whose data
//! was erased. One whose time is over goes by its name, without a key.

use std::fs;
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::{RestKey, encrypting, open_file};
use crate::domain::case::suppression::{Suppressed, file_name, of_file_name};
use crate::domain::failure::{Failure, FailureKind};
use jiff::civil::Date;

/// No entry is larger.
const LARGEST: u64 = 1024 * 1024;

/// The folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Register {
    folder: PathBuf,
}

/// An entry that lies there: its case, its last day, its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The case.
    pub case: String,
    /// Last day on which it is kept.
    pub until: Date,
    path: PathBuf,
}

impl Register {
    /// The register in a folder, which need not exist yet.
    pub fn within(folder: PathBuf) -> Register {
        Register { folder }
    }

    /// Where it lies.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// What lies there, by case.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn entries(&self) -> Result<Vec<Entry>, Failure> {
        let listing = match fs::read_dir(&self.folder) {
            Ok(listing) => listing,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(unusable("read", &error)),
        };
        let mut found = Vec::new();
        for file in listing {
            let file = file.map_err(|error| unusable("read", &error))?;
            if let Some((case, until)) = file.file_name().to_str().and_then(of_file_name) {
                let path = file.path();
                found.push(Entry { case, until, path });
            }
        }
        let number = |entry: &Entry| entry.case[2..].parse::<u64>().unwrap_or(u64::MAX);
        found.sort_by_key(|entry| (number(entry), entry.until));
        Ok(found)
    }

    /// Writes an entry; one of the same case is replaced, after the new one is on disk.
    ///
    /// # Errors
    /// When it cannot be written; what was there stays.
    pub fn add(&self, key: &RestKey, entry: &Suppressed) -> Result<(), Failure> {
        let failed = |error: io::Error| unusable("written", &error);
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&self.folder)
            .map_err(failed)?;
        let older = self.entries()?;
        let name = file_name(&entry.case, entry.until);
        let (path, beside) = (self.folder.join(&name), self.folder.join(format!(".{name}.new")));
        let plain = zeroize::Zeroizing::new(serde_json::to_vec(entry).unwrap_or_default());
        let _ = fs::remove_file(&beside);
        let written = fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&beside)
            .and_then(|file| {
                let mut writer = encrypting(key, file)?;
                writer.write_all(&plain)?;
                writer.finish()?.sync_all()
            })
            .and_then(|()| fs::rename(&beside, &path))
            .and_then(|()| fs::File::open(&self.folder)?.sync_all());
        if let Err(error) = written {
            let _ = fs::remove_file(&beside);
            return Err(failed(error));
        }
        for old in older
            .iter()
            .filter(|old| old.case == entry.case && old.path != path)
        {
            self.remove(old)?;
        }
        Ok(())
    }

    /// Reads an entry.
    ///
    /// # Errors
    /// When it is damaged, or made out to another key.
    pub fn read(&self, key: &RestKey, entry: &Entry) -> Result<Suppressed, Failure> {
        let mut text = zeroize::Zeroizing::new(Vec::new());
        open_file(&entry.path, Some(key))?
            .take(LARGEST)
            .read_to_end(&mut text)
            .map_err(|_| damaged(entry))?;
        let found: Suppressed = serde_json::from_slice(&text).map_err(|_| damaged(entry))?;
        match found.case == entry.case {
            true => Ok(found),
            false => Err(damaged(entry)),
        }
    }

    /// Removes an entry. Its file is unlinked: what it said is encrypted, and stays so in whatever the
    /// file system keeps of it.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub fn remove(&self, entry: &Entry) -> Result<(), Failure> {
        match fs::remove_file(&entry.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(unusable("removed", &error)),
            _ => Ok(()),
        }
    }
}

fn unusable(what: &str, error: &io::Error) -> Failure {
    Failure::new(
        FailureKind::Storage,
        format!(
            "The register of suppressed identifiers cannot be {what} ({}).",
            error.kind()
        ),
    )
}

fn damaged(entry: &Entry) -> Failure {
    Failure::new(
        FailureKind::Storage,
        format!(
            "The suppressed identifiers of {} cannot be read: the file is damaged.",
            entry.case
        ),
    )
    .next("Its case is not searched again. Put the file back from a copy, or remove the entry.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::identifier::{Identifier, IdentifierKind};
    use jiff::civil::date;

    #[test]
    fn entries_are_written_replaced_read_and_removed() {
        let dir = tempfile::tempdir().unwrap();
        let register = Register::within(dir.path().join("suppressed"));
        assert!(register.entries().unwrap().is_empty());
        let key = RestKey::generate().unwrap();
        let mut entry = Suppressed {
            case: "C-12".to_owned(),
            identifiers: vec![Identifier::new(IdentifierKind::Email, "anna.muster@example.org")],
            closed_on: date(2026, 11, 1),
            until: date(2027, 12, 1),
        };
        register.add(&key, &entry).unwrap();
        entry.until = date(2028, 1, 1);
        register.add(&key, &entry).unwrap();
        register
            .add(
                &key,
                &Suppressed {
                    case: "C-2".to_owned(),
                    ..entry.clone()
                },
            )
            .unwrap();
        let found = register.entries().unwrap();
        let cases: Vec<&str> = found.iter().map(|entry| entry.case.as_str()).collect();
        assert_eq!(cases, ["C-2", "C-12"]);
        assert_eq!(register.read(&key, &found[1]).unwrap(), entry);
        assert!(register.read(&RestKey::generate().unwrap(), &found[1]).is_err());
        for file in fs::read_dir(register.folder()).unwrap() {
            let content = fs::read(file.unwrap().path()).unwrap();
            let shown = String::from_utf8_lossy(&content);
            assert!(!shown.contains("anna") && !shown.contains("example"), "{shown}");
        }
        register.remove(&found[0]).unwrap();
        assert_eq!(register.entries().unwrap().len(), 1);
    }
}
