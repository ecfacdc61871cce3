//! A download on disk: what has come so far beside what it is a part of, then the finished file
//! under its own name. Files are for their owner alone, and nothing is overwritten.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;
use serde::{Deserialize, Serialize};

use super::files::{digest, file_name, move_without_overwriting, numbered, same_content, storage};
use crate::domain::failure::{Failure, FailureKind};

/// What is known of the whole, to tell whether the rest still belongs to the part.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::systems) struct Whole {
    /// A strong entity tag or a date, as the server gave it.
    pub validator: Option<String>,
    /// Length in bytes.
    pub total: Option<u64>,
    /// The server's name for the file, sanitised.
    pub name: Option<String>,
}

/// A download that is not finished.
pub(in crate::systems) struct Partial {
    dir: PathBuf,
    path: PathBuf,
    /// Holds the lock and is written to.
    pub file: File,
    /// Bytes that are here.
    pub length: u64,
    pub whole: Whole,
    /// True when part of it was here at the start and is still in use.
    pub resumed: bool,
    /// The length that the system told beforehand.
    pub expected: Option<u64>,
}

impl Partial {
    /// Opens or begins the partial file of one result. Two processes cannot hold the same one.
    pub(in crate::systems) fn open(dir: &Path, stem: &str) -> Result<Partial, Failure> {
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(dir)
            .map_err(|error| storage("The directory for results cannot be made", &error))?;
        let path = dir.join(format!("{stem}.partial"));
        let mut file = locked(&path)?;
        // Another process may have finished or removed the file between the opening and the lock.
        while !is_at(&file, &path) {
            file = locked(&path)?;
        }
        let length = file
            .metadata()
            .map_err(|error| storage("The file for the result cannot be read", &error))?
            .len();
        let whole = read_whole(&path).unwrap_or_default();
        let mut partial = Partial {
            dir: dir.to_owned(),
            path,
            file,
            length,
            whole,
            resumed: length > 0,
            expected: None,
        };
        // Without anything to compare, the rest could belong to something else.
        if partial.length > 0 && partial.whole.validator.is_none() && partial.whole.total.is_none() {
            partial.begin_again()?;
        }
        Ok(partial)
    }

    /// Holds what is here against the length that the system told: a part of something longer or
    /// shorter is begun again.
    pub(in crate::systems) fn expect(&mut self, bytes: u64) -> Result<(), Failure> {
        self.expected = Some(bytes);
        let other = self.whole.total.is_some_and(|total| total != bytes);
        if self.length > bytes || other {
            self.begin_again()?;
        }
        Ok(())
    }

    /// Throws away what is here.
    pub(in crate::systems) fn begin_again(&mut self) -> Result<(), Failure> {
        self.file
            .set_len(0)
            .map_err(|error| storage("The file for the result cannot be written", &error))?;
        self.length = 0;
        self.whole = Whole::default();
        self.resumed = false;
        Ok(())
    }

    /// Notes what the server says of the whole, beside the file.
    pub(in crate::systems) fn note(&mut self, whole: Whole) -> Result<(), Failure> {
        self.whole = whole;
        let failed = |error: &io::Error| storage("The file for the result cannot be written", error);
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .custom_flags(rustix::fs::OFlags::NOFOLLOW.bits().cast_signed())
            .open(note_path(&self.path))
            .map_err(|error| failed(&error))?;
        let text = serde_json::to_vec(&self.whole).unwrap_or_default();
        file.write_all(&text).map_err(|error| failed(&error))
    }

    /// Whether `bytes` more fit on the disk; unknown counts as yes.
    pub(in crate::systems) fn check_space(&self, bytes: u64) -> Result<(), Failure> {
        let Ok(space) = rustix::fs::fstatvfs(&self.file) else {
            return Ok(());
        };
        let free = space.f_bavail.saturating_mul(space.f_frsize);
        if space.f_blocks == 0 || free >= bytes {
            return Ok(());
        }
        Err(Failure::new(
            FailureKind::Storage,
            format!("Not enough room on the disk: the result needs {bytes} more bytes, {free} are free."),
        )
        .next(
            "Make room or choose another directory (--to), then run it again; what has come so far is kept.",
        ))
    }

    /// Removes everything of it.
    pub(in crate::systems) fn remove(&self) {
        let _ = std::fs::remove_file(note_path(&self.path));
        let _ = std::fs::remove_file(&self.path);
    }

    /// Makes it the finished file: on disk for sure, under a name that nothing else has. A file of
    /// that name with the same content is kept instead. A content with another digest than `told` is
    /// thrown away. Gives path, size and digest. Blocking.
    pub(in crate::systems) fn finish(
        self,
        name: &str,
        told: Option<&str>,
        system: &'static str,
    ) -> Result<(PathBuf, u64, String), Failure> {
        let failed = |error: &io::Error| storage("The result could not be put in its place", error);
        self.file.sync_all().map_err(|error| failed(&error))?;
        let (bytes, digest) = digest(&self.path).map_err(|error| failed(&error))?;
        let wrong_length = self.expected.is_some_and(|expected| expected != bytes);
        if wrong_length || told.is_some_and(|told| !told.eq_ignore_ascii_case(&digest)) {
            self.remove();
            let what = if wrong_length { "length" } else { "digest" };
            return Err(Failure::new(
                FailureKind::BadAnswer,
                format!("The {what} of what came is not the one that was told; it was thrown away."),
            )
            .next("Fetch it again. If it stays so, something between changes it, or it is damaged at the server.")
            .at(system));
        }
        let name = self.whole.name.clone().unwrap_or_else(|| name.to_owned());
        let path = self
            .place(&name, bytes, &digest)
            .map_err(|error| failed(&error))?;
        let _ = std::fs::remove_file(note_path(&self.path));
        if let Ok(dir) = File::open(&self.dir) {
            let _ = dir.sync_all();
        }
        Ok((path, bytes, digest))
    }

    fn place(&self, name: &str, bytes: u64, sha256: &str) -> io::Result<PathBuf> {
        for number in 1..10_000 {
            let path = self.dir.join(numbered(name, number));
            match move_without_overwriting(&self.path, &path) {
                Ok(()) => return Ok(path),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    if same_content(&path, bytes, sha256) {
                        std::fs::remove_file(&self.path)?;
                        return Ok(path);
                    }
                }
                Err(error) => return Err(error),
            }
        }
        Err(io::Error::other("ten thousand files of this name"))
    }
}

/// The file at `path`, for this process alone.
fn locked(path: &Path) -> Result<File, Failure> {
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .custom_flags(rustix::fs::OFlags::NOFOLLOW.bits().cast_signed())
        .open(path)
        .map_err(|error| storage("The file for the result cannot be opened", &error))?;
    // File systems without locks are taken as they are.
    if flock(&file, FlockOperation::NonBlockingLockExclusive) == Err(Errno::WOULDBLOCK) {
        return Err(Failure::new(
            FailureKind::Conflict,
            "This result is being downloaded by another process.",
        )
        .next("Wait for it, or end it first."));
    }
    Ok(file)
}

/// True when this file still bears this name; what cannot be told counts as yes.
fn is_at(file: &File, path: &Path) -> bool {
    match (file.metadata(), std::fs::symlink_metadata(path)) {
        (Ok(own), Ok(there)) => (own.dev(), own.ino()) == (there.dev(), there.ino()),
        (Ok(_), Err(error)) => error.kind() != io::ErrorKind::NotFound,
        _ => true,
    }
}

fn note_path(path: &Path) -> PathBuf {
    path.with_extension("partial.json")
}

fn read_whole(path: &Path) -> Option<Whole> {
    let mut text = String::new();
    File::open(note_path(path))
        .ok()?
        .take(64 * 1024)
        .read_to_string(&mut text)
        .ok()?;
    let mut whole: Whole = serde_json::from_str(&text).ok()?;
    whole.name = whole.name.as_deref().and_then(file_name);
    Some(whole)
}
#[cfg(test)]
mod tests {
    use super::*;

    fn finished(dir: &Path, content: &[u8]) -> PathBuf {
        let mut partial = Partial::open(dir, "results-r1-d1.zip").unwrap();
        partial.file.write_all(content).unwrap();
        partial
            .note(Whole {
                name: Some("results-r1.zip".to_owned()),
                ..Whole::default()
            })
            .unwrap();
        partial.finish("results-r1.zip", None, "test").unwrap().0
    }

    #[test]
    fn nothing_is_overwritten_and_the_same_is_kept_once() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let first = finished(dir.path(), b"one");
        let again = finished(dir.path(), b"one");
        let other = finished(dir.path(), b"two");
        assert_eq!(first, again);
        assert_eq!(other.file_name().unwrap(), "results-r1-2.zip");
        assert_eq!(std::fs::read(&first).unwrap(), b"one");
        assert_eq!(
            std::fs::metadata(&first).unwrap().permissions().mode() & 0o777,
            0o600
        );
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 2);
    }

    #[test]
    fn one_process_at_a_time_and_no_links_followed() {
        let dir = tempfile::tempdir().unwrap();
        let held = Partial::open(dir.path(), "results-r1-d1.zip").unwrap();
        let refused = Partial::open(dir.path(), "results-r1-d1.zip").err().unwrap();
        assert_eq!(refused.kind, FailureKind::Conflict);
        drop(held);
        let target = dir.path().join("elsewhere");
        std::os::unix::fs::symlink(&target, dir.path().join("results-r2-d2.zip.partial")).unwrap();
        assert!(Partial::open(dir.path(), "results-r2-d2.zip").is_err());
        assert!(!target.exists());
    }

    #[test]
    fn a_part_of_something_unknown_is_begun_again() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("results-r1-d1.zip.partial"), b"old").unwrap();
        assert_eq!(Partial::open(dir.path(), "results-r1-d1.zip").unwrap().length, 0);
    }
}
