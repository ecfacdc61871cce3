//! Any chunking of any structure reads the same: messages built here, with lengths of every form.

use aes::cipher::{BlockModeEncrypt, KeyIvInit};
use proptest::prelude::*;

use super::crypto_bench::{Room, noise, ours, pairs};

/// How lengths are written and content is cut: a stream of choices.
pub struct Choices(u64);

impl Choices {
    pub fn new(seed: u64) -> Choices {
        Choices(seed)
    }

    pub fn next(&mut self, below: u64) -> u64 {
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
    static KEY: std::sync::OnceLock<rsa::PublicKey> = std::sync::OnceLock::new();
    let key = KEY.get_or_init(|| {
        let (_, ours, _) = pairs();
        let key = ours.key.display().to_string();
        let arguments = ["pkey", "-in", &key, "-pubout", "-outform", "DER"];
        let output = super::crypto_bench::try_openssl(ours.key.parent().unwrap(), &arguments);
        rsa::PublicKey::from_public_key_der(&output.stdout).unwrap()
    });
    key.pkcs1v15_encrypt(&[7; 32]).unwrap()
}

pub fn message(choices: &mut Choices, content: &[u8]) -> Vec<u8> {
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
pub fn alone() -> dsr_console::crypto::Keys {
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

/// The lines of a mail's headers, and its body.
fn mail(text: &str) -> (&str, &str) {
    let (headers, body) = text.split_once("\n\n").unwrap();
    (headers, body.trim())
}

#[test]
fn parts_that_each_bear_headers_are_one_message() {
    use base64::Engine;
    let room = Room::new();
    let content = noise(17, 30_000);
    for cipher in ["-aes-256-cbc", "-aes-256-gcm"] {
        let whole = room.encrypted("whole.eml", &content, cipher, &["-outform", "SMIME"], &[]);
        let text = std::fs::read_to_string(whole).unwrap().replace("\r\n", "\n");
        let (headers, body) = mail(&text);
        let engine = base64::engine::general_purpose::STANDARD;
        let joined: String = body.split_whitespace().collect();
        let binary = engine.decode(&joined).unwrap();
        let with_headers = |piece: &str| format!("{headers}\n\n{piece}\n");
        // The text cut where it happens to be cut, and pieces of the message encoded each for itself.
        let text_pieces: Vec<String> = [&joined[..10_001], &joined[10_001..10_002], &joined[10_002..]]
            .iter()
            .map(|piece| with_headers(piece))
            .collect();
        let own_pieces: Vec<String> = [&binary[..7_000], &binary[7_000..20_000], &binary[20_000..]]
            .iter()
            .map(|piece| with_headers(&engine.encode(piece)))
            .collect();
        for (kind, pieces) in [("text", text_pieces), ("own", own_pieces)] {
            let files: Vec<_> = pieces
                .iter()
                .enumerate()
                .map(|(at, piece)| {
                    let name = format!("{kind}{cipher}.part{}.p7m", at + 1);
                    room.file(&name, piece.as_bytes())
                })
                .collect();
            let done = room.decrypt(&files, &ours(), true);
            assert_eq!(done.len(), 1, "{kind} {cipher}: {done:?}");
            let done = done.into_iter().next().unwrap().unwrap();
            assert_eq!(done.sources, files);
            assert!(
                std::fs::read(&done.files[0]).unwrap() == content,
                "{kind} {cipher}"
            );
            std::fs::remove_file(&done.files[0]).unwrap();
            // In a wrong order, without the first, without the last: told, and nothing is left.
            for order in [&[1, 0, 2][..], &[0, 2, 1], &[1, 2], &[0, 1]] {
                let some: Vec<_> = order.iter().map(|at| files[*at].clone()).collect();
                let told = room.decrypt(&some, &ours(), true);
                assert!(
                    told.iter().all(Result::is_err),
                    "{kind} {cipher} {order:?}: {told:?}"
                );
            }
            assert_eq!(std::fs::read_dir(room.out()).unwrap().count(), 0);
        }
    }
}
