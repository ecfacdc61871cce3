//! A new pair: a private key that leaves memory only encrypted, and a certificate that it signs
//! itself, as the export service accepts it.

use std::str::FromStr;
use std::time::Duration;

use der::asn1::OctetString;
use der::flagset::FlagSet;
use der::{DateTime, Encode};
use jiff::Timestamp;
use pkcs8::{EncodePrivateKey, PrivateKeyInfoRef};
use rsa::pkcs1v15::SigningKey;
use rsa::rand_core::TryRng;
use rsa::signature::Keypair;
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;
use x509_cert::builder::profile::BuilderProfile;
use x509_cert::builder::{Builder, CertificateBuilder, Result as BuilderResult};
use x509_cert::certificate::TbsCertificate;
use x509_cert::ext::pkix::{BasicConstraints, KeyUsage, KeyUsages, SubjectKeyIdentifier};
use x509_cert::ext::{Extension, ToExtension};
use x509_cert::name::Name;
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::{SubjectPublicKeyInfo, SubjectPublicKeyInfoRef};
use x509_cert::time::{Time, Validity};
use zeroize::Zeroizing;

use super::{Certificate, key_digest};
use crate::crypto::keys::PrivateKey;
use crate::crypto::pem;
use crate::crypto::random::SystemRandom;
use crate::domain::failure::{Failure, FailureKind};

/// What is wanted.
#[derive(Clone, Debug)]
pub struct New {
    /// Common name of the certificate.
    pub name: String,
    /// Bits of the key: 2048 to 8192.
    pub bits: usize,
    /// Days that the certificate is valid.
    pub days: u32,
}

/// What was made.
pub struct Made {
    /// The key as encrypted PKCS#8 in PEM.
    pub key_pem: Zeroizing<String>,
    /// The certificate.
    pub certificate: Certificate,
    /// The key for use at once.
    pub key: PrivateKey,
}

/// Makes a pair whose key is encrypted under `passphrase`. Takes a moment.
///
/// # Errors
/// A name that no certificate can bear, a size out of range, or no random numbers.
pub fn make(new: &New, passphrase: &SecretString, now: Timestamp) -> Result<Made, Failure> {
    if !(2048..=8192).contains(&new.bits) {
        return Err(usage("A key has between 2048 and 8192 bits."));
    }
    if new.days == 0 || new.days > 3660 {
        return Err(usage("A certificate is valid between 1 and 3660 days."));
    }
    let key = rsa::PrivateKey::new(&mut SystemRandom, new.bits)
        .map_err(|_| internal("The key could not be made."))?;
    let key = PrivateKey::new(key, "the new key");
    let der = certificate(new, &key, now)?;
    let certificate =
        Certificate::from_der(&der).map_err(|_| internal("The certificate could not be made."))?;
    Ok(Made {
        key_pem: encrypted(&key, passphrase)?,
        certificate,
        key,
    })
}

/// The key as encrypted PKCS#8 (PBES2 with scrypt and AES-256-CBC).
///
/// # Errors
/// No random numbers.
pub fn encrypted(key: &PrivateKey, passphrase: &SecretString) -> Result<Zeroizing<String>, Failure> {
    let failed = || internal("The key could not be encrypted.");
    let plain = key.rsa().to_pkcs8_der().map_err(|_| failed())?;
    let info = PrivateKeyInfoRef::try_from(plain.as_bytes()).map_err(|_| failed())?;
    let sealed = info
        .encrypt_with_rng(&mut SystemRandom, passphrase.expose_secret())
        .map_err(|_| failed())?;
    Ok(pem::write("ENCRYPTED PRIVATE KEY", sealed.as_bytes()))
}

fn certificate(new: &New, key: &PrivateKey, now: Timestamp) -> Result<Vec<u8>, Failure> {
    let failed = || internal("The certificate could not be made.");
    let subject = Name::from_str(&format!("CN={}", escaped(new.name.trim())))
        .ok()
        .filter(|_| !new.name.trim().is_empty() && new.name.len() <= 64)
        .ok_or_else(|| {
            usage("The name of a certificate has 1 to 64 characters and no control characters.")
        })?;
    let mut serial = [0_u8; 16];
    SystemRandom.try_fill_bytes(&mut serial).map_err(|_| failed())?;
    // Positive, and never without its first byte.
    serial[0] = serial[0] & 0x3f | 0x40;
    // A minute earlier: the clock of the service may be behind.
    let start = at(now.as_second() - 60).ok_or_else(failed)?;
    let end = at(now.as_second() + i64::from(new.days) * 86_400).ok_or_else(failed)?;
    let signer = SigningKey::<Sha256>::new(key.rsa().clone());
    let public = SubjectPublicKeyInfo::from_key(&signer.verifying_key()).map_err(|_| failed())?;
    let (modulus, exponent) = key.public();
    let profile = ForEncryption {
        subject,
        key_id: key_digest(&modulus, &exponent),
    };
    let serial = SerialNumber::new(&serial).map_err(|_| failed())?;
    let builder =
        CertificateBuilder::new(profile, serial, Validity::new(start, end), public).map_err(|_| failed())?;
    let made = builder
        .build::<_, rsa::pkcs1v15::Signature>(&signer)
        .map_err(|_| failed())?;
    made.to_der().map_err(|_| failed())
}

/// A certificate that keys may be enciphered for, and nothing else.
struct ForEncryption {
    subject: Name,
    key_id: Vec<u8>,
}

impl BuilderProfile for ForEncryption {
    fn get_issuer(&self, subject: &Name) -> Name {
        subject.clone()
    }

    fn get_subject(&self) -> Name {
        self.subject.clone()
    }

    fn build_extensions(
        &self,
        _: SubjectPublicKeyInfoRef<'_>,
        _: SubjectPublicKeyInfoRef<'_>,
        tbs: &TbsCertificate,
    ) -> BuilderResult<Vec<Extension>> {
        let usage: FlagSet<KeyUsages> = KeyUsages::KeyEncipherment | KeyUsages::DataEncipherment;
        let constraints = BasicConstraints {
            ca: false,
            path_len_constraint: None,
        };
        let id = SubjectKeyIdentifier(OctetString::new(self.key_id.clone())?);
        let subject = tbs.subject();
        Ok(vec![
            (&constraints).to_extension(subject, &[])?,
            (&KeyUsage(usage)).to_extension(subject, &[])?,
            (&id).to_extension(subject, &[])?,
        ])
    }
}

/// A value as RFC 4514 wants it.
fn escaped(value: &str) -> String {
    let mut out = String::new();
    for (at, c) in value.chars().enumerate() {
        if ",+\"\\<>;=".contains(c) || (at == 0 && c == '#') {
            out.push('\\');
        }
        out.push(if c.is_control() { '?' } else { c });
    }
    out
}

fn at(seconds: i64) -> Option<Time> {
    let since = Duration::from_secs(u64::try_from(seconds).ok()?);
    let time = DateTime::from_unix_duration(since).ok()?;
    Some(Time::GeneralTime(time.into()))
}

fn usage(message: &str) -> Failure {
    Failure::new(FailureKind::Usage, message)
}

fn internal(message: &str) -> Failure {
    Failure::new(FailureKind::Internal, message)
}
