//! Scenario files: the built-in ones, those of a trainer's own, and what is wrong with them.

use std::collections::BTreeSet;

use dsr_console::simulator::{Scenario, Simulator};
use serde_json::{Value, json};

use crate::simulator_bench::{Bench, text};

const REQUESTS: &str = "/api/v2/gdpr/requests";

/// A scenario file of the test's own on top of the default estate.
pub(crate) fn scenario_file(dir: &tempfile::TempDir, text: &str) -> Scenario {
    let path = dir.path().join("mine.toml");
    let text = format!("summary = \"of a test\"\nbased_on = \"default\"\n{text}");
    std::fs::write(&path, text).expect("written");
    Scenario::File(path)
}

#[tokio::test]
async fn every_scenario_opens_and_says_what_it_is() {
    for (name, summary) in Simulator::scenarios() {
        let bench = Bench::new(name);
        assert_eq!(bench.simulator.summary(), summary);
        assert!(!summary.is_empty(), "{name}");
        assert!(!bench.access().client_secret.is_empty(), "{name}");
    }
}

#[tokio::test]
async fn unknown_statuses_are_words_of_their_own() {
    let bench = Bench::signed_in("unknown-status").await;
    let listed = bench.list().await;
    let words: Vec<&str> = listed["entities"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|request| request["status"].as_str())
        .collect();
    assert_eq!(
        words,
        ["SEARCHING", "COMPLETED_WITH_WARNINGS", "AWAITING_APPROVAL"]
    );
}

#[test]
fn a_wrong_scenario_file_is_refused_with_its_place() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("mine.toml");
    let refusal = |text: &str| {
        std::fs::write(&path, text).expect("written");
        match Simulator::open(dir.path(), &Scenario::File(path.clone())) {
            Err(error) => error.to_string(),
            Ok(_) => panic!("opened: {text}"),
        }
    };
    let start = "summary = \"x\"\nbased_on = \"default\"\n";
    let unknown = refusal(&format!("{start}[limits]\nrequests_per_hour = 3\n"));
    assert!(unknown.contains("mine.toml, line 4"), "{unknown}");
    assert!(unknown.contains("requests_per_hour"), "{unknown}");
    let wrong = refusal(&format!("{start}[limits]\nrequests_per_minute = \"many\"\n"));
    assert!(
        wrong.contains("line 4, key `limits.requests_per_minute`"),
        "{wrong}"
    );
    let broken = refusal("summary = \"x\nseed = 1");
    assert!(broken.contains("line 1"), "{broken}");
    let nowhere = refusal(&format!(
        "{start}[[requests]]\ntype = \"export\"\nrecord = \"nobody\"\nage = \"1d\"\nstatus = \"COMPLETED\"\n"
    ));
    assert!(
        nowhere.contains("`requests[0]`: there is no record `nobody`"),
        "{nowhere}"
    );
    assert!(Simulator::open(dir.path(), &Scenario::BuiltIn("nothing".to_owned())).is_err());
}

#[tokio::test]
async fn open_questions_can_be_answered_the_other_way() {
    let bench = Bench::signed_in("strict").await;
    let refused = bench.get("/api/v2/gdpr/requests?pageSize=101").await;
    assert_eq!(refused.code(), "invalid.query.param.value");
    let body = json!({"requestType": "GDPR_EXPORT", "subject": {"userId": "nobody"}});
    let first = bench.post(REQUESTS, body.clone()).await;
    assert_eq!(first.status, 200);
    assert_eq!(bench.post(REQUESTS, body).await.code(), "request.conflict");
    let mut created = Vec::new();
    let mut last = Value::Null;
    for number in 1..=4 {
        let page = bench
            .get(&format!("{REQUESTS}?pageSize=4&pageNumber={number}"))
            .await
            .json();
        for request in page["entities"].as_array().expect("a list") {
            created.push(request["createdDate"].to_string());
            last = request["id"].clone();
        }
    }
    assert_eq!(created.len(), 14);
    assert!(created.is_sorted(), "{created:?}");
    assert_eq!(last, first.json()["id"]);
}

#[tokio::test]
async fn a_scenario_can_ask_for_any_error_code() {
    let codes = [
        ("app.not.authorized.for.scope", 403),
        ("authentication.request.timeout", 504),
        ("authz.policy.denied", 403),
        ("client.timeout", 408),
        ("internal.error", 500),
        ("ip.not.authorized", 401),
        ("missing.any.division.permissions", 403),
        ("missing.division.permission", 403),
        ("request.entity.too.large", 413),
        ("response.entity.too.large", 400),
        ("unsupported.media.type", 415),
    ];
    let dir = tempfile::tempdir().expect("a directory");
    let mut text = String::new();
    for (number, (code, _)) in (1..).zip(codes) {
        text.push_str(&format!(
            "[[faults]]\nroute = \"GET {REQUESTS}\"\ncalls = [{number}]\ndoes = \"status\"\ncode = \"{code}\"\n"
        ));
    }
    let mut bench = Bench::of(&scenario_file(&dir, &text));
    bench.sign_in().await;
    for (code, status) in codes {
        let reply = bench.get(REQUESTS).await;
        assert_eq!(reply.status, status, "{code}");
        assert_eq!(reply.code(), code);
        assert_eq!(reply.json()["status"], status);
    }
    let dir = tempfile::tempdir().expect("a directory");
    let wrong = text.replace("internal.error", "no.such.code");
    let refused = Simulator::open(dir.path(), &scenario_file(&dir, &wrong));
    assert!(refused.is_err_and(|error| error.to_string().contains("no.such.code")));
}

#[tokio::test]
async fn a_person_without_the_scope_is_refused_by_its_name() {
    let dir = tempfile::tempdir().expect("a directory");
    let text = r#"
[[oauth_clients]]
id = "c1"
name = "machine"
grant = "CLIENT-CREDENTIALS"
secret = "plainly-fictional"
[[oauth_clients]]
id = "p1"
name = "person"
grant = "CODE"
scopes = ["users:readonly"]
redirect_uris = ["http://127.0.0.1/callback"]
signs_in = "paula"
"#;
    let mut bench = Bench::of(&scenario_file(&dir, text));
    bench.sign_in_as_person().await;
    let refused = bench.get(REQUESTS).await;
    assert_eq!(refused.status, 403);
    assert_eq!(refused.code(), "app.not.authorized.for.scope");
    assert!(refused.json()["message"].to_string().contains("[gdpr]"));
}

#[tokio::test]
async fn the_default_estate_has_requests_in_every_state() {
    let bench = Bench::signed_in("default").await;
    let listed = bench.list().await;
    let words: BTreeSet<String> = listed["entities"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|request| text(&request["status"]))
        .collect();
    let wanted = [
        "COMPLETED",
        "DELETING",
        "ERROR",
        "FINALIZING",
        "INITIATED",
        "QUARANTINED",
        "SEARCHING",
        "UPDATING",
    ];
    assert_eq!(words, BTreeSet::from(wanted.map(str::to_owned)));
}

#[tokio::test]
async fn the_example_in_the_guide_does_what_it_says() {
    let guide = include_str!("../../assets/simulation/README.md");
    let example = guide.split("```toml\n").nth(1).expect("an example");
    let example = example.split("```").next().expect("its end");
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("drill.toml");
    std::fs::write(&path, example).expect("written");
    let mut bench = Bench::of(&Scenario::File(path));
    bench.sign_in().await;
    assert_eq!(bench.find("EMAIL", "tilda.exempel@example.org").await.len(), 1);
    assert_eq!(submit(&bench, 1).await, 202);
    assert_eq!(submit(&bench, 2).await, 502);
    let listed = bench.list().await;
    assert_eq!(listed["total"], 3, "the second was executed all the same");
    assert_eq!(listed["entities"][2]["status"], "DELETING");
}

async fn submit(bench: &Bench, number: u32) -> u16 {
    let subject = json!({"userId": format!("nobody-{number}")});
    let body = json!({"requestType": "GDPR_EXPORT", "subject": subject});
    bench.post(REQUESTS, body).await.status.as_u16()
}
