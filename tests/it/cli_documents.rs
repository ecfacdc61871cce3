//! The documents of the commands around the road, held against their schemas, and names that mean
//! harm, by a real run of the binary.

use serde_json::Value;

use super::cli_harness::{Dsr, check, schemas};

#[test]
fn documents_around_the_road_keep_to_their_schemas() {
    let dsr = Dsr::simulated();
    dsr.json("doctor.json", &["doctor"], 0);
    dsr.json("whoami.json", &["whoami"], 0);
    dsr.json("logout.json", &["logout"], 0);
    dsr.json("config-path.json", &["config", "path"], 0);
    dsr.json("config-show.json", &["config", "show"], 0);
    dsr.json("config-check.json", &["config", "check"], 0);
    dsr.json("simulator-scenarios.json", &["simulator", "scenarios"], 0);
    dsr.json("simulator-clock.json", &["simulator", "clock"], 0);
    dsr.json(
        "simulator-clock.json",
        &["simulator", "clock", "--advance", "1h"],
        0,
    );
    dsr.json("simulator-clock.json", &["simulator", "reset"], 0);
    dsr.json(
        "setup-oauth-client.json",
        &["setup", "oauth-client", "--dry-run"],
        0,
    );
    dsr.ndjson("doctor.json", &["doctor"]);
    dsr.ndjson("simulator-scenarios.json", &["simulator", "scenarios"]);
    let wrong = dsr.file("wrong.toml", "theme = 5\nnonsense = true\n");
    let path = wrong.display().to_string();
    let ran = dsr
        .run(&["config", "check", "--config", &path, "--output", "json"])
        .ends(3);
    check("config-check.json", &ran.json());
    assert_eq!(ran.json()["items"].as_array().unwrap().len(), 2);
    ran.error();
}

#[test]
fn events_of_a_followed_request_keep_to_their_schema() {
    let dsr = Dsr::simulated();
    let submit = [
        "requests",
        "submit",
        "--type",
        "delete",
        "--email",
        "edda.fiktiv@example.org",
        "--copy-first",
        "--yes",
    ];
    let item = dsr.json("requests-submit.json", &submit, 0);
    let export = item["copy"]["id"].as_str().unwrap().to_owned();
    dsr.run(&["simulator", "clock", "--advance", "5d"]).ends(0);
    let ran = dsr
        .run(&[
            "requests",
            "watch",
            &export,
            "--until-done",
            "--fetch",
            "--output",
            "ndjson",
        ])
        .ends(0);
    let events: Vec<Value> = ran
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let mut kinds: Vec<&str> = events
        .iter()
        .map(|event| event["event"].as_str().unwrap())
        .collect();
    events
        .iter()
        .for_each(|event| check("requests-watch-event.json", event));
    kinds.sort_unstable();
    kinds.dedup();
    assert_eq!(kinds, ["change", "fetched", "released"], "{events:#?}");
}

/// Every schema is used by a test, so that none is left behind by a document that changes.
#[test]
fn no_schema_is_left_without_a_test() {
    let mut tests = Vec::new();
    let mut waiting = vec![std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it")];
    while let Some(directory) = waiting.pop() {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                tests.push(std::fs::read_to_string(path).unwrap());
            }
        }
    }
    // These are told by commands that need a browser, a terminal or a foreign file; their own tests
    // look at what they write.
    let elsewhere = ["common.json", "login.json", "setup.json", "setup-import-gc.json"];
    for (name, _) in schemas() {
        let quoted = format!("\"{name}\"");
        assert!(
            elsewhere.contains(&name.as_str()) || tests.iter().any(|test| test.contains(&quoted)),
            "{name}"
        );
    }
}

/// A scenario whose people are called what an attacker would call them.
const HOSTILE: &str = r#"
summary = "Names that mean harm"

[organization]
name = "Evil \u001B[31mCorp\u202E"
domain = "evil"
country = "DE"

[[roles]]
name = "Privacy operator"
permissions = ["gdpr:request:add", "gdpr:request:view", "gdpr:subject:view", "externalContacts:contact:view"]

[[oauth_clients]]
id = "5d5e0a1c-51a1-4c1e-9d5a-000000000001"
name = "dsr simulation"
grant = "CLIENT-CREDENTIALS"
secret = "simulated-secret-not-a-real-one"
roles = ["Privacy operator"]

[[records]]
key = "mallory"
kind = "contact"
name = "Mallory \u001B]0;owned\u0007\u202Etxt.exe\u202C\r\nroot\u200B \u009B2J"
emails = ["mallory@example.org"]

[[requests]]
type = "delete"
name = "=cmd|' /C calc'!A0 \u001B[2J\u2066x"
age = "1h"
status = "INITIATED"
"#;

fn is_hostile(c: char) -> bool {
    (c.is_control() && c != '\n' && c != '\r')
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}')
}

#[test]
fn hostile_names_stay_harmless_everywhere() {
    let dsr = Dsr::simulated();
    let file = dsr.file("hostile.toml", HOSTILE);
    let scenario = file.display().to_string();
    let submit = [
        "requests",
        "submit",
        "--type",
        "export",
        "--email",
        "mallory@example.org",
        "--yes",
    ];
    let runs: [&[&str]; 7] = [
        &["subjects", "search", "--email", "mallory@example.org"],
        &["subjects", "search", "--email", "mallory@example.org", "--reveal"],
        &submit,
        &["requests", "list", "--reveal"],
        &["requests", "list", "--output", "json"],
        &["requests", "list", "--output", "ndjson"],
        &["requests", "watch", "--once"],
    ];
    for arguments in runs {
        let all: Vec<&str> = arguments
            .iter()
            .copied()
            .chain(["--scenario", &scenario])
            .collect();
        let ran = dsr.run(&all).ends(0);
        for stream in [&ran.stdout, &ran.stderr] {
            assert!(!stream.contains(is_hostile), "{arguments:?}: {stream:?}");
        }
    }
    let ran = dsr
        .run(&["requests", "list", "--output", "csv", "--scenario", &scenario])
        .ends(0);
    assert!(!ran.stdout.contains(is_hostile), "{:?}", ran.stdout);
    let mut reader = csv::Reader::from_reader(ran.stdout.as_bytes());
    for record in reader.records() {
        for cell in &record.unwrap() {
            assert!(!cell.starts_with(['=', '+', '-', '@']), "{cell:?}");
        }
    }
}
