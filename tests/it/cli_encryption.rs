//! Encryption at rest: what is personal stands nowhere in the store or its results any more, everything
//! goes on working with the key, and nothing without it; nothing is lost on the way there and back.

use std::path::Path;

use super::cli_harness::Dsr;

const EDDA: &str = "edda.fiktiv@example.org";

/// Everything of the simulated organisation, the estate itself left out.
pub fn kept(dsr: &Dsr) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![dsr.home().to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.display().to_string().contains(".world/") {
                found.push((path.display().to_string(), std::fs::read(&path).unwrap()));
            }
        }
    }
    found
}

/// Files in which the person stands.
fn standing(dsr: &Dsr) -> Vec<String> {
    let names = ["edda.fiktiv", "Fiktiv", "wrote by letter", "claim of the house"];
    let has = |bytes: &[u8]| {
        names
            .iter()
            .any(|name| memchr::memmem::find(bytes, name.as_bytes()).is_some())
    };
    let files = kept(dsr).into_iter().filter(|(_, bytes)| has(bytes));
    files.map(|(path, _)| path).collect()
}

/// Results that are encrypted.
fn sealed(dsr: &Dsr) -> u64 {
    let files = kept(dsr).into_iter();
    files
        .filter(|(_, bytes)| bytes.starts_with(b"dsr encrypted file"))
        .count() as u64
}

/// A case with a note, a hold, a fetched export and a deletion.
pub fn busy() -> Dsr {
    let dsr = Dsr::simulated();
    dsr.run(&[
        "cases",
        "open",
        "--kind",
        "access",
        "--received",
        "today",
        "--email",
        EDDA,
        "--reference",
        "T-1",
        "--note",
        "wrote by letter",
    ])
    .ends(0);
    dsr.run(&["requests", "submit", "--type", "export", "--case", "T-1", "--yes"])
        .ends(0);
    dsr.run(&["simulator", "clock", "--advance", "5d"]).ends(0);
    dsr.run(&["requests", "watch", "--once", "--fetch"]).ends(0);
    dsr.run(&[
        "cases",
        "hold",
        "add",
        "--case",
        "T-1",
        "--reason",
        "claim of the house",
    ])
    .ends(0);
    dsr
}

fn passphrase(dsr: &Dsr, name: &str, text: &str) -> String {
    use std::os::unix::fs::PermissionsExt;
    let path = dsr.file(name, text);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    path.display().to_string()
}

/// What a person sees of it all.
pub fn seen(dsr: &Dsr) -> Vec<serde_json::Value> {
    let case = dsr.json("cases-show.json", &["cases", "show", "T-1"], 0);
    assert_eq!(case["identifiers"][0]["value"], EDDA);
    let mut requests = dsr.json("requests-list.json", &["requests", "list"], 0);
    requests["read_at"] = serde_json::Value::Null;
    let holds = dsr.json("cases-hold-list.json", &["cases", "hold", "list"], 0);
    assert_eq!(holds["items"][0]["reason"], "claim of the house");
    vec![case["trail"].clone(), case["coverage"].clone(), requests, holds]
}

fn archive(dsr: &Dsr) -> String {
    let found = kept(dsr).into_iter().find(|(path, _)| path.ends_with(".zip"));
    found.expect("a result").0
}

#[test]
fn nothing_personal_is_left_in_the_clear_and_everything_comes_back() {
    let dsr = busy();
    let before = seen(&dsr);
    assert!(!standing(&dsr).is_empty());
    let zip = archive(&dsr);
    let plain = std::fs::read(&zip).unwrap();
    let first = passphrase(&dsr, "first", "one two three four\n");
    let on = dsr.json(
        "encryption-change.json",
        &["encryption", "on", "--yes", "--passphrase-file", &first],
        0,
    );
    let files = on["files"].as_u64().unwrap();
    assert!(on["on"] == true && files > 0, "{on:#}");
    assert_eq!(standing(&dsr), Vec::<String>::new());
    assert_eq!(sealed(&dsr), files);

    // Without the passphrase nothing, and it says so; with a wrong one, too.
    let shut = dsr.run(&["cases", "show", "T-1"]).ends(3);
    assert!(
        shut.stderr.contains("protected with a passphrase"),
        "{}",
        shut.stderr
    );
    // That it is on is said all the same; nothing is claimed of what a conversion left behind.
    let without = dsr.json("encryption-status.json", &["encryption", "status"], 6);
    assert_eq!(
        (&without["on"], &without["key_kept_by"]),
        (&true.into(), &"passphrase".into())
    );
    assert!(without["left_behind"].is_null() && without["half_written"].is_null());
    let told = dsr.run(&["encryption", "status"]).ends(6);
    assert!(
        told.stdout.contains("on; the key is protected") && told.stdout.contains("not counted"),
        "{told:?}"
    );
    assert!(
        told.stderr.contains("SIMULATION") && told.stderr.contains("DSR_ENCRYPTION_PASSPHRASE_FILE"),
        "{told:?}"
    );
    let wrong = passphrase(&dsr, "wrong", "one two three five\n");
    let dsr = dsr.with("DSR_ENCRYPTION_PASSPHRASE_FILE", &wrong);
    dsr.run(&["cases", "list"]).ends(4);
    let dsr = dsr.with("DSR_ENCRYPTION_PASSPHRASE_FILE", &first);
    let status = dsr.json("encryption-status.json", &["encryption", "status"], 0);
    assert_eq!(status["key_kept_by"], "passphrase");
    assert_eq!(seen(&dsr), before, "everything is as it was");
    dsr.json("archive-show.json", &["archive", "show", &zip], 0);
    // A conversion that broke off behind the store is finished by the same command, once.
    std::fs::write(&zip, plain).unwrap();
    let finished = dsr.json("encryption-change.json", &["encryption", "on", "--yes"], 0);
    assert_eq!((&finished["rows"], &finished["files"]), (&0.into(), &1.into()));
    assert_eq!(sealed(&dsr), files);
    dsr.run(&["encryption", "on", "--yes"]).ends(1);
    dsr.json("archive-show.json", &["archive", "show", &zip], 0);
    // Recordings cannot be searched, and that is told; the person is found in the rest.
    let found = dsr.run(&["copies", "find", "--email", EDDA]).ends(6);
    assert!(found.stdout.contains("result     1"), "{}", found.stdout);

    // What is written from now on is encrypted, too.
    dsr.run(&["cases", "change", "T-1", "--note", "wrote by letter again"])
        .ends(0);
    dsr.run(&[
        "cases",
        "open",
        "--kind",
        "access",
        "--received",
        "today",
        "--email",
        EDDA,
        "--reference",
        "T-2",
    ])
    .ends(0);
    dsr.run(&[
        "requests", "submit", "--type", "export", "--case", "T-2", "--again", "--yes",
    ])
    .ends(0);
    dsr.run(&["simulator", "clock", "--advance", "5d"]).ends(0);
    dsr.run(&["requests", "watch", "--once", "--fetch"]).ends(0);
    dsr.run(&["requests", "list"]).ends(0);
    assert_eq!(standing(&dsr), Vec::<String>::new());
    dsr.run(&["ledger", "verify"]).ends(0);

    // Another passphrase: the key stays, the old passphrase is worth nothing.
    let second = passphrase(&dsr, "second", "something else, and longer\n");
    dsr.json(
        "encryption-status.json",
        &["encryption", "passphrase", "--yes", "--passphrase-file", &second],
        0,
    );
    dsr.run(&["cases", "list"]).ends(4);
    let dsr = dsr.with("DSR_ENCRYPTION_PASSPHRASE_FILE", &second);
    dsr.run(&["cases", "list"]).ends(0);

    let all = sealed(&dsr);
    assert!(all > files, "what was fetched since is encrypted, too");
    let off = dsr.json("encryption-change.json", &["encryption", "off", "--yes"], 0);
    assert_eq!(off["files"], all, "{off:#}");
    assert_eq!(sealed(&dsr), 0);
    assert!(!standing(&dsr).is_empty());
    dsr.json("archive-show.json", &["archive", "show", &zip], 0);
    let after = dsr.json("encryption-status.json", &["encryption", "status"], 0);
    assert_eq!((&after["on"], &after["left_behind"]), (&false.into(), &0.into()));
    let again = dsr.run(&["encryption", "off", "--yes"]).ends(1);
    assert!(again.stderr.contains("not encrypted"), "{}", again.stderr);
}

#[test]
fn a_lost_key_is_told_and_nothing_is_made_in_its_place() {
    let dsr = busy();
    dsr.run(&["encryption", "on", "--yes", "--key-file"]).ends(0);
    let key = kept(&dsr)
        .into_iter()
        .find(|(path, _)| path.ends_with("store.key"))
        .unwrap();
    let path = Path::new(&key.0);
    std::fs::remove_file(path).unwrap();
    let lost = dsr.run(&["cases", "list"]).ends(4);
    assert!(lost.stderr.contains("its key is not open"), "{}", lost.stderr);
    assert!(!path.exists(), "no new key takes its place");
    // Another key is not taken for it.
    let other = busy();
    other.run(&["encryption", "on", "--yes", "--key-file"]).ends(0);
    let foreign = kept(&other)
        .into_iter()
        .find(|(path, _)| path.ends_with("store.key"))
        .unwrap();
    std::fs::write(path, &foreign.1).unwrap();
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
    let mixed = dsr.run(&["cases", "list"]).ends(1);
    assert!(mixed.stderr.contains("another key"), "{}", mixed.stderr);
    std::fs::write(path, &key.1).unwrap();
    seen(&dsr);
}
