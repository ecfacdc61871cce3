//! A restore that ends before its result is written down: no case counts as settled then, and what
//! became of the settings is told all the same.

use serde_json::Value;

use super::cli_harness::Dsr;

const BELA: &str = "bela.specimen@example.org";

fn favorites(dsr: &Dsr) -> Value {
    let case = dsr.json("cases-show.json", &["cases", "show", "C-1"], 0);
    let mut columns = case["coverage"].as_array().unwrap().iter();
    let column = columns.find(|column| column["system"] == "favorites");
    column.unwrap_or(&Value::Null).clone()
}

/// The case of a deletion that was verified, and the run.
fn erased(dsr: &Dsr) -> String {
    let open = [
        "cases",
        "open",
        "--kind",
        "erasure",
        "--received",
        "today",
        "--email",
        BELA,
    ];
    dsr.json("cases-show.json", &open, 0);
    let forget = ["forget", "--case", "C-1", "--cleanup", "true"];
    dsr.json("forget.json", &forget, 0);
    assert_eq!(favorites(dsr)["settled"], true);
    let saved = dsr.json("favorites-saved.json", &["favorites", "saved"], 0);
    saved["items"][0]["run"].as_str().unwrap().to_owned()
}

#[test]
fn a_case_is_open_before_the_first_call_and_outcomes_are_told_though_unrecorded() {
    let dsr = Dsr::simulated();
    let run = erased(&dsr);
    // The result can no longer be written, as when the process is killed after the calls.
    dsr.store_refuses("case_cells", "NEW.complete = 1");
    let put = ["favorites", "restore", run.as_str(), "--yes"];
    let restored = dsr.json("favorites-restore.json", &put, 6);
    assert_eq!(restored["items"][0]["outcome"], "restored", "{restored:#}");
    assert_eq!(restored["complete"], false);
    assert!(
        restored["notes"]
            .to_string()
            .contains("could not take the result over"),
        "{restored:#}"
    );
    let column = favorites(&dsr);
    assert_eq!(
        (&column["settled"], &column["searched"]["complete"]),
        (&false.into(), &false.into()),
        "{column:#}"
    );
}

#[test]
fn where_no_case_can_be_opened_again_nothing_is_put_back() {
    let dsr = Dsr::simulated();
    let run = erased(&dsr);
    dsr.store_refuses("case_cells", "NEW.step = 'searched'");
    let put = ["favorites", "restore", run.as_str(), "--yes"];
    assert_ne!(dsr.run(&put).code, 0);
    let dry = ["favorites", "restore", run.as_str(), "--dry-run"];
    let dry = dsr.json("favorites-restore.json", &dry, 0);
    assert_eq!(dry["items"][0]["now"], "missing", "{dry:#}");
}
