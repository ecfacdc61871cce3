//! The outside systems, one folder each, with wire types, session and errors of their own.

pub mod cdds;
pub mod fetch;
pub mod genesys_cloud;
pub mod gws;
pub mod keyspace;
pub mod network;
mod network_error;
pub mod permit;
pub mod transport;
