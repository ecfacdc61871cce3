//! Which world a command speaks to, and what needs to be said without a terminal.

use crate::support::Home;

/// The mode that a harmless command speaks in.
fn mode(home: &Home, arguments: &[&str], variables: &[(&str, &str)]) -> String {
    let all = ["config", "show", "--output", "json"].iter().chain(arguments);
    let ran = home.run_with(all, variables, "").ends_with(0);
    ran.json()["mode"].as_str().unwrap().to_owned()
}

#[test]
fn the_flag_goes_before_the_variable_before_the_profile_before_simulation() {
    let home = Home::new();
    assert_eq!(mode(&home, &[], &[]), "simulation");
    home.configure("[profiles.default]\nmode = \"live\"\n");
    assert_eq!(mode(&home, &[], &[]), "live");
    assert_eq!(mode(&home, &[], &[("DSR_MODE", "simulation")]), "simulation");
    assert_eq!(mode(&home, &["--live"], &[("DSR_MODE", "simulation")]), "live");
    assert_eq!(
        mode(&home, &["--simulate"], &[("DSR_MODE", "live")]),
        "simulation"
    );
    assert_eq!(
        mode(&home, &[], &[("DSR_MODE", "")]),
        "live",
        "an empty variable says nothing"
    );
}

#[test]
fn a_word_that_is_no_mode_is_never_guessed() {
    let home = Home::new();
    let ran = home
        .run_with(["whoami", "--output", "json"], &[("DSR_MODE", "Live")], "")
        .ends_with(3);
    assert!(ran.error()["message"].as_str().unwrap().contains("DSR_MODE"));
    assert!(ran.stdout.is_empty());
}

#[test]
fn live_and_simulate_together_are_a_usage_error() {
    let home = Home::new();
    home.run(["whoami", "--live", "--simulate"]).ends_with(2);
    home.run(["--live", "simulator", "clock"]).ends_with(2);
    home.run(["whoami", "--live", "--scenario", "large"]).ends_with(2);
}

#[test]
fn every_command_says_mode_and_organisation_on_standard_error() {
    let home = Home::new();
    let ran = home.run(["whoami"]).ends_with(0);
    let first = ran.stderr.lines().next().unwrap();
    assert_eq!(
        first,
        "SIMULATION · organisation Example Contact Centre · profile default"
    );
    let ascii = home.run(["whoami", "--ascii"]);
    assert!(ascii.stderr.is_ascii(), "{}", ascii.stderr);
}

#[test]
fn without_a_terminal_a_change_needs_the_mode_said_and_yes() {
    let home = Home::new();
    let create = ["setup", "oauth-client", "--output", "json"];
    let silent = home.run(create).ends_with(2);
    assert!(
        silent.error()["message"]
            .as_str()
            .unwrap()
            .contains("which world")
    );
    assert_eq!(silent.error()["changed"], "nothing");
    let unsaid = home.run(create.iter().chain(&["--yes"])).ends_with(2);
    assert!(
        unsaid.error()["message"]
            .as_str()
            .unwrap()
            .contains("which world")
    );
    let no_yes = home.run(create.iter().chain(&["--simulate"])).ends_with(2);
    assert!(no_yes.error()["message"].as_str().unwrap().contains("--yes"));
    for said in [
        &["--simulate", "--yes"][..],
        &["--yes", "--client-name", "second"],
    ] {
        let variables: &[_] = if said.contains(&"--simulate") {
            &[]
        } else {
            &[("DSR_MODE", "simulation")]
        };
        let made = home
            .run_with(create.iter().chain(said), variables, "")
            .ends_with(0);
        assert_eq!(made.json()["created"], true);
    }
}

#[test]
fn a_dry_run_needs_neither_and_changes_nothing() {
    let home = Home::new();
    let dry = ["setup", "oauth-client", "--dry-run", "--output", "json"];
    for _ in 0..2 {
        assert_eq!(home.run(dry).ends_with(0).json()["created"], false);
    }
}

#[test]
fn the_steering_of_the_simulation_is_simulation_whatever_else_is_said() {
    let home = Home::new();
    home.configure("[profiles.default]\nmode = \"live\"\n");
    let ran = home.run(["simulator", "clock", "--output", "json"]).ends_with(0);
    assert_eq!(ran.json()["mode"], "simulation");
    assert!(ran.stderr.starts_with("SIMULATION"));
}

#[test]
fn live_without_anything_configured_says_what_to_do() {
    let home = Home::new();
    let ran = home.run(["whoami", "--live", "--output", "json"]).ends_with(3);
    assert!(ran.error()["next"].as_str().unwrap().contains("dsr setup"));
    let ran = home
        .run_with(
            ["whoami", "--live", "--output", "json"],
            &[("GENESYSCLOUD_REGION", "eu-central-1")],
            "",
        )
        .ends_with(4);
    assert_eq!(ran.error()["kind"], "authentication");
}

#[test]
fn plain_http_is_for_loopback_addresses_only() {
    let home = Home::new();
    let url = [("DSR_GENESYS_CLOUD_URL", "http://api.example.org")];
    let ran = home
        .run_with(["whoami", "--live", "--output", "json"], &url, "")
        .ends_with(3);
    assert!(ran.error()["message"].as_str().unwrap().contains("plain http"));
}
