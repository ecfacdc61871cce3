//! The simulated Genesys Cloud: sign-in, the four operations, results, limits.

use std::time::Duration;

use jiff::SignedDuration;
use serde_json::json;

use crate::simulator_bench::{Bench, contact_of, text};

#[tokio::test]
async fn sign_in_answers_in_its_own_form() {
    let bench = Bench::new("default");
    let access = bench.access();
    let good = bench.token(&access.client_id, &access.client_secret).await;
    assert_eq!(good.status, 200);
    assert_eq!(good.json()["token_type"], "bearer");
    assert_eq!(good.json()["expires_in"], 86_399);

    let unknown = bench.token("nobody", "x").await;
    assert_eq!(unknown.status, 400);
    assert_eq!(
        unknown.json(),
        json!({
            "error": "invalid_client",
            "description": "client not found",
            "error_description": "client not found",
        })
    );
    let wrong = bench.token(&access.client_id, "wrong").await;
    assert_eq!(wrong.status, 401);
    assert_eq!(wrong.json()["error_description"], "authentication failed");
}

#[tokio::test]
async fn what_is_deleted_vanishes_late_and_stays_away() {
    let mut bench = Bench::signed_in("default").await;
    let id = contact_of(&bench, "EMAIL", "bela.specimen@example.org").await;
    let request = bench
        .submit("GDPR_DELETE", json!({"externalContactId": id}))
        .await;
    let request_id = text(&request["id"]);
    let mut completed_and_there = false;
    for _ in 0..24 * 16 {
        bench.advance(1).await;
        let status = text(&bench.request(&request_id).await["status"]);
        let there = !bench.find("EMAIL", "bela.specimen@example.org").await.is_empty();
        assert!(there || status == "COMPLETED", "gone while {status}");
        completed_and_there |= there && status == "COMPLETED";
    }
    assert!(completed_and_there, "the effect lags behind the status");
    assert!(bench.find("EMAIL", "bela.specimen@example.org").await.is_empty());
    assert_eq!(
        bench
            .get(&format!("/api/v2/externalcontacts/contacts/{id}"))
            .await
            .status,
        404
    );
}

#[tokio::test]
async fn what_is_updated_reads_back_changed() {
    let mut bench = Bench::signed_in("default").await;
    let id = contact_of(&bench, "NAME", "Jörg Müller").await;
    let reply = bench
        .post(
            "/api/v2/gdpr/requests",
            json!({
                "requestType": "GDPR_UPDATE",
                "subject": {"externalContactId": id},
                "replacementTerms": [{
                    "type": "EMAIL",
                    "existingValue": "joerg.mueller@example.org",
                    "updatedValue": "j.mueller@example.org",
                }],
            }),
        )
        .await;
    assert_eq!(reply.status, 202);
    bench.advance(5 * 24).await;
    assert!(bench.find("EMAIL", "joerg.mueller@example.org").await.is_empty());
    assert_eq!(contact_of(&bench, "EMAIL", "j.mueller@example.org").await, id);
}

#[tokio::test]
async fn a_merged_contact_brings_further_requests_that_nothing_links() {
    let mut bench = Bench::signed_in("default").await;
    let id = contact_of(&bench, "EMAIL", "edda.fiktiv@example.org").await;
    let contact = bench
        .get(&format!("/api/v2/externalcontacts/contacts/{id}"))
        .await
        .json();
    let set: Vec<String> = contact["mergeSet"]
        .as_array()
        .expect("a set")
        .iter()
        .map(|member| text(&member["id"]))
        .collect();
    assert_eq!(set.len(), 3);
    assert_eq!(contact["canonicalContact"]["id"], id);
    let before = bench.list().await["total"].as_u64().expect("a total");
    bench
        .submit("GDPR_EXPORT", json!({"externalContactId": set[1]}))
        .await;
    assert_eq!(bench.list().await["total"], before + 1);
    bench.advance(1).await;
    let listed = bench.list().await;
    assert_eq!(listed["total"], before + 3);
    let about: Vec<String> = listed["entities"]
        .as_array()
        .expect("a list")
        .iter()
        .take(3)
        .map(|request| text(&request["subject"]["externalContactId"]))
        .collect();
    assert!(set.iter().all(|member| about.contains(member)));
}

#[tokio::test]
async fn anna_muster_is_found_by_each_of_her_identifiers() {
    let bench = Bench::signed_in("default").await;
    let contact = contact_of(&bench, "EMAIL", "anna.muster@example.org").await;
    assert_eq!(bench.find("EMAIL", "anna.muster@example.org").await.len(), 2);
    for (kind, value) in [
        ("PHONE", "+493023125014"),
        ("TWITTER", "anna_muster"),
        ("INSTAGRAM", "anna.muster.berlin"),
        ("WHATSAPP", "+493023125015"),
        ("ADDRESS", "Beispielweg 12"),
    ] {
        assert_eq!(contact_of(&bench, kind, value).await, contact, "{kind}");
    }
    let web = bench.find("EXTERNAL_ID", "CUST-20417").await;
    assert_eq!(web[0]["journeyCustomer"]["type"], "cookie");
    assert!(bench.find("NAME", "anna muster").await.len() >= 3);
}

#[tokio::test]
async fn malformed_values_find_nothing_and_unknown_types_are_refused() {
    let bench = Bench::signed_in("default").await;
    assert!(bench.find("PHONE", "abc").await.is_empty());
    assert!(bench.find("EMAIL", "anna.muster").await.is_empty());
    let reply = bench
        .get("/api/v2/gdpr/subjects?searchType=MYSPACE&searchValue=x")
        .await;
    assert_eq!(reply.status, 400);
    assert_eq!(reply.code(), "invalid.query.param.value");
}

#[tokio::test]
async fn senseless_submissions_are_refused_and_leave_nothing() {
    let bench = Bench::signed_in("default").await;
    let before = bench.list().await["total"].clone();
    let term = json!([{"type": "EMAIL", "existingValue": "a@example.org", "updatedValue": "b@example.org"}]);
    let bodies = [
        json!({"requestType": "GDPR_EXPORT", "subject": {"name": "Anna Muster", "userId": "u"}}),
        json!({"requestType": "GDPR_EXPORT", "subject": {"userId": "u"}, "replacementTerms": term}),
        json!({"requestType": "GDPR_UPDATE", "subject": {"userId": "u"}}),
        json!({"requestType": "GDPR_EXPORT", "subject": {}}),
        json!({"requestType": "GDPR_EXPORT", "subject": {"journeyCustomer": {"id": "x"}}}),
    ];
    for body in bodies {
        let reply = bench.post("/api/v2/gdpr/requests", body.clone()).await;
        assert_eq!(reply.status, 400, "{body}");
        assert_eq!(reply.code(), "bad.request", "{body}");
        assert_eq!(reply.json()["message"], "Invalid data", "{body}");
    }
    let unconfirmed = json!({"requestType": "GDPR_DELETE", "subject": {"userId": "u"}});
    assert_eq!(bench.post("/api/v2/gdpr/requests", unconfirmed).await.status, 400);
    let word = json!({"requestType": "GDPR_FORGET", "subject": {"userId": "u"}});
    assert_eq!(
        bench.post("/api/v2/gdpr/requests", word).await.code(),
        "invalid.value"
    );
    assert_eq!(bench.list().await["total"], before);
}

#[tokio::test]
async fn every_answer_has_the_headers_that_clients_live_by() {
    let mut bench = Bench::new("default");
    let without = bench.get("/api/v2/gdpr/requests").await;
    assert_eq!(without.status, 401);
    assert_eq!(without.code(), "authentication.required");
    let id = without.header("inin-correlation-id").expect("an id").to_owned();
    assert_eq!(without.json()["contextId"], id);
    bench.use_token("nonsense");
    assert_eq!(bench.get("/api/v2/gdpr/requests").await.code(), "bad.credentials");
    bench.sign_in().await;
    let reply = bench.get("/api/v2/gdpr/requests").await;
    assert_eq!(reply.header("inin-ratelimit-count"), Some("1"));
    assert_eq!(reply.header("inin-ratelimit-allowed"), Some("300"));
    assert_eq!(reply.header("inin-ratelimit-reset"), Some("60"));
    bench
        .simulator
        .advance(SignedDuration::from_hours(1))
        .expect("advance");
    let later = bench.get("/api/v2/gdpr/requests").await;
    let told = later.header("date").expect("a date");
    let told = jiff::fmt::rfc2822::parse(told).expect("a date").timestamp();
    let ahead = told.duration_since(bench.simulator.clock().now()).abs();
    assert!(
        ahead < SignedDuration::from_secs(60),
        "the estate's time, not the host's"
    );
    assert_eq!(later.header("inin-ratelimit-count"), Some("1"), "a new window");
    assert_eq!(bench.get("/api/v2/nowhere").await.code(), "not.found");
}

#[tokio::test]
async fn an_allowance_that_is_used_up_says_when_to_come_back() {
    let bench = Bench::signed_in("default").await;
    for _ in 0..300 {
        assert_eq!(bench.get("/api/v2/organizations/me").await.status, 200);
    }
    let reply = bench.get("/api/v2/organizations/me").await;
    assert_eq!(reply.status, 429);
    assert_eq!(reply.code(), "too.many.requests.retry.after");
    let seconds: u64 = reply
        .header("retry-after")
        .expect("a time")
        .parse()
        .expect("seconds");
    assert!((1..=60).contains(&seconds));
    bench
        .simulator
        .advance(SignedDuration::try_from(Duration::from_secs(seconds)).expect("a span"))
        .expect("advance");
    assert_eq!(bench.get("/api/v2/organizations/me").await.status, 200);
}
