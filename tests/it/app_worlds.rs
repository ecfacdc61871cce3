//! Simulation and live: asked before, never mixed.

use dsr_console::app::{Effect, Msg, Options, TaskEvent, TaskOutput, TaskRequest};
use dsr_console::domain::failure::{Failure, FailureKind};
use dsr_console::domain::mode::Mode;
use dsr_console::systems::genesys_cloud::Identity;
use dsr_console::workflow::access::{Access, Needed};
use ratatui::style::Modifier;

use super::app_harness::{Console, options, queue, rows, spawned, world};

#[test]
fn a_world_is_painted_from_the_store_and_refreshed_behind() {
    let mut console = Console::new(120, 30, options());
    let effects = console.show(Mode::Simulation);
    let requests = spawned(&effects);
    assert!(matches!(
        requests[..],
        [
            TaskRequest::LocalQueue,
            TaskRequest::CheckAccess,
            TaskRequest::RefreshQueue
        ]
    ));
    let id = console.running("queue refresh");
    console.load(rows());
    assert!(
        console.screen().contains("being read again"),
        "{}",
        console.screen()
    );
    console.done(id, TaskOutput::Queue(queue(rows())));
    assert!(console.screen().contains("list read 12:03:10 | newest first"));
}

#[test]
fn going_live_is_asked_names_the_organisation_and_defaults_to_no() {
    let mut console = Console::showing(80, 24, Mode::Simulation);
    assert!(console.press("M").is_empty());
    let screen = console.screen();
    assert!(screen.contains("Switch to LIVE?"), "{screen}");
    assert!(
        screen.contains("Example Contact Centre") && screen.contains("example"),
        "{screen}"
    );
    assert!(console.press("<enter>").is_empty());
    let effects = console.press("My");
    assert!(
        matches!(effects[..], [Effect::SwitchWorld(Mode::Live)]),
        "{effects:?}"
    );
}

#[test]
fn back_to_simulation_nothing_is_asked() {
    let mut console = Console::showing(80, 24, Mode::Live);
    let effects = console.press("M");
    assert!(
        matches!(effects[..], [Effect::SwitchWorld(Mode::Simulation)]),
        "{effects:?}"
    );
}

#[test]
fn a_pinned_mode_says_why_it_stays() {
    let pinned = Options {
        live: Err("--simulate pins the simulation".to_owned()),
        ..options()
    };
    let mut console = Console::new(80, 24, pinned);
    console.show(Mode::Simulation);
    assert!(console.press("M").is_empty());
    assert!(
        console
            .screen()
            .contains("the mode stays simulation: --simulate pins the simulation")
    );
}

#[test]
fn rows_of_two_worlds_are_never_together() {
    let mut console = Console::showing(160, 50, Mode::Simulation);
    console.load(rows());
    console.press("2v");
    assert!(console.screen().contains("Anna Muster"));
    let late = console.running("queue refresh");
    let effects = console.show(Mode::Live);
    let cancelled = effects
        .iter()
        .filter(|effect| matches!(effect, Effect::Cancel(_)))
        .count();
    assert!(
        cancelled >= 2,
        "what ran in the world left behind is cancelled: {effects:?}"
    );
    let screen = console.screen();
    assert!(!screen.contains("CASE-17") && screen.contains("LIVE"), "{screen}");
    // The answer to the old question comes late, with the old epoch.
    console.send(Msg::Task {
        id: late,
        epoch: 1,
        event: TaskEvent::Done(Box::new(TaskOutput::Queue(queue(rows())))),
    });
    assert!(!console.screen().contains("CASE-17"));
    console.load(rows());
    assert!(
        !console.screen().contains("Anna Muster"),
        "masked again in the new world"
    );
}

#[test]
fn a_mutation_of_a_world_left_behind_is_remembered_until_it_ended() {
    let mut console = Console::showing(80, 24, Mode::Live);
    console.press("2w");
    let sending = console.running("look at open requests");
    console.show(Mode::Simulation);
    assert!(console.press("q").is_empty(), "leaving is asked");
    assert!(
        console.screen().contains("1 in the organisation left behind"),
        "{}",
        console.screen()
    );
    console.press("n");
    console.send(Msg::Task {
        id: sending,
        epoch: 1,
        event: TaskEvent::Done(Box::new(TaskOutput::Nothing)),
    });
    assert!(matches!(console.press("q")[..], [Effect::Quit]));
}

#[test]
fn a_world_that_fails_leaves_the_one_shown() {
    let mut console = Console::showing(80, 24, Mode::Simulation);
    console.load(rows());
    console.press("My");
    console.send(Msg::WorldFailed(Failure::new(
        FailureKind::Configuration,
        "The profile has no client secret.",
    )));
    let screen = console.screen();
    assert!(
        screen.contains("SIMULATION") && screen.contains("CASE-17"),
        "{screen}"
    );
    assert!(screen.contains("The profile has no client secret."));
}

#[test]
fn live_is_seen_without_colour_and_test_is_marked() {
    let mut console = Console::showing(120, 30, Mode::Simulation);
    assert!(console.screen().contains('┌') && !console.screen().contains('╔'));
    assert!(console.modifier_at(" SIMULATION ").contains(Modifier::REVERSED));
    console.show(Mode::Live);
    assert!(console.screen().contains('╔') && !console.screen().contains('┌'));
    assert!(console.modifier_at(" LIVE ").contains(Modifier::REVERSED));
    let mut info = world(Mode::Live);
    info.test = true;
    console.send(Msg::WorldReady { epoch: 9, info });
    assert!(console.screen().contains(" LIVE test "));
}

#[test]
fn a_missing_permission_is_said_before_work_starts() {
    let mut console = Console::showing(120, 30, Mode::Live);
    console.load(rows());
    let check = console.running("check of permissions");
    console.done(
        check,
        TaskOutput::Access(Access {
            identity: Identity::default(),
            needed: vec![Needed {
                permission: "gdpr:request:view",
                needed_for: "the queue",
                held: Some(false),
            }],
        }),
    );
    assert!(
        console
            .screen()
            .contains("access denied: the account lacks gdpr:request:view")
    );
    let refresh = console.running("queue refresh");
    console.done(refresh, TaskOutput::Queue(queue(rows())));
    assert!(spawned(&console.press("2r")).is_empty());
    assert!(
        console
            .screen()
            .contains("refresh: not now, the account lacks gdpr:request:view")
    );
}

#[test]
fn an_error_of_the_world_left_behind_says_so() {
    let mut console = Console::showing(120, 30, Mode::Simulation);
    let id = console.running("check of permissions");
    let failure = Failure::new(FailureKind::Permission, "the account lacks gdpr:request:add");
    console.failed(id, failure);
    console.press("My");
    console.show(Mode::Live);
    let line = |console: &mut Console| {
        let screen = console.screen();
        let told = screen.lines().find(|line| line.contains("gdpr:request:add"));
        told.map(|line| line.trim_start_matches([' ', '!']).to_owned())
            .unwrap_or_else(|| panic!("{screen}"))
    };
    assert!(line(&mut console).starts_with("in simulation: "));
    // Said once, also after another switch.
    console.show(Mode::Simulation);
    assert!(line(&mut console).starts_with("in simulation: check"));
}
