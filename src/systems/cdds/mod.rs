//! The Cloud Data Download Service (CDDS) and its successor UDM: sign-in, the encryption certificate,
//! export jobs, and the encrypted files they leave.
//!
//! Published are the sign-in, the certificate (`/cipher`) and the lists of sources, sub-types and job
//! statuses. Paths and fields of jobs, files and downloads are not: they are **assumed**, and stand
//! in one place ([`adapter`]), with a table in the configuration to correct them.

pub mod adapter;
mod artifacts;
mod call;
mod catalog;
mod certificate;
mod errors;
mod exchange;
mod jobs;
mod listing;
mod multipart;
mod session;
mod tokens;
mod types;
mod wire;

use std::path::Path;
use std::sync::Arc;

use secrecy::SecretString;
use tokio_util::sync::CancellationToken;

use crate::domain::clock::Clock;
use crate::domain::export::{Artifact, Job, NewJob, ServerCertificate};
use crate::domain::failure::Failure;
use crate::domain::progress::Listener;
use crate::systems::fetch::Downloaded;
use crate::systems::permit::Permit;
use crate::systems::transport::Transport;

pub use adapter::Assumed;
pub use session::{Keeper, Tokens};
pub use types::{Account, Choice, Credentials, Listed, Place, Tuning, split_user};

use exchange::Exchange;
use session::Session;

/// The name under which failures speak of this system.
pub const SYSTEM: &str = "cdds";

/// The client. Cheap to clone; clones share the token.
#[derive(Clone)]
pub struct Cdds {
    exchange: Arc<Exchange>,
}

/// What a client is made of.
pub struct Parts {
    /// The way there.
    pub transport: Arc<dyn Transport>,
    /// Where it answers.
    pub place: Place,
    /// Who signs in.
    pub credentials: Credentials,
    /// Key of the header `x-api-key`.
    pub api_key: Option<SecretString>,
    /// OAuth client of the sign-in: id and secret.
    pub client: Option<(String, SecretString)>,
    /// The world's clock.
    pub clock: Arc<dyn Clock>,
    /// How patient.
    pub tuning: Tuning,
    /// Told about renewed tokens.
    pub keeper: Option<Keeper>,
}

impl Cdds {
    /// A client. No call is made.
    pub fn new(parts: Parts) -> Cdds {
        let session = Session::new(parts.credentials, parts.clock, parts.keeper);
        Cdds {
            exchange: Arc::new(Exchange {
                transport: parts.transport,
                place: parts.place,
                api_key: parts.api_key,
                client: parts.client,
                session,
                tuning: parts.tuning,
            }),
        }
    }

    /// Where it answers.
    pub fn place(&self) -> &Place {
        &self.exchange.place
    }

    /// Signs in now, if that was not done yet, and gives the tokens to be kept.
    ///
    /// # Errors
    /// What keeps the sign-in from working.
    pub async fn sign_in(&self) -> Result<Tokens, Failure> {
        self.exchange.session.sign_in(&self.exchange).await
    }

    /// Who is signed in (`GET /userinfo`).
    ///
    /// # Errors
    /// As every read.
    pub async fn account(&self) -> Result<Account, Failure> {
        catalog::account(&self.exchange).await
    }

    /// Ends the session at the server (`/sign-out`) and forgets the token.
    ///
    /// # Errors
    /// When the server could not be told; the token is forgotten all the same.
    pub async fn sign_out(&self) -> Result<(), Failure> {
        self.exchange.sign_out().await
    }

    /// Looks whether something answers at the sign-in, without a token. Gives the server's clock.
    ///
    /// # Errors
    /// What keeps it from answering.
    pub async fn probe(&self) -> Result<Option<jiff::Timestamp>, Failure> {
        catalog::probe(&self.exchange).await
    }

    /// The certificate in the user preferences; `None` when there is none.
    ///
    /// # Errors
    /// As every read.
    pub async fn certificate(&self) -> Result<Option<ServerCertificate>, Failure> {
        certificate::show(&self.exchange).await
    }

    /// Uploads a certificate, once. It replaces the one that is there.
    ///
    /// # Errors
    /// A failure's `changed` tells whether it may have been replaced.
    pub async fn upload_certificate(
        &self,
        permit: Permit,
        file_name: &str,
        pem: &[u8],
    ) -> Result<(), Failure> {
        certificate::upload(&self.exchange, permit, file_name, pem).await
    }

    /// Data sources.
    ///
    /// # Errors
    /// As every read.
    pub async fn sources(&self) -> Result<Vec<Choice>, Failure> {
        catalog::sources(&self.exchange).await
    }

    /// What can be exported.
    ///
    /// # Errors
    /// As every read.
    pub async fn sub_types(&self) -> Result<Vec<Choice>, Failure> {
        catalog::sub_types(&self.exchange).await
    }

    /// The words for where a job stands.
    ///
    /// # Errors
    /// As every read.
    pub async fn job_statuses(&self) -> Result<Vec<Choice>, Failure> {
        catalog::job_statuses(&self.exchange).await
    }

    /// All jobs. *Assumed.*
    ///
    /// # Errors
    /// As every read.
    pub async fn jobs(&self, listener: &Listener) -> Result<Listed<Job>, Failure> {
        jobs::list(&self.exchange, listener).await
    }

    /// One job. *Assumed.*
    ///
    /// # Errors
    /// As every read.
    pub async fn job(&self, id: &str) -> Result<Job, Failure> {
        jobs::show(&self.exchange, id).await
    }

    /// Makes a job, once; gives its id. *Assumed.*
    ///
    /// # Errors
    /// A failure's `changed` tells whether it may exist now.
    pub async fn create_job(&self, permit: Permit, job: &NewJob) -> Result<String, Failure> {
        jobs::create(&self.exchange, permit, job).await
    }

    /// The exact call that makes a job: method, path, pretty JSON body. For previews.
    pub fn preview_job(&self, job: &NewJob) -> (String, String, String) {
        jobs::preview(&self.exchange, job)
    }

    /// Deletes a job, once. *Assumed.*
    ///
    /// # Errors
    /// A failure's `changed` tells whether it may be gone.
    pub async fn delete_job(&self, permit: Permit, id: &str) -> Result<(), Failure> {
        jobs::delete(&self.exchange, permit, id).await
    }

    /// All files that the service keeps. *Assumed.*
    ///
    /// # Errors
    /// As every read.
    pub async fn artifacts(&self, listener: &Listener) -> Result<Listed<Artifact>, Failure> {
        artifacts::list(&self.exchange, listener).await
    }

    /// Deletes a file at the service, once. *Assumed.*
    ///
    /// # Errors
    /// A failure's `changed` tells whether it may be gone.
    pub async fn delete_artifact(&self, permit: Permit, id: &str) -> Result<(), Failure> {
        artifacts::delete(&self.exchange, permit, id).await
    }

    /// Fetches a file into `dir`, still encrypted. A broken download is taken up where it stopped.
    /// *Assumed.*
    ///
    /// # Errors
    /// What keeps it from coming; what has come is kept.
    pub async fn download(
        &self,
        artifact: &Artifact,
        dir: &Path,
        listener: &Listener,
        cancel: &CancellationToken,
    ) -> Result<Downloaded, Failure> {
        artifacts::download(&self.exchange, artifact, dir, listener, cancel).await
    }
}
