//! The road of an export by commands, in simulation and against the served simulator.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command};

use serde_json::Value;

use crate::cli_harness::{Dsr, check};

#[track_caller]
fn items(document: &Value) -> &Vec<Value> {
    document["items"].as_array().unwrap()
}

/// `dsr simulator serve` in a home of its own.
struct Served {
    child: Child,
    told: Value,
    _home: Dsr,
}

impl Served {
    fn start() -> Served {
        let home = Dsr::simulated();
        let mut child = home.start(&["simulator", "serve", "--output", "json"]);
        let mut first = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut first)
            .unwrap();
        let told: Value = serde_json::from_str(&first).unwrap();
        check("simulator-serve.json", &told);
        Served {
            child,
            told,
            _home: home,
        }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn documents_of_exports_keep_to_their_schemas() {
    let dsr = Dsr::simulated();
    let jobs = dsr.json("jobs-list.json", &["jobs", "list"], 0);
    assert_eq!(items(&jobs).len(), 5);
    let running = items(&jobs)
        .iter()
        .find(|job| job["status"] == "In Progress")
        .unwrap();
    assert!(running["remaining_seconds"].as_u64().unwrap() > 0);
    let daily = items(&jobs)
        .iter()
        .find(|job| job["title"] == "Interaction daily")
        .unwrap();
    let shown = dsr.json(
        "jobs-show.json",
        &["jobs", "show", daily["id"].as_str().unwrap()],
        0,
    );
    assert!(shown["runs"].as_array().unwrap().len() > 20, "its history");
    let files = dsr.json("artifacts-list.json", &["artifacts", "list"], 0);
    let days: Vec<i64> = items(&files)
        .iter()
        .map(|file| file["remaining_days"].as_i64().unwrap())
        .collect();
    assert!(
        days.is_sorted() && days[0] == 3,
        "what expires first stands first: {days:?}"
    );
    let expiring = dsr.json(
        "artifacts-list.json",
        &["artifacts", "list", "--expiring", "3d"],
        0,
    );
    assert_eq!(items(&expiring).len(), 1);
    assert_eq!(items(&expiring)[0]["type"], "Contact");
    dsr.ndjson("jobs-list.json", &["jobs", "list"]);
    dsr.ndjson("artifacts-list.json", &["artifacts", "list"]);
    dsr.json("whoami-cdds.json", &["whoami", "cdds"], 0);
    dsr.json("doctor.json", &["doctor", "cdds"], 0);
    dsr.json("simulator-keys.json", &["simulator", "keys", "--to", "keys"], 0);
    let id = daily["id"].as_str().unwrap();
    dsr.json("jobs-delete.json", &["jobs", "delete", id, "--dry-run"], 0);
    dsr.json("jobs-delete.json", &["jobs", "delete", id, "--yes"], 0);
    dsr.run(&["jobs", "show", id]).ends(1);
    let file = items(&expiring)[0]["id"].as_str().unwrap();
    dsr.json(
        "artifacts-delete.json",
        &["artifacts", "delete", file, "--dry-run"],
        0,
    );
    dsr.json(
        "artifacts-delete.json",
        &["artifacts", "delete", file, "--yes"],
        0,
    );
    let left = dsr.json(
        "artifacts-list.json",
        &["artifacts", "list", "--expiring", "3d"],
        0,
    );
    assert!(items(&left).is_empty());
}

#[test]
fn no_job_is_created_with_an_expired_certificate() {
    let dsr = Dsr::simulated();
    let refused = dsr
        .run(&[
            "jobs",
            "create",
            "--title",
            "x",
            "--type",
            "Interaction",
            "--yes",
            "--output",
            "json",
        ])
        .ends(1)
        .error();
    assert!(
        refused["message"].as_str().unwrap().contains("expired on"),
        "{refused}"
    );
    assert!(
        refused["next"].as_str().unwrap().contains("certificate new"),
        "{refused}"
    );
    assert_eq!(refused["changed"], "nothing");
    let doctor = dsr.json("doctor.json", &["doctor", "cdds"], 0);
    let warned = items(&doctor)
        .iter()
        .find(|check| check["name"] == "cdds certificate")
        .unwrap();
    assert_eq!(warned["verdict"], "warning");
}

#[test]
fn nothing_is_changed_without_consent_and_mistakes_are_usage_errors() {
    let dsr = Dsr::simulated();
    dsr.run(&["jobs", "create", "--title", "x", "--type", "Contact"])
        .ends(2);
    dsr.run(&["jobs", "delete", "Contact yearly"]).ends(2);
    dsr.run(&["artifacts", "delete", "abcdef"]).ends(2);
    dsr.run(&["artifacts", "download"]).ends(2);
    dsr.run(&["artifacts", "download", "no-such-file"]).ends(1);
    dsr.run(&["artifacts", "list", "--expiring", "soon"]).ends(2);
    assert_eq!(items(&dsr.json("jobs-list.json", &["jobs", "list"], 0)).len(), 5);
}

#[test]
fn a_sign_in_takes_two_steps_is_remembered_without_the_password_and_ends() {
    let dsr = Dsr::simulated();
    let word = "simulated-password-not-a-real-one";
    dsr.run(&["login", "cdds"]).ends(2);
    dsr.run_with(
        &[
            "login",
            "cdds",
            "--username",
            "example\\paula.probe",
            "--password-stdin",
        ],
        "wrong\n",
    )
    .ends(4);
    let ran = dsr
        .run_with(
            &[
                "login",
                "cdds",
                "--username",
                "example\\paula.probe",
                "--password-stdin",
                "--remember",
                "--output",
                "json",
            ],
            &format!("{word}\n"),
        )
        .ends(0);
    check("login-cdds.json", &ran.json());
    assert_eq!(ran.json()["tenant"], "example");
    let kept = dsr.all_files_text();
    assert!(!kept.contains(word), "the password is kept nowhere");
    // Remembered: the name need not be given again.
    dsr.run_with(&["login", "cdds", "--password-stdin"], word).ends(0);
    dsr.json("logout.json", &["logout", "cdds"], 0);
    // Somebody without a role is told so at once.
    let denied = dsr
        .run_with(
            &[
                "login",
                "cdds",
                "--username",
                "otto.beispiel",
                "--password-stdin",
                "--output",
                "json",
            ],
            word,
        )
        .ends(4)
        .error();
    assert!(
        denied["message"].as_str().unwrap().starts_with("Access denied"),
        "{denied}"
    );
    let denied = dsr.run(&["jobs", "list", "--output", "json"]).ends(4).error();
    assert_eq!(denied["kind"], "permission");
    dsr.run(&["logout", "cdds"]).ends(0);
    dsr.run(&["jobs", "list"]).ends(0);
}

#[test]
fn old_files_are_fetched_with_their_parts_and_opened_with_the_old_key() {
    let dsr = Dsr::simulated();
    dsr.run(&["simulator", "keys", "--to", "keys"]).ends(0);
    let files = dsr.json("artifacts-list.json", &["artifacts", "list"], 0);
    let quarter: Vec<&Value> = items(&files).iter().filter(|file| file["parts"] == 3).collect();
    let first = quarter[0]["id"].as_str().unwrap();
    let one = dsr.json("artifacts-download.json", &["artifacts", "download", first], 0);
    assert_eq!(
        (&items(&one)[0]["parts_here"], &items(&one)[0]["parts"]),
        (&1.into(), &3.into())
    );
    assert!(
        one["notes"].to_string().contains("1 of 3 parts"),
        "{}",
        one["notes"]
    );
    let job = quarter[0]["job_id"].as_str().unwrap();
    let all = dsr.json(
        "artifacts-download.json",
        &["artifacts", "download", "--job", job],
        0,
    );
    assert_eq!(
        items(&all)
            .iter()
            .filter(|file| file["already_here"] == true)
            .count(),
        1
    );
    let mut parts: Vec<(u64, String)> = items(&all)
        .iter()
        .map(|file| {
            (
                file["part"].as_u64().unwrap(),
                file["path"].as_str().unwrap().to_owned(),
            )
        })
        .collect();
    parts.sort();
    let mut whole = Vec::new();
    for (_, path) in &parts {
        whole.extend(std::fs::read(path).unwrap());
    }
    let place = std::path::Path::new(&parts[0].1).parent().unwrap();
    std::fs::write(place.join("whole.p7m"), whole).unwrap();
    let keys = dsr.home().join("keys");
    let ran = Command::new("openssl")
        .args(["cms", "-decrypt", "-inform", "DER", "-binary"])
        .arg("-in")
        .arg(place.join("whole.p7m"))
        .arg("-inkey")
        .arg(keys.join("old-key.pem"))
        .arg("-recip")
        .arg(keys.join("old-certificate.pem"))
        .arg("-out")
        .arg(place.join("whole.zip"))
        .output()
        .unwrap();
    assert!(ran.status.success(), "{ran:?}");
    assert!(std::fs::read(place.join("whole.zip")).unwrap().starts_with(b"PK"));
    let again = dsr.json(
        "artifacts-list.json",
        &["artifacts", "list", "--job", job, "--missing"],
        0,
    );
    assert!(items(&again).is_empty());
}

#[test]
fn the_same_commands_work_over_tcp_in_an_organisation_without_genesys_cloud() {
    let server = Served::start();
    let cdds = &server.told["cdds"];
    let text = |name: &str| cdds[name].as_str().unwrap().to_owned();
    let dsr = Dsr::new()
        .with("DSR_CDDS_URL", &text("url"))
        .with("DSR_MODE", "live");
    let user = format!("{}\\{}", text("tenant"), text("username"));
    let refused = dsr.run(&["jobs", "list", "--output", "json"]).ends(4).error();
    assert!(
        refused["next"].as_str().unwrap().contains("dsr login cdds"),
        "{refused}"
    );
    dsr.run_with(
        &["login", "cdds", "--username", &user, "--password-stdin"],
        &text("password"),
    )
    .ends(0);
    let jobs = dsr.json("jobs-list.json", &["jobs", "list"], 0);
    assert_eq!(items(&jobs).len(), 5);
    let expiring = dsr.json(
        "artifacts-download.json",
        &["artifacts", "download", "--expiring", "3d"],
        0,
    );
    assert_eq!(items(&expiring).len(), 1);
    dsr.run(&["doctor", "cdds"]).ends(0);
    dsr.run(&["logout", "cdds"]).ends(0);
    dsr.run(&["jobs", "list"]).ends(4);
}
