//! Sign-ins to the export service: one private file with the tokens, one with the name that is
//! remembered. Never a password.

use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, Zeroizing};

use super::Selection;
use super::shelves::{self, slug};
use super::sign_in::write_private;
use crate::config::{Config, Profile, private};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::mode::Mode;
use crate::domain::text::clean;
use crate::systems::cdds::{Credentials, Keeper, Tokens};

/// Sign-ins to the export service: the tokens, and the name that is remembered. Never a password.
#[derive(Clone, Debug)]
pub struct ExportSignIns {
    tokens: PathBuf,
    name: PathBuf,
    host: String,
}

/// The file with the tokens.
#[derive(Serialize, Deserialize)]
struct Kept {
    url: String,
    username: String,
    tenant: Option<String>,
    access_token: String,
    refresh_token: Option<String>,
    expires_at: Option<Timestamp>,
}

impl Drop for Kept {
    fn drop(&mut self) {
        self.access_token.zeroize();
        self.refresh_token.zeroize();
    }
}

/// What "remember me" remembers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remembered {
    /// User name.
    pub username: String,
    /// Tenant.
    pub tenant: Option<String>,
}

impl ExportSignIns {
    /// The sign-ins of a profile at a host.
    pub(super) fn of(config: &Config, selection: &Selection, profile: &Profile, host: &str) -> ExportSignIns {
        let directory = match selection.mode {
            Mode::Live => config.places.state.join("sign-in"),
            Mode::Simulation => shelves::simulated_directory(config, &selection.scenario),
        };
        let stem = match selection.mode {
            Mode::Live => format!("{}.cdds", slug(&profile.name)),
            Mode::Simulation => "cdds".to_owned(),
        };
        ExportSignIns {
            tokens: directory.join(format!("{stem}.json")),
            name: directory.join(format!("{stem}-name.json")),
            host: host.to_owned(),
        }
    }

    /// Who is signed in at this address, if anybody.
    ///
    /// # Errors
    /// When others can read the file, or it is damaged.
    pub fn read(&self) -> Result<Option<Credentials>, Failure> {
        let text = match std::fs::read(&self.tokens) {
            Ok(text) => Zeroizing::new(text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(self.failed(&format!("cannot be read ({})", error.kind()))),
        };
        private::check(&self.tokens).map_err(|why| self.failed(&why))?;
        let kept: Kept =
            serde_json::from_slice(&text).map_err(|_| self.failed("is not what was written there"))?;
        // A token belongs to the address it was given for.
        if kept.url != self.host {
            return Ok(None);
        }
        Ok(Some(Credentials::Person {
            username: kept.username.clone(),
            tenant: kept.tenant.clone(),
            access: SecretString::from(kept.access_token.as_str()),
            refresh: kept.refresh_token.as_deref().map(SecretString::from),
            expires_at: kept.expires_at,
        }))
    }

    /// Keeps a sign-in.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn keep(&self, tokens: &Tokens) -> Result<(), Failure> {
        let kept = Kept {
            url: self.host.clone(),
            username: tokens.username.clone(),
            tenant: tokens.tenant.clone(),
            access_token: tokens.access.expose_secret().to_owned(),
            refresh_token: tokens
                .refresh
                .as_ref()
                .map(|token| token.expose_secret().to_owned()),
            expires_at: tokens.expires_at,
        };
        let text = Zeroizing::new(serde_json::to_vec(&kept).unwrap_or_default());
        write_private(&self.tokens, &text)
            .map_err(|error| self.failed(&format!("cannot be written ({})", error.kind())))
    }

    /// Forgets who is signed in. Gives false when nobody was.
    ///
    /// # Errors
    /// When the file cannot be removed.
    pub fn forget(&self) -> Result<bool, Failure> {
        match std::fs::remove_file(&self.tokens) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(self.failed(&format!("cannot be removed ({})", error.kind()))),
        }
    }

    /// The name that is remembered.
    pub fn remembered(&self) -> Option<Remembered> {
        serde_json::from_slice(&std::fs::read(&self.name).ok()?).ok()
    }

    /// Remembers a name and a tenant, and nothing else; `None` forgets them.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn remember(&self, name: Option<&Remembered>) -> Result<(), Failure> {
        match name {
            Some(name) => {
                let text = serde_json::to_vec(name).unwrap_or_default();
                write_private(&self.name, &text)
                    .map_err(|error| self.failed(&format!("cannot be written ({})", error.kind())))
            }
            None => {
                let _ = std::fs::remove_file(&self.name);
                Ok(())
            }
        }
    }

    fn failed(&self, why: &str) -> Failure {
        let shown = clean(&self.tokens.display().to_string());
        Failure::new(FailureKind::Storage, format!("The sign-in file {shown} {why}."))
            .next("Sign in again: dsr logout cdds, then dsr login cdds.")
    }

    /// Keeps what the client renews.
    pub(super) fn keeper(&self) -> Keeper {
        let own = self.clone();
        Arc::new(move |tokens| {
            if let Err(failure) = own.keep(tokens) {
                tracing::warn!("{}", failure.message);
            }
        })
    }
}
