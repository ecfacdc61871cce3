//! The program live against the simulator on TCP: one estate, two ends.

use std::io::{BufRead, BufReader, Read, Write};

use crate::support::Home;

#[test]
fn the_first_line_of_serve_says_where_and_how_to_sign_in() {
    let home = Home::new();
    let served = home.serve("default");
    let told = &served.told;
    assert_eq!(told["mode"], "simulation");
    assert!(served.url.starts_with("http://127.0.0.1:"), "{}", served.url);
    let keys: Vec<_> = told.as_object().unwrap().keys().collect();
    assert_eq!(
        keys,
        ["mode", "genesys_cloud", "gws", "cdds"],
        "nothing is promised that is not simulated"
    );
    assert_eq!(served.terminate(), 0);
}

#[test]
fn only_loopback_addresses_are_served_on() {
    let home = Home::new();
    for address in ["0.0.0.0:0", "192.0.2.1:0", "[::]:0"] {
        home.run(["simulator", "serve", "--listen", address]).ends_with(2);
    }
}

#[test]
fn live_against_the_served_simulator_sees_the_estate_that_simulation_sees() {
    let home = Home::new();
    let served = home.serve("default");
    let live = home
        .run_with(
            ["requests", "list", "--live", "--output", "json"],
            &served.variables(),
            "",
        )
        .ends_with(0);
    assert!(live.stderr.starts_with("LIVE (test)"), "{}", live.stderr);
    let simulated = home
        .run(["requests", "list", "--simulate", "--output", "json"])
        .ends_with(0);
    let ids = |ran: &crate::support::Ran| -> Vec<String> {
        let items = ran.json()["items"].as_array().unwrap().clone();
        items
            .iter()
            .map(|item| item["id"].as_str().unwrap().to_owned())
            .collect()
    };
    assert!(!ids(&live).is_empty());
    assert_eq!(ids(&live), ids(&simulated));
    assert_eq!(live.json()["mode"], "live");
    assert_eq!(simulated.json()["mode"], "simulation");
    let whoami = || {
        home.run_with(["whoami", "--live"], &served.variables(), "")
            .ends_with(0)
    };
    assert!(whoami().stderr.contains("organisation default"));
    let known = whoami().stderr;
    assert!(
        known.contains("organisation Example Contact Centre"),
        "what it calls itself is remembered: {known}"
    );
}

#[test]
fn a_wrong_secret_is_an_authentication_failure() {
    let home = Home::new();
    let served = home.serve("default");
    let mut variables = served.variables();
    variables.retain(|(name, _)| *name != "GENESYSCLOUD_OAUTHCLIENT_SECRET");
    variables.push(("GENESYSCLOUD_OAUTHCLIENT_SECRET", "wrong"));
    let ran = home
        .run_with(["whoami", "--live", "--output", "json"], &variables, "")
        .ends_with(4);
    assert_eq!(ran.error()["kind"], "authentication");
    assert_eq!(ran.error()["system"], "genesys_cloud");
}

#[test]
fn an_address_where_nobody_listens_is_unreachable() {
    let home = Home::new();
    let served = home.serve("default");
    let url = served.url.clone();
    let (id, secret) = (served.client_id.clone(), served.client_secret.clone());
    served.terminate();
    let variables = [
        ("DSR_GENESYS_CLOUD_URL", url.as_str()),
        ("GENESYSCLOUD_OAUTHCLIENT_ID", id.as_str()),
        ("GENESYSCLOUD_OAUTHCLIENT_SECRET", secret.as_str()),
    ];
    let ran = home
        .run_with(["whoami", "--live", "--output", "json"], &variables, "")
        .ends_with(5);
    assert_eq!(ran.error()["changed"], "nothing");
}

#[test]
fn the_clock_that_one_process_advances_is_seen_by_another() {
    let home = Home::new();
    let now = || {
        let ran = home.run(["simulator", "clock", "--output", "json"]).ends_with(0);
        ran.json()["now"]
            .as_str()
            .unwrap()
            .parse::<jiff::Timestamp>()
            .unwrap()
    };
    let before = now();
    home.run(["simulator", "clock", "--advance", "14d"]).ends_with(0);
    let moved = now().duration_since(before).as_hours();
    assert!((14 * 24..14 * 24 + 1).contains(&moved), "{moved} hours");
    home.run(["simulator", "clock", "--advance", "1 month"])
        .ends_with(2);
    home.run(["simulator", "reset"]).ends_with(0);
    assert!(
        now().duration_since(before).as_hours() < 1,
        "a reset takes the advance back"
    );
}

#[test]
fn an_unknown_scenario_is_told_with_what_to_do() {
    let home = Home::new();
    let ran = home.run(["--scenario", "absent", "whoami", "--output", "json"]);
    assert_ne!(ran.code, 0);
    assert!(ran.error()["next"].as_str().unwrap().contains("scenarios"));
}

#[test]
fn doctor_finds_nothing_wrong_with_the_simulation() {
    let home = Home::new();
    let ran = home.run(["doctor", "--output", "json"]).ends_with(0);
    let document = ran.json();
    let items = document["items"].as_array().unwrap();
    assert!(items.len() >= 8);
    // The estate begins with an expired certificate and a file that is about to be lost: to be learned from.
    let lessons = ["cdds certificate", "cdds files"];
    for item in items {
        let expected = match lessons.contains(&item["name"].as_str().unwrap()) {
            true => "warning",
            false => "ok",
        };
        assert_eq!(item["verdict"], expected, "{item:#}");
    }
}

#[test]
fn doctor_tells_what_is_wrong_with_its_remedy_and_ends_with_one() {
    let home = Home::new();
    home.configure("[profiles.default]\nregoin = \"eu-central-1\"\n");
    let ran = home.run(["doctor", "--live", "--output", "json"]).ends_with(1);
    let document = ran.json();
    let first = &document["items"][0];
    assert_eq!(first["verdict"], "failed");
    assert!(first["remedy"].as_str().unwrap().contains("region"), "{first}");
}

#[test]
fn denied_permissions_are_named_and_end_with_four() {
    let home = Home::new();
    let ran = home
        .run(["whoami", "--scenario", "denied", "--output", "json"])
        .ends_with(4);
    let document = ran.json();
    let needed = document["needed"].as_array().unwrap();
    let missing: Vec<_> = needed.iter().filter(|one| one["held"] == false).collect();
    assert!(
        missing.iter().any(|one| one["permission"] == "gdpr:request:add"),
        "{document:#}"
    );
}

#[test]
fn a_person_signs_in_and_out_in_simulation() {
    let home = Home::new();
    let login = home.run(["login", "--output", "json"]).ends_with(0);
    assert!(login.json()["user_id"].is_string(), "{}", login.stdout);
    let who = home.run(["whoami", "--output", "json"]).ends_with(0);
    assert_eq!(who.json()["user_id"], login.json()["user_id"]);
    let out = home.run(["logout", "--output", "json"]).ends_with(0);
    assert_eq!(out.json()["signed_out"], true);
    let who = home.run(["whoami", "--output", "json"]).ends_with(0);
    assert!(who.json()["user_id"].is_null());
    assert_eq!(
        home.run(["logout", "--output", "json"]).json()["signed_out"],
        false
    );
}

/// Runs `dsr login` and plays the browser: opens the address that is shown, and follows it back to
/// the listener.
pub fn sign_in_by_browser(home: &Home, arguments: &[&str]) {
    let mut command = home.command(["login"].iter().chain(arguments));
    let mut child = command.spawn().unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut shown = String::new();
    let address = loop {
        let mut line = String::new();
        assert_ne!(
            stderr.read_line(&mut line).unwrap(),
            0,
            "no address was shown: {shown}"
        );
        shown.push_str(&line);
        if line.starts_with("http") {
            break line.trim().to_owned();
        }
    };
    let back = redirect_of(&address);
    assert!(back.starts_with("http://127.0.0.1:"), "{back}");
    get(&back);
    let mut rest = String::new();
    stderr.read_to_string(&mut rest).unwrap();
    let status = child.wait().unwrap();
    assert!(status.success(), "{rest}");
}

fn redirect_of(address: &str) -> String {
    let answer = get(address);
    let location = answer.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("location")
            .then(|| value.trim().to_owned())
    });
    location.unwrap_or_else(|| panic!("no redirect: {answer}"))
}

/// One plain request on a connection of its own.
fn get(address: &str) -> String {
    let rest = address.strip_prefix("http://").unwrap();
    let (host, path) = rest.split_once('/').unwrap();
    let mut stream = std::net::TcpStream::connect(host).unwrap();
    write!(
        stream,
        "GET /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn a_person_signs_in_with_a_browser_and_the_tokens_are_kept_privately() {
    let home = Home::new();
    let served = home.serve("default");
    home.configure(&format!(
        "[profiles.default]\nmode = \"live\"\napi_url = \"{}\"\n\
         login_client_id = \"5d5e0a1c-51a1-4c1e-9d5a-000000000002\"\n",
        served.url
    ));
    sign_in_by_browser(&home, &[]);
    let kept = home.path("state/dsr/sign-in/default.json");
    assert_eq!(crate::support::mode_of(&kept), 0o600);
    let who = home.run(["whoami", "--output", "json"]).ends_with(0);
    assert!(who.json()["user_id"].is_string(), "{}", who.stdout);
    let token = serde_json::from_slice::<serde_json::Value>(&std::fs::read(&kept).unwrap()).unwrap();
    let token = token["access_token"].as_str().unwrap().to_owned();
    home.run(["logout"]).ends_with(0);
    assert!(!kept.exists());
    let stale = home.run_with(
        ["whoami", "--output", "json"],
        &[("GENESYSCLOUD_ACCESS_TOKEN", &token)],
        "",
    );
    stale.ends_with(4);
    home.run(["whoami"]).ends_with(4);
}

#[test]
fn a_pasted_token_is_kept_only_when_it_works() {
    let home = Home::new();
    let served = home.serve("default");
    home.configure(&format!(
        "[profiles.default]\nmode = \"live\"\napi_url = \"{}\"\n",
        served.url
    ));
    home.run_with(["login", "--token-stdin"], &[], "made-up\n")
        .ends_with(4);
    assert!(!home.path("state/dsr/sign-in/default.json").exists());
}
