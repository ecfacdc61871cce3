//! `dsr forget` and the drop-in, in simulation: parameters, help, usage, exit codes, the last line, and
//! documents against their schema.

use std::os::unix::fs::symlink;
use std::process::{Command, Stdio};

use crate::cli_harness::{Dsr, check};
use crate::support::Home;

const ANNA: &str = "anna.muster@example.org";

fn last_line(text: &str) -> &str {
    text.lines().last().unwrap_or_default()
}

#[test]
fn every_parameter_of_the_script_stands_in_the_help_and_in_the_usage() {
    let home = Home::new();
    let help = home.run(["forget", "-h"]).ends_with(0);
    assert!(help.stderr.is_empty());
    for parameter in [
        "--gws",
        "--cass_keyspace",
        "--cass_hostname",
        "--cass_port",
        "--search",
        "--group_name",
        "--cleanup",
        "--gws_username",
        "--gws_user_password",
        "--gws_additional_headers",
        "-h",
    ] {
        assert!(help.stdout.contains(parameter), "{parameter}");
    }
    let usage = home.run(["forget", "--cass_keyspace", "sipfs"]).ends_with(2);
    assert!(usage.stdout.is_empty());
    assert!(
        usage
            .stderr
            .contains("Usage: dsr forget [-h] [--gws GWS] --cass_keyspace CASS_KEYSPACE"),
        "{}",
        usage.stderr
    );
    assert!(
        usage.stderr.contains("--cass_hostname, --cass_port, --search"),
        "{}",
        usage.stderr
    );
    let unknown = home.run(["forget", "--simulate", "--serach", ANNA]).ends_with(2);
    assert!(
        unknown.stderr.contains("Usage:") && !unknown.stderr.contains(ANNA),
        "{}",
        unknown.stderr
    );
}

#[test]
fn only_true_and_false_are_words_for_cleanup() {
    let home = Home::new();
    for word in ["True", "yes", "1", "", "tru", "on"] {
        home.run(["forget", "--simulate", "--search", ANNA, "--cleanup", word])
            .ends_with(2);
    }
    home.run(["forget", "--simulate", "--search", ANNA, "--cleanup"])
        .ends_with(2);
    let none = home
        .run(["forget", "--simulate", "--search", ANNA, "--cleanup", "false"])
        .ends_with(0);
    assert!(
        last_line(&none.stdout).starts_with("matches found: "),
        "{}",
        none.stdout
    );
}

#[test]
fn the_drop_in_is_a_link_with_the_name_of_the_script() {
    let home = Home::new();
    for name in ["gdpr_forget_me.py", "gdpr_forget_me"] {
        let link = home.path(name);
        symlink(env!("CARGO_BIN_EXE_dsr"), &link).unwrap();
        let run = |arguments: &[&str]| {
            let template = home.command(Vec::<&str>::new());
            let mut command = Command::new(&link);
            command.env_clear();
            for (key, value) in template.get_envs() {
                command.env(key, value.unwrap_or_default());
            }
            command.args(arguments).stdin(Stdio::null()).output().unwrap()
        };
        let help = run(&["-h"]);
        assert!(help.status.success() && help.stderr.is_empty());
        assert!(String::from_utf8_lossy(&help.stdout).contains(&format!("Usage: {name} [-h]")));
        assert_eq!(run(&[]).status.code(), Some(2));
        let found = run(&["--simulate", "--search", "agent1@pizza.com"]);
        assert_eq!(found.status.code(), Some(0));
        assert!(String::from_utf8_lossy(&found.stdout).contains("matches found: 1 exact"));
    }
}

#[test]
fn a_wrong_keyspace_is_refused_as_a_cluster_refuses_it() {
    let home = Home::new();
    let call = |keyspace: &str, more: &[&str]| {
        let all = [
            "forget",
            "--simulate",
            "--cass_keyspace",
            keyspace,
            "--search",
            ANNA,
        ];
        home.run([&all[..], more].concat())
    };
    for keyspace in ["sipf", "SIPFS", "", "sipfs "] {
        for more in [&[][..], &["--cleanup", "true"]] {
            let ran = call(keyspace, &[&["--output", "json"][..], more].concat()).ends_with(1);
            let error = ran.error();
            let message = error["message"].as_str().unwrap();
            assert!(
                message.starts_with("There is no keyspace") && error["changed"] == "nothing",
                "{ran:?}"
            );
            assert_eq!(error["next"], "Keyspaces there: sipfs.", "{ran:?}");
            assert!(ran.stdout.is_empty(), "{ran:?}");
        }
    }
    let tables = ["keyspace", "tables", "--simulate", "--cass_keyspace"];
    let ran = home.run([&tables[..], &["sipf"]].concat()).ends_with(1);
    assert!(ran.stderr.contains("Keyspaces there: sipfs."), "{ran:?}");
    home.run([&tables[..], &["sipfs"]].concat()).ends_with(0);
    let ran = call("sipfs", &[]).ends_with(0);
    assert!(last_line(&ran.stdout).starts_with("matches found: "), "{ran:?}");
    // The keyspace of a profile is that of its real cluster, as its host is.
    std::fs::write(
        home.path("estate.toml"),
        "[profiles.default]\ncassandra_keyspace = \"settings_of_gws\"\n",
    )
    .unwrap();
    let config = home.path("estate.toml");
    let with = ["--config", config.to_str().unwrap(), "--simulate", "forget"];
    home.run([&with[..], &["--search", ANNA]].concat()).ends_with(0);
}

#[test]
fn a_search_tells_places_counts_and_what_is_not_covered() {
    let dsr = Dsr::simulated();
    let document = dsr.json("forget.json", &["forget", "--search", ANNA], 0);
    assert_eq!(document["result"], "found");
    assert_eq!(document["items"].as_array().unwrap().len(), 3);
    assert!(document["substring_hits"].as_u64().unwrap() > 0);
    let notes = document["notes"].to_string();
    assert!(notes.contains("Corporate Favorites are not covered"), "{notes}");
    let clean = dsr.json("forget.json", &["forget", "--search", "nobody@example.org"], 0);
    assert_eq!(
        (&clean["result"], &clean["complete"]),
        (&"clean".into(), &true.into())
    );
    assert!(clean["notes"].to_string().contains("Corporate Favorites"));
    // Names, files of searches, one pass for all of them.
    let several = dsr.file(
        "people.txt",
        "anna.muster@example.org\n+49 30 23125014\nBela Specimen\n",
    );
    let document = dsr.json(
        "forget.json",
        &["forget", "--search-file", several.to_str().unwrap()],
        0,
    );
    assert_eq!(document["searches"].as_array().unwrap().len(), 3);
    assert_eq!(document["searches"][2]["kind"], "name");
    assert!(
        document["searches"][2]["exact"].as_u64().unwrap() > 0,
        "{document}"
    );
    let table = dsr.run(&["forget", "--search", ANNA]).ends(0);
    assert!(
        !table.stdout.contains(ANNA) && !table.stdout.contains("anna"),
        "{}",
        table.stdout
    );
    assert!(table.stdout.contains("Corporate Favorites are not covered"));
    let lines = dsr
        .run(&["forget", "--search", ANNA, "--output", "ndjson"])
        .ends(0);
    let last: serde_json::Value = serde_json::from_str(last_line(&lines.stdout)).unwrap();
    assert_eq!(last["result"], "found");
    dsr.run(&["forget", "--search", ANNA, "--output", "csv"]).ends(0);
    dsr.json("keyspace-tables.json", &["keyspace", "tables"], 0);
}

#[test]
fn cleanup_true_is_consent_without_a_terminal_and_the_result_is_verified() {
    let dsr = Dsr::simulated();
    let dry = dsr
        .run(&["forget", "--search", ANNA, "--cleanup", "true", "--dry-run"])
        .ends(0);
    assert!(
        dry.stderr
            .contains("DELETE /api/v2/settings/interaction-workspace-personal-favorites"),
        "{}",
        dry.stderr
    );
    let document = dsr.json(
        "forget.json",
        &["forget", "--search", ANNA, "--cleanup", "true"],
        0,
    );
    assert_eq!(document["result"], "deleted", "{document}");
    let outcomes: Vec<_> = document["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["outcome"].clone())
        .collect();
    assert_eq!(
        outcomes.iter().filter(|outcome| **outcome == "deleted").count(),
        2,
        "{outcomes:?}"
    );
    assert!(
        document["summary"]
            .as_str()
            .unwrap()
            .starts_with("deleted and verified: 2 settings")
    );
    let again = dsr.json(
        "forget.json",
        &["forget", "--search", ANNA, "--cleanup", "true"],
        0,
    );
    assert_eq!(
        again["result"], "found",
        "the administrator's own is still told: {again}"
    );
    // Without a word about the mode no script may believe that it has erased.
    let silent = Dsr::new();
    silent
        .run(&["forget", "--simulate", "--search", ANNA, "--cleanup", "true"])
        .ends(0);
    let unsaid = Dsr::new().run(&["forget", "--search", ANNA, "--cleanup", "true"]);
    assert_eq!(unsaid.code, 2, "{unsaid:?}");
}

#[test]
fn headers_are_a_json_object_of_texts_and_a_mistake_says_where() {
    let dsr = Dsr::simulated();
    let base = ["forget", "--search", ANNA, "--gws_additional_headers"];
    let run = |json: &str| dsr.run(&[&base[..], &[json]].concat());
    let wrong = run("{\"X-A\": ").ends(2);
    assert!(wrong.stderr.contains("line 1 column"), "{}", wrong.stderr);
    run("[]").ends(2);
    run("{\"X-A\": 1}").ends(2);
    run("{\"X-CSRF-HEADER\": \"X-CSRF-TOKEN\", \"X-CSRF-TOKEN\": \"1434429f-81a8-459a-9d6d-792d17644471\"}")
        .ends(0);
    // A token without its cookie is not accepted, and a fetched one takes its place.
    let deleted = dsr.run(&[
        "forget", "--search", "agent1@pizza.com", "--cleanup", "true", "--gws_username", "admin@pizza.com",
        "--gws_user_password", "password", "--group_name", "interaction-workspace-personal-favorites",
        "--gws_additional_headers",
        "{\"X-CSRF-HEADER\": \"X-CSRF-TOKEN\", \"X-CSRF-TOKEN\": \"1434429f-81a8-459a-9d6d-792d17644471\"}",
    ]).ends(0);
    assert!(
        last_line(&deleted.stdout).starts_with("deleted and verified: 1 setting"),
        "{}",
        deleted.stdout
    );
    assert!(
        deleted.stderr.contains("the password stands on the command line"),
        "{}",
        deleted.stderr
    );
}

#[test]
fn a_wrong_password_or_a_missing_role_ends_before_anything_is_searched() {
    let dsr = Dsr::simulated();
    let wrong = dsr
        .run(&[
            "forget",
            "--search",
            ANNA,
            "--cleanup",
            "true",
            "--gws_username",
            "admin@pizza.com",
            "--gws_user_password",
            "not-it",
            "--output",
            "json",
        ])
        .ends(4);
    assert_eq!(wrong.error()["changed"], "nothing");
    assert_eq!(wrong.error()["system"], "gws");
    let denied = dsr
        .run(&[
            "forget",
            "--scenario",
            "denied",
            "--search",
            ANNA,
            "--cleanup",
            "true",
        ])
        .ends(4);
    assert!(denied.stderr.contains("ROLE_ADMIN"), "{}", denied.stderr);
}

#[test]
fn where_bodies_are_lost_the_result_is_partial_and_says_why() {
    let dsr = Dsr::simulated();
    let lost = dsr
        .run(&[
            "forget",
            "--scenario",
            "gws-body-lost",
            "--search",
            ANNA,
            "--cleanup",
            "true",
        ])
        .ends(6);
    assert!(
        last_line(&lost.stdout).starts_with("partial: 0 of 2 settings gone"),
        "{}",
        lost.stdout
    );
    assert!(lost.stdout.contains("No setting was deleted"), "{}", lost.stdout);
    let trouble = dsr
        .run(&[
            "forget",
            "--scenario",
            "gws-trouble",
            "--search",
            ANNA,
            "--cleanup",
            "true",
        ])
        .ends(6);
    assert!(
        last_line(&trouble.stdout).contains("STOPPED: 1 other setting"),
        "{}",
        trouble.stdout
    );
}

#[test]
fn a_password_on_the_command_line_does_not_stay_in_the_process_list() {
    let home = Home::new();
    let scenario = home.write(
        "slow.toml",
        "summary = \"slow\"\nbased_on = \"default\"\n[[faults]]\nroute = \"GET /api/v2/me\"\ndoes = \"wait\"\nmillis = 60000\n",
        0o600,
    );
    let mut child = home
        .command([
            "forget",
            "--simulate",
            "--scenario",
            scenario.to_str().unwrap(),
            "--search",
            ANNA,
            "--cleanup",
            "true",
            "--gws_username",
            "admin@pizza.com",
            "--gws_user_password",
            "s3cret-of-the-test",
        ])
        .spawn()
        .unwrap();
    // The announcement comes when the arguments were read: from then on they are not to be seen.
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(child.stderr.take().unwrap()));
    let announced = lines.any(|line| line.is_ok_and(|line| line.starts_with("SIMULATION")));
    let shown = std::fs::read(format!("/proc/{}/cmdline", child.id())).unwrap();
    let environment = std::fs::read(format!("/proc/{}/environ", child.id())).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(announced);
    for visible in [shown, environment] {
        let visible = String::from_utf8_lossy(&visible).into_owned();
        assert!(
            !visible.contains("s3cret") && !visible.contains(ANNA),
            "{visible}"
        );
    }
}

#[test]
fn the_password_of_a_cassandra_user_without_tls_is_warned_of_before_it_is_sent() {
    let home = Home::new();
    let call = |host: &str, more: &[&str]| {
        let all = [
            "forget",
            "--search",
            ANNA,
            "--cass_keyspace",
            "sipfs",
            "--cass_port",
            "1",
            "--cass_hostname",
            host,
        ];
        home.run_with(
            [&all[..], more].concat(),
            &[("DSR_CASSANDRA_PASSWORD", "secret")],
            "",
        )
    };
    let user = ["--cass_username", "reader"];
    let readable = "Warning: Cassandra at cassandra.invalid is spoken to without TLS";
    let ran = call("cassandra.invalid", &user).ends_with(5);
    assert!(
        ran.stderr.contains(readable) && ran.stderr.contains("--cass_tls with --cass_ca FILE"),
        "{ran:?}"
    );
    // It stands before what came of it, and a drop-in that reads the result finds only that there.
    assert!(
        ran.stderr.find(readable) < ran.stderr.rfind("cassandra.invalid"),
        "{ran:?}"
    );
    assert!(ran.stdout.is_empty() && !ran.stderr.contains("secret"), "{ran:?}");
    // Nobody signs in, or nothing leaves this host.
    for ran in [call("cassandra.invalid", &[]), call("127.0.0.1", &user)] {
        assert!(!ran.stderr.contains("without TLS"), "{ran:?}");
    }
    let tables = [
        "keyspace",
        "tables",
        "--cass_keyspace",
        "sipfs",
        "--cass_port",
        "1",
        "--cass_hostname",
    ];
    let tables = [&tables[..], &["cassandra.invalid"], &user].concat();
    let ran = home.run_with(tables, &[("DSR_CASSANDRA_PASSWORD", "secret")], "");
    assert!(ran.ends_with(5).stderr.contains(readable));
    std::fs::write(
        home.path("estate.toml"),
        "[profiles.default]\ncassandra_host = \"cassandra.invalid\"\ncassandra_port = 1\n\
         cassandra_keyspace = \"sipfs\"\ncassandra_username = \"reader\"\n",
    )
    .unwrap();
    let config = home.path("estate.toml");
    let doctor = [
        "--config",
        config.to_str().unwrap(),
        "--live",
        "doctor",
        "cassandra",
    ];
    let ran = home
        .run_with(doctor, &[("DSR_CASSANDRA_PASSWORD", "secret")], "")
        .ends_with(1);
    assert!(
        ran.stdout.contains("cassandra transport") && ran.stdout.contains("cassandra_ca_file"),
        "{ran:?}"
    );
}

#[test]
fn sign_in_and_doctor_know_gws_and_cassandra() {
    let dsr = Dsr::simulated();
    dsr.json("whoami-gws.json", &["whoami", "gws"], 0);
    dsr.json("whoami-gws.json", &["login", "gws"], 0);
    let gws = dsr.json("doctor.json", &["doctor", "gws"], 0);
    let names: Vec<_> = gws["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["name"].clone())
        .collect();
    assert!(names.contains(&"gws roles".into()), "{names:?}");
    let cassandra = dsr.json("doctor.json", &["doctor", "cassandra"], 0);
    assert!(cassandra["items"].to_string().contains("cassandra tables"));
    let denied = dsr.run(&["doctor", "gws", "--scenario", "denied"]).ends(1);
    assert!(denied.stdout.contains("ROLE_ADMIN"), "{}", denied.stdout);
}

#[test]
fn a_killed_run_is_looked_at_before_anything_new_is_sent() {
    let home = Home::new();
    // The first real deletion (the third call) takes effect, and its answer is held back for ever.
    let scenario = home.write(
        "held.toml",
        "summary = \"held\"\nbased_on = \"default\"\n[[faults]]\nroute = \"DELETE /api/v2/settings/{group}\"\ncalls = [3]\ndoes = \"wait\"\nmillis = 600000\n",
        0o600,
    );
    let scenario = scenario.to_str().unwrap();
    let arguments = [
        "forget",
        "--simulate",
        "--scenario",
        scenario,
        "--search",
        ANNA,
        "--cleanup",
        "true",
    ];
    let mut child = home.command(arguments).spawn().unwrap();
    // Waits for the effect in the estate, not for a time.
    let estate = dsr_console::simulator::Simulator::open(
        &home.places().simulation(),
        &dsr_console::simulator::Scenario::File(scenario.into()),
    )
    .unwrap();
    let there = || {
        let (rows, _) = estate.stored_rows("settings", 0, 1000).unwrap();
        rows.iter().any(|row| row.column.ends_with(":favorite-anna-1"))
    };
    while there() {
        std::thread::yield_now();
        assert!(child.try_wait().unwrap().is_none(), "it ended by itself");
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let again = home
        .run([&arguments[..], &["--resume", "--output", "json"]].concat())
        .ends_with(0);
    let document = again.json();
    check("forget.json", &document);
    assert!(
        document["notes"]
            .to_string()
            .contains("1 of its settings are gone, 1 were left"),
        "{document}"
    );
    assert_eq!(document["result"], "deleted");
    let outcomes: Vec<_> = document["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["outcome"].clone())
        .collect();
    assert_eq!(
        outcomes.iter().filter(|outcome| **outcome == "deleted").count(),
        1,
        "{outcomes:?}"
    );
}
