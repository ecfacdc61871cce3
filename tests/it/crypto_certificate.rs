//! Certificates and keys as `openssl` makes them, good ones and all kinds of bad ones.

use std::os::unix::fs::PermissionsExt;

use dsr_console::crypto::certificate::{self, New, check};
use dsr_console::crypto::keyring::KeyRing;
use dsr_console::crypto::{Keys, keys as key_files};
use dsr_console::domain::failure::FailureKind;
use jiff::Timestamp;
use secrecy::SecretString;

use super::crypto_bench::{Pair, Room, openssl, pairs, private, silent, try_openssl};

/// The hosts's own time: the certificates of this test are made by `openssl`.
fn now(certificate: &[u8]) -> Timestamp {
    let report = check(certificate, Timestamp::UNIX_EPOCH);
    let begins = report.certificate.unwrap().not_before;
    begins + jiff::SignedDuration::from_hours(1)
}

fn codes(bytes: &[u8], now: Timestamp) -> Vec<&'static str> {
    check(bytes, now)
        .findings
        .iter()
        .map(|finding| finding.code)
        .collect()
}

#[test]
fn a_good_certificate_is_valid_and_each_fault_has_its_word() {
    let room = Room::new();
    let (_, ours, theirs) = pairs();
    let good = std::fs::read(&ours.certificate).unwrap();
    let at = now(&good);
    let report = check(&good, at);
    assert!(report.is_valid() && report.findings.is_empty(), "{report:?}");
    let facts = report.certificate.unwrap();
    assert_eq!((facts.key_bits, facts.self_signed), (Some(2048), true));
    let serial = try_openssl(
        room.path(),
        &[
            "x509",
            "-noout",
            "-serial",
            "-in",
            &ours.certificate.display().to_string(),
        ],
    );
    assert_eq!(
        String::from_utf8(serial.stdout).unwrap().trim(),
        format!("serial={}", facts.serial)
    );

    let other = std::fs::read(&theirs.certificate).unwrap();
    assert_eq!(
        codes(&[good.clone(), other].concat(), at),
        ["several_certificates"]
    );
    let key = std::fs::read(&ours.key).unwrap();
    assert_eq!(codes(&key, at), ["private_key"]);
    assert_eq!(codes(&[key, good.clone()].concat(), at), ["private_key"]);
    assert_eq!(codes(b"", at), ["not_pem"]);
    assert_eq!(codes(b"hello", at), ["not_pem"]);
    assert_eq!(
        codes(b"-----BEGIN CERTIFICATE-----\nAAAA\n", at),
        ["not_readable"]
    );
    assert_eq!(
        codes(
            b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            at
        ),
        ["not_readable"]
    );
    assert_eq!(
        codes(
            b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
            at
        ),
        ["not_pem"]
    );
    let soon = at + jiff::SignedDuration::from_hours(24 * 80);
    assert_eq!(codes(&good, soon), ["expires_soon"]);
    assert!(check(&good, soon).is_valid());
    assert_eq!(
        codes(&good, at + jiff::SignedDuration::from_hours(24 * 100)),
        ["expired"]
    );
    assert_eq!(
        codes(&good, at - jiff::SignedDuration::from_hours(48)),
        ["not_yet_valid"]
    );

    let der = room.path().join("ours.der").display().to_string();
    openssl(
        room.path(),
        &[
            "x509",
            "-in",
            &ours.certificate.display().to_string(),
            "-outform",
            "DER",
            "-out",
            &der,
        ],
    );
    let der = std::fs::read(der).unwrap();
    assert_eq!(codes(&der, at), ["der"]);
    let mut changed = der.clone();
    let last = changed.len() - 1;
    changed[last] ^= 1;
    assert_eq!(codes(&changed, at), ["der", "bad_signature"]);
}

#[test]
fn weak_keys_curves_and_wrong_uses_are_told_together() {
    let room = Room::new();
    let make = |name: &str, args: &[&str]| {
        let path = room.path().join(name).display().to_string();
        let mut all = vec![
            "req", "-x509", "-nodes", "-days", "90", "-subj", "/CN=x", "-keyout", "k.pem", "-out", &path,
        ];
        all.extend_from_slice(args);
        openssl(room.path(), &all);
        std::fs::read(path).unwrap()
    };
    let small = make("small", &["-newkey", "rsa:1024", "-sha1"]);
    assert_eq!(codes(&small, now(&small)), ["key_too_small", "weak_signature"]);
    let curve = make(
        "curve",
        &["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"],
    );
    assert_eq!(codes(&curve, now(&curve)), ["not_rsa"]);
    let usage = make(
        "usage",
        &[
            "-newkey",
            "rsa:2048",
            "-addext",
            "keyUsage=critical,digitalSignature",
        ],
    );
    assert_eq!(codes(&usage, now(&usage)), ["key_usage"]);
    let fine = make(
        "fine",
        &[
            "-newkey",
            "rsa:2048",
            "-addext",
            "keyUsage=critical,keyEncipherment",
        ],
    );
    assert!(codes(&fine, now(&fine)).is_empty());
}

#[test]
fn keys_are_read_in_every_form_and_what_is_none_is_told() {
    let room = Room::new();
    let (_, ours, _) = pairs();
    let public = ours.key().public();
    let source = ours.key.display().to_string();
    let secret = SecretString::from("correct horse battery");
    for (name, args) in [
        (
            "pkcs8.der",
            &["pkcs8", "-topk8", "-nocrypt", "-outform", "DER"][..],
        ),
        ("pkcs1.pem", &["rsa", "-traditional"]),
        ("pkcs1.der", &["rsa", "-traditional", "-outform", "DER"]),
        (
            "pbkdf2.pem",
            &[
                "pkcs8",
                "-topk8",
                "-v2",
                "aes-256-cbc",
                "-passout",
                "pass:correct horse battery",
            ],
        ),
        (
            "sha1.pem",
            &[
                "pkcs8",
                "-topk8",
                "-v2",
                "aes-128-cbc",
                "-v2prf",
                "hmacWithSHA1",
                "-passout",
                "pass:correct horse battery",
            ],
        ),
        (
            "3des.pem",
            &[
                "pkcs8",
                "-topk8",
                "-v2",
                "des3",
                "-passout",
                "pass:correct horse battery",
            ],
        ),
        (
            "scrypt.der",
            &[
                "pkcs8",
                "-topk8",
                "-scrypt",
                "-passout",
                "pass:correct horse battery",
                "-outform",
                "DER",
            ],
        ),
    ] {
        let path = room.path().join(name);
        let out = path.display().to_string();
        let mut all = args.to_vec();
        all.extend_from_slice(&["-in", &source, "-out", &out]);
        openssl(room.path(), &all);
        private(&path);
        let key = key_files::read_file(&path, &mut |_| Ok(secret.clone()));
        assert_eq!(
            key.unwrap_or_else(|failure| panic!("{name}: {failure:?}"))
                .public(),
            public
        );
        if name.starts_with("scrypt") || name.starts_with("pbkdf2") {
            let wrong = key_files::read_file(&path, &mut |_| Ok("wrong".into())).unwrap_err();
            assert_eq!(wrong.kind, FailureKind::Authentication, "{wrong:?}");
        }
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        let open = key_files::read_file(&path, &mut |_| Ok(secret.clone())).unwrap_err();
        assert!(open.next.unwrap().contains("chmod 600"));
    }
    let old = room.path().join("old.pem");
    openssl(
        room.path(),
        &[
            "rsa",
            "-traditional",
            "-aes256",
            "-passout",
            "pass:x",
            "-in",
            &source,
            "-out",
            &old.display().to_string(),
        ],
    );
    private(&old);
    let refused = key_files::read_file(&old, &mut |_| panic!("not asked")).unwrap_err();
    assert!(refused.next.unwrap().contains("openssl pkcs8 -topk8"));
    openssl(
        room.path(),
        &[
            "ecparam",
            "-name",
            "prime256v1",
            "-genkey",
            "-noout",
            "-out",
            "ec.pem",
        ],
    );
    openssl(
        room.path(),
        &["pkcs8", "-topk8", "-nocrypt", "-in", "ec.pem", "-out", "ec8.pem"],
    );
    for name in ["ec.pem", "ec8.pem"] {
        private(&room.path().join(name));
        let refused =
            key_files::read_file(&room.path().join(name), &mut |_| panic!("not asked")).unwrap_err();
        assert!(refused.message.contains("not RSA"), "{refused:?}");
    }
    let certificate = std::fs::read(&ours.certificate).unwrap();
    let refused = key_files::read(&certificate, "c.pem", &mut |_| panic!("not asked")).unwrap_err();
    assert!(refused.message.contains("is a certificate"), "{refused:?}");
}

#[test]
fn a_made_pair_is_good_for_openssl_and_its_key_opens_from_the_ring() {
    let room = Room::new();
    let secret = SecretString::from("correct horse battery");
    let wanted = New {
        name: "Exports, \"2026\"; =x".to_owned(),
        bits: 2048,
        days: 365,
    };
    let good = std::fs::read(&pairs().1.certificate).unwrap();
    let at = now(&good);
    let made = certificate::make(&wanted, &secret, at).unwrap();
    let pem = made.certificate.to_pem();
    assert!(
        check(pem.as_bytes(), at).findings.is_empty(),
        "{:?}",
        check(pem.as_bytes(), at)
    );
    let file = room.file("made.pem", pem.as_bytes()).display().to_string();
    let text = try_openssl(room.path(), &["x509", "-noout", "-text", "-in", &file]);
    let text = String::from_utf8(text.stdout).unwrap();
    assert!(
        text.contains("Key Encipherment") && text.contains("CA:FALSE"),
        "{text}"
    );
    assert!(text.contains("Subject Key Identifier"), "{text}");

    let ring = KeyRing::at(room.path().join("ring"));
    let entry = ring.add(&made.key_pem, &made.key, &made.certificate).unwrap();
    assert_eq!(
        std::fs::metadata(&entry.key).unwrap().permissions().mode() & 0o777,
        0o600
    );
    let text = std::fs::read_to_string(&entry.key).unwrap();
    assert!(text.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----"));
    assert_eq!(
        ring.add(&made.key_pem, &made.key, &made.certificate)
            .unwrap_err()
            .kind,
        FailureKind::Conflict
    );
    let stranger = pairs().1.cert();
    assert!(ring.add(&made.key_pem, &made.key, &stranger).is_err());

    let message = room.path().join("m.p7m");
    let plain = room.file("plain", b"{\"id\":1}\n").display().to_string();
    for keyid in [&[][..], &["-keyid"]] {
        let out = message.display().to_string();
        let mut args = vec![
            "cms", "-encrypt", "-binary", "-in", &plain, "-outform", "DER", "-aes256", "-out", &out,
        ];
        args.extend_from_slice(&["-recip", &file]);
        args.extend_from_slice(keyid);
        openssl(room.path(), &args);
        let secret = secret.clone();
        let asked = Box::new(move |_: &str| Ok(secret.clone()));
        let keys = Keys::new(Vec::new(), Vec::new(), ring.entries().unwrap(), asked);
        let done = room
            .decrypt(std::slice::from_ref(&message), &keys, false)
            .pop()
            .unwrap()
            .unwrap();
        assert_eq!(std::fs::read(&done.files[0]).unwrap(), b"{\"id\":1}\n");
    }
    std::fs::set_permissions(&entry.key, std::fs::Permissions::from_mode(0o644)).unwrap();
    assert!(ring.entries().unwrap_err().next.unwrap().contains("chmod 600"));
}

#[test]
fn an_old_key_of_the_ring_still_opens_old_files() {
    let room = Room::new();
    let ring = KeyRing::at(room.path().join("ring"));
    let secret = SecretString::from("correct horse battery");
    let mut messages = Vec::new();
    for name in ["old", "new"] {
        let pair = Pair::make(room.path(), name, 2048);
        let pem = certificate::encrypted(&pair.key(), &secret).unwrap();
        ring.add(&pem, &pair.key(), &pair.cert()).unwrap();
        let out = room.path().join(format!("{name}.p7m"));
        let plain = room
            .file("plain", format!("{{\"id\":\"{name}\"}}").as_bytes())
            .display()
            .to_string();
        openssl(
            room.path(),
            &[
                "cms",
                "-encrypt",
                "-binary",
                "-in",
                &plain,
                "-outform",
                "DER",
                "-aes256",
                "-out",
                &out.display().to_string(),
                &pair.certificate.display().to_string(),
            ],
        );
        messages.push(out);
    }
    let asked = Box::new(move |_: &str| Ok(secret.clone()));
    let keys = Keys::new(Vec::new(), Vec::new(), ring.entries().unwrap(), asked);
    let results = room.decrypt(&messages, &keys, false);
    assert!(
        results.len() == 2 && results.iter().all(Result::is_ok),
        "{results:?}"
    );
    let none = Keys::new(Vec::new(), Vec::new(), Vec::new(), silent());
    assert!(none.is_empty());
}
