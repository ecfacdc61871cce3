//! Tried with something wrong: each says what to do next, and nothing was deleted.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use super::{Cluster, drop_in};
use crate::gws_bench::Wire;
use crate::support::Home;

/// One wrong call: keyspace, host, port, more; exit code, and words of what to do.
struct Case<'a> {
    what: &'a str,
    keyspace: &'a str,
    host: &'a str,
    port: u16,
    more: &'a [&'a str],
    code: i32,
    words: &'a [&'a str],
}

pub async fn each_says_what_to_do(cluster: &Cluster) {
    let wire = Wire::new().await;
    let http = web_server();
    let closed = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().port()
    };
    let host = cluster.host();
    let right = Case {
        what: "",
        keyspace: "sipfs",
        host: &host,
        port: cluster.port(),
        more: &[],
        code: 0,
        words: &[],
    };
    let mut cases = vec![
        Case {
            what: "a keyspace that is not there",
            keyspace: "sipf",
            code: 1,
            words: &["no keyspace sipf", "sipfs"],
            ..right
        },
        Case {
            what: "a port at which nothing listens",
            host: "127.0.0.1",
            port: closed,
            code: 5,
            words: &["9042", "9160"],
            ..right
        },
        Case {
            what: "a web server",
            host: "127.0.0.1",
            port: http,
            code: 5,
            words: &["web server", "9042", "9160"],
            ..right
        },
        Case {
            what: "a name that nobody knows",
            host: "cassandra.invalid",
            code: 5,
            words: &["name was not found"],
            ..right
        },
        Case {
            what: "TLS where none is spoken",
            more: &["--cass_tls"],
            code: 3,
            words: &["--cass_ca"],
            ..right
        },
        Case {
            what: "a level that is not known",
            more: &["--consistency", "MOST"],
            code: 2,
            words: &["LOCAL_QUORUM"],
            ..right
        },
        Case {
            what: "an address of GWS that does not answer",
            more: &["--gws", "http://127.0.0.1:9"],
            code: 5,
            words: &["refused the connection", "service is running"],
            ..right
        },
        Case {
            what: "a wrong password of GWS",
            more: &["--gws_user_password", "wrong"],
            code: 4,
            words: &["password"],
            ..right
        },
        Case {
            what: "a user of GWS who is no administrator",
            more: &[
                "--gws_username",
                "agent1001@example.org",
                "--gws_user_password",
                "simulated-password-of-an-agent",
            ],
            code: 4,
            words: &["ROLE_ADMIN"],
            ..right
        },
    ];
    match cluster {
        Cluster::Old(server) => cases.push(Case {
            what: "the CQL port of an old cluster",
            port: server.cql,
            code: 5,
            words: &["Thrift port", "9160"],
            ..right
        }),
        Cluster::New(..) => cases.push(Case {
            what: "a data centre that is not there",
            more: &["--datacenter", "dc7"],
            code: 3,
            words: &["dc7", "dc1"],
            ..right
        }),
    }
    let home = Home::new();
    for case in cases {
        let port = case.port.to_string();
        let mut all = vec![
            "--cass_keyspace",
            case.keyspace,
            "--cass_hostname",
            case.host,
            "--cass_port",
            &port,
            "--search",
            "cleo.pattern@example.org",
            "--cleanup",
            "true",
        ];
        let default = ["--gws", wire.url.as_str()];
        let user = ["--gws_username", "admin@pizza.com"];
        let password = ["--gws_user_password", "password"];
        for pair in [default, user, password] {
            if !case.more.contains(&pair[0]) {
                all.extend(pair);
            }
        }
        all.extend(case.more);
        let ran = drop_in(&home, &[], &all);
        assert_eq!(ran.code, case.code, "{}: {ran:#?}", case.what);
        for word in case.words {
            assert!(ran.stderr.contains(word), "{}: no {word}: {ran:#?}", case.what);
        }
        assert!(
            ran.stderr.contains("Nothing was changed"),
            "{}: {ran:#?}",
            case.what
        );
    }
    let arrivals = wire.arrivals.lock().unwrap();
    assert!(
        arrivals.iter().all(|arrival| arrival.method == "GET"),
        "{arrivals:?}"
    );
}

/// Answers everything as a web server would; lives as long as the process.
fn web_server() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 512]);
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
        }
    });
    port
}
