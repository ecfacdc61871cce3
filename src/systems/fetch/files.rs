//! Files of results: names made harmless, digests, and moves that overwrite nothing.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use rustix::fs::{AtFlags, CWD, RenameFlags, renameat_with};
use rustix::io::Errno;
use sha2::{Digest, Sha256};

use crate::domain::failure::{Failure, FailureKind};
use crate::domain::text;

/// Renames, failing when the name is taken. File systems that cannot do that in one step link and
/// unlink instead, which fails on a taken name as well.
pub(in crate::systems) fn move_without_overwriting(from: &Path, to: &Path) -> io::Result<()> {
    match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        Ok(()) => Ok(()),
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {
            rustix::fs::linkat(CWD, from, CWD, to, AtFlags::empty())?;
            std::fs::remove_file(from)
        }
        Err(error) => Err(error.into()),
    }
}

pub(in crate::systems) fn same_content(path: &Path, bytes: u64, sha256: &str) -> bool {
    let plain = std::fs::symlink_metadata(path).is_ok_and(|meta| meta.is_file() && meta.len() == bytes);
    plain && digest(path).is_ok_and(|(_, found)| found == sha256)
}

/// Length and hex SHA-256 of a file as it lies on disk.
pub(in crate::systems) fn digest(path: &Path) -> io::Result<(u64, String)> {
    let mut file = File::open(path)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0_u8; 128 * 1024];
    let mut bytes = 0;
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        hash.update(&buffer[..read]);
        bytes += read as u64;
    }
    let hex = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    Ok((bytes, hex))
}

/// `name`, then `name-2`, `name-3` before the extension.
pub(in crate::systems) fn numbered(name: &str, number: u32) -> String {
    match (number, name.rsplit_once('.')) {
        (1, _) => name.to_owned(),
        (n, Some((stem, extension))) => format!("{stem}-{n}.{extension}"),
        (n, None) => format!("{name}-{n}"),
    }
}

/// A file name out of what a server says, or nothing: no directories, no leading dot, no characters
/// that shells or terminals act on.
pub(in crate::systems) fn file_name(told: &str) -> Option<String> {
    let last = told.rsplit(['/', '\\']).next()?;
    let name = sanitised(last, 150);
    let name = name.trim_start_matches(['.', '-']);
    let fit =
        name.chars().any(char::is_alphanumeric) && !name.ends_with(".partial") && !name.ends_with(".json");
    fit.then(|| name.to_owned())
}

pub(in crate::systems) fn sanitised(text: &str, limit: usize) -> String {
    text.chars()
        .take(limit)
        .map(|c| {
            if c.is_ascii_alphanumeric() || "-._".contains(c) {
                c
            } else {
                '_'
            }
        })
        .collect()
}

/// A failure of the disk.
pub(in crate::systems) fn storage(what: &str, error: &io::Error) -> Failure {
    let failure = Failure::new(
        FailureKind::Storage,
        format!("{what}: {}.", text::clean(&error.to_string())),
    );
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            failure.next("The disk is full. Make room or choose another directory (--to), then run it again.")
        }
        io::ErrorKind::PermissionDenied => failure.next("Choose a directory you may write to (--to)."),
        _ => failure.next("Check the directory and the disk."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_servers_are_made_harmless() {
        for (told, name) in [
            (
                "results-r1-2026-11-03T10:00:00Z.zip",
                Some("results-r1-2026-11-03T10_00_00Z.zip"),
            ),
            ("../../.ssh/authorized_keys", Some("authorized_keys")),
            ("..\\..\\evil.zip", Some("evil.zip")),
            (".bashrc", Some("bashrc")),
            ("-rf", Some("rf")),
            ("a\u{202e}piz.exe", Some("a_piz.exe")),
            ("", None),
            ("...", None),
            ("x/", None),
            ("r.zip.partial", None),
        ] {
            assert_eq!(file_name(told).as_deref(), name, "{told:?}");
        }
    }
}
