//! The event loop itself, driven by key presses: the real console over real worlds, only terminal and
//! keyboard are of the test. Whatever happens to the console, the outcome of a mutation is recorded.

use std::sync::Arc;

use dsr_console::domain::mode::Mode;
use dsr_console::runtime::Ended;
use dsr_console::workflow::{World, queue};

use crate::gate_bench::{simulated, world};
use crate::gate_server::{Post, Server};
use crate::terminal_bench::{Bench, worlds};

/// A deletion in the live world, sent and held back by the server.
async fn sent_and_held() -> (tempfile::TempDir, Arc<Server>, Arc<World>, Bench) {
    let dir = tempfile::tempdir().unwrap();
    let server = Arc::new(Server::start().await);
    let live = Arc::new(world(&server, &dir.path().join("live"), "jdoe"));
    let (simulation, _) = simulated(&dir.path().join("simulation"), "default");
    let mut bench = Bench::start(Mode::Live, worlds(Some(simulation), Some(Arc::clone(&live))));
    bench
        .wait("the live world", |screen| screen.contains("LIVE"))
        .await;
    server.script([Post::Held]);
    // F12 opens the guide with a contact that a search would have found.
    bench.press("<f12><tab><down><tab>CASE-17<esc><tab>");
    bench
        .wait("the preview", |screen| screen.contains("deleteConfirmed=true"))
        .await;
    bench.press("S");
    bench
        .wait("the question", |screen| screen.contains("Submit 1 delete?"))
        .await;
    bench.press("CASE-17<enter>");
    server.arrived.notified().await;
    (dir, server, live, bench)
}

async fn status(world: &World) -> String {
    let rows = queue::local(world).await.unwrap().rows;
    assert_eq!(rows.len(), 1, "one operation");
    rows.get(0).expect("a row").status.to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_switch_of_mode_loses_no_outcome() {
    let (_dir, server, live, mut bench) = sent_and_held().await;
    bench.press("<esc>M");
    bench
        .wait("the simulation", |screen| screen.contains("SIMULATION"))
        .await;
    assert!(!bench.screen().contains("CASE-17"), "{}", bench.screen());
    assert_eq!(status(&live).await, "UNKNOWN");
    server.go_on.notify_one();
    bench
        .wait("the news of it", |screen| screen.contains("is recorded there"))
        .await;
    assert_eq!(status(&live).await, "INITIATED");
    assert_eq!(server.state().arrivals, 1);
    bench.press("q");
    assert_eq!(bench.ended().await, Ended::Quit);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cancel_after_sending_loses_no_outcome() {
    let (_dir, server, live, mut bench) = sent_and_held().await;
    bench.press("<esc>4x");
    bench
        .wait("the cancel", |screen| {
            screen.contains("what is being sent runs on")
        })
        .await;
    server.go_on.notify_one();
    bench
        .wait("the outcome", |screen| screen.contains("1 accepted"))
        .await;
    assert_eq!(status(&live).await, "INITIATED");
    assert_eq!(server.state().arrivals, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hang_up_loses_no_outcome() {
    let (_dir, server, live, mut bench) = sent_and_held().await;
    let outcomes = bench.outcomes();
    bench.hang_up();
    assert_eq!(
        bench.ended().await,
        Ended::HangUp,
        "at once, whatever is under way"
    );
    assert!(outcomes.pending());
    server.go_on.notify_one();
    outcomes.recorded().await;
    assert!(!outcomes.pending());
    assert_eq!(status(&live).await, "INITIATED");
    assert_eq!(server.state().arrivals, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_whole_road_in_simulation() {
    let dir = tempfile::tempdir().unwrap();
    let (simulation, simulator) = simulated(dir.path(), "default");
    let mut bench = Bench::start(Mode::Simulation, worlds(Some(simulation), None));
    bench
        .wait("the world", |screen| screen.contains("SIMULATION"))
        .await;
    bench.press("1/anna.muster@example.org<tab>+49 30 23125014<enter>");
    bench
        .wait("persons", |screen| screen.contains("Subject search | 2 persons"))
        .await;
    bench.press("n");
    bench
        .wait("the guide", |screen| screen.contains("anna.muster@example.org"))
        .await;
    // The contact stands first and is marked, her record as an agent is not.
    assert!(bench.screen().contains("1 of 2 marked"), "{}", bench.screen());
    bench.press("<tab><tab>CASE-42<tab>today<esc><tab>");
    bench
        .wait("the preview", |screen| screen.contains("GDPR_EXPORT"))
        .await;
    bench.press("S");
    bench
        .wait("the question", |screen| screen.contains("Submit 1 export?"))
        .await;
    bench.press("y");
    bench
        .wait("the outcome", |screen| screen.contains("ACCEPTED"))
        .await;
    bench.press("<esc>");
    bench.wait("the row", |screen| screen.contains("CASE-42")).await;
    simulator
        .advance(jiff::SignedDuration::from_hours(24 * 5))
        .unwrap();
    bench.press("2w");
    bench
        .wait("the results", |screen| screen.contains("results fetched"))
        .await;
    // The clock was moved behind the console's back; it says so.
    bench
        .wait("the clock", |screen| screen.contains("clock +5 d"))
        .await;
    bench.press("/CASE-42<enter><enter>");
    bench
        .wait("the detail", |screen| screen.contains("opened and read"))
        .await;
    bench.press("a");
    bench
        .wait("the archive", |screen| {
            screen.contains("Archive") && screen.contains("record")
        })
        .await;
    bench.press("<enter>");
    bench
        .wait("the content of an entry", |screen| screen.contains("createDate"))
        .await;
    bench.press("<ctrl-c><ctrl-c><ctrl-c>q");
    assert_eq!(bench.ended().await, Ended::Quit);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_world_that_cannot_be_built_leaves_the_one_shown() {
    let dir = tempfile::tempdir().unwrap();
    let (simulation, _) = simulated(dir.path(), "default");
    let mut bench = Bench::start(Mode::Simulation, worlds(Some(simulation), None));
    bench
        .wait("the world", |screen| screen.contains("SIMULATION"))
        .await;
    bench.press("My");
    bench
        .wait("the reason", |screen| {
            screen.contains("the mode was not switched")
        })
        .await;
    assert!(bench.screen().contains("SIMULATION"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_drawn_while_nothing_changes() {
    let dir = tempfile::tempdir().unwrap();
    let (simulation, _) = simulated(dir.path(), "default");
    let mut bench = Bench::start(Mode::Simulation, worlds(Some(simulation), None));
    bench
        .wait("the queue", |screen| {
            screen.contains("list read") && screen.contains("0 running")
        })
        .await;
    let before = bench.pictures();
    // Keys without a meaning here reach the console, and a resize shows that they were handled.
    bench.press("<f11><f11><f11>");
    bench.resize(150, 50);
    bench
        .wait("the new size", |screen| {
            screen.lines().next().unwrap().chars().count() == 150
        })
        .await;
    assert!(
        bench.pictures() - before <= 2,
        "{} pictures",
        bench.pictures() - before
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_console_knows_its_size_from_the_first_picture_on() {
    let dir = tempfile::tempdir().unwrap();
    let (simulation, _) = simulated(dir.path(), "default");
    let mut bench = Bench::start(Mode::Simulation, worlds(Some(simulation), None));
    bench
        .wait("the world", |screen| screen.contains("SIMULATION"))
        .await;
    assert_eq!(bench.believed(), (160, 50));
}
