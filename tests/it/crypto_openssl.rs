//! What the real `openssl` encrypts is decrypted to the same bytes, in every form it has.

use dsr_console::crypto::decrypt::Assurance;
use dsr_console::domain::failure::FailureKind;

use super::crypto_bench::{Pair, Room, keys, noise, openssl, ours, pairs, try_openssl, zip};

const FORMS: &[(&str, &[&str])] = &[
    ("der", &["-outform", "DER"]),
    ("ber", &["-outform", "DER", "-stream"]),
    ("pem", &["-outform", "PEM"]),
    ("eml", &["-outform", "SMIME"]),
    ("stream.eml", &["-outform", "SMIME", "-stream"]),
    ("stream.pem", &["-outform", "PEM", "-stream"]),
];

#[test]
fn every_form_and_cipher_of_openssl_reads_the_same() {
    let room = Room::new();
    // Over several buffers, and not a whole number of blocks.
    let content = noise(1, 700_001);
    for cipher in [
        "-aes-128-cbc",
        "-aes-192-cbc",
        "-aes-256-cbc",
        "-des3",
        "-aes-128-gcm",
        "-aes-192-gcm",
        "-aes-256-gcm",
    ] {
        for (name, form) in FORMS {
            let file = room.encrypted(&format!("m.{name}"), &content, cipher, form, &[]);
            assert!(room.content(&file, true) == content, "{cipher} {name}");
        }
    }
    room.assert_empty();
}

#[test]
fn every_length_around_a_block_and_a_buffer_reads_the_same() {
    let room = Room::new();
    let piece = 128 * 1024;
    for length in [
        1,
        15,
        16,
        17,
        511,
        512,
        513,
        piece - 17,
        piece - 16,
        piece - 1,
        piece,
        piece + 1,
        piece + 16,
        2 * piece,
    ] {
        let content = noise(length as u64, length);
        for (cipher, form) in [("-aes-256-cbc", FORMS[1].1), ("-aes-256-gcm", FORMS[0].1)] {
            let file = room.encrypted("m.p7m", &content, cipher, form, &[]);
            assert!(room.content(&file, true) == content, "{cipher} {length}");
        }
    }
}

#[test]
fn oaep_with_its_parameters_is_read() {
    let room = Room::new();
    let content = b"{\"id\":\"1\"}\n".repeat(50);
    for options in [
        &["rsa_padding_mode:oaep"][..],
        &["rsa_padding_mode:oaep", "rsa_oaep_md:sha256"],
        &["rsa_padding_mode:oaep", "rsa_oaep_md:sha256", "rsa_mgf1_md:sha1"],
        &[
            "rsa_padding_mode:oaep",
            "rsa_oaep_md:sha512",
            "rsa_mgf1_md:sha384",
        ],
        &[
            "rsa_padding_mode:oaep",
            "rsa_oaep_md:sha224",
            "rsa_oaep_label:4c6162656c",
        ],
    ] {
        let after: Vec<&str> = options.iter().flat_map(|option| ["-keyopt", *option]).collect();
        let file = room.encrypted("m.p7m", &content, "-aes-256-cbc", FORMS[0].1, &after);
        assert_eq!(room.content(&file, false), content, "{options:?}");
    }
}

#[test]
fn recipients_are_found_by_serial_and_by_key_id_among_several() {
    let room = Room::new();
    let (_, _, theirs) = pairs();
    let content = b"[{\"id\":1}]".to_vec();
    let other = theirs.certificate.display().to_string();
    for after in [&["-keyid"][..], &[&other], &["-keyid", &other]] {
        let file = room.encrypted("m.p7m", &content, "-aes-128-cbc", FORMS[1].1, after);
        assert_eq!(room.content(&file, false), content, "{after:?}");
        // A key alone is enough where the message names the key, or where it is tried.
        let alone = keys(vec![pairs().1.key()], Vec::new(), Vec::new());
        let done = room.decrypt(&[file], &alone, false).pop().unwrap().unwrap();
        std::fs::remove_file(&done.files[0]).unwrap();
    }
}

#[test]
fn whom_a_message_is_for_is_told_when_no_key_fits() {
    let room = Room::new();
    let (_, ours, theirs) = pairs();
    let file = room.encrypted("m.p7m", b"{\"id\":1}", "-aes-256-cbc", FORMS[0].1, &[]);
    let strangers = keys(vec![theirs.key()], vec![theirs.cert()], Vec::new());
    let failure = room
        .decrypt(&[file], &strangers, false)
        .pop()
        .unwrap()
        .unwrap_err();
    assert!(
        failure
            .message
            .contains(&format!("serial {}", ours.cert().serial())),
        "{failure:?}"
    );
    assert!(failure.message.contains("not in the key ring"), "{failure:?}");
    assert_eq!(failure.exit_code(), 1);
    room.assert_empty();
}

#[test]
fn among_keys_without_certificates_the_one_that_fits_is_found() {
    let room = Room::new();
    let (_, ours, theirs) = pairs();
    let third = Pair::make(room.path(), "third", 2048);
    for (name, content) in [
        ("json", b"{\"id\":\"x\"}\n".repeat(40)),
        ("noise", noise(3, 4000)),
    ] {
        for cipher in ["-aes-256-cbc", "-aes-256-gcm"] {
            let file = room.encrypted("m.p7m", &content, cipher, FORMS[1].1, &[]);
            let many = keys(
                vec![theirs.key(), third.key(), ours.key()],
                Vec::new(),
                Vec::new(),
            );
            let done = room.decrypt(&[file], &many, true).pop().unwrap().unwrap();
            assert!(
                std::fs::read(&done.files[0]).unwrap() == content,
                "{name} {cipher}"
            );
            assert_eq!(done.opened[0].key, ours.key().name());
            std::fs::remove_file(&done.files[0]).unwrap();
        }
    }
}

#[test]
fn assurance_and_age_of_the_cipher_are_told() {
    let room = Room::new();
    for (cipher, assurance, notices) in [
        ("-aes-256-cbc", Assurance::Consistent, 0),
        ("-aes-256-gcm", Assurance::Authentic, 0),
        ("-des3", Assurance::Consistent, 1),
    ] {
        let file = room.encrypted("m.p7m", b"{\"id\":1}", cipher, FORMS[0].1, &[]);
        let done = room.decrypt(&[file], &ours(), false).pop().unwrap().unwrap();
        assert_eq!(done.assurance, assurance, "{cipher}");
        assert_eq!(done.notices.len(), notices, "{cipher}");
    }
}

#[test]
fn what_is_not_supported_is_refused_by_name() {
    let room = Room::new();
    for (cipher, name) in [
        ("-camellia256", "Camellia-256-CBC"),
        ("-camellia128", "Camellia-128-CBC"),
    ] {
        let file = room.encrypted("m.p7m", b"{}", cipher, FORMS[0].1, &[]);
        let failure = room.decrypt(&[file], &ours(), false).pop().unwrap().unwrap_err();
        assert!(failure.message.contains(name), "{failure:?}");
    }
    let (_, pair, _) = pairs();
    let signed = room.path().join("signed.p7m").display().to_string();
    let text = room.file("text", b"hello").display().to_string();
    let (certificate, key) = (
        pair.certificate.display().to_string(),
        pair.key.display().to_string(),
    );
    openssl(
        room.path(),
        &[
            "cms",
            "-sign",
            "-nodetach",
            "-in",
            &text,
            "-signer",
            &certificate,
            "-inkey",
            &key,
            "-outform",
            "DER",
            "-out",
            &signed,
        ],
    );
    let failure = room
        .decrypt(&[signed.into()], &ours(), false)
        .pop()
        .unwrap()
        .unwrap_err();
    assert!(failure.message.contains("SignedData"), "{failure:?}");
    let password = room.path().join("password.p7m").display().to_string();
    openssl(
        room.path(),
        &[
            "cms",
            "-encrypt",
            "-in",
            &text,
            "-aes256",
            "-pwri_password",
            "x",
            "-outform",
            "DER",
            "-out",
            &password,
        ],
    );
    let failure = room
        .decrypt(&[password.into()], &ours(), false)
        .pop()
        .unwrap()
        .unwrap_err();
    assert!(failure.message.contains("a password"), "{failure:?}");
    room.assert_empty();
}

#[test]
fn what_is_inside_is_unpacked() {
    let room = Room::new();
    let records = b"{\"id\":\"i1\"}\n{\"id\":\"i2\"}\n".repeat(2000);
    let attachments = b"{\"entityid\":\"i1\"}\n".to_vec();
    let archive = zip(
        &[
            ("Interaction-17.json", &records),
            ("../../Interaction-Attachment-17.json", &attachments),
        ],
        true,
    );
    let file = room.encrypted("export.p7m", &archive, "-aes-256-cbc", FORMS[1].1, &[]);
    let done = room
        .decrypt(std::slice::from_ref(&file), &ours(), false)
        .pop()
        .unwrap()
        .unwrap();
    let names: Vec<_> = done
        .files
        .iter()
        .map(|path| path.file_name().unwrap().to_str().unwrap())
        .collect();
    assert_eq!(names, ["Interaction-17.json", "Interaction-Attachment-17.json"]);
    assert!(std::fs::read(&done.files[0]).unwrap() == records);
    assert_eq!(done.layers, ["ZIP"]);
    // Again: the same content is kept once.
    let again = room.decrypt(&[file], &ours(), false).pop().unwrap().unwrap();
    assert_eq!(again.files, done.files);
    assert_eq!(std::fs::read_dir(room.out()).unwrap().count(), 2);
}

#[test]
fn wrappings_inside_are_taken_off() {
    let room = Room::new();
    let records = b"{\"id\":\"i1\"}\n".repeat(500);
    let archive = zip(&[("Contact-1.json", &records)], false);
    let mut mime =
        b"Content-Type: application/zip; name=export.zip\r\nContent-Transfer-Encoding: base64\r\n\r\n"
            .to_vec();
    let plain = room.file("plain", &archive).display().to_string();
    mime.extend(try_openssl(room.path(), &["base64", "-in", &plain]).stdout);
    let nested = room.encrypted("inner.p7m", &mime, "-aes-128-cbc", FORMS[3].1, &[]);
    let nested = std::fs::read(nested).unwrap();
    let file = room.encrypted("outer.p7m", &nested, "-aes-256-gcm", FORMS[2].1, &[]);
    let done = room.decrypt(&[file], &ours(), false).pop().unwrap().unwrap();
    assert_eq!(done.layers, ["CMS", "MIME", "ZIP"]);
    assert_eq!(done.assurance, Assurance::Consistent, "the weaker of the two");
    assert!(std::fs::read(&done.files[0]).unwrap() == records);
    let packed = {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        std::io::Write::write_all(&mut encoder, &records).unwrap();
        encoder.finish().unwrap()
    };
    let file = room.encrypted("jobs.json.gz.p7m", &packed, "-aes-256-cbc", FORMS[0].1, &[]);
    let done = room.decrypt(&[file], &ours(), false).pop().unwrap().unwrap();
    assert!(done.files[0].ends_with("out/jobs.json"), "{done:?}");
    assert!(std::fs::read(&done.files[0]).unwrap() == records);
}

#[test]
fn parts_are_joined_before_or_after_decryption_and_a_wrong_order_is_named() {
    let room = Room::new();
    let records = noise(9, 90_000);
    let archive = zip(&[("Interaction-1.json", &records)], false);
    let cut = |bytes: &[u8]| -> Vec<Vec<u8>> {
        bytes
            .chunks(bytes.len().div_ceil(3))
            .map(<[u8]>::to_vec)
            .collect()
    };
    // Encrypted, then split.
    for (name, form) in FORMS {
        let whole = std::fs::read(room.encrypted("m", &archive, "-aes-256-cbc", form, &[])).unwrap();
        let parts: Vec<_> = cut(&whole)
            .iter()
            .enumerate()
            .map(|(at, piece)| room.file(&format!("{name}.part{}.p7m", at + 1), piece))
            .collect();
        let done = room.decrypt(&parts, &ours(), false).pop().unwrap().unwrap();
        assert_eq!(done.sources, parts);
        assert!(std::fs::read(&done.files[0]).unwrap() == records, "{name}");
        for wrong in [[1, 0, 2], [0, 2, 1], [2, 1, 0]] {
            let wrong: Vec<_> = wrong.iter().map(|at| parts[*at].clone()).collect();
            let failure = room.decrypt(&wrong, &ours(), false).pop().unwrap().unwrap_err();
            assert!(failure.message.contains("wrong order"), "{failure:?}");
            assert_eq!(failure.kind, FailureKind::Usage);
        }
        let failure = room
            .decrypt(&[parts[0].clone(), parts[2].clone()], &ours(), false)
            .pop()
            .unwrap()
            .unwrap_err();
        assert!(failure.message.contains("part 2"), "{failure:?}");
        std::fs::remove_file(&done.files[0]).unwrap();
    }
    // Split, then encrypted; with names that say it and without.
    for names in [
        ["x.part1.p7m", "x.part2.p7m", "x.part3.p7m"],
        ["a.p7m", "b.p7m", "c.p7m"],
    ] {
        let parts: Vec<_> = cut(&archive)
            .iter()
            .zip(names)
            .map(|(piece, name)| room.encrypted(name, piece, "-aes-256-gcm", FORMS[0].1, &[]))
            .collect();
        let mut results = room.decrypt(&parts, &ours(), false);
        assert_eq!(results.len(), 1, "{results:?}");
        let done = results.pop().unwrap().unwrap();
        assert!(std::fs::read(&done.files[0]).unwrap() == records);
        std::fs::remove_file(&done.files[0]).unwrap();
    }
    let wrong = ["x.part2.p7m", "x.part1.p7m"].map(|name| room.path().join(name));
    let failure = room.decrypt(&wrong, &ours(), false).remove(0).unwrap_err();
    assert!(failure.message.contains("wrong order"), "{failure:?}");
    room.assert_empty();
}

#[test]
fn files_that_do_not_belong_together_are_messages_of_their_own() {
    let room = Room::new();
    let contents = [noise(1, 5000), noise(2, 6000), b"{\"id\":1}".to_vec()];
    let files: Vec<_> = contents
        .iter()
        .enumerate()
        .map(|(at, content)| room.encrypted(&format!("m{at}.p7m"), content, "-aes-256-cbc", FORMS[0].1, &[]))
        .collect();
    let results = room.decrypt(&files, &ours(), true);
    assert_eq!(results.len(), 3);
    for (at, result) in results.into_iter().enumerate() {
        let done = result.unwrap();
        assert_eq!(
            done.files[0].file_name().unwrap().to_str().unwrap(),
            format!("m{at}.p7m.out")
        );
        assert!(std::fs::read(&done.files[0]).unwrap() == contents[at]);
    }
}

#[test]
fn with_a_wrong_key_alone_it_is_said_for_whom_a_message_is() {
    let room = Room::new();
    let file = room.encrypted("m.p7m", b"{\"id\":1}", "-aes-256-cbc", FORMS[0].1, &[]);
    let wrong = keys(vec![pairs().2.key()], Vec::new(), Vec::new());
    let failure = room.decrypt(&[file], &wrong, false).pop().unwrap().unwrap_err();
    let next = failure.next.unwrap();
    assert!(
        next.contains(&format!("serial {}", pairs().1.cert().serial())),
        "{next}"
    );
    room.assert_empty();
}
