//! The last digits of numbers in raw bytes, whatever stands between them. Looks at eight bytes at a
//! time where there are no digits, and takes no branch where there are.

/// What a byte does to the digits before it: how far they move, and what comes in.
struct Table {
    shift: [u8; 256],
    add: [u32; 256],
}

/// No digit has all bits set: nothing ends with it.
const NONE: u32 = u32::MAX;

const fn table() -> Table {
    let mut table = Table {
        shift: [0; 256],
        add: [NONE; 256],
    };
    let mut byte = 0;
    while byte < 256 {
        match byte as u8 {
            digit @ b'0'..=b'9' => {
                table.shift[byte] = 4;
                table.add[byte] = (digit - b'0') as u32;
            }
            // Separators, the backslash before a slash in JSON, and all that is not ASCII.
            b' ' | b'-' | b'.' | b'/' | b'(' | b')' | b'\\' | 0x80..=0xff => table.add[byte] = 0,
            _ => {}
        }
        byte += 1;
    }
    table
}

static TABLE: Table = table();

/// Ends of numbers of one length.
#[derive(Clone, Debug)]
struct Ends {
    mask: u32,
    /// Sorted.
    ends: Vec<u32>,
    /// One bit for each hash of an end.
    bits: Box<[u64; 1024]>,
}

impl Ends {
    fn has(&self, digits: u32) -> bool {
        let digits = digits & self.mask;
        let hash = hash(digits);
        self.bits[hash >> 6] >> (hash & 63) & 1 == 1 && self.ends.binary_search(&digits).is_ok()
    }
}

fn hash(digits: u32) -> usize {
    (digits.wrapping_mul(0x9e37_79b1) >> 16) as usize
}

/// All ends that are looked for.
#[derive(Clone, Debug, Default)]
pub(super) struct Tails {
    lengths: Vec<Ends>,
}

impl Tails {
    /// From digits 0 to 9, at most seven each.
    pub(super) fn new<'a>(tails: impl Iterator<Item = &'a [u8]>) -> Tails {
        let mut lengths: Vec<Ends> = Vec::new();
        for tail in tails {
            let mask = (1u32 << (4 * tail.len())) - 1;
            let packed = tail
                .iter()
                .fold(0u32, |packed, digit| packed << 4 | u32::from(*digit));
            let at = lengths
                .iter()
                .position(|ends| ends.mask == mask)
                .unwrap_or_else(|| {
                    lengths.push(Ends {
                        mask,
                        ends: Vec::new(),
                        bits: Box::new([0; 1024]),
                    });
                    lengths.len() - 1
                });
            lengths[at].bits[hash(packed) >> 6] |= 1 << (hash(packed) & 63);
            lengths[at].ends.push(packed);
        }
        for ends in &mut lengths {
            ends.ends.sort_unstable();
        }
        Tails { lengths }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lengths.is_empty()
    }

    /// True when one of the ends may be in `bytes`.
    pub(super) fn may_hold(&self, bytes: &[u8]) -> bool {
        if self.is_empty() {
            return false;
        }
        // Digits of other scripts begin with one of these.
        if memchr::memchr3(0xd9, 0xdb, 0xef, bytes).is_some() {
            return self.by_character(bytes);
        }
        match self.lengths.as_slice() {
            [Ends { mask, ends, .. }] if ends.len() == 1 => {
                let end = ends[0];
                run(bytes, |digits| digits & mask == end)
            }
            [ends] => run(bytes, |digits| {
                let hash = hash(digits & ends.mask);
                ends.bits[hash >> 6] >> (hash & 63) & 1 == 1 && ends.has(digits)
            }),
            all => run(bytes, |digits| all.iter().any(|ends| ends.has(digits))),
        }
    }

    fn by_character(&self, bytes: &[u8]) -> bool {
        let mut digits = NONE;
        let mut at = 0;
        while at < bytes.len() {
            let (value, length) = match bytes[at..] {
                [0xef, 0xbc, low @ 0x90..=0x99, ..] => (Some(low - 0x90), 3),
                [0xd9, low @ 0xa0..=0xa9, ..] => (Some(low - 0xa0), 2),
                [0xdb, low @ 0xb0..=0xb9, ..] => (Some(low - 0xb0), 2),
                _ => (None, 1),
            };
            digits = match value {
                Some(value) => digits << 4 | u32::from(value),
                None => step(digits, bytes[at]),
            };
            if self.lengths.iter().any(|ends| ends.has(digits)) {
                return true;
            }
            at += length;
        }
        false
    }
}

#[inline(always)]
fn step(digits: u32, byte: u8) -> u32 {
    digits << TABLE.shift[usize::from(byte)] | TABLE.add[usize::from(byte)]
}

#[inline(always)]
fn run(bytes: &[u8], is_end: impl Fn(u32) -> bool) -> bool {
    let mut digits = NONE;
    let (chunks, rest) = bytes.as_chunks::<8>();
    for chunk in chunks {
        if digits == NONE && !has_digit(u64::from_le_bytes(*chunk)) {
            continue;
        }
        let mut found = false;
        for byte in chunk {
            digits = step(digits, *byte);
            found |= is_end(digits);
        }
        if found {
            return true;
        }
    }
    rest.iter().any(|byte| {
        digits = step(digits, *byte);
        is_end(digits)
    })
}

/// True when one of eight bytes is an ASCII digit.
#[inline(always)]
fn has_digit(bytes: u64) -> bool {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let low = bytes ^ (0x30 * ONES);
    let above = (low & (0x7f * ONES)) + 0x76 * ONES;
    !(above | low) & (0x80 * ONES) != 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_found_over_separators() {
        let tails = Tails::new([[3, 1, 2, 5, 0, 1, 4].as_slice()].into_iter());
        for text in [
            "3125014",
            "xx 31 250-14 xxxxxxxx",
            "3\\/125014",
            "31\u{a0}25014",
            "٣١٢٥٠١٤",
            "９3125014",
        ] {
            assert!(tails.may_hold(text.as_bytes()), "{text}");
        }
        for text in [
            "312501",
            "31250 x 14",
            "31:25014",
            "3125015",
            "",
            "xxxxxxxxxxxxxxxx",
        ] {
            assert!(!tails.may_hold(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn digits_among_eight_bytes() {
        for byte in 0..=255u8 {
            let mut bytes = *b"abcdefgh";
            bytes[5] = byte;
            assert_eq!(
                has_digit(u64::from_le_bytes(bytes)),
                byte.is_ascii_digit(),
                "{byte}"
            );
        }
    }
}
