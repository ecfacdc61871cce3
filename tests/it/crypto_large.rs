//! Messages of more than 4 GiB, one larger than its cipher may carry, and a process that is killed in
//! the middle.

use std::io::{Read, Seek, SeekFrom, Write};
use std::path::PathBuf;
use std::process::Stdio;

use aes::cipher::{BlockCipherDecrypt, BlockModeEncrypt, KeyInit, KeyIvInit};

use super::cli_harness::Dsr;
use super::crypto_bench::{Room, noise, ours, pairs};
use super::crypto_structure::alone;

/// Bytes of a content that no 32 bits count.
const BEYOND: u64 = (4 << 30) + (1 << 20);

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

/// What a block of zeros decrypts to by itself.
fn of_zeros() -> [u8; 16] {
    let mut block = [0; 16].into();
    aes::Aes256::new(&[7; 32].into()).decrypt_block(&mut block);
    block.into()
}

/// A message of [`BEYOND`] bytes that takes no room on the disk: its content is zeros, which decrypt to
/// one block again and again, and at the end what makes a sound padding.
fn sparse(room: &Room, name: &str, content: &[u8], end: &[u8]) -> PathBuf {
    let path = room.path().join(name);
    let mut file = std::fs::File::create(&path).unwrap();
    let head = head(&cbc_parameters(), 3, content);
    file.write_all(&head).unwrap();
    file.seek(SeekFrom::Start(head.len() as u64 + BEYOND - 32))
        .unwrap();
    let before_last = of_zeros().map(|byte| byte ^ 16);
    file.write_all(&[&before_last[..], &[0; 16], end].concat())
        .unwrap();
    path
}

/// Every length of the message is beyond 32 bits, and its end is where it says.
#[test]
fn four_gibibytes_are_read_to_their_end() {
    let room = Room::new();
    // In one piece of a known length, and in one piece of a string of open length.
    let whole = sparse(&room, "whole.p7m", &length(0x80, BEYOND), &[0; 8]);
    let failure = room
        .decrypt(&[whole], &alone(), false)
        .pop()
        .unwrap()
        .unwrap_err();
    assert!(
        failure.message.contains("the content is decrypted"),
        "{failure:?}"
    );
    room.assert_empty();
}

/// The same, less sixteen bytes: what is cut off is missed.
#[test]
#[ignore = "takes minutes"]
fn sixteen_bytes_that_are_missing_beyond_four_gibibytes_are_missed() {
    let room = Room::new();
    let short = sparse(&room, "short.p7m", &length(0x80, BEYOND + 16), &[0; 8]);
    let failure = room
        .decrypt(&[short], &alone(), false)
        .pop()
        .unwrap()
        .unwrap_err();
    assert!(
        !failure.message.contains("the content is decrypted"),
        "{failure:?}"
    );
    room.assert_empty();
}

/// The same from disk to disk, with every byte looked at.
#[test]
#[ignore = "takes minutes and 4 GiB of disk"]
fn four_gibibytes_from_disk_to_disk() {
    let room = Room::new();
    let open = [&[0xa0, 0x80][..], &length(4, BEYOND)].concat();
    let file = sparse(&room, "pieces.p7m", &open, &[0; 10]);
    let done = room.decrypt(&[file], &alone(), true).pop().unwrap().unwrap();
    let mut released = std::fs::File::open(&done.files[0]).unwrap();
    assert_eq!(released.metadata().unwrap().len(), BEYOND - 16);
    let mut piece = vec![0; 1 << 20];
    let pattern = of_zeros().repeat(piece.len() / 16);
    let mut at = 0;
    while at < BEYOND - 16 {
        let length = piece.len().min((BEYOND - 16 - at) as usize);
        released.read_exact(&mut piece[..length]).unwrap();
        let mut wanted = pattern[..length].to_vec();
        if at == 0 {
            wanted[..16].copy_from_slice(&of_zeros().map(|byte| byte ^ 9));
        }
        if at + length as u64 == BEYOND - 16 {
            // The last but one block of the message is no zeros, and neither is what it decrypts to.
            wanted.truncate(length - 16);
            assert_eq!(wanted, piece[..length - 16], "at {at}");
        } else {
            assert!(wanted == piece[..length], "at {at}");
        }
        at += length as u64;
    }
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
