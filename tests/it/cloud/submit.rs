//! A submission arrives at most once, whatever happens to the connection, and what is said of it
//! afterwards is true.

use dsr_console::domain::operation::Outcome;
use serde_json::json;

use super::server::{Door, Reply, Server, nobody};
use super::{client, client_with, credentials, delete, export, submit};

const ACCEPTED: &str = r#"{"id":"request-1","status":"INITIATED","requestType":"GDPR_EXPORT","subject":{"phoneNumbers":["+49 30 23125014"]},"createdDate":"2026-11-03T10:00:00Z"}"#;

/// What a test expects of an outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Accepted,
    Refused,
    NotSent,
    Unknown,
}

fn kind(outcome: &Outcome) -> Kind {
    match outcome {
        Outcome::Accepted(_) => Kind::Accepted,
        Outcome::Refused(_) => Kind::Refused,
        Outcome::NotSent(_) => Kind::NotSent,
        Outcome::Unknown(_) => Kind::Unknown,
    }
}

fn accepted(status: u16) -> Reply {
    Reply::Whole(status, Vec::new(), ACCEPTED.as_bytes().to_vec()).with("content-type", "application/json")
}

fn own(status: u16, code: &str) -> Reply {
    Reply::error(status, code, "No").with("inin-correlation-id", "correlation-1")
}

#[tokio::test]
async fn each_answer_means_one_outcome_and_arrives_once() {
    let whole = accepted(202).bytes();
    let half_head = whole[..12].to_vec();
    let half_body = whole[..whole.len() - 20].to_vec();
    let cases: Vec<(&str, Reply, Kind)> = vec![
        ("200", accepted(200), Kind::Accepted),
        ("202", accepted(202), Kind::Accepted),
        (
            "202 and closed",
            Reply::ThenClose(Box::new(accepted(202))),
            Kind::Accepted,
        ),
        (
            "odd fields beside an id",
            Reply::json(200, json!({"id": "request-1", "status": 7})),
            Kind::Accepted,
        ),
        (
            "2xx without an id",
            Reply::json(200, json!({"status": "INITIATED"})),
            Kind::Unknown,
        ),
        (
            "2xx with an empty id",
            Reply::json(200, json!({"id": ""})),
            Kind::Unknown,
        ),
        (
            "2xx with nothing",
            Reply::Whole(202, Vec::new(), Vec::new()),
            Kind::Unknown,
        ),
        ("2xx with HTML", Reply::html(200), Kind::Unknown),
        (
            "2xx with half a JSON",
            Reply::Whole(200, Vec::new(), b"{\"id\":\"r".to_vec()),
            Kind::Unknown,
        ),
        ("400", own(400, "bad.request"), Kind::Refused),
        ("401", own(401, "bad.credentials"), Kind::Refused),
        ("403", own(403, "missing.permissions"), Kind::Refused),
        ("404", own(404, "not.found"), Kind::Refused),
        ("409", own(409, "request.conflict"), Kind::Refused),
        ("413", own(413, "request.entity.too.large"), Kind::Refused),
        ("415", own(415, "unsupported.media.type"), Kind::Refused),
        (
            "429",
            own(429, "too.many.requests.retry.after").with("retry-after", "42"),
            Kind::Refused,
        ),
        ("429 of somebody else", Reply::html(429), Kind::Refused),
        ("400 of somebody else", Reply::html(400), Kind::Unknown),
        (
            "403 of somebody else",
            Reply::json(403, json!({"message": "Forbidden"})),
            Kind::Unknown,
        ),
        (
            "404 with nothing",
            Reply::Whole(404, Vec::new(), Vec::new()),
            Kind::Unknown,
        ),
        ("407", Reply::html(407), Kind::Unknown),
        ("408", own(408, "client.timeout"), Kind::Unknown),
        ("500", own(500, "internal.server.error"), Kind::Unknown),
        ("502 with HTML", Reply::html(502), Kind::Unknown),
        (
            "503",
            own(503, "service.unavailable").with("retry-after", "1"),
            Kind::Unknown,
        ),
        ("504", own(504, "request.timeout"), Kind::Unknown),
        ("301", moved(301), Kind::Unknown),
        ("302", moved(302), Kind::Unknown),
        ("307", moved(307), Kind::Unknown),
        ("308", moved(308), Kind::Unknown),
        ("cut after the request", Reply::Cut, Kind::Unknown),
        (
            "cut in the head of the answer",
            Reply::Bytes(half_head),
            Kind::Unknown,
        ),
        (
            "cut in the body of the answer",
            Reply::Bytes(half_body),
            Kind::Unknown,
        ),
        (
            "no HTTP",
            Reply::Bytes(b"SSH-2.0-OpenSSH_9.6\r\n".to_vec()),
            Kind::Unknown,
        ),
        ("an endless answer", Reply::Flood, Kind::Unknown),
        ("no answer", Reply::Hang, Kind::Unknown),
    ];
    for (name, reply, expected) in cases {
        let answer = reply.clone();
        let server = Server::start(move |_| answer.clone()).await;
        let sent = submit(&client(&server.base), export()).await;
        assert_eq!(kind(&sent.outcome), expected, "{name}: {sent:?}");
        assert_eq!(server.count("POST"), 1, "{name}");
        assert_eq!(server.connections(), 1, "{name}");
        let shown = format!("{sent:?}");
        assert!(!shown.contains("made-up-token"), "{name}");
    }
}

/// A redirect back to the same server, so that following it would be counted.
fn moved(status: u16) -> Reply {
    Reply::Whole(status, Vec::new(), Vec::new()).with("location", "/api/v2/gdpr/requests")
}

#[tokio::test]
async fn nobody_listening_is_not_sent() {
    let sent = submit(&client(&nobody().await), export()).await;
    assert_eq!(kind(&sent.outcome), Kind::NotSent, "{sent:?}");
    assert_eq!(sent.http_status, None);
}

#[tokio::test]
async fn a_name_that_does_not_exist_is_not_sent() {
    let sent = submit(&client("http://nobody.invalid:9"), export()).await;
    assert_eq!(kind(&sent.outcome), Kind::NotSent, "{sent:?}");
}

#[tokio::test]
async fn a_connection_closed_before_the_request_was_read_is_unknown_and_not_tried_again() {
    let server = Server::start_with(Door::Shut, |_| Reply::Cut).await;
    let sent = submit(&client(&server.base), export()).await;
    assert_eq!(kind(&sent.outcome), Kind::Unknown, "{sent:?}");
    assert_eq!((server.count("POST"), server.connections()), (0, 1));
}

#[tokio::test]
async fn a_tls_handshake_that_never_comes_is_not_sent() {
    let server = Server::start_with(Door::Silent, |_| Reply::Cut).await;
    let base = server.base.replace("http:", "https:");
    let sent = submit(&client(&base), export()).await;
    let Outcome::NotSent(why) = &sent.outcome else {
        panic!("{sent:?}");
    };
    assert!(why.contains("no connection"), "{why}");
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn no_connection_is_kept_for_a_second_mutation() {
    // The server closes after each answer, without saying so: a pooled connection would be stale.
    let server = Server::start(|_| Reply::ThenClose(Box::new(accepted(202)))).await;
    let cloud = client(&server.base);
    for _ in 0..5 {
        let sent = submit(&cloud, export()).await;
        assert_eq!(kind(&sent.outcome), Kind::Accepted, "{sent:?}");
    }
    assert_eq!((server.count("POST"), server.connections()), (5, 5));
    // And one that keeps connections open is not reused either.
    let server = Server::start(|_| accepted(202)).await;
    let cloud = client(&server.base);
    for _ in 0..3 {
        submit(&cloud, export()).await;
    }
    assert_eq!((server.count("POST"), server.connections()), (3, 3));
}

#[tokio::test]
async fn a_401_on_a_submission_is_an_outcome_and_the_token_is_not_renewed_for_it() {
    let server = Server::start(|arrival| match arrival.path() {
        "/oauth/token" => Reply::json(
            200,
            json!({"access_token": "made-up", "token_type": "bearer", "expires_in": 86399}),
        ),
        _ => own(401, "bad.credentials"),
    })
    .await;
    let sent = submit(&client_with(&server.base, credentials()), export()).await;
    let Outcome::Refused(refusal) = &sent.outcome else {
        panic!("{sent:?}");
    };
    assert_eq!(
        (refusal.status, refusal.code.as_deref()),
        (401, Some("bad.credentials"))
    );
    let paths: Vec<String> = server.arrivals().iter().map(|a| a.path().to_owned()).collect();
    assert_eq!(paths, ["/oauth/token", "/api/v2/gdpr/requests"]);
}

#[tokio::test]
async fn without_a_sign_in_nothing_is_sent() {
    let server = Server::start(|_| Reply::json(401, json!({"error": "invalid_client", "description": "authentication failed", "error_description": "authentication failed"}))).await;
    let sent = submit(&client_with(&server.base, credentials()), export()).await;
    assert_eq!(kind(&sent.outcome), Kind::NotSent, "{sent:?}");
    assert!(
        server
            .arrivals()
            .iter()
            .all(|arrival| arrival.path() == "/oauth/token")
    );
}

#[tokio::test]
async fn the_preview_is_the_call() {
    let server = Server::start(|_| accepted(202)).await;
    let cloud = client(&server.base);
    for request in [export(), delete()] {
        let (method, target, body) = cloud.preview(&request);
        submit(&cloud, request).await;
        let arrival = server.arrivals().pop().unwrap();
        assert_eq!((arrival.method.clone(), arrival.target.clone()), (method, target));
        let previewed: serde_json::Value = serde_json::from_str(&body).unwrap();
        assert_eq!(arrival.json(), previewed);
        assert_eq!(arrival.header("content-type"), Some("application/json"));
        assert_eq!(arrival.header("authorization"), Some("Bearer made-up-token"));
    }
    let targets: Vec<String> = server
        .arrivals()
        .into_iter()
        .map(|arrival| arrival.target)
        .collect();
    assert_eq!(
        targets,
        [
            "/api/v2/gdpr/requests",
            "/api/v2/gdpr/requests?deleteConfirmed=true"
        ]
    );
}

#[tokio::test]
async fn what_support_asks_for_comes_with_the_outcome() {
    let server = Server::start(|_| {
        own(429, "too.many.requests.retry.after")
            .with("retry-after", "42")
            .with("date", "Tue, 03 Nov 2026 10:00:00 GMT")
    })
    .await;
    let sent = submit(&client(&server.base), export()).await;
    let Outcome::Refused(refusal) = &sent.outcome else {
        panic!("{sent:?}");
    };
    assert_eq!((refusal.status, refusal.retry_after), (429, Some(42)));
    assert_eq!(sent.http_status, Some(429));
    assert_eq!(sent.correlation_id.as_deref(), Some("correlation-1"));
    assert_eq!(sent.server_time.unwrap().to_string(), "2026-11-03T10:00:00Z");
}

#[tokio::test]
async fn a_time_out_ends_within_its_time_and_the_request_is_not_repeated() {
    let server = Server::start(|_| Reply::Hang).await;
    let cloud = client(&server.base);
    let sent = submit(&cloud, export()).await;
    let Outcome::Unknown(why) = &sent.outcome else {
        panic!("{sent:?}");
    };
    assert!(why.contains("in time"), "{why}");
    assert_eq!(server.count("POST"), 1);
}
