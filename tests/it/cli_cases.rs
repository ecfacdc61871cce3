//! Cases as commands: from opening to closing, with holds, coverage, reports and forgetting.

use serde_json::Value;

use super::cli_harness::Dsr;

const EDDA: &str = "edda.fiktiv@example.org";

fn today(dsr: &Dsr) -> jiff::civil::Date {
    let clock = dsr.json("simulator-clock.json", &["simulator", "clock"], 0);
    let now: jiff::Timestamp = clock["now"].as_str().unwrap().parse().unwrap();
    now.to_zoned(jiff::tz::TimeZone::UTC).date()
}

fn case(dsr: &Dsr, arguments: &[&str], code: i32) -> Value {
    let all: Vec<&str> = std::iter::once("cases")
        .chain(arguments.iter().copied())
        .collect();
    dsr.json("cases-show.json", &all, code)
}

fn open(dsr: &Dsr, kind: &str, more: &[&str]) -> String {
    let mut arguments = vec!["open", "--kind", kind, "--received", "today", "--email", EDDA];
    arguments.extend(more);
    case(dsr, &arguments, 0)["id"].as_str().unwrap().to_owned()
}

fn refused(dsr: &Dsr, arguments: &[&str], code: i32) -> Value {
    let all: Vec<&str> = arguments.iter().copied().chain(["--output", "json"]).collect();
    dsr.run(&all).ends(code).error()
}

fn column<'a>(case: &'a Value, system: &str) -> &'a Value {
    let columns = case["coverage"].as_array().unwrap();
    columns
        .iter()
        .find(|column| column["system"] == system)
        .unwrap_or_else(|| panic!("{case:#}"))
}

fn pick(dsr: &Dsr) -> String {
    let found = dsr.json(
        "subjects-search.json",
        &["subjects", "search", "--email", EDDA],
        0,
    );
    found["items"][0]["ref"].as_str().unwrap().to_owned()
}

#[test]
fn an_erasure_is_taken_from_its_opening_to_its_end() {
    let dsr = Dsr::simulated();
    let config = dsr.file("dsr.toml", "[profiles.default]\nother_systems = [\"CRM\"]\n");
    let dsr = dsr.with("DSR_CONFIG", &config.display().to_string());
    let id = open(&dsr, "erasure", &["--reference", "T-77", "--channel", "letter"]);
    assert_eq!(id, "C-1");
    let shown = case(&dsr, &["show", "T-77"], 0);
    assert_eq!(shown["next_step"], "confirm receipt");
    assert_eq!(shown["submit_by"]["basis"], "documented");
    assert_eq!(shown["submit_by"]["observations"], 0);
    assert!(!column(&shown, "CRM")["settled"].as_bool().unwrap());
    case(&dsr, &["acknowledge", "T-77"], 0);
    let shown = case(
        &dsr,
        &["identity", "T-77", "--result", "proved", "--method", "callback"],
        0,
    );
    assert_eq!(shown["next_step"], "genesys cloud: not searched");

    // The case knows who; its coverage takes the search, and the request belongs to it.
    dsr.json(
        "subjects-search.json",
        &["subjects", "search", "--case", "T-77"],
        0,
    );
    let shown = case(&dsr, &["show", "T-77"], 0);
    let searched = &column(&shown, "genesys_cloud")["searched"];
    assert!(searched["count"].as_u64().unwrap() > 0, "{shown:#}");
    let pick = pick(&dsr);
    let item = dsr.json(
        "requests-submit.json",
        &[
            "requests", "submit", "--type", "delete", "--case", "T-77", "--pick", &pick, "--yes",
        ],
        0,
    );
    let shown = case(&dsr, &["show", "T-77"], 0);
    assert_eq!(shown["operations"][0]["request_id"], item["id"]);
    assert_eq!(item["due"], shown["due"]);

    let why = dsr.json(
        "deadline-why.json",
        &["deadline", "why", "--case", "T-77", "--type", "delete"],
        0,
    );
    assert_eq!(why["due"], shown["due"]);
    assert_eq!(why["submit_by"]["basis"], "documented");

    // An extension moves the limit of the case and of its request.
    let extended = case(&dsr, &["extend", "T-77", "--reason", "many systems"], 0);
    assert!(extended["due"].as_str() > shown["due"].as_str());
    let queue = dsr.json("requests-list.json", &["requests", "list"], 0);
    let row = queue["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["id"] == item["id"])
        .unwrap();
    assert_eq!(row["due"], extended["due"]);
    let error = refused(&dsr, &["cases", "extend", "T-77", "--reason", "again"], 1);
    assert!(error["message"].as_str().unwrap().contains("once"), "{error:#}");

    // Genesys Cloud is done: what it says is taken over, and has to be verified by another search.
    dsr.run(&["simulator", "clock", "--advance", "16d"]).ends(0);
    dsr.run(&["requests", "list"]).ends(0);
    let shown = case(&dsr, &["show", "T-77"], 0);
    assert_eq!(column(&shown, "genesys_cloud")["done"]["mark"], "erased");
    assert_eq!(
        column(&shown, "genesys_cloud")["state"],
        "erased, to be verified by another search"
    );
    let error = refused(&dsr, &["cases", "close", "T-77"], 1);
    assert!(
        error["message"].as_str().unwrap().contains("answered"),
        "{error:#}"
    );
    let letter = dsr.file("letter.txt", "We have erased your data.");
    let letter = letter.display().to_string();
    let answered = case(
        &dsr,
        &["answer", "T-77", "--channel", "letter", "--sent", &letter],
        0,
    );
    assert_eq!(answered["days_left"], Value::Null);
    assert_eq!(answered["answer"]["digest"].as_str().unwrap().len(), 64);
    let error = refused(&dsr, &["cases", "close", "T-77"], 1);
    assert!(
        error["message"].as_str().unwrap().contains("CRM"),
        "every system has to be settled: {error:#}"
    );

    // Stored exports that nobody opened here are not searched, and that is told.
    let again = dsr.json("cases-recheck.json", &["cases", "recheck", "T-77"], 6);
    assert_eq!(again["items"][0]["found"], 0, "{again:#}");
    let alone = ["cases", "recheck", "T-77", "--system", "genesys_cloud"];
    dsr.json("cases-recheck.json", &alone, 0);
    for (system, mark, text) in [
        ("CRM", "--told", "the CRM team"),
        ("favorites", "--not-applicable", "no GWS on premise"),
        ("exports", "--not-applicable", "no exports are made"),
        ("copies", "--not-applicable", "nothing was downloaded"),
    ] {
        case(&dsr, &["cell", "T-77", system, mark, text], 0);
    }
    let shown = case(&dsr, &["show", "T-77"], 0);
    assert_eq!(column(&shown, "genesys_cloud")["state"], "verified: nothing left");
    let closed = case(&dsr, &["close", "T-77"], 0);
    assert_eq!(
        (&closed["state"], &closed["ending"]),
        (&"closed".into(), &"answered".into())
    );
    let actions: Vec<&str> = closed["trail"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| line["action"].as_str().unwrap())
        .collect();
    assert_eq!(actions.first(), Some(&"case.open"));
    assert_eq!(actions.last(), Some(&"case.close"));
    refused(&dsr, &["cases", "acknowledge", "T-77"], 1);

    let report = dsr.json("cases-report.json", &["cases", "report"], 0);
    assert_eq!(report["items"][0]["in_time"], 1);

    // The time of its personal data is over after the retention only.
    let kept = dsr.json("cases-sweep.json", &["cases", "sweep"], 0);
    assert_eq!(kept["items"].as_array().unwrap().len(), 0);
    dsr.run(&["simulator", "clock", "--advance", "1100d"]).ends(0);
    let would = dsr.json("cases-sweep.json", &["cases", "sweep", "--dry-run"], 0);
    assert_eq!(would["items"][0]["forgotten"], false);
    let gone = dsr.json("cases-sweep.json", &["cases", "sweep"], 0);
    assert_eq!(gone["items"][0]["forgotten"], true);
    let shown = case(&dsr, &["show", &id], 0);
    assert_eq!(shown["forgotten"], true);
    assert!(!shown.to_string().contains(EDDA), "{shown:#}");
    assert!(!shown.to_string().contains("callback"), "{shown:#}");
    let again = dsr.json("cases-recheck.json", &["cases", "recheck", &id], 6);
    assert!(
        again["items"][0]["notes"][0]
            .as_str()
            .unwrap()
            .contains("register"),
        "{again:#}"
    );
    // Nobody can be searched for: a person says why that is all that can be done, and it is so until
    // something can be.
    let settle = [
        "cases",
        "recheck",
        &id,
        "--settle",
        "the backups of that year were destroyed",
        "--yes",
    ];
    for again in [&settle[..], &["cases", "recheck"][..]] {
        let settled = dsr.json("cases-recheck.json", again, 0);
        let item = &settled["items"][0];
        assert!(
            item["settled"]["why"].as_str().unwrap().contains("destroyed"),
            "{item:#}"
        );
        assert_eq!(
            (&item["complete"], &settled["complete"]),
            (&false.into(), &false.into())
        );
    }
}

#[test]
fn a_hold_stops_a_deletion_and_is_lifted_with_a_reason() {
    let dsr = Dsr::simulated();
    let pick = pick(&dsr);
    let hold = dsr.json(
        "cases-hold.json",
        &[
            "cases",
            "hold",
            "add",
            "--email",
            EDDA,
            "--reason",
            "a claim is pending",
        ],
        0,
    );
    assert!(hold["records"].as_u64().unwrap() > 0, "{hold:#}");
    let submit = [
        "requests", "submit", "--type", "delete", "--email", EDDA, "--pick", &pick, "--yes",
    ];
    let plan: Vec<&str> = submit.iter().copied().filter(|word| *word != "--yes").collect();
    let plan: Vec<&str> = plan.into_iter().chain(["--dry-run"]).collect();
    let plan = dsr.json("requests-plan.json", &plan, 0);
    assert!(plan.to_string().contains("H-1"), "the preview tells: {plan:#}");
    let error = refused(&dsr, &submit, 1);
    assert_eq!(
        (&error["code"], &error["changed"]),
        (&"held".into(), &"nothing".into())
    );
    let queue = dsr.json("requests-list.json", &["requests", "list", "--mine"], 0);
    assert_eq!(
        queue["items"].as_array().unwrap().len(),
        0,
        "nothing was written down"
    );

    // A copy is not a deletion.
    let mut export = submit;
    export[3] = "export";
    dsr.json("requests-submit.json", &export, 0);

    let listed = dsr.json("cases-hold-list.json", &["cases", "hold", "list"], 0);
    assert_eq!(listed["items"][0]["id"], "H-1");
    dsr.json(
        "cases-hold.json",
        &["cases", "hold", "lift", "H-1", "--reason", "settled"],
        0,
    );
    refused(&dsr, &["cases", "hold", "lift", "H-1", "--reason", "settled"], 1);
    let listed = dsr.json("cases-hold-list.json", &["cases", "hold", "list"], 0);
    assert_eq!(listed["items"].as_array().unwrap().len(), 0);
}

#[test]
fn the_list_tells_timers_whether_something_is_due() {
    let dsr = Dsr::simulated();
    let list = |more: &[&str], code: i32| {
        let all: Vec<&str> = ["cases", "list"]
            .into_iter()
            .chain(more.iter().copied())
            .collect();
        dsr.json("cases-list.json", &all, code)["items"]
            .as_array()
            .unwrap()
            .len()
    };
    assert_eq!(list(&["--mine", "--due", "7d"], 0), 0);
    open(&dsr, "access", &[]);
    open(&dsr, "erasure", &["--assign", "somebody"]);
    assert_eq!(list(&["--mine", "--due", "7d"], 0), 0);
    assert_eq!(list(&["--mine", "--due", "40d"], 1), 1);
    assert_eq!(list(&["--due", "40d"], 1), 2);
    assert_eq!(list(&[], 0), 2);
    assert_eq!(list(&["--kind", "access"], 0), 1);
    assert_eq!(list(&["--limit", "1"], 0), 1);
    // A clock that stands moves its limit from day to day.
    case(
        &dsr,
        &["pause", "C-1", "--for", "identity", "--reason", "another name"],
        0,
    );
    dsr.run(&["simulator", "clock", "--advance", "20d"]).ends(0);
    let day = today(&dsr);
    let shown = case(&dsr, &["show", "C-1"], 0);
    // Before they are moved to a working day: how far that is depends on the day of the week.
    let due: jiff::civil::Date = shown["target"].as_str().unwrap().parse().unwrap();
    let other: jiff::civil::Date = case(&dsr, &["show", "C-2"], 0)["target"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    // Either of them may be moved by days on which nobody works.
    assert!(
        due >= other.saturating_add(jiff::Span::new().days(14)),
        "{due} {other} {day}"
    );
    assert_eq!(list(&["--due", "15d"], 1), 1, "the other one only");
    let resumed = case(&dsr, &["resume", "C-1"], 0);
    assert_eq!(resumed["pauses"][0]["until"], day.to_string());
    case(&dsr, &["withdraw", "C-2", "--reason", "by phone"], 0);
    assert_eq!(list(&[], 0), 1);
    assert_eq!(list(&["--state", "closed"], 0), 1);
    let csv = dsr
        .run(&["cases", "list", "--state", "all", "--output", "csv"])
        .ends(0);
    assert_eq!(csv.stdout.lines().count(), 3);
}

#[test]
fn what_does_not_fit_is_refused() {
    let dsr = Dsr::simulated();
    open(&dsr, "access", &["--reference", "T-1"]);
    open(&dsr, "access", &["--reference", "T-1"]);
    for (arguments, code, says) in [
        (vec!["cases", "show", "C-9"], 1, "C-9"),
        (vec!["cases", "show", "T-1"], 1, "C-1, C-2"),
        (vec!["cases", "show", "nobody@example.org"], 1, "No case"),
        (
            vec![
                "cases",
                "refuse",
                "C-1",
                "--ground",
                "legal-claims",
                "--reason",
                "x",
            ],
            2,
            "no ground against access",
        ),
        (
            vec![
                "cases",
                "answer",
                "C-1",
                "--channel",
                "e-mail",
                "--on",
                "2999-01-01",
            ],
            2,
            "ahead",
        ),
        (
            vec!["cases", "extend", "C-1", "--reason", "x", "--on", "2001-01-01"],
            2,
            "before",
        ),
        (vec!["cases", "resume", "C-1"], 1, "awaited"),
        (
            vec!["cases", "cell", "C-1", "moon", "--told", "x"],
            2,
            "not known",
        ),
        (
            vec!["cases", "open", "--kind", "access", "--received", "2999-01-01"],
            2,
            "ahead",
        ),
        (
            vec![
                "cases",
                "open",
                "--kind",
                "access",
                "--received",
                "today",
                "--country",
                "XX",
            ],
            2,
            "DE",
        ),
    ] {
        let error = refused(&dsr, &arguments, code);
        let told = format!("{} {}", error["message"], error["next"]);
        assert!(told.contains(says), "{arguments:?}: {error:#}");
        assert!(!told.contains("nobody@"), "{told}");
    }
    // Without the mode a script is not believed.
    let silent = Dsr::new();
    silent
        .run(&["cases", "open", "--kind", "access", "--received", "today"])
        .ends(2);
}

#[test]
fn california_keeps_records_for_two_years_and_counts_them() {
    let dsr = Dsr::simulated();
    let config = dsr.file("dsr.toml", "[profiles.default]\ncase_retention = \"30d\"\n");
    let dsr = dsr.with("DSR_CONFIG", &config.display().to_string());
    for regime in ["us-ca", "eu"] {
        open(&dsr, "erasure", &["--regime", regime]);
    }
    let shown = case(&dsr, &["show", "C-1"], 0);
    assert!(shown["acknowledge_by"].is_string());
    for id in ["C-1", "C-2"] {
        case(&dsr, &["withdraw", id, "--reason", "by phone"], 0);
    }
    dsr.run(&["simulator", "clock", "--advance", "60d"]).ends(0);
    let swept = dsr.json("cases-sweep.json", &["cases", "sweep"], 0);
    let of = |id: &str| {
        let items = swept["items"].as_array().unwrap();
        items.iter().find(|item| item["id"] == id).unwrap().clone()
    };
    assert_eq!(of("C-2")["forgotten"], true);
    assert_eq!(of("C-1")["forgotten"], false);
    assert!(of("C-1")["kept_because"].as_str().unwrap().contains("7101"));
    let counts = dsr.json(
        "cases-report-california.json",
        &["cases", "report", "--california"],
        0,
    );
    assert_eq!(counts["items"][0]["received"], 1);
}

#[test]
fn a_deletion_for_somebody_nobody_identified_is_warned_of_and_not_refused() {
    let dsr = Dsr::simulated();
    let open = [
        "cases",
        "open",
        "--kind",
        "erasure",
        "--received",
        "today",
        "--email",
        EDDA,
    ];
    dsr.json("cases-show.json", &open, 0);
    let preview = |kind: &str| {
        let plan = ["requests", "submit", "--type", kind, "--case", "C-1", "--dry-run"];
        dsr.json("requests-plan.json", &plan, 0).to_string()
    };
    let said = "The identity check of C-1 is not noted as done";
    assert!(preview("delete").contains(said));
    assert!(!preview("export").contains("identity check"));
    let check = |result: &str| {
        let identity = [
            "cases",
            "identity",
            "C-1",
            "--result",
            result,
            "--method",
            "called back",
        ];
        dsr.json("cases-show.json", &identity, 0);
    };
    check("failed");
    assert!(preview("delete").contains("The identity check of C-1 has failed"));
    check("proved");
    assert!(!preview("delete").contains("identity check"));
    let shown = dsr.run(&["cases", "show", "C-1"]).ends(0).stdout;
    // What the program wrote is readable, and what a person wrote is not.
    assert!(
        shown.contains("case.identity: identity proved: c••••• b•••") && !shown.contains("called"),
        "{shown}"
    );
    let shown = dsr.run(&["cases", "show", "C-1", "--reveal"]).ends(0).stdout;
    assert!(shown.contains("identity proved: called back"), "{shown}");
}

#[test]
fn a_case_does_not_close_over_a_request_that_nobody_has_looked_at() {
    let dsr = Dsr::simulated();
    let open = [
        "cases",
        "open",
        "--kind",
        "erasure",
        "--received",
        "today",
        "--email",
        EDDA,
    ];
    dsr.json("cases-show.json", &open, 0);
    dsr.run(&["subjects", "search", "--case", "C-1"]).ends(0);
    let submit = ["requests", "submit", "--type", "delete", "--case", "C-1", "--yes"];
    dsr.run(&submit).ends(0);
    // The deletion is carried out over there, and another search finds nobody before anybody has looked.
    dsr.run(&["simulator", "clock", "--advance", "16d"]).ends(0);
    dsr.run(&["subjects", "search", "--case", "C-1"]).ends(0);
    let shown = dsr.json("cases-show.json", &["cases", "show", "C-1"], 0);
    let cloud = shown["coverage"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["system"] == "genesys_cloud");
    let cloud = cloud.unwrap();
    assert_eq!(cloud["settled"], false, "{cloud:#}");
    assert!(cloud["state"].as_str().unwrap().contains("1 before"), "{cloud:#}");
    let why = "--not-applicable=nothing of theirs";
    for system in ["genesys_cloud", "favorites", "exports", "copies"] {
        dsr.run(&["cases", "cell", "C-1", system, why]).ends(0);
    }
    for system in shown["coverage"].as_array().unwrap() {
        if system["manual"] == true {
            dsr.run(&["cases", "cell", "C-1", system["system"].as_str().unwrap(), why])
                .ends(0);
        }
    }
    dsr.run(&["cases", "answer", "C-1", "--channel", "letter"])
        .ends(0);
    let refused = dsr.run(&["cases", "close", "C-1"]);
    assert_ne!(refused.code, 0);
    assert!(
        refused.stderr.contains("Not every request of it is finished"),
        "{refused:?}"
    );
    // Looked at, it is done.
    dsr.run(&["requests", "list"]).ends(0);
    let shown = dsr.json("cases-show.json", &["cases", "show", "C-1"], 0);
    let cloud = shown["coverage"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["system"] == "genesys_cloud");
    assert_eq!(cloud.unwrap()["done"]["mark"], "erased", "{shown:#}");
}
