//! The algorithms that a message names: which are spoken, with their parameters read, and the names
//! of the others, so that a refusal can say what it refuses.

use const_oid::ObjectIdentifier;
use der::asn1::{OctetString, OctetStringRef};
use der::{Decode, Sequence};
use x509_cert::spki::AlgorithmIdentifierOwned;

use crate::crypto::trouble::{Result, Trouble, malformed};

const RSA: &str = "1.2.840.113549.1.1.1";
const RSA_OAEP: &str = "1.2.840.113549.1.1.7";
const MGF1: &str = "1.2.840.113549.1.1.8";
const P_SPECIFIED: &str = "1.2.840.113549.1.1.9";

/// Names of what may stand in a message and is not in the crates' own tables.
const NAMES: &[(&str, &str)] = &[
    ("1.2.840.113549.1.7.1", "unencrypted data"),
    (
        "1.2.840.113549.1.7.2",
        "a signed message without encryption (SignedData)",
    ),
    ("1.2.840.113549.1.7.5", "DigestedData"),
    ("1.2.840.113549.1.7.6", "EncryptedData (without recipients)"),
    (
        "1.2.840.113549.1.9.16.1.2",
        "AuthenticatedData (without encryption)",
    ),
    ("1.2.840.113549.1.9.16.1.9", "CompressedData"),
    ("1.2.840.113549.3.2", "RC2-CBC"),
    ("1.2.840.113549.3.4", "RC4"),
    ("1.3.14.3.2.7", "DES-CBC"),
    ("1.2.840.113549.1.9.16.3.18", "ChaCha20-Poly1305"),
    ("2.16.840.1.101.3.4.1.7", "AES-128-CCM"),
    ("2.16.840.1.101.3.4.1.27", "AES-192-CCM"),
    ("2.16.840.1.101.3.4.1.47", "AES-256-CCM"),
    ("1.2.392.200011.61.1.1.1.2", "Camellia-128-CBC"),
    ("1.2.392.200011.61.1.1.1.3", "Camellia-192-CBC"),
    ("1.2.392.200011.61.1.1.1.4", "Camellia-256-CBC"),
    ("1.2.410.200004.1.4", "SEED-CBC"),
    ("1.3.6.1.4.1.188.7.1.1.2", "IDEA-CBC"),
    ("1.2.840.113533.7.66.10", "CAST5-CBC"),
];

/// The name of an algorithm or structure, with its number.
pub(crate) fn name(oid: &ObjectIdentifier) -> String {
    let number = oid.to_string();
    let own = NAMES
        .iter()
        .find(|(known, _)| *known == number)
        .map(|(_, name)| *name);
    match own.or_else(|| const_oid::db::DB.by_oid(oid)) {
        Some(name) => format!("{name} ({number})"),
        None => format!("The algorithm {number}"),
    }
}

/// A content cipher.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Suite {
    /// AES-128-CBC.
    Aes128Cbc,
    /// AES-192-CBC.
    Aes192Cbc,
    /// AES-256-CBC.
    Aes256Cbc,
    /// Triple DES with three keys, CBC: accepted for old files only.
    TripleDesCbc,
    /// AES-128-GCM.
    Aes128Gcm,
    /// AES-192-GCM.
    Aes192Gcm,
    /// AES-256-GCM.
    Aes256Gcm,
}

impl Suite {
    const ALL: [(&'static str, Suite); 7] = [
        ("2.16.840.1.101.3.4.1.2", Suite::Aes128Cbc),
        ("2.16.840.1.101.3.4.1.22", Suite::Aes192Cbc),
        ("2.16.840.1.101.3.4.1.42", Suite::Aes256Cbc),
        ("1.2.840.113549.3.7", Suite::TripleDesCbc),
        ("2.16.840.1.101.3.4.1.6", Suite::Aes128Gcm),
        ("2.16.840.1.101.3.4.1.26", Suite::Aes192Gcm),
        ("2.16.840.1.101.3.4.1.46", Suite::Aes256Gcm),
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Suite::Aes128Cbc => "AES-128-CBC",
            Suite::Aes192Cbc => "AES-192-CBC",
            Suite::Aes256Cbc => "AES-256-CBC",
            Suite::TripleDesCbc => "3DES-CBC",
            Suite::Aes128Gcm => "AES-128-GCM",
            Suite::Aes192Gcm => "AES-192-GCM",
            Suite::Aes256Gcm => "AES-256-GCM",
        }
    }

    /// Bytes of its key.
    pub fn key_bytes(self) -> usize {
        match self {
            Suite::Aes128Cbc | Suite::Aes128Gcm => 16,
            Suite::Aes192Cbc | Suite::Aes192Gcm | Suite::TripleDesCbc => 24,
            Suite::Aes256Cbc | Suite::Aes256Gcm => 32,
        }
    }

    /// Bytes of its block.
    pub(crate) fn block_bytes(self) -> usize {
        if self == Suite::TripleDesCbc { 8 } else { 16 }
    }

    /// True when its tag proves that nothing was changed.
    pub fn authenticates(self) -> bool {
        matches!(self, Suite::Aes128Gcm | Suite::Aes192Gcm | Suite::Aes256Gcm)
    }
}

/// A content cipher with what it starts from.
#[derive(Clone, Debug)]
pub(crate) struct ContentCipher {
    pub(crate) suite: Suite,
    /// The initialisation vector or nonce.
    pub(crate) iv: Vec<u8>,
    /// Bytes of the tag; zero without one.
    pub(crate) tag_bytes: usize,
}

/// `GCMParameters` of RFC 5084.
#[derive(Sequence)]
struct GcmParameters {
    nonce: OctetString,
    #[asn1(default = "default_tag")]
    icv_len: u8,
}

fn default_tag() -> u8 {
    12
}

/// The content cipher that `element` names.
pub(crate) fn content_cipher(element: &[u8]) -> Result<ContentCipher> {
    let algorithm = identifier(element)?;
    let number = algorithm.oid.to_string();
    let suite = Suite::ALL
        .iter()
        .find(|(known, _)| *known == number)
        .map(|(_, suite)| *suite)
        .ok_or_else(|| Trouble::Unsupported(name(&algorithm.oid)))?;
    let wrong = || malformed(format!("the parameters of {} are wrong", suite.name()));
    let parameters = algorithm.parameters.as_ref().ok_or_else(wrong)?;
    if !suite.authenticates() {
        let iv: &OctetStringRef = parameters.decode_as().map_err(|_| wrong())?;
        let iv = iv.as_bytes().to_vec();
        return if iv.len() == suite.block_bytes() {
            Ok(ContentCipher {
                suite,
                iv,
                tag_bytes: 0,
            })
        } else {
            Err(wrong())
        };
    }
    let parameters: GcmParameters = parameters.decode_as().map_err(|_| wrong())?;
    let nonce = parameters.nonce.as_bytes().to_vec();
    if nonce.is_empty() || nonce.len() > 1024 || !(12..=16).contains(&parameters.icv_len) {
        return Err(wrong());
    }
    Ok(ContentCipher {
        suite,
        iv: nonce,
        tag_bytes: usize::from(parameters.icv_len),
    })
}

/// A digest within OAEP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hash {
    Sha1,
    Sha224,
    Sha256,
    Sha384,
    Sha512,
}

/// How the content key is wrapped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Transport {
    /// PKCS#1 v1.5.
    Pkcs1,
    /// OAEP with its digests and label.
    Oaep { hash: Hash, mask: Hash, label: Vec<u8> },
    /// Something else, by name.
    Other(String),
}

impl Transport {
    /// Its name.
    pub(crate) fn name(&self) -> &str {
        match self {
            Transport::Pkcs1 => "RSA PKCS#1 v1.5",
            Transport::Oaep { .. } => "RSA-OAEP",
            Transport::Other(name) => name,
        }
    }
}

/// The way of wrapping that an algorithm names. One that is not spoken is kept by name: another
/// recipient may use one that is.
pub(crate) fn transport(algorithm: &AlgorithmIdentifierOwned) -> Result<Transport> {
    match algorithm.oid.to_string().as_str() {
        RSA => Ok(Transport::Pkcs1),
        RSA_OAEP => oaep(algorithm),
        _ => Ok(Transport::Other(name(&algorithm.oid))),
    }
}

#[derive(Sequence)]
struct OaepParameters {
    #[asn1(context_specific = "0", optional = "true")]
    hash: Option<AlgorithmIdentifierOwned>,
    #[asn1(context_specific = "1", optional = "true")]
    mask: Option<AlgorithmIdentifierOwned>,
    #[asn1(context_specific = "2", optional = "true")]
    source: Option<AlgorithmIdentifierOwned>,
}

fn oaep(algorithm: &AlgorithmIdentifierOwned) -> Result<Transport> {
    let wrong = || malformed("the parameters of RSA-OAEP are wrong");
    let plain = Transport::Oaep {
        hash: Hash::Sha1,
        mask: Hash::Sha1,
        label: Vec::new(),
    };
    let Some(parameters) = algorithm.parameters.as_ref().filter(|any| !any.is_null()) else {
        return Ok(plain);
    };
    let parameters: OaepParameters = parameters.decode_as().map_err(|_| wrong())?;
    let hash = match &parameters.hash {
        Some(named) => digest(&named.oid),
        None => Ok(Hash::Sha1),
    };
    let mask = match &parameters.mask {
        Some(named) if named.oid.to_string() == MGF1 => {
            let inner = named.parameters.as_ref().ok_or_else(wrong)?;
            let inner: AlgorithmIdentifierOwned = inner.decode_as().map_err(|_| wrong())?;
            digest(&inner.oid)
        }
        Some(named) => Err(name(&named.oid)),
        None => Ok(Hash::Sha1),
    };
    let label = match &parameters.source {
        Some(named) if named.oid.to_string() == P_SPECIFIED => {
            let octets = named.parameters.as_ref().ok_or_else(wrong)?;
            let octets: &OctetStringRef = octets.decode_as().map_err(|_| wrong())?;
            Ok(octets.as_bytes().to_vec())
        }
        Some(named) => Err(name(&named.oid)),
        None => Ok(Vec::new()),
    };
    Ok(match (hash, mask, label) {
        (Ok(hash), Ok(mask), Ok(label)) => Transport::Oaep { hash, mask, label },
        (Err(what), ..) | (_, Err(what), _) | (.., Err(what)) => {
            Transport::Other(format!("RSA-OAEP with {what}"))
        }
    })
}

fn digest(oid: &ObjectIdentifier) -> std::result::Result<Hash, String> {
    match oid.to_string().as_str() {
        "1.3.14.3.2.26" => Ok(Hash::Sha1),
        "2.16.840.1.101.3.4.2.4" => Ok(Hash::Sha224),
        "2.16.840.1.101.3.4.2.1" => Ok(Hash::Sha256),
        "2.16.840.1.101.3.4.2.2" => Ok(Hash::Sha384),
        "2.16.840.1.101.3.4.2.3" => Ok(Hash::Sha512),
        _ => Err(name(oid)),
    }
}

fn identifier(element: &[u8]) -> Result<AlgorithmIdentifierOwned> {
    AlgorithmIdentifierOwned::from_der(element)
        .map_err(|_| malformed("an algorithm is not named as it must be"))
}
