//! The record of a case: masked by default, checked by `sh` and `openssl` alone, and no byte of it can
//! be changed unnoticed.

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
