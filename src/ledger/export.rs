//! Handing evidence out: the whole log, or chosen entries with the proof that each stands in the
//! signed tree, and beside it a script that checks it without this program.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::anchored::ANCHORS;
use super::checkpoint::SignedCheckpoint;
use super::disk::Disk;
use super::error::{LedgerError, io_at};
use super::log::CHECKPOINT;
use super::note::Verifier;
use super::opening::{ENTRIES, walk};
use super::proof;
use super::tiles::{Kind, Tile, TileReader};
use super::tree::{HEIGHT, WIDTH, leaf};

/// Checks what lies beside it, with `sh`, `openssl` and the ordinary tools of a system.
pub const SCRIPT: &str = include_str!("../../assets/ledger/check.sh");

/// What is handed out is for whoever asked for it, until they say otherwise.
fn own() -> Disk {
    Disk::default()
}

/// What was handed out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exported {
    /// Entries in it.
    pub entries: u64,
    /// Entries below the checkpoint that goes with it.
    pub size: u64,
}

/// Copies the signed part of the log in `directory` to `target`, which must not exist or be empty.
///
/// # Errors
/// When the log cannot be read, or `target` not written.
pub fn export_log(directory: &Path, key: &Verifier, target: &Path) -> Result<Exported, LedgerError> {
    let (note, signed) = signed(directory)?;
    let log = target.join("log");
    prepare(target)?;
    own().make_directory(&log).map_err(io_at("the directory", &log))?;
    let size = signed.checkpoint.size;
    put(&log.join(CHECKPOINT), note.as_bytes())?;
    // Only what is signed is handed out, whatever a crash has left behind it.
    let bytes = walk(&directory.join(ENTRIES), size, |_| Ok(()))?;
    let Some(bytes) = bytes else {
        return Err(LedgerError::Broken(format!(
            "{ENTRIES} has fewer than {size} entries"
        )));
    };
    let path = log.join(ENTRIES);
    let source = fs::File::open(directory.join(ENTRIES)).map_err(io_at("the file", &path))?;
    let mut copied = own().create(&path).map_err(io_at("the file", &path))?;
    io::copy(&mut source.take(bytes), &mut copied).map_err(io_at("the file", &path))?;
    for tile in tiles_of(size) {
        let path = directory.join(tile.path());
        let bytes = fs::read(&path).map_err(io_at("the tile", &path))?;
        put(&log.join(tile.path()), &bytes)?;
    }
    anchors(directory, target)?;
    beside(target, key)?;
    Ok(Exported { entries: size, size })
}

/// Writes the entries with these indexes, in ascending order, and their proofs to `target`, which
/// must not exist or be empty.
///
/// # Errors
/// As [`export_log`]; [`LedgerError::Broken`] when an entry cannot be proven.
pub fn export_entries(
    directory: &Path,
    key: &Verifier,
    indexes: &[u64],
    target: &Path,
) -> Result<Exported, LedgerError> {
    let (note, signed) = signed(directory)?;
    let (size, root) = (signed.checkpoint.size, signed.checkpoint.root);
    prepare(target)?;
    put(&target.join(CHECKPOINT), note.as_bytes())?;
    let mut tiles = TileReader::new(directory, size);
    let mut wanted = indexes.iter().copied().peekable();
    let mut index = 0;
    walk(&directory.join(ENTRIES), size, |line| {
        if wanted.next_if_eq(&index).is_some() {
            let path = proof::inclusion(&mut tiles, index, size).map_err(io_at("a tile", directory))?;
            if !proof::includes(&leaf(line), index, size, &path, &root) {
                return Err(LedgerError::Broken(format!(
                    "its tiles do not prove entry {index}"
                )));
            }
            let hashes: String = path
                .iter()
                .map(|hash| format!("{}\n", STANDARD.encode(hash)))
                .collect();
            let proof = format!("c2sp.org/tlog-proof@v1\nindex {index}\n{hashes}\n{note}");
            put(&target.join(format!("{index:012}.json")), line)?;
            put(&target.join(format!("{index:012}.proof")), proof.as_bytes())?;
        }
        index += 1;
        Ok(())
    })?;
    if let Some(missing) = wanted.next() {
        return Err(LedgerError::Broken(format!("entry {missing} is not in it")));
    }
    beside(target, key)?;
    Ok(Exported {
        entries: indexes.len() as u64,
        size,
    })
}

fn signed(directory: &Path) -> Result<(String, SignedCheckpoint), LedgerError> {
    let path = directory.join(CHECKPOINT);
    let note = fs::read_to_string(&path).map_err(io_at("the checkpoint", &path))?;
    let signed =
        SignedCheckpoint::parse(&note).map_err(|why| LedgerError::Broken(format!("its checkpoint {why}")))?;
    Ok((note, signed))
}

/// Every tile of a log of this size.
fn tiles_of(size: u64) -> Vec<Tile> {
    let mut tiles = Vec::new();
    for level in 0u8..8 {
        let count = size.checked_shr(HEIGHT * u32::from(level)).unwrap_or(0);
        for index in 0..count.div_ceil(WIDTH as u64) {
            tiles.extend(Tile::at(Kind::Hashes(level), index, size));
            if level == 0 {
                tiles.extend(Tile::at(Kind::Entries, index, size));
            }
        }
    }
    tiles
}

/// Stamps go along with a whole log: they are for its earlier checkpoints.
fn anchors(directory: &Path, target: &Path) -> Result<(), LedgerError> {
    let from = directory.join(ANCHORS);
    let Ok(inside) = fs::read_dir(&from) else {
        return Ok(());
    };
    for entry in inside {
        let path = entry.map_err(io_at("the directory", &from))?.path();
        let bytes = fs::read(&path).map_err(io_at("the file", &path))?;
        put(
            &target.join(ANCHORS).join(path.file_name().unwrap_or_default()),
            &bytes,
        )?;
    }
    Ok(())
}

fn prepare(target: &Path) -> Result<(), LedgerError> {
    own()
        .make_directory(target)
        .map_err(io_at("the directory", target))?;
    let mut inside = fs::read_dir(target).map_err(io_at("the directory", target))?;
    if inside.next().is_some() {
        let full = io::Error::new(io::ErrorKind::AlreadyExists, "it is not empty");
        return Err(io_at("the directory", target)(full));
    }
    Ok(())
}

fn beside(target: &Path, key: &Verifier) -> Result<(), LedgerError> {
    put(&target.join("verifier-key"), format!("{key}\n").as_bytes())?;
    put(&target.join("check.sh"), SCRIPT.as_bytes())
}

fn put(path: &Path, bytes: &[u8]) -> Result<(), LedgerError> {
    own().write(path, bytes).map_err(io_at("the file", path))
}
