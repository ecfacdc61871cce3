//! Where things live on this host.

use std::path::PathBuf;

use crate::domain::failure::{Failure, FailureKind};

/// Where things live, by `directories` (XDG variables honoured).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Places {
    /// Directory of the configuration file.
    pub config: PathBuf,
    /// Directory of stores, simulated estates and downloads.
    pub data: PathBuf,
    /// Directory of logs, locks and sign-in state.
    pub state: PathBuf,
}

impl Places {
    /// The places of the user who runs this process.
    ///
    /// # Errors
    /// When the user has no home directory.
    pub fn of_user() -> Result<Places, Failure> {
        let dirs = directories::ProjectDirs::from("", "", "dsr").ok_or_else(|| {
            Failure::new(
                FailureKind::Configuration,
                "No home directory is known, so there is no place for configuration and data.",
            )
            .next("Set HOME, or XDG_CONFIG_HOME, XDG_DATA_HOME and XDG_STATE_HOME.")
        })?;
        Ok(Places {
            config: dirs.config_dir().to_owned(),
            data: dirs.data_local_dir().to_owned(),
            state: dirs
                .state_dir()
                .unwrap_or_else(|| dirs.data_local_dir())
                .to_owned(),
        })
    }

    /// The configuration file when no other is named.
    pub fn config_file(&self) -> PathBuf {
        self.config.join("config.toml")
    }

    /// Directory of the simulated estates and their stores.
    pub fn simulation(&self) -> PathBuf {
        self.data.join("simulation")
    }
}
