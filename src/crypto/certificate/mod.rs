//! Certificates: for whom a message may be encrypted, and whether the export service will take one.

mod check;
mod make;

use der::{Decode, Encode};
use jiff::Timestamp;
use sha1::Sha1;
use sha2::{Digest, Sha256};
use x509_cert::Certificate as X509;
use x509_cert::ext::pkix::SubjectKeyIdentifier;

pub use check::{Facts, Finding, Report, check};
pub use make::{Made, New, encrypted, make};

use super::cms::{RecipientId, normal, serial_shown, trimmed};
use super::pem;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::text::clean;

/// A certificate with an RSA key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// The issuer's name as DER.
    issuer: Vec<u8>,
    /// Serial number, big-endian, without leading zeros.
    serial: Vec<u8>,
    /// What the certificate itself says the key's identifier is.
    key_id: Option<Vec<u8>>,
    /// SHA-1 over the key, which most issuers take as its identifier.
    key_digest: Vec<u8>,
    modulus: Vec<u8>,
    exponent: Vec<u8>,
    /// Whom it names, cleaned.
    pub subject: String,
    /// Valid from.
    pub not_before: Timestamp,
    /// Valid until.
    pub not_after: Timestamp,
    der: Vec<u8>,
}

impl Certificate {
    /// The first certificate in PEM, or one in DER.
    ///
    /// # Errors
    /// When there is none, or its key is not RSA. `name` is the file, for the message.
    pub fn read(bytes: &[u8], name: &str) -> Result<Certificate, Failure> {
        let blocks = pem::blocks(bytes);
        if blocks.is_empty() {
            return Certificate::from_der(bytes).map_err(|why| refused(name, &why));
        }
        let block = blocks.iter().find(|block| block.label.ends_with("CERTIFICATE"));
        let Some(block) = block else {
            let what = if blocks.iter().any(|block| block.label.contains("PRIVATE KEY")) {
                "it is a private key, which belongs nowhere but in the key ring"
            } else {
                "it holds no certificate"
            };
            return Err(refused(name, what));
        };
        let content = block
            .content
            .as_ref()
            .ok_or_else(|| refused(name, "its base64 is damaged"))?;
        Certificate::from_der(content).map_err(|why| refused(name, &why))
    }

    /// A certificate in DER.
    pub(crate) fn from_der(bytes: &[u8]) -> Result<Certificate, String> {
        let parsed = X509::from_der(bytes).map_err(|_| "it is no X.509 certificate".to_owned())?;
        let tbs = parsed.tbs_certificate();
        let key = tbs.subject_public_key_info();
        let (modulus, exponent) = rsa_parts(key.subject_public_key.raw_bytes())
            .filter(|_| key.algorithm.oid.to_string() == check::RSA)
            .ok_or("its key is not RSA")?;
        let issuer = tbs.issuer().to_der().map_err(|_| "its issuer is not a name")?;
        let said: Option<(bool, SubjectKeyIdentifier)> = tbs.get_extension().unwrap_or(None);
        Ok(Certificate {
            issuer: normal(&issuer).map_err(|_| "its issuer is not a name")?,
            serial: trimmed(tbs.serial_number().as_bytes()),
            key_id: said.map(|(_, id)| id.0.as_bytes().to_vec()),
            key_digest: Sha1::digest(key.subject_public_key.raw_bytes()).to_vec(),
            modulus,
            exponent,
            subject: clean(&tbs.subject().to_string()),
            not_before: time(tbs.validity().not_before),
            not_after: time(tbs.validity().not_after),
            der: bytes.to_vec(),
        })
    }

    /// Serial number in hexadecimal, as `openssl x509 -serial` shows it.
    pub fn serial(&self) -> String {
        serial_shown(&self.serial)
    }

    /// Bits of the key.
    pub fn bits(&self) -> u32 {
        bits(&self.modulus)
    }

    /// SHA-256 over the certificate, in hexadecimal.
    pub fn fingerprint(&self) -> String {
        hex(&Sha256::digest(&self.der))
    }

    /// The certificate in PEM.
    pub fn to_pem(&self) -> String {
        pem::write("CERTIFICATE", &self.der).to_string()
    }

    /// Modulus and exponent, big-endian without leading zeros.
    pub fn public(&self) -> (Vec<u8>, Vec<u8>) {
        (self.modulus.clone(), self.exponent.clone())
    }

    /// True when a message names this certificate as its recipient.
    pub fn is(&self, id: &RecipientId) -> bool {
        match id {
            RecipientId::IssuerSerial { issuer, serial } => *issuer == self.issuer && *serial == self.serial,
            RecipientId::KeyId(id) => {
                self.key_id.as_ref().is_some_and(|own| own == id) || *id == self.key_digest
            }
            RecipientId::Other(_) => false,
        }
    }
}

/// The identifier that most issuers give a key: SHA-1 over its DER.
pub(crate) fn key_digest(modulus: &[u8], exponent: &[u8]) -> Vec<u8> {
    let unsigned = |number: &[u8]| der::asn1::Uint::new(number).ok();
    let (Some(n), Some(e)) = (unsigned(modulus), unsigned(exponent)) else {
        return Vec::new();
    };
    let sequence = RsaKey {
        modulus: n,
        exponent: e,
    };
    sequence
        .to_der()
        .map(|der| Sha1::digest(der).to_vec())
        .unwrap_or_default()
}

#[derive(der::Sequence)]
struct RsaKey {
    modulus: der::asn1::Uint,
    exponent: der::asn1::Uint,
}

/// Modulus and exponent of a key in a certificate.
fn rsa_parts(key: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let key = RsaKey::from_der(key).ok()?;
    Some((trimmed(key.modulus.as_bytes()), trimmed(key.exponent.as_bytes())))
}

fn bits(modulus: &[u8]) -> u32 {
    modulus
        .first()
        .map_or(0, |first| modulus.len() as u32 * 8 - first.leading_zeros())
}

fn time(time: x509_cert::time::Time) -> Timestamp {
    let seconds = i64::try_from(time.to_unix_duration().as_secs()).unwrap_or(i64::MAX);
    Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn refused(name: &str, why: &str) -> Failure {
    Failure::new(
        FailureKind::Configuration,
        format!("{} cannot be used as a certificate: {why}.", clean(name)),
    )
    .next(format!(
        "See all that is wrong with: dsr certificate check {}",
        clean(name)
    ))
}
