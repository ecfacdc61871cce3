//! Unfinished work, noted down before it is begun: whoever starts next removes what a killed process
//! has left. A note is locked for as long as its process lives.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rustix::fs::{FlockOperation, flock};
use serde::{Deserialize, Serialize};

use super::storage;
use crate::domain::failure::Failure;

/// One line of a note.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    /// A partial file, which never outlives its process.
    Partial(PathBuf),
    /// A file that is being released, with its place on the disk: a set that was not released whole
    /// is not kept in part, and plaintext of which nobody knows is not kept at all.
    Releasing(PathBuf, u64, u64),
}

/// The note of one piece of work. It is written when there is something to say.
pub struct Journal {
    directory: PathBuf,
    open: Option<(PathBuf, File)>,
    lines: Vec<Line>,
}

impl Journal {
    /// A note that may come to be in `directory`.
    pub fn new(directory: &Path) -> Journal {
        Journal {
            directory: directory.to_owned(),
            open: None,
            lines: Vec::new(),
        }
    }

    /// Notes a partial file that is about to be made.
    pub(crate) fn will_make(&mut self, path: &Path) -> Result<(), Failure> {
        self.write(Line::Partial(absolute(path)))
    }

    /// Notes a file that is about to get its name.
    pub(crate) fn will_release(&mut self, path: &Path, file: &File) -> Result<(), Failure> {
        let meta = file.metadata().map_err(|error| failed(&error))?;
        self.write(Line::Releasing(absolute(path), meta.dev(), meta.ino()))
    }

    /// The work is done, or given up with everything removed.
    pub fn finish(&mut self) {
        if let Some((path, _)) = self.open.take() {
            let _ = std::fs::remove_file(path);
        }
        self.lines.clear();
    }

    /// Removes what was released of a set that could not be released whole.
    pub(crate) fn undo(&mut self) {
        remove(&self.lines);
        self.finish();
    }

    /// Appends a line. A kill loses nothing that was written; only partial files are waited for until
    /// they are on disk, since after a power cut a file may be there without its line.
    fn write(&mut self, line: Line) -> Result<(), Failure> {
        if self.open.is_none() {
            self.open = Some(self.create().map_err(|error| failed(&error))?);
        }
        let Some((_, file)) = &mut self.open else {
            return Ok(());
        };
        let mut text = serde_json::to_vec(&line).unwrap_or_default();
        text.push(b'\n');
        file.write_all(&text).map_err(|error| failed(&error))?;
        if matches!(line, Line::Partial(_)) {
            file.sync_data().map_err(|error| failed(&error))?;
        }
        self.lines.push(line);
        Ok(())
    }

    fn create(&self) -> std::io::Result<(PathBuf, File)> {
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&self.directory)?;
        let path = self.directory.join(format!("{}.json", uuid::Uuid::new_v4()));
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)?;
        // File systems without locks are taken as they are; ids of processes would not be better.
        let _ = flock(&file, FlockOperation::NonBlockingLockExclusive);
        super::settle(&self.directory);
        Ok((path, file))
    }
}

/// The note of files that were released, until somebody remembers them. A process that is killed
/// before has released nothing: the next start takes the files back. Dropped, they are kept.
#[derive(Clone)]
pub struct Note(Arc<Mutex<Journal>>);

impl std::fmt::Debug for Note {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Note")
    }
}

impl Note {
    pub(crate) fn of(journal: Journal) -> Note {
        Note(Arc::new(Mutex::new(journal)))
    }

    /// The files are remembered elsewhere now.
    pub fn keep(&self) {
        self.lock().finish();
    }

    /// Removes the files.
    pub fn take_back(&self) {
        self.lock().undo();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Journal> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        self.finish();
    }
}

fn failed(error: &std::io::Error) -> Failure {
    storage("Unfinished work cannot be noted down", error)
}

fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// Removes what killed processes have left behind, and gives the paths of what was removed. To be
/// called at the start.
pub fn sweep(directory: &Path) -> Vec<PathBuf> {
    let mut removed = Vec::new();
    let Ok(entries) = std::fs::read_dir(directory) else {
        return removed;
    };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let Ok(file) = OpenOptions::new().read(true).write(true).open(&path) else {
            continue;
        };
        if flock(&file, FlockOperation::NonBlockingLockExclusive).is_err() {
            continue;
        }
        let mut text = Vec::new();
        if (&file).take(64 * 1024 * 1024).read_to_end(&mut text).is_err() {
            continue;
        }
        // A line that was not written to its end speaks of nothing that was made.
        let lines: Vec<Line> = text
            .split(|byte| *byte == b'\n')
            .filter_map(|line| serde_json::from_slice(line).ok())
            .collect();
        removed.extend(remove(&lines));
        let _ = std::fs::remove_file(&path);
    }
    removed
}

fn remove(lines: &[Line]) -> Vec<PathBuf> {
    let mut removed = Vec::new();
    for line in lines {
        let (path, ours) = match line {
            Line::Partial(path) => {
                let partial = path.extension().is_some_and(|extension| extension == "partial");
                let plain = std::fs::symlink_metadata(path).is_ok_and(|meta| meta.is_file());
                (path, partial && plain)
            }
            Line::Releasing(path, device, inode) => {
                let meta = std::fs::symlink_metadata(path);
                (
                    path,
                    meta.is_ok_and(|meta| meta.dev() == *device && meta.ino() == *inode),
                )
            }
        };
        if ours && std::fs::remove_file(path).is_ok() {
            removed.push(path.clone());
        }
    }
    removed
}

#[cfg(test)]
mod tests {
    use super::super::{Place, Staged};
    use super::*;

    /// What a killed process leaves: its note without a lock.
    fn left_behind(unfinished: &Path) {
        for entry in std::fs::read_dir(unfinished).unwrap() {
            let path = entry.unwrap().path();
            std::fs::copy(&path, unfinished.join("left.json")).unwrap();
        }
    }

    #[test]
    fn what_a_killed_process_left_is_removed_and_what_a_living_one_works_on_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let mut place = Place::new(dir.path().join("out"), dir.path().join("unfinished"));
        place.nameless = false;
        let mut journal = Journal::new(&place.unfinished);
        let mut staged = Staged::begin(&place, &mut journal, "a.json").unwrap();
        staged.write(b"secret").unwrap();
        let partial = place.directory.join("a.json.partial");
        assert!(sweep(&place.unfinished).is_empty());
        assert!(partial.exists());
        left_behind(&place.unfinished);
        assert_eq!(sweep(&place.unfinished), std::slice::from_ref(&partial));
        assert!(!partial.exists());
    }

    #[test]
    fn a_set_that_was_released_in_part_is_taken_back() {
        let dir = tempfile::tempdir().unwrap();
        let place = Place::new(dir.path().join("out"), dir.path().join("unfinished"));
        let mut journal = Journal::new(&place.unfinished);
        let mut released = Vec::new();
        for name in ["a.json", "b.json"] {
            let mut staged = Staged::begin(&place, &mut journal, name).unwrap();
            staged.write(name.as_bytes()).unwrap();
            released.push(staged.release(name, true, &mut journal).unwrap());
        }
        let other = place.directory.join("other.json");
        std::fs::write(&other, b"not ours").unwrap();
        left_behind(&place.unfinished);
        let mut swept = sweep(&place.unfinished);
        swept.sort();
        assert_eq!(swept, released);
        assert!(other.exists());
    }
}
