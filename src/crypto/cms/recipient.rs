//! For whom a message is encrypted, and how a recipient is found among certificates.

use der::asn1::{Any, OctetString};
use der::{Class as DerClass, Decode, Encode, Sequence, Tag, Tagged};
use x509_cert::spki::AlgorithmIdentifierOwned;

use super::algorithm::{Transport, transport};
use crate::crypto::trouble::{Result, malformed};

/// How a recipient is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecipientId {
    /// By the issuer (as DER) and serial number (big-endian, without leading zeros) of a certificate.
    IssuerSerial {
        /// The issuer's name as DER.
        issuer: Vec<u8>,
        /// The serial number.
        serial: Vec<u8>,
    },
    /// By the key identifier in a certificate.
    KeyId(Vec<u8>),
    /// Not by a certificate with an RSA key: what it is instead.
    Other(String),
}

impl RecipientId {
    /// As a person compares it: `serial 0A1B…` or `subject key id …`.
    pub fn shown(&self) -> String {
        match self {
            RecipientId::IssuerSerial { serial, .. } => format!("serial {}", serial_shown(serial)),
            RecipientId::KeyId(id) => format!("subject key id {}", hex(id)),
            RecipientId::Other(what) => what.clone(),
        }
    }
}

/// A serial number in hexadecimal as `openssl x509 -serial` shows it.
pub fn serial_shown(serial: &[u8]) -> String {
    if serial.is_empty() {
        "00".to_owned()
    } else {
        hex(serial)
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

/// One recipient.
#[derive(Clone, Debug)]
pub(crate) struct Recipient {
    pub(crate) id: RecipientId,
    pub(crate) transport: Transport,
    /// The content key as it is wrapped for this recipient.
    pub(crate) wrapped: Vec<u8>,
}

#[derive(Sequence)]
struct KeyTrans {
    version: u8,
    rid: Any,
    algorithm: AlgorithmIdentifierOwned,
    key: OctetString,
}

#[derive(Sequence)]
struct IssuerSerial {
    issuer: Any,
    serial: Any,
}

/// Reads one `RecipientInfo` that was captured with definite lengths.
pub(crate) fn read(element: &[u8]) -> Result<Recipient> {
    let other = |what: &str| Recipient {
        id: RecipientId::Other(what.to_owned()),
        transport: Transport::Other(what.to_owned()),
        wrapped: Vec::new(),
    };
    match element.first() {
        Some(0x30) => key_trans(element),
        Some(0xa1) => Ok(other("an elliptic-curve key (key agreement)")),
        Some(0xa2) => Ok(other("a shared symmetric key")),
        Some(0xa3) => Ok(other("a password")),
        Some(0xa4) => Ok(other("a recipient of a kind of its own")),
        _ => Err(malformed("a recipient is not one")),
    }
}

fn key_trans(element: &[u8]) -> Result<Recipient> {
    let wrong = |_| malformed("a recipient is not built as it must be");
    let info = KeyTrans::from_der(element).map_err(wrong)?;
    if info.version != 0 && info.version != 2 {
        return Err(malformed("a recipient has an unknown version"));
    }
    let id = if info.rid.tag() == Tag::Sequence {
        let issuer_serial: IssuerSerial = info.rid.decode_as().map_err(wrong)?;
        if issuer_serial.serial.tag() != Tag::Integer {
            return Err(malformed("a recipient's serial number is not one"));
        }
        RecipientId::IssuerSerial {
            issuer: issuer_serial.issuer.to_der().map_err(wrong)?,
            serial: trimmed(issuer_serial.serial.value()),
        }
    } else if info.rid.tag().class() == DerClass::ContextSpecific && info.rid.tag().number().value() == 0 {
        RecipientId::KeyId(key_id(&info.rid)?)
    } else {
        return Err(malformed("a recipient is named in an unknown way"));
    };
    Ok(Recipient {
        id,
        transport: transport(&info.algorithm)?,
        wrapped: info.key.as_bytes().to_vec(),
    })
}

/// The octets behind `[0]`, in one piece or, after a BER encoder, in several.
fn key_id(rid: &Any) -> Result<Vec<u8>> {
    if !rid.tag().is_constructed() {
        return Ok(rid.value().to_vec());
    }
    let mut rest = rid.value();
    let mut id = Vec::new();
    while !rest.is_empty() {
        let (piece, after) = <&der::asn1::OctetStringRef>::from_der_partial(rest)
            .map_err(|_| malformed("a recipient's key id is not one"))?;
        id.extend_from_slice(piece.as_bytes());
        rest = after;
    }
    Ok(id)
}

/// A number without the leading zeros that only carry its sign.
pub(crate) fn trimmed(number: &[u8]) -> Vec<u8> {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    number[zeros..].to_vec()
}
