//! Who sits at the keyboard. Under client credentials Genesys Cloud names the OAuth client as the
//! creator of every request, so the person is remembered here.

use serde::{Deserialize, Serialize};

/// The operator as the operating system knows them. Personal data of the operator: it is kept for
/// accountability and never sent to an outside system.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// Effective user id of the process.
    pub uid: u32,
    /// Login name, or `uid:<n>` where the host has none for it.
    pub login: String,
    /// The user id before `sudo`, if there was one.
    pub sudo_uid: Option<u32>,
}
