//! What a store needs of encryption at rest: it seals what is personal before it is written, and never
//! sees a key.

use std::fmt;
use std::sync::Arc;

/// Seals and opens values. `place` is where a value stands: one that was put somewhere else does not open.
pub trait Seal: Send + Sync {
    /// Encrypts a value; twice the same value gives two different results.
    fn seal(&self, plain: &[u8], place: &[u8]) -> Vec<u8>;

    /// Encrypts a value that is looked up by equality: the same value gives the same result.
    fn seal_alike(&self, plain: &[u8], place: &[u8]) -> Vec<u8>;

    /// Decrypts what the other two made; `None` when it was changed, sealed with another key, or for
    /// another place.
    fn open(&self, sealed: &[u8], place: &[u8]) -> Option<Vec<u8>>;

    /// Tells one key from another, without telling anything of it.
    fn id(&self) -> String;
}

/// A [`Seal`] that is shared.
#[derive(Clone)]
pub struct SharedSeal(pub Arc<dyn Seal>);

impl fmt::Debug for SharedSeal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SharedSeal({})", self.0.id())
    }
}
