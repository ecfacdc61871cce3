//! The simulated results: links, signed addresses, ranges, archives.

use axum::body::Body;
use http::Request;
use serde_json::{Value, json};

use crate::simulator_bench::{Bench, contact_of, text};

#[tokio::test]
async fn an_export_is_submitted_followed_and_fetched() {
    let mut bench = Bench::signed_in("default").await;
    let id = contact_of(&bench, "EMAIL", "joerg.mueller@example.org").await;
    let before = bench.list().await["total"].as_u64().expect("a total");
    let request = bench
        .submit("GDPR_EXPORT", json!({"externalContactId": id}))
        .await;
    assert_eq!(request["status"], "INITIATED");
    assert_eq!(request["createdBy"]["id"], bench.access().client_id);
    let listed = bench.list().await;
    assert_eq!(listed["total"], before + 1);
    assert_eq!(listed["entities"][0]["id"], request["id"]);

    let request_id = text(&request["id"]);
    bench.advance(4 * 24).await;
    let done = bench.request(&request_id).await;
    assert_eq!(done["status"], "COMPLETED");
    let link = text(&done["resultsUrl"]);
    let download = link.rsplit('/').next().expect("an id");
    let resolved = bench
        .get(&format!("/api/v2/downloads/{download}?issueRedirect=false"))
        .await;
    assert_eq!(resolved.status, 200);
    let signed = text(&resolved.json()["url"]);

    let fetched = bench
        .send(Request::get(&signed).body(Body::empty()).expect("a request"))
        .await;
    assert_eq!(fetched.status, 200);
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(&fetched.bytes)).expect("a zip");
    assert!(archive.len() > 200);
    let mut contact = archive
        .by_name("contacts-service!externalContact.json")
        .expect("the contact record");
    let record: Value = serde_json::from_reader(&mut contact).expect("JSON");
    assert_eq!(record["id"], id);
}

#[tokio::test]
async fn a_signed_address_takes_no_token_and_serves_ranges() {
    let bench = Bench::signed_in("default").await;
    let listed = bench.list().await;
    let done = listed["entities"]
        .as_array()
        .expect("a list")
        .iter()
        .find(|request| request["resultsUrls"].is_array())
        .expect("an export with two archives")
        .clone();
    let link = text(&done["resultsUrls"][1]);
    let path = format!("/api/v2/downloads/{}", link.rsplit('/').next().expect("an id"));
    let redirect = bench.get(&path).await;
    assert_eq!(redirect.status, 302);
    let signed = redirect.header("location").expect("an address").to_owned();

    let with_token = Request::get(&signed).header("authorization", "Bearer x");
    let leaked = bench
        .send(with_token.body(Body::empty()).expect("a request"))
        .await;
    assert_eq!(leaked.status, 400);

    let whole = bench
        .send(Request::get(&signed).body(Body::empty()).expect("a request"))
        .await;
    let etag = whole.header("etag").expect("an etag").to_owned();
    let rest = Request::get(&signed)
        .header("range", "bytes=1000-")
        .header("if-range", &etag);
    let rest = bench.send(rest.body(Body::empty()).expect("a request")).await;
    assert_eq!(rest.status, 206);
    assert_eq!(rest.bytes, whole.bytes[1000..]);
    let length = whole.bytes.len();
    assert_eq!(
        rest.header("content-range"),
        Some(format!("bytes 1000-{}/{length}", length - 1).as_str())
    );
    let other = Request::get(&signed)
        .header("range", "bytes=1000-")
        .header("if-range", "\"another\"");
    let other = bench.send(other.body(Body::empty()).expect("a request")).await;
    assert_eq!(other.status, 200);

    let forged = signed.replace("Signature=", "Signature=0");
    let forged = bench
        .send(Request::get(forged).body(Body::empty()).expect("a request"))
        .await;
    assert_eq!(forged.status, 403);
}
