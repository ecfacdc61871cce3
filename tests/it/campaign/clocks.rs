//! Clocks that go back, forward, and through the change of the hour: the ledger goes on, sign-in is
//! renewed by what the far end says, and days stay days.

use dsr_console::domain::request::RequestType;
use dsr_console::ledger::Trust;
use dsr_console::workflow::{cases, evidence};
use jiff::SignedDuration;
use jiff::civil::date;
use serde_json::json;

use super::draw::Season;
use super::far::Weather;
use super::fate::Fate;
use super::site::{Process, Site, runtime};
use super::work::{Operator, wish};

fn operator<'a>(site: &'a Site, process: &'a Process, world: dsr_console::workflow::World) -> Operator<'a> {
    Operator {
        site,
        world,
        process,
        claims: std::sync::Arc::default(),
        cancel: tokio_util::sync::CancellationToken::new(),
    }
}

/// Every checkpoint continues all that were before it, though each entry is older than the last.
#[test]
fn checkpoints_only_grow_while_the_clock_goes_back() {
    let site = Site::new(true, Season::Now);
    // An hour back with each of the first readings, then a day forward.
    let jumps = (1..12)
        .map(|reading| (reading * 2, -3_600))
        .chain([(40, 86_400)])
        .collect();
    let process = Process::of(&site, Fate::kind(), Weather::calm(), jumps);
    runtime().block_on(async {
        let world = site.world("olga", &process).await.unwrap();
        let mut checkpoints: Vec<String> = Vec::new();
        let mut size = 0;
        for number in 0..20 {
            evidence::record(&world, "search", json!({ "number": number }))
                .await
                .unwrap();
            evidence::publish(&world).await.unwrap();
            for since in checkpoints.iter().cloned().map(Some).chain([None]) {
                let trust = Trust {
                    since,
                    ..Trust::default()
                };
                let found = evidence::verify_own(world.ledger.place(), Some(world.store.clone()), trust)
                    .await
                    .unwrap()
                    .unwrap();
                assert!(found.problems.is_empty(), "{:?}", found.problems);
                assert!(found.size >= size);
                size = found.size;
            }
            let note = std::fs::read_to_string(world.ledger.place().directory.join("checkpoint")).unwrap();
            assert_ne!(checkpoints.last(), Some(&note));
            checkpoints.push(note);
        }
        assert_eq!(size, 21);
    });
}

/// The far end says when a token is over; a clock that stands still in the past does not keep it, and
/// one that is ahead asks for a new one. A request is not sent twice in either case.
#[test]
fn a_token_is_renewed_whatever_the_clock_says() {
    for jump in [-3 * 86_400, -3_600, 3_600, 3 * 86_400] {
        let site = Site::new(true, Season::Now);
        let process = Process::of(&site, Fate::kind(), Weather::calm(), vec![(6, jump)]);
        runtime().block_on(async {
            let world = site.world("olga", &process).await.unwrap();
            let operator = operator(&site, &process, world);
            let submit =
                |contact: &'static str| super::draw::Task::Submit(RequestType::Export, contact.to_owned());
            operator.carry_out(&submit("campaign-olga-1")).await.unwrap();
            // At the far end the token ends after a day.
            site.simulator.advance(SignedDuration::from_hours(49)).unwrap();
            // Reading renews it; so a plan, which reads, is always followed by a call that may pass.
            operator.carry_out(&submit("campaign-olga-2")).await.unwrap();
            operator.world.outcomes().await;
            let arrived = site.book.arrivals();
            assert_eq!(
                arrived.iter().filter(|one| one.action == "submit").count(),
                2,
                "{jump}: {arrived:?}"
            );
        });
        assert_eq!(
            super::noted::events(&site)
                .iter()
                .filter(|event| event.kind == "submitted")
                .count(),
            2,
            "{jump}"
        );
    }
}

/// In the night in which the hour changes a day has 23 or 25 hours, and is one day all the same.
#[test]
fn days_are_days_when_the_hour_changes() {
    for (season, today) in [
        (Season::Spring, date(2031, 3, 30)),
        (Season::Autumn, date(2031, 10, 26)),
    ] {
        let site = Site::new(true, season);
        let process = Process::calm(&site);
        runtime().block_on(async {
            let world = site.world("olga", &process).await.unwrap();
            let mut plan = wish(RequestType::Export, "campaign-olga-1");
            plan.received = Some(today);
            let planned = dsr_console::workflow::plan::prepare(&world, plan).await.unwrap();
            let cancel = tokio_util::sync::CancellationToken::new();
            let listener = dsr_console::domain::progress::Listener::none();
            dsr_console::workflow::submit::execute(&world, &planned, &planned.digest, &listener, &cancel)
                .await
                .unwrap();
            let due = || async {
                let rows = dsr_console::workflow::queue::local(&world).await.unwrap();
                rows.rows.iter().find_map(|row| row.due).expect("a due day")
            };
            let (before, first) = (cases::today(&world), due().await);
            assert_eq!(before, today);
            // Over the change of the hour, and to the evening.
            for minutes in [2, 60, 60, 18 * 60] {
                site.simulator
                    .advance(SignedDuration::from_mins(minutes))
                    .unwrap();
                assert_eq!(
                    (cases::today(&world), due().await),
                    (today, first),
                    "{season:?}, {minutes}"
                );
            }
            site.simulator.advance(SignedDuration::from_hours(4)).unwrap();
            assert_eq!(cases::today(&world), today.tomorrow().unwrap(), "{season:?}");
            assert_eq!(due().await, first);
        });
    }
}
