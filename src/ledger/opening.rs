//! Opening a log: what its files say is held against its last checkpoint. The short way reads the
//! right edge only; where tiles are missing or wrong, the long way makes them again from the entries.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;
use std::time::Duration;

use super::checkpoint::Checkpoint;
use super::disk::Disk;
use super::error::{LedgerError, io_at};
use super::log::CHECKPOINT;
use super::proof;
use super::tiles::{Kind, Tile, TileReader, bundle_entry, decode_bundle, encode_hashes, unfinished};
use super::tree::{Edge, FullTile, HEIGHT, Hash, WIDTH, leaf};

/// Name of the file with the entries.
pub(super) const ENTRIES: &str = "entries.jsonl";

/// How much may stand behind the signed part for the short way to find its end.
const LOOK_BACK: u64 = 4 * 1024 * 1024;

/// Appending waits for no full tile to reach the disk, so a power cut may take those that were written within
/// so long before the checkpoint. They are looked at with the bundles beside them: so many in any case, and
/// no more than opening may take.
const UNSYNCED: Duration = Duration::from_secs(120);
const AT_LEAST: usize = 4;
const AT_MOST: usize = 256;

/// What is known of the signed part of a log.
#[derive(Clone, Debug)]
pub(super) struct Signed {
    pub(super) edge: Edge,
    /// Entries of the last bundle, 1 to 256 (none in an empty log).
    pub(super) recent: Vec<Vec<u8>>,
    /// Length of the signed part of the file with the entries.
    pub(super) bytes: u64,
}

/// The signed part as the right edge shows it; `None` when the long way has to be gone.
pub(super) fn quick(directory: &Path, checkpoint: &Checkpoint) -> Option<Signed> {
    let size = checkpoint.size;
    if size == 0 {
        return None;
    }
    let mut tiles = TileReader::new(directory, size);
    let edge = edge_of(&mut tiles, size).ok()?;
    let bundle = Tile::at(Kind::Entries, (size - 1) / WIDTH as u64, size)?;
    let recent = decode_bundle(&fs::read(directory.join(bundle.path())).ok()?, bundle.width)?;
    if edge.root() != checkpoint.root {
        return None;
    }
    let signed_at = fs::metadata(directory.join(CHECKPOINT)).ok()?.modified().ok()?;
    for (number, index) in (0..size / WIDTH as u64).rev().take(AT_MOST).enumerate() {
        let tile = Tile::at(Kind::Entries, index, size)?;
        let path = directory.join(tile.path());
        let written_at = fs::metadata(&path).ok()?.modified().ok()?;
        let age = signed_at.duration_since(written_at).unwrap_or_default();
        if number >= AT_LEAST && age > UNSYNCED {
            break;
        }
        let entries = decode_bundle(&fs::read(&path).ok()?, tile.width)?;
        stands(&mut tiles, checkpoint, index, &entries)?;
    }
    stands(&mut tiles, checkpoint, bundle.index, &recent)?;
    let bytes = end_of(&directory.join(ENTRIES), &recent).ok()??;
    Some(Signed { edge, recent, bytes })
}

/// Whether the tile with this index is that of `entries`, and under the checkpoint; `None` if not.
fn stands(tiles: &mut TileReader, checkpoint: &Checkpoint, index: u64, entries: &[Vec<u8>]) -> Option<()> {
    let leaves: Vec<Hash> = entries.iter().map(|entry| leaf(entry)).collect();
    if tiles.hashes(0, index).ok()? != leaves {
        return None;
    }
    // The proof of an entry is made of the tile's other hashes, so that it speaks for them too.
    let (size, root) = (checkpoint.size, &checkpoint.root);
    let last = index * WIDTH as u64 + (leaves.len() as u64).checked_sub(1)?;
    let path = proof::inclusion(tiles, last, size).ok()?;
    proof::includes(leaves.last()?, last, size, &path, root).then_some(())
}

fn edge_of(tiles: &mut TileReader, size: u64) -> io::Result<Edge> {
    let mut levels = Vec::new();
    let mut count = size;
    for level in 0u8.. {
        if count == 0 {
            break;
        }
        levels.push(match count % WIDTH as u64 {
            0 => Vec::new(),
            _ => tiles.hashes(level, count / WIDTH as u64)?.to_vec(),
        });
        count >>= HEIGHT;
    }
    Ok(Edge::of(size, levels))
}

/// Where in the file the last of `recent` ends.
fn end_of(entries: &Path, recent: &[Vec<u8>]) -> io::Result<Option<u64>> {
    let mut wanted = recent.join(&b'\n');
    wanted.push(b'\n');
    let mut file = File::open(entries)?;
    let length = file.metadata()?.len();
    let from = length.saturating_sub(wanted.len() as u64 + LOOK_BACK);
    file.seek(SeekFrom::Start(from))?;
    let mut end = Vec::new();
    file.read_to_end(&mut end)?;
    let found = memchr::memmem::rfind(&end, &wanted);
    Ok(found.map(|at| from + (at + wanted.len()) as u64))
}

/// Gives the lines of a file with entries to `each`, up to `size` of them; the bytes that they have,
/// line feeds included, or `None` when there are fewer.
pub(super) fn walk(
    entries: &Path,
    size: u64,
    mut each: impl FnMut(&[u8]) -> Result<(), LedgerError>,
) -> Result<Option<u64>, LedgerError> {
    let file = File::open(entries).map_err(io_at("the file", entries))?;
    let mut reader = BufReader::with_capacity(1 << 20, file);
    let (mut line, mut bytes) = (Vec::new(), 0);
    for _ in 0..size {
        line.clear();
        let read = reader
            .read_until(b'\n', &mut line)
            .map_err(io_at("the file", entries))?;
        if line.pop() != Some(b'\n') {
            return Ok(None);
        }
        bytes += read as u64;
        each(&line)?;
    }
    Ok(Some(bytes))
}

/// Goes the long way: all entries are held against the checkpoint, and only when they agree, the
/// tiles are written anew.
pub(super) fn remake(directory: &Path, checkpoint: &Checkpoint, disk: &Disk) -> Result<Signed, LedgerError> {
    let entries = directory.join(ENTRIES);
    let mut edge = Edge::default();
    let bytes = walk(&entries, checkpoint.size, |line| {
        edge.push(leaf(line), |_| Ok(()))
    })?;
    let Some(bytes) = bytes else {
        return Err(LedgerError::Broken(format!(
            "its checkpoint is for {} entries, and {ENTRIES} has fewer",
            checkpoint.size
        )));
    };
    if edge.root() != checkpoint.root {
        return Err(LedgerError::Broken(format!(
            "the first {} entries are not those of its checkpoint",
            checkpoint.size
        )));
    }
    let mut writer = TileWriter::new(directory, disk);
    let mut edge = Edge::default();
    walk(&entries, checkpoint.size, |line| writer.push(&mut edge, line))?;
    writer.finish(&edge)?;
    Ok(Signed {
        edge,
        recent: writer.recent,
        bytes,
    })
}

/// Writes the tiles that follow from entries as they come.
pub(super) struct TileWriter<'a> {
    directory: &'a Path,
    disk: &'a Disk,
    /// Entries of the last bundle.
    pub(super) recent: Vec<Vec<u8>>,
}

impl<'a> TileWriter<'a> {
    pub(super) fn new(directory: &'a Path, disk: &'a Disk) -> TileWriter<'a> {
        TileWriter {
            directory,
            disk,
            recent: Vec::new(),
        }
    }

    /// Goes on behind `recent`.
    pub(super) fn behind(mut self, recent: &[Vec<u8>]) -> TileWriter<'a> {
        self.recent = recent.to_vec();
        self
    }

    /// Takes an entry; tiles that it completes are written.
    pub(super) fn push(&mut self, edge: &mut Edge, line: &[u8]) -> Result<(), LedgerError> {
        if self.recent.len() == WIDTH {
            self.recent.clear();
        }
        self.recent.push(line.to_vec());
        let (directory, disk, recent) = (self.directory, self.disk, &self.recent);
        edge.push(leaf(line), |full: FullTile<'_>| {
            let tile = |kind| Tile {
                kind,
                index: full.index,
                width: WIDTH,
            };
            if full.level == 0 {
                put(directory, disk, tile(Kind::Entries), &encode_entries(recent))?;
            }
            put(
                directory,
                disk,
                tile(Kind::Hashes(full.level)),
                &encode_hashes(full.hashes),
            )
        })
    }

    /// Writes the tiles that are not full.
    pub(super) fn finish(&self, edge: &Edge) -> Result<(), LedgerError> {
        for tile in unfinished(edge.size()) {
            let bytes = match tile.kind {
                Kind::Entries => encode_entries(&self.recent),
                Kind::Hashes(level) => encode_hashes(&edge.levels()[usize::from(level)]),
            };
            put(self.directory, self.disk, tile, &bytes)?;
        }
        Ok(())
    }
}

fn encode_entries(entries: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for entry in entries {
        bundle_entry(&mut bytes, entry);
    }
    bytes
}

fn put(directory: &Path, disk: &Disk, tile: Tile, bytes: &[u8]) -> Result<(), LedgerError> {
    let path = directory.join(tile.path());
    disk.write(&path, bytes).map_err(io_at("the tile", &path))
}
