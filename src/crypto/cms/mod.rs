//! Reading of encrypted messages (CMS, RFC 5652 and 5083) as streams. No crate does it without
//! holding the message in memory, so tags and lengths are read here, and only the ciphers come from
//! outside.

mod algorithm;
mod ber;
mod cbc;
mod content;
mod element;
mod envelope;
mod gcm;
mod octets;
mod recipient;

pub use algorithm::Suite;
pub(crate) use algorithm::{Hash, Transport};
pub(crate) use content::{Content, Seal};
pub(crate) use envelope::{Envelope, looks_binary, normal};
pub(crate) use recipient::{Recipient, trimmed};
pub use recipient::{RecipientId, serial_shown};
