//! The record of a case: masked by default, checked by `sh` and `openssl`, and nothing of it can be
//! changed, taken away or added unnoticed.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::cli_harness::Dsr;

const EDDA: &str = "edda.fiktiv@example.org";

fn with_a_case() -> Dsr {
    let dsr = Dsr::simulated();
    let open = [
        "cases",
        "open",
        "--kind",
        "erasure",
        "--received",
        "today",
        "--email",
        EDDA,
        "--reference",
        "T-77",
    ];
    dsr.run(&open).ends(0);
    dsr.run(&["subjects", "search", "--case", "T-77"]).ends(0);
    let found = dsr.json(
        "subjects-search.json",
        &["subjects", "search", "--email", EDDA],
        0,
    );
    let pick = found["items"][0]["ref"].as_str().unwrap().to_owned();
    let submit = [
        "requests", "submit", "--type", "delete", "--case", "T-77", "--pick", &pick, "--yes",
    ];
    dsr.run(&submit).ends(0);
    dsr
}

fn script(directory: &Path, key: &str) -> Result<String, String> {
    let output = Command::new("sh")
        .arg(directory.join("check.sh"))
        .arg(key)
        .output()
        .expect("starts");
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() {
        Ok(said(&output.stdout))
    } else {
        Err(said(&output.stderr))
    }
}

#[test]
fn a_record_is_read_and_checked_by_others() {
    let dsr = with_a_case();
    let to = dsr.file("note", "").with_file_name("record");
    let place = to.display().to_string();
    let done = dsr.json(
        "cases-record.json",
        &["cases", "record", "T-77", "--to", &place],
        0,
    );
    assert_eq!(done["masked"], true);
    assert!(done["entries"].as_u64().unwrap() >= 4, "{done}");
    let key = dsr.json("ledger-checkpoint.json", &["ledger", "checkpoint"], 0)["verifier_key"]
        .as_str()
        .unwrap()
        .to_owned();
    script(&to, &key).expect("holds");
    let page = fs::read_to_string(to.join("record.html")).unwrap();
    let data = fs::read_to_string(to.join("record.json")).unwrap();
    for text in [&page, &data] {
        assert!(!text.contains("edda") && !text.contains("Edda"), "{text}");
        assert!(text.contains("T-77") && text.contains("submit.intent"), "{text}");
    }
    assert!(page.contains("SIMULATION") && !page.contains("<script"));
    let data: serde_json::Value = serde_json::from_str(&data).unwrap();
    assert_eq!(data["operations"].as_array().unwrap().len(), 1);
    assert!(data["operations"][0]["request_id"].is_string(), "{data:#}");
    // A byte of each file.
    for file in super::ledger_bench::files(&to) {
        if file.ends_with("check.sh") {
            continue;
        }
        let genuine = fs::read(&file).unwrap();
        let mut bytes = genuine.clone();
        let at = bytes.len() / 2;
        bytes[at] ^= 1;
        fs::write(&file, &bytes).unwrap();
        assert!(script(&to, &key).is_err(), "{}", file.display());
        fs::write(&file, &genuine).unwrap();
    }
    script(&to, &key).expect("as it was");
    // Never over one that is there; and in full on purpose only, which is recorded.
    dsr.run(&["cases", "record", "T-77", "--to", &place]).ends(1);
    let zip = to.with_extension("zip").display().to_string();
    let done = dsr.json(
        "cases-record.json",
        &["cases", "record", "T-77", "--to", &zip, "--reveal"],
        0,
    );
    assert_eq!(done["masked"], false);
    let mut archive = zip::ZipArchive::new(fs::File::open(&zip).unwrap()).unwrap();
    let mut data = String::new();
    std::io::Read::read_to_string(&mut archive.by_name("record.json").unwrap(), &mut data).unwrap();
    assert!(data.contains(EDDA));
    let shown = dsr.json(
        "ledger-show.json",
        &["ledger", "show", "--case", "T-77", "--action", "case.record"],
        0,
    );
    let masked: Vec<bool> = shown["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["facts"]["masked"].as_bool().unwrap())
        .collect();
    assert_eq!(masked, [true, false]);
    dsr.json("ledger-verify.json", &["ledger", "verify"], 0);
}

#[test]
fn no_entry_of_a_record_is_missing_or_added_unnoticed() {
    let dsr = with_a_case();
    let to = dsr.file("note", "").with_file_name("record");
    let place = to.display().to_string();
    dsr.json(
        "cases-record.json",
        &["cases", "record", "T-77", "--to", &place],
        0,
    );
    let key = fs::read_to_string(to.join("evidence/verifier-key")).unwrap();
    let key = key.trim();
    script(&to, key).expect("holds");
    let evidence = to.join("evidence");
    let entries: Vec<_> = (super::ledger_bench::files(&evidence).into_iter())
        .filter(|file| file.extension().is_some_and(|extension| extension == "json"))
        .collect();
    assert!(entries.len() >= 4, "{entries:?}");
    // Each entry with its proof: what is left is proven, and yet not all of it.
    for entry in &entries {
        let proof = entry.with_extension("proof");
        let genuine = (fs::read(entry).unwrap(), fs::read(&proof).unwrap());
        fs::remove_file(entry).unwrap();
        fs::remove_file(&proof).unwrap();
        let said = script(&to, key);
        assert!(said.is_err(), "without {}: {said:?}", entry.display());
        fs::write(entry, &genuine.0).unwrap();
        fs::write(&proof, &genuine.1).unwrap();
    }
    for name in ["note.txt", ".hidden", "000000000000.proof", "log"] {
        let added = evidence.join(name);
        fs::create_dir(&added).unwrap();
        assert!(script(&to, key).is_err(), "{name} as a directory");
        fs::remove_dir(&added).unwrap();
        fs::write(&added, "x").unwrap();
        assert!(script(&to, key).is_err(), "{name}");
        fs::remove_file(&added).unwrap();
    }
    // Something beside it is told, and is no part of what was signed.
    fs::write(to.join("letter.txt"), "x").unwrap();
    let said = script(&to, key).expect("as it was");
    assert!(said.contains("1 other files lie beside"), "{said}");
    // A genuine entry of the case that came later, with a proof: the ledger holds, the record does not.
    dsr.run(&["cases", "cell", "T-77", "copies", "--searched", "0"])
        .ends(0);
    let later = to.with_file_name("later");
    let directory = later.display().to_string();
    dsr.run(&["ledger", "export", &directory, "--case", "T-77"])
        .ends(0);
    fs::remove_dir_all(&evidence).unwrap();
    fs::rename(&later, &evidence).unwrap();
    script(&evidence, key).expect("the ledger holds");
    let said = script(&to, key).expect_err("one more");
    assert!(said.contains("others were added"), "{said}");
}

#[test]
fn a_masked_record_says_what_systems_come_to_and_whether_the_answer_was_in_time() {
    let dsr = with_a_case();
    let mark = [
        "cases",
        "cell",
        "T-77",
        "copies",
        "--not-reachable",
        "Edda objects",
    ];
    dsr.run(&mark).ends(0);
    dsr.run(&[
        "cases",
        "answer",
        "T-77",
        "--on",
        "today",
        "--channel",
        "letter to Edda",
    ])
    .ends(0);
    let to = dsr.file("note", "").with_file_name("record");
    let place = to.display().to_string();
    dsr.run(&["cases", "record", "T-77", "--to", &place]).ends(0);
    let page = fs::read_to_string(to.join("record.html")).unwrap();
    let data = fs::read_to_string(to.join("record.json")).unwrap();
    assert!(!page.contains("Edda") && !data.contains("Edda"), "{data}");
    assert!(page.contains("in time (limit "), "{page}");
    let data: serde_json::Value = serde_json::from_str(&data).unwrap();
    assert_eq!(data["answered"]["days_late"], 0);
    let state = |system: &str| {
        let columns = data["case"]["coverage"].as_array().unwrap();
        let column = columns.iter().find(|column| column["system"] == system);
        column.unwrap()["state"].as_str().unwrap().to_owned()
    };
    assert_ne!(state("genesys_cloud"), "(left out)");
    assert!(state("copies").starts_with("not reachable"), "{data:#}");
}

#[test]
fn the_same_as_a_command_keeps_the_case() {
    let dsr = with_a_case();
    let dry = [
        "requests",
        "submit",
        "--type",
        "export",
        "--case",
        "T-77",
        "--dry-run",
    ];
    let found = dsr.json(
        "subjects-search.json",
        &["subjects", "search", "--email", EDDA],
        0,
    );
    let pick = found["items"][0]["ref"].as_str().unwrap().to_owned();
    let planned = dsr.json("requests-plan.json", &[&dry[..], &["--pick", &pick]].concat(), 0);
    let command = planned["command"].as_str().unwrap();
    assert!(command.contains(" --case C-1"), "{command}");
    assert!(
        !command.contains("--reference"),
        "the two exclude one another: {command}"
    );
    let without = dsr.json(
        "requests-plan.json",
        &[
            "requests",
            "submit",
            "--type",
            "export",
            "--email",
            EDDA,
            "--pick",
            &pick,
            "--reference",
            "elsewhere",
            "--dry-run",
        ],
        0,
    );
    let command = without["command"].as_str().unwrap();
    assert!(
        command.contains("--reference @FILE") && !command.contains("--case"),
        "{command}"
    );
}
