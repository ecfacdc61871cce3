//! The estate lives on between runs and is one for all who open it.

use jiff::SignedDuration;
use serde_json::json;

use dsr_console::simulator::Simulator;

use crate::simulator_bench::{Bench, built_in, text};

#[tokio::test]
async fn two_who_open_the_same_estate_see_the_same() {
    let mut bench = Bench::signed_in("default").await;
    let other = Simulator::open(bench.dir.path(), &built_in("default")).expect("opens again");
    let made = bench.submit("GDPR_EXPORT", json!({"userId": "nobody"})).await;
    other.advance(SignedDuration::from_hours(96)).expect("advance");
    let lead = bench
        .simulator
        .clock()
        .now()
        .duration_since(jiff::Timestamp::now());
    assert!(
        lead > SignedDuration::from_hours(95),
        "the advance is seen: {lead}"
    );
    bench.sign_in().await;
    let seen = bench.request(&text(&made["id"])).await;
    assert_eq!(seen["status"], "COMPLETED");
    other.reset().expect("reset");
    bench.sign_in().await;
    let gone = bench
        .get(&format!("/api/v2/gdpr/requests/{}", text(&made["id"])))
        .await;
    assert_eq!(gone.status, 404);
    let lead = bench
        .simulator
        .clock()
        .now()
        .duration_since(jiff::Timestamp::now());
    assert!(
        lead < SignedDuration::from_hours(1),
        "the clock begins again: {lead}"
    );
}

#[tokio::test]
async fn ids_are_new_after_a_reset() {
    let mut bench = Bench::signed_in("default").await;
    let first = bench.submit("GDPR_EXPORT", json!({"userId": "nobody"})).await;
    bench.simulator.reset().expect("reset");
    bench.sign_in().await;
    let second = bench.submit("GDPR_EXPORT", json!({"userId": "nobody"})).await;
    assert_ne!(
        first["id"], second["id"],
        "a store that remembers the first must not meet it again"
    );
}

#[test]
fn the_clock_does_not_go_back() {
    let bench = Bench::new("default");
    assert!(bench.simulator.advance(SignedDuration::from_hours(-1)).is_err());
}

#[cfg(unix)]
#[test]
fn the_estate_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let bench = Bench::new("default");
    for entry in std::fs::read_dir(bench.dir.path()).expect("a directory") {
        let entry = entry.expect("an entry");
        let mode = entry.metadata().expect("metadata").permissions().mode();
        assert_eq!(mode & 0o077, 0, "{:?}", entry.file_name());
    }
}

#[test]
fn an_estate_of_a_newer_version_is_left_alone() {
    let bench = Bench::new("default");
    let path = bench.dir.path().join("default.sqlite");
    let connection = rusqlite::Connection::open(&path).expect("opens");
    connection
        .pragma_update(None, "user_version", 99)
        .expect("written");
    let error = Simulator::open(bench.dir.path(), &built_in("default"))
        .err()
        .expect("refused");
    assert!(error.to_string().contains("newer version (99)"), "{error}");
}

#[test]
fn many_can_open_at_the_same_moment() {
    let dir = tempfile::tempdir().expect("a directory");
    std::thread::scope(|scope| {
        let tasks: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| Simulator::open(dir.path(), &built_in("default")).map(|_| ())))
            .collect();
        for task in tasks {
            task.join().expect("no panic").expect("opens");
        }
    });
}

#[test]
fn two_who_submit_at_the_same_time_do_not_lose_anything() {
    let first = Bench::new("default");
    let dir = first.dir.path();
    let runtime = || {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime")
    };
    let submit = || {
        let mut bench = Bench::new("default");
        bench.simulator = Simulator::open(dir, &built_in("default")).expect("opens");
        bench.renew();
        runtime().block_on(async {
            bench.sign_in().await;
            let mut ids = Vec::new();
            for _ in 0..20 {
                let made = bench.submit("GDPR_EXPORT", json!({"userId": "nobody"})).await;
                ids.push(text(&made["id"]));
            }
            ids
        })
    };
    let ids: std::collections::HashSet<String> = std::thread::scope(|scope| {
        let tasks: Vec<_> = (0..4).map(|_| scope.spawn(submit)).collect();
        tasks
            .into_iter()
            .flat_map(|task| task.join().expect("no panic"))
            .collect()
    });
    assert_eq!(ids.len(), 80, "no id twice");
    let mut all = first;
    runtime().block_on(async {
        all.sign_in().await;
        let listed = all.list().await;
        let entities = listed["entities"].as_array().expect("a list");
        let found = entities
            .iter()
            .filter(|request| ids.contains(&text(&request["id"])));
        assert_eq!(found.count(), 80, "none is lost");
    });
}
