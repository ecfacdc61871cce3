//! What BouncyCastle writes, in BER of 1000-byte chunks and with inner MIME, is decrypted to the same
//! bytes. Its archives come from Maven Central and are kept under `target/test-cache`.

use std::path::{Path, PathBuf};
use std::process::Command;

use dsr_console::crypto::decrypt::Assurance;
use sha2::{Digest, Sha256};

use super::crypto_bench::{Room, noise, ours, pairs, zip};

const CENTRAL: &str = "https://repo1.maven.org/maven2";
/// Path and SHA-256 of each archive.
const JARS: &[(&str, &str)] = &[
    (
        "javax/activation/activation/1.1.1/activation-1.1.1.jar",
        "ae475120e9fcd99b4b00b38329bd61cdc5eb754eee03fe66c01f50e137724f99",
    ),
    (
        "org/bouncycastle/bcmail-jdk18on/1.78.1/bcmail-jdk18on-1.78.1.jar",
        "e8b3bfd9dc80884b1d3f824c3fb543e55d544da313b52d5884902a9b264b43f8",
    ),
    (
        "org/bouncycastle/bcpkix-jdk18on/1.78.1/bcpkix-jdk18on-1.78.1.jar",
        "4b48ea084e5232b9d79ebca1887b9de037b124931807cd60710748c2aee08cc9",
    ),
    (
        "org/bouncycastle/bcprov-jdk18on/1.78.1/bcprov-jdk18on-1.78.1.jar",
        "add5915e6acfc6ab5836e1fd8a5e21c6488536a8c1f21f386eeb3bf280b702d7",
    ),
    (
        "org/bouncycastle/bcutil-jdk18on/1.78.1/bcutil-jdk18on-1.78.1.jar",
        "d9fa56f97b0f761ce3bc8d9d74c5d7137a987bf5bd3abfe1003f9bafa45a1d2f",
    ),
    (
        "com/sun/mail/javax.mail/1.6.2/javax.mail-1.6.2.jar",
        "45b515e7104944c09e45b9c7bb1ce5dff640486374852dd2b2e80cc3752dfa11",
    ),
];

/// The folder with the archives, fetched where they are not there yet.
fn jars() -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/test-cache/bouncycastle");
    std::fs::create_dir_all(&folder).unwrap();
    for (path, digest) in JARS {
        let name = path.rsplit('/').next().unwrap();
        let jar = folder.join(name);
        let is_it = |path: &Path| {
            std::fs::read(path).is_ok_and(|bytes| {
                let found: String = Sha256::digest(&bytes)
                    .iter()
                    .map(|byte| format!("{byte:02x}"))
                    .collect();
                found == *digest
            })
        };
        if is_it(&jar) {
            continue;
        }
        let fresh = folder.join(format!("{name}.{}", std::process::id()));
        let fetched = Command::new("curl")
            .args(["-sSfL", "--retry", "2", "-o"])
            .arg(&fresh)
            .arg(format!("{CENTRAL}/{path}"))
            .status();
        assert!(
            fetched.is_ok_and(|status| status.success()),
            "{path} could not be fetched from Maven Central"
        );
        assert!(is_it(&fresh), "{path} is not what it was");
        std::fs::rename(&fresh, &jar).unwrap();
    }
    folder
}

/// True when there is a JDK; in CI there must be one.
fn has_jdk() -> bool {
    let there = Command::new("java")
        .arg("-version")
        .output()
        .is_ok_and(|output| output.status.success());
    if !there {
        assert!(
            std::env::var("CI").as_deref() != Ok("true"),
            "CI needs a JDK for this test"
        );
        eprintln!("SKIPPED: without a JDK nothing is encrypted by BouncyCastle here");
    }
    there
}

#[test]
fn what_bouncycastle_encrypts_reads_the_same() {
    if !has_jdk() {
        return;
    }
    let room = Room::new();
    let records = noise(12, 200_003);
    let archive = zip(&[("Interaction-1.json", &records)], false);
    let content = room.file("content", &archive);
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/BouncyCastle.java");
    let output = Command::new("java")
        .arg("-cp")
        .arg(format!("{}/*", jars().display()))
        .arg(source)
        .args([&pairs().1.certificate, &content])
        .arg(room.path())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    for (name, layers, assurance) in [
        ("mail.p7m", &["MIME", "ZIP"][..], Assurance::Consistent),
        ("ber.p7m", &["ZIP"], Assurance::Consistent),
        ("des.p7m", &["ZIP"], Assurance::Consistent),
        ("oaep.p7m", &["ZIP"], Assurance::Consistent),
        ("keyid.p7m", &["ZIP"], Assurance::Consistent),
        ("gcm.p7m", &["ZIP"], Assurance::Authentic),
        ("gcm-attributes.p7m", &["ZIP"], Assurance::Authentic),
    ] {
        let file = room.path().join(name);
        let done = room
            .decrypt(std::slice::from_ref(&file), &ours(), false)
            .pop()
            .unwrap();
        let done = done.unwrap_or_else(|failure| panic!("{name}: {failure:?}"));
        assert_eq!(
            (done.layers.as_slice(), done.assurance),
            (layers, assurance),
            "{name}"
        );
        assert!(std::fs::read(&done.files[0]).unwrap() == records, "{name}");
        if name != "mail.p7m" {
            assert!(room.content(&file, true) == archive, "{name}");
        }
        std::fs::remove_file(&done.files[0]).unwrap();
    }
    // The attributes behind the ciphertext are part of what is authenticated.
    let mut bytes = std::fs::read(room.path().join("gcm-attributes.p7m")).unwrap();
    let at = memchr::memmem::rfind(&bytes, b"231114221320Z").unwrap();
    bytes[at + 11] ^= 1;
    let changed = room.file("changed.p7m", &bytes);
    let failure = room
        .decrypt(&[changed], &ours(), true)
        .pop()
        .unwrap()
        .unwrap_err();
    assert!(failure.message.contains("authentication tag"), "{failure:?}");
    room.assert_empty();
}
