//! Certificates, private keys, and the decryption of what was encrypted for them.
//!
//! Everything here works on streams and files of this host; nothing here speaks to a network.

pub mod certificate;
mod choosing;
mod cms;
pub mod decrypt;
mod inside;
pub mod keyring;
pub mod keys;
mod messages;
mod pem;
mod random;
mod release;
pub mod rest;
mod source;
mod trouble;
mod unpack;

use std::path::PathBuf;

pub use choosing::{AskPassphrase, Keys};
pub use cms::{RecipientId, Suite, serial_shown};
pub use messages::Opened;
pub use release::{Note, Place, sweep};
pub use source::Watch;
pub use trouble::Trouble;

/// Where keys and unfinished work lie on this host, for one mode.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vault {
    /// The folder of the key ring.
    pub keyring: PathBuf,
    /// The folder in which unfinished decryption is noted down.
    pub unfinished: PathBuf,
}

impl Vault {
    /// A vault within a folder.
    pub fn within(folder: &std::path::Path) -> Vault {
        Vault {
            keyring: folder.join("keyring"),
            unfinished: folder.join("unfinished"),
        }
    }
}
