//! Thrift with TLS and a sign-in: each way of getting it wrong says what to do.

use std::net::SocketAddr;

use super::drop_in;
use crate::cassandra_thrift::estate::{self, KEYSPACE, PERSON};
use crate::support::Home;
use crate::support::cassandra::Certificates;
use crate::support::old_cassandra::{OldServer, Writer};
use crate::support::tunnel::Tunnel;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_old_server_with_certificate_and_users() {
    let Some(server) = OldServer::start(&["--tls", "yes", "--users", "reader=right"]) else {
        return;
    };
    let authority = server.directory().join("server.crt");
    let authority = authority.to_str().unwrap();
    let plain = Tunnel::into_tls(SocketAddr::from(([127, 0, 0, 1], server.thrift)), authority).await;
    let mut writer = Writer::connect_to("127.0.0.1", plain.port);
    writer.login("reader", "right");
    estate::write(&mut writer, "SimpleStrategy");
    let home = Home::new();
    let search = |host: &str, port: u16, password: &str, more: &[&str]| {
        let port = port.to_string();
        let person = std::str::from_utf8(PERSON).unwrap();
        let mut all = vec![
            "--cass_keyspace",
            KEYSPACE,
            "--cass_hostname",
            host,
            "--cass_port",
            &port,
        ];
        all.extend(["--search", person, "--output", "json"]);
        all.extend(more);
        drop_in(&home, &[("DSR_CASSANDRA_PASSWORD", password)], &all)
    };
    let user = ["--cass_ca", authority, "--cass_username", "reader"];

    let found = search("127.0.0.1", server.thrift, "right", &user).ends_with(0);
    assert!(found.json()["items"].as_array().unwrap().len() >= 11);
    // The certificate names the address alone, and that is enough.
    search("localhost", server.thrift, "right", &user).ends_with(0);

    let ran = search("127.0.0.1", server.thrift, "wrong", &user).ends_with(4);
    assert!(
        ran.error()["next"].as_str().unwrap().contains("Cassandra user"),
        "{ran:?}"
    );
    let ran = search("127.0.0.1", server.thrift, "", &user[..2]).ends_with(4);
    assert!(
        ran.error()["next"].as_str().unwrap().contains("Cassandra user"),
        "{ran:?}"
    );
    let ran = search("127.0.0.1", server.thrift, "right", &user[2..]).ends_with(5);
    assert!(ran.error()["next"].as_str().unwrap().contains("TLS"), "{ran:?}");
    let others = Certificates::new(&["localhost".to_owned()]);
    let other = others.file("ca.pem");
    let stranger = ["--cass_ca", other.to_str().unwrap(), "--cass_username", "reader"];
    let ran = search("127.0.0.1", server.thrift, "right", &stranger).ends_with(5);
    assert!(
        ran.error()["message"]
            .as_str()
            .unwrap()
            .contains("another authority"),
        "{ran:?}"
    );

    // The simulator puts its settings there by the same way in.
    let address = format!("thrift://localhost:{}/lab", server.thrift);
    let entry = ["--keyspace", &address, "--keyspace-ca", authority];
    let all = [&entry[..], &["--keyspace-username", "reader"]].concat();
    let refused = |options: &[&str], password: &str| {
        let all = [&["simulator", "serve"][..], options].concat();
        home.run_with(all, &[("DSR_CASSANDRA_PASSWORD", password)], "")
    };
    refused(&all, "wrong").ends_with(4);
    refused(&entry, "").ends_with(4);
    refused(&[&all[..2], &all[4..]].concat(), "right").ends_with(5);
    let served = home.serve_as("default", &all, &[("DSR_CASSANDRA_PASSWORD", "right")]);
    let port = server.thrift.to_string();
    let mut lab = vec!["--cass_keyspace", "lab", "--cass_hostname", "127.0.0.1"];
    lab.extend(["--cass_port", &port, "--search", "anna.muster@example.org"]);
    lab.extend(user);
    let found = drop_in(&home, &[("DSR_CASSANDRA_PASSWORD", "right")], &lab).ends_with(0);
    assert!(found.stdout.contains("matches found: 3 exact"), "{found:?}");
    assert_eq!(served.terminate(), 0);

    // A certificate that names the host and not its address.
    let named = Tunnel::with_tls(SocketAddr::from(([127, 0, 0, 1], plain.port)), &others).await;
    search("localhost", named.port, "right", &stranger).ends_with(0);
    let ran = search("127.0.0.1", named.port, "right", &stranger).ends_with(5);
    assert!(
        ran.error()["message"].as_str().unwrap().contains("does not name"),
        "{ran:?}"
    );
    // It does where the name is given, and no other does then.
    let with = |name| [&stranger[..], &["--cass_tls_name", name]].concat();
    search("127.0.0.1", named.port, "right", &with("localhost")).ends_with(0);
    search("localhost", named.port, "right", &with("other.example.org")).ends_with(5);
}
