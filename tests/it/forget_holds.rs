//! Holds and coverage of a forget-me: what must not be erased now stays, whichever way it was found and
//! whenever the hold was set; and the case tells what was seen and done, no more.

use dsr_console::store::StepState;
use dsr_console::workflow::cases::holds;
use dsr_console::workflow::forget::{Lists, Manual, Verdict, result};
use serde_json::Value;

use super::cli_harness::Dsr;
use crate::forget_steps::Bench;
use crate::gws_bench::Wire;

const ANNA: &str = "anna.muster@example.org";
const PHONE: &str = "+49 30 23125014";
const BELA: &str = "bela.specimen@example.org";

fn hold(dsr: &Dsr, arguments: &[&str]) {
    let all = [&["cases", "hold", "add", "--reason", "a claim"], arguments].concat();
    dsr.json("cases-hold.json", &all, 0);
}

fn forget(dsr: &Dsr, arguments: &[&str], code: i32) -> Value {
    dsr.json("forget.json", &[&["forget"], arguments].concat(), code)
}

fn items<'a>(document: &'a Value, manual: &str) -> Vec<&'a Value> {
    let all = document["items"].as_array().unwrap().iter();
    all.filter(|item| item["manual"] == manual).collect()
}

fn outcomes(document: &Value, outcome: &str) -> usize {
    let all = document["items"].as_array().unwrap().iter();
    all.filter(|item| item["outcome"] == outcome).count()
}

fn actions(dsr: &Dsr) -> Vec<String> {
    let shown = dsr.json("ledger-show.json", &["ledger", "show"], 0);
    let entries = shown["items"].as_array().unwrap().iter();
    entries
        .map(|entry| entry["action"].as_str().unwrap_or_default().to_owned())
        .collect()
}

#[test]
fn a_held_person_is_found_and_nothing_of_them_is_deleted() {
    let dsr = Dsr::simulated();
    hold(&dsr, &["--email", "Anna.Muster@example.org"]);
    let found = forget(&dsr, &["--search", ANNA], 0);
    assert_eq!(found["holds"], serde_json::json!(["H-1"]));
    assert_eq!(items(&found, "held").len(), 3, "{found:#}");
    assert!(
        found["items"]
            .as_array()
            .unwrap()
            .iter()
            .all(|item| item["deletable"] == false)
    );
    assert!(
        found["notes"]
            .to_string()
            .contains("A hold stands against erasing this person's data: H-1.")
    );
    // The preview says it and changes nothing, as that of a request does.
    let dry = ["--search", ANNA, "--cleanup", "true", "--dry-run"];
    assert!(forget(&dsr, &dry, 0)["notes"].to_string().contains("H-1"));
    assert!(!actions(&dsr).contains(&"hold.blocked".to_owned()));

    let ran = dsr
        .run(&[
            "forget",
            "--search",
            ANNA,
            "--cleanup",
            "true",
            "--output",
            "json",
        ])
        .ends(1);
    let document = ran.json();
    assert_eq!(document["result"], "partial");
    assert!(
        document["summary"]
            .as_str()
            .unwrap()
            .contains("blocked by a hold (H-1)"),
        "{document:#}"
    );
    let error = ran.error();
    assert_eq!(
        (&error["code"], &error["changed"]),
        (&"held".into(), &"nothing".into())
    );
    assert_eq!(error["system"], "gws");
    let told = actions(&dsr);
    assert!(
        told.contains(&"hold.blocked".to_owned()) && told.contains(&"forget.denied".to_owned()),
        "{told:?}"
    );
    assert!(!told.iter().any(|action| action.starts_with("gws.")), "{told:?}");

    // Found by the number alone, the settings that hold the address are hers all the same.
    let by_phone = forget(&dsr, &["--search", PHONE, "--cleanup", "true"], 6);
    assert_eq!(items(&by_phone, "held").len(), 2, "{by_phone:#}");
    assert_eq!(
        outcomes(&by_phone, "deleted"),
        1,
        "an entry that does not name her otherwise"
    );

    dsr.json(
        "cases-hold.json",
        &["cases", "hold", "lift", "H-1", "--reason", "settled"],
        0,
    );
    let document = forget(&dsr, &["--search", ANNA, "--cleanup", "true"], 0);
    assert_eq!(
        (&document["result"], outcomes(&document, "deleted")),
        (&"deleted".into(), 2)
    );
}

#[test]
fn of_many_people_only_the_held_one_stays() {
    let dsr = Dsr::simulated();
    hold(&dsr, &["--email", ANNA]);
    let people = dsr.file("people.txt", &format!("{ANNA}\n{BELA}\n"));
    let arguments = ["--search-file", people.to_str().unwrap(), "--cleanup", "true"];
    let document = forget(&dsr, &arguments, 6);
    assert_eq!(outcomes(&document, "deleted"), 1, "{document:#}");
    assert_eq!(items(&document, "held").len(), 3);
    assert!(
        document["summary"]
            .as_str()
            .unwrap()
            .contains("3 matches remain blocked by a hold (H-1)")
    );
    let searches = document["searches"].as_array().unwrap();
    assert_eq!(
        (&searches[0]["exact"], &searches[1]["exact"]),
        (&3.into(), &1.into())
    );
    assert!(actions(&dsr).contains(&"hold.blocked".to_owned()));
    let left = forget(&dsr, &["--search", BELA], 0);
    assert_eq!(left["result"], "clean");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_setting_that_holds_a_held_person_beside_another_stays_whole() {
    let mut bench = Bench::new(Wire::new().await, &[PHONE]).await;
    bench.hold("+44 20 7946 0018").await;
    // Without the entry nothing of the held one goes; with the setting it would.
    assert_eq!(bench.look().await.holds.len(), 0);
    bench.question.lists = Lists::Delete;
    let findings = bench.look().await;
    assert_eq!(findings.holds.len(), 1);
    let held: Vec<_> = findings
        .items
        .iter()
        .filter(|item| item.manual == Some(Manual::Held))
        .collect();
    assert_eq!(held.len(), 1);
    assert!(held[0].group.as_deref().unwrap().contains("recents"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_set_after_the_preview_stops_the_call_itself() {
    let bench = Bench::new(Wire::new().await, &[ANNA, BELA]).await;
    let findings = bench.look().await;
    let plan = bench.plan(&findings);
    assert_eq!(plan.offers.len(), 3);
    let hold = bench.hold(ANNA).await;
    let execution = bench.execute(&plan).await.unwrap();
    assert_eq!(execution.count(StepState::Refused), 2, "{:?}", execution.steps);
    assert_eq!(execution.count(StepState::Deleted), 1);
    let words = execution.steps.iter().filter_map(|(_, detail)| detail.as_deref());
    assert_eq!(words.filter(|words| words.contains(&hold)).count(), 2);
    assert_eq!(bench.real_deletions().len(), 1);
    assert!(bench.stored().iter().any(|key| key == "favorite-anna-1"));
    let told = result::of_deletion(&findings, &execution, None);
    assert_eq!(told.verdict, Verdict::Partial);
    let evidence = bench.world.store.evidence_waiting().await.unwrap();
    let blocked = evidence.iter().filter(|entry| entry.action == "hold.blocked");
    let published = bench.world.ledger_trouble.is_none();
    assert!(blocked.count() == 2 || published);
    // Lifted, the rest goes with the next search.
    holds::lift(&bench.world, &hold, "settled".to_owned())
        .await
        .unwrap();
    let findings = bench.look().await;
    let execution = bench.execute(&bench.plan(&findings)).await.unwrap();
    assert_eq!(execution.count(StepState::Deleted), 2);
}

fn open(dsr: &Dsr, more: &[&str]) -> Value {
    let all = [
        &[
            "cases",
            "open",
            "--kind",
            "erasure",
            "--received",
            "today",
            "--email",
            ANNA,
        ],
        more,
    ]
    .concat();
    dsr.json("cases-show.json", &all, 0)
}

fn column(dsr: &Dsr, system: &str) -> Value {
    let case = dsr.json("cases-show.json", &["cases", "show", "C-1"], 0);
    let mut columns = case["coverage"].as_array().unwrap().iter();
    columns
        .find(|column| column["system"] == system)
        .unwrap_or(&Value::Null)
        .clone()
}

#[test]
fn a_case_knows_what_was_searched_erased_and_verified() {
    let dsr = Dsr::simulated();
    open(&dsr, &["--phone", PHONE, "--name", "Anna Muster"]);
    let found = forget(&dsr, &["--case", "C-1"], 0);
    assert_eq!(found["case"], "C-1");
    // A mere name is somebody else's as well: what it alone finds is only possibly her.
    let names = found["items"].as_array().unwrap().iter();
    let mut names = names.filter(|item| item["kind"] == "name");
    assert!(names.all(|item| item["certainty"] == "possible"), "{found:#}");
    let searched = column(&dsr, "favorites");
    assert_eq!(
        searched["searched"]["count"],
        found["items"].as_array().unwrap().len()
    );
    assert_eq!(
        (&searched["searched"]["complete"], &searched["settled"]),
        (&true.into(), &false.into())
    );

    // A part of it is not all of it.
    forget(
        &dsr,
        &["--case", "C-1", "--group_name", "interaction-workspace-recents"],
        0,
    );
    assert_eq!(column(&dsr, "favorites")["searched"]["complete"], false);

    // Whoever asked was not identified: that is said before anything goes.
    let look = ["forget", "--case", "C-1", "--cleanup", "true", "--dry-run"];
    let said = dsr.run(&look).ends(0).stderr;
    let warning = "Warning: The identity check of C-1 is not noted as done";
    assert!(said.contains(warning), "{said}");

    let document = forget(&dsr, &["--case", "C-1", "--cleanup", "true"], 0);
    assert!(outcomes(&document, "deleted") > 0, "{document:#}");
    let erased = column(&dsr, "favorites");
    assert_eq!(erased["done"]["count"], 3, "{erased:#}");
    assert!(erased["done"]["evidence"].is_string());
    // Corporate Favorites and namesakes are left, so nothing is verified.
    assert!(
        erased["verified"].is_null() && erased["settled"] == false,
        "{erased:#}"
    );
    assert!(erased["searched"]["count"].as_u64().unwrap() > 0);
}

#[test]
fn only_a_whole_search_that_finds_nothing_verifies() {
    let dsr = Dsr::simulated();
    let all = [
        "cases",
        "open",
        "--kind",
        "erasure",
        "--received",
        "today",
        "--email",
        BELA,
    ];
    dsr.json("cases-show.json", &all, 0);
    forget(&dsr, &["--case", "C-1", "--cleanup", "true"], 0);
    let verified = column(&dsr, "favorites");
    assert_eq!(
        (&verified["verified"]["count"], &verified["settled"]),
        (&0.into(), &true.into()),
        "{verified:#}"
    );

    // What is put back opens the case again.
    let copies = dsr.json("copies-list.json", &["copies", "list"], 0);
    assert!(copies["notes"].to_string().contains("dsr favorites saved"));
    let saved = dsr.json("favorites-saved.json", &["favorites", "saved"], 0);
    let run = saved["items"][0]["run"].as_str().unwrap().to_owned();
    let put = ["favorites", "restore", run.as_str(), "--yes"];
    let dry = ["favorites", "restore", &run[..8], "--dry-run"];
    let dry = dsr.json("favorites-restore.json", &dry, 0);
    assert_eq!(
        (&dry["items"][0]["now"], &dry["same"]),
        (&"missing".into(), &6.into()),
        "{dry:#}"
    );
    let restored = dsr.json("favorites-restore.json", &put, 0);
    assert_eq!(outcomes(&restored, "restored"), 1, "{restored:#}");
    let open = column(&dsr, "favorites");
    assert_eq!(open["settled"], false, "{open:#}");
    assert!(
        open["state"].as_str().unwrap().starts_with("1 still there"),
        "{open:#}"
    );
    let told = actions(&dsr);
    assert!(
        told.contains(&"forget.restore".to_owned())
            && told.contains(&"gws.restore_setting.intent".to_owned())
    );
    assert_eq!(forget(&dsr, &["--search", BELA], 0)["result"], "found");
}

#[test]
fn a_hold_of_the_case_stands_in_its_coverage() {
    let dsr = Dsr::simulated();
    open(&dsr, &[]);
    hold(&dsr, &["--case", "C-1"]);
    let arguments = ["forget", "--case", "C-1", "--cleanup", "true", "--output", "json"];
    assert_eq!(dsr.run(&arguments).ends(1).error()["code"], "held");
    let held = column(&dsr, "favorites");
    assert_eq!(held["standing"]["mark"], "held", "{held:#}");
    assert!(held["standing"]["detail"].as_str().unwrap().contains("H-1"));
    assert_eq!(held["settled"], false);
    assert!(held["done"].is_null());
}

#[test]
fn what_lies_on_disk_has_a_column_of_its_own() {
    let dsr = Dsr::simulated();
    open(&dsr, &[]);
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(
        directory.path().join("CommitLog-7-1.log"),
        format!("\0\"{ANNA}\""),
    )
    .unwrap();
    let path = directory.path().to_str().unwrap();
    let arguments = ["forget", "--simulate", "--files", path, "--case", "C-1"];
    let found = dsr.json("forget-files.json", &arguments, 0);
    assert_eq!(found["not_covered"].as_array().unwrap().len(), 1);
    let column = column(&dsr, "cassandra_files");
    assert_eq!(
        (&column["searched"]["count"], &column["settled"]),
        (&1.into(), &false.into()),
        "{column:#}"
    );
}

#[test]
fn an_entry_that_was_taken_out_is_written_over_only_when_asked_for() {
    let dsr = Dsr::simulated();
    let document = forget(&dsr, &["--search", PHONE, "--cleanup", "true"], 0);
    assert_eq!(outcomes(&document, "deleted"), 3, "{document:#}");
    let saved = dsr.json("favorites-saved.json", &["favorites", "saved"], 0);
    let run = saved["items"][0]["run"].as_str().unwrap().to_owned();
    let put = |more: &[&str]| {
        let all = [&["favorites", "restore", run.as_str(), "--yes"], more].concat();
        dsr.json("favorites-restore.json", &all, 0)
    };
    assert_eq!(outcomes(&put(&[]), "restored"), 2);
    let left = put(&[]);
    assert_eq!(
        (&left["items"][0]["now"], outcomes(&left, "restored")),
        (&"differs".into(), 0),
        "{left:#}"
    );
    assert_eq!(outcomes(&put(&["--overwrite"]), "restored"), 1);
    assert_eq!(put(&["--overwrite"])["items"], serde_json::json!([]));
    let found = forget(&dsr, &["--search", PHONE], 0);
    assert_eq!(found["items"].as_array().unwrap().len(), 3, "all is as it was");
}

#[test]
fn a_group_alone_is_not_told_as_all_of_it() {
    let dsr = Dsr::simulated();
    let group = ["--search", ANNA, "--group_name", "interaction-workspace-recent"];
    // A name that nothing bears (this one lacks its last letter) was not looked at.
    let document = forget(&dsr, &group, 6);
    assert_eq!(
        (&document["result"], &document["complete"]),
        (&"incomplete".into(), &false.into())
    );
    let summary = document["summary"].as_str().unwrap();
    assert!(
        summary.contains("neither the keyspace nor GWS knows a settings group interaction-workspace-recent")
            && summary.contains("3 matches are outside of it"),
        "{document:#}"
    );
    assert!(
        document["notes"].to_string().contains("look at its spelling"),
        "{document:#}"
    );
    // Nobody anywhere: still nothing of that group was looked at.
    let nobody = ["--search", "nobody@example.org", "--group_name", "no-such-group"];
    let document = forget(&dsr, &nobody, 6);
    assert_eq!(document["result"], "incomplete", "{document:#}");
    // A group that is there, without the person in it, is clean.
    let clean = [
        "--search",
        "nobody@example.org",
        "--group_name",
        "interaction-workspace-recents",
    ];
    assert_eq!(forget(&dsr, &clean, 0)["result"], "clean");
}
