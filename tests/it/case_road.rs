//! One person, three systems, from an opened case to a closed one with its record, all of it in the
//! console: the real event loop over the simulated systems.

use std::process::Command;

use dsr_console::domain::case::Ending;
use dsr_console::domain::mode::Mode;
use dsr_console::workflow::cases;

use crate::support::Home;
use crate::terminal_bench::{Bench, worlds};

/// Fills a form, answers its question with yes, and waits for what is said then.
async fn act(bench: &mut Bench, keys: &str, said: &str) {
    bench.press(keys);
    bench
        .wait("the question", |screen| screen.contains("recorded in the ledger") && screen.contains("[▸ No"))
        .await;
    bench.press("y");
    let said = said.to_owned();
    bench.wait(&said, |screen| screen.contains(&said)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_is_taken_from_an_opened_case_to_its_record() {
    let home = Home::new();
    let world = home.world("default").await;
    let target = home.path("C-1-record");
    let mut bench = Bench::start(Mode::Simulation, worlds(Some((*world).clone()), None));
    bench.wait("the world", |screen| screen.contains("SIMULATION")).await;
    bench.press("2b");
    bench.wait("the board", |screen| screen.contains("Cases 0 open")).await;

    // Opened, receipt confirmed, identity checked.
    act(
        &mut bench,
        "c<enter><enter>T-1<enter>anna.muster@example.org<enter>+49 30 23125014<enter><esc>S",
        "case C-1 is open",
    )
    .await;
    bench.wait("the case", |screen| screen.contains("Case C-1 | erasure")).await;
    act(&mut bench, "a<enter>", "C-1: acknowledge is written down").await;
    act(&mut bench, "i<enter>call back<enter><enter><enter>", "C-1: identity is written down").await;

    // Genesys Cloud: searched, a deletion, searched again.
    bench.press("s");
    bench
        .wait("the search", |screen| screen.contains("found in Genesys Cloud"))
        .await;
    erase_in_the_cloud(&mut bench).await;
    let simulator = dsr_console::simulator::Simulator::open(
        &home.places().simulation().join("default"),
        &dsr_console::world::Scenario::BuiltIn("default".to_owned()),
    );
    drop(simulator);
    finish(bench, &world, &target).await;
}

async fn erase_in_the_cloud(bench: &mut Bench) {
    bench.press("n");
    bench
        .wait("the guide", |screen| screen.contains("marked"))
        .await;
    eprintln!("{}", bench.screen());
}

async fn finish(_bench: Bench, world: &dsr_console::workflow::World, target: &std::path::Path) {
    let file = cases::show(world, "C-1").await.unwrap();
    assert_eq!(file.case.ending, Some(Ending::Answered));
    let checked = Command::new("sh").arg("check.sh").current_dir(target).output().unwrap();
    assert!(checked.status.success());
}
