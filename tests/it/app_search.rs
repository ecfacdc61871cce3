//! The search pane by key presses.

use dsr_console::app::{Effect, Modal, Msg, TaskId, TaskOutput, TaskRequest};
use dsr_console::domain::failure::{Failure, FailureKind};
use dsr_console::domain::identifier::{Identifier, IdentifierKind};
use dsr_console::domain::mode::Mode;
use dsr_console::workflow::search::SearchResult;

use super::app_harness::Console;
use super::app_persons::{agent, contact, merged, result, task};

fn console() -> Console {
    let mut console = Console::showing(160, 50, Mode::Simulation);
    console.press("1");
    console
}

fn search(effects: &[Effect]) -> (TaskId, Vec<Identifier>) {
    match task(effects, |request| matches!(request, TaskRequest::Search(_))) {
        (id, TaskRequest::Search(identifiers)) => (id, identifiers.clone()),
        (_, other) => panic!("{other:?}"),
    }
}

fn found(keys: &str, result: SearchResult) -> Console {
    let mut console = console();
    let (id, _) = search(&console.press(keys));
    console.done(id, TaskOutput::Searched(result));
    console
}

#[test]
fn several_identifiers_are_asked_together_each_as_what_it_is() {
    let mut console = console();
    let (_, asked) = search(&console.press("/anna@example.org<tab>+49 30 23125014<tab>Anna Muster<enter>"));
    let expected = [
        (IdentifierKind::Email, "anna@example.org"),
        (IdentifierKind::Phone, "+49 30 23125014"),
        (IdentifierKind::Name, "Anna Muster"),
    ];
    assert_eq!(asked, expected.map(|(kind, value)| Identifier::new(kind, value)));
}

#[test]
fn up_and_down_say_what_it_is_while_typing() {
    let mut console = console();
    let (_, asked) = search(&console.press("/4711<down><down><down><enter>"));
    assert_ne!(asked[0].kind, IdentifierKind::Phone);
    assert!(console.screen().contains("asking"), "{}", console.screen());
}

#[test]
fn what_cannot_be_asked_for_is_said_before_anything_is_asked() {
    let mut console = console();
    let effects = console.press("/anna@example.org<tab>abc<up><enter>");
    assert!(effects.is_empty(), "{effects:?}");
    assert!(console.app.screen.search.who.typing(), "the wrong line is open");
    assert_eq!(console.app.screen.search.who.selected(), 1);
    let line = console
        .screen()
        .lines()
        .find(|line| line.contains("abc"))
        .unwrap()
        .to_owned();
    assert!(line.contains("phone"), "{line}");
    assert!(console.app.screen.search.who.lines()[1].error.is_some());
}

#[test]
fn one_row_a_person_says_what_matched_and_is_masked_until_it_is_revealed() {
    let mut console = found(
        "/person1@example.org<enter>",
        result(vec![merged(1, "Anna Muster"), agent(2, "Anna Muster")]),
    );
    let screen = console.screen();
    assert!(screen.contains("2 persons"), "{screen}");
    assert!(
        screen.contains("A••• M•••••") && !screen.contains("Anna"),
        "{screen}"
    );
    assert!(screen.contains("e-mail, name (tra"), "{screen}");
    assert!(
        screen.contains("ext. contact +1") && screen.contains("user (agent)"),
        "{screen}"
    );
    assert!(screen.contains("merged set of 2"), "{screen}");
    let effects = console.press("v");
    task(
        &effects,
        |request| matches!(request, TaskRequest::RecordReveal(place) if place == "search"),
    );
    assert!(console.screen().contains("Anna Muster"));
    console.press("<enter>");
    assert!(
        console.screen().contains("person1@example.org"),
        "{}",
        console.screen()
    );
}

#[test]
fn an_incomplete_search_says_so_and_why() {
    let mut console = found(
        "/person1@example.org<enter>",
        SearchResult {
            complete: false,
            notes: vec!["the users could not be asked: access denied".to_owned()],
            ..result(Vec::new())
        },
    );
    let screen = console.screen();
    assert!(
        screen.contains("INCOMPLETE") && screen.contains("the users could not be asked"),
        "{screen}"
    );
}

#[test]
fn every_form_asked_stands_with_its_answers() {
    let mut console = found("/person1@example.org<enter>", result(Vec::new()));
    assert!(console.screen().contains("Nobody was found"));
    console.press("a");
    let screen = console.screen();
    assert!(
        screen.contains("lower case") && screen.contains("failed"),
        "{screen}"
    );
    assert!(!screen.contains("person1@"), "masked: {screen}");
}

#[test]
fn only_the_answer_to_the_latest_question_is_shown() {
    let mut console = console();
    let (first, _) = search(&console.press("/old@example.org<enter>"));
    let effects = console.press("/<ctrl-u>new@example.org<enter>");
    assert!(
        effects
            .iter()
            .any(|effect| matches!(effect, Effect::Cancel(id) if *id == first))
    );
    let (second, _) = search(&effects);
    console.done(first, TaskOutput::Searched(result(vec![contact(1, "Otto Alt")])));
    assert!(console.app.screen.search.found.candidates().is_empty());
    console.done(second, TaskOutput::Searched(result(vec![contact(2, "Nina Neu")])));
    assert_eq!(console.app.screen.search.found.candidates().len(), 1);
}

#[test]
fn a_failed_search_says_what_to_do() {
    let mut console = console();
    let (id, _) = search(&console.press("/person1@example.org<enter>"));
    let failure = Failure::new(FailureKind::Unreachable, "Genesys Cloud could not be reached.")
        .next("Check the network.");
    console.failed(id, failure);
    let screen = console.screen();
    assert!(screen.contains("Check the network."), "{screen}");
}

#[test]
fn pasted_text_goes_into_the_field_on_one_line() {
    let mut console = console();
    console.send(Msg::Paste("ignored outside a field".to_owned()));
    console.press("/");
    console.send(Msg::Paste("anna@example.org\r\n\u{1b}[2J".to_owned()));
    let (_, asked) = search(&console.press("<enter>"));
    assert_eq!(asked[0].value, "anna@example.org");
}

#[test]
fn names_from_outside_cannot_steer_the_terminal() {
    let hostile = "E\u{1b}[2Jv\u{202e}il\u{200b}\nname";
    let mut console = found("/person1@example.org<enter>", result(vec![contact(1, hostile)]));
    console.press("v<enter>");
    let screen = console.screen();
    assert!(!screen.contains(['\u{1b}', '\u{202e}', '\u{200b}']), "{screen:?}");
}

#[test]
fn a_new_request_begins_with_the_person_selected_but_never_with_an_agent() {
    for (candidates, keys, marked) in [
        (
            vec![contact(1, "Anna Muster"), contact(2, "Anna Muster")],
            "<down>n",
            vec!["ref-2"],
        ),
        (
            vec![contact(1, "Anna Muster"), contact(2, "Anna Muster")],
            " <down> n",
            vec!["ref-1", "ref-2"],
        ),
        (
            vec![agent(1, "Anna Muster"), contact(2, "Anna Muster")],
            "n",
            vec![],
        ),
        (vec![agent(1, "Anna Muster")], "n", vec![]),
    ] {
        let mut console = found("/person1@example.org<enter>", result(candidates));
        console.press(keys);
        let Some(Modal::Guide(guide)) = console.app.screen.modals.last() else {
            panic!("no guide after {keys}");
        };
        let references: Vec<&str> = guide
            .found
            .marked()
            .iter()
            .map(|c| c.reference.as_str())
            .collect();
        assert_eq!(references, marked, "after {keys}");
    }
}

#[test]
fn the_same_as_a_command_holds_no_personal_value() {
    let mut console = console();
    console.press("/anna@example.org<tab>+49 30 23125014<esc>");
    let effects = console.press("y");
    let copied = effects.iter().find_map(|effect| match effect {
        Effect::Copy(text) => Some(text.as_str()),
        _ => None,
    });
    assert_eq!(copied, Some("dsr subjects search --email @FILE --phone @FILE"));
}

#[test]
fn the_pane_at_its_smallest() {
    let mut console = Console::showing(80, 24, Mode::Simulation);
    let (id, _) = search(&console.press("1/person1@example.org<enter>"));
    let people = vec![
        merged(1, "Anna Muster"),
        agent(2, "Anna Muster"),
        contact(3, "Berta Beispiel"),
    ];
    console.done(id, TaskOutput::Searched(result(people)));
    insta::assert_snapshot!(console.styled());
}

/// How many persons are marked in the guide that `n` opens after these keys.
fn marked_by(keys: &str, people: SearchResult) -> Vec<String> {
    let mut console = found("/anna@example.org<enter>", people);
    console.press(&format!("{keys}n"));
    let Some(Modal::Guide(guide)) = console.app.screen.modals.first() else {
        panic!("no guide: {}", console.screen());
    };
    let marked = guide.found.marked();
    marked
        .into_iter()
        .filter_map(|person| person.name.clone())
        .collect()
}

#[test]
fn a_new_request_is_for_whom_somebody_selected_and_for_nobody_by_chance() {
    let (anna, other) = (contact(1, "Anna Muster"), contact(2, "Anna Muster-Zwei"));
    let two = || result(vec![anna.clone(), other.clone()]);
    assert_eq!(marked_by("", two()), Vec::<String>::new());
    assert_eq!(marked_by("<down>", two()), ["Anna Muster-Zwei"]);
    assert_eq!(marked_by("<space>", two()), ["Anna Muster"]);
    let with_agent = || result(vec![anna.clone(), agent(3, "Anna Muster")]);
    assert_eq!(marked_by("", with_agent()), ["Anna Muster"]);
    assert_eq!(marked_by("<down>", with_agent()), Vec::<String>::new());
}
