//! The layout of C2SP tlog-tiles: where tiles and bundles of entries lie, and what is in them.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::proof::Nodes;
use super::tree::{HEIGHT, Hash, WIDTH, perfect};

/// The longest entry, in bytes.
pub const LONGEST_ENTRY: usize = 60 * 1024;

/// What a tile file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Hashes of this level.
    Hashes(u8),
    /// The entries themselves.
    Entries,
}

/// One tile file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Tile {
    /// What it holds.
    pub kind: Kind,
    /// Its place in its level.
    pub index: u64,
    /// Hashes or entries in it: 1 to 256.
    pub width: usize,
}

impl Tile {
    /// The tile of `kind` at `index` as a log of `size` entries has it; `None` when it has none there.
    pub fn at(kind: Kind, index: u64, size: u64) -> Option<Tile> {
        let level = match kind {
            Kind::Hashes(level) => u32::from(level),
            Kind::Entries => 0,
        };
        let count = size.checked_shr(HEIGHT * level).unwrap_or(0);
        let before = index.checked_mul(WIDTH as u64)?;
        let width = count.checked_sub(before)?.min(WIDTH as u64) as usize;
        (width > 0).then_some(Tile { kind, index, width })
    }

    /// Its path inside the log: `tile/0/x001/234.p/5`.
    pub fn path(&self) -> PathBuf {
        let mut path = String::from("tile/");
        match self.kind {
            Kind::Hashes(level) => path.push_str(&level.to_string()),
            Kind::Entries => path.push_str("entries"),
        }
        let mut groups = vec![format!("{:03}", self.index % 1000)];
        let mut rest = self.index / 1000;
        while rest > 0 {
            groups.push(format!("x{:03}", rest % 1000));
            rest /= 1000;
        }
        for group in groups.iter().rev() {
            path.push('/');
            path.push_str(group);
        }
        if self.width < WIDTH {
            path.push_str(&format!(".p/{}", self.width));
        }
        PathBuf::from(path)
    }

    /// The directory of the unfinished forms of this tile.
    pub fn unfinished(&self) -> PathBuf {
        let full = Tile {
            width: WIDTH,
            ..*self
        };
        let mut path = full.path().into_os_string();
        path.push(".p");
        PathBuf::from(path)
    }
}

/// All tiles of a log of `size` entries that are not full, level by level, entries last.
pub fn unfinished(size: u64) -> Vec<Tile> {
    let last = |kind, level: u32| {
        let count = size.checked_shr(HEIGHT * level).unwrap_or(0);
        Tile::at(kind, count / WIDTH as u64, size)
    };
    let mut tiles: Vec<Tile> = (0u8..8)
        .filter_map(|level| last(Kind::Hashes(level), u32::from(level)))
        .collect();
    tiles.extend(last(Kind::Entries, 0));
    tiles
}

/// The bytes of a tile of hashes.
pub fn encode_hashes(hashes: &[Hash]) -> Vec<u8> {
    hashes.concat()
}

/// The hashes of a tile; `None` when the length is not that of `width` hashes.
pub fn decode_hashes(bytes: &[u8], width: usize) -> Option<Vec<Hash>> {
    (bytes.len() == width * 32).then(|| {
        let chunks = bytes.chunks_exact(32);
        // Each chunk has 32 bytes.
        chunks.map(|chunk| chunk.try_into().unwrap_or([0; 32])).collect()
    })
}

/// Adds an entry to the bytes of a bundle: its length in two bytes, then itself.
pub fn bundle_entry(bundle: &mut Vec<u8>, entry: &[u8]) {
    // Entries longer than LONGEST_ENTRY are refused before they come here.
    let length = u16::try_from(entry.len()).unwrap_or(u16::MAX);
    bundle.extend_from_slice(&length.to_be_bytes());
    bundle.extend_from_slice(entry);
}

/// The entries of a bundle; `None` when it does not hold exactly `width`.
pub fn decode_bundle(mut bytes: &[u8], width: usize) -> Option<Vec<Vec<u8>>> {
    let mut entries = Vec::with_capacity(width);
    while !bytes.is_empty() {
        let (length, rest) = bytes.split_first_chunk::<2>()?;
        let (entry, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
        entries.push(entry.to_vec());
        bytes = rest;
    }
    (entries.len() == width).then_some(entries)
}

/// Reads hashes out of the tile files of a log of a known size.
pub struct TileReader {
    directory: PathBuf,
    size: u64,
    kept: HashMap<Tile, Vec<Hash>>,
}

impl TileReader {
    /// A reader of the log in `directory`, as it was at `size`.
    pub fn new(directory: &Path, size: u64) -> TileReader {
        TileReader {
            directory: directory.to_owned(),
            size,
            kept: HashMap::new(),
        }
    }

    /// The hashes of one tile.
    ///
    /// # Errors
    /// When the file cannot be read or has another length.
    pub fn hashes(&mut self, level: u8, index: u64) -> io::Result<&[Hash]> {
        let tile = Tile::at(Kind::Hashes(level), index, self.size).ok_or(io::ErrorKind::NotFound)?;
        if !self.kept.contains_key(&tile) {
            let bytes = fs::read(self.directory.join(tile.path()))?;
            let hashes = decode_hashes(&bytes, tile.width).ok_or(io::ErrorKind::InvalidData)?;
            self.kept.insert(tile, hashes);
        }
        Ok(&self.kept[&tile])
    }
}

impl Nodes for TileReader {
    type Error = io::Error;

    fn node(&mut self, height: u32, index: u64) -> io::Result<Hash> {
        let level = u8::try_from(height / HEIGHT).map_err(|_| io::ErrorKind::InvalidInput)?;
        let count = 1u64 << (height % HEIGHT);
        let first = index * count;
        let at = (first % WIDTH as u64) as usize;
        let tile = self.hashes(level, first / WIDTH as u64)?;
        let hashes = tile
            .get(at..at + count as usize)
            .ok_or(io::ErrorKind::InvalidData)?;
        Ok(perfect(hashes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_those_of_the_specification() {
        let path = |kind, index, width| Tile { kind, index, width }.path().display().to_string();
        assert_eq!(path(Kind::Hashes(0), 0, 256), "tile/0/000");
        assert_eq!(path(Kind::Hashes(3), 1_234_067, 256), "tile/3/x001/x234/067");
        assert_eq!(path(Kind::Entries, 1_000, 17), "tile/entries/x001/000.p/17");
        let tile = Tile {
            kind: Kind::Entries,
            index: 5,
            width: 3,
        };
        assert_eq!(tile.unfinished().display().to_string(), "tile/entries/005.p");
    }

    #[test]
    fn a_log_has_the_tiles_that_its_size_says() {
        assert!(unfinished(0).is_empty());
        let shown = |size| -> Vec<String> {
            unfinished(size)
                .iter()
                .map(|tile| tile.path().display().to_string())
                .collect()
        };
        assert_eq!(shown(1), ["tile/0/000.p/1", "tile/entries/000.p/1"]);
        assert_eq!(shown(256), ["tile/1/000.p/1"]);
        assert_eq!(
            shown(70_000),
            [
                "tile/0/273.p/112",
                "tile/1/001.p/17",
                "tile/2/000.p/1",
                "tile/entries/273.p/112"
            ]
        );
    }

    #[test]
    fn bundles_are_read_back_and_broken_ones_are_not() {
        let mut bundle = Vec::new();
        for entry in [b"one".as_slice(), b"", b"three"] {
            bundle_entry(&mut bundle, entry);
        }
        let read = decode_bundle(&bundle, 3).expect("whole");
        assert_eq!(read, [b"one".to_vec(), Vec::new(), b"three".to_vec()]);
        assert!(decode_bundle(&bundle, 2).is_none());
        for end in 1..bundle.len() {
            assert!(decode_bundle(&bundle[..end], 3).is_none());
        }
    }
}
