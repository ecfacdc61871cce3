//! The configuration file and its layers.

use std::path::Path;

use dsr_console::config::{Address, Config, Env, Overrides, cdds, schema};
use dsr_console::domain::failure::FailureKind;

use crate::support::Home;

const EXAMPLE: &str = include_str!("../../config.example.toml");

#[track_caller]
fn problem_of(text: &str) -> dsr_console::config::Problem {
    let home = Home::new();
    home.configure(text);
    let (_, mut problems) = Config::inspect(home.places(), Env::default(), &Overrides::default());
    assert_eq!(problems.len(), 1, "{problems:#?}");
    problems.remove(0)
}

#[test]
fn the_sample_is_right_and_says_the_defaults() {
    let (with, without) = (Home::new(), Home::new());
    with.configure(EXAMPLE);
    let sample = with.load(&[]).unwrap();
    let defaults = without.load(&[]).unwrap();
    assert_eq!(sample.console.theme, defaults.console.theme);
    assert_eq!(sample.console.remask_after, defaults.console.remask_after);
    let values = |config: &Config| -> Vec<_> {
        let shown = config.shown.iter().filter(|shown| shown.key != "keys");
        shown
            .map(|shown| (shown.key.clone(), shown.value.clone()))
            .collect()
    };
    assert_eq!(values(&sample), values(&defaults));
    let exports = cdds::keys();
    for key in schema::TOP.iter().chain(&schema::PROFILE).chain(&exports) {
        let here = EXAMPLE.lines().any(|line| {
            let rest = line.trim_start_matches('#').strip_prefix(key.name);
            let commented = line.starts_with('#');
            rest.is_some_and(|rest| rest.starts_with(" = ")) && commented == key.default.is_none()
        });
        assert!(here, "{} does not stand in the sample as it should", key.name);
    }
}

#[test]
fn every_example_in_the_sample_is_accepted() {
    let mut table = String::new();
    let mut within = Vec::new();
    for line in EXAMPLE.lines() {
        if let Some(name) = line.strip_prefix('[') {
            table = name.trim_end_matches(']').to_owned();
        }
        within.push((table.clone(), line));
    }
    let examples = within.iter().filter(|(_, line)| {
        let mut characters = line.chars();
        characters.next() == Some('#') && characters.next().is_some_and(|c| c.is_ascii_lowercase())
    });
    let mut count = 0;
    for (table, example) in examples {
        // What stands at the top names files, which are read at once; they have tests of their own.
        if table.is_empty() {
            continue;
        }
        count += 1;
        let line = example.trim_start_matches('#');
        let home = Home::new();
        home.configure(&format!("[{table}]\n{line}\n"));
        let (_, problems) = Config::inspect(home.places(), Env::default(), &Overrides::default());
        let alone = problems
            .iter()
            .filter(|problem| !problem.message.contains("means nothing without"));
        assert_eq!(alone.count(), 0, "{line}: {problems:#?}");
    }
    assert!(count > 20, "only {count} examples were found");
}

#[test]
fn an_unknown_key_is_refused_with_file_line_key_and_the_nearest_known_one() {
    let problem = problem_of("profile = \"acme\"\n\n[profiles.acme]\nregoin = \"eu-central-1\"\n");
    assert_eq!(problem.line, Some(4));
    assert_eq!(problem.key.as_deref(), Some("profiles.acme.regoin"));
    assert_eq!(
        problem.remedy.as_deref(),
        Some("The nearest known key is region.")
    );
    assert!(problem.file.unwrap().ends_with("config/dsr/config.toml"));

    let problem = problem_of("region = \"eu-central-1\"\n");
    assert_eq!(
        problem.remedy.as_deref(),
        Some("region belongs under [profiles.NAME].")
    );
    let problem = problem_of("[profile.acme]\n");
    assert_eq!(problem.line, Some(1));
}

#[test]
fn a_wrong_type_is_told_with_its_line_and_key_and_without_its_value() {
    for (line, word) in [
        (
            "client_secret = 12345678",
            "a text in quotes is expected here, not a whole number",
        ),
        ("quiet_period = 10", "not a whole number"),
        ("quiet_period = \"soon-4711\"", "is not a span of time"),
        (
            "quiet_period = \"1 month\"",
            "days, hours, minutes and seconds only",
        ),
        ("mode = \"live-4711\"", "\"live\" or \"simulation\" is expected"),
        ("default_country = \"Germany-4711\"", "two letters"),
        ("time_zone = \"Europe/4711\"", "a time zone"),
        ("client_secret_fd = 1", "the number of an open file"),
        ("secret_command = []", "a command"),
        ("secret_command = [4711]", "a command"),
        ("organization = \"\"", "empty"),
        ("organization = [\"4711\"]", "not a list"),
    ] {
        let problem = problem_of(&format!("[profiles.p]\n\n{line}\n"));
        assert_eq!(problem.line, Some(3), "{line}");
        assert!(
            problem.key.as_deref().unwrap().starts_with("profiles.p."),
            "{line}"
        );
        let sentence = problem.sentence();
        assert!(sentence.contains(word), "{sentence}");
        assert!(
            !sentence.contains("4711") && !sentence.contains("12345678"),
            "{sentence}"
        );
    }
}

#[test]
fn broken_toml_is_told_by_its_line_and_nothing_of_it_is_repeated() {
    let home = Home::new();
    home.configure("[profiles.p]\nclient_secret = \"made-up-4711\nregion = \"x\"\n");
    let failure = home.load(&[]).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Configuration);
    assert!(failure.message.contains("line 2"), "{}", failure.message);
    assert!(!failure.message.contains("4711"), "{}", failure.message);
}

#[test]
fn what_contradicts_itself_is_refused() {
    let both = problem_of("[profiles.p]\nregion = \"eu-central-1\"\napi_url = \"https://api.example.org\"\n");
    assert_eq!(both.line, Some(3));
    let twice = problem_of("[profiles.p]\nclient_secret_env = \"A\"\nsecret_command = \"true\"\n");
    assert!(twice.message.contains("say the same thing twice"), "{twice:?}");
    let half = problem_of("[profiles.p]\nshared_store = \"/srv/dsr\"\n");
    assert!(half.message.contains("shared_group"), "{half:?}");
}

#[test]
fn several_problems_are_all_found_and_the_first_is_told() {
    let home = Home::new();
    home.configure("colour = 1\n[profiles.p]\nregoin = \"a\"\nmode = 3\n");
    let (_, problems) = Config::inspect(home.places(), Env::default(), &Overrides::default());
    let lines: Vec<_> = problems.iter().map(|problem| problem.line).collect();
    assert_eq!(lines, [Some(1), Some(3), Some(4)]);
    let failure = home.load(&[]).unwrap_err();
    assert!(
        failure.message.contains("and 2 more problems"),
        "{}",
        failure.message
    );
    assert!(failure.next.unwrap().contains("dsr config check"));
    let told = home.run(["config", "check", "--output", "json"]).ends_with(3);
    let items = told.json()["items"].as_array().unwrap().len();
    assert_eq!(items, 3);
    assert_eq!(told.error()["kind"], "configuration");
}

#[test]
fn a_file_with_a_secret_that_others_can_read_is_refused() {
    let secret = "[profiles.p]\nclient_secret = \"made-up-4711\"\n";
    for (mode, right) in [
        (0o600, true),
        (0o400, true),
        (0o640, false),
        (0o604, false),
        (0o644, false),
    ] {
        let home = Home::new();
        home.write("config/dsr/config.toml", secret, mode);
        let loaded = home.load(&[]);
        assert_eq!(loaded.is_ok(), right, "{mode:o}");
        if let Err(failure) = loaded {
            assert!(
                failure.message.contains("can be read by others"),
                "{}",
                failure.message
            );
            assert!(!failure.message.contains("4711"));
        }
    }
    let home = Home::new();
    home.write(
        "config/dsr/config.toml",
        "[profiles.p]\nregion = \"eu-central-1\"\n",
        0o644,
    );
    assert!(
        home.load(&[]).is_ok(),
        "a file without secrets may be read by all"
    );
}

#[test]
fn the_environment_goes_before_the_file_and_the_file_before_the_defaults() {
    let home = Home::new();
    home.configure(
        "profile = \"acme\"\n[profiles.acme]\nregion = \"eu-central-1\"\nclient_id = \"from-file\"\n\
         quiet_period = \"20m\"\n[profiles.other]\nclient_id = \"other\"\n",
    );
    let plain = home.load(&[]).unwrap();
    assert_eq!(plain.profile.name, "acme");
    assert_eq!(plain.profile.client_id.as_deref(), Some("from-file"));
    assert_eq!(plain.profile.quiet_period.as_secs(), 1200);
    assert_eq!(plain.profile.timeouts.connect.as_secs(), 10);

    let env = [
        ("GENESYSCLOUD_OAUTHCLIENT_ID", "from-env"),
        ("DSR_GENESYS_CLOUD_URL", "http://127.0.0.1:4711"),
        ("GENESYSCLOUD_REGION", ""),
    ];
    let laid_over = home.load(&env).unwrap();
    assert_eq!(laid_over.profile.client_id.as_deref(), Some("from-env"));
    let address = Address::At {
        api: "http://127.0.0.1:4711".to_owned(),
        login: "http://127.0.0.1:4711".to_owned(),
    };
    assert_eq!(laid_over.profile.address, Some(address));
    let other = laid_over.profile_named(Some("other")).unwrap();
    assert_eq!(
        other.client_id.as_deref(),
        Some("other"),
        "the environment is for the chosen profile"
    );

    let chosen = home.load(&[("DSR_PROFILE", "other")]).unwrap();
    assert_eq!(chosen.profile.name, "other");
    let overrides = Overrides {
        profile: Some("acme".to_owned()),
        ..Overrides::default()
    };
    let flagged = Config::load(home.places(), Env::of([("DSR_PROFILE", "other")]), &overrides).unwrap();
    assert_eq!(flagged.profile.name, "acme", "a flag goes before the environment");
}

#[test]
fn a_client_from_the_environment_has_a_store_of_its_own() {
    let home = Home::new();
    home.configure("[profiles.default]\nregion = \"eu-central-1\"\nclient_id = \"one\"\nstore = \"acme\"\n");
    assert_eq!(home.load(&[]).unwrap().profile.store.as_deref(), Some("acme"));
    for variable in [
        "GENESYSCLOUD_OAUTHCLIENT_ID",
        "GENESYSCLOUD_REGION",
        "DSR_GENESYS_CLOUD_URL",
    ] {
        let config = home.load(&[(variable, "other")]).unwrap();
        assert_eq!(config.profile.store, None, "{variable}");
    }
}

#[test]
fn a_file_with_a_command_that_others_can_change_is_refused() {
    for (mode, right) in [(0o600, true), (0o644, true), (0o664, false), (0o646, false)] {
        let home = Home::new();
        let text = "[profiles.p]\nsecret_command = \"true\"\n";
        home.write("config/dsr/config.toml", text, mode);
        assert_eq!(home.load(&[]).is_ok(), right, "{mode:o}");
    }
}

#[test]
fn waiting_times_that_cannot_work_are_refused() {
    let zero = problem_of("[profiles.p]\nread_timeout = \"0s\"\n");
    assert_eq!(zero.line, Some(2));
    assert_eq!(zero.key.as_deref(), Some("profiles.p.read_timeout"));
    let short = problem_of("[profiles.p]\nconnect_timeout = \"10s\"\nmutation_timeout = \"10s\"\n");
    assert_eq!(short.line, Some(3));
}

#[test]
fn a_profile_that_does_not_exist_is_told_with_the_nearest() {
    let home = Home::new();
    home.configure("[profiles.acme]\nregion = \"eu-central-1\"\n");
    let failure = home.load(&[("DSR_PROFILE", "amce")]).unwrap_err();
    assert_eq!(
        failure.next.as_deref(),
        Some("The nearest known profile is acme.")
    );
    home.run(["--profile", "amce", "config", "show"]).ends_with(3);
}

#[test]
fn paths_are_taken_from_the_file_they_stand_in() {
    let home = Home::new();
    let file = home.write(
        "etc/own.toml",
        "[profiles.default]\nca_file = \"ca.pem\"\ndownloads = \"/srv/x\"\n",
        0o600,
    );
    let overrides = Overrides {
        file: Some(file.clone()),
        ..Overrides::default()
    };
    let config = Config::load(home.places(), Env::default(), &overrides).unwrap();
    assert_eq!(
        config.profile.ca_file.as_deref(),
        Some(file.with_file_name("ca.pem").as_path())
    );
    assert_eq!(config.profile.downloads.as_deref(), Some(Path::new("/srv/x")));
}

#[test]
fn a_file_that_was_named_must_be_there() {
    let home = Home::new();
    let failure = home.load(&[("DSR_CONFIG", "/nowhere/at/all.toml")]).unwrap_err();
    assert!(
        failure.message.contains("/nowhere/at/all.toml"),
        "{}",
        failure.message
    );
    home.run(["--config", "absent.toml", "whoami"]).ends_with(3);
}

#[test]
fn the_key_table_is_handed_on_and_checked_by_name() {
    let home = Home::new();
    home.configure("[keys.queue]\nrefresh = \"R\"\n");
    assert_eq!(
        home.load(&[]).unwrap().console.keys.as_deref(),
        Some("[queue]\nrefresh = \"R\"\n")
    );
    home.run(["config", "check"]).ends_with(0);
    home.configure("[keys.queue]\nrefrehs = \"R\"\n");
    let told = home.run(["config", "check", "--output", "json"]).ends_with(3);
    let message = told.json()["items"][0]["message"].as_str().unwrap().to_owned();
    assert!(message.contains("`refresh`"), "{message}");
}

#[test]
fn config_path_names_the_file_that_would_be_read() {
    let home = Home::new();
    let told = home.run(["config", "path"]).ends_with(0);
    assert_eq!(
        told.stdout.trim(),
        home.path("config/dsr/config.toml").display().to_string()
    );
    let told = home.run_with(
        ["config", "path", "--output", "json"],
        &[("DSR_CONFIG", "/x/y.toml")],
        "",
    );
    assert_eq!(told.json()["path"], "/x/y.toml");
    assert_eq!(told.json()["exists"], false);
    home.configure("broken = = 1\n");
    home.run(["config", "path"]).ends_with(0);
}

#[test]
fn a_region_that_does_not_exist_is_found_by_the_check() {
    let home = Home::new();
    home.configure("[profiles.p]\nregion = \"eu-centrall-1\"\n");
    let told = home.run(["config", "check", "--output", "json"]).ends_with(3);
    let item = &told.json()["items"][0];
    assert_eq!(item["key"], "profiles.p.region");
    assert!(
        item["remedy"].as_str().unwrap().contains("eu-central-1"),
        "{item}"
    );
}
