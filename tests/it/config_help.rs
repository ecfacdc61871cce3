//! Help, version, completions and manual page; usage errors.

use crate::support::Home;

/// The commit is another one each day.
fn steady(text: &str) -> String {
    let version = dsr_console::cli::version();
    text.replace(version, "VERSION")
}

#[test]
fn the_version_carries_the_commit() {
    let ran = Home::new().run(["--version"]).ends_with(0);
    let (name, rest) = ran.stdout.trim().split_once(' ').unwrap();
    assert_eq!(name, "dsr");
    let (number, commit) = rest.split_once(' ').unwrap();
    assert_eq!(number, env!("CARGO_PKG_VERSION"));
    let hash = commit.trim_matches(['(', ')']);
    assert!(
        hash.len() >= 7 && hash.chars().all(|c| c.is_ascii_hexdigit()),
        "{commit}"
    );
}

#[test]
fn help_goes_to_standard_output_and_ends_with_zero() {
    let ran = Home::new().run(["-h"]).ends_with(0);
    assert!(ran.stderr.is_empty());
    insta::assert_snapshot!("help", steady(&ran.stdout));
}

#[test]
fn the_manual_page_has_every_command() {
    let ran = Home::new().run(["man"]).ends_with(0);
    insta::assert_snapshot!("man", steady(&ran.stdout));
}

#[test]
fn completions_are_made_for_each_shell() {
    let home = Home::new();
    for shell in ["bash", "zsh", "fish"] {
        let ran = home.run(["completions", shell]).ends_with(0);
        for command in ["simulator", "import-gc", "whoami"] {
            assert!(ran.stdout.contains(command), "{shell}: {command}");
        }
    }
    let fish = home.run(["completions", "fish"]);
    insta::assert_snapshot!("completions_fish", fish.stdout);
}

#[test]
fn these_work_although_the_configuration_is_broken() {
    let home = Home::new();
    home.configure("nonsense = 1\n");
    for arguments in [
        &["man"][..],
        &["completions", "bash"],
        &["config", "path"],
        &["--help"],
    ] {
        home.run(arguments).ends_with(0);
    }
    home.run(["whoami"]).ends_with(3);
}

#[test]
fn a_usage_error_ends_with_two_and_is_json_when_asked_for() {
    let home = Home::new();
    for arguments in [
        &["nonsense"][..],
        &["requests", "--nonsense"],
        &["simulator", "serve", "--listen", "nowhere"],
        &["requests"],
        &["--output", "xml", "whoami"],
    ] {
        let ran = home.run(arguments).ends_with(2);
        assert!(ran.stdout.is_empty() && !ran.stderr.is_empty(), "{arguments:?}");
        let json = home.run(arguments.iter().chain(&["--output=json"]));
        if arguments[0] != "--output" {
            assert_eq!(json.ends_with(2).error()["kind"], "usage", "{arguments:?}");
        }
    }
}

#[test]
fn a_stray_word_is_not_repeated_because_it_can_be_an_identifier() {
    let home = Home::new();
    for output in ["table", "json"] {
        let ran = home
            .run([
                "subjects",
                "search",
                "anna.muster@example.org",
                "--output",
                output,
            ])
            .ends_with(2);
        assert!(!ran.stderr.contains("anna.muster"), "{}", ran.stderr);
    }
}

#[test]
fn global_options_stand_before_or_after_the_verb() {
    let home = Home::new();
    for arguments in [
        ["--output", "json", "simulator", "scenarios"],
        ["simulator", "--output", "json", "scenarios"],
        ["simulator", "scenarios", "--output", "json"],
    ] {
        let ran = home.run(arguments).ends_with(0);
        assert_eq!(ran.json()["mode"], "simulation");
    }
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let home = Home::new();
    let mut command = home.command(["simulator", "scenarios"]);
    let mut child = command.spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && !stderr.contains("panic"), "{stderr}");
}

#[test]
fn a_full_disk_under_standard_output_is_told() {
    let home = Home::new();
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let output = home
        .command(["simulator", "scenarios"])
        .stdout(full)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("Standard output"));
}
