//! What may be there already is not made a second time: an equal creation or upload whose outcome
//! nobody knows stands in the way until somebody looked, or said that another is meant.

use std::path::PathBuf;

use dsr_console::domain::export::NewJob;
use dsr_console::domain::failure::{Changed, FailureKind};
use dsr_console::domain::mode::Mode;
use dsr_console::domain::progress::Listener;
use dsr_console::workflow::exports::{import, jobs};
use dsr_console::world::{self, Scenario, Selection};
use serde_json::Value;

use super::make_certificate;
use crate::cli_harness::Dsr;
use crate::support::Home;

/// An estate in which these calls of `route` are lost.
fn losing(route: &str, calls: &str, does: &str) -> String {
    format!(
        "summary = \"Calls are lost\"\nbased_on = \"default\"\n\n[[faults]]\n\
         route = \"POST /data-download/v3/{route}\"\ncalls = {calls}\ndoes = \"{does}\"\n"
    )
}

const JOBS: &str = "data/jobs";
const CIPHER: &str = "cipher/{name}";

/// Commands in one estate.
struct Desk {
    dsr: Dsr,
    scenario: String,
}

impl Desk {
    fn new(scenario: &str) -> Desk {
        let dsr = Dsr::simulated();
        let scenario = dsr.file("scenario.toml", scenario).display().to_string();
        make_certificate(dsr.home(), "new", "90");
        Desk { dsr, scenario }
    }

    fn all<'a>(&'a self, arguments: &[&'a str]) -> Vec<&'a str> {
        let scenario = ["--scenario", self.scenario.as_str()];
        arguments.iter().copied().chain(scenario).collect()
    }

    #[track_caller]
    fn json(&self, schema: &str, arguments: &[&str], code: i32) -> Value {
        self.dsr.json(schema, &self.all(arguments), code)
    }

    #[track_caller]
    fn refused(&self, arguments: &[&str], code: i32) -> Value {
        let all: Vec<&str> = self.all(arguments);
        let all: Vec<&str> = all.into_iter().chain(["--output", "json"]).collect();
        self.dsr.run(&all).ends(code).error()
    }

    /// How many jobs have titles that begin so.
    fn jobs(&self, title: &str) -> usize {
        let listed = self.json("jobs-list.json", &["jobs", "list"], 0);
        let items = listed["items"].as_array().unwrap();
        let ours = items
            .iter()
            .filter(|job| job["title"].as_str().unwrap().starts_with(title));
        ours.count()
    }

    /// The one change that waits for somebody to look.
    fn waiting(&self) -> String {
        let told = self.json("requests-reconcile.json", &["requests", "reconcile"], 6);
        let notes = told["notes"].as_array().unwrap();
        assert_eq!(notes.len(), 1, "{told}");
        let note = notes[0].as_str().unwrap();
        note.split_whitespace().nth(1).unwrap().to_owned()
    }
}

const CREATE: [&str; 7] = [
    "jobs",
    "create",
    "--title",
    "Once only",
    "--type",
    "Interaction",
    "--yes",
];

#[test]
fn an_equal_creation_waits_until_somebody_looked() {
    // The job is made and the answer is lost.
    let desk = Desk::new(&losing(JOBS, "[1]", "cut-after"));
    desk.json(
        "certificate-import.json",
        &["certificate", "import", "new.pem", "--yes"],
        0,
    );
    let lost = desk.refused(&CREATE, 6);
    assert_eq!(lost["changed"], "unknown");
    assert_eq!(desk.jobs("Once"), 1);
    let change = desk.waiting();

    // The same again, under another title, and as a clone of what was made.
    let mut renamed = CREATE;
    renamed[3] = "Once more";
    for equal in [&CREATE[..], &renamed, &["jobs", "clone", "Once only", "--yes"]] {
        let refused = desk.refused(equal, 1);
        assert_eq!(refused["kind"], "conflict", "{refused}");
        assert_eq!(refused["changed"], "nothing");
        assert!(
            refused["message"].as_str().unwrap().contains(&change),
            "{refused}"
        );
        let next = refused["next"].as_str().unwrap();
        assert!(
            next.contains("dsr jobs list") && next.contains("--again"),
            "{next}"
        );
    }
    let mut look = CREATE.to_vec();
    look[6] = "--dry-run";
    let planned = desk.json("jobs-plan.json", &look, 0);
    assert_eq!(planned["equal"], serde_json::json!([change]));
    assert_eq!(desk.jobs("Once"), 1);

    // Another job is none of its business; that something is unknown is said all the same.
    let other = ["jobs", "create", "--title", "Else", "--type", "Contact", "--yes"];
    let ran = desk.dsr.run(&desk.all(&other)).ends(0);
    assert!(ran.stderr.contains("another creation"), "{ran:?}");

    // Somebody says that a second one is meant; the first is still looked after.
    let mut again = renamed.to_vec();
    again.push("--again");
    desk.json("jobs-create.json", &again, 0);
    assert_eq!(desk.jobs("Once"), 2);
    desk.refused(&CREATE, 1);

    // Somebody looked: nothing stands in the way any more.
    let decide = ["requests", "reconcile", "--took-effect", &change, "--yes"];
    desk.json("requests-reconcile.json", &decide, 0);
    desk.json("jobs-create.json", &CREATE, 0);
    assert_eq!(desk.jobs("Once"), 3);
}

#[test]
fn an_equal_upload_waits_until_somebody_looked() {
    // It never arrives.
    let desk = Desk::new(&losing(CIPHER, "[1]", "cut-before"));
    let upload = ["certificate", "import", "new.pem", "--yes"];
    desk.refused(&upload, 6);
    let change = desk.waiting();
    let refused = desk.refused(&upload, 1);
    assert_eq!(refused["kind"], "conflict", "{refused}");
    assert!(
        refused["message"].as_str().unwrap().contains(&change),
        "{refused}"
    );
    let decide = ["requests", "reconcile", "--never-executed", &change, "--yes"];
    desk.json("requests-reconcile.json", &decide, 0);
    let uploaded = desk.json("certificate-import.json", &upload, 0);
    assert_eq!(uploaded["standing"], "valid");
}

#[test]
fn an_upload_that_could_not_be_noted_is_not_told_as_nothing() {
    let desk = Desk::new("summary = \"As it is\"\nbased_on = \"default\"\n");
    desk.json("certificate-show.json", &["certificate", "show"], 0);
    desk.dsr.store_refuses("export_certificates", "1");
    let told = desk.refused(&["certificate", "import", "new.pem", "--yes"], 1);
    assert_eq!(told["changed"], "something", "{told}");
    assert!(
        told["message"]
            .as_str()
            .unwrap()
            .starts_with("The certificate was uploaded"),
        "{told}"
    );
    assert!(told["next"].as_str().unwrap().contains("Do not upload it again"));
}

fn new_job() -> NewJob {
    NewJob {
        title: "Once only".to_owned(),
        description: None,
        source: String::new(),
        kind: "Interaction".to_owned(),
        schedule: None,
        time_frame: None,
        split_bytes: None,
    }
}

/// Two previews, then two confirmations: the second does not know of the first's lost call, and is
/// stopped where its intent would be written.
#[tokio::test]
async fn what_was_lost_after_the_preview_stands_in_the_way_too() {
    let home = Home::new();
    make_certificate(&home.path(""), "new", "90");
    let file: PathBuf = home.path("scenario.toml");
    std::fs::write(&file, losing(JOBS, "[1]", "cut-before")).unwrap();
    let selection = Selection {
        mode: Mode::Simulation,
        profile: None,
        scenario: Scenario::File(file),
    };
    let world = world::build(&home.load(&[]).unwrap(), &selection).await.unwrap();
    let pem = std::fs::read(home.path("new.pem")).unwrap();
    let plan = import::plan(&world, "new.pem", pem).await.unwrap();
    import::import(&world, &plan).await.unwrap();

    let first = jobs::plan(&world, new_job()).await.unwrap();
    let mut second = first.clone();
    assert!(first.equal.is_empty() && !first.again);
    let lost = jobs::create(&world, &first).await.unwrap_err();
    assert_eq!(lost.kind, FailureKind::UnknownOutcome);
    for again in [false, true] {
        // Nor does a word that was given before cover it: it was given in ignorance.
        second.again = again;
        let refused = jobs::create(&world, &second).await.unwrap_err();
        assert_eq!(
            (refused.kind, refused.changed),
            (FailureKind::Conflict, Changed::Nothing),
            "{refused}"
        );
    }
    let mut third = jobs::plan(&world, new_job()).await.unwrap();
    assert_eq!(third.equal.len(), 1);
    assert!(third.refuse_equal(&world).await.is_err());
    third.again = true;
    jobs::create(&world, &third).await.unwrap();
    let listed = jobs::list(&world, &Listener::none()).await.unwrap();
    let ours = listed.jobs.iter().filter(|job| job.title == "Once only");
    assert_eq!(ours.count(), 1, "the first never arrived");
}
