//! Writes encrypted messages as such services do: CMS EnvelopedData around a content, packaged as an
//! S/MIME message, as BER in chunks, or as DER.

use aes::Aes256;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cbc::cipher::{BlockModeEncrypt, KeyIvInit, block_padding::Pkcs7};
use rsa::Pkcs1v15Encrypt;

use super::der::{AES256_CBC, DATA, ENVELOPED, RSA, close, int, oid, open, seq, tlv};
use super::recipient::Recipient;
use crate::simulator::seed::Dice;

/// Chunks of the well-known Java library that services of this kind are built with.
const CHUNK: usize = 1000;

/// How a message is packaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Packaging {
    /// An S/MIME message: headers, base64; inside once more headers and base64.
    Smime,
    /// BER with indefinite lengths, in chunks.
    Ber,
    /// DER with definite lengths.
    Der,
}

/// Encrypts `content` for `recipient`. The same dice give the same bytes.
pub(crate) fn encrypt(
    content: &[u8],
    recipient: &Recipient,
    packaging: Packaging,
    dice: &mut Dice,
) -> Option<Vec<u8>> {
    let inner;
    let content = match packaging {
        Packaging::Smime => {
            inner = mime(
                &[
                    ("Content-Type", "application/zip; name=\"export.zip\""),
                    ("Content-Transfer-Encoding", "base64"),
                    ("Content-Disposition", "attachment; filename=\"export.zip\""),
                ],
                content,
            );
            inner.as_slice()
        }
        _ => content,
    };
    let key = dice.bytes(32);
    let iv = dice.bytes(16);
    let wrapped = recipient
        .key
        .encrypt(dice.generator(), Pkcs1v15Encrypt, &key)
        .ok()?;
    let cipher = cbc::Encryptor::<Aes256>::new_from_slices(&key, &iv).ok()?;
    // Padding adds a block at most.
    let mut sealed = content.to_vec();
    sealed.resize(content.len() + 16, 0);
    let length = cipher
        .encrypt_padded::<Pkcs7>(&mut sealed, content.len())
        .ok()?
        .len();
    sealed.truncate(length);
    let recipients = tlv(
        0x31,
        &seq(&[
            &int(&[0]),
            &seq(&[&recipient.issuer, &int(&recipient.serial)]),
            &seq(&[&oid(RSA), &tlv(0x05, &[])]),
            &tlv(0x04, &wrapped),
        ]),
    );
    let algorithm = seq(&[&oid(AES256_CBC), &tlv(0x04, &iv)]);
    Some(match packaging {
        Packaging::Der => definite(&recipients, &algorithm, &sealed),
        Packaging::Ber => streamed(&recipients, &algorithm, &sealed),
        Packaging::Smime => mime(
            &[
                ("MIME-Version", "1.0"),
                (
                    "Content-Type",
                    "application/pkcs7-mime; name=\"smime.p7m\"; smime-type=enveloped-data",
                ),
                ("Content-Transfer-Encoding", "base64"),
                ("Content-Disposition", "attachment; filename=\"smime.p7m\""),
                ("Content-Description", "S/MIME Encrypted Message"),
            ],
            &streamed(&recipients, &algorithm, &sealed),
        ),
    })
}

fn definite(recipients: &[u8], algorithm: &[u8], sealed: &[u8]) -> Vec<u8> {
    let content = seq(&[&oid(DATA), algorithm, &tlv(0x80, sealed)]);
    let enveloped = seq(&[&int(&[0]), recipients, &content]);
    seq(&[&oid(ENVELOPED), &tlv(0xa0, &enveloped)])
}

fn streamed(recipients: &[u8], algorithm: &[u8], sealed: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(sealed.len() + sealed.len() / 200 + 1024);
    open(&mut out, 0x30);
    out.extend(oid(ENVELOPED));
    open(&mut out, 0xa0);
    open(&mut out, 0x30);
    out.extend(int(&[0]));
    out.extend_from_slice(recipients);
    open(&mut out, 0x30);
    out.extend(oid(DATA));
    out.extend_from_slice(algorithm);
    open(&mut out, 0xa0);
    for chunk in sealed.chunks(CHUNK) {
        out.extend(tlv(0x04, chunk));
    }
    for _ in 0..5 {
        close(&mut out);
    }
    out
}

/// Headers, a blank line, base64 in lines of 76.
fn mime(headers: &[(&str, &str)], content: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(content.len() * 4 / 3 + 1024);
    for (name, value) in headers {
        out.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
    }
    out.extend_from_slice(b"\r\n");
    for line in STANDARD.encode(content).as_bytes().chunks(76) {
        out.extend_from_slice(line);
        out.extend_from_slice(b"\r\n");
    }
    out
}
