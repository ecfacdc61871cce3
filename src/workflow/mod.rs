//! The use cases. The console and the commands call these same functions; they know no widget and
//! no address.

pub mod access;
pub mod archive;
pub mod at_rest;
pub mod batch;
pub mod cases;
pub mod context;
pub mod copies;
pub mod decrypt;
pub mod doctor;
pub mod doctor_forget;
pub mod doctor_host;
pub mod download;
pub mod evidence;
pub mod exports;
pub mod files;
pub mod forget;
pub mod gate;
pub mod keyring;
pub mod plan;
pub mod queue;
mod reading;
pub mod reconcile;
pub mod records;
pub mod search;
pub mod setup;
pub mod submit;
mod timeline;
pub mod watch;
mod wording;

pub use context::{Casework, Reach, Settings, World};
