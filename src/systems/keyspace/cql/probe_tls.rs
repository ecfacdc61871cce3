//! TLS in front of a port that is probed: whom the certificate names, what went wrong, and whether TLS is
//! spoken at all.

use std::net::SocketAddr;
use std::sync::Arc;

use rustls::pki_types::ServerName;
use rustls::{CertificateError, ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::access::Access;
use super::probe::{ANSWER, CONNECT, connect};
use crate::systems::keyspace::error::{KeyspaceError, words};
use crate::systems::keyspace::server_names::presented;

/// Shakes hands as the driver does: with an address. Which names count beside it the verifier knows.
pub(super) async fn secure(
    access: &Access,
    tls: &Arc<ClientConfig>,
    addresses: &[SocketAddr],
) -> Result<tokio_rustls::client::TlsStream<TcpStream>, KeyspaceError> {
    let failed = |why: &str| KeyspaceError::Tls {
        address: words(&access.address()),
        why: words(why),
    };
    let stream = connect(access, addresses).await?;
    let peer = stream.peer_addr().map_err(|error| failed(&error.to_string()))?;
    let name = ServerName::IpAddress(peer.ip().into());
    let handshake = TlsConnector::from(Arc::clone(tls)).connect(name, stream);
    match tokio::time::timeout(CONNECT, handshake).await {
        Err(_) => Err(failed("no answer to the handshake; the port may not speak TLS")),
        Ok(answer) => answer.map_err(|error| failed(&tls_words(&error))),
    }
}

fn tls_words(error: &std::io::Error) -> String {
    use rustls::Error as Tls;
    match error.get_ref().and_then(|inner| inner.downcast_ref::<Tls>()) {
        Some(Tls::InvalidCertificate(CertificateError::UnknownIssuer | CertificateError::BadSignature)) => {
            "the server's certificate is signed by another authority than the one named".to_owned()
        }
        Some(Tls::InvalidCertificate(
            error @ (CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. }),
        )) => {
            let names = presented(error).map(|names| format!(" ({names})")).unwrap_or_default();
            format!("the server's certificate does not name the host, its address, or a name that was given for certificates (--cass_tls_name, cassandra_tls_names){names}")
        }
        Some(Tls::InvalidCertificate(
            CertificateError::Expired | CertificateError::ExpiredContext { .. },
        )) => "the server's certificate has expired".to_owned(),
        Some(Tls::AlertReceived(rustls::AlertDescription::HandshakeFailure)) => {
            "the server refused the handshake: it wants a client certificate, or offers no cipher that is still safe (ECDHE with TLS 1.2 is the least)".to_owned()
        }
        Some(Tls::AlertReceived(rustls::AlertDescription::ProtocolVersion) | Tls::PeerIncompatible(_)) => {
            "the server speaks only TLS 1.0 or 1.1, which are not safe; a tunnel on a host beside it (ssh, stunnel) is a way".to_owned()
        }
        Some(Tls::AlertReceived(alert)) => format!("the server refused the handshake ({alert:?})"),
        Some(Tls::InvalidMessage(_)) => "the port does not speak TLS".to_owned(),
        Some(other) => other.to_string(),
        None => error.to_string(),
    }
}

/// True when a TLS handshake is answered as one, whoever signed the certificate.
pub(super) async fn speaks_tls(access: &Access, addresses: &[SocketAddr]) -> Result<bool, KeyspaceError> {
    let stream = connect(access, addresses).await?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let Ok(builder) = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()
    else {
        return Ok(false);
    };
    let config = builder
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth();
    let Ok(peer) = stream.peer_addr() else {
        return Ok(false);
    };
    let handshake =
        TlsConnector::from(Arc::new(config)).connect(ServerName::IpAddress(peer.ip().into()), stream);
    Ok(match tokio::time::timeout(ANSWER, handshake).await {
        Ok(Ok(_)) => true,
        // It showed a certificate, which nobody trusts here, or sent an alert.
        Ok(Err(error)) => matches!(
            error
                .get_ref()
                .and_then(|inner| inner.downcast_ref::<rustls::Error>()),
            Some(rustls::Error::InvalidCertificate(_) | rustls::Error::AlertReceived(_))
        ),
        Err(_) => false,
    })
}
