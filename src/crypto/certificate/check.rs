//! Everything that is wrong with a certificate file, at once: whoever has to get another one wants
//! to be sent away once.

use der::Decode;
use jiff::Timestamp;
use pkcs8::PrivateKeyInfoRef;
use rsa::pkcs1v15::{Signature, VerifyingKey};
use rsa::signature::Verifier;
use serde::Serialize;
use sha2::{Digest, Sha256, Sha384, Sha512};
use x509_cert::Certificate as X509;
use x509_cert::ext::pkix::KeyUsage;

use super::{bits, hex, rsa_parts, time};
use crate::crypto::cms::{serial_shown, trimmed};
use crate::crypto::pem;
use crate::domain::text::clean;

pub(super) const RSA: &str = "1.2.840.113549.1.1.1";
/// Fewer bits are refused by the export service.
const FEWEST_BITS: u32 = 2048;
/// An export takes this long to be fetched; a certificate should outlive it.
const SOON: i64 = 30 * 24 * 3600;

/// Signature algorithms of certificates: name, and whether it is too weak.
const SIGNATURES: &[(&str, &str, bool)] = &[
    ("1.2.840.113549.1.1.2", "MD2 with RSA", true),
    ("1.2.840.113549.1.1.4", "MD5 with RSA", true),
    ("1.2.840.113549.1.1.5", "SHA-1 with RSA", true),
    ("1.3.14.3.2.29", "SHA-1 with RSA", true),
    ("1.2.840.113549.1.1.14", "SHA-224 with RSA", false),
    ("1.2.840.113549.1.1.11", "SHA-256 with RSA", false),
    ("1.2.840.113549.1.1.12", "SHA-384 with RSA", false),
    ("1.2.840.113549.1.1.13", "SHA-512 with RSA", false),
    ("1.2.840.113549.1.1.10", "RSA-PSS", false),
    ("1.2.840.10045.4.1", "SHA-1 with ECDSA", true),
    ("1.2.840.10045.4.3.2", "SHA-256 with ECDSA", false),
    ("1.2.840.10045.4.3.3", "SHA-384 with ECDSA", false),
    ("1.2.840.10045.4.3.4", "SHA-512 with ECDSA", false),
];

/// One thing found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// A word for programs: `not_pem`, `der`, `private_key`, `several_certificates`, `not_readable`,
    /// `not_rsa`, `key_too_small`, `expired`, `not_yet_valid`, `key_usage`, `weak_signature`,
    /// `bad_signature`; as warnings `expires_soon`, `key_too_large`.
    pub code: &'static str,
    /// False for a warning: the certificate will be taken all the same.
    pub fatal: bool,
    /// What it is.
    pub message: String,
    /// What to do about it.
    pub next: String,
}

/// What a certificate says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Facts {
    /// Whom it names.
    pub subject: String,
    /// Who issued it.
    pub issuer: String,
    /// Serial number in hexadecimal.
    pub serial: String,
    /// True when subject and issuer are the same.
    pub self_signed: bool,
    /// Valid from.
    pub not_before: Timestamp,
    /// Valid until.
    pub not_after: Timestamp,
    /// `RSA`, `EC`, or the number of the algorithm.
    pub key_type: String,
    /// Bits of an RSA key.
    pub key_bits: Option<u32>,
    /// Name of the signature's algorithm.
    pub signature: String,
    /// SHA-256 over the certificate, in hexadecimal.
    pub fingerprint: String,
}

/// The result of a check.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// What was found, in the order of the file.
    pub findings: Vec<Finding>,
    /// The (first) certificate, when one could be read.
    pub certificate: Option<Facts>,
}

impl Report {
    /// True when the export service will take it.
    pub fn is_valid(&self) -> bool {
        self.certificate.is_some() && !self.findings.iter().any(|finding| finding.fatal)
    }

    fn add(&mut self, code: &'static str, fatal: bool, message: impl Into<String>, next: &str) {
        self.findings.push(Finding {
            code,
            fatal,
            message: message.into(),
            next: next.to_owned(),
        });
    }
}

const NEW: &str = "Make a pair with: dsr certificate new";

/// Looks at the content of a file that is to become the encryption certificate, as of `now`.
pub fn check(bytes: &[u8], now: Timestamp) -> Report {
    let mut report = Report::default();
    let blocks = pem::blocks(bytes);
    if blocks.iter().any(|block| block.label.ends_with("PRIVATE KEY")) {
        report.add(
            "private_key",
            true,
            "The file holds a private key. It must never leave this host.",
            "Name a file with nothing but the certificate; keep the key with: dsr certificate add",
        );
    }
    let certificates: Vec<_> = blocks
        .iter()
        .filter(|block| is_certificate(&block.label))
        .collect();
    if certificates.len() > 1 {
        report.add(
            "several_certificates",
            true,
            format!(
                "The file holds {} certificates; one is wanted.",
                certificates.len()
            ),
            "Keep only the certificate of your own key in the file.",
        );
    }
    match certificates.first() {
        Some(block) => match &block.content {
            Some(der) => inside(&mut report, der, now),
            None => report.add(
                "not_readable",
                true,
                "The certificate's base64 is damaged or has no end line.",
                "Export the certificate again as PEM.",
            ),
        },
        None if blocks.is_empty() => without_pem(&mut report, bytes, now),
        None if report.findings.is_empty() => report.add(
            "not_pem",
            true,
            format!(
                "The file is PEM, but holds no certificate ({}).",
                clean(&blocks[0].label)
            ),
            "Name the file of the certificate.",
        ),
        None => {}
    }
    report
}

fn is_certificate(label: &str) -> bool {
    matches!(label, "CERTIFICATE" | "X509 CERTIFICATE" | "TRUSTED CERTIFICATE")
}

fn without_pem(report: &mut Report, bytes: &[u8], now: Timestamp) {
    if X509::from_der(bytes).is_ok() {
        report.add(
            "der",
            true,
            "The certificate is binary (DER); PEM is wanted.",
            "Write it as PEM: openssl x509 -inform DER -in FILE -out FILE.pem",
        );
        inside(report, bytes, now);
    } else if PrivateKeyInfoRef::from_der(bytes).is_ok()
        || pkcs8::EncryptedPrivateKeyInfoRef::from_der(bytes).is_ok()
    {
        report.add(
            "private_key",
            true,
            "The file is a private key. It must never leave this host.",
            "Name the file of the certificate; keep the key with: dsr certificate add",
        );
    } else {
        let what = if bytes.is_empty() {
            "The file is empty."
        } else {
            "The file is not PEM."
        };
        report.add(
            "not_pem",
            true,
            what,
            "Name a file that begins with -----BEGIN CERTIFICATE-----.",
        );
    }
}

fn inside(report: &mut Report, der: &[u8], now: Timestamp) {
    let Ok(parsed) = X509::from_der(der) else {
        report.add(
            "not_readable",
            true,
            "What stands in the file is no X.509 certificate.",
            "Export the certificate again as PEM.",
        );
        return;
    };
    let facts = facts(&parsed, der);
    key(report, &facts);
    dates(report, &facts, now);
    usage(report, &parsed);
    signature(report, &parsed, &facts);
    report.certificate = Some(facts);
}

fn facts(parsed: &X509, der: &[u8]) -> Facts {
    let tbs = parsed.tbs_certificate();
    let key = tbs.subject_public_key_info();
    let algorithm = key.algorithm.oid.to_string();
    let parts = rsa_parts(key.subject_public_key.raw_bytes()).filter(|_| algorithm == RSA);
    let key_type = match algorithm.as_str() {
        RSA => "RSA".to_owned(),
        "1.2.840.10045.2.1" => "EC".to_owned(),
        _ => algorithm,
    };
    let signed = parsed.signature_algorithm().oid.to_string();
    let name = SIGNATURES
        .iter()
        .find(|(oid, ..)| *oid == signed)
        .map(|(_, name, _)| *name);
    Facts {
        subject: clean(&tbs.subject().to_string()),
        issuer: clean(&tbs.issuer().to_string()),
        serial: serial_shown(&trimmed(tbs.serial_number().as_bytes())),
        self_signed: tbs.subject() == tbs.issuer(),
        not_before: time(tbs.validity().not_before),
        not_after: time(tbs.validity().not_after),
        key_type,
        key_bits: parts.map(|(modulus, _)| bits(&modulus)),
        signature: name.map_or(signed, str::to_owned),
        fingerprint: hex(&Sha256::digest(der)),
    }
}

fn key(report: &mut Report, facts: &Facts) {
    match facts.key_bits {
        None => report.add(
            "not_rsa",
            true,
            format!("Its key is not RSA but {}.", facts.key_type),
            NEW,
        ),
        Some(bits) if bits < FEWEST_BITS => report.add(
            "key_too_small",
            true,
            format!("Its RSA key has {bits} bits; {FEWEST_BITS} or more are wanted."),
            NEW,
        ),
        Some(bits) if bits > 8192 => report.add(
            "key_too_large",
            true,
            format!("Its RSA key has {bits} bits; more than 8192 cannot be used for decryption here."),
            NEW,
        ),
        Some(_) => {}
    }
}

fn dates(report: &mut Report, facts: &Facts, now: Timestamp) {
    if now > facts.not_after {
        report.add(
            "expired",
            true,
            format!("It has expired on {}.", facts.not_after),
            NEW,
        );
    } else if facts.not_after.as_second() - now.as_second() < SOON {
        report.add(
            "expires_soon",
            false,
            format!("It expires on {}.", facts.not_after),
            "Replace it in time; the old key stays usable for old files.",
        );
    }
    if now < facts.not_before {
        report.add(
            "not_yet_valid",
            true,
            format!("It is not valid before {}.", facts.not_before),
            "Wait until then, or check the clock of the host that made it.",
        );
    }
}

/// Content keys are enciphered with it: a certificate that says what it is for must say that.
fn usage(report: &mut Report, parsed: &X509) {
    let usage: Result<Option<(bool, KeyUsage)>, _> = parsed.tbs_certificate().get_extension();
    match usage {
        Ok(None) => {}
        Ok(Some((_, usage))) if usage.key_encipherment() => {}
        Ok(Some(_)) => report.add(
            "key_usage",
            true,
            "Its key usage does not allow the encipherment of keys.",
            "Ask for a certificate with the key usage keyEncipherment, or make one: dsr certificate new",
        ),
        Err(_) => report.add("key_usage", true, "Its key usage cannot be read.", NEW),
    }
}

fn signature(report: &mut Report, parsed: &X509, facts: &Facts) {
    let oid = parsed.signature_algorithm().oid.to_string();
    let known = SIGNATURES.iter().find(|(known, ..)| *known == oid);
    if known.is_none_or(|(.., weak)| *weak) {
        report.add(
            "weak_signature",
            true,
            format!("It is signed with {}, which is weak or unknown.", facts.signature),
            "Ask for a certificate that is signed with SHA-256 or better, or make one: dsr certificate new",
        );
    }
    if facts.self_signed && own_signature(parsed, &oid) == Some(false) {
        report.add(
            "bad_signature",
            true,
            "It says that it signed itself, and the signature is not its own: it was changed or damaged.",
            "Export the certificate again as PEM.",
        );
    }
}

/// Whether a certificate that signed itself did; `None` when it cannot be told here.
fn own_signature(parsed: &X509, algorithm: &str) -> Option<bool> {
    use der::Encode;
    use rsa::pkcs1::DecodeRsaPublicKey;
    let key = parsed.tbs_certificate().subject_public_key_info();
    let key = rsa::PublicKey::from_pkcs1_der(key.subject_public_key.raw_bytes()).ok()?;
    let signed = parsed.tbs_certificate().to_der().ok()?;
    let signature = Signature::try_from(parsed.signature().raw_bytes()).ok()?;
    let verified = match algorithm {
        "1.2.840.113549.1.1.11" => VerifyingKey::<Sha256>::new(key).verify(&signed, &signature),
        "1.2.840.113549.1.1.12" => VerifyingKey::<Sha384>::new(key).verify(&signed, &signature),
        "1.2.840.113549.1.1.13" => VerifyingKey::<Sha512>::new(key).verify(&signed, &signature),
        _ => return None,
    };
    Some(verified.is_ok())
}
