//! Setting up: profiles written, taken over from `gc`, OAuth clients created.

use crate::support::{Home, mode_of};

const GC: &str = "[default]\nenvironment = \"mypurecloud.de\"\nclient_credentials = \"id-one\"\n\
                  client_secret = \"made-up-4711\"\ngrant_type = 1\n\n\
                  [token]\nenvironment = \"mec1.pure.cloud\"\naccess_token = \"made-up-4712\"\n";

#[test]
fn import_gc_shows_first_writes_privately_and_never_prints_a_secret() {
    let home = Home::new();
    home.write(".gc/config.toml", GC, 0o600);
    let dry = home.run(["setup", "import-gc", "--dry-run"]).ends_with(0);
    assert!(
        dry.stderr.contains("id-one") && dry.stderr.contains("mypurecloud.de"),
        "{}",
        dry.stderr
    );
    assert!(!home.path("config/dsr").exists(), "a dry run writes nothing");
    home.run(["setup", "import-gc"]).ends_with(2);
    assert!(
        !home.path("config/dsr/config.toml").exists(),
        "nothing is written without consent"
    );

    let done = home
        .run(["setup", "import-gc", "--yes", "--output", "json"])
        .ends_with(0);
    assert_eq!(done.json()["items"].as_array().unwrap().len(), 2);
    for text in [&dry.stdout, &dry.stderr, &done.stdout, &done.stderr] {
        assert!(!text.contains("made-up"), "{text}");
    }
    let file = home.path("config/dsr/config.toml");
    assert_eq!(mode_of(&file), 0o600);
    assert!(!std::fs::read_to_string(&file).unwrap().contains("made-up"));
    let secret = home.path("config/dsr/secrets/default");
    assert_eq!(mode_of(&secret), 0o600);
    assert_eq!(std::fs::read_to_string(&secret).unwrap(), "made-up-4711\n");
    let config = home.load(&[]).unwrap();
    assert_eq!(config.profile.client_id.as_deref(), Some("id-one"));
    assert!(
        config
            .profile_named(Some("token"))
            .unwrap()
            .access_token
            .is_some()
    );
    home.run(["config", "check"]).ends_with(0);
}

#[test]
fn import_gc_does_not_overwrite_a_profile() {
    let home = Home::new();
    home.write(".gc/config.toml", GC, 0o600);
    let before = "# mine\n[profiles.default]\nregion = \"eu-west-2\"\n";
    let file = home.configure(before);
    let ran = home
        .run(["setup", "import-gc", "--yes", "--output", "json"])
        .ends_with(1);
    assert_eq!(ran.error()["kind"], "conflict");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), before);
    assert!(!home.path("config/dsr/secrets").exists());
    home.run(["setup", "import-gc", "--yes", "--gc-profile", "token"])
        .ends_with(0);
    let after = std::fs::read_to_string(&file).unwrap();
    assert!(after.starts_with(before), "{after}");
}

#[test]
fn import_gc_says_what_is_wrong_with_the_file() {
    let home = Home::new();
    home.run(["setup", "import-gc", "--yes"]).ends_with(3);
    home.write(".gc/config.toml", "[a]\nclient_secret = \"made-up-4711\nx", 0o600);
    let ran = home.run(["setup", "import-gc", "--yes"]).ends_with(3);
    assert!(
        ran.stderr.contains("TOML") && !ran.stderr.contains("4711"),
        "{}",
        ran.stderr
    );
    home.write(".gc/config.toml", GC, 0o600);
    home.run(["setup", "import-gc", "--yes", "--gc-profile", "absent"])
        .ends_with(3);
}

#[test]
fn a_profile_is_set_up_and_checked_against_its_organisation() {
    let home = Home::new();
    let served = home.serve("default");
    let setup = |name: &str, secret: &str| {
        let arguments = [
            "setup",
            "--profile",
            name,
            "--api-url",
            &served.url,
            "--client-id",
            &served.client_id,
            "--secret-stdin",
            "--default-country",
            "de",
            "--default-mode",
            "live",
            "--yes",
            "--output",
            "json",
        ];
        home.run_with(arguments, &[], secret)
    };
    let ran = setup("acme", &format!("{}\n", served.client_secret)).ends_with(0);
    assert_eq!(ran.json()["checked"], true);
    assert!(ran.stderr.is_ascii() || !ran.stderr.contains(&served.client_secret));
    assert_eq!(mode_of(&home.path("config/dsr/config.toml")), 0o600);
    assert_eq!(mode_of(&home.path("config/dsr/secrets/acme")), 0o600);

    let who = home
        .run(["whoami", "--profile", "acme", "--output", "json"])
        .ends_with(0);
    assert_eq!(who.json()["mode"], "live");
    assert_eq!(who.json()["organization"], "Example Contact Centre");
    assert!(who.stderr.starts_with("LIVE (test)"), "{}", who.stderr);

    let again = setup("acme", "other\n").ends_with(1);
    assert_eq!(again.error()["kind"], "conflict");
    let wrong = setup("wrong", "other\n").ends_with(4);
    assert_eq!(wrong.error()["kind"], "authentication");
}

#[test]
fn what_is_missing_is_named_where_nobody_can_be_asked() {
    let home = Home::new();
    let ran = home.run(["setup", "--yes", "--output", "json"]).ends_with(2);
    assert!(ran.error()["message"].as_str().unwrap().contains("--region"));
    let ran = home
        .run(["setup", "--yes", "--region", "eu-centrall-1", "--output", "json"])
        .ends_with(3);
    assert!(ran.error()["next"].as_str().unwrap().contains("eu-central-1"));
    let arguments = [
        "setup",
        "--yes",
        "--region",
        "eu-central-1",
        "--default-country",
        "Germany",
        "--no-check",
    ];
    home.run(arguments).ends_with(3);
    assert!(
        !home.path("config/dsr/config.toml").exists(),
        "what would be wrong is not written"
    );
}

#[test]
fn an_oauth_client_is_created_once_and_its_secret_is_shown_nowhere() {
    let home = Home::new();
    let served = home.serve("default");
    home.configure(&format!(
        "[profiles.acme]\nmode = \"live\"\napi_url = \"{}\"\n",
        served.url
    ));
    let pkce = "5d5e0a1c-51a1-4c1e-9d5a-000000000002";
    crate::config_live::sign_in_by_browser(&home, &["--profile", "acme", "--client-id", pkce]);
    let create = ["setup", "oauth-client", "--profile", "acme", "--output", "json"];
    let dry = home.run(create.iter().chain(&["--dry-run"])).ends_with(0);
    assert!(dry.stderr.is_empty() || !dry.stderr.contains("panicked"));
    let made = home.run(create.iter().chain(&["--yes"])).ends_with(0);
    let secret = std::fs::read_to_string(home.path("config/dsr/secrets/acme")).unwrap();
    assert!(!made.stdout.contains(secret.trim()) && !made.stderr.contains(secret.trim()));
    let id = made.json()["client_id"].as_str().unwrap().to_owned();
    let config = std::fs::read_to_string(home.path("config/dsr/config.toml")).unwrap();
    assert!(
        config.contains(&id) && !config.contains(secret.trim()),
        "{config}"
    );

    home.run(["logout", "--profile", "acme"]).ends_with(0);
    let who = home
        .run(["whoami", "--profile", "acme", "--output", "json"])
        .ends_with(0);
    assert_eq!(who.json()["client_id"], id, "the new client signs in");
    let again = home.run(create.iter().chain(&["--yes"])).ends_with(1);
    assert_eq!(again.error()["kind"], "conflict");
}
