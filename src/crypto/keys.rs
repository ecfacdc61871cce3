//! Private keys: read from files that only their owner can read, in the forms that `openssl` and
//! others write, and used for one thing, the unwrapping of content keys.

use std::path::Path;

use const_oid::ObjectIdentifier;
use der::Decode;
use pkcs1::DecodeRsaPrivateKey;
use pkcs8::{DecodePrivateKey, EncryptedPrivateKeyInfoRef, PrivateKeyInfoRef};
use rsa::traits::{Decryptor, PublicKeyParts};
use secrecy::{ExposeSecret, SecretString};
use sha1::Sha1;
use sha2::{Sha224, Sha256, Sha384, Sha512};
use zeroize::Zeroizing;

use super::cms::{Hash, Transport};
use super::pem::{self, Block};
use super::trouble::{Result as CmsResult, Trouble};
use crate::config::{private, wiped};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::text::clean;

/// No key file is larger.
const LIMIT: usize = 256 * 1024;
const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");

/// Gives the passphrase of the key that is named to it.
pub type Passphrase<'a> = dyn FnMut(&str) -> Result<SecretString, Failure> + 'a;

/// A private RSA key. It does not print.
#[derive(Clone)]
pub struct PrivateKey {
    key: rsa::PrivateKey,
    name: String,
}

impl std::fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PrivateKey")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl PrivateKey {
    /// A key under a name for messages.
    pub(crate) fn new(key: rsa::PrivateKey, name: &str) -> PrivateKey {
        PrivateKey {
            key,
            name: name.to_owned(),
        }
    }

    /// Its name in messages: where it was read from.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Bits of its modulus.
    pub fn bits(&self) -> u32 {
        self.key.n().bit_width()
    }

    /// Modulus and exponent, big-endian without leading zeros: equal for the two halves of a pair.
    pub fn public(&self) -> (Vec<u8>, Vec<u8>) {
        (self.key.n_bytes().into_vec(), self.key.e_bytes().into_vec())
    }

    /// The key itself, for making certificates.
    pub(crate) fn rsa(&self) -> &rsa::PrivateKey {
        &self.key
    }

    /// The content key of `bytes` length. What fails here fails with the one word that everything
    /// has from here on.
    pub(crate) fn unwrap(
        &self,
        transport: &Transport,
        wrapped: &[u8],
        bytes: usize,
    ) -> CmsResult<Zeroizing<Vec<u8>>> {
        let unwrapped = match transport {
            Transport::Pkcs1 => self.key.pkcs1v15_decrypt(wrapped),
            Transport::Oaep { hash, mask, label } => match hash {
                Hash::Sha1 => with_mask::<Sha1>(&self.key, *mask, label, wrapped),
                Hash::Sha224 => with_mask::<Sha224>(&self.key, *mask, label, wrapped),
                Hash::Sha256 => with_mask::<Sha256>(&self.key, *mask, label, wrapped),
                Hash::Sha384 => with_mask::<Sha384>(&self.key, *mask, label, wrapped),
                Hash::Sha512 => with_mask::<Sha512>(&self.key, *mask, label, wrapped),
            },
            Transport::Other(name) => return Err(Trouble::Unsupported(name.clone())),
        };
        match unwrapped.map(Zeroizing::new) {
            Ok(key) if key.len() == bytes => Ok(key),
            _ => Err(Trouble::Undecryptable),
        }
    }
}

fn with_mask<D>(key: &rsa::PrivateKey, mask: Hash, label: &[u8], wrapped: &[u8]) -> rsa::Result<Vec<u8>>
where
    D: sha2::digest::Digest + sha2::digest::FixedOutputReset,
{
    fn open<D, M>(key: &rsa::PrivateKey, label: &[u8], wrapped: &[u8]) -> rsa::Result<Vec<u8>>
    where
        D: sha2::digest::Digest + sha2::digest::FixedOutputReset,
        M: sha2::digest::Digest + sha2::digest::FixedOutputReset,
    {
        rsa::oaep::DecryptingKey::<D, M>::new_with_label(key.clone(), label.to_vec()).decrypt(wrapped)
    }
    match mask {
        Hash::Sha1 => open::<D, Sha1>(key, label, wrapped),
        Hash::Sha224 => open::<D, Sha224>(key, label, wrapped),
        Hash::Sha256 => open::<D, Sha256>(key, label, wrapped),
        Hash::Sha384 => open::<D, Sha384>(key, label, wrapped),
        Hash::Sha512 => open::<D, Sha512>(key, label, wrapped),
    }
}

/// Reads a key file that only its owner can read.
///
/// # Errors
/// When others can read it, when it is no RSA key, or when its passphrase is wrong.
pub fn read_file(path: &Path, passphrase: &mut Passphrase<'_>) -> Result<PrivateKey, Failure> {
    let shown = clean(&path.display().to_string());
    private::check(path).map_err(|why| {
        failed(format!("The key file {shown} {why}.")).next(format!("Make it private: chmod 600 {shown}"))
    })?;
    let bytes = small_file(path).map_err(|why| failed(format!("The key file {shown} {why}.")))?;
    read(&bytes, &shown, passphrase)
}

/// The content of a small file.
///
/// # Errors
/// Why not, as the end of a sentence about the file.
pub fn small_file(path: &Path) -> Result<Zeroizing<Vec<u8>>, String> {
    let failed = |error: std::io::Error| format!("cannot be read ({})", error.kind());
    let file = std::fs::File::open(path).map_err(failed)?;
    wiped::all(file, LIMIT)
        .map_err(failed)?
        .ok_or_else(|| "is too large for a key or a certificate".to_owned())
}

/// Reads a key out of PEM or DER.
///
/// # Errors
/// As [`read_file`].
pub fn read(bytes: &[u8], name: &str, passphrase: &mut Passphrase<'_>) -> Result<PrivateKey, Failure> {
    let blocks = pem::blocks(bytes);
    if blocks.is_empty() {
        return der(bytes, name, passphrase);
    }
    match blocks.iter().find(|block| block.label.ends_with("PRIVATE KEY")) {
        Some(block) => of_block(block, name, passphrase),
        None if blocks.iter().any(|block| block.label.contains("CERTIFICATE")) => Err(failed(format!(
            "{name} is a certificate, and a private key is needed."
        ))
        .next("Name the file of the private key; the certificate goes with --cert.")),
        None => Err(no_key(name)),
    }
}

/// An encrypted PKCS#8 key as PEM, when the file holds one, in PEM or DER.
pub fn encrypted_pem(bytes: &[u8]) -> Option<Zeroizing<String>> {
    let label = "ENCRYPTED PRIVATE KEY";
    let blocks = pem::blocks(bytes);
    let content = match blocks.iter().find(|block| block.label == label) {
        Some(block) => block.content.as_deref()?,
        None if blocks.is_empty() => bytes,
        None => return None,
    };
    EncryptedPrivateKeyInfoRef::from_der(content).ok()?;
    Some(pem::write(label, content))
}

fn of_block(block: &Block, name: &str, passphrase: &mut Passphrase<'_>) -> Result<PrivateKey, Failure> {
    if block.headers.iter().any(|line| line.starts_with("Proc-Type")) {
        return Err(failed(format!(
            "{name} is encrypted in the old form (Proc-Type), which protects it badly."
        ))
        .next(format!(
            "Write it anew, then use the new file: openssl pkcs8 -topk8 -v2 aes-256-cbc -in {name} -out {name}.pk8"
        )));
    }
    let content = block.content.as_ref().ok_or_else(|| no_key(name))?;
    match block.label.as_str() {
        "PRIVATE KEY" => pkcs8(content, name),
        "ENCRYPTED PRIVATE KEY" => encrypted(content, name, passphrase),
        "RSA PRIVATE KEY" => pkcs1(content, name),
        other => Err(not_rsa(name, other)),
    }
}

fn der(bytes: &[u8], name: &str, passphrase: &mut Passphrase<'_>) -> Result<PrivateKey, Failure> {
    if EncryptedPrivateKeyInfoRef::from_der(bytes).is_ok() {
        return encrypted(bytes, name, passphrase);
    }
    if PrivateKeyInfoRef::from_der(bytes).is_ok() {
        return pkcs8(bytes, name);
    }
    if bytes.first() == Some(&0x30) {
        return pkcs1(bytes, name);
    }
    Err(no_key(name))
}

fn pkcs8(bytes: &[u8], name: &str) -> Result<PrivateKey, Failure> {
    let info = PrivateKeyInfoRef::from_der(bytes).map_err(|_| no_key(name))?;
    if info.algorithm.oid != RSA {
        let what = match info.algorithm.oid.to_string().as_str() {
            "1.2.840.10045.2.1" => "EC".to_owned(),
            "1.3.101.110" | "1.3.101.111" | "1.3.101.112" | "1.3.101.113" => "Edwards-curve".to_owned(),
            other => other.to_owned(),
        };
        return Err(not_rsa(name, &what));
    }
    let key = rsa::PrivateKey::from_pkcs8_der(bytes).map_err(|_| damaged(name))?;
    Ok(PrivateKey::new(key, name))
}

fn pkcs1(bytes: &[u8], name: &str) -> Result<PrivateKey, Failure> {
    let key = rsa::PrivateKey::from_pkcs1_der(bytes).map_err(|_| damaged(name))?;
    Ok(PrivateKey::new(key, name))
}

fn encrypted(bytes: &[u8], name: &str, passphrase: &mut Passphrase<'_>) -> Result<PrivateKey, Failure> {
    let info = EncryptedPrivateKeyInfoRef::from_der(bytes).map_err(|_| {
        failed(format!("The private key {name} is encrypted in a way that is not supported.")).next(format!(
            "Write it anew, then use the new file: openssl pkcs8 -topk8 -v2 aes-256-cbc -in {name} -out {name}.pk8"
        ))
    })?;
    let secret = passphrase(name)?;
    let plain = info.decrypt(secret.expose_secret()).map_err(|_| {
        Failure::new(
            FailureKind::Authentication,
            format!("The passphrase does not open the private key {name}."),
        )
        .next("Give the passphrase with which the key was made.")
    })?;
    pkcs8(plain.as_bytes(), name)
}

fn not_rsa(name: &str, what: &str) -> Failure {
    failed(format!("{name} holds a key that is not RSA ({}).", clean(what)))
        .next("Exports are encrypted for RSA keys only; make one with: dsr certificate new")
}

fn no_key(name: &str) -> Failure {
    failed(format!("{name} is no private key in PEM or DER.")).next("Name the file of an RSA private key.")
}

fn damaged(name: &str) -> Failure {
    failed(format!(
        "The private key {name} is damaged, or has not between 1024 and 8192 bits."
    ))
    .next("Look at it with: openssl pkey -noout -text")
}

fn failed(message: String) -> Failure {
    Failure::new(FailureKind::Configuration, message)
}
