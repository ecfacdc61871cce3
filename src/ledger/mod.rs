//! The append-only evidence of what was done, in a form that others can check without this program:
//! a log in the layout of C2SP tlog-tiles with signed checkpoints.
//!
//! ```text
//! live.ledger/             what may be handed out and published
//!   entries.jsonl          one canonical JSON line an entry: the one synced truth
//!   checkpoint             signed note over size and root
//!   tile/<level>/…         hashes of the tree, tile/entries/… the entries in bundles
//!   anchors/               checkpoints with the time stamps that others gave for them
//! live.ledger.key          the signing key, for its owner alone
//! live.ledger.lock         held while one process appends
//! ```
//!
//! Tiles and checkpoint follow from `entries.jsonl` and are made again when a crash has lost them. A
//! log that does not agree with its last checkpoint is never appended to.

mod anchored;
mod append;
mod begin;
pub mod checkpoint;
mod disk;
mod entry;
mod error;
mod export;
mod key;
mod log;
pub mod note;
mod opening;
mod place;
pub mod proof;
mod tail;
pub mod tiles;
pub mod timestamp;
pub mod tree;
mod verify;

pub use anchored::Anchored;
pub use begin::{NewLog, Retired};
pub use disk::{DiskCall, DiskFailure, DiskWatch};
pub use entry::{Head, Line};
pub use error::LedgerError;
pub use export::{Exported, SCRIPT, export_entries, export_log};
pub use key::own_key;
pub use log::{Log, read};
pub use place::{Held, Ledger, Place};
pub use verify::{Since, Trust, Verified, verify};
