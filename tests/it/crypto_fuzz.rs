//! Messages, mails, archives and records changed by chance, out of the corpora in `tests/corpus`: no
//! reader panics, hangs on to memory, leaves a file behind, or takes changed bytes for authentic ones.
//!
//! Each target runs a number of rounds, `DSR_FUZZ_ROUNDS` of them where that is set (a campaign:
//! `DSR_FUZZ_ROUNDS=1000000 cargo test --test it -- crypto_fuzz crypto_shapes`). A failure names
//! its round; `DSR_FUZZ_FIRST` begins there.

use std::path::Path;

use dsr_console::domain::progress::Listener;
use dsr_console::workflow::records::{Filter, Request, read};
use tokio_util::sync::CancellationToken;

use super::crypto_bench::{Room, ours};
use super::crypto_structure::{Choices, alone, message};

/// Rounds of a target when nothing is said.
const ROUNDS: u64 = 400;

/// The entries of one corpus, in the order of their names.
fn corpus(name: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/corpus")
        .join(name);
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    assert!(paths.len() >= 5, "{name}: the corpus is gone");
    paths.iter().map(|path| std::fs::read(path).unwrap()).collect()
}

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(default)
}

/// Every entry as it is first, then changed ones.
fn rounds(seeds: &[Vec<u8>], words: &[&[u8]], mut each: impl FnMut(u64, &[u8])) {
    rounds_of(ROUNDS + seeds.len() as u64, |round| {
        match seeds.get(round as usize) {
            Some(whole) => each(round, whole),
            None => each(round, &changed(&mut Choices::new(round), seeds, words)),
        }
    });
}

/// As many rounds as were asked for, or `usual`.
pub fn rounds_of(usual: u64, mut each: impl FnMut(u64)) {
    let first = number("DSR_FUZZ_FIRST", 0);
    for round in first..first + number("DSR_FUZZ_ROUNDS", usual) {
        // Shown when the test fails.
        println!("round {round}");
        each(round);
    }
}

/// One entry with a few changes: bytes, bits, lengths, words of the format, pieces of others, cuts.
fn changed(choices: &mut Choices, seeds: &[Vec<u8>], words: &[&[u8]]) -> Vec<u8> {
    let mut any = |below: usize| choices.next(below.max(1) as u64) as usize;
    let mut bytes = seeds[any(seeds.len())].clone();
    for _ in 0..=any(5) {
        let at = any(bytes.len());
        if bytes.is_empty() {
            bytes.push(0);
        }
        match any(9) {
            0 => bytes[at] = any(256) as u8,
            1 => bytes[at] ^= 1 << any(8),
            2 => bytes.insert(at, any(256) as u8),
            3 => drop(bytes.drain(at..(at + 1 + any(8)).min(bytes.len()))),
            4 => bytes.truncate(at.max(1)),
            5 => drop(bytes.splice(at..at, words[any(words.len())].iter().copied())),
            6 => {
                let piece = bytes[at..(at + any(200)).min(bytes.len())].to_vec();
                let place = any(bytes.len());
                drop(bytes.splice(place..place, piece));
            }
            7 => {
                let other = &seeds[any(seeds.len())];
                let from = any(other.len());
                let piece = other[from..(from + any(300)).min(other.len())].to_vec();
                drop(bytes.splice(at..at, piece));
            }
            // Lengths that are far too large, or nothing.
            _ => {
                let extreme = [0x00, 0x7f, 0x80, 0x84, 0x88, 0xff][any(6)];
                let until = (at + 1 + any(8)).min(bytes.len());
                bytes[at..until].fill(extreme);
            }
        }
    }
    bytes
}

/// Decrypts, and holds what comes against what may. True when something was opened.
pub fn decrypted(
    room: &Room,
    keys: &dsr_console::crypto::Keys,
    bytes: &[u8],
    raw: bool,
    may_be: impl Fn(&[u8]) -> bool,
) -> bool {
    let mut opened = false;
    let file = room.file("m.p7m", bytes);
    for result in room.decrypt(std::slice::from_ref(&file), keys, raw) {
        let Ok(done) = result else { continue };
        opened = true;
        for path in &done.files {
            let name = path.file_name().unwrap().to_str().unwrap();
            assert!(
                path.parent() == Some(&room.out()) && !name.starts_with('.'),
                "{path:?}"
            );
            let content = std::fs::read(path).unwrap();
            let authentic = done.assurance == dsr_console::crypto::decrypt::Assurance::Authentic;
            assert!(
                !authentic || may_be(&content),
                "changed bytes were taken for authentic"
            );
            std::fs::remove_file(path).unwrap();
        }
    }
    assert_eq!(std::fs::read(&file).unwrap(), bytes);
    room.assert_empty();
    opened
}

#[test]
fn messages() {
    let (room, keys) = (Room::new(), ours());
    let mut seeds = corpus("cms");
    let content = super::crypto_bench::zip(&[("Interaction-1.json", b"{\"id\":\"1\"}\n")], true);
    for (cipher, form) in [
        ("-aes-256-cbc", &["-outform", "DER"][..]),
        ("-aes-256-cbc", &["-outform", "DER", "-stream"]),
        ("-aes-128-gcm", &["-outform", "DER"]),
        ("-aes-256-gcm", &["-outform", "SMIME"]),
        ("-aes-192-cbc", &["-outform", "PEM"]),
        ("-des3", &["-outform", "DER"]),
    ] {
        seeds.push(std::fs::read(room.encrypted("seed", &content, cipher, form, &[])).unwrap());
    }
    seeds.push(message(&mut Choices::new(3), &content));
    let words: [&[u8]; 9] = [
        &[0x30, 0x80],
        &[0x24, 0x80],
        &[0xa0, 0x80],
        &[0, 0],
        &[0x04, 0x84, 0xff, 0xff, 0xff, 0xff],
        &[0x30, 0x88, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        &[0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x2e],
        b"-----BEGIN CMS-----\n",
        b"\n\n",
    ];
    rounds(&seeds, &words, |round, bytes| {
        let raw = round % 2 == 0;
        decrypted(&room, &keys, bytes, raw, |found| {
            if raw {
                found == content
            } else {
                found == b"{\"id\":\"1\"}\n"
            }
        });
    });
}

#[test]
fn mails() {
    let (room, keys) = (Room::new(), alone());
    let seeds = corpus("mime");
    let words: [&[u8]; 7] = [
        b"Content-Transfer-Encoding: base64\n",
        b"Content-Type: application/pkcs7-mime\n",
        b"\r\n\r\n",
        b"\n\n",
        b"=",
        b"--",
        b"\n ",
    ];
    rounds(&seeds, &words, |round, bytes| {
        // Inside a message, and around one.
        let wrapped = message(&mut Choices::new(round), bytes);
        decrypted(&room, &keys, &wrapped, false, |_| false);
        decrypted(&room, &keys, bytes, false, |_| false);
    });
}

#[test]
fn archives() {
    let (room, keys) = (Room::new(), alone());
    let seeds = corpus("zip");
    let words: [&[u8]; 6] = [
        b"PK\x03\x04",
        b"PK\x01\x02",
        b"PK\x05\x06",
        b"PK\x06\x06",
        b"../",
        &[0xff, 0xff, 0xff, 0xff],
    ];
    rounds(&seeds, &words, |round, bytes| {
        let wrapped = message(&mut Choices::new(round), bytes);
        decrypted(&room, &keys, &wrapped, round % 4 == 0, |_| false);
    });
}

#[tokio::test]
async fn records() {
    let room = Room::new();
    let seeds = [corpus("json"), corpus("zip")].concat();
    let words: [&[u8]; 9] = [
        b"\\u0070",
        b"\\/",
        b"\"entityid\":\"1\"",
        b"{\"id\":\"1\"}\n",
        b"[",
        b"\n",
        b"\xef\xbb\xbf",
        b"\\",
        b"p1@example.org",
    ];
    let mut inputs = Vec::new();
    rounds(&seeds, &words, |round, bytes| {
        inputs.push((round, bytes.to_vec()))
    });
    for (round, bytes) in inputs {
        println!("round {round}");
        let asked = |conditions: &[&str]| {
            let texts: Vec<String> = conditions.iter().map(|text| (*text).to_owned()).collect();
            Request {
                files: vec![room.file("Interaction-1.json", &bytes)],
                filter: Filter::parse(&texts).unwrap(),
                limit: 1_000,
                most_bytes: u64::MAX,
            }
        };
        let (listener, cancel) = (Listener::none(), CancellationToken::new());
        let all = read(asked(&[]), &listener, &cancel).await;
        let some = read(asked(&["*=*p1@example.org*"]), &listener, &cancel).await;
        let (Ok(all), Ok(some)) = (all, some) else {
            continue;
        };
        // The search in raw bytes finds every record in which the text stands.
        let holds = |record: &&dsr_console::workflow::records::Record| {
            let mut texts = Vec::new();
            strings(&record.record, &mut texts);
            texts
                .iter()
                .any(|text| text.to_lowercase().contains("p1@example.org"))
        };
        let lines = |records: Vec<&dsr_console::workflow::records::Record>| {
            let mut lines: Vec<(Option<String>, u64)> = records
                .into_iter()
                .flat_map(|record| std::iter::once(record).chain(&record.attachments))
                .filter(holds)
                .map(|record| (record.entry.clone(), record.line))
                .collect();
            lines.sort();
            lines
        };
        assert_eq!(
            lines(all.records.iter().collect()),
            lines(some.records.iter().collect()),
            "round {round}: {:?}",
            String::from_utf8_lossy(&bytes)
        );
    }
}

/// All texts of a record.
fn strings(value: &serde_json::Value, texts: &mut Vec<String>) {
    match value {
        serde_json::Value::String(text) => texts.push(text.clone()),
        serde_json::Value::Array(values) => values.iter().for_each(|value| strings(value, texts)),
        serde_json::Value::Object(fields) => fields.values().for_each(|value| strings(value, texts)),
        _ => {}
    }
}
