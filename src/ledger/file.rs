//! Writing files that only their owner, or a group that shares them, can read.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

/// Who may read and write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Modes {
    pub(super) shared: bool,
}

impl Modes {
    pub(super) fn file(self) -> u32 {
        if self.shared { 0o660 } else { 0o600 }
    }

    pub(super) fn directory(self) -> u32 {
        if self.shared { 0o2770 } else { 0o700 }
    }

    /// Makes a directory and what is missing above it.
    pub(super) fn make_directory(self, path: &Path) -> io::Result<()> {
        if path.is_dir() {
            return Ok(());
        }
        if let Some(above) = path.parent().filter(|above| !above.as_os_str().is_empty()) {
            self.make_directory(above)?;
        }
        match fs::DirBuilder::new().mode(self.directory()).create(path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        if self.shared {
            // The mask of the process may have taken the group's bits away.
            fs::set_permissions(path, fs::Permissions::from_mode(self.directory()))?;
        }
        Ok(())
    }

    /// Opens a file for writing, empty.
    pub(super) fn create(self, path: &Path) -> io::Result<File> {
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(self.file())
            .open(path)?;
        if self.shared {
            file.set_permissions(fs::Permissions::from_mode(self.file()))?;
        }
        Ok(file)
    }

    /// Writes a file whose loss costs nothing, making its directory where it is missing.
    pub(super) fn write(self, path: &Path, bytes: &[u8]) -> io::Result<()> {
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
    pub(super) fn replace(self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let mut beside = path.as_os_str().to_owned();
        beside.push(".new");
        let beside = Path::new(&beside);
        let written = self.create(beside).and_then(|mut file| {
            file.write_all(bytes)?;
            file.sync_all()
        });
        written.and_then(|()| fs::rename(beside, path)).inspect_err(|_| {
            // Litter; the next attempt writes over it.
            let _ = fs::remove_file(beside);
        })
    }
}

/// Makes the names in a directory last.
pub(super) fn sync_directory(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}
