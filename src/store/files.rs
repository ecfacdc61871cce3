//! The store's file: who may read it, what it is, and on what kind of file system it lies. All of
//! it is looked at before SQLite touches anything.

use std::fs::{self, OpenOptions};
use std::io::Read;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::error::{damaged, storage};
use crate::domain::failure::Failure;

/// Marks a file as ours in SQLite's header (`dsrS`).
pub(crate) const APPLICATION_ID: i32 = 0x6473_7253;

/// Makes the directory where it is missing and checks that it keeps others out.
pub(crate) fn prepare_directory(directory: &Path, shared_group: Option<u32>) -> Result<(), Failure> {
    if !directory.exists() && shared_group.is_none() {
        use std::os::unix::fs::DirBuilderExt;
        let above = above(directory);
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(directory)
            // What is synced inside would be lost with a name that a power cut takes.
            .and_then(|()| (above.iter()).try_for_each(|above| lasting(above)))
            .map_err(|error| unusable("directory of the store", directory, &error))?;
    }
    let meta =
        fs::metadata(directory).map_err(|error| unusable("directory of the store", directory, &error))?;
    let shown = directory.display();
    if !meta.is_dir() {
        return Err(storage(format!("{shown} is not a directory.")));
    }
    if meta.mode() & 0o002 != 0 {
        return Err(storage(format!(
            "The directory {shown} can be written by everybody on this host."
        ))
        .next(format!("chmod o-w {shown}")));
    }
    let Some(group) = shared_group else {
        return if meta.mode() & 0o020 != 0 {
            Err(storage(format!(
                "The directory {shown} can be written by its group, but is not configured as shared."
            ))
            .next(format!("chmod g-w {shown}, or configure it as a shared store")))
        } else {
            Ok(())
        };
    };
    if meta.gid() != group || meta.mode() & 0o2070 != 0o2070 {
        return Err(storage(format!(
            "The shared directory {shown} must belong to group {group} with mode 2770, so that new files do too."
        ))
        .next(format!("chgrp {group} {shown} && chmod 2770 {shown}")));
    }
    Ok(())
}

/// Makes the names in a directory last, where it may be read and its file system can do that.
fn lasting(directory: &Path) -> std::io::Result<()> {
    use std::io::ErrorKind;
    match fs::File::open(directory).and_then(|open| open.sync_all()) {
        Err(error)
            if matches!(
                error.kind(),
                ErrorKind::PermissionDenied | ErrorKind::InvalidInput | ErrorKind::Unsupported
            ) =>
        {
            Ok(())
        }
        other => other,
    }
}

/// The directories above this one whose names for what is beneath them are new: those that are missing,
/// and the one that is there already at the end.
fn above(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for above in directory.ancestors().skip(1) {
        let here = match above.as_os_str().is_empty() {
            true => Path::new("."),
            false => above,
        };
        found.push(here.to_owned());
        if here.exists() {
            break;
        }
    }
    found
}

/// Makes an empty file with the right mode, or checks the one that is there.
pub(crate) fn prepare_file(path: &Path, shared_group: Option<u32>) -> Result<(), Failure> {
    let mode = if shared_group.is_some() { 0o660 } else { 0o600 };
    match OpenOptions::new()
        .read(true)
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(path)
    {
        Ok(file) => {
            // The mask of the process may have taken the group's bits away.
            file.set_permissions(fs::Permissions::from_mode(mode))
                .map_err(|error| unusable("store", path, &error))?;
            Ok(())
        }
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => check_file(path, shared_group),
        Err(error) => Err(unusable("store", path, &error)),
    }
}

fn check_file(path: &Path, shared_group: Option<u32>) -> Result<(), Failure> {
    let meta = fs::metadata(path).map_err(|error| unusable("store", path, &error))?;
    let shown = path.display();
    if !meta.is_file() {
        return Err(storage(format!("{shown} is not a file.")));
    }
    let mode = meta.mode() & 0o777;
    let (allowed, wanted) = if shared_group.is_some() {
        (0o660, "660")
    } else {
        (0o600, "600")
    };
    if mode & !allowed != 0 {
        return Err(storage(format!(
            "The store {shown} has mode {mode:03o}: others can read or write it."
        ))
        .next(format!("chmod {wanted} {shown}")));
    }
    if let Some(group) = shared_group
        && meta.gid() != group
    {
        return Err(storage(format!(
            "The shared store {shown} does not belong to group {group}."
        ))
        .next(format!("chgrp {group} {shown}")));
    }
    let user = rustix::process::geteuid().as_raw();
    if shared_group.is_none() && meta.uid() != user && user != 0 {
        return Err(storage(format!(
            "The store {shown} belongs to another user (uid {}).",
            meta.uid()
        )));
    }
    Ok(())
}

/// Looks at the header by itself, so that a foreign, damaged or newer file is refused untouched.
/// An empty file is a store to be.
pub(crate) fn check_header(path: &Path, known_version: u32) -> Result<(), Failure> {
    let mut header = [0u8; 100];
    let mut file = fs::File::open(path).map_err(|error| unusable("store", path, &error))?;
    let length = file
        .metadata()
        .map_err(|error| unusable("store", path, &error))?
        .len();
    if length == 0 {
        return Ok(());
    }
    if file.read_exact(&mut header).is_err() || &header[..16] != b"SQLite format 3\0" {
        return Err(damaged());
    }
    let word = |at: usize| u32::from_be_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
    // Zero while the first transaction has not been moved from the log into the file.
    if word(68) != 0 && word(68) != APPLICATION_ID.unsigned_abs() {
        return Err(damaged());
    }
    // Its length says nothing: a page may have been half written when a disk was full, and is made
    // whole from the log. What is missing for certain, SQLite tells when it is opened.
    newer(word(60), known_version)
}

/// Refuses a version that is not known yet.
pub(crate) fn newer(found: u32, known: u32) -> Result<(), Failure> {
    if found <= known {
        return Ok(());
    }
    Err(storage(format!(
        "The store was written by a newer version of dsr (store version {found}, this one knows {known}). \
         It was left as it is."
    ))
    .next("Use the newer version of dsr."))
}

/// True when the file system keeps its files on another machine: shared memory, which a write-ahead
/// log needs, does not work there.
pub(crate) fn on_network(directory: &Path) -> bool {
    #[cfg(target_os = "linux")]
    {
        // NFS, SMB, CIFS, SMB2, FUSE (sshfs and the like), AFS, Ceph, 9P, Lustre, GPFS, Coda, OCFS2.
        const NETWORK: [u64; 12] = [
            0x6969,
            0x517b,
            0xff53_4d42,
            0xfe53_4d42,
            0x6573_5546,
            0x5346_414f,
            0x00c3_6400,
            0x0102_1997,
            0x0bd0_0bd0,
            0x4750_4653,
            0x7375_7245,
            0x7461_636f,
        ];
        match rustix::fs::statfs(directory) {
            // The kernel's word is 32 bits wide; it may arrive with its sign extended.
            Ok(found) => NETWORK.contains(&((found.f_type as u64) & 0xffff_ffff)),
            Err(_) => false,
        }
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = directory;
        false
    }
}

fn unusable(what: &str, path: &Path, error: &std::io::Error) -> Failure {
    let full = error.kind() == std::io::ErrorKind::StorageFull;
    let failure = storage(format!("The {what} {} cannot be used: {error}.", path.display()));
    failure.next(if full {
        "Make room on the disk."
    } else {
        "Check that the directory exists and is yours."
    })
}
