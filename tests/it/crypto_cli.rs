//! Certificates, key ring and decryption as commands, by real runs of the binary.

use super::cli_harness::{Dsr, check};
use super::crypto_bench::{Room, openssl, pairs, private};

const PASSPHRASE: &str = "correct horse battery";

fn text(path: &std::path::Path) -> String {
    path.display().to_string()
}

#[test]
fn a_certificate_is_made_checked_shown_and_used() {
    let (dsr, room) = (Dsr::simulated(), Room::new());
    let secret = room.file("secret", PASSPHRASE.as_bytes());
    private(&secret);
    let (secret, pem) = (text(&secret), text(&room.path().join("upload.pem")));
    let made = dsr.json(
        "certificate-new.json",
        &[
            "certificate",
            "new",
            "--bits",
            "2048",
            "--passphrase-file",
            &secret,
            "--out",
            &pem,
        ],
        0,
    );
    // Where the certificate cannot be written no key is made, and nobody is asked for a passphrase.
    for out in [pem.as_str(), "/nonexistent/upload.pem"] {
        let refused = dsr.run(&["certificate", "new", "--out", out]).ends(1);
        assert!(refused.stderr.contains("no key was made"), "{refused:?}");
    }
    let checked = dsr.json("certificate-check.json", &["certificate", "check", &pem], 0);
    assert_eq!(checked["valid"], true, "{checked}");
    assert_eq!(checked["certificate"]["serial"], made["serial"]);
    let shown = dsr.json("certificate-show.json", &["certificate", "show"], 0);
    assert_eq!(shown["items"][0]["serial"], made["serial"]);
    assert_eq!(shown["items"].as_array().map(Vec::len), Some(1));
    dsr.ndjson("certificate-show.json", &["certificate", "show"]);

    let plain = text(&room.file("plain", b"{\"id\":\"i1\"}\n"));
    let message = text(&room.path().join("export.p7m"));
    openssl(
        room.path(),
        &[
            "cms", "-encrypt", "-binary", "-in", &plain, "-outform", "DER", "-aes256", "-out", &message, &pem,
        ],
    );
    let to = text(&room.out());
    let asked = dsr
        .run(&["decrypt", &message, "--to", &to, "--output", "json"])
        .ends(2);
    assert!(
        asked.error()["next"]
            .as_str()
            .unwrap()
            .contains("--passphrase-file")
    );
    let done = dsr.json(
        "decrypt.json",
        &["decrypt", &message, "--to", &to, "--passphrase-file", &secret],
        0,
    );
    assert_eq!(
        done["items"][0]["messages"][0]["recipient_serial"],
        made["serial"]
    );
    assert_eq!(done["items"][0]["assurance"], "consistent");
    let file = done["items"][0]["files"][0]["path"].as_str().unwrap();
    assert_eq!(std::fs::read(file).unwrap(), b"{\"id\":\"i1\"}\n");
    dsr.ndjson(
        "decrypt.json",
        &["decrypt", &message, "--to", &to, "--passphrase-file", &secret],
    );
    let wrong = room.file("wrong", b"something else");
    private(&wrong);
    dsr.run(&[
        "decrypt",
        &message,
        "--to",
        &to,
        "--passphrase-file",
        &text(&wrong),
    ])
    .ends(4);
}

#[test]
fn what_is_wrong_with_a_file_is_told_with_exit_one() {
    let (dsr, room) = (Dsr::simulated(), Room::new());
    let key = text(&pairs().1.key);
    let checked = dsr.json("certificate-check.json", &["certificate", "check", &key], 1);
    assert_eq!(checked["findings"][0]["code"], "private_key");
    let text_file = text(&room.file("hello.txt", b"hello"));
    dsr.json("certificate-check.json", &["certificate", "check", &text_file], 1);
    dsr.run(&["certificate", "check", "/nonexistent"]).ends(3);
    dsr.run(&["decrypt", &text_file, "--key", &key]).ends(1);
    dsr.run(&["decrypt", "/nonexistent", "--key", &key]).ends(1);
    let ran = dsr.run(&["decrypt", &text_file]).ends(3);
    assert!(ran.stderr.contains("no private key"), "{ran:?}");
}

#[test]
fn a_key_is_named_and_the_content_is_written_raw() {
    let (dsr, room) = (Dsr::simulated(), Room::new());
    let content = super::crypto_bench::noise(1, 300_000);
    let files = ["a.p7m", "b.eml"].map(|name| {
        let form = if name == "a.p7m" { "DER" } else { "SMIME" };
        text(&room.encrypted(name, &content, "-aes-256-cbc", &["-outform", form], &[]))
    });
    let (key, certificate) = (text(&pairs().1.key), text(&pairs().1.certificate));
    let (stranger, to) = (text(&pairs().2.key), text(&room.out()));
    let all = [
        "decrypt",
        &files[0],
        &files[1],
        "--key",
        &stranger,
        "--key",
        &key,
        "--cert",
        &certificate,
        "--to",
        &to,
        "--raw",
    ];
    let done = dsr.json("decrypt.json", &all, 0);
    assert_eq!(done["items"].as_array().unwrap().len(), 2);
    for name in ["a.p7m.out", "b.eml.out"] {
        assert!(std::fs::read(room.out().join(name)).unwrap() == content);
    }
    let bad = text(&room.file("c.p7m", &std::fs::read(&files[0]).unwrap()[..5000]));
    let (to, other) = (text(&room.path().join("other")), text(&pairs().2.certificate));
    let some = [
        "decrypt", &files[0], &bad, "--key", &key, "--to", &to, "--raw", "--output", "json",
    ];
    let ran = dsr.run(&some).ends(6);
    check("decrypt.json", &ran.json());
    assert_eq!(ran.json()["complete"], false);
    let not_ours = [
        "decrypt", &files[0], "--key", &stranger, "--cert", &other, "--to", &to, "--output", "json",
    ];
    let ran = dsr.run(&not_ours).ends(1);
    assert!(
        ran.error()["message"]
            .as_str()
            .unwrap()
            .contains("not in the key ring"),
        "{ran:?}"
    );
}

#[test]
fn a_key_from_elsewhere_is_put_into_the_ring_encrypted() {
    let (dsr, room) = (Dsr::simulated(), Room::new());
    let (key, certificate) = (text(&pairs().1.key), text(&pairs().1.certificate));
    let secret = room.file("secret", PASSPHRASE.as_bytes());
    private(&secret);
    let add = [
        "certificate",
        "add",
        "--key",
        &key,
        "--cert",
        &certificate,
        "--passphrase-file",
        &text(&secret),
    ];
    let added = dsr.json("certificate-new.json", &add, 0);
    let stored = std::fs::read_to_string(added["key"].as_str().unwrap()).unwrap();
    assert!(stored.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----"));
    dsr.run(&add).ends(1);
    let message = text(&room.encrypted("m.p7m", b"{\"id\":1}", "-aes-256-gcm", &["-outform", "PEM"], &[]));
    let to = text(&room.out());
    let secret = text(&secret);
    dsr.json(
        "decrypt.json",
        &["decrypt", &message, "--to", &to, "--passphrase-file", &secret],
        0,
    );
    let by_command = format!("cat '{secret}'");
    let to = text(&room.path().join("again"));
    dsr.json(
        "decrypt.json",
        &[
            "decrypt",
            &message,
            "--to",
            &to,
            "--passphrase-command",
            &by_command,
        ],
        0,
    );
    let to = text(&room.path().join("once-more"));
    let all = ["decrypt", &message, "--to", &to, "--passphrase-stdin"];
    let ran = dsr.run_with(&all, &format!("{PASSPHRASE}\n")).ends(0);
    assert!(
        !ran.stderr.contains(PASSPHRASE) && !ran.stdout.contains(PASSPHRASE),
        "{ran:?}"
    );
}
