//! CBC over large pieces: many blocks at a time, which is what makes it fast.

use aes::cipher::array::{Array, ArraySize};
use aes::cipher::{BlockModeDecrypt, KeyIvInit};

use super::algorithm::Suite;
use crate::crypto::trouble::{Result, Trouble};

/// Decryption under way.
pub(crate) enum Cbc {
    Aes128(Box<cbc::Decryptor<aes::Aes128>>),
    Aes192(Box<cbc::Decryptor<aes::Aes192>>),
    Aes256(Box<cbc::Decryptor<aes::Aes256>>),
    TripleDes(Box<cbc::Decryptor<des::TdesEde3>>),
}

impl Cbc {
    /// Begins with `key` and `iv` of the suite's lengths.
    pub(crate) fn new(suite: Suite, key: &[u8], iv: &[u8]) -> Result<Cbc> {
        Ok(match suite {
            Suite::Aes128Cbc => Cbc::Aes128(Box::new(begin(key, iv)?)),
            Suite::Aes192Cbc => Cbc::Aes192(Box::new(begin(key, iv)?)),
            Suite::TripleDesCbc => Cbc::TripleDes(Box::new(begin(key, iv)?)),
            _ => Cbc::Aes256(Box::new(begin(key, iv)?)),
        })
    }

    /// Decrypts whole blocks in place.
    pub(crate) fn decrypt(&mut self, piece: &mut [u8]) {
        match self {
            Cbc::Aes128(mode) => blocks(mode.as_mut(), piece),
            Cbc::Aes192(mode) => blocks(mode.as_mut(), piece),
            Cbc::Aes256(mode) => blocks(mode.as_mut(), piece),
            Cbc::TripleDes(mode) => blocks(mode.as_mut(), piece),
        }
    }
}

fn begin<M: KeyIvInit>(key: &[u8], iv: &[u8]) -> Result<M> {
    M::new_from_slices(key, iv).map_err(|_| Trouble::Undecryptable)
}

fn blocks<M: BlockModeDecrypt>(mode: &mut M, piece: &mut [u8])
where
    M::BlockSize: ArraySize,
{
    let (blocks, rest) = Array::<u8, M::BlockSize>::slice_as_chunks_mut(piece);
    debug_assert!(rest.is_empty());
    mode.decrypt_blocks(blocks);
}

/// Bytes of plaintext in the last block. Every byte is looked at, whatever the first wrong one is.
pub(crate) fn unpadded(block: &[u8]) -> Result<usize> {
    let count = block.last().copied().map_or(0, usize::from);
    let mut wrong = u8::from(count == 0) | u8::from(count > block.len());
    for (at, byte) in block.iter().enumerate() {
        let padding = at + count >= block.len();
        wrong |= u8::from(padding) * (*byte ^ count as u8);
    }
    if wrong == 0 {
        Ok(block.len() - count)
    } else {
        Err(Trouble::Undecryptable)
    }
}
