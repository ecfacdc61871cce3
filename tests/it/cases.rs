//! Cases below the commands: holds at the last moment, evidence that names nobody, forgetting that
//! leaves nothing behind, and the last safe day from what was observed.

use std::sync::Arc;

use dsr_console::domain::actor::Actor;
use dsr_console::domain::case::CaseKind;
use dsr_console::domain::case::coverage::{Cell, Mark, System};
use dsr_console::domain::deadline::Awaited;
use dsr_console::domain::identifier::{Identifier, IdentifierKind};
use dsr_console::domain::operation::{NewRequest, OperationState};
use dsr_console::domain::progress::Listener;
use dsr_console::domain::request::RequestType;
use dsr_console::store::{Confirmed, NewOperation};
use dsr_console::workflow::cases::{self, Changes, NewCase, coverage, holds, safe_day, sweep};
use dsr_console::workflow::{Casework, World, queue, submit};
use jiff::civil::date;
use tokio_util::sync::CancellationToken;

use crate::gate_bench::{actor, contact, execute, plan_for, proposal, simulated, store_path, world};
use crate::gate_server::Server;

const CANARY: &str = "canary.vogel@example.org";

fn email(value: &str) -> Identifier {
    Identifier::new(IdentifierKind::Email, value)
}

fn new_case(kind: CaseKind) -> NewCase {
    NewCase {
        kind,
        received: date(2026, 1, 5),
        regime: None,
        country: None,
        reference: Some("Canary Vogel's letter".to_owned()),
        channel: None,
        controller: None,
        identifiers: vec![email(CANARY)],
        assignee: None,
        note: Some("Canary Vogel wrote".to_owned()),
    }
}

/// Writes a deletion down as confirmed, as another console would have done a moment ago.
async fn confirmed(world: &World, operation: &str, case: Option<String>) {
    let plan = Confirmed {
        digest: "d".repeat(64),
        actor: actor("olga"),
        reference: None,
        reason: None,
        case,
        received: None,
        despite: None,
        batch: None,
        operations: vec![NewOperation {
            id: operation.to_owned(),
            request: NewRequest {
                kind: RequestType::Delete,
                subject: contact("c-1").subject,
                replacement_terms: Vec::new(),
            },
            label: "Canary Vogel".to_owned(),
            merge_set: Vec::new(),
            waits_for: None,
        }],
    };
    world
        .store
        .confirm(plan, world.clock.now())
        .await
        .expect("confirmed");
}

#[tokio::test]
async fn a_hold_set_after_the_confirmation_still_stops_the_deletion() {
    let dir = tempfile::tempdir().unwrap();
    let server = Arc::new(Server::start().await);
    let world = world(&server, dir.path(), "olga");
    let cancel = CancellationToken::new();
    let case = cases::open(&world, new_case(CaseKind::Erasure)).await.unwrap();
    confirmed(&world, "operation-1", Some(case.id.clone())).await;
    // The hold knows the person by nothing but the case.
    let (hold, _) = holds::set(
        &world,
        Some(&case.id),
        Vec::new(),
        "a claim".to_owned(),
        None,
        &cancel,
    )
    .await
    .unwrap();
    let failure = submit::release(&world, "operation-1", &cancel).await.unwrap_err();
    assert_eq!(failure.code.as_deref(), Some("held"), "{failure:?}");
    assert!(failure.message.contains(&hold.id), "{failure:?}");
    assert_eq!(server.state().arrivals, 0, "nothing was sent");
    let detail = queue::detail(&world, "operation-1", false).await.unwrap();
    assert_eq!(detail.operation.unwrap().state, OperationState::Withdrawn);
    let evidence = world.store.evidence_waiting().await.unwrap();
    assert!(evidence.iter().any(|entry| entry.action == "hold.blocked"));
    assert!(evidence.iter().all(|entry| entry.action != "submit.intent"));

    // Lifted, the same deletion goes out once.
    holds::lift(&world, &hold.id, "settled".to_owned()).await.unwrap();
    confirmed(&world, "operation-2", Some(case.id.clone())).await;
    let sent = submit::release(&world, "operation-2", &cancel).await.unwrap();
    assert_eq!(sent.state, OperationState::Accepted);
    assert_eq!(server.state().arrivals, 1);
}

#[tokio::test]
async fn a_hold_that_has_run_out_stops_nothing_and_an_export_is_no_deletion() {
    let dir = tempfile::tempdir().unwrap();
    let server = Arc::new(Server::start().await);
    let world = world(&server, dir.path(), "olga");
    let cancel = CancellationToken::new();
    let person = || vec![email(CANARY)];
    holds::set(
        &world,
        None,
        person(),
        "over".to_owned(),
        Some(date(2001, 1, 1)),
        &cancel,
    )
    .await
    .unwrap();
    assert!(holds::check(&world, Vec::new(), person(), None).await.is_ok());
    holds::set(&world, None, person(), "stands".to_owned(), None, &cancel)
        .await
        .unwrap();
    let failure = holds::check(&world, Vec::new(), person(), None)
        .await
        .unwrap_err();
    assert!(failure.message.contains("H-2") && !failure.message.contains("H-1"));
    let plan = plan_for(&world, RequestType::Export, "c-1").await;
    let sent = execute(&world, &plan).await.unwrap();
    assert_eq!(sent[0].state, OperationState::Accepted);
}

#[tokio::test]
async fn evidence_of_a_case_names_nobody() {
    let dir = tempfile::tempdir().unwrap();
    let server = Arc::new(Server::start().await);
    let world = world(&server, dir.path(), "olga");
    let case = cases::open(&world, new_case(CaseKind::Access)).await.unwrap();
    let changes = Changes {
        note: Some("Canary Vogel called".to_owned()),
        identifiers: vec![Identifier::new(IdentifierKind::Name, "Canary Vogel")],
        ..Changes::default()
    };
    cases::change(&world, &case.id, changes).await.unwrap();
    let reason = "is Canary Vogel another?".to_owned();
    cases::pause(&world, &case.id, Awaited::Identity, date(2026, 1, 6), reason)
        .await
        .unwrap();
    cases::resume(&world, &case.id, None, date(2026, 1, 7))
        .await
        .unwrap();
    let told = Cell::new(Mark::Told {
        whom: "Canary Vogel's agent".to_owned(),
    });
    coverage::record(&world, &case.id, System::Copies, told)
        .await
        .unwrap();
    cases::answer(
        &world,
        &case.id,
        date(2026, 1, 20),
        "letter to Canary Vogel".to_owned(),
        None,
    )
    .await
    .unwrap();
    let evidence = world.store.evidence_waiting().await.unwrap();
    assert_eq!(evidence.len(), 6);
    for entry in &evidence {
        let line = String::from_utf8(entry.bytes.clone()).unwrap();
        let lower = line.to_lowercase();
        assert!(!lower.contains("canary") && !lower.contains("vogel"), "{line}");
        assert!(line.contains("\"case\":\"C-1\""), "{line}");
    }
    // Two cases of one person cannot be told to be of one person.
    cases::open(&world, new_case(CaseKind::Access)).await.unwrap();
    let person = |entry: &dsr_console::store::Evidence| {
        let value: serde_json::Value = serde_json::from_slice(&entry.bytes).unwrap();
        value["facts"]["person"].as_str().unwrap().to_owned()
    };
    let evidence = world.store.evidence_waiting().await.unwrap();
    let opened: Vec<_> = evidence
        .iter()
        .filter(|entry| entry.action == "case.open")
        .collect();
    assert_ne!(person(opened[0]), person(opened[1]));
}

#[tokio::test]
async fn closing_says_that_the_person_could_not_be_registered() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let server = Arc::new(Server::start().await);
    let world = world(&server, dir.path(), "olga");
    let case = cases::open(&world, new_case(CaseKind::Erasure)).await.unwrap();
    let erased = Cell::new(Mark::Erased { count: 1 });
    coverage::record(&world, &case.id, System::Favorites, erased)
        .await
        .unwrap();
    let (day, channel) = (date(2026, 1, 6), "letter".to_owned());
    cases::answer(&world, &case.id, day, channel, None).await.unwrap();
    // A key that nobody can open.
    let key = world.rest.file().path();
    std::fs::write(key, "no key").unwrap();
    std::fs::set_permissions(key, std::fs::Permissions::from_mode(0o600)).unwrap();
    let close = cases::Act::Close {
        ending: dsr_console::domain::case::Ending::Answered,
        why: Some("a test".to_owned()),
    };
    let acted = cases::act(&world, Some(&case.id), close, &CancellationToken::new())
        .await
        .unwrap();
    let said = "NOT in the register of suppressed identifiers";
    assert!(acted.said.contains(said), "{acted:?}");
    assert!(
        acted.notes[0].contains(said) && acted.notes[0].contains("damaged"),
        "{acted:?}"
    );
    let shown = cases::show(&world, &case.id).await.unwrap();
    assert!(shown.case.ending.is_some());
}

#[tokio::test]
async fn what_is_forgotten_is_gone_from_the_file_too() {
    let dir = tempfile::tempdir().unwrap();
    let server = Arc::new(Server::start().await);
    let world = world(&server, dir.path(), "olga").with_casework(Casework {
        retention_days: 0,
        ..Casework::default()
    });
    let case = cases::open(&world, new_case(CaseKind::Erasure)).await.unwrap();
    confirmed(&world, "operation-1", Some(case.id.clone())).await;
    submit::withdraw(&world, "operation-1").await.unwrap();
    let told = Cell::new(Mark::Told {
        whom: "Canary Vogel's agent".to_owned(),
    });
    coverage::record(&world, &case.id, System::Other("CRM".to_owned()), told)
        .await
        .unwrap();
    cases::close(
        &world,
        &case.id,
        dsr_console::domain::case::Ending::Withdrawn,
        Some("Canary Vogel called".to_owned()),
    )
    .await
    .unwrap();
    let holds_canary = || {
        let mut found = Vec::new();
        for name in ["live.sqlite3", "live.sqlite3-wal"] {
            let path = store_path(dir.path()).with_file_name(name);
            let bytes = std::fs::read(&path).unwrap_or_default();
            let text = String::from_utf8_lossy(&bytes).to_lowercase();
            if text.contains("canary") || text.contains("vogel") {
                found.push(name);
            }
        }
        found
    };
    assert!(!holds_canary().is_empty(), "the test looks in the right place");
    let proof_before = world.store.evidence_waiting().await.unwrap();
    let would = sweep::sweep(&world, true).await.unwrap();
    assert!(
        would.cases[0].forgotten && !holds_canary().is_empty(),
        "a dry run changes nothing"
    );
    sweep::sweep(&world, false).await.unwrap();
    assert_eq!(holds_canary(), Vec::<&str>::new());
    let shown = cases::show(&world, &case.id).await.unwrap();
    assert!(shown.case.forgotten && shown.case.identifiers.is_empty());
    assert_eq!(shown.case.received, date(2026, 1, 5), "counts are still right");
    let proof_after = world.store.evidence_waiting().await.unwrap();
    assert_eq!(
        proof_after[..proof_before.len()],
        proof_before[..],
        "evidence stays as it was"
    );
    assert!(
        sweep::sweep(&world, false).await.unwrap().cases.is_empty(),
        "once is enough"
    );
    let failure = cases::change(
        &world,
        &case.id,
        Changes {
            note: Some("more".to_owned()),
            ..Changes::default()
        },
    )
    .await
    .unwrap_err();
    assert_eq!(failure.exit_code(), 1);
}

#[tokio::test]
async fn the_last_safe_day_comes_from_what_was_observed_once_that_is_enough() {
    let dir = tempfile::tempdir().unwrap();
    let (world, simulator) = simulated(dir.path(), "default");
    let cancel = CancellationToken::new();
    let due = date(2030, 6, 28);
    let guessed = safe_day::last_safe_day(&world, RequestType::Export, due)
        .await
        .unwrap();
    assert_eq!((guessed.basis, guessed.observations), ("documented", 0));
    assert_eq!(
        guessed.day,
        date(2030, 6, 24),
        "two days of processing and two to deliver"
    );
    assert!(
        guessed.text.contains("not enough observations"),
        "{}",
        guessed.text
    );
    let found = dsr_console::workflow::search::search(
        &world,
        &[email("edda.fiktiv@example.org")],
        &Listener::none(),
        &cancel,
    )
    .await
    .unwrap();
    for _ in 0..10 {
        let mut wanted = proposal(RequestType::Export, "unused");
        wanted.candidates = vec![found.candidates[0].clone()];
        wanted.again = true;
        let plan = dsr_console::workflow::plan::prepare(&world, wanted)
            .await
            .unwrap();
        execute(&world, &plan).await.unwrap();
    }
    queue::refresh(&world, &Listener::none(), &cancel).await.unwrap();
    simulator
        .advance(jiff::SignedDuration::from_hours(24 * 4))
        .unwrap();
    queue::refresh(&world, &Listener::none(), &cancel).await.unwrap();
    let known = safe_day::last_safe_day(&world, RequestType::Export, due)
        .await
        .unwrap();
    // Those of the estate that were completed meanwhile were watched, too.
    assert!(
        known.basis == "observed" && known.observations >= 10,
        "{}",
        known.text
    );
    // Seen completed four days later at the latest: a day that has begun counts whole.
    assert!((4..=7).contains(&known.processing_days), "{}", known.text);
    let whole = known.processing_days + known.delivery_days;
    assert_eq!(known.day, due.saturating_sub(jiff::Span::new().days(whole)));
}

#[tokio::test]
async fn a_request_belongs_to_one_case_and_two_operators_see_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let server = Arc::new(Server::start().await);
    let olga = world(&server, dir.path(), "olga");
    let mut peter = olga.clone();
    peter.actor = Actor {
        login: "peter".to_owned(),
        ..actor("peter")
    };
    let first = cases::open(&olga, new_case(CaseKind::Erasure)).await.unwrap();
    let second = cases::open(&peter, new_case(CaseKind::Access)).await.unwrap();
    assert_ne!(first.id, second.id);
    let plan = plan_for(&olga, RequestType::Export, "c-1").await;
    let sent = execute(&olga, &plan).await.unwrap();
    cases::link(&peter, &first.id, &sent[0].id).await.unwrap();
    cases::link(&olga, &first.id, &sent[0].id).await.unwrap();
    let failure = cases::link(&olga, &second.id, &sent[0].id).await.unwrap_err();
    assert!(failure.message.contains(&first.id), "{failure:?}");
    let shown = cases::show(&olga, &first.id).await.unwrap();
    assert_eq!(shown.operations, vec![sent[0].id.clone()]);
    let row = queue::detail(&olga, &sent[0].id, false).await.unwrap().row;
    assert_eq!(row.due, Some(first.reckon(cases::today(&olga)).end.due));
    let mine: Vec<String> = shown.trail.iter().map(|line| line.actor.clone()).collect();
    assert_eq!(mine, ["olga", "peter"]);
}
