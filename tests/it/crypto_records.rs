//! Records and local copies as commands: a person is found, selected, exported and removed.

use dsr_console::domain::progress::Listener;
use dsr_console::workflow::records::{Filter, Request, read};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::cli_harness::Dsr;
use super::crypto_bench::{Room, pairs, zip};

const INTERACTIONS: &str = concat!(
    "{\"id\":\"i1\",\"name\":\"Anna Muster\",\"email\":\"anna.muster@example.org\",\"startDate\":\"2026-11-01\"}\n",
    "{\"id\":\"i2\",\"name\":\"Edda Fiktiv\",\"phone\":\"+49 30 23125099\"}\n",
    "{\"id\":\"i3\",\"who\":{\"email\":\"ANNA.MUSTER\\u0040example.org\"}}\n",
);
const ATTACHMENTS: &str = concat!(
    "{\"id\":\"a1\",\"entityid\":\"i1\",\"content\":\"SGVsbG8=\"}\n",
    "{\"id\":\"a2\",\"entityid\":\"i2\",\"content\":\"\"}\n",
    "{\"id\":\"a3\",\"entityid\":\"i1\",\"content\":\"\"}\n",
);
const CONTACTS: &str = "{\"id\":\"c1\",\"phone\":\"(030) 23 12 50 14\"}\n{\"id\":\"c2\"}\n";

/// A home in which an export was decrypted, and the files that came of it.
fn decrypted() -> (Dsr, Room, Vec<String>) {
    let (dsr, room) = (Dsr::simulated(), Room::new());
    let archive = zip(
        &[
            ("Interaction-17.json", INTERACTIONS.as_bytes()),
            ("Interaction-Attachment-17.json", ATTACHMENTS.as_bytes()),
            ("Contact-17.json", CONTACTS.as_bytes()),
        ],
        true,
    );
    let message = room.encrypted(
        "export.p7m",
        &archive,
        "-aes-256-cbc",
        &["-outform", "DER", "-stream"],
        &[],
    );
    let message = message.display().to_string();
    let (key, to) = (
        pairs().1.key.display().to_string(),
        room.out().display().to_string(),
    );
    let done = dsr.json(
        "decrypt.json",
        &["decrypt", &message, "--key", &key, "--to", &to, "--keep", "14d"],
        0,
    );
    let files = done["items"][0]["files"].as_array().unwrap();
    let files = files
        .iter()
        .map(|file| file["path"].as_str().unwrap().to_owned())
        .collect();
    (dsr, room, files)
}

fn ids(list: &Value) -> Vec<String> {
    let items = list["items"].as_array().unwrap();
    items
        .iter()
        .map(|item| item["id"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn records_stand_with_their_attachments_and_are_filtered() {
    let (dsr, _room, files) = decrypted();
    let run = |more: &[&str], code: i32| {
        let mut all = vec!["records"];
        all.extend(files.iter().map(String::as_str));
        all.extend_from_slice(more);
        dsr.json("records.json", &all, code)
    };
    let all = run(&[], 0);
    assert_eq!(ids(&all), ["i1", "i2", "i3", "c1", "c2"]);
    assert_eq!(all["items"][0]["attachments"].as_array().unwrap().len(), 2);
    let anna = run(&["--where", "email=anna.muster@example.org"], 0);
    assert_eq!(ids(&anna), ["i1", "i3"]);
    assert_eq!(anna["items"][0]["attachments"][1]["id"], "a3");
    assert_eq!(
        ids(&run(&["--where", "who.email=anna.muster@example.org"], 0)),
        ["i3"]
    );
    assert_eq!(
        ids(&run(
            &["--email", "anna.muster@example.org", "--phone", "+49 30 23125014"],
            0
        )),
        ["i1", "i3", "c1"]
    );
    assert_eq!(ids(&run(&["--limit", "2"], 6)), ["i1", "i2"]);
    dsr.run(&["records", &files[0], "--where", "nonsense"]).ends(2);
    dsr.run(&["records", "/nonexistent"]).ends(1);
    let csv = dsr
        .run(&["records", &files[0], "--where", "id=i1", "--output", "csv"])
        .ends(0)
        .stdout;
    assert!(
        csv.contains("anna.muster@example.org") && csv.lines().count() == 2,
        "{csv}"
    );
    let table = dsr.run(&["records", &files[0]]).ends(0).stdout;
    assert!(table.contains("i1") && !table.contains("Anna Muster"), "{table}");
    assert!(
        dsr.run(&["records", &files[0], "--reveal"])
            .ends(0)
            .stdout
            .contains("Anna Muster")
    );
}

#[test]
fn nothing_found_for_a_field_that_no_record_names_is_told_as_that() {
    let (dsr, room, files) = decrypted();
    let notes = |file: &str, conditions: &[&str]| {
        let mut all = vec!["records", file];
        for condition in conditions {
            all.extend(["--where", *condition]);
        }
        let list = dsr.json("records.json", &all, 0);
        assert!(ids(&list).is_empty(), "{list}");
        list["notes"].to_string()
    };
    let other = notes(&files[0], &["emailAddress=anna.muster@example.org"]);
    assert!(
        other.contains("No record names a field emailaddress.")
            && other.contains("The first records name: ")
            && other.contains("who.email")
            && !other.contains("Anna"),
        "{other}"
    );
    let table = dsr
        .run(&["records", &files[0], "--where", "mail=anna.muster@example.org"])
        .ends(0);
    assert!(table.stdout.contains("No record is so."), "{table:?}");
    assert!(
        table.stderr.contains("No record names a field mail."),
        "{table:?}"
    );
    // A field that is there with another value, one that is a record itself, one within it, any field.
    for there in [
        "email=nobody@example.org",
        "who=nobody@example.org",
        "who.email=nobody@example.org",
        "*=nobody@example.org",
    ] {
        assert!(!notes(&files[0], &[there]).contains("names a field"), "{there}");
    }
    // A value of that text is no name; a name written with an escape is one, in an archive too.
    let kinds = room.file("Interaction-2.json", b"{\"type\":\"email\"}\n");
    let kinds = kinds.display().to_string();
    let told = notes(&kinds, &["email=a@example.org", "type=voice"]);
    assert!(
        told.contains("field email.") && !told.contains("field type."),
        "{told}"
    );
    let line: &[u8] = b"{\"em\\u0061il\":\"b@example.org\"}\n";
    let archive = room.file("one.zip", &zip(&[("Interaction-3.json", line)], true));
    let told = notes(&archive.display().to_string(), &["email=a@example.org"]);
    assert!(!told.contains("names a field"), "{told}");
    // Without a record nothing is said of its fields.
    let empty = room.file("Interaction-4.json", b"\n").display().to_string();
    assert!(!notes(&empty, &["email=a@example.org"]).contains("names a field"));
}

#[test]
fn an_encrypted_file_and_damaged_lines_are_told() {
    let (dsr, room, files) = decrypted();
    let encrypted = room.path().join("export.p7m").display().to_string();
    let ran = dsr.run(&["records", &encrypted]).ends(2);
    assert!(ran.stderr.contains("dsr decrypt"), "{ran:?}");
    let damaged = room
        .file("Interaction-9.json", b"{\"id\":\"x\"}\nnonsense\n")
        .display()
        .to_string();
    let list = dsr.json("records.json", &["records", &damaged, &files[2]], 6);
    assert_eq!(ids(&list), ["x", "c1", "c2"]);
    assert_eq!(list["complete"], false);
    let archive = room
        .file("all.zip", &zip(&[("Contact-1.json", CONTACTS.as_bytes())], true))
        .display()
        .to_string();
    let list = dsr.json("records.json", &["records", &archive, "--where", "id=c2"], 0);
    assert_eq!(
        (
            list["items"][0]["entry"].as_str(),
            list["items"][0]["line"].as_u64()
        ),
        (Some("Contact-1.json"), Some(2))
    );
}

#[test]
fn copies_are_listed_searched_and_removed_on_their_day() {
    let (dsr, _room, files) = decrypted();
    let listed = dsr.json("copies-list.json", &["copies", "list"], 0);
    assert_eq!(listed["items"].as_array().unwrap().len(), 3);
    assert_eq!(
        (
            listed["items"][0]["days_left"].as_i64(),
            listed["items"][0]["source"].as_str()
        ),
        (Some(14), Some("export.p7m"))
    );
    dsr.ndjson("copies-list.json", &["copies", "list"]);
    let found = dsr.json(
        "copies-find.json",
        &["copies", "find", "--email", "anna.muster@example.org"],
        0,
    );
    assert_eq!(found["items"][0]["hits"], 2, "{found}");
    assert_eq!(found["items"].as_array().unwrap().len(), 1);
    let found = dsr.json(
        "copies-find.json",
        &["copies", "find", "--phone", "+49 30 23125014"],
        0,
    );
    assert!(
        found["items"][0]["path"]
            .as_str()
            .unwrap()
            .ends_with("Contact-17.json"),
        "{found}"
    );
    let none = dsr.json(
        "copies-find.json",
        &["copies", "find", "--email", "nobody@example.org"],
        0,
    );
    assert!(none["items"].as_array().unwrap().is_empty());

    dsr.run(&["copies", "remove", &files[0]]).ends(2);
    let shown = dsr.json(
        "copies-remove.json",
        &["copies", "remove", &files[0], "--dry-run"],
        0,
    );
    assert_eq!(shown["items"][0]["outcome"], Value::Null);
    assert!(std::path::Path::new(&files[0]).exists());
    let removed = dsr.json("copies-remove.json", &["copies", "remove", &files[0], "--yes"], 0);
    assert_eq!(removed["items"][0]["outcome"], "deleted");
    assert!(!std::path::Path::new(&files[0]).exists());
    dsr.run(&["copies", "remove", &files[0], "--yes"]).ends(1);
    let nothing = dsr.json("copies-remove.json", &["copies", "remove", "--due", "--yes"], 0);
    assert!(nothing["items"].as_array().unwrap().is_empty());
    std::fs::remove_file(&files[1]).unwrap();
    dsr.run(&["simulator", "clock", "--advance", "15d"]).ends(0);
    let due = dsr.json("copies-list.json", &["copies", "list", "--due"], 0);
    assert_eq!(due["items"].as_array().unwrap().len(), 2);
    let removed = dsr.json("copies-remove.json", &["copies", "remove", "--due", "--yes"], 0);
    let outcomes: Vec<_> = removed["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["outcome"].clone())
        .collect();
    assert!(
        outcomes.contains(&"deleted".into()) && outcomes.contains(&"missing".into()),
        "{removed}"
    );
    assert!(files.iter().all(|file| !std::path::Path::new(file).exists()));
    assert!(
        dsr.json("copies-list.json", &["copies", "list"], 0)["items"]
            .as_array()
            .unwrap()
            .is_empty()
    );
}

#[test]
fn what_cannot_be_searched_is_named() {
    let (dsr, room, _) = decrypted();
    let message = room.encrypted(
        "b.p7m",
        &[0, 1, 2, 3, 0, 9],
        "-aes-256-gcm",
        &["-outform", "DER"],
        &[],
    );
    let (message, key) = (message.display().to_string(), pairs().1.key.display().to_string());
    let to = room.out().display().to_string();
    dsr.json(
        "decrypt.json",
        &["decrypt", &message, "--key", &key, "--to", &to, "--raw"],
        0,
    );
    let found = dsr.json(
        "copies-find.json",
        &["copies", "find", "--email", "anna.muster@example.org"],
        6,
    );
    assert_eq!(found["complete"], false);
    assert!(
        found["notes"].to_string().contains("cannot be searched"),
        "{found}"
    );
}

/// Changes of chance in files of records and in archives of them: an answer or an error, and never
/// more records than lines.
#[tokio::test]
async fn changes_of_chance_are_survived_by_the_reader_of_records() {
    let room = Room::new();
    let archive = zip(
        &[
            ("Interaction-1.json", INTERACTIONS.as_bytes()),
            ("Interaction-Attachment-1.json", ATTACHMENTS.as_bytes()),
        ],
        true,
    );
    let seeds = [
        INTERACTIONS.as_bytes().to_vec(),
        format!("[{}]", CONTACTS.trim().replace('\n', ",")).into_bytes(),
        archive,
    ];
    let filter = Filter::parse(&["email=anna.muster@example.org".to_owned()]).unwrap();
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut chance = |below: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    for round in 0..600 {
        let mut bytes = seeds[chance(seeds.len())].clone();
        for _ in 0..=chance(4) {
            let at = chance(bytes.len());
            match chance(4) {
                0 => bytes[at] = chance(256) as u8,
                1 => bytes.insert(at, b"\"\\{}[],\n"[chance(8)]),
                2 => drop(bytes.remove(at)),
                _ => bytes.truncate(at.max(1)),
            }
        }
        let request = Request {
            files: vec![room.file("Interaction-1.json", &bytes)],
            filter: if round % 2 == 0 {
                Filter::default()
            } else {
                filter.clone()
            },
            limit: 100,
            most_bytes: u64::MAX,
        };
        if let Ok(report) = read(request, &Listener::none(), &CancellationToken::new()).await {
            assert!(report.records.len() <= 20, "{}", report.records.len());
        }
    }
}

#[test]
fn the_identifiers_of_a_case_are_looked_for_in_all_files() {
    let (dsr, room) = (Dsr::simulated(), Room::new());
    let one = room.file(
        "Interaction-1.json",
        b"{\"id\":\"i1\",\"emailAddress\":\"Anna.Muster@example.org\"}\n{\"id\":\"i2\",\"emailAddress\":\"b@example.org\"}\n",
    );
    let other = room.file(
        "Contact-1.json",
        b"{\"id\":\"c1\",\"phoneNumber\":\"030 / 2312 5014\"}\n{\"id\":\"c2\",\"phoneNumber\":\"+49 30 23125015\"}\n",
    );
    let opened = dsr.json(
        "cases-show.json",
        &[
            "cases",
            "open",
            "--kind",
            "access",
            "--received",
            "today",
            "--email",
            "anna.muster@example.org",
            "--phone",
            "+49 30 23125014",
        ],
        0,
    );
    let case = opened["id"].as_str().unwrap();
    let (one, other) = (one.display().to_string(), other.display().to_string());
    let found = dsr.json("records.json", &["records", &one, &other, "--case", case], 0);
    let ids: Vec<&str> = found["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["id"].as_str().unwrap())
        .collect();
    assert_eq!(ids, ["i1", "c1"]);
    dsr.run(&["records", &one, "--case", "no-such-case"]).ends(1);
}
