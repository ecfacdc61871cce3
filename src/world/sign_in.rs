//! Tokens of people who signed in with `dsr login`: one private file a profile in the state
//! directory. A token belongs to the address it was given for; at another address it is not read.

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::shelves::slug;
use crate::config::{Places, private};
use crate::domain::failure::{Failure, FailureKind};
use crate::systems::genesys_cloud::{Credentials, Endpoints, PersonTokens, TokenKeeper};

/// The sign-ins of one profile.
#[derive(Clone, Debug)]
pub struct SignIns {
    path: PathBuf,
    login: String,
}

/// The file's content.
#[derive(Serialize, Deserialize)]
struct Kept {
    login_url: String,
    /// Absent for a pasted token.
    client_id: Option<String>,
    access_token: String,
    refresh_token: Option<String>,
    expires_at: Option<Timestamp>,
}

impl Drop for Kept {
    fn drop(&mut self) {
        use zeroize::Zeroize;
        self.access_token.zeroize();
        self.refresh_token.zeroize();
    }
}

impl SignIns {
    /// The sign-ins of a profile at its address.
    pub fn of(places: &Places, profile: &str, endpoints: &Endpoints) -> SignIns {
        let name = format!("{}.json", slug(profile));
        SignIns::at(places.state.join("sign-in").join(name), endpoints)
    }

    /// The sign-ins kept in `path` for an address.
    pub fn at(path: PathBuf, endpoints: &Endpoints) -> SignIns {
        SignIns {
            path,
            login: endpoints.login.clone(),
        }
    }

    /// Who is signed in at this address, if anybody.
    ///
    /// # Errors
    /// When others can read the file, or it is damaged.
    pub fn read(&self) -> Result<Option<Credentials>, Failure> {
        let text = match std::fs::read(&self.path) {
            Ok(text) => Zeroizing::new(text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(self.failed(&format!("cannot be read ({})", error.kind()))),
        };
        private::check(&self.path).map_err(|why| self.failed(&why))?;
        let kept: Kept =
            serde_json::from_slice(&text).map_err(|_| self.failed("is not what was written there"))?;
        if kept.login_url != self.login {
            return Ok(None);
        }
        let access = SecretString::from(kept.access_token.as_str());
        Ok(Some(match kept.client_id.clone() {
            None => Credentials::Token(access),
            Some(client_id) => Credentials::Person {
                client_id,
                access,
                refresh: kept.refresh_token.as_deref().map(SecretString::from),
                expires_at: kept.expires_at,
            },
        }))
    }

    /// Keeps a person's tokens.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn keep_person(&self, tokens: &PersonTokens) -> Result<(), Failure> {
        self.write(&Kept {
            login_url: self.login.clone(),
            client_id: Some(tokens.client_id.clone()),
            access_token: tokens.access.expose_secret().to_owned(),
            refresh_token: tokens
                .refresh
                .as_ref()
                .map(|token| token.expose_secret().to_owned()),
            expires_at: tokens.expires_at,
        })
    }

    /// Keeps a pasted token.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn keep_token(&self, token: &SecretString) -> Result<(), Failure> {
        self.write(&Kept {
            login_url: self.login.clone(),
            client_id: None,
            access_token: token.expose_secret().to_owned(),
            refresh_token: None,
            expires_at: None,
        })
    }

    /// Forgets who is signed in. Gives false when nobody was.
    ///
    /// # Errors
    /// When the file cannot be removed.
    pub fn forget(&self) -> Result<bool, Failure> {
        match std::fs::remove_file(&self.path) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(self.failed(&format!("cannot be removed ({})", error.kind()))),
        }
    }

    fn write(&self, kept: &Kept) -> Result<(), Failure> {
        let text = Zeroizing::new(serde_json::to_vec(kept).unwrap_or_default());
        write_private(&self.path, &text)
            .map_err(|error| self.failed(&format!("cannot be written ({})", error.kind())))
    }

    fn failed(&self, why: &str) -> Failure {
        let shown = crate::domain::text::clean(&self.path.display().to_string());
        Failure::new(FailureKind::Storage, format!("The sign-in file {shown} {why}."))
            .next("Sign in again: dsr logout, then dsr login.")
    }
}

/// Writes a file for its owner alone: beside it and renamed over it, so that a crash leaves the old or
/// the new one.
pub(super) fn write_private(path: &Path, text: &[u8]) -> std::io::Result<()> {
    if let Some(directory) = path.parent() {
        std::fs::create_dir_all(directory)?;
    }
    let beside = path.with_extension(format!("{}.new", std::process::id()));
    let written = std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&beside)
        .and_then(|mut file| file.write_all(text).and_then(|()| file.sync_all()))
        .and_then(|()| std::fs::rename(&beside, path));
    if written.is_err() {
        let _ = std::fs::remove_file(&beside);
    }
    written
}

/// Keeps what the client renews. A file that cannot be written ends the sign-in with this process,
/// which is told in the log.
pub fn keeper(sign_ins: SignIns) -> TokenKeeper {
    Arc::new(move |tokens| {
        if let Err(failure) = sign_ins.keep_person(tokens) {
            tracing::warn!("{}", failure.message);
        }
    })
}
