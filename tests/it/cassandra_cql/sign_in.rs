//! Sign-in and TLS: each way of getting it wrong says what to do.

use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};
use scylla::client::session_builder::SessionBuilder;

use super::*;
use crate::forget_live::drop_in;
use crate::support::cassandra::Certificates;
use crate::support::{Home, Ran};

/// What a client with this authority, and perhaps a certificate of its own, says.
pub fn tls(certificates: &Certificates, authority: &str, client: bool) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_file(certificates.file(authority)).unwrap())
        .unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots);
    Arc::new(if client {
        let chain = vec![CertificateDer::from_pem_file(certificates.file("client.crt")).unwrap()];
        let key = PrivateKeyDer::from_pem_file(certificates.file("client.key")).unwrap();
        builder.with_client_auth_cert(chain, key).unwrap()
    } else {
        builder.with_no_client_auth()
    })
}

/// Why the way in is closed.
pub async fn refused(access: Access) -> KeyspaceError {
    match CqlKeyspace::connect(access, KEYSPACE).await {
        Ok(_) => panic!("was let in"),
        Err(error) => error,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sign_in_and_certificates_are_asked_for() {
    // The address is not known before the servers are: any of the loopback net's beginning is named.
    let addresses: Vec<String> = crate::support::cassandra::possible_addresses();
    let certificates = Certificates::new(&addresses);
    let folder = certificates.path().to_str().unwrap().to_owned();
    let options = ["--auth", "--tls", &folder, "--client-certificate"];
    let in_order = ["--partitioner", "ByteOrderedPartitioner"];
    let Some(servers) = Servers::start(&[&options[..], &in_order].concat()) else {
        return;
    };
    let user = |name: &str, password: &str| Some((name.to_owned(), password.to_owned().into()));
    let good = Access {
        tls: Some(tls(&certificates, "ca.pem", true)),
        login: user("cassandra", "cassandra"),
        ..access(&servers, 1)
    };

    // Plain, where TLS is spoken.
    let error = refused(access(&servers, 1)).await;
    assert!(
        matches!(
            error,
            KeyspaceError::WrongProtocol {
                found: Answering::Tls,
                ..
            }
        ),
        "{error:?}"
    );
    // An authority that did not sign it.
    let other = Certificates::new(&addresses);
    let error = refused(Access {
        tls: Some(tls(&other, "ca.pem", false)),
        ..good.clone()
    })
    .await;
    assert!(
        matches!(&error, KeyspaceError::Tls { why, .. } if why.contains("another authority")),
        "{error:?}"
    );
    // No client certificate. The server tells only after the handshake, by hanging up.
    let error = refused(Access {
        tls: Some(tls(&certificates, "ca.pem", false)),
        ..good.clone()
    })
    .await;
    assert!(
        matches!(
            error,
            KeyspaceError::Tls { .. } | KeyspaceError::WrongProtocol { .. }
        ),
        "{error:?}"
    );
    // No user, and a wrong password.
    let error = refused(Access {
        login: None,
        ..good.clone()
    })
    .await;
    assert!(
        matches!(&error, KeyspaceError::Authentication { .. }),
        "{error:?}"
    );
    let error = refused(Access {
        login: user("cassandra", "wrong"),
        ..good.clone()
    })
    .await;
    assert!(
        matches!(&error, KeyspaceError::Authentication { .. }),
        "{error:?}"
    );

    let writer = SessionBuilder::new()
        .known_node(format!("{}:9042", servers.address(1)))
        .user("cassandra", "cassandra")
        .fetch_schema_metadata(false)
        .tls_context(Some(tls(&certificates, "ca.pem", true)))
        .build()
        .await
        .unwrap();
    for statement in [
        "CREATE KEYSPACE sipfs WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
        "CREATE TABLE sipfs.open (k text PRIMARY KEY, v text)",
        "CREATE TABLE sipfs.closed (k text PRIMARY KEY, v text)",
        "INSERT INTO sipfs.open (k, v) VALUES ('k', 'jane.doe@example.org')",
        "INSERT INTO sipfs.closed (k, v) VALUES ('k', 'jane.doe@example.org')",
        "CREATE ROLE reader WITH PASSWORD = 'only for tests' AND LOGIN = true",
        "GRANT SELECT ON sipfs.open TO reader",
    ] {
        writer.query_unpaged(statement, ()).await.unwrap();
    }
    // Keys in order: all over the ring, which is then read in one piece.
    for key in 0..300 {
        let insert = "INSERT INTO sipfs.open (k, v) VALUES (?, ?)";
        let key = format!("{}{key}", char::from(b'!' + (key % 90) as u8));
        writer.query_unpaged(insert, (key, JANE)).await.unwrap();
    }
    let keyspace = CqlKeyspace::connect(good.clone(), KEYSPACE).await.unwrap();
    assert_eq!(
        keyspace.describe().await.unwrap().partitioner,
        Partitioner::ByteOrdered
    );
    let (report, _) = search(good.clone(), &[], &[JANE]).await;
    assert!(report.complete() && report.matches.len() == 302, "{report:?}");
    the_simulator_writes_there_too(&servers, &certificates);
    // A user who may read one table only is not told that the other is empty.
    let reader = Access {
        login: user("reader", "only for tests"),
        ..good
    };
    let (report, _) = search(reader, &[], &[JANE]).await;
    assert!(!report.complete() && report.matches.len() == 301, "{report:?}");
    assert!(
        report
            .not_read
            .iter()
            .all(|range| range.table == "closed" && range.why == "permission")
    );
}

/// `simulator serve --keyspace` signs in and speaks TLS, and says what is missing where it is not told how.
fn the_simulator_writes_there_too(servers: &Servers, certificates: &Certificates) {
    let home = Home::new();
    let address = format!("cql://{}:{PORT}/lab", servers.address(1));
    let file = |name: &str| certificates.file(name).to_str().unwrap().to_owned();
    let (authority, certificate, key) = (file("ca.pem"), file("client.crt"), file("client.key"));
    let tls = [
        "--keyspace",
        &address,
        "--keyspace-ca",
        &authority,
        "--keyspace-cert",
        &certificate,
        "--keyspace-key",
        &key,
    ];
    let user = ["--keyspace-username", "cassandra"];
    let all = [&tls[..], &user].concat();
    let refused = |options: &[&str], password: &str| {
        let all = [&["simulator", "serve", "--output", "json"][..], options].concat();
        home.run_with(all, &[("DSR_CASSANDRA_PASSWORD", password)], "")
    };
    let next = |ran: &Ran| ran.error()["next"].as_str().unwrap().to_owned();
    let ran = refused(&tls, "").ends_with(4);
    assert!(next(&ran).contains("--keyspace-username"), "{ran:?}");
    refused(&all, "wrong").ends_with(4);
    // What an open file says goes before the variable.
    let open = [
        &["simulator", "serve"][..],
        &all,
        &["--keyspace-password-fd", "0"],
    ]
    .concat();
    home.run_with(open, &[("DSR_CASSANDRA_PASSWORD", "cassandra")], "wrong")
        .ends_with(4);
    let ran = refused(&[&tls[..2], &user].concat(), "cassandra").ends_with(5);
    assert!(next(&ran).contains("--keyspace-ca"), "{ran:?}");
    let other = [&all[..], &["--keyspace-tls-name", "other.example.org"]].concat();
    refused(&other, "cassandra").ends_with(5);
    home.run(["simulator", "serve", "--keyspace-username", "cassandra"])
        .ends_with(2);

    let served = home.serve_as("default", &all, &[("DSR_CASSANDRA_PASSWORD", "cassandra")]);
    let (host, port) = (servers.address(1), PORT.to_string());
    let mut search = vec![
        "--cass_keyspace",
        "lab",
        "--cass_hostname",
        &host,
        "--cass_port",
        &port,
    ];
    search.extend([
        "--cass_ca",
        &authority,
        "--cass_cert",
        &certificate,
        "--cass_key",
        &key,
    ]);
    search.extend([
        "--cass_username",
        "cassandra",
        "--search",
        "anna.muster@example.org",
    ]);
    let found = drop_in(&home, &[("DSR_CASSANDRA_PASSWORD", "cassandra")], &search).ends_with(0);
    assert!(found.stdout.contains("matches found: 3 exact"), "{found:?}");
    assert_eq!(served.terminate(), 0);
}
