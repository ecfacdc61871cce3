//! The register of suppressed identifiers: a case forgets its person, and a return of the data is
//! noticed all the same.

use std::path::PathBuf;

use super::cli_harness::Dsr;

const EDDA: &str = "edda.fiktiv@example.org";

/// An erasure that was closed long ago, under habits of a profile. The person was never erased, which is
/// what a restore from a backup looks like.
fn closed(habits: &str) -> Dsr {
    let dsr = answered(habits);
    dsr.run(&CLOSE).ends(0);
    dsr
}

const CLOSE: [&str; 5] = ["cases", "close", "C-1", "--despite", "a test"];

/// The same before it is closed.
fn answered(habits: &str) -> Dsr {
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

/// The arguments with a passphrase from a file.
fn with_passphrase<'a>(verb: &'a str, file: &'a str) -> [&'a str; 5] {
    ["encryption", verb, "--yes", "--passphrase-file", file]
}

fn secret(dsr: &Dsr) -> String {
    use std::os::unix::fs::PermissionsExt;
    let path = dsr.file("secret", "one two three four\n");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    path.display().to_string()
}

#[test]
fn after_encryption_is_turned_off_the_register_needs_no_passphrase() {
    let dsr = answered("suppression_retention = \"200d\"");
    let secret = secret(&dsr);
    dsr.run(&with_passphrase("on", &secret)).ends(0);
    let open = "DSR_ENCRYPTION_PASSPHRASE_FILE";
    let off = ["encryption", "off", "--yes"];
    let dsr = dsr.with(open, &secret);
    let done = dsr.json("encryption-change.json", &off, 0);
    assert_eq!(done["key_kept_by"], "file", "{done:#}");
    dsr.run(&off).ends(1);

    // What a crash before the key was kept so leaves behind: the same command goes on with it.
    dsr.run(&with_passphrase("passphrase", &secret)).ends(0);
    let dsr = dsr.with(open, "");
    let status = dsr.run(&["encryption", "status"]).ends(0);
    assert!(status.stdout.contains("dsr encryption off"), "{}", status.stdout);
    dsr.run(&off).ends(3);
    let dsr = dsr.with(open, &secret);
    // The doctor tells it, what it means, where the passphrase comes from, and the way out.
    let told = dsr.json("doctor.json", &["doctor"], 0);
    let mut checks = told["items"].as_array().unwrap().iter();
    let check = checks
        .find(|check| check["name"] == "encryption at rest")
        .unwrap();
    assert_eq!(check["verdict"], "warning");
    let seen = check["seen"].as_str().unwrap();
    assert!(
        seen.starts_with("off: ") && seen.contains("protected with a passphrase") && seen.contains(&secret),
        "{check:#}"
    );
    assert!(check["remedy"].as_str().unwrap().contains("dsr encryption off"));
    let told = dsr.run(&off).ends(0);
    assert!(told.stderr.contains("without a passphrase"), "{}", told.stderr);

    let dsr = dsr.with(open, "");
    let closed = dsr.json("cases-show.json", &CLOSE, 0);
    assert_eq!(closed["notes"], serde_json::Value::Null);
    assert_eq!(register(&dsr).len(), 1);
    dsr.json(
        "cases-suppression-list.json",
        &["cases", "suppression", "list"],
        0,
    );
}

#[test]
fn a_case_whose_person_cannot_be_registered_is_closed_and_says_so() {
    let dsr = answered("suppression_retention = \"200d\"");
    let secret = secret(&dsr);
    dsr.run(&with_passphrase("on", &secret)).ends(0);
    let dsr = dsr.with("DSR_ENCRYPTION_PASSPHRASE_FILE", &secret);
    dsr.run(&["encryption", "off", "--yes"]).ends(0);
    dsr.run(&with_passphrase("passphrase", &secret)).ends(0);
    let dsr = dsr.with("DSR_ENCRYPTION_PASSPHRASE_FILE", "");
    let closed = dsr.json("cases-show.json", &CLOSE, 6);
    assert_eq!(closed["state"], "closed");
    let note = closed["notes"][0].as_str().unwrap();
    for said in ["NOT in the register", "passphrase", "dsr cases sweep"] {
        assert!(note.contains(said), "{note}");
    }
    assert!(register(&dsr).is_empty());
    let ledger = dsr.run(&["ledger", "show", "--output", "ndjson"]).ends(0);
    assert!(ledger.stdout.contains("suppression.waits"), "{}", ledger.stdout);
    assert!(!ledger.stdout.contains("edda"));
}

#[test]
fn no_register_is_kept_where_none_is_wanted() {
    let dsr = closed("suppression_retention = \"0d\"");
    assert!(register(&dsr).is_empty());
}
