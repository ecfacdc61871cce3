//! How commands end: each class of failure with its exit code and its error document, and what
//! happens when nobody can be asked or nobody answers.

use std::io::{BufRead, BufReader};

use super::cli_harness::Dsr;

/// Something that must not be repeated by an error.
const SECRET: &str = "zz-secret-value-zz";

fn json(arguments: &[&str]) -> Vec<String> {
    let all = arguments.iter().copied().chain(["--output", "json"]);
    all.map(str::to_owned).collect()
}

fn run(dsr: &Dsr, arguments: &[&str]) -> super::cli_harness::Ran {
    let all = json(arguments);
    dsr.run(&all.iter().map(String::as_str).collect::<Vec<_>>())
}

#[test]
fn a_wrong_command_line_is_2_and_repeats_no_value() {
    let dsr = Dsr::simulated();
    let social = format!("myspace:{SECRET}");
    let replace = format!("email:{SECRET}");
    let cases: [&[&str]; 12] = [
        &["subjects", "search"],
        &["subjects", "search", "--phone", SECRET],
        &["subjects", "search", "--email", SECRET],
        &["subjects", "search", "--social", &social],
        &["requests", "submit", "--type", "export"],
        &[
            "requests",
            "submit",
            "--type",
            "shred",
            "--email",
            "a@example.org",
        ],
        &[
            "requests",
            "submit",
            "--type",
            "update",
            "--email",
            "a@example.org",
            "--yes",
        ],
        &[
            "requests",
            "submit",
            "--type",
            "update",
            "--email",
            "a@example.org",
            "--replace",
            &replace,
            "--yes",
        ],
        &[
            "requests",
            "submit",
            "--type",
            "export",
            "--email",
            "a@example.org",
            "--copy-first",
            "--yes",
        ],
        &["requests", "list", "--since", "last week"],
        &["requests", "watch", "--interval", "0s"],
        &["requests", "nonsense"],
    ];
    for arguments in cases {
        let ran = run(&dsr, arguments).ends(2);
        let error = ran.error();
        assert_eq!(error["kind"], "usage", "{arguments:?}");
        assert_eq!(error["changed"], "nothing", "{arguments:?}");
        assert!(!ran.stderr.contains(SECRET), "{arguments:?}: {}", ran.stderr);
        assert_eq!(ran.stdout, "", "{arguments:?}");
    }
}

#[test]
fn a_malformed_identifier_names_its_option() {
    let dsr = Dsr::simulated();
    let ran = run(&dsr, &["subjects", "search", "--phone", "abc"]).ends(2);
    let message = ran.error()["message"].as_str().unwrap().to_owned();
    assert!(message.starts_with("--phone:"), "{message}");
    let file = dsr.file("phones", "+49 30 23125014\nabc\n");
    let from_file = format!("@{}", file.display());
    let ran = run(&dsr, &["subjects", "search", "--phone", &from_file]).ends(2);
    let message = ran.error()["message"].as_str().unwrap().to_owned();
    assert!(message.starts_with("--phone (value 2):"), "{message}");
}

#[test]
fn without_a_terminal_the_mode_and_the_consent_must_be_said() {
    let unsaid = Dsr::new();
    let submit = [
        "requests",
        "submit",
        "--type",
        "export",
        "--email",
        "edda.fiktiv@example.org",
    ];
    let with_yes: Vec<&str> = submit.iter().copied().chain(["--yes"]).collect();
    let ran = run(&unsaid, &with_yes).ends(2);
    let next = ran.error()["next"].as_str().unwrap().to_owned();
    assert!(next.contains("--simulate") && next.contains("--live"), "{next}");
    let said = Dsr::simulated();
    let ran = run(&said, &submit).ends(2);
    assert!(ran.error()["message"].as_str().unwrap().contains("--yes"));
    // A dry run changes nothing, so nothing needs to be said.
    let dry: Vec<&str> = submit.iter().copied().chain(["--dry-run"]).collect();
    run(&unsaid, &dry).ends(0);
}

#[test]
fn a_broken_configuration_is_3() {
    let dsr = Dsr::simulated();
    let file = dsr.file("broken.toml", "mode = [\n");
    let path = file.display().to_string();
    let ran = run(&dsr, &["requests", "list", "--config", &path]).ends(3);
    assert_eq!(ran.error()["kind"], "configuration");
}

#[test]
fn a_missing_permission_is_4_before_any_work_and_names_who_can_give_it() {
    let dsr = Dsr::simulated();
    let denied: Vec<&str> = SUBMIT
        .into_iter()
        .chain(["--yes", "--scenario", "denied"])
        .collect();
    let ran = run(&dsr, &denied).ends(4);
    let error = ran.error();
    assert_eq!(error["kind"], "permission");
    assert_eq!(error["changed"], "nothing");
    assert!(
        error["message"].as_str().unwrap().contains("gdpr:request:add"),
        "{error:#}"
    );
    assert!(
        error["next"].as_str().unwrap().contains("administrator"),
        "{error:#}"
    );
    assert_eq!(ran.stdout, "");
    let batch = dsr.file("batch.csv", "type,email\nexport,edda.fiktiv@example.org\n");
    let batch = batch.display().to_string();
    let all = [
        "requests",
        "submit",
        "--batch",
        &batch,
        "--yes",
        "--scenario",
        "denied",
    ];
    assert_eq!(run(&dsr, &all).ends(4).error()["kind"], "permission");
    let listed = run(&dsr, &["requests", "list", "--scenario", "denied", "--stored"]).json();
    let items = listed["items"].as_array().unwrap();
    assert!(items.iter().all(|item| item["origin"] != "ours"), "{listed:#}");
}

#[test]
fn a_permission_refused_at_the_submission_is_4_and_on_record() {
    let dsr = Dsr::simulated();
    let scenario = dsr.file(
        "refusing.toml",
        "summary = \"Refused at the submission\"\nbased_on = \"default\"\n\n[[faults]]\n\
         route = \"POST /api/v2/gdpr/requests\"\ndoes = \"status\"\ncode = \"missing.permissions\"\n",
    );
    let scenario = scenario.display().to_string();
    let all: Vec<&str> = SUBMIT
        .into_iter()
        .chain(["--yes", "--scenario", &scenario])
        .collect();
    let ran = run(&dsr, &all).ends(4);
    let error = ran.error();
    assert_eq!(error["kind"], "permission");
    assert_eq!(error["code"], "missing.permissions");
    assert!(error["correlation_id"].is_string());
    assert_eq!(ran.json()["status"], "REFUSED");
}

#[test]
fn an_address_where_nobody_answers_is_5() {
    // A port that was free a moment ago and that nobody listens at.
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let dsr = Dsr::new()
        .with("DSR_GENESYS_CLOUD_URL", &format!("http://127.0.0.1:{port}"))
        .with("GENESYSCLOUD_OAUTHCLIENT_ID", "client")
        .with("GENESYSCLOUD_OAUTHCLIENT_SECRET", "plainly-fictional");
    let ran = run(&dsr, &["requests", "list", "--live"]).ends(5);
    let error = ran.error();
    assert_eq!(error["kind"], "unreachable");
    assert_eq!(error["system"], "genesys_cloud");
}

#[test]
fn what_is_not_there_is_1() {
    let dsr = Dsr::simulated();
    let ran = run(
        &dsr,
        &["requests", "show", "00000000-0000-4000-8000-00000000dead"],
    )
    .ends(1);
    assert_eq!(ran.error()["kind"], "not_found");
    let ran = run(&dsr, &["archive", "show", "nothing.zip"]).ends(1);
    assert_eq!(ran.error()["changed"], "nothing");
    let ran = run(
        &dsr,
        &[
            "requests",
            "submit",
            "--type",
            "export",
            "--email",
            "nobody@example.org",
            "--yes",
        ],
    )
    .ends(1);
    assert_eq!(ran.error()["kind"], "not_found");
    assert!(ran.stderr.contains("gdpr subjects 0"), "{}", ran.stderr);
}

#[test]
fn an_interrupted_watch_is_130() {
    let dsr = Dsr::simulated();
    let mut child = dsr.start(&["requests", "watch", "--interval", "1h", "--output", "ndjson"]);
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    // Whom it speaks to is said when the command is under way.
    stderr.read_line(&mut line).unwrap();
    assert!(line.contains("SIMULATION"), "{line}");
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    let mut rest = String::new();
    std::io::Read::read_to_string(&mut stderr, &mut rest).unwrap();
    assert!(rest.contains("interrupted"), "{rest}");
    assert_eq!(child.wait().unwrap().code(), Some(130));
}

const SUBMIT: [&str; 6] = [
    "requests",
    "submit",
    "--type",
    "delete",
    "--email",
    "edda.fiktiv@example.org",
];

fn ours(dsr: &Dsr) -> usize {
    let list = dsr.json("requests-list.json", &["requests", "list"], 0);
    let items = list["items"].as_array().unwrap();
    items.iter().filter(|item| item["origin"] == "ours").count()
}

#[test]
fn nothing_is_changed_unless_the_answer_is_yes() {
    let dsr = Dsr::simulated();
    for (typed, what) in [
        ("\u{4}", "end of input"),
        ("\n", "nothing"),
        ("n\n", "no"),
        ("delete\n", "another word"),
    ] {
        let (code, screen) = dsr.on_terminal(&SUBMIT, typed);
        assert_ne!(code, 0, "{what}: {screen}");
        assert!(screen.contains("[y/N]"), "{what}: {screen}");
        assert_eq!(ours(&dsr), 0, "{what}");
    }
    let (code, screen) = dsr.on_terminal(&SUBMIT, "y\n");
    assert_eq!(code, 0, "{screen}");
    assert_eq!(ours(&dsr), 1);
}

#[test]
fn no_input_never_asks() {
    let dsr = Dsr::simulated();
    let all: Vec<&str> = SUBMIT.iter().copied().chain(["--no-input"]).collect();
    let (code, screen) = dsr.on_terminal(&all, "y\n");
    assert_eq!(code, 2, "{screen}");
    assert!(!screen.contains("[y/N]"), "{screen}");
    assert_eq!(ours(&dsr), 0);
}

#[test]
fn what_stands_on_the_terminal_is_masked_and_fits() {
    let dsr = Dsr::simulated();
    let (code, screen) = dsr.on_terminal(&SUBMIT, "n\n");
    assert_ne!(code, 0);
    let after_typing: Vec<&str> = screen.lines().collect();
    assert!(
        !screen.contains("Fiktiv") && !screen.contains("edda."),
        "{screen}"
    );
    assert!(
        after_typing
            .iter()
            .any(|line| line.contains("POST /api/v2/gdpr/requests")),
        "{screen}"
    );
    let (code, screen) = dsr.on_terminal(&["requests", "list"], "");
    assert_eq!(code, 0, "{screen}");
    for line in screen.lines() {
        assert!(line.chars().count() <= 80, "{line:?}");
    }
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let dsr = Dsr::simulated();
    let mut child = dsr.start(&["requests", "list"]);
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn nothing_is_drawn_where_nobody_looks() {
    let dsr = Dsr::simulated();
    let ran = dsr.run(&["requests", "list"]).ends(0);
    for stream in [&ran.stdout, &ran.stderr] {
        assert!(!stream.contains(['\u{1b}', '\r']), "{stream:?}");
    }
    assert_eq!(ran.stderr.lines().count(), 2, "{}", ran.stderr);
}

#[test]
fn a_detail_is_masked_until_it_is_asked_for() {
    let dsr = Dsr::simulated();
    let all: Vec<&str> = SUBMIT
        .iter()
        .copied()
        .chain(["--yes", "--output", "json"])
        .collect();
    let item = dsr.run(&all).ends(0).json();
    let id = item["id"].as_str().unwrap();
    let ran = dsr.run(&["requests", "show", id]).ends(0);
    assert!(ran.stdout.contains("E••• F•••••"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("Fiktiv"), "{}", ran.stdout);
    assert!(ran.stdout.contains("planned by"), "{}", ran.stdout);
    let ran = dsr.run(&["requests", "show", id, "--reveal"]).ends(0);
    assert!(ran.stdout.contains("Edda Fiktiv"), "{}", ran.stdout);
    let ran = dsr.run(&["requests", "show", id, "--ascii"]).ends(0);
    assert!(ran.stdout.is_ascii(), "{}", ran.stdout);
}
