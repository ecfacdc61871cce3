//! ZIP archives out of decrypted messages: every checksum is compared before anything is released,
//! names are made harmless, and what unpacks to more than it can sensibly be is refused.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use zip::ZipArchive;
use zip::result::ZipError;

use super::release::{Journal, Place, Staged, check_space, harmless};
use super::source::Watch;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::text::clean;

/// Entries of one archive.
const ENTRIES: usize = 10_000;
/// What a small entry may unpack to, whatever its ratio.
const FREE: u64 = 64 * 1024 * 1024;
/// Beyond it, an entry may not unpack to more than this many times its size.
const RATIO: u64 = 300;
/// Files that are open at once before they are released.
const OPEN: usize = 256;

/// Why an archive was not unpacked.
#[derive(Debug)]
pub(crate) enum Why {
    /// It is damaged: with a message that is not authenticated, this is the message's own trouble.
    Damaged,
    /// Something else, in its own words.
    Failure(Failure),
}

impl From<Failure> for Why {
    fn from(failure: Failure) -> Why {
        Why::Failure(failure)
    }
}

impl From<ZipError> for Why {
    fn from(error: ZipError) -> Why {
        match error {
            ZipError::UnsupportedArchive(what) => Why::Failure(
                Failure::new(
                    FailureKind::Refused,
                    format!("The archive inside uses what is not supported: {}.", clean(what)),
                )
                .next("Write it as it is with --raw and open it with another program."),
            ),
            _ => Why::Damaged,
        }
    }
}

/// Reads every entry to its end and compares the checksums. Gives the unpacked bytes.
pub(crate) fn verify(file: &mut File, watch: &Watch) -> Result<u64, Why> {
    let mut zip = open(file)?;
    let mut total = 0;
    let mut buffer = vec![0; 128 * 1024];
    for index in 0..zip.len() {
        total += each_piece(&mut zip, index, &mut buffer, watch, |_| Ok(()))?;
    }
    Ok(total)
}

/// Unpacks and releases the whole archive, or nothing of it. With a moderate number of entries all are
/// there, checked, before the first gets its name; a larger archive is checked first and then
/// released entry by entry, with a note of what is to be taken back should that break off.
pub(crate) fn unpack(
    file: &mut File,
    place: &Place,
    journal: &mut Journal,
    watch: &Watch,
) -> Result<Vec<PathBuf>, Why> {
    let count = open(file)?.len();
    if count > OPEN {
        verify(file, watch)?;
    }
    let mut zip = open(file)?;
    let said: u64 = (0..zip.len())
        .filter_map(|index| zip.by_index_raw(index).ok().map(|entry| entry.size()))
        .fold(0, u64::saturating_add);
    check_space(existing(&place.directory), said)?;
    let (mut staged, mut released) = (Vec::new(), Vec::new());
    let mut buffer = vec![0; 128 * 1024];
    for index in 0..zip.len() {
        let Some(name) = entry_name(&mut zip, index)? else {
            continue;
        };
        let mut target = Staged::begin(place, journal, &format!("{index}-{name}"))?;
        each_piece(&mut zip, index, &mut buffer, watch, |piece| {
            Ok(target.write(piece)?)
        })?;
        if count > OPEN {
            released.push(target.release(&name, true, journal)?);
        } else {
            staged.push((target, name));
        }
    }
    for (target, name) in staged {
        released.push(target.release(&name, true, journal)?);
    }
    Ok(released)
}

fn existing(directory: &Path) -> &Path {
    directory
        .ancestors()
        .find(|path| path.exists())
        .unwrap_or(directory)
}

fn open(file: &mut File) -> Result<ZipArchive<&mut File>, Why> {
    file.seek(SeekFrom::Start(0)).map_err(|_| Why::Damaged)?;
    let zip = ZipArchive::new(file)?;
    if zip.len() > ENTRIES {
        return Err(too_much(format!("it holds more than {ENTRIES} entries")));
    }
    Ok(zip)
}

/// The harmless name of an entry; `None` for a directory.
fn entry_name(zip: &mut ZipArchive<&mut File>, index: usize) -> Result<Option<String>, Why> {
    let entry = zip.by_index_raw(index)?;
    if entry.is_dir() {
        return Ok(None);
    }
    if entry.encrypted() {
        return Err(Failure::new(
            FailureKind::Refused,
            "The archive inside is encrypted with a password.",
        )
        .next("Write it as it is with --raw and open it with the program it was made with.")
        .into());
    }
    if entry.is_symlink() {
        return Err(too_much("it holds a link instead of a file".to_owned()));
    }
    let told = String::from_utf8_lossy(entry.name_raw()).into_owned();
    Ok(Some(
        harmless(&told).unwrap_or_else(|| format!("entry-{}", index + 1)),
    ))
}

fn each_piece(
    zip: &mut ZipArchive<&mut File>,
    index: usize,
    buffer: &mut [u8],
    watch: &Watch,
    mut take: impl FnMut(&[u8]) -> Result<(), Why>,
) -> Result<u64, Why> {
    let mut entry = zip.by_index(index)?;
    let most = entry.compressed_size().saturating_mul(RATIO).max(FREE);
    let mut total = 0_u64;
    loop {
        let read = entry.read(buffer).map_err(|_| Why::Damaged)?;
        if read == 0 {
            return Ok(total);
        }
        total += read as u64;
        if total > most {
            return Err(too_much(
                "an entry unpacks to more than it can sensibly be".to_owned(),
            ));
        }
        if (watch.stop)() {
            return Err(Failure::new(FailureKind::Interrupted, "Stopped; nothing was kept.").into());
        }
        take(&buffer[..read])?;
    }
}

fn too_much(why: String) -> Why {
    Why::Failure(
        Failure::new(
            FailureKind::Refused,
            format!("The archive inside is refused: {why}."),
        )
        .next("Ask whoever made the export; --raw writes it as it is."),
    )
}

/// True when the last bytes of a stream are the end of an archive without a comment.
pub(crate) fn is_end(last: &[u8]) -> bool {
    last.len() >= 22 && last[last.len() - 22..].starts_with(b"PK\x05\x06")
}
