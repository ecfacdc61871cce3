//! Genesys Web Services on premise: the REST API through which agents' settings (Personal Favorites,
//! Recents) are read, and the only way by which one of them is deleted.
//!
//! What a group of settings looks like is not published, so reading is lenient in form and strict in
//! meaning: an answer counts only when HTTP and the envelope both say success. Deleting is the
//! reverse: a call that could mean a whole group cannot be built ([`delete::Removal`]).

pub mod address;
pub mod by_hand;
mod client;
pub mod delete;
pub mod envelope;
mod exchange;
pub mod groups;
mod mutation;
mod placeholders;
pub mod probe;
mod session;
pub mod template;

pub use address::Base;
pub use by_hand::ByHand;
pub use client::{Account, Credentials, Gws, Tuning};
pub use delete::{GroupName, Removal, Replacement, SettingKey};
pub use groups::{Group, GroupContent, Setting};
pub use template::DeleteTemplate;

/// How failures name this system.
pub const SYSTEM: &str = "gws";
