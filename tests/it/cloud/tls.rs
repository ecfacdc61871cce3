//! Certificates that are not trusted, own authorities, and proxies: named, and nothing is sent past
//! them.

use std::sync::Arc;

use dsr_console::domain::failure::FailureKind;
use dsr_console::domain::operation::Outcome;
use dsr_console::systems::genesys_cloud::{Credentials, GenesysCloud};
use dsr_console::systems::network::{NetworkSettings, ProxyChoice};
use serde_json::json;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivatePkcs8KeyDer;

use super::server::{Reply, Server};
use super::{HostClock, endpoints, export, network_with, submit, timeouts, tuning};

fn cloud(base: &str, settings: NetworkSettings) -> GenesysCloud {
    GenesysCloud::with(
        network_with(settings),
        endpoints(base),
        Credentials::Token("made-up-token".into()),
        Arc::new(HostClock),
        tuning(),
        None,
    )
}

fn direct() -> NetworkSettings {
    NetworkSettings {
        proxy: ProxyChoice::Direct,
        timeouts: timeouts(),
        ..NetworkSettings::default()
    }
}

/// A server with a certificate for `name`, made here and trusted by nobody; and that certificate.
async fn tls_server(name: &str) -> (Server, String) {
    let made = rcgen::generate_simple_self_signed(vec![name.to_owned()]).unwrap();
    let server = tls_server_with(&made.cert, &made.signing_key).await;
    (server, made.cert.pem())
}

async fn tls_server_with(certificate: &rcgen::Certificate, key: &rcgen::KeyPair) -> Server {
    let key = PrivatePkcs8KeyDer::from(key.serialize_der());
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key.into())
        .unwrap();
    Server::start_tls(config, |_| Reply::json(200, json!({"id": "r1", "entities": []}))).await
}

#[tokio::test]
async fn a_certificate_nobody_trusts_is_named_and_nothing_is_sent() {
    let (server, _) = tls_server("localhost").await;
    let failure = cloud(&server.base, direct())
        .list_requests(1, 1)
        .await
        .unwrap_err();
    assert_eq!(failure.kind, FailureKind::Unreachable);
    assert!(
        failure.message.contains("certificate of localhost"),
        "{}",
        failure.message
    );
    assert!(failure.next.unwrap().contains("CA file"));
    let sent = submit(&cloud(&server.base, direct()), export()).await;
    assert!(matches!(sent.outcome, Outcome::NotSent(_)), "{sent:?}");
    assert!(server.arrivals().is_empty());
}

#[tokio::test]
async fn the_certificate_of_an_authority_is_none_of_a_server() {
    let mut params = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let key = rcgen::KeyPair::generate().unwrap();
    let server = tls_server_with(&params.self_signed(&key).unwrap(), &key).await;
    let asked = cloud(&server.base, direct()).list_requests(1, 1).await;
    let failure = asked.unwrap_err();
    assert!(failure.message.contains("of an authority"), "{}", failure.message);
    assert!(server.arrivals().is_empty());
}

#[tokio::test]
async fn an_own_authority_is_trusted_for_reads_and_mutations() {
    let (server, pem) = tls_server("localhost").await;
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("ca.pem");
    std::fs::write(&file, pem).unwrap();
    let settings = NetworkSettings {
        ca_files: vec![file],
        ..direct()
    };
    let cloud = cloud(&server.base, settings);
    cloud.list_requests(1, 1).await.unwrap();
    let sent = submit(&cloud, export()).await;
    assert!(matches!(sent.outcome, Outcome::Accepted(_)), "{sent:?}");
}

#[tokio::test]
async fn a_certificate_of_another_name_is_named() {
    let (server, pem) = tls_server("other.example.org").await;
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("ca.pem");
    std::fs::write(&file, pem).unwrap();
    let settings = NetworkSettings {
        ca_files: vec![file],
        ..direct()
    };
    let failure = cloud(&server.base, settings)
        .list_requests(1, 1)
        .await
        .unwrap_err();
    assert!(failure.message.contains("another name"), "{}", failure.message);
    assert!(server.arrivals().is_empty());
}

#[tokio::test]
async fn plain_http_where_tls_was_expected_is_not_sent() {
    let server = Server::start(|_| Reply::html(400)).await;
    let base = server.base.replace("http:", "https:");
    let sent = submit(&cloud(&base, direct()), export()).await;
    assert!(matches!(sent.outcome, Outcome::NotSent(_)), "{sent:?}");
    assert!(server.arrivals().is_empty());
}

#[test]
fn files_that_hold_no_certificate_are_named() {
    let dir = tempfile::tempdir().unwrap();
    let empty = dir.path().join("empty.pem");
    std::fs::write(&empty, "nothing here").unwrap();
    for file in [dir.path().join("missing.pem"), empty] {
        let settings = NetworkSettings {
            ca_files: vec![file.clone()],
            ..direct()
        };
        let failure = dsr_console::systems::network::Network::new(settings)
            .err()
            .unwrap();
        assert_eq!(failure.kind, FailureKind::Configuration);
        assert!(
            failure.message.contains(&file.display().to_string()),
            "{}",
            failure.message
        );
    }
    let settings = NetworkSettings {
        proxy: ProxyChoice::Address("http://user:made-up@[".into()),
        ..direct()
    };
    let failure = dsr_console::systems::network::Network::new(settings)
        .err()
        .unwrap();
    assert_eq!(failure.kind, FailureKind::Configuration);
    assert!(!format!("{failure:?}").contains("made-up"));
}

fn through(proxy: &Server) -> NetworkSettings {
    NetworkSettings {
        proxy: ProxyChoice::Address(proxy.base.clone().into()),
        ..direct()
    }
}

#[tokio::test]
async fn a_proxy_that_does_not_open_the_way_is_named_and_nothing_is_sent() {
    for (status, words) in [
        (403, "did not open the way"),
        (407, "authorization"),
        (502, "did not open the way"),
    ] {
        let proxy = Server::start(move |_| Reply::html(status)).await;
        let cloud = cloud("https://api.example.org", through(&proxy));
        let failure = cloud.list_requests(1, 1).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::Unreachable, "{status}");
        assert!(
            failure.message.contains("proxy") && failure.message.contains(words),
            "{}",
            failure.message
        );
        assert!(failure.next.unwrap().contains("proxy"));
        let sent = submit(&cloud, export()).await;
        assert!(matches!(sent.outcome, Outcome::NotSent(_)), "{status}: {sent:?}");
        let arrivals = proxy.arrivals();
        assert!(
            arrivals
                .iter()
                .all(|a| a.method == "CONNECT" && a.target == "api.example.org:443")
        );
        assert!(arrivals.iter().all(|a| a.header("authorization").is_none()));
    }
}

#[tokio::test]
async fn an_error_page_of_a_proxy_is_not_taken_for_the_api() {
    // Plain http goes to the proxy itself, which answers in the place of the API.
    let proxy = Server::start(|_| Reply::html(502)).await;
    let cloud = cloud("http://api.example.org", through(&proxy));
    let failure = cloud.list_requests(1, 1).await.unwrap_err();
    assert!(failure.message.contains("HTML page"), "{}", failure.message);
    let sent = submit(&cloud, export()).await;
    assert!(matches!(sent.outcome, Outcome::Unknown(_)), "{sent:?}");
    assert_eq!(proxy.count("POST"), 1);
}

#[tokio::test]
async fn a_loopback_address_is_called_past_any_proxy() {
    let proxy = Server::start(|_| Reply::html(502)).await;
    let server = Server::start(|_| Reply::json(200, json!({"entities": []}))).await;
    cloud(&server.base, through(&proxy))
        .list_requests(1, 1)
        .await
        .unwrap();
    assert!(proxy.arrivals().is_empty());
}
