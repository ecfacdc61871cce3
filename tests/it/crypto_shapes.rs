//! Messages, archives and mails whose shape is changed by chance while their lengths and checksums stay
//! right, so that what is wrong is met deep inside the readers: elements that are missing, doubled,
//! exchanged or of another kind; fields of an archive that contradict each other; layers around
//! layers; records that lie across the pieces in which a file is read.
//!
//! Rounds are set as for `crypto_fuzz`: `DSR_FUZZ_ROUNDS`, `DSR_FUZZ_FIRST`.

use std::io::Write;

use base64::Engine;
use dsr_console::domain::progress::Listener;
use dsr_console::workflow::records::{Filter, Request, read};
use tokio_util::sync::CancellationToken;

use super::crypto_bench::{Room, noise, ours, zip};
use super::crypto_fuzz::{decrypted, rounds_of};
use super::crypto_structure::{Choices, alone, message};

/// An element of BER.
#[derive(Clone)]
struct Tree {
    tag: u8,
    content: Content,
}

#[derive(Clone)]
enum Content {
    Bytes(Vec<u8>),
    Elements(Vec<Tree>),
}

/// Reads what `openssl` and [`message`] write: one byte of tag, lengths of every form.
fn parse(bytes: &mut &[u8]) -> Tree {
    let tag = bytes[0];
    let mut length = usize::from(bytes[1]);
    *bytes = &bytes[2..];
    if length == 0x80 {
        let mut elements = Vec::new();
        while !bytes.starts_with(&[0, 0]) {
            elements.push(parse(bytes));
        }
        *bytes = &bytes[2..];
        return Tree {
            tag,
            content: Content::Elements(elements),
        };
    }
    if length > 0x80 {
        let (head, rest) = bytes.split_at(length - 0x80);
        length = head.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte));
        *bytes = rest;
    }
    let (mut inside, rest) = bytes.split_at(length);
    *bytes = rest;
    let content = match tag & 0x20 {
        0 => Content::Bytes(inside.to_vec()),
        _ => {
            let mut elements = Vec::new();
            while !inside.is_empty() {
                elements.push(parse(&mut inside));
            }
            Content::Elements(elements)
        }
    };
    Tree { tag, content }
}

impl Tree {
    /// With lengths that fit, definite or left open.
    fn write(&self, choices: &mut Choices, out: &mut Vec<u8>) {
        let mut inside = Vec::new();
        match &self.content {
            Content::Bytes(bytes) => inside.extend_from_slice(bytes),
            Content::Elements(elements) => {
                elements
                    .iter()
                    .for_each(|element| element.write(choices, &mut inside));
            }
        }
        let open = matches!(self.content, Content::Elements(_)) && choices.next(3) == 0;
        out.push(self.tag);
        match inside.len() {
            _ if open => out.push(0x80),
            short @ ..0x80 => out.push(short as u8),
            long => {
                out.push(0x84);
                out.extend_from_slice(&(long as u32).to_be_bytes());
            }
        }
        out.extend(inside);
        if open {
            out.extend([0, 0]);
        }
    }

    /// The element of this number, counted as [`Tree::count`] counts.
    fn nth(&mut self, number: &mut usize) -> Option<&mut Tree> {
        if *number == 0 {
            return Some(self);
        }
        *number -= 1;
        let Content::Elements(elements) = &mut self.content else {
            return None;
        };
        elements.iter_mut().find_map(|element| element.nth(number))
    }

    fn count(&self) -> usize {
        match &self.content {
            Content::Bytes(_) => 1,
            Content::Elements(elements) => 1 + elements.iter().map(Tree::count).sum::<usize>(),
        }
    }

    /// One element changed as a whole.
    fn change(&mut self, choices: &mut Choices) {
        let count = self.count();
        let other = self
            .nth(&mut (choices.next(count as u64) as usize))
            .cloned()
            .unwrap();
        let element = self.nth(&mut (choices.next(count as u64) as usize)).unwrap();
        let tags = [
            0x02, 0x04, 0x05, 0x06, 0x24, 0x30, 0x31, 0x80, 0xa0, 0xa1, 0xa2, 0xa4,
        ];
        match (choices.next(7), &mut element.content) {
            (0, _) => element.tag = tags[choices.next(tags.len() as u64) as usize],
            (1, _) => *element = other,
            (2, Content::Elements(elements)) if !elements.is_empty() => {
                elements.remove(choices.next(elements.len() as u64) as usize);
            }
            (3, Content::Elements(elements)) => {
                elements.insert(choices.next(elements.len() as u64 + 1) as usize, other);
            }
            (4, Content::Elements(elements)) => elements.reverse(),
            (5, Content::Bytes(bytes)) => {
                // A number or an object that is another one; a text in pieces.
                let at = choices.next(bytes.len().max(1) as u64) as usize;
                match choices.next(3) {
                    0 if element.tag & 0x1f == 4 || element.tag == 0x80 => {
                        let (one, two) = bytes.split_at(at.min(bytes.len()));
                        let piece = |bytes: &[u8]| Tree {
                            tag: 4,
                            content: Content::Bytes(bytes.to_vec()),
                        };
                        let pieces = vec![piece(one), piece(two)];
                        element.tag |= 0x20;
                        element.content = Content::Elements(pieces);
                    }
                    1 => bytes.truncate(at),
                    _ => bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= 1),
                }
            }
            (_, Content::Bytes(bytes)) => bytes.push(choices.next(256) as u8),
            (_, Content::Elements(elements)) => elements.push(other),
        }
    }
}

#[test]
fn elements_of_messages() {
    let (room, named, nobody) = (Room::new(), ours(), alone());
    let content = zip(&[("Interaction-1.json", b"{\"id\":\"1\"}\n")], true);
    let mut seeds = vec![message(&mut Choices::new(5), &content)];
    for cipher in ["-aes-256-cbc", "-aes-256-gcm", "-aes-128-gcm", "-des3"] {
        let made = room.encrypted("seed", &content, cipher, &["-outform", "DER"], &[]);
        seeds.push(std::fs::read(made).unwrap());
    }
    let trees: Vec<Tree> = seeds.iter().map(|seed| parse(&mut &seed[..])).collect();
    rounds_of(300, |round| {
        let mut choices = Choices::new(round);
        let seed = round as usize % trees.len();
        let mut tree = trees[seed].clone();
        // The first seed names nobody; the others name our certificate.
        let keys = if seed == 0 { &nobody } else { &named };
        // The first of each are only written in another way, and are still read.
        let whole = (round as usize) < 2 * trees.len();
        for _ in 0..if whole { 0 } else { 1 + choices.next(2) } {
            tree.change(&mut choices);
        }
        let mut bytes = Vec::new();
        tree.write(&mut choices, &mut bytes);
        let opened = decrypted(&room, keys, &bytes, true, |found| found == content);
        assert!(opened || !whole, "written anew, it is not read");
    });
}

/// Where a field of an entry lies: in its local header, and in the directory.
const FIELDS: [(usize, usize, usize); 8] = [
    (6, 8, 2),   // flags
    (8, 10, 2),  // method
    (14, 16, 4), // checksum
    (18, 20, 4), // compressed size
    (22, 24, 4), // size
    (26, 28, 2), // length of the name
    (28, 30, 2), // length of the extra field
    (26, 42, 4), // where the local header is (directory only)
];

fn places(bytes: &[u8], mark: &[u8]) -> Vec<usize> {
    memchr::memmem::find_iter(bytes, mark).collect()
}

#[test]
fn fields_of_archives() {
    let (room, keys) = (Room::new(), alone());
    let names = [
        "Interaction-1.json",
        "a/b/c.json",
        "../up.json",
        "/root.json",
        "C:\\x.json",
        "con",
        ".hidden",
        "same.json",
        "SAME.json",
        "",
    ];
    rounds_of(300, |round| {
        let mut choices = Choices::new(round);
        let contents: Vec<Vec<u8>> = (0..1 + choices.next(4))
            .map(|at| noise(round ^ at, choices.next(3_000) as usize))
            .collect();
        let entries: Vec<(&str, &[u8])> = contents
            .iter()
            .map(|content| (names[choices.next(names.len() as u64) as usize], &content[..]))
            .collect();
        let mut seen = std::collections::HashSet::new();
        let entries: Vec<_> = entries
            .into_iter()
            .filter(|(name, _)| seen.insert(*name))
            .collect();
        let mut bytes = zip(&entries, choices.next(2) == 0);
        let (locals, directory) = (places(&bytes, b"PK\x03\x04"), places(&bytes, b"PK\x01\x02"));
        for _ in 0..choices.next(3) {
            let (local, central, width) = FIELDS[choices.next(FIELDS.len() as u64) as usize];
            let entry = choices.next(directory.len().min(locals.len()) as u64) as usize;
            let value =
                [0, 1, 8, 9, 0xffff, 0xffff_ffff, 0x7fff_ffff, choices.next(4_000)][choices.next(8) as usize];
            let value = (value as u32).to_le_bytes();
            // In one place only, so that the two contradict each other, or in both.
            let which = choices.next(3);
            for (wanted, at) in [(0, locals[entry] + local), (1, directory[entry] + central)] {
                if which != wanted && at + width <= bytes.len() {
                    bytes[at..at + width].copy_from_slice(&value[..width]);
                }
            }
        }
        let wrapped = message(&mut choices, &bytes);
        decrypted(&room, &keys, &wrapped, false, |_| false);
    });
}

#[test]
fn layers_around_layers() {
    let (room, keys) = (Room::new(), alone());
    rounds_of(200, |round| {
        let mut choices = Choices::new(round);
        let content = format!(
            "{{\"id\":\"{round}\",\"text\":\"{}\"}}\n",
            "x".repeat(choices.next(9_000) as usize)
        );
        let mut bytes = content.clone().into_bytes();
        for _ in 0..choices.next(4) {
            bytes = match choices.next(3) {
                0 => mail(&mut choices, &bytes),
                1 => gzip(&mut choices, &bytes),
                _ => message(&mut choices, &bytes),
            };
        }
        let damaged = choices.next(2) == 0;
        if damaged {
            let at = choices.next(bytes.len() as u64) as usize;
            match choices.next(3) {
                0 => bytes[at] ^= 1 << choices.next(8),
                1 => bytes.truncate(at),
                _ => bytes.extend(noise(round, 20)),
            }
        }
        let wrapped = message(&mut choices, &bytes);
        let file = room.file("m.p7m", &wrapped);
        for result in room.decrypt(&[file], &keys, false) {
            let done = match result {
                Ok(done) => done,
                Err(_) if damaged => continue,
                Err(failure) => panic!("{failure:?}"),
            };
            for path in &done.files {
                let found = std::fs::read(path).unwrap();
                assert!(damaged || found == content.as_bytes(), "not what was put in");
                std::fs::remove_file(path).unwrap();
            }
        }
        room.assert_empty();
    });
}

/// Headers and a body in base64, as various programs write them.
fn mail(choices: &mut Choices, content: &[u8]) -> Vec<u8> {
    let end = ["\n", "\r\n"][choices.next(2) as usize];
    let mut lines = vec![
        [
            "Content-Type: application/octet-stream",
            "content-type:application/zip",
        ][choices.next(2) as usize]
            .to_owned(),
        [
            "Content-Transfer-Encoding: base64",
            "CONTENT-TRANSFER-ENCODING:\tBase64",
        ][choices.next(2) as usize]
            .to_owned(),
    ];
    if choices.next(2) == 0 {
        lines.push(format!(
            "Content-Disposition: attachment;{end}\tfilename=\"a.json\""
        ));
    }
    if choices.next(2) == 0 {
        lines.insert(0, "MIME-Version: 1.0".to_owned());
    }
    lines.push(String::new());
    let text = base64::engine::general_purpose::STANDARD.encode(content);
    let width = [4, 60, 64, 76, 1_000][choices.next(5) as usize];
    let body = text.as_bytes().chunks(width);
    lines.extend(body.map(|line| String::from_utf8_lossy(line).into_owned()));
    let mut mail = lines.join(end);
    mail.push_str(end);
    mail.into_bytes()
}

/// With the fields that a header may have, and in one member or two.
fn gzip(choices: &mut Choices, content: &[u8]) -> Vec<u8> {
    let cut = choices.next(content.len() as u64 + 1) as usize;
    let members = match choices.next(2) {
        0 => vec![content],
        _ => vec![&content[..cut], &content[cut..]],
    };
    let mut out = Vec::new();
    for member in members {
        let mut header = flate2::GzBuilder::new();
        if choices.next(2) == 0 {
            header = header.filename("a.json").comment("a comment");
        }
        if choices.next(2) == 0 {
            header = header.extra(vec![1, 2, 0, 0]);
        }
        let mut writer = header.write(&mut out, flate2::Compression::fast());
        writer.write_all(member).unwrap();
        writer.finish().unwrap();
    }
    out
}

/// Records that lie across the pieces in which a file is read are found like all others.
#[tokio::test]
async fn records_across_pieces() {
    const PIECE: usize = 1024 * 1024;
    let room = Room::new();
    let mut lengths = Vec::new();
    rounds_of(24, |round| lengths.push(round));
    for round in lengths {
        let mut choices = Choices::new(round);
        let (listener, cancel) = (Listener::none(), CancellationToken::new());
        let mut text = String::with_capacity(PIECE + 4_096);
        let mut wanted = Vec::new();
        let mut number = 0;
        while text.len() < PIECE + 2_000 {
            // Long lines up to shortly before the end of a piece, then short ones of every length.
            let near = text.len() + 70_000 > PIECE;
            let filler = choices.next(if near { 90 } else { 60_000 }) as usize;
            let person = match (near && choices.next(3) == 0, choices.next(3)) {
                (false, _) => "p2@example.net",
                (true, 0) => "p1\\u0040example.org",
                (true, _) => "P1@example.org",
            };
            number += 1;
            if person != "p2@example.net" {
                wanted.push(number);
            }
            let filler = "y".repeat(filler);
            text.push_str(&format!(
                "{{\"id\":\"{number}\",\"text\":\"{filler}\",\"mail\":\"{person}\"}}\n"
            ));
        }
        let request = Request {
            files: vec![room.file("Interaction-1.json", text.as_bytes())],
            filter: Filter::parse(&["mail=p1@example.org".to_owned()]).unwrap(),
            limit: 100_000,
            most_bytes: u64::MAX,
        };
        let report = read(request, &listener, &cancel).await.unwrap();
        let found: Vec<u64> = report.records.iter().map(|record| record.line).collect();
        assert_eq!(found, wanted, "round {round}");
    }
}
