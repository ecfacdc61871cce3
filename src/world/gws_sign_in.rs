//! The sign-in to GWS that `dsr login gws` keeps: GWS has no tokens, so it is user name and password,
//! in a private file of the state directory. It belongs to the address it was given for.

use std::path::PathBuf;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::shelves::slug;
use super::sign_in::write_private;
use crate::config::{Places, private};
use crate::domain::failure::{Failure, FailureKind};
use crate::systems::gws::{Base, Credentials};

/// The kept sign-in of one profile.
#[derive(Clone, Debug)]
pub struct GwsSignIn {
    path: PathBuf,
    address: String,
}

#[derive(Serialize, Deserialize)]
struct Kept {
    gws_url: String,
    username: String,
    password: String,
}

impl Drop for Kept {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.password);
    }
}

impl GwsSignIn {
    /// That of a profile at an address.
    pub fn of(places: &Places, profile: &str, base: &Base) -> GwsSignIn {
        GwsSignIn {
            path: places
                .state
                .join("sign-in")
                .join(format!("{}.gws.json", slug(profile))),
            address: base.as_str().to_owned(),
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
        if kept.gws_url != self.address {
            return Ok(None);
        }
        Ok(Some(Credentials {
            username: kept.username.clone(),
            password: SecretString::from(kept.password.as_str()),
        }))
    }

    /// Keeps a sign-in.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn keep(&self, credentials: &Credentials) -> Result<(), Failure> {
        let kept = Kept {
            gws_url: self.address.clone(),
            username: credentials.username.clone(),
            password: credentials.password.expose_secret().to_owned(),
        };
        let text = Zeroizing::new(serde_json::to_vec(&kept).unwrap_or_default());
        write_private(&self.path, &text)
            .map_err(|error| self.failed(&format!("cannot be written ({})", error.kind())))
    }

    /// Forgets it. Gives false when there was none.
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

    fn failed(&self, why: &str) -> Failure {
        let shown = crate::domain::text::clean(&self.path.display().to_string());
        Failure::new(FailureKind::Storage, format!("The sign-in file {shown} {why}."))
            .next("Sign in again: dsr logout gws, then dsr login gws.")
    }
}
