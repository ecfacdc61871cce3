//! `dsr`: data subject requests in a Genesys estate, as a terminal console and as commands.
//!
//! The map of the house, from the ground up. Imports point one way, and a test holds that:
//!
//! ```text
//! domain <- systems, crypto, store, ledger <- workflow <- app <- ui <- runtime
//!                                             workflow <- cli
//! config    below all but domain
//! simulator uses domain only
//! keymap    below app
//! world     ties network, simulator and store together; used by runtime and cli
//! ```

pub mod app;
pub mod cli;
pub mod config;
pub mod crypto;
pub mod domain;
pub mod keymap;
pub mod ledger;
pub mod runtime;
pub mod simulator;
pub mod store;
pub mod systems;
pub mod ui;
pub mod workflow;
pub mod world;
