//! Tokens: asked for once by everybody together, renewed in time, and their errors told apart.

use std::sync::{Arc, Mutex};

use dsr_console::domain::clock::Clock;
use dsr_console::domain::failure::FailureKind;
use dsr_console::systems::genesys_cloud::{
    Credentials, GenesysCloud, LoopbackRedirect, PersonTokens, SignIn, TokenKeeper,
};
use dsr_console::systems::transport::Transport;
use secrecy::ExposeSecret;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_util::sync::CancellationToken;

use super::server::{Arrival, Reply, Server};
use super::{HostClock, client, client_with, credentials, endpoints, network, submit, tuning};

fn token(expires_in: u64) -> impl Fn(&Arrival) -> Reply + Send + Sync + 'static {
    move |arrival| match arrival.path() {
        "/oauth/token" => Reply::json(
            200,
            json!({"access_token": format!("token-{}", arrival.nth), "token_type": "bearer", "expires_in": expires_in}),
        ),
        _ => Reply::json(200, json!({"entities": []})),
    }
}

#[tokio::test]
async fn the_token_request_is_as_the_login_host_wants_it() {
    let server = Server::start(token(86399)).await;
    client_with(&server.base, credentials())
        .list_requests(1, 1)
        .await
        .unwrap();
    let asked = &server.arrivals()[0];
    assert_eq!(
        (asked.method.as_str(), asked.target.as_str()),
        ("POST", "/oauth/token")
    );
    assert_eq!(
        asked.header("content-type"),
        Some("application/x-www-form-urlencoded")
    );
    // client-1:made-up-secret
    assert_eq!(
        asked.header("authorization"),
        Some("Basic Y2xpZW50LTE6bWFkZS11cC1zZWNyZXQ=")
    );
    assert_eq!(asked.body, b"grant_type=client_credentials");
    assert_eq!(
        server.arrivals()[1].header("authorization"),
        Some("Bearer token-0")
    );
}

#[tokio::test]
async fn a_dozen_tasks_sign_in_once() {
    let server = Server::start(token(86399)).await;
    let cloud = client_with(&server.base, credentials());
    let tasks: Vec<_> = (0..12)
        .map(|_| {
            let cloud = cloud.clone();
            tokio::spawn(async move { cloud.list_requests(1, 1).await.map(|_| ()) })
        })
        .collect();
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    let signed_in = server
        .arrivals()
        .iter()
        .filter(|a| a.path() == "/oauth/token")
        .count();
    assert_eq!((signed_in, server.count("GET")), (1, 12));
}

/// A clock that a test moves.
struct Moved(Mutex<jiff::Timestamp>);

impl Clock for Moved {
    fn now(&self) -> jiff::Timestamp {
        *self.0.lock().unwrap()
    }
}

#[tokio::test]
async fn a_token_is_renewed_before_it_ends_by_the_worlds_clock() {
    let server = Server::start(token(3600)).await;
    let clock = Arc::new(Moved(Mutex::new("2026-11-03T10:00:00Z".parse().unwrap())));
    let cloud = GenesysCloud::with(
        network(),
        endpoints(&server.base),
        credentials(),
        clock.clone(),
        tuning(),
        None,
    );
    let mut used = Vec::new();
    for time in ["10:00:00", "10:58:00", "10:59:30", "11:00:00"] {
        *clock.0.lock().unwrap() = format!("2026-11-03T{time}Z").parse().unwrap();
        cloud.list_requests(1, 1).await.unwrap();
        used.push(server.arrivals().pop().unwrap().headers["authorization"].clone());
    }
    assert_eq!(
        used,
        [
            "Bearer token-0",
            "Bearer token-0",
            "Bearer token-1",
            "Bearer token-1"
        ]
    );
    // An estate whose clock was set back has no tokens from its future.
    *clock.0.lock().unwrap() = "2026-11-01T10:00:00Z".parse().unwrap();
    cloud.list_requests(1, 1).await.unwrap();
    assert_eq!(
        server.arrivals().pop().unwrap().headers["authorization"],
        "Bearer token-2"
    );
}

#[tokio::test]
async fn a_submission_never_goes_out_with_a_token_about_to_end() {
    let server = Server::start(|arrival| match arrival.path() {
        "/oauth/token" => Reply::json(
            200,
            json!({"access_token": format!("token-{}", arrival.nth), "expires_in": if arrival.nth == 0 { 0 } else { 3600 }}),
        ),
        _ => Reply::json(202, json!({"id": "request-1"})),
    })
    .await;
    let cloud = client_with(&server.base, credentials());
    cloud.make_ready().await.unwrap();
    submit(&cloud, super::export()).await;
    let post = server.arrivals().pop().unwrap();
    assert_eq!(
        (post.path(), post.header("authorization")),
        ("/api/v2/gdpr/requests", Some("Bearer token-1"))
    );
}

#[tokio::test]
async fn errors_of_the_login_host_are_told_apart() {
    let three = |status: u16, error: &str, description: &str| {
        Reply::json(
            status,
            json!({"error": error, "description": description, "error_description": description}),
        )
    };
    for (reply, kind, words) in [
        (
            three(400, "invalid_client", "client not found"),
            FailureKind::Authentication,
            "id is known",
        ),
        (
            three(401, "invalid_client", "authentication failed"),
            FailureKind::Authentication,
            "secret",
        ),
        (
            three(400, "invalid_request", "rate limit exceeded; try later"),
            FailureKind::Refused,
            "Too many sign-ins",
        ),
        (
            three(400, "unsupported_grant_type", "x"),
            FailureKind::Authentication,
            "kind of sign-in",
        ),
        (
            three(400, "invalid_request", "odd \u{1b}[2Jthing"),
            FailureKind::Authentication,
            "odd",
        ),
        (Reply::html(403), FailureKind::BadAnswer, "HTML page"),
        (Reply::html(200), FailureKind::BadAnswer, "not JSON"),
        (
            Reply::json(200, json!({"token_type": "bearer"})),
            FailureKind::BadAnswer,
            "access_token",
        ),
        (
            Reply::json(200, json!({"access_token": 5})),
            FailureKind::BadAnswer,
            "access_token",
        ),
        (
            Reply::json(200, json!({"access_token": ""})),
            FailureKind::BadAnswer,
            "empty",
        ),
        (Reply::html(503), FailureKind::Unreachable, "503"),
    ] {
        let answer = reply.clone();
        let server = Server::start(move |_| answer.clone()).await;
        let failure = client_with(&server.base, credentials())
            .list_requests(1, 1)
            .await
            .unwrap_err();
        assert_eq!(failure.kind, kind, "{failure:?}");
        assert!(failure.message.contains(words), "{}", failure.message);
        assert!(!failure.message.contains('\u{1b}'));
        assert!(failure.next.is_some());
        assert!(!format!("{failure:?}").contains("made-up-secret"));
        assert_eq!(server.count("GET"), 0);
    }
}

#[tokio::test]
async fn a_refused_sign_in_is_not_asked_for_again_by_everybody() {
    let server = Server::start(|_| {
        Reply::json(
            401,
            json!({"error": "invalid_client", "description": "authentication failed"}),
        )
    })
    .await;
    let cloud = client_with(&server.base, credentials());
    for _ in 0..6 {
        assert!(cloud.list_requests(1, 1).await.is_err());
    }
    assert_eq!(server.arrivals().len(), 1);
}

#[tokio::test]
async fn without_credentials_the_way_to_them_is_named() {
    let server = Server::start(token(1)).await;
    let failure = client_with(&server.base, Credentials::None)
        .list_requests(1, 1)
        .await
        .unwrap_err();
    assert_eq!(failure.kind, FailureKind::Authentication);
    assert!(failure.next.unwrap().contains("GENESYSCLOUD_OAUTHCLIENT_ID"));
    assert!(server.arrivals().is_empty());
}

fn person(base: &str, kept: &Arc<Mutex<Vec<PersonTokens>>>) -> GenesysCloud {
    let kept = kept.clone();
    let keeper: TokenKeeper = Arc::new(move |tokens| kept.lock().unwrap().push(tokens.clone()));
    GenesysCloud::with(
        network(),
        endpoints(base),
        Credentials::Person {
            client_id: "pkce-1".to_owned(),
            access: "old".into(),
            refresh: Some("refresh-0".into()),
            expires_at: None,
        },
        Arc::new(HostClock),
        tuning(),
        Some(keeper),
    )
}

#[tokio::test]
async fn a_persons_token_is_refreshed_and_the_new_one_kept() {
    let server = Server::start(|arrival| match arrival.path() {
        "/oauth/token" => Reply::json(
            200,
            json!({"access_token": "new", "refresh_token": "refresh-1", "expires_in": 600}),
        ),
        _ if arrival.header("authorization") == Some("Bearer new") => {
            Reply::json(200, json!({"entities": []}))
        }
        _ => Reply::error(401, "bad.credentials", "x"),
    })
    .await;
    let kept: Arc<Mutex<Vec<PersonTokens>>> = Arc::default();
    person(&server.base, &kept).list_requests(1, 1).await.unwrap();
    let asked = server
        .arrivals()
        .into_iter()
        .find(|a| a.path() == "/oauth/token")
        .unwrap();
    assert_eq!(
        asked.body,
        b"grant_type=refresh_token&refresh_token=refresh-0&client_id=pkce-1"
    );
    assert_eq!(asked.header("authorization"), None);
    let kept = kept.lock().unwrap();
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0].access.expose_secret(), "new");
    assert_eq!(kept[0].refresh.as_ref().unwrap().expose_secret(), "refresh-1");
    assert!(kept[0].expires_at.is_some());
}

#[tokio::test]
async fn an_ended_sign_in_says_so() {
    let server = Server::start(|arrival| match arrival.path() {
        "/oauth/token" => Reply::json(
            400,
            json!({"error": "invalid_grant", "description": "refresh token expired"}),
        ),
        _ => Reply::error(401, "bad.credentials", "x"),
    })
    .await;
    let failure = person(&server.base, &Arc::default())
        .list_requests(1, 1)
        .await
        .unwrap_err();
    assert_eq!(failure.kind, FailureKind::Authentication);
    assert!(failure.next.unwrap().contains("dsr login cloud"));
}

#[tokio::test]
async fn logging_out_ends_the_token_and_forgets_it() {
    let server = Server::start(|arrival| match arrival.method.as_str() {
        "DELETE" => Reply::Whole(204, Vec::new(), Vec::new()),
        _ => Reply::json(200, json!({"entities": []})),
    })
    .await;
    let cloud = client(&server.base);
    cloud.list_requests(1, 1).await.unwrap();
    cloud.log_out().await.unwrap();
    let ended = server.arrivals().pop().unwrap();
    assert_eq!(
        (ended.method.as_str(), ended.target.as_str()),
        ("DELETE", "/api/v2/tokens/me")
    );
    let failure = cloud.list_requests(1, 1).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Authentication);
    cloud.log_out().await.unwrap();
    assert_eq!((server.count("GET"), server.count("DELETE")), (1, 1));
    // Nobody signed in: there is nothing to end, and no sign-in for that purpose.
    let server = Server::start(token(1)).await;
    client_with(&server.base, credentials()).log_out().await.unwrap();
    assert!(server.arrivals().is_empty());
}

#[tokio::test]
async fn a_person_signs_in_by_the_loopback_redirect() {
    let server = Server::start(|arrival| {
        let form: Vec<(String, String)> = url::form_urlencoded::parse(&arrival.body).into_owned().collect();
        let value = |key: &str| {
            form.iter()
                .find(|(k, _)| k == key)
                .map(|(_, v)| v.clone())
                .unwrap_or_default()
        };
        let good = value("grant_type") == "authorization_code"
            && value("code") == "code+1"
            && value("client_id") == "pkce-1"
            && value("redirect_uri").starts_with("http://127.0.0.1:")
            && value("code_verifier").len() >= 43;
        match good {
            true => Reply::json(200, json!({"access_token": "person", "expires_in": 600})),
            false => Reply::json(400, json!({"error": "invalid_grant", "description": "no"})),
        }
    })
    .await;
    let redirect = LoopbackRedirect::bind(None).await.unwrap();
    let sign_in = SignIn::begin(&endpoints(&server.base), "pkce-1", &redirect.redirect_uri()).unwrap();
    let url = url::Url::parse(sign_in.authorize_url()).unwrap();
    assert_eq!(url.path(), "/oauth/authorize");
    let state = url
        .query_pairs()
        .find(|(key, _)| key == "state")
        .unwrap()
        .1
        .into_owned();
    let base = redirect.redirect_uri();
    let browser = tokio::spawn(async move {
        // A connection that says nothing, a stranger, a favicon, and then the browser itself.
        let address = base
            .trim_start_matches("http://")
            .trim_end_matches("/callback")
            .to_owned();
        let _silent = tokio::net::TcpStream::connect(&address).await.unwrap();
        let stranger = knock(&address, "/callback?code=evil&state=guessed").await;
        let icon = knock(&address, "/favicon.ico").await;
        let page = knock(&address, &format!("/callback?code=code%2B1&state={state}")).await;
        (stranger, icon, page)
    });
    let cancel = CancellationToken::new();
    let redirected = redirect.wait(&sign_in, &cancel).await.unwrap();
    let (stranger, icon, page) = browser.await.unwrap();
    assert!(stranger.starts_with("HTTP/1.1 404") && icon.starts_with("HTTP/1.1 404"));
    assert!(page.starts_with("HTTP/1.1 200") && !page.contains("code"));
    let transport: Arc<dyn Transport> = network();
    let tokens = sign_in.finish(&transport, &HostClock, &redirected).await.unwrap();
    assert_eq!(
        (tokens.client_id.as_str(), tokens.access.expose_secret()),
        ("pkce-1", "person")
    );
    // Another sign-in does not take this address.
    let other = SignIn::begin(&endpoints(&server.base), "pkce-1", &redirect.redirect_uri()).unwrap();
    assert!(other.finish(&transport, &HostClock, &redirected).await.is_err());
    assert_eq!(server.count("POST"), 1);
    cancel.cancel();
    assert_eq!(
        redirect.wait(&other, &cancel).await.unwrap_err().kind,
        FailureKind::Interrupted
    );
}

async fn knock(address: &str, target: &str) -> String {
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let request = format!("GET {target} HTTP/1.1\r\nhost: {address}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}
