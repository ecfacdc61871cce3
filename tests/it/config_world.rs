//! The worlds that a configuration makes: where they lie, who may read them, and what they share.

use dsr_console::domain::mode::Mode;
use dsr_console::world::{self, Scenario, Selection};

use crate::support::{Home, mode_of};

fn selection(mode: Mode) -> Selection {
    Selection {
        mode,
        profile: None,
        scenario: Scenario::BuiltIn("default".to_owned()),
    }
}

#[tokio::test]
async fn each_mode_and_organisation_has_a_place_of_its_own() {
    let home = Home::new();
    let mut places = Vec::new();
    for client in ["one", "two"] {
        let variables = [
            ("GENESYSCLOUD_REGION", "eu-central-1"),
            ("GENESYSCLOUD_OAUTHCLIENT_ID", client),
        ];
        let config = home.load(&variables).unwrap();
        for mode in [Mode::Live, Mode::Simulation] {
            let world = world::build(&config, &selection(mode)).await.unwrap();
            assert_eq!(world.mode, mode);
            places.push((
                mode,
                world.store.path().to_owned(),
                world.settings.downloads.clone(),
            ));
        }
    }
    let [
        (_, live_one, d1),
        (_, simulated, d2),
        (_, live_two, d3),
        (_, again, _),
    ] = &places[..]
    else {
        panic!("{places:?}");
    };
    assert_eq!(simulated, again, "the simulated organisation is one");
    assert_ne!(live_one, live_two);
    assert_ne!(live_one, simulated);
    assert!(d1 != d2 && d1 != d3);
}

#[tokio::test]
async fn a_named_store_outlives_its_oauth_client() {
    let home = Home::new();
    let mut paths = Vec::new();
    for client in ["one", "two"] {
        home.configure(&format!(
            "[profiles.default]\nregion = \"eu-central-1\"\nclient_id = \"{client}\"\nstore = \"acme\"\n"
        ));
        let config = home.load(&[]).unwrap();
        let world = world::build(&config, &selection(Mode::Live)).await.unwrap();
        paths.push(world.store.path().to_owned());
    }
    assert_eq!(paths[0], paths[1]);
}

#[test]
fn everything_that_is_written_is_for_its_owner_alone() {
    let home = Home::new();
    // A generous mask of the shell that starts the program must not matter.
    let line = format!("umask 000; exec {} whoami", env!("CARGO_BIN_EXE_dsr"));
    let mut command = std::process::Command::new("/bin/sh");
    command.args(["-c", &line]).env("HOME", home.path(""));
    for (name, place) in [("CONFIG", "config"), ("DATA", "data"), ("STATE", "state")] {
        command.env(format!("XDG_{name}_HOME"), home.path(place));
    }
    assert!(command.output().unwrap().status.success());
    let mut count = 0;
    let mut open = vec![home.path("data/dsr"), home.path("state/dsr")];
    while let Some(path) = open.pop() {
        count += 1;
        assert_eq!(
            mode_of(&path) & 0o077,
            0,
            "{} {:o}",
            path.display(),
            mode_of(&path)
        );
        if path.is_dir() {
            open.extend(
                std::fs::read_dir(&path)
                    .unwrap()
                    .map(|entry| entry.unwrap().path()),
            );
        }
    }
    assert!(count >= 6, "{count} files were looked at");
}

#[tokio::test]
async fn two_operators_share_a_store_that_a_directory_of_their_group_holds() {
    use std::os::unix::fs::PermissionsExt;
    let (first, second, shared) = (Home::new(), Home::new(), Home::new());
    let directory = shared.path("dsr");
    std::fs::create_dir(&directory).unwrap();
    std::fs::set_permissions(&directory, std::fs::Permissions::from_mode(0o2770)).unwrap();
    let group = rustix::process::getegid().as_raw();
    let mut paths = Vec::new();
    for (home, profile) in [(&first, "mine"), (&second, "ours")] {
        home.configure(&format!(
            "profile = \"{profile}\"\n[profiles.{profile}]\nregion = \"eu-central-1\"\nclient_id = \"one\"\n\
             shared_store = \"{}\"\nshared_group = \"{group}\"\n",
            directory.display()
        ));
        let config = home.load(&[]).unwrap();
        let world = world::build(&config, &selection(Mode::Live)).await.unwrap();
        paths.push(world.store.path().to_owned());
        assert!(
            world.settings.downloads.starts_with(home.path("")),
            "downloads stay with each"
        );
    }
    assert_eq!(paths[0], paths[1]);
    assert_eq!(mode_of(&paths[0]), 0o660);
}

#[test]
fn a_crash_would_leave_no_image_of_the_memory() {
    let home = Home::new();
    let served = home.serve("default");
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", served.id())).unwrap();
    let core = limits
        .lines()
        .find(|line| line.starts_with("Max core file size"))
        .unwrap();
    let words: Vec<_> = core.split_whitespace().skip(4).take(2).collect();
    assert_eq!(words, ["0", "0"], "{core}");
}

#[tokio::test]
async fn a_loopback_address_is_marked_as_a_test() {
    let home = Home::new();
    for (url, test) in [
        ("http://127.0.0.1:9", true),
        ("http://localhost:9", true),
        ("https://api.example.org", false),
    ] {
        let config = home.load(&[("DSR_GENESYS_CLOUD_URL", url)]).unwrap();
        let world = world::build(&config, &selection(Mode::Live)).await.unwrap();
        assert_eq!(world.test, test, "{url}");
    }
}

#[tokio::test]
async fn a_group_that_does_not_exist_is_told() {
    let home = Home::new();
    home.configure(
        "[profiles.default]\nregion = \"eu-central-1\"\nshared_store = \"/srv/dsr\"\nshared_group = \"no-such-group\"\n",
    );
    let config = home.load(&[]).unwrap();
    let failure = world::build(&config, &selection(Mode::Live)).await.err().unwrap();
    assert!(failure.message.contains("no-such-group"), "{}", failure.message);
}

#[test]
fn the_log_holds_no_identifier_at_any_level() {
    let home = Home::new();
    let word = "zeltlager-4711@example.org";
    home.run(["subjects", "search", "-vvv", "--email", word]);
    let directory = home.path("state/dsr/log");
    let mut text = String::new();
    for entry in std::fs::read_dir(&directory).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(mode_of(&path), 0o600);
        text.push_str(&std::fs::read_to_string(path).unwrap());
    }
    assert!(text.contains("world built"), "{text}");
    assert!(!text.contains("zeltlager"), "{text}");
}
