//! Whom the certificate of a Cassandra server has to name. The driver for CQL connects to addresses and
//! asks for a certificate of the address, but many clusters have certificates of names only. A name
//! counts when the operator gave it, as the name that certificates hold or as the host to begin with;
//! what a cluster says of its nodes never does.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, Error, SignatureScheme};

/// The names that count. Shared by the verifier of certificates and by who looks names up.
#[derive(Debug, Default)]
pub struct ServerNames {
    /// One of these, whatever the address is; nothing else then.
    given: Vec<ServerName<'static>>,
    /// Names of hosts that were given, by the address to which they led.
    led: Mutex<BTreeMap<IpAddr, BTreeSet<String>>>,
}

impl ServerNames {
    /// With the names, or addresses, of which a certificate must hold one; without any it has to hold
    /// the address that is connected to, or the name that led there.
    ///
    /// # Errors
    /// The text that cannot stand in a certificate.
    pub fn new(given: &[String]) -> Result<ServerNames, String> {
        let given = given
            .iter()
            .map(|name| ServerName::try_from(name.trim().to_owned()).map_err(|_| name.clone()));
        Ok(ServerNames {
            given: given.collect::<Result<_, _>>()?,
            led: Mutex::default(),
        })
    }

    /// Says that `host`, which the operator gave, led to this address.
    pub fn leads(&self, host: &str, address: IpAddr) {
        if host.parse::<IpAddr>().is_err() {
            let host = host.trim_end_matches('.').to_ascii_lowercase();
            self.led().entry(address).or_default().insert(host);
        }
    }

    /// The names of which a certificate has to hold one, where `asked` is connected to.
    fn accepted(&self, asked: &ServerName<'_>) -> Vec<ServerName<'static>> {
        if !self.given.is_empty() {
            return self.given.clone();
        }
        let mut names = vec![asked.to_owned()];
        if let ServerName::IpAddress(address) = asked {
            let led = self.led();
            let hosts = led.get(&IpAddr::from(*address)).into_iter().flatten();
            names.extend(hosts.filter_map(|host| ServerName::try_from(host.clone()).ok()));
        }
        names
    }

    /// Nothing is done under this lock that could leave half a value behind, so a panic elsewhere does
    /// not spoil it.
    fn led(&self) -> MutexGuard<'_, BTreeMap<IpAddr, BTreeSet<String>>> {
        self.led.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Verifies as rustls does (chain, time, purpose, signatures), once for each name that counts.
#[derive(Debug)]
pub struct NamedVerifier {
    inner: Arc<WebPkiServerVerifier>,
    names: Arc<ServerNames>,
}

impl NamedVerifier {
    /// Over the verifier that knows the authorities.
    pub fn new(inner: Arc<WebPkiServerVerifier>, names: Arc<ServerNames>) -> NamedVerifier {
        NamedVerifier { inner, names }
    }
}

impl ServerCertVerifier for NamedVerifier {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        asked: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let mut refused = Error::InvalidCertificate(CertificateError::NotValidForName);
        for name in self.names.accepted(asked) {
            match self
                .inner
                .verify_server_cert(certificate, intermediates, &name, ocsp, now)
            {
                // Everything but the name was in order; another name may be the one.
                Err(error) if is_about_the_name(&error) => refused = error,
                answer => return answer,
            }
        }
        Err(refused)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}

/// Whether a certificate was refused for its names alone.
pub(super) fn is_about_the_name(error: &Error) -> bool {
    matches!(
        error,
        Error::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. }
        )
    )
}

/// The names that a refused certificate holds, as a sentence's end: `it names a.example.org, 10.0.0.5`.
/// They are the server's words: the caller cleans them.
pub(super) fn presented(error: &CertificateError) -> Option<String> {
    let CertificateError::NotValidForNameContext { presented, .. } = error else {
        return None;
    };
    // Written as `DnsName("a.example.org")`.
    let bare = |name: &String| {
        let inner = name.split_once('(').map_or(name.as_str(), |(_, inner)| inner);
        inner.trim_end_matches(')').trim_matches('"').to_owned()
    };
    let shown: Vec<String> = presented.iter().take(5).map(bare).collect();
    let more = if presented.len() > shown.len() {
        ", …"
    } else {
        ""
    };
    (!shown.is_empty()).then(|| format!("it names {}{more}", shown.join(", ")))
}

#[cfg(test)]
mod tests;
