//! The queue pane: filters, order, selection, and what a key press costs on the line.

use dsr_console::app::{Effect, Modal, TaskOutput, TaskRequest};
use dsr_console::domain::mode::Mode;
use dsr_console::domain::queue::QueueRow;
use dsr_console::domain::request::RequestType;

use super::app_harness::{Console, queue, row, rows, spawned};

fn console() -> Console {
    let mut console = Console::showing(160, 50, Mode::Simulation);
    console.load(rows());
    console.settle_queue();
    console.press("2z");
    console
}

impl Console {
    fn settle_queue(&mut self) {
        let id = self.running("queue refresh");
        self.done(id, TaskOutput::Queue(queue(rows())));
    }

    fn references(&mut self) -> Vec<String> {
        let rows = &self.app.screen.queue.rows;
        let all = (0..rows.len()).filter_map(|place| rows.get(place));
        all.map(|row| row.any_id().chars().take(8).collect()).collect()
    }
}

#[test]
fn what_is_typed_filters_with_every_key() {
    let mut console = console();
    console.press("/bert");
    assert_eq!(console.references(), ["00000002"], "Berta Beispiel");
    console.press("<ctrl-u>type=delete");
    assert_eq!(console.references(), ["00000001", "0b0b0b0b", "00000005"]);
    console.press(" status=unknown<enter>");
    assert_eq!(console.references(), ["0b0b0b0b"]);
    let screen = console.screen();
    assert!(screen.contains("Requests 1 of 5"), "{screen}");
    assert!(screen.contains("filter: type=delete status=unknown"), "{screen}");
    console.press("<esc>");
    assert_eq!(console.references().len(), 5, "esc shows all again");
}

#[test]
fn while_the_last_word_cannot_be_read_it_says_why_and_the_others_hold() {
    let mut console = console();
    console.press("/type=delete since=3");
    assert!(
        console.screen().contains("a day is written as"),
        "{}",
        console.screen()
    );
    assert_eq!(console.references().len(), 3);
    console.press("<enter>");
    assert_eq!(console.app.screen.queue.line.value(), "type=delete");
}

#[test]
fn keys_filter_by_type_status_and_mine() {
    let mut console = console();
    console.press("t");
    assert_eq!(console.references(), ["00000002"], "exports");
    console.press("ttt");
    assert_eq!(console.references().len(), 5, "round to all again");
    console.press("f");
    assert_eq!(console.app.screen.queue.line.value(), "status=completed");
    console.press("<esc>m");
    assert_eq!(console.references(), ["00000001", "0b0b0b0b"]);
}

#[test]
fn the_order_goes_round_the_columns_and_can_be_reversed() {
    let mut console = console();
    console.press("s");
    assert_eq!(
        &console.references()[..3],
        ["0b0b0b0b", "00000002", "00000001"],
        "by due day, none last"
    );
    console.press("S");
    assert_eq!(&console.references()[..3], ["00000001", "00000002", "0b0b0b0b"]);
    assert_eq!(
        &console.references()[3..],
        ["00000004", "00000005"],
        "without a day still last"
    );
    console.press("ssss");
    assert!(
        console.screen().contains("| newest first"),
        "{}",
        console.screen()
    );
    console.press("S");
    assert_eq!(console.references()[0], "00000005");
}

#[test]
fn the_selection_follows_its_request_through_order_filter_and_refresh() {
    let mut console = console();
    console.press("<down><down>");
    console.press("s");
    console.press("/delete<enter>");
    let id = |console: &Console| console.app.screen.queue.selected().unwrap().any_id().to_owned();
    assert!(id(&console).starts_with("0b0b"));
    console.press("r");
    let refresh = console.running("queue refresh");
    let mut more = vec![row(0, RequestType::Delete, "INITIATED", "Neu Dazu")];
    more.extend(rows());
    console.done(refresh, TaskOutput::Queue(queue(more)));
    assert!(id(&console).starts_with("0b0b"));
}

#[test]
fn the_due_column_says_what_is_missing_instead_of_guessing() {
    let mut console = console();
    let screen = console.screen();
    let line = |start: &str| {
        screen
            .lines()
            .find(|line| line.contains(start))
            .unwrap()
            .to_owned()
    };
    assert!(line("CASE-17").contains("3 Dec") && line("CASE-17").contains("15 d left"));
    assert!(line("00000004").contains("no case"));
    assert!(line("CASE-19").contains("! settle it"));
    assert!(line("CASE-18").contains("2 to fetch"));
    assert!(line("00000005").contains("merge set"));
    assert!(screen.contains("Requests 5 | 1 due in 7 days"), "{screen}");
}

#[test]
fn a_due_day_of_another_year_is_told_whole() {
    let mut console = Console::showing(80, 24, Mode::Simulation);
    let mut later = rows();
    later[0].due = Some(jiff::civil::date(2027, 1, 14));
    console.load(later);
    console.press("2z");
    let screen = console.screen();
    assert!(
        screen.contains("14 Jan 2027") && screen.contains("20 Nov "),
        "{screen}"
    );
}

#[test]
fn narrow_columns_go_from_the_right_and_the_four_stay() {
    let mut console = Console::showing(80, 24, Mode::Simulation);
    console.load(rows());
    let screen = console.screen();
    for heading in ["REF", "SUBJECT", "STATUS", "DUE"] {
        assert!(screen.contains(heading), "{heading} is missing:\n{screen}");
    }
    assert!(!screen.contains(" BY"), "{screen}");
}

#[test]
fn names_from_outside_cannot_steer_the_terminal() {
    let mut console = Console::showing(120, 30, Mode::Simulation);
    let hostile = "E\u{1b}[2Jv\u{202e}il\u{200b}\nname";
    console.load(vec![row(1, RequestType::Export, "COMP\u{1b}[1mLETED", hostile)]);
    console.press("2v");
    let screen = console.screen();
    assert!(!screen.contains(['\u{1b}', '\u{202e}', '\u{200b}']), "{screen:?}");
}

#[test]
fn opening_a_row_opens_its_detail() {
    let mut console = console();
    console.press("<enter>");
    assert!(matches!(console.app.screen.modals.last(), Some(Modal::Detail(_))));
}

#[test]
fn actions_say_why_they_do_not_work_and_work_where_they_do() {
    let mut console = console();
    assert!(console.press("d").is_empty());
    assert!(
        console
            .screen()
            .contains("download: not now, only exports have results")
    );
    let effects = console.press("<down>d");
    assert!(matches!(spawned(&effects)[..], [TaskRequest::Download { id }] if id.starts_with("00000002")));
    let effects = console.press("u");
    assert!(matches!(spawned(&effects)[..], [TaskRequest::Reconcile(ids)] if ids.is_empty()));
    console.press("r");
    assert!(console.press("r").is_empty(), "the list is read once at a time");
    assert!(console.screen().contains("the list is being read already"));
}

#[test]
fn what_changed_something_makes_the_rows_be_read_again() {
    let mut console = console();
    let effects = console.press("w");
    let Some(Effect::Spawn { id, .. }) = effects.first() else {
        panic!("{effects:?}");
    };
    let effects = console.done(*id, TaskOutput::Looked(Default::default()));
    assert!(matches!(spawned(&effects)[..], [TaskRequest::LocalQueue]));
}

fn many(n: u32) -> Vec<QueueRow> {
    (0..n)
        .map(|n| {
            row(
                n,
                RequestType::ALL[n as usize % 3],
                "COMPLETED",
                &format!("Person {n}"),
            )
        })
        .collect()
}

#[test]
fn moving_the_selection_changes_two_cells() {
    let mut console = Console::showing(160, 50, Mode::Simulation);
    console.load(many(1_000));
    console.press("2");
    for _ in 0..5 {
        assert_eq!(console.cells_changed("<down>"), 2);
    }
}

#[test]
fn holding_down_repaints_the_rows_twice_a_page_at_most() {
    for keys in ["2", "2z"] {
        let mut console = Console::showing(160, 50, Mode::Simulation);
        console.load(many(1_000));
        console.press(keys);
        let cells: usize = (0..200).map(|_| console.cells_changed("<down>")).sum();
        // A changed cell costs one to two bytes on the line; the budget is 600 bytes a key.
        assert!(cells / 200 <= 250, "{} cells a key", cells / 200);
    }
}

#[test]
fn a_typed_character_changes_the_field_and_its_cursor_only() {
    let mut console = Console::showing(160, 50, Mode::Simulation);
    console.load(many(1_000));
    console.press("2/person");
    assert!(console.cells_changed(" ") <= 4);
}

#[test]
fn the_selection_stays_on_a_request_whose_remote_id_becomes_known() {
    let mut console = console();
    console.press("2");
    let unknown = rows().into_iter().find(|row| row.id.is_none()).unwrap();
    let selected = |console: &Console| console.app.screen.queue.selected().unwrap();
    while selected(&console).operation_id != unknown.operation_id {
        console.press("<down>");
    }
    let known: Vec<QueueRow> = rows()
        .into_iter()
        .map(|row| QueueRow {
            id: row
                .id
                .clone()
                .or(Some("7f3a0000-0000-4000-8000-00000000000a".into())),
            ..row
        })
        .collect();
    let reread = |console: &mut Console, rows: Vec<QueueRow>| {
        console.press("r");
        let refresh = console.running("queue refresh");
        console.done(refresh, TaskOutput::Queue(queue(rows)));
    };
    reread(&mut console, known);
    assert_eq!(selected(&console).operation_id, unknown.operation_id);
    // A selection that has to move says so: keys would act on another request.
    let others = rows().into_iter().filter(|row| row.operation_id.is_none());
    reread(&mut console, others.collect());
    assert!(
        console.screen().contains("the selection has moved"),
        "{}",
        console.screen()
    );
}

#[test]
fn the_filter_shows_what_can_be_typed_until_something_is() {
    let mut console = Console::showing(80, 24, Mode::Simulation);
    console.load(rows());
    console.press("2/");
    assert!(console.screen().contains("type=delete status=error since=30d"));
    console.press("x");
    assert!(!console.screen().contains("status=error"));
}
