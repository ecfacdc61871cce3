//! What is found in a file, and what is told as left out.

use std::io::Write;

use super::*;
use crate::domain::identifier::{Identifier, IdentifierKind};

fn zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in entries {
        let options = zip::write::SimpleFileOptions::default();
        writer.start_file(*name, options).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn found(content: &[u8]) -> Hits {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    std::fs::write(&path, content).unwrap();
    let person = [Identifier::new(IdentifierKind::Email, "anna@example.org")];
    let filter = Filter::default().with_person(&person, None).unwrap();
    let (listener, cancel) = (Listener::none(), CancellationToken::new());
    let files = [path];
    let asked = Asked::new(&files, &listener, &cancel);
    count(&files[0], &filter, &asked).unwrap()
}

#[test]
fn names_and_archives_in_archives_are_searched_and_what_is_left_is_named() {
    let inner = zip(&[
        ("note.txt", b"wrote to anna@example.org"),
        ("photo.png", b"\x89PNG\r\n\x1a\n"),
    ]);
    let hits = found(&zip(&[
        ("from anna@example.org.txt", b"nothing"),
        ("more.zip", &inner),
        ("call.opus", b"OggS\0"),
        ("letter.pdf", b"%PDF-1.7"),
        (
            "mail.eml",
            b"Subject: x\r\nContent-Transfer-Encoding: Base64\r\n\r\nYW5uYUBleGFtcGxlLm9yZw==\r\n",
        ),
        ("coded.txt", format!("{0}\n{0}\n", "QUFB".repeat(16)).as_bytes()),
    ]));
    assert_eq!(hits.count, 2, "{hits:?}");
    let left = hits.not_read.join("\n");
    for named in [
        "a picture, which cannot be searched: more.zip!/photo.png",
        "a recording, which cannot be searched: call.opus",
        "a PDF document, which cannot be searched: letter.pdf",
        "encoded data, which cannot be searched: mail.eml, coded.txt",
    ] {
        assert!(left.contains(named), "{left}");
    }
}

#[test]
fn what_is_packed_too_deep_or_damaged_is_left_and_named() {
    let mut packed = zip(&[("deep.txt", b"anna@example.org")]);
    for _ in 0..=DEEPEST {
        packed = zip(&[("next.zip", &packed)]);
    }
    let hits = found(&packed);
    assert_eq!(hits.count, 0);
    assert!(
        hits.not_read[0].contains("packed in too many archives"),
        "{hits:?}"
    );
    // Neither is what breaks off taken for all that there was.
    for (name, begins) in [("a.txt", ' '), ("a.json", '[')] {
        let much = format!("{begins}{}", "\n".repeat(66 * 1024 * 1024));
        let hits = found(&zip(&[(name, much.as_bytes())]));
        assert_eq!(hits.count, 0);
        assert!(hits.not_read[0].contains("file too large"), "{hits:?}");
    }
    let hits = found(&zip(&[("broken.zip", b"PK\x03\x04 and no more")]));
    assert!(
        hits.not_read[0].contains("damaged or locked: broken.zip"),
        "{hits:?}"
    );
}
