//! Ids of computed things: a UUID to look at, from which the number can be read back.

use super::seed::Dice;

/// A UUID whose last 32 bits hold the number, covered by a mask made of the rest.
pub(crate) fn coded_uuid(seed: u64, kind: u64, index: u64) -> String {
    let mut dice = Dice::indexed(seed, kind | 0x40, index);
    let high = dice.next();
    let low = dice.next();
    let covered = (low & !0xffff_ffff) | ((index & 0xffff_ffff) ^ mask(seed, high, low));
    uuid::Builder::from_random_bytes(((u128::from(high) << 64) | u128::from(covered)).to_be_bytes())
        .into_uuid()
        .to_string()
}

fn mask(seed: u64, high: u64, low: u64) -> u64 {
    let mixed =
        (seed ^ (high & 0xffff_ffff_ffff_0000) ^ (low >> 32 & 0xffff)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed ^ (mixed >> 29)) >> 16 & 0xffff_ffff
}

/// The inverse of [`coded_uuid`]; `None` for an id of anything else.
pub(crate) fn decode(seed: u64, kind: u64, id: &str) -> Option<u64> {
    let (high, low) = uuid::Uuid::parse_str(id).ok()?.as_u64_pair();
    let index = (low & 0xffff_ffff) ^ mask(seed, high, low);
    (coded_uuid(seed, kind, index) == id).then_some(index)
}
