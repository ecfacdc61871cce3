//! Screens with their styles at three sizes and more. A change of a snapshot is a change of what an
//! operator sees.

use dsr_console::app::{Look, Msg, WorldInfo};
use dsr_console::domain::failure::{Failure, FailureKind};
use dsr_console::domain::mode::Mode;

use super::app_harness::{Console, options, rows, world};

fn console(columns: u16, lines: u16, mode: Mode) -> Console {
    let mut console = Console::showing(columns, lines, mode);
    console.load(rows());
    let check = console.running("check of permissions");
    console.progress(check, 2, Some(4));
    console
}

#[test]
fn the_smallest_screen() {
    insta::assert_snapshot!(console(80, 24, Mode::Simulation).styled());
}

#[test]
fn the_four_panes() {
    insta::assert_snapshot!(console(160, 50, Mode::Simulation).styled());
}

#[test]
fn the_largest_screen_in_live_mode() {
    insta::assert_snapshot!(console(200, 60, Mode::Live).styled());
}

#[test]
fn the_smallest_wide_screen_in_live_mode() {
    insta::assert_snapshot!(console(120, 30, Mode::Live).screen());
}

#[test]
fn help_over_the_requests() {
    let mut console = console(80, 24, Mode::Simulation);
    console.press("2?");
    insta::assert_snapshot!(console.screen());
}

#[test]
fn the_palette() {
    let mut console = console(80, 24, Mode::Simulation);
    console.press(":re");
    insta::assert_snapshot!(console.screen());
}

#[test]
fn the_question_before_live() {
    let mut console = console(80, 24, Mode::Simulation);
    console.press("M");
    insta::assert_snapshot!(console.styled());
}

#[test]
fn notices_in_full() {
    let mut console = console(80, 24, Mode::Simulation);
    let refresh = console.running("queue refresh");
    let mut failure = Failure::new(FailureKind::Unreachable, "The name of the server was not found.")
        .at("genesys_cloud")
        .next("Check the network and the region of the profile; `dsr doctor` looks at each step.");
    failure.code = Some("dns".to_owned());
    console.failed(refresh, failure);
    console.press("2y!");
    insta::assert_snapshot!(console.screen());
}

#[test]
fn in_ascii_no_other_character_is_on_screen() {
    for mode in [Mode::Simulation, Mode::Live] {
        let look = Look {
            ascii: true,
            ..Look::default()
        };
        let mut console = Console::with_look(120, 30, look);
        console.show(mode);
        let mut named = rows();
        named[0].label = "Jürgen Grün 日本".into();
        console.load(named);
        console.press("2v");
        let screen = console.screen();
        assert!(screen.is_ascii(), "{screen}");
        assert!(screen.contains("J?rgen Gr?n"), "{screen}");
    }
}

#[test]
fn monochrome_has_no_colour_and_loses_no_meaning() {
    let look = Look {
        monochrome: true,
        ..Look::default()
    };
    let mut console = Console::with_look(120, 30, look);
    console.load(rows());
    let styled = console.styled();
    let legend: Vec<&str> = styled
        .lines()
        .filter(|line| line.contains(" = ") && !line.starts_with(['|', ':']))
        .collect();
    assert!(!legend.is_empty());
    for line in legend {
        let style = line.split(" = ").nth(1).unwrap();
        assert!(
            style.starts_with(|c: char| c.is_uppercase()) && !style.contains("on "),
            "{line}"
        );
        let modifiers = ["BOLD", "REVERSED", "UNDERLINED", "DIM"];
        assert!(style.split(" | ").all(|part| modifiers.contains(&part)), "{line}");
    }
}

#[test]
fn below_the_smallest_size_a_plain_message_and_back_again() {
    let mut console = console(80, 24, Mode::Live);
    console.resize(79, 24);
    let screen = console.screen();
    assert!(
        screen.contains("dsr needs 80 x 20") && screen.contains("LIVE"),
        "{screen}"
    );
    console.resize(80, 19);
    assert!(console.screen().contains("dsr needs 80 x 20"));
    console.resize(80, 20);
    assert!(console.screen().contains("CASE-17"));
    for (columns, lines) in [(0, 0), (1, 1), (3, 2), (300, 90)] {
        console.resize(columns, lines);
        console.screen();
    }
}

#[test]
fn every_part_can_be_drawn_at_every_size() {
    for (columns, lines) in [(80, 20), (80, 24), (119, 29), (120, 30), (160, 50), (200, 60)] {
        let mut console = console(columns, lines, Mode::Live);
        for keys in [
            "1", "2", "3", "4", "z", "2/", "<esc>?", "<esc>:", "<esc>!", "<esc>n",
        ] {
            console.press(keys);
            console.screen();
        }
    }
}

#[test]
fn every_tab_is_in_reach_where_the_status_bar_takes_much_room() {
    let mut console = Console::new(80, 24, options());
    let info = WorldInfo {
        clock_offset: 3 * 86_400,
        ..world(Mode::Simulation)
    };
    console.send(Msg::WorldReady { epoch: 1, info });
    let bar = |console: &mut Console| console.screen().lines().next().unwrap().to_owned();
    console.press("4");
    let shown = bar(&mut console);
    assert!(shown.contains("clock +3 d"), "{shown}");
    assert!(shown.trim_end().ends_with("1 2 3▸4 Jobs"), "{shown}");
    console.press("2");
    assert!(bar(&mut console).trim_end().ends_with("1▸2 Requests 3 4"));
}
