//! Checking a log from its files alone, in one pass over its entries: every byte of the entries, of
//! the tiles and of the checkpoint is held against the others, and the checkpoint against the key.

mod against;

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use super::checkpoint::SignedCheckpoint;
use super::entry::Head;
use super::error::{LedgerError, io_at};
use super::log::CHECKPOINT;
use super::note::Verifier;
use super::opening::ENTRIES;
use super::tiles::{Kind, Tile, bundle_entry, encode_hashes, unfinished};
use super::tree::{Edge, FullTile, Hash, WIDTH, leaf};

/// More than this many problems tell nothing new.
const ENOUGH: usize = 20;

/// Bytes read at a time.
const PIECE: usize = 1 << 20;

/// What a log is held against besides itself.
#[derive(Clone, Debug, Default)]
pub struct Trust {
    /// A key known from elsewhere, which must be one of the log's. Without it the log is believed
    /// what it says of its own key.
    pub key: Option<Verifier>,
    /// An earlier checkpoint (signed note), which the log must continue.
    pub since: Option<String>,
    /// Entries that the store has for the place behind the last checkpoint: a crash may have left the
    /// first of them there.
    pub waiting: Vec<Vec<u8>>,
}

/// What a check found.
#[derive(Clone, Debug)]
pub struct Verified {
    /// The log's name.
    pub origin: String,
    /// Number of signed entries.
    pub size: u64,
    /// Root above them, as signed.
    pub root: Hash,
    /// The last place in the store's order that it, or a log before it, holds; 0 when none is told.
    pub last: u64,
    /// Every key that has signed, the one in force last.
    pub keys: Vec<Verifier>,
    /// Whole entries behind the last checkpoint, which the next publication signs.
    pub unsigned: usize,
    /// The earlier checkpoint that is continued, and the proof of it.
    pub since: Option<Since>,
    /// What is wrong, in the order in which it was found. Nothing is wrong when it is empty.
    pub problems: Vec<String>,
}

/// An earlier checkpoint that the log continues.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Since {
    /// Its size.
    pub size: u64,
    /// RFC 6962 consistency proof between the two.
    pub proof: Vec<Hash>,
}

/// Checks the log in `directory`.
///
/// # Errors
/// When there is nothing that could be checked: no readable checkpoint, no entries, a disk that fails.
pub fn verify(directory: &Path, trust: &Trust) -> Result<Verified, LedgerError> {
    let path = directory.join(CHECKPOINT);
    let note = fs::read(&path).map_err(io_at("the checkpoint", &path))?;
    let note =
        String::from_utf8(note).map_err(|_| LedgerError::Broken("its checkpoint is not text".to_owned()))?;
    let signed =
        SignedCheckpoint::parse(&note).map_err(|why| LedgerError::Broken(format!("its checkpoint {why}")))?;
    let since = trust.since.as_deref().map(SignedCheckpoint::parse).transpose();
    let since = since.map_err(|why| LedgerError::Entry(format!("the earlier checkpoint {why}")))?;
    let mut pass = Pass::new(directory, &signed, since.as_ref());
    pass.run()?;
    pass.check_root();
    pass.check_unfinished();
    pass.check_keys(trust.key.as_ref());
    let continued = since.as_ref().and_then(|since| pass.check_since(since));
    let last = Head::of(&pass.last).map_or(0, |head| head.sequence.unwrap_or(head.facts.continues_after));
    // A store may not have noted yet what is signed already.
    let waiting = trust.waiting.iter().filter(|line| {
        let sequence = Head::of(line).and_then(|head| head.sequence);
        sequence.is_none_or(|sequence| sequence > last)
    });
    let unsigned = pass.check_tail(waiting);
    Ok(Verified {
        origin: signed.checkpoint.origin.clone(),
        size: signed.checkpoint.size,
        root: signed.checkpoint.root,
        last,
        keys: pass.keys,
        unsigned,
        since: continued,
        problems: pass.problems,
    })
}

/// One pass over the entries.
struct Pass<'a> {
    directory: &'a Path,
    signed: &'a SignedCheckpoint,
    edge: Edge,
    bundle: Vec<u8>,
    keys: Vec<Verifier>,
    since_size: Option<u64>,
    since_root: Option<Hash>,
    last: Vec<u8>,
    tail: Vec<u8>,
    problems: Vec<String>,
}

impl<'a> Pass<'a> {
    fn new(directory: &'a Path, signed: &'a SignedCheckpoint, since: Option<&SignedCheckpoint>) -> Pass<'a> {
        Pass {
            directory,
            signed,
            edge: Edge::default(),
            bundle: Vec::new(),
            keys: Vec::new(),
            since_size: since.map(|since| since.checkpoint.size),
            since_root: None,
            last: Vec::new(),
            tail: Vec::new(),
            problems: Vec::new(),
        }
    }

    fn problem(&mut self, text: String) {
        if self.problems.len() < ENOUGH {
            self.problems.push(text);
        } else if self.problems.len() == ENOUGH {
            self.problems.push("… and more of the same".to_owned());
        }
    }

    /// Reads the entries; what stands behind the signed ones is kept.
    fn run(&mut self) -> Result<(), LedgerError> {
        let path = self.directory.join(ENTRIES);
        let mut file = File::open(&path).map_err(io_at("the file", &path))?;
        let size = self.signed.checkpoint.size;
        let length = file.metadata().map_err(io_at("the file", &path))?.len();
        let piece = PIECE.min(usize::try_from(length).unwrap_or(PIECE) + 1);
        let mut held = Vec::with_capacity(2 * piece);
        let marker = memchr::memmem::Finder::new(b"\"action\":\"ledger.");
        loop {
            let before = held.len();
            held.resize(before + piece, 0);
            let read = match file.read(&mut held[before..]) {
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => 0,
                Err(error) => return Err(io_at("the file", &path)(error)),
                Ok(0) => {
                    held.truncate(before);
                    break;
                }
                Ok(read) => read,
            };
            held.truncate(before + read);
            let mut from = 0;
            while self.edge.size() < size
                && let Some(at) = memchr::memchr(b'\n', &held[from..])
            {
                let line = &held[from..from + at];
                let own = marker.find(line).is_some();
                self.entry(line, own);
                from += at + 1;
            }
            held.drain(..from);
        }
        if self.edge.size() < size {
            let found = self.edge.size();
            self.problem(format!(
                "{ENTRIES} has {found} whole entries; the checkpoint is for {size}"
            ));
        }
        self.tail = held;
        Ok(())
    }

    fn entry(&mut self, line: &[u8], own: bool) {
        let index = self.edge.size();
        if index == 0 || own {
            self.own_entry(index, line);
        }
        if index + 1 == self.signed.checkpoint.size {
            self.last = line.to_vec();
        }
        bundle_entry(&mut self.bundle, line);
        let mut wrong = Vec::new();
        let (directory, bundle) = (self.directory, &self.bundle);
        let pushed = self.edge.push(leaf(line), |full: FullTile<'_>| {
            let tile = |kind| Tile {
                kind,
                index: full.index,
                width: WIDTH,
            };
            if full.level == 0 {
                wrong.extend(compare(directory, tile(Kind::Entries), bundle));
            }
            let kind = Kind::Hashes(full.level);
            wrong.extend(compare(directory, tile(kind), &encode_hashes(full.hashes)));
            Ok::<(), std::convert::Infallible>(())
        });
        match pushed {
            Ok(()) => {}
            Err(never) => match never {},
        }
        wrong.into_iter().for_each(|text| self.problem(text));
        if self.edge.size().is_multiple_of(WIDTH as u64) {
            self.bundle.clear();
        }
        if self.since_size == Some(self.edge.size()) {
            self.since_root = Some(self.edge.root());
        }
    }

    fn check_root(&mut self) {
        let checkpoint = &self.signed.checkpoint;
        if self.edge.size() == checkpoint.size && self.edge.root() != checkpoint.root {
            self.problem(format!(
                "the {} entries are not those that were signed",
                checkpoint.size
            ));
        }
    }

    fn check_unfinished(&mut self) {
        for tile in unfinished(self.edge.size()) {
            let wrong = match tile.kind {
                Kind::Entries => compare(self.directory, tile, &self.bundle),
                Kind::Hashes(level) => {
                    let hashes = encode_hashes(&self.edge.levels()[usize::from(level)]);
                    compare(self.directory, tile, &hashes)
                }
            };
            wrong.into_iter().for_each(|text| self.problem(text));
        }
    }
}

/// What is wrong with a tile whose bytes must be these.
fn compare(directory: &Path, tile: Tile, bytes: &[u8]) -> Option<String> {
    let path = tile.path();
    match fs::read(directory.join(&path)) {
        Ok(found) if found == bytes => None,
        Ok(_) => Some(format!("{} is not what follows from the entries", path.display())),
        Err(error) => Some(format!("{} cannot be read ({})", path.display(), error.kind())),
    }
}
