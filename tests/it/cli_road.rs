//! The whole road by commands: a person is found, an export is submitted, followed, downloaded and
//! read; a deletion whose answer is lost is settled by looking; in simulation and live over TCP.

use serde_json::Value;

use super::cli_harness::{Dsr, check};

const EDDA: &str = "edda.fiktiv@example.org";

fn advance(dsr: &Dsr, by: &str) {
    dsr.run(&["simulator", "clock", "--advance", by]).ends(0);
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field]
        .as_str()
        .unwrap_or_else(|| panic!("{field}: {value:#}"))
}

/// Submits for one person and gives the answer.
fn submit(dsr: &Dsr, more: &[&str], code: i32) -> Value {
    let all: Vec<&str> = ["requests", "submit", "--yes"]
        .into_iter()
        .chain(more.iter().copied())
        .collect();
    dsr.json("requests-submit.json", &all, code)
}

#[test]
fn an_export_from_search_to_archive() {
    let dsr = Dsr::simulated();
    let found = dsr.json(
        "subjects-search.json",
        &["subjects", "search", "--email", EDDA],
        0,
    );
    assert_eq!(found["complete"], true);
    let person = &found["items"][0];
    assert_eq!(person["kind"], "external_contact");
    let pick = text(person, "ref");

    let plan = dsr.json(
        "requests-plan.json",
        &[
            "requests",
            "submit",
            "--type",
            "export",
            "--email",
            EDDA,
            "--pick",
            pick,
            "--dry-run",
        ],
        0,
    );
    assert_eq!(plan["calls"][0]["body"]["requestType"], "GDPR_EXPORT");
    let command = text(&plan, "command");
    assert!(
        !command.contains("edda") && !command.contains("Fiktiv"),
        "{command}"
    );

    let item = submit(
        &dsr,
        &[
            "--type",
            "export",
            "--email",
            EDDA,
            "--pick",
            pick,
            "--received",
            "today",
            "--reference",
            "DSR-1",
        ],
        0,
    );
    let id = text(&item, "id").to_owned();
    assert_eq!(item["type"], "export");
    assert_eq!(item["origin"], "ours");
    assert!(item["due"].is_string());

    let look = dsr.json(
        "requests-watch.json",
        &["requests", "watch", "--once", "--fetch"],
        0,
    );
    assert!(look["fetched"].as_array().unwrap().is_empty() || look["open"].as_u64().unwrap() > 0);
    dsr.json(
        "requests-watch.json",
        &["requests", "watch", &id, "--once", "--until-done"],
        6,
    );

    advance(&dsr, "5d");
    let look = dsr.json(
        "requests-watch.json",
        &["requests", "watch", &id, "--once", "--fetch", "--until-done"],
        0,
    );
    let change = look["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|c| c["id"] == *id)
        .unwrap();
    assert_eq!(change["to"], "COMPLETED");
    assert!(
        change["not_before"].is_string(),
        "a change is an interval: {change}"
    );
    let fetched = text(&look["fetched"][0], "path").to_owned();

    let again = dsr.json("requests-download.json", &["requests", "download", &id], 0);
    assert_eq!(text(&again["items"][0], "path"), fetched);

    let view = dsr.json("archive-show.json", &["archive", "show", &fetched], 0);
    let entries = view["entries"].as_array().unwrap();
    let record = entries
        .iter()
        .find(|entry| text(entry, "name").ends_with("externalContact.json"))
        .unwrap();
    assert_eq!(record["kind"], "record");
    let name = text(record, "name").to_owned();
    let entry = dsr.json(
        "archive-entry.json",
        &["archive", "show", &fetched, "--entry", &name],
        0,
    );
    assert!(text(&entry, "text").contains("Fiktiv"), "{entry:#}");
    dsr.ndjson("archive-show.json", &["archive", "show", &fetched]);

    let shown = dsr.json("requests-show.json", &["requests", "show", &id[..8]], 0);
    assert_eq!(shown["status"], "COMPLETED");
    assert_eq!(shown["reference"], "DSR-1");
    let kinds: Vec<&str> = shown["timeline"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| text(e, "kind"))
        .collect();
    for kind in ["planned", "intent", "outcome", "status", "download"] {
        assert!(kinds.contains(&kind), "{kind}: {kinds:?}");
    }
    dsr.ndjson("requests-list.json", &["requests", "list", "--mine"]);
}

#[test]
fn several_persons_need_a_pick() {
    let dsr = Dsr::simulated();
    let anna = "anna.muster@example.org";
    let found = dsr.json(
        "subjects-search.json",
        &["subjects", "search", "--email", anna, "--name", "Anna Muster"],
        0,
    );
    let items = found["items"].as_array().unwrap();
    assert!(items.len() > 1);
    let ran = dsr
        .run(&[
            "requests",
            "submit",
            "--type",
            "export",
            "--email",
            anna,
            "--name",
            "Anna Muster",
            "--yes",
            "--output",
            "json",
        ])
        .ends(1);
    let error = ran.error();
    for item in items {
        assert!(text(&error, "message").contains(text(item, "ref")), "{error:#}");
    }
    assert!(
        !ran.stderr.contains("Muster") && !ran.stderr.contains("anna."),
        "{}",
        ran.stderr
    );
    let ran = dsr
        .run(&[
            "requests",
            "submit",
            "--type",
            "export",
            "--email",
            anna,
            "--pick",
            "0000000000000000",
            "--yes",
            "--output",
            "json",
        ])
        .ends(1);
    assert_eq!(ran.error()["kind"], "conflict");
    let contact = items
        .iter()
        .find(|item| item["kind"] == "external_contact")
        .unwrap();
    let item = submit(
        &dsr,
        &[
            "--type",
            "export",
            "--email",
            anna,
            "--name",
            "Anna Muster",
            "--pick",
            text(contact, "ref"),
        ],
        0,
    );
    assert_eq!(
        item["subject"]["external_contact_id"],
        contact["ids"]["external_contact_id"]
    );
}

#[test]
fn identifiers_come_from_files_and_standard_input() {
    let dsr = Dsr::simulated();
    let file = dsr.file("who", &format!("{EDDA}\ndario.template@example.org\n"));
    let from_file = format!("@{}", file.display());
    let found = dsr.json(
        "subjects-search.json",
        &["subjects", "search", "--email", &from_file],
        0,
    );
    assert_eq!(found["items"].as_array().unwrap().len(), 2);
    let ran = dsr
        .run_with(
            &["subjects", "search", "--email", "-", "--output", "json"],
            &format!("{EDDA}\n"),
        )
        .ends(0);
    let document = ran.json();
    check("subjects-search.json", &document);
    assert_eq!(document["items"].as_array().unwrap().len(), 1);
    // The subject of a candidate names the same record without a search.
    let subject = document["items"][0]["subject"].to_string();
    let ran = dsr
        .run_with(
            &[
                "requests",
                "submit",
                "--type",
                "export",
                "--subject",
                "-",
                "--yes",
                "--output",
                "json",
            ],
            &subject,
        )
        .ends(0);
    check("requests-submit.json", &ran.json());
}

#[test]
fn nothing_found_is_no_failure_of_a_search() {
    let dsr = Dsr::simulated();
    let found = dsr.json(
        "subjects-search.json",
        &["subjects", "search", "--email", "nobody@example.org"],
        0,
    );
    assert!(found["items"].as_array().unwrap().is_empty());
    let asked = found["asked"].as_array().unwrap();
    assert!(
        asked
            .iter()
            .any(|one| one["place"] == "gdpr_subjects" && one["hits"] == 0),
        "{asked:?}"
    );
    let ran = dsr
        .run(&["subjects", "search", "--email", "nobody@example.org"])
        .ends(0);
    assert!(ran.stdout.contains("Nobody was found."), "{}", ran.stdout);
    assert!(ran.stdout.contains("gdpr subjects 0"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("nobody@"), "{}", ran.stdout);
}

#[test]
fn a_lost_answer_is_unknown_until_it_is_looked_for() {
    let dsr = Dsr::simulated();
    let all = [
        "requests",
        "submit",
        "--type",
        "delete",
        "--email",
        EDDA,
        "--yes",
        "--scenario",
        "cut-after",
        "--output",
        "json",
    ];
    let ran = dsr.run(&all).ends(6);
    let item = ran.json();
    check("requests-submit.json", &item);
    assert_eq!(item["status"], "UNKNOWN");
    assert!(item["id"].is_null());
    let error = ran.error();
    assert_eq!(
        (&error["kind"], &error["changed"]),
        (&"unknown_outcome".into(), &"unknown".into())
    );
    let operation = text(&item, "operation_id").to_owned();
    assert!(text(&error, "next").contains("reconcile"));

    // A timer is told that something is left to be settled.
    dsr.json(
        "requests-watch.json",
        &["requests", "watch", "--once", "--scenario", "cut-after"],
        6,
    );
    let settled = dsr.json(
        "requests-reconcile.json",
        &["requests", "reconcile", "--scenario", "cut-after"],
        0,
    );
    let settled = &settled["items"][0];
    assert_eq!(settled["operation_id"], *operation);
    assert_eq!(settled["outcome"], "adopted");
    let shown = dsr.json(
        "requests-show.json",
        &["requests", "show", &operation, "--scenario", "cut-after"],
        0,
    );
    assert_eq!(shown["id"], settled["id"]);
    assert_eq!(shown["origin"], "ours");
}

#[test]
fn what_never_arrived_is_decided_by_a_person() {
    let dsr = Dsr::simulated();
    let scenario = ["--scenario", "cut-before"];
    let with =
        |more: &[&'static str]| -> Vec<&'static str> { more.iter().copied().chain(scenario).collect() };
    let item = submit(&dsr, &with(&["--type", "export", "--email", EDDA]), 6);
    let operation: &'static str = Box::leak(text(&item, "operation_id").to_owned().into_boxed_str());
    let settled = dsr.json("requests-reconcile.json", &with(&["requests", "reconcile"]), 6);
    assert_eq!(settled["items"][0]["outcome"], "waiting");
    let quiet = with(&["requests", "reconcile", "--quiet-period", "0s"]);
    let settled = dsr.json("requests-reconcile.json", &quiet, 6);
    assert_eq!(settled["items"][0]["outcome"], "nothing_found");
    let decide = ["requests", "reconcile", "--never-executed", operation];
    let unasked = dsr.run(&with(&decide)).ends(2);
    assert!(unasked.stderr.contains("--yes"), "{unasked:?}");
    let (code, screen) = dsr.on_terminal(&with(&decide), "\n");
    assert_eq!(code, 130, "{screen}");
    assert!(screen.contains("[y/N]"), "{screen}");
    let told: Vec<&str> = screen.split_whitespace().collect();
    assert!(told.join(" ").contains("sent a second time"), "{screen}");
    let still = dsr.json("requests-reconcile.json", &quiet, 6);
    assert_eq!(still["items"][0]["outcome"], "nothing_found");
    let decided = with(&["requests", "reconcile", "--never-executed", operation, "--yes"]);
    let decided = dsr.json("requests-reconcile.json", &decided, 0);
    assert_eq!(decided["items"][0]["outcome"], "never_executed");
    let left = dsr.json("requests-reconcile.json", &with(&["requests", "reconcile"]), 0);
    assert!(left["items"].as_array().unwrap().is_empty());
}

#[test]
fn an_equal_open_request_is_refused_without_again() {
    let dsr = Dsr::simulated();
    let delete = ["--type", "delete", "--email", EDDA];
    let first = submit(&dsr, &delete, 0);
    let all: Vec<&str> = ["requests", "submit", "--yes", "--output", "json"]
        .into_iter()
        .chain(delete)
        .collect();
    let ran = dsr.run(&all).ends(1);
    let error = ran.error();
    assert_eq!(error["kind"], "conflict");
    assert!(text(&error, "message").contains(text(&first, "id")), "{error:#}");
    let again: Vec<&str> = delete.into_iter().chain(["--again"]).collect();
    assert_ne!(submit(&dsr, &again, 0)["id"], first["id"]);
}

#[test]
fn a_deletion_waits_for_its_copy() {
    let dsr = Dsr::simulated();
    let item = submit(&dsr, &["--type", "delete", "--email", EDDA, "--copy-first"], 0);
    assert_eq!(
        (text(&item, "type"), text(&item, "status")),
        ("delete", "PLANNED")
    );
    assert_eq!(item["copy"]["type"], "export");
    // Nothing of it was sent, so no time of submission is told.
    assert_eq!(item["submitted_at"], Value::Null);
    assert!(item["copy"]["submitted_at"].is_string(), "{item:#}");
    let table = dsr.run(&["requests", "list", "--stored", "--status", "planned"]);
    assert!(table.stdout.contains("not yet"), "{table:?}");
    let operation = text(&item, "operation_id").to_owned();
    let ran = dsr
        .run(&["requests", "release", &operation, "--yes", "--output", "json"])
        .ends(1);
    assert_eq!(ran.error()["kind"], "conflict");
    // Two business days, and a weekend may lie between them.
    advance(&dsr, "5d");
    let look = dsr.json(
        "requests-watch.json",
        &["requests", "watch", "--once", "--fetch"],
        0,
    );
    assert_eq!(look["released"], serde_json::json!([operation]));
    let shown = dsr.json("requests-show.json", &["requests", "show", &operation], 0);
    assert!(
        shown["id"].is_string() && shown["status"] != "PLANNED",
        "{shown:#}"
    );
}

#[test]
fn a_planned_deletion_can_be_withdrawn() {
    let dsr = Dsr::simulated();
    let item = submit(&dsr, &["--type", "delete", "--email", EDDA, "--copy-first"], 0);
    let operation = text(&item, "operation_id").to_owned();
    let withdraw = ["requests", "withdraw", &operation];
    let unasked = dsr.run(&withdraw).ends(2);
    assert!(unasked.stderr.contains("--yes"), "{unasked:?}");
    let (code, screen) = dsr.on_terminal(&withdraw, "n\n");
    assert_eq!(code, 130, "{screen}");
    assert!(screen.contains("[y/N]"), "{screen}");
    let shown = dsr.json("requests-show.json", &["requests", "show", &operation], 0);
    assert_eq!(shown["status"], "PLANNED");
    let all = ["requests", "withdraw", &operation, "--yes"];
    let gone = dsr.json("requests-submit.json", &all, 0);
    assert_eq!(gone["status"], "NOT_SENT");
    assert_eq!(gone["operation"]["state"], "withdrawn");
}

#[test]
fn an_update_takes_its_terms_from_a_file() {
    let dsr = Dsr::simulated();
    let terms = dsr.file("terms", "email:edda.fiktiv@example.org=edda.neu@example.org\n");
    let from_file = format!("@{}", terms.display());
    let item = submit(
        &dsr,
        &["--type", "update", "--email", EDDA, "--replace", &from_file],
        0,
    );
    let shown = dsr.json("requests-show.json", &["requests", "show", text(&item, "id")], 0);
    assert_eq!(
        shown["replacement_terms"][0]["updated_value"],
        "edda.neu@example.org"
    );
}

#[test]
fn filters_keep_what_fits() {
    let dsr = Dsr::simulated();
    submit(&dsr, &["--type", "delete", "--email", EDDA], 0);
    let all = dsr.json("requests-list.json", &["requests", "list"], 0);
    let types: Vec<&str> = all["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|i| text(i, "type"))
        .collect();
    assert!(
        types.contains(&"export") && types.contains(&"delete"),
        "{types:?}"
    );
    let deletes = dsr.json(
        "requests-list.json",
        &["requests", "list", "--type", "delete", "--since", "today"],
        0,
    );
    let items = deletes["items"].as_array().unwrap();
    assert!(!items.is_empty() && items.len() < types.len());
    assert!(items.iter().all(|item| item["type"] == "delete"));
    let mine = dsr.json("requests-list.json", &["requests", "list", "--mine"], 0);
    assert_eq!(mine["items"].as_array().unwrap().len(), 1);
    let done = dsr.json(
        "requests-list.json",
        &["requests", "list", "--status", "completed"],
        0,
    );
    assert!(
        done["items"]
            .as_array()
            .unwrap()
            .iter()
            .all(|item| item["status"] == "COMPLETED")
    );
}

#[test]
fn a_batch_sends_what_is_ready_and_resumes() {
    let dsr = Dsr::simulated();
    let file = dsr.file(
        "batch.csv",
        "type,email,reference\nexport,edda.fiktiv@example.org,DSR-1\nexport,dario.template@example.org,DSR-2\n\
         export,nobody@example.org,DSR-3\n",
    );
    let path = file.display().to_string();
    let dry = dsr.json(
        "requests-batch.json",
        &["requests", "submit", "--batch", &path, "--dry-run"],
        6,
    );
    let words: Vec<&str> = dry["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|i| text(i, "disposition"))
        .collect();
    assert_eq!(words, ["ready", "ready", "not_found"]);
    let table = dsr.run(&["requests", "submit", "--batch", &path, "--dry-run", "--reveal"]);
    let edda = table.stdout.lines().find(|line| line.contains("Edda Fiktiv"));
    assert!(
        edda.is_some_and(|line| line.contains("of its merge set")),
        "{table:?}"
    );
    let done = dsr.json(
        "requests-batch.json",
        &["requests", "submit", "--batch", &path, "--yes"],
        6,
    );
    let words: Vec<&str> = done["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|i| text(i, "disposition"))
        .collect();
    assert_eq!(words, ["done", "done", "not_found"]);
    let before = dsr.json("requests-list.json", &["requests", "list", "--mine"], 0);
    assert_eq!(before["items"].as_array().unwrap().len(), 2);
    dsr.json(
        "requests-batch.json",
        &["requests", "submit", "--batch", &path, "--yes"],
        6,
    );
    let after = dsr.json("requests-list.json", &["requests", "list", "--mine"], 0);
    assert_eq!(
        after["items"].as_array().unwrap().len(),
        2,
        "a second run sends nothing twice"
    );
}

#[test]
fn csv_and_tables_of_a_real_run() {
    let dsr = Dsr::simulated();
    let ran = dsr.run(&["requests", "list", "--output", "csv"]).ends(0);
    let mut reader = csv::Reader::from_reader(ran.stdout.as_bytes());
    assert!(reader.headers().unwrap().iter().any(|head| head == "status"));
    assert!(reader.records().count() > 0);
    let ran = dsr.run(&["requests", "list"]).ends(0);
    assert!(
        !ran.stdout.contains('@') || ran.stdout.contains("•••@"),
        "{}",
        ran.stdout
    );
    assert!(ran.stderr.contains("SIMULATION"), "{}", ran.stderr);
    assert!(ran.stderr.contains("Times are UTC."), "{}", ran.stderr);
}

#[test]
fn a_batch_from_standard_input_stops_after_its_errors() {
    let dsr = Dsr::simulated();
    let rows = serde_json::json!([
        { "type": "export", "email": EDDA },
        { "type": "export", "email": "dario.template@example.org" },
    ]);
    let batch = [
        "requests",
        "submit",
        "--batch",
        "-",
        "--yes",
        "--max-errors",
        "1",
        "--scenario",
        "cut-before",
        "--output",
        "json",
    ];
    let ran = dsr.run_with(&batch, &rows.to_string()).ends(6);
    let document = ran.json();
    check("requests-batch.json", &document);
    assert_eq!(document["items"][0]["request"]["status"], "UNKNOWN");
    assert!(document["items"][1]["request"].is_null(), "{document:#}");
    let error = ran.error();
    assert_eq!(error["changed"], "unknown");
    assert!(text(&error, "next").contains("reconcile"), "{error:#}");
}

#[test]
fn a_number_in_the_national_form_is_of_the_simulated_organisations_country() {
    let dsr = Dsr::simulated();
    let all = ["subjects", "search", "--phone", "030 23125014"];
    let found = dsr.json("subjects-search.json", &all, 0);
    assert_eq!(found["items"][0]["name"], "Anna Muster", "{found:#}");
}

#[test]
fn a_day_of_receipt_that_has_not_come_yet_is_refused() {
    let dsr = Dsr::simulated();
    let who = ["requests", "submit", "--type", "export", "--email", EDDA, "--yes"];
    let day = |day: &'static str| -> Vec<&str> { who.into_iter().chain(["--received", day]).collect() };
    let ran = dsr.run(&day("2999-01-01")).ends(2);
    assert!(ran.stderr.contains("has not come yet"), "{ran:?}");
    let batch = dsr.file(
        "batch.csv",
        &format!("type,email,received\nexport,{EDDA},2999-01-01\n"),
    );
    let batch = batch.display().to_string();
    let ran = dsr
        .run(&[
            "requests", "submit", "--batch", &batch, "--yes", "--output", "json",
        ])
        .ends(6);
    assert_eq!(ran.json()["items"][0]["disposition"], "bad", "{ran:?}");
    dsr.run(&day("today")).ends(0);
}
