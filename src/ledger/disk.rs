//! Every call by which the ledger changes something on the disk, in one place, so that each of them
//! can be counted, refused or cut short: what the ledger makes of a failing disk is tried at every
//! call, and the number of syncs is known.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A call that changes something on the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DiskCall {
    /// A directory is made.
    MakeDirectory,
    /// A file is made or emptied.
    Create,
    /// Bytes are written.
    Write,
    /// A file is cut to a length.
    Cut,
    /// A file or the names in a directory are made to last.
    Sync,
    /// A file or directory gets another name.
    Rename,
    /// A file or directory is removed.
    Remove,
}

/// How a call fails.
#[derive(Debug)]
pub struct DiskFailure {
    /// What the system would have said.
    pub error: io::Error,
    /// Of a write: how many bytes reach the disk all the same.
    pub written: usize,
}

/// Asked before each call.
pub trait DiskWatch: Send + Sync {
    /// Lets the call at `path` pass, or says how it fails. `bytes` are those of a write.
    ///
    /// # Errors
    /// What the caller is to meet.
    fn before(&self, call: DiskCall, path: &Path, bytes: usize) -> Result<(), DiskFailure>;

    /// Told which name `from` is about to get, once [`DiskWatch::before`] let the call pass.
    fn renames(&self, _from: &Path, _to: &Path) {}
}

/// The disk for files that only their owner, or a group that shares them, can read.
#[derive(Clone, Default)]
pub(super) struct Disk {
    shared: bool,
    watch: Option<Arc<dyn DiskWatch>>,
}

/// A file that is open for writing.
pub(super) struct Output {
    file: File,
    path: PathBuf,
    disk: Disk,
}

impl std::fmt::Debug for Disk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = if self.shared { "shared" } else { "private" };
        write!(f, "Disk({name})")
    }
}

impl Disk {
    /// The disk as it is.
    pub(super) fn new(shared: bool, watch: Option<Arc<dyn DiskWatch>>) -> Disk {
        Disk { shared, watch }
    }

    pub(super) fn file_mode(&self) -> u32 {
        if self.shared { 0o660 } else { 0o600 }
    }

    fn directory_mode(&self) -> u32 {
        if self.shared { 0o2770 } else { 0o700 }
    }

    fn ask(&self, call: DiskCall, path: &Path) -> io::Result<()> {
        match &self.watch {
            Some(watch) => watch.before(call, path, 0).map_err(|failure| failure.error),
            None => Ok(()),
        }
    }

    /// Makes a directory and what is missing above it.
    pub(super) fn make_directory(&self, path: &Path) -> io::Result<()> {
        if path.is_dir() {
            return Ok(());
        }
        if let Some(above) = path.parent().filter(|above| !above.as_os_str().is_empty()) {
            self.make_directory(above)?;
        }
        self.ask(DiskCall::MakeDirectory, path)?;
        match fs::DirBuilder::new().mode(self.directory_mode()).create(path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        if self.shared {
            // The mask of the process may have taken the group's bits away.
            fs::set_permissions(path, fs::Permissions::from_mode(self.directory_mode()))?;
        }
        Ok(())
    }

    /// Opens a file for writing, empty.
    pub(super) fn create(&self, path: &Path) -> io::Result<Output> {
        self.ask(DiskCall::Create, path)?;
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(self.file_mode())
            .open(path)?;
        if self.shared {
            file.set_permissions(fs::Permissions::from_mode(self.file_mode()))?;
        }
        Ok(self.output(file, path))
    }

    /// Opens a file that is there, to go on with it.
    pub(super) fn open(&self, path: &Path) -> io::Result<Output> {
        let file = OpenOptions::new().write(true).open(path)?;
        Ok(self.output(file, path))
    }

    fn output(&self, file: File, path: &Path) -> Output {
        Output {
            file,
            path: path.to_owned(),
            disk: self.clone(),
        }
    }

    /// Writes a file whose loss costs nothing, making its directory where it is missing.
    pub(super) fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let mut file = match self.create(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                if let Some(above) = path.parent() {
                    self.make_directory(above)?;
                }
                self.create(path)?
            }
            other => other?,
        };
        file.write_all(bytes)
    }

    /// Replaces a file: whatever happens, the old or the new one is there, whole.
    pub(super) fn replace(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let mut beside = path.as_os_str().to_owned();
        beside.push(".new");
        let beside = Path::new(&beside);
        let written = self.create(beside).and_then(|mut file| {
            file.write_all(bytes)?;
            file.sync()
        });
        written.and_then(|()| self.rename(beside, path)).inspect_err(|_| {
            // Litter; the next attempt writes over it.
            let _ = self.remove_file(beside);
        })
    }

    pub(super) fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.ask(DiskCall::Rename, from)?;
        if let Some(watch) = &self.watch {
            watch.renames(from, to);
        }
        fs::rename(from, to)
    }

    pub(super) fn remove_file(&self, path: &Path) -> io::Result<()> {
        self.ask(DiskCall::Remove, path)?;
        fs::remove_file(path)
    }

    /// Removes a directory with all in it.
    pub(super) fn remove_all(&self, path: &Path) -> io::Result<()> {
        self.ask(DiskCall::Remove, path)?;
        fs::remove_dir_all(path)
    }

    /// Makes the names in a directory last.
    pub(super) fn sync_directory(&self, path: &Path) -> io::Result<()> {
        self.ask(DiskCall::Sync, path)?;
        File::open(path)?.sync_all()
    }
}

impl Output {
    /// Goes on at this byte.
    pub(super) fn at(&mut self, place: u64) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(place)).map(drop)
    }

    /// Cuts it to this length.
    pub(super) fn cut(&self, length: u64) -> io::Result<()> {
        self.disk.ask(DiskCall::Cut, &self.path)?;
        self.file.set_len(length)
    }

    /// Makes the bytes and the length last.
    pub(super) fn sync_data(&self) -> io::Result<()> {
        self.disk.ask(DiskCall::Sync, &self.path)?;
        self.file.sync_data()
    }

    /// Makes all of it last.
    pub(super) fn sync(&self) -> io::Result<()> {
        self.disk.ask(DiskCall::Sync, &self.path)?;
        self.file.sync_all()
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let Some(watch) = &self.disk.watch else {
            return self.file.write(bytes);
        };
        match watch.before(DiskCall::Write, &self.path, bytes.len()) {
            Ok(()) => self.file.write(bytes),
            Err(failure) => {
                self.file.write_all(&bytes[..failure.written.min(bytes.len())])?;
                Err(failure.error)
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
