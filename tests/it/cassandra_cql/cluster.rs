//! Three nodes with three copies of everything: one may be missing, two may not, and a silent one is
//! as good as a missing one.

use super::*;
use crate::support::tunnel::Tunnel;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn half_a_cluster_is_never_taken_for_a_clean_one() {
    let patience = "range_request_timeout: 2000ms\nread_request_timeout: 2000ms";
    let Some(servers) = Servers::start(&["--nodes", "3", "--heap", "320m", "--extra", patience]) else {
        return;
    };
    let writer = Writer::connect(&servers.address(1)).await;
    writer.keyspace(3).await;
    writer.settings().await;
    let expected = EXPECTED.iter().filter(|place| place.0 == "user_settings").count();

    let (report, _) = search(access(&servers, 1), &[], &[JANE]).await;
    assert!(report.complete(), "{:?}", report.not_read);
    assert_eq!(places(&report).len(), expected);

    through_tunnels(&servers, expected).await;

    // One stopped: a quorum is there.
    servers.order("kill", 3);
    let (report, _) = search(access(&servers, 1), &[], &[JANE]).await;
    assert!(
        !report.complete() || places(&report).len() == expected,
        "a false clean"
    );
    let first = report.complete();
    if !first {
        // The others had not noticed yet; by now they have.
        let (report, _) = search(access(&servers, 1), &[], &[JANE]).await;
        assert!(
            !report.complete() || places(&report).len() == expected,
            "a false clean"
        );
    }

    // And one silent: one copy of three is left, and nobody may call that the whole.
    servers.order("pause", 2);
    let (report, _) = search(access(&servers, 1), &[], &["nobody@example.org"]).await;
    assert!(!report.complete());
    assert!(!report.not_read.is_empty());

    // Back again, everything is read.
    servers.order("resume", 2);
    servers.order("again", 3);
    let mut report = ScanReport::default();
    for _ in 0..20 {
        report = search(access(&servers, 1), &[], &[JANE]).await.0;
        if report.complete() {
            break;
        }
    }
    assert!(report.complete(), "{:?}", report.not_read);
    assert_eq!(places(&report).len(), expected);
}

/// Each node under its announced address is another port here; their own addresses are not used.
async fn through_tunnels(servers: &Servers, expected: usize) {
    let mut tunnels = Vec::new();
    for node in 1..=3 {
        let address = servers.address(node).parse::<std::net::IpAddr>().unwrap();
        tunnels.push(Tunnel::to(std::net::SocketAddr::new(address, PORT)).await);
    }
    let translate = (1..)
        .zip(&tunnels)
        .map(|(node, tunnel)| (servers.address(node), ("127.0.0.1".to_owned(), tunnel.port)))
        .collect();
    let access = Access {
        translate,
        ..Access::plain("127.0.0.1", tunnels[0].port)
    };
    let (report, _) = search(access, &[], &[JANE]).await;
    assert!(report.complete(), "{:?}", report.not_read);
    assert_eq!(places(&report).len(), expected);
    for tunnel in &tunnels {
        assert!(tunnel.used() > 0, "a node was not reached through its tunnel");
    }
}
