//! The exports and copies columns of a case, filled by the commands that are given the case; and holds
//! against removing what is its person's.

use serde_json::Value;

use super::cli_harness::Dsr;

const ANNA: &str = "anna.muster@example.org";
const EDDA: &str = "edda.fiktiv@example.org";

fn open(dsr: &Dsr, email: &str) {
    let all = [
        "cases",
        "open",
        "--kind",
        "erasure",
        "--received",
        "today",
        "--email",
        email,
    ];
    dsr.json("cases-show.json", &all, 0);
}

#[test]
fn a_search_without_a_case_counts_for_the_one_whose_person_alone_was_looked_for() {
    let dsr = Dsr::simulated();
    let search = |people: &[&str]| {
        let people = people.iter().flat_map(|one| ["--search", one]);
        let all = ["forget", "--cass_keyspace", "sipfs"].into_iter().chain(people);
        let found = dsr
            .run(&all.chain(["--output", "json"]).collect::<Vec<_>>())
            .json();
        found["case"].clone()
    };
    open(&dsr, ANNA);
    assert_eq!(search(&[ANNA]), "C-1");
    assert!(search(&[ANNA, EDDA]).is_null(), "another is not of the case");
    // A mere name, and a case that erases nothing, tell no case.
    for (kind, option, who) in [("erasure", "--name", "Edda Fiktiv"), ("access", "--email", EDDA)] {
        let all = [
            "cases",
            "open",
            "--kind",
            kind,
            "--received",
            "today",
            option,
            who,
        ];
        dsr.json("cases-show.json", &all, 0);
        assert!(search(&[who]).is_null(), "{kind} {who}");
    }
}

fn column(dsr: &Dsr, system: &str) -> Value {
    let case = dsr.json("cases-show.json", &["cases", "show", "C-1"], 0);
    let mut columns = case["coverage"].as_array().unwrap().iter();
    columns.find(|column| column["system"] == system).unwrap().clone()
}

#[track_caller]
fn state(dsr: &Dsr, system: &str, wanted: &str, settled: bool) {
    let column = column(dsr, system);
    assert!(
        column["state"].as_str().unwrap().starts_with(wanted),
        "{column:#}"
    );
    assert_eq!(column["settled"], settled, "{column:#}");
}

fn hold(dsr: &Dsr) {
    let all = ["cases", "hold", "add", "--case", "C-1", "--reason", "a claim"];
    dsr.json("cases-hold.json", &all, 0);
}

fn lift(dsr: &Dsr) {
    dsr.json(
        "cases-hold.json",
        &["cases", "hold", "lift", "H-1", "--reason", "settled"],
        0,
    );
}

fn held(dsr: &Dsr, arguments: &[&str]) {
    let error = dsr
        .run(&[arguments, &["--output", "json"]].concat())
        .ends(1)
        .error();
    assert_eq!(
        (&error["code"], &error["changed"]),
        (&"held".into(), &"nothing".into()),
        "{error:#}"
    );
}

#[test]
fn an_export_is_no_erasure_in_what_is_said_of_one() {
    let dsr = Dsr::simulated();
    open(&dsr, ANNA);
    for seen in ["--searched", "--exported"] {
        dsr.run(&["cases", "cell", "C-1", "genesys_cloud", seen, "1"])
            .ends(0);
    }
    state(&dsr, "genesys_cloud", "exported, not erased", false);
    assert_eq!(column(&dsr, "genesys_cloud")["done"]["mark"], "exported");
    dsr.run(&["cases", "record", "C-1", "--to", "record", "--reveal"])
        .ends(0);
    let page = std::fs::read_to_string(dsr.home().join("record/record.html")).unwrap();
    assert!(
        page.contains("open: exported, not erased") && !page.contains("to be verified"),
        "{page}"
    );
    // Nothing came back where nothing was erased, and a search finds what it finds.
    let again = ["cases", "recheck", "C-1", "--system", "genesys_cloud"];
    let again = dsr.json("cases-recheck.json", &again, 0);
    let item = &again["items"][0];
    assert!(item["found"].as_u64() > Some(0), "{item:#}");
    assert!(item["found_again"].is_null(), "{item:#}");
    state(&dsr, "genesys_cloud", "exported, not erased", false);
    for (seen, wanted) in [
        ("--erased", "erased, to be verified"),
        ("--exported", "erased, to be verified"),
        ("--verified", "2 still there"),
    ] {
        dsr.run(&["cases", "cell", "C-1", "genesys_cloud", seen, "2"])
            .ends(0);
        state(&dsr, "genesys_cloud", wanted, false);
    }
    let shown = dsr.run(&["cases", "show", "C-1", "--reveal"]).ends(0);
    assert!(
        shown.stdout.contains("searched again, 2 still there"),
        "{}",
        shown.stdout
    );
}

#[test]
fn encrypted_exports_count_as_searched_only_once_they_were_opened_and_searched() {
    let dsr = Dsr::simulated();
    dsr.run(&["simulator", "keys", "--to", "keys"]).ends(0);
    open(&dsr, ANNA);
    let listed = dsr.json("artifacts-list.json", &["artifacts", "list", "--case", "C-1"], 0);
    state(&dsr, "exports", "not all of it could be searched", false);
    let names: Vec<(String, String)> = listed["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|file| {
            (
                file["id"].as_str().unwrap().to_owned(),
                file["type"].as_str().unwrap().to_owned(),
            )
        })
        .collect();
    let (contact, others): (Vec<_>, Vec<_>) = names.iter().partition(|(_, kind)| kind == "Contact");
    let mut delete: Vec<&str> = vec!["artifacts", "delete", "--case", "C-1", "--yes"];
    delete.extend(others.iter().map(|(id, _)| id.as_str()));
    hold(&dsr);
    held(&dsr, &delete);
    lift(&dsr);
    dsr.json("artifacts-delete.json", &delete, 0);
    assert_eq!(column(&dsr, "exports")["done"]["count"], others.len());

    // The one that is left: fetched, opened, searched.
    let one = contact[0].0.as_str();
    dsr.json("artifacts-download.json", &["artifacts", "download", one], 0);
    dsr.json("copies-find.json", &["copies", "find", "--case", "C-1"], 6);
    state(&dsr, "exports", "not all of it could be searched", false);
    let copies = dsr.json("copies-list.json", &["copies", "list"], 0);
    let encrypted = copies["items"][0]["path"].as_str().unwrap().to_owned();
    dsr.json(
        "decrypt.json",
        &["decrypt", &encrypted, "--key", "keys/old-key.pem", "--to", "out"],
        0,
    );
    dsr.json("copies-find.json", &["copies", "find", "--case", "C-1"], 6);
    state(&dsr, "exports", "1 still there after the deletion", false);
    // What is still encrypted here cannot be searched, so the copies are not.
    state(&dsr, "copies", "not all of it could be searched", false);

    dsr.json(
        "artifacts-delete.json",
        &["artifacts", "delete", one, "--case", "C-1", "--yes"],
        0,
    );
    state(&dsr, "exports", "verified: nothing left", true);
    dsr.json(
        "copies-remove.json",
        &["copies", "remove", "--all", "--case", "C-1", "--yes"],
        0,
    );
    dsr.json("copies-find.json", &["copies", "find", "--case", "C-1"], 0);
    state(&dsr, "copies", "verified: nothing left", true);
}

#[test]
fn the_result_of_a_held_person_stays_on_this_host() {
    let dsr = Dsr::simulated();
    open(&dsr, EDDA);
    let found = dsr.json(
        "subjects-search.json",
        &["subjects", "search", "--email", EDDA],
        0,
    );
    let pick = found["items"][0]["ref"].as_str().unwrap();
    let submit = [
        "requests", "submit", "--type", "export", "--case", "C-1", "--pick", pick, "--yes",
    ];
    let id = dsr.json("requests-submit.json", &submit, 0)["id"]
        .as_str()
        .unwrap()
        .to_owned();
    dsr.run(&["simulator", "clock", "--advance", "5d"]).ends(0);
    dsr.run(&["requests", "watch", &id, "--once", "--fetch", "--until-done"])
        .ends(0);
    let copies = dsr.json("copies-list.json", &["copies", "list"], 0);
    let path = copies["items"][0]["path"].as_str().unwrap().to_owned();
    hold(&dsr);
    // The case of the request is known, whoever removes it.
    held(&dsr, &["copies", "remove", &path, "--yes"]);
    assert!(std::path::Path::new(&path).exists());
    let dry = dsr.run(&["copies", "remove", "--all", "--dry-run"]).ends(0);
    assert!(
        dry.stderr.contains("Stays") && dry.stderr.contains("H-1"),
        "{dry:?}"
    );
    // What is the result of the case's own request goes without a path and without everything else,
    // whatever in it could not be searched; what could not is named.
    let other = ["copies", "remove", "--own", "--case", "C-2", "--dry-run"];
    open(&dsr, "somebody.else@example.org");
    assert_eq!(
        dsr.run(&other).ends(0).stdout.trim(),
        "There is nothing to remove."
    );
    let own = ["copies", "remove", "--own", "--case", "C-1", "--yes"];
    held(&dsr, &own);
    lift(&dsr);
    let found = dsr.json("copies-find.json", &["copies", "find", "--case", "C-1"], 6);
    let notes = found["notes"].to_string();
    assert!(
        notes.contains("a recording, which cannot be searched: recording!")
            && notes.contains("dsr copies remove --case C-1 --own"),
        "{found:#}"
    );
    dsr.run(&["copies", "remove", "--own", "--yes"]).ends(2);
    dsr.json("copies-remove.json", &own, 0);
    assert!(!std::path::Path::new(&path).exists());
}
