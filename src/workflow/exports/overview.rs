//! Everything that the console shows of exports, read in one go.

use super::artifacts::{self, Artifacts};
use super::certificate::{self, State};
use super::jobs::{self, Jobs};
use crate::domain::failure::Failure;
use crate::domain::progress::Listener;
use crate::workflow::World;

/// Jobs, files and the certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overview {
    /// The jobs.
    pub jobs: Jobs,
    /// The files.
    pub files: Artifacts,
    /// The certificate, or why it could not be read.
    pub certificate: Result<State, String>,
}

/// Reads them.
///
/// # Errors
/// When jobs or files cannot be read; the certificate alone keeps nothing from being shown.
pub async fn read(world: &World, listener: &Listener) -> Result<Overview, Failure> {
    let jobs = jobs::list(world, listener).await?;
    let files = artifacts::list(world, listener).await?;
    let certificate = certificate::state(world).await.map_err(|failure| failure.message);
    Ok(Overview {
        jobs,
        files,
        certificate,
    })
}
