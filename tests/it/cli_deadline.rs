//! The legal clock as commands: what they say, in which form, and what they refuse.

use super::cli_harness::Dsr;

#[test]
fn why_tells_target_limit_and_steps() {
    let dsr = Dsr::simulated();
    let document = dsr.json(
        "deadline-why.json",
        &["deadline", "why", "--received", "2026-11-05", "--regime", "eu"],
        0,
    );
    assert_eq!(document["target"], "2026-12-05");
    assert_eq!(document["due"], "2026-12-07");
    assert_eq!(document["extended_due"], "2027-02-05");
    let document = dsr.json(
        "deadline-why.json",
        &[
            "deadline",
            "why",
            "--received",
            "2026-12-06",
            "--regime",
            "eu",
            "--country",
            "de-by",
        ],
        0,
    );
    assert_eq!(document["due"], "2027-01-07");
    assert_eq!(document["country"], "DE-BY");
    let document = dsr.json(
        "deadline-why.json",
        &[
            "deadline",
            "why",
            "--received",
            "2026-11-03",
            "--regime",
            "uk",
            "--awaited",
            "identity:2026-11-04..2026-11-13",
        ],
        0,
    );
    assert_eq!(document["starts"], "2026-11-13");
    let document = dsr.json(
        "deadline-why.json",
        &["deadline", "why", "--received", "today", "--regime", "us-ca"],
        0,
    );
    assert!(document["acknowledge_by"].is_string(), "{document:#}");
}

#[test]
fn the_table_counts_every_day_and_fits_a_spreadsheet() {
    let dsr = Dsr::simulated();
    let span = [
        "deadline",
        "table",
        "--since",
        "2026-02-01",
        "--until",
        "2026-02-28",
    ];
    let document = dsr.json("deadline-table.json", &span, 0);
    assert_eq!(document["items"].as_array().unwrap().len(), 28);
    let all: Vec<&str> = span.iter().copied().chain(["--output", "csv"]).collect();
    let ran = dsr.run(&all).ends(0);
    assert_eq!(ran.stdout.lines().count(), 29);
    assert!(
        ran.stdout
            .contains("2026-02-28,2026-03-28,2026-03-30,2026-05-28,2026-05-28,"),
        "{}",
        ran.stdout
    );
}

#[test]
fn what_cannot_be_read_is_a_usage_error_that_says_what_can() {
    let dsr = Dsr::simulated();
    for (arguments, says) in [
        (vec!["--received", "2026-11-05", "--country", "XX"], "DE"),
        (vec!["--received", "2026-11-05", "--country", "DE-XX"], "DE-BY"),
        (vec!["--received", "2026-11-05", "--regime", "moon"], "us-ca"),
        (vec!["--received", "soon"], "2026-11-03"),
        (
            vec!["--received", "2026-11-05", "--awaited", "mood:2026-11-06"],
            "clarification",
        ),
        (
            vec!["--received", "2026-11-05", "--extended", "2026-11-04"],
            "before",
        ),
    ] {
        let all: Vec<&str> = ["deadline", "why"]
            .into_iter()
            .chain(arguments)
            .chain(["--output", "json"])
            .collect();
        let error = dsr.run(&all).ends(2).error();
        assert!(error["message"].as_str().unwrap().contains(says), "{error:#}");
    }
}

#[test]
fn the_profile_says_which_law_and_which_holidays() {
    let dsr = Dsr::simulated();
    let config = dsr.file(
        "dsr.toml",
        "[profiles.default]\nregime = \"uk\"\ncountry = \"gb-sct\"\n",
    );
    let config = config.display().to_string();
    let document = dsr.json(
        "deadline-why.json",
        &["deadline", "why", "--received", "2025-12-02", "--config", &config],
        0,
    );
    assert_eq!(document["regime"], "uk");
    assert_eq!(document["due"], "2026-01-05");
    // A request of that profile is due by the same rules.
    let submit = [
        "requests",
        "submit",
        "--type",
        "export",
        "--email",
        "edda.fiktiv@example.org",
        "--received",
        "2025-12-02",
        "--dry-run",
        "--config",
        &config,
    ];
    let ran = dsr.run(&submit).ends(0);
    assert!(
        format!("{}{}", ran.stdout, ran.stderr).contains("2026-01-05"),
        "{ran:?}"
    );
    let wrong = dsr.file("wrong.toml", "[profiles.default]\ncountry = \"XX\"\n");
    let wrong = wrong.display().to_string();
    dsr.run(&["deadline", "why", "--received", "2025-12-02", "--config", &wrong])
        .ends(3);
}
