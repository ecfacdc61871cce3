//! AES-GCM in one pass, although CMS puts the authenticated attributes behind the ciphertext: GHASH
//! is linear, so that what comes first may be added last.

use ctr::Ctr32BE;
use ctr::cipher::{BlockCipherEncrypt, KeyInit, KeyIvInit, StreamCipher};
use ghash::GHash;
use ghash::universal_hash::UniversalHash;
use subtle::ConstantTimeEq;
use zeroize::Zeroize;

use super::algorithm::Suite;
use crate::crypto::trouble::{Result, Trouble, malformed};

/// Bytes that one key and nonce may carry: 2^32 - 2 blocks.
pub(crate) const MOST: u64 = ((1 << 32) - 2) * 16;

/// The key stream, by key length.
enum Stream {
    Aes128(Box<Ctr32BE<aes::Aes128>>),
    Aes192(Box<Ctr32BE<aes::Aes192>>),
    Aes256(Box<Ctr32BE<aes::Aes256>>),
}

/// Decryption under way.
pub(crate) struct Gcm {
    stream: Stream,
    /// The hash key.
    h: [u8; 16],
    /// The hash of the ciphertext so far, as if nothing came before it.
    hash: GHash,
    /// What the tag is masked with.
    mask: [u8; 16],
    bytes: u64,
}

impl Drop for Gcm {
    fn drop(&mut self) {
        self.h.zeroize();
        self.mask.zeroize();
    }
}

impl Gcm {
    /// Begins with `key` (of the suite's length) and `nonce`.
    pub(crate) fn new(suite: Suite, key: &[u8], nonce: &[u8]) -> Result<Gcm> {
        let mut h = [0_u8; 16];
        encrypt_block(suite, key, &mut h)?;
        let counter = first_counter(&h, nonce);
        let mut mask = counter;
        encrypt_block(suite, key, &mut mask)?;
        let mut next = counter;
        let count = u32::from_be_bytes([next[12], next[13], next[14], next[15]]).wrapping_add(1);
        next[12..].copy_from_slice(&count.to_be_bytes());
        let stream = match suite {
            Suite::Aes128Gcm => Stream::Aes128(Box::new(stream(key, &next)?)),
            Suite::Aes192Gcm => Stream::Aes192(Box::new(stream(key, &next)?)),
            _ => Stream::Aes256(Box::new(stream(key, &next)?)),
        };
        Ok(Gcm {
            stream,
            h,
            hash: GHash::new(&h.into()),
            mask,
            bytes: 0,
        })
    }

    /// Decrypts in place. All pieces but the last have whole blocks.
    pub(crate) fn decrypt(&mut self, piece: &mut [u8]) -> Result<()> {
        self.bytes = self.bytes.saturating_add(piece.len() as u64);
        if self.bytes > MOST {
            return Err(too_long());
        }
        self.hash.update_padded(piece);
        let done = match &mut self.stream {
            Stream::Aes128(stream) => stream.try_apply_keystream(piece),
            Stream::Aes192(stream) => stream.try_apply_keystream(piece),
            Stream::Aes256(stream) => stream.try_apply_keystream(piece),
        };
        done.map_err(|_| too_long())
    }

    /// Compares the tag, with the attributes that were to be authenticated.
    pub(crate) fn verify(self, attributes: &[u8], tag: &[u8]) -> Result<()> {
        let blocks = self.bytes.div_ceil(16);
        let mut of_attributes = GHash::new(&self.h.into());
        of_attributes.update_padded(attributes);
        // Moved to where it stands: before as many blocks as the ciphertext has.
        let moved = product(&power(&self.h, blocks), &of_attributes.finalize().into());
        let mut sum: [u8; 16] = self.hash.clone().finalize().into();
        let mut lengths = [0_u8; 16];
        lengths[..8].copy_from_slice(&(attributes.len() as u64 * 8).to_be_bytes());
        lengths[8..].copy_from_slice(&(self.bytes * 8).to_be_bytes());
        add(&mut sum, &moved);
        add(&mut sum, &lengths);
        let mut expected = product(&self.h, &sum);
        add(&mut expected, &self.mask);
        if tag.len() < 12 || tag.len() > 16 {
            return Err(malformed("the authentication tag has a wrong length"));
        }
        if bool::from(expected[..tag.len()].ct_eq(tag)) {
            Ok(())
        } else {
            Err(Trouble::NotAuthentic)
        }
    }
}

/// The error beyond what AES-GCM may carry.
pub(crate) fn too_long() -> Trouble {
    Trouble::Limit("AES-GCM ends at 64 GiB, and the content is longer".to_owned())
}

fn stream<C: KeyIvInit>(key: &[u8], counter: &[u8; 16]) -> Result<C> {
    C::new_from_slices(key, counter).map_err(|_| Trouble::Undecryptable)
}

fn encrypt_block(suite: Suite, key: &[u8], block: &mut [u8; 16]) -> Result<()> {
    fn with<C: BlockCipherEncrypt<BlockSize = ghash::universal_hash::typenum::U16> + KeyInit>(
        key: &[u8],
        block: &mut [u8; 16],
    ) -> Result<()> {
        let cipher = C::new_from_slice(key).map_err(|_| Trouble::Undecryptable)?;
        cipher.encrypt_block(block.into());
        Ok(())
    }
    match suite {
        Suite::Aes128Gcm => with::<aes::Aes128>(key, block),
        Suite::Aes192Gcm => with::<aes::Aes192>(key, block),
        _ => with::<aes::Aes256>(key, block),
    }
}

/// The counter block that the nonce stands for.
fn first_counter(h: &[u8; 16], nonce: &[u8]) -> [u8; 16] {
    let mut counter = [0_u8; 16];
    if nonce.len() == 12 {
        counter[..12].copy_from_slice(nonce);
        counter[15] = 1;
        return counter;
    }
    let mut hash = GHash::new(&(*h).into());
    hash.update_padded(nonce);
    let mut length = [0_u8; 16];
    length[8..].copy_from_slice(&(nonce.len() as u64 * 8).to_be_bytes());
    hash.update(&[length.into()]);
    hash.finalize().into()
}

/// A product in the field of GHASH: the hash of one block under a key is just that.
fn product(left: &[u8; 16], right: &[u8; 16]) -> [u8; 16] {
    let mut hash = GHash::new(&(*left).into());
    hash.update(&[(*right).into()]);
    hash.finalize().into()
}

/// `base` multiplied with itself `exponent` times.
fn power(base: &[u8; 16], exponent: u64) -> [u8; 16] {
    let mut result = [0_u8; 16];
    // The one of this field: its bits run from left to right.
    result[0] = 0x80;
    for bit in (0..u64::BITS - exponent.leading_zeros()).rev() {
        result = product(&result, &result);
        if exponent >> bit & 1 == 1 {
            result = product(&result, base);
        }
    }
    result
}

fn add(sum: &mut [u8; 16], other: &[u8; 16]) {
    sum.iter_mut().zip(other).for_each(|(sum, other)| *sum ^= other);
}
