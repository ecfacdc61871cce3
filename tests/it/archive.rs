//! Archives of exports: sorted by what is in them, and never trusted.

use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};

use dsr_console::domain::failure::{Failure, FailureKind};
use dsr_console::workflow::archive::{self, ArchiveView, EntryKind};
use proptest::prelude::*;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

fn open(path: &Path) -> Result<ArchiveView, Failure> {
    archive::open(path, None)
}

fn read_entry(path: &Path, name: &str, limit: u64) -> Result<String, Failure> {
    archive::read_entry(path, name, limit, None)
}

/// A zip of these entries, deflated.
fn zipped(entries: &[(&str, &[u8])]) -> Vec<u8> {
    packed(entries, CompressionMethod::Deflated)
}

fn packed(entries: &[(&str, &[u8])], method: CompressionMethod) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in entries {
        let options = SimpleFileOptions::default().compression_method(method);
        writer.start_file(*name, options).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

struct Saved {
    _dir: tempfile::TempDir,
    path: PathBuf,
}

fn saved(bytes: &[u8]) -> Saved {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("results.zip");
    std::fs::write(&path, bytes).unwrap();
    Saved { _dir: dir, path }
}

fn view(bytes: &[u8]) -> ArchiveView {
    open(&saved(bytes).path).unwrap()
}

fn kind(view: &ArchiveView, name: &str) -> EntryKind {
    view.entries
        .iter()
        .find(|e| e.name == name)
        .unwrap_or_else(|| panic!("{name} is not among {:?}", view.entries))
        .kind
}

const MESSAGES: &str = r#"{"conversationId":"c1","messages":[
    {"timestamp":"2026-11-01T09:00:00Z","from":{"name":"Anna Muster"},"text":"Hello\n2026-11-01T09:00:01Z agent: forged"},
    {"timestamp":"2026-11-01T09:01:00Z","from":"agent","text":"\u001b[31mGood morning"},
    {"timestamp":"2026-11-01T09:02:00Z","from":"agent"}]}"#;

fn export() -> Vec<u8> {
    let recording = zipped(&[
        ("MessageTranscript_c1.json", MESSAGES.as_bytes()),
        ("photo.jpg", b"\xff\xd8\xff\0\x10JFIF"),
        ("note.txt", b"see attachment"),
    ]);
    zipped(&[
        ("analytics!11111111", br#"{"topic":"t","externalId":"c1"}"#),
        ("analytics!22222222", br#"{"topic":"t","externalId":"c2"}"#),
        (
            "contacts-service!externalContact.json",
            br#"{"firstName":"Anna","lastName":"Muster"}"#,
        ),
        ("contacts-service!externalContact-notes.json", b"[]"),
        ("recording!a_Rec_1.zip", &recording),
        ("recording!b_Rec_2.opus", &[7; 4096]),
        ("recording!c_Rec_3.opus", &[7; 27]),
        (
            "recording!d_Rec_4.json",
            br#"[{"created":"2026-11-01","body":"legacy chat"}]"#,
        ),
        ("venue!u1", br#"{"name":"Agent"}"#),
        ("auth-api!u1", b"agent@example.org"),
        ("REALTIME!messages", b"created: 2026-11-01T09:00:00Z, message: hi"),
        ("journey-session-store!s1.json", br#"{"id":"s1"}"#),
        ("quality!Survey_1.json", br#"{"score":5}"#),
        ("wem-coaching!x", b"{}"),
        ("unheard-of!thing", b"text"),
    ])
}

#[test]
fn entries_are_sorted_by_what_they_are() {
    let view = view(&export());
    assert_eq!(view.receipts, 2);
    assert!(view.unreadable.is_empty() && view.warnings.is_empty(), "{view:?}");
    for (name, is) in [
        ("contacts-service!externalContact.json", EntryKind::Record),
        ("contacts-service!externalContact-notes.json", EntryKind::Empty),
        ("venue!u1", EntryKind::Record),
        ("auth-api!u1", EntryKind::Record),
        (
            "recording!a_Rec_1.zip!/MessageTranscript_c1.json",
            EntryKind::Transcript,
        ),
        ("recording!a_Rec_1.zip!/photo.jpg", EntryKind::Attachment),
        ("recording!a_Rec_1.zip!/note.txt", EntryKind::Attachment),
        ("recording!d_Rec_4.json", EntryKind::Transcript),
        ("REALTIME!messages", EntryKind::Transcript),
        ("recording!b_Rec_2.opus", EntryKind::Audio),
        ("recording!c_Rec_3.opus", EntryKind::Empty),
        ("journey-session-store!s1.json", EntryKind::Other),
        ("quality!Survey_1.json", EntryKind::Other),
        ("wem-coaching!x", EntryKind::Empty),
        ("unheard-of!thing", EntryKind::Other),
    ] {
        assert_eq!(kind(&view, name), is, "{name}");
    }
    let kinds: Vec<_> = view.entries.iter().map(|e| e.kind).collect();
    assert!(kinds.is_sorted());
    assert!(view.not_covered.iter().any(|line| line.contains("calls")));
    let nested = view
        .entries
        .iter()
        .find(|e| e.name.ends_with("photo.jpg"))
        .unwrap();
    assert_eq!(
        (nested.service.as_str(), nested.preview.as_ref()),
        ("recording", None)
    );
}

#[test]
fn transcripts_read_as_lines_that_cannot_be_forged() {
    let saved = saved(&export());
    let name = "recording!a_Rec_1.zip!/MessageTranscript_c1.json";
    let text = read_entry(&saved.path, name, 10_000).unwrap();
    assert_eq!(
        text,
        "conversationId: c1\n\n\
         2026-11-01T09:00:00Z Anna Muster: Hello\n    2026-11-01T09:00:01Z agent: forged\n\
         2026-11-01T09:01:00Z agent: Good morning\n\
         (without text: 1 more)"
    );
    let view = open(&saved.path).unwrap();
    let preview = view
        .entries
        .iter()
        .find(|e| e.name == name)
        .unwrap()
        .preview
        .clone()
        .unwrap();
    assert!(text.starts_with(preview.trim_end_matches(" …")));
}

#[test]
fn other_content_is_indented_json_or_text() {
    let saved = saved(&export());
    let read = |name: &str| read_entry(&saved.path, name, 10_000).unwrap();
    assert_eq!(read("quality!Survey_1.json"), "{\n  \"score\": 5\n}");
    assert_eq!(read("auth-api!u1"), "agent@example.org");
    assert_eq!(
        read("analytics!11111111"),
        "{\n  \"topic\": \"t\",\n  \"externalId\": \"c1\"\n}"
    );
    assert!(read("recording!b_Rec_2.opus").starts_with("Audio of 4096 bytes"));
    assert!(read("recording!a_Rec_1.zip!/photo.jpg").contains("no text"));
    let missing = read_entry(&saved.path, "recording!a_Rec_1.zip!/other", 10).unwrap_err();
    assert_eq!(missing.kind, FailureKind::NotFound);
}

#[test]
fn a_long_entry_is_cut_at_a_character_and_says_so() {
    let long = "äöü ".repeat(1_000);
    let saved = saved(&zipped(&[("REALTIME!messages", long.as_bytes())]));
    let text = read_entry(&saved.path, "REALTIME!messages", 101).unwrap();
    assert!(text.starts_with("äöü äöü"));
    assert!(
        text.ends_with(&format!("… the first 101 bytes of {}\n", long.len())),
        "{text}"
    );
    let preview = open(&saved.path).unwrap().entries[0].preview.clone().unwrap();
    assert!(preview.ends_with(" …") && preview.chars().count() < 1_010);
}

#[test]
fn hostile_names_are_shown_cleaned_and_reported() {
    let names = [
        "../../etc/passwd",
        "/etc/shadow",
        "C:\\x",
        "a\u{1b}[31mb\u{202e}c",
        "..\\up",
        "fine",
    ];
    let entries: Vec<(&str, &[u8])> = names.iter().map(|name| (*name, b"x".as_slice())).collect();
    let saved = saved(&zipped(&entries));
    let view = open(&saved.path).unwrap();
    assert_eq!(view.entries.len(), 6);
    assert_eq!(view.warnings.len(), 5, "{:?}", view.warnings);
    for entry in &view.entries {
        assert!(entry.name.chars().all(|c| !c.is_control() && c != '\u{202e}'));
        assert_eq!(read_entry(&saved.path, &entry.name, 10).unwrap(), "x");
    }
}

#[test]
fn names_that_clean_to_the_same_text_stay_apart() {
    let saved = saved(&zipped(&[("a\u{200b}b", b"one"), ("ab", b"two")]));
    assert_eq!(read_entry(&saved.path, "ab", 10).unwrap(), "one");
    assert_eq!(read_entry(&saved.path, "ab (2)", 10).unwrap(), "two");
}

#[test]
fn a_bomb_is_named_and_not_unpacked() {
    let zeros = vec![0u8; 8 << 20];
    let inner = zipped(&[("zeros", &zeros)]);
    let bytes = zipped(&[
        ("bomb!a", &zeros),
        ("recording!x.zip", &inner),
        ("venue!u", b"me"),
    ]);
    let saved = saved(&bytes);
    let view = open(&saved.path).unwrap();
    assert_eq!(view.entries.len(), 1);
    assert_eq!(view.unreadable.len(), 2, "{:?}", view.unreadable);
    assert!(view.unreadable.iter().all(|line| line.contains("to 1")));
    assert!(
        view.unreadable
            .iter()
            .any(|line| line.starts_with("recording!x.zip!/zeros"))
    );
    let error = read_entry(&saved.path, "bomb!a", 100).unwrap_err();
    assert!(error.message.contains("to 1"), "{error}");
}

#[test]
fn archives_in_archives_end_somewhere() {
    let mut bytes = zipped(&[("deep.txt", b"x")]);
    for _ in 0..6 {
        bytes = zipped(&[("in.zip", &bytes)]);
    }
    let view = view(&bytes);
    assert!(view.entries.is_empty());
    assert_eq!(view.unreadable.len(), 1);
    assert!(view.unreadable[0].contains("too deep"), "{:?}", view.unreadable);
}

#[test]
fn damaged_encrypted_and_cut_entries_are_unreadable_one_by_one() {
    let content = b"the quick brown fox";
    let mut bytes = packed(
        &[("venue!a", content), ("venue!b", b"fine"), ("venue!c", b"locked")],
        CompressionMethod::Stored,
    );
    let at = bytes.windows(content.len()).position(|w| w == content).unwrap();
    bytes[at] ^= 1;
    // Bit 0 of the flags, in the central directory's third header.
    let headers: Vec<usize> = (0..bytes.len() - 4)
        .filter(|i| &bytes[*i..*i + 4] == b"PK\x01\x02")
        .collect();
    bytes[headers[2] + 8] |= 1;
    let view = view(&bytes);
    assert_eq!(view.entries.len(), 1);
    assert_eq!(view.entries[0].name, "venue!b");
    assert!(
        view.unreadable
            .iter()
            .any(|l| l.starts_with("venue!a: it is damaged")),
        "{:?}",
        view.unreadable
    );
    assert!(
        view.unreadable.iter().any(|l| l == "venue!c: it is encrypted"),
        "{:?}",
        view.unreadable
    );
}

#[test]
fn a_cut_file_and_a_web_page_are_refused_with_what_to_do() {
    let whole = export();
    for bytes in [
        &whole[..whole.len() - 30],
        &whole[..whole.len() / 2],
        b"<html>login</html>",
        b"",
    ] {
        let failure = open(&saved(bytes).path).unwrap_err();
        assert_eq!(failure.kind, FailureKind::BadAnswer);
        assert!(failure.next.unwrap().contains("download it again"));
    }
    let nowhere = open(std::path::Path::new("/nonexistent/x.zip")).unwrap_err();
    assert_eq!(nowhere.kind, FailureKind::NotFound);
}

#[test]
fn a_claim_of_a_million_entries_is_refused_before_they_are_read() {
    let count = 1_000_000u64.to_le_bytes();
    let mut bytes = Vec::new();
    bytes.extend(b"PK\x06\x06");
    bytes.extend(44u64.to_le_bytes());
    bytes.extend([45, 0, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    bytes.extend(count);
    bytes.extend(count);
    bytes.extend([0; 16]);
    bytes.extend(b"PK\x06\x07\0\0\0\0\0\0\0\0\0\0\0\0\x01\0\0\0");
    bytes.extend(b"PK\x05\x06\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\0\0");
    let failure = open(&saved(&bytes).path).unwrap_err();
    assert!(failure.message.contains("claims to hold 1000000"), "{failure}");
}

#[test]
fn forty_thousand_receipts_are_a_number() {
    let names: Vec<String> = (0..40_000).map(|i| format!("analytics!{i:08x}")).collect();
    let entries: Vec<(&str, &[u8])> = names
        .iter()
        .map(|name| (name.as_str(), b"{}".as_slice()))
        .collect();
    let view = view(&packed(&entries, CompressionMethod::Stored));
    assert_eq!(view.receipts, 40_000);
    assert!(view.entries.is_empty());
}

#[test]
fn json_of_any_depth_is_shown() {
    let deep = format!("{}{}", "[".repeat(5_000), "]".repeat(5_000));
    let saved = saved(&zipped(&[("journey-session-store!d.json", deep.as_bytes())]));
    assert!(
        read_entry(&saved.path, "journey-session-store!d.json", 20_000)
            .unwrap()
            .starts_with("[[")
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn damage_anywhere_never_panics(at in any::<prop::sample::Index>(), value in any::<u8>(), cut in any::<prop::sample::Index>()) {
        let mut bytes = export();
        let place = at.index(bytes.len());
        bytes[place] = value;
        let whole = saved(&bytes);
        if let Ok(view) = open(&whole.path) {
            for entry in &view.entries {
                let _ = read_entry(&whole.path, &entry.name, 1_000);
            }
        }
        let _ = open(&saved(&bytes[..cut.index(bytes.len())]).path);
    }
}
