//! Everybody whose data was erased is searched for again in every system that there is, and a system that
//! could not be read is told as that.

use serde_json::Value;

use super::cli_harness::Dsr;

const ANNA: &str = "anna.muster@example.org";
const BELA: &str = "bela.specimen@example.org";
const SYSTEMS: [&str; 4] = ["genesys_cloud", "favorites", "exports", "copies"];

/// An erasure of somebody, under which something was erased as far as the case knows.
fn erased(dsr: &Dsr, case: &str, email: &str) {
    erased_in(dsr, "favorites", case, email);
}

fn erased_in(dsr: &Dsr, system: &str, case: &str, email: &str) {
    dsr.run(&[
        "cases",
        "open",
        "--kind",
        "erasure",
        "--received",
        "today",
        "--email",
        email,
    ])
    .ends(0);
    for seen in ["--searched", "--erased"] {
        dsr.run(&["cases", "cell", case, system, seen, "1"]).ends(0);
    }
}

fn of<'a>(item: &'a Value, system: &str) -> &'a Value {
    let mut systems = item["systems"].as_array().unwrap().iter();
    systems.find(|one| one["system"] == system).unwrap()
}

/// Places that a forget-me of its own finds.
fn places(dsr: &Dsr, email: &str) -> u64 {
    let ran = dsr.run(&[
        "forget",
        "--cass_keyspace",
        "sipfs",
        "--search",
        email,
        "--output",
        "json",
    ]);
    ran.json()["items"].as_array().unwrap().len() as u64
}

#[test]
fn everybody_is_looked_for_in_every_system_and_the_keyspace_is_read_once() {
    let dsr = Dsr::simulated();
    erased(&dsr, "C-1", ANNA);
    erased(&dsr, "C-2", BELA);
    erased(&dsr, "C-3", "nobody.at.all@example.org");
    let found = dsr.json("cases-recheck.json", &["cases", "recheck"], 1);
    let items = found["items"].as_array().unwrap();
    assert_eq!(items.len(), 3, "{found:#}");
    for item in items {
        let systems: Vec<&Value> = item["systems"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| &one["system"])
            .collect();
        assert_eq!(systems, SYSTEMS.map(Value::from).iter().collect::<Vec<_>>());
        assert_eq!(of(item, "genesys_cloud")["result"], "searched");
        assert_eq!(of(item, "favorites")["complete"], true);
        // Nobody has opened what the export service stores: nothing is claimed of it.
        assert_eq!(of(item, "exports")["result"], "not_searched", "{item:#}");
        assert_eq!(of(item, "copies")["found"], 0);
        assert_eq!(item["complete"], false);
    }
    let by_id = |id: &str| items.iter().find(|item| item["id"] == id).unwrap();
    for (case, email) in [("C-1", ANNA), ("C-2", BELA)] {
        let places = places(&dsr, email);
        assert!(places > 0);
        assert_eq!(of(by_id(case), "favorites")["found"], places, "{case}");
    }
    assert_eq!(by_id("C-3")["found"], 0);

    // One scan for three people (the two others are those of this test), and one entry a person, without
    // any of them in it.
    let ledger = dsr.run(&["ledger", "show", "--output", "ndjson"]).ends(0);
    let count = |action: &str| {
        let lines = ledger.stdout.lines();
        lines
            .filter(|line| line.contains(&format!("\"{action}\"")))
            .count()
    };
    assert_eq!((count("forget.search"), count("case.recheck")), (3, 3));
    assert!(!ledger.stdout.contains("muster"), "{}", ledger.stdout);

    // The coverage takes it over: what is there again is open, and what is not is verified.
    let state = |case: &str| {
        let shown = dsr.json("cases-show.json", &["cases", "show", case], 0);
        let columns = shown["coverage"].as_array().unwrap().clone();
        let column = columns.into_iter().find(|one| one["system"] == "favorites");
        column.unwrap()["state"].as_str().unwrap().to_owned()
    };
    assert!(state("C-1").contains("still there"), "{}", state("C-1"));
    assert_eq!(state("C-3"), "verified: nothing left");
}

#[test]
fn what_is_found_where_nothing_was_erased_has_not_come_back() {
    let dsr = Dsr::simulated();
    erased(&dsr, "C-1", ANNA);
    let only = ["cases", "recheck", "C-1", "--system", "genesys_cloud"];
    let found = dsr.json("cases-recheck.json", &only, 0);
    let item = &found["items"][0];
    assert_eq!(of(item, "genesys_cloud")["erased"], false, "{item:#}");
    let there = item["found"].as_u64().unwrap();
    assert!(there > 0 && item["found_again"].is_null(), "{item:#}");
    let table = dsr.run(&only).ends(0);
    let told = format!("{there}, not erased there");
    assert!(table.stdout.contains(&told), "{}", table.stdout);

    // Where something was erased it has, and the two are told apart.
    let both = [&only[..], &["--system", "favorites"]].concat();
    let found = dsr.json("cases-recheck.json", &both, 1);
    let item = &found["items"][0];
    let (cloud, favorites) = (of(item, "genesys_cloud"), of(item, "favorites"));
    assert_eq!(
        (&favorites["erased"], &cloud["erased"]),
        (&true.into(), &false.into())
    );
    assert_eq!(item["found_again"], favorites["found"], "{item:#}");
    assert_eq!(
        item["found"].as_u64(),
        Some(favorites["found"].as_u64().unwrap() + there)
    );
    erased_in(&dsr, "genesys_cloud", "C-2", ANNA);
    let other = ["cases", "recheck", "C-2", "--system", "genesys_cloud"];
    let found = dsr.json("cases-recheck.json", &other, 1);
    assert_eq!(found["items"][0]["found_again"], there, "{found:#}");
}

#[test]
fn copies_and_the_exports_that_were_opened_here_are_searched() {
    let dsr = Dsr::simulated();
    dsr.run(&["simulator", "keys", "--to", "keys"]).ends(0);
    let listed = dsr.run(&["artifacts", "list", "--output", "json"]).json();
    let files = listed["items"].as_array().unwrap().len() as u64;
    let get = [
        "artifacts",
        "download",
        "--job",
        "Contact 2026-10",
        "--to",
        "files",
    ];
    dsr.run(&get).ends(0);
    let mut open = vec!["decrypt".to_owned()];
    for entry in std::fs::read_dir(dsr.home().join("files")).unwrap().flatten() {
        open.push(entry.path().display().to_string());
    }
    for word in ["--key", "keys/old-key.pem", "--to", "records"] {
        open.push(word.to_owned());
    }
    let words: Vec<&str> = open.iter().map(String::as_str).collect();
    dsr.run(&words).ends(0);
    let searched = ["--email", ANNA];
    let known = dsr.run(&[&["copies", "find", "--output", "json"][..], &searched].concat());
    let copies = known.json()["items"].as_array().unwrap().len() as u64;
    erased(&dsr, "C-1", ANNA);
    erased(&dsr, "C-2", "nobody.at.all@example.org");
    let found = dsr.json("cases-recheck.json", &["cases", "recheck"], 1);
    let items = found["items"].as_array().unwrap();
    assert_eq!(of(&items[0], "copies")["found"], copies, "{found:#}");
    assert!(copies > 0, "the records of the estate hold Anna: {known:?}");
    assert_eq!(of(&items[1], "copies")["found"], 0);
    // Some of the files were opened, so it was searched, and not wholly.
    let exports = of(&items[0], "exports");
    assert_eq!(
        (&exports["result"], &exports["complete"]),
        (&"searched".into(), &false.into()),
        "{exports:#}"
    );
    assert!(exports["found"].as_u64().unwrap() > 0, "{exports:#}");
    let note = exports["notes"].to_string();
    assert!(note.contains(&format!("of {files} stored files")), "{note}");
    let alone = [
        "cases",
        "recheck",
        "C-2",
        "--system",
        "copies",
        "--system",
        "favorites",
    ];
    let alone = dsr.run(&[&alone[..], &["--output", "json"]].concat()).json();
    assert_eq!(alone["items"][0]["systems"].as_array().unwrap().len(), 2);
}

#[test]
fn a_system_that_is_not_there_is_not_missing_and_one_that_does_not_answer_is() {
    let server = super::cli_live::Server::start("default");
    let dsr = server.operator();
    erased_in(&dsr, "copies", "C-1", "nobody.at.all@example.org");
    let whole = dsr.json("cases-recheck.json", &["cases", "recheck"], 0);
    let item = &whole["items"][0];
    assert_eq!(of(item, "genesys_cloud")["complete"], true);
    assert_eq!(of(item, "favorites")["result"], "not_configured");
    assert_eq!(of(item, "exports")["result"], "not_configured");
    assert_eq!((&item["found"], &item["complete"]), (&0.into(), &true.into()));

    // Where something was erased it may have come back: there it is missing.
    erased(&dsr, "C-2", "nobody.else.at.all@example.org");
    let part = dsr.json("cases-recheck.json", &["cases", "recheck", "C-2"], 6);
    let item = &part["items"][0];
    let favorites = of(item, "favorites");
    assert_eq!(favorites["result"], "not_searched", "{item:#}");
    assert!(
        favorites["notes"].to_string().contains("does not name it"),
        "{item:#}"
    );
    assert_eq!(of(item, "exports")["result"], "not_configured");
    assert_eq!((&item["found"], &item["complete"]), (&0.into(), &false.into()));

    // Somebody may say why that stays so: it is not raised any more, and not called complete either.
    let why = "GWS was switched off, protocol 4711";
    let settle = ["cases", "recheck", "C-2", "--settle", why, "--yes"];
    for again in [&settle[..], &["cases", "recheck"][..]] {
        let settled = dsr.json("cases-recheck.json", again, 0);
        let mut items = settled["items"].as_array().unwrap().iter();
        let item = items.find(|item| item["id"] == "C-2").unwrap();
        assert_eq!(of(item, "favorites")["settled"]["why"], why, "{item:#}");
        assert_eq!(
            (&item["complete"], &settled["complete"]),
            (&false.into(), &false.into())
        );
        assert!(of(item, "genesys_cloud")["settled"].is_null(), "{item:#}");
    }

    // Nobody listens on this port: one that was given and closed again.
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = closed.local_addr().unwrap().port();
    drop(closed);
    let config = dsr.file(
        "dsr.toml",
        &format!(
            "[profiles.default]\ncassandra_host = \"127.0.0.1\"\ncassandra_port = \"{port}\"\ncassandra_keyspace = \"sipfs\"\n\
             [profiles.default.cdds]\nurl = \"http://127.0.0.1:{port}\"\nusername = \"u\"\npassword_env = \"DSR_TEST_CDDS\"\n"
        ),
    );
    let dsr = dsr
        .with("DSR_CONFIG", &config.display().to_string())
        .with("DSR_TEST_CDDS", "no secret");
    let part = dsr.json("cases-recheck.json", &["cases", "recheck"], 6);
    let item = &part["items"][0];
    assert_eq!(of(item, "genesys_cloud")["complete"], true);
    for system in ["favorites", "exports"] {
        let one = of(item, system);
        assert_eq!(one["result"], "not_reachable", "{item:#}");
        // Whatever was settled was another thing.
        assert!(one["settled"].is_null(), "{item:#}");
        assert_eq!((&one["found"], &one["complete"]), (&Value::Null, &false.into()));
    }
    let table = dsr.run(&["cases", "recheck"]).ends(6);
    assert!(table.stdout.contains("not reachable"), "{}", table.stdout);
}

#[test]
fn what_is_settled_by_a_person_is_listed_and_raised_no_longer_until_it_is_something_else() {
    let dsr = Dsr::simulated();
    erased(&dsr, "C-1", ANNA);
    erased(&dsr, "C-2", BELA);
    let favorites = ["cases", "recheck", "--system", "favorites"];
    dsr.json("cases-recheck.json", &favorites, 1);
    dsr.run(&["cases", "recheck", "--settle", "nobody in particular"])
        .ends(2);
    let why = "an entry of a colleague who has the same name";
    let settle = |case: &'static str| {
        [
            "cases",
            "recheck",
            case,
            "--system",
            "favorites",
            "--settle",
            why,
            "--yes",
        ]
    };
    // Nothing is settled that nobody has seen and confirmed.
    dsr.run(&settle("C-1")[..7]).ends(2);
    let settled = dsr.json("cases-recheck.json", &settle("C-1"), 0);
    let item = &settled["items"][0];
    let word = &of(item, "favorites")["settled"];
    assert_eq!(
        (&word["why"], word["by"].is_string()),
        (&why.into(), true),
        "{item:#}"
    );
    assert!(
        item["found_again"].as_u64().unwrap() > 0,
        "it is told all the same: {item:#}"
    );

    // The other one is still raised, and this one is not settled twice.
    let all = dsr.json("cases-recheck.json", &favorites, 1);
    let shown = |all: &Value, id: &str| {
        let items = all["items"].as_array().unwrap();
        of(items.iter().find(|item| item["id"] == id).unwrap(), "favorites").clone()
    };
    assert_eq!(shown(&all, "C-1")["settled"], *word);
    assert!(shown(&all, "C-2")["settled"].is_null());
    let refused = dsr.run(&settle("C-1")).ends(1);
    assert!(refused.stderr.contains("Nothing is raised"), "{}", refused.stderr);
    dsr.json("cases-recheck.json", &settle("C-2"), 0);
    let all = dsr.json("cases-recheck.json", &favorites, 0);
    assert!(all["notes"].to_string().contains("and not raised: 2"), "{all:#}");
    let table = dsr.run(&favorites).ends(0);
    assert!(table.stdout.contains(", settled"), "{}", table.stdout);
    assert!(!table.stdout.contains("colleague"), "{}", table.stdout);
    let revealed = dsr.run(&[&favorites[..], &["--reveal"]].concat()).ends(0);
    assert!(revealed.stdout.contains("colleague"), "{}", revealed.stdout);

    // In the ledger without the words, and in what happened to the case with them.
    let ledger = dsr.run(&["ledger", "show", "--output", "ndjson"]).ends(0);
    assert!(
        ledger.stdout.contains("\"case.recheck.settle\""),
        "{}",
        ledger.stdout
    );
    assert!(!ledger.stdout.contains("colleague"), "{}", ledger.stdout);
    let trail = dsr.json("cases-show.json", &["cases", "show", "C-1"], 0)["trail"].to_string();
    assert!(
        trail.contains("case.recheck.settle") && trail.contains("colleague"),
        "{trail}"
    );

    // Fewer places are not what was settled.
    let forget = [
        "forget",
        "--cass_keyspace",
        "sipfs",
        "--search",
        ANNA,
        "--cleanup",
        "true",
    ];
    dsr.run(&forget);
    let all = dsr.run(&[&favorites[..], &["--output", "json"]].concat()).json();
    let left = shown(&all, "C-1");
    assert!(
        left["settled"].is_null() && left["found"].as_u64() < item["found_again"].as_u64(),
        "{all:#}"
    );
    assert!(!shown(&all, "C-2")["settled"].is_null(), "{all:#}");
    // It is over with that, so that the same is raised when it comes back.
    let ended = dsr.run(&["ledger", "show", "--case", "C-1", "--output", "ndjson"]);
    assert!(ended.stdout.contains("case.recheck.unsettle"), "{}", ended.stdout);

    // Somebody may think better of it.
    let back = ["cases", "recheck", "C-2", "--system", "favorites", "--unsettle"];
    dsr.json("cases-recheck.json", &back, 1);
    let refused = dsr.run(&back).ends(1);
    assert!(
        refused.stderr.contains("Nothing was settled"),
        "{}",
        refused.stderr
    );
    dsr.json("cases-recheck.json", &favorites, 1);
}
