//! The large estate is computed, and hangs together as if it were stored.

use std::collections::HashSet;

use serde_json::{Value, json};

use crate::simulator_bench::{Bench, contact_of, text};

async fn page(bench: &Bench, size: u64, number: u64) -> Value {
    let reply = bench
        .get(&format!(
            "/api/v2/gdpr/requests?pageSize={size}&pageNumber={number}"
        ))
        .await;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.header("inin-ratelimit-allowed"), None, "no limits here");
    reply.json()
}

#[tokio::test]
async fn pages_cover_the_list_once_from_the_newest_to_the_oldest() {
    let bench = Bench::signed_in("large").await;
    let made = bench.submit("GDPR_EXPORT", json!({"userId": "nobody"})).await;
    let first = page(&bench, 100, 1).await;
    assert_eq!(first["total"], 100_001);
    assert_eq!(first["pageCount"], 1001);
    assert_eq!(first["entities"][0]["id"], made["id"]);
    let mut seen = HashSet::new();
    let mut last = "9999".to_owned();
    for number in [1, 2, 3, 500, 1000, 1001] {
        let this = page(&bench, 100, number).await;
        for request in this["entities"].as_array().expect("a list") {
            assert!(seen.insert(text(&request["id"])), "twice");
            let created = text(&request["createdDate"]);
            assert!(created <= last, "{created} after {last}");
            last = created;
        }
    }
    assert_eq!(seen.len(), 5 * 100 + 1);
    assert!(
        page(&bench, 100, 1002).await["entities"]
            .as_array()
            .expect("a list")
            .is_empty()
    );
}

#[tokio::test]
async fn a_computed_request_is_the_same_alone_and_in_the_list() {
    let bench = Bench::signed_in("large").await;
    let deep = page(&bench, 100, 900).await;
    for request in deep["entities"].as_array().expect("a list") {
        assert_eq!(bench.request(&text(&request["id"])).await, *request);
    }
}

#[tokio::test]
async fn a_computed_contact_can_be_found_and_deleted() {
    let mut bench = Bench::signed_in("large").await;
    let email = "ada.muster.contact576@example.org";
    let id = contact_of(&bench, "EMAIL", email).await;
    let shown = bench
        .get(&format!("/api/v2/externalcontacts/contacts/{id}"))
        .await;
    assert_eq!(shown.json()["personalEmail"], email);
    bench
        .submit("GDPR_DELETE", json!({"externalContactId": id}))
        .await;
    bench.advance(24 * 17).await;
    assert!(bench.find("EMAIL", email).await.is_empty());
    let shown = bench
        .get(&format!("/api/v2/externalcontacts/contacts/{id}"))
        .await;
    assert_eq!(shown.status, 404);
}

#[tokio::test]
async fn computed_exports_can_be_fetched() {
    let bench = Bench::signed_in("large").await;
    // Those of the last two days are not finished yet.
    let recent = page(&bench, 100, 12).await;
    let entities = recent["entities"].as_array().expect("a list");
    let mut kept = 0;
    for request in entities
        .iter()
        .filter(|request| request["resultsUrl"].is_string())
    {
        let link = text(&request["resultsUrl"]);
        let id = link.rsplit('/').next().expect("an id");
        let reply = bench
            .get(&format!("/api/v2/downloads/{id}?issueRedirect=false"))
            .await;
        kept += u32::from(reply.status == 200);
    }
    assert!(kept > 10, "only {kept} can be fetched");
}
