//! One person, three systems, from an opened case to a closed one with its record, all of it in the
//! console: the real event loop over the simulated systems, only keyboard and screen are of the test.

use std::process::Command;

use dsr_console::domain::case::Ending;
use dsr_console::domain::mode::Mode;
use dsr_console::workflow::cases;

use crate::support::Home;
use crate::terminal_bench::{Bench, worlds};

async fn shown(bench: &mut Bench, text: &str) {
    bench.wait(text, |screen| screen.contains(text)).await;
}

/// Fills a form, answers its question with yes, and waits for what is said then.
async fn act(bench: &mut Bench, keys: &str, said: &str) {
    bench.press(keys);
    shown(bench, "[▸ No").await;
    bench.press("y");
    shown(bench, said).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_is_taken_from_an_opened_case_to_its_record() {
    let home = Home::new();
    let world = home.world("default").await;
    let mut bench = Bench::start(Mode::Simulation, worlds(Some((*world).clone()), None));
    let bench = &mut bench;
    shown(bench, "SIMULATION").await;
    bench.press("2b");
    shown(bench, "Cases 0 open").await;

    // Opened, receipt confirmed, identity checked.
    let who = "T-1<enter>anna.muster@example.org<enter>+49 30 23125014<enter><esc>S";
    act(bench, &format!("c<enter><enter>{who}"), "Case C-1 | erasure").await;
    act(bench, "a<enter>", "C-1: acknowledge is written down").await;
    let identity = "i<enter>call back<enter><enter><enter>";
    act(bench, identity, "C-1: identity is written down").await;

    erase_in_the_cloud(bench, &home).await;
    erase_in_favorites(bench).await;

    // What is the administrator's is left with a word; then the answer, and the end.
    let told = "c<enter><enter>the administrator of the corporate favorites<enter><enter><enter>";
    act(bench, told, "C-1: coverage is written down").await;
    act(
        bench,
        "wletter<enter><enter><enter>",
        "C-1 is answered: the clock stands",
    )
    .await;
    act(bench, "C<enter><enter>", "C-1 is closed as answered").await;
    bench.press("l");
    shown(bench, "Ledger of C-1").await;
    shown(bench, "case.close").await;
    bench.press("<esc>");

    let target = home.path("record");
    bench.press("e<ctrl-u>");
    bench.press(&target.display().to_string());
    bench.press("<enter>");
    shown(bench, "the record of C-1 is in").await;

    let file = cases::show(&world, "C-1").await.unwrap();
    assert_eq!(file.case.ending, Some(Ending::Answered));
    assert!(cases::open_columns(&file).is_empty(), "full coverage");
    let check = || {
        Command::new("sh")
            .arg("check.sh")
            .current_dir(&target)
            .output()
            .unwrap()
    };
    // All that was done for the case stands in its trail, whichever system it was in.
    let data: serde_json::Value =
        serde_json::from_slice(&std::fs::read(target.join("record.json")).unwrap()).unwrap();
    let told: Vec<&str> = data["ledger"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|entry| entry["action"].as_str())
        .collect();
    for action in [
        "search",
        "copies.find",
        "submit.outcome",
        "forget.search",
        "forget.plan",
        "gws.probe.outcome",
        "gws.delete_setting.intent",
        "gws.delete_setting.outcome",
        "gws.put_setting.outcome",
        "forget.result",
        "case.close",
    ] {
        assert!(told.contains(&action), "{action} is missing: {told:?}");
    }
    let checked = check();
    assert!(
        checked.status.success(),
        "{}",
        String::from_utf8_lossy(&checked.stdout)
    );
    let data = target.join("record.json");
    let changed = std::fs::read_to_string(&data)
        .unwrap()
        .replacen("letter", "lettre", 1);
    let changed = match changed.contains("lettre") {
        true => changed,
        false => changed.replacen("C-1", "C-2", 1),
    };
    std::fs::write(&data, changed).unwrap();
    assert!(!check().status.success(), "one changed word is found");
}

/// Genesys Cloud: searched, two deletions, completed, searched again.
async fn erase_in_the_cloud(bench: &mut Bench, home: &Home) {
    bench.press("s");
    shown(bench, "2 found; nothing completed yet").await;
    bench.press("n");
    shown(bench, "What were you given").await;
    bench.press("<enter>");
    shown(bench, "0 of 2 marked").await;
    bench.press("<space><down><space>");
    shown(bench, "2 of 2 marked").await;
    // What the case asks for is chosen.
    bench.press("<tab><tab>");
    shown(bench, "a copy first").await;
    bench.press("<tab>");
    shown(bench, "2 calls, plan").await;
    shown(bench, "and then: dsr requests submit").await;
    bench.press("S");
    shown(bench, "Submit 2 delete?").await;
    bench.press("y");
    shown(bench, "It stands in the requests").await;
    home.run(["--simulate", "simulator", "clock", "--advance", "40d"])
        .ends_with(0);
    bench.press("<esc><esc>bw");
    shown(bench, "changes seen").await;
    bench.press("b");
    shown(bench, "Cases 1 open").await;
    bench.press("<enter>");
    shown(bench, "erased, to be verified").await;
    bench.press("s");
    shown(bench, "verified: nothing left").await;
}

/// Favorites and Recents: found, deleted and verified.
async fn erase_in_favorites(bench: &mut Bench) {
    bench.press("f");
    shown(bench, "5 of them in settings that GWS can delete").await;
    bench.press("D");
    shown(bench, "GWS has no undo").await;
    bench.press("y");
    shown(bench, "deleted and verified").await;
    bench.press("2<enter>");
    shown(bench, "Case C-1 | erasure").await;
}
