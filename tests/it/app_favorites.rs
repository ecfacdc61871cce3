//! The favorites pane: a search from the pane and from a found person, matches as they arrive, marks,
//! the preview of the exact calls, the question, and the result with what was not covered.

use std::sync::Arc;

use dsr_console::app::{Effect, Modal, TaskId, TaskOutput, TaskRequest};
use dsr_console::domain::case::CaseKind;
use dsr_console::domain::case::coverage::System;
use dsr_console::domain::mode::Mode;
use dsr_console::domain::progress::Listener;
use dsr_console::systems::keyspace::ScanListener;
use dsr_console::systems::keyspace::matching::identify;
use dsr_console::workflow::World;
use dsr_console::workflow::cases::{self, NewCase};
use dsr_console::workflow::forget::search::Ears;
use dsr_console::workflow::forget::{Question, restore, session};
use tokio_util::sync::CancellationToken;

use crate::app_harness::Console;
use crate::support::Home;

const FIND: &str = "3/anna.muster@example.org; +49 30 23125014<enter>";

fn ears() -> Ears {
    Ears {
        scan: ScanListener::none(),
        steps: Listener::none(),
    }
}

fn spawned(effects: Vec<Effect>) -> Option<(TaskId, TaskRequest)> {
    effects.into_iter().find_map(|effect| match effect {
        Effect::Spawn { id, request } => Some((id, request)),
        _ => None,
    })
}

/// Does in `world` what the runtime would do.
async fn carry_out(world: &Arc<World>, request: TaskRequest) -> TaskOutput {
    let cancel = CancellationToken::new();
    match request {
        TaskRequest::FindFavorites {
            searches, arrivals, ..
        } => {
            let question = Question {
                searches,
                ..Question::default()
            };
            let looked = session::find(world, question, &ears(), &cancel).await.unwrap();
            for item in &looked.findings.items {
                arrivals.add(item.found.clone());
            }
            TaskOutput::FavoritesFound(Box::new(looked))
        }
        TaskRequest::EraseFavorites {
            looked,
            chosen,
            plan,
            confirmed,
        } => {
            let heard = Arc::new(|_, _| {});
            let erased = session::delete(
                world,
                *looked,
                &chosen,
                &plan,
                &confirmed,
                &ears(),
                heard,
                &cancel,
            )
            .await
            .unwrap();
            TaskOutput::FavoritesErased(Box::new(erased))
        }
        TaskRequest::SavedGroups => TaskOutput::Saves(restore::list(world).await.unwrap()),
        TaskRequest::PlanRestore { run, group } => {
            let restoring = restore::session::plan(world, &run, &group).await.unwrap();
            TaskOutput::RestorePlanned(Box::new(restoring))
        }
        TaskRequest::Restore { restoring, confirmed } => {
            let listener = Listener::none();
            let restored =
                restore::session::carry_out(world, *restoring, &confirmed, &listener, &cancel).await;
            TaskOutput::SettingsRestored(Box::new(restored.unwrap()))
        }
        other => panic!("{other:?}"),
    }
}

/// Presses keys that start a task, and does it.
async fn carried_out(console: &mut Console, world: &Arc<World>, keys: &str) {
    let (id, request) = spawned(console.press(keys)).unwrap_or_else(|| panic!("{keys} starts nothing"));
    let output = carry_out(world, request).await;
    console.done(id, output);
}

/// A console whose search and deletion are over, with the list of saved groups open.
async fn saved(mode: Mode) -> (Console, Arc<World>, Home) {
    let (mut console, world, home) = found(120, 30).await;
    console.press("D");
    carried_out(&mut console, &world, "y").await;
    if mode == Mode::Live {
        console = Console::showing(120, 30, mode);
        console.settle();
    }
    carried_out(&mut console, &world, "F").await;
    (console, world, home)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_saved_group_is_put_back_after_a_preview() {
    let (mut console, world, _home) = saved(Mode::Simulation).await;
    let screen = console.screen();
    assert!(
        screen.contains("Saved before a deletion") && screen.contains("…personal-favorites"),
        "{screen}"
    );
    // Of each group what was deleted is missing; nothing goes without a yes, and Enter is No.
    carried_out(&mut console, &world, "P").await;
    let screen = console.screen();
    assert!(
        screen.contains("Put these settings back?")
            && screen.contains("PUT /api/v2/settings/interaction-workspace-")
            && screen.contains("This puts personal data back"),
        "{screen}"
    );
    // What is cut on a small terminal are calls, never the warning.
    assert!(screen.find("This puts personal data back") < screen.find("PUT /api"));
    assert!(spawned(console.press("<enter>")).is_none());
    carried_out(&mut console, &world, "P").await;
    let (id, request) = spawned(console.press("y")).unwrap();
    // While it is written no key takes its task away.
    assert!(spawned(console.press("P")).is_none());
    assert!(spawned(console.press("<enter>")).is_none());
    let output = carry_out(&world, request).await;
    console.done(id, output);
    let screen = console.screen();
    assert!(screen.contains("there again, as"), "{screen}");
    // A second time nothing is missing, and nothing is asked.
    carried_out(&mut console, &world, "P").await;
    let screen = console.screen();
    assert!(
        screen.contains("Nothing is missing") && !screen.contains("back?"),
        "{screen}"
    );
    assert!(spawned(console.press("y<esc>")).is_none());
}

/// A console that asks about a group out of one setting of which a deletion took an entry.
async fn differing(mode: Mode) -> (Console, Arc<World>, Home) {
    let home = Home::new();
    let world = home.world("default").await;
    let mut console = Console::showing(120, 40, Mode::Simulation);
    console.settle();
    carried_out(&mut console, &world, "3/+49 30 23125014<enter>").await;
    console.press("D");
    carried_out(&mut console, &world, "y").await;
    if mode == Mode::Live {
        console = Console::showing(120, 40, mode);
        console.settle();
    }
    carried_out(&mut console, &world, "F").await;
    carried_out(&mut console, &world, "<down>P").await;
    (console, world, home)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_differs_is_shown_and_written_over_only_by_its_own_answer() {
    let (mut console, world, _home) = differing(Mode::Simulation).await;
    let screen = console.screen();
    assert!(
        screen.contains("1 setting differs from what was saved")
            && screen.contains(" entries saved, ")
            && screen.contains("Writing over it loses"),
        "{screen}"
    );
    assert!(
        !screen.contains("Muster") && !screen.contains("23125014"),
        "{screen}"
    );
    // Enter is No, whatever else there is.
    assert!(spawned(console.press("<enter>")).is_none());
    carried_out(&mut console, &world, "P").await;
    console.press("<tab>");
    let (id, request) = spawned(console.press("<enter>")).unwrap();
    match &request {
        TaskRequest::Restore { restoring, confirmed } => {
            assert!(
                restoring
                    .plan
                    .chosen()
                    .any(|saved| saved.now == restore::Now::Differs)
            );
            assert_eq!(*confirmed, restoring.plan.digest);
        }
        other => panic!("{other:?}"),
    }
    let output = carry_out(&world, request).await;
    console.done(id, output);
    let screen = console.screen();
    assert!(screen.contains("there again, as"), "{screen}");
    carried_out(&mut console, &world, "P").await;
    assert!(
        console.screen().contains("Nothing is missing"),
        "{}",
        console.screen()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_live_organisation_writing_over_has_a_text_of_its_own() {
    let (mut console, _world, _home) = differing(Mode::Live).await;
    let screen = console.screen();
    assert!(screen.contains("\"overwrite "), "{screen}");
    assert!(spawned(console.press("y<enter>")).is_none());
    console.press("<backspace>");
    let count = screen
        .split("\"overwrite ")
        .nth(1)
        .and_then(|rest| rest.split('"').next());
    let text = format!("overwrite<space>{}<enter>", count.unwrap());
    match spawned(console.press(&text)) {
        Some((_, TaskRequest::Restore { restoring, .. })) => {
            assert!(
                restoring
                    .plan
                    .chosen()
                    .any(|saved| saved.now == restore::Now::Differs)
            );
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_live_organisation_putting_back_is_typed() {
    let (mut console, world, _home) = saved(Mode::Live).await;
    carried_out(&mut console, &world, "P").await;
    assert!(spawned(console.press("y<enter>")).is_none());
    console.press("<backspace>");
    assert!(spawned(console.press("restore<space>9<enter>")).is_none());
    console.press("<backspace>");
    let screen = console.screen();
    let wanted = if screen.contains("1 setting is written") {
        "1"
    } else {
        "2"
    };
    assert!(spawned(console.press(&format!("{wanted}<enter>"))).is_some());
}

#[test]
fn the_palette_leads_to_the_saved_groups_from_every_pane() {
    for pane in ["1", "2", "3", "4"] {
        let mut console = Console::showing(120, 30, Mode::Simulation);
        console.settle();
        console.press(pane);
        console.press(":");
        console.press("restore");
        assert!(console.screen().contains("saved-groups"), "{}", console.screen());
        let request = spawned(console.press("<enter>")).map(|(_, request)| request);
        assert!(matches!(request, Some(TaskRequest::SavedGroups)), "{request:?}");
        // Nothing can be put back where nothing is known to be saved.
        assert!(spawned(console.press("P")).is_none());
    }
}

async fn found(columns: u16, rows: u16) -> (Console, Arc<World>, Home) {
    let home = Home::new();
    let world = home.world("default").await;
    let mut console = Console::showing(columns, rows, Mode::Simulation);
    console.settle();
    let (id, request) = spawned(console.press(FIND)).unwrap();
    let output = carry_out(&world, request).await;
    console.done(id, output);
    (console, world, home)
}

#[tokio::test(flavor = "multi_thread")]
async fn matches_arrive_are_shown_masked_and_what_is_not_covered_is_said() {
    let home = Home::new();
    let world = home.world("default").await;
    let mut console = Console::showing(200, 60, Mode::Simulation);
    console.settle();
    let (id, request) = spawned(console.press(FIND)).unwrap();
    console.progress(id, 61, Some(100));
    assert!(console.screen().contains("61 % scanned"), "{}", console.screen());
    let output = carry_out(&world, request).await;
    // What has arrived is shown before the result is there.
    console.progress(id, 62, Some(100));
    assert!(
        console.screen().contains("being looked up"),
        "{}",
        console.screen()
    );
    console.done(id, output);
    let screen = console.screen();
    assert!(
        screen.contains("matches found: 6 exact") && screen.contains("to be deleted"),
        "{screen}"
    );
    assert!(
        screen.contains("Corporate Favorites") && screen.contains("not covered"),
        "{screen}"
    );
    assert!(
        !screen.contains("agent1001") && !screen.contains("anna"),
        "{screen}"
    );
    console.press("v");
    assert!(console.screen().contains("agent1001"), "{}", console.screen());
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_deleted_without_a_yes_and_a_yes_deletes_what_was_shown() {
    let (mut console, world, _home) = found(120, 30).await;
    assert!(spawned(console.press("D")).is_none());
    let screen = console.screen();
    assert!(
        screen.contains("Delete these settings?")
            && screen.contains("  DELETE")
            && screen.contains("/api/v2/settings/interaction-workspace-personal-favorites"),
        "{screen}"
    );
    // Enter is No.
    assert!(spawned(console.press("<enter>")).is_none());
    // One mark is taken away: it is not part of the plan any more.
    console.press("<space>");
    console.press("D");
    let (id, request) = spawned(console.press("y")).unwrap();
    let TaskRequest::EraseFavorites { chosen, .. } = &request else {
        panic!("{request:?}")
    };
    assert_eq!(chosen.len(), 2);
    let output = carry_out(&world, request).await;
    console.done(id, output);
    let screen = console.screen();
    assert!(screen.contains("deleted and verified"), "{screen}");
    // A second time there is nothing to delete: a new search has to show what is there.
    assert!(spawned(console.press("D")).is_none());
    assert!(spawned(console.press("r")).is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_question_masks_what_the_commands_mask_until_it_is_revealed() {
    let (mut console, _world, _home) = found(120, 30).await;
    let asked = |console: &Console| {
        let Some(Modal::Confirm(question)) = console.app.screen.modals.last() else {
            panic!("no question");
        };
        question.lines.join("\n")
    };
    console.press("D");
    let masked = asked(&console);
    assert!(
        !masked.contains("favorite-") && masked.contains("f•••••••-"),
        "{masked}"
    );
    console.press("<esc>v");
    console.press("D");
    let revealed = asked(&console);
    assert!(revealed.contains("favorite-"), "{revealed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_held_cannot_be_marked_and_the_case_takes_the_result() {
    let home = Home::new();
    let world = home.world("default").await;
    let person = vec![identify("anna.muster@example.org"), identify("+49 30 23125014")];
    let cancel = CancellationToken::new();
    let new = NewCase {
        kind: CaseKind::Erasure,
        received: cases::today(&world),
        regime: None,
        country: None,
        reference: None,
        channel: None,
        controller: None,
        identifiers: person,
        assignee: None,
        note: None,
    };
    let case = cases::open(&world, new).await.unwrap();
    let held = vec![identify("anna.muster@example.org")];
    cases::holds::set(&world, None, held, "a claim".to_owned(), None, &cancel)
        .await
        .unwrap();
    let mut console = Console::showing(120, 30, Mode::Simulation);
    console.settle();
    let (id, request) = spawned(console.press(FIND)).unwrap();
    let output = carry_out(&world, request).await;
    console.done(id, output);
    let screen = console.screen();
    assert!(screen.contains("held"), "{screen}");
    console.press("<space><enter>");
    assert!(
        console.screen().contains("A hold stands against erasing it"),
        "{}",
        console.screen()
    );
    let shown = cases::show(&world, &case.id).await.unwrap();
    let column = shown
        .columns
        .iter()
        .find(|column| column.system == System::Favorites)
        .unwrap();
    let verdict = column.verdict(CaseKind::Erasure);
    assert!(!verdict.settled && verdict.text.contains("H-1"), "{verdict:?}");
    assert!(column.last("searched").is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_live_organisation_the_number_of_settings_is_typed() {
    let home = Home::new();
    let world = home.world("default").await;
    let mut console = Console::showing(120, 30, Mode::Live);
    console.settle();
    let (id, request) = spawned(console.press(FIND)).unwrap();
    let output = carry_out(&world, request).await;
    console.done(id, output);
    console.press("D");
    assert!(spawned(console.press("y<enter>")).is_none());
    console.press("<backspace>");
    assert!(spawned(console.press("delete<space>2<enter>")).is_none());
    console.press("<backspace>");
    assert!(spawned(console.press("3<enter>")).is_some());
}

#[test]
fn a_found_person_is_looked_for_in_favorites_with_one_key() {
    let mut console = Console::showing(120, 30, Mode::Simulation);
    console.settle();
    console.press("1");
    console.press("/");
    console.press("anna.muster@example.org<esc>");
    let request = spawned(console.press("f")).map(|(_, request)| request);
    assert!(
        matches!(request, Some(TaskRequest::FindFavorites { ref searches, .. }) if searches.len() == 1),
        "{request:?}"
    );
    assert!(
        console.screen().contains("▸3 Favorites matches"),
        "{}",
        console.screen()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn screens_of_a_result_at_three_sizes() {
    for (columns, rows) in [(80, 24), (120, 30), (200, 60)] {
        let (mut console, _world, _home) = found(columns, rows).await;
        insta::assert_snapshot!(format!("result_{columns}"), console.screen());
        console.press("D");
        insta::assert_snapshot!(format!("preview_{columns}"), console.screen());
    }
}
