//! `dsr ledger` by real runs of the binary.

use serde_json::Value;

use super::cli_harness::{Dsr, check};

fn with_something_done() -> Dsr {
    let dsr = Dsr::simulated();
    dsr.run(&["subjects", "search", "--email", "anna.muster@example.org"])
        .ends(0);
    let submit = [
        "requests",
        "submit",
        "--type",
        "export",
        "--email",
        "edda.fiktiv@example.org",
        "--yes",
    ];
    dsr.run(&submit).ends(0);
    dsr
}

#[test]
fn what_was_done_is_listed_and_verified() {
    let dsr = with_something_done();
    let shown = dsr.json("ledger-show.json", &["ledger", "show"], 0);
    let actions: Vec<&str> = shown["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["action"].as_str().unwrap())
        .collect();
    assert_eq!(actions[0], "ledger.begin");
    for wanted in ["search", "submit.intent", "submit.outcome"] {
        assert!(actions.contains(&wanted), "{actions:?}");
    }
    let operation = shown["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|item| item["action"] == "submit.intent")
        .unwrap()["operation_id"]
        .as_str()
        .unwrap()
        .to_owned();
    let chosen = dsr.json(
        "ledger-show.json",
        &["ledger", "show", "--operation", &operation],
        0,
    );
    assert_eq!(chosen["items"].as_array().unwrap().len(), 2);
    let kind = dsr.json("ledger-show.json", &["ledger", "show", "--action", "submit"], 0);
    assert_eq!(kind["items"].as_array().unwrap().len(), 2);
    let nobody = dsr.json(
        "ledger-show.json",
        &["ledger", "show", "--actor", "nobody-here"],
        0,
    );
    assert!(nobody["items"].as_array().unwrap().is_empty());
    let later = dsr.json(
        "ledger-show.json",
        &["ledger", "show", "--until", "2001-01-01"],
        0,
    );
    assert!(later["items"].as_array().unwrap().is_empty());
    dsr.ndjson("ledger-show.json", &["ledger", "show"]);
    let found = dsr.json("ledger-verify.json", &["ledger", "verify"], 0);
    assert_eq!(found["sound"], true);
    assert_eq!(found["size"], actions.len());
}

#[test]
fn a_checkpoint_is_kept_and_continued() {
    let dsr = with_something_done();
    let first = dsr.json("ledger-checkpoint.json", &["ledger", "checkpoint"], 0);
    let file = dsr.file("earlier", first["checkpoint"].as_str().unwrap());
    dsr.run(&["subjects", "search", "--email", "anna.muster@example.org"])
        .ends(0);
    let (file, key) = (
        file.display().to_string(),
        first["verifier_key"].as_str().unwrap(),
    );
    let verify = ["ledger", "verify", "--since", &file, "--key", key];
    let found = dsr.json("ledger-verify.json", &verify, 0);
    assert!(found["since"]["size"].as_u64().unwrap() < found["size"].as_u64().unwrap());
    // The log that was handed over, by its directory alone.
    let path = first["path"].as_str().unwrap();
    dsr.json("ledger-verify.json", &["ledger", "verify", path, "--key", key], 0);
    // Put back to the earlier state, the files are genuine, and it is found all the same.
    let other = with_something_done();
    let foreign = other.json("ledger-checkpoint.json", &["ledger", "checkpoint"], 0);
    let foreign = foreign["verifier_key"].as_str().unwrap();
    let ran = dsr
        .run(&["ledger", "verify", path, "--key", foreign, "--output", "json"])
        .ends(1);
    assert_eq!(ran.json()["sound"], false);
}

#[test]
fn tampering_is_found_and_shuts_the_way_out() {
    let dsr = with_something_done();
    let first = dsr.json("ledger-checkpoint.json", &["ledger", "checkpoint"], 0);
    let entries = std::path::Path::new(first["path"].as_str().unwrap()).join("entries.jsonl");
    let genuine = std::fs::read_to_string(&entries).unwrap();
    std::fs::write(&entries, genuine.replace("submit.outcome", "submit.0utcome")).unwrap();
    let ran = dsr.run(&["ledger", "verify", "--output", "json"]).ends(1);
    check("ledger-verify.json", &ran.json());
    assert_eq!(ran.json()["sound"], false);
    assert_eq!(ran.error()["kind"], "storage");
    let submit = [
        "requests",
        "submit",
        "--type",
        "export",
        "--email",
        "edda.fiktiv@example.org",
        "--again",
        "--yes",
        "--output",
        "json",
    ];
    let ran = dsr.run(&submit).ends(1);
    let error = ran.error();
    assert_eq!(error["kind"], "storage", "{error}");
    assert_eq!(error["changed"], "nothing");
    // Looking is still possible, with a warning.
    let ran = dsr.run(&["requests", "list"]).ends(0);
    assert!(
        ran.stderr.contains("Warning: The ledger is broken"),
        "{}",
        ran.stderr
    );
    let begun = dsr.json("ledger-begin.json", &["ledger", "begin", "--yes"], 0);
    assert_ne!(begun["verifier_key"], first["verifier_key"]);
    let ran = dsr.run(&["requests", "list"]).ends(0);
    assert!(!ran.stderr.contains("Warning"), "{}", ran.stderr);
    let kept = entries
        .parent()
        .unwrap()
        .with_extension("ledger.1")
        .join("entries.jsonl");
    assert!(std::fs::read_to_string(kept).unwrap().contains("submit.0utcome"));
    dsr.run(&["ledger", "begin", "--yes"]).ends(1);
    dsr.json("ledger-rotate.json", &["ledger", "rotate", "--yes"], 0);
    dsr.json("ledger-verify.json", &["ledger", "verify"], 0);
}

#[test]
fn without_a_ledger_there_is_nothing_to_verify() {
    let dsr = Dsr::simulated();
    let ran = dsr.run(&["ledger", "verify", "--output", "json"]).ends(1);
    assert_eq!(ran.error()["kind"], "not_found");
    // A checkpoint can be had from the first moment on.
    let first: Value = dsr.json("ledger-checkpoint.json", &["ledger", "checkpoint"], 0);
    assert!(
        first["checkpoint"]
            .as_str()
            .unwrap()
            .starts_with("dsr/simulation/")
    );
    dsr.json("ledger-verify.json", &["ledger", "verify"], 0);
}

#[test]
fn chosen_entries_go_out_with_their_proofs() {
    let dsr = with_something_done();
    let out = dsr
        .file("note", "")
        .with_file_name("record")
        .display()
        .to_string();
    let export = ["ledger", "export", &out, "--action", "submit"];
    let exported = dsr.json("ledger-export.json", &export, 0);
    assert_eq!(
        (exported["entries"].as_u64(), exported["whole"].as_bool()),
        (Some(2), Some(false))
    );
    let script = std::process::Command::new("sh")
        .arg(exported["script"].as_str().unwrap())
        .output()
        .unwrap();
    assert!(
        script.status.success(),
        "{}",
        String::from_utf8_lossy(&script.stderr)
    );
    // Never over something that is there, and not without an entry.
    dsr.run(&export).ends(1);
    let none = format!("{out}-none");
    dsr.run(&["ledger", "export", &none, "--actor", "nobody-here"])
        .ends(1);
    assert!(!std::path::Path::new(&none).exists());
    let shown = dsr.json(
        "ledger-show.json",
        &["ledger", "show", "--action", "ledger.export"],
        0,
    );
    assert_eq!(shown["items"].as_array().unwrap().len(), 2);
}

#[test]
fn denied_attempts_and_opened_archives_are_recorded() {
    let dsr = with_something_done();
    // An equal request is open: denied by our own rule.
    let submit = [
        "requests",
        "submit",
        "--type",
        "export",
        "--email",
        "edda.fiktiv@example.org",
        "--yes",
    ];
    dsr.run(&submit).ends(1);
    let shown = dsr.json("ledger-show.json", &["ledger", "show"], 0);
    let actions: Vec<&str> = shown["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["action"].as_str().unwrap())
        .collect();
    assert!(actions.contains(&"submit.denied"), "{actions:?}");
    dsr.run(&["simulator", "clock", "--advance", "5d"]).ends(0);
    let item = dsr.json("requests-list.json", &["requests", "list"], 0);
    let id = item["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|item| item["origin"] == "ours" && item["type"] == "export")
        .unwrap()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let fetched = dsr.json("requests-download.json", &["requests", "download", &id], 0);
    let path = fetched["items"][0]["path"].as_str().unwrap().to_owned();
    dsr.run(&["archive", "show", &path]).ends(0);
    dsr.run(&["archive", "show", &path, "--reveal"]).ends(0);
    let shown = dsr.json("ledger-show.json", &["ledger", "show", "--action", "archive"], 0);
    let parts: Vec<&Value> = shown["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| &item["facts"]["part"])
        .collect();
    assert_eq!(parts, ["list", "reveal"]);
    // An export may have several results; each is an entry.
    let downloads = dsr.json("ledger-show.json", &["ledger", "show", "--action", "download"], 0);
    let count = |list: &Value| list["items"].as_array().unwrap().len();
    assert_eq!(count(&downloads), count(&fetched));
}
