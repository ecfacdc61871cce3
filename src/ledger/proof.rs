//! Proofs of RFC 6962 and RFC 9162: that an entry is in a tree, and that one tree continues another.

use super::tree::{Hash, node};

/// Where hashes of perfect subtrees come from.
pub trait Nodes {
    /// Why one could not be had.
    type Error;

    /// The hash of the perfect subtree of two to the power of `height` leaves with this index among
    /// its like.
    ///
    /// # Errors
    /// When it cannot be read.
    fn node(&mut self, height: u32, index: u64) -> Result<Hash, Self::Error>;
}

/// The largest power of two below `count`, which is at least 2.
fn split(count: u64) -> u64 {
    1 << (count - 1).ilog2()
}

/// The hash of the leaves from `low` to below `high`.
fn range<N: Nodes>(nodes: &mut N, low: u64, high: u64) -> Result<Hash, N::Error> {
    let count = high - low;
    if count.is_power_of_two() {
        return nodes.node(count.ilog2(), low / count);
    }
    let middle = low + split(count);
    let left = range(nodes, low, middle)?;
    let right = range(nodes, middle, high)?;
    Ok(node(&left, &right))
}

/// The proof that the leaf at `index` is in the tree of `size` leaves; `index < size`.
///
/// # Errors
/// When a hash cannot be had.
pub fn inclusion<N: Nodes>(nodes: &mut N, index: u64, size: u64) -> Result<Vec<Hash>, N::Error> {
    let mut from_above = Vec::new();
    let (mut low, mut high) = (0, size);
    while high - low > 1 {
        let middle = low + split(high - low);
        if index < middle {
            from_above.push(range(nodes, middle, high)?);
            high = middle;
        } else {
            from_above.push(range(nodes, low, middle)?);
            low = middle;
        }
    }
    from_above.reverse();
    Ok(from_above)
}

/// The proof that the tree of `new` leaves continues the one of `old` leaves; `0 < old <= new`.
///
/// # Errors
/// When a hash cannot be had.
pub fn consistency<N: Nodes>(nodes: &mut N, old: u64, new: u64) -> Result<Vec<Hash>, N::Error> {
    let mut from_above = Vec::new();
    let (mut low, mut high) = (0, new);
    while high != old {
        let middle = low + split(high - low);
        if old <= middle {
            from_above.push(range(nodes, middle, high)?);
            high = middle;
        } else {
            from_above.push(range(nodes, low, middle)?);
            low = middle;
        }
    }
    // The part that both share is known to whoever knows the old root, unless it is cut up.
    if low > 0 {
        from_above.push(range(nodes, low, high)?);
    }
    from_above.reverse();
    Ok(from_above)
}

/// Whether `proof` shows the leaf in the tree with this root.
pub fn includes(leaf: &Hash, index: u64, size: u64, proof: &[Hash], root: &Hash) -> bool {
    if index >= size {
        return false;
    }
    let (mut at, mut last, mut hash) = (index, size - 1, *leaf);
    for sibling in proof {
        if last == 0 {
            return false;
        }
        if at & 1 == 1 || at == last {
            hash = node(sibling, &hash);
            while at & 1 == 0 && at != 0 {
                at >>= 1;
                last >>= 1;
            }
        } else {
            hash = node(&hash, sibling);
        }
        at >>= 1;
        last >>= 1;
    }
    last == 0 && hash == *root
}

/// Whether `proof` shows that the tree of `new` leaves continues the one of `old` leaves.
pub fn continues(old: u64, old_root: &Hash, new: u64, new_root: &Hash, proof: &[Hash]) -> bool {
    if old == new {
        return proof.is_empty() && old_root == new_root;
    }
    if old == 0 || old > new {
        // Nothing is continued by everything: no proof is asked for.
        return old == 0 && proof.is_empty();
    }
    let mut hashes = proof.iter();
    let first = if old.is_power_of_two() {
        Some(old_root)
    } else {
        hashes.next()
    };
    let Some(first) = first else { return false };
    let (mut at, mut last) = (old - 1, new - 1);
    while at & 1 == 1 {
        at >>= 1;
        last >>= 1;
    }
    let (mut of_old, mut of_new) = (*first, *first);
    for hash in hashes {
        if last == 0 {
            return false;
        }
        if at & 1 == 1 || at == last {
            of_old = node(hash, &of_old);
            of_new = node(hash, &of_new);
            while at & 1 == 0 && at != 0 {
                at >>= 1;
                last >>= 1;
            }
        } else {
            of_new = node(&of_new, hash);
        }
        at >>= 1;
        last >>= 1;
    }
    last == 0 && of_old == *old_root && of_new == *new_root
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::tree::{Edge, leaf, perfect};

    struct Leaves(Vec<Hash>);

    impl Nodes for Leaves {
        type Error = ();

        fn node(&mut self, height: u32, index: u64) -> Result<Hash, ()> {
            let (count, index) = (1usize << height, index as usize);
            self.0
                .get(index * count..(index + 1) * count)
                .map(perfect)
                .ok_or(())
        }
    }

    fn roots(leaves: &[Hash]) -> Vec<Hash> {
        let mut edge = Edge::default();
        let mut roots = vec![edge.root()];
        for leaf in leaves {
            edge.push(*leaf, |_| Ok::<(), ()>(())).unwrap();
            roots.push(edge.root());
        }
        roots
    }

    #[test]
    fn every_leaf_is_proven_in_every_tree_and_nowhere_else() {
        let mut leaves = Leaves((0u8..70).map(|n| leaf(&[n])).collect());
        let roots = roots(&leaves.0);
        for size in 1..=70u64 {
            for index in 0..size {
                let proof = inclusion(&mut leaves, index, size).unwrap();
                let root = &roots[size as usize];
                let own = leaves.0[index as usize];
                assert!(includes(&own, index, size, &proof, root), "{index} of {size}");
                assert!(!includes(&leaf(b"other"), index, size, &proof, root));
                assert!(!includes(&own, index + 1, size, &proof, root));
                if size < 70 {
                    assert!(!includes(&own, index, size, &proof, &roots[size as usize + 1]));
                }
                for at in 0..proof.len() {
                    let mut changed = proof.clone();
                    changed[at][7] ^= 1;
                    assert!(!includes(&own, index, size, &changed, root));
                }
            }
        }
    }

    #[test]
    fn every_tree_is_proven_to_continue_every_earlier_one() {
        let mut leaves = Leaves((0u8..70).map(|n| leaf(&[n])).collect());
        let roots = roots(&leaves.0);
        for new in 1..=70u64 {
            for old in 1..=new {
                let proof = consistency(&mut leaves, old, new).unwrap();
                let (old_root, new_root) = (&roots[old as usize], &roots[new as usize]);
                assert!(continues(old, old_root, new, new_root, &proof), "{old} to {new}");
                assert!(!continues(old, &leaf(b"other"), new, new_root, &proof));
                assert!(!continues(old, old_root, new, &leaf(b"other"), &proof));
                for at in 0..proof.len() {
                    let mut changed = proof.clone();
                    changed[at][0] ^= 1;
                    assert!(!continues(old, old_root, new, new_root, &changed));
                }
                let mut longer = proof.clone();
                longer.push([0; 32]);
                assert!(!continues(old, old_root, new, new_root, &longer));
            }
        }
    }
}
