//! Focus, typing, palette, help, notices, reveal and leaving.

use dsr_console::app::{Effect, Msg, PaneId, TaskRequest};
use dsr_console::domain::failure::{Changed, Failure, FailureKind};
use dsr_console::domain::mode::Mode;
use ratatui::style::Modifier;

use super::app_harness::{Console, options, rows, spawned};

fn console() -> Console {
    let mut console = Console::showing(160, 50, Mode::Simulation);
    console.load(rows());
    console
}

fn failure() -> Failure {
    let mut failure = Failure::new(FailureKind::Unreachable, "The answer was cut off.")
        .at("genesys_cloud")
        .changed(Changed::Unknown)
        .next("Wait a minute and look again.");
    failure.correlation_id = Some("5d0e-77".to_owned());
    failure
}

#[test]
fn numbers_and_tab_move_the_focus_and_it_is_seen_without_colour() {
    let mut console = console();
    for (key, pane, title) in [
        ("1", PaneId::Search, "▸1 Subject search"),
        ("4", PaneId::Jobs, "▸4 Jobs"),
        ("<tab>", PaneId::Search, "▸1 Subject search"),
        ("<shift-tab>", PaneId::Jobs, "▸4 Jobs"),
        ("3", PaneId::Favorites, "▸3 Favorites matches"),
    ] {
        console.press(key);
        assert_eq!(console.app.screen.focus, pane);
        assert!(console.modifier_at(title).contains(Modifier::REVERSED), "{title}");
    }
}

#[test]
fn zoom_gives_the_focused_pane_the_screen_and_takes_it_back() {
    let mut console = console();
    console.press("2z");
    let zoomed = console.screen();
    assert!(
        zoomed.contains("2 Requests 5") && !zoomed.contains("4 Jobs"),
        "{zoomed}"
    );
    console.press("z");
    assert!(console.screen().contains("4 Jobs"));
}

#[test]
fn while_typing_no_character_is_a_command() {
    let mut console = console();
    let effects = console.press("2/nqM?:!1zyv");
    assert!(effects.is_empty(), "{effects:?}");
    assert_eq!(console.app.screen.queue.line.value(), "nqM?:!1zyv");
    assert!(console.app.screen.modals.is_empty());
    console.press("<esc>");
    assert!(!console.app.screen.queue.filtering);
    console.press("/<ctrl-g>");
    assert!(!console.app.screen.queue.filtering, "ctrl-g leaves as well");
}

#[test]
fn pasted_text_goes_into_a_field_in_one_line_or_nowhere() {
    let mut console = console();
    let effects = console.send(Msg::Paste("q\nM".to_owned()));
    assert!(effects.is_empty() && console.app.screen.modals.is_empty());
    console.press("2/");
    console.send(Msg::Paste("anna\u{1b}[31m\u{202e} \nmuster\n".to_owned()));
    let value = console.app.screen.queue.line.value();
    assert!(
        value.starts_with("anna") && value.ends_with("muster"),
        "{value:?}"
    );
    assert!(
        !value.contains(|c: char| c.is_control() || c == '\u{202e}'),
        "{value:?}"
    );
}

#[test]
fn the_palette_finds_a_command_and_does_it() {
    let mut console = console();
    console.press("2:jobs");
    assert!(console.screen().contains("Go to the jobs."));
    console.press("<enter>");
    assert!(console.app.screen.modals.is_empty());
    assert_eq!(console.app.screen.focus, PaneId::Jobs);
    let effects = console.press(":quit<enter>");
    assert!(matches!(effects[..], [Effect::Quit]), "{effects:?}");
}

#[test]
fn the_palette_says_why_a_command_does_not_work_now() {
    let mut console = console();
    console.press("2:download");
    assert!(
        console.screen().contains("not now: only exports have results"),
        "{}",
        console.screen()
    );
    let effects = console.press("<enter>");
    assert!(effects.is_empty());
    assert!(
        console
            .screen()
            .contains("download: not now, only exports have results")
    );
}

#[test]
fn the_help_shows_the_keys_of_the_focused_pane() {
    let mut console = console();
    console.press("2?");
    let screen = console.screen();
    assert!(
        screen.contains("Keys: Requests") && screen.contains("Filter the rows."),
        "{screen}"
    );
    assert!(!screen.contains("Cancel the task."), "keys of another pane");
    console.press("<esc>4?");
    let screen = console.screen();
    // What is below is still there, and what does not fit is counted; the same key shows all of it.
    assert!(
        screen.contains("Cancel the task.") && screen.contains("more below"),
        "{screen}"
    );
    assert!(!screen.contains("Leave the console."), "{screen}");
    console.press("?");
    assert!(
        console.screen().contains("Leave the console."),
        "{}",
        console.screen()
    );
    console.press("<esc>");
    assert!(!console.screen().contains("Keys: "), "{}", console.screen());
}

#[test]
fn an_error_stays_on_the_line_until_it_is_read_and_says_everything() {
    let mut console = console();
    let refresh = console.running("queue refresh");
    console.failed(refresh, failure());
    console.press("<down><down><up>");
    assert!(
        console
            .screen()
            .contains("! queue refresh: The answer was cut off.")
    );
    console.press("!");
    let screen = console.screen();
    for text in [
        "The answer was cut off.",
        "genesys_cloud",
        "Whether anything was changed is not known yet.",
        "Wait a minute and look again.",
        "5d0e-77",
    ] {
        assert!(screen.contains(text), "{text} is missing:\n{screen}");
    }
    console.press("<esc>");
    assert!(
        !console.screen().contains("! queue refresh"),
        "read, and gone from the line"
    );
}

#[test]
fn what_is_only_worth_knowing_goes_with_the_next_key() {
    let mut console = console();
    console.press("2y");
    assert!(
        console
            .screen()
            .contains("sent to the terminal's clipboard: dsr requests show 00000001")
    );
    console.press("<down>");
    assert!(!console.screen().contains("sent to the terminal"));
}

#[test]
fn copying_hands_out_the_command_without_a_personal_value() {
    let mut console = console();
    let effects = console.press("2y");
    let [Effect::Copy(text)] = &effects[..] else {
        panic!("{effects:?}");
    };
    assert_eq!(text, "dsr requests show 00000001-0000-4000-8000-00000000000a");
}

#[test]
fn revealing_is_recorded_and_ends_by_itself() {
    let mut console = console();
    console.press("2");
    assert!(!console.screen().contains("Anna Muster"));
    let effects = console.press("v");
    assert!(matches!(spawned(&effects)[..], [TaskRequest::RecordReveal(place)] if place == "queue"));
    assert!(console.screen().contains("Anna Muster"));
    console.wait(179);
    assert!(console.screen().contains("Anna Muster"));
    console.wait(1);
    assert!(
        !console.screen().contains("Anna Muster"),
        "masked when left alone"
    );
    console.press("v");
    assert!(console.press("v").is_empty(), "masking is not recorded");
    assert!(!console.screen().contains("Anna Muster"));
}

#[test]
fn a_key_press_keeps_what_was_revealed() {
    let mut console = console();
    console.press("2v");
    console.wait(170);
    console.press("<down>");
    console.wait(170);
    assert!(console.screen().contains("Anna Muster"));
}

#[test]
fn ctrl_c_leaves_field_then_modal_then_the_console() {
    let mut console = console();
    console.press("2/a<ctrl-c>");
    assert!(!console.app.screen.queue.filtering);
    console.press("!<ctrl-c>");
    assert!(console.app.screen.modals.is_empty());
    assert!(matches!(console.press("<ctrl-c>")[..], [Effect::Quit]));
}

#[test]
fn leaving_while_something_is_sent_is_asked_and_no_is_the_default() {
    let mut console = console();
    console.press("2w");
    assert!(console.press("q").is_empty());
    let screen = console.screen();
    assert!(
        screen.contains("Leave while requests are being sent?"),
        "{screen}"
    );
    assert!(
        screen.contains("look at open requests"),
        "names what runs: {screen}"
    );
    assert!(console.press("<enter>").is_empty(), "Enter is No");
    assert!(console.app.screen.modals.is_empty());
    assert!(matches!(console.press("qy")[..], [Effect::Quit]));
    assert!(matches!(console.press("q<tab><enter>")[..], [Effect::Quit]));
}

#[test]
fn suspend_and_repaint_work_everywhere() {
    let mut console = console();
    for place in ["2", "/", "<esc>!", "<esc>:", "<esc>n"] {
        console.press(place);
        assert!(
            matches!(console.press("<ctrl-z>")[..], [Effect::Suspend]),
            "{place}"
        );
        assert!(
            matches!(console.press("<ctrl-l>")[..], [Effect::Repaint]),
            "{place}"
        );
    }
}

#[test]
fn before_any_world_nothing_can_be_started_and_nothing_breaks() {
    let mut console = Console::new(80, 24, options());
    assert!(console.screen().contains("opening"));
    let effects = console.press("1/<esc>2rdwu/<esc>stfm3<enter>4x<enter>!<esc>?<esc>:<esc>vM");
    assert!(spawned(&effects).is_empty(), "{effects:?}");
}

#[test]
fn nothing_is_drawn_when_nothing_changed() {
    let mut console = console();
    console.settle();
    console.app.take_dirty();
    console.wait(20);
    assert!(!console.app.take_dirty(), "time alone draws nothing");
    console.wait(24 * 3600);
    assert!(
        console.app.take_dirty(),
        "another day is another number of days left"
    );
}
