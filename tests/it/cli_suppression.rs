//! The register of suppressed identifiers: a case forgets its person, and a return of the data is
//! noticed all the same.

use std::path::PathBuf;

use super::cli_harness::Dsr;

const EDDA: &str = "edda.fiktiv@example.org";

/// An erasure that was closed long ago, under habits of a profile. The person was never erased, which is
/// what a restore from a backup looks like.
fn closed(habits: &str) -> Dsr {
    let dsr = Dsr::simulated();
    let config = dsr.file("dsr.toml", &format!("[profiles.default]\n{habits}\n"));
    let dsr = dsr.with("DSR_CONFIG", &config.display().to_string());
    dsr.run(&[
        "cases",
        "open",
        "--kind",
        "erasure",
        "--received",
        "today",
        "--email",
        EDDA,
    ])
    .ends(0);
    for arguments in [
        vec!["cell", "C-1", "genesys_cloud", "--searched", "1"],
        vec!["cell", "C-1", "genesys_cloud", "--erased", "1"],
        vec!["answer", "C-1", "--channel", "letter"],
        vec!["close", "C-1", "--despite", "a test"],
    ] {
        let all: Vec<&str> = ["cases"].into_iter().chain(arguments).collect();
        dsr.run(&all).ends(0);
    }
    dsr
}

fn register(dsr: &Dsr) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![dsr.home().to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            match entry.path() {
                path if path.is_dir() => folders.push(path),
                path if path.extension().is_some_and(|it| it == "enc") => found.push(path),
                _ => {}
            }
        }
    }
    found
}

#[test]
fn what_came_back_is_raised_after_the_case_has_forgotten_its_person() {
    let dsr = closed("case_retention = \"30d\"\nsuppression_retention = \"200d\"");
    dsr.run(&["simulator", "clock", "--advance", "60d"]).ends(0);
    let swept = dsr.json("cases-sweep.json", &["cases", "sweep"], 0);
    assert_eq!(swept["items"][0]["forgotten"], true, "{swept:#}");
    let shown = dsr.json("cases-show.json", &["cases", "show", "C-1"], 0);
    assert!(shown["identifiers"].as_array().unwrap().is_empty());

    let found = dsr.json("cases-recheck.json", &["cases", "recheck"], 1);
    let item = &found["items"][0];
    assert_eq!(
        (item["id"].as_str(), item["from"].as_str()),
        (Some("C-1"), Some("register"))
    );
    assert_eq!(item["found"], 1, "{found:#}");

    let listed = dsr.json(
        "cases-suppression-list.json",
        &["cases", "suppression", "list"],
        0,
    );
    assert_eq!(listed["items"][0]["identifiers"][0]["value"], EDDA);
    let table = dsr.run(&["cases", "suppression", "list"]).ends(0);
    assert!(
        !table.stdout.contains(EDDA) && table.stdout.contains("C-1"),
        "masked: {}",
        table.stdout
    );

    // What the register says stands in no file, and in no entry of the ledger.
    let files = register(&dsr);
    assert_eq!(files.len(), 1, "{files:?}");
    let content = std::fs::read(&files[0]).unwrap();
    assert!(!String::from_utf8_lossy(&content).contains("edda"));
    let ledger = dsr.run(&["ledger", "show", "--output", "ndjson"]).ends(0);
    assert!(ledger.stdout.contains("suppression.add") && ledger.stdout.contains("case.recheck"));
    assert!(!ledger.stdout.contains("edda"));

    // Its own time ends, too.
    dsr.run(&["simulator", "clock", "--advance", "160d"]).ends(0);
    let swept = dsr.json("cases-sweep.json", &["cases", "sweep"], 0);
    assert_eq!(swept["expired"][0]["case"], "C-1", "{swept:#}");
    assert!(register(&dsr).is_empty());
    let gone = dsr.json("cases-recheck.json", &["cases", "recheck", "C-1"], 6);
    assert_eq!(gone["items"][0]["found"], serde_json::Value::Null);
}

#[test]
fn an_entry_is_removed_by_hand_and_a_damaged_one_is_told() {
    let dsr = closed("suppression_retention = \"200d\"");
    let file = register(&dsr).remove(0);
    let whole = std::fs::read(&file).unwrap();
    std::fs::write(&file, &whole[..whole.len() - 1]).unwrap();
    let listed = dsr.json(
        "cases-suppression-list.json",
        &["cases", "suppression", "list"],
        6,
    );
    assert_eq!(listed["items"][0]["readable"], false);
    let arguments = [
        "cases",
        "suppression",
        "remove",
        "c-1",
        "--reason",
        "the backups are gone",
    ];
    dsr.json("cases-suppression-remove.json", &arguments, 0);
    assert!(register(&dsr).is_empty());
    dsr.run(&arguments).ends(1);
}

#[test]
fn no_register_is_kept_where_none_is_wanted() {
    let dsr = closed("suppression_retention = \"0d\"");
    assert!(register(&dsr).is_empty());
}
