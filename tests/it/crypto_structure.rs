//! Any chunking of any structure reads the same: messages built here, with lengths of every form.

use aes::cipher::{BlockModeEncrypt, KeyIvInit};
use dsr_console::domain::failure::FailureKind;
use proptest::prelude::*;

use super::crypto_bench::{Room, noise, ours, pairs};

/// How lengths are written and content is cut: a stream of choices.
struct Choices(u64);

impl Choices {
    fn next(&mut self, below: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % below
    }
}

/// Tag, length in a form of chance, content; an end mark where the length is left open.
fn element(choices: &mut Choices, tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    if tag & 0x20 != 0 && choices.next(2) == 0 {
        out.push(0x80);
        out.extend_from_slice(content);
        out.extend_from_slice(&[0, 0]);
        return out;
    }
    let bytes = (content.len() as u64).to_be_bytes();
    let least = bytes.iter().take_while(|byte| **byte == 0).count().min(7);
    match choices.next(3) {
        0 if content.len() < 128 => out.push(content.len() as u8),
        // More bytes than needed: BER allows it.
        1 => {
            let from = least - choices.next(least as u64 + 1) as usize;
            out.push(0x80 | (8 - from) as u8);
            out.extend_from_slice(&bytes[from..]);
        }
        _ => {
            out.push(0x80 | (8 - least) as u8);
            out.extend_from_slice(&bytes[least..]);
        }
    }
    out.extend_from_slice(content);
    out
}

/// An octet string in pieces within pieces.
fn octets(choices: &mut Choices, tag: u8, content: &[u8], depth: u64) -> Vec<u8> {
    if depth == 0 || choices.next(4) == 0 {
        return element(choices, tag & !0x20, content);
    }
    let mut pieces = Vec::new();
    let mut rest = content;
    while !rest.is_empty() {
        let most = if choices.next(3) == 0 { 3 } else { 5000 };
        let (piece, after) = rest.split_at((choices.next(most) as usize).min(rest.len()));
        pieces.extend(octets(choices, 4, piece, depth - 1));
        rest = after;
    }
    element(choices, tag | 0x20, &pieces)
}

/// The wrapped key and issuer-and-serial of a message that `openssl` made, so that only the
/// structure is ours.
fn recipient() -> Vec<u8> {
    use rsa::pkcs8::DecodePublicKey;
    let (_, ours, _) = pairs();
    let output = super::crypto_bench::try_openssl(
        ours.key.parent().unwrap(),
        &[
            "pkey",
            "-in",
            &ours.key.display().to_string(),
            "-pubout",
            "-outform",
            "DER",
        ],
    );
    let key = rsa::PublicKey::from_public_key_der(&output.stdout).unwrap();
    key.pkcs1v15_encrypt(&[7; 32]).unwrap()
}

fn message(choices: &mut Choices, content: &[u8]) -> Vec<u8> {
    let (key, iv) = ([7_u8; 32], [9_u8; 16]);
    let mut buffer = content.to_vec();
    buffer.resize(content.len() + 16, 0);
    let encrypted = cbc::Encryptor::<aes::Aes256>::new(&key.into(), &iv.into())
        .encrypt_padded::<aes::cipher::block_padding::Pkcs7>(&mut buffer, content.len())
        .unwrap()
        .to_vec();
    let c = choices;
    // The key identifier that `[0]` stands for is SHA-1 over the key; a key alone is tried as well.
    let issuer = element(c, 0x30, &[]);
    let rid = element(c, 0x30, &[issuer, vec![2, 1, 5]].concat());
    let algorithm = element(
        c,
        0x30,
        &[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1, 5, 0],
    );
    let wrapped = octets(c, 4, &recipient(), 2);
    let info = element(c, 0x30, &[vec![2, 1, 0], rid, algorithm, wrapped].concat());
    let recipients = element(c, 0x31, &info);
    let mut cipher = vec![6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 1, 42];
    cipher.extend(octets(c, 4, &iv, 1));
    let cipher = element(c, 0x30, &cipher);
    let data = vec![6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1];
    let body = octets(c, 0x80, &encrypted, 4);
    let inner = element(c, 0x30, &[data, cipher, body].concat());
    let originator = if c.next(2) == 0 {
        element(c, 0xa0, &[])
    } else {
        Vec::new()
    };
    let attributes = if c.next(2) == 0 {
        let attribute = element(c, 0x30, &[6, 3, 0x55, 4, 3, 0x31, 0]);
        element(c, 0xa1, &attribute)
    } else {
        Vec::new()
    };
    let envelope = element(
        c,
        0x30,
        &[vec![2, 1, 2], originator, recipients, inner, attributes].concat(),
    );
    let wrapped = element(c, 0xa0, &envelope);
    let kind = vec![6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 3];
    element(c, 0x30, &[kind, wrapped].concat())
}

/// Our key, without its certificate: the message names nobody.
fn alone() -> dsr_console::crypto::Keys {
    super::crypto_bench::keys(vec![pairs().1.key()], Vec::new(), Vec::new())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_chunking_of_any_structure_reads_the_same(seed in any::<u64>(), length in 1_usize..20_000) {
        let room = Room::new();
        let content = noise(seed, length);
        let bytes = message(&mut Choices(seed), &content);
        let file = room.file("m.p7m", &bytes);
        let result = room.decrypt(&[file], &alone(), true).pop().unwrap();
        let done = result.map_err(|failure| TestCaseError::fail(format!("{failure:?}")))?;
        prop_assert!(std::fs::read(&done.files[0]).unwrap() == content);
    }
}

/// Changes of chance in messages, mails, archives and records: an error or the right bytes, never a
/// panic, never a file left.
#[test]
fn changes_of_chance_are_survived_by_every_reader() {
    let room = Room::new();
    let keys = ours();
    let archive = super::crypto_bench::zip(
        &[
            ("Interaction-1.json", b"{\"id\":\"1\"}\n{\"id\":\"2\"}\n"),
            ("Contact-1.json", &noise(1, 400)),
        ],
        true,
    );
    let mut seeds = Vec::new();
    for (cipher, form) in [
        ("-aes-256-cbc", "DER"),
        ("-aes-128-gcm", "DER"),
        ("-aes-256-cbc", "SMIME"),
        ("-aes-256-cbc", "PEM"),
    ] {
        let file = room.encrypted("seed", &archive, cipher, &["-outform", form], &[]);
        seeds.push(std::fs::read(file).unwrap());
    }
    seeds.push(message(&mut Choices(3), &archive));
    for round in 0..600_u64 {
        let mut choices = Choices(round);
        let mut bytes = seeds[choices.next(seeds.len() as u64) as usize].clone();
        for _ in 0..=choices.next(4) {
            let at = choices.next(bytes.len() as u64) as usize;
            match choices.next(5) {
                0 => bytes[at] = choices.next(256) as u8,
                1 => bytes.truncate(at.max(1)),
                2 => bytes.insert(at, choices.next(256) as u8),
                3 => drop(bytes.remove(at)),
                _ => {
                    let piece: Vec<u8> = bytes[at..].iter().take(64).copied().collect();
                    bytes.splice(at..at, piece);
                }
            }
            if bytes.is_empty() {
                bytes.push(0);
            }
        }
        let file = room.file("m.p7m", &bytes);
        for result in room.decrypt(&[file], &keys, round % 2 == 0) {
            match result {
                Ok(done) => done
                    .files
                    .iter()
                    .for_each(|path| std::fs::remove_file(path).unwrap()),
                Err(failure) => assert_ne!(failure.kind, FailureKind::Internal, "{failure:?}"),
            }
        }
        room.assert_empty();
    }
}

#[test]
fn depth_and_sizes_are_bounded() {
    let room = Room::new();
    let told = |bytes: &[u8]| {
        let file = room.file("m.p7m", bytes);
        room.decrypt(&[file], &ours(), true)
            .pop()
            .unwrap()
            .unwrap_err()
            .message
    };
    let kind = [6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 3];
    let start = [&[0x30, 0x80][..], &kind, &[0xa0, 0x80, 0x30, 0x80, 2, 1, 0]].concat();
    let deep = [&start[..], &[0xa0, 0x80], &[0x30, 0x80].repeat(1000)].concat();
    assert!(told(&deep).contains("nested too deeply"), "{}", told(&deep));
    // A length of 2^63 is not allocated for.
    let large = [
        &start[..],
        &[
            0x31, 0x80, 0x04, 0x88, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xf0,
        ],
    ]
    .concat();
    assert!(
        told(&large).contains("larger than any sound one"),
        "{}",
        told(&large)
    );
    let wide = [&start[..], &[0x31, 0x89, 1, 0, 0, 0, 0, 0, 0, 0, 0]].concat();
    assert!(told(&wide).contains("64 bits"), "{}", told(&wide));
    let beyond = [&[0x30, 0x20][..], &kind, &[0xa0, 0x7f]].concat();
    assert!(
        told(&beyond).contains("longer than what holds it"),
        "{}",
        told(&beyond)
    );
}
