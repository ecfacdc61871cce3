//! Damaged, cut and hostile messages: never a wrong plaintext under GCM, never a panic, never a file
//! left behind.

use dsr_console::crypto::Keys;
use dsr_console::domain::failure::FailureKind;

use super::crypto_bench::{Room, noise, ours, zip};

/// Decrypts `bytes`; gives what was released, and removes it.
fn opened(room: &Room, keys: &Keys, bytes: &[u8], raw: bool) -> Result<Vec<u8>, String> {
    let file = room.file("m.p7m", bytes);
    let results = room.decrypt(&[file], keys, raw);
    let mut content = Err("nothing".to_owned());
    for result in results {
        match result {
            Ok(done) => {
                let files: Vec<_> = done
                    .files
                    .iter()
                    .map(|path| std::fs::read(path).unwrap())
                    .collect();
                done.files
                    .iter()
                    .for_each(|path| std::fs::remove_file(path).unwrap());
                content = Ok(files.concat());
            }
            Err(failure) => {
                assert_ne!(failure.kind, FailureKind::Internal, "{failure:?}");
                content = Err(failure.message);
            }
        }
    }
    room.assert_empty();
    content
}

#[test]
fn every_byte_flipped_and_every_cut_of_an_authenticated_message_releases_nothing_wrong() {
    let room = Room::new();
    let keys = ours();
    let content = b"{\"id\":\"i1\",\"name\":\"Anna\"}\n".to_vec();
    for form in [&["-outform", "DER"][..], &["-outform", "DER", "-stream"]] {
        let whole = std::fs::read(room.encrypted("m", &content, "-aes-256-gcm", form, &[])).unwrap();
        assert_eq!(opened(&room, &keys, &whole, true).unwrap(), content);
        for at in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[at] ^= 1 << (at % 8);
            if let Ok(released) = opened(&room, &keys, &bytes, true) {
                // What is not part of content or tag (the version, say) may change without harm.
                assert_eq!(released, content, "byte {at}");
            }
            let cut = opened(&room, &keys, &whole[..at], true);
            assert!(cut.is_err(), "cut at {at}");
        }
        let mut longer = whole.clone();
        longer.push(0);
        assert!(
            opened(&room, &keys, &longer, true)
                .unwrap_err()
                .contains("follow the end")
        );
    }
}

#[test]
fn a_changed_authenticated_message_is_named_as_such() {
    let room = Room::new();
    let content = noise(4, 300_000);
    let mut bytes =
        std::fs::read(room.encrypted("m", &content, "-aes-256-gcm", &["-outform", "DER"], &[])).unwrap();
    for at in [bytes.len() / 2, bytes.len() - 1] {
        bytes[at] ^= 0x40;
        let told = opened(&room, &ours(), &bytes, true).unwrap_err();
        assert!(told.contains("authentication tag"), "{told}");
        bytes[at] ^= 0x40;
    }
}

#[test]
fn without_authentication_damage_and_a_wrong_key_have_one_word() {
    let room = Room::new();
    let records = noise(5, 3000);
    let archive = zip(&[("Interaction-1.json", &records)], false);
    let whole =
        std::fs::read(room.encrypted("m", &archive, "-aes-256-cbc", &["-outform", "DER"], &[])).unwrap();
    let mut told = Vec::new();
    // In the wrapped key, in the middle of the content, in its last block, in the block before.
    let wrapped = whole.len() - archive.len() - 200;
    for at in [wrapped, whole.len() - 1500, whole.len() - 1, whole.len() - 17] {
        for raw in [false, true] {
            let mut bytes = whole.clone();
            bytes[at] ^= 0x11;
            told.push(opened(&room, &ours(), &bytes, raw).unwrap_err());
        }
    }
    told.dedup();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("cannot be decrypted with this key, or it is damaged"));
}

#[test]
fn every_cut_of_an_unauthenticated_message_leaves_nothing() {
    let room = Room::new();
    let keys = ours();
    let content = noise(6, 40);
    for form in [
        &["-outform", "DER"][..],
        &["-outform", "DER", "-stream"],
        &["-outform", "PEM"],
        &["-outform", "SMIME"],
    ] {
        let whole = std::fs::read(room.encrypted("m", &content, "-aes-128-cbc", form, &[])).unwrap();
        for at in (0..whole.len()).step_by(3) {
            // Without the end line of PEM nothing is missing.
            if let Ok(released) = opened(&room, &keys, &whole[..at], true) {
                assert_eq!(released, content, "{form:?} cut at {at}");
                assert!(whole.len() - at < 24, "{form:?} cut at {at}");
            }
            let mut bytes = whole.clone();
            bytes[at] = bytes[at].wrapping_add(0x55);
            let _ = opened(&room, &keys, &bytes, true);
        }
    }
}

#[test]
fn hostile_archives_are_refused_and_leave_nothing() {
    let room = Room::new();
    let bomb = zip(&[("Interaction-1.json", &vec![b' '; 80 * 1024 * 1024])], true);
    let file = room.encrypted("bomb.p7m", &bomb, "-aes-256-gcm", &["-outform", "DER"], &[]);
    let failure = room.decrypt(&[file], &ours(), false).pop().unwrap().unwrap_err();
    assert!(
        failure.message.contains("more than it can sensibly be"),
        "{failure:?}"
    );
    room.assert_empty();
    let mut damaged = zip(&[("a.json", &noise(1, 500)), ("b.json", &noise(2, 500))], false);
    let at = damaged.len() / 2;
    damaged[at] ^= 1;
    let file = room.encrypted("damaged.p7m", &damaged, "-aes-256-gcm", &["-outform", "DER"], &[]);
    let failure = room.decrypt(&[file], &ours(), false).pop().unwrap().unwrap_err();
    assert!(
        failure.message.contains("archive inside is damaged"),
        "{failure:?}"
    );
    room.assert_empty();
}

#[test]
fn many_entries_are_released_all_or_none() {
    let room = Room::new();
    let names: Vec<String> = (0..600)
        .map(|number| format!("Interaction-{number}.json"))
        .collect();
    let entries: Vec<(&str, &[u8])> = names
        .iter()
        .map(|name| (name.as_str(), b"{\"id\":1}\n" as &[u8]))
        .collect();
    let mut archive = zip(&entries, false);
    let file = room.encrypted("many.p7m", &archive, "-aes-256-gcm", &["-outform", "DER"], &[]);
    let done = room.decrypt(&[file], &ours(), false).pop().unwrap().unwrap();
    assert_eq!(done.files.len(), 600);
    std::fs::remove_dir_all(room.out()).unwrap();
    // The content of the last entry.
    let at = memchr::memmem::rfind(&archive, b"{\"id\":1}\n").unwrap();
    archive[at] ^= 1;
    let file = room.encrypted("many.p7m", &archive, "-aes-256-gcm", &["-outform", "DER"], &[]);
    assert!(room.decrypt(&[file], &ours(), false).pop().unwrap().is_err());
    room.assert_empty();
}

#[test]
fn what_is_there_is_not_overwritten_and_the_encrypted_file_stays() {
    let room = Room::new();
    let content = noise(8, 1000);
    let file = room.encrypted("m.p7m", &content, "-aes-256-cbc", &["-outform", "DER"], &[]);
    let before = std::fs::read(&file).unwrap();
    std::fs::create_dir_all(room.out()).unwrap();
    std::fs::write(room.out().join("m.p7m.out"), b"mine").unwrap();
    let failure = room
        .decrypt(std::slice::from_ref(&file), &ours(), true)
        .pop()
        .unwrap()
        .unwrap_err();
    assert_eq!(failure.kind, FailureKind::Conflict);
    assert_eq!(std::fs::read(room.out().join("m.p7m.out")).unwrap(), b"mine");
    assert_eq!(std::fs::read(&file).unwrap(), before);
}
