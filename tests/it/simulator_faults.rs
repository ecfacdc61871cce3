//! Scenarios that misbehave do so at the call they name, whoever makes it, and only there.

use dsr_console::simulator::Cut;
use serde_json::{Value, json};

use crate::simulator_bench::{Bench, Reply, contact_of};
use crate::simulator_scenarios::scenario_file;

const REQUESTS: &str = "/api/v2/gdpr/requests";

async fn total(bench: &Bench) -> u64 {
    bench.list().await["total"].as_u64().expect("a total")
}

async fn submit(bench: &Bench) -> Reply {
    let body = json!({"requestType": "GDPR_EXPORT", "subject": {"userId": "nobody"}});
    bench.post(REQUESTS, body).await
}

#[tokio::test]
async fn a_cut_before_leaves_nothing_and_a_cut_after_leaves_a_request() {
    for (scenario, cut, more) in [
        ("cut-before", Cut::NoAnswer, 0),
        ("cut-after", Cut::NoAnswer, 1),
        ("refused", Cut::Refused, 0),
    ] {
        let bench = Bench::signed_in(scenario).await;
        let before = total(&bench).await;
        assert_eq!(submit(&bench).await.cut, Some(cut), "{scenario}");
        assert_eq!(total(&bench).await, before + more, "{scenario}");
    }
}

#[tokio::test]
async fn an_answer_that_breaks_off_inside_does_not_come_whole() {
    let bench = Bench::signed_in("cut-after").await;
    submit(&bench).await;
    let second = submit(&bench).await;
    assert_eq!(second.status, 202);
    assert!(!second.whole);
    let third = submit(&bench).await;
    assert!(third.whole && third.cut.is_none());
}

#[tokio::test]
async fn rate_limits_come_with_seconds_with_a_date_and_without() {
    let mut bench = Bench::signed_in("rate-limit").await;
    let access = bench.access();
    let refused = bench.token(&access.client_id, &access.client_secret).await;
    assert_eq!(refused.status, 400);
    assert_eq!(refused.json()["error"], "invalid_request");
    let said = refused.json()["error_description"].to_string();
    assert!(said.contains("rate limit exceeded;"));

    let first = bench.get(REQUESTS).await;
    assert_eq!(first.status, 429);
    assert_eq!(first.header("retry-after"), Some("1"));
    assert_eq!(bench.get(REQUESTS).await.status, 200);
    let third = bench.get(REQUESTS).await;
    let date = third.header("retry-after").expect("a date").to_owned();
    assert!(jiff::fmt::rfc2822::parse(&date).is_ok(), "{date}");
    bench.sign_in().await;
    assert!(bench.find("EMAIL", "nobody@example.org").await.is_empty());
    let search = bench
        .get("/api/v2/gdpr/subjects?searchType=EMAIL&searchValue=x%40example.org")
        .await;
    assert_eq!(search.status, 429);
    assert_eq!(search.header("retry-after"), None);
    assert_eq!(search.code(), "too.many.requests");
}

#[tokio::test]
async fn a_gateway_error_can_hide_an_effect_or_none() {
    let bench = Bench::signed_in("flaky").await;
    let before = total(&bench).await;
    assert_eq!(submit(&bench).await.status, 502);
    assert_eq!(submit(&bench).await.status, 500);
    let reads = [bench.get(REQUESTS).await, bench.get(REQUESTS).await];
    assert_eq!(reads[1].status, 503, "every third read fails");
    assert_eq!(reads[0].json()["total"], before + 1);
}

#[tokio::test]
async fn bad_answers_are_bad_each_in_its_way() {
    let bench = Bench::signed_in("bad-answer").await;
    let half = bench.get(REQUESTS).await;
    assert!(serde_json::from_slice::<Value>(&half.bytes).is_err());
    assert_eq!(half.header("content-type"), Some("application/json"));
    let html = bench.get(REQUESTS).await;
    assert!(
        html.header("content-type")
            .expect("a type")
            .starts_with("text/html")
    );
    let wrong = bench.get(REQUESTS).await.json();
    assert!(wrong["entities"].is_string() && wrong["total"].is_object());
    assert!(bench.get(REQUESTS).await.bytes.is_empty());
    assert!(bench.get(REQUESTS).await.json()["entities"].is_array());
}

#[tokio::test]
async fn a_denied_account_is_told_which_permission_is_missing() {
    let bench = Bench::signed_in("denied").await;
    let id = contact_of(&bench, "EMAIL", "ada.sample@example.org").await;
    let body = json!({"requestType": "GDPR_EXPORT", "subject": {"externalContactId": id}});
    let reply = bench.post(REQUESTS, body).await;
    assert_eq!(reply.status, 403);
    assert_eq!(reply.code(), "missing.permissions");
    let message = reply.json()["message"].to_string();
    assert!(message.contains("[gdpr:request:add]"), "{message}");
    assert_eq!(reply.json()["messageParams"]["permissions"], "[gdpr:request:add]");
}

#[tokio::test]
async fn an_expired_link_is_not_found_and_an_expired_signature_is_refused() {
    let bench = Bench::signed_in("expired-link").await;
    let listed = bench.list().await;
    let mut found = Vec::new();
    for request in listed["entities"].as_array().expect("a list") {
        let link = request["resultsUrl"].as_str().expect("a link").to_owned();
        let id = link.rsplit('/').next().expect("an id").to_owned();
        found.push(
            bench
                .get(&format!("/api/v2/downloads/{id}?issueRedirect=false"))
                .await,
        );
    }
    assert_eq!(found.iter().filter(|reply| reply.status == 404).count(), 1);
    let open = found
        .iter()
        .find(|reply| reply.status == 200)
        .expect("one is kept");
    let signed = open.json()["url"].as_str().expect("an address").to_owned();
    let request = http::Request::get(signed)
        .body(axum::body::Body::empty())
        .expect("a request");
    assert_eq!(bench.send(request).await.status, 403);
}

#[tokio::test]
async fn a_slow_answer_comes_after_its_effect() {
    let dir = tempfile::tempdir().expect("a directory");
    let text = format!("[[faults]]\nroute = \"POST {REQUESTS}\"\ndoes = \"wait\"\nmillis = 3600000\n");
    let mut bench = Bench::of(&scenario_file(&dir, &text));
    bench.sign_in().await;
    let before = total(&bench).await;
    let waiting = submit(&bench);
    tokio::pin!(waiting);
    for _ in 0..200 {
        tokio::select! {
            biased;
            _ = &mut waiting => panic!("it answers at once"),
            now = total(&bench) => {
                if now == before + 1 {
                    return;
                }
            }
        }
    }
    panic!("no effect while the answer is held back");
}
