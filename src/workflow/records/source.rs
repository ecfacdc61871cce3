//! The readable parts of a file: itself, what gzip has packed, or the entries of an archive.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::read::MultiGzDecoder;
use tokio_util::sync::CancellationToken;

use crate::crypto::rest::{self, RestKey};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::progress::{Listener, Progress};
use crate::domain::text::clean;

/// Bytes between two reports.
const REPORT: u64 = 16 * 1024 * 1024;

/// Who listens, and who may stop it.
pub(super) struct Asked<'a> {
    listener: &'a Listener,
    cancel: &'a CancellationToken,
    total: u64,
    done: AtomicU64,
    key: Option<&'a RestKey>,
}

impl<'a> Asked<'a> {
    pub(super) fn new(files: &[PathBuf], listener: &'a Listener, cancel: &'a CancellationToken) -> Asked<'a> {
        let sizes = files
            .iter()
            .filter_map(|file| std::fs::metadata(file).ok().map(|meta| meta.len()));
        Asked {
            listener,
            cancel,
            total: sizes.sum(),
            done: AtomicU64::new(0),
            key: None,
        }
    }

    /// The same with the key of files that are encrypted at rest.
    pub(super) fn opened_by(mut self, key: Option<&'a RestKey>) -> Asked<'a> {
        self.key = key;
        self
    }
}

/// A part: the name of its entry, when it is one, and its content. The answer says whether to go on.
pub(super) type Part<'a> = dyn FnMut(Option<&str>, &mut dyn Read) -> Result<bool, Failure> + 'a;

/// Gives every readable part of a file.
///
/// # Errors
/// When the file cannot be read, is encrypted, or the work was stopped.
pub(super) fn each_part(path: &Path, asked: &Asked<'_>, part: &mut Part<'_>) -> Result<(), Failure> {
    parts(path, asked, Entries::Json, part)
}

/// Which entries of an archive are wanted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Entries {
    /// Those that hold records.
    Json,
    /// All of them.
    All,
}

/// As [`each_part`], with a choice of entries.
pub(super) fn parts(
    path: &Path,
    asked: &Asked<'_>,
    entries: Entries,
    part: &mut Part<'_>,
) -> Result<(), Failure> {
    let shown = clean(&path.display().to_string());
    let failed = |error: io::Error| {
        let kind = match error.kind() {
            io::ErrorKind::NotFound => FailureKind::NotFound,
            _ => FailureKind::Storage,
        };
        Failure::new(kind, format!("{shown} cannot be read ({}).", error.kind()))
            .next("Check the name and the mode of the file.")
    };
    File::open(path).map_err(failed)?;
    let mut file = rest::open_file(path, asked.key)?;
    let mut beginning = Vec::new();
    (&mut file).take(64).read_to_end(&mut beginning).map_err(failed)?;
    file.seek(SeekFrom::Start(0)).map_err(failed)?;
    match beginning.as_slice() {
        [b'P', b'K', 3 | 5, 4 | 6, ..] => archive(&shown, file, asked, entries, part)?,
        [0x1f, 0x8b, 8, ..] => {
            part(None, &mut MultiGzDecoder::new(Counted { input: file, asked }))?;
        }
        [0x30, 0x80..=0x88, ..] => return Err(encrypted(&shown)),
        text if text.starts_with(b"-----BEGIN ") || text.starts_with(b"MIME-Version") => {
            return Err(encrypted(&shown));
        }
        _ => {
            part(None, &mut Counted { input: file, asked })?;
        }
    }
    match asked.cancel.is_cancelled() {
        true => Err(Failure::new(FailureKind::Interrupted, "Stopped.")),
        false => Ok(()),
    }
}

fn encrypted(shown: &str) -> Failure {
    Failure::new(FailureKind::Usage, format!("{shown} is still encrypted."))
        .next(format!("Decrypt it first: dsr decrypt {shown}"))
}

pub(super) fn archive<R: Read + Seek>(
    shown: &str,
    file: R,
    asked: &Asked<'_>,
    entries: Entries,
    part: &mut Part<'_>,
) -> Result<(), Failure> {
    let damaged = || {
        Failure::new(FailureKind::BadAnswer, format!("The archive {shown} is damaged."))
            .next("Decrypt it again, with all parts of a split export.")
    };
    let mut zip = zip::ZipArchive::new(file).map_err(|_| damaged())?;
    for index in 0..zip.len() {
        let mut entry = zip.by_index(index).map_err(|_| damaged())?;
        let name = String::from_utf8_lossy(entry.name_raw()).into_owned();
        let json = name.to_ascii_lowercase().ends_with(".json");
        if entry.is_dir() || (entries == Entries::Json && !json) {
            continue;
        }
        // An archive that unpacks to far more than it is no export.
        let most = entry.compressed_size().saturating_mul(300).max(64 * 1024 * 1024);
        let limited = Limited {
            input: &mut entry,
            left: most,
        };
        let mut counted = Counted {
            input: limited,
            asked,
        };
        let wants_more = part(Some(&name), &mut counted)?;
        if !wants_more {
            break;
        }
    }
    Ok(())
}

/// Fails where there is more than was to be expected: what is cut off in silence would count as read.
struct Limited<R> {
    input: R,
    left: u64,
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(target)?;
        self.left = self
            .left
            .checked_sub(read as u64)
            .ok_or(io::ErrorKind::FileTooLarge)?;
        Ok(read)
    }
}

/// Counts what is read, and ends early when the work is to stop.
struct Counted<'a, R> {
    input: R,
    asked: &'a Asked<'a>,
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        if self.asked.cancel.is_cancelled() {
            return Ok(0);
        }
        let read = self.input.read(target)?;
        let before = self.asked.done.fetch_add(read as u64, Ordering::Relaxed);
        let done = before + read as u64;
        if before / REPORT != done / REPORT {
            self.asked.listener.tell(Progress {
                done,
                total: Some(self.asked.total),
                unit: "bytes",
                note: "read".to_owned(),
            });
        }
        Ok(read)
    }
}
