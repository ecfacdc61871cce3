//! The job pane: a row for everything, progress, cancel, errors in full.

use dsr_console::app::{Effect, TaskOutput};
use dsr_console::domain::failure::{Failure, FailureKind};
use dsr_console::domain::mode::Mode;

use super::app_harness::{Console, queue, rows};

fn console() -> Console {
    let mut console = Console::showing(120, 30, Mode::Simulation);
    console.load(rows());
    console
}

#[test]
fn a_task_has_its_row_before_it_runs_and_keeps_it_afterwards() {
    let mut console = console();
    assert!(console.screen().contains("queue refresh"));
    let id = console.running("queue refresh");
    console.done(id, TaskOutput::Queue(queue(rows())));
    let screen = console.screen();
    assert!(
        screen.contains("✓ queue refresh") && screen.contains("5 requests"),
        "{screen}"
    );
}

#[test]
fn progress_is_painted_twice_a_second_at_most() {
    let mut console = console();
    let id = console.running("queue refresh");
    console.progress(id, 410, Some(1_000));
    assert!(
        console.screen().contains("[####------]  41 %"),
        "{}",
        console.screen()
    );
    console.app.take_dirty();
    console.progress(id, 420, Some(1_000));
    assert!(!console.app.take_dirty());
    console.wait(1);
    console.progress(id, 430, Some(1_000));
    assert!(console.app.take_dirty());
    assert!(console.screen().contains("43 %"));
}

#[test]
fn cancel_tells_the_task_once() {
    let mut console = console();
    let id = console.running("queue refresh");
    console.press("4");
    while console.app.screen.jobs.selected(&console.app.shared).unwrap().id != id {
        console.press("<down>");
    }
    let effects = console.press("x");
    assert!(
        matches!(effects[..], [Effect::Cancel(told)] if told == id),
        "{effects:?}"
    );
    assert!(console.press("x").is_empty());
    assert!(console.screen().contains("the task was told to stop already"));
    console.failed(id, Failure::new(FailureKind::Interrupted, "Cancelled."));
    assert!(
        console
            .screen()
            .contains("queue refresh: cancelled. Nothing was changed.")
    );
    assert_eq!(
        console.app.shared.notices.unread_errors(),
        0,
        "a cancelled task is no error"
    );
}

#[test]
fn a_cancelled_mutation_says_that_what_was_sent_runs_on() {
    let mut console = console();
    console.press("2w4<home>x");
    let screen = console.screen();
    assert!(
        screen.contains("runs on until its outcome is recorded"),
        "{screen}"
    );
    assert!(screen.contains("stopping; what is"), "{screen}");
}

#[test]
fn the_error_of_a_task_is_there_in_full() {
    let mut console = console();
    let id = console.running("queue refresh");
    let mut failure = Failure::new(FailureKind::BadAnswer, "The answer is HTML, not JSON.")
        .at("genesys_cloud")
        .next("Check the proxy.");
    failure.correlation_id = Some("77-aa".to_owned());
    console.failed(id, failure);
    console.press("4z");
    while console.app.screen.jobs.selected(&console.app.shared).unwrap().id != id {
        console.press("<down>");
    }
    console.press("<enter>");
    let screen = console.screen();
    for text in [
        "✗ queue refresh",
        "Nothing was changed.",
        "Check the proxy.",
        "77-aa",
    ] {
        assert!(screen.contains(text), "{text} is missing:\n{screen}");
    }
}

#[test]
fn the_selection_stays_on_its_task_when_others_start() {
    let mut console = console();
    let id = console.running("queue refresh");
    console.press("4");
    while console.app.screen.jobs.selected(&console.app.shared).unwrap().id != id {
        console.press("<down>");
    }
    let on_top = console.app.screen.jobs.list.selected() == Some(0);
    console.press("AA");
    let selected = console.app.screen.jobs.selected(&console.app.shared).unwrap().id;
    assert!(on_top || selected == id, "the selection moved to another task");
}

#[test]
fn ages_change_in_coarse_steps() {
    let mut console = console();
    console.app.take_dirty();
    console.wait(59);
    assert!(!console.app.take_dirty());
    console.wait(1);
    assert!(console.app.take_dirty());
    assert!(console.screen().contains("1 min"));
}

#[test]
fn ended_tasks_can_be_removed_from_the_list() {
    let mut console = console();
    console.settle();
    console.press("4c");
    assert!(console.screen().contains("will stand here while they run"));
}
