//! Which key opens a message: the recipient is looked for among certificates, and only where there
//! are none, keys are tried. A wrong key gives no error with RSA as it is used today, so a tried key
//! counts only when what it makes of the beginning is something known.

use std::cell::RefCell;
use std::io::Read;

use secrecy::SecretString;
use zeroize::Zeroizing;

use super::certificate::{Certificate, key_digest};
use super::cms::{Envelope, Recipient, RecipientId, Transport};
use super::keyring::Entry;
use super::keys::{self, PrivateKey};
use super::source::kind;
use super::trouble::{Result, Trouble};
use crate::domain::failure::Failure;

/// Gives the passphrase of the key that is named to it.
pub type AskPassphrase = Box<dyn FnMut(&str) -> std::result::Result<SecretString, Failure> + Send>;

/// The keys at hand.
pub struct Keys {
    given: Vec<PrivateKey>,
    certificates: Vec<Certificate>,
    ring: Vec<Entry>,
    /// Keys of the ring that were opened already.
    opened: RefCell<Vec<(usize, PrivateKey)>>,
    passphrase: RefCell<AskPassphrase>,
}

/// A key that was chosen.
pub(crate) struct Chosen {
    pub(crate) content_key: Zeroizing<Vec<u8>>,
    pub(crate) recipient: RecipientId,
    pub(crate) transport: String,
    /// Where the private key was read from.
    pub(crate) key: String,
    /// True when other keys might fit as well.
    pub(crate) more: bool,
}

impl Keys {
    /// Keys that were named, certificates that go with them, and the ring. When keys were named, the
    /// ring only says whose they are. `passphrase` is asked for the ring's keys as they are needed.
    pub fn new(
        given: Vec<PrivateKey>,
        certificates: Vec<Certificate>,
        ring: Vec<Entry>,
        passphrase: AskPassphrase,
    ) -> Keys {
        Keys {
            given,
            certificates,
            ring,
            opened: RefCell::default(),
            passphrase: RefCell::new(passphrase),
        }
    }

    /// True when there is nothing to decrypt with.
    pub fn is_empty(&self) -> bool {
        self.given.is_empty() && self.ring.is_empty()
    }

    /// The content key of a message. `attempt` counts from zero: the next that may fit, when one
    /// without a certificate turned out not to.
    pub(crate) fn choose<R: Read>(&self, envelope: &Envelope<R>, attempt: usize) -> Result<Chosen> {
        if let Some((key, recipient)) = self.by_certificate(&envelope.recipients)? {
            return opened(&key, recipient, envelope);
        }
        let unclaimed: Vec<&PrivateKey> = self.given.iter().filter(|key| !self.is_claimed(key)).collect();
        let mut fits = Vec::new();
        let mut unsupported = None;
        for recipient in &envelope.recipients {
            if let Transport::Other(name) = &recipient.transport {
                unsupported = Some(name.clone());
                continue;
            }
            for key in &unclaimed {
                if key.public().0.len() != recipient.wrapped.len() {
                    continue;
                }
                if let Ok(chosen) = opened(key, recipient, envelope) {
                    let known = kind(&envelope.glimpse(&chosen.content_key)?).is_known();
                    fits.push((known, chosen));
                }
            }
        }
        // Those whose beginning is known first, else in the order they were named.
        fits.sort_by_key(|(known, _)| !known);
        let count = fits.len();
        if let Some((_, chosen)) = fits.into_iter().nth(attempt) {
            let more = attempt + 1 < count;
            return Ok(Chosen { more, ..chosen });
        }
        let rsa = envelope
            .recipients
            .iter()
            .filter(|recipient| !is_other(recipient));
        let wanted: Vec<String> = rsa.clone().map(|recipient| recipient.id.shown()).collect();
        match unsupported {
            Some(name) if wanted.is_empty() => Err(Trouble::Unsupported(format!("Encryption for {name}"))),
            _ if self.might_be(&unclaimed, rsa) => Err(Trouble::Undecryptable),
            _ => Err(Trouble::NotRecipient { wanted }),
        }
    }

    /// True when a key without a certificate could be the recipient's: nothing says it is not.
    fn might_be<'r>(
        &self,
        keys: &[&PrivateKey],
        mut recipients: impl Iterator<Item = &'r Recipient>,
    ) -> bool {
        keys.len() == 1
            && recipients.next().is_some_and(|recipient| {
                matches!(recipient.id, RecipientId::IssuerSerial { .. })
                    && keys[0].public().0.len() == recipient.wrapped.len()
            })
            && recipients.next().is_none()
    }

    /// True when a certificate says whose key it is; it need not be tried on messages for others.
    fn is_claimed(&self, key: &PrivateKey) -> bool {
        let public = key.public();
        self.all_certificates()
            .any(|certificate| certificate.public() == public)
    }

    fn all_certificates(&self) -> impl Iterator<Item = &Certificate> {
        self.certificates
            .iter()
            .chain(self.ring.iter().map(|entry| &entry.certificate))
    }

    fn by_certificate<'r>(&self, recipients: &'r [Recipient]) -> Result<Option<(PrivateKey, &'r Recipient)>> {
        for recipient in recipients.iter().filter(|recipient| !is_other(recipient)) {
            let named = self.given.iter().find(|key| self.is_for(key, &recipient.id));
            if let Some(key) = named {
                return Ok(Some((key.clone(), recipient)));
            }
            if !self.given.is_empty() {
                continue;
            }
            let entry = self
                .ring
                .iter()
                .position(|entry| entry.certificate.is(&recipient.id));
            if let Some(at) = entry {
                return Ok(Some((self.of_ring(at)?, recipient)));
            }
        }
        Ok(None)
    }

    fn is_for(&self, key: &PrivateKey, id: &RecipientId) -> bool {
        let public = key.public();
        if let RecipientId::KeyId(id) = id
            && *id == key_digest(&public.0, &public.1)
        {
            return true;
        }
        self.all_certificates()
            .any(|certificate| certificate.is(id) && certificate.public() == public)
    }

    fn of_ring(&self, at: usize) -> Result<PrivateKey> {
        if let Some((_, key)) = self.opened.borrow().iter().find(|(index, _)| *index == at) {
            return Ok(key.clone());
        }
        let key = keys::read_file(&self.ring[at].key, self.passphrase.borrow_mut().as_mut())?;
        self.opened.borrow_mut().push((at, key.clone()));
        Ok(key)
    }
}

fn is_other(recipient: &Recipient) -> bool {
    matches!(recipient.id, RecipientId::Other(_))
}

fn opened<R: Read>(key: &PrivateKey, recipient: &Recipient, envelope: &Envelope<R>) -> Result<Chosen> {
    let bytes = envelope.cipher.suite.key_bytes();
    Ok(Chosen {
        content_key: key.unwrap(&recipient.transport, &recipient.wrapped, bytes)?,
        recipient: recipient.id.clone(),
        transport: recipient.transport.name().to_owned(),
        key: key.name().to_owned(),
        more: false,
    })
}
