//! `dsr forget --files`, as a user runs it.

use super::cli_harness::check;
use crate::support::Home;

const PERSON: &str = "jane.roe@example.org";

fn files() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(
        directory.path().join("CommitLog-7-1.log"),
        format!("\0\0\"{PERSON}\"\0maryjane.roe@example.org"),
    )
    .unwrap();
    directory
}

#[test]
fn what_is_on_disk_is_told_with_what_removes_it() {
    let home = Home::new();
    let directory = files();
    let path = directory.path().to_str().unwrap();
    let ran = home
        .run(["forget", "--files", path, "--search", PERSON, "--output", "json"])
        .ends_with(0);
    let document = ran.json();
    check("forget-files.json", &document);
    assert_eq!(document["result"], "found");
    assert_eq!(document["substring_hits"], 1);
    assert_eq!(document["items"][0]["whence"], "commit_log");
    assert_eq!(document["items"][0]["deletable"], false);
    // For people: masked, and the last line says what came of it.
    let ran = home
        .run(["forget", "--files", path, "--search", PERSON])
        .ends_with(0);
    assert!(!ran.stdout.contains("jane.roe"), "{}", ran.stdout);
    assert!(
        ran.stdout
            .lines()
            .last()
            .unwrap()
            .starts_with("matches found: 1 exact"),
        "{}",
        ran.stdout
    );
    let ran = home
        .run(["forget", "--files", path, "--search", "nobody@example.org"])
        .ends_with(0);
    assert!(
        ran.stdout
            .lines()
            .last()
            .unwrap()
            .starts_with("complete and clean"),
        "{}",
        ran.stdout
    );
}

#[test]
fn what_cannot_be_searched_makes_it_incomplete() {
    let home = Home::new();
    let directory = files();
    std::fs::write(
        directory.path().join("CommitLog-7-2.log"),
        "{\"compressionClass\":\"LZ4Compressor\"}",
    )
    .unwrap();
    let path = directory.path().to_str().unwrap();
    let search = ["forget", "--files", path, "--search", "nobody@example.org"];
    let ran = home.run(search).ends_with(6);
    assert!(
        ran.stdout.lines().last().unwrap().starts_with("INCOMPLETE"),
        "{}",
        ran.stdout
    );
    let document = home
        .run([&search[..], &["--output", "json"]].concat())
        .ends_with(6)
        .json();
    check("forget-files.json", &document);
    assert_eq!(document["complete"], false);
    assert_eq!(document["not_read"].as_array().unwrap().len(), 1);
}

#[test]
fn files_are_never_cleaned_up_and_nothing_is_not_clean() {
    let home = Home::new();
    let directory = files();
    let path = directory.path().to_str().unwrap();
    home.run(["forget", "--files", path, "--search", PERSON, "--cleanup", "true"])
        .ends_with(2);
    let empty = tempfile::tempdir().unwrap();
    let ran = home
        .run([
            "forget",
            "--files",
            empty.path().to_str().unwrap(),
            "--search",
            PERSON,
        ])
        .ends_with(1);
    assert!(ran.stderr.contains("No file of Cassandra"), "{}", ran.stderr);
    home.run(["forget", "--files", "/nowhere", "--search", PERSON])
        .ends_with(1);
}
