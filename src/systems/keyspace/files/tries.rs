//! Places of partitions in the format with tries (`da`): `Partitions.db` leads from a key to where its
//! partition begins, in the data file itself, or, for wide ones, in `Rows.db`, which says it then. The
//! leaves are walked in order, which is the order of the data. Layout as in the vendor's `TrieNode` and
//! `PartitionIndex` (release 5.0).

/// The largest index that is read; a larger one leaves keys unresolved.
pub const MAX_INDEX: u64 = 512 * 1024 * 1024;
/// First position, number of keys, root; eight bytes each, at the end.
const FOOTER: usize = 24;
/// A leaf with this bit has a byte of a hash in front.
const HASHED: u8 = 8;

/// Where every partition begins in the data file, in order.
///
/// # Errors
/// What is wrong with the index, as half a sentence.
pub fn places(index: &[u8], rows: &[u8]) -> Result<Vec<u64>, String> {
    let footer = index.len().checked_sub(FOOTER).ok_or("it is too short")?;
    let keys = number(index, footer + 8, 8).ok_or("it is too short")?;
    let root = number(index, footer + 16, 8).ok_or("it is too short")?;
    let mut walk = Walk {
        index,
        left: index.len(),
    };
    let mut found = Vec::new();
    let mut stack = vec![usize::try_from(root).map_err(|_| "its root is absurd")?];
    while let Some(at) = stack.pop() {
        let node = walk.node(at)?;
        if let Some(payload) = node.payload {
            found.push(payload);
        }
        // The first child is to come first.
        stack.extend(node.children.iter().rev());
    }
    if found.len() as u64 != keys {
        return Err("it holds another number of keys than it says".to_owned());
    }
    let places: Result<Vec<u64>, String> = found.into_iter().map(|payload| place(payload, rows)).collect();
    let places = places?;
    if places.windows(2).any(|pair| pair[0] >= pair[1]) {
        return Err("its partitions do not follow each other".to_owned());
    }
    Ok(places)
}

/// A negative payload is the place in the data, inverted; another one that of an entry in `Rows.db`:
/// the key after a length of two bytes, then the place as a number of variable length.
fn place(payload: i64, rows: &[u8]) -> Result<u64, String> {
    if payload < 0 {
        return Ok(!payload as u64);
    }
    let cut = || "Rows.db ends in the middle".to_owned();
    let at = usize::try_from(payload).map_err(|_| cut())?;
    let entry = rows.get(at..).ok_or_else(cut)?;
    let (length, rest) = entry.split_first_chunk::<2>().ok_or_else(cut)?;
    let rest = rest
        .get(usize::from(u16::from_be_bytes(*length))..)
        .ok_or_else(cut)?;
    let (first, rest) = rest.split_first().ok_or_else(cut)?;
    let more = first.leading_ones() as usize;
    let head = if more >= 7 {
        0
    } else {
        u64::from(first & (0xff >> more))
    };
    let tail = rest.get(..more).ok_or_else(cut)?;
    Ok(tail
        .iter()
        .fold(head, |number, byte| number << 8 | u64::from(*byte)))
}

struct Node {
    payload: Option<i64>,
    children: Vec<usize>,
}

struct Walk<'a> {
    index: &'a [u8],
    /// Nodes that may still be visited: no index has more than bytes, and one that leads in circles or
    /// to the same node again and again has an end here.
    left: usize,
}

impl Walk<'_> {
    fn node(&mut self, at: usize) -> Result<Node, String> {
        self.left = self.left.checked_sub(1).ok_or("it leads in circles")?;
        self.read(at).ok_or_else(|| "it cannot be followed".to_owned())
    }

    /// The kind stands in the upper half of the first byte; the lower half says how long the payload
    /// is, or is part of a pointer. Pointers are distances backwards.
    fn read(&self, at: usize) -> Option<Node> {
        let index = self.index;
        let first = *index.get(at)?;
        let low = first & 0x0f;
        let back = |distance: u64| at.checked_sub(usize::try_from(distance).ok()?);
        let one = |distance: u64| Some(vec![back(distance)?]);
        let (children, payload_at) = match first >> 4 {
            0 => (Vec::new(), Some(at + 1)),
            1 => (one(u64::from(low))?, None),
            2 => (one(number(index, at + 2, 1)?)?, Some(at + 3)),
            3 => (one(u64::from(low) << 8 | number(index, at + 1, 1)?)?, None),
            4 => (one(number(index, at + 2, 2)?)?, Some(at + 4)),
            kind @ 5..=9 => {
                let bits = [8, 12, 16, 24, 40][usize::from(kind) - 5];
                let count = usize::from(*index.get(at + 1)?);
                let pointers = at + 2 + count;
                let children = (0..count)
                    .map(|n| back(packed(index, pointers, n, bits)?))
                    .collect::<Option<_>>()?;
                (children, Some(pointers + (count * bits).div_ceil(8)))
            }
            kind => {
                let bits = [12, 16, 24, 32, 40, 64][usize::from(kind) - 10];
                let count = usize::from(*index.get(at + 2)?) + 1;
                let distances = (0..count).map(|n| packed(index, at + 3, n, bits));
                let mut children = Vec::new();
                for distance in distances {
                    // No child stands behind a distance of nothing.
                    match distance? {
                        0 => {}
                        distance => children.push(back(distance)?),
                    }
                }
                (children, Some(at + 3 + (count * bits).div_ceil(8)))
            }
        };
        let payload = match payload_at {
            Some(_) | None if low == 0 => None,
            None => None,
            Some(at) if low & HASHED != 0 => Some(signed(index, at + 1, usize::from(low - 7))?),
            Some(at) => Some(signed(index, at, usize::from(low))?),
        };
        Some(Node { payload, children })
    }
}

/// Pointer `n` of a list of pointers of `bits` each; those of twelve share a byte in the middle.
fn packed(index: &[u8], at: usize, n: usize, bits: usize) -> Option<u64> {
    if bits != 12 {
        return number(index, at + n * bits / 8, bits / 8);
    }
    let pair = number(index, at + n * 12 / 8, 2)?;
    Some(if n.is_multiple_of(2) {
        pair >> 4
    } else {
        pair & 0xfff
    })
}

fn number(bytes: &[u8], at: usize, length: usize) -> Option<u64> {
    let found = bytes.get(at..at.checked_add(length)?)?;
    Some(
        found
            .iter()
            .fold(0, |number, byte| number << 8 | u64::from(*byte)),
    )
}

fn signed(bytes: &[u8], at: usize, length: usize) -> Option<i64> {
    let shift = 64
        - 8 * u32::try_from(length)
            .ok()
            .filter(|length| (1..=8).contains(length))?;
    // Only the bits are taken over; the shift back brings the sign.
    Some((number(bytes, at, length)? << shift) as i64 >> shift)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An index of four keys as release 5.0 writes it.
    const INDEX: &[u8] =
        b"\x08\x5a\xff\x08\x74\xea\x08\xd6\xd5\x08\xe9\xbb\x50\x04\x05\x0e\xa1\xfa\x0c\x09\x06\x03\
        \x1a\x40\x00\x01\x61\x00\x01\x62\0\0\0\0\0\0\0\x18\0\0\0\0\0\0\0\x04\0\0\0\0\0\0\0\x16";

    #[test]
    fn leaves_come_in_the_order_of_the_data() {
        assert_eq!(places(INDEX, &[]).unwrap(), [0, 21, 42, 68]);
    }

    #[test]
    fn a_wide_partition_says_its_place_in_another_file() {
        assert_eq!(place(2, b"xx\x00\x01k\x81\x02rest").unwrap(), 0x102);
        assert_eq!(place(!7, &[]).unwrap(), 7);
        for cut in 0..6 {
            assert!(place(0, &b"\x00\x01k\xc1\x02\x03"[..cut]).is_err(), "{cut}");
        }
        assert!(place(i64::MAX, &[]).is_err());
    }

    #[test]
    fn a_broken_index_is_refused_or_says_something_else() {
        for length in 0..INDEX.len() {
            assert!(places(&INDEX[..length], &[]).is_err(), "{length}");
        }
        for at in 0..INDEX.len() {
            for bit in 0..8 {
                let mut broken = INDEX.to_vec();
                broken[at] ^= 1 << bit;
                // Whatever comes is in order; a wrong place within the data cannot be told from a right one.
                let _ = places(&broken, &[]);
            }
        }
        // A node that leads to itself.
        let mut circle = vec![0x10u8, b'a'];
        circle.extend([0; 8]);
        circle.extend(1u64.to_be_bytes());
        circle.extend(0u64.to_be_bytes());
        assert!(places(&circle, &[]).unwrap_err().contains("circles"));
    }
}
