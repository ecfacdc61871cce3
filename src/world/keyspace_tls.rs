//! TLS to a Cassandra, out of PEM files and names. Cassandra's certificates are a company's own, so the
//! authority has to be named.

use std::path::Path;
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};

use crate::domain::failure::{Failure, FailureKind};
use crate::domain::text;
use crate::systems::keyspace::SYSTEM;
use crate::systems::keyspace::server_names::{NamedVerifier, ServerNames};

/// What is said of TLS.
pub(super) struct Given<'a> {
    /// What the options begin with, for what is told: `--cass_`.
    pub prefix: &'static str,
    /// TLS is asked for. It is also when any of the others is given.
    pub wanted: bool,
    /// PEM file with the authority.
    pub ca: Option<&'a Path>,
    /// PEM file with the client's certificate.
    pub cert: Option<&'a Path>,
    /// PEM file with the client's key.
    pub key: Option<&'a Path>,
    /// Names of which the servers' certificates must hold one.
    pub names: &'a [String],
}

/// The configuration, `None` where TLS is not asked for, with the names that count in certificates.
///
/// # Errors
/// A file that cannot be read as PEM, parts that are missing or do not fit, and what cannot be a name.
pub(super) fn config(given: &Given) -> Result<(Option<Arc<ClientConfig>>, Arc<ServerNames>), Failure> {
    let names = Arc::new(names(given)?);
    if !given.asked() {
        return Ok((None, names));
    }
    let ca = given
        .ca
        .ok_or_else(|| given.wrong("the authority that signs the servers' certificates is not named"))?;
    let mut roots = RootCertStore::empty();
    for certificate in certificates(ca).map_err(|()| given.unread(ca))? {
        roots.add(certificate).map_err(|_| given.unread(ca))?;
    }
    crate::systems::network::install_provider();
    let verifier = WebPkiServerVerifier::builder(Arc::new(roots))
        .build()
        .map_err(|_| given.unread(ca))?;
    // Named after what it could be used for; this one verifies all that the usual one does.
    let builder = ClientConfig::builder()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(NamedVerifier::new(verifier, Arc::clone(&names))));
    let config = match (given.cert, given.key) {
        (None, None) => builder.with_no_client_auth(),
        (Some(cert), Some(key)) => {
            let chain = certificates(cert).map_err(|()| given.unread(cert))?;
            let key_der = PrivateKeyDer::from_pem_file(key).map_err(|_| given.unread(key))?;
            builder
                .with_client_auth_cert(chain, key_der)
                .map_err(|_| given.wrong("certificate and key of the client do not fit together"))?
        }
        _ => {
            return Err(
                given.wrong("certificate and key of the client belong together; one of them is missing")
            );
        }
    };
    Ok((Some(Arc::new(config)), names))
}

impl Given<'_> {
    /// True when TLS is asked for, by name or by any of its parts.
    pub(super) fn asked(&self) -> bool {
        self.wanted
            || self.ca.is_some()
            || self.cert.is_some()
            || self.key.is_some()
            || !self.names.is_empty()
    }

    fn wrong(&self, what: &str) -> Failure {
        let prefix = self.prefix;
        Failure::new(FailureKind::Configuration, format!("TLS to Cassandra: {what}."))
            .at(SYSTEM)
            .next(format!(
                "Name PEM files: {prefix}ca for the authority, {prefix}cert and {prefix}key for the client."
            ))
    }

    fn unread(&self, path: &Path) -> Failure {
        self.wrong(&format!(
            "{} cannot be read as PEM",
            text::clean(&path.display().to_string())
        ))
    }
}

/// What certificates must hold instead of the host or its address.
fn names(given: &Given) -> Result<ServerNames, Failure> {
    ServerNames::new(given.names).map_err(|wrong| {
        given
            .wrong(&format!(
                "the name \"{}\" cannot stand in a certificate",
                text::clean(&wrong)
            ))
            .next("Give the name as the certificate holds it, such as cassandra.example.org, or an address.")
    })
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, ()> {
    let read: Result<Vec<_>, _> = CertificateDer::pem_file_iter(path).map_err(drop)?.collect();
    read.map_err(drop)
        .and_then(|all| if all.is_empty() { Err(()) } else { Ok(all) })
}
