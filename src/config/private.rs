//! Files that hold secrets are for their owner alone.

use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// Whether only the user of this process (or root) can read the file.
///
/// # Errors
/// Why not, as the end of a sentence about the file.
pub fn check(path: &Path) -> Result<(), String> {
    let facts = std::fs::metadata(path).map_err(|error| format!("cannot be looked at ({})", error.kind()))?;
    let mode = facts.mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(format!("can be read by others (mode {mode:04o})"));
    }
    owned(&facts)
}

/// Whether only the user of this process (or root) can change the file.
///
/// # Errors
/// Why not, as the end of a sentence about the file.
pub fn check_unchanged(path: &Path) -> Result<(), String> {
    let facts = std::fs::metadata(path).map_err(|error| format!("cannot be looked at ({})", error.kind()))?;
    let mode = facts.mode() & 0o777;
    if mode & 0o022 != 0 {
        return Err(format!("can be changed by others (mode {mode:04o})"));
    }
    owned(&facts)
}

/// Whether this process can make files in a folder.
///
/// # Errors
/// Why not, in a few words.
pub fn can_be_written(folder: &Path) -> Result<(), String> {
    use rustix::fs::Access;
    rustix::fs::access(folder, Access::WRITE_OK | Access::EXEC_OK)
        .map_err(|error| std::io::Error::from(error).kind().to_string())
}

fn owned(facts: &std::fs::Metadata) -> Result<(), String> {
    let us = rustix::process::geteuid().as_raw();
    if facts.uid() != us && facts.uid() != 0 {
        return Err(format!("belongs to another user (uid {})", facts.uid()));
    }
    Ok(())
}
