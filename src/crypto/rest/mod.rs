//! Encryption at rest. One key a store: 32 random bytes, kept as a private key in PKCS#8, encrypted with
//! a passphrase or in a file that only its owner can read (`openssl pkey` opens both). Everything else
//! is derived from it by HMAC-SHA-256: values of the store are sealed with AES-256-GCM, and files are
//! encrypted piece by piece with the STREAM construction over the same cipher.

mod files;
mod keyfile;
mod place;
mod register;

use std::fmt;

use aes_gcm::aead::{Aead, Payload};
use aes_gcm::{Aes256Gcm, KeyInit, Nonce};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::domain::canonical::hex;
use crate::domain::sealing::Seal;
pub use files::{Encrypting, Opened, encrypting, is_encrypted, open_file, plain_length};
pub use keyfile::{KeyFile, Protection};
pub use place::{decrypt_in_place, encrypt_in_place, half_written, remove_half_written};
pub use register::{Entry, Register};

/// Bytes of the random part in front of a sealed value.
const NONCE: usize = 12;

/// The key of a store.
pub struct RestKey {
    secret: Zeroizing<[u8; 32]>,
    values: Aes256Gcm,
    nonces: Zeroizing<[u8; 32]>,
    id: String,
}

impl fmt::Debug for RestKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RestKey({})", self.id)
    }
}

impl RestKey {
    fn of(secret: Zeroizing<[u8; 32]>) -> RestKey {
        let derive = |label: &str| Zeroizing::new(digest(&*secret, label.as_bytes()));
        RestKey {
            values: Aes256Gcm::new((&*derive("dsr at rest: values")).into()),
            nonces: derive("dsr at rest: lookups"),
            id: hex(&digest(&*secret, b"dsr at rest: id")[..6]),
            secret,
        }
    }

    /// A new one.
    ///
    /// # Errors
    /// When the operating system has no random numbers.
    pub fn generate() -> Result<RestKey, getrandom::Error> {
        let mut secret = Zeroizing::new([0u8; 32]);
        getrandom::fill(&mut *secret)?;
        Ok(RestKey::of(secret))
    }

    /// The key of one file, of which `salt` is the beginning.
    fn of_file(&self, salt: &[u8]) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(digest(&*self.secret, &[b"dsr at rest: file", salt].concat()))
    }

    fn sealed(&self, nonce: [u8; NONCE], plain: &[u8], place: &[u8]) -> Vec<u8> {
        let payload = Payload {
            msg: plain,
            aad: place,
        };
        let sealed = self.values.encrypt(&Nonce::from(nonce), payload);
        // It fails for values of many gigabytes only, which no row can hold.
        let sealed = sealed.expect("a value of a size that a row can hold");
        [nonce.as_slice(), &sealed].concat()
    }
}

impl Seal for RestKey {
    fn seal(&self, plain: &[u8], place: &[u8]) -> Vec<u8> {
        let mut nonce = [0u8; NONCE];
        // Without random numbers nothing may be written: a nonce that repeats gives the key away.
        getrandom::fill(&mut nonce).expect("random numbers of the operating system");
        self.sealed(nonce, plain, place)
    }

    fn seal_alike(&self, plain: &[u8], place: &[u8]) -> Vec<u8> {
        let mut nonce = [0u8; NONCE];
        // The same value at another place needs another nonce: one that repeats gives the key away. Where
        // the place ends is said by its length.
        let length = (place.len() as u64).to_be_bytes();
        let both = match place {
            [] => plain.to_vec(),
            place => [&length, place, plain].concat(),
        };
        nonce.copy_from_slice(&digest(&*self.nonces, &both)[..NONCE]);
        self.sealed(nonce, plain, place)
    }

    fn open(&self, sealed: &[u8], place: &[u8]) -> Option<Vec<u8>> {
        let (nonce, sealed) = sealed.split_at_checked(NONCE)?;
        let nonce: [u8; NONCE] = nonce.try_into().ok()?;
        let payload = Payload {
            msg: sealed,
            aad: place,
        };
        self.values.decrypt(&Nonce::from(nonce), payload).ok()
    }

    fn id(&self) -> String {
        self.id.clone()
    }
}

fn digest(key: &[u8], text: &[u8]) -> [u8; 32] {
    // HMAC takes a key of any length.
    let mut mac = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(key).expect("a key of any length");
    mac.update(text);
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: &[u8] = b"operations.subject\0one";

    #[test]
    fn a_value_comes_back_only_with_its_key_and_unchanged() {
        let (key, other) = (RestKey::generate().unwrap(), RestKey::generate().unwrap());
        let sealed = key.seal(b"anna.muster@example.org", HERE);
        assert_ne!(
            sealed,
            key.seal(b"anna.muster@example.org", HERE),
            "never twice the same"
        );
        assert_eq!(key.open(&sealed, HERE).unwrap(), b"anna.muster@example.org");
        assert_eq!(other.open(&sealed, HERE), None);
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(key.open(&changed, HERE), None, "byte {at}");
        }
        assert_eq!(key.open(&sealed[..10], HERE), None);
        let alike = key.seal_alike(b"external_contact:1", HERE);
        assert_eq!(alike, key.seal_alike(b"external_contact:1", HERE));
        assert_ne!(alike, other.seal_alike(b"external_contact:1", HERE));
        assert_eq!(key.open(&alike, HERE).unwrap(), b"external_contact:1");
        for sealed in [&sealed, &alike] {
            assert_eq!(key.open(sealed, b"somewhere else"), None);
            assert_eq!(key.open(sealed, b""), None);
        }
        let elsewhere = key.seal_alike(b"external_contact:1", b"somewhere else");
        assert_ne!(alike[..NONCE], elsewhere[..NONCE], "no nonce for two texts");
        assert!(!format!("{key:?}").contains(&hex(&*key.secret)));
    }
}
