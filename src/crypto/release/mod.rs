//! How plaintext comes to disk: into a file without a name (or, where the file system has none, into
//! a partial one that was noted down before it was made), and under its name only when everything
//! that can be checked was checked. Nothing is overwritten, nothing is left behind.

mod direct;
mod flushing;
mod journal;
mod names;

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, Mode, OFlags, RenameFlags, linkat, openat, renameat_with};
use rustix::io::Errno;

use direct::Direct;
use flushing::Flushing;
pub use journal::{Journal, Note, sweep};
pub(crate) use names::harmless;
use names::with_number;

use crate::domain::failure::{Failure, FailureKind};
use crate::domain::text::clean;

/// Where plaintext may come to be.
#[derive(Clone, Debug)]
pub struct Place {
    /// The directory of the released files.
    pub directory: PathBuf,
    /// The directory in which unfinished work is noted down.
    pub unfinished: PathBuf,
    /// False where files without a name shall not be used.
    pub nameless: bool,
}

impl Place {
    /// A place that uses what the file system has.
    pub fn new(directory: impl Into<PathBuf>, unfinished: impl Into<PathBuf>) -> Place {
        Place {
            directory: directory.into(),
            unfinished: unfinished.into(),
            nameless: true,
        }
    }
}

/// Plaintext that is not released. Dropped, it is gone.
pub(crate) struct Staged {
    /// Read and written; for this process alone.
    pub(crate) file: File,
    directory: PathBuf,
    /// Its path, where the file system has no files without a name.
    partial: Option<PathBuf>,
    way: Way,
}

/// How it is written.
enum Way {
    /// It is likely to be read again soon.
    Cached(Flushing),
    Direct(Direct),
}

impl Drop for Staged {
    fn drop(&mut self) {
        if let Some(path) = &self.partial {
            let _ = std::fs::remove_file(path);
        }
    }
}

impl Staged {
    /// An empty file in `place`. `name` is what it will be called.
    pub(crate) fn begin(place: &Place, journal: &mut Journal, name: &str) -> Result<Staged, Failure> {
        let failed = |error: &io::Error| storage("The file for the content cannot be made", error);
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&place.directory)
            .map_err(|error| storage("The directory for the content cannot be made", &error))?;
        let directory = place.directory.clone();
        if place.nameless && Path::new("/proc/self/fd").exists() {
            let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
            match openat(CWD, &directory, flags, Mode::RUSR | Mode::WUSR) {
                Ok(descriptor) => {
                    return Ok(Staged {
                        file: File::from(descriptor),
                        directory,
                        partial: None,
                        way: Way::Cached(Flushing::default()),
                    });
                }
                Err(Errno::OPNOTSUPP | Errno::ISDIR | Errno::INVAL | Errno::NOENT) => {}
                Err(error) => return Err(failed(&error.into())),
            }
        }
        let partial = directory.join(format!("{name}.partial"));
        journal.will_make(&partial)?;
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create_new(true)
            .mode(0o600)
            .custom_flags(OFlags::NOFOLLOW.bits().cast_signed())
            .open(&partial)
            .map_err(|error| failed(&error))?;
        Ok(Staged {
            file,
            directory,
            partial: Some(partial),
            way: Way::Cached(Flushing::default()),
        })
    }

    /// For content that is not read here again. To be said before the first piece is written.
    pub(crate) fn past_the_cache(&mut self) {
        self.way = Way::Direct(Direct::new());
    }

    /// Appends.
    pub(crate) fn write(&mut self, piece: &[u8]) -> Result<(), Failure> {
        let written = match &mut self.way {
            Way::Cached(flushing) => self
                .file
                .write_all(piece)
                .and_then(|()| flushing.wrote(&self.file, piece.len())),
            Way::Direct(direct) => direct.write(&self.file, piece),
        };
        written.map_err(|error| storage("The content cannot be written", &error))
    }

    /// Everything is with the kernel, without an error so far.
    fn written(&mut self) -> io::Result<()> {
        match std::mem::replace(&mut self.way, Way::Cached(Flushing::default())) {
            Way::Cached(mut flushing) => flushing.end(),
            Way::Direct(direct) => direct.end(&self.file),
        }
    }

    /// Gives it the name `name`, or `name-2` and so on when `numbered`, once it is on disk for sure.
    /// A file of that name with the same content is kept instead.
    pub(crate) fn release(
        mut self,
        name: &str,
        numbered: bool,
        journal: &mut Journal,
    ) -> Result<PathBuf, Failure> {
        let failed = |error: &io::Error| storage("The content could not be put in its place", error);
        self.written().map_err(|error| failed(&error))?;
        self.file.sync_all().map_err(|error| failed(&error))?;
        for number in 1..10_000 {
            let path = self.directory.join(with_number(name, number));
            journal.will_release(&path, &self.file)?;
            match self.link(&path) {
                Ok(()) => {
                    self.partial = None;
                    return Ok(path);
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    if self.same_as(&path).unwrap_or(false) {
                        return Ok(path);
                    }
                    if !numbered {
                        return Err(taken(&path));
                    }
                }
                Err(error) => return Err(failed(&error)),
            }
        }
        Err(taken(&self.directory.join(name)))
    }

    /// One step in which the name comes to be, or does not.
    fn link(&self, path: &Path) -> io::Result<()> {
        let Some(partial) = &self.partial else {
            use std::os::fd::AsRawFd;
            let own = format!("/proc/self/fd/{}", self.file.as_raw_fd());
            return linkat(CWD, own.as_str(), CWD, path, AtFlags::SYMLINK_FOLLOW).map_err(io::Error::from);
        };
        match renameat_with(CWD, partial, CWD, path, RenameFlags::NOREPLACE) {
            Ok(()) => Ok(()),
            Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {
                linkat(CWD, partial, CWD, path, AtFlags::empty())?;
                std::fs::remove_file(partial)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// True when a plain file of the same content lies at `path`.
    fn same_as(&mut self, path: &Path) -> io::Result<bool> {
        use std::io::{Seek, SeekFrom};
        let meta = std::fs::symlink_metadata(path)?;
        if !meta.is_file() || meta.len() != self.file.metadata()?.len() {
            return Ok(false);
        }
        let mut other = File::open(path)?;
        self.file.seek(SeekFrom::Start(0))?;
        let (mut left, mut right) = (vec![0; 64 * 1024], vec![0; 64 * 1024]);
        loop {
            let read = self.file.read(&mut left)?;
            if read == 0 {
                return Ok(true);
            }
            other.read_exact(&mut right[..read])?;
            if left[..read] != right[..read] {
                return Ok(false);
            }
        }
    }
}

/// Makes the names in a directory last.
pub(crate) fn settle(directory: &Path) {
    if let Ok(directory) = File::open(directory) {
        let _ = directory.sync_all();
    }
}

/// Whether `bytes` fit into the directory; unknown counts as yes.
pub(crate) fn check_space(directory: &Path, bytes: u64) -> Result<(), Failure> {
    let Ok(space) = rustix::fs::statvfs(directory) else {
        return Ok(());
    };
    let free = space.f_bavail.saturating_mul(space.f_frsize);
    if space.f_blocks == 0 || free >= bytes {
        return Ok(());
    }
    Err(Failure::new(
        FailureKind::Storage,
        format!("Not enough room on the disk: the content needs {bytes} bytes, {free} are free."),
    )
    .next("Make room, or choose another directory with --to."))
}

fn taken(path: &Path) -> Failure {
    Failure::new(
        FailureKind::Conflict,
        format!(
            "{} is there already, with another content. It was left as it is.",
            clean(&path.display().to_string())
        ),
    )
    .next("Move it away, or choose another directory with --to.")
}

pub(crate) fn storage(what: &str, error: &io::Error) -> Failure {
    let failure = Failure::new(FailureKind::Storage, format!("{what} ({}).", error.kind()));
    failure.next(match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "The disk is full. Make room or choose another directory with --to."
        }
        io::ErrorKind::PermissionDenied => "Choose a directory you may write to with --to.",
        _ => "Check the directory and the disk.",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(nameless: bool) -> (tempfile::TempDir, Place) {
        let dir = tempfile::tempdir().unwrap();
        let mut place = Place::new(dir.path().join("out"), dir.path().join("unfinished"));
        place.nameless = nameless;
        (dir, place)
    }

    fn names(directory: &Path) -> Vec<String> {
        let mut names: Vec<String> = std::fs::read_dir(directory)
            .map(|entries| {
                entries
                    .map(|e| e.unwrap().file_name().into_string().unwrap())
                    .collect()
            })
            .unwrap_or_default();
        names.sort();
        names
    }

    #[test]
    fn what_is_not_released_is_gone_and_what_is_overwrites_nothing() {
        use std::os::unix::fs::PermissionsExt;
        for nameless in [true, false] {
            let (_dir, place) = place(nameless);
            let mut journal = Journal::new(&place.unfinished);
            let mut staged = Staged::begin(&place, &mut journal, "a.json").unwrap();
            staged.write(b"secret").unwrap();
            drop(staged);
            assert!(names(&place.directory).is_empty());
            for (content, numbered, name) in [
                (b"one", true, Some("a.json")),
                (b"one", true, Some("a.json")),
                (b"two", true, Some("a-2.json")),
                (b"six", false, None),
            ] {
                let mut staged = Staged::begin(&place, &mut journal, "a.json").unwrap();
                staged.write(content).unwrap();
                let released = staged.release("a.json", numbered, &mut journal);
                assert_eq!(
                    released.ok().map(|path| path.file_name().unwrap().to_owned()),
                    name.map(Into::into)
                );
            }
            assert_eq!(names(&place.directory), ["a-2.json", "a.json"], "{nameless}");
            let mode = std::fs::metadata(place.directory.join("a.json"))
                .unwrap()
                .permissions()
                .mode();
            assert_eq!(mode & 0o777, 0o600);
            journal.finish();
            assert!(names(&place.unfinished).is_empty());
        }
    }

    #[test]
    fn a_link_in_the_way_is_not_followed() {
        let (_dir, place) = place(false);
        let mut journal = Journal::new(&place.unfinished);
        std::fs::create_dir_all(&place.directory).unwrap();
        let target = place.directory.join("elsewhere");
        std::os::unix::fs::symlink(&target, place.directory.join("a.json.partial")).unwrap();
        assert!(Staged::begin(&place, &mut journal, "a.json").is_err());
        assert!(!target.exists());
    }
}
