//! What is handed out is checked by `sh` and `openssl`, and every tampering is found.

use std::fs;
use std::path::Path;
use std::process::Command;

use dsr_console::ledger::{export_entries, export_log};

use crate::ledger_bench::{files, filled, place, sound};

/// What the script says; `Err` with its words when it finds something wrong.
fn script(directory: &Path, key: Option<&str>) -> Result<String, String> {
    let output = Command::new("sh")
        .arg(directory.join("check.sh"))
        .args(key)
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .output()
        .expect("starts");
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() {
        Ok(said(&output.stdout))
    } else {
        Err(said(&output.stderr))
    }
}

fn has_openssl() -> bool {
    let there = Command::new("openssl").arg("version").output().is_ok();
    if !there {
        assert!(std::env::var("CI").as_deref() != Ok("true"), "openssl is missing");
        eprintln!("skipped: openssl is not installed, and the script is made of it");
    }
    there
}

/// Changes bytes of every file but the script, `step` apart, and adds and takes away one.
fn every_change_is_found(directory: &Path, step: usize) {
    for file in files(directory) {
        if file.ends_with("check.sh") {
            continue;
        }
        let genuine = fs::read(&file).unwrap();
        let mut changed: Vec<Vec<u8>> = Vec::new();
        for (turn, at) in (0..genuine.len()).step_by(step).enumerate() {
            let mut bytes = genuine.clone();
            bytes[at] ^= [1, 0x20, 0x80][turn % 3];
            changed.push(bytes);
        }
        changed.push(genuine[..genuine.len() - 1].to_vec());
        changed.push([genuine.as_slice(), b"\n"].concat());
        changed.push([genuine.as_slice(), b"x"].concat());
        for (number, bytes) in changed.iter().enumerate() {
            fs::write(&file, bytes).unwrap();
            let said = script(directory, None);
            assert!(said.is_err(), "{} change {number}: {said:?}", file.display());
        }
        fs::remove_file(&file).unwrap();
        assert!(script(directory, None).is_err(), "without {}", file.display());
        fs::write(&file, &genuine).unwrap();
    }
    script(directory, None).expect("as it was");
}

#[test]
fn chosen_entries_are_proven_without_this_program() {
    if !has_openssl() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    filled(dir.path(), 299, 299);
    let root = place(dir.path()).directory;
    let key = sound(&root).keys.remove(0);
    let record = dir.path().join("record");
    export_entries(&root, &key, &[0, 17, 255, 256, 299], &record).unwrap();
    let said = script(&record, None).expect("holds");
    assert!(said.contains("5 entries of a log of 300"), "{said}");
    script(&record, Some(&key.to_string())).expect("holds with the key known");
    let other = tempfile::tempdir().unwrap();
    filled(other.path(), 1, 1);
    let foreign = sound(&place(other.path()).directory).keys.remove(0).to_string();
    script(&record, Some(&foreign)).expect_err("another key");
    // An entry in the place of another, with a proof that is genuine for the other.
    fs::copy(record.join("000000000017.json"), record.join("000000000255.json")).unwrap();
    script(&record, None).expect_err("another entry");
    // One small enough that many bytes can be tried.
    let small = dir.path().join("small");
    export_entries(&root, &key, &[42], &small).unwrap();
    every_change_is_found(&small, 23);
    assert!(
        export_entries(&root, &key, &[1], &small).is_err(),
        "never over something else"
    );
}

#[test]
fn every_entry_of_logs_of_every_shape_is_proven() {
    if !has_openssl() {
        return;
    }
    for count in [0, 1, 2, 4, 6, 12] {
        let dir = tempfile::tempdir().unwrap();
        filled(dir.path(), count, 13);
        let root = place(dir.path()).directory;
        let key = sound(&root).keys.remove(0);
        let record = dir.path().join("record");
        let all: Vec<u64> = (0..=count).collect();
        export_entries(&root, &key, &all, &record).unwrap();
        script(&record, None).unwrap_or_else(|said| panic!("{count}: {said}"));
        let log = dir.path().join("log");
        export_log(&root, &key, &log).unwrap();
        script(&log, None).unwrap_or_else(|said| panic!("{count}: {said}"));
    }
}

#[test]
fn a_whole_log_is_built_anew_without_this_program() {
    if !has_openssl() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let ledger = filled(dir.path(), 520, 520);
    let root = place(dir.path()).directory;
    let key = sound(&root).keys.remove(0);
    let log = dir.path().join("log");
    let exported = export_log(&root, &key, &log).unwrap();
    assert_eq!((exported.entries, exported.size), (521, 521));
    let said = script(&log, Some(&key.to_string())).expect("holds");
    assert!(said.contains("a log of 521 entries"), "{said}");
    for file in files(&log) {
        if file.ends_with("check.sh") {
            continue;
        }
        let genuine = fs::read(&file).unwrap();
        let mut bytes = genuine.clone();
        let at = bytes.len() * 2 / 3;
        bytes[at] ^= 2;
        fs::write(&file, &bytes).unwrap();
        assert!(script(&log, None).is_err(), "{}", file.display());
        fs::write(&file, &genuine).unwrap();
    }
    // A small one, byte by byte.
    drop(ledger);
    let dir = tempfile::tempdir().unwrap();
    filled(dir.path(), 2, 2);
    let root = place(dir.path()).directory;
    let key = sound(&root).keys.remove(0);
    let log = dir.path().join("log");
    export_log(&root, &key, &log).unwrap();
    every_change_is_found(&log, 17);
}
