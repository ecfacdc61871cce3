//! Three nodes of release 1.2: one that is dead does not stand in the way, two are not taken for the
//! whole, and all are reached through tunnels where their own addresses lead nowhere.

use std::net::{SocketAddr, ToSocketAddrs as _};

use super::{drop_in, last};
use crate::cassandra_thrift::estate::{self, KEYSPACE, PERSON};
use crate::support::old_cassandra::OldServer;
use crate::support::tunnel::Tunnel;
use crate::support::{Home, Ran};

fn search(host: &str, port: u16, more: &[&str]) -> Ran {
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
    drop_in(&Home::new(), &[], &all)
}

fn count(ran: &Ran) -> usize {
    ran.json()["items"].as_array().unwrap().len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn old_nodes_stand_in_for_each_other() {
    let patience =
        "read_request_timeout_in_ms: 400\nrange_request_timeout_in_ms: 400\nphi_convict_threshold: 5";
    let Some(server) = OldServer::start_three(&["--extra", patience]) else {
        return;
    };
    estate::write(&mut server.writer().with_copies(3), "SimpleStrategy");
    let [first, second, third] = [1, 2, 3].map(|node| server.address(node));
    let whole = search(&first, server.thrift, &[]).ends_with(0);
    let expected = count(&whole);
    assert!(expected >= 11, "{whole:?}");

    through_tunnels(&server, expected).await;

    let one_table = ["--include", "settings_static"];
    let expected = count(&search(&first, server.thrift, &one_table).ends_with(0));
    assert_eq!(expected, 1);

    // The first one named is dead: the next is asked, and no answer is a false one.
    server.kill_node(1);
    let hosts = format!("{first},{second}");
    let complete = (0..20).any(|_| {
        let ran = search(&hosts, server.thrift, &one_table);
        assert!(
            ran.code == 6 || ran.code == 0 && count(&ran) == expected,
            "{ran:?}"
        );
        ran.code == 0
    });
    assert!(complete, "two of three nodes are a quorum");

    // One of three is none.
    server.kill_node(2);
    let hosts = format!("{first},{second},{third}");
    let ran = search(&hosts, server.thrift, &one_table).ends_with(6);
    assert_eq!(ran.json()["complete"], false);
    assert!(
        ran.json()["summary"].as_str().unwrap().starts_with("INCOMPLETE"),
        "{ran:?}"
    );
    assert!(!last(&ran).contains("clean"));
}

/// Each node under its announced address is another port here.
async fn through_tunnels(server: &OldServer, expected: usize) {
    let mut tunnels = Vec::new();
    for node in 1..=3 {
        let target: SocketAddr = (server.address(node).as_str(), server.thrift)
            .to_socket_addrs()
            .unwrap()
            .next()
            .unwrap();
        tunnels.push(Tunnel::to(target).await);
    }
    let pairs: Vec<String> = tunnels
        .iter()
        .zip(1..)
        .map(|(tunnel, node)| format!("{}=127.0.0.1:{}", server.address(node), tunnel.port))
        .collect();
    let mut options = Vec::new();
    for pair in &pairs {
        options.extend(["--translate", pair.as_str()]);
    }
    let ran = search("127.0.0.1", tunnels[0].port, &options).ends_with(0);
    assert_eq!(count(&ran), expected);
    for tunnel in &tunnels {
        assert!(tunnel.used() > 0, "a node was not reached through its tunnel");
    }
}
