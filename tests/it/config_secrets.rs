//! Secrets: where they come from, and that they show nowhere.

use dsr_console::domain::failure::FailureKind;
use secrecy::ExposeSecret;

use crate::support::Home;

/// Made up for this run, so that it cannot stand in any file by chance.
fn made_up() -> String {
    format!("made-up-{}", uuid::Uuid::new_v4())
}

fn read(home: &Home, variables: &[(&str, &str)]) -> Result<String, dsr_console::domain::failure::Failure> {
    let config = home.load(variables).unwrap();
    let secret = config.profile.client_secret.as_ref().unwrap();
    secret
        .read(&config.env)
        .map(|secret| secret.expose_secret().to_owned())
}

#[test]
fn a_secret_comes_from_a_file_a_variable_or_a_command() {
    let secret = made_up();
    let home = Home::new();
    home.write("config/dsr/s/one", &format!("{secret}\n"), 0o600);
    home.configure("[profiles.default]\nclient_secret_file = \"s/one\"\n");
    assert_eq!(read(&home, &[]).unwrap(), secret);

    home.configure("[profiles.default]\nclient_secret_env = \"OWN_VARIABLE\"\n");
    assert_eq!(read(&home, &[("OWN_VARIABLE", &secret)]).unwrap(), secret);
    let missing = read(&home, &[]).unwrap_err();
    assert!(missing.message.contains("OWN_VARIABLE"), "{}", missing.message);

    home.configure(&format!(
        "[profiles.default]\nsecret_command = [\"printf\", \"%s\\\\n\", \"{secret}\"]\n"
    ));
    assert_eq!(read(&home, &[]).unwrap(), secret);
    home.configure(&format!(
        "[profiles.default]\nsecret_command = \"echo {secret} | tr a-z A-Z\"\n"
    ));
    assert_eq!(read(&home, &[]).unwrap(), secret.to_uppercase());

    let path = home.write("elsewhere", &secret, 0o600);
    let variable = [("GENESYSCLOUD_OAUTHCLIENT_SECRET_FILE", path.to_str().unwrap())];
    assert_eq!(
        read(&home, &variable).unwrap(),
        secret,
        "a variable goes before the file"
    );
}

#[test]
fn a_secret_file_that_others_can_read_is_refused() {
    let secret = made_up();
    let home = Home::new();
    home.write("config/dsr/one", &secret, 0o644);
    home.configure("[profiles.default]\nclient_secret_file = \"one\"\n");
    let failure = read(&home, &[]).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Configuration);
    assert!(
        failure.message.contains("can be read by others"),
        "{}",
        failure.message
    );
    home.run(["config", "check"]).ends_with(3);
}

#[test]
fn a_command_that_fails_or_prints_nothing_gives_no_secret() {
    let home = Home::new();
    for (command, word) in [
        ("echo secret; exit 3", "failed"),
        ("true", "holds no secret"),
        ("head -c 70000 /dev/zero | tr '\\\\0' x", "too large"),
    ] {
        home.configure(&format!("[profiles.default]\nsecret_command = \"{command}\"\n"));
        let failure = read(&home, &[]).unwrap_err();
        assert!(failure.message.contains(word), "{command}: {}", failure.message);
        assert!(!failure.message.contains("echo"), "{}", failure.message);
    }
}

#[test]
fn an_open_file_gives_a_secret_to_the_program() {
    let secret = made_up();
    let home = Home::new();
    let served = home.serve("default");
    let file = home.write("secret", &served.client_secret, 0o600);
    let _ = secret;
    let config = format!(
        "[profiles.default]\nmode = \"live\"\napi_url = \"{}\"\nclient_id = \"{}\"\nclient_secret_fd = 9\n",
        served.url, served.client_id
    );
    home.configure(&config);
    let line = format!("exec {} whoami 9<{}", env!("CARGO_BIN_EXE_dsr"), file.display());
    let mut command = std::process::Command::new("/bin/bash");
    command
        .args(["-c", &line])
        .env("XDG_CONFIG_HOME", home.path("config"))
        .env("XDG_DATA_HOME", home.path("data"))
        .env("XDG_STATE_HOME", home.path("state"));
    let output = command.output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn no_secret_shows_in_output_errors_logs_or_debug_texts() {
    let (client, token, proxy) = (made_up(), made_up(), made_up());
    let home = Home::new();
    home.configure(&format!(
        "[profiles.default]\nregion = \"eu-central-1\"\nclient_id = \"id\"\nclient_secret = \"{client}\"\n\
         access_token = \"{token}\"\nproxy = \"http://me:{proxy}@127.0.0.1:9\"\n"
    ));
    let mut seen = String::new();
    for arguments in [
        &["config", "show"][..],
        &["config", "show", "--output", "json", "--reveal"],
        &["config", "show", "--output", "csv"],
        &["config", "check", "-vv"],
        &["doctor", "--live", "-vv"],
        &["whoami", "--live", "-vv", "--output", "json"],
    ] {
        let ran = home.run(arguments);
        seen.push_str(&ran.stdout);
        seen.push_str(&ran.stderr);
    }
    assert!(seen.contains("(set, not shown)"));
    for entry in std::fs::read_dir(home.path("state/dsr/log")).unwrap() {
        seen.push_str(&std::fs::read_to_string(entry.unwrap().path()).unwrap());
    }
    seen.push_str(&format!("{:?}", home.load(&[]).unwrap()));
    for secret in [client, token, proxy] {
        assert!(!seen.contains(&secret), "a secret shows");
    }
}

#[test]
fn config_show_says_where_each_value_came_from() {
    let home = Home::new();
    let file = home.configure("[profiles.default]\nclient_id = \"one\"\n");
    let ran = home
        .run_with(
            ["config", "show", "--output", "json"],
            &[("GENESYSCLOUD_REGION", "eu-west-2")],
            "",
        )
        .ends_with(0);
    let document = ran.json();
    let of = |key: &str| {
        let items = document["items"].as_array().unwrap();
        items.iter().find(|item| item["key"] == key).unwrap().clone()
    };
    assert_eq!(
        of("profiles.default.region")["source"],
        "environment GENESYSCLOUD_REGION"
    );
    assert_eq!(
        of("profiles.default.client_id")["source"],
        format!("{}:2", file.display())
    );
    assert_eq!(of("profiles.default.quiet_period")["source"], "default");
    assert_eq!(of("profiles.default.api_url")["value"], serde_json::Value::Null);
}
