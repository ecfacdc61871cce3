//! Whom files are encrypted for: the certificate that was uploaded, or the estate's old one, whose key
//! is computed from the seed and may be looked at, as everything in a simulation.

use der::pem::LineEnding;
use der::{Decode, DecodePem, Encode};
use jiff::Timestamp;
use rsa::pkcs1v15::SigningKey;
use rsa::pkcs8::{DecodePublicKey, EncodePrivateKey, EncodePublicKey};
use rsa::signature::{SignatureEncoding, Signer};
use rsa::traits::PublicKeyParts;
use rsa::{PrivateKey, PublicKey};
use sha2::Sha256;
use x509_cert::Certificate;

use super::der::{SHA256_RSA, int, oid, seq, tlv};
use crate::simulator::clock::moment;
use crate::simulator::seed::{Dice, digest};

/// What is needed of a certificate to encrypt for it.
#[derive(Clone)]
pub(crate) struct Recipient {
    /// The issuer's name, DER.
    pub issuer: Vec<u8>,
    /// Bytes of the serial number.
    pub serial: Vec<u8>,
    /// The public key.
    pub key: PublicKey,
    /// Validity, in milliseconds.
    pub not_before: i64,
    /// Last moment.
    pub not_after: i64,
}

impl Recipient {
    /// Reads an uploaded certificate; the reason is in the service's words.
    pub(crate) fn read(pem: &[u8]) -> Result<Recipient, &'static str> {
        let text = std::str::from_utf8(pem).map_err(|_| "The certificate is not in PEM format")?;
        if text.contains("PRIVATE KEY") {
            return Err("The file holds a private key");
        }
        if text.matches("-----BEGIN CERTIFICATE-----").count() != 1 {
            return Err("The file must hold exactly one certificate in PEM format");
        }
        let certificate = Certificate::from_pem(text.trim()).map_err(|_| "The certificate cannot be read")?;
        let tbs = certificate.tbs_certificate();
        let spki = tbs
            .subject_public_key_info()
            .to_der()
            .map_err(|_| "The key cannot be read")?;
        let key = PublicKey::from_public_key_der(&spki).map_err(|_| "The key is not an RSA key")?;
        if key.size() < 256 {
            return Err("The RSA key is shorter than 2048 bits");
        }
        let seconds = |time: &x509_cert::time::Time| {
            i64::try_from(time.to_unix_duration().as_secs()).unwrap_or(i64::MAX / 1000)
        };
        Ok(Recipient {
            issuer: tbs.issuer().to_der().map_err(|_| "The issuer cannot be read")?,
            serial: tbs.serial_number().as_bytes().to_vec(),
            key,
            not_before: seconds(&tbs.validity().not_before) * 1000,
            not_after: seconds(&tbs.validity().not_after) * 1000,
        })
    }

    /// The serial number in hex.
    pub(crate) fn serial_hex(&self) -> String {
        hex(&self.serial)
    }
}

/// Bytes as the service writes serial numbers: without leading zeros.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let first = bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len());
    bytes[first..].iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The serial number of the estate's old certificate; known without its key.
pub(crate) fn old_serial(seed: u64) -> Vec<u8> {
    let mut serial = digest(&[b"cdds-old-serial:", &seed.to_be_bytes()])[..10].to_vec();
    serial[0] = (serial[0] & 0x3f) | 0x40;
    serial
}

/// The old certificate with its private key.
pub(crate) struct OldPair {
    /// PKCS#8, PEM.
    pub key_pem: String,
    /// PEM.
    pub certificate_pem: String,
    /// To encrypt for it.
    pub recipient: Recipient,
}

/// Computes the estate's old key and certificate. It takes a second or two.
pub(crate) fn old_pair(seed: u64, organization: &str, not_before: i64, not_after: i64) -> Option<OldPair> {
    let mut dice = Dice::new(seed, "cdds-old-key");
    let key = PrivateKey::new(dice.generator(), 2048).ok()?;
    old_pair_of(&key, seed, organization, not_before, not_after)
}

/// The same out of a key that was computed before.
pub(crate) fn old_pair_of(
    key: &PrivateKey,
    seed: u64,
    organization: &str,
    not_before: i64,
    not_after: i64,
) -> Option<OldPair> {
    let serial = old_serial(seed);
    let der = certificate(key, &serial, organization, not_before, not_after)?;
    let parsed = Certificate::from_der(&der).ok()?;
    Some(OldPair {
        key_pem: key.to_pkcs8_pem(LineEnding::LF).ok()?.to_string(),
        certificate_pem: der::pem::encode_string("CERTIFICATE", LineEnding::LF, &der).ok()?,
        recipient: Recipient {
            issuer: parsed.tbs_certificate().issuer().to_der().ok()?,
            serial,
            key: key.to_public_key(),
            not_before,
            not_after,
        },
    })
}

/// A self-signed certificate, DER.
fn certificate(
    key: &PrivateKey,
    serial: &[u8],
    organization: &str,
    not_before: i64,
    not_after: i64,
) -> Option<Vec<u8>> {
    let algorithm = seq(&[&oid(SHA256_RSA), &tlv(0x05, &[])]);
    let attribute = |kind: &[u8], value: &str| tlv(0x31, &seq(&[&oid(kind), &tlv(0x0c, value.as_bytes())]));
    let name = seq(&[
        &attribute(&[0x55, 0x04, 0x0a], organization),
        &attribute(&[0x55, 0x04, 0x03], "Data exports (simulated)"),
    ]);
    let validity = seq(&[&time(not_before), &time(not_after)]);
    let spki = key.to_public_key().to_public_key_der().ok()?;
    // keyEncipherment and dataEncipherment, critical.
    let usage = seq(&[
        &oid(&[0x55, 0x1d, 0x0f]),
        &tlv(0x01, &[0xff]),
        &tlv(0x04, &tlv(0x03, &[4, 0x30])),
    ]);
    let tbs = seq(&[
        &tlv(0xa0, &int(&[2])),
        &int(serial),
        &algorithm,
        &name,
        &validity,
        &name,
        spki.as_bytes(),
        &tlv(0xa3, &seq(&[&usage])),
    ]);
    let signature = SigningKey::<Sha256>::new(key.clone()).try_sign(&tbs).ok()?;
    let mut bits = vec![0];
    bits.extend_from_slice(&signature.to_vec());
    Some(seq(&[&tbs, &algorithm, &tlv(0x03, &bits)]))
}

/// UTCTime, which serves until 2049.
fn time(at: i64) -> Vec<u8> {
    let at: Timestamp = moment(at);
    tlv(0x17, at.strftime("%y%m%d%H%M%SZ").to_string().as_bytes())
}
