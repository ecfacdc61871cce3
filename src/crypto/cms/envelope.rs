//! A message opened up to its ciphertext: for whom it is, and with what it is encrypted.

use std::io::Read;

use const_oid::ObjectIdentifier;
use der::Decode;

use super::algorithm::{ContentCipher, content_cipher, name};
use super::ber::{Ber, Header, tag};
use super::content::{Content, Engine};
use super::element::{capture, skip};
use super::gcm;
use super::octets::Octets;
use super::recipient::{self, Recipient};
use crate::crypto::trouble::{Result, Trouble, malformed};

const ENVELOPED: &str = "1.2.840.113549.1.7.3";
const AUTH_ENVELOPED: &str = "1.2.840.113549.1.9.16.1.23";

/// Bytes of one recipient, of one algorithm, of one set of attributes.
const ELEMENT: usize = 64 * 1024;
/// Bytes of what is passed over (certificates of the originator).
const PASSED: usize = 1024 * 1024;
/// Recipients of one message.
const RECIPIENTS: usize = 256;
/// Ciphertext read ahead to try keys on; whole blocks of every cipher.
const AHEAD: usize = 512;

/// A message whose ciphertext comes next.
pub(crate) struct Envelope<R> {
    pub(super) ber: Ber<R>,
    pub(super) octets: Octets,
    pub(super) authenticated: bool,
    /// The beginning of the ciphertext.
    pub(super) ahead: Vec<u8>,
    pub(crate) recipients: Vec<Recipient>,
    pub(crate) cipher: ContentCipher,
}

impl<R: Read> Envelope<R> {
    /// Reads up to the ciphertext.
    pub(crate) fn open(input: R) -> Result<Envelope<R>> {
        let mut ber = Ber::new(input);
        enter(&mut ber, tag::SEQUENCE, "the message")?;
        let kind = oid(&mut ber)?;
        let authenticated = match kind.to_string().as_str() {
            ENVELOPED => false,
            AUTH_ENVELOPED => true,
            _ => return Err(Trouble::Unsupported(name(&kind))),
        };
        let outer = ber.expect("its content")?;
        if !outer.is_context(0) {
            return Err(malformed("its content is missing"));
        }
        ber.enter(&outer)?;
        enter(&mut ber, tag::SEQUENCE, "its envelope")?;
        number(&mut ber)?;
        let recipients = recipients(&mut ber)?;
        enter(&mut ber, tag::SEQUENCE, "its encrypted content")?;
        oid(&mut ber)?;
        let algorithm = ber.expect("its cipher")?;
        let cipher = content_cipher(&capture(&mut ber, &algorithm, ELEMENT)?)?;
        if authenticated != cipher.suite.authenticates() {
            return Err(Trouble::Unsupported(format!(
                "{} in this kind of message",
                cipher.suite.name()
            )));
        }
        let content = ber.next()?.filter(|header| header.is_context(0));
        let content = content.ok_or_else(|| malformed("its content is kept elsewhere"))?;
        let mut octets = Octets::begin(&mut ber, &content)?;
        if authenticated && octets.announced.is_some_and(|bytes| bytes > gcm::MOST) {
            return Err(gcm::too_long());
        }
        let mut ahead = vec![0; AHEAD];
        let filled = octets.fill(&mut ber, &mut ahead)?;
        ahead.truncate(filled);
        Ok(Envelope {
            ber,
            octets,
            authenticated,
            ahead,
            recipients,
            cipher,
        })
    }

    /// What a key makes of the beginning: to tell keys apart, never to be released.
    pub(crate) fn glimpse(&self, key: &[u8]) -> Result<Vec<u8>> {
        let mut bytes = self.ahead.clone();
        let block = self.cipher.suite.block_bytes();
        bytes.truncate(bytes.len() / block * block);
        match &mut engine(&self.cipher, key)? {
            Engine::Cbc(mode) => mode.decrypt(&mut bytes),
            Engine::Gcm(mode) => mode.as_mut().decrypt(&mut bytes)?,
        }
        Ok(bytes)
    }

    /// The plaintext under `key`.
    pub(crate) fn decrypt(self, key: &[u8]) -> Result<Content<R>> {
        let engine = engine(&self.cipher, key)?;
        Ok(Content::new(self, engine))
    }
}

fn engine(cipher: &ContentCipher, key: &[u8]) -> Result<Engine> {
    if key.len() != cipher.suite.key_bytes() {
        return Err(Trouble::Undecryptable);
    }
    Engine::new(cipher, key)
}

/// The end of a message behind its ciphertext: what was authenticated besides, and the tag.
pub(super) struct Ending {
    pub(super) attributes: Vec<u8>,
    pub(super) tag: Vec<u8>,
}

/// Reads from the end of the ciphertext to the exact end of the message.
pub(super) fn ending<R: Read>(ber: &mut Ber<R>, authenticated: bool) -> Result<Ending> {
    ber.close()?; // the encrypted content
    let mut ending = Ending {
        attributes: Vec::new(),
        tag: Vec::new(),
    };
    let mut next = ber.next()?;
    if let Some(header) = next.filter(|header| header.is_context(1)) {
        let element = capture(ber, &header, ELEMENT)?;
        if authenticated {
            ending.attributes = as_set(element)?;
        }
        next = ber.next()?;
    }
    if authenticated {
        let header = next.ok_or_else(|| malformed("its authentication tag is missing"))?;
        if !header.is(tag::OCTETS) {
            return Err(malformed("its authentication tag is missing"));
        }
        let element = capture(ber, &header, 64)?;
        ending.tag = element[2..].to_vec();
        next = ber.next()?;
        if let Some(header) = next.filter(|header| header.is_context(2)) {
            skip(ber, &header, ELEMENT)?;
            next = ber.next()?;
        }
    }
    if next.is_some() {
        return Err(malformed("its envelope holds more than it may"));
    }
    ber.leave(); // the envelope
    ber.close()?; // its wrapping
    ber.close()?; // the message
    ber.end()?;
    Ok(ending)
}

/// The attributes as they are authenticated: as a set, in DER.
fn as_set(mut element: Vec<u8>) -> Result<Vec<u8>> {
    element[0] = 0x31;
    normal(&element)
}

/// An element in DER as far as lengths, strings and sets are concerned.
pub(crate) fn normal(element: &[u8]) -> Result<Vec<u8>> {
    let mut ber = Ber::new(element);
    let header = ber.expect("an element")?;
    capture(&mut ber, &header, ELEMENT)
}

fn recipients<R: Read>(ber: &mut Ber<R>) -> Result<Vec<Recipient>> {
    let mut header = ber.expect("its recipients")?;
    if header.is_context(0) {
        skip(ber, &header, PASSED)?;
        header = ber.expect("its recipients")?;
    }
    if !header.is(tag::SET) {
        return Err(malformed("its recipients are missing"));
    }
    ber.enter(&header)?;
    let mut found = Vec::new();
    while let Some(header) = ber.next()? {
        if found.len() >= RECIPIENTS {
            return Err(Trouble::Limit(format!(
                "it has more than {RECIPIENTS} recipients"
            )));
        }
        found.push(recipient::read(&capture(ber, &header, ELEMENT)?)?);
    }
    ber.leave();
    if found.is_empty() {
        return Err(malformed("it has no recipients"));
    }
    Ok(found)
}

fn enter<R: Read>(ber: &mut Ber<R>, number: u8, what: &'static str) -> Result<Header> {
    let header = ber.expect(what)?;
    if !header.is(number) {
        return Err(malformed(format!("{what} is not where it must be")));
    }
    ber.enter(&header)?;
    Ok(header)
}

fn oid<R: Read>(ber: &mut Ber<R>) -> Result<ObjectIdentifier> {
    let header = ber.expect("its kind")?;
    if !header.is(tag::OID) {
        return Err(malformed("its kind is not named"));
    }
    ObjectIdentifier::from_der(&capture(ber, &header, 64)?).map_err(|_| malformed("its kind is not named"))
}

fn number<R: Read>(ber: &mut Ber<R>) -> Result<()> {
    let header = ber.expect("its version")?;
    if !header.is(tag::INTEGER) {
        return Err(malformed("its version is missing"));
    }
    skip(ber, &header, 8)
}

/// True when `beginning` may be the beginning of such a message in binary form.
pub(crate) fn looks_binary(beginning: &[u8]) -> bool {
    let mut ber = Ber::new(beginning);
    let known = |kind: &ObjectIdentifier| kind.to_string().starts_with("1.2.840.113549.1.");
    enter(&mut ber, tag::SEQUENCE, "").is_ok() && oid(&mut ber).is_ok_and(|kind| known(&kind))
}
