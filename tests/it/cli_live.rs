//! The commands in live mode against the simulated systems over TCP: the same road, with a mode that
//! cannot be mistaken, and deletions that are confirmed by typing.

use std::io::{BufRead, BufReader};
use std::process::Child;

use serde_json::Value;

use super::cli_harness::{Dsr, check};

const EDDA: &str = "edda.fiktiv@example.org";

/// `dsr simulator serve` in a home of its own.
pub struct Server {
    home: Dsr,
    child: Child,
    address: Value,
}

impl Server {
    pub fn start(scenario: &str) -> Server {
        let home = Dsr::new().with("DSR_MODE", "simulation");
        let mut child = home.start(&["simulator", "serve", "--output", "json", "--scenario", scenario]);
        let mut first = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut first)
            .unwrap();
        let address: Value = serde_json::from_str(&first).unwrap();
        check("simulator-serve.json", &address);
        Server {
            home,
            child,
            address: address["genesys_cloud"].clone(),
        }
    }

    /// A home whose live organisation is this server.
    pub fn operator(&self) -> Dsr {
        let field = |name: &str| self.address[name].as_str().unwrap().to_owned();
        Dsr::new()
            .with("DSR_GENESYS_CLOUD_URL", &field("url"))
            .with("GENESYSCLOUD_OAUTHCLIENT_ID", &field("client_id"))
            .with("GENESYSCLOUD_OAUTHCLIENT_SECRET", &field("client_secret"))
            .with("DSR_MODE", "live")
    }

    fn advance(&self, by: &str, scenario: &str) {
        let clock = ["simulator", "clock", "--advance", by, "--scenario", scenario];
        self.home.run(&clock).ends(0);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field]
        .as_str()
        .unwrap_or_else(|| panic!("{field}: {value:#}"))
}

#[test]
fn the_whole_road_over_tcp() {
    let server = Server::start("default");
    let dsr = server.operator();
    let found = dsr.json(
        "subjects-search.json",
        &["subjects", "search", "--email", EDDA],
        0,
    );
    assert_eq!(found["mode"], "live");
    let pick = text(&found["items"][0], "ref");
    let item = dsr.json(
        "requests-submit.json",
        &[
            "requests", "submit", "--type", "export", "--email", EDDA, "--pick", pick, "--yes",
        ],
        0,
    );
    assert_eq!(item["mode"], "live");
    assert_eq!(item["operation"]["http_status"], 202);
    assert!(item["operation"]["correlation_id"].is_string());
    let id = text(&item, "id").to_owned();
    server.advance("5d", "default");
    let look = dsr.json(
        "requests-watch.json",
        &["requests", "watch", &id, "--once", "--fetch", "--until-done"],
        0,
    );
    let fetched = text(&look["fetched"][0], "path").to_owned();
    dsr.json("archive-show.json", &["archive", "show", &fetched], 0);
    let ran = dsr.run(&["requests", "list", "--mine"]).ends(0);
    assert!(ran.stderr.starts_with("LIVE (test)"), "{}", ran.stderr);
}

#[test]
fn a_live_deletion_is_confirmed_by_typing() {
    let server = Server::start("default");
    let dsr = server.operator();
    let ours = || {
        let list = dsr.json("requests-list.json", &["requests", "list", "--mine"], 0);
        list["items"].as_array().unwrap().len()
    };
    let plain = ["requests", "submit", "--type", "delete", "--email", EDDA];
    let with_reference: Vec<&str> = plain.iter().copied().chain(["--reference", "DSR-17"]).collect();
    for typed in ["y\n", "yes\n", "\n", "\u{4}", "DSR-18\n", "Fiktiv\n"] {
        let (code, screen) = dsr.on_terminal(&with_reference, typed);
        assert_ne!(code, 0, "{typed:?}: {screen}");
        assert!(screen.contains("Type the reference DSR-17"), "{screen}");
        assert_eq!(ours(), 0, "{typed:?}");
    }
    let (code, screen) = dsr.on_terminal(&plain, "y\n");
    assert_ne!(code, 0, "{screen}");
    assert!(!screen.contains("Fiktiv"), "the name has to be known: {screen}");
    assert!(
        screen.contains("Type the last part of the person's name"),
        "{screen}"
    );
    assert_eq!(ours(), 0);
    let (code, screen) = dsr.on_terminal(&plain, "Fiktiv\n");
    assert_eq!(code, 0, "{screen}");
    assert_eq!(ours(), 1);
}

#[test]
fn a_lost_answer_over_tcp_is_settled_by_looking() {
    let server = Server::start("cut-after");
    let dsr = server.operator();
    let item = dsr.json(
        "requests-submit.json",
        &["requests", "submit", "--type", "delete", "--email", EDDA, "--yes"],
        6,
    );
    assert_eq!(item["status"], "UNKNOWN");
    let settled = dsr.json("requests-reconcile.json", &["requests", "reconcile"], 0);
    assert_eq!(settled["items"][0]["outcome"], "adopted");
    let list = dsr.json("requests-list.json", &["requests", "list", "--mine"], 0);
    let items = list["items"].as_array().unwrap();
    assert_eq!(items.len(), 1);
    assert_eq!(items[0]["operation_id"], item["operation_id"]);
    assert_eq!(items[0]["id"], settled["items"][0]["id"]);
}

#[test]
fn the_two_worlds_do_not_meet() {
    let server = Server::start("default");
    let dsr = server.operator();
    let submit = ["requests", "submit", "--type", "export", "--email", EDDA, "--yes"];
    let live = dsr.json("requests-submit.json", &submit, 0);
    let simulated: Vec<&str> = submit.iter().copied().chain(["--simulate"]).collect();
    let simulated = dsr.json("requests-submit.json", &simulated, 0);
    assert_eq!(
        (text(&live, "mode"), text(&simulated, "mode")),
        ("live", "simulation")
    );
    let shown = |id: &str, mode: &str, code: i32| {
        dsr.run(&["requests", "show", id, mode, "--stored"]).ends(code);
    };
    shown(text(&live, "id"), "--live", 0);
    shown(text(&live, "id"), "--simulate", 1);
    shown(text(&simulated, "id"), "--simulate", 0);
    shown(text(&simulated, "id"), "--live", 1);
}
