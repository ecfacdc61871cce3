//! The ledger against a verifier in another language, with libraries of other people.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::ledger_bench::{append, copy, files, filled, lines, place, sound};

/// The verifier, built with the Go that is here, or a word about why the test says nothing.
fn verifier() -> Option<PathBuf> {
    let places = std::env::var_os("PATH").unwrap_or_default();
    let go = std::env::split_paths(&places)
        .chain([
            PathBuf::from("/usr/local/go/bin"),
            PathBuf::from("/usr/lib/go/bin"),
        ])
        .map(|directory| directory.join("go"))
        .find(|file| file.is_file());
    let Some(go) = go else {
        assert!(
            std::env::var("CI").as_deref() != Ok("true"),
            "Go is missing, and the independent verifier must run here"
        );
        eprintln!("skipped: Go is not installed, so the independent verifier cannot be built");
        return None;
    };
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/go/verifier");
    let binary = Path::new(env!("CARGO_TARGET_TMPDIR")).join("ledger-verifier");
    let built = Command::new(go)
        .args(["build", "-buildvcs=false", "-o"])
        .arg(&binary)
        .arg(".")
        .current_dir(source)
        .output()
        .expect("starts");
    assert!(
        built.status.success(),
        "{}",
        String::from_utf8_lossy(&built.stderr)
    );
    Some(binary)
}

/// Whether the verifier finds nothing wrong.
fn holds(verifier: &Path, log: &Path, key: &str, earlier: Option<&Path>) -> bool {
    let mut command = Command::new(verifier);
    command.arg(log).arg(key).args(earlier);
    command.output().expect("starts").status.success()
}

#[test]
fn an_independent_verifier_agrees() {
    let Some(verifier) = verifier() else { return };
    let dir = tempfile::tempdir().unwrap();
    let ledger = filled(dir.path(), 250, 100);
    let root = place(dir.path()).directory;
    let key = sound(&root).keys[0].to_string();
    assert!(holds(&verifier, &root, &key, None));
    let earlier = dir.path().join("earlier");
    fs::copy(root.join("checkpoint"), &earlier).unwrap();
    for (from, to) in [(251, 254), (255, 255), (256, 256), (257, 300), (301, 900)] {
        append(&ledger, &lines(from, to)).unwrap();
        assert!(holds(&verifier, &root, &key, Some(&earlier)), "{to}");
    }
    // It is one that can say no: a bit in each file, another key, a checkpoint of the future.
    for file in files(&root) {
        let genuine = fs::read(&file).unwrap();
        let mut bytes = genuine.clone();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 4;
        fs::write(&file, &bytes).unwrap();
        assert!(!holds(&verifier, &root, &key, None), "{}", file.display());
        fs::write(&file, &genuine).unwrap();
    }
    let other = tempfile::tempdir().unwrap();
    filled(other.path(), 3, 3);
    let foreign = sound(&place(other.path()).directory).keys[0].to_string();
    assert!(!holds(&verifier, &root, &foreign, None));
    let aside = tempfile::tempdir().unwrap();
    copy(&root, aside.path());
    append(&ledger, &lines(901, 902)).unwrap();
    let future = root.join("checkpoint");
    assert!(!holds(&verifier, aside.path(), &key, Some(&future)));
    assert!(holds(&verifier, &root, &key, Some(&earlier)));
}
