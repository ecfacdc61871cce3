//! The guided new request by key presses: nothing is lost on the way back, nothing is sent before the
//! preview was confirmed, and what became of it is told as it is.

use dsr_console::app::guide::{Guide, Step};
use dsr_console::app::{Effect, Modal, TaskId, TaskOutput, TaskRequest};
use dsr_console::domain::candidate::Candidate;
use dsr_console::domain::failure::{Failure, FailureKind};
use dsr_console::domain::mode::Mode;
use dsr_console::domain::operation::OperationState;
use dsr_console::domain::request::RequestType;
use dsr_console::workflow::plan::{Plan, Proposal};

use super::app_harness::{Console, spawned};
use super::app_persons::{agent, contact, equal, merged, operation, plan, result, task};

fn guide(console: &Console) -> &Guide {
    match console.app.screen.modals.first() {
        Some(Modal::Guide(guide)) => guide,
        other => panic!("no guide: {other:?}"),
    }
}

/// At step 2 with these persons; gives the effects of their arrival too.
fn which(mode: Mode, people: Vec<Candidate>) -> (Console, Vec<Effect>) {
    let mut console = Console::showing(120, 30, mode);
    let effects = console.press("nperson1@example.org<enter>");
    let (id, _) = task(&effects, |request| matches!(request, TaskRequest::Search(_)));
    let effects = console.done(id, TaskOutput::Searched(result(people)));
    (console, effects)
}

fn planning(effects: &[Effect]) -> (TaskId, Proposal) {
    match task(effects, |request| matches!(request, TaskRequest::Plan(_))) {
        (id, TaskRequest::Plan(proposal)) => (id, (**proposal).clone()),
        (_, other) => panic!("{other:?}"),
    }
}

/// At the preview of a deletion; `keys` fill in the details.
fn preview(mode: Mode, keys: &str) -> (Console, Plan) {
    let (mut console, _) = which(mode, vec![contact(1, "Anna Muster")]);
    let effects = console.press(&format!("<tab><down><tab>{keys}<esc><tab>"));
    let (id, proposal) = planning(&effects);
    let made = plan(proposal);
    console.done(id, TaskOutput::Planned(made.clone()));
    (console, made)
}

fn submitted(effects: &[Effect]) -> Option<(TaskId, &str)> {
    effects.iter().find_map(|effect| match effect {
        Effect::Spawn {
            id,
            request: TaskRequest::Submit { confirmed, .. },
        } => Some((*id, confirmed.as_str())),
        _ => None,
    })
}

#[test]
fn the_whole_road_sends_what_was_shown_and_nothing_before() {
    let (mut console, effects) = which(Mode::Simulation, vec![contact(1, "Anna Muster")]);
    task(
        &effects,
        |request| matches!(request, TaskRequest::RecordReveal(place) if place == "guide"),
    );
    let screen = console.screen();
    for step in Step::ALL {
        assert!(screen.contains(step.title()), "{screen}");
    }
    assert!(
        screen.contains("Anna Muster") && screen.contains("person1@example.org"),
        "in full: {screen}"
    );
    console.press("<tab>");
    assert!(
        !console.screen().contains("Anna"),
        "masked outside the step: {}",
        console.screen()
    );
    let effects = console.press("<down><tab>CASE-17<tab>2026-11-05<tab>asked by letter<enter> <enter>");
    let (id, proposal) = planning(&effects);
    assert_eq!(proposal.kind, RequestType::Delete);
    assert_eq!(proposal.candidates.len(), 1);
    assert_eq!(proposal.reference.as_deref(), Some("CASE-17"));
    assert_eq!(proposal.received, Some(jiff::civil::date(2026, 11, 5)));
    assert_eq!(proposal.reason.as_deref(), Some("asked by letter"));
    assert!(proposal.copy_first && !proposal.again);
    let made = plan(proposal);
    console.done(id, TaskOutput::Planned(made.clone()));
    let screen = console.screen();
    for shown in [
        "POST /api/v2/gdpr/requests?deleteConfirmed=true",
        "no cancel",
        "2026-12-07",
        &made.digest[..],
    ] {
        assert!(screen.contains(shown), "{shown} is missing:\n{screen}");
    }
    assert!(submitted(&console.press("S")).is_none());
    assert!(
        submitted(&console.press("<enter>")).is_none(),
        "no is the default"
    );
    console.press("S");
    let effects = console.press("y");
    let (id, confirmed) = submitted(&effects).unwrap();
    assert_eq!(confirmed, made.digest);
    let mut accepted = operation(&made, OperationState::Accepted, None);
    accepted.remote_id = Some("7f3a0000-0000-4000-8000-00000000000a".to_owned());
    console.done(id, TaskOutput::Submitted(vec![accepted]));
    assert!(console.screen().contains("ACCEPTED"), "{}", console.screen());
    assert!(submitted(&console.press("S")).is_none(), "once is enough");
    console.press("<esc>");
    assert!(console.app.screen.modals.is_empty());
}

#[test]
fn going_back_loses_nothing() {
    let (mut console, _) = preview(Mode::Simulation, "CASE-17<tab>2026-11-05");
    for (step, left) in [
        (Step::Preview, 4),
        (Step::Details, 3),
        (Step::What, 2),
        (Step::Which, 1),
    ] {
        assert_eq!(guide(&console).step, step, "{left} to go");
        console.press("<esc>");
    }
    assert_eq!(guide(&console).step, Step::Who);
    let effects = console.press("<tab>");
    assert!(
        !spawned(&effects)
            .iter()
            .any(|request| matches!(request, TaskRequest::Search(_))),
        "the same question is not asked again"
    );
    let (_, proposal) = planning(&console.press("<tab><tab><tab>"));
    assert_eq!(proposal.kind, RequestType::Delete);
    assert_eq!(proposal.reference.as_deref(), Some("CASE-17"));
    assert_eq!(proposal.candidates.len(), 1);
}

#[test]
fn leaving_the_first_step_asks_before_anything_is_forgotten() {
    let (mut console, _) = which(Mode::Simulation, vec![contact(1, "Anna Muster")]);
    console.press("<esc><esc>");
    assert!(
        console.screen().contains("Give up this new request?"),
        "{}",
        console.screen()
    );
    console.press("<enter>");
    assert_eq!(guide(&console).found.candidates().len(), 1, "no is the default");
    console.press("<esc>y");
    assert!(console.app.screen.modals.is_empty());
}

#[test]
fn persons_are_marked_by_hand_when_there_are_several_or_an_agent() {
    let (mut console, _) = which(Mode::Simulation, vec![agent(1, "Anna Muster")]);
    assert!(
        guide(&console).found.marked().is_empty(),
        "an agent is never marked by itself"
    );
    console.press("<tab>");
    assert!(
        console.screen().contains("mark a person first"),
        "{}",
        console.screen()
    );
    console.press(" ");
    assert!(
        console.screen().contains("user of the organisation"),
        "{}",
        console.screen()
    );
    let people = vec![contact(1, "Anna Muster"), merged(2, "Anna Muster")];
    let (mut console, _) = which(Mode::Simulation, people);
    assert!(guide(&console).found.marked().is_empty());
    let (_, proposal) = planning(&console.press(" <down> <tab><tab><esc><tab>"));
    assert_eq!(proposal.candidates.len(), 2, "each becomes a request");
}

#[test]
fn a_console_left_alone_masks_the_persons_again() {
    let (mut console, _) = which(Mode::Simulation, vec![contact(1, "Anna Muster")]);
    console.wait(200);
    let screen = console.screen();
    assert!(
        !screen.contains("Anna") && screen.contains("A••• M•••••"),
        "{screen}"
    );
    let effects = console.press("v");
    task(&effects, |request| {
        matches!(request, TaskRequest::RecordReveal(_))
    });
    assert!(console.screen().contains("Anna Muster"));
}

#[test]
fn an_update_takes_a_table_of_replacements() {
    let (mut console, _) = which(Mode::Simulation, vec![contact(1, "Anna Muster")]);
    console.press("<tab><down><down><tab>");
    assert!(
        console.screen().contains("an update needs"),
        "{}",
        console.screen()
    );
    console.press("/old@example.org<tab>new@example.org<tab><down>030 1<tab>030 2<enter>");
    assert_eq!(guide(&console).step, Step::Details);
    let (_, proposal) = planning(&console.press("<esc><tab>"));
    let terms: Vec<(&str, &str)> = proposal
        .replacement_terms
        .iter()
        .map(|term| (term.existing_value.as_str(), term.updated_value.as_str()))
        .collect();
    assert_eq!(
        terms,
        [("old@example.org", "new@example.org"), ("030 1", "030 2")]
    );
    assert_ne!(
        proposal.replacement_terms[0].kind,
        proposal.replacement_terms[1].kind
    );
}

#[test]
fn a_day_that_is_none_or_has_not_come_is_refused() {
    let (mut console, _) = which(Mode::Simulation, vec![contact(1, "Anna Muster")]);
    console.press("<tab><tab><tab>2026-12-24<esc>");
    assert!(console.press("<tab>").is_empty());
    assert!(
        console.screen().contains("that day has not come yet"),
        "{}",
        console.screen()
    );
    console.press("/<ctrl-u>soon<esc>");
    assert!(
        console.screen().contains("a day is written as"),
        "{}",
        console.screen()
    );
}

#[test]
fn a_live_deletion_is_confirmed_by_typing_its_case_or_the_name() {
    for (details, wrong, right) in [("CASE-17", "Muster", "CASE-17"), ("", "muster", "Muster")] {
        let (mut console, _) = preview(Mode::Live, details);
        console.press("S");
        let screen = console.screen();
        assert!(
            screen.contains("LIVE") && screen.contains("cannot be undone"),
            "{screen}"
        );
        assert!(
            submitted(&console.press("y<enter>")).is_none(),
            "yes is not enough"
        );
        console.press("<ctrl-u>");
        assert!(submitted(&console.press(&format!("{wrong}<enter>"))).is_none());
        console.press("<ctrl-u>");
        assert!(submitted(&console.press(&format!("{right}<enter>"))).is_some());
    }
}

#[test]
fn an_equal_open_request_stands_in_the_way_until_it_is_waived() {
    let (mut console, _) = which(Mode::Simulation, vec![contact(1, "Anna Muster")]);
    let (id, proposal) = planning(&console.press("<tab><down><tab><esc><tab>"));
    let mut made = plan(proposal);
    made.earlier.push(equal());
    console.done(id, TaskOutput::Planned(made.clone()));
    let screen = console.screen();
    assert!(screen.contains("by asmith, 12 min ago"), "{screen}");
    console.press("S");
    assert!(
        console.screen().contains("an equal request is open already"),
        "{}",
        console.screen()
    );
    let (id, proposal) = planning(&console.press("a"));
    assert!(proposal.again);
    made.proposal = proposal;
    console.done(id, TaskOutput::Planned(made));
    console.press("S");
    assert!(submitted(&console.press("y")).is_some());
}

#[test]
fn outcomes_are_told_as_they_are() {
    for (state, told, never) in [
        (OperationState::Refused, "REFUSED", "ACCEPTED"),
        (OperationState::NotSent, "NOT SENT", "ACCEPTED"),
        (OperationState::Unknown, "Do not submit it again", "ACCEPTED"),
        (
            OperationState::Planned,
            "waits until the copy is here",
            "ACCEPTED",
        ),
    ] {
        let (mut console, made) = preview(Mode::Simulation, "CASE-17");
        console.press("S");
        let effects = console.press("y");
        let (id, _) = submitted(&effects).unwrap();
        let ended = operation(&made, state, Some("the connection was cut"));
        console.done(id, TaskOutput::Submitted(vec![ended]));
        let screen = console.screen();
        assert!(screen.contains(told) && !screen.contains(never), "{screen}");
        let wants_reading = !matches!(state, OperationState::Planned);
        assert_eq!(
            console.app.shared.notices.unread_errors() > 0,
            wants_reading,
            "{state:?}"
        );
    }
}

#[test]
fn an_outcome_is_heard_of_with_the_guide_closed() {
    let (mut console, made) = preview(Mode::Simulation, "CASE-17");
    console.press("S");
    let effects = console.press("y");
    let (id, _) = submitted(&effects).unwrap();
    console.press("<esc>");
    assert!(console.app.screen.modals.is_empty());
    assert!(console.app.shared.tasks.is_running(id), "closing cancels nothing");
    let ended = operation(&made, OperationState::Unknown, Some("the connection was cut"));
    let effects = console.done(id, TaskOutput::Submitted(vec![ended]));
    task(&effects, |request| matches!(request, TaskRequest::LocalQueue));
    assert_eq!(console.app.shared.notices.unread_errors(), 1);
}

#[test]
fn what_no_longer_fits_is_planned_anew_and_asked_about_again() {
    let (mut console, _) = preview(Mode::Simulation, "CASE-17");
    console.press("S");
    let effects = console.press("y");
    let (id, _) = submitted(&effects).unwrap();
    let drift = Failure::new(FailureKind::Conflict, "An equal request was made meanwhile.");
    let effects = console.failed(id, drift);
    planning(&effects);
    assert!(
        console.screen().contains("An equal request was made meanwhile."),
        "{}",
        console.screen()
    );
    assert!(submitted(&console.press("S")).is_none());
}

#[test]
fn the_exact_call_is_masked_until_it_is_revealed() {
    let (mut console, _) = which(Mode::Simulation, vec![contact(1, "Anna Muster")]);
    console.press("<tab><down><down>/old@example.org<tab>new@example.org<enter>");
    let (id, proposal) = planning(&console.press("<esc><tab>"));
    let mut made = plan(proposal);
    made.calls[0].body =
        r#"{"replacementTerms":[{"type":"EMAIL","existingValue":"old@example.org"}]}"#.to_owned();
    console.done(id, TaskOutput::Planned(made));
    assert!(
        !console.screen().contains("old@example.org"),
        "{}",
        console.screen()
    );
    console.press("v");
    assert!(
        console.screen().contains("old@example.org"),
        "{}",
        console.screen()
    );
}

#[test]
fn the_steps_on_the_smallest_screen() {
    let mut console = Console::showing(80, 24, Mode::Simulation);
    let effects = console.press("nperson1@example.org<enter>");
    let (id, _) = task(&effects, |request| matches!(request, TaskRequest::Search(_)));
    let people = vec![merged(1, "Anna Muster"), agent(2, "Anna Muster")];
    console.done(id, TaskOutput::Searched(result(people)));
    insta::assert_snapshot!("which_80", console.styled());
    console.press(" <tab><down><down>/old@example.org<tab>new");
    insta::assert_snapshot!("what_80", console.styled());
}

#[test]
fn the_preview_on_three_screens() {
    for (columns, rows) in [(80, 24), (120, 30), (200, 60)] {
        let mode = if columns == 200 {
            Mode::Live
        } else {
            Mode::Simulation
        };
        let (mut console, _) = preview(mode, "CASE-17<tab>2026-11-05");
        console.resize(columns, rows);
        insta::assert_snapshot!(format!("preview_{columns}"), console.screen());
        console.press("S");
        insta::assert_snapshot!(format!("question_{columns}"), console.screen());
    }
}

#[test]
fn the_outcome_of_a_guide_that_was_left_is_not_taken_for_that_of_the_next() {
    let (mut console, made) = preview(Mode::Simulation, "CASE-17");
    console.press("S");
    let effects = console.press("y");
    let (first, _) = submitted(&effects).unwrap();
    // Left while it is being sent; another one is begun for somebody else.
    console.press("<esc>");
    let effects = console.press("nperson2@example.org<enter>");
    let (id, _) = task(&effects, |request| matches!(request, TaskRequest::Search(_)));
    console.done(
        id,
        TaskOutput::Searched(result(vec![contact(2, "Berta Beispiel")])),
    );
    let mut accepted = operation(&made, OperationState::Accepted, None);
    accepted.remote_id = Some("7f3a0000-0000-4000-8000-00000000000a".to_owned());
    console.done(first, TaskOutput::Submitted(vec![accepted]));
    assert!(
        matches!(guide(&console).sending, dsr_console::app::guide::Sending::Not),
        "{}",
        console.screen()
    );
}

#[test]
fn what_was_waived_for_one_preview_is_not_waived_for_the_next() {
    let (mut console, _) = which(Mode::Simulation, vec![contact(1, "Anna Muster")]);
    let (id, proposal) = planning(&console.press("<tab><down><tab><esc><tab>"));
    let mut made = plan(proposal);
    made.earlier.push(equal());
    console.done(id, TaskOutput::Planned(made.clone()));
    let (id, proposal) = planning(&console.press("a"));
    assert!(proposal.again);
    made.proposal = proposal;
    console.done(id, TaskOutput::Planned(made));
    console.press("S");
    assert!(
        console.screen().contains("An equal request is open already"),
        "{}",
        console.screen()
    );
    console.press("n");
    // A step back and forth again: it has to be said anew.
    let effects = console.press("<esc><esc><tab>");
    let (_, proposal) = planning(&effects);
    assert!(!proposal.again);
}
