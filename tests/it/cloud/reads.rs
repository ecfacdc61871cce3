//! Reads: repeated with care, and every bad answer told for what it is.

use std::time::{Duration, Instant};

use dsr_console::domain::failure::{Changed, Failure, FailureKind};
use dsr_console::domain::identifier::IdentifierKind;
use serde_json::json;

use super::server::{Reply, Server, nobody};
use super::{client, client_with, credentials};

fn one_request() -> Reply {
    Reply::json(
        200,
        json!({"entities": [{"id": "r1", "requestType": "GDPR_EXPORT", "status": "COMPLETED", "subject": {"userId": "u1"}}], "total": 1, "pageCount": 1}),
    )
}

async fn listing_failure(reply: Reply) -> (Failure, usize) {
    let server = Server::start(move |_| reply.clone()).await;
    let failure = client(&server.base).list_requests(1, 25).await.unwrap_err();
    (failure, server.count("GET"))
}

#[tokio::test]
async fn every_bad_answer_is_named_and_nothing_was_changed() {
    let cut = one_request().bytes();
    let cases: Vec<(&str, Reply, FailureKind, usize, &str)> = vec![
        ("HTML", Reply::html(200), FailureKind::BadAnswer, 1, "HTML page"),
        (
            "half a JSON",
            Reply::Whole(200, Vec::new(), b"{\"entities\":[{".to_vec()),
            FailureKind::BadAnswer,
            1,
            "too early",
        ),
        (
            "no JSON",
            Reply::Whole(200, Vec::new(), b"nope".to_vec()),
            FailureKind::BadAnswer,
            1,
            "not JSON",
        ),
        (
            "a list",
            Reply::json(200, json!([])),
            FailureKind::BadAnswer,
            1,
            "object",
        ),
        (
            "wrong type",
            Reply::json(200, json!({"entities": "all"})),
            FailureKind::BadAnswer,
            1,
            "entities",
        ),
        (
            "too large",
            Reply::Flood,
            FailureKind::BadAnswer,
            1,
            "larger than",
        ),
        (
            "announced too large",
            Reply::Bytes(b"HTTP/1.1 200 OK\r\ncontent-length: 314572800\r\n\r\n{".to_vec()),
            FailureKind::BadAnswer,
            1,
            "larger than",
        ),
        (
            "cut body",
            Reply::Bytes(cut[..cut.len() - 9].to_vec()),
            FailureKind::Unreachable,
            3,
            "cut",
        ),
        ("cut", Reply::Cut, FailureKind::Unreachable, 3, "cut"),
        ("no answer", Reply::Hang, FailureKind::Unreachable, 3, "in time"),
        (
            "400",
            Reply::error(400, "bad.request", "Invalid data"),
            FailureKind::Refused,
            1,
            "Invalid data",
        ),
        (
            "401",
            Reply::error(401, "bad.credentials", "x"),
            FailureKind::Authentication,
            1,
            "token",
        ),
        (
            "401 by address",
            Reply::error(401, "ip.not.authorized", "x"),
            FailureKind::Authentication,
            1,
            "IP address",
        ),
        (
            "403",
            Reply::error(
                403,
                "missing.permissions",
                "You are missing the following permission(s): gdpr:request:view",
            ),
            FailureKind::Permission,
            1,
            "gdpr:request:view",
        ),
        (
            "403 without a name",
            Reply::error(403, "not.authorized", "No."),
            FailureKind::Permission,
            1,
            "gdpr:request:view",
        ),
        (
            "403 by scope",
            Reply::error(403, "app.not.authorized.for.scope", "No."),
            FailureKind::Permission,
            1,
            "scope",
        ),
        (
            "404",
            Reply::error(404, "not.found", "x"),
            FailureKind::NotFound,
            1,
            "no such thing",
        ),
        (
            "404 of somebody else",
            Reply::html(404),
            FailureKind::BadAnswer,
            1,
            "not the API",
        ),
        (
            "409",
            Reply::error(409, "request.conflict", "x"),
            FailureKind::Conflict,
            1,
            "Conflict",
        ),
        (
            "500",
            Reply::error(500, "internal.server.error", "x"),
            FailureKind::Unreachable,
            3,
            "internal.server.error",
        ),
        (
            "502 with HTML",
            Reply::html(502),
            FailureKind::Unreachable,
            3,
            "HTML page",
        ),
        (
            "503",
            Reply::error(503, "service.unavailable", "x"),
            FailureKind::Unreachable,
            3,
            "service.unavailable",
        ),
        (
            "429 for an hour",
            Reply::error(429, "too.many.requests.retry.after", "x").with("retry-after", "3600"),
            FailureKind::Refused,
            1,
            "rate limit",
        ),
        (
            "redirect",
            Reply::Whole(302, Vec::new(), Vec::new()).with("location", "/elsewhere"),
            FailureKind::BadAnswer,
            1,
            "redirect",
        ),
        ("portal", Reply::html(403), FailureKind::BadAnswer, 1, "HTML page"),
    ];
    for (name, reply, kind, arrivals, words) in cases {
        let (failure, arrived) = listing_failure(reply).await;
        assert_eq!(failure.kind, kind, "{name}: {failure:?}");
        assert_eq!(arrived, arrivals, "{name}");
        assert!(failure.message.contains(words), "{name}: {}", failure.message);
        assert_eq!(failure.changed, Changed::Nothing, "{name}");
        assert_eq!(failure.system.as_deref(), Some("genesys_cloud"), "{name}");
        assert!(failure.next.is_some(), "{name}");
    }
}

#[tokio::test]
async fn nobody_listening_is_told_at_once() {
    let failure = client(&nobody().await).list_requests(1, 25).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Unreachable);
    assert!(
        failure.message.contains("refused the connection"),
        "{}",
        failure.message
    );
    assert_eq!(failure.exit_code(), 5);
}

#[tokio::test]
async fn a_passing_trouble_passes() {
    for trouble in [
        Reply::Cut,
        Reply::html(502),
        Reply::error(503, "service.unavailable", "x"),
        Reply::error(429, "too.many.requests.retry.after", "x").with("retry-after", "0"),
    ] {
        let first = trouble.clone();
        let server = Server::start(move |arrival| {
            if arrival.nth == 0 {
                first.clone()
            } else {
                one_request()
            }
        })
        .await;
        let page = client(&server.base).list_requests(1, 25).await.unwrap();
        assert_eq!(page.requests.len(), 1, "{trouble:?}");
        assert_eq!(server.count("GET"), 2, "{trouble:?}");
    }
}

#[tokio::test]
async fn retry_after_is_waited_for_in_both_forms() {
    for value in ["1", "Tue, 03 Nov 2026 10:00:01 GMT"] {
        let server = Server::start(move |arrival| match arrival.nth {
            0 => Reply::error(429, "too.many.requests.retry.after", "x")
                .with("date", "Tue, 03 Nov 2026 10:00:00 GMT")
                .with("retry-after", value),
            _ => one_request(),
        })
        .await;
        let began = Instant::now();
        client(&server.base).list_requests(1, 25).await.unwrap();
        assert!(began.elapsed() >= Duration::from_millis(990), "{value}");
        assert_eq!(server.count("GET"), 2);
    }
}

#[tokio::test]
async fn one_bad_entry_makes_the_list_incomplete_and_leaves_the_rest() {
    let server = Server::start(|_| {
        Reply::json(
            200,
            json!({"entities": [
                {"id": "r1", "requestType": "GDPR_EXPORT", "status": "FROZEN"},
                {"id": 17, "status": "COMPLETED"},
                {"id": "r3", "requestType": "GDPR_FORGET", "status": "COMPLETED", "resultsUrls": ["a", "b"], "resultsUrl": "a"},
            ], "total": 60, "pageCount": 3}),
        )
        .with("date", "Tue, 03 Nov 2026 10:00:00 GMT")
    })
    .await;
    let page = client(&server.base).list_requests(2, 25).await.unwrap();
    let ids: Vec<&str> = page.requests.iter().map(|request| request.id.as_str()).collect();
    assert_eq!(ids, ["r1", "r3"]);
    assert_eq!(page.requests[0].status, "FROZEN");
    assert_eq!(
        (page.requests[1].kind, page.requests[1].api_type.as_str()),
        (None, "GDPR_FORGET")
    );
    assert_eq!(page.requests[1].results, ["a", "b"]);
    assert_eq!(page.unreadable.len(), 1);
    assert!(
        page.unreadable[0].contains("entities[1].id"),
        "{:?}",
        page.unreadable
    );
    assert!(page.more);
    assert_eq!(page.total, Some(60));
    assert_eq!(page.server_time.unwrap().to_string(), "2026-11-03T10:00:00Z");
    assert_eq!(
        server.arrivals()[0].target,
        "/api/v2/gdpr/requests?pageSize=25&pageNumber=2"
    );
}

#[tokio::test]
async fn the_last_page_is_known_in_every_form_of_listing() {
    let entry = json!({"id": "r1"});
    for (document, more) in [
        (json!({"entities": [entry], "pageCount": 1}), false),
        (json!({"entities": [entry], "pageCount": 2}), true),
        (json!({"entities": [entry], "nextUri": "/x"}), true),
        (json!({"entities": [entry], "total": 1}), false),
        (json!({"entities": [entry], "total": 2}), true),
        (json!({"entities": [entry]}), true),
        (json!({"entities": []}), false),
        (json!({}), false),
    ] {
        let reply = Reply::json(200, document.clone());
        let server = Server::start(move |_| reply.clone()).await;
        let page = client(&server.base).list_requests(1, 1).await.unwrap();
        assert_eq!(page.more, more, "{document}");
    }
}

#[tokio::test]
async fn searches_are_encoded_and_what_was_asked_stays_out_of_failures() {
    let server = Server::start(|arrival| match arrival.query("searchType").as_deref() {
        Some("EMAIL") => Reply::json(200, json!({"entities": [{"name": "Anna Muster", "emailAddresses": ["anna.muster@example.org"]}, {"name": 5}], "total": 9})),
        _ => Reply::error(400, "invalid.value", &format!("Value [{}] is not valid", arrival.query("searchValue").unwrap())),
    })
    .await;
    let cloud = client(&server.base);
    let found = cloud
        .search_subjects(IdentifierKind::Email, "anna.muster+1@example.org")
        .await
        .unwrap();
    assert_eq!(found[0].name.as_deref(), Some("Anna Muster"));
    // One entry that cannot be read, and others that the API did not list.
    assert_eq!((found.len(), found.unreadable.len()), (1, 2));
    assert_eq!(
        server.arrivals()[0].target,
        "/api/v2/gdpr/subjects?searchType=EMAIL&searchValue=anna.muster%2B1%40example.org"
    );
    let failure = cloud
        .search_subjects(IdentifierKind::Phone, "+49 30 23125014")
        .await
        .unwrap_err();
    assert!(
        server.arrivals()[1]
            .target
            .ends_with("searchType=PHONE&searchValue=%2B49%2030%2023125014")
    );
    assert!(!format!("{failure:?}").contains("23125014"), "{failure:?}");
    assert_eq!(failure.code.as_deref(), Some("invalid.value"));
    let failure = cloud
        .search_subjects(IdentifierKind::UserId, "u1")
        .await
        .unwrap_err();
    assert_eq!(failure.kind, FailureKind::Usage);
    assert_eq!(server.count("GET"), 2);
}

#[tokio::test]
async fn ids_are_encoded_into_the_path() {
    let server = Server::start(|_| Reply::error(404, "not.found", "x")).await;
    let failure = client(&server.base)
        .get_request("../oauth/clients?x=1")
        .await
        .unwrap_err();
    assert_eq!(failure.kind, FailureKind::NotFound);
    assert_eq!(
        server.arrivals()[0].target,
        "/api/v2/gdpr/requests/..%2Foauth%2Fclients%3Fx%3D1"
    );
}

#[tokio::test]
async fn a_401_on_a_read_renews_the_token_once_and_repeats_the_read() {
    let server = Server::start(|arrival| match arrival.path() {
        "/oauth/token" => {
            let token = format!("token-{}", arrival.nth);
            Reply::json(
                200,
                json!({"access_token": token, "token_type": "bearer", "expires_in": 86399}),
            )
        }
        _ if arrival.header("authorization") == Some("Bearer token-1") => one_request(),
        _ => Reply::error(401, "bad.credentials", "x"),
    })
    .await;
    let cloud = client_with(&server.base, credentials());
    assert_eq!(cloud.list_requests(1, 25).await.unwrap().requests.len(), 1);
    let paths: Vec<String> = server.arrivals().iter().map(|a| a.path().to_owned()).collect();
    let list = "/api/v2/gdpr/requests";
    assert_eq!(paths, ["/oauth/token", list, "/oauth/token", list]);
}

#[tokio::test]
async fn a_401_that_stays_ends_after_one_renewal() {
    let server = Server::start(|arrival| match arrival.path() {
        "/oauth/token" => Reply::json(
            200,
            json!({"access_token": "t", "token_type": "bearer", "expires_in": 86399}),
        ),
        _ => Reply::error(401, "bad.credentials", "x"),
    })
    .await;
    let failure = client_with(&server.base, credentials())
        .list_requests(1, 25)
        .await
        .unwrap_err();
    assert_eq!(failure.kind, FailureKind::Authentication);
    assert_eq!(server.arrivals().len(), 4);
    // A pasted token cannot be renewed: nothing is repeated.
    let server = Server::start(|_| Reply::error(401, "bad.credentials", "x")).await;
    let failure = client(&server.base).list_requests(1, 25).await.unwrap_err();
    assert_eq!(
        (failure.kind, failure.exit_code()),
        (FailureKind::Authentication, 4)
    );
    assert_eq!(server.arrivals().len(), 1);
}

#[tokio::test]
async fn control_characters_of_servers_do_not_reach_a_message() {
    let (failure, _) = listing_failure(
        Reply::error(400, "bad\u{1b}[31m.request", "Inva\u{1b}[2Jlid \u{202e}data")
            .with("inin-correlation-id", "c-1"),
    )
    .await;
    let shown = format!("{} {:?}", failure.message, failure.code);
    assert!(
        !shown.contains('\u{1b}') && !shown.contains('\u{202e}'),
        "{shown:?}"
    );
    assert_eq!(failure.correlation_id.as_deref(), Some("c-1"));
}
