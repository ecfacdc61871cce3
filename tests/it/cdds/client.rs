//! The client against far ends that behave badly, on real sockets: what arrives is counted.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use dsr_console::domain::export::{Artifact, NewJob};
use dsr_console::domain::failure::{Changed, Failure, FailureKind};
use dsr_console::domain::progress::Listener;
use dsr_console::systems::cdds::Cdds;
use dsr_console::workflow::gate;
use serde_json::json;
use sha2::{Digest, Sha256};
use tokio_util::sync::CancellationToken;

use super::{client, parts, password};
use crate::cloud::server::{Reply, Server};
use crate::cloud::{HostClock, network, world};

fn job() -> NewJob {
    NewJob {
        title: "Interactions".to_owned(),
        description: None,
        source: "ContactHistory".to_owned(),
        kind: "Interaction".to_owned(),
        schedule: None,
        time_frame: None,
        split_bytes: None,
    }
}

async fn create(cdds: &Cdds) -> Result<String, Failure> {
    let (world, _dir) = world(crate::cloud::client("http://127.0.0.1:9"));
    let cdds = cdds.clone();
    gate::change(&world, "create_export_job", json!({}), move |permit| async move {
        cdds.create_job(permit, &job()).await
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mutation_arrives_once_whatever_becomes_of_its_answer() {
    let error = json!({"status": {"code": 500, "message": "broken"}});
    let refusal = json!({"status": {"code": 400, "message": "title is mandatory"}});
    for (reply, kind, changed) in [
        (Reply::json(201, json!({"id": "j1"})), None, Changed::Something),
        (
            Reply::json(400, refusal),
            Some(FailureKind::Refused),
            Changed::Nothing,
        ),
        (
            Reply::json(403, json!({})),
            Some(FailureKind::Permission),
            Changed::Nothing,
        ),
        (
            Reply::json(401, json!({})),
            Some(FailureKind::Authentication),
            Changed::Nothing,
        ),
        (
            Reply::json(500, error),
            Some(FailureKind::UnknownOutcome),
            Changed::Unknown,
        ),
        (
            Reply::json(201, json!({"ok": true})),
            Some(FailureKind::UnknownOutcome),
            Changed::Unknown,
        ),
        (
            Reply::html(502),
            Some(FailureKind::UnknownOutcome),
            Changed::Unknown,
        ),
        (
            Reply::html(400),
            Some(FailureKind::UnknownOutcome),
            Changed::Unknown,
        ),
        (
            Reply::Whole(
                307,
                vec![("location".to_owned(), "/elsewhere".to_owned())],
                Vec::new(),
            ),
            Some(FailureKind::UnknownOutcome),
            Changed::Unknown,
        ),
        (Reply::Cut, Some(FailureKind::UnknownOutcome), Changed::Unknown),
        (Reply::Hang, Some(FailureKind::UnknownOutcome), Changed::Unknown),
        (
            Reply::Bytes(b"HTTP/1.1 201 Created\r\ncontent-length: 400\r\n\r\n{\"id\"".to_vec()),
            Some(FailureKind::UnknownOutcome),
            Changed::Unknown,
        ),
    ] {
        let told = reply.clone();
        let server = Server::start(move |_| told.clone()).await;
        let result = create(&client(&server.base)).await;
        assert_eq!(server.count("POST"), 1, "{reply:?}");
        match (result, kind) {
            (Ok(id), None) => assert_eq!(id, "j1"),
            (Err(failure), Some(kind)) => {
                assert_eq!(
                    (failure.kind, failure.changed),
                    (kind, changed),
                    "{reply:?}: {failure}"
                );
                assert!(failure.next.is_some());
            }
            (result, _) => panic!("{reply:?}: {result:?}"),
        }
    }
    let nobody = create(&client(&crate::cloud::server::nobody().await))
        .await
        .unwrap_err();
    assert_eq!(
        (nobody.kind, nobody.changed),
        (FailureKind::Unreachable, Changed::Nothing)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_that_is_answered_by_a_page_is_of_unknown_outcome() {
    for (reply, fine) in [(Reply::json(204, json!({})), true), (Reply::html(200), false)] {
        let told = reply.clone();
        let server = Server::start(move |_| told.clone()).await;
        let (world, _dir) = world(crate::cloud::client("http://127.0.0.1:9"));
        let cdds = client(&server.base);
        let result = gate::change(&world, "delete_export_job", json!({}), move |permit| async move {
            cdds.delete_job(permit, "j1").await
        })
        .await;
        assert_eq!(server.count("DELETE"), 1, "{reply:?}");
        match result {
            Ok(()) => assert!(fine, "{reply:?}"),
            Err(failure) => {
                assert!(!fine, "{reply:?}: {failure}");
                assert_eq!(
                    (failure.kind, failure.changed),
                    (FailureKind::UnknownOutcome, Changed::Unknown)
                );
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_form_of_the_sign_in_is_as_published_and_the_key_goes_with_every_call() {
    let server = Server::start(|arrival| match arrival.path() {
        "/auth/v3/oauth/token" => Reply::json(200, json!({"access_token": "t1", "expires_in": 3600})),
        _ => Reply::json(200, json!([])),
    })
    .await;
    let mut made = parts(
        &server.base,
        network(),
        Arc::new(HostClock),
        password("jdoe", Some("acme"), "made-up & word"),
    );
    made.api_key = Some("made-up-key".into());
    made.client = Some(("client-1".to_owned(), "made-up-secret".into()));
    let cdds = Cdds::new(made);
    cdds.jobs(&Listener::none()).await.unwrap();
    let arrivals = server.arrivals();
    assert!(
        arrivals
            .iter()
            .all(|arrival| arrival.header("x-api-key") == Some("made-up-key"))
    );
    let form: Vec<(String, String)> = url::form_urlencoded::parse(&arrivals[0].body)
        .into_owned()
        .collect();
    let field = |name: &str| {
        form.iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    };
    assert_eq!(field("grant_type"), Some("password"));
    assert_eq!(field("username"), Some("acme\\jdoe"));
    assert_eq!(field("password"), Some("made-up & word"));
    assert_eq!(
        arrivals[0].header("authorization"),
        Some("Basic Y2xpZW50LTE6bWFkZS11cC1zZWNyZXQ=")
    );
    assert_eq!(arrivals[1].header("authorization"), Some("Bearer t1"));
    assert!(
        !arrivals.iter().any(|arrival| arrival.target.contains("made-up")),
        "no secret in an address"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_and_foreign_answers_are_typed_errors() {
    for (reply, kind) in [
        (Reply::html(200), FailureKind::BadAnswer),
        (Reply::json(200, json!({"jobs": 7})), FailureKind::BadAnswer),
        (
            Reply::Whole(200, Vec::new(), b"{\"jobs\": [".to_vec()),
            FailureKind::BadAnswer,
        ),
        (Reply::Flood, FailureKind::BadAnswer),
        (
            Reply::json(404, json!({"status": {"message": "no"}})),
            FailureKind::NotFound,
        ),
        (Reply::html(404), FailureKind::BadAnswer),
        (Reply::json(503, json!({})), FailureKind::Unreachable),
    ] {
        let told = reply.clone();
        let server = Server::start(move |_| told.clone()).await;
        let failure = client(&server.base).jobs(&Listener::none()).await.unwrap_err();
        assert_eq!(failure.kind, kind, "{reply:?}: {failure}");
        assert_eq!(failure.system.as_deref(), Some("cdds"));
    }
    let server = Server::start(|arrival| match arrival.nth {
        0 => Reply::json(
            200,
            json!({"jobs": [
            {"id": "j1", "status": "Done", "title": "\u{1b}]0;title\u{7}\u{202e}evil"},
            {"id": {"deep": []}, "status": 7}, "nonsense", null]}),
        ),
        _ => Reply::json(200, json!({"jobs": []})),
    })
    .await;
    let listed = client(&server.base).jobs(&Listener::none()).await.unwrap();
    assert_eq!((listed.items.len(), listed.unreadable.len()), (1, 3));
    assert_eq!(listed.items[0].title, "evil");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_ignores_pages_is_read_once() {
    let jobs: Vec<_> = (0..50)
        .map(|n| json!({"id": format!("j{n}"), "status": "Done"}))
        .collect();
    let server = Server::start(move |_| Reply::json(200, json!(jobs))).await;
    let listed = client(&server.base).jobs(&Listener::none()).await.unwrap();
    assert_eq!((listed.items.len(), server.count("GET")), (50, 2));
}

fn artifact(bytes: Option<u64>, sha256: Option<String>) -> Artifact {
    Artifact {
        id: "a1".to_owned(),
        job_id: None,
        name: "../Contact-1.p7m".to_owned(),
        kind: None,
        created_at: None,
        remaining_days: None,
        bytes,
        sha256,
        part: None,
        parts: None,
        recipient_serial: None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_download_goes_on_after_a_cut_and_after_a_restart() {
    let content: Vec<u8> = (0..200_000_u32).map(|n| (n % 251) as u8).collect();
    let sha256: String = Sha256::digest(&content)
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect();
    let served = content.clone();
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = calls.clone();
    let server = Server::start(move |arrival| {
        let from: usize = arrival
            .header("range")
            .and_then(|range| range.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok())
            .unwrap_or(0);
        let rest = &served[from..];
        let (status, mut head) = match from {
            0 => (200, String::new()),
            _ => (
                206,
                format!(
                    "content-range: bytes {from}-{}/{}\r\n",
                    served.len() - 1,
                    served.len()
                ),
            ),
        };
        head.push_str("etag: \"v1\"\r\n");
        if from > 0 {
            assert_eq!(arrival.header("if-range"), Some("\"v1\""));
        }
        let n = counted.fetch_add(1, Ordering::SeqCst);
        // Each look gives a third and breaks off; without any the client gives up in the end.
        let give = if n < 6 {
            (rest.len() / 3).max(1)
        } else {
            rest.len()
        };
        let give = if n == 1 || n == 2 || n == 3 { 0 } else { give };
        let text = format!(
            "HTTP/1.1 {status} Word\r\n{head}content-length: {}\r\n\r\n",
            rest.len()
        );
        let mut bytes = text.into_bytes();
        bytes.extend_from_slice(&rest[..give]);
        Reply::Bytes(bytes)
    })
    .await;
    let dir = tempfile::tempdir().unwrap();
    let wanted = artifact(Some(content.len() as u64), Some(sha256.clone()));
    let fetch = || async {
        let (cdds, cancel) = (client(&server.base), CancellationToken::new());
        cdds.download(&wanted, dir.path(), &Listener::none(), &cancel)
            .await
    };
    let broken = fetch().await.unwrap_err();
    assert_eq!(broken.kind, FailureKind::Unreachable, "{broken}");
    assert!(dir.path().join("export-a1.partial").exists());
    // Another client, as after a restart.
    let fetched = fetch().await.unwrap();
    assert!(fetched.resumed);
    assert_eq!((fetched.bytes, fetched.sha256), (content.len() as u64, sha256));
    assert_eq!(fetched.path, dir.path().join("Contact-1.p7m"));
    assert_eq!(std::fs::read(&fetched.path).unwrap(), content);
    use std::os::unix::fs::PermissionsExt;
    assert_eq!(
        std::fs::metadata(&fetched.path).unwrap().permissions().mode() & 0o777,
        0o600
    );
    assert_eq!(
        std::fs::read_dir(dir.path()).unwrap().count(),
        1,
        "nothing else is left"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn another_digest_or_length_than_was_told_is_thrown_away() {
    let server = Server::start(|_| Reply::Whole(200, Vec::new(), b"something".to_vec())).await;
    for wanted in [artifact(None, Some("0".repeat(64))), artifact(Some(8), None)] {
        let dir = tempfile::tempdir().unwrap();
        let cancel = CancellationToken::new();
        let result = client(&server.base)
            .download(&wanted, dir.path(), &Listener::none(), &cancel)
            .await;
        assert_eq!(result.unwrap_err().kind, FailureKind::BadAnswer);
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    }
}
