//! The Merkle tree of RFC 6962 over SHA-256, kept as its right edge only: an append needs no more of
//! it, and a log of a million entries fits in a few kilobytes of memory.

use sha2::{Digest, Sha256};

/// A SHA-256 hash.
pub type Hash = [u8; 32];

/// Hashes in a full tile, and entries in a full bundle.
pub const WIDTH: usize = 256;

/// Tree levels in one level of tiles: `WIDTH` is two to the power of it.
pub const HEIGHT: u32 = 8;

/// The hash of an entry as a leaf.
pub fn leaf(entry: &[u8]) -> Hash {
    let mut hash = Sha256::new();
    hash.update([0]);
    hash.update(entry);
    hash.finalize().into()
}

/// The hash of two subtrees side by side.
pub fn node(left: &Hash, right: &Hash) -> Hash {
    let mut bytes = [0; 65];
    bytes[0] = 1;
    bytes[1..33].copy_from_slice(left);
    bytes[33..].copy_from_slice(right);
    Sha256::digest(bytes).into()
}

/// The root of a tree without entries.
pub fn empty() -> Hash {
    Sha256::digest([]).into()
}

/// The hash above `hashes`, whose number is a power of two.
pub fn perfect(hashes: &[Hash]) -> Hash {
    debug_assert!(hashes.len().is_power_of_two());
    let mut row = hashes.to_vec();
    while row.len() > 1 {
        row = row.chunks_exact(2).map(|pair| node(&pair[0], &pair[1])).collect();
    }
    row.first().copied().unwrap_or_else(empty)
}

/// The root above perfect subtrees, the largest first.
pub fn fold(subtrees: &[Hash]) -> Hash {
    let mut from_the_right = subtrees.iter().rev();
    match from_the_right.next() {
        None => empty(),
        Some(last) => from_the_right.fold(*last, |right, left| node(left, &right)),
    }
}

/// A tile that has just become full.
pub struct FullTile<'a> {
    /// Level of tiles, 0 for hashes of entries.
    pub level: u8,
    /// Its place in the level.
    pub index: u64,
    /// Its hashes.
    pub hashes: &'a [Hash],
}

/// The right edge of a growing tree: of each level of tiles the hashes in the last, unfinished one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edge {
    size: u64,
    levels: Vec<Vec<Hash>>,
}

impl Edge {
    /// An edge from the hashes of the unfinished tiles, level by level.
    pub fn of(size: u64, levels: Vec<Vec<Hash>>) -> Edge {
        Edge { size, levels }
    }

    /// Entries below it.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Hashes in the unfinished tiles, level by level; a level may have none.
    pub fn levels(&self) -> &[Vec<Hash>] {
        &self.levels
    }

    /// Takes one more leaf; `full` is told of every tile that it completes.
    ///
    /// # Errors
    /// Those of `full`; the edge is of no use then.
    pub fn push<E>(
        &mut self,
        leaf: Hash,
        mut full: impl FnMut(FullTile<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        self.size += 1;
        let mut hash = leaf;
        for level in 0u8.. {
            let at = usize::from(level);
            if self.levels.len() == at {
                self.levels.push(Vec::with_capacity(WIDTH));
            }
            let tile = &mut self.levels[at];
            tile.push(hash);
            if tile.len() < WIDTH {
                break;
            }
            let index = (self.size >> (HEIGHT * (u32::from(level) + 1))) - 1;
            full(FullTile {
                level,
                index,
                hashes: tile,
            })?;
            hash = perfect(tile);
            tile.clear();
        }
        Ok(())
    }

    /// The root of the tree.
    pub fn root(&self) -> Hash {
        let mut subtrees = Vec::new();
        for tile in self.levels.iter().rev() {
            let mut rest = tile.as_slice();
            while !rest.is_empty() {
                let largest = 1 << rest.len().ilog2();
                let (subtree, after) = rest.split_at(largest);
                subtrees.push(perfect(subtree));
                rest = after;
            }
        }
        fold(&subtrees)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The definition of RFC 6962, word for word.
    pub(crate) fn by_definition(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => empty(),
            [only] => *only,
            _ => {
                let split = leaves.len().next_power_of_two() / 2;
                node(&by_definition(&leaves[..split]), &by_definition(&leaves[split..]))
            }
        }
    }

    #[test]
    fn the_edge_has_the_root_of_the_definition_at_every_size() {
        let leaves: Vec<Hash> = (0u32..1400).map(|n| leaf(&n.to_be_bytes())).collect();
        let mut edge = Edge::default();
        let mut tiles = 0;
        for size in 0..leaves.len() {
            if size < 300 || size % 97 == 0 || size % 256 < 2 {
                assert_eq!(edge.root(), by_definition(&leaves[..size]), "{size}");
            }
            let told = edge.push(leaves[size], |tile| {
                assert_eq!(tile.hashes.len(), WIDTH);
                tiles += 1;
                Ok::<(), ()>(())
            });
            assert!(told.is_ok());
        }
        assert_eq!(tiles, 5);
    }

    #[test]
    fn known_hashes() {
        // Of RFC 6962's empty tree and empty leaf.
        let hex = crate::domain::canonical::hex;
        assert_eq!(
            hex(&empty()),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
        assert_eq!(
            hex(&leaf(b"")),
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
        );
    }
}
