//! What the configuration adds to the law and to the ledger: regimes and holidays of one's own, and
//! witnesses that are asked by themselves.

use super::cli_harness::Dsr;

const SWISS: &str = r#"
code = "ch"
name = "Switzerland (DSG)"
[answer]
days = 30
source = "DSG Art. 25(7)"
[refusal]
source = "DSG Art. 26(4)"
[counting]
first_day = "OR Art. 77"
end = "OR Art. 77"
[waiting]
identity = "runs"
clarification = "runs"
fee = "runs"
source = "DSV Art. 18"
"#;

const PROCLAIMED: &str = r#"
country = "LU"
name = "Luxembourg"
[[holidays]]
name = "A day that was proclaimed"
on = "12-07"
"#;

fn configured(regime: &str, holidays: &str, rest: &str) -> Dsr {
    let dsr = Dsr::simulated();
    dsr.file("ch.toml", regime);
    dsr.file("lu.toml", holidays);
    let text = format!("regime_files = [\"ch.toml\"]\nholiday_files = [\"lu.toml\"]\n{rest}");
    let config = dsr.file("dsr.toml", &text);
    dsr.with("DSR_CONFIG", &config.display().to_string())
}

#[test]
fn a_law_and_holidays_of_ones_own_count_and_are_named() {
    let dsr = configured(
        SWISS,
        PROCLAIMED,
        "[profiles.default]\nregime = \"ch\"\ncountry = \"LU\"\n",
    );
    let why = dsr.json(
        "deadline-why.json",
        &[
            "deadline",
            "why",
            "--received",
            "2026-11-07",
            "--regime",
            "eu",
            "--country",
            "LU",
        ],
        0,
    );
    assert_eq!(
        why["due"], "2026-12-08",
        "the day that was proclaimed counts: {why:#}"
    );
    assert!(
        why["own_files"][0].as_str().unwrap().contains("lu.toml"),
        "{why:#}"
    );
    let swiss = dsr.json(
        "deadline-why.json",
        &["deadline", "why", "--received", "2026-11-02"],
        0,
    );
    assert_eq!(
        (swiss["regime"].as_str(), swiss["due"].as_str()),
        (Some("ch"), Some("2026-12-02"))
    );
    let table = dsr.run(&["deadline", "why", "--received", "2026-11-02"]).ends(0);
    assert!(
        table.stdout.contains("DSG Art. 25(7)") && table.stdout.contains("ch.toml"),
        "{}",
        table.stdout
    );
    let case = dsr.json(
        "cases-show.json",
        &["cases", "open", "--kind", "access", "--received", "today"],
        0,
    );
    assert_eq!(case["regime"], "ch");
}

#[test]
fn a_wrong_file_is_told_with_its_name() {
    for (regime, holidays, says) in [
        (
            SWISS.replace("\"ch\"", "\"eu\""),
            PROCLAIMED.to_owned(),
            "cannot be replaced",
        ),
        (
            SWISS.replace("days = 30", "days = 0"),
            PROCLAIMED.to_owned(),
            "ch.toml",
        ),
        (SWISS.to_owned(), PROCLAIMED.replace("12-07", "13-07"), "lu.toml"),
    ] {
        let dsr = configured(&regime, &holidays, "");
        let told = dsr.run(&["config", "check"]).ends(3);
        assert!(
            format!("{}{}", told.stdout, told.stderr).contains(says),
            "{says}: {}",
            told.stderr
        );
    }
}

#[test]
fn live_work_is_witnessed_by_itself_once_an_interval() {
    let dsr = Dsr::new();
    let witness = dsr.home().join("witness");
    let text = format!(
        "[profiles.default]\nregion = \"eu-central-1\"\nanchor_every = \"1d\"\nanchor_command = \"cat >> '{}'\"\n",
        witness.display()
    );
    let config = dsr.file("dsr.toml", &text);
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(&config, std::fs::Permissions::from_mode(0o600)).unwrap();
    let dsr = dsr
        .with("DSR_CONFIG", &config.display().to_string())
        .with("DSR_MODE", "live")
        .with("GENESYSCLOUD_ACCESS_TOKEN", "not-used");
    let open = ["cases", "open", "--kind", "access", "--received", "today"];
    dsr.run(&open).ends(0);
    let seen = || std::fs::read_to_string(&witness).unwrap_or_default();
    let first = seen();
    assert!(first.starts_with("dsr/live/"), "the checkpoint: {first:?}");
    dsr.run(&open).ends(0);
    assert_eq!(seen(), first, "not before the interval has passed");
    let due = dsr.run(&["ledger", "anchor", "--if-due"]).ends(0);
    assert!(due.stdout.contains("not due"), "{}", due.stdout);
    dsr.run(&["ledger", "anchor"]).ends(0);
    assert!(seen().len() > first.len(), "asked for, it is done at once");
    let ledger = dsr.run(&["ledger", "show", "--output", "ndjson"]).ends(0);
    assert_eq!(
        ledger.stdout.matches("ledger.anchor").count(),
        2,
        "{}",
        ledger.stdout
    );
}

#[test]
fn the_doctor_looks_at_this_host() {
    let dsr = Dsr::simulated();
    dsr.run(&["cases", "open", "--kind", "access", "--received", "today"])
        .ends(0);
    let told = dsr.json("doctor.json", &["doctor"], 0);
    let checks: Vec<&str> = (told["items"].as_array().unwrap().iter())
        .filter_map(|check| check["name"].as_str())
        .collect();
    for wanted in [
        "terminal",
        "disk of the store",
        "disk of the downloads",
        "file modes",
        "encryption at rest",
        "store health",
        "ledger",
        "ledger witnesses",
        "clock",
        "limits",
    ] {
        assert!(checks.contains(&wanted), "{wanted} is missing in {checks:?}");
    }
    // A copy that others can read is told, and fails the check.
    let mut folders = vec![dsr.home().to_path_buf()];
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(folder)
            .unwrap()
            .flatten()
            .map(|entry| entry.path())
        {
            if path.ends_with("default.world") {
                std::fs::create_dir_all(path.join("downloads")).unwrap();
                std::fs::write(path.join("downloads/results.zip"), b"x").unwrap();
            } else if path.is_dir() {
                folders.push(path);
            }
        }
    }
    let told = dsr.json("doctor.json", &["doctor"], 1);
    let modes = (told["items"].as_array().unwrap().iter())
        .find(|check| check["name"] == "file modes")
        .unwrap();
    assert_eq!(modes["verdict"], "failed");
    assert!(modes["remedy"].as_str().unwrap().starts_with("chmod"), "{modes}");
}
