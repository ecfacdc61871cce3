//! Certificates that hold names and no address, as many clusters have them: the driver for CQL connects
//! to addresses, and still only a name that was given lets a server in.

use std::net::SocketAddr;

use dsr_console::systems::keyspace::server_names::{NamedVerifier, ServerNames};
use rustls::client::WebPkiServerVerifier;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

use super::*;
use crate::forget_live::drop_in;
use crate::support::Home;
use crate::support::tunnel::Tunnel;

/// The one name of the cluster's certificate.
pub const NAME: &str = "cassandra.example.org";

/// The way in with the authority of `certificates`, where a server must hold one of `given`.
pub fn named(access: Access, certificates: &Certificates, given: &[&str]) -> Access {
    let given: Vec<String> = given.iter().map(|&name| name.to_owned()).collect();
    let names = Arc::new(ServerNames::new(&given).unwrap());
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_file(certificates.file("ca.pem")).unwrap())
        .unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider.clone())
        .build()
        .unwrap();
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(NamedVerifier::new(verifier, names.clone())))
        .with_no_client_auth();
    Access {
        tls: Some(Arc::new(config)),
        names,
        ..access
    }
}

async fn refused(access: Access, words: &[&str]) {
    match sign_in::refused(access).await {
        KeyspaceError::Tls { why, .. } if words.iter().all(|&word| why.contains(word)) => {}
        other => panic!("{other:?}"),
    }
}

/// A real server whose certificate holds [`NAME`] alone, by the library and as a user would.
pub async fn only_the_given_name_is_let_in(servers: &Servers, certificates: &Certificates) {
    let plain = access(servers, 1);
    let unnamed = ["does not name", NAME];
    refused(named(plain.clone(), certificates, &[]), &unnamed).await;
    refused(
        named(plain.clone(), certificates, &["other.example.org"]),
        &unnamed,
    )
    .await;
    let stranger = Certificates::new(&[NAME.to_owned()]);
    refused(named(plain, &stranger, &[NAME]), &["another authority"]).await;

    let home = Home::new();
    let (host, port) = (servers.address(1), PORT.to_string());
    let call = |certificates: &Certificates, name: &[&str]| {
        let authority = certificates.file("ca.pem");
        let mut all = vec!["--cass_keyspace", KEYSPACE, "--cass_hostname", &host];
        all.extend(["--cass_port", &port, "--cass_ca", authority.to_str().unwrap()]);
        all.extend(name);
        all.extend(["--include", "user_settings", "--search", JANE, "--output", "json"]);
        drop_in(&home, &[], &all)
    };
    let found = call(certificates, &["--cass_tls_name", NAME]).ends_with(0);
    let expected = EXPECTED.iter().filter(|place| place.0 == "user_settings").count();
    assert_eq!(found.json()["items"].as_array().unwrap().len(), expected);
    let ran = call(certificates, &[]).ends_with(5);
    let next = ran.error()["next"].as_str().unwrap().to_owned();
    assert!(next.contains("--cass_tls_name"), "{ran:?}");
    call(certificates, &["--cass_tls_name", "other.example.org"]).ends_with(5);
    call(&stranger, &["--cass_tls_name", NAME]).ends_with(5);
    call(certificates, &["--cass_tls_name", "no name"]).ends_with(3);
}

/// The host to begin with, and where an announced address is reached, count by the name they were given.
pub async fn the_host_that_was_named_is_let_in(servers: &Servers) {
    let certificates = Certificates::new(&["localhost".to_owned()]);
    let node = servers.address(1);
    let target: SocketAddr = format!("{node}:{PORT}").parse().unwrap();
    let tunnel = Tunnel::with_tls(target, &certificates).await;
    let through = |host: &str, reached: &str| Access {
        hosts: vec![host.to_owned()],
        translate: [(node.clone(), (reached.to_owned(), tunnel.port))].into(),
        ..Access::plain(host, tunnel.port)
    };
    let good = named(through("localhost", "localhost"), &certificates, &[]);
    let (report, _) = search(good, &["compact_static", "odd_types", "graveyard"], &[JANE]).await;
    assert!(report.complete(), "{:?}", report.not_read);
    assert_eq!(places(&report).len(), EXPECTED.len() - 2);
    refused(
        named(through("127.0.0.1", "127.0.0.1"), &certificates, &[]),
        &["does not name", "localhost"],
    )
    .await;
}
