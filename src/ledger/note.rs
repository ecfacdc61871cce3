//! Keys of signed notes (C2SP signed-note): Ed25519, each with a name.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::domain::canonical::hex;

/// The byte that says Ed25519 in key ids and encoded keys.
const ED25519: u8 = 1;

/// Four bytes that tell keys apart.
pub type KeyId = [u8; 4];

/// The public half of a key, with its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verifier {
    name: String,
    key: VerifyingKey,
}

/// The private half.
#[derive(Clone)]
pub struct Noter {
    name: String,
    key: SigningKey,
}

impl std::fmt::Debug for Noter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Noter")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// Whether a name can stand in a note: not empty, no space, no plus.
pub(super) fn is_name(name: &str) -> bool {
    !name.is_empty()
        && !name
            .chars()
            .any(|c| c.is_whitespace() || c == '+' || c.is_control())
}

impl Verifier {
    /// A key of this name from its 32 bytes; `None` when they are no key.
    pub fn new(name: &str, key: &[u8; 32]) -> Option<Verifier> {
        let key = VerifyingKey::from_bytes(key).ok()?;
        is_name(name).then(|| Verifier {
            name: name.to_owned(),
            key,
        })
    }

    /// Reads `name+hash+base64`; `None` for anything else.
    pub fn parse(text: &str) -> Option<Verifier> {
        let (name, rest) = text.trim().split_once('+')?;
        let (id, encoded) = rest.split_once('+')?;
        let bytes = STANDARD.decode(encoded).ok()?;
        let (kind, key) = bytes.split_first()?;
        let verifier = Verifier::new(name, key.try_into().ok()?)?;
        (*kind == ED25519 && id == hex(&verifier.id())).then_some(verifier)
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The 32 bytes of the key.
    pub fn bytes(&self) -> &[u8; 32] {
        self.key.as_bytes()
    }

    /// The first bytes of SHA-256 over name, line feed, kind and key.
    pub fn id(&self) -> KeyId {
        let mut hash = Sha256::new();
        hash.update(self.name.as_bytes());
        hash.update([b'\n', ED25519]);
        hash.update(self.key.as_bytes());
        let hash = hash.finalize();
        [hash[0], hash[1], hash[2], hash[3]]
    }

    /// Whether the 64 bytes are this key's signature of `text`.
    pub fn verifies(&self, text: &[u8], signature: &[u8]) -> bool {
        let Ok(signature) = Signature::from_slice(signature) else {
            return false;
        };
        self.key.verify_strict(text, &signature).is_ok()
    }
}

impl std::fmt::Display for Verifier {
    /// `name+hash+base64`, as verifiers of notes read it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut bytes = vec![ED25519];
        bytes.extend_from_slice(self.key.as_bytes());
        write!(f, "{}+{}+{}", self.name, hex(&self.id()), STANDARD.encode(bytes))
    }
}

impl Noter {
    /// The key that follows from 32 random bytes.
    pub fn new(name: &str, seed: &[u8; 32]) -> Option<Noter> {
        is_name(name).then(|| Noter {
            name: name.to_owned(),
            key: SigningKey::from_bytes(seed),
        })
    }

    /// Reads what [`Noter::encode`] wrote; `None` for anything else.
    pub fn parse(text: &str) -> Option<Noter> {
        let (name, rest) = text.trim().strip_prefix("PRIVATE+KEY+")?.split_once('+')?;
        let (id, encoded) = rest.split_once('+')?;
        let bytes = Zeroizing::new(STANDARD.decode(encoded).ok()?);
        let (kind, seed) = bytes.split_first()?;
        let noter = Noter::new(name, seed.try_into().ok()?)?;
        (*kind == ED25519 && id == hex(&noter.verifier().id())).then_some(noter)
    }

    /// `PRIVATE+KEY+name+hash+base64`: secret.
    pub fn encode(&self) -> Zeroizing<String> {
        let mut bytes = Zeroizing::new(vec![ED25519]);
        bytes.extend_from_slice(Zeroizing::new(self.key.to_bytes()).as_slice());
        let encoded = Zeroizing::new(STANDARD.encode(bytes.as_slice()));
        let id = hex(&self.verifier().id());
        Zeroizing::new(format!("PRIVATE+KEY+{}+{id}+{}", self.name, encoded.as_str()))
    }

    /// The public half.
    pub fn verifier(&self) -> Verifier {
        Verifier {
            name: self.name.clone(),
            key: self.key.verifying_key(),
        }
    }

    /// The 64 bytes of the signature of `text`.
    pub fn sign(&self, text: &[u8]) -> [u8; 64] {
        self.key.sign(text).to_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example key and note of the documentation of Go's `note` package.
    #[test]
    fn a_key_of_another_implementation_is_read() {
        let text = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
        let verifier = Verifier::parse(text).expect("a key");
        assert_eq!(verifier.name(), "PeterNeumann");
        assert_eq!(verifier.to_string(), text);
        assert!(Verifier::parse(&text.replace("c74f20a3", "c74f20a4")).is_none());
        let message = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
        let signature = STANDARD
            .decode("x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=")
            .expect("base64");
        assert_eq!(&signature[..4], verifier.id());
        assert!(verifier.verifies(message.as_bytes(), &signature[4..]));
    }

    #[test]
    fn a_secret_key_does_not_print() {
        let noter = Noter::new("dsr/test/log", &[7; 32]).expect("a name");
        let printed = format!("{noter:?}");
        assert!(
            !printed.contains(noter.encode().rsplit('+').next().expect("a part")),
            "{printed}"
        );
    }
}
