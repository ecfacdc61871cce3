//! A message larger than its cipher may carry, and a process that is killed in the middle.

use std::io::Write;
use std::process::Stdio;

use aes::cipher::{BlockModeEncrypt, KeyIvInit};

use super::cli_harness::Dsr;
use super::crypto_bench::{Room, noise, ours, pairs};

/// The beginning of a message of one recipient with the content key of sevens, up to the content.
fn head(cipher: &[u8], kind: u8, content: &[u8]) -> Vec<u8> {
    let wrapped = {
        use rsa::pkcs8::DecodePublicKey;
        let key = pairs().1.key.display().to_string();
        let args = ["pkey", "-in", key.as_str(), "-pubout", "-outform", "DER"];
        let public = super::crypto_bench::try_openssl(pairs().0.path(), &args).stdout;
        rsa::PublicKey::from_public_key_der(&public)
            .unwrap()
            .pkcs1v15_encrypt(&[7; 32])
            .unwrap()
    };
    let made = |tag: u8, content: &[u8]| {
        let length = u16::try_from(content.len()).unwrap().to_be_bytes();
        [&[tag, 0x82][..], &length, content].concat()
    };
    let rid = [&[0x30, 5, 0x30, 0][..], &[2, 1, 5]].concat();
    let algorithm = [0x30, 13, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1, 5, 0];
    let info = made(
        0x30,
        &[&[2, 1, 0][..], &rid, &algorithm, &made(4, &wrapped)].concat(),
    );
    let data = [6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1];
    let mut bytes = vec![0x30, 0x80];
    if kind == 3 {
        bytes.extend_from_slice(&[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 3]);
    } else {
        bytes.extend_from_slice(&[6, 11, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 16, 1, 23]);
    }
    bytes.extend_from_slice(&[0xa0, 0x80, 0x30, 0x80, 2, 1, 0]);
    bytes.extend(made(0x31, &info));
    bytes.extend_from_slice(&[0x30, 0x80]);
    bytes.extend_from_slice(&data);
    bytes.extend(made(0x30, cipher));
    bytes.extend_from_slice(content);
    bytes
}

fn length(tag: u8, bytes: u64) -> Vec<u8> {
    [&[tag, 0x88][..], &bytes.to_be_bytes()].concat()
}

fn cbc_parameters() -> Vec<u8> {
    [
        &[6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 1, 42][..],
        &[4, 16],
        &[9; 16],
    ]
    .concat()
}

#[test]
fn gcm_beyond_its_end_is_refused_by_name_before_anything_is_decrypted() {
    let room = Room::new();
    let parameters = [
        &[6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 1, 46][..],
        &[0x30, 17, 4, 12],
        &[9; 12],
        &[2, 1, 16],
    ]
    .concat();
    let bytes = head(&parameters, 23, &length(0x80, 65 << 30));
    let file = room.file("m.p7m", &bytes);
    let failure = room.decrypt(&[file], &ours(), true).pop().unwrap().unwrap_err();
    assert!(failure.message.contains("64 GiB"), "{failure:?}");
    room.assert_empty();
}

#[test]
fn a_killed_decryption_leaves_no_plaintext() {
    let content = noise(3, 4 << 20);
    let mut buffer = content.clone();
    buffer.resize(content.len() + 16, 0);
    let encrypted = cbc::Encryptor::<aes::Aes256>::new(&[7; 32].into(), &[9; 16].into())
        .encrypt_padded::<aes::cipher::block_padding::Pkcs7>(&mut buffer, content.len())
        .unwrap()
        .to_vec();
    let head = head(&cbc_parameters(), 3, &length(0x80, encrypted.len() as u64));
    for part in [1, encrypted.len() / 3, encrypted.len()] {
        let (dsr, room) = (Dsr::simulated(), Room::new());
        let key = pairs().1.key.display().to_string();
        let to = room.out().display().to_string();
        let mut child = dsr
            .command(&["decrypt", "/dev/stdin", "--key", &key, "--to", &to, "--raw"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut input = child.stdin.take().unwrap();
        input.write_all(&head).unwrap();
        // The pipe holds 64 KiB: once more than that is taken, the decryption is under way.
        input.write_all(&encrypted[..part]).unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        dsr.run(&["copies", "list"]).ends(0);
        let left: Vec<_> = std::fs::read_dir(room.out())
            .map(|entries| entries.map(|entry| entry.unwrap().path()).collect())
            .unwrap_or_default();
        assert!(left.is_empty(), "{left:?}");
    }
}
