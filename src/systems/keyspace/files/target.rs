//! One file to be searched, whatever it is made of: it comes in segments, each with a little of what
//! stands before and behind it.

use std::collections::BTreeMap;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicUsize;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::chunks::Data;
use super::name::Named;
use super::walk::Group;
use super::windows::{BORDER, open_at, snippet, windows};
use super::{info, raw, words};
use crate::systems::keyspace::matching::{Needles, Strength};

/// Bytes of a compressed value that goes over the end of a segment, at most.
const MAX_VALUE: usize = 2 * 1024 * 1024;
/// Plain bytes of a segment.
const SEGMENT: usize = 2 * 1024 * 1024;
/// Places kept for one file; more are counted only.
pub const MAX_PLACES: usize = 100_000;

/// One file to be searched.
pub struct Target<'a> {
    /// Its content.
    pub body: Body,
    /// What it is.
    pub of: Of<'a>,
    /// The segment that is given out next.
    pub next: AtomicUsize,
    /// What was found so far.
    pub heard: Mutex<Heard>,
}

/// The content of a file.
pub enum Body {
    /// In pieces that may be compressed.
    Data(Data),
    /// As it is, with its length.
    Raw(File, u64),
}

/// What a file is.
pub enum Of<'a> {
    /// A data file.
    Data(&'a Group),
    /// A log or a cache.
    Raw(&'a Path, raw::Kind),
}

/// What was found in one file.
#[derive(Default)]
pub struct Heard {
    /// By place and search.
    pub places: BTreeMap<(u64, usize), Seen>,
    /// More places than are kept.
    pub overflowed: bool,
    /// Pieces that are damaged, and how.
    pub damaged: Vec<(usize, String)>,
    /// Compressed values that could not be opened to their end.
    pub unopened: u64,
}

/// One place.
pub struct Seen {
    /// How well it fits.
    pub strength: Strength,
    /// The text around it.
    pub snippet: String,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What is behind these locks is whole at any time.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Body {
    /// Its plain bytes.
    pub fn length(&self) -> u64 {
        match self {
            Body::Data(data) => data.length(),
            Body::Raw(_, length) => *length,
        }
    }

    /// Pieces in a segment, and the size of a piece.
    pub fn pieces(&self) -> (usize, usize) {
        let piece = match self {
            Body::Data(data) => data.piece(),
            Body::Raw(..) => SEGMENT,
        };
        ((SEGMENT / piece).max(1), piece)
    }

    /// How many pieces there are.
    pub fn count(&self) -> usize {
        match self {
            Body::Data(data) => data.count(),
            Body::Raw(_, length) => usize::try_from(length.div_ceil(SEGMENT as u64)).unwrap_or(usize::MAX),
        }
    }

    /// The key of the partition that begins at `place` of the plain data: length of two bytes, key.
    pub fn key_at(&self, place: u64) -> Result<Vec<u8>, String> {
        let (_, piece) = self.pieces();
        let first = usize::try_from(place / piece as u64).map_err(|_| "it is too large")?;
        let from = usize::try_from(place % piece as u64).map_err(|_| "it is too large")?;
        let (mut plain, mut scratch) = (Vec::new(), Vec::new());
        for index in first..self.count() {
            self.append(index, &mut plain, &mut scratch)?;
            let entry = plain.get(from..).and_then(|entry| entry.split_first_chunk::<2>());
            let key = entry.and_then(|(length, rest)| rest.get(..usize::from(u16::from_be_bytes(*length))));
            if let Some(key) = key {
                return Ok(key.to_vec());
            }
        }
        Err("the data ends in a key".to_owned())
    }

    fn append(&self, index: usize, out: &mut Vec<u8>, scratch: &mut Vec<u8>) -> Result<(), String> {
        match self {
            Body::Data(data) => data
                .append(index, out, scratch)
                .map_err(|damage| damage.to_string()),
            Body::Raw(file, length) => {
                let at = (index * SEGMENT) as u64;
                let size = usize::try_from((length - at).min(SEGMENT as u64)).unwrap_or(SEGMENT);
                let from = out.len();
                out.resize(from + size, 0);
                file.read_exact_at(&mut out[from..], at)
                    .map_err(|error| words(&error))
            }
        }
    }
}

/// Room of one thread, used again.
#[derive(Default)]
pub struct Room {
    plain: Vec<u8>,
    scratch: Vec<u8>,
    border: Vec<u8>,
}

impl<'a> Target<'a> {
    /// A file with nothing found yet.
    pub fn new(body: Body, of: Of<'a>) -> Target<'a> {
        Target {
            body,
            of,
            next: AtomicUsize::new(0),
            heard: Mutex::default(),
        }
    }

    /// Searches one segment; gives its plain bytes and the places found.
    pub fn segment(&self, segment: usize, needles: &Needles, room: &mut Room) -> (u64, u64) {
        let (each, piece) = self.body.pieces();
        let pieces = segment * each..((segment + 1) * each).min(self.body.count());
        let Room {
            plain,
            scratch,
            border,
        } = room;
        plain.clear();
        let mut damaged = Vec::new();
        // Pieces before and behind belong to other segments: damage there is told by them.
        let mut before = 0;
        for index in (0..pieces.start).rev() {
            border.clear();
            let _ = self.body.append(index, border, scratch);
            let cut = border.len().saturating_sub(BORDER - before);
            plain.splice(0..0, border.drain(cut..));
            before = plain.len();
            if before >= BORDER {
                break;
            }
        }
        for index in pieces.clone() {
            if let Err(why) = self.body.append(index, plain, scratch) {
                damaged.push((index, why));
            }
        }
        let own = before..plain.len();
        for index in pieces.end..self.body.count() {
            border.clear();
            let _ = self.body.append(index, border, scratch);
            let wanted = BORDER - (plain.len() - own.end);
            plain.extend(border.drain(..border.len().min(wanted)));
            if plain.len() - own.end >= BORDER {
                break;
            }
        }
        let first = (pieces.start as u64 * piece as u64).saturating_sub(before as u64);
        let mut places = Vec::new();
        let cut = windows(plain, own.clone(), needles, &mut |at, hit| {
            places.push((
                first + at as u64,
                hit.search,
                hit.strength,
                snippet(plain, at, &hit),
            ));
        });
        let mut unopened = 0;
        for at in cut {
            let whole = self.from(&plain[at..own.end], pieces.end, border, scratch);
            let place = first + at as u64;
            let is_whole = open_at(border, needles, &mut |hit| {
                places.push((place, hit.search, hit.strength, String::new()));
            });
            unopened += u64::from(!(is_whole && whole));
        }
        let found = places.len() as u64;
        let mut heard = locked(&self.heard);
        heard.damaged.extend(damaged);
        heard.unopened += unopened;
        for (place, search, strength, snippet) in places {
            heard.note(place, search, strength, snippet);
        }
        (own.len() as u64, found)
    }
}

impl Target<'_> {
    /// Puts `begun` and what stands behind it from piece `next` on into `out`, up to a limit. False when
    /// a piece of that is damaged.
    fn from(&self, begun: &[u8], next: usize, out: &mut Vec<u8>, scratch: &mut Vec<u8>) -> bool {
        out.clear();
        out.extend_from_slice(begun);
        for index in next..self.body.count() {
            if out.len() >= MAX_VALUE {
                break;
            }
            if self.body.append(index, out, scratch).is_err() {
                return false;
            }
        }
        true
    }
}

impl Heard {
    fn note(&mut self, place: u64, search: usize, strength: Strength, snippet: String) {
        if let Some(seen) = self.places.get_mut(&(place, search)) {
            if strength > seen.strength {
                *seen = Seen { strength, snippet };
            }
        } else if self.places.len() < MAX_PLACES {
            self.places.insert((place, search), Seen { strength, snippet });
        } else {
            self.overflowed = true;
        }
    }
}

/// Opens a data file with what describes it. Any of its names will do.
pub fn open(group: &Group) -> Result<Data, String> {
    let mut why = "it has no name".to_owned();
    for (path, named) in &group.names {
        match open_as(path, named) {
            Ok(data) => return Ok(data),
            Err(failed) => why = failed,
        }
    }
    Err(why)
}

/// The file of another component beside a data file.
pub fn component(path: &Path, named: &Named, name: &str) -> PathBuf {
    path.with_file_name(format!("{}-{name}", named.stem))
}

fn open_as(path: &Path, named: &Named) -> Result<Data, String> {
    let file = File::open(path).map_err(|error| words(&error))?;
    let size = file.metadata().map_err(|error| words(&error))?.len();
    let described = match std::fs::read(component(path, named, "CompressionInfo.db")) {
        Ok(bytes) => Some(bytes),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => return Err(format!("its CompressionInfo.db: {}", words(&error))),
    };
    match described {
        Some(bytes) => {
            let compression = info::read(&bytes, &named.format, size)
                .map_err(|why| format!("its CompressionInfo.db: {why}"))?;
            Ok(Data::compressed(file, size, &named.format, compression))
        }
        None => {
            let sums = std::fs::read(component(path, named, "CRC.db")).ok();
            Data::plain(file, size, &named.format, sums.as_deref())
        }
    }
}

/// Opens a log or a cache.
pub fn open_raw(path: &Path, kind: raw::Kind) -> Result<(File, u64), String> {
    let file = File::open(path).map_err(|error| words(&error))?;
    let size = file.metadata().map_err(|error| words(&error))?.len();
    match raw::hidden(kind, &file) {
        Ok(Some(why)) => Err(format!("{}: {why}, which is not opened here", kind.words())),
        Ok(None) => Ok((file, size)),
        Err(error) => Err(words(&error)),
    }
}
