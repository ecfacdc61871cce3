//! Random numbers of the operating system, in the form that the key crates want them.

use rsa::rand_core::{TryCryptoRng, TryRng};

/// The system's source. It fails instead of giving weak numbers.
pub(crate) struct SystemRandom;

impl TryRng for SystemRandom {
    type Error = getrandom::Error;

    fn try_next_u32(&mut self) -> Result<u32, getrandom::Error> {
        getrandom::u32()
    }

    fn try_next_u64(&mut self) -> Result<u64, getrandom::Error> {
        getrandom::u64()
    }

    fn try_fill_bytes(&mut self, target: &mut [u8]) -> Result<(), getrandom::Error> {
        getrandom::fill(target)
    }
}

impl TryCryptoRng for SystemRandom {}
