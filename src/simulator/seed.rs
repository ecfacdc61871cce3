//! Seeded numbers: the same on every machine, so that an estate can be computed again instead of
//! being stored.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use sha2::{Digest, Sha256};

/// A stream of numbers that depends on a seed and a label only.
pub(crate) struct Dice(ChaCha8Rng);

impl Dice {
    /// The stream of `label` under `seed`.
    pub(crate) fn new(seed: u64, label: &str) -> Dice {
        Dice(ChaCha8Rng::from_seed(digest(&[
            &seed.to_be_bytes(),
            label.as_bytes(),
        ])))
    }

    /// The stream of one of many equal things; cheaper than a label.
    pub(crate) fn indexed(seed: u64, kind: u64, index: u64) -> Dice {
        let mut rng = ChaCha8Rng::seed_from_u64(seed ^ (kind << 56));
        rng.set_stream(index);
        Dice(rng)
    }

    /// A number from 0 to `n - 1`; 0 when `n` is 0.
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        if n == 0 { 0 } else { self.0.next_u64() % n }
    }

    /// A number from `low` to `high`, both included.
    pub(crate) fn between(&mut self, low: i64, high: i64) -> i64 {
        let width = u64::try_from(high.saturating_sub(low)).unwrap_or(0);
        low + i64::try_from(self.below(width + 1)).unwrap_or(0)
    }

    /// The next 64 bits.
    pub(crate) fn next(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A UUID in the form of version 4.
    pub(crate) fn uuid(&mut self) -> String {
        uuid::Builder::from_random_bytes(
            ((u128::from(self.next()) << 64) | u128::from(self.next())).to_be_bytes(),
        )
        .into_uuid()
        .to_string()
    }

    /// The stream itself, for whoever draws keys and paddings from it.
    pub(crate) fn generator(&mut self) -> &mut ChaCha8Rng {
        &mut self.0
    }

    /// Bytes that do not compress, as sound does not.
    pub(crate) fn bytes(&mut self, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        self.0.fill_bytes(&mut bytes);
        bytes
    }
}

/// SHA-256 of the parts, one after the other.
pub(crate) fn digest(parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize().into()
}

/// Hex SHA-256 of the parts.
pub(crate) fn hex_digest(parts: &[&[u8]]) -> String {
    digest(parts).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The UUID that `label` has under `seed`.
pub(crate) fn uuid(seed: u64, label: &str) -> String {
    Dice::new(seed, label).uuid()
}
