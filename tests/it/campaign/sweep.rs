//! One road after the other, with a fault at each of its calls to the disk (no room, no room until
//! the end, an error, a write that is torn while the process ends) and an end of the process at each
//! of its steps. And how often the disk is waited for.

use dsr_console::domain::request::RequestType;

use super::draw::{Draw, Left, Part, Season, Task};
use super::fate::{Harm, Trouble};
use super::power::Lies;
use super::tally::Tally;
use super::{carried_out, runs};

pub fn quiet(tasks: Vec<Task>) -> Draw {
    Draw {
        parts: vec![Part {
            login: "olga",
            tasks,
            ends_at: None,
            trouble: None,
            bad_read: None,
            weather: (0, 0),
            weather_seed: 0,
            clock: Vec::new(),
            cancels_at: None,
        }],
        certified: true,
        fresh: false,
        left: Left::Nothing,
        season: Season::Now,
        clock: 0,
        power: None,
        lies: Lies::Nobody,
    }
}

pub fn submission() -> Draw {
    quiet(vec![Task::Submit(
        RequestType::Delete,
        "campaign-olga-1".to_owned(),
    )])
}

pub fn deletion() -> Draw {
    quiet(vec![Task::Forget("anna.muster@example.org")])
}

pub fn exports() -> Draw {
    quiet(vec![
        Task::Import(1),
        Task::CreateJob("Campaign olga 1".to_owned()),
        Task::DeleteJob("Contact yearly"),
    ])
}

/// How many steps and how many calls to the disk a road has when nothing befalls it.
pub fn length(draw: &Draw) -> (u64, u64) {
    let (_, ended) = carried_out(draw, "undisturbed");
    (ended[0].fate.steps(), ended[0].fate.disk_calls())
}

/// Every `stride`th of all faults on this road.
fn every_fault(road: fn() -> Draw, stride: u64) -> Tally {
    let (steps, calls) = length(&road());
    assert!(
        steps > 20 && calls > 15,
        "{steps} steps, {calls} calls to the disk"
    );
    let harms = [
        (Harm::NoRoom, 1),
        (Harm::NoRoom, u64::MAX / 2),
        (Harm::Io, 1),
        (Harm::Torn, 1),
    ];
    let faults = calls * harms.len() as u64;
    runs(0..(faults + steps) / stride, u64::MAX, |number| {
        let number = number * stride;
        let mut draw = road();
        let part = &mut draw.parts[0];
        if number < faults {
            let (harm, calls) = harms[(number % harms.len() as u64) as usize];
            let from = 1 + number / harms.len() as u64;
            part.trouble = Some(Trouble { harm, from, calls });
        } else {
            part.ends_at = Some(1 + number - faults);
        }
        let note = format!("{:?} {:?}", draw.parts[0].trouble, draw.parts[0].ends_at);
        let (tally, ended) = carried_out(&draw, &note);
        // Entries that come together may go to the ledger together or not, so that one run has a few
        // calls more than another.
        let near = calls - calls / 8;
        let reached = number >= near * harms.len() as u64 || !ended[0].fate.failed().is_empty();
        assert!(reached, "{note}: not reached");
        tally
    })
}

#[test]
fn a_fault_at_every_call_of_a_submission() {
    let tally = every_fault(submission, 1);
    // Some ends come before anything was sent, some after it was executed.
    assert!(tally.accepted > 0 && tally.not_sent > 0, "{tally:#?}");
}

#[test]
fn faults_at_the_calls_of_a_deletion_and_of_exports() {
    every_fault(deletion, 17);
    every_fault(exports, 13);
}

#[test]
#[ignore = "every fault on all three roads and for a store that is being made: it takes minutes"]
fn a_fault_at_every_call_of_all_roads() {
    let first = || Draw {
        fresh: true,
        ..submission()
    };
    for (name, road) in [
        ("deletion", deletion as fn() -> Draw),
        ("exports", exports),
        ("a store that is being made", first),
    ] {
        println!("{name}: {:#?}", every_fault(road, 1));
    }
}

/// Syncs of the ledger while these requests are submitted by one process.
fn syncs(contacts: usize) -> (u64, u64) {
    let site = super::site::Site::new(true, Season::Now);
    let process = super::site::Process::calm(&site);
    super::site::runtime().block_on(async {
        let world = site.world("olga", &process).await.unwrap();
        // What the first entry of all costs is not that of an append.
        dsr_console::workflow::evidence::record(&world, "search", serde_json::json!({}))
            .await
            .unwrap();
        world.outcomes().await;
        let count = || {
            let calls = process.fate.calls();
            let of = |name: &str| calls.get(name).copied().unwrap_or_default();
            // A checkpoint is put in place at the end of each append.
            (of("ledger: sync"), of("ledger: rename"))
        };
        let before = count();
        let mut wish = super::work::wish(RequestType::Export, "campaign-olga-0");
        wish.candidates = (0..contacts)
            .map(|number| crate::gate_bench::contact(&format!("campaign-olga-{number}")))
            .collect();
        let plan = dsr_console::workflow::plan::prepare(&world, wish).await.unwrap();
        let done = crate::gate_bench::execute(&world, &plan).await.unwrap();
        assert_eq!(done.len(), contacts);
        world.outcomes().await;
        let after = count();
        (after.0 - before.0, after.1 - before.1)
    })
}

/// Each intent is on disk before its call, and its outcome follows: an append each at most.
#[test]
fn an_append_of_a_submission_costs_two_syncs() {
    for contacts in [1, 10] {
        let (syncs, appends) = syncs(contacts);
        assert_eq!(syncs, 2 * appends, "{contacts} requests");
        assert!((1..=2 * contacts as u64).contains(&appends), "{appends} appends");
    }
}

/// Changes that are made at the same time share the appends of their intents and outcomes.
#[test]
fn changes_at_the_same_time_share_their_syncs() {
    let site = super::site::Site::new(true, Season::Now);
    let process = super::site::Process::calm(&site);
    super::site::runtime().block_on(async {
        let world = site.world("olga", &process).await.unwrap();
        let together = (0..16).map(|number| {
            let facts = serde_json::json!({ "number": number });
            dsr_console::workflow::gate::change(&world, "of_the_test", facts, |_| async { Ok(()) })
        });
        let done = futures_util::future::join_all(together).await;
        assert!(done.iter().all(Result::is_ok));
        world.outcomes().await;
        let calls = process.fate.calls();
        let appends = calls["ledger: rename"];
        assert!(appends < 24, "{appends} appends for 32 entries");
    });
}

/// Entries that come together are made to last together.
#[test]
fn many_entries_cost_as_many_syncs_as_one() {
    let site = super::site::Site::new(true, Season::Now);
    let process = super::site::Process::calm(&site);
    super::site::runtime().block_on(async {
        let world = site.world("olga", &process).await.unwrap();
        let syncs = || {
            process
                .fate
                .calls()
                .get("ledger: sync")
                .copied()
                .unwrap_or_default()
        };
        let record = |count: usize| {
            let world = world.clone();
            async move {
                for number in 0..count {
                    let facts = serde_json::json!({ "number": number });
                    world
                        .store
                        .record_action(&world.actor, "search", facts, world.clock.now())
                        .await
                        .unwrap();
                }
                dsr_console::workflow::evidence::publish(&world).await.unwrap();
            }
        };
        record(1).await;
        for count in [1, 2, 100] {
            let before = syncs();
            record(count).await;
            assert_eq!(syncs() - before, 2, "{count} entries");
        }
    });
}
